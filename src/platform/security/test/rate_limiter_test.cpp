#include "florin/security/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "security_tests.hpp"

namespace florin::security {
namespace {

TEST(RateLimiter, gives_a_burst_at_once_and_then_as_much_as_the_rate) {
    SimWorld sim;
    RateLimiter limiter{sim.world()};
    const Rate rate{100, 20};
    int granted = 0;
    while (limiter.take("key:1", rate)) ++granted;
    EXPECT_EQ(granted, 20);
    EXPECT_FALSE(limiter.has_token("key:1", rate));
    for (int tenth = 0; tenth < 50; ++tenth) {
        sim.clock.advance(Millis{100});
        while (limiter.take("key:1", rate)) ++granted;
    }
    EXPECT_EQ(granted, 20 + 500);
    sim.clock.advance(Millis{3'600'000});
    int after_a_pause = 0;
    while (limiter.take("key:1", rate)) ++after_a_pause;
    EXPECT_EQ(after_a_pause, 20) << "a pause gives no more than the burst";
}

TEST(RateLimiter, one_name_does_not_use_up_what_another_has) {
    SimWorld sim;
    RateLimiter limiter{sim.world()};
    while (limiter.take("peer:10.0.0.1", {5, 5})) {
    }
    EXPECT_TRUE(limiter.take("peer:10.0.0.2", {5, 5}));
    EXPECT_TRUE(limiter.take("peer:10.0.0.10", {5, 5}));
}

TEST(RateLimiter, asking_takes_nothing) {
    SimWorld sim;
    RateLimiter limiter{sim.world()};
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(limiter.has_token("x", {1, 1}));
    EXPECT_TRUE(limiter.take("x", {1, 1}));
    EXPECT_FALSE(limiter.has_token("x", {1, 1}));
}

TEST(RateLimiter, zero_is_no_limit) {
    SimWorld sim;
    RateLimiter limiter{sim.world()};
    for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(limiter.take("x", {0, 0}));
}

TEST(RateLimiter, a_wall_clock_that_jumps_changes_nothing) {  // F77, F78
    SimWorld sim;
    RateLimiter limiter{sim.world()};
    while (limiter.take("x", {10, 10})) {
    }
    sim.clock.jump(Millis{86'400'000});
    EXPECT_FALSE(limiter.take("x", {10, 10}));
    sim.clock.jump(Millis{-2 * 86'400'000});
    EXPECT_FALSE(limiter.take("x", {10, 10}));
}

TEST(RateLimiter, a_flood_of_names_never_refuses_a_newcomer) {  // F140
    SimWorld sim;
    RateLimiter limiter{sim.world(), 1024};
    for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(limiter.take("peer:" + std::to_string(i), {20, 20}));
}

TEST(RateLimiter, a_flood_of_names_does_not_free_a_name_that_is_deep_in_debt) {  // F140
    SimWorld sim;
    RateLimiter limiter{sim.world(), 1024};
    while (limiter.take("merchant:1", {10, 1000})) {
    }
    for (int i = 0; i < 10'000; ++i) limiter.take("peer:" + std::to_string(i), {20, 20});
    EXPECT_FALSE(limiter.take("merchant:1", {10, 1000}));
}

TEST(RateLimiter, many_threads_together_get_no_more_than_there_is) {
    SimWorld sim;
    RateLimiter limiter{sim.world()};
    std::atomic<int> granted = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 5'000; ++i) granted += limiter.take("shared", {1, 1'000}) ? 1 : 0;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(granted, 1'000);
}

}  // namespace
}  // namespace florin::security
