#include "florin/jobs/cron.hpp"

#include <gtest/gtest.h>

#include "florin/jobs/timetable.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::jobs {
namespace {

struct Case {
    const char* why;
    const char* cron;
    const char* after;
    const char* next;
};

TEST(Cron, the_next_moment_is_the_first_that_matches) {
    const Case cases[] = {
        {"every minute", "* * * * *", "2026-11-18T10:15:30Z", "2026-11-18T10:16:00Z"},
        {"strictly after", "15 10 * * *", "2026-11-18T10:15:00Z", "2026-11-19T10:15:00Z"},
        {"seconds lead", "*/10 * * * * *", "2026-11-18T10:15:30Z", "2026-11-18T10:15:40Z"},
        {"milliseconds are cut", "* * * * * *", "2026-11-18T10:15:30.999Z", "2026-11-18T10:15:31Z"},
        {"the hour carries", "5 * * * *", "2026-11-18T10:15:30Z", "2026-11-18T11:05:00Z"},
        {"the year carries", "0 0 1 1 *", "2026-11-18T10:15:30Z", "2027-01-01T00:00:00Z"},
        {"seconds carry into the minute", "10 30 * * * *", "2026-11-18T10:30:10Z", "2026-11-18T11:30:10Z"},
        {"a leap day", "0 12 29 FEB *", "2026-11-18T10:15:30Z", "2028-02-29T12:00:00Z"},
        {"no leap year in 2100", "0 12 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T12:00:00Z"},
        {"Monday by name", "0 9 * * MON", "2026-11-18T10:15:30Z", "2026-11-23T09:00:00Z"},
        {"Sunday is 7 too", "0 9 * * 7", "2026-11-18T10:15:30Z", "2026-11-22T09:00:00Z"},
        {"working days", "0 9 * * 1-5", "2026-11-20T10:15:30Z", "2026-11-23T09:00:00Z"},
        {"either of two restricted days", "0 0 13 * FRI", "2026-11-18T10:15:30Z", "2026-11-20T00:00:00Z"},
        {"the 31st", "0 0 31 * *", "2026-11-18T10:15:30Z", "2026-12-31T00:00:00Z"},
        {"a list", "0,30 8,18 * * *", "2026-11-18T08:10:00Z", "2026-11-18T08:30:00Z"},
        {"a step from a number", "5/20 * * * *", "2026-11-18T08:10:00Z", "2026-11-18T08:25:00Z"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        const auto cron = Cron::parse(each.cron);
        ASSERT_TRUE(cron);
        EXPECT_EQ(to_text(cron->next(*parse_instant(each.after))), to_text(*parse_instant(each.next)));
    }
}

TEST(Cron, what_is_not_an_expression_or_never_comes_is_refused) {
    for (const char* text : {"", "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
                             "* * * 13 *", "* * * * 8", "a * * * *", "5-1 * * * *", "*/0 * * * *", "1,,2 * * * *",
                             "-1 * * * *", "1- * * * *", "* * 30 2 *", "* * * JANUARY *", "+1 * * * *"})
        EXPECT_FALSE(Cron::parse(text)) << text;
}

class Schedules : public testing::Test {
protected:
    SimClock clock;
    SimRandom random{1};
    World world{clock, random};
    SimScheduler scheduler{clock};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);
    Timetable timetable{*store, world};
    Worker worker{*store, world, {.name = "a"}};
    std::vector<std::string> done;
    Signal stop;

    void SetUp() override {
        worker.handle("bill", {.concurrency = 50}, [this](const Job& job) -> Task<Result<void>> {
            done.push_back(job.payload);
            co_return Result<void>{};
        });
    }
    template <class T>
    T write(const std::function<Result<T>(Tx&)>& unit) {
        return scheduler.await([](store::Store& on, const std::function<Result<T>(Tx&)>& run) -> Task<T> {
            auto written = co_await on.write(run);
            co_return *written;
        }(*store, unit));
    }
    void declare(CatchUp catch_up) {
        write<int>([&](Tx& tx) -> Result<int> {
            const auto declared = timetable.declare(
                tx, {.merchant = {4}, .name = "daily", .cron = "0 0 * * *", .kind = "bill", .catch_up = catch_up});
            EXPECT_TRUE(declared);
            return 0;
        });
    }
    int tick() {
        return write<int>([&](Tx& tx) { return timetable.tick(tx); });
    }
    void run_jobs() {
        scheduler.spawn(worker.run(stop));
        scheduler.run(Millis{30'000});
    }
    static constexpr Millis day{24LL * 3600 * 1000};
};

TEST_F(Schedules, each_time_becomes_one_job_however_many_schedulers_there_are) {  // F70
    declare(CatchUp::all);
    EXPECT_EQ(tick(), 0);
    clock.advance(day);
    EXPECT_EQ(tick() + tick(), 1);
    declare(CatchUp::all);  // As at every start: what is due stays due.
    EXPECT_EQ(tick(), 0);
    clock.advance(day);
    EXPECT_EQ(tick(), 1);
    // F77: the clock goes back, and what was done stays done.
    clock.jump(-3 * day);
    EXPECT_EQ(tick(), 0);
    clock.jump(3 * day);
    EXPECT_EQ(tick(), 0);
}

TEST_F(Schedules, missed_times_are_caught_up_with_in_order) {  // F71
    declare(CatchUp::all);
    clock.advance(5 * day);
    EXPECT_EQ(tick(), 5);
    run_jobs();
    ASSERT_EQ(done.size(), 5u);
    EXPECT_TRUE(std::ranges::is_sorted(done));
    EXPECT_EQ(std::ranges::adjacent_find(done), done.end());
}

TEST_F(Schedules, or_only_the_latest_of_them) {
    declare(CatchUp::latest);
    clock.advance(500 * day);
    EXPECT_EQ(tick(), 1);
    EXPECT_EQ(tick(), 0);
    run_jobs();
    ASSERT_EQ(done.size(), 1u);
    const std::string today = to_text(clock.now()).substr(0, 10);
    EXPECT_NE(done[0].find(today), std::string::npos) << done[0];
}

TEST_F(Schedules, a_year_at_once_waits_for_a_person) {  // F78
    declare(CatchUp::all);
    clock.jump(365 * day);
    EXPECT_EQ(tick(), Timetable::max_catch_up);
    EXPECT_EQ(tick(), 0);
    EXPECT_TRUE(write<bool>([&](Tx& tx) -> Result<bool> { return timetable.release(tx, {4}, "daily"); }));
    EXPECT_EQ(tick(), Timetable::max_catch_up);
    EXPECT_EQ(tick(), 0);
    EXPECT_FALSE(write<bool>([&](Tx& tx) -> Result<bool> { return timetable.release(tx, {5}, "daily"); }));
}

TEST_F(Schedules, other_zones_than_utc_are_refused) {
    const bool is_refused = write<bool>([&](Tx& tx) -> Result<bool> {
        const Schedule schedule{
            .merchant = {4}, .name = "n", .cron = "0 0 * * *", .time_zone = "Europe/Berlin", .kind = "bill"};
        const auto declared = timetable.declare(tx, schedule);
        return !declared && declared.error().code == "unsupported_time_zone";
    });
    EXPECT_TRUE(is_refused);
}

}  // namespace
}  // namespace florin::jobs
