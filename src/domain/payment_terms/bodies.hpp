#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/http/listing.hpp"
#include "florin/json/describe.hpp"
#include "florin/payment_terms/payment_terms.hpp"

/// The bodies of the payment terms routes, in and out. Amounts are integer minor units (requirements A-FD-09).
namespace florin::payment_terms {

struct CancellationTermsBody {
    std::optional<std::string> method;
    std::optional<json::Decimal> penalty_percent;
    std::optional<std::int64_t> cooling_off_days, fee;
    std::optional<json::Decimal> minimum_earned_percent;
    std::optional<std::int64_t> refund_cap;
};

struct OptionsBody {
    std::optional<std::string> adjustment, retry_policy, payment_method_token;
    std::optional<payments::TransactionId> original_transaction_id;
    std::optional<std::string> description;
};

struct CreateBody {
    std::string customer_id;
    std::int64_t total_amount = 0;
    std::optional<std::string> currency;
    std::string start_date;
    std::int64_t term_duration = 0, billing_day = 0;
    std::optional<CancellationTermsBody> cancellation_terms;
    std::optional<OptionsBody> payment_terms;
};

/// By what is paid from now on; neither: the customer's own default.
struct MeansBody {
    std::optional<std::string> payment_method_token;
    std::optional<payments::TransactionId> original_transaction_id;
};

struct AdjustBody {
    std::optional<std::int64_t> total_amount;
    std::optional<MeansBody> payment_terms;
    std::optional<std::int64_t> version;
};

struct PreviewAdjustBody {
    PaymentTermsId payment_terms_id;
    std::int64_t total_amount = 0;
};
struct PreviewCancelBody {
    PaymentTermsId payment_terms_id;
};
struct PreviewBody {
    std::optional<CreateBody> create;
    std::optional<PreviewAdjustBody> adjust;
    std::optional<PreviewCancelBody> cancel;
};

struct SettlementView {
    std::string canceled_on, term_start, term_end;
    std::int64_t term_days = 0, elapsed_days = 0;
    bool is_within_cooling_off = false;
    std::int64_t earned_amount = 0, fee_amount = 0, paid_amount = 0, refund_amount = 0, final_charge_amount = 0;
};

struct TermsView {
    PaymentTermsId payment_terms_id;
    std::string status, customer_id;
    std::int64_t total_amount = 0;
    std::string currency;
    std::string start_date, end_date;
    std::int64_t term_duration = 0, billing_day = 0;
    std::int64_t billed_instalments = 0, paid_amount = 0, refunded_amount = 0;
    std::optional<std::int64_t> taken_back_amount;
    std::optional<std::string> next_due_date;
    std::optional<std::int64_t> next_amount, credit_amount;
    CancellationTermsBody cancellation_terms;
    OptionsBody payment_terms;
    std::optional<SettlementView> cancellation;
    std::int64_t version = 1;
    Instant created_at, updated_at;
};

using TermsListView = http::Page<TermsView>;

struct InstalmentView {
    std::int64_t number = 1;
    std::string due_date;
    std::int64_t amount = 0;
    std::string status;
    std::optional<std::int64_t> taken_back_amount;
};
struct OtherMovementView {
    std::string purpose;
    std::int64_t number = 1;
    std::string due_date;
    bool is_refund = false;
    std::int64_t amount = 0;
    std::string status;
};
struct ScheduleView {
    PaymentTermsId payment_terms_id;
    std::int64_t total_amount = 0;
    std::string currency;
    std::vector<InstalmentView> instalments;
    std::vector<OtherMovementView> settlements;
};

struct MovementView {
    bool is_refund = false;
    std::int64_t amount = 0;
};
struct PreviewView {
    std::int64_t total_amount = 0;
    std::string currency;
    std::vector<InstalmentView> instalments;
    std::optional<MovementView> compensation;
    std::optional<std::int64_t> credit_amount;
    std::optional<SettlementView> cancellation;
};

}  // namespace florin::payment_terms

namespace florin::json {

template <>
struct Described<payment_terms::CancellationTermsBody> {
    using B = payment_terms::CancellationTermsBody;
    static constexpr std::string_view name = "CancellationTerms";
    static constexpr auto fields = std::tuple{
        Field{"method", &B::method, "How much of the total is earned by the time of a cancellation."},
        Field{"penalty_percent", &B::penalty_percent, "Of `short_rate`: how much of what is not earned stays too."},
        Field{.name = "cooling_off_days",
              .member = &B::cooling_off_days,
              .doc = "Within so many days from the start all is given back.",
              .minimum = 0,
              .maximum = 18'300},
        Field{.name = "fee",
              .member = &B::fee,
              .doc = "Asked for beside what is earned, in minor units.",
              .minimum = 0,
              .maximum = Money::max_minor},
        Field{"minimum_earned_percent", &B::minimum_earned_percent, "At least so much of the total is earned."},
        Field{.name = "refund_cap",
              .member = &B::refund_cap,
              .doc = "The most that is given back, in minor units.",
              .minimum = 0,
              .maximum = Money::max_minor},
    };
};

template <>
struct Described<payment_terms::OptionsBody> {
    using B = payment_terms::OptionsBody;
    static constexpr std::string_view name = "PaymentTermsOptions";
    static constexpr auto fields = std::tuple{
        Field{"adjustment", &B::adjustment, "How another total settles instalments that were charged before."},
        Field{.name = "retry_policy",
              .member = &B::retry_policy,
              .doc = "The name of a retry policy.",
              .min_length = 1,
              .max_length = 64},
        Field{"payment_method_token", &B::payment_method_token, "The stored card that pays."},
        Field{"original_transaction_id", &B::original_transaction_id,
              "The earlier payment whose payer agreed to be debited again."},
        Field{.name = "description",
              .member = &B::description,
              .doc = "What is paid for, on receipts and in mails.",
              .min_length = 1,
              .max_length = 200},
    };
};

template <>
struct Described<payment_terms::CreateBody> {
    using B = payment_terms::CreateBody;
    static constexpr std::string_view name = "CreatePaymentTermsRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "customer_id",
              .member = &B::customer_id,
              .doc = "Your id of the customer, as payments give it.",
              .example = "\"customer-7\"",
              .min_length = 1,
              .max_length = 64},
        Field{.name = "total_amount",
              .member = &B::total_amount,
              .doc = "For the whole term, in minor units: a whole number of cents.",
              .example = "120000",
              .minimum = 1,
              .maximum = Money::max_minor},
        Field{.name = "currency",
              .member = &B::currency,
              .doc = "ISO 4217; left out: the merchant's own.",
              .example = "\"EUR\"",
              .min_length = 3,
              .max_length = 3},
        Field{.name = "start_date",
              .member = &B::start_date,
              .doc = "When the term starts: a moment (RFC 3339), which is a day where the merchant is, or that day.",
              .example = "\"2027-01-31T00:00:00Z\"",
              .min_length = 10,
              .max_length = 40},
        Field{.name = "term_duration",
              .member = &B::term_duration,
              .doc = "Months; so many instalments.",
              .example = "12",
              .minimum = 1,
              .maximum = payment_terms::longest_term_months},
        Field{.name = "billing_day",
              .member = &B::billing_day,
              .doc = "Day of the month on which instalments are charged; in shorter months the last day.",
              .example = "31",
              .minimum = 1,
              .maximum = 31},
        Field{"cancellation_terms", &B::cancellation_terms, "What a cancellation gives back; fixed from then on."},
        Field{"payment_terms", &B::payment_terms, "How it is paid."},
    };
};

template <>
struct Described<payment_terms::MeansBody> {
    using B = payment_terms::MeansBody;
    static constexpr std::string_view name = "PaymentTermsMeans";
    static constexpr std::string_view doc =
        "By what all that is still to be charged is paid, also what is to be tried again. Neither: by the customer's "
        "own "
        "default.";
    static constexpr auto fields = std::tuple{
        Field{"payment_method_token", &B::payment_method_token, "The stored card that pays."},
        Field{"original_transaction_id", &B::original_transaction_id,
              "The earlier payment whose payer agreed to be debited again."},
    };
};

template <>
struct Described<payment_terms::AdjustBody> {
    using B = payment_terms::AdjustBody;
    static constexpr std::string_view name = "AdjustPaymentTermsRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "total_amount",
              .member = &B::total_amount,
              .doc = "The new total for the whole term, in minor units.",
              .example = "180000",
              .minimum = 1,
              .maximum = Money::max_minor},
        Field{"payment_terms", &B::payment_terms, "Another card or mandate. Give this, a total, or both."},
        Field{.name = "version",
              .member = &B::version,
              .doc = "The version that you have read; given, another one is refused.",
              .example = "1",
              .minimum = 1},
    };
};

template <>
struct Described<payment_terms::PreviewAdjustBody> {
    using B = payment_terms::PreviewAdjustBody;
    static constexpr std::string_view name = "PreviewAdjustment";
    static constexpr auto fields = std::tuple{
        Field{"payment_terms_id", &B::payment_terms_id, "Which terms."},
        Field{.name = "total_amount",
              .member = &B::total_amount,
              .doc = "The new total for the whole term, in minor units.",
              .example = "180000",
              .minimum = 1,
              .maximum = Money::max_minor},
    };
};
template <>
struct Described<payment_terms::PreviewCancelBody> {
    using B = payment_terms::PreviewCancelBody;
    static constexpr std::string_view name = "PreviewCancellation";
    static constexpr auto fields = std::tuple{Field{"payment_terms_id", &B::payment_terms_id, "Which terms."}};
};
template <>
struct Described<payment_terms::PreviewBody> {
    using B = payment_terms::PreviewBody;
    static constexpr std::string_view name = "PreviewPaymentTermsRequest";
    static constexpr std::string_view doc = "Exactly one of these.";
    static constexpr auto fields = std::tuple{
        Field{"create", &B::create, "What would new terms cost, and when?"},
        Field{"adjust", &B::adjust, "What would another total change?"},
        Field{"cancel", &B::cancel, "What would a cancellation today give back?"},
    };
};

template <>
struct Described<payment_terms::SettlementView> {
    using V = payment_terms::SettlementView;
    static constexpr std::string_view name = "CancellationSettlement";
    static constexpr auto fields = std::tuple{
        Field{"canceled_on", &V::canceled_on, "The day of the cancellation, no longer one of the term's."},
        Field{"term_start", &V::term_start, "The term's first day."},
        Field{"term_end", &V::term_end, "The first day after the term."},
        Field{"term_days", &V::term_days, "Days of the term."},
        Field{"elapsed_days", &V::elapsed_days, "Those before the cancellation."},
        Field{"is_within_cooling_off", &V::is_within_cooling_off, "Whether all is given back for that."},
        Field{"earned_amount", &V::earned_amount, "What of the total is earned."},
        Field{"fee_amount", &V::fee_amount, "Asked for beside it."},
        Field{"paid_amount", &V::paid_amount, "What was received, less what was given back before."},
        Field{"refund_amount", &V::refund_amount, "What is given back."},
        Field{"final_charge_amount", &V::final_charge_amount, "What is still charged."},
    };
};

template <>
struct Described<payment_terms::TermsView> {
    using V = payment_terms::TermsView;
    static constexpr std::string_view name = "PaymentTerms";
    static constexpr std::string_view doc = "Amounts are integers in minor units.";
    static constexpr auto fields = std::tuple{
        Field{"payment_terms_id", &V::payment_terms_id, "The terms' id."},
        Field{"status", &V::status, "`active`, `held`, `completed`, `pending_cancellation` or `canceled`."},
        Field{"customer_id", &V::customer_id, "Who pays.", "\"customer-7\""},
        Field{"total_amount", &V::total_amount, "For the whole term.", "120000"},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"start_date", &V::start_date, "The term's first day.", "\"2027-01-31\""},
        Field{"end_date", &V::end_date, "The first day after the term.", "\"2028-01-31\""},
        Field{"term_duration", &V::term_duration, "Months.", "12"},
        Field{"billing_day", &V::billing_day, "Day of the month.", "31"},
        Field{"billed_instalments", &V::billed_instalments, "How many instalments came due."},
        Field{"paid_amount", &V::paid_amount, "What was received and is still there, or was given back by the terms."},
        Field{"refunded_amount", &V::refunded_amount, "What was given back."},
        Field{"taken_back_amount", &V::taken_back_amount,
              "What was received, and then taken back by a dispute or given back beside the terms, also what is on its "
              "way back."},
        Field{"next_due_date", &V::next_due_date, "When the next instalment is due."},
        Field{"next_amount", &V::next_amount,
              "What it is if it comes due now. With a `credit_amount` that waits for money on its way, the schedule "
              "says what it will be once that has arrived."},
        Field{"credit_amount", &V::credit_amount,
              "Given back as soon as what is on its way has arrived; an instalment that comes due before is less by "
              "it."},
        Field{"cancellation_terms", &V::cancellation_terms, "As they were given."},
        Field{"payment_terms", &V::payment_terms, "As they were given."},
        Field{"cancellation", &V::cancellation, "What the cancellation came to, once all on its way has arrived."},
        Field{"version", &V::version, "Counts changes.", "1"},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
    };
};

template <>
struct Described<payment_terms::InstalmentView> {
    using V = payment_terms::InstalmentView;
    static constexpr std::string_view name = "Instalment";
    static constexpr auto fields = std::tuple{
        Field{"number", &V::number, "From 1."},
        Field{"due_date", &V::due_date, "The merchant's day.", "\"2027-02-28\""},
        Field{"amount", &V::amount, "In minor units.", "10000"},
        Field{"status", &V::status,
              "`scheduled`, `pending`, `processing`, `retrying`, `succeeded`, `failed` or `canceled`."},
        Field{
            "taken_back_amount", &V::taken_back_amount,
            "Of one that was paid, what a dispute has taken away, or a refund beside the terms, from when it begins."},
    };
};
template <>
struct Described<payment_terms::OtherMovementView> {
    using V = payment_terms::OtherMovementView;
    static constexpr std::string_view name = "PaymentTermsMovement";
    static constexpr auto fields = std::tuple{
        Field{"purpose", &V::purpose, "`compensation` of an adjustment, or `final_amount` of a cancellation."},
        Field{"number", &V::number, "From 1, of its purpose."},
        Field{"due_date", &V::due_date, "The merchant's day.", "\"2027-02-28\""},
        Field{"is_refund", &V::is_refund, "Whether it is given back."},
        Field{"amount", &V::amount, "In minor units, never negative."},
        Field{"status", &V::status,
              "`pending`, `processing`, `retrying`, `succeeded`, `failed` or `canceled`; `scheduled`: a credit that "
              "will be given back once what is on its way has arrived."},
    };
};
template <>
struct Described<payment_terms::ScheduleView> {
    using V = payment_terms::ScheduleView;
    static constexpr std::string_view name = "PaymentTermsSchedule";
    static constexpr auto fields = std::tuple{
        Field{"payment_terms_id", &V::payment_terms_id, "The terms' id."},
        Field{"total_amount", &V::total_amount, "For the whole term."},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"instalments", &V::instalments, "In their order; those to come as they are if all on its way arrives."},
        Field{"settlements", &V::settlements, "What adjustments and the cancellation had to settle, in their order."},
    };
};

template <>
struct Described<payment_terms::MovementView> {
    using V = payment_terms::MovementView;
    static constexpr std::string_view name = "Compensation";
    static constexpr auto fields = std::tuple{
        Field{"is_refund", &V::is_refund, "Whether it would be given back."},
        Field{"amount", &V::amount, "In minor units."},
    };
};
template <>
struct Described<payment_terms::PreviewView> {
    using V = payment_terms::PreviewView;
    static constexpr std::string_view name = "PaymentTermsPreview";
    static constexpr auto fields = std::tuple{
        Field{"total_amount", &V::total_amount, "For the whole term."},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"instalments", &V::instalments, "As they would be; of a cancellation, without those that are canceled."},
        Field{"compensation", &V::compensation, "What an adjustment would settle at once."},
        Field{"credit_amount", &V::credit_amount,
              "What could not be given back yet, and will be as soon as what is on its way has arrived."},
        Field{"cancellation", &V::cancellation,
              "What a cancellation today would come to, if all that is on its way "
              "arrives."},
    };
};

}  // namespace florin::json

template <>
struct florin::http::ListOf<florin::payment_terms::TermsView> {
    static constexpr std::string_view name = "PaymentTermsList", data = "Newest first.";
};
