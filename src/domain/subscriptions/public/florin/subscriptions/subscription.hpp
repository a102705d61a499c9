#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/billing/charge.hpp"
#include "florin/calendar/calendar.hpp"

namespace florin::subscriptions {

struct SubscriptionTag;
using SubscriptionId = Id<SubscriptionTag>;

/// Source: requirements D-ST-03; pausing is ours.
enum class Status {
    trialing,
    active,
    past_due,  ///< A charge of it failed and is tried again, or nobody has settled it yet.
    paused,
    canceled,
};

/// What can happen to a subscription.
enum class Happening {
    trial_ended,
    payment_failed,
    caught_up,  ///< Nothing of it is overdue any more.
    paused,
    resumed_in_trial,
    resumed,
    resumed_owing,
    canceled,
};

struct Transition {
    Status from;
    Happening by;
    Status to;
};
/// Everything that can happen to a subscription. What is not here is refused.
inline constexpr std::array transitions{
    Transition{Status::trialing, Happening::trial_ended, Status::active},
    Transition{Status::trialing, Happening::paused, Status::paused},
    Transition{Status::trialing, Happening::canceled, Status::canceled},
    Transition{Status::active, Happening::payment_failed, Status::past_due},
    Transition{Status::active, Happening::paused, Status::paused},
    Transition{Status::active, Happening::canceled, Status::canceled},
    Transition{Status::past_due, Happening::caught_up, Status::active},
    Transition{Status::past_due, Happening::paused, Status::paused},
    Transition{Status::past_due, Happening::canceled, Status::canceled},
    Transition{Status::paused, Happening::resumed_in_trial, Status::trialing},
    Transition{Status::paused, Happening::resumed, Status::active},
    Transition{Status::paused, Happening::resumed_owing, Status::past_due},
    Transition{Status::paused, Happening::canceled, Status::canceled},
};
constexpr std::optional<Status> next(Status from, Happening by) {
    for (const Transition& one : transitions)
        if (one.from == from && one.by == by) return one.to;
    return std::nullopt;
}
static_assert(!next(Status::canceled, Happening::resumed), "what was canceled is not billed again");
static_assert(!next(Status::paused, Happening::payment_failed), "what is paused stays so until somebody resumes it");

std::string_view to_text(Status status);
std::optional<Status> parse_status(std::string_view text);

/// What one costs for a period. Fixed once it is used: a change makes another.
struct Price {
    std::string plan_id = {};  ///< Empty: agreed for one subscription alone.
    std::int64_t number = 0;   ///< Which of the plan's prices, from 1; 0 without a plan.
    Money amount;
    calendar::Cycle cycle;
};

/// The most that a period may cost, in minor units: so far below `Money::max_minor` that lines can be added up, and
/// times the days of the longest period below 2^63.
inline constexpr std::int64_t most_for_a_period = 1'000'000'000'000;
inline constexpr std::int64_t most_quantity = 1'000'000;
/// Of what customers read, in bytes.
inline constexpr std::size_t longest_name = 100;

/// `monthly`, `every_2_weeks`: document D's `billing_cycle` is a word.
std::string to_word(const calendar::Cycle& cycle);
/// Such a word. Error `invalid_billing_cycle`: none of them, or longer than three years.
Result<calendar::Cycle> parse_cycle(std::string_view word);
/// At most three years. Error `invalid_billing_cycle`.
Result<void> validate(const calendar::Cycle& cycle);

struct Subscription {
    MerchantId merchant;
    SubscriptionId id;
    std::string customer_id;
    Status status = Status::active;
    Price price;
    std::int64_t quantity = 1;
    /// What takes the place of `price` and `quantity` when the next period begins.
    struct Scheduled {
        Price price;
        std::int64_t quantity = 1;
        std::string name;
    };
    std::optional<Scheduled> scheduled = {};
    billing::Means means = {};
    std::string retry_policy = {};
    std::string name = {};  ///< In lines and mails: its own, the plan's, or the word for a subscription.

    /// Periods are counted from this day, which was the first of one; never from the period before (F73).
    calendar::Date first_date;
    unsigned anchor_day = 1;         ///< Of the month, 1 to 31.
    std::int64_t next_index = 0;     ///< Which period from `first_date` is the next to begin.
    std::int64_t period_number = 0;  ///< How many have begun since the subscription was made: the last charge's number.
    calendar::Period period;         ///< The current one; of a trial, the trial.
    std::optional<calendar::Date> next_billing_date = {};  ///< Nothing while it is paused, and once it is canceled.
    std::optional<calendar::Date> trial_end_date = {};     ///< The first day that is paid for (F81).
    bool is_trial_notice_sent = false;
    bool is_period_unpaid = false;  ///< The current period's charge has failed for good, or was prevented.

    bool cancels_at_period_end = false;  ///< Once it is canceled: that it has ended with its period.
    std::optional<Instant> canceled_at = {};
    std::optional<calendar::Date> paused_on = {}, resume_on = {};
    bool is_held = false;  ///< So much is due at once that somebody has to say (F78).
    /// Of one that ended with what is unused to be given back: what is kept of what its last period charged. What is
    /// paid of that beyond it, also after the end, is given back (F85). Negative: credits were larger than its days.
    std::optional<std::int64_t> kept_minor = {};

    std::int64_t prorated_numerator = 0;  ///< What changes within the period add up to, times its days (F96).
    std::int64_t change_count = 0;        ///< Changes of price or quantity that took effect within a period.
    std::int64_t line_count = 0;

    std::string metadata = "{}";
    std::string correlation_id = {};
    std::int64_t version = 1;
    Instant created_at = {}, updated_at = {};
};

/// A line that waits for the next charge, or went into one.
struct PendingLine {
    std::int64_t number = 1;
    std::string description;
    std::int64_t quantity = 1;
    std::int64_t amount_minor = 0;  ///< Of a credit negative.
};

}  // namespace florin::subscriptions
