#pragma once

#include <span>

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

/// Whether somebody's lease has ended.
bool is_expired(Reader& reader, Instant now);
/// Puts back what was under way when its lease ended, and what `node` (empty: nobody) had when it died. Each of them is
/// a suspect now: it may be what killed its process.
std::int64_t rescue(Tx& tx, std::string_view node);
struct Suspect {
    MerchantId merchant;
    JobId id;
    std::string kind;
    std::int64_t lost_leases;
    std::int64_t attempts;
    std::string correlation_id;
};
/// Those that are due: who was there most often first.
std::vector<Suspect> select_suspects(Reader& reader, Instant now, int limit);
/// As `claim`. Nothing: somebody else has it.
std::optional<Job> claim(Tx& tx, const Suspect& suspect, std::string_view worker, Millis lease);
/// It is a dead letter without having been run again.
void condemn(Tx& tx, const Suspect& suspect, std::string_view error);

/// Marks many done, but for those whose lease is lost.
void finish_all(Tx& tx, std::span<const Job* const> jobs);
/// False when the lease was lost.
[[nodiscard]] bool renew(Tx& tx, const Job& job, Millis lease);
[[nodiscard]] bool put_back(Tx& tx, const Job& job, Millis delay, std::string_view error);
/// The job is dead, and lies on the desk: both or neither, so that one which the desk cannot take stays where it was
/// (F65).
[[nodiscard]] bool bury(Tx& tx, const Job& job, std::string_view error);

/// The desk's part of a death, in the unit that has made the job dead; nothing where it has not.
void note_death(Tx& tx, MerchantId merchant, JobId id, std::string_view error);

}  // namespace florin::jobs
