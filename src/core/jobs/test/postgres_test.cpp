// Jobs on PostgreSQL, where claiming and recording have statements of their own.

#include <gtest/gtest.h>

#include <map>

#include "florin/jobs/worker.hpp"
#include "florin/runtime/blocking_scheduler.hpp"
#include "florin/store/open.hpp"
#include "jobs_world.hpp"
#include "postgres.hpp"

namespace florin::jobs {
namespace {

class PostgresJobs : public testing::Test {
protected:
    test::PostgresCluster cluster;
    World world{system_clock(), system_random()};
    std::unique_ptr<store::Store> store = *store::open_postgres({.url = cluster.url("postgres")}, world);
    std::map<std::string, int> done;
    std::size_t all = 0;
    int alive = 0;

    void add(BlockingScheduler& on, int count, std::string_view kind) {
        auto add_all = [](PostgresJobs& my, int many, std::string_view of) -> Task<bool> {
            auto unit = [&](Tx& tx) -> Result<bool> {
                for (int i = 0; i < many; ++i) {
                    const std::string payload = std::to_string(i);
                    enqueue(tx, {.merchant = one, .id = my.world.new_id<JobOf>(), .kind = of, .payload = payload});
                }
                return true;
            };
            const auto written = co_await my.store->write(unit);
            co_return written.has_value();
        };
        ASSERT_TRUE(on.await(add_all(*this, count, kind)));
    }
    Handler note() {
        return [this](const Job& job) -> Task<Result<void>> {
            ++done[job.payload];
            ++all;
            co_return Result<void>{};
        };
    }
    Handler hang() {
        return [this](const Job&) -> Task<Result<void>> {
            ++alive;
            co_await sleep_for(Millis{3'600'000});
            co_return Result<void>{};
        };
    }
    /// Runs until `is_over`.
    void run(BlockingScheduler& on, Worker& worker, const std::function<bool()>& is_over, bool comes_to_rest) {
        auto work = [](Worker& with, std::function<bool()> ended, bool rests) -> Task<bool> {
            Signal stop, stopped;
            auto run_worker = [](Worker& of, Signal until, Signal after) -> Task<void> {
                co_await of.run(until);
                after.set();
            };
            Scheduler::current().spawn(run_worker(with, stop, stopped));
            while (!ended()) co_await sleep_for(Millis{5});
            stop.set();
            with.wake();
            while (rests && !stopped.is_set()) co_await stopped.wait_for(Millis{1'000});
            co_return true;
        };
        ASSERT_TRUE(on.await(work(worker, is_over, comes_to_rest)));
    }
    Counts counts(BlockingScheduler& on) {
        auto read_counts = [](store::Store& from) -> Task<Counts> {
            auto view = [](Reader& reader) -> Result<Counts> { return count(reader); };
            const auto seen = co_await from.read(view);
            co_return *seen;
        };
        return on.await(read_counts(*store));
    }
};

TEST_F(PostgresJobs, each_of_many_is_done_once_and_recorded) {
    BlockingScheduler scheduler;
    add(scheduler, 2'000, "work");
    Worker worker{*store, world, {.name = "a"}};
    worker.handle("work", {.concurrency = 300}, note());
    run(scheduler, worker, [&] { return all >= 2'000; }, true);
    EXPECT_EQ(done.size(), 2'000u);
    EXPECT_EQ(all, 2'000u);
    EXPECT_EQ(counts(scheduler).open, 0);
    EXPECT_EQ(counts(scheduler).dead, 0);
    EXPECT_FALSE(counts(scheduler).oldest_due_at);
}

TEST_F(PostgresJobs, a_node_that_starts_again_takes_back_its_own_alone) {  // F55
    for (const auto& [node, kind] : {std::pair{"a", "of_a"}, std::pair{"b", "of_b"}}) {
        BlockingScheduler scheduler;
        add(scheduler, 3, kind);
        Worker worker{*store, world, {.name = node}};
        worker.handle(kind, {}, hang());
        alive = 0;
        run(scheduler, worker, [&] { return alive == 3; }, false);
        // The process is dead.
        store.reset();
        scheduler.abandon();
        store = *store::open_postgres({.url = cluster.url("postgres")}, world);
    }
    BlockingScheduler scheduler;
    Worker again{*store, world, {.name = "a"}};
    again.handle("of_a", {}, note());
    again.handle("of_b", {}, note());
    run(scheduler, again, [&] { return all >= 3; }, true);
    EXPECT_EQ(all, 3u) << "b's leases hold";
    EXPECT_EQ(counts(scheduler).open, 3);
}

}  // namespace
}  // namespace florin::jobs
