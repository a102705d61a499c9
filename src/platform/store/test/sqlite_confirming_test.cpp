// While a commit is on its way to the disk the next units run, and nobody hears of what is not confirmed.

#include <gtest/gtest.h>

#include <latch>

#include "disk_calls.hpp"
#include "store_world.hpp"

namespace florin::store {
namespace {

using test::Directory;
using test::Gate;
using test::Notes;
using test::OpenStore;
using Names = std::vector<std::string>;

/// While it lives, the disk confirms nothing before `open`.
class SlowDisk {
public:
    SlowDisk() {
        gate = std::make_unique<Gate>();
        test::before_sync = [](int) { gate->wait(); };
    }
    ~SlowDisk() { open(); }
    SlowDisk(const SlowDisk&) = delete;
    void wait_for_arrival() { gate->wait_for_arrival(); }
    void open() {
        test::before_sync = nullptr;
        gate->open();
    }

private:
    static inline std::unique_ptr<Gate> gate;
};

/// Callers of a store, all on its loop.
class Callers {
public:
    explicit Callers(OpenStore& store) : store_{store} {}
    /// Lets go of the disk before the store waits for it.
    ~Callers() { finish(); }
    Callers(const Callers&) = delete;

    /// Answers at once; what came of it is in `answers`.
    void write(std::string text, bool refuses = false) {
        spawn([this, text = std::move(text), refuses]() -> Task<void> {
            auto unit = [&](Tx& tx) -> Result<bool> {
                Notes::add(tx, text);
                if (refuses) return fail(ErrorKind::conflict, "refused", {});
                return true;
            };
            const auto answer = co_await (*store_).write(unit);
            note(text + (answer ? "" : " " + answer.error().code));
        });
    }
    void read() {
        spawn([this]() -> Task<void> {
            auto view = [](Reader& reader) -> Result<Names> { return Notes::all(reader); };
            const auto found = co_await (*store_).read(view);
            std::string all = "read:";
            for (const std::string& one : *found) all += " " + one;
            note(all);
        });
    }
    Names answers() {
        // When this has run on the same thread, so have those that were posted before.
        store_.loop().finish([]() -> Task<void> { co_return; });
        const std::lock_guard lock{mutex_};
        return answers_;
    }
    /// Until all are answered.
    void finish() {
        for (int left = left_; left > 0; left = left_) left_.wait(left);
    }

private:
    template <class F>
    void spawn(F work) {
        ++left_;
        store_.loop().call([this, work] {
            store_.loop().spawn([](Callers& self, F of) -> Task<void> {
                co_await of();
                if (--self.left_ == 0) self.left_.notify_all();
            }(*this, work));
        });
    }
    void note(std::string answer) {
        const std::lock_guard lock{mutex_};
        answers_.push_back(std::move(answer));
    }
    OpenStore& store_;
    std::mutex mutex_;
    Names answers_;
    std::atomic<int> left_{0};
};

/// Only where commits are shared does the writer go on before the disk has confirmed.
void make_busy(OpenStore& store) {
    Gate gate;
    Callers callers{store};
    store.loop().call([&] {
        store.loop().spawn([](Store& to, Gate& until) -> Task<void> {
            auto hold = [&](Tx&) -> Result<bool> {
                until.wait();
                return true;
            };
            co_await to.write(hold);
        }(*store, gate));
    });
    gate.wait_for_arrival();
    for (int i = 0; i < 60; ++i) callers.write("busy " + std::to_string(i));
    static_cast<void>(callers.answers());
    gate.open();
    callers.finish();
}

Names without_busy(Names found) {
    std::erase_if(found, [](const std::string& each) { return each.starts_with("busy"); });
    return found;
}

TEST(SqliteConfirming, who_reads_what_is_not_confirmed_hears_of_it_when_it_is) {  // F101
    const Directory directory;
    OpenStore store{directory.data()};
    make_busy(store);
    Callers callers{store};
    SlowDisk disk;
    callers.write("first");
    disk.wait_for_arrival();
    callers.read();
    EXPECT_TRUE(callers.answers().empty()) << "the disk may still lose it";
    disk.open();
    callers.finish();
    const Names answers = callers.answers();
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[0], "first");
    EXPECT_TRUE(answers[1].ends_with(" first")) << answers[1];
}

TEST(SqliteConfirming, a_view_that_asks_nothing_keeps_no_snapshot_for_the_next) {  // F101
    const Directory directory;
    OpenStore store{directory.data()};
    make_busy(store);
    ASSERT_TRUE(store.read([](Reader&) -> Result<bool> { return true; }));
    Callers callers{store};
    SlowDisk disk;
    callers.write("first");
    disk.wait_for_arrival();
    callers.read();
    EXPECT_TRUE(callers.answers().empty()) << "the disk may still lose it";
    disk.open();
    callers.finish();
    EXPECT_EQ(callers.answers().size(), 2U);
}

TEST(SqliteConfirming, who_writes_nothing_does_not_wait_for_the_disk) {
    const Directory directory;
    OpenStore store{directory.data()};
    ASSERT_TRUE(store.add("before"));
    const SlowDisk disk;
    const auto found = store.write([](Tx& tx) -> Result<std::int64_t> { return Notes::count(tx); });
    EXPECT_EQ(found.value_or(0), 1);
}

TEST(SqliteConfirming, who_joins_a_commit_late_is_told_the_time_at_which_it_runs) {
    const Directory directory;
    OpenStore store{directory.data()};
    make_busy(store);
    Callers callers{store};
    SlowDisk disk;
    callers.write("first");
    disk.wait_for_arrival();
    callers.write("second");
    EXPECT_TRUE(callers.answers().empty());
    std::this_thread::sleep_for(Millis{5});
    const Instant submitted = system_clock().now();
    std::optional<Instant> ran;
    std::jthread later{[&] {
        std::this_thread::sleep_for(Millis{5});
        disk.open();
    }};
    ASSERT_TRUE(store.write([&](Tx& tx) -> Result<bool> {
        ran = tx.now();
        return true;
    }));
    EXPECT_GE(*ran, submitted);
    callers.finish();
}

TEST(SqliteConfirming, who_reads_often_is_shown_what_was_confirmed_last_without_waiting) {
    const Directory directory;
    OpenStore store{directory.data()};
    make_busy(store);
    ASSERT_TRUE(store.notes().size() == 60U);
    ASSERT_TRUE(store.add("before"));
    Callers callers{store};
    SlowDisk disk;
    callers.write("first");
    disk.wait_for_arrival();
    EXPECT_EQ(without_busy(store.notes()), Names{"before"});
    disk.open();
    callers.finish();
    EXPECT_EQ(without_busy(store.notes()), (Names{"before", "first"}));
}

TEST(SqliteConfirming, what_comes_meanwhile_shares_the_next_commit_and_who_refuses_leaves_nothing) {
    for (const bool is_early : {false, true}) {
        const Directory directory;
        OpenStore store{directory.data()};
        make_busy(store);
        Callers callers{store};
        SlowDisk disk;
        callers.write("first");
        disk.wait_for_arrival();
        callers.write("second", is_early);
        EXPECT_TRUE(callers.answers().empty());
        // The writer has most likely run it by now, and these join it.
        std::this_thread::sleep_for(Millis{5});
        callers.write("third", true);
        callers.write("fourth");
        EXPECT_TRUE(callers.answers().empty());
        disk.open();
        callers.finish();
        const std::string second = is_early ? "second refused" : "second";
        EXPECT_EQ(callers.answers(), (Names{"first", second, "third refused", "fourth"}));
        Names kept{"first", "fourth"};
        if (!is_early) kept.emplace_back("second");
        EXPECT_EQ(without_busy(store.notes()), kept);
    }
}

TEST(SqliteConfirming, a_store_that_closes_confirms_what_is_on_its_way_first) {
    const Directory directory;
    {
        auto store = std::make_unique<OpenStore>(directory.data());
        make_busy(*store);
        Callers callers{*store};
        callers.write("first");
        callers.write("second");
        callers.finish();
    }
    OpenStore store{directory.data()};
    EXPECT_EQ(without_busy(store.notes()), (Names{"first", "second"}));
}

}  // namespace
}  // namespace florin::store
