#pragma once

#include "florin/jobs/jobs.hpp"

namespace florin::jobs {

/// A merchant who has claimable jobs of a kind.
struct Due {
    MerchantId merchant;
    std::string kind;
};

/// For the kinds in `kinds` (separated by commas), by merchant.
std::vector<Due> select_due(Reader& reader, std::string_view kinds, Instant now);
struct Claim {
    Due due;
    std::string_view worker;
    Millis lease;
    std::int64_t limit;
};
/// Takes the lease of at most `limit` jobs and counts the attempt.
std::vector<Job> claim(Tx& tx, const Claim& claim);
/// False when the lease was lost.
[[nodiscard]] bool renew(Tx& tx, const Job& job, Millis lease);
[[nodiscard]] bool put_back(Tx& tx, const Job& job, Millis delay, std::string_view error);
[[nodiscard]] bool bury(Tx& tx, const Job& job, std::string_view error);

}  // namespace florin::jobs
