#pragma once

#include <string_view>

#include "florin/base/result.hpp"

namespace florin::subscriptions {

/// What a request asks for in a field cannot be.
inline std::unexpected<Error> invalid(std::string_view code, std::string_view message, std::string_view field) {
    return fail(ErrorKind::invalid, code, message, field);
}

}  // namespace florin::subscriptions
