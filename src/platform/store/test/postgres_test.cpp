#include "postgres.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>

#include "cutting_proxy.hpp"
#include "loop_scheduler.hpp"
#include "postgres_insert.hpp"
#include "postgres_tuning.hpp"

namespace florin::store {
namespace {

using florin::test::PostgresCluster;
using test::LoopScheduler;

const Sql insert_thing{"postgres_test.insert", "INSERT INTO things (name, amount) VALUES ($1, $2)"};
const Sql insert_and_tell{"postgres_test.insert_and_tell",
                          "INSERT INTO things (name, amount) VALUES ($1, $2) RETURNING name"};
const Sql claim_thing{"postgres_test.claim",
                      "INSERT INTO things (name, amount) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"};
const Sql add_amount{"postgres_test.add", "UPDATE things SET amount = amount + $2 WHERE name = $1"};
const Sql count_things{"postgres_test.count", "SELECT count(*) FROM things"};
const Sql select_amount{"postgres_test.amount", "SELECT amount FROM things WHERE name = $1"};
const Sql select_star{"postgres_test.star", "SELECT * FROM things ORDER BY name"};
const Sql sum_amounts{"postgres_test.sum", "SELECT sum(amount) FROM things"};
const Sql echo{"postgres_test.echo", "SELECT NULL",
               "SELECT $1::bigint, $2::text, $3::bytea, $4::uuid, $5::text, true, 7::int, 8::smallint"};
const Sql insert_kinds{"postgres_test.insert_kinds",
                       "INSERT INTO kinds (number, words, data, id) VALUES ($1, $2, $3, $4)"};
const Sql sleep_ms{"postgres_test.sleep", "SELECT 1", "SELECT pg_sleep($1::bigint / 1000.0)"};
const Sql lock_later{"postgres_test.lock", "SELECT 1", "SELECT amount FROM things WHERE name = $1 FOR UPDATE"};

const World world{system_clock(), system_random()};

PostgresCluster& cluster() {
    static PostgresCluster only;
    return only;
}

/// A database of the test's own, a store over it, and one thread of callers.
struct Fixture : ::testing::Test {
    std::string database = cluster().create_database();
    std::unique_ptr<Store> store;
    LoopScheduler loop;
    /// For callers who compete with those on `loop`.
    LoopScheduler rivals;

    void SetUp() override {
        sql("CREATE TABLE things (name TEXT PRIMARY KEY, amount BIGINT NOT NULL CHECK (amount >= 0))");
        store = open();
    }
    void TearDown() override {
        store.reset();
        loop.stop();
        rivals.stop();
    }
    std::unique_ptr<Store> open(const PostgresTuning& tuning = {}, int port = 0) {
        auto opened = open_postgres({.url = cluster().url(database, port), .connections = 6}, tuning, {}, world);
        if (!opened) throw std::runtime_error{opened.error().message};
        return std::move(*opened);
    }
    std::string sql(const std::string& statements) { return cluster().sql(database, statements); }

    template <class F>
    auto write_to(Store& to, F unit) {
        std::optional<std::invoke_result_t<F&, Tx&>> result;
        loop.finish([&]() -> Task<void> { result.emplace(co_await to.write(unit)); });
        return *result;
    }
    template <class F>
    auto write(F unit) {
        return write_to(*store, unit);
    }
    template <class F>
    auto read(F view) {
        std::optional<std::invoke_result_t<F&, Reader&>> result;
        loop.finish([&]() -> Task<void> { result.emplace(co_await store->read(view)); });
        return *result;
    }
    std::int64_t count() {
        const auto found = read([](Reader& reader) -> Result<std::int64_t> {
            return *reader.first(count_things, [](const Row& row) { return row.integer(0); });
        });
        return found ? *found : -1;
    }
    /// Submits `units` at the same moment and waits for all; what each answered, or "fault".
    using Work = std::function<Result<std::string>(Tx&)>;
    std::vector<std::string> write_all(Store& to, const std::vector<Work>& units) {
        std::vector<std::string> answers(units.size());
        std::atomic<std::size_t> left{units.size()};
        loop.call([&] {
            for (std::size_t i = 0; i < units.size(); ++i)
                loop.spawn([](Store& on, const Work& unit, std::string& answer,
                              std::atomic<std::size_t>& count_left) -> Task<void> {
                    try {
                        const auto done = co_await on.write(unit);
                        answer = done ? *done : done.error().code;
                    } catch (const Failure&) {
                        answer = "fault";
                    } catch (const std::exception& escaped) {
                        answer = escaped.what();
                    }
                    count_left.fetch_sub(1);
                    count_left.notify_all();
                }(to, units[i], answers[i], left));
        });
        for (std::size_t now = left; now > 0; now = left) left.wait(now);
        return answers;
    }
    /// Waits until one of this database's sessions waits for a lock.
    void await_blocked() {
        while (sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                   "wait_event_type = 'Lock'") == "0")
            std::this_thread::yield();
    }
};
using PostgresStore = Fixture;

/// One connection at a time writes, however long it takes, so units that wait share its next commit.
const PostgresTuning one_writer{.writing_at_once = 1, .slow_after = Millis{60'000}};

auto insert(std::string name, std::int64_t amount = 0) {
    return [name, amount](Tx& tx) -> Result<std::string> {
        tx.later(insert_thing, name, amount);
        return "kept";
    };
}
auto claim(std::string name) {
    return [name](Tx& tx) -> Result<std::string> {
        if (!tx.claim(claim_thing, name, 0)) return "taken";
        tx.later(insert_thing, name + "'s companion", 0);
        return "mine";
    };
}

/// A write that answers rows.
std::string insert_and_ask(Tx& tx, const std::string& name) {
    return *tx.first(insert_and_tell, [](const Row& row) { return row.string(0); }, name, 0);
}

/// Holds a row's lock until it ends.
class RowLock {
public:
    RowLock(const std::string& url, const std::string& name) : connection_{PQconnectdb(url.c_str())} {
        PQclear(PQexec(connection_, "BEGIN"));
        PQclear(PQexec(connection_, ("SELECT 1 FROM things WHERE name = '" + name + "' FOR UPDATE").c_str()));
    }
    ~RowLock() { PQfinish(connection_); }
    RowLock(const RowLock&) = delete;

private:
    PGconn* connection_;
};

TEST_F(PostgresStore, every_kind_of_value_comes_back_as_it_went_in) {
    const Uuid id = world.new_uuid();
    const std::vector<std::uint8_t> data{0, 1, 255};
    for (const bool is_null : {true, false, true}) {  // a NULL at first must not fix the type
        const auto text = is_null ? std::nullopt : std::optional<std::string>{"zażółć"};
        const auto number = is_null ? std::nullopt : std::optional<std::int64_t>{-9'000'000'000'000'000'000};
        const auto seen = read([&](Reader& reader) -> Result<bool> {
            reader.each(
                echo,
                [&](const Row& row) {
                    EXPECT_EQ(row.optional_integer(0), number);
                    EXPECT_EQ(row.optional_string(1), text);
                    EXPECT_EQ(row.bytes(2).size(), 3U);
                    EXPECT_EQ(row.uuid(3), id);
                    EXPECT_EQ(row.text(4), "") << "a null pointer is an empty text, not NULL";
                    EXPECT_EQ(row.integer(5), 1);
                    EXPECT_EQ(row.integer(6), 7);
                    EXPECT_EQ(row.integer(7), 8);
                },
                number, text, data, id, std::string_view{});
            return true;
        });
        EXPECT_TRUE(seen);
    }
}

TEST_F(PostgresStore, a_column_may_be_null_at_first_and_have_a_value_later) {
    sql("CREATE TABLE kinds (number BIGINT, words TEXT, data BYTEA, id UUID)");
    const std::vector<std::uint8_t> data{1};
    const auto done = write([&](Tx& tx) -> Result<bool> {
        tx.later(insert_kinds, nullptr, nullptr, nullptr, nullptr);
        tx.later(insert_kinds, 1, "one", data, world.new_uuid());
        tx.later(insert_kinds, 1, nullptr, data, nullptr);
        return true;
    });
    ASSERT_TRUE(done);
    EXPECT_EQ(sql("SELECT count(number) || ' ' || count(words) || ' ' || count(data) || ' ' || count(id) FROM kinds"),
              "2 1 2 1");
}

TEST_F(PostgresStore, a_sum_is_refused_with_advice_because_it_is_numeric) {
    std::string why;
    loop.finish([&]() -> Task<void> {
        auto sum = [](Reader& reader) -> Result<std::int64_t> {
            return *reader.first(sum_amounts, [](const Row& row) { return row.is_null(0) ? 0 : row.integer(0); });
        };
        const auto nothing = co_await store->read(sum);
        EXPECT_EQ(*nothing, 0);
        auto add = insert("a", 5);
        const auto added = co_await store->write(add);
        EXPECT_TRUE(added);
        try {
            const auto found = co_await store->read(sum);
            ADD_FAILURE() << found.has_value();
        } catch (const Failure& failure) {
            why = failure.what();
        }
    });
    EXPECT_NE(why.find("AS BIGINT"), std::string::npos) << why;
}

TEST_F(PostgresStore, units_that_wait_at_the_same_moment_share_commits) {
    std::vector<Work> units;
    for (int i = 0; i < 200; ++i) units.emplace_back(insert("thing " + std::to_string(i)));
    const auto answers = write_all(*store, units);
    EXPECT_EQ(std::ranges::count(answers, "kept"), 200);
    EXPECT_EQ(count(), 200);
    EXPECT_LT(std::stoi(sql("SELECT count(DISTINCT xmin::text) FROM things")), 100);
}

TEST_F(PostgresStore, a_unit_that_refuses_leaves_nothing_and_disturbs_nobody) {
    std::vector<Work> units;
    for (int i = 0; i < 40; ++i) {
        units.emplace_back(insert("kept " + std::to_string(i)));
        units.emplace_back([i](Tx& tx) -> Result<std::string> {
            if (i % 2 == 0) tx.later(insert_thing, "refused " + std::to_string(i), 0);
            return fail(ErrorKind::conflict, "refused", "As the test wants it.");
        });
    }
    const auto answers = write_all(*store, units);
    EXPECT_EQ(std::ranges::count(answers, "kept"), 40);
    EXPECT_EQ(std::ranges::count(answers, "refused"), 40);
    EXPECT_EQ(count(), 40);
}

TEST_F(PostgresStore, a_write_that_answers_rows_is_taken_back_like_any_other) {
    std::vector<Work> units;
    for (int i = 0; i < 40; ++i) {
        units.emplace_back(insert("kept " + std::to_string(i)));
        units.emplace_back([i](Tx& tx) -> Result<std::string> {
            insert_and_ask(tx, "refused " + std::to_string(i));
            return fail(ErrorKind::conflict, "refused", "As the test wants it.");
        });
    }
    const auto answers = write_all(*store, units);
    EXPECT_EQ(std::ranges::count(answers, "kept"), 40);
    EXPECT_EQ(std::ranges::count(answers, "refused"), 40);
    EXPECT_EQ(count(), 40);
}

TEST_F(PostgresStore, a_claim_is_true_for_exactly_one_and_false_is_told_to_the_others) {
    std::vector<Work> units;
    for (int i = 0; i < 60; ++i) units.emplace_back(claim("thing " + std::to_string(i % 20)));
    const auto answers = write_all(*store, units);
    EXPECT_EQ(std::ranges::count(answers, "mine"), 20);
    EXPECT_EQ(std::ranges::count(answers, "taken"), 40);
    EXPECT_EQ(count(), 40) << "each with its companion";
}

TEST_F(PostgresStore, a_broken_constraint_is_a_fault_of_one_unit_alone) {
    std::vector<Work> units;
    for (int i = 0; i < 30; ++i) units.emplace_back(insert(i == 7 ? "thing 3" : "thing " + std::to_string(i)));
    units.emplace_back(insert("negative", -1));
    units.emplace_back([](Tx& tx) -> Result<std::string> {
        tx.later(insert_thing, "escaping", 0);
        throw std::runtime_error{"escaped"};
    });
    const auto answers = write_all(*store, units);
    EXPECT_EQ(std::ranges::count(answers, "kept"), 29);
    EXPECT_EQ(std::ranges::count(answers, "fault"), 2);
    EXPECT_EQ(answers.back(), "escaped");
    EXPECT_EQ(count(), 29);
}

TEST_F(PostgresStore, rows_that_share_a_statement_keep_their_own_values_and_their_own_fate) {
    sql("CREATE TABLE kinds (number BIGINT, words TEXT, data BYTEA, id UUID)");
    store = open(one_writer);
    std::vector<Work> units;
    for (int i = 0; i < 150; ++i)
        units.emplace_back([i](Tx& tx) -> Result<std::string> {
            const std::string name = "thing " + std::to_string(i % 140);
            const std::vector<std::uint8_t> data(static_cast<std::size_t>(i), 7);
            const auto words = i % 3 == 0 ? std::nullopt : std::optional{name};
            if (!tx.claim(claim_thing, name, i)) return "taken";
            tx.later(insert_kinds, i, words, data, world.new_uuid());
            tx.later(add_amount, name, 1'000);
            tx.later(insert_kinds, i, nullptr, data, nullptr);
            tx.later(insert_kinds, nullptr, words, nullptr, world.new_uuid());
            tx.later(add_amount, name, 1'000);
            tx.later(insert_thing, name + " more", 1);
            return "kept";
        });
    const auto answers = write_all(*store, units);
    EXPECT_EQ(std::ranges::count(answers, "kept"), 140);
    EXPECT_EQ(std::ranges::count(answers, "taken"), 10);
    EXPECT_EQ(sql("SELECT count(*) FROM things WHERE name LIKE '% more' AND amount = 1"), "140");
    EXPECT_EQ(sql("SELECT count(*) FROM things WHERE name = 'thing ' || ((amount - 2000) % 140)"), "140");
    EXPECT_EQ(sql("SELECT count(*) FROM kinds WHERE number = length(data) AND (words IS NULL OR words LIKE 'thing %')"),
              "280");
    EXPECT_EQ(sql("SELECT count(id) FROM kinds"), "280");
}

TEST(InsertShape, only_a_plain_insert_can_have_many_rows) {
    struct Case {
        const char* why;
        const char* text;
        const char* with_two_rows;
    };
    const Case cases[] = {
        {"numbers count on", "INSERT INTO t (a, b) VALUES ($1, $2)", "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) "},
        {"a parameter may be used twice", "INSERT INTO t VALUES ($1, $1, 1 + ($2))",
         "INSERT INTO t VALUES ($1, $1, 1 + ($2)), ($3, $3, 1 + ($4)) "},
        {"quoted text is left alone", "INSERT INTO t VALUES ('$1)', $1)",
         "INSERT INTO t VALUES ('$1)', $1), ('$1)', $2) "},
        {"doing nothing is the same for all", "INSERT INTO t VALUES ($1) ON CONFLICT (a) DO NOTHING",
         "INSERT INTO t VALUES ($1), ($2) ON CONFLICT (a) DO NOTHING"},
        {"an update must not meet a row twice", "INSERT INTO t VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = 1",
         nullptr},
        {"somebody wants the rows", "INSERT INTO t VALUES ($1) RETURNING a", nullptr},
        {"has many already", "INSERT INTO t VALUES ($1), ($2)", nullptr},
        {"reads", "INSERT INTO t SELECT $1", nullptr},
        {"is no insert", "UPDATE t SET a = $1", nullptr},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        const auto shape = InsertShape::of(c.text);
        EXPECT_EQ(shape.has_value(), c.with_two_rows != nullptr);
        if (shape && c.with_two_rows != nullptr) EXPECT_EQ(shape->text(2), c.with_two_rows);
    }
}

TEST_F(PostgresStore, a_unit_sees_what_it_has_written_and_counts_what_it_changes) {
    const auto done = write([](Tx& tx) -> Result<std::int64_t> {
        tx.later(insert_thing, "a", 5);
        EXPECT_EQ(tx.run(add_amount, "a", 2), 1);
        EXPECT_EQ(tx.run(add_amount, "b", 2), 0);
        return *tx.first(select_amount, [](const Row& row) { return row.integer(0); }, "a");
    });
    ASSERT_TRUE(done);
    EXPECT_EQ(*done, 7);
}

TEST_F(PostgresStore, what_was_seen_is_forgotten_with_each_transaction) {
    auto count = [](Tx& tx) -> Result<std::string> { return std::to_string(++tx.seen().get<int>()); };
    store = open(one_writer);
    EXPECT_EQ(*write(count), "1");
    EXPECT_EQ(*write(count), "1");
}

TEST_F(PostgresStore, memory_is_forgotten_with_a_rollback_and_every_connection_is_a_lane) {
    struct Head {
        std::int64_t last = 0;
    };
    auto next = [](Tx& tx) -> Result<std::string> { return std::to_string(++tx.memory().get<Head>().last); };
    auto failing = [](Tx& tx) -> Result<std::string> {
        tx.memory().get<Head>().last = 100;
        tx.later(insert_thing, "x", 0);
        return fail(ErrorKind::conflict, "refused", "As the test wants it.");
    };
    store = open(one_writer);
    EXPECT_EQ(*write(next), "1");
    EXPECT_EQ(*write(next), "2");
    EXPECT_FALSE(write(failing));
    EXPECT_EQ(*write(next), "1");
    auto refusing = [](Tx& tx) -> Result<std::string> {
        tx.memory().get<Head>().last = 100;
        return fail(ErrorKind::conflict, "refused", "Before anything was written.");
    };
    EXPECT_FALSE(write(refusing));
    EXPECT_EQ(*write(next), "1");
    auto lane = [](Tx& tx) -> Result<std::string> { return std::string{tx.lane()}; };
    const auto before = *write(lane);
    EXPECT_EQ(before.size(), 36U);
    EXPECT_EQ(*write(lane), before);
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'florin' AND "
        "datname = current_database()");
    EXPECT_NE(*write(lane), before);
    EXPECT_EQ(*write(next), "1");
}

TEST_F(PostgresStore, a_view_is_one_snapshot_and_sees_all_that_was_acknowledged) {
    EXPECT_EQ(*write(insert("before")), "kept");
    const auto seen = read([&](Reader& reader) -> Result<bool> {
        auto number = [](const Row& row) { return row.integer(0); };
        EXPECT_EQ(*reader.first(count_things, number), 1);
        sql("INSERT INTO things VALUES ('meanwhile', 0)");
        EXPECT_EQ(*reader.first(count_things, number), 1);
        return true;
    });
    EXPECT_TRUE(seen);
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(*write(insert("thing " + std::to_string(i))), "kept");
        ASSERT_EQ(count(), i + 3);
    }
}

TEST_F(PostgresStore, a_read_without_end_is_ended_at_the_server_too_but_not_an_examination) {  // F106
    store = open({.longest_read = Millis{500}});
    const auto sleeping = [](std::int64_t ms) {
        return [ms](Reader& reader) -> Result<bool> {
            reader.each(sleep_ms, [](const Row&) {}, ms);
            return true;
        };
    };
    const auto await_nobody_sleeps = [&] {
        while (sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") != "0")
            std::this_thread::yield();
    };
    for (int round = 0; round < 2; ++round) {
        const auto endless = read(sleeping(3'600'000));
        ASSERT_FALSE(endless);
        EXPECT_EQ(endless.error().code, "storage_unavailable");
        await_nobody_sleeps();
        bool is_done = false;
        loop.finish([&]() -> Task<void> {
            auto whole = sleeping(1'500);
            const auto examined = co_await store->examine(whole);
            is_done = examined.has_value();
        });
        EXPECT_TRUE(is_done);
    }
    EXPECT_TRUE(store->is_healthy());
}

TEST_F(PostgresStore, a_reader_cannot_write) {
    std::string answer;
    loop.finish([&]() -> Task<void> {
        auto view = [](Reader& reader) -> Result<bool> {
            reader.each(insert_thing, [](const Row&) {}, "by a reader", 0);
            return true;
        };
        try {
            const auto done = co_await store->read(view);
            answer = done ? "written" : done.error().code;
        } catch (const Failure&) {
            answer = "fault";
        }
    });
    EXPECT_EQ(answer, "fault");
    EXPECT_EQ(count(), 0);
}

TEST_F(PostgresStore, units_that_deadlock_are_run_again_until_all_are_done) {  // F114
    sql("INSERT INTO things VALUES ('a', 0), ('b', 0)");
    const auto other = open();
    auto both = [](const char* first, const char* second) {
        return [first, second](Tx& tx) -> Result<std::string> {
            tx.run(add_amount, first, 1);
            tx.run(add_amount, second, 1);
            return "kept";
        };
    };
    // A deadlock that certainly happens: both hold their first row when they ask for the second.
    std::atomic<int> holding{0};
    std::atomic<int> runs{0};
    auto meet = [&](const char* first, const char* second) {
        return [&, first, second](Tx& tx) -> Result<std::string> {
            const bool is_first_run = runs.fetch_add(1) < 2;
            tx.run(add_amount, first, 1);
            if (is_first_run) {
                holding.fetch_add(1);
                holding.notify_all();
                for (int now = holding; now < 2; now = holding) holding.wait(now);
            }
            tx.run(add_amount, second, 1);
            return "kept";
        };
    };
    std::string answer;
    std::thread rival{[&] {
        rivals.finish([&]() -> Task<void> {
            auto unit = meet("b", "a");
            const auto done = co_await other->write(unit);
            answer = done ? *done : done.error().code;
        });
    }};
    const auto ours = write(meet("a", "b"));
    rival.join();
    EXPECT_EQ(ours ? *ours : ours.error().code, "kept");
    EXPECT_EQ(answer, "kept");
    EXPECT_GT(runs.load(), 2);

    std::vector<Work> units;
    for (int i = 0; i < 100; ++i) units.emplace_back(i % 2 == 0 ? both("a", "b") : both("b", "a"));
    const auto answers = write_all(*store, units);
    EXPECT_EQ(std::ranges::count(answers, "kept"), 100);
    EXPECT_EQ(sql("SELECT sum(amount) FROM things"), "204");
}

TEST_F(PostgresStore, a_session_that_is_ended_in_mid_work_is_replaced_and_the_work_done_once) {
    sql("INSERT INTO things VALUES ('a', 0)");
    auto lock = std::make_unique<RowLock>(cluster().url(database), "a");
    std::thread operators{[&] {
        await_blocked();
        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
            "wait_event_type = 'Lock'");
        await_blocked();
        lock.reset();
    }};
    const auto done = write([](Tx& tx) -> Result<bool> { return tx.run(add_amount, "a", 1) == 1; });
    operators.join();
    EXPECT_TRUE(done && *done);
    EXPECT_EQ(sql("SELECT amount FROM things"), "1");
}

TEST_F(PostgresStore, a_unit_that_waits_for_a_lock_does_not_hold_up_the_others) {
    sql("INSERT INTO things VALUES ('a', 0)");
    auto lock = std::make_unique<RowLock>(cluster().url(database), "a");
    std::string blocked;
    std::thread caller{[&] {
        rivals.finish([&]() -> Task<void> {
            auto unit = [](Tx& tx) -> Result<bool> { return tx.run(add_amount, "a", 1) == 1; };
            const auto done = co_await store->write(unit);
            blocked = done ? "done" : done.error().code;
        });
    }};
    await_blocked();
    for (int i = 0; i < 20; ++i) EXPECT_EQ(*write(insert("thing " + std::to_string(i))), "kept");
    lock.reset();
    caller.join();
    EXPECT_EQ(blocked, "done");
}

TEST_F(PostgresStore, beyond_its_bound_the_queue_refuses_at_once) {  // F115
    sql("INSERT INTO things VALUES ('a', 0)");
    store = open({.waiting = 10});
    auto lock = std::make_unique<RowLock>(cluster().url(database), "a");
    std::atomic<int> answered{0};
    std::vector<std::string> answers(60);
    auto unit = [](Tx& tx) -> Result<std::string> {
        tx.run(add_amount, "a", 1);
        return "kept";
    };
    loop.call([&] {
        for (std::string& answer : answers)
            loop.spawn([](Store& to, decltype(unit) work, std::string& out, std::atomic<int>& done) -> Task<void> {
                const auto result = co_await to.write(work);
                out = result ? *result : result.error().code;
                done.fetch_add(1);
                done.notify_all();
            }(*store, unit, answer, answered));
    });
    answered.wait(0);
    lock.reset();
    for (int now = answered; now < 60; now = answered) answered.wait(now);
    const auto kept = std::ranges::count(answers, "kept");
    EXPECT_GE(kept, 10);
    EXPECT_EQ(kept + std::ranges::count(answers, "storage_unavailable"), 60);
    EXPECT_LT(kept, 60);
    EXPECT_EQ(sql("SELECT amount FROM things"), std::to_string(kept));
}

TEST_F(PostgresStore, a_server_that_is_gone_means_unavailable_and_work_goes_on_when_it_is_back) {
    EXPECT_EQ(*write(insert("before")), "kept");
    cluster().stop();
    const auto refused = write(insert("lost"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(count(), -1);
    EXPECT_FALSE(store->is_healthy());
    cluster().start();
    while (!write(insert("after"))) {
    }
    while (count() == -1) {
    }
    EXPECT_EQ(count(), 2);
    EXPECT_TRUE(store->is_healthy()) << "no restart of ours is needed";
}

/// The same database on another server, which takes writes while the test's own takes none.
class Successor {
public:
    explicit Successor(const std::string& database) : database_{database} {
        server_.sql("postgres", "CREATE DATABASE " + database);
        sql("CREATE TABLE things (name TEXT PRIMARY KEY, amount BIGINT NOT NULL CHECK (amount >= 0))");
    }
    ~Successor() { demote(false); }
    std::string sql(const std::string& statements) { return server_.sql(database_, statements); }
    /// The first server goes on answering, but is no primary any more: existing sessions, too, may only read.
    static void demote(bool is_demoted) {
        cluster().sql("postgres", is_demoted ? "ALTER SYSTEM SET default_transaction_read_only = on"
                                             : "ALTER SYSTEM RESET default_transaction_read_only");
        cluster().sql("postgres", "SELECT pg_reload_conf()");
    }
    /// Names both, the demoted one first.
    std::string url_of_both() const {
        return "postgresql://florin@127.0.0.1:" + std::to_string(cluster().port()) +
               ",127.0.0.1:" + std::to_string(server_.port()) + "/" + database_;
    }

private:
    std::string database_;
    PostgresCluster server_;
};

TEST_F(PostgresStore, a_server_that_is_no_primary_any_more_is_left_for_the_one_that_is) {  // F111
    Successor successor{database};
    auto opened = open_postgres({.url = successor.url_of_both(), .connections = 6}, {}, {}, world);
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(*write(insert("before " + std::to_string(i))), "kept");
    EXPECT_EQ(sql("SELECT count(*) FROM things"), "20");

    Successor::demote(true);
    // The server hears of it a moment later. A write goes to the one or to the other, and is kept where it went.
    int kept = 20;
    for (int tries = 0; successor.sql("SELECT count(*) FROM things") == "0"; ++tries) {
        ASSERT_LT(tries, 1'000) << "it never goes to the other";
        if (write(insert("meanwhile " + std::to_string(kept)))) ++kept;
    }
    for (int i = 0; i < 20; ++i) EXPECT_EQ(*write(insert("after " + std::to_string(i))), "kept");
    EXPECT_EQ(std::stoi(sql("SELECT count(*) FROM things")) + std::stoi(successor.sql("SELECT count(*) FROM things")),
              kept + 20);
    EXPECT_EQ(sql("SELECT count(*) FROM things WHERE name LIKE 'after%'"), "0");
    EXPECT_TRUE(store->is_healthy());
}

TEST_F(PostgresStore, a_commit_whose_answer_is_lost_is_unknown_and_reading_tells) {  // F109, F110
    using test::CuttingProxy;
    for (const auto cut : {CuttingProxy::Cut::after_commit_is_done, CuttingProxy::Cut::before_commit_arrives}) {
        const bool is_kept = cut == CuttingProxy::Cut::after_commit_is_done;
        SCOPED_TRACE(is_kept ? "committed" : "not committed");
        CuttingProxy proxy{cluster().port()};
        const auto through = open(one_writer, proxy.port());
        auto lane = [](Tx& tx) -> Result<std::string> { return std::string{tx.lane()}; };
        const std::string lane_before = *write_to(*through, lane);
        proxy.arm(cut);
        int runs = 0;
        const auto done = write_to(*through, [&](Tx& tx) -> Result<std::string> {
            ++runs;
            tx.later(insert_thing, is_kept ? "kept" : "lost", 0);
            return "done";
        });
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().kind, ErrorKind::outcome_unknown);
        EXPECT_EQ(proxy.cuts(), 1);
        EXPECT_EQ(runs, 1) << "what may have happened is not done again";
        EXPECT_EQ(count(), 1);
        EXPECT_NE(*write_to(*through, lane), lane_before) << "nobody knows where the lane stands";
    }
}

TEST_F(PostgresStore, of_an_unknown_commit_a_write_that_answered_rows_may_have_happened) {  // F110
    test::CuttingProxy proxy{cluster().port()};
    const auto through = open(one_writer, proxy.port());
    EXPECT_TRUE(write_to(*through, insert("first")));
    proxy.arm(test::CuttingProxy::Cut::after_commit_is_done);
    const auto done =
        write_to(*through, [](Tx& tx) -> Result<std::string> { return insert_and_ask(tx, "kept all the same"); });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, "commit_unknown");
    EXPECT_EQ(count(), 2);
}

TEST_F(PostgresStore, of_an_unknown_commit_what_wrote_nothing_has_not_happened) {  // F110
    test::CuttingProxy proxy{cluster().port()};
    const auto through = open(one_writer, proxy.port());
    sql("INSERT INTO things VALUES ('a', 0)");
    std::vector<Work> units(30, [](Tx& tx) -> Result<std::string> {
        return std::to_string(*tx.first(count_things, [](const Row& row) { return row.integer(0); }));
    });
    for (int i = 0; i < 30; ++i) units.emplace_back(insert("thing " + std::to_string(i)));
    EXPECT_TRUE(write_to(*through, insert("first")));
    proxy.arm(test::CuttingProxy::Cut::after_commit_is_done);
    const auto answers = write_all(*through, units);
    EXPECT_EQ(proxy.cuts(), 1);
    const std::span readers = std::span{answers}.first(30);
    const std::span writers = std::span{answers}.last(30);
    EXPECT_EQ(std::ranges::count(readers, "commit_unknown"), 0);
    EXPECT_EQ(std::ranges::count(writers, "storage_unavailable"), 0);
    const auto unknown = std::ranges::count(writers, "commit_unknown");
    EXPECT_EQ(std::ranges::count(writers, "kept") + unknown, 30);
    EXPECT_EQ(count(), 32);
}

TEST_F(PostgresStore, what_a_migration_changes_under_a_prepared_statement_is_prepared_anew) {
    auto all = [](Tx& tx) -> Result<std::string> {
        std::string found;
        tx.each(select_star, [&](const Row& row) { found += row.string(0); });
        return found;
    };
    EXPECT_EQ(*write(insert("a")), "kept");
    EXPECT_EQ(*write(all), "a");
    sql("ALTER TABLE things ADD COLUMN more TEXT");
    EXPECT_EQ(*write(all), "a");
}

TEST_F(PostgresStore, two_stores_over_one_database_share_the_work) {
    sql("INSERT INTO things VALUES ('counter', 0)");
    const auto other = open();
    std::vector<Work> units;
    for (int i = 0; i < 150; ++i)
        units.emplace_back([i](Tx& tx) -> Result<std::string> {
            tx.later(add_amount, "counter", 1);
            return tx.claim(claim_thing, "thing " + std::to_string(i), 0) ? "mine" : "taken";
        });
    std::vector<std::string> theirs;
    std::atomic<int> left{150};
    theirs.resize(150);
    rivals.call([&] {
        for (std::size_t i = 0; i < 150; ++i)
            rivals.spawn([](Store& to, const Work& unit, std::string& out, std::atomic<int>& count_left) -> Task<void> {
                const auto done = co_await to.write(unit);
                out = done ? *done : done.error().code;
                count_left.fetch_sub(1);
                count_left.notify_all();
            }(*other, units[i], theirs[i], left));
    });
    const auto ours = write_all(*store, units);
    for (int now = left; now > 0; now = left) left.wait(now);
    for (std::size_t i = 0; i < 150; ++i)
        EXPECT_TRUE((ours[i] == "mine" && theirs[i] == "taken") || (ours[i] == "taken" && theirs[i] == "mine"))
            << i << ours[i] << theirs[i];
    EXPECT_EQ(sql("SELECT amount FROM things WHERE name = 'counter'"), "300");
}

TEST_F(PostgresStore, closing_answers_everybody_who_still_waits) {
    sql("INSERT INTO things VALUES ('a', 0)");
    const RowLock lock{cluster().url(database), "a"};
    std::atomic<int> answered{0};
    std::vector<std::string> answers(20);
    auto unit = [](Tx& tx) -> Result<std::string> {
        tx.run(add_amount, "a", 1);
        return "kept";
    };
    loop.call([&] {
        for (std::string& answer : answers)
            loop.spawn([](Store& to, decltype(unit) work, std::string& out, std::atomic<int>& done) -> Task<void> {
                const auto result = co_await to.write(work);
                out = result ? *result : result.error().code;
                done.fetch_add(1);
                done.notify_all();
            }(*store, unit, answer, answered));
    });
    await_blocked();
    store.reset();
    for (int now = answered; now < 20; now = answered) answered.wait(now);
    EXPECT_EQ(std::ranges::count(answers, "storage_unavailable"), 20);
}

TEST_F(PostgresStore, only_one_process_migrates_and_a_newer_schema_is_refused) {  // F116
    const Migration known[] = {{1, "first", "CREATE TABLE one (id @id NOT NULL, at @int, data @bytes) @strict;\n"},
                               {2, "second", "ALTER TABLE one ADD COLUMN more TEXT;\n"}};
    std::vector<std::thread> processes;
    std::atomic<int> done{0};
    for (int i = 0; i < 4; ++i)
        processes.emplace_back([&] {
            const auto migrated = migrate_postgres(cluster().url(database), known, world);
            if (migrated && migrated->to == 2) done.fetch_add(1);
        });
    for (std::thread& process : processes) process.join();
    EXPECT_EQ(done.load(), 4);
    EXPECT_EQ(sql("SELECT count(*) FROM schema_migrations"), "2");
    const auto older = migrate_postgres(cluster().url(database), std::span{known, 1}, world);
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().code, "schema_too_new");
}

TEST(PostgresOpening, the_programs_own_schema_is_made_here_too_and_every_statement_prepared) {
    const std::string url = cluster().url(cluster().create_database());
    auto opened = open_postgres({.url = url, .connections = 2}, world);
    ASSERT_TRUE(opened) << opened.error().message;
    for (const Sql* sql : Sql::all()) {
        const std::string_view name{sql->name()};
        const bool is_of_a_test = name.starts_with("notes.") || name.starts_with("postgres_test.");
        if (!is_of_a_test) EXPECT_EQ((*opened)->why_not(*sql), "") << name;
    }
    EXPECT_NE((*opened)->why_not(insert_thing), "") << "there is no such table here";
}

TEST(PostgresOpening, a_server_that_is_not_there_is_unavailable) {
    const auto opened = open_postgres({.url = "postgresql://nobody@127.0.0.1:1/nothing"}, world);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace florin::store
