#pragma once

#include <optional>
#include <string>
#include <vector>

#include "announcement.hpp"
#include "florin/billing/charge.hpp"
#include "florin/json/describe.hpp"

/// Charges as they are shown, in answers and in events.
namespace florin::billing {

/// An empty text is left out.
inline std::optional<std::string> or_nothing(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

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
    std::optional<json::Decimal> amount_refunded, amount_taken_back, amount_outside;
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

struct AnnouncementView {
    AnnouncementId id;
    std::string reason;
    std::int64_t days_before = 1;
    std::string owner_kind;
    Uuid owner_id{};
    std::optional<std::string> customer_id, payment_method_token, card_last4, card_brand, card_expires;
    std::string due_date;
    json::Decimal amount;
    std::string currency;
    std::optional<std::string> description;
    std::optional<bool> is_open;
    Instant created_at;
};

AnnouncementView view_of(const Announcement& announcement);

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
        Field{"amount_taken_back", &V::amount_taken_back,
              "Of what was paid, what a dispute has taken away, or a refund beside billing takes away, from when it "
              "begins."},
        Field{"amount_outside", &V::amount_outside, "What was paid, or given back, without a provider."},
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

template <>
struct Described<billing::AnnouncementView> {
    using V = billing::AnnouncementView;
    static constexpr std::string_view name = "BillingAnnouncement";
    static constexpr std::string_view doc = "That a charge to come cannot be made as things are.";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The announcement."},
        Field{"reason", &V::reason,
              "`card_expiring`: the card will have expired by the due day; `payment_method_missing`: there is nothing "
              "that "
              "could be charged.",
              "\"card_expiring\""},
        Field{"days_before", &V::days_before, "Which notice it is: so many days before the charge.", "14"},
        Field{"owner_kind", &V::owner_kind, "What it belongs to: `payment_terms`, `subscription`."},
        Field{"owner_id", &V::owner_id, "Which one: of a card that pays several, the one that is charged first."},
        Field{"customer_id", &V::customer_id, "Who is told."},
        Field{"payment_method_token", &V::payment_method_token, "The card that expires."},
        Field{"card_last4", &V::card_last4, "Its last digits.", "\"1111\""},
        Field{"card_brand", &V::card_brand, "Its brand.", "\"visa\""},
        Field{"card_expires", &V::card_expires, "The month through whose last day it is good.", "\"2027-01\""},
        Field{"due_date", &V::due_date, "When the charge falls due, on the merchant's calendar.", "\"2027-02-15\""},
        Field{"amount", &V::amount, "What will be due, in major units.", "49.90"},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"description", &V::description, "What is charged for."},
        Field{"is_open", &V::is_open,
              "In lists: whether it is still so. Another card, a mandate, the end of the plan or the due day itself "
              "ends it."},
        Field{"created_at", &V::created_at, "When it was announced."},
    };
};

}  // namespace florin::json
