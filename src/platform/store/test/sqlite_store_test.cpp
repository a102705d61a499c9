#include <gtest/gtest.h>
#include <sys/stat.h>

#include <latch>

#include "store_world.hpp"

namespace florin::store {
namespace {

using test::Directory;
using test::Gate;
using test::Notes;
using test::OpenStore;
using Names = std::vector<std::string>;

/// Submits units that are sure to share one commit, and gathers their answers in order.
class Together {
public:
    explicit Together(OpenStore& store) : store_{store} {}
    void add(std::function<Result<std::int64_t>(Tx&)> unit) { units_.push_back(std::move(unit)); }
    Names run() {
        Names answers(units_.size());
        std::latch all{static_cast<std::ptrdiff_t>(units_.size()) + 1};
        Gate gate;
        auto hold = [&](Tx&) -> Result<std::int64_t> {
            gate.wait();
            return 0;
        };
        const auto submit = [&](std::function<Result<std::int64_t>(Tx&)> unit, std::string* answer) {
            store_.loop().call([&, unit = std::move(unit), answer] {
                store_.loop().spawn([](Store& to, auto work, std::string* out, std::latch& done) -> Task<void> {
                    try {
                        const auto result = co_await to.write(work);
                        if (out != nullptr) *out = result ? std::to_string(*result) : result.error().code;
                    } catch (const std::exception& escaped) {
                        if (out != nullptr) *out = std::string{"exception: "} + escaped.what();
                    }
                    done.count_down();
                }(*store_, unit, answer, all));
            });
        };
        submit(hold, nullptr);
        gate.wait_for_arrival();
        for (std::size_t at = 0; at < units_.size(); ++at) submit(units_[at], &answers[at]);
        // When this has run on the same thread, so have the submissions.
        store_.loop().finish([]() -> Task<void> { co_return; });
        gate.open();
        all.wait();
        return answers;
    }

private:
    OpenStore& store_;
    std::vector<std::function<Result<std::int64_t>(Tx&)>> units_;
};

std::function<Result<std::int64_t>(Tx&)> adding(std::string text) {
    return [text = std::move(text)](Tx& tx) -> Result<std::int64_t> {
        Notes::add(tx, text);
        return 1;
    };
}

TEST(SqliteStore, what_was_acknowledged_is_there_after_opening_again) {
    const Directory directory;
    {
        OpenStore store{directory.data()};
        ASSERT_TRUE(store.add("first"));
        EXPECT_EQ(store.notes(), Names{"first"}) << "and a reader sees it at once";
    }
    OpenStore store{directory.data()};
    EXPECT_EQ(store.notes(), Names{"first"});
}

TEST(SqliteStore, one_that_refuses_among_many_leaves_nothing_and_costs_the_others_nothing) {
    const Directory directory;
    OpenStore store{directory.data()};
    std::atomic<int> runs{0};
    Together together{store};
    for (int i = 0; i < 50; ++i)
        together.add([&runs, i](Tx& tx) -> Result<std::int64_t> {
            ++runs;
            Notes::add(tx, std::to_string(i));
            if (i == 30) return fail(ErrorKind::conflict, "refused", "As the test wants it.");
            return i;
        });
    const Names answers = together.run();
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(answers[static_cast<std::size_t>(i)], i == 30 ? "refused" : std::to_string(i));
    EXPECT_EQ(store.notes().size(), 49U);
    EXPECT_EQ(runs, 31 + 50) << "only a batch in which something must be undone runs again";
}

TEST(SqliteStore, one_that_refuses_before_it_has_written_makes_nobody_run_again) {
    const Directory directory;
    OpenStore store{directory.data()};
    std::atomic<int> runs{0};
    Together together{store};
    for (int i = 0; i < 3; ++i)
        together.add([&runs, i](Tx& tx) -> Result<std::int64_t> {
            ++runs;
            if (i == 1 && Notes::count(tx) == 1) return fail(ErrorKind::conflict, "refused", "As the test wants it.");
            Notes::add(tx, std::to_string(i));
            return i;
        });
    EXPECT_EQ(together.run(), (Names{"0", "refused", "2"}));
    EXPECT_EQ(runs, 3);
}

TEST(SqliteStore, a_broken_constraint_or_an_exception_is_the_units_own_fault) {
    const Directory directory;
    OpenStore store{directory.data()};
    Together together{store};
    together.add(adding("a"));
    together.add(adding("impossible"));
    together.add([](Tx& tx) -> Result<std::int64_t> {
        Notes::add(tx, "thrown away");
        throw std::logic_error{"of the unit's own"};
    });
    together.add(adding("b"));
    const Names answers = together.run();
    EXPECT_EQ(answers[0], "1");
    EXPECT_TRUE(answers[1].starts_with("exception: notes.insert: CHECK constraint failed")) << answers[1];
    EXPECT_EQ(answers[2], "exception: of the unit's own");
    EXPECT_EQ(answers[3], "1");
    EXPECT_EQ(store.notes(), (Names{"a", "b"}));
    EXPECT_TRUE((*store).is_healthy());
}

struct LastNumber {
    std::optional<std::int64_t> value;
};
/// Takes the next number from memory, or from the table when nothing is remembered.
Result<std::int64_t> take_number(Tx& tx, bool does_refuse, bool does_write) {
    LastNumber& last = tx.memory().get<LastNumber>();
    if (!last.value) last.value = Notes::count(tx);
    const std::int64_t mine = ++*last.value;
    if (does_write) Notes::add(tx, "number " + std::to_string(mine));
    if (does_refuse) return fail(ErrorKind::conflict, "refused", "As the test wants it.");
    return mine;
}

TEST(SqliteStore, memory_agrees_with_the_database_whatever_is_undone) {
    const Directory directory;
    OpenStore store{directory.data()};
    Together together{store};
    for (int i = 0; i < 9; ++i) together.add([i](Tx& tx) { return take_number(tx, i % 3 == 1, i != 4); });
    EXPECT_EQ(together.run(), (Names{"1", "refused", "2", "3", "refused", "4", "5", "refused", "6"}));
    Together later{store};
    later.add([](Tx& tx) { return take_number(tx, true, false); });
    later.add([](Tx& tx) { return take_number(tx, false, true); });
    EXPECT_EQ(later.run(), (Names{"refused", "7"}));
}

TEST(SqliteStore, what_was_seen_is_known_to_those_who_share_the_commit_and_to_nobody_later) {
    const auto look = [](bool does_refuse) {
        return [does_refuse](Tx& tx) -> Result<std::int64_t> {
            LastNumber& seen = tx.seen().get<LastNumber>();
            if (!seen.value) seen.value = Notes::count(tx);
            const std::int64_t mine = *seen.value;
            Notes::add(tx, "note " + std::to_string(Notes::count(tx)));
            if (does_refuse) return fail(ErrorKind::conflict, "refused", "As the test wants it.");
            return mine;
        };
    };
    const Directory directory;
    OpenStore store{directory.data()};
    Together together{store};
    for (int i = 0; i < 2; ++i) together.add(look(false));
    EXPECT_EQ(together.run(), (Names{"0", "0"}));
    Together with_one_undone{store};
    for (int i = 0; i < 3; ++i) with_one_undone.add(look(i == 1));
    EXPECT_EQ(with_one_undone.run(), (Names{"2", "refused", "3"})) << "who reads after an undone one reads anew";
}

TEST(SqliteStore, a_claim_is_true_for_the_first_and_false_for_the_second) {
    const Directory directory;
    OpenStore store{directory.data()};
    Together together{store};
    for (int i = 0; i < 2; ++i)
        together.add([](Tx& tx) -> Result<std::int64_t> { return Notes::claim(tx, "one place") ? 1 : 0; });
    together.add([](Tx& tx) -> Result<std::int64_t> {
        Notes::add_later(tx, "later");
        return Notes::count(tx);
    });
    EXPECT_EQ(together.run(), (Names{"1", "0", "2"}));
}

TEST(SqliteStore, parameters_arrive_in_their_places_whatever_their_order_in_the_text) {
    const Directory directory;
    OpenStore store{directory.data()};
    const Uuid id{0xc5, 0x60};
    ASSERT_TRUE(store.write([&](Tx& tx) -> Result<bool> {
        Notes::add(tx, "");
        Notes::add_every_kind(tx, -7, "it's", id, std::nullopt);
        return true;
    }));
    EXPECT_EQ(store.notes(), (Names{"", "number -7 text it's $1 id C5600000000000000000000000000000 null"}));
}

TEST(SqliteStore, a_query_may_run_inside_another_of_the_same_text) {
    const Directory directory;
    OpenStore store{directory.data()};
    ASSERT_TRUE(store.add("a"));
    ASSERT_TRUE(store.add("b"));
    EXPECT_EQ(*store.read([](Reader& reader) -> Result<Names> { return Notes::pairs(reader); }),
              (Names{"aa", "ab", "ba", "bb"}));
}

TEST(SqliteStore, a_reader_does_not_write) {  // F107
    const Directory directory;
    OpenStore store{directory.data()};
    bool has_thrown = false;
    store.loop().finish([&]() -> Task<void> {
        auto view = [](Reader& reader) -> Result<bool> {
            Notes::add_by_reading(reader);
            return true;
        };
        try {
            (void)co_await (*store).read(view);
        } catch (const Failure& failure) {
            has_thrown = failure.kind == Failure::Kind::fault;
        }
    });
    EXPECT_TRUE(has_thrown);
    EXPECT_TRUE(store.notes().empty());
}

TEST(SqliteStore, a_read_finds_what_was_acknowledged_before_it_however_many_reads_went_before) {
    const Directory directory;
    OpenStore store{directory.data()};
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) {
        for (int read = 0; read < 3; ++read) EXPECT_EQ(store.notes(), expected);
        expected.push_back("note " + std::to_string(100 + i));
        ASSERT_TRUE(store.add(expected.back()));
    }
}

TEST(SqliteStore, a_reader_that_rests_does_not_keep_the_log_from_starting_anew) {  // F106
    const Directory directory;
    OpenStore store{directory.data()};
    const std::string text(1 << 20, 'x');
    for (int i = 0; i < 64; ++i) {
        ASSERT_TRUE(store.add(std::to_string(i) + text));
        const auto look = [](Reader& reader) -> Result<bool> { return reader.engine() == Engine::sqlite; };
        const auto read = [](Reader& reader) -> Result<bool> { return !Notes::all(reader).empty(); };
        ASSERT_TRUE(i % 2 == 0 ? store.read(read) : store.read(look));
    }
    EXPECT_LT(std::filesystem::file_size(directory.data() + "/florin.db-wal"), 48U << 20);
}

TEST(SqliteStore, a_read_without_end_is_ended_and_the_store_stays_well) {  // F106
    const Directory directory;
    OpenStore store{directory.data(), {.longest_read = Millis{20}}};
    const auto endless = store.read([](Reader& reader) -> Result<bool> {
        Notes::read_for_ever(reader);
        return true;
    });
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().code, "storage_unavailable");
    EXPECT_TRUE((*store).is_healthy());
    EXPECT_TRUE(store.notes().empty());
}

TEST(SqliteStore, an_examination_takes_as_long_as_it_takes) {
    const Directory directory;
    OpenStore store{directory.data(), {.longest_read = Millis{0}}};
    const auto all = [](Reader& reader) -> Result<int> {
        int pages = 0;
        for (; pages < 20'000; ++pages) Notes::count(reader);
        return pages;
    };
    const auto read = store.read(all);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "storage_unavailable");
    const auto examined = store.examine(all);
    ASSERT_TRUE(examined) << examined.error().message;
    EXPECT_EQ(*examined, 20'000);
}

TEST(SqliteStore, more_units_than_may_wait_are_refused_at_once) {  // F115
    const Directory directory;
    OpenStore store{directory.data(), {.waiting_units = 2}};
    Together together{store};
    for (const char* text : {"a", "b", "c"}) together.add(adding(text));
    EXPECT_EQ(together.run(), (Names{"1", "1", "storage_unavailable"}));
    EXPECT_EQ(store.notes(), (Names{"a", "b"}));
}

TEST(SqliteStore, callers_on_several_threads_all_get_their_own_answer_on_their_own_thread) {
    const Directory directory;
    constexpr int threads = 4;
    constexpr int callers = 8;
    constexpr int units = 40;
    std::atomic<int> wrong{0};
    std::latch all{threads * callers};
    // Declared first: a scheduler outlives the store that answers its callers.
    test::LoopScheduler loops[threads];
    OpenStore store{directory.data(), {.units_per_commit = 16}};
    const auto call = [&](Scheduler& home, int caller) -> Task<void> {
        for (int i = 0; i < units; ++i) {
            const std::string text = std::to_string(caller) + "/" + std::to_string(i);
            auto unit = [&](Tx& tx) -> Result<std::string> {
                Notes::add(tx, text);
                if (i % 10 == 9) return fail(ErrorKind::conflict, text, "As the test wants it.");
                return text;
            };
            const auto answer = co_await (*store).write(unit);
            if (&Scheduler::current() != &home) ++wrong;
            if ((answer ? *answer : answer.error().code) != text || answer.has_value() != (i % 10 != 9)) ++wrong;
            auto view = [&](Reader& reader) -> Result<bool> {
                return std::ranges::count(Notes::all(reader), text) == 1;
            };
            const auto is_seen = co_await (*store).read(view);
            if (!is_seen || *is_seen != answer.has_value()) ++wrong;
        }
        all.count_down();
    };
    for (int thread = 0; thread < threads; ++thread)
        for (int caller = 0; caller < callers; ++caller)
            loops[thread].call(
                [&, thread, caller] { loops[thread].spawn(call(loops[thread], thread * callers + caller)); });
    all.wait();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(store.notes().size(), static_cast<std::size_t>(threads * callers * units / 10 * 9));
}

TEST(SqliteStore, what_waits_when_the_store_closes_is_still_written) {
    const Directory directory;
    std::atomic<int> answered{0};
    {
        OpenStore store{directory.data()};
        store.loop().finish([&]() -> Task<void> {
            for (int i = 0; i < 20; ++i)
                Scheduler::current().spawn([](Store& to, std::string text, std::atomic<int>& done) -> Task<void> {
                    auto unit = adding(text);
                    const auto answer = co_await to.write(unit);
                    if (answer) ++done;
                }(*store, std::to_string(i), answered));
            co_return;
        });
        // Those that were spawned are submitted before this runs.
        store.loop().finish([]() -> Task<void> { co_return; });
    }
    EXPECT_EQ(answered, 20);
    OpenStore store{directory.data()};
    EXPECT_EQ(store.notes().size(), 20U);
}

TEST(SqliteStore, a_data_directory_is_for_one_store_and_for_its_owners_eyes) {  // F107
    const Directory directory;
    {
        OpenStore store{directory.data()};
        const auto second = open_sqlite(directory.data(), test::system_world());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, "data_directory_in_use");
        EXPECT_EQ(second.error().kind, ErrorKind::conflict);
        EXPECT_EQ(migrate_sqlite(directory.data(), test::system_world()).error().code, "data_directory_in_use");
        ASSERT_TRUE(store.add("so that there is a log"));
        const auto mode = [&](const std::string& file) {
            struct stat found{};
            EXPECT_EQ(stat((directory.data() + file).c_str(), &found), 0) << file;
            return found.st_mode & 0777U;
        };
        EXPECT_EQ(mode(""), 0700U);
        for (const char* file : {"/florin.db", "/florin.db-wal", "/florin.db-shm", "/florin.lock"})
            EXPECT_EQ(mode(file), 0600U) << file;
    }
    OpenStore again{directory.data()};
    EXPECT_EQ(again.notes().size(), 1U);
}

TEST(SqliteStore, a_directory_that_cannot_be_is_an_error_and_not_the_end) {
    const auto opened = open_sqlite("/dev/null/data", test::system_world());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "data_directory_unusable");
}

}  // namespace
}  // namespace florin::store
