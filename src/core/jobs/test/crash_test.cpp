// What becomes of jobs that were under way when their process died.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "../job_store.hpp"
#include "../solitude.hpp"
#include "florin/telemetry/log.hpp"
#include "jobs_world.hpp"

namespace florin::jobs {
namespace {

const store::Sql last_tries_sql{"jobs_test.last_tries",
                                "SELECT COUNT(*) FROM jobs WHERE state = 'running' AND lost_leases = 2"};

class Crashes : public Jobs {
protected:
    std::unique_ptr<Worker> w;
    int crashes = 0;
    bool is_dying = false;  ///< Set by a handler: the process is to die now.

    void start(const std::function<void(Worker&)>& with_handlers, const std::string& node = "a") {
        w = worker(node);
        with_handlers(*w);
        scheduler.spawn(w->run(stop));
    }
    /// The process dies, as it stands.
    void crash() {
        scheduler.crash();
        store->crash();
        w.reset();
        is_dying = false;
        ++crashes;
    }
    /// Runs for `time`; whenever a handler kills the process, another starts `pause` later.
    void live(Millis time, const std::function<void(Worker&)>& with_handlers, Millis pause = Millis{10}) {
        const Instant end = clock.now() + time;
        while (clock.now() < end) {
            run_for(Millis{1});
            clock.advance(Millis{1});
            if (!is_dying) continue;
            crash();
            clock.advance(pause);
            start(with_handlers);
        }
    }
    /// Never ends: the process is dead before.
    Task<void> kill() {
        is_dying = true;
        co_await sleep_for(Millis{600'000});
    }
};

TEST_F(Crashes, a_node_that_starts_again_takes_back_at_once_what_it_had_and_nobody_elses) {  // F55
    const auto hang = [this](Worker& on) {
        on.handle("work", {}, [this](const Job& job) -> Task<Result<void>> {
            done.push_back("begun " + name_of(job));
            co_await sleep_for(Millis{600'000});
            co_return Result<void>{};
        });
    };
    const auto work = [this](Worker& on) { on.handle("work", {}, note()); };
    add("of a", {.merchant = one, .id = {}, .kind = "work"});
    start(hang, "a");
    run_for(Millis{1'000});
    crash();
    add("of b", {.merchant = one, .id = {}, .kind = "work"});
    start(hang, "b");
    run_for(Millis{1'000});
    crash();
    EXPECT_EQ(done, (std::vector<std::string>{"begun of a", "begun of b"}));
    done.clear();
    start(work, "a");
    run_for(Millis{1'000});
    EXPECT_EQ(done, (std::vector<std::string>{"of a"}));
    run_for(Millis{31'000});
    EXPECT_EQ(done, (std::vector<std::string>{"of a", "of b"})) << "another's comes when its lease ends";
    EXPECT_EQ(counts().open, 0);
}

TEST_F(Crashes, one_poison_among_fifty_is_given_up_after_three_crashes_and_nobody_else) {  // F59
    const auto handlers = [this](Worker& on) {
        on.handle("work", {.concurrency = 100}, [this](const Job& job) -> Task<Result<void>> {
            if (name_of(job) == "poison") co_await kill();
            co_await sleep_for(Millis{200});
            done.push_back(name_of(job));
            co_return Result<void>{};
        });
    };
    for (int i = 0; i < 49; ++i) add(std::to_string(i), {.merchant = one, .id = {}, .kind = "work"});
    const JobId poison = add("poison", {.merchant = one, .id = {}, .kind = "work"});
    std::vector<std::string> errors;
    telemetry::configure_log({.clock = clock, .level = telemetry::Level::error, .sink = [&](std::string_view line) {
                                  errors.emplace_back(line);
                              }});
    start(handlers);
    live(Millis{30'000}, handlers);
    telemetry::configure_log({});
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_TRUE(errors[0].contains(R"("event":"job.died")") && errors[0].contains(poison.text())) << errors[0];
    EXPECT_EQ(crashes, 3);
    ASSERT_EQ(graves().size(), 1u);
    EXPECT_EQ(graves()[0].id, poison);
    EXPECT_EQ(graves()[0].attempts, 3);
    EXPECT_EQ(std::set<std::string>(done.begin(), done.end()).size(), 49u);
    EXPECT_EQ(counts().open, 0);
}

TEST_F(Crashes, what_comes_new_flows_on_while_suspects_wait_for_their_turn) {  // F59
    bool is_slow = true;
    const auto handlers = [&](Worker& on) {
        on.handle("work", {.concurrency = 100}, [&](const Job& job) -> Task<Result<void>> {
            co_await sleep_for(is_slow ? Millis{60'000} : Millis{1'000});
            done.push_back(name_of(job));
            co_return Result<void>{};
        });
    };
    for (int i = 0; i < 20; ++i) add("suspect", {.merchant = one, .id = {}, .kind = "work"});
    start(handlers);
    run_for(Millis{1'000});
    crash();
    is_slow = false;
    for (int i = 0; i < 50; ++i) add("new", {.merchant = one, .id = {}, .kind = "work"});
    start(handlers);
    run_for(Millis{1'900});
    EXPECT_EQ(std::ranges::count(done, "new"), 50);
    EXPECT_EQ(std::ranges::count(done, "suspect"), 4) << "few at once";
    run_for(Millis{5'000});
    EXPECT_EQ(std::ranges::count(done, "suspect"), 20);
}

TEST_F(Crashes, who_has_ended_with_an_error_is_no_suspect_any_more) {  // F59
    std::vector<std::int64_t> lost;
    const auto handlers = [&](Worker& on) {
        on.handle("work", {}, [&](const Job& job) -> Task<Result<void>> {
            lost.push_back(job.lost_leases);
            if (lost.size() == 1) co_await kill();
            if (lost.size() == 2) co_return fail(ErrorKind::unavailable, "not_yet", "Later.");
            co_return Result<void>{};
        });
    };
    add("j", {.merchant = one, .id = {}, .kind = "work"});
    start(handlers);
    live(Millis{10'000}, handlers);
    EXPECT_EQ(lost, (std::vector<std::int64_t>{0, 1, 0}));
}

TEST_F(Crashes, an_attempt_that_a_crash_cut_short_is_made_again_unless_there_may_be_only_one) {  // F59
    int starts = 0;
    const auto handlers = [&](Worker& on) {
        const Handler die_once = [&](const Job& job) -> Task<Result<void>> {
            if (++starts <= 2) co_await kill();
            done.push_back(name_of(job));
            co_return Result<void>{};
        };
        on.handle("twice", {.retry = {.most_attempts = 2}}, die_once);
        on.handle("never_again", {.retry = {.strategy = RetryStrategy::cancel, .most_attempts = 1}}, die_once);
    };
    const JobId never = add("never again", {.merchant = one, .id = {}, .kind = "never_again"});
    add("twice", {.merchant = one, .id = {}, .kind = "twice"});
    start(handlers);
    live(Millis{10'000}, handlers);
    EXPECT_EQ(done, (std::vector<std::string>{"twice"}));
    ASSERT_EQ(graves().size(), 1u);
    EXPECT_EQ(graves()[0].id, never);
    EXPECT_TRUE(graves()[0].last_error.starts_with("lease_lost"));
}

TEST_F(Crashes, a_worker_whose_database_was_away_keeps_what_it_has_under_way) {  // F57
    int starts = 0;
    const auto handlers = [&](Worker& on) {
        on.handle("long", {}, [&](const Job& job) -> Task<Result<void>> {
            ++starts;
            co_await sleep_for(Millis{300'000});
            done.push_back(name_of(job));
            co_return Result<void>{};
        });
    };
    add("l", {.merchant = one, .id = {}, .kind = "long"});
    start(handlers);
    run_for(Millis{1'000});
    store->fail_commit = [](std::uint64_t) { return true; };
    run_for(Millis{120'000});
    store->fail_commit = {};
    run_for(Millis{400'000});
    EXPECT_EQ(starts, 1);
    EXPECT_EQ(done, (std::vector<std::string>{"l"}));
    EXPECT_EQ(counts().open, 0);
}

TEST(Solitude, is_granted_when_nobody_else_runs_and_not_waited_for_too_long) {
    constexpr std::int64_t second = 1'000'000'000;
    const JobId job{};
    Solitude solitude;
    EXPECT_TRUE(solitude.is_granted(0, 0));
    EXPECT_FALSE(solitude.is_granted(1, 0));
    solitude.want(0);
    solitude.want(10 * second);
    EXPECT_FALSE(solitude.is_granted(1, 14 * second));
    EXPECT_TRUE(solitude.is_granted(1, 15 * second)) << "what has run for so long without harm does not kill";
    solitude.begin(job, 20 * second);
    EXPECT_TRUE(solitude.is_kept(34 * second));
    EXPECT_FALSE(solitude.is_kept(35 * second)) << "the others go on";
    EXPECT_FALSE(solitude.is_granted(1, 35 * second)) << "it has to be wanted anew";
    solitude.begin(job, 40 * second);
    solitude.end(job);
    EXPECT_FALSE(solitude.is_kept(41 * second));
}

/// Seeds make jobs of any length, with and without order, some of which kill their process each time; and processes
/// that die for no reason. Whatever the order of events: who kills is given up after three crashes of its own, who
/// does not is done, and nothing waits in the end.
class AnyCrashes : public Crashes, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(AnyCrashes, only_those_who_kill_are_given_up) {  // F55, F59
    SimRandom chance{GetParam()};
    SCOPED_TRACE("seed " + std::to_string(GetParam()));
    struct Plan {
        bool is_poison = false;
        std::int64_t duration_ms = 0;
        int kills = 0;
    };
    std::map<std::string, Plan> plans;
    const auto handlers = [&](Worker& on) {
        on.handle("work", {.concurrency = 20}, [&](const Job& job) -> Task<Result<void>> {
            Plan& plan = plans.at(name_of(job));
            co_await sleep_for(Millis{plan.duration_ms});
            if (plan.is_poison) {
                if (!is_dying) ++plan.kills;
                co_await kill();
            }
            done.push_back(name_of(job));
            co_return Result<void>{};
        });
    };
    const auto enqueue_some = [&](int count) {
        for (int i = 0; i < count; ++i) {
            const std::string name = std::to_string(plans.size());
            const std::string key = "k" + std::to_string(chance.below(4));
            plans[name] = {.is_poison = chance.below(15) == 0,
                           .duration_ms = static_cast<std::int64_t>(chance.below(2'000))};
            NewJob job{.merchant = chance.below(2) == 0 ? one : two, .id = {}, .kind = "work"};
            if (chance.below(3) == 0) job.ordering_key = key;
            add(name, job);
        }
    };
    enqueue_some(60);
    start(handlers);
    for (int life = 0; life < 4; ++life) {
        live(Millis{static_cast<std::int64_t>(chance.below(8'000))}, handlers);
        enqueue_some(5);
        // Deaths for no reason. One that meets a job which is tried alone for the last time is proof against it.
        const auto count_last_tries = [](Reader& reader) {
            return *reader.first(last_tries_sql, [](const store::Row& row) { return row.integer(0); });
        };
        while (read<std::int64_t>(count_last_tries) > 0) live(Millis{50}, handlers);
        crash();
        start(handlers);
    }
    for (int i = 0; i < 400 && counts().open > 0; ++i) live(Millis{1'000}, handlers);
    EXPECT_EQ(counts().open, 0);
    std::set<std::string> dead_names;
    for (const MerchantId merchant : {one, two})
        for (const DeadLetter& job : read<std::vector<DeadLetter>>(
                 [&](Reader& reader) { return dead_letters(reader, merchant, {.limit = 100}); })) {
            const std::string payload =
                read<std::string>([&](Reader& reader) { return payload_of(reader, merchant, job.id); });
            dead_names.insert(payload.substr(1, payload.size() - 2));
        }
    for (const auto& [name, plan] : plans) {
        EXPECT_EQ(dead_names.contains(name), plan.is_poison) << name;
        EXPECT_LE(plan.kills, 3) << name;
        if (!plan.is_poison) EXPECT_GE(std::ranges::count(done, name), 1) << name;
    }
    scheduler.crash();
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyCrashes, testing::Range<std::uint64_t>(1, 101));

}  // namespace
}  // namespace florin::jobs
