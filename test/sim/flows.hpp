#pragma once

#include <span>
#include <string_view>

#include "client.hpp"

namespace florin::sim {

/// Something that a merchant does from beginning to end.
struct Flow {
    std::string_view name;
    Task<void> (*run)(Client& client, Installation& at);
};
/// Every flow of documents C and D, with each provider.
std::span<const Flow> flows();

}  // namespace florin::sim
