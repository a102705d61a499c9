#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/billing/agenda.hpp"
#include "florin/billing/charge.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/merchants/merchants.hpp"
#include "florin/payments/payments.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::notifications {
class Notifications;
}
namespace florin::documents {
class Documents;
}
namespace florin::cases {
class Cases;
struct Case;
enum class Resolution;
}  // namespace florin::cases

namespace florin::billing {

/// What will be charged, to whom and when, if nothing changes.
struct Expected {
    std::string owner_kind;
    Uuid owner{};
    Purpose purpose = Purpose::instalment;
    std::int64_t number = 1;
    bool is_refund = false;
    std::string customer_id;
    calendar::Date due_date;
    Money amount;
    std::string description = {};  ///< As the charge's will be, or shorter.
};

/// By what an owner's next charges will be paid.
struct Payer {
    std::string customer_id;
    Means means;
};

/// A module whose things come due: payment terms, subscriptions. All its functions are units of work or parts of one:
/// plain, and called again when the unit is.
struct Owner {
    std::string kind;
    /// The transactions creator: a turn has come. It creates what is due then and puts the next turn. `due_at` is the
    /// turn's; what is due by the merchant's clock may be more, and comes in turns of its own, in order (F71).
    std::function<Result<void>(Tx&, MerchantId, const Uuid& id, Instant due_at)> on_turn;
    /// A charge of it has changed its status, or what of it is kept (`kept_minor`): in the commit that changes it,
    /// once, as it was before and as it is now. Not told of what it canceled itself. What was paid may be unpaid again
    /// (a debit that was returned), be paid once more, or be taken back and come back while the charge stays paid.
    std::function<void(Tx&, const Charge& before, const Charge& after)> on_charge;
    /// What that one will charge before `until`, in order, without what is already a charge. Asked of those that have a
    /// turn to come; nothing where it will not charge any more, or cannot be read.
    std::function<std::vector<Expected>(Reader&, MerchantId, const Uuid& id, Instant until)> forecast;
    /// What follows at once when a charge of it that is open has been paid: what is given back then.
    std::function<std::vector<Expected>(Reader&, const Charge&)> follow_ups = {};
    /// Nothing: there is no such owner, or it charges no more. Without this, nothing is announced ahead.
    std::function<std::optional<Payer>(Reader&, MerchantId, const Uuid& id)> payer = {};
    /// A person has resolved a case of it. What the case says of a charge is done by then, and told by `on_charge`.
    std::function<Result<void>(Tx&, const cases::Case&)> on_case = {};
    /// Whether a charge of it is still to be collected: asked in the unit that would have it tried once more after it
    /// was under way, and to be answered with the owner locked, so that a cancellation comes before or after. What is
    /// not wanted any more is canceled, and told by `on_charge`. Without this, everything is wanted.
    std::function<bool(Tx&, const Charge&)> wants = {};
    /// How much less than all of a refund is due by now, because as much has gone another way since it was made: asked
    /// in the unit that begins a part of it, and to be answered with the owner locked. So much of what was not sent is
    /// taken off it, and told by `on_charge`. Without this, all of it is due.
    std::function<std::int64_t(Tx&, const Charge& refund)> excess_minor = {};
};

/// What of an owner is due and not billed yet.
struct Backlog {
    Turn turn;
    Instant since;
    std::int64_t periods = 1;
};

/// What a person decides about a charge that no machine could finish.
enum class Decision {
    retry,           ///< It is collected once more, now.
    paid_elsewhere,  ///< The money came another way.
    waive,           ///< Nobody has to pay it.
};

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    payments::Payments& payments;
    const merchants::Merchants& merchants;
    /// Who tells customers; nothing: nobody.
    notifications::Notifications* notifications = nullptr;
    documents::Documents* documents = nullptr;  ///< Nothing: no receipts.
    /// Where people go on; nothing: nowhere. What they decide about a charge's case is acted on here, for all owners.
    cases::Cases* cases = nullptr;
    /// The name of a customer who can be written to, empty when it is not known; nothing: there is no address.
    std::function<Task<Result<std::optional<std::string>>>(MerchantId, std::string customer_id)> addressee = {};
    /// False where certainly nobody is there to write to: then no job is made that would find that out.
    std::function<bool(Reader&, MerchantId, std::string_view customer_id)> may_be_told =
        [](Reader&, MerchantId, std::string_view) { return true; };
    /// Called after a commit that has left something to do.
    std::function<void()> wake = [] {};
};

/// Charges what is due, tries again by policy, and tells what came of it. Any scheduler.
///
/// The way of a due amount (document A's components): schedule tick → `load` (loader) → `Owner::on_turn` (creator) →
/// job `billing.collect` (collector, FIFO by owner) → record (updater) → jobs that notify.
class Billing {
public:
    static constexpr std::string_view turn_kind = "billing.turn";
    static constexpr std::string_view collect_kind = "billing.collect";
    static constexpr std::string_view await_kind = "billing.await";
    static constexpr std::string_view notice_kind = "billing.notice";
    static constexpr std::string_view receipt_kind = "billing.receipt";
    static constexpr std::string_view case_kind = "billing.case";
    static constexpr std::string_view ahead_kind = "billing.ahead";

    explicit Billing(Surroundings surroundings);
    ~Billing();
    Billing(const Billing&) = delete;

    /// Before anything else.
    void add(Owner owner);

    /// In the caller's unit: the charge exists, and is collected, exactly if the unit commits. Nothing when there is
    /// one of that owner, purpose and number already (F70); then that one's id. What came of it is told by
    /// `Owner::on_charge`, never within this call.
    ChargeId create(Tx& tx, const NewCharge& charge);
    /// Prevents what has not been sent, or has failed; but not what was paid and has gone again, which is owed. True
    /// when it will not be charged any more; false: it is under way, or done, and `on_charge` will tell, or has told,
    /// what came of it (F85).
    [[nodiscard]] bool cancel(Tx& tx, MerchantId merchant, ChargeId charge);
    /// What is due of an owner and not under way is tried by these means from now on.
    void pay_by(Tx& tx, MerchantId merchant, std::string_view owner_kind, const Uuid& owner, const Means& means);
    /// A person's decision, told to the owner by `on_charge`. Errors: `charge_not_found`, `charge_not_failed`.
    Result<Charge> decide(Tx& tx, MerchantId merchant, ChargeId charge, Decision decision, std::string_view actor);

    /// For owners, first thing in `on_turn`: whether they may bill what is due. More than three periods, and more than
    /// 35 days, wait for a person: then it is false, event and case tell of it, and the owner, which alone knows that
    /// it is held, puts no turn. On a test clock, which steps from turn to turn, it is always true.
    /// Source: failures F78.
    [[nodiscard]] bool may_bill(Tx& tx, MerchantId merchant, const Backlog& due);
    /// A person lets an owner that is held go on with what is due by now. The owner puts its turn.
    void release(Tx& tx, MerchantId merchant, const Backlog& due, std::string_view actor);
    /// For owners: what was held is so no longer, because they ended or pause. The case of it ends, if it is open.
    void end_hold(Tx& tx, MerchantId merchant, const Turn& turn, cases::Resolution as, std::string_view why);

    std::optional<Charge> find(Reader& reader, MerchantId merchant, ChargeId charge) const;
    /// An owner's, in the order of creation.
    std::vector<Charge> charges_of(Reader& reader, MerchantId merchant, std::string_view owner_kind,
                                   const Uuid& owner) const;
    /// A charge of that customer that is still to be collected or given back, if there is any.
    std::optional<ChargeId> find_open(Reader& reader, MerchantId merchant, std::string_view customer_id) const;
    /// What can be known before anything is due: whether whatever the customer would be charged by now takes that
    /// currency. Error `currency_not_supported` (invalid; `field`). Without any means there is nothing to refuse.
    Result<void> check_currency(Reader& reader, MerchantId merchant, const Means& means, std::string_view customer_id,
                                Currency currency, std::string_view field) const;
    /// Whether there is a retry policy of that name; the empty one is the merchant's default.
    bool has_retry_policy(Reader& reader, MerchantId merchant, std::string_view name) const;

    /// When the merchant's next turn comes, or something is to be announced: a test clock stops there.
    std::optional<Instant> next_moment(Reader& reader, MerchantId merchant) const;
    /// Tells customers whose next charge cannot be made as things are, so many days before as the merchant wants it
    /// (`merchants::Profile::notice_days`): their card will have expired, or there is nothing that could be charged.
    /// Each once, also by several nodes. Answers how many looks were due. Part of `load` where it is for one merchant
    /// `only`.
    Task<Result<std::size_t>> look_ahead(MerchantId merchant);
    /// The loader: takes turns that have come by the merchants' clocks, `batch` of each merchant, and has their owners
    /// charge; what refuses is left to a job for each. Answers how many. A merchant with a test clock is left to its
    /// clock unless it is `only`.
    Task<Result<std::size_t>> load(std::optional<MerchantId> only = {}, std::size_t batch = 500);
    /// The schedule tick: loads every second until `stop`. On any number of nodes.
    Task<void> run(Signal& stop);
    /// Looks ahead for all merchants every quarter of an hour until `stop`. On any number of nodes.
    Task<void> run_looks(Signal& stop);
    /// Whether jobs of the merchant's have yet to do what is due: a test clock waits for them. Charges whose provider
    /// takes days to decide are not waited for.
    bool is_busy(Reader& reader, MerchantId merchant) const;

    /// Works on one job of its kind. May be called again for the same one.
    Task<Result<void>> take_turn(const jobs::Job& job);
    Task<Result<void>> collect(const jobs::Job& job);
    Task<Result<void>> await_outcome(const jobs::Job& job);
    Task<Result<void>> tell(const jobs::Job& job);

    /// In a unit of the payments module: for `payments::Surroundings::on_late_outcome`.
    static void hear(Tx& tx, const payments::Transaction& transaction);
    /// The same for `on_money_back`: what goes back of a charge's money, or comes from there again, is booked on the
    /// charge and told to its owner. What is on its way out counts as gone. A debit that was returned is an attempt
    /// that failed after all; for a card's chargeback a case is opened. Error `conflict`: somebody else is at the
    /// charge.
    Result<void> hear_of_money_back(Tx& tx, const payments::PaymentDetails& now, const payments::Transaction& by) const;

    struct Impl;
    /// For the module's own routes.
    const Impl& inside() const { return *impl_; }

private:
    std::unique_ptr<Impl> impl_;
};

/// Over all merchants: for metrics.
struct Figures {
    DueTurns turns;
    std::vector<std::pair<ChargeStatus, std::int64_t>> open_charges;  ///< At most 10,000 of each.
};
Figures figures(Reader& reader, Instant now);

}  // namespace florin::billing
