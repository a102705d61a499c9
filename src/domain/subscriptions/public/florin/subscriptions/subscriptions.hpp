#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/billing/billing.hpp"
#include "florin/cases/cases.hpp"
#include "florin/documents/documents.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/locale/locale.hpp"
#include "florin/merchants/merchants.hpp"
#include "florin/notifications/notification.hpp"
#include "florin/payments/payments.hpp"
#include "florin/runtime/task.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"
#include "florin/subscriptions/plans.hpp"
#include "florin/subscriptions/subscription.hpp"

namespace florin::subscriptions {

using store::Reader;
using store::Tx;

/// What is asked of `billing::Billing`, in the unit of whoever asks.
struct Collector {
    std::function<billing::ChargeId(Tx&, const billing::NewCharge&)> create;
    std::function<bool(Tx&, MerchantId, billing::ChargeId)> cancel;
    std::function<std::vector<billing::Charge>(Reader&, MerchantId, const Uuid& subscription)> charges_of;
    /// See `Billing::pay_by`.
    std::function<void(Tx&, MerchantId, const Uuid& subscription, const billing::Means&)> pay_by;
    /// When its next turn comes; nothing: none comes.
    std::function<void(Tx&, MerchantId, const Uuid& subscription, std::optional<Instant>)> put_turn;
    /// Whether what is due may be billed; see `Billing::may_bill`.
    std::function<bool(Tx&, MerchantId, const billing::Backlog&)> may_bill;
    /// A person lets it go on.
    std::function<void(Tx&, MerchantId, const billing::Backlog&, std::string_view actor)> release;
    /// What was held is so no longer, because it ended or pauses. See `Billing::end_hold`.
    std::function<void(Tx&, MerchantId, const Uuid& subscription, cases::Resolution as, std::string_view why)> end_hold;
    /// Whether there is a retry policy of that name.
    std::function<bool(Reader&, MerchantId, std::string_view)> knows_policy;
    /// See `Billing::check_currency`.
    std::function<Result<void>(Reader&, MerchantId, const billing::Means&, std::string_view customer_id, Currency,
                               std::string_view field)>
        check_currency;
};

/// How `billing::Billing` answers that.
Collector collector_of(billing::Billing& billing);

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    std::function<merchants::Profile(Reader&, MerchantId)> profile;
    /// The merchant's own time: see `merchants::Merchants::now`.
    std::function<Instant(Reader&, MerchantId)> now;
    Collector collector;
    /// Whether a customer can be charged by these: see `usable_means`.
    std::function<Task<Result<void>>(MerchantId, billing::Means, std::string customer_id)> check_means;
    /// In which words and forms a customer is written to: see `documents::Documents::locale_of`.
    std::function<locale::Locale(Reader&, MerchantId, std::string_view customer_id)> locale_of =
        [](Reader&, MerchantId, std::string_view) { return locale::Locale::of("en"); };
    /// Issues an invoice, and answers a link by which its customer can read it; nothing: there are none.
    std::function<std::string(Tx&, const documents::NewDocument&)> issue = {};
    /// The name of a customer who can be written to, empty when it is not known; nothing: there is no address.
    std::function<std::optional<std::string>(Reader&, MerchantId, std::string_view customer_id)> addressee = {};
    /// Tells them; nothing: nobody is told.
    std::function<void(Tx&, const notifications::NewNotification&)> notify = {};
    /// Called after a commit that has left something to do.
    std::function<void()> wake = [] {};
};

/// Errors (field named): `not_found`, and `invalid` (`payment_method_of_other_customer`, `payment_method_unusable`).
Task<Result<void>> usable_means(payments::Payments& payments, MerchantId merchant, billing::Means means,
                                std::string customer_id);

/// A price: of a plan, or agreed for this subscription alone.
struct NewSubscription {
    std::string customer_id, plan_id;
    std::optional<std::string> amount;  ///< Major units, as written.
    std::optional<std::string> currency;
    std::optional<calendar::Cycle> cycle;
    std::optional<std::string> name;  ///< As customers read it. Nothing: the plan's.
    std::int64_t quantity = 1;
    std::optional<std::int64_t> trial_days;        ///< Either this …
    std::optional<calendar::Date> trial_end_date;  ///< … or this; nothing: the plan's.
    billing::Means means;
    std::string retry_policy, metadata = "{}";
};

enum class Proration {
    create,      ///< Lines that wait for the next period's charge.
    none,        ///< No lines: the new price holds from the next period on.
    charge_now,  ///< Lines that are charged at once; what is given back still waits.
};
enum class When { now, period_end };
enum class Refund { none, unused };

/// What is to be different; nothing: stays as it is.
struct Changes {
    std::optional<std::int64_t> version;  ///< That they were thought out for.
    std::optional<std::string> plan_id, amount, currency;
    std::optional<calendar::Cycle> cycle;
    std::optional<std::string> name;  ///< Goes with the price, when that is changed too.
    std::optional<std::int64_t> quantity;
    Proration proration = Proration::create;
    When when = When::now;
    std::optional<billing::Means> means;
    std::optional<std::string> retry_policy, metadata;
    std::optional<bool> cancels_at_period_end;
};

/// What is missed is what fell due while somebody had to decide.
enum class Missed { charge, skip };

struct SubscriptionFilter {
    std::optional<Status> status;
    std::optional<std::string> customer_id;
    std::optional<calendar::Date> next_billing_from, next_billing_before;
    std::optional<SubscriptionId> after;  ///< Cursor: the last one seen; the list goes from new to old.
    std::size_t limit = 50;
};

/// What became of a request, and the answer that an earlier one with the same key was given.
struct Done {
    Subscription subscription;
    std::optional<idempotency::Answer> stored;
};

/// Charges customers period by period. Any scheduler.
///
/// Errors beside the store's own: `subscription_not_found`, also for another merchant's; `subscription_canceled`,
/// `subscription_not_paused`, `subscription_paused`, `period_not_paid`, `not_held`, `subscription_changed_meanwhile`
/// (conflict); `invalid` with the field; `mismatch` for idempotency keys.
class Subscriptions {
public:
    static constexpr std::string_view owner_kind = "subscription";

    explicit Subscriptions(Surroundings surroundings);
    ~Subscriptions();
    Subscriptions(const Subscriptions&) = delete;

    Task<Result<Done>> create(Asker asker, idempotency::Guard guard, NewSubscription wish);
    Task<Result<Subscription>> find(MerchantId merchant, SubscriptionId id);
    Task<Result<std::vector<Subscription>>> list(MerchantId merchant, SubscriptionFilter filter);
    Task<Result<Done>> change(Asker asker, idempotency::Guard guard, SubscriptionId id, Changes changes);
    /// Asked again, it is done, and nothing more is given back (F86).
    Task<Result<Done>> cancel(Asker asker, idempotency::Guard guard, SubscriptionId id, When when, Refund refund);
    /// Until `resume_on`, or until somebody resumes it. Paused already, it keeps its day unless another one is given,
    /// or it is to have none (`takes_day_away`).
    Task<Result<Done>> pause(Asker asker, idempotency::Guard guard, SubscriptionId id,
                             std::optional<calendar::Date> resume_on, bool takes_day_away = false);
    Task<Result<Done>> resume(Asker asker, idempotency::Guard guard, SubscriptionId id);
    /// Lets go what was held because too much is due at once (F78).
    Task<Result<Done>> release(Asker asker, idempotency::Guard guard, SubscriptionId id, Missed missed);

    /// Deletes, in the caller's unit, what a merchant wrote on the subscriptions of a customer who is erased; what they
    /// cost stays.
    void forget(Tx& tx, MerchantId merchant, std::string_view customer_id);
    /// A subscription of that customer that may still charge, if there is any.
    std::optional<SubscriptionId> find_running(Reader& reader, MerchantId merchant, std::string_view customer_id) const;

    /// How billing sees subscriptions.
    billing::Owner owner();
    /// What a person decided about a case of a subscription, in the unit that decides. Of what is held, `retry` charges
    /// what was missed, and others skip it; `canceled` cancels, whatever the case is about.
    Result<void> on_case_resolved(Tx& tx, const cases::Case& one);

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::subscriptions
