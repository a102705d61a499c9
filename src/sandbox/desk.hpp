#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "florin/http/message.hpp"
#include "florin/runtime/world.hpp"
#include "records.hpp"

namespace florin::sandbox {

inline constexpr std::int64_t day_ms = 86'400'000;

struct Settings {
    Millis settle_after{0};
    Millis late_reply{60'000};
    Millis search_lag{60'000};  ///< How far Stripe's search index is behind.
};

/// What every simulated provider works with: the moment of the call, chance, the file, and the book of
/// movements. One for the whole sandbox, used under its lock.
struct Desk {
    World world;
    Records& records;
    Settings settings;
    std::vector<Movement> book;
    /// Makes card fingerprints that mean nothing outside this sandbox.
    std::string secret;
    Instant now;

    /// Books money that moved: one row in the file, in the commit of the call. Nothing moves for zero.
    void move(Movement movement);
    /// `count` characters of A–Z and 0–9.
    std::string letters(std::size_t count);
    /// A keyed digest of `text`, 24 hexadecimal digits.
    std::string fingerprint(std::string_view text) const;
};

/// What a fault rule wants of a call beyond the transport's troubles.
struct Orders {
    int decline_code = 0;        ///< Not zero: refuse with this reason.
    std::string partial_amount;  ///< Not empty: approve only this much (major units).
    Millis lookup_lag{0};        ///< What is younger is not shown.
    Millis busy{0};              ///< For so long the call is still running in the eyes of others.
};

/// What a simulated provider answers to one call.
struct Answer {
    int status = 200;
    std::string body;
    bool drop = false;
    Millis delay{0};
    std::vector<http::Header> headers{};
};

/// What something that faults may befall is: what a provider is asked, what it tells, what it pays out.
enum class FactsOf { call, webhook, settlement };

/// What a call is, for matching fault rules and for the log.
struct CallFacts {
    std::string provider;
    std::string method;
    std::string transaction_type;
    std::string path;
    std::string reference;
    bool is_lookup = false;
    bool is_charge = false;  ///< A new sale or authorization, which can be declined.
    FactsOf of = FactsOf::call;
    bool is_whole_settlement = false;  ///< Of a settlement: not one of its lines.
};

}  // namespace florin::sandbox
