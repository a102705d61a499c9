#include "florin/payment_terms/plan.hpp"

#include <algorithm>

#include "florin/base/check.hpp"

namespace florin::payment_terms {
namespace {

constexpr calendar::Cycle monthly{.unit = calendar::Unit::month, .count = 1};

/// What is due by now, if all that is left comes as planned.
std::int64_t due_by_now_minor(const Plan& plan, const Account& account) {
    return plan.total_minor - planned_after_minor(plan, account.billed_count);
}

/// What the customer will have been asked for in the end, less what is given back, if nothing changes any more.
std::int64_t asked_in_all_minor(const Plan& plan, const Account& account) {
    return claimed_minor(account) - credit_minor(plan, account) + planned_after_minor(plan, account.billed_count);
}

}  // namespace

Plan new_plan(calendar::Date start_on, std::int64_t term_months, unsigned billing_day, std::int64_t total_minor) {
    check(term_months >= 1 && term_months <= longest_term_months, "a term has 1 to 600 months");
    check(billing_day >= 1 && billing_day <= 31, "a billing day is a day of some month");
    check(total_minor >= 0, "a total is not negative");
    return {.start_on = start_on,
            .term_months = term_months,
            .billing_day = billing_day,
            .total_minor = total_minor,
            .shared_from = 1,
            .shared_minor = total_minor};
}

calendar::Date due_on(const Plan& plan, std::int64_t number) {
    check(number >= 1 && number <= plan.term_months, "an instalment has a number of the plan");
    const calendar::Date first = calendar::first_on_or_after(plan.start_on, plan.billing_day);
    return calendar::nth(first, monthly, number - 1, plan.billing_day);
}

calendar::Period term_of(const Plan& plan) {
    const auto anchor = static_cast<unsigned>(plan.start_on.day());
    return {.from = plan.start_on, .until = calendar::nth(plan.start_on, monthly, plan.term_months, anchor)};
}

std::int64_t planned_minor(const Plan& plan, std::int64_t number) {
    check(number >= plan.shared_from && number <= plan.term_months, "what was charged before is planned no more");
    const std::int64_t parts = plan.term_months - plan.shared_from + 1;
    const std::int64_t each = plan.shared_minor / parts;
    return number == plan.shared_from ? each + plan.shared_minor % parts : each;
}

std::int64_t planned_after_minor(const Plan& plan, std::int64_t number) {
    if (number >= plan.term_months) return 0;
    if (number < plan.shared_from) return plan.shared_minor;
    // The remainder went with the first of those that share.
    return planned_minor(plan, plan.term_months) * (plan.term_months - number);
}

std::int64_t credit_minor(const Plan& plan, const Account& account) {
    const std::int64_t left_minor = claimed_minor(account) - account.taken_back_minor;
    return std::max<std::int64_t>(0, left_minor - due_by_now_minor(plan, account));
}

std::int64_t overdrawn_minor(const Plan& plan, const Account& account) {
    const std::int64_t left_minor = claimed_minor(account) - account.taken_back_minor;
    return std::max<std::int64_t>(0, due_by_now_minor(plan, account) - left_minor);
}

std::int64_t next_amount_minor(const Plan& plan, const Account& account) {
    check(account.billed_count < plan.term_months, "there is a next instalment");
    const std::int64_t planned = planned_minor(plan, account.billed_count + 1);
    return std::max<std::int64_t>(0, planned - credit_minor(plan, account));
}

Plan adjusted(const Plan& plan, const Account& account, std::int64_t total_minor, Adjustment adjustment) {
    check(total_minor >= 0, "a total is not negative");
    Plan changed = plan;
    changed.total_minor = total_minor;
    switch (adjustment) {
        case Adjustment::catch_up:
            changed.shared_from = 1;
            changed.shared_minor = total_minor;
            break;
        case Adjustment::spread: {
            // Above the total by what is gone, as far as it would have come to that anyway.
            const std::int64_t all_minor =
                std::clamp(asked_in_all_minor(plan, account), total_minor, total_minor + account.taken_back_minor);
            changed.shared_from = account.billed_count + 1;
            changed.shared_minor = std::clamp<std::int64_t>(all_minor - claimed_minor(account), 0, total_minor);
            break;
        }
    }
    return changed;
}

std::optional<Movement> compensation(const Plan& plan, const Account& account) {
    const std::int64_t missing = due_by_now_minor(plan, account) - claimed_minor(account);
    if (missing > 0) return Movement{.is_refund = false, .amount_minor = missing};
    const std::int64_t refund = std::min(credit_minor(plan, account), returnable_minor(account));
    if (refund > 0) return Movement{.is_refund = true, .amount_minor = refund};
    return std::nullopt;
}

}  // namespace florin::payment_terms
