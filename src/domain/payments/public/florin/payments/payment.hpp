#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/payments/connector.hpp"

namespace florin::payments {

struct PaymentTag;
struct TransactionTag;
struct PaymentMethodTag;
/// A payment carries the id of its first transaction, so either finds it.
using PaymentId = Id<PaymentTag>;
using TransactionId = Id<TransactionTag>;
using PaymentMethodId = Id<PaymentMethodTag>;

enum class PaymentState {
    created,          ///< Made without a card yet (document C); expires.
    processing,       ///< Its first transaction is being sent.
    unknown,          ///< Sent, and the answer was lost; it settles by itself.
    requires_action,  ///< The payer has to do something at the payment's `action_url`.
    pending,          ///< The provider has it and decides later.
    authorized,
    captured,     ///< Taken, wholly or in part; refunds are amounts, not states.
    quarantined,  ///< The provider approved something else than was asked: a person decides.
    declined,
    failed,
    canceled,
    expired,
};
inline constexpr int payment_state_count = 12;

/// What can happen to a payment.
enum class PaymentEvent {
    submitted,  ///< Intent committed, about to be sent.
    answer_lost,
    action_required,  ///< The provider waits for the payer.
    deferred,         ///< The provider will decide later.
    authorized,
    captured,
    mismatched,
    declined,
    failed,
    canceled,
    expired,
    withdrawn,  ///< Nothing reached the provider: payable again.
    rerouted,   ///< Nothing reached the provider: about to be sent to the next one.
};

struct Transition {
    PaymentState from;
    PaymentEvent event;
    PaymentState to;
};

/// Everything that can happen to a payment. What is not here is refused.
inline constexpr auto transitions = [] {
    using S = PaymentState;
    using E = PaymentEvent;
    return std::array{
        Transition{S::created, E::submitted, S::processing},
        Transition{S::created, E::expired, S::expired},

        Transition{S::processing, E::answer_lost, S::unknown},
        Transition{S::processing, E::action_required, S::requires_action},
        Transition{S::processing, E::deferred, S::pending},
        Transition{S::processing, E::authorized, S::authorized},
        Transition{S::processing, E::captured, S::captured},
        Transition{S::processing, E::mismatched, S::quarantined},
        Transition{S::processing, E::declined, S::declined},
        Transition{S::processing, E::failed, S::failed},
        Transition{S::processing, E::withdrawn, S::created},
        Transition{S::processing, E::rerouted, S::processing},

        Transition{S::unknown, E::answer_lost, S::unknown},
        Transition{S::unknown, E::action_required, S::requires_action},
        Transition{S::unknown, E::deferred, S::pending},
        Transition{S::unknown, E::authorized, S::authorized},
        Transition{S::unknown, E::captured, S::captured},
        Transition{S::unknown, E::mismatched, S::quarantined},
        Transition{S::unknown, E::declined, S::declined},
        Transition{S::unknown, E::failed, S::failed},

        Transition{S::requires_action, E::answer_lost, S::requires_action},
        Transition{S::requires_action, E::action_required, S::requires_action},
        Transition{S::requires_action, E::deferred, S::pending},
        Transition{S::requires_action, E::authorized, S::authorized},
        Transition{S::requires_action, E::captured, S::captured},
        Transition{S::requires_action, E::mismatched, S::quarantined},
        Transition{S::requires_action, E::declined, S::declined},
        Transition{S::requires_action, E::failed, S::failed},

        Transition{S::pending, E::answer_lost, S::pending},
        Transition{S::pending, E::action_required, S::requires_action},
        Transition{S::pending, E::deferred, S::pending},
        Transition{S::pending, E::authorized, S::authorized},
        Transition{S::pending, E::captured, S::captured},
        Transition{S::pending, E::mismatched, S::quarantined},
        Transition{S::pending, E::declined, S::declined},
        Transition{S::pending, E::failed, S::failed},

        Transition{S::authorized, E::captured, S::captured},
        Transition{S::authorized, E::canceled, S::canceled},
        Transition{S::authorized, E::expired, S::expired},
        Transition{S::captured, E::captured, S::captured},
        // What an authorization has left after a first capture may lapse; the money taken stays taken.
        Transition{S::captured, E::expired, S::captured},
        // A person has accepted what was approved, or found that nothing moved.
        Transition{S::quarantined, E::authorized, S::authorized},
        Transition{S::quarantined, E::captured, S::captured},
        Transition{S::quarantined, E::failed, S::failed},
        Transition{S::quarantined, E::canceled, S::canceled},
        Transition{S::quarantined, E::expired, S::expired},
        // It was judged never to have reached the provider, and did: the money moved after all (F5).
        Transition{S::failed, E::mismatched, S::quarantined},
    };
}();

constexpr std::optional<PaymentState> next(PaymentState from, PaymentEvent event) {
    for (const Transition& transition : transitions)
        if (transition.from == from && transition.event == event) return transition.to;
    return std::nullopt;
}

constexpr bool is_final(PaymentState state) {
    for (const Transition& transition : transitions)
        if (transition.from == state) return false;
    return true;
}

static_assert(!next(PaymentState::unknown, PaymentEvent::submitted), "never sent twice");
static_assert(!next(PaymentState::processing, PaymentEvent::submitted), "never sent twice");
static_assert(!next(PaymentState::unknown, PaymentEvent::rerouted), "nobody else is asked while one may have done it");
static_assert(!is_final(PaymentState::unknown), "a lost answer can always be settled");
static_assert(!next(PaymentState::captured, PaymentEvent::canceled), "what was captured is refunded, not canceled");
static_assert(is_final(PaymentState::declined) && is_final(PaymentState::canceled) && is_final(PaymentState::expired));

std::string_view to_text(PaymentState state);
std::optional<PaymentState> parse_payment_state(std::string_view text);

enum class TransactionStatus {
    processing,  ///< Intent committed; being sent, or the process died while sending.
    unknown,     ///< Sent, answer lost.
    pending,     ///< The provider decides later, or it has to be sent again later.
    approved,
    quarantined,  ///< Approved for another amount than asked.
    declined,
    failed,  ///< Nothing moved: refused, or it never reached the provider.
};
std::string_view to_text(TransactionStatus status);
constexpr bool is_open(TransactionStatus status) {
    return status == TransactionStatus::processing || status == TransactionStatus::unknown ||
           status == TransactionStatus::pending;
}

/// From where and by whom something was asked, for the audit. Stored with the intent, so that what
/// a recovery finishes is still laid at the right door.
struct Origin {
    std::string actor;
    std::string ip_address;
    std::string user_agent;
    std::string correlation_id;
    std::string traceparent;
};

/// What may be kept of a card (requirements D-PC-12); of a bank account `last4` alone.
struct CardFacts {
    std::string last4, brand;
    int expiry_month = 0, expiry_year = 0;
};

struct Payment {
    MerchantId merchant;
    PaymentId id;
    PaymentState state = PaymentState::processing;
    Money amount;
    std::int64_t authorized_minor = 0;
    std::int64_t captured_minor = 0;
    std::int64_t refunded_minor = 0;
    std::int64_t charged_back_minor = 0;  ///< Taken back by the provider, and not come back.
    Method method = Method::card;
    std::string customer_id = {};  ///< Empty: none.
    std::string connector;
    std::optional<PaymentMethodId> payment_method;
    CardFacts card;
    std::string action_url = {};  ///< Where the payer has to go; empty but in `requires_action`.
    std::string metadata = "{}";
    std::int64_t version = 0;  ///< How many events have told of it; for optimistic locking too.
    Instant created_at, updated_at;
    std::optional<Instant> expires_at;
};

/// One operation at the provider (requirements D-DM-01).
struct Transaction {
    MerchantId merchant;
    TransactionId id;
    PaymentId payment;
    TransactionType type = TransactionType::purchase;
    TransactionStatus status = TransactionStatus::processing;
    Money amount;                     ///< Asked for.
    std::int64_t approved_minor = 0;  ///< What the provider approved.
    /// Of an authorize: captured, canceled and reserved for either. Of a purchase or capture:
    /// refunded, reserved for refunds, and kept from refunds because it was charged back. Of a chargeback: what it
    /// keeps from refunds. Never above `approved_minor` (F19, F20).
    std::int64_t used_minor = 0;
    std::optional<TransactionId> parent;
    std::string reference_number;
    std::string provider_id, auth_code;
    DeclineClass decline = DeclineClass::none;
    std::string provider_code, message, avs, cvv;
    std::string customer_id;
    std::optional<PaymentMethodId> payment_method;
    std::string idempotency_key;  ///< Empty: none.
    std::string metadata = "{}";
    bool is_expiry = false;  ///< A cancel that the expiry of the authorization made.
    bool is_first_capture = true;
    bool is_of_created = false;  ///< Its payment existed before it, and outlives it if it was never sent.
    Origin origin;
    std::int64_t checks = 0;     ///< Look-ups made for it so far.
    std::int64_t not_found = 0;  ///< Look-ups in a row that found nothing.
    /// When to look at it next. Set while it is open; also of what was judged never to have reached the
    /// provider, which may still come true (F5), of what has to be reversed because it did, and of direct debits,
    /// which may be taken back.
    std::optional<Instant> next_check_at;
    Instant created_at, updated_at;
    std::optional<Instant> expires_at;
};

/// The provider code of a charge that two look-ups did not find. It may still come true (F5).
inline constexpr std::string_view never_reached_provider = "never_reached_provider";

/// The reference that providers see: 20 characters of 0–9 and A–Z (Authorize.Net's invoice number
/// holds no more), a pure function of the id.
std::string reference_of(const TransactionId& id);

}  // namespace florin::payments
