#include "florin/events/events.hpp"

#include <gtest/gtest.h>

#include "florin/events/dispatcher.hpp"
#include "florin/events/feed.hpp"
#include "florin/json/value.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::events {
namespace {

constexpr MerchantId one{1};
constexpr MerchantId two{2};

class Events : public testing::Test {
protected:
    SimClock clock;
    SimRandom random{1};
    World world{clock, random};
    SimScheduler scheduler{clock};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);
    Dispatcher dispatcher{*store};
    std::vector<std::string> heard;

    bool write(const std::function<Result<void>(Tx&)>& unit) {
        return scheduler.await([](store::Store& on, const std::function<Result<void>(Tx&)>& run) -> Task<bool> {
            const auto written = co_await on.write(run);
            co_return written.has_value();
        }(*store, unit));
    }
    void happen(MerchantId merchant, std::string_view subject, std::string_view type = "florin.test.done",
                std::int64_t sequence = 0) {
        EXPECT_TRUE(write([&](Tx& tx) -> Result<void> {
            append(tx, {.merchant = merchant,
                        .type = type,
                        .subject_type = "test",
                        .subject_id = subject,
                        .sequence = sequence,
                        .correlation_id = "c-1",
                        .data = R"({"a":1})"});
            return {};
        }));
    }
    std::vector<Event> all(MerchantId merchant, std::int64_t after = 0, int limit = 200, const Filter& filter = {}) {
        return scheduler.await([](store::Store& on, MerchantId of, std::int64_t from, int most,
                                  const Filter& with) -> Task<std::vector<Event>> {
            auto view = [&](Reader& reader) -> Result<std::vector<Event>> {
                return list(reader, of, from, most, with);
            };
            auto found = co_await on.read(view);
            co_return std::move(*found);
        }(*store, merchant, after, limit, filter));
    }
    Handler note() {
        return [this](const Event& event) -> Task<Result<void>> {
            heard.push_back(event.id());
            co_return Result<void>{};
        };
    }
    int round() { return scheduler.await(dispatcher.round()); }
};

TEST_F(Events, positions_follow_commits_and_sequences_have_no_gap) {
    for (int i = 0; i < 5; ++i) {
        happen(one, "a");
        happen(two, "a");
        happen(one, "b");
    }
    const auto events = all(one);
    ASSERT_EQ(events.size(), 10u);
    std::map<std::string, std::int64_t> sequences;
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i].position, static_cast<std::int64_t>(i) + 1);
        EXPECT_EQ(events[i].sequence, ++sequences[events[i].subject_id]);
    }
    EXPECT_EQ(all(two).size(), 5u);
    EXPECT_EQ(all(one, 7).size(), 3u);
    EXPECT_EQ(all(one, 0, 4).back().position, 4);
}

TEST_F(Events, what_is_refused_leaves_neither_event_nor_gap) {  // F54
    happen(one, "a");
    EXPECT_FALSE(write([&](Tx& tx) -> Result<void> {
        append(tx, {.merchant = one, .type = "florin.test.lost", .subject_type = "test", .subject_id = "a"});
        return fail(ErrorKind::conflict, "refused", "No.");
    }));
    happen(one, "a");
    const auto events = all(one);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[1].position, 2);
    EXPECT_EQ(events[1].sequence, 2);
}

TEST_F(Events, positions_go_on_after_a_crash) {
    happen(one, "a");
    store->crash();
    happen(one, "a");
    EXPECT_EQ(all(one).back().position, 2);
}

TEST_F(Events, a_reader_narrows_by_type_and_subject) {
    happen(one, "a", "florin.test.begun");
    happen(one, "b", "florin.test.begun");
    happen(one, "a", "florin.test.done");
    EXPECT_EQ(all(one, 0, 10, {.type = "florin.test.begun", .subject_id = ""}).size(), 2u);
    EXPECT_EQ(all(one, 1, 10, {.type = "", .subject_id = "a"}).size(), 1u);
    EXPECT_EQ(all(one, 0, 10, {.type = "florin.test.begun", .subject_id = "a"}).size(), 1u);
}

TEST_F(Events, an_event_is_a_cloud_event) {
    happen(one, "a", "florin.test.done", 1);
    const auto events = all(one);
    const auto json = json::parse(to_json(events.at(0)));
    ASSERT_TRUE(json);
    const auto text = [&](std::string_view name) {
        const auto* value = json->find(name);
        return value == nullptr ? std::string{"(none)"} : std::string{value->text()};
    };
    EXPECT_EQ(text("specversion"), "1.0");
    EXPECT_EQ(text("id"), "a.1");
    EXPECT_EQ(text("source"), "/florin/merchants/1");
    EXPECT_EQ(text("type"), "florin.test.done");
    EXPECT_EQ(text("subject"), "test/a");
    EXPECT_EQ(text("correlationid"), "c-1");
    EXPECT_EQ(text("traceparent"), "(none)");
    EXPECT_EQ(text("merchantposition"), "1");
    EXPECT_EQ(json::to_text(*json->find("data")), R"({"a":1})");
}

TEST_F(Events, each_subscription_hears_everything_in_order_and_once) {
    dispatcher.subscribe("first", Replay::refused, note());
    happen(one, "a");
    happen(two, "x");
    happen(one, "a");
    EXPECT_EQ(round(), 3);
    EXPECT_EQ(round(), 0);
    EXPECT_EQ(heard, (std::vector<std::string>{"a.1", "a.2", "x.1"}));
    Dispatcher restarted{*store};
    restarted.subscribe("first", Replay::refused, note());
    happen(two, "x");
    EXPECT_EQ(scheduler.await(restarted.round()), 1);
}

TEST_F(Events, a_refused_event_is_heard_again_before_later_ones_and_holds_up_nobody_else) {
    int refusals = 2;
    dispatcher.subscribe("picky", Replay::refused, [&](const Event& event) -> Task<Result<void>> {
        if (event.id() == "a.2" && refusals-- > 0) co_return fail(ErrorKind::unavailable, "not_yet", "Later.");
        heard.push_back(event.id());
        co_return Result<void>{};
    });
    for (int i = 0; i < 3; ++i) happen(one, "a");
    happen(two, "x");
    for (int i = 0; i < 10; ++i) round();
    EXPECT_EQ(heard, (std::vector<std::string>{"a.1", "x.1", "a.2", "a.3"}));
}

TEST_F(Events, a_projection_may_be_replayed_and_an_effect_may_not) {  // F62
    dispatcher.subscribe("projection", Replay::allowed, note());
    dispatcher.subscribe("mail", Replay::refused, [](const Event&) -> Task<Result<void>> { co_return Result<void>{}; });
    for (int i = 0; i < 3; ++i) happen(one, "a");
    round();
    heard.clear();
    EXPECT_TRUE(write([&](Tx& tx) -> Result<void> {
        EXPECT_TRUE(dispatcher.replay(tx, one, "projection", 1));
        EXPECT_FALSE(dispatcher.replay(tx, one, "mail", 1));
        EXPECT_FALSE(dispatcher.replay(tx, two, "projection", 0));
        return {};
    }));
    round();
    EXPECT_EQ(heard, (std::vector<std::string>{"a.2", "a.3"}));
}

/// Waits in the feed for what comes behind `position` and notes when it went on.
Task<void> wait_in(Feed& feed, Clock& clock, std::int64_t position, Millis patience, std::vector<std::int64_t>& ended) {
    const auto waited = co_await feed.wait(one, position, patience);
    ended.push_back(waited ? clock.monotonic_ns() / 1'000'000 : -1);
}

TEST_F(Events, who_waits_for_the_next_event_goes_on_when_it_is_committed_and_others_of_other_merchants_do_not) {
    Feed feed{*store, [] { return false; }};
    happen(one, "a");
    std::vector<std::int64_t> ended;
    scheduler.spawn(wait_in(feed, clock, 1, Millis{30'000}, ended));
    scheduler.run(Millis{1'000});
    happen(two, "b");
    scheduler.run(Millis{1'000});
    EXPECT_EQ(feed.waiting(), 1U);
    EXPECT_TRUE(ended.empty());
    const std::int64_t committed_ms = clock.monotonic_ns() / 1'000'000;
    happen(one, "a");
    scheduler.run(Millis{1'000});
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_LE(ended.front() - committed_ms, 2 * Feed::interval.count());
    EXPECT_EQ(feed.waiting(), 0U);
}

TEST_F(Events, who_waits_for_an_event_that_does_not_come_goes_on_when_the_time_is_over_and_then_nothing_runs) {
    Feed feed{*store, [] { return false; }};
    std::vector<std::int64_t> ended;
    scheduler.spawn(wait_in(feed, clock, 0, Millis{5'000}, ended));
    EXPECT_TRUE(scheduler.run(Millis{60'000})) << "all comes to rest";
    EXPECT_EQ(ended, std::vector<std::int64_t>{5'000});
    scheduler.spawn(wait_in(feed, clock, 0, Millis{1}, ended));
    EXPECT_TRUE(scheduler.run(Millis{60'000}));
    EXPECT_EQ(ended.size(), 2U) << "whoever comes after that is looked after again";
}

TEST_F(Events, nobody_waits_while_the_process_ends_and_a_merchant_only_with_so_many_requests) {
    bool is_ending = false;
    Feed feed{*store, [&] { return is_ending; }};
    std::vector<std::int64_t> ended;
    for (std::size_t n = 0; n <= Feed::most_waiting; ++n)
        scheduler.spawn(wait_in(feed, clock, 0, Millis{30'000}, ended));
    scheduler.run(Millis{1'000});
    EXPECT_EQ(feed.waiting(), Feed::most_waiting);
    EXPECT_EQ(ended, std::vector<std::int64_t>{-1}) << "the one too many is told so";
    is_ending = true;
    scheduler.run(Millis{1'000});
    EXPECT_EQ(feed.waiting(), 0U);
}

}  // namespace
}  // namespace florin::events
