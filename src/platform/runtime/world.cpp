#include "florin/runtime/world.hpp"

#include <sys/random.h>

#include <array>
#include <chrono>
#include <cstring>

#include "florin/base/check.hpp"

namespace florin {
namespace {

class SystemClock final : public Clock {
public:
    Instant now() override {
        return {std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count()};
    }
    std::int64_t monotonic_ns() override {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count();
    }
};

/// The kernel's generator, read a page at a time: a system call for each id would cost more than
/// the id.
class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> out) override {
        thread_local std::array<std::byte, 4096> pool;
        thread_local std::size_t used = pool.size();
        while (!out.empty()) {
            if (used == pool.size()) {
                for (std::size_t have = 0; have < pool.size();) {
                    const ssize_t got = getrandom(pool.data() + have, pool.size() - have, 0);
                    if (got > 0) have += static_cast<std::size_t>(got);
                }
                used = 0;
            }
            const std::size_t part = std::min(out.size(), pool.size() - used);
            std::memcpy(out.data(), pool.data() + used, part);
            // What was handed out must not be found in memory later: it may have become a key.
            explicit_bzero(pool.data() + used, part);
            used += part;
            out = out.subspan(part);
        }
    }
};

}  // namespace

std::uint64_t Random::next() {
    std::uint64_t value;
    fill(std::as_writable_bytes(std::span{&value, 1}));
    return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
    check(bound > 0, "a choice is among at least one");
    // The values below `skip` would make some outcomes likelier than others.
    const std::uint64_t skip = (0 - bound) % bound;  // NOLINT(clang-analyzer-core.DivideZero): see the check.
    for (;;) {
        const std::uint64_t value = next();
        if (value >= skip) return value % bound;
    }
}

Uuid World::new_uuid() const {
    std::array<std::uint8_t, 10> bits;
    random.fill(std::as_writable_bytes(std::span{bits}));
    return make_uuid7(clock.now().ms, bits);
}

Clock& system_clock() {
    static SystemClock clock;
    return clock;
}
Random& system_random() {
    static SystemRandom random;
    return random;
}

}  // namespace florin
