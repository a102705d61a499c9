#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/base/result.hpp"
#include "florin/calendar/calendar.hpp"
#include "florin/cases/crm.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::cases {

using store::Reader;
using store::Tx;

/// Something that a machine could not finish. Borrowed for the length of a call.
struct NewCase {
    MerchantId merchant;
    std::string_view cause;   ///< `charge:<id>`: there is one case of it.
    std::string_view reason;  ///< A code: `payment_failed`, `billing_held`, `disputed`.
    std::string_view customer_id;
    std::string_view owner_kind;  ///< As in `billing::Turn`.
    Uuid owner{};
    std::optional<Money> amount = {};
    std::optional<calendar::Date> due_date = {};
    std::int64_t attempts = 0;
    std::string_view decline_class = {};
    std::string_view message = {};
    std::string_view correlation_id = {};
};

/// Whom a customer's case is about, for the CRM. Nothing: there is none, or they are erased.
using FindContact = std::function<Task<Result<std::optional<Contact>>>(MerchantId, std::string customer_id)>;

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    Crm* crm = nullptr;             ///< Nothing: cases are kept here alone.
    FindContact find_contact = {};  ///< Nothing: the CRM is told the customer's id alone.
    /// Called after a commit that has left something to do.
    std::function<void()> wake;
};

/// Who asks, for history and audit.
struct Asker {
    MerchantId merchant;
    std::string actor, ip_address, user_agent, correlation_id;
};

/// What ends open cases without a person. Borrowed for the length of a call.
struct Settled {
    MerchantId merchant;
    Uuid owner{};
    std::string_view cause;  ///< Of the case; or what its cause begins with, before a `:`.
    /// Where it is `paid_elsewhere`, all that was at stake was.
    Resolution resolution = Resolution::retry;
    std::string_view why;
};

/// How a person ends a case.
struct Decision {
    Resolution resolution = Resolution::waived;
    std::optional<std::string> amount;  ///< Major units of the case's currency; of `paid_elsewhere`, and of no other.
    std::string note;
};

/// A case that somebody's own program hands over: of no owner, so that nobody acts on its resolution.
struct Request {
    std::string cause;  ///< As they call it: there is one case of it.
    std::string reason, customer_id, message;
    std::optional<Money> amount;
    std::optional<calendar::Date> due_date;
};
struct Opened {
    Case one;
    bool is_new = false;
};

/// Something that happened to a case, numbered by the version that it then had.
struct Entry {
    std::int64_t number = 0;
    std::string kind;  ///< `opened`, `assigned`, `noted`, `resolved`, `reopened`, `mirrored`, `mirror_refused`.
    std::string actor, text;
    Instant created_at;
};
struct Shown {
    Case one;
    std::vector<Entry> entries;  ///< The first one first.
};

/// Empty fields do not narrow.
struct CaseFilter {
    std::optional<Status> status;
    std::string customer_id, reason, assignee, owner_kind;
    std::optional<Uuid> owner;
    std::optional<CaseId> after;  ///< Cursor: the last one seen; the list goes from new to old.
    std::size_t limit = 50;
};

/// What is open, over all merchants: for metrics.
struct Open {
    std::int64_t count = 0;
    std::optional<Instant> oldest_at;
};
Open count_open(Reader& reader);

/// The desk of what a person has to finish. Any scheduler.
///
/// Source: requirements A-FR-04, A-CM-28, A-CL-15, X-38; failures F82.
class Cases {
public:
    static constexpr std::string_view job_kind = "cases.mirror";
    /// How the CRM is tried again: after 15 s, 30 s … an hour, for about twelve hours.
    static jobs::Policy policy();

    explicit Cases(Surroundings surroundings);
    ~Cases();
    Cases(const Cases&) = delete;

    /// Who acts on a resolution, by the kind of owner: in the commit that resolves. Error: it cannot be resolved so,
    /// and stays open. Before anything else.
    void on_resolved(std::string owner_kind, std::function<Result<void>(Tx&, const Case&)> act);

    /// In the caller's unit; call `wake` after the commit. The case that was opened for the cause before, if there is
    /// one: it is open again if a person had it tried once more, or nobody had decided (`close`, `settle`), and stays
    /// as it is if they had decided otherwise.
    CaseId open(Tx& tx, const NewCase& one);
    /// Ends a case whose cause is gone, in the caller's unit, as if a person had had it tried again: should the cause
    /// come back, it is open again. Its owner is not asked. Nothing happens to one that is resolved.
    void close(Tx& tx, MerchantId merchant, CaseId id, std::string_view note);
    /// Ends, in the caller's unit, the open cases that it is about: what they are for is settled without a person, so
    /// that nobody works on it. Its owner is not asked; should the cause come back, they are open again.
    void settle(Tx& tx, const Settled& settled);
    /// In the caller's unit: news of what the case of that cause is about, as a note. Nothing where there is none.
    void remark(Tx& tx, MerchantId merchant, std::string_view cause, std::string text);
    std::optional<Case> find(Reader& reader, MerchantId merchant, CaseId id);
    /// The one of that cause.
    std::optional<Case> find_by_cause(Reader& reader, MerchantId merchant, std::string_view cause);
    /// Takes away, in the caller's unit, what people have written of a customer.
    void erase(Tx& tx, MerchantId merchant, std::string_view customer_id);
    void wake() const;

    /// The owner's kind of what was opened by `request`.
    static constexpr std::string_view request_kind = "request";
    /// Opens a case that no module of ours knows of; the one that there is of the cause already. Errors: `invalid`
    /// (`invalid_text`, `card_number_in_text`; field named).
    Task<Result<Opened>> request(Asker asker, Request request);

    Task<Result<std::vector<Case>>> list(MerchantId merchant, CaseFilter filter);
    /// Error `not_found` (`case_not_found`), as of all that follow.
    Task<Result<Shown>> show(MerchantId merchant, CaseId id);
    /// Gives it to somebody, or with an empty name to nobody. Errors: `conflict` (`case_resolved`,
    /// `case_changed_meanwhile`), `invalid` (`card_number_in_text`, field `assignee`).
    Task<Result<Case>> assign(Asker asker, CaseId id, std::string assignee);
    /// Errors: `conflict` (`case_changed_meanwhile`), `invalid` (`card_number_in_text`, field `text`), `mismatch`.
    Task<Result<Shown>> note(Asker asker, idempotency::Guard guard, CaseId id, std::string text);
    /// The same decision again answers the same. Errors: `conflict` (`case_resolved`: otherwise;
    /// `case_changed_meanwhile`; `resolution_not_applicable`), `invalid` (`amount_required`, `amount_not_expected`,
    /// `amount_above_case`, those of `parse_major`, `card_number_in_text`), those of whoever acts on it.
    Task<Result<Case>> resolve(Asker asker, CaseId id, Decision decision);

    /// Works on one job of `job_kind`. May be called again for the same one.
    Task<Result<void>> mirror(const jobs::Job& job);

    struct Impl;

private:
    /// The case, and whether it was not there.
    std::pair<CaseId, bool> open_by(Tx& tx, const NewCase& one, const Asker& asker);
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::cases
