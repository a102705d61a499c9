#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/id.hpp"
#include "florin/base/result.hpp"
#include "florin/jobs/dead_letters.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::dead_letters {

using jobs::DeadLetter;
using jobs::JobId;
using jobs::LetterFilter;
using jobs::LetterGroup;
using jobs::LetterStatus;

/// What a mail to the team tells of.
struct Digest {
    std::int64_t count = 0;
    std::vector<LetterGroup> groups;  ///< Over all merchants, the largest first.
};

/// What the desk is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    /// Called after a commit that has let jobs go.
    std::function<void()> wake;
    /// Writes a mail to the team in the unit that it is given. Empty: nobody is written to.
    std::function<void(store::Tx&, const Digest&)> write_mail = {};
    /// The kind of job that sends it: what becomes of the platform's own is in no mail.
    std::string own_mails = {};
    /// So long what comes in a burst is waited for, and so long there is no mail after a mail.
    Millis gather{30'000}, pause{10 * 60'000};
};

/// Who asks, for the audit.
struct Asker {
    std::string actor, ip_address, user_agent, correlation_id;
};

/// A letter as a person may see it: in payloads and errors secrets and personal data are masked.
struct Shown {
    DeadLetter letter;
    std::string payload;  ///< JSON.
    std::vector<jobs::LetterEdit> edits;
};

struct Edit {
    std::string payload;  ///< JSON. Where it still has a mask that was shown, the value behind that stays.
    std::string reason;
    std::optional<std::int64_t> version;  ///< Refused when the letter has another by now.
};

enum class Verdict {
    retry,    ///< Let go again, in the order of enqueuing.
    discard,  ///< Not to be done. It is kept.
};

/// Some letters of a merchant: those with these ids or, where there are none, the open ones of the filter.
struct Selection {
    std::vector<JobId> ids;
    LetterFilter filter;
};

/// One desk for everything that a machine could not do: jobs of any kind, so also webhooks in and out and mails. What a
/// person decides is in the audit, with the reason. Deciding again what is decided does nothing. Any scheduler.
///
/// Source: requirements A-FR-18, A-FR-19, A-CM-16, A-CM-17, B-FR-36, D-DE-06, X-31; failures F58–F61, F65.
class Desk {
public:
    static constexpr std::size_t most_ids = 1'000;
    static constexpr std::size_t most_payload_bytes = 32 * 1024;
    /// The type of the event that tells of a letter.
    static constexpr std::string_view event_type = "florin.dead_letter.created";

    explicit Desk(Surroundings surroundings) : on_{std::move(surroundings)} {}

    Task<Result<std::vector<DeadLetter>>> list(MerchantId merchant, LetterFilter filter);
    Task<Result<std::vector<LetterGroup>>> groups(MerchantId merchant, LetterFilter filter);
    /// Error `not_found` (`dead_letter_not_found`).
    Task<Result<Shown>> find(MerchantId merchant, JobId id);
    /// Whose it is. Error as `find`.
    Task<Result<MerchantId>> owner(JobId id);
    /// Who has any; 0 is the platform itself.
    Task<Result<std::vector<MerchantId>>> merchants();

    /// Errors: that of `find`; `conflict` (`dead_letter_not_open`, `dead_letter_changed_meanwhile`); `invalid`
    /// (`malformed_json` and its like, `wrong_type`, `too_long`, `card_number_in_text`, `missing_field`; field named).
    Task<Result<Shown>> edit(Asker asker, MerchantId merchant, JobId id, Edit edit);
    /// Decides on one and answers what it is now. Errors: that of `find`; `conflict` (`dead_letter_not_open`) for one
    /// that is to be discarded and runs; `invalid` (`missing_field`, `reason`).
    Task<Result<DeadLetter>> decide(Asker asker, MerchantId merchant, JobId id, Verdict verdict, std::string reason);
    /// Decides on many, some in each commit; what dies while it works is left out. Answers on how many.
    Task<Result<std::int64_t>> decide_all(Asker asker, MerchantId merchant, Selection selection, Verdict verdict,
                                          std::string reason);

    /// Tells of what has come to lie here: an event and the log. One pass; answers how many.
    Task<std::size_t> announce();
    /// Writes to the team: some time after the first of a burst, so that a thousand are one mail, and not again soon.
    /// One pass; true when there was something to tell.
    Task<bool> mail();
    /// Runs both passes every second until `stop`.
    Task<void> run(Signal& stop);

private:
    Task<Result<std::vector<JobId>>> decide_some(const Asker& asker, MerchantId merchant, const std::vector<JobId>& ids,
                                                 Verdict verdict, const std::string& reason);
    void note(store::Tx& tx, const Asker& asker, MerchantId merchant, JobId id, std::string_view action,
              std::string_view changes) const;
    Surroundings on_;
};

}  // namespace florin::dead_letters
