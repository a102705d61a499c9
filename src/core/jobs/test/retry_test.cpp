#include "florin/jobs/retry.hpp"

#include <gtest/gtest.h>

#include "florin/runtime/simulation.hpp"

namespace florin::jobs {
namespace {

using S = RetryStrategy;
using Waits = std::vector<std::optional<std::int64_t>>;

/// Without chance: the middle of what may come.
Waits waits(const Retry& retry, std::int64_t attempts) {
    SimRandom random{3};
    Waits all;
    for (std::int64_t attempt = 1; attempt <= attempts; ++attempt) {
        std::int64_t least = INT64_MAX, most = -1;
        for (int round = 0; round < 2'000; ++round) {
            const auto wait = wait_after(retry, attempt, random);
            if (!wait) {
                most = -1;
                break;
            }
            least = std::min(least, wait->count());
            most = std::max(most, wait->count());
        }
        if (most < 0) {
            all.push_back(std::nullopt);
            continue;
        }
        // A quarter more or less, and not the same each time.
        EXPECT_GE(least * 5, most * 2) << attempt;
        if (least >= 100) EXPECT_LT(least, most) << attempt;
        all.push_back((least + most) / 2);
    }
    return all;
}

void expect_about(const Waits& seen, const Waits& nominal) {
    ASSERT_EQ(seen.size(), nominal.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
        ASSERT_EQ(seen[i].has_value(), nominal[i].has_value()) << i;
        if (seen[i])
            EXPECT_NEAR(static_cast<double>(*seen[i]), static_cast<double>(*nominal[i]),
                        static_cast<double>(*nominal[i]) / 50 + 1)
                << i;
    }
}

TEST(Retry, each_strategy_waits_as_its_name_says) {  // B-FR-38, D-DE-03, F68
    expect_about(waits({.strategy = S::immediate}, 3), {0, 0, 0});
    expect_about(waits({.strategy = S::fixed, .first = Millis{400}}, 3), {400, 400, 400});
    expect_about(waits({.strategy = S::incremental, .first = Millis{400}}, 4), {400, 800, 1'200, 1'600});
    expect_about(waits({}, 4), {1'000, 2'000, 4'000, 8'000});
    expect_about(waits({.strategy = S::steps, .steps = {Millis{0}, Millis{5'000}, Millis{300'000}}}, 5),
                 {0, 5'000, 300'000, std::nullopt, std::nullopt});
    expect_about(waits({.strategy = S::cancel}, 2), {std::nullopt, std::nullopt});
}

TEST(Retry, no_wait_is_above_the_longest_however_many_attempts_there_were) {  // F68
    SimRandom random{3};
    for (const S strategy : {S::fixed, S::incremental, S::exponential})
        for (const std::int64_t attempt :
             {std::int64_t{11}, std::int64_t{64}, std::int64_t{1'000'000}, std::int64_t{4'000'000'000'000}}) {
            const Retry retry{.strategy = strategy, .first = Millis{700'000}};
            const auto wait = wait_after(retry, attempt, random);
            ASSERT_TRUE(wait);
            EXPECT_LE(*wait, retry.longest);
            EXPECT_GE(*wait, Millis{500'000});
        }
}

TEST(Retry, strategies_are_known_by_their_names) {
    for (const S strategy : {S::immediate, S::fixed, S::incremental, S::exponential, S::steps, S::cancel})
        EXPECT_EQ(parse_retry_strategy(to_text(strategy)), strategy);
    EXPECT_FALSE(parse_retry_strategy("never"));
    EXPECT_FALSE(parse_retry_strategy(""));
}

}  // namespace
}  // namespace florin::jobs
