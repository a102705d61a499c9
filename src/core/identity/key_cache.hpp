#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "florin/http/router.hpp"
#include "florin/security/hash.hpp"

namespace florin::identity {

/// A key that the database knew, ready for the next request that brings it.
struct Admitted {
    http::Principal principal;
    std::string key_bucket;
    std::string merchant_bucket;
    std::optional<Instant> expires_at;
};

/// What was last read of a key. Empty `admitted`: it is not to be let in.
struct Verdict {
    std::shared_ptr<const Admitted> admitted;
    /// Of the monotonic clock, before the database was asked.
    std::int64_t asked_at_ns = 0;
};

/// What the gate has read lately, by the hash of the key. Any thread.
class KeyCache {
public:
    /// How old an answer may be (F118).
    static constexpr std::int64_t max_age_ns = 1'000'000'000;
    /// Of each kind. Beyond it the refused ones, which anybody can produce, are forgotten together.
    static constexpr std::size_t max_entries = 8'192;

    struct Found {
        std::optional<Verdict> verdict;
        bool is_fresh = false;
    };
    Found find(const security::Sha256& hash, std::int64_t now_ns) const {
        const std::shared_lock lock{mutex_};
        for (const Map* const map : {&admitted_, &refused_}) {
            if (const auto found = map->find(hash); found != map->end()) {
                return {found->second, now_ns - found->second.asked_at_ns < max_age_ns};
            }
        }
        return {};
    }
    void keep(const security::Sha256& hash, Verdict verdict) {
        const std::unique_lock lock{mutex_};
        Map& map = verdict.admitted ? admitted_ : refused_;
        (verdict.admitted ? refused_ : admitted_).erase(hash);
        if (map.size() >= max_entries && !map.contains(hash)) map.clear();
        map[hash] = std::move(verdict);
    }
    std::size_t size() const {
        const std::shared_lock lock{mutex_};
        return admitted_.size() + refused_.size();
    }

private:
    struct Hash {
        std::size_t operator()(const security::Sha256& hash) const {
            std::size_t bits;
            std::memcpy(&bits, hash.data(), sizeof bits);
            return bits;
        }
    };
    struct Equal {
        bool operator()(const security::Sha256& a, const security::Sha256& b) const {
            return security::constant_time_equal(a, b);
        }
    };
    using Map = std::unordered_map<security::Sha256, Verdict, Hash, Equal>;
    mutable std::shared_mutex mutex_;
    Map admitted_;
    Map refused_;
};

}  // namespace florin::identity
