#include "florin/store/database_clock.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "florin/runtime/blocking_scheduler.hpp"
#include "florin/store/open.hpp"
#include "postgres.hpp"

namespace florin::store {
namespace {

/// This machine's, and wrong.
class WrongClock final : public Clock {
public:
    explicit WrongClock(Millis behind) : behind_{behind} {}
    Instant now() override { return system_clock().now() + Millis{-behind_.count()}; }
    std::int64_t monotonic_ns() override { return system_clock().monotonic_ns(); }

private:
    Millis behind_;
};

std::int64_t distance_ms(Instant one, Instant other) { return std::abs((one - other).count()); }

TEST(DatabaseClock, two_processes_whose_clocks_differ_agree_on_the_databases) {  // F79
    florin::test::PostgresCluster cluster;
    WrongClock behind{Millis{40'000}}, ahead{Millis{-3'600'000}};
    for (WrongClock* own : {&behind, &ahead}) {
        DatabaseClock clock{*own};
        EXPECT_EQ(distance_ms(clock.now(), own->now()) / 1'000, 0) << "before it has asked";
        auto store = open_postgres({.url = cluster.url("postgres"), .connections = 2}, World{clock, system_random()});
        ASSERT_TRUE(store);
        BlockingScheduler scheduler;
        EXPECT_TRUE(scheduler.await(clock.measure(**store)));
        EXPECT_LT(distance_ms(clock.now(), system_clock().now()), 5'000);
        EXPECT_GT(distance_ms(clock.now(), own->now()), 30'000);
    }
}

/// For which every answer takes long.
class SlowClock final : public Clock {
public:
    explicit SlowClock(Clock& of) : of_{of} {}
    Instant now() override { return of_.now(); }
    std::int64_t monotonic_ns() override { return of_.monotonic_ns() + calls_++ * 600'000'000; }

private:
    Clock& of_;
    std::int64_t calls_ = 0;
};

TEST(DatabaseClock, a_slow_first_answer_is_better_than_none) {  // F79
    florin::test::PostgresCluster cluster;
    WrongClock behind{Millis{40'000}};
    SlowClock slow{behind};
    DatabaseClock clock{slow};
    auto store = open_postgres({.url = cluster.url("postgres"), .connections = 2}, World{behind, system_random()});
    ASSERT_TRUE(store);
    BlockingScheduler scheduler;
    EXPECT_FALSE(scheduler.await(clock.measure(**store))) << "it took 600 ms: not to be believed";
    EXPECT_LT(distance_ms(clock.now(), system_clock().now()), 5'000) << "but this machine's clock is 40 s wrong";
}

}  // namespace
}  // namespace florin::store
