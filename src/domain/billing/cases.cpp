// The case creator: what failed for good is opened as a case for a person, once, and what they resolve is done.

#include "florin/cases/cases.hpp"

#include "billing_impl.hpp"
#include "endings.hpp"

namespace florin::billing {

Task<Result<void>> Billing::Impl::open_case(const jobs::Job& job, std::string event_id) const {
    auto told = co_await read_telling(job.merchant, event_id);
    if (!told) co_return fail(std::move(told.error()));
    const Charge& charge = told->charge;
    auto write = [&](Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job)) return lease_lost();
        // Somebody had it tried again, or let it go, before this job had its turn.
        const auto now = rows::find_charge(tx, job.merchant, charge.id);
        if (!now || now->status != ChargeStatus::failed) return true;
        const std::string cause = cause_of_failure(*now);
        // Of a refund what could be given back is: the rest is at stake.
        const Money rest = *Money::of(now->amount.minor() - now->done_minor, now->amount.currency());
        std::string_view reason = charge.is_refund ? "refund_failed" : "payment_failed";
        if (charge.is_refund &&
            outside_minor(*now, rows::charges_of(tx, job.merchant, now->owner_kind, now->owner)) == rest.minor())
            reason = "refund_outside";
        on.cases->open(tx, {.merchant = job.merchant,
                            .cause = cause,
                            .reason = reason,
                            .customer_id = charge.customer_id,
                            .owner_kind = charge.owner_kind,
                            .owner = charge.owner,
                            .amount = rest,
                            .due_date = charge.due_date,
                            .attempts = charge.attempts,
                            .decline_class = payments::to_text(charge.decline),
                            .message = charge.message,
                            .correlation_id = charge.correlation_id});
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    on.wake();
    co_return Result<void>{};
}

void Billing::Impl::end_cases(Tx& tx, const Charge& before, const Charge& after) const {
    if (on.cases == nullptr) return;
    const auto settle = [&](std::string_view kind, const std::optional<CaseEnd>& end) {
        if (!end) return;
        const std::string cause = std::string{kind} + after.id.text();
        on.cases->settle(tx, {.merchant = after.merchant,
                              .owner = after.owner,
                              .cause = cause,
                              .resolution = end->resolution,
                              .why = end->why});
    };
    settle("charge:", end_of_failure(before, after));
    settle("dispute:", end_of_disputes(before, after));
}

void Billing::Impl::end_paid_twice(Tx& tx, const Charge& charge, const payments::PaymentDetails& now) const {
    if (on.cases == nullptr) return;
    std::int64_t refunded = 0;
    for (const payments::Transaction& one : now.transactions)
        if (one.type == payments::TransactionType::refund) refunded += one.approved_minor;
    for (const payments::Transaction& one : now.transactions) {
        if (one.type != payments::TransactionType::chargeback_reversal || refunded < one.approved_minor) continue;
        const std::string cause = "paid_twice:" + charge.id.text() + ":" + one.id.text();
        on.cases->settle(tx, {.merchant = charge.merchant,
                              .owner = charge.owner,
                              .cause = cause,
                              .resolution = cases::Resolution::retry,
                              .why = "The payment was given back."});
    }
}

void Billing::end_hold(Tx& tx, MerchantId merchant, const Turn& turn, cases::Resolution as, std::string_view why) {
    if (impl_->on.cases == nullptr) return;
    const std::string cause = "hold:" + turn.kind + ":" + florin::to_text(turn.id);
    impl_->on.cases->settle(tx, {.merchant = merchant, .owner = turn.id, .cause = cause, .resolution = as, .why = why});
}

std::string cause_of_failure(const Charge& charge) {
    std::string cause = "charge:" + charge.id.text();
    if (charge.returned_attempt) cause.append(":").append(std::to_string(*charge.returned_attempt));
    return cause;
}

Result<void> Billing::Impl::act_on(Tx& tx, const cases::Case& resolved) const {
    constexpr std::string_view of_charge = "charge:";
    if (resolved.cause.starts_with(of_charge)) {
        const auto id = ChargeId::parse(std::string_view{resolved.cause}.substr(of_charge.size(), 36));
        if (id)
            if (auto done = act_on_charge(tx, resolved, *id); !done) return done;
    } else if (resolved.cause.starts_with("dispute:")) {
        if (auto done = act_on_dispute(tx, resolved); !done) return done;
    }
    const Owner* owner = find_owner(resolved.owner_kind);
    return owner != nullptr && owner->on_case ? owner->on_case(tx, resolved) : Result<void>{};
}

Result<void> Billing::Impl::act_on_charge(Tx& tx, const cases::Case& resolved, const ChargeId& id) const {
    if (!resolved.resolution) return {};
    Decision decision = Decision::waive;
    switch (*resolved.resolution) {
        case cases::Resolution::retry:
            decision = Decision::retry;
            break;
        case cases::Resolution::paid_elsewhere:
            decision = Decision::paid_elsewhere;
            break;
        case cases::Resolution::waived:
        case cases::Resolution::canceled:
            break;
    }
    const auto known = rows::find_charge(tx, resolved.merchant, id);
    // It was paid, or let go, without the case: there is nothing left to do about it, and the case can be closed.
    const bool is_over = known && (known->status == ChargeStatus::succeeded || known->status == ChargeStatus::canceled);
    if (is_over && decision != Decision::retry) return {};
    const auto missing = known ? known->amount.minor() - known->done_minor : 0;
    if (known && decision == Decision::paid_elsewhere && resolved.resolved_amount->minor() != missing)
        return fail(ErrorKind::conflict, "charge_paid_in_part",
                    "A charge counts as paid as a whole: give all of its amount, or resolve the case otherwise.",
                    "amount");
    auto decided = decide(tx, resolved.merchant, id, decision, resolved.resolved_by);
    if (!decided) return fail(std::move(decided.error()));
    return {};
}

}  // namespace florin::billing
