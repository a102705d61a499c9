#pragma once

#include "florin/json/describe.hpp"
#include "florin/json/writer.hpp"
#include "florin/payments/summary.hpp"

/// How a summary looks in JSON, and what OpenAPI says of it.
namespace florin::payments {

struct TallyView {
    std::int64_t count;
    std::optional<Instant> since;
};

struct AlarmView {
    std::string_view code, severity, message;
    std::int64_t count;
    std::optional<Instant> since;
};

struct SummaryView {
    Instant created_from, created_before;
    std::vector<Summary::Payments> payments;
    std::vector<Summary::Declines> declines;
    TallyView unknown;
    std::vector<AlarmView> alarms;
};

SummaryView view_of(const Summary& summary);

}  // namespace florin::payments

namespace florin::json {

template <>
struct Described<payments::Summary::Payments> {
    using V = payments::Summary::Payments;
    static constexpr std::string_view name = "PaymentsSummedUp";
    static constexpr std::string_view doc = "The payments of one currency and state, summed up.";
    static constexpr auto fields = std::tuple{
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"state", &V::state, "As in `Payment`.", "\"captured\""},
        Field{"count", &V::count, "How many there are.", "12"},
        Field{"amount", &V::amount, "Asked for, in major units.", "\"150.00\""},
        Field{"amount_captured", &V::amount_captured, "Taken so far.", "\"150.00\""},
        Field{"amount_refunded", &V::amount_refunded, "Given back so far.", "\"12.50\""},
    };
};

template <>
struct Described<payments::Summary::Declines> {
    using V = payments::Summary::Declines;
    static constexpr std::string_view name = "DeclinesSummedUp";
    static constexpr auto fields = std::tuple{
        Field{"decline_class", &V::decline_class, "As in `Transaction`.", "\"insufficient_funds\""},
        Field{"count", &V::count, "How many there are.", "3"},
    };
};

template <>
struct Described<payments::TallyView> {
    using V = payments::TallyView;
    static constexpr std::string_view name = "Tally";
    static constexpr auto fields = std::tuple{
        Field{"count", &V::count, "How many there are.", "1"},
        Field{"since", &V::since, "When the oldest began. RFC 3339, UTC."},
    };
};

template <>
struct Described<payments::AlarmView> {
    using V = payments::AlarmView;
    static constexpr std::string_view name = "Alarm";
    static constexpr std::string_view doc = "Something that a person should look at.";
    static constexpr auto fields = std::tuple{
        Field{"code", &V::code,
              "outcome_unknown, quarantined, capture_failed, refund_failed, cancel_failed, declines_frequent or "
              "authorizations_expiring.",
              "\"outcome_unknown\""},
        Field{"severity", &V::severity, "critical or warning.", "\"critical\""},
        Field{"message", &V::message, "What is the matter, and what to do.",
              "\"The outcome of these operations has been unknown for more than five minutes.\""},
        Field{"count", &V::count, "How many it is about.", "1"},
        Field{"since", &V::since, "When the oldest began; of what has yet to expire, when the first does."},
    };
};

template <>
struct Described<payments::SummaryView> {
    using V = payments::SummaryView;
    static constexpr std::string_view name = "Summary";
    static constexpr auto fields = std::tuple{
        Field{"created_from", &V::created_from, "RFC 3339, UTC."},
        Field{"created_before", &V::created_before, "RFC 3339, UTC."},
        Field{"payments", &V::payments, "The payments of the period by currency and state."},
        Field{"declines", &V::declines, "The declined charges of the period by class, the most frequent first."},
        Field{"unknown", &V::unknown, "Operations without an outcome now, of whatever period."},
        Field{"alarms", &V::alarms, "What a person should look at, the most pressing first. Empty: all is well."},
    };
};

}  // namespace florin::json
