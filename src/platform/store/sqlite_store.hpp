#pragma once

#include "florin/store/open.hpp"

namespace florin::store::sqlite {

/// What a test makes smaller than a server has it.
struct Limits {
    /// Units that may wait; more are refused at once, which is better than late (F115).
    std::size_t waiting_units = 8'192;
    std::size_t units_per_commit = 256;
    /// A read that takes longer is ended with `storage_unavailable` (F106).
    Millis longest_read{10'000};
};

/// As `open_sqlite`, with another schema and other limits.
Result<std::unique_ptr<Store>> open(const std::string& directory, World world, std::span<const Migration> schema,
                                    Limits limits);

}  // namespace florin::store::sqlite
