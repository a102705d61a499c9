#include "settlements.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::stripe {
namespace {

using namespace test;
using payments::Settlement;
using payments::SettlementLine;
using payments::SettlementPage;
using Kind = SettlementLine::Kind;

/// As the vendor shows it.
struct Shown {
    std::string_view id = "po_1", status = "paid", currency = "eur", reconciliation = "completed";
    std::string_view amount = "941";
    std::int64_t arrival_s = 1'795'046'400;  // 2026-11-19
    bool is_automatic = true;
};
std::string payout(const Shown& shown) {
    std::string text = R"({"id":")" + std::string{shown.id} + R"(","object":"payout","amount":)";
    text.append(shown.amount).append(R"(,"arrival_date":)").append(std::to_string(shown.arrival_s));
    text.append(R"(,"automatic":)").append(shown.is_automatic ? "true" : "false");
    text.append(R"(,"balance_transaction":"txn_9","created":1795000000,"currency":")").append(shown.currency);
    text.append(R"(","method":"standard","reconciliation_status":")").append(shown.reconciliation);
    return text.append(R"(","status":")").append(shown.status).append(R"(","type":"bank_account"})");
}

/// A balance transaction; `source` is JSON.
std::string entry(std::string_view type, std::string_view amount, std::string_view fee, std::string_view source,
                  std::string_view category = {}, std::string_view currency = "eur", std::string_view id = "txn_1") {
    std::string text = R"({"id":")" + std::string{id} + R"(","object":"balance_transaction","amount":)";
    text.append(amount).append(R"(,"available_on":1795046400,"created":1795000000,"currency":")").append(currency);
    text.append(R"(","description":"What it says","exchange_rate":null,"fee":)").append(fee);
    text.append(R"(,"fee_details":[],"net":0,"reporting_category":")").append(category.empty() ? type : category);
    return text.append(R"(","source":)")
        .append(source)
        .append(R"(,"status":"available","type":")")
        .append(type)
        .append("\"}");
}
std::string paid_intent(std::string_view metadata = R"("reference":"P0000000000000000017")") {
    return R"({"id":"pi_17","object":"payment_intent","metadata":{)" + std::string{metadata} + "}}";
}
std::string charge(std::string_view of) {
    return R"({"id":"ch_1","object":"charge","metadata":{"reference":"COPY"},"payment_intent":)" + std::string{of} +
           "}";
}

class StripeSettlements : public testing::Test, protected Bench {
protected:
    Result<std::vector<Settlement>> between(std::string_view since, std::string_view until) {
        return scheduler.await(connector->settlements(*parse_instant(since), *parse_instant(until)));
    }
    Result<std::vector<Settlement>> between() { return between("2026-11-18T00:00:00Z", "2026-11-21T00:00:00Z"); }
    Result<SettlementPage> lines(std::string cursor = {}, Settlement::State state = Settlement::State::paid) {
        const Settlement settlement{.id = "po_1", .state = state, .settled_at = {}, .total = {}};
        return scheduler.await(connector->settlement_lines(settlement, std::move(cursor)));
    }
    /// The only line of a payout that has this entry.
    Result<SettlementPage> of(std::string_view entries) {
        client.says(payout({}));
        client.says(list_of(entries));
        return lines();
    }
};

TEST_F(StripeSettlements, a_payout_is_a_settlement_of_the_day_on_which_it_reaches_the_bank) {
    client.says(
        list_of(payout({.id = "po_2", .status = "in_transit", .arrival_s = 1'795'132'800}) + "," + payout({}), true));
    client.says(list_of(payout({.id = "po_0", .currency = "jpy", .amount = "-5000"})));
    const auto settlements = between();
    ASSERT_TRUE(settlements);
    ASSERT_EQ(settlements->size(), 3u);
    EXPECT_EQ((*settlements)[0].id, "po_0");
    EXPECT_EQ((*settlements)[0].total, money(-5'000, "JPY")) << "taken from the bank";
    EXPECT_EQ((*settlements)[1].id, "po_1");
    EXPECT_EQ((*settlements)[1].state, Settlement::State::paid);
    EXPECT_EQ((*settlements)[1].settled_at, *parse_instant("2026-11-19T00:00:00Z"));
    EXPECT_EQ((*settlements)[1].total, money(941));
    EXPECT_EQ((*settlements)[2].id, "po_2");
    EXPECT_EQ((*settlements)[2].state, Settlement::State::open);
    EXPECT_EQ(client.calls[0].url,
              "https://stripe.test/v1/payouts?limit=100&arrival_date%5Bgte%5D=1794960000&"
              "arrival_date%5Blte%5D=1795219200");
    EXPECT_TRUE(client.calls[1].url.ends_with("&starting_after=po_1"));
    EXPECT_EQ(client.calls[0].method, "GET");
}

TEST_F(StripeSettlements, a_payout_is_paid_only_when_the_bank_has_it_and_its_list_is_whole) {
    struct Case {
        std::string_view status, reconciliation;
        Settlement::State state;
    };
    const Case cases[] = {
        {"paid", "completed", Settlement::State::paid},
        {"paid", "not_applicable", Settlement::State::paid},
        {"paid", "", Settlement::State::paid},
        {"paid", "in_progress", Settlement::State::open},
        {"pending", "completed", Settlement::State::open},
        {"in_transit", "completed", Settlement::State::open},
        {"failed", "completed", Settlement::State::failed},
        {"canceled", "not_applicable", Settlement::State::failed},
        {"something_new", "completed", Settlement::State::open},
        {"", "", Settlement::State::open},
    };
    for (const Case& c : cases) {
        client.says(list_of(payout({.status = c.status, .reconciliation = c.reconciliation})));
        const auto settlements = between();
        ASSERT_TRUE(settlements && settlements->size() == 1) << c.status;
        EXPECT_EQ((*settlements)[0].state, c.state) << c.status << " " << c.reconciliation;
    }
}

TEST_F(StripeSettlements, a_payout_that_is_not_understood_stops_the_list) {  // F1
    for (const Shown& odd : {Shown{.id = "tr_1"}, Shown{.id = "po_"}, Shown{.currency = "xxx"}, Shown{.arrival_s = 0},
                             Shown{.arrival_s = INT64_MAX}}) {
        client.says(list_of(payout(odd)));
        const auto refused = between();
        ASSERT_FALSE(refused) << payout(odd);
        EXPECT_EQ(refused.error().kind, ErrorKind::outcome_unknown);
    }
    for (const std::string_view odd : {R"({"object":"charge","id":"ch_1"})", "7", "null"}) {
        client.says(list_of(odd));
        EXPECT_EQ(between().error().code, "foreign_reply");
    }
    client.says("{}");
    EXPECT_EQ(between().error().code, "foreign_reply");
    client.says(problem("invalid_request_error", "resource_missing"), 404);
    EXPECT_EQ(between().error().kind, ErrorKind::outcome_unknown);
    client.fails(ErrorKind::unavailable, "not_connected");
    EXPECT_EQ(between().error().kind, ErrorKind::outcome_unknown);
    // Only its amount: then the lines alone say what was paid.
    client.says(list_of(payout({.amount = "9223372036854775807"})));
    EXPECT_FALSE((*between())[0].total.has_value());
    client.says(list_of(payout({.amount = "-9223372036854775808"})));
    EXPECT_FALSE((*between())[0].total.has_value());
}

TEST_F(StripeSettlements, balance_transactions_are_lines_with_our_reference_and_the_ids_that_answers_have) {
    struct Case {
        std::string_view why;
        std::string entry;
        Kind kind;
        std::string_view reference, provider_id;
        std::int64_t gross, fee;
    };
    const std::string dispute =
        R"({"id":"du_1","object":"dispute","metadata":{},"payment_intent":)" + paid_intent() + "}";
    const std::string refund =
        R"({"id":"re_1","object":"refund","metadata":{"reference":"R1"},"payment_intent":)" + paid_intent() + "}";
    const Case cases[] = {
        {"a charge", entry("charge", "1000", "59", charge(paid_intent())), Kind::charge, test::reference, "pi_17",
         1'000, 59},
        {"a debit", entry("payment", "1000", "35", charge(paid_intent())), Kind::charge, test::reference, "pi_17",
         1'000, 35},
        {"a charge whose intent is not shown", entry("charge", "1000", "59", charge(R"("pi_17")")), Kind::charge,
         "COPY", "pi_17", 1'000, 59},
        {"a charge without an intent", entry("charge", "1000", "59", charge("null")), Kind::charge, "COPY", "ch_1",
         1'000, 59},
        {"a source that is not shown", entry("charge", "1000", "59", R"("ch_1")"), Kind::charge, "", "ch_1", 1'000, 59},
        {"somebody else's charge", entry("charge", "1000", "59", charge(paid_intent(""))), Kind::charge, "", "pi_17",
         1'000, 59},
        {"the only capture", entry("charge", "400", "0", charge(paid_intent(R"("reference":"A1","capture_C1":"400")"))),
         Kind::charge, "C1", "pi_17", 400, 0},
        {"one of several captures, by its amount",
         entry("charge", "300", "0", charge(paid_intent(R"("reference":"A1","capture_C1":"400","capture_C2":"300")"))),
         Kind::charge, "C2", "pi_17", 300, 0},
        {"one of several captures of the same amount",
         entry("charge", "300", "0", charge(paid_intent(R"("reference":"A1","capture_C1":"300","capture_C2":"300")"))),
         Kind::charge, "A1", "pi_17", 300, 0},
        {"a refund", entry("refund", "-250", "0", refund), Kind::refund, "R1", "re_1", -250, 0},
        {"a refund of a debit", entry("payment_refund", "-250", "0", refund), Kind::refund, "R1", "re_1", -250, 0},
        {"money taken back", entry("adjustment", "-1000", "1500", dispute, "dispute"), Kind::chargeback,
         test::reference, "du_1", -1'000, 1'500},
        {"money that came back", entry("adjustment", "1000", "-1500", dispute, "dispute_reversal"),
         Kind::chargeback_reversal, test::reference, "du_1", 1'000, -1'500},
        {"the same without a category", entry("adjustment", "1000", "0", dispute, "other_adjustment"),
         Kind::chargeback_reversal, test::reference, "du_1", 1'000, 0},
        {"a returned debit", entry("payment_failure_refund", "-1000", "400", charge(paid_intent())), Kind::chargeback,
         test::reference, "pi_17", -1'000, 400},
        {"a fee by itself", entry("stripe_fee", "-200", "0", "null", "fee"), Kind::fee, "", "", 0, 200},
        {"a fee given back", entry("stripe_fee", "200", "0", "null", "fee"), Kind::fee, "", "", 0, -200},
        {"a payout that failed", entry("payout_failure", "941", "0", R"("po_0")", "payout_reversal"), Kind::adjustment,
         "", "po_0", 941, 0},
        {"something new", entry("something_new", "-7", "1", R"({"id":"xx_1","object":"thing"})"), Kind::adjustment, "",
         "xx_1", -7, 1},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        const auto page = of(c.entry);
        ASSERT_TRUE(page) << page.error().message;
        ASSERT_EQ(page->lines.size(), 1u);
        const SettlementLine& line = page->lines[0];
        EXPECT_EQ(line.id, "txn_1");
        EXPECT_EQ(line.kind, c.kind);
        EXPECT_EQ(line.reference, c.reference);
        EXPECT_EQ(line.provider_id, c.provider_id);
        EXPECT_EQ(line.gross, money(c.gross));
        EXPECT_EQ(line.fee, money(c.fee));
        const bool is_ours = c.kind == Kind::charge || c.kind == Kind::refund;
        EXPECT_EQ(line.description.ends_with(": What it says"), !is_ours) << line.description;
    }
}

TEST_F(StripeSettlements, the_payout_itself_and_what_comes_to_nothing_are_no_lines) {
    const auto page = of(entry("payout", "-941", "0", R"("po_1")") + "," +
                         entry("payout", "-941", "0", R"({"id":"po_1","object":"payout"})") + "," +
                         entry("charge", "0", "0", R"("ch_1")") + "," + entry("payout", "-5", "0", R"("po_other")"));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->lines.size(), 1u) << "another payout's is something that a person has to see";
    EXPECT_EQ(page->lines[0].kind, Kind::adjustment);
}

TEST_F(StripeSettlements, amounts_are_in_the_units_of_their_currency_or_not_known) {  // F91
    struct Case {
        std::string_view currency, amount;
        std::optional<Money> gross;
    };
    const Case cases[] = {
        {"jpy", "1000", money(1'000, "JPY")},
        {"kwd", "1230", money(1'230, "KWD")},
        {"isk", "1200", money(12, "ISK")},
        {"isk", "1250", std::nullopt},
        {"mga", "3", money(300, "MGA")},
        {"ugx", "100", std::nullopt},
        {"xxx", "100", std::nullopt},
        {"", "100", std::nullopt},
        {"eur", "10.5", std::nullopt},
        {"eur", "\"1000\"", std::nullopt},
        {"eur", "null", std::nullopt},
        {"eur", "9223372036854775807", std::nullopt},
        {"eur", "-9223372036854775808", std::nullopt},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(std::string{c.currency} + " " + std::string{c.amount});
        const auto page = of(entry("charge", c.amount, "0", R"("ch_1")", {}, c.currency));
        ASSERT_EQ(page.has_value(), c.gross.has_value());
        if (page)
            EXPECT_EQ(page->lines[0].gross, *c.gross);
        else
            EXPECT_EQ(page.error().kind, ErrorKind::outcome_unknown);
    }
}

TEST_F(StripeSettlements, pages_follow_the_last_balance_transaction) {
    client.says(payout({}));
    client.says(list_of(entry("charge", "100", "0", R"("ch_1")", {}, "eur", "txn_a") + "," +
                            entry("payout", "-941", "0", R"("po_1")", {}, "eur", "txn_b"),
                        true));
    const auto first = lines();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->lines.size(), 1u);
    EXPECT_EQ(first->next, "txn_b");
    EXPECT_EQ(client.calls[0].url, "https://stripe.test/v1/payouts/po_1");
    EXPECT_EQ(client.calls[1].url,
              "https://stripe.test/v1/balance_transactions?limit=100&payout=po_1&expand%5B0%5D=data.source&"
              "expand%5B1%5D=data.source.payment_intent");
    client.says(list_of(entry("charge", "100", "0", R"("ch_2")", {}, "eur", "txn_c")));
    const auto second = lines(first->next);
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->next.empty());
    EXPECT_TRUE(client.calls[2].url.ends_with("&starting_after=txn_b"));
    EXPECT_EQ(client.calls.size(), 3u) << "the payout is looked at once";
    for (const std::string_view odd : {"po_1", "txn_", "txn_1&payout=po_2", "2"})
        EXPECT_EQ(lines(std::string{odd}).error().code, "invalid_cursor");
}

TEST_F(StripeSettlements, a_payout_made_by_hand_is_paid_ahead_and_taken_off_the_next_one) {
    for (const Shown& by_hand : {Shown{.is_automatic = false}, Shown{.reconciliation = "not_applicable"}}) {
        client.says(payout(by_hand));
        const auto page = lines();
        ASSERT_TRUE(page);
        ASSERT_EQ(page->lines.size(), 1u);
        EXPECT_EQ(page->lines[0].kind, Kind::payout);
        EXPECT_EQ(page->lines[0].gross, money(941));
        EXPECT_EQ(page->lines[0].id, "po_1");
        EXPECT_FALSE(page->lines[0].description.empty());
        EXPECT_TRUE(page->next.empty());
    }
    // What an automatic one lists: itself, which is no line of it, and the one made by hand, which cost a fee.
    client.says(payout({}));
    client.says(list_of(
        entry("payout", "-1000", "0", R"("po_1")", {}, "eur", "txn_1") + "," +
        entry("payout", "-941", "9", R"({"id":"po_2","object":"payout","automatic":false})", {}, "eur", "txn_2")));
    const auto next = lines();
    ASSERT_TRUE(next);
    ASSERT_EQ(next->lines.size(), 1u);
    EXPECT_EQ(next->lines[0].kind, Kind::payout);
    EXPECT_EQ(next->lines[0].gross, *minus(money(0), money(941)));
    EXPECT_EQ(next->lines[0].fee, money(9));
    EXPECT_EQ(next->lines[0].provider_id, "po_2");
}

TEST_F(StripeSettlements, a_page_that_takes_too_long_is_read_in_smaller_ones) {
    const auto asked = [&](std::size_t call, std::string_view what) {
        return client.calls.at(call).url.find(what) != std::string::npos;
    };
    client.fails(ErrorKind::outcome_unknown, "no_answer");
    client.fails(ErrorKind::outcome_unknown, "no_answer");
    client.says(list_of(entry("charge", "100", "0", R"("ch_1")", {}, "eur", "txn_5"), true));
    const auto some = lines("txn_1");
    ASSERT_TRUE(some);
    EXPECT_EQ(some->lines.size(), 1u);
    EXPECT_EQ(some->next, "txn_5/4");
    EXPECT_TRUE(asked(0, "limit=100&") && asked(1, "limit=20&") && asked(2, "limit=4&"));
    EXPECT_TRUE(asked(2, "starting_after=txn_1"));
    // From there on it is asked for as many, and what is no matter of time is not asked for again.
    client.fails(ErrorKind::outcome_unknown, "http_502");
    EXPECT_EQ(lines(some->next).error().code, "http_502");
    EXPECT_TRUE(asked(3, "limit=4&") && asked(3, "starting_after=txn_5"));
    for (int i = 0; i < 4; ++i) client.fails(ErrorKind::outcome_unknown, "no_answer");
    EXPECT_EQ(lines("txn_1").error().code, "no_answer");
    EXPECT_EQ(client.calls.size(), 8u) << "down to one at once, and no further";
    for (const std::string_view odd : {"txn_1/", "txn_1/100", "txn_1/3", "/4", "ch_1"})
        EXPECT_EQ(lines(std::string{odd}).error().code, "invalid_cursor") << odd;
}

TEST_F(StripeSettlements, what_failed_has_left_the_balance_and_has_lines_and_what_is_under_way_has_none_yet) {
    EXPECT_TRUE(lines({}, Settlement::State::open)->lines.empty());
    EXPECT_TRUE(client.calls.empty());
    client.says(payout({.status = "failed"}));
    client.says(list_of(entry("charge", "100", "0", R"("ch_1")")));
    EXPECT_EQ(lines({}, Settlement::State::failed)->lines.size(), 1u);
}

TEST_F(StripeSettlements, lines_that_are_not_understood_stop_the_page) {  // F1
    client.says(payout({.id = "po_2"}));
    EXPECT_EQ(lines().error().code, "foreign_reply");
    client.says(problem("invalid_request_error", "resource_missing"), 404);
    EXPECT_EQ(lines().error().kind, ErrorKind::outcome_unknown);
    for (const std::string_view odd : {R"({"object":"charge","id":"ch_1"})", R"({"object":"balance_transaction"})"}) {
        client.says(payout({}));
        client.says(list_of(odd));
        EXPECT_EQ(lines().error().code, "foreign_reply");
    }
    client.says(payout({}));
    client.fails(ErrorKind::outcome_unknown, "no_answer");
    EXPECT_EQ(lines().error().code, "no_answer");
}

}  // namespace
}  // namespace florin::stripe
