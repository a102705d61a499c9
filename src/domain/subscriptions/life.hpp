#pragma once

#include <span>

#include "florin/subscriptions/subscription.hpp"

/// What becomes of a subscription in the course of time, without a world: pure functions.
namespace florin::subscriptions {

/// What all of it costs for a period. Never above `most_for_a_period`.
std::int64_t total_minor(const Price& price, std::int64_t quantity);
inline std::int64_t total_minor(const Subscription& subscription) {
    return total_minor(subscription.price, subscription.quantity);
}

/// Whether it costs no more than `most_for_a_period`, by a quantity of 1 to `most_quantity`.
bool is_affordable(const Price& price, std::int64_t quantity);
std::unexpected<Error> too_dear();

/// What customers read of a plan or a subscription: a line of text. Errors at `name`: `invalid_name`, `invalid_text`,
/// and those of `security::refuse_card_number`.
Result<void> validate_name(std::string_view name);

/// The first period begins on `first`, and those after it are counted from there.
void count_from(Subscription& subscription, calendar::Date first);

/// The cycle changes with what comes next, on `first`: the day of the month stays what it was (F73).
void change_cycle(Subscription& subscription, const calendar::Cycle& cycle, calendar::Date first);

/// Takes what was scheduled for the next period.
void take_scheduled(Subscription& subscription);

/// The next period becomes the current one.
void begin_period(Subscription& subscription);

/// The days of the current period that are still to come on `today`, that day included (F81).
std::int64_t days_left(const Subscription& subscription, calendar::Date today);

/// How many periods are due by `today`; counted up to a thousand.
std::int64_t periods_due(const Subscription& subscription, calendar::Date today);

/// What lines come to together.
std::int64_t sum_of(std::span<const PendingLine> lines);

/// What a charge takes of an amount that credits may have made negative; the rest is carried forward.
struct Settled {
    std::int64_t charged_minor = 0;
    std::int64_t carried_minor = 0;  ///< Negative or zero.
};
Settled settle(std::int64_t sum_minor);

/// What a subscription will charge next: as `begin_period` and `settle` would.
struct Upcoming {
    calendar::Date due_date;
    std::int64_t number = 1;
    std::int64_t amount_minor = 0;
};
/// Of a copy that is moved on to the period after. Nothing: it is not charged any more.
std::optional<Upcoming> take_next(Subscription& subscription, std::int64_t& pending_minor);

}  // namespace florin::subscriptions
