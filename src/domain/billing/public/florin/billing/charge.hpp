#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/calendar/calendar.hpp"
#include "florin/payments/payment.hpp"

namespace florin::billing {

using ChargeId = Id<struct ChargeTag>;

/// What a charge is for.
enum class Purpose {
    instalment,    ///< Of a plan; `number` from 1.
    compensation,  ///< What an adjustment of a plan leaves to be paid or given back; `number` of the adjustment.
    final_amount,  ///< What a cancellation leaves to be paid or given back.
    period,        ///< Of a subscription; `number` from 1.
    proration,     ///< Of a change within a period; `number` of the change.
};
std::string_view to_text(Purpose purpose);

/// How a due amount stands. The words of document A's transactions (requirements A-ST-02), and the ones between.
enum class ChargeStatus {
    pending,     ///< Due, and not tried yet.
    processing,  ///< An attempt is under way, or its outcome is not known yet: no other begins (F83).
    retrying,    ///< An attempt failed; the next one has its day.
    succeeded,
    failed,    ///< No attempt is left: a case, or as the policy says.
    canceled,  ///< Prevented before anything was sent, or let go by a person.
};
std::string_view to_text(ChargeStatus status);
constexpr bool is_open(ChargeStatus status) {
    return status == ChargeStatus::pending || status == ChargeStatus::processing || status == ChargeStatus::retrying;
}

std::optional<ChargeStatus> parse_charge_status(std::string_view text);

/// What happens when no attempt is left.
enum class Ending {
    open_case,  ///< A person goes on: a case is opened.
    cancel,     ///< Its owner is to end.
    keep,       ///< Nothing: it stays unpaid.
};
std::string_view to_text(Ending ending);

/// A line of an invoice. Amounts of credits are negative.
struct Line {
    std::string description;
    std::int64_t quantity = 1;
    Money amount;  ///< Of all of it.
};

/// How the customer pays: one of both, or neither, which is the customer's default.
struct Means {
    std::optional<payments::PaymentMethodId> payment_method;  ///< A stored card.
    std::optional<payments::TransactionId> mandate_of;        ///< A direct debit by an earlier payment.
};

/// An amount that is due, to be charged or (`is_refund`) to be given back out of what its owner's charges have taken.
struct NewCharge {
    MerchantId merchant;
    std::string owner_kind;  ///< As in `Turn`.
    Uuid owner{};
    Purpose purpose = Purpose::instalment;
    std::int64_t number = 1;
    bool is_refund = false;
    Money amount;  ///< Never negative. Zero succeeds at once, without a provider (F93).
    calendar::Date due_date;
    std::string customer_id;
    Means means;
    std::string retry_policy;  ///< A name; empty: the merchant's default.
    std::vector<Line> lines;
    std::string description;  ///< For statements and mails: `Instalment 3 of 12`.
    std::string correlation_id;
};

struct Charge {
    MerchantId merchant;
    ChargeId id;
    std::string owner_kind;
    Uuid owner{};
    Purpose purpose = Purpose::instalment;
    std::int64_t number = 1;
    bool is_refund = false;
    ChargeStatus status = ChargeStatus::pending;
    Money amount;
    std::int64_t done_minor = 0;        ///< Of a refund, what of it has been given back so far.
    std::int64_t taken_back_minor = 0;  ///< Of what was collected, what disputes and refunds by others take away.
    std::int64_t outside_minor = 0;     ///< What of it was paid, or given back, without a provider.
    calendar::Date due_date;
    std::string customer_id;
    Means means;
    std::string retry_policy, description;
    std::int64_t attempts = 0;
    std::int64_t failures = 0;  ///< Of those.
    std::optional<calendar::Date> first_failed_on;
    /// Whose money was there and has gone again, until it is paid once more: counted as paid once, it is owed whatever
    /// has become of its owner since.
    std::optional<std::int64_t> returned_attempt;
    payments::DeclineClass decline = payments::DeclineClass::none;  ///< Of the last attempt.
    std::string message;
    std::optional<payments::PaymentId> payment;  ///< Of the last attempt.
    std::optional<calendar::Date> retry_on;      ///< While `retrying`.
    std::optional<Ending> ending;                ///< Of a failed one: what its policy wants done.
    std::string correlation_id;
    std::int64_t version = 1;  ///< How many events have told of it.
    Instant created_at, updated_at;
    std::optional<Instant> settled_at;
};

/// What of a charge counts as paid, whatever was taken back of it since; of a refund, as given back.
inline std::int64_t paid_minor(const Charge& charge) {
    if (charge.status == ChargeStatus::succeeded) return charge.amount.minor();
    return charge.is_refund && charge.status == ChargeStatus::canceled ? charge.done_minor : 0;
}
/// What of a charge is there to be given back.
inline std::int64_t kept_minor(const Charge& charge) { return paid_minor(charge) - charge.taken_back_minor; }

}  // namespace florin::billing
