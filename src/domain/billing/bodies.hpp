#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/billing/charge.hpp"
#include "florin/json/describe.hpp"

/// Charges as they are shown, in answers and in events.
namespace florin::billing {

struct ChargeView {
    ChargeId id;
    std::string owner_kind;
    Uuid owner_id{};
    std::string purpose;
    std::int64_t number = 1;
    bool is_refund = false;
    std::string status;
    json::Decimal amount;
    std::string currency;
    std::optional<json::Decimal> amount_refunded;
    std::string due_date;
    std::optional<std::string> customer_id, description;
    std::int64_t attempts = 0;
    std::optional<std::string> decline_class, message;
    std::optional<payments::PaymentId> payment_id;
    std::optional<std::string> retry_on, ending;
    std::int64_t version = 1;
    Instant created_at, updated_at;
    std::optional<Instant> settled_at;
};

ChargeView view_of(const Charge& charge);

}  // namespace florin::billing

namespace florin::json {

template <>
struct Described<billing::ChargeView> {
    using V = billing::ChargeView;
    static constexpr std::string_view name = "BillingCharge";
    static constexpr std::string_view doc = "An amount that came due, and what became of it.";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The charge."},
        Field{"owner_kind", &V::owner_kind, "What it belongs to: `payment_terms`, `subscription`."},
        Field{"owner_id", &V::owner_id, "Which one."},
        Field{
            "purpose", &V::purpose,
            "`instalment` of a plan, `compensation` of an adjustment, `final_amount` of a cancellation, `period` of a "
            "subscription, `proration` of a change."},
        Field{"number", &V::number, "Among those of its owner with that purpose, from 1."},
        Field{"is_refund", &V::is_refund, "True: it is given back."},
        Field{"status", &V::status,
              "`pending` (due), `processing` (an attempt is under way), `retrying` (the next one has its day), "
              "`succeeded`, `failed`, `canceled`."},
        Field{"amount", &V::amount, "In major units.", "49.90"},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"amount_refunded", &V::amount_refunded, "Of a refund, what of it has been given back."},
        Field{"due_date", &V::due_date, "On the merchant's calendar.", "\"2027-01-31\""},
        Field{"customer_id", &V::customer_id, "Whose."},
        Field{"description", &V::description, "As in mails and documents.", "\"Instalment 3 of 12\""},
        Field{"attempts", &V::attempts, "How often it was tried."},
        Field{"decline_class", &V::decline_class, "Why the last attempt failed.", "\"insufficient_funds\""},
        Field{"message", &V::message, "The same in words."},
        Field{"payment_id", &V::payment_id, "The last attempt's payment."},
        Field{"retry_on", &V::retry_on, "When it is tried again.", "\"2027-02-01\""},
        Field{"ending", &V::ending, "Of a failed one: what follows, `case`, `cancel` or `keep`."},
        Field{"version", &V::version, "Rises with each change that an event tells of."},
        Field{"created_at", &V::created_at, "When it was made."},
        Field{"updated_at", &V::updated_at, "When it last changed."},
        Field{"settled_at", &V::settled_at, "When it ended."},
    };
};

}  // namespace florin::json
