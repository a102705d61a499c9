#include "florin/jobs/jobs.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <stdexcept>

#include "florin/jobs/dead_letters.hpp"
#include "florin/jobs/timetable.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"
#include "florin/telemetry/log.hpp"
#include "jobs_world.hpp"

namespace florin::jobs {
namespace {

TEST_F(Jobs, a_job_is_done_once_and_in_time) {  // D-DE-11
    const auto w = worker("a");
    w->handle("mail", {}, note());
    add("now", {.merchant = one, .id = {}, .kind = "mail"});
    add("later", {.merchant = one, .id = {}, .kind = "mail", .run_at = clock.now() + Millis{60'000}});
    scheduler.spawn(w->run(stop));
    run_for(Millis{59'000});
    EXPECT_EQ(done, (std::vector<std::string>{"now"}));
    run_for(Millis{3'000});
    EXPECT_EQ(done, (std::vector<std::string>{"now", "later"}));
    EXPECT_EQ(counts().open, 0);
}

TEST_F(Jobs, a_unique_key_is_unique_for_ever) {  // F66
    const auto w = worker("a");
    w->handle("mail", {}, note());
    w->handle("bill", {}, note());
    scheduler.spawn(w->run(stop));
    add("first", {.merchant = one, .id = {}, .kind = "mail", .unique_key = "k"});
    add("second", {.merchant = one, .id = {}, .kind = "mail", .unique_key = "k"});
    run_for(Millis{2'000});
    clock.advance(Millis{400LL * 24 * 3600 * 1000});
    add("third", {.merchant = one, .id = {}, .kind = "mail", .unique_key = "k"});
    add("other kind", {.merchant = one, .id = {}, .kind = "bill", .unique_key = "k"});
    run_for(Millis{2'000});
    add("other merchant", {.merchant = two, .id = {}, .kind = "mail", .unique_key = "k"});
    run_for(Millis{2'000});
    EXPECT_EQ(done, (std::vector<std::string>{"first", "other kind", "other merchant"}));
}

TEST_F(Jobs, whatever_octets_a_failure_is_told_in_its_reason_can_be_kept) {  // F58, F144
    const auto w = worker("a");
    w->handle("fails", {}, [&](const Job&) -> Task<Result<void>> {
        co_return fail(ErrorKind::invalid, "refused", "caf\xE9\nno " + std::string(5'000, 'x'));
    });
    w->handle("throws", {}, [&](const Job&) -> Task<Result<void>> {
        throw std::runtime_error{"cut \xC3"};
        co_return Result<void>{};
    });
    add("f", {.merchant = one, .id = {}, .kind = "fails"});
    add("t", {.merchant = one, .id = {}, .kind = "throws", .max_attempts = 1});
    scheduler.spawn(w->run(stop));
    run_for(Millis{5'000});
    std::set<std::string> reasons;
    for (const DeadLetter& job : graves()) reasons.insert(job.last_error.substr(0, 26));
    EXPECT_EQ(reasons, (std::set<std::string>{"refused: caf\xEF\xBF\xBD no xxxxxxx", "exception: cut \xEF\xBF\xBD"}));
    for (const DeadLetter& job : graves()) EXPECT_LT(job.last_error.size(), 600u);
}

TEST_F(Jobs, poison_is_tried_ever_more_slowly_then_kept_with_its_reason_while_others_go_on) {  // F58, F68
    const auto w = worker("a");
    std::vector<Instant> tries;
    w->handle("poison", {}, [&](const Job&) -> Task<Result<void>> {
        tries.push_back(clock.now());
        co_return fail(ErrorKind::unavailable, "no_luck", "It did not work.");
    });
    w->handle("mail", {}, note());
    const JobId id = add("p", {.merchant = one, .id = {}, .kind = "poison", .max_attempts = 4});
    scheduler.spawn(w->run(stop));
    run_for(Millis{1'000});
    add("m", {.merchant = one, .id = {}, .kind = "mail"});
    run_for(Millis{60'000});
    ASSERT_EQ(tries.size(), 4u);
    for (std::size_t i = 1; i < tries.size(); ++i) {
        const auto wait = (tries[i] - tries[i - 1]).count();
        const std::int64_t nominal = 1'000LL << (i - 1);
        EXPECT_GE(wait, nominal * 3 / 4);
        EXPECT_LE(wait, nominal * 5 / 4 + 500);  // What is due is seen at the next poll.
    }
    EXPECT_EQ(done, (std::vector<std::string>{"m"}));
    ASSERT_EQ(graves().size(), 1u);
    EXPECT_EQ(graves()[0].id, id);
    EXPECT_EQ(graves()[0].last_error, "no_luck: It did not work.");
    EXPECT_TRUE(graves(two).empty());

    // F60: it comes back as what it was.
    EXPECT_FALSE(let_go(two, id));
    EXPECT_TRUE(let_go(one, id));
    EXPECT_FALSE(let_go(one, id));
    run_for(Millis{60'000});
    EXPECT_EQ(tries.size(), 8u);
    EXPECT_EQ(graves()[0].id, id);
}

TEST_F(Jobs, what_can_never_work_is_dead_at_once_and_an_exception_is_an_error) {
    const auto w = worker("a");
    w->handle("invalid", {}, [](const Job&) -> Task<Result<void>> {
        co_return fail(ErrorKind::invalid, "malformed", "What is this?");
    });
    w->handle("throws", {}, [](const Job&) -> Task<Result<void>> {
        throw std::runtime_error{"thrown"};
        co_return Result<void>{};
    });
    add("i", {.merchant = one, .id = {}, .kind = "invalid"});
    add("t", {.merchant = one, .id = {}, .kind = "throws", .max_attempts = 1});
    scheduler.spawn(w->run(stop));
    run_for(Millis{5'000});
    ASSERT_EQ(graves().size(), 2u);
    EXPECT_EQ(counts().dead, 2);
}

TEST_F(Jobs, each_failed_attempt_is_a_warning_and_the_last_one_an_error) {  // D-DE-04
    std::vector<std::string> lines;
    telemetry::configure_log({.clock = clock, .sink = [&](std::string_view line) { lines.emplace_back(line); }});
    const auto w = worker("a");
    w->handle("fails", {}, [](const Job&) -> Task<Result<void>> {
        co_return fail(ErrorKind::unavailable, "no_luck", "It did not work.");
    });
    const JobId id = add("f", {.merchant = one, .id = {}, .kind = "fails", .max_attempts = 3});
    EXPECT_EQ(counts().oldest_due_at, clock.now());
    scheduler.spawn(w->run(stop));
    run_for(Millis{60'000});
    telemetry::configure_log({});
    ASSERT_EQ(lines.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        const bool is_last = i == 2;
        for (const std::string& part :
             {std::string{is_last ? R"("level":"error","event":"job.died")"
                                  : R"("level":"warning","event":"job.failed")"},
              "\"job_id\":\"" + id.text() + '"', std::string{R"("kind":"fails")"},
              "\"attempt\":" + std::to_string(i + 1), std::string{R"("code":"no_luck","message":"It did not work.")"}})
            EXPECT_NE(lines[i].find(part), std::string::npos) << part << " in " << lines[i];
    }
    EXPECT_FALSE(counts().oldest_due_at);
}

TEST_F(Jobs, a_job_that_kills_its_process_is_given_up_after_three_times) {  // F59
    int starts = 0;
    std::unique_ptr<Worker> w;
    const auto boot = [&] {
        w = worker("a");
        w->handle("killer", {}, [&](const Job&) -> Task<Result<void>> {
            ++starts;
            co_await sleep_for(Millis{5'000});  // The process is dead before that.
            co_return Result<void>{};
        });
        scheduler.spawn(w->run(stop));
    };
    add("k", {.merchant = one, .id = {}, .kind = "killer"});
    for (int life = 0; life < 6; ++life) {
        boot();
        run_for(Millis{2'000});
        scheduler.crash();
        store->crash();
        clock.advance(Millis{31'000});
    }
    EXPECT_EQ(starts, 3);
    ASSERT_EQ(graves().size(), 1u);
    EXPECT_EQ(graves()[0].attempts, 3);
}

TEST_F(Jobs, a_crash_in_the_middle_lets_another_worker_take_over_after_the_lease) {  // F55, A-NF-06
    auto first = worker("a");
    first->handle("work", {}, [&](const Job&) -> Task<Result<void>> {
        co_await sleep_for(Millis{100'000});
        done.push_back("by a");
        co_return Result<void>{};
    });
    add("j", {.merchant = one, .id = {}, .kind = "work"});
    scheduler.spawn(first->run(stop));
    run_for(Millis{10'000});
    scheduler.crash();
    store->crash();
    first.reset();
    const auto second = worker("b");
    second->handle("work", {}, note());
    scheduler.spawn(second->run(stop));
    run_for(Millis{15'000});
    EXPECT_TRUE(done.empty()) << "the lease still holds";
    run_for(Millis{20'000});
    EXPECT_EQ(done, (std::vector<std::string>{"j"}));
    EXPECT_EQ(counts().open, 0);
}

TEST_F(Jobs, a_long_job_keeps_its_lease_and_is_not_run_twice) {  // F57
    const auto a = worker("a");
    const auto b = worker("b");
    int starts = 0;
    for (Worker* w : {a.get(), b.get()}) {
        w->handle("long", {}, [&](const Job&) -> Task<Result<void>> {
            ++starts;
            co_await sleep_for(Millis{600'000});
            done.push_back("long");
            co_return Result<void>{};
        });
        scheduler.spawn(w->run(stop));
    }
    add("l", {.merchant = one, .id = {}, .kind = "long"});
    run_for(Millis{700'000});
    EXPECT_EQ(starts, 1);
    EXPECT_EQ(done.size(), 1u);
    EXPECT_EQ(counts().open, 0);
}

TEST_F(Jobs, a_paused_worker_cannot_record_what_another_took_over) {  // F56
    const JobId id = add("j", {.merchant = one, .id = {}, .kind = "work", .max_attempts = 5});
    // The first worker's process stands still while it has the job, so nobody renews its lease.
    const auto slow = worker("slow");
    std::optional<Job> stale;
    slow->handle("work", {}, [&](const Job& job) -> Task<Result<void>> {
        stale = job;
        co_await sleep_for(Millis{5'000});
        co_return Result<void>{};
    });
    scheduler.spawn(slow->run(stop));
    run_for(Millis{1'000});
    ASSERT_TRUE(stale);
    scheduler.crash();
    clock.advance(Millis{31'000});

    const auto quick = worker("quick");
    quick->handle("work", {}, note());
    scheduler.spawn(quick->run(stop));
    run_for(Millis{2'000});
    EXPECT_EQ(done, (std::vector<std::string>{"j"}));
    EXPECT_EQ(stale->id, id);
    // Now the first one goes on.
    EXPECT_FALSE(write<bool>([&](Tx& tx) { return finish(tx, *stale); }));
    EXPECT_TRUE(graves().empty());
}

TEST_F(Jobs, a_handler_finishes_its_job_within_its_own_unit) {
    const auto w = worker("a");
    w->handle("work", {}, [&](const Job& job) -> Task<Result<void>> {
        auto unit = [&](Tx& tx) -> Result<void> {
            if (!finish(tx, job)) return fail(ErrorKind::conflict, "lease_lost", "Another has it.");
            return {};
        };
        auto written = co_await store->write(unit);
        if (written) done.push_back(name_of(job));
        co_return written;
    });
    add("j", {.merchant = one, .id = {}, .kind = "work"});
    scheduler.spawn(w->run(stop));
    run_for(Millis{5'000});
    EXPECT_EQ(done.size(), 1u);
    EXPECT_EQ(counts().open, 0);
    EXPECT_TRUE(graves().empty());
}

TEST_F(Jobs, a_failing_head_holds_up_its_own_key_alone) {  // F63, A-CL-06, B-SE-19
    const auto w = worker("a");
    int failures = 3;
    w->handle("work", {}, [&](const Job& job) -> Task<Result<void>> {
        if (name_of(job) == "x1" && failures-- > 0) co_return fail(ErrorKind::unavailable, "not_yet", "Later.");
        done.push_back(name_of(job));
        co_return Result<void>{};
    });
    for (const char* name : {"x1", "y1", "x2", "y2", "x3"})
        add(name, {.merchant = one, .id = {}, .kind = "work", .ordering_key = std::string_view{name}.substr(0, 1)});
    scheduler.spawn(w->run(stop));
    run_for(Millis{4'000});
    EXPECT_EQ(done, (std::vector<std::string>{"y1", "y2"}));
    run_for(Millis{60'000});
    EXPECT_EQ(done, (std::vector<std::string>{"y1", "y2", "x1", "x2", "x3"}));
}

TEST_F(Jobs, one_merchants_flood_does_not_hold_up_another) {  // F64
    const auto w = worker("a");
    w->handle("work", {.concurrency = 2}, [&](const Job& job) -> Task<Result<void>> {
        co_await sleep_for(Millis{1'000});
        done.push_back(name_of(job));
        co_return Result<void>{};
    });
    for (int i = 0; i < 200; ++i) add("flood", {.merchant = one, .id = {}, .kind = "work"});
    for (int i = 0; i < 3; ++i) add("small", {.merchant = two, .id = {}, .kind = "work"});
    scheduler.spawn(w->run(stop));
    run_for(Millis{10'000});
    EXPECT_EQ(std::ranges::count(done, "small"), 3);
    EXPECT_LE(done.size(), 20u) << "two at a time";
    EXPECT_GE(done.size(), 16u);
}

TEST_F(Jobs, a_flood_of_long_jobs_leaves_a_share_to_others) {  // F64
    const auto w = worker("a");
    w->handle("work", {.concurrency = 10}, [&](const Job& job) -> Task<Result<void>> {
        co_await sleep_for(Millis{600'000});
        done.push_back(name_of(job));
        co_return Result<void>{};
    });
    for (int i = 0; i < 100; ++i) add("flood", {.merchant = one, .id = {}, .kind = "work"});
    for (int i = 0; i < 5; ++i) add("small", {.merchant = two, .id = {}, .kind = "work"});
    scheduler.spawn(w->run(stop));
    run_for(Millis{610'000});
    EXPECT_EQ(std::ranges::count(done, "small"), 5);
    EXPECT_EQ(done.size(), 10u);
}

TEST_F(Jobs, what_is_postponed_has_cost_no_attempt_and_can_be_hastened_or_canceled) {
    const auto w = worker("a");
    bool is_ready = false;
    w->handle("work", {}, [&](const Job& job) -> Task<Result<void>> {
        if (is_ready) {
            done.push_back(name_of(job) + " " + std::to_string(job.attempt));
            co_return Result<void>{};
        }
        auto put_off = [&](Tx& tx) -> Result<bool> { return postpone(tx, job, tx.now() + Millis{3'600'000}); };
        EXPECT_TRUE(*co_await store->write(put_off));
        co_return Result<void>{};
    });
    add("x1", {.merchant = one, .id = {}, .kind = "work", .ordering_key = "x:1"});
    add("x2", {.merchant = one, .id = {}, .kind = "work", .ordering_key = "x:1"});
    add("y1", {.merchant = one, .id = {}, .kind = "work", .ordering_key = "y:1"});
    scheduler.spawn(w->run(stop));
    run_for(Millis{60'000});
    is_ready = true;
    run_for(Millis{60'000});
    EXPECT_TRUE(done.empty());
    write<bool>([](Tx& tx) {
        hasten(tx, one, "x:");
        return true;
    });
    run_for(Millis{5'000});
    EXPECT_EQ(done, (std::vector<std::string>{"x1 1", "x2 1"}));
    write<bool>([](Tx& tx) {
        cancel(tx, one, "y:");
        return true;
    });
    run_for(Millis{2 * 3'600'000});
    EXPECT_EQ(done.size(), 2U);
    EXPECT_EQ(counts().open, 0);
}

TEST_F(Jobs, repeats_of_all_kinds_share_what_their_provider_may_be_asked_in_a_minute) {  // F68
    const auto w = std::make_unique<Worker>(*store, world, Worker::Options{.name = "a", .retries_per_minute = 10});
    std::map<std::int64_t, int> repeats_by_minute;
    std::map<std::string, int> asked;
    const auto ask = [&](const Job& job) -> Task<Result<void>> {
        ++asked[job.kind];
        if (job.attempt > 1 && job.kind != "elsewhere") ++repeats_by_minute[clock.now().ms / 60'000];
        co_return fail(ErrorKind::unavailable, "provider_down", "It does not answer.");
    };
    const auto stripe = [](const Job&) { return std::string{"stripe"}; };
    const Retry often{.strategy = RetryStrategy::fixed, .first = Millis{2'000}, .most_attempts = 3};
    w->handle("look", {.retry = often, .provider = stripe}, ask);
    w->handle("send", {.retry = often, .provider = stripe}, ask);
    w->handle("elsewhere", {.retry = often}, ask);
    for (int i = 0; i < 15; ++i)
        for (const char* kind : {"look", "send", "elsewhere"}) add(kind, {.merchant = one, .id = {}, .kind = kind});
    scheduler.spawn(w->run(stop));
    run_for(Millis{55'000});
    EXPECT_EQ(asked["elsewhere"], 45) << "it has no provider to spare";
    EXPECT_LT(asked["look"] + asked["send"], 30 + 21);
    run_for(Millis{900'000});
    EXPECT_EQ(asked["look"], 45) << "what is put off has cost no attempt";
    EXPECT_EQ(asked["send"], 45);
    for (const auto& [minute, count] : repeats_by_minute) EXPECT_LE(count, 10);
    EXPECT_EQ(counts().open, 0);
}

TEST_F(Jobs, an_unknown_kind_is_left_alone) {  // F67
    auto w = worker("a");
    w->handle("mail", {}, note());
    add("u", {.merchant = one, .id = {}, .kind = "from_the_future"});
    scheduler.spawn(w->run(stop));
    run_for(Millis{60'000});
    EXPECT_EQ(counts().open, 1);
    const auto newer = worker("b");
    newer->handle("from_the_future", {}, note());
    scheduler.spawn(newer->run(stop));
    run_for(Millis{2'000});
    EXPECT_EQ(done, (std::vector<std::string>{"u"}));
}

TEST_F(Jobs, a_worker_that_is_woken_does_not_wait_for_its_poll) {
    const auto w = std::make_unique<Worker>(*store, world, Worker::Options{.name = "a", .poll = Millis{3'000'000}});
    w->handle("mail", {}, note());
    scheduler.spawn(w->run(stop));
    run_for(Millis{10});
    add("m", {.merchant = one, .id = {}, .kind = "mail"});
    run_for(Millis{1'000});
    EXPECT_TRUE(done.empty());
    w->wake();
    run_for(Millis{10});
    EXPECT_EQ(done.size(), 1u);
}

TEST_F(Jobs, stopping_finishes_what_runs_and_takes_nothing_new) {  // F121
    const auto w = worker("a");
    w->handle("work", {.concurrency = 1}, [&](const Job& job) -> Task<Result<void>> {
        co_await sleep_for(Millis{5'000});
        done.push_back(name_of(job));
        co_return Result<void>{};
    });
    add("j1", {.merchant = one, .id = {}, .kind = "work"});
    add("j2", {.merchant = one, .id = {}, .kind = "work"});
    bool has_ended = false;
    scheduler.spawn([](Worker& on, Signal& until, bool& ended) -> Task<void> {
        co_await on.run(until);
        ended = true;
    }(*w, stop, has_ended));
    run_for(Millis{1'000});
    scheduler.spawn([](Signal& until) -> Task<void> {
        until.set();
        co_return;
    }(stop));
    run_for(Millis{20'000});
    EXPECT_TRUE(has_ended);
    EXPECT_EQ(done.size(), 1u);
    EXPECT_EQ(counts().open, 1);
}

TEST_F(Jobs, whatever_commit_the_process_dies_at_every_job_is_done) {  // F1, F55
    for (std::uint64_t at = 1; at <= 14; ++at) {
        for (const bool is_before : {true, false}) {
            SCOPED_TRACE(std::to_string(at) + (is_before ? " before" : " after"));
            store = store::SimStore::open(scheduler, world);
            done.clear();
            for (int i = 0; i < 6; ++i)
                add(std::to_string(i), {.merchant = one, .id = {}, .kind = "work", .ordering_key = i % 2 ? "k" : "l"});
            std::unique_ptr<Worker> w;
            const auto boot = [&] {
                w = worker("a");
                w->handle("work", {}, note());
                scheduler.spawn(w->run(stop));
            };
            const std::uint64_t first = store->commits();
            store->crash_here = [&](bool before, std::uint64_t commit) {
                return before == is_before && commit == first + at;
            };
            bool has_crashed = false;
            store->on_crash = [&] {
                has_crashed = true;
                scheduler.abandon();
            };
            boot();
            run_for(Millis{5'000});
            if (has_crashed) {
                store->crash_here = {};
                boot();
                run_for(Millis{120'000});
            }
            scheduler.crash();
            EXPECT_EQ(counts().open, 0);
            EXPECT_TRUE(graves().empty());
            for (int i = 0; i < 6; ++i) EXPECT_GE(std::ranges::count(done, std::to_string(i)), 1) << i;
        }
    }
}

}  // namespace
}  // namespace florin::jobs
