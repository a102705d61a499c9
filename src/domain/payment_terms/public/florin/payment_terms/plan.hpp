#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "florin/calendar/calendar.hpp"

/// What is due when under payment terms, and what an adjustment changes. Pure: no clock, no database, no currency;
/// amounts are minor units.
namespace florin::payment_terms {

inline constexpr std::int64_t longest_term_months = 600;

/// The schedule of payment terms. Instalments from `shared_from` to the last share `shared_minor` equally, what does
/// not divide going on the first of them; those before it were charged already, at what they were then.
struct Plan {
    calendar::Date start_on;
    std::int64_t term_months = 12;  ///< 1 to `longest_term_months`: so many instalments.
    unsigned billing_day = 1;       ///< 1 to 31.
    std::int64_t total_minor = 0;
    std::int64_t shared_from = 1;  ///< 1 to `term_months` + 1.
    std::int64_t shared_minor = 0;

    bool operator==(const Plan&) const = default;
};

/// A plan of which nothing was charged yet.
Plan new_plan(calendar::Date start_on, std::int64_t term_months, unsigned billing_day, std::int64_t total_minor);

/// When instalment `number` (from 1) is due: the first billing day on or after the start, and then each month on the
/// billing day, or on the month's last where it is shorter. Source: requirements A-AS-13, X-28; failures F73.
calendar::Date due_on(const Plan& plan, std::int64_t number);
/// The time that is paid for, half-open (F81): from the start to the same day `term_months` later, which no longer
/// belongs to it; where that month is shorter, to its last day.
calendar::Period term_of(const Plan& plan);

/// What instalment `number` is planned to be; `number` is at least `shared_from`. Source: A-AS-14, X-29; F89.
std::int64_t planned_minor(const Plan& plan, std::int64_t number);
/// The sum of what instalments after `number` are planned to be.
std::int64_t planned_after_minor(const Plan& plan, std::int64_t number);

/// What has come of a plan so far.
struct Account {
    std::int64_t billed_count = 0;    ///< Instalments that were charged, or are being charged.
    std::int64_t billed_minor = 0;    ///< All charges that were made, instalments and others, whatever came of them.
    std::int64_t returned_minor = 0;  ///< All refunds that were made, done or under way.
    std::int64_t paid_minor = 0;      ///< Of `billed_minor`, what was received; not what was returned as unpaid.
    std::int64_t refunded_minor = 0;  ///< Of `returned_minor`, what was given back.
    /// Of `paid_minor`, what is gone although nobody owes it again: disputes, and refunds that others make, from when
    /// they begin.
    std::int64_t taken_back_minor = 0;

    bool operator==(const Account&) const = default;
};

/// What the customer was asked for, less what was or is being given back.
constexpr std::int64_t claimed_minor(const Account& account) { return account.billed_minor - account.returned_minor; }
/// What is kept of the customer's money, less what is being given back. Negative when something was given back of what
/// a bank has returned later.
constexpr std::int64_t kept_minor(const Account& account) {
    return account.paid_minor - account.taken_back_minor - account.returned_minor;
}
/// The most that can be given back now. Source: F95.
constexpr std::int64_t returnable_minor(const Account& account) {
    return std::max<std::int64_t>(0, kept_minor(account));
}

/// What the customer was asked for beyond what is due by now and what is gone already, because a total was lowered and
/// nothing could be given back yet (the money was still on its way). It is given back once it can be, and taken off the
/// next instalments.
std::int64_t credit_minor(const Plan& plan, const Account& account);

/// What is missing of what is due by now, because something is gone that nobody owes again: of a refund that was made
/// before, so much is not due any more.
std::int64_t overdrawn_minor(const Plan& plan, const Account& account);

/// What the next instalment is charged at: as planned, less a credit; never negative. Source: F93, F94.
std::int64_t next_amount_minor(const Plan& plan, const Account& account);

/// How an adjustment settles instalments that were charged before it.
enum class Adjustment {
    catch_up,  ///< At once: the difference is charged or given back, later instalments are as if always so.
    spread,    ///< With the instalments that are left, which share what is left equally.
};

/// The plan with another total. Instalments that were charged, also those still on their way, keep their amounts and
/// count (F84).
Plan adjusted(const Plan& plan, const Account& account, std::int64_t total_minor, Adjustment adjustment);

/// Money that has to move so that what the customer was asked for is what is due, or above it by no more than what is
/// gone: that makes what is given back smaller, so that nothing is given back twice, and is not asked for again, as
/// with a cancellation (F28, F95). More than zero.
struct Movement {
    bool is_refund = false;
    std::int64_t amount_minor = 0;

    bool operator==(const Movement&) const = default;
};
/// What has to be settled now; nothing: all is even, or what is to be given back cannot be yet. To be asked after an
/// adjustment, and whenever something was received.
std::optional<Movement> compensation(const Plan& plan, const Account& account);

}  // namespace florin::payment_terms
