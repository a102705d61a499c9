#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "florin/base/result.hpp"
#include "florin/jobs/jobs.hpp"

/// Jobs that ran out of attempts, or whose payload can never be worked on: kept until a person has decided, and after.
namespace florin::jobs {

/// Ends the job as a dead letter in the unit that says elsewhere why, so that whoever reads the one finds the other.
/// The handler then ends with that error, of the kind `invalid`, which the worker tells of. False as of `finish`.
[[nodiscard]] bool bury(Tx& tx, const Job& job, const Error& why);

enum class LetterStatus {
    open,       ///< It waits for a person.
    retried,    ///< Let go again. Should it die once more, it is open again.
    discarded,  ///< Nobody will do it. It is kept.
};
std::string_view to_text(LetterStatus status);
std::optional<LetterStatus> parse_letter_status(std::string_view text);

struct DeadLetter {
    MerchantId merchant;
    JobId id;
    std::string kind;
    LetterStatus status = LetterStatus::open;
    std::string cause;  ///< As `cause_of` makes it.
    std::string last_error;
    std::int64_t attempts = 0;  ///< Of its last life.
    std::int64_t deaths = 1;
    std::string correlation_id;
    Instant created_at;  ///< When it was enqueued.
    Instant died_at;     ///< The last time.
    std::optional<Instant> decided_at;
    std::string decided_by, reason;
    std::int64_t version = 1;  ///< Counts deaths, decisions and edits.
};

/// An error as it is told of many jobs alike: words with digits in them and long words of capitals alone, which are
/// numbers and ids, become `#`.
std::string cause_of(std::string_view error);

/// Where a page ends.
struct LetterPlace {
    Instant died_at;
    JobId id;
};

/// Empty fields do not narrow.
struct LetterFilter {
    std::optional<LetterStatus> status = {};
    std::string kind, cause;
    Instant died_from{INT64_MIN}, died_before{INT64_MAX};
    std::optional<LetterPlace> after = {};
    int limit = 50;
};
/// The latest death first.
std::vector<DeadLetter> dead_letters(Reader& reader, MerchantId merchant, const LetterFilter& filter = {});
std::optional<DeadLetter> find_dead_letter(Reader& reader, MerchantId merchant, JobId id);
/// Whose it is, where only the id is known.
std::optional<MerchantId> owner_of_dead_letter(Reader& reader, JobId id);
/// Who has any, in the order of their numbers; 0 is the platform itself.
std::vector<MerchantId> merchants_with_dead_letters(Reader& reader);

/// Letters of one kind and cause.
struct LetterGroup {
    std::string kind, cause;
    std::int64_t count = 0;
    Instant first_died_at, last_died_at;
};
/// The largest first, at most `limit`.
std::vector<LetterGroup> group_dead_letters(Reader& reader, MerchantId merchant, const LetterFilter& filter);

/// Open ones of the filter, in the order in which they were enqueued.
std::vector<JobId> choose_dead_letters(Reader& reader, MerchantId merchant, const LetterFilter& filter);
/// Those of `ids` that there are, in the order in which they were enqueued.
std::vector<JobId> in_order_of_enqueuing(Reader& reader, MerchantId merchant, const std::vector<JobId>& ids);

struct Decision {
    std::string_view by, reason;
};
/// Lets dead jobs run again at once, each with all its attempts and the same id (F60), and before what was enqueued
/// later under its ordering key. `ids` are in the order of enqueuing. Answers those that were dead.
std::vector<JobId> retry(Tx& tx, MerchantId merchant, const std::vector<JobId>& ids, const Decision& decision);
/// False when it is not open.
[[nodiscard]] bool discard(Tx& tx, MerchantId merchant, JobId id, const Decision& decision);

std::string payload_of(Reader& reader, MerchantId merchant, JobId id);
/// Gives an open letter's job another payload, and keeps the one before. False when it is not open.
[[nodiscard]] bool edit(Tx& tx, MerchantId merchant, JobId id, std::string_view payload, const Decision& decision);
struct LetterEdit {
    std::int64_t number = 0;
    std::string payload_before;
    Instant edited_at;
    std::string edited_by, reason;
};
/// The first one first.
std::vector<LetterEdit> edits_of(Reader& reader, MerchantId merchant, JobId id);

/// Those that nobody has been told of, over all merchants.
std::vector<DeadLetter> unannounced(Reader& reader, int limit);
/// False when somebody else has told of it meanwhile.
[[nodiscard]] bool mark_announced(Tx& tx, const DeadLetter& letter);

/// Open ones that stand in no mail to the team, over all merchants.
struct Unmailed {
    std::optional<Instant> first_died_at;
    std::optional<Instant> last_mail_at;  ///< When the team was last written to.
};
/// The platform's own of the kind `own_mails` are left out: a mail about a mail that did not go would not go either.
Unmailed unmailed(Reader& reader, std::string_view own_mails);
/// From now on they stand in one: answers them by kind and cause, the largest group first.
std::vector<LetterGroup> take_unmailed(Tx& tx, std::string_view own_mails);

/// How many are open, by kind, over all merchants: for metrics.
std::vector<std::pair<std::string, std::int64_t>> count_open_letters(Reader& reader);

}  // namespace florin::jobs
