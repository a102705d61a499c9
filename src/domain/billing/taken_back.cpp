// Money that was collected and has gone again: debits that banks return, disputes, refunds made beside billing. And
// money that comes back from there.

#include <algorithm>

#include "billing_impl.hpp"
#include "florin/base/check.hpp"
#include "florin/cases/cases.hpp"

namespace florin::billing {
namespace {

using payments::TransactionType;

constexpr std::string_view of_dispute = "dispute:";

/// `dispute:<charge>:<what the provider took back>`
std::string cause_of(const Charge& charge, const payments::TransactionId& dispute) {
    return std::string{of_dispute} + charge.id.text() + ":" + dispute.text();
}

/// A refund of which nobody knows yet what becomes of it: also one that a person has to look at because what the
/// provider says of it cannot be booked.
bool is_on_its_way(const payments::Transaction& refund) {
    return payments::is_open(refund.status) ||
           (refund.status == payments::TransactionStatus::quarantined && refund.approved_minor == 0);
}

bool is_debit(const payments::Payment& payment) {
    return payment.method == payments::Method::sepa_debit || payment.method == payments::Method::ach_debit;
}

/// What others than billing have given back of a payment, or are about to: of what is on its way out all counts as gone
/// until it is known that it is not, or the same would be given back twice meanwhile (F95).
std::int64_t refunded_by_others(const payments::PaymentDetails& now) {
    std::int64_t minor = 0;
    for (const payments::Transaction& one : now.transactions)
        if (one.type == TransactionType::refund && !attempt_of(one.idempotency_key))
            minor += is_on_its_way(one) ? one.amount.minor() : one.approved_minor;
    return minor;
}

/// What the charge's event says of it.
std::string_view word_for(const payments::Transaction& by) {
    if (by.type == TransactionType::chargeback) return "disputed";
    if (by.type == TransactionType::chargeback_reversal) return "dispute_won";
    return is_on_its_way(by) ? "refunding" : by.approved_minor > 0 ? "refunded" : "refund_failed";
}

Money in_currency_of(const Charge& charge, std::int64_t minor) { return *Money::of(minor, charge.amount.currency()); }

}  // namespace

Result<void> Billing::hear_of_money_back(Tx& tx, const payments::PaymentDetails& now,
                                         const payments::Transaction& by) const {
    const Impl& my = *impl_;
    const auto first =
        std::ranges::find(now.transactions, payments::TransactionId{now.payment.id.value}, &payments::Transaction::id);
    const auto key = first == now.transactions.end() ? std::nullopt : attempt_of(first->idempotency_key);
    // No charge of ours; or our own refund, which is booked as such.
    if (!key || attempt_of(by.idempotency_key)) return {};
    const MerchantId merchant = now.payment.merchant;
    auto charge = rows::find_charge(tx, merchant, key->charge);
    auto attempt = rows::find_attempt(tx, merchant, key->charge, key->number);
    if (!charge || !attempt || charge->is_refund) return {};
    if (attempt->status == rows::AttemptStatus::processing) {
        // It has gone again before anybody here heard that it had come.
        if (first->status != payments::TransactionStatus::approved) return {};
        if (auto recorded = my.record(tx, key->charge, merchant, key->number, Impl::ended_as(*first)); !recorded)
            return recorded;
        charge = rows::find_charge(tx, merchant, key->charge);
    }
    const std::int64_t refunded = refunded_by_others(now);
    const Impl::MoneyBack back{.now = now,
                               .by = by,
                               .attempt = key->number,
                               .has_failed = attempt->status == rows::AttemptStatus::failed,
                               .refunded_minor = refunded,
                               .gone_minor = refunded + now.payment.charged_back_minor};
    if (by.type == TransactionType::chargeback_reversal) return my.come_back(tx, *charge, back);
    if (by.type == TransactionType::refund) my.end_paid_twice(tx, *charge, now);
    // What the charge is not paid by (any more) changes nothing about it.
    const bool is_paid_by_it = charge->status == ChargeStatus::succeeded && charge->payment == now.payment.id;
    if (!is_paid_by_it) return {};
    // What has gone in parts is with a person already.
    const bool is_whole = charge->taken_back_minor == 0 && charge->outside_minor == 0 && refunded == 0 &&
                          now.payment.charged_back_minor >= charge->amount.minor();
    const bool is_return = by.type == TransactionType::chargeback && is_debit(now.payment) && is_whole;
    return is_return ? my.return_debit(tx, *charge, back) : my.take_back(tx, *charge, back);
}

Result<void> Billing::Impl::take_back(Tx& tx, const Charge& before, const MoneyBack& back) const {
    Charge charge = before;
    // Both a refund and a dispute may have taken the same: what is not there cannot be gone twice (F28).
    const std::int64_t gone = std::min(back.gone_minor, charge.amount.minor());
    charge.taken_back_minor = std::max<std::int64_t>(0, gone - charge.outside_minor);
    charge.version += 1;
    charge.updated_at = tx.now();
    if (!rows::update_charge(tx, charge, before.version)) return changed_meanwhile();
    const std::string event_id = announce(tx, charge, word_for(back.by), back.by.origin.actor);
    const bool is_refunded =
        back.by.type == TransactionType::refund && !is_on_its_way(back.by) && back.by.approved_minor > 0;
    if (is_refunded && on.documents != nullptr)
        enqueue_telling(tx, charge, receipt_kind, event_id, on.merchants.today(tx, charge.merchant), back.by.id);
    if (kept_minor(charge) != kept_minor(before)) tell_owner(tx, before, charge);
    if (back.by.type == TransactionType::chargeback) open_dispute(tx, charge, back);
    return {};
}

Result<void> Billing::Impl::return_debit(Tx& tx, const Charge& before, const MoneyBack& back) const {
    Charge charge = before;
    charge.version += 1;
    charge.updated_at = tx.now();
    charge.decline = back.by.decline;
    charge.message = back.by.message.empty() ? "The bank has returned the debit." : back.by.message;
    charge.returned_attempt = back.attempt;
    fail_attempt(tx, charge);
    if (!rows::update_charge(tx, charge, before.version)) return changed_meanwhile();
    rows::turn_attempt(tx, {.merchant = charge.merchant,
                            .charge = charge.id,
                            .number = back.attempt,
                            .status = rows::AttemptStatus::failed,
                            .decline = back.by.decline,
                            .code = back.by.provider_code,
                            .message = charge.message,
                            .begun_at = {},
                            .ended_at = tx.now()});
    const std::string event_id = announce(tx, charge, "returned", back.by.origin.actor);
    tell_owner(tx, before, charge);
    enqueue_failure(tx, charge, event_id);
    return {};
}

Result<void> Billing::Impl::come_back(Tx& tx, const Charge& before, const MoneyBack& back) const {
    // The case that the dispute had opened, if it had one: what the reversal follows is the dispute.
    if (on.cases != nullptr && back.by.parent)
        on.cases->remark(tx, before.merchant, cause_of(before, *back.by.parent),
                         "The dispute was won: the money has come back, and counts again.");
    if (on.cases != nullptr && before.returned_attempt)
        on.cases->remark(tx, before.merchant, cause_of_failure(before),
                         "What had been returned has come back: the charge is paid by it, unless it was paid before.");
    const bool is_paid_by_it = before.status == ChargeStatus::succeeded && before.payment == back.now.payment.id;
    const bool is_unpaid = before.status == ChargeStatus::pending || before.status == ChargeStatus::retrying ||
                           before.status == ChargeStatus::failed;
    if (is_paid_by_it) {
        if (back.gone_minor < before.outside_minor)
            open_paid_twice(tx, before, back.by, before.outside_minor - back.gone_minor);
        return take_back(tx, before, back);
    }
    if (!is_unpaid) {
        open_paid_twice(tx, before, back.by, back.by.approved_minor);
        return {};
    }
    Charge charge = before;
    charge.status = ChargeStatus::succeeded;
    charge.payment = back.now.payment.id;
    charge.taken_back_minor = std::min(back.gone_minor, charge.amount.minor());
    charge.decline = payments::DeclineClass::none;
    charge.message.clear();
    charge.ending = std::nullopt;
    charge.retry_on = std::nullopt;
    charge.returned_attempt = std::nullopt;
    // As if it had not been returned, so that it can be once more.
    if (back.has_failed) charge.failures -= 1;
    if (charge.failures == 0) charge.first_failed_on = std::nullopt;
    charge.version += 1;
    charge.updated_at = tx.now();
    charge.settled_at = tx.now();
    if (!rows::update_charge(tx, charge, before.version)) return changed_meanwhile();
    remove_turn(tx, charge.merchant, {.kind = "charge", .id = charge.id.value});
    rows::turn_attempt(tx, {.merchant = charge.merchant,
                            .charge = charge.id,
                            .number = back.attempt,
                            .status = rows::AttemptStatus::succeeded,
                            .begun_at = {},
                            .ended_at = tx.now()});
    announce(tx, charge, "succeeded", back.by.origin.actor);
    tell_owner(tx, before, charge);
    return {};
}

void Billing::Impl::open_dispute(Tx& tx, const Charge& charge, const MoneyBack& back) const {
    if (on.cases == nullptr) return;
    const std::string cause = cause_of(charge, back.by.id);
    const std::int64_t minor = std::min(back.by.approved_minor, charge.amount.minor());
    on.cases->open(tx, {.merchant = charge.merchant,
                        .cause = cause,
                        .reason = "disputed",
                        .customer_id = charge.customer_id,
                        .owner_kind = charge.owner_kind,
                        .owner = charge.owner,
                        .amount = in_currency_of(charge, minor),
                        .due_date = charge.due_date,
                        .attempts = charge.attempts,
                        .decline_class = payments::to_text(back.by.decline),
                        .message = back.by.message,
                        .correlation_id = charge.correlation_id});
}

void Billing::Impl::open_paid_twice(Tx& tx, const Charge& charge, const payments::Transaction& by,
                                    std::int64_t minor) const {
    if (on.cases == nullptr) return;
    const std::string cause = "paid_twice:" + charge.id.text() + ":" + by.id.text();
    const std::string message =
        "Money came back for a charge that is settled otherwise by now: give back payment " + by.payment.text() + ".";
    on.cases->open(tx, {.merchant = charge.merchant,
                        .cause = cause,
                        .reason = "paid_twice",
                        .customer_id = charge.customer_id,
                        .owner_kind = charge.owner_kind,
                        .owner = charge.owner,
                        .amount = in_currency_of(charge, minor),
                        .due_date = charge.due_date,
                        .attempts = charge.attempts,
                        .message = message,
                        .correlation_id = charge.correlation_id});
}

Result<void> Billing::Impl::act_on_dispute(Tx& tx, const cases::Case& resolved) const {
    const auto id = ChargeId::parse(std::string_view{resolved.cause}.substr(of_dispute.size(), 36));
    const auto before = id ? rows::find_charge(tx, resolved.merchant, *id) : std::nullopt;
    if (!before || !resolved.resolution) return {};
    switch (*resolved.resolution) {
        case cases::Resolution::retry: {
            auto decided = decide(tx, resolved.merchant, *id, Decision::retry, resolved.resolved_by);
            if (!decided) return fail(std::move(decided.error()));
            return {};
        }
        case cases::Resolution::paid_elsewhere: {
            Charge charge = *before;
            const std::int64_t minor = std::min(resolved.resolved_amount->minor(), charge.taken_back_minor);
            // It was won, or collected once more, without the case.
            if (minor == 0) return {};
            charge.taken_back_minor -= minor;
            charge.outside_minor += minor;
            charge.version += 1;
            charge.updated_at = tx.now();
            if (!rows::update_charge(tx, charge, before->version)) return changed_meanwhile();
            announce(tx, charge, "paid_elsewhere", resolved.resolved_by);
            tell_owner(tx, *before, charge);
            return {};
        }
        case cases::Resolution::waived:
        case cases::Resolution::canceled:
            return {};
    }
    __builtin_unreachable();
}

}  // namespace florin::billing
