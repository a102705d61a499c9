#include "florin/payment_terms/cancellation.hpp"

#include <algorithm>

namespace florin::payment_terms {
namespace {

constexpr std::int64_t whole_bp = 10'000;

/// A fraction that is not negative. The largest amount times the days of the longest term times 10 000 has 78 bits.
__extension__ using Wide = unsigned __int128;
struct Fraction {
    Wide numerator;
    Wide denominator;
};

/// To the nearest whole number, half up.
std::int64_t rounded(const Fraction& fraction) {
    return static_cast<std::int64_t>((fraction.numerator * 2 + fraction.denominator) / (fraction.denominator * 2));
}

std::int64_t share_of(std::int64_t amount_minor, std::int64_t part, std::int64_t of) {
    return rounded(
        {.numerator = static_cast<Wide>(amount_minor) * static_cast<Wide>(part), .denominator = static_cast<Wide>(of)});
}

/// What the method says is earned of the total.
std::int64_t earned_by_method(const CancellationTerms& terms, std::int64_t total_minor, const Settlement& so_far) {
    switch (terms.method) {
        case CancellationMethod::pro_rata:
            return share_of(total_minor, so_far.elapsed_days, so_far.term_days);
        case CancellationMethod::short_rate: {
            // Days in ten-thousandths: all of those that have passed, and the penalty of those that have not.
            const std::int64_t left = so_far.term_days - so_far.elapsed_days;
            return share_of(total_minor, so_far.elapsed_days * whole_bp + left * terms.penalty_bp,
                            so_far.term_days * whole_bp);
        }
        case CancellationMethod::flat:
        case CancellationMethod::none:
            return 0;
    }
    return 0;
}

}  // namespace

Earned earned_of(const CancellationTerms& terms, const Plan& plan, const Settlement& days) {
    return {.by_method_minor = earned_by_method(terms, plan.total_minor, days),
            .at_least_minor = share_of(plan.total_minor, terms.minimum_earned_bp, whole_bp)};
}

std::int64_t surplus_minor(const Settlement& settlement, const Account& account) {
    return std::max<std::int64_t>(0, kept_minor(account) - settlement.earned_minor - settlement.fee_minor);
}

std::int64_t deficit_minor(const Settlement& settlement, const Account& account) {
    return std::max<std::int64_t>(0, settlement.earned_minor + settlement.fee_minor - kept_minor(account));
}

Settlement settle(const CancellationTerms& terms, const Plan& plan, calendar::Date canceled_on, std::int64_t paid_minor,
                  std::int64_t refunded_minor, std::int64_t taken_back_minor) {
    const Account account{
        .returned_minor = refunded_minor, .paid_minor = paid_minor, .taken_back_minor = taken_back_minor};
    const calendar::Period term = term_of(plan);
    const std::int64_t days_since_start = calendar::days_between(term.from, canceled_on);
    Settlement outcome;
    outcome.paid_minor = kept_minor(account);
    outcome.term_days = calendar::days_between(term.from, term.until);
    outcome.elapsed_days = std::clamp<std::int64_t>(days_since_start, 0, outcome.term_days);
    outcome.is_within_cooling_off = terms.cooling_off_days > 0 && days_since_start < terms.cooling_off_days;
    if (outcome.is_within_cooling_off) {
        outcome.refund_minor = returnable_minor(account);
        return outcome;
    }
    if (terms.method == CancellationMethod::none) {
        outcome.earned_minor = returnable_minor(account);
        return outcome;
    }
    // Both are rounded the same way, so the greater of the rounded is the rounded greater.
    const Earned earned = earned_of(terms, plan, outcome);
    outcome.earned_minor = std::max(earned.by_method_minor, earned.at_least_minor);
    outcome.fee_minor = terms.fee_minor;
    const std::int64_t due_minor = outcome.earned_minor + outcome.fee_minor;
    const std::int64_t most_minor = terms.refund_cap_minor.value_or(returnable_minor(account));
    outcome.refund_minor =
        std::clamp<std::int64_t>(outcome.paid_minor - due_minor, 0, std::max<std::int64_t>(0, most_minor));
    outcome.final_charge_minor = std::max<std::int64_t>(0, due_minor - outcome.paid_minor - taken_back_minor);
    return outcome;
}

}  // namespace florin::payment_terms
