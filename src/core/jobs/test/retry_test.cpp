#include "florin/jobs/retry.hpp"

#include <gtest/gtest.h>

#include <map>

#include "../retry_budget.hpp"
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

/// A job's number as its id.
JobId numbered(std::uint64_t number) {
    JobId id{};
    for (std::size_t i = 0; i < 8; ++i) id.value[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return id;
}

TEST(RetryBudget, what_is_too_much_gets_a_place_in_the_next_minutes_and_keeps_it) {  // F68
    RetryBudget budget{2};
    const Instant start{60'000'000};
    const auto ask = [&](std::uint64_t job, Instant at, std::string_view provider = "stripe") {
        return budget.put_off(provider, numbered(job), at);
    };
    EXPECT_FALSE(ask(1, start));
    EXPECT_FALSE(ask(2, start + Millis{1}));
    EXPECT_EQ(ask(3, start + Millis{2}), start + Millis{60'000});
    EXPECT_EQ(ask(4, start + Millis{3}), start + Millis{90'000}) << "spread over the minute";
    EXPECT_EQ(ask(5, start + Millis{4}), start + Millis{120'000});
    EXPECT_FALSE(ask(6, start, "paypal")) << "each provider has its own";
    EXPECT_TRUE(ask(3, start + Millis{10})) << "not before its minute";
    EXPECT_FALSE(ask(3, start + Millis{60'000}));
    EXPECT_FALSE(ask(4, start + Millis{90'000}));
    EXPECT_TRUE(ask(7, start + Millis{91'000})) << "that minute is full";
}

TEST(RetryBudget, no_minute_has_more_than_its_share_and_everybody_gets_through) {  // F68
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        SimRandom random{seed};
        const auto per_minute = static_cast<std::int64_t>(1 + random.below(20));
        const std::uint64_t count = 1 + random.below(200);
        RetryBudget budget{per_minute};
        std::multimap<Instant, std::uint64_t> waiting;
        for (std::uint64_t job = 0; job < count; ++job)
            waiting.emplace(Instant{static_cast<std::int64_t>(random.below(300'000))}, job);
        std::map<std::int64_t, std::int64_t> went;
        for (std::uint64_t asked = 0; !waiting.empty(); ++asked) {
            ASSERT_LE(asked, 2 * count) << "asked at most twice each";
            const auto [at, job] = *waiting.begin();
            waiting.erase(waiting.begin());
            const auto later = budget.put_off("stripe", numbered(job), at);
            if (later) {
                ASSERT_GT(*later, at);
                waiting.emplace(*later, job);
            } else {
                ++went[at.ms / 60'000];
            }
        }
        for (const auto& [minute, many] : went) EXPECT_LE(many, per_minute);
    }
}

}  // namespace
}  // namespace florin::jobs
