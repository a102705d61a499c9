#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"

namespace florin {

/// What the time is. Nothing else in Florin asks the machine.
class Clock {
public:
    virtual ~Clock() = default;
    /// Wall clock, UTC; may jump.
    virtual Instant now() = 0;
    /// For intervals only: nanoseconds since some fixed moment, never going back.
    virtual std::int64_t monotonic_ns() = 0;
};

/// Where chance comes from; cryptographically secure in production. Any thread.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> out) = 0;
    std::uint64_t next();
    /// Evenly among 0 … bound - 1; `bound` is at least one.
    std::uint64_t below(std::uint64_t bound);
};

/// The two doors that almost everything needs, handed in together. Both outlive all users.
struct World {
    Clock& clock;
    Random& random;

    Uuid new_uuid() const;
    template <class Of>
    Id<Of> new_id() const {
        return Id<Of>{new_uuid()};
    }
};

Clock& system_clock();
Random& system_random();

}  // namespace florin
