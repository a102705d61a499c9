#include <gtest/gtest.h>

#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"
#include "florin/store/prepare_all.hpp"
#include "notes.hpp"

namespace florin::store {
namespace {

using test::Notes;

struct Simulation {
    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    std::unique_ptr<SimStore> store = SimStore::open(scheduler, World{clock, random});

    Simulation() {
        auto create = [](Tx& tx) -> Result<std::int64_t> { return Notes::create(tx); };
        EXPECT_TRUE(write(create));
    }
    template <class F>
    Result<std::int64_t> write(F unit) {
        return scheduler.await(
            [](Store& to, F work) -> Task<Result<std::int64_t>> { co_return co_await to.write(work); }(*store, unit));
    }
    Result<std::vector<std::string>> notes() {
        return scheduler.await([](Store& from) -> Task<Result<std::vector<std::string>>> {
            auto view = [](Reader& reader) -> Result<std::vector<std::string>> { return Notes::all(reader); };
            co_return co_await from.read(view);
        }(*store));
    }
    /// Writes one note and keeps the answer; spawned, so that several wait at the same moment.
    Task<void> add(std::string text, bool does_refuse, std::vector<std::string>& answers) {
        auto unit = [&](Tx& tx) -> Result<std::int64_t> {
            Notes::add(tx, text);
            if (does_refuse) return fail(ErrorKind::conflict, "refused", "As the test wants it.");
            return 1;
        };
        const auto done = co_await store->write(unit);
        answers.push_back(text + (done ? ":kept" : ":" + done.error().code));
    }
};

TEST(SimStore, units_of_one_moment_share_a_commit_and_one_that_refuses_leaves_nothing) {
    Simulation sim;
    const auto commits = sim.store->commits();
    std::vector<std::string> answers;
    sim.scheduler.spawn(sim.add("a", false, answers));
    sim.scheduler.spawn(sim.add("b", true, answers));
    sim.scheduler.spawn(sim.add("c", false, answers));
    ASSERT_TRUE(sim.scheduler.run());
    EXPECT_EQ(answers, (std::vector<std::string>{"a:kept", "b:refused", "c:kept"}));
    EXPECT_EQ(*sim.notes(), (std::vector<std::string>{"a", "c"}));
    EXPECT_EQ(sim.store->commits(), commits + 1);
}

TEST(SimStore, a_crash_before_the_commit_loses_it_and_a_crash_after_it_does_not) {  // F100
    for (const bool is_before : {true, false}) {
        Simulation sim;
        std::vector<std::string> answers;
        bool has_crashed = false;
        sim.store->crash_here = [&](bool before, std::uint64_t) { return before == is_before && !has_crashed; };
        sim.store->on_crash = [&] {
            has_crashed = true;
            sim.scheduler.crash();
        };
        sim.scheduler.spawn(sim.add("a", false, answers));
        sim.scheduler.spawn(sim.add("b", false, answers));
        ASSERT_TRUE(sim.scheduler.run());
        EXPECT_TRUE(has_crashed);
        EXPECT_TRUE(answers.empty()) << "nobody is answered by a process that has ended";
        EXPECT_EQ(sim.notes()->size(), is_before ? 0U : 2U);

        sim.scheduler.spawn(sim.add("c", false, answers));
        ASSERT_TRUE(sim.scheduler.run());
        EXPECT_EQ(answers, std::vector<std::string>{"c:kept"});
    }
}

TEST(SimStore, a_crash_from_outside_forgets_who_waits) {
    Simulation sim;
    std::vector<std::string> answers;
    sim.scheduler.spawn(sim.add("a", false, answers));
    sim.scheduler.run(Millis{0});
    sim.store->crash();
    sim.scheduler.crash();
    ASSERT_TRUE(sim.scheduler.run());
    EXPECT_TRUE(answers.empty());
    EXPECT_TRUE(sim.notes()->empty());
    sim.scheduler.spawn(sim.add("b", false, answers));
    ASSERT_TRUE(sim.scheduler.run());
    EXPECT_EQ(answers, std::vector<std::string>{"b:kept"});
}

TEST(SimStore, a_commit_that_fails_keeps_nothing_and_one_whose_answer_is_lost_keeps_all) {  // F3, F110
    Simulation sim;
    std::vector<std::string> answers;
    sim.store->fail_commit = [](std::uint64_t) { return true; };
    sim.scheduler.spawn(sim.add("a", false, answers));
    ASSERT_TRUE(sim.scheduler.run());
    sim.store->fail_commit = nullptr;
    sim.store->lose_commit_answer = [](std::uint64_t) { return true; };
    sim.scheduler.spawn(sim.add("b", false, answers));
    ASSERT_TRUE(sim.scheduler.run());
    EXPECT_EQ(answers, (std::vector<std::string>{"a:storage_unavailable", "b:commit_unknown"}));
    EXPECT_EQ(*sim.notes(), std::vector<std::string>{"b"});
}

TEST(SimStore, every_statement_that_is_linked_in_can_be_prepared_and_a_wrong_one_is_named) {
    Simulation sim;
    std::vector<std::string> names;
    for (const Unprepared& refused : prepare_all(*sim.store))
        if (refused.statement.starts_with("notes.") || refused.statement.starts_with("store."))
            names.push_back(refused.statement);
    EXPECT_EQ(names, (std::vector<std::string>{"notes.misspelt", "notes.two_statements"}));
}

}  // namespace
}  // namespace florin::store
