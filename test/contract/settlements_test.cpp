// What a provider's stand-in settles, as its connector reads it: line by line the money that moved, and in sum what the
// provider says it has paid.

#include <gtest/gtest.h>

#include <map>

#include "florin/authorize_net/authorize_net.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "florin/stripe/stripe.hpp"
#include "line.hpp"

namespace florin {
namespace {

using payments::Answer;
using payments::Outcome;
using payments::Settlement;
using payments::SettlementLine;
using Kind = SettlementLine::Kind;

constexpr Millis timeout{30'000};

struct Provider {
    std::string_view name;
    std::unique_ptr<payments::Connector> (*make)(World world, http::Client& line);
};

const Provider providers[] = {
    {"authorize_net",
     [](World world, http::Client& line) {
         authorize_net::Settings settings;
         settings.base_url = "http://provider.test";
         settings.login.assign("sandboxLogin");
         settings.transaction_key.assign("sandboxKey123456");
         settings.charge_timeout = timeout;
         settings.query_timeout = timeout;
         return authorize_net::make_authorize_net(std::move(settings), world,
                                                  [&line]() -> http::Client& { return line; });
     }},
    {"stripe",
     [](World world, http::Client& line) {
         stripe::Settings settings;
         settings.base_url = "http://provider.test";
         settings.secret_key.assign("sk_test_sandbox");
         settings.charge_timeout = timeout;
         settings.query_timeout = timeout;
         return stripe::make_stripe(std::move(settings), world, [&line]() -> http::Client& { return line; });
     }},
};

/// One provider in a world of its own, and what was done there.
struct Bench {
    explicit Bench(const Provider& p, std::string_view code = "EUR") : provider{p}, currency{*Currency::of(code)} {}

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

    const Provider& provider;
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
    for (const Provider& provider : providers) {
        SCOPED_TRACE(provider.name);
        Bench bench{provider};
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
    for (const Provider& provider : providers) {
        SCOPED_TRACE(provider.name);
        Bench bench{provider};
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
    for (const Provider& provider : providers) {
        for (const Case& c : cases) {
            SCOPED_TRACE(std::string{provider.name} + ": " + std::string{c.why});
            Bench bench{provider};
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
    for (const Provider& provider : providers) {
        for (const std::string_view action :
             {R"({"kind":"drop_after"})", R"({"kind":"garbage"})", R"({"kind":"error_before"})"}) {
            SCOPED_TRACE(std::string{provider.name} + ": " + std::string{action});
            Bench bench{provider};
            bench.purchase("P0000000000000000001", 5'000);
            bench.sandbox->settle();
            bench.faults(R"({"action":)" + std::string{action} + R"(,"count":1})");
            const auto failed =
                bench.scheduler.await(bench.connector->settlements(bench.begun_at, bench.clock.now() + timeout));
            ASSERT_FALSE(failed);
            EXPECT_EQ(failed.error().kind, ErrorKind::outcome_unknown);
            EXPECT_EQ(bench.settled().size(), 1u);
        }
    }
}

TEST(Settlements, of_an_account_with_two_currencies_are_not_guessed_where_its_reports_name_none) {
    Bench bench{providers[0]};
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
        bench.scheduler.await(bench.connector->settlements(bench.begun_at, bench.clock.now() + timeout));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "account_currency_unknown");
}

}  // namespace
}  // namespace florin
