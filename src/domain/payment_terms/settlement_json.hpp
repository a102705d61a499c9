#pragma once

#include <string>
#include <string_view>

#include "florin/payment_terms/cancellation.hpp"

namespace florin::payment_terms {

/// As it is kept: compact JSON, in and out. Reading raises `store::Failure` at what was not written here.
std::string to_json(const Settlement& settlement);
Settlement kept_settlement(std::string_view json);

}  // namespace florin::payment_terms
