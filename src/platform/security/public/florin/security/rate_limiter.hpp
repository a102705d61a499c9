#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "florin/runtime/world.hpp"

namespace florin::security {

/// So many a second for long, and `burst` at once after a pause. Zero a second: no limit.
struct Rate {
    std::int64_t per_second = 0;
    std::int64_t burst = 1;
};

/// Token buckets by name. Memory is fixed: when too many names come at once, the fullest bucket among a
/// few gives way, which forgives that name a little and never refuses one. Any thread.
class RateLimiter {
public:
    /// Room for `buckets` names, rounded up to a power of two (16 bytes each).
    explicit RateLimiter(World world, std::size_t buckets = 65'536);
    ~RateLimiter();
    RateLimiter(const RateLimiter&) = delete;

    /// Takes a token; false when there is none, and nothing is taken. One name always comes with
    /// the same rate; names of different kinds differ by a prefix (`key:`, `peer:`).
    bool take(std::string_view name, Rate rate);
    /// Whether `take` would find a token.
    bool has_token(std::string_view name, Rate rate) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::security
