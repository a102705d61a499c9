#include "plans.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "share.hpp"

namespace florin::sim {
namespace {

/// `every`: at each so-manyth step only; which of them, `SEED` says.
void die_everywhere(PlanLife life, std::uint64_t every = 1) {
    every *= test::sanitized_share;
    const char* seed = std::getenv("SEED");
    const std::uint64_t first = 1 + (seed == nullptr ? 0 : std::strtoull(seed, nullptr, 10)) % every;
    const Course clean = run_plan(life, 0);
    ASSERT_TRUE(clean.objections.empty()) << to_text(life) << " undisturbed\n" << to_text(clean.objections);
    for (std::uint64_t death = first; death <= clean.moments; death += every) {
        const Course crashed = run_plan(life, death);
        ASSERT_TRUE(crashed.objections.empty())
            << to_text(life) << ", dead at step " << death << " of " << clean.moments << ", " << crashed.died_at << "\n"
            << to_text(crashed.objections);
    }
}

TEST(PlanSim,
     whatever_step_it_dies_at_a_plan_is_charged_once_a_period_and_gives_back_what_was_not_earned) {  // F70, F72, F84,
                                                                                                     // F85
    die_everywhere(PlanLife::adjusted_and_canceled);
}

TEST(PlanSim, whatever_step_it_dies_at_what_is_declined_is_tried_once_more_and_becomes_one_case) {  // F72, F82
    die_everywhere(PlanLife::never_paid);
}

// F70, F71, F72, F84, F85
TEST(PlanSim, whatever_step_one_of_two_dies_at_what_was_missed_in_weeks_is_charged_once_each) {
    die_everywhere(PlanLife::over_downtime);
}

// F28, F82. Each takes three plans through days and weeks, so it is every fourth step that is tried.
TEST(PlanSim, whatever_step_it_dies_at_a_returned_debit_and_a_dispute_are_booked_once_and_what_comes_back_counts) {
    die_everywhere(PlanLife::gone_again, 4);
}

}  // namespace
}  // namespace florin::sim
