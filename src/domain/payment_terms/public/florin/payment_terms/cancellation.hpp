#pragma once

#include <cstdint>
#include <optional>

#include "florin/payment_terms/plan.hpp"

/// What a cancellation gives back, or leaves to be paid. Pure.
namespace florin::payment_terms {

/// How much of the total is earned when the terms are canceled before their end.
enum class CancellationMethod {
    pro_rata,    ///< The share of the days that have passed.
    short_rate,  ///< That, and a penalty: a percentage of the rest.
    flat,        ///< Nothing: all is given back.
    none,        ///< What was paid: nothing is given back, and nothing more is asked for.
};

/// Fixed when payment terms are made (requirements A-AS-16, A-AS-18). Percentages are in basis points.
struct CancellationTerms {
    CancellationMethod method = CancellationMethod::pro_rata;
    std::int64_t penalty_bp = 0;         ///< 0 to 10 000, of `short_rate`.
    std::int64_t cooling_off_days = 0;   ///< Days of the term, from its first, within which all is given back.
    std::int64_t fee_minor = 0;          ///< Asked for beside what was earned.
    std::int64_t minimum_earned_bp = 0;  ///< 0 to 10 000, of the total: at least so much is earned.
    std::optional<std::int64_t> refund_cap_minor;  ///< No more than this is given back.

    bool operator==(const CancellationTerms&) const = default;
};

/// What comes of a cancellation; at most one of refund and final charge is not zero.
struct Settlement {
    bool is_within_cooling_off = false;
    std::int64_t term_days = 0, elapsed_days = 0;
    std::int64_t earned_minor = 0, fee_minor = 0;
    std::int64_t paid_minor = 0;  ///< What was received, less what was given back and taken back.
    std::int64_t refund_minor = 0, final_charge_minor = 0;

    bool operator==(const Settlement&) const = default;
};

/// Settles terms that are canceled on `canceled_on`, of which `paid_minor` was received, `refunded_minor` given back
/// and `taken_back_minor` taken or given back by others. Nothing may be on its way.
///
/// The day of the cancellation is no longer one of the term's (half-open, F81). Percentages and days are one fraction,
/// rounded once, half a minor unit up. The refund is never above what was paid and is still kept (F95); what others
/// have taken or given back is not asked for again.
Settlement settle(const CancellationTerms& terms, const Plan& plan, calendar::Date canceled_on, std::int64_t paid_minor,
                  std::int64_t refunded_minor, std::int64_t taken_back_minor = 0);

/// What is earned by pro rata, short rate or flat after a settlement's days: the greater of both.
struct Earned {
    std::int64_t by_method_minor = 0;
    std::int64_t at_least_minor = 0;  ///< The minimum that was agreed.
};
Earned earned_of(const CancellationTerms& terms, const Plan& plan, const Settlement& days);

/// What is kept beyond what a settlement says is due.
std::int64_t surplus_minor(const Settlement& settlement, const Account& account);
/// What is missing of that: of a refund that was made since, so much is not due any more.
std::int64_t deficit_minor(const Settlement& settlement, const Account& account);

}  // namespace florin::payment_terms
