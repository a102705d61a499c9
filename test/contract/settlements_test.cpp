// What a provider's stand-in settles, as its connector reads it: line by line the money that moved, and in sum what the
// provider says it has paid.

#include <gtest/gtest.h>

#include <map>

#include "florin/runtime/simulation.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "line.hpp"
#include "stand_ins.hpp"

namespace florin {
namespace {

using payments::Answer;
using payments::Outcome;
using payments::Settlement;
using payments::SettlementLine;
using Kind = SettlementLine::Kind;

struct SettlingProvider {
    std::string_view name;
    std::unique_ptr<payments::Connector> (*make)(World world, http::Client& line);
};

const SettlingProvider settling_providers[] = {
    {"authorize_net", authorize_net_over},
    {"stripe", stripe_over},
};

/// One provider in a world of its own, and what was done there.
struct SettlementBench {
    explicit SettlementBench(const SettlingProvider& p, std::string_view code = "EUR")
        : provider{p}, currency{*Currency::of(code)} {}

    Money money(std::int64_t minor) const { return *Money::of(minor, currency); }
    Answer purchase(std::string reference, std::int64_t minor) {
        payments::Card card;
        card.number = *security::Pan::from_json("4111111111111111");
        card.expiry_month = 12;
        card.expiry_year = 2035;
        card.cvv = *security::Cvv::from_json("900");
        const payments::Charge charge{.reference = std::move(reference), .amount = money(minor), .card = &card};
        return keep(charge.reference, scheduler.await(connector->purchase(charge)));
    }
    Answer refund(std::string reference, std::int64_t minor, const Answer& parent) {
        const payments::FollowUp refund{.reference = std::move(reference),
                                        .amount = money(minor),
                                        .parent_provider_id = parent.provider_id,
                                        .parent_reference = {},
                                        .card_last4 = "1111",
                                        .token = {}};
        return keep(refund.reference, scheduler.await(connector->refund(refund)));
    }
    Answer authorize(std::string reference, std::int64_t minor) {
        payments::Card card;
        card.number = *security::Pan::from_json("4111111111111111");
        card.expiry_month = 12;
        card.expiry_year = 2035;
        const payments::Charge charge{.reference = std::move(reference), .amount = money(minor), .card = &card};
        return keep(charge.reference, scheduler.await(connector->authorize(charge)));
    }
    Answer capture(std::string reference, std::int64_t minor, const Answer& parent) {
        const payments::FollowUp capture{.reference = std::move(reference),
                                         .amount = money(minor),
                                         .parent_provider_id = parent.provider_id,
                                         .parent_reference = {},
                                         .card_last4 = "1111",
                                         .token = {}};
        return keep(capture.reference, scheduler.await(connector->capture(capture)));
    }
    /// The answer of the sandbox's own route.
    int order(std::string path, std::string body) {
        http::Request request;
        request.method = "POST";
        request.path = std::move(path);
        request.body = std::move(body);
        return sandbox->serve(request).response.status;
    }
    Answer keep(const std::string& reference, Answer answer) {
        EXPECT_EQ(answer.outcome, Outcome::approved) << answer.provider_code;
        provider_ids[reference] = answer.provider_id;
        return answer;
    }
    /// What the provider pays out now, with the lines of all pages.
    std::vector<std::pair<Settlement, std::vector<SettlementLine>>> settled() {
        std::vector<std::pair<Settlement, std::vector<SettlementLine>>> all;
        const auto settlements =
            scheduler.await(connector->settlements(begun_at, clock.now() + Millis{7LL * 86'400'000}));
        EXPECT_TRUE(settlements) << settlements.error().code;
        if (!settlements) return all;
        for (const Settlement& settlement : *settlements) {
            std::vector<SettlementLine> lines;
            std::string cursor;
            do {
                const auto page = scheduler.await(connector->settlement_lines(settlement, cursor));
                EXPECT_TRUE(page) << page.error().code;
                if (!page) return all;
                lines.insert(lines.end(), page->lines.begin(), page->lines.end());
                cursor = page->next;
            } while (!cursor.empty());
            all.emplace_back(settlement, std::move(lines));
        }
        return all;
    }
    void faults(std::string_view rules) {
        const auto set = sandbox->set_faults(R"({"rules":[)" + std::string{rules} + "]}");
        ASSERT_TRUE(set) << rules << ": " << set.error().message;
    }

    const SettlingProvider& provider;
    const Currency currency;
    SimClock clock;
    SimRandom random{5};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<sandbox::Sandbox> sandbox = *sandbox::Sandbox::open({}, world);
    Line line{scheduler, *sandbox};
    std::unique_ptr<payments::Connector> connector = provider.make(world, line);
    /// Of a payout's arrival the day alone is known.
    const Instant begun_at = clock.now() - Millis{86'400'000};
    std::map<std::string, std::string> provider_ids;
};

std::int64_t net_of(const std::vector<SettlementLine>& lines) {
    std::int64_t minor = 0;
    for (const SettlementLine& line : lines) minor += line.gross.minor() - line.fee.minor();
    return minor;
}

TEST(Settlements, have_every_movement_once_under_our_reference_and_add_up_to_what_is_paid) {
    for (const SettlingProvider& provider : settling_providers) {
        SCOPED_TRACE(provider.name);
        SettlementBench bench{provider};
        const Answer first = bench.purchase("P0000000000000000001", 5'000);
        bench.purchase("P0000000000000000002", 1'234);
        bench.refund("R0000000000000000003", 700, first);
        bench.sandbox->settle();
        const auto settled = bench.settled();
        ASSERT_EQ(settled.size(), 1u);
        const auto& [settlement, lines] = settled[0];
        EXPECT_EQ(settlement.state, Settlement::State::paid);
        ASSERT_TRUE(settlement.total);
        EXPECT_EQ(settlement.total->minor(), net_of(lines));
        ASSERT_EQ(lines.size(), 3u);
        std::map<std::string, std::int64_t> gross;
        for (const SettlementLine& line : lines) {
            gross[line.reference] += line.gross.minor();
            EXPECT_EQ(line.provider_id, bench.provider_ids[line.reference]) << line.reference;
            EXPECT_EQ(line.kind, line.reference[0] == 'R' ? Kind::refund : Kind::charge);
        }
        EXPECT_EQ(gross["P0000000000000000001"], 5'000);
        EXPECT_EQ(gross["P0000000000000000002"], 1'234);
        EXPECT_EQ(gross["R0000000000000000003"], -700);
        // Asked again, they say the same.
        const auto again = bench.settled();
        ASSERT_EQ(again.size(), 1u);
        ASSERT_EQ(again[0].second.size(), lines.size());
        for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(again[0].second[i].id, lines[i].id);
    }
}

TEST(Settlements, of_many_lines_come_page_by_page_and_miss_none) {
    for (const SettlingProvider& provider : settling_providers) {
        SCOPED_TRACE(provider.name);
        SettlementBench bench{provider};
        constexpr int count = 523;
        for (int i = 0; i < count; ++i) bench.purchase("P" + std::to_string(1'000'000 + i), 100 + i);
        bench.sandbox->settle();
        const auto settled = bench.settled();
        ASSERT_EQ(settled.size(), 1u);
        std::map<std::string, int> seen;
        for (const SettlementLine& line : settled[0].second) ++seen[line.reference];
        EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
        EXPECT_EQ(settled[0].second.size(), static_cast<std::size_t>(count));
        EXPECT_EQ(settled[0].first.total->minor(), net_of(settled[0].second));
    }
}

TEST(Settlements, show_what_the_fault_script_made_wrong) {
    struct Case {
        std::string_view why, action;
        std::size_t lines;
        bool adds_up;
        Settlement::State state;
    };
    const Case cases[] = {
        {"a line left out", R"({"kind":"line_left_out"})", 1, true, Settlement::State::paid},
        {"another amount", R"({"kind":"line_amount","amount":"9.99"})", 2, true, Settlement::State::paid},
        {"a line twice", R"({"kind":"line_twice"})", 3, true, Settlement::State::paid},
        {"nobody's", R"({"kind":"line_unknown","amount":"13.37"})", 3, true, Settlement::State::paid},
        {"another total", R"({"kind":"settlement_total","amount":"1.00"})", 2, false, Settlement::State::paid},
    };
    for (const SettlingProvider& provider : settling_providers) {
        for (const Case& c : cases) {
            SCOPED_TRACE(std::string{provider.name} + ": " + std::string{c.why});
            SettlementBench bench{provider};
            bench.faults(R"({"match":{"provider":")" + std::string{provider.name} + R"("},"action":)" +
                         std::string{c.action} + R"(,"count":1})");
            bench.purchase("P0000000000000000001", 5'000);
            bench.purchase("P0000000000000000002", 1'234);
            bench.sandbox->settle();
            const auto settled = bench.settled();
            ASSERT_EQ(settled.size(), 1u);
            EXPECT_EQ(settled[0].first.state, c.state);
            EXPECT_EQ(settled[0].second.size(), c.lines);
            EXPECT_EQ(settled[0].first.total->minor() == net_of(settled[0].second), c.adds_up);
        }
    }
}

TEST(Settlements, are_asked_for_again_when_an_answer_is_lost_or_spoilt) {  // F1
    for (const SettlingProvider& provider : settling_providers) {
        for (const std::string_view action :
             {R"({"kind":"drop_after"})", R"({"kind":"garbage"})", R"({"kind":"error_before"})"}) {
            SCOPED_TRACE(std::string{provider.name} + ": " + std::string{action});
            SettlementBench bench{provider};
            bench.purchase("P0000000000000000001", 5'000);
            bench.sandbox->settle();
            bench.faults(R"({"action":)" + std::string{action} + R"(,"count":1})");
            const auto failed =
                bench.scheduler.await(bench.connector->settlements(bench.begun_at, bench.clock.now() + call_timeout));
            ASSERT_FALSE(failed);
            EXPECT_EQ(failed.error().kind, ErrorKind::outcome_unknown);
            EXPECT_EQ(bench.settled().size(), 1u);
        }
    }
}

TEST(Settlements, that_fail_pay_nothing_and_what_was_in_them_is_paid_with_the_next) {
    for (const SettlingProvider& provider : settling_providers) {
        SCOPED_TRACE(provider.name);
        SettlementBench bench{provider};
        bench.faults(R"({"action":{"kind":"settlement_failed"},"count":1})");
        bench.purchase("P0000000000000000001", 5'000);
        bench.sandbox->settle();
        auto settled = bench.settled();
        ASSERT_EQ(settled.size(), 1u);
        EXPECT_EQ(settled[0].first.state, Settlement::State::failed);
        const std::int64_t in_failed = net_of(settled[0].second);
        bench.clock.advance(Millis{1'000});
        bench.purchase("P0000000000000000002", 1'234);
        bench.sandbox->settle();
        settled = bench.settled();
        ASSERT_EQ(settled.size(), 2u);
        const auto paid =
            std::ranges::find(settled, Settlement::State::paid, [](const auto& each) { return each.first.state; });
        ASSERT_NE(paid, settled.end());
        EXPECT_EQ(paid->first.total->minor(), net_of(paid->second));
        std::map<std::string, std::int64_t> gross;
        for (const auto& [settlement, lines] : settled)
            for (const SettlementLine& line : lines)
                if (line.kind == Kind::charge) gross[line.reference] += line.gross.minor();
        EXPECT_EQ(gross["P0000000000000000001"], 5'000) << "once, here or there";
        EXPECT_EQ(gross["P0000000000000000002"], 1'234);
        // Where the failed one has lines, their money comes back as what it is: an adjustment.
        std::int64_t adjusted = 0;
        for (const SettlementLine& line : paid->second)
            if (line.kind == Kind::adjustment) adjusted += line.gross.minor();
        EXPECT_EQ(adjusted, in_failed);
    }
}

TEST(Settlements, of_authorizations_are_of_what_was_captured) {
    for (const SettlingProvider& provider : settling_providers) {
        SCOPED_TRACE(provider.name);
        SettlementBench bench{provider};
        bench.authorize("A0000000000000000001", 9'000);
        const Answer held = bench.authorize("A0000000000000000002", 5'000);
        bench.capture("C0000000000000000003", 4'000, held);
        bench.sandbox->settle();
        const auto settled = bench.settled();
        ASSERT_EQ(settled.size(), 1u);
        ASSERT_EQ(settled[0].second.size(), 1u);
        const SettlementLine& line = settled[0].second[0];
        EXPECT_EQ(line.kind, Kind::charge);
        EXPECT_EQ(line.gross.minor(), 4'000);
        EXPECT_EQ(line.provider_id, held.provider_id);
        // Authorize.Net goes on with the authorization's number.
        EXPECT_EQ(line.reference, provider.name == "stripe" ? "C0000000000000000003" : "A0000000000000000002");
    }
}

TEST(Settlements, have_disputes_under_the_payments_reference_with_their_fee) {
    SettlementBench bench{settling_providers[1]};
    const Answer paid = bench.purchase("P0000000000000000001", 5'000);
    bench.sandbox->settle();
    ASSERT_EQ(bench.order("/sandbox/stripe/disputes", R"({"payment_intent":")" + paid.provider_id + "\"}"), 200);
    const payments::Lookup lookup{.type = payments::TransactionType::purchase,
                                  .reference = "P0000000000000000001",
                                  .amount = bench.money(5'000),
                                  .provider_id = paid.provider_id,
                                  .parent_provider_id = {},
                                  .card_last4 = {},
                                  .sent_at = bench.clock.now()};
    const auto reversals = bench.scheduler.await(bench.connector->reversals(lookup));
    ASSERT_EQ(reversals.all.size(), 1u);
    const std::string dispute = reversals.all[0].provider_id;
    bench.sandbox->settle();
    ASSERT_EQ(bench.order("/sandbox/stripe/disputes/" + dispute, R"({"outcome":"won"})"), 200);
    bench.sandbox->settle();
    const std::pair<Kind, std::pair<std::int64_t, std::int64_t>> expected[] = {
        {Kind::charge, {5'000, 175}},
        {Kind::chargeback, {-5'000, 1'500}},
        {Kind::chargeback_reversal, {5'000, -1'500}}};
    auto settled = bench.settled();
    ASSERT_EQ(settled.size(), 3u);
    for (const auto& [kind, amounts] : expected) {
        const auto found = std::ranges::find(settled, kind, [](const auto& each) { return each.second[0].kind; });
        ASSERT_NE(found, settled.end());
        ASSERT_EQ(found->second.size(), 1u);
        const SettlementLine& line = found->second[0];
        EXPECT_EQ(line.reference, "P0000000000000000001");
        EXPECT_EQ(line.provider_id, kind == Kind::charge ? paid.provider_id : dispute);
        EXPECT_EQ(line.gross.minor(), amounts.first);
        EXPECT_EQ(line.fee.minor(), amounts.second);
        EXPECT_EQ(found->first.total->minor(), net_of(found->second));
    }
}

TEST(Settlements, are_in_the_minor_units_of_their_currency) {
    for (const auto& [currency, minor] :
         {std::pair<std::string_view, std::int64_t>{"JPY", 5'000}, {"KWD", 12'340}, {"ISK", 700}, {"MGA", 50'000}}) {
        SCOPED_TRACE(currency);
        SettlementBench bench{settling_providers[1], currency};
        bench.purchase("P0000000000000000001", minor);
        bench.sandbox->settle();
        const auto settled = bench.settled();
        ASSERT_EQ(settled.size(), 1u);
        ASSERT_EQ(settled[0].second.size(), 1u);
        EXPECT_EQ(settled[0].second[0].gross, bench.money(minor));
        ASSERT_TRUE(settled[0].first.total);
        EXPECT_EQ(settled[0].first.total->currency(), bench.currency);
        EXPECT_EQ(settled[0].first.total->minor(), net_of(settled[0].second));
    }
}

TEST(Settlements, that_are_under_way_have_no_lines_until_they_arrive) {
    SettlementBench bench{settling_providers[1]};
    ASSERT_TRUE(bench.sandbox->change_settings(R"({"stripe":{"payout_ms":172800000}})"));
    bench.purchase("P0000000000000000001", 5'000);
    bench.sandbox->settle();
    auto settled = bench.settled();
    ASSERT_EQ(settled.size(), 1u);
    EXPECT_EQ(settled[0].first.state, Settlement::State::open);
    EXPECT_TRUE(settled[0].second.empty());
    bench.clock.advance(Millis{172'800'000});
    settled = bench.settled();
    ASSERT_EQ(settled.size(), 1u);
    EXPECT_EQ(settled[0].first.state, Settlement::State::paid);
    EXPECT_EQ(settled[0].second.size(), 1u);
}

TEST(Settlements, of_an_account_with_two_currencies_are_not_guessed_where_its_reports_name_none) {
    SettlementBench bench{settling_providers[0]};
    bench.purchase("P0000000000000000001", 5'000);
    const payments::Card card = [] {
        payments::Card made;
        made.number = *security::Pan::from_json("4111111111111111");
        made.expiry_month = 12;
        made.expiry_year = 2035;
        return made;
    }();
    const payments::Charge charge{
        .reference = "P0000000000000000002", .amount = *Money::of(100, *Currency::of("USD")), .card = &card};
    EXPECT_EQ(bench.scheduler.await(bench.connector->purchase(charge)).outcome, Outcome::approved);
    bench.sandbox->settle();
    const auto refused =
        bench.scheduler.await(bench.connector->settlements(bench.begun_at, bench.clock.now() + call_timeout));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "account_currency_unknown");
}

}  // namespace
}  // namespace florin
