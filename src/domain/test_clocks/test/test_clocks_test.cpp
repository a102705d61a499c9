#include "florin/test_clocks/test_clocks.hpp"

#include "clocks_world.hpp"
#include "florin/store/prepare_all.hpp"

namespace florin::test_clocks {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::ClocksWorld;

constexpr calendar::Date last_of_january{std::chrono::year{2027}, std::chrono::January, std::chrono::day{31}};
const Instant new_year = at("2027-01-01T00:00:00Z");

/// What a plan of the 31st does in its year.
std::vector<std::string> a_year(const std::string& plan) {
    std::vector<std::string> all;
    for (const char* day : {"2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30",
                            "2027-07-31", "2027-08-31", "2027-09-30", "2027-10-31", "2027-11-30", "2027-12-31"})
        all.push_back(plan + " " + std::to_string(all.size()) + " " + day + "T00:00");
    return all;
}

std::string code_of(const auto& result) { return result ? "" : result.error().code; }
std::string field_of(const auto& result) { return result ? "" : result.error().field; }

TEST(TestClockStatements, prepare_on_the_schema_that_the_migrations_make) {
    const ClocksWorld sim;
    for (const auto& [statement, why] : store::prepare_all(*sim.store)) ADD_FAILURE() << statement << ": " << why;
}

TEST(TestClocks, everything_due_by_then_happens_in_order_each_at_its_own_time_and_is_told_before_the_answer) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    ASSERT_TRUE(clock);
    EXPECT_EQ(clock->now, new_year);
    sim.plan("p", last_of_january);
    const Instant target = at("2028-01-15T12:00:00Z");
    const auto advanced = sim.advance(*clock, {.to = target});
    ASSERT_TRUE(advanced);
    EXPECT_EQ(advanced->clock.now, target);
    EXPECT_FALSE(advanced->clock.target);
    EXPECT_TRUE(advanced->still_open.empty());
    EXPECT_EQ(sim.happened, a_year("p"));
    EXPECT_EQ(sim.told.size(), 12u);
}

TEST(TestClocks, two_plans_take_turns_as_their_days_come) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    sim.plan("a", last_of_january, 2);
    sim.plan("b", {std::chrono::year{2027}, std::chrono::February, std::chrono::day{15}}, 2);
    ASSERT_TRUE(sim.advance(*clock, {.to = at("2027-06-01T00:00:00Z")}));
    EXPECT_EQ(sim.happened, (std::vector<std::string>{"a 0 2027-01-31T00:00", "b 0 2027-02-15T00:00",
                                                      "a 1 2027-02-28T00:00", "b 1 2027-03-15T00:00"}));
}

TEST(TestClocks, a_year_in_one_step_is_the_same_as_in_many) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    sim.plan("p", last_of_january);
    for (int month = 0; month < 12; ++month) ASSERT_TRUE(sim.advance(*clock, {.to = {}, .by = "P1M"}));
    EXPECT_EQ(sim.happened, a_year("p"));
    const auto now = sim.advance(*clock, {});
    EXPECT_EQ(now->clock.now, at("2028-01-01T00:00:00Z"));
}

TEST(TestClocks, a_key_moves_a_clock_once_and_has_the_same_answer_again) {  // F12, F37
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    sim.plan("p", last_of_january, 2);
    const auto guard = ClocksWorld::guard("k-1", 1);
    const auto first = sim.advance(*clock, {.to = {}, .by = "P1M"}, guard);
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->stored);
    ASSERT_TRUE(sim.advance(*clock, {.to = at("2027-02-10T00:00:00Z")}));
    const auto again = sim.advance(*clock, {.to = {}, .by = "P1M"}, guard);
    ASSERT_TRUE(again && again->stored);
    EXPECT_EQ(again->stored->status, 200);
    EXPECT_TRUE(again->stored->body.contains("2027-02-01T00:00:00.000Z")) << again->stored->body;
    EXPECT_EQ(sim.advance(*clock, {})->clock.now, at("2027-02-10T00:00:00Z")) << "it moved once";
    EXPECT_EQ(code_of(sim.advance(*clock, {.to = {}, .by = "P2M"}, ClocksWorld::guard("k-1", 2))),
              "idempotency_key_reused");
    EXPECT_EQ(sim.happened.size(), 1u);
    // What is refused takes no key.
    const auto other = ClocksWorld::guard("k-2", 3);
    EXPECT_EQ(code_of(sim.advance(*clock, {.to = new_year}, other)), "test_clock_backwards");
    EXPECT_FALSE(sim.advance(*clock, {.to = at("2027-03-01T00:00:00Z")}, other)->stored);
}

TEST(TestClocks, a_key_whose_request_died_goes_on_to_where_that_one_was_going) {  // F12
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    sim.plan("p", last_of_january);
    sim.charge_takes = 200ms;
    const auto guard = ClocksWorld::guard("k-1", 1);
    sim.scheduler.spawn([](ClocksWorld& in, TestClockId id, idempotency::Guard with) -> Task<void> {
        co_await in.clocks->advance(ClocksWorld::asker(in.shop), id, {.to = {}, .by = "P3M"}, with);
    }(sim, clock->id, guard));
    sim.scheduler.await([]() -> Task<void> { co_await sleep_for(300ms); }());
    sim.scheduler.crash();
    sim.store->crash();
    sim.boot();
    const auto again = sim.advance(*clock, {.to = {}, .by = "P3M"}, guard);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->clock.now, at("2027-04-01T00:00:00Z"));
    EXPECT_TRUE(sim.advance(*clock, {.to = {}, .by = "P3M"}, guard)->stored);
    EXPECT_EQ(sim.happened.size(), 3u);
}

TEST(TestClocks, merchants_clocks_do_not_hear_of_each_other) {
    ClocksWorld sim;
    const auto mine = sim.create(new_year), theirs = sim.create(at("2029-05-01T00:00:00Z"), sim.other);
    sim.plan("mine", last_of_january, 2);
    sim.plan("theirs", last_of_january, 2, sim.other);
    ASSERT_TRUE(sim.advance(*mine, {.to = at("2028-01-01T00:00:00Z")}));
    EXPECT_EQ(sim.happened, (std::vector<std::string>{"mine 0 2027-01-31T00:00", "mine 1 2027-02-28T00:00"}));
    const auto found = sim.scheduler.await(sim.clocks->find(sim.other, theirs->id));
    EXPECT_EQ(found->now, at("2029-05-01T00:00:00Z"));
    EXPECT_EQ(code_of(sim.scheduler.await(sim.clocks->find(sim.other, mine->id))), "test_clock_not_found");
    EXPECT_EQ(code_of(sim.scheduler.await(
                  sim.clocks->advance(ClocksWorld::asker(sim.other), mine->id, {.to = at("2030-01-01T00:00:00Z")}))),
              "test_clock_not_found");
}

TEST(TestClocks, a_clock_never_goes_back) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    const auto refused = sim.advance(*clock, {.to = new_year - 1ms});
    EXPECT_EQ(code_of(refused), "test_clock_backwards");
    EXPECT_EQ(field_of(refused), "to");
    EXPECT_TRUE(sim.advance(*clock, {.to = new_year})) << "where it is";
}

TEST(TestClocks, what_cannot_be_read_is_refused_naming_the_field) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    for (const char* by : {"", "P", "PT", "1M", "P1", "P-1M", "P1.5M", "P1M1Y", "P1M1M", "P1DT", "PT1D", "P1H", "p1m",
                           "P99999999D", "P1M ", "P1W1M"}) {
        const auto refused = sim.advance(*clock, {.to = {}, .by = by});
        EXPECT_EQ(code_of(refused), "invalid_duration") << by;
        EXPECT_EQ(field_of(refused), "by") << by;
    }
    const auto both = sim.advance(*clock, {.to = new_year, .by = "P1M"});
    EXPECT_EQ(code_of(both), "ambiguous_destination");
    EXPECT_EQ(code_of(sim.advance(*clock, {.to = Instant{INT64_MAX}})), "out_of_range");
    EXPECT_EQ(code_of(sim.create(Instant{-1}, sim.other)), "out_of_range");
}

TEST(TestClocks, go_a_century_at_once_and_never_beyond_what_the_calendar_has) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    for (const char* by :
         {"P9000Y", "P9999999Y", "P99999M", "P9999999D", "P9999999W", "P9999999YT1S", "P7972Y11M30DT24H"}) {
        const auto refused = sim.advance(*clock, {.to = {}, .by = by});
        EXPECT_EQ(code_of(refused), "out_of_range") << by;
        EXPECT_EQ(field_of(refused), "by") << by;
    }
    const auto too_long = sim.advance(*clock, {.to = {}, .by = "P300Y"});
    EXPECT_EQ(code_of(too_long), "advance_too_long");
    EXPECT_EQ(field_of(too_long), "by");
    const auto too_far = sim.advance(*clock, {.to = at("2400-01-01T00:00:00Z"), .by = {}});
    EXPECT_EQ(code_of(too_far), "advance_too_long");
    EXPECT_EQ(field_of(too_far), "to");
    const auto century = sim.advance(*clock, {.to = {}, .by = "P100Y"});
    ASSERT_TRUE(century);
    EXPECT_EQ(century->clock.now, at("2127-01-01T00:00:00Z"));
}

TEST(TestClocks, durations_are_counted_on_the_calendar_of_the_merchant) {  // F73, F75
    struct Case {
        const char* why;
        const char* from;
        const char* by;
        const char* to;
    };
    // In Berlin clocks go forward on 28 March 2027 and back on 31 October.
    const Case cases[] = {
        {"a month", "2027-05-10T10:00:00Z", "P1M", "2027-06-10T10:00:00.000Z"},
        {"to a shorter month", "2027-01-31T10:00:00Z", "P1M", "2027-02-28T10:00:00.000Z"},
        {"months are added before days", "2027-01-31T10:00:00Z", "P1M1D", "2027-03-01T10:00:00.000Z"},
        {"all of it", "2026-11-20T10:00:00Z", "P1Y2M10DT2H", "2028-01-30T12:00:00.000Z"},
        {"weeks", "2027-05-10T10:00:00Z", "P2W", "2027-05-24T10:00:00.000Z"},
        {"the same time of the day when clocks have gone forward", "2027-03-27T10:00:00Z", "P1D",
         "2027-03-28T09:00:00.000Z"},
        {"24 hours are not a day then", "2027-03-27T10:00:00Z", "PT24H", "2027-03-28T10:00:00.000Z"},
        {"seconds", "2027-05-10T10:00:00Z", "PT90S", "2027-05-10T10:01:30.000Z"},
        {"nothing", "2027-05-10T10:00:00Z", "P0D", "2027-05-10T10:00:00.000Z"},
        {"a leap day", "2028-02-29T10:00:00Z", "P1Y", "2029-02-28T10:00:00.000Z"},
    };
    for (const Case& one : cases) {
        ClocksWorld sim;
        merchants::ProfileWish wish{.time_zone = "Europe/Berlin",
                                    .billing_hour = 0,
                                    .locale = "en",
                                    .legal_name = {},
                                    .address_lines = {},
                                    .tax_line = {},
                                    .support_email = {},
                                    .logo_png = {},
                                    .version = std::nullopt};
        ASSERT_TRUE(sim.scheduler.await(sim.merchants.change(sim.audit, ClocksWorld::asker(sim.shop), wish)));
        const auto clock = sim.create(at(one.from));
        const auto advanced = sim.advance(*clock, {.to = {}, .by = one.by});
        ASSERT_TRUE(advanced) << one.why;
        EXPECT_EQ(to_text(advanced->clock.now), one.to) << one.why;
    }
}

TEST(TestClocks, only_a_sandbox_has_them) {
    ClocksWorld sim;
    const auto refused = sim.create(new_year, sim.live);
    EXPECT_EQ(code_of(refused), "not_a_sandbox");
    EXPECT_EQ(refused.error().kind, ErrorKind::forbidden);
    sim.is_sandbox = false;
    sim.boot();
    EXPECT_EQ(code_of(sim.create(new_year)), "not_a_sandbox") << "a process with live connectors";
}

TEST(TestClocks, a_merchant_has_one_and_none_that_would_move_its_plans_back_in_time) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    EXPECT_EQ(code_of(sim.create(new_year)), "test_clock_exists");
    EXPECT_EQ(sim.scheduler.await(sim.clocks->list(sim.shop))->size(), 1u);
    EXPECT_TRUE(sim.remove(*clock));
    EXPECT_TRUE(sim.scheduler.await(sim.clocks->list(sim.shop))->empty());
    EXPECT_EQ(code_of(sim.remove(*clock)), "test_clock_not_found");

    sim.plan("p", last_of_january);
    const auto refused = sim.create(new_year);
    EXPECT_EQ(code_of(refused), "merchant_has_plans");
    EXPECT_EQ(field_of(refused), "now");
    const auto from_now = sim.create({});
    ASSERT_TRUE(from_now);
    EXPECT_GE(from_now->now, sim.clock.now() - 1s);
    EXPECT_TRUE(sim.remove(*from_now)) << "time does not go back";
    const auto again = sim.create({});
    ASSERT_TRUE(sim.advance(*again, {.to = at("2027-03-01T00:00:00Z")}));
    EXPECT_EQ(code_of(sim.remove(*again)), "merchant_has_plans");
    ASSERT_TRUE(sim.advance(*again, {.to = at("2028-03-01T00:00:00Z")}));
    EXPECT_TRUE(sim.remove(*again)) << "nothing is due any more";
}

TEST(TestClocks, what_takes_longer_than_anybody_waits_is_named_and_does_not_hold_up_the_rest) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    sim.plan("p", last_of_january, 3);
    sim.charge_takes = 10min;
    const Instant begun = sim.clock.now();
    const auto advanced = sim.advance(*clock, {.to = at("2027-12-01T00:00:00Z")});
    ASSERT_TRUE(advanced);
    ASSERT_EQ(advanced->still_open.size(), 1u);
    EXPECT_EQ(advanced->still_open[0].kind, "billing.turn");
    EXPECT_EQ(advanced->still_open[0].count, 3);
    EXPECT_EQ(advanced->clock.now, at("2027-12-01T00:00:00Z"));
    EXPECT_FALSE(advanced->clock.target);
    // Each is waited for once.
    EXPECT_GE(sim.clock.now() - begun, 90s);
    EXPECT_LT(sim.clock.now() - begun, 100s);
}

TEST(TestClocks, a_charge_that_fails_for_a_moment_is_waited_for) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    sim.plan("p", last_of_january, 2);
    sim.failures = 2;
    const auto advanced = sim.advance(*clock, {.to = at("2027-12-01T00:00:00Z")});
    ASSERT_TRUE(advanced);
    EXPECT_TRUE(advanced->still_open.empty());
    EXPECT_EQ(sim.happened, (std::vector<std::string>{"p 0 2027-01-31T00:00", "p 1 2027-02-28T00:00"}));
}

TEST(TestClocks, a_mail_that_does_not_go_out_at_once_holds_nobody_up) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    auto enqueue = [&](store::Tx& tx) -> Result<bool> {
        for (const bool is_first : {true, false})
            jobs::enqueue(tx, {.merchant = sim.shop,
                               .id = jobs::JobId{sim.world.new_uuid()},
                               .kind = "webhooks.deliver",
                               .ordering_key = "endpoint",
                               .run_at = is_first ? std::optional{tx.now() + 1h} : std::nullopt});
        return true;
    };
    ASSERT_TRUE(sim.write(enqueue));
    const Instant begun = sim.clock.now();
    const auto advanced = sim.advance(*clock, {.to = at("2027-12-01T00:00:00Z")});
    ASSERT_TRUE(advanced);
    EXPECT_TRUE(advanced->still_open.empty());
    EXPECT_LT(sim.clock.now() - begun, 1s);
}

TEST(TestClocks, two_who_ask_for_the_same_moment_both_hear_when_it_has_come_and_who_asks_for_another_is_refused) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    sim.plan("p", last_of_january);
    sim.charge_takes = 200ms;
    const Instant target = at("2028-01-15T00:00:00Z");
    std::vector<Instant> arrived;
    std::vector<std::string> refused;
    const auto ask = [&](Destination destination) {
        sim.scheduler.spawn([](ClocksWorld& in, TestClock of, Destination to, std::vector<Instant>& there,
                               std::vector<std::string>& codes) -> Task<void> {
            const auto advanced = co_await in.clocks->advance(ClocksWorld::asker(of.merchant), of.id, std::move(to));
            if (advanced)
                there.push_back(advanced->clock.now);
            else
                codes.push_back(advanced.error().code);
        }(sim, *clock, std::move(destination), arrived, refused));
    };
    ask({.to = target});
    sim.scheduler.run(1s);
    ask({.to = target});
    ask({});
    ask({.to = target + 1ms});
    ask({.to = {}, .by = "P1M"});
    sim.scheduler.run(1s);
    EXPECT_TRUE(arrived.empty());
    EXPECT_EQ(refused, (std::vector<std::string>{"test_clock_advancing", "test_clock_advancing"}));
    EXPECT_EQ(code_of(sim.remove(*clock)), "test_clock_advancing");
    sim.scheduler.run(60s);
    EXPECT_EQ(arrived, (std::vector<Instant>{target, target, target}));
    EXPECT_EQ(sim.happened, a_year("p"));
}

TEST(TestClocks, whatever_commit_the_process_dies_at_all_of_it_happens_in_order_at_its_time) {  // F72
    bool has_ended_without = false;
    for (std::uint64_t commit = 1; !has_ended_without; ++commit) {
        for (const bool is_before : {true, false}) {
            SCOPED_TRACE(std::to_string(commit) + (is_before ? " before" : " after"));
            ClocksWorld sim;
            const auto clock = sim.create(new_year);
            sim.plan("p", last_of_january, 4);
            const Instant target = at("2028-01-15T00:00:00Z");
            bool has_crashed = false, has_arrived = false;
            const std::uint64_t first = sim.store->commits();
            sim.store->crash_here = [&](bool before, std::uint64_t at) {
                return before == is_before && at == first + commit;
            };
            sim.store->on_crash = [&] {
                has_crashed = true;
                sim.scheduler.crash();
            };
            const auto ask = [&] {
                sim.scheduler.spawn([](ClocksWorld& in, TestClock of, Instant to, bool& done) -> Task<void> {
                    done =
                        (co_await in.clocks->advance(ClocksWorld::asker(of.merchant), of.id, {.to = to})).has_value();
                }(sim, *clock, target, has_arrived));
            };
            ask();
            sim.scheduler.run(10s);
            if (has_crashed) {
                sim.store->crash_here = {};
                sim.boot();
                // Before its commit nobody knows of the wish. After it the clock arrives by itself, or for who asks.
                const bool is_known = sim.scheduler.await(sim.clocks->find(sim.shop, clock->id))->target.has_value();
                if (is_known && !is_before)
                    sim.scheduler.spawn(sim.clocks->run(sim.stop));
                else
                    ask();
                sim.scheduler.run(60s);
            } else {
                EXPECT_TRUE(has_arrived);
                has_ended_without = true;
            }
            const auto found = sim.scheduler.await(sim.clocks->find(sim.shop, clock->id));
            EXPECT_EQ(found->now, target);
            EXPECT_FALSE(found->target);
            auto expected = a_year("p");
            expected.resize(4);
            EXPECT_EQ(sim.happened, expected);
            if (HasFailure()) return;
        }
    }
}

TEST(TestClocks, who_made_moved_and_took_away_a_clock_stands_in_the_audit) {
    ClocksWorld sim;
    const auto clock = sim.create(new_year);
    ASSERT_TRUE(sim.advance(*clock, {.to = {}, .by = "P1M"}));
    ASSERT_TRUE(sim.remove(*clock));
    auto read = [&](store::Tx& tx) -> Result<std::vector<std::string>> {
        std::vector<std::string> actions;
        for (const auto& record : audit::of_entity(tx, sim.shop, "test_clock", clock->id.text(), 10))
            actions.push_back(record.action);
        return actions;
    };
    EXPECT_EQ(*sim.write(read),
              (std::vector<std::string>{"test_clock.deleted", "test_clock.advanced", "test_clock.created"}));
}

}  // namespace
}  // namespace florin::test_clocks
