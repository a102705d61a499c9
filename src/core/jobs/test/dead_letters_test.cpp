#include "florin/jobs/dead_letters.hpp"

#include <gtest/gtest.h>

#include "florin/jobs/worker.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"
#include "florin/telemetry/log.hpp"
#include "jobs_world.hpp"

namespace florin::jobs {
namespace {

class DeadLetters : public testing::Test {
protected:
    DeadLetters() {
        telemetry::configure_log({.clock = clock, .sink = [](std::string_view) {}});
        worker.handle("mail", {.retry = {.strategy = RetryStrategy::cancel}},
                      [this](const Job& job) -> Task<Result<void>> {
                          ran.push_back(job.payload);
                          if (is_broken) co_return fail(ErrorKind::unavailable, "no_luck", failure);
                          co_return Result<void>{};
                      });
        scheduler.spawn(worker.run(stop));
    }
    ~DeadLetters() override { telemetry::configure_log({}); }
    template <class T>
    T write(const std::function<T(Tx&)>& unit) {
        return scheduler.await([](store::Store& on, const std::function<T(Tx&)>& run) -> Task<T> {
            auto wrapped = [&](Tx& tx) -> Result<T> { return run(tx); };
            auto written = co_await on.write(wrapped);
            co_return *written;
        }(*database, unit));
    }
    template <class T>
    T read(const std::function<T(Reader&)>& view) {
        return scheduler.await([](store::Store& on, const std::function<T(Reader&)>& run) -> Task<T> {
            auto wrapped = [&](Reader& reader) -> Result<T> { return run(reader); };
            auto seen = co_await on.read(wrapped);
            co_return *seen;
        }(*database, view));
    }
    /// In one unit, with their numbers as payloads.
    std::vector<JobId> add(int count, std::optional<std::string_view> key = {}, MerchantId merchant = one) {
        std::vector<JobId> ids;
        for (int i = 0; i < count; ++i) ids.push_back(world.new_id<JobOf>());
        const int first = number;
        number += count;
        write<int>([&](Tx& tx) {
            for (int i = 0; i < count; ++i) {
                const std::string payload = std::to_string(first + i);
                enqueue(tx, {.merchant = merchant,
                             .id = ids[static_cast<std::size_t>(i)],
                             .kind = "mail",
                             .payload = payload,
                             .ordering_key = key});
            }
            return 0;
        });
        return ids;
    }
    void work(Millis span = Millis{10'000}) { scheduler.run(span); }
    std::vector<DeadLetter> letters(LetterFilter filter = {}, MerchantId merchant = one) {
        return read<std::vector<DeadLetter>>([&](Reader& reader) { return dead_letters(reader, merchant, filter); });
    }
    std::size_t let_go(const std::vector<JobId>& ids) {
        return write<std::size_t>([&](Tx& tx) { return retry(tx, one, ids, {.by = "me", .reason = "again"}).size(); });
    }
    bool drop(JobId id) {
        return write<bool>([&](Tx& tx) { return discard(tx, one, id, {.by = "me", .reason = "old"}); });
    }
    using Words = std::vector<std::string>;

    SimClock clock;
    SimRandom random{5};
    World world{clock, random};
    SimScheduler scheduler{clock};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    Worker worker{*database, world, {.name = "here"}};
    Signal stop;
    Words ran;
    bool is_broken = true;
    std::string failure = "No.";
    int number = 1;
};

TEST(Cause, is_the_error_without_what_differs_from_job_to_job) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"webhook_not_taken: It answered with the status 503.", "webhook_not_taken: It answered with the status #."},
        {"no_payment: 01a1fcd3-917b-7b1b-9415-338a6d11ee9d.2 of ABCDEFGHJKMNPQRSTVWX", "no_payment: #.# of #"},
        {"not_connected: 10.0.0.1:443 (HTTP, TLS)", "not_connected: #.#.#.#:# (HTTP, TLS)"},
        {"no_mail: <ada.l+x@example.co.uk>. Sorry.", "no_mail: <#>. Sorry."},
        {"", ""},
    };
    for (const auto& [error, cause] : cases) EXPECT_EQ(cause_of(error), cause);
    EXPECT_LE(cause_of(std::string(5'000, '.')).size(), 200u);
}

TEST_F(DeadLetters, those_of_one_cause_are_one_group_with_its_first_and_last_moment) {  // F58, X-31
    failure = "It answered with the status 500.";
    add(2);
    work();
    const Instant between = clock.now();
    failure = "It answered with the status 502.";
    add(1);
    work();
    failure = "Nobody there.";
    add(1);
    add(1, {}, two);
    work();
    const auto groups = read<std::vector<LetterGroup>>(
        [&](Reader& reader) { return group_dead_letters(reader, one, {.status = LetterStatus::open}); });
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[0].cause, "no_luck: It answered with the status #.");
    EXPECT_EQ(groups[0].count, 3);
    EXPECT_LT(groups[0].first_died_at, between);
    EXPECT_GT(groups[0].last_died_at, between);
    EXPECT_EQ(letters({.cause = groups[1].cause}).size(), 1u);
    EXPECT_EQ(letters({.kind = "other"}).size(), 0u);
    EXPECT_EQ(letters({.died_from = between}).size(), 2u);
    EXPECT_EQ(letters({.died_before = between}).size(), 2u);
    EXPECT_EQ(letters({}, two).size(), 1u);
    const auto counts = read<std::vector<std::pair<std::string, std::int64_t>>>(
        [](Reader& reader) { return count_open_letters(reader); });
    EXPECT_EQ(counts, (std::vector<std::pair<std::string, std::int64_t>>{{"mail", 5}}));
    EXPECT_EQ(read<std::vector<MerchantId>>([](Reader& reader) { return merchants_with_dead_letters(reader); }),
              (std::vector<MerchantId>{one, two}));
}

TEST_F(DeadLetters, pages_follow_each_other_without_gap_or_repeat) {
    add(7);
    work();
    std::vector<JobId> seen;
    LetterFilter filter{.limit = 3};
    for (auto page = letters(filter); !page.empty(); page = letters(filter)) {
        for (const DeadLetter& letter : page) seen.push_back(letter.id);
        filter.after = LetterPlace{page.back().died_at, page.back().id};
    }
    EXPECT_EQ(seen.size(), 7u);
    EXPECT_EQ(std::set<JobId>(seen.begin(), seen.end()).size(), 7u);
}

TEST_F(DeadLetters, what_is_let_go_again_runs_in_the_order_of_enqueuing_and_before_what_came_later) {  // F60, F63
    const auto first = add(3, "key");
    work();
    ASSERT_EQ(letters().size(), 3u);
    is_broken = false;
    ran.clear();
    // Two more wait behind one that is not due.
    write<int>([&](Tx& tx) {
        enqueue(tx, {.merchant = one,
                     .id = world.new_id<JobOf>(),
                     .kind = "mail",
                     .payload = "\"head\"",
                     .ordering_key = "key",
                     .run_at = clock.now() + Millis{60'000}});
        return 0;
    });
    work();
    add(1, "key");
    work();
    EXPECT_EQ(ran, Words{});
    // Told in any order, by id.
    const auto sorted = read<std::vector<JobId>>([&](Reader& reader) {
        return in_order_of_enqueuing(reader, one, {first[2], first[0], first[1], world.new_id<JobOf>()});
    });
    EXPECT_EQ(sorted, first);
    EXPECT_EQ(let_go(sorted), 3u);
    EXPECT_EQ(let_go(sorted), 0u) << "it is once";
    work(Millis{120'000});
    EXPECT_EQ(ran, (Words{"1", "2", "3", "\"head\"", "4"}));
    for (const DeadLetter& letter : letters()) {
        EXPECT_EQ(letter.status, LetterStatus::retried);
        EXPECT_EQ(letter.reason, "again");
    }
}

TEST_F(DeadLetters, one_that_dies_again_is_open_again_and_told_of_again) {
    const JobId id = add(1)[0];
    work();
    const auto news = [&] {
        return read<std::vector<DeadLetter>>([](Reader& reader) { return unannounced(reader, 10); });
    };
    ASSERT_EQ(news().size(), 1u);
    const DeadLetter letter = news()[0];
    EXPECT_TRUE(write<bool>([&](Tx& tx) { return mark_announced(tx, letter); }));
    EXPECT_FALSE(write<bool>([&](Tx& tx) { return mark_announced(tx, letter); }));
    EXPECT_TRUE(news().empty());
    EXPECT_EQ(let_go({id}), 1u);
    failure = "No again.";
    work();
    const auto again = letters();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].status, LetterStatus::open);
    EXPECT_EQ(again[0].deaths, 2);
    EXPECT_EQ(again[0].last_error, "no_luck: No again.");
    EXPECT_FALSE(again[0].decided_at);
    EXPECT_EQ(news().size(), 1u);
    EXPECT_EQ(ran.size(), 2u);
}

TEST_F(DeadLetters, what_is_discarded_is_kept_does_not_run_and_may_be_let_go_after_all) {
    const JobId id = add(1)[0];
    work();
    EXPECT_TRUE(drop(id));
    EXPECT_FALSE(drop(id));
    is_broken = false;
    work(Millis{3'600'000});
    EXPECT_EQ(ran.size(), 1u);
    EXPECT_EQ(letters({.status = LetterStatus::open}).size(), 0u);
    ASSERT_EQ(letters({.status = LetterStatus::discarded}).size(), 1u);
    EXPECT_EQ(letters()[0].reason, "old");
    EXPECT_EQ(read<std::int64_t>([](Reader& reader) { return count(reader).dead; }), 0);
    EXPECT_EQ(let_go({id}), 1u);
    work();
    EXPECT_EQ(ran.size(), 2u);
    EXPECT_FALSE(drop(id)) << "it is done";
}

TEST_F(DeadLetters, an_edit_keeps_what_was_before_and_the_job_runs_with_what_is_new) {
    const JobId id = add(1)[0];
    work();
    const Decision by{.by = "me", .reason = "typo"};
    EXPECT_TRUE(write<bool>([&](Tx& tx) { return edit(tx, one, id, "\"new\"", by); }));
    EXPECT_TRUE(write<bool>([&](Tx& tx) { return edit(tx, one, id, "\"newer\"", by); }));
    const auto edits = read<std::vector<LetterEdit>>([&](Reader& reader) { return edits_of(reader, one, id); });
    ASSERT_EQ(edits.size(), 2u);
    EXPECT_EQ(edits[0].payload_before, "1");
    EXPECT_EQ(edits[1].payload_before, "\"new\"");
    EXPECT_EQ(edits[1].edited_by, "me");
    EXPECT_EQ(letters()[0].version, 3);
    is_broken = false;
    EXPECT_EQ(let_go({id}), 1u);
    work();
    EXPECT_EQ(ran, (Words{"1", "\"newer\""}));
    EXPECT_FALSE(write<bool>([&](Tx& tx) { return edit(tx, one, id, "0", by); })) << "it does not lie here any more";
}

TEST_F(DeadLetters, a_job_that_the_desk_cannot_take_stays_where_it_is) {  // F65
    add(1);
    // From the claim on, which the first commit after this one is, nothing can be written.
    const std::uint64_t claim = database->commits() + 1;
    database->fail_commit = [claim](std::uint64_t commit) { return commit > claim; };
    const auto open = [&] { return read<std::int64_t>([](Reader& reader) { return count(reader).open; }); };
    work(Millis{20'000});
    EXPECT_EQ(ran.size(), 1u);
    EXPECT_EQ(open(), 1);
    EXPECT_TRUE(letters().empty());
    database->fail_commit = nullptr;
    work(Millis{120'000});
    EXPECT_EQ(open(), 0);
    EXPECT_EQ(letters({.status = LetterStatus::open}).size(), 1u);
}

}  // namespace
}  // namespace florin::jobs
