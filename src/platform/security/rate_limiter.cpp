#include "florin/security/rate_limiter.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <mutex>
#include <vector>

namespace florin::security {
namespace {

/// A bucket is one number: the moment at which it will be full again. A token costs 1/rate seconds of
/// it, and may be taken while the moment is less than `burst` tokens away. An unused one holds zeros.
struct Bucket {
    std::uint64_t name = 0;
    std::int64_t full_at_ns = 0;
};

/// Buckets that share a place, and how many places share a lock.
constexpr std::size_t ways = 8;
constexpr std::size_t locks = 64;

using Set = std::array<Bucket, ways>;

struct alignas(64) Lock {
    std::mutex mutex;
};

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

struct RateLimiter::Impl {
    Clock& clock;
    /// Chosen at start, so that nobody can choose names that meet somebody else's.
    std::uint64_t seed;
    std::vector<Set> sets;
    std::array<Lock, locks> mutexes{};

    std::uint64_t hash(std::string_view name) const {
        std::uint64_t value = seed ^ name.size();
        while (!name.empty()) {
            std::uint64_t word = 0;
            const std::size_t part = std::min(name.size(), sizeof word);
            std::memcpy(&word, name.data(), part);
            value = fold(value ^ word ^ 0x9e37'79b9'7f4a'7c15, seed | 0xa076'1d64'78bd'6421);
            name.remove_prefix(part);
        }
        return fold(value, 0xe703'7ed1'a0b4'28db) | 1;
    }
    bool ask(std::string_view name, Rate rate, bool is_taken) {
        if (rate.per_second <= 0) return true;
        const std::int64_t now = clock.monotonic_ns();
        const std::int64_t token_ns = std::max<std::int64_t>(1, 1'000'000'000 / rate.per_second);
        const std::int64_t room_ns = token_ns * std::max<std::int64_t>(1, rate.burst);
        const std::uint64_t hashed = hash(name);
        const std::size_t place = (hashed >> 8) & (sets.size() - 1);
        const std::scoped_lock lock{mutexes[place % locks].mutex};
        Set& set = sets[place];
        Bucket* bucket = std::ranges::find(set, hashed, &Bucket::name);
        if (bucket == set.end()) {
            if (!is_taken) return true;
            bucket = std::ranges::min_element(set, {}, &Bucket::full_at_ns);
            *bucket = {hashed, now};
        }
        const std::int64_t full_at = std::max(bucket->full_at_ns, now) + token_ns;
        if (full_at - now > room_ns) return false;
        if (is_taken) bucket->full_at_ns = full_at;
        return true;
    }
};

RateLimiter::RateLimiter(World world, std::size_t buckets)
    : impl_{std::make_unique<Impl>(world.clock, world.random.next(),
                                   std::vector<Set>(std::bit_ceil(std::max(buckets, ways)) / ways))} {}
RateLimiter::~RateLimiter() = default;

bool RateLimiter::take(std::string_view name, Rate rate) { return impl_->ask(name, rate, true); }
bool RateLimiter::has_token(std::string_view name, Rate rate) const { return impl_->ask(name, rate, false); }

}  // namespace florin::security
