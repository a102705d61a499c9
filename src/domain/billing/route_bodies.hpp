#pragma once

#include "bodies.hpp"
#include "florin/http/listing.hpp"
#include "policy_bodies.hpp"

/// The bodies of the billing routes, out.
namespace florin::billing {

struct AttemptView {
    std::int64_t number = 1;
    std::string status;
    json::Decimal amount;
    std::optional<payments::PaymentId> payment_id;
    std::optional<payments::TransactionId> transaction_id;
    std::optional<std::string> decline_class, code, message;
    Instant begun_at;
    std::optional<Instant> ended_at;
};

struct LineView {
    std::string description;
    std::int64_t quantity = 1;
    json::Decimal amount;
};

struct ChargeDetailsView {
    ChargeView charge;
    std::vector<LineView> lines;
    std::vector<AttemptView> attempts;
};

using ChargeListView = http::Page<ChargeView>;

struct ForeseenView {
    std::string date;
    std::string owner_kind;
    Uuid owner_id{};
    std::string purpose;
    std::int64_t number = 1;
    bool is_refund = false;
    std::optional<std::string> customer_id, description;
    json::Decimal amount;
    std::string currency, status;
    std::optional<ChargeId> charge_id;
};

struct TotalView {
    std::string currency;
    json::Decimal charges, refunds;
};

struct ForecastView {
    std::string from, until;
    std::vector<ForeseenView> data;
    std::vector<TotalView> totals;
    bool has_more = false;
    std::optional<std::string> next_cursor;
};

using AnnouncementListView = http::Page<AnnouncementView>;

struct PolicyView {
    std::string name;
    bool is_preset = false;
    RulesBody rules;
    std::int64_t version = 0;
    std::optional<Instant> created_at, updated_at;
};

struct PolicyListView {
    std::vector<PolicyView> data;
};

}  // namespace florin::billing

namespace florin::json {

template <>
struct Described<billing::AttemptView> {
    using V = billing::AttemptView;
    static constexpr std::string_view name = "BillingAttempt";
    static constexpr auto fields = std::tuple{
        Field{"number", &V::number, "From 1."},
        Field{"status", &V::status, "`processing`, `succeeded` or `failed`."},
        Field{"amount", &V::amount, "In major units; of a refund, this part of it."},
        Field{"payment_id", &V::payment_id, "The payment that it made, or gave back from."},
        Field{"transaction_id", &V::transaction_id, "The operation at the provider."},
        Field{"decline_class", &V::decline_class, "Why it failed."},
        Field{"code", &V::code, "The provider's code, or ours where nothing was sent: `no_payment_method`."},
        Field{"message", &V::message, "The same in words."},
        Field{"begun_at", &V::begun_at, "When it was begun."},
        Field{"ended_at", &V::ended_at, "When its outcome was known."},
    };
};

template <>
struct Described<billing::LineView> {
    using V = billing::LineView;
    static constexpr std::string_view name = "BillingLine";
    static constexpr auto fields = std::tuple{
        Field{"description", &V::description, "What it is for."},
        Field{"quantity", &V::quantity, "How many."},
        Field{"amount", &V::amount, "Of all of it, in major units; of a credit negative."},
    };
};

template <>
struct Described<billing::ChargeDetailsView> {
    using V = billing::ChargeDetailsView;
    static constexpr std::string_view name = "BillingChargeDetails";
    static constexpr auto fields = std::tuple{
        Field{"charge", &V::charge, "The charge."},
        Field{"lines", &V::lines, "What it is made of."},
        Field{"attempts", &V::attempts, "What was tried, the first one first."},
    };
};

template <>
struct Described<billing::ForeseenView> {
    using V = billing::ForeseenView;
    static constexpr std::string_view name = "ForecastItem";
    static constexpr auto fields = std::tuple{
        Field{"date", &V::date, "When it will be charged, on the merchant's calendar.", "\"2027-01-31\""},
        Field{"owner_kind", &V::owner_kind, "What it belongs to: `payment_terms`, `subscription`."},
        Field{"owner_id", &V::owner_id, "Which one."},
        Field{"purpose", &V::purpose, "As of a charge."},
        Field{"number", &V::number, "As of a charge."},
        Field{"is_refund", &V::is_refund, "True: it will be given back."},
        Field{"customer_id", &V::customer_id, "To whom."},
        Field{"description", &V::description, "What it is for, as the charge will say.", "\"Coffee every month\""},
        Field{"amount", &V::amount, "In major units.", "49.90"},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"status", &V::status, "`expected`: not due yet; else the charge's."},
        Field{"charge_id", &V::charge_id, "Once it is due."},
    };
};

template <>
struct Described<billing::TotalView> {
    using V = billing::TotalView;
    static constexpr std::string_view name = "ForecastTotal";
    static constexpr auto fields = std::tuple{
        Field{"currency", &V::currency, "ISO 4217."},
        Field{"charges", &V::charges, "All that will be charged, in major units."},
        Field{"refunds", &V::refunds, "All that will be given back, in major units."},
    };
};

template <>
struct Described<billing::ForecastView> {
    using V = billing::ForecastView;
    static constexpr std::string_view name = "Forecast";
    static constexpr std::string_view doc =
        "What will be charged to whom and when, if nothing changes and every first attempt succeeds.";
    static constexpr auto fields = std::tuple{
        Field{"from", &V::from, "Today, for the merchant."},
        Field{"until", &V::until, "The last day."},
        Field{"data", &V::data, "By day. What belongs to one plan or subscription stands on one page."},
        Field{"totals", &V::totals, "Of this page, by currency."},
        Field{"has_more", &V::has_more, "Whether there is another page."},
        Field{"next_cursor", &V::next_cursor, "For the next page."},
    };
};

template <>
struct Described<billing::PolicyView> {
    using V = billing::PolicyView;
    static constexpr std::string_view name = "RetryPolicy";
    static constexpr auto fields = std::tuple{
        Field{"name", &V::name, "How charges name it."},
        Field{"is_preset", &V::is_preset, "True: it comes with the program and cannot be changed."},
        Field{"rules", &V::rules, "When a charge that failed is tried again, and what happens in the end."},
        Field{"version", &V::version, "Rises with each change."},
        Field{"created_at", &V::created_at, "When it was made."},
        Field{"updated_at", &V::updated_at, "When it last changed."},
    };
};

template <>
struct Described<billing::PolicyListView> {
    using V = billing::PolicyListView;
    static constexpr std::string_view name = "RetryPolicyList";
    static constexpr auto fields = std::tuple{Field{"data", &V::data, "Your own by name, then those that come along."}};
};

}  // namespace florin::json

template <>
struct florin::http::ListOf<florin::billing::ChargeView> {
    static constexpr std::string_view name = "BillingChargeList", data = "Newest first.";
};

template <>
struct florin::http::ListOf<florin::billing::AnnouncementView> {
    static constexpr std::string_view name = "BillingAnnouncementList", data = "Newest first.";
};
