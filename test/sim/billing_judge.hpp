#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "judge.hpp"

namespace florin::sim {

/// Compares what was due, what was charged, what the providers moved, and what customers and people were told. To be
/// asked when all has settled; `judge` compares the payments themselves. Where clocks were set back, days say little
/// about what was first.
std::vector<Objection> judge_billing(Installation& installation, bool was_set_back = false);

/// What is under way or waits for its time, but for turns of the agenda.
struct Unfinished {
    std::int64_t count = 0;
    std::optional<Instant> next_at, last_at;  ///< When the first and the last of it is to be gone on with.
    std::string what;
};
Unfinished unfinished(Installation& installation);
/// When the next turn of the agenda comes.
std::optional<Instant> next_turn(Installation& installation);

/// What is, or is foreseen to be, charged: by merchant, owner, purpose and number.
using Due = std::tuple<std::int64_t, Uuid, std::string, std::int64_t>;
struct DueAmount {
    std::int64_t amount_minor = 0;
    std::string date;
    bool is_refund = false;
    bool operator==(const DueAmount&) const = default;
};
/// All that was ever due, with how it stands.
struct Charged {
    DueAmount due;
    std::string status;
    std::int64_t failures = 0;
    bool is_open = false;
    std::int64_t version = 0;
    std::string comes_on;  ///< While it is open: the day on which it is, or was, to be tried.
};
std::map<Due, Charged> all_charged(Installation& installation);

}  // namespace florin::sim
