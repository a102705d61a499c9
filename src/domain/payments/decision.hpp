#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "florin/payments/absence.hpp"
#include "florin/payments/payment.hpp"

namespace florin::payments {

/// The provider code of a refund that waits for its original to settle.
inline constexpr std::string_view not_settled_code = "not_settled";
/// The provider code of what a person found not to have moved any money.
inline constexpr std::string_view dismissed_code = "dismissed";

/// A charge of which the provider, or nobody, can say what became of it, so that a person has to look: see
/// `Answer::is_undecided`.
inline bool is_undecided(const Transaction& transaction) {
    return is_charge(transaction.type) && transaction.status == TransactionStatus::unknown &&
           !transaction.provider_code.empty();
}

/// What an answer means for a transaction: decided without a world.
struct Decision {
    TransactionStatus status = TransactionStatus::unknown;
    std::int64_t approved_minor = 0;
    /// What the payment as a whole goes through; nothing when only the transaction changes (a refund,
    /// a follow-up that failed).
    std::optional<PaymentEvent> event;
    /// True when nothing moved, so that what was reserved on the parent is free again.
    bool releases_reservation = false;
    /// True when nothing ever reached the provider: the request may be repeated with the same key.
    bool frees_idempotency_key = false;
};

Decision decide(const Transaction& transaction, const Answer& answer);

/// When to look again at what was judged at `judged_at` never to have reached the provider: an hour later, a
/// day later, and then no more (F5).
std::optional<Instant> next_late_look(Instant judged_at, Instant now);

/// When to ask whether a payment was taken back, should no webhook tell. Of a direct debit: often in the eight weeks in
/// which no reason is needed, and up to the 13 months of one without a mandate. Of a card: four times in the 120 days
/// in which most disputes are begun. Nothing: no more. Source: SEPA Core rulebook, the card networks' dispute rules.
std::optional<Instant> next_look_for_reversals(Method method, Instant paid_at, Instant now);

/// When to look next, counting from the `checks`-th look: 1, 2, 4, 8, 16 seconds, then every 20. The
/// ceiling is low because a lost answer has to be settled within a minute of the provider's healing.
Millis wait_before_check(std::int64_t checks);

/// True when two look-ups in a row found nothing, for at least `settle_delay` and as long as a request may be on
/// its way: only then it never happened (F7). `absent_for`: see `Absences`.
bool is_certainly_absent(const Transaction& transaction, Millis absent_for, Millis settle_delay);

}  // namespace florin::payments
