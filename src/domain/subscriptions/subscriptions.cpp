#include "florin/subscriptions/subscriptions.hpp"

#include "florin/base/check.hpp"
#include "life.hpp"
#include "subscription_store.hpp"
#include "subscriptions_impl.hpp"
#include "view.hpp"

namespace florin::subscriptions {
namespace {

std::unexpected<Error> changed_meanwhile() {
    return fail(ErrorKind::conflict, "subscription_changed_meanwhile",
                "The subscription has another version by now. Read it, and think the change out again.", "version");
}

billing::Turn turn_of(const Uuid& id) { return {.kind = std::string{Subscriptions::owner_kind}, .id = id}; }

std::optional<calendar::Date> earlier(std::optional<calendar::Date> a, std::optional<calendar::Date> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

/// The day of its next turn.
std::optional<calendar::Date> next_day(const Subscription& s) {
    if (s.is_held || s.status == Status::canceled) return std::nullopt;
    if (s.status == Status::paused)
        return earlier(s.resume_on, s.cancels_at_period_end ? std::optional{s.period.until} : std::nullopt);
    if (s.status == Status::trialing && !s.is_trial_notice_sent)
        return calendar::plus_days(*s.trial_end_date, -trial_notice_days);
    return s.next_billing_date;
}

}  // namespace

std::unexpected<Error> no_subscription() {
    return fail(ErrorKind::not_found, "subscription_not_found", "There is no such subscription.");
}

std::unexpected<Error> canceled_already() {
    return fail(ErrorKind::conflict, "subscription_canceled", "The subscription has been canceled. Make a new one.");
}

Asker the_clock(const Subscription& subscription) {
    return {.merchant = subscription.merchant,
            .actor = "system",
            .ip_address = {},
            .user_agent = {},
            .correlation_id = subscription.correlation_id,
            .traceparent = {}};
}

Collector collector_of(billing::Billing& billing) {
    return {
        .create = [&billing](Tx& tx, const billing::NewCharge& charge) { return billing.create(tx, charge); },
        .cancel = [&billing](Tx& tx, MerchantId merchant,
                             billing::ChargeId charge) { return billing.cancel(tx, merchant, charge); },
        .charges_of =
            [&billing](Reader& reader, MerchantId merchant, const Uuid& id) {
                return billing.charges_of(reader, merchant, Subscriptions::owner_kind, id);
            },
        .pay_by =
            [&billing](Tx& tx, MerchantId merchant, const Uuid& id, const billing::Means& means) {
                billing.pay_by(tx, merchant, Subscriptions::owner_kind, id, means);
            },
        .put_turn =
            [](Tx& tx, MerchantId merchant, const Uuid& id, std::optional<Instant> due_at) {
                if (due_at)
                    billing::put_turn(tx, merchant, turn_of(id), *due_at);
                else
                    billing::remove_turn(tx, merchant, turn_of(id));
            },
        .may_bill = [&billing](Tx& tx, MerchantId merchant,
                               const billing::Backlog& due) { return billing.may_bill(tx, merchant, due); },
        .release = [&billing](Tx& tx, MerchantId merchant, const billing::Backlog& due,
                              std::string_view actor) { billing.release(tx, merchant, due, actor); },
        .end_hold = [&billing](Tx& tx, MerchantId merchant, const Uuid& id, cases::Resolution as,
                               std::string_view why) { billing.end_hold(tx, merchant, turn_of(id), as, why); },
        .knows_policy = [&billing](Reader& reader, MerchantId merchant,
                                   std::string_view name) { return billing.has_retry_policy(reader, merchant, name); },
        .check_currency =
            [&billing](Reader& reader, MerchantId merchant, const billing::Means& means, std::string_view customer_id,
                       Currency currency, std::string_view field) {
                return billing.check_currency(reader, merchant, means, customer_id, currency, field);
            },
    };
}

Subscriptions::Subscriptions(Surroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {}
Subscriptions::~Subscriptions() = default;

billing::Owner Subscriptions::owner() {
    Impl& my = *impl_;
    return {.kind = std::string{owner_kind},
            .on_turn = [&my](Tx& tx, MerchantId merchant, const Uuid& id,
                             Instant due_at) { return my.take_turn(tx, merchant, id, due_at); },
            .on_charge = [&my](Tx& tx, const billing::Charge&, const billing::Charge& after) { my.hear(tx, after); },
            .forecast = [&my](Reader& reader, MerchantId merchant, const Uuid& id,
                              Instant until) { return my.forecast(reader, merchant, id, until); },
            .payer = [](Reader& reader, MerchantId merchant,
                        const Uuid& id) { return rows::payer_of(reader, merchant, SubscriptionId{id}); },
            .wants = [&my](Tx& tx, const billing::Charge& charge) { return my.wants(tx, charge); },
            .excess_minor = [&my](Tx& tx, const billing::Charge& refund) { return my.excess_minor(tx, refund); }};
}

Task<Result<Subscription>> Subscriptions::find(MerchantId merchant, SubscriptionId id) {
    auto read = [&](Reader& reader) -> Result<Subscription> {
        auto found = rows::find(reader, merchant, id);
        if (!found) return no_subscription();
        return std::move(*found);
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<std::vector<Subscription>>> Subscriptions::list(MerchantId merchant, SubscriptionFilter filter) {
    auto read = [&](Reader& reader) -> Result<std::vector<Subscription>> {
        return rows::list(reader, merchant, filter);
    };
    co_return co_await impl_->on.store.read(read);
}

std::optional<SubscriptionId> Subscriptions::find_running(Reader& reader, MerchantId merchant,
                                                          std::string_view customer_id) const {
    for (const Status status : {Status::trialing, Status::active, Status::past_due, Status::paused}) {
        const auto found =
            rows::list(reader, merchant, {.status = status, .customer_id = std::string{customer_id}, .limit = 1});
        if (!found.empty()) return found.front().id;
    }
    return std::nullopt;
}

void Subscriptions::forget(Tx& tx, MerchantId merchant, std::string_view customer_id) {
    for (const SubscriptionId& id : rows::ids_of(tx, merchant, customer_id)) {
        rows::forget_metadata(tx, merchant, id);
        // Whoever was changing it has stored its answer by then.
        const auto left = rows::find_readable(tx, merchant, id);
        idempotency::forget(tx, merchant, id.value, left ? answer_of(*left, 200).body : "{}");
    }
}

void store_answer(Tx& tx, const idempotency::Guard& guard, const Subscription& subscription, int status) {
    const bool is_personal = subscription.metadata != "{}";
    idempotency::finish(tx, subscription.merchant, guard.key, answer_of(subscription, status),
                        is_personal ? idempotency::Holds::personal_words : idempotency::Holds::nothing_personal);
}

Today Subscriptions::Impl::today_of(Reader& reader, MerchantId merchant) const {
    Today today{.profile = on.profile(reader, merchant), .now = on.now(reader, merchant), .date = {}};
    today.date = today.profile.zone.date_of(today.now);
    return today;
}

Task<Result<Done>> Subscriptions::Impl::alter(Asker asker, idempotency::Guard guard, SubscriptionId id,
                                              std::optional<std::int64_t> version, Act act) {
    auto unit = [&](Tx& tx) -> Result<Done> {
        if (!idempotency::take(tx, asker.merchant, guard, id.value)) {
            auto before = idempotency::earlier(tx, asker.merchant, guard);
            if (!before) return fail(std::move(before.error()));
            auto subscription = rows::find(tx, asker.merchant, id);
            check(subscription && before->answer, "a change and the answer about it are one commit");
            return Done{std::move(*subscription), std::move(before->answer)};
        }
        auto subscription = rows::lock(tx, asker.merchant, id);
        if (!subscription) return no_subscription();
        if (version && *version != subscription->version) return changed_meanwhile();
        const Today today = today_of(tx, asker.merchant);
        Charges charges;
        const auto what = act(tx, *subscription, today, charges);
        if (!what) return fail(what.error());
        if (!what->empty()) finish(tx, *subscription, today, *what, asker, charges);
        store_answer(tx, guard, *subscription, 200);
        return Done{std::move(*subscription), std::nullopt};
    };
    auto done = co_await on.store.write(unit);
    if (done && !done->stored) on.wake();
    co_return done;
}

void Subscriptions::Impl::finish(Tx& tx, Subscription& subscription, const Today& today, std::string_view what,
                                 const Asker& asker, const Charges& charges) const {
    subscription.version += 1;
    subscription.updated_at = tx.now();
    const bool is_saved = rows::update(tx, subscription);
    check(is_saved, "nobody changes a subscription that a unit has locked");
    announce(tx, subscription, what, asker);
    put_turn(tx, subscription, today);
    const std::string invoice = make(tx, subscription, charges, today);
    tell_customer(tx, subscription, what, charges, invoice);
}

billing::Backlog Subscriptions::Impl::backlog(const Subscription& subscription, const Today& today) {
    return {.turn = turn_of(subscription.id.value),
            .since = today.due_at(*subscription.next_billing_date),
            .periods = periods_due(subscription, today.date)};
}

void Subscriptions::Impl::put_turn(Tx& tx, const Subscription& subscription, const Today& today) const {
    const auto day = next_day(subscription);
    on.collector.put_turn(tx, subscription.merchant, subscription.id.value,
                          day ? std::optional{today.due_at(*day)} : std::nullopt);
}

}  // namespace florin::subscriptions
