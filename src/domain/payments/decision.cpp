#include "decision.hpp"

#include <algorithm>

#include "planted.hpp"

namespace florin::payments {
namespace {

PaymentEvent event_when_approved(const Transaction& transaction) {
    switch (transaction.type) {
        case TransactionType::authorize:
            return PaymentEvent::authorized;
        case TransactionType::purchase:
        case TransactionType::capture:
            return PaymentEvent::captured;
        case TransactionType::refund:
        case TransactionType::cancel:
        case TransactionType::chargeback:
        case TransactionType::chargeback_reversal:
            break;
    }
    return transaction.is_expiry ? PaymentEvent::expired : PaymentEvent::canceled;
}

Decision approved(const Transaction& transaction, const Answer& answer) {
    const Money got = answer.amount.value_or(transaction.amount);
    // Another currency cannot be booked as this payment's money at all; a larger amount neither.
    if (got.currency() != transaction.amount.currency() || got.minor() > transaction.amount.minor())
        return {.status = TransactionStatus::quarantined,
                .approved_minor = 0,
                .event = is_charge(transaction.type) ? std::optional{PaymentEvent::mismatched} : std::nullopt};
    // The books said that it never happened; now they say what moved, and a person decides (F5).
    if (transaction.status == TransactionStatus::failed)
        return {
            .status = TransactionStatus::quarantined, .approved_minor = got.minor(), .event = PaymentEvent::mismatched};
    const bool is_whole = got == transaction.amount;
    // A partial approval is held: it is never fulfilled as if it were the whole (F25).
    if (!is_whole && is_charge(transaction.type))
        return {
            .status = TransactionStatus::quarantined, .approved_minor = got.minor(), .event = PaymentEvent::mismatched};
    // So is a part of a capture or refund: its client asked for another amount than it got.
    if (!is_whole && transaction.type == TransactionType::capture)
        return {
            .status = TransactionStatus::quarantined, .approved_minor = got.minor(), .event = PaymentEvent::captured};
    if (!is_whole && transaction.type == TransactionType::refund)
        return {.status = TransactionStatus::quarantined, .approved_minor = got.minor(), .event = std::nullopt};
    Decision decision{.status = TransactionStatus::approved, .approved_minor = got.minor(), .event = std::nullopt};
    if (transaction.type != TransactionType::refund) decision.event = event_when_approved(transaction);
    return decision;
}

}  // namespace

Decision decide(const Transaction& transaction, const Answer& answer) {
    const bool charges = is_charge(transaction.type);
    const auto of_charge = [&](PaymentEvent event) { return charges ? std::optional{event} : std::nullopt; };
    switch (answer.outcome) {
        case Outcome::approved:
            return approved(transaction, answer);
        case Outcome::pending:
        case Outcome::not_settled:
            return {
                .status = TransactionStatus::pending,
                .event = of_charge(answer.action_url.empty() ? PaymentEvent::deferred : PaymentEvent::action_required)};
        case Outcome::declined:
            return {.status = TransactionStatus::declined,
                    .event = of_charge(PaymentEvent::declined),
                    .releases_reservation = true};
        case Outcome::refused:
            // The provider has let go of an expired authorization by itself: nothing is held any more.
            if (transaction.is_expiry)
                return {.status = TransactionStatus::approved,
                        .approved_minor = transaction.amount.minor(),
                        .event = PaymentEvent::expired};
            return {.status = TransactionStatus::failed,
                    .event = of_charge(PaymentEvent::failed),
                    .releases_reservation = true};
        case Outcome::not_sent:
            return {.status = TransactionStatus::failed,
                    .event = of_charge(transaction.is_of_created ? PaymentEvent::withdrawn : PaymentEvent::failed),
                    .releases_reservation = true,
                    .frees_idempotency_key = true};
        case Outcome::not_found:
        case Outcome::no_answer:
            break;
    }
    // What was pending stays so: one lost look-up takes nothing back of what the provider has said.
    const bool was_pending = transaction.status == TransactionStatus::pending;
    return {.status = was_pending ? TransactionStatus::pending : TransactionStatus::unknown,
            .event = of_charge(PaymentEvent::answer_lost)};
}

std::optional<Instant> next_late_look(Instant judged_at, Instant now) {
    constexpr Millis hour{3'600'000};
    for (const Millis after : {hour, 24 * hour})
        if (now < judged_at + after) return judged_at + after;
    return std::nullopt;
}

std::optional<Instant> next_look_for_reversals(Method method, Instant paid_at, Instant now) {
    constexpr Millis day = std::chrono::days{1};
    constexpr int of_debit[] = {1, 2, 4, 7, 14, 28, 56, 112, 224, 395};
    constexpr int of_card[] = {14, 45, 90, 125};
    const std::span<const int> looks = method == Method::card ? std::span<const int>{of_card} : of_debit;
    for (const int after : looks)
        if (now < paid_at + after * day) return paid_at + after * day;
    return std::nullopt;
}

Millis wait_before_check(std::int64_t checks) {
    const std::int64_t exponent = std::clamp<std::int64_t>(checks, 0, 5);
    return std::min(Millis{1000LL << exponent}, Millis{20'000});
}

bool is_certainly_absent(const Transaction& transaction, Millis absent_for, Millis settle_delay) {
    if (planted(Bug::not_found_is_final)) return true;
    // However quick the provider is, the request itself may still be on its way (F5).
    constexpr Millis on_the_wire{10'000};
    return transaction.not_found >= 2 && absent_for >= std::max(settle_delay, on_the_wire);
}

}  // namespace florin::payments
