#include "settlements.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::authorize_net {
namespace {

using namespace test;
using payments::Settlement;
using payments::SettlementLine;
using payments::SettlementPage;
using Kind = SettlementLine::Kind;

/// As the vendor writes it, with the companions of .NET.
std::string batch(std::string_view id, std::string_view settled_at, std::string_view state = "settledSuccessfully",
                  std::string_view statistics = R"({"accountType":"Visa","chargeAmount":30.00,"chargeCount":2,
                    "refundAmount":5.5,"refundCount":1,"voidCount":0,"declineCount":0,"errorCount":0,
                    "returnedItemAmountSpecified":false,"chargebackAmountSpecified":false})") {
    std::string text = R"({"batchId":")" + std::string{id} + R"(","settlementTimeUTC":")";
    text.append(settled_at).append(R"(","settlementTimeUTCSpecified":true,"settlementState":")").append(state);
    return text.append(R"(","paymentMethod":"creditCard","statistics":[)").append(statistics).append("]}");
}
std::string batch_list(std::string_view batches) {
    return R"({"batchList":[)" + std::string{batches} + "]," + std::string{ok};
}
std::string row(std::string_view id, std::string_view status, std::string_view amount,
                std::string_view invoice = "P0000000000000000017") {
    std::string text = R"({"transId":")" + std::string{id} + R"(","submitTimeUTC":"2026-11-18T10:15:30Z",)";
    text.append(R"("transactionStatus":")").append(status).append(R"(","invoiceNumber":")").append(invoice);
    return text.append(R"(","accountNumber":"XXXX1111","settleAmount":)").append(amount).append("}");
}
std::string rows(std::string_view all) { return R"({"transactions":[)" + std::string{all} + "]," + std::string{ok}; }

class AuthorizeNetSettlements : public testing::Test, protected Bench {
protected:
    AuthorizeNetSettlements() {
        use_currency("USD");
        clock.advance(*parse_instant("2026-12-31T00:00:00Z") - clock.now());
    }
    void use_currency(std::string currency) {
        Settings with = settings();
        with.currency = std::move(currency);
        connector =
            make_authorize_net(std::move(with), World{clock, random}, [this]() -> http::Client& { return client; });
    }
    Result<std::vector<Settlement>> between(std::string_view since, std::string_view until) {
        return scheduler.await(connector->settlements(*parse_instant(since), *parse_instant(until)));
    }
    Result<SettlementPage> lines(std::string cursor = {}, Settlement::State state = Settlement::State::paid) {
        settlement_.state = state;
        return scheduler.await(connector->settlement_lines(settlement_, std::move(cursor)));
    }
    Settlement settlement_{.id = "5501", .state = Settlement::State::paid, .settled_at = {}, .total = usd(2450)};
};

TEST_F(AuthorizeNetSettlements, a_batch_is_a_settlement_that_comes_to_its_charges_less_its_refunds) {
    client.says(batch_list(batch("5502", "2026-11-19T09:00:00Z") + "," + batch("5501", "2026-11-18T09:00:00.5Z")));
    const auto settlements = between("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z");
    ASSERT_TRUE(settlements);
    ASSERT_EQ(settlements->size(), 2u);
    EXPECT_EQ((*settlements)[0].id, "5501") << "the oldest first";
    EXPECT_EQ((*settlements)[0].state, Settlement::State::paid);
    EXPECT_EQ((*settlements)[0].settled_at, *parse_instant("2026-11-18T09:00:00.5Z"));
    EXPECT_EQ((*settlements)[0].total, usd(2450));
    EXPECT_EQ(client.calls.size(), 1u) << "the currency is configured, and is not asked for";
}

TEST_F(AuthorizeNetSettlements, what_was_taken_back_is_deducted_once) {
    struct Case {
        std::string_view why, statistics;
        std::optional<std::int64_t> total;
    };
    const Case cases[] = {
        {"several kinds of cards",
         R"({"accountType":"Visa","chargeAmount":10},{"accountType":"MasterCard","chargeAmount":2.5,"refundAmount":1})",
         1150},
        {"more paid back than taken", R"({"chargeAmount":0,"refundAmount":7.00})", -700},
        {"returned items", R"({"chargeAmount":10,"returnedItemAmount":3})", 700},
        {"the same returned items, told twice",
         R"({"chargeAmount":10,"returnedItemAmount":3,"chargeReturnedItemsAmount":3})", 700},
        {"only told by what was returned",
         R"({"chargeAmount":12.22,"returnedItemAmount":0,"chargeReturnedItemsAmount":12.21})", 1},
        {"a returned refund gives",
         R"({"chargeAmount":10,"returnedItemAmount":5,"chargeReturnedItemsAmount":4,"refundReturnedItemsAmount":1})",
         700},
        {"chargebacks", R"({"chargeAmount":10,"chargebackAmount":2,"chargeChargeBackAmount":0})", 800},
        {"nothing is stated", "", std::nullopt},
        {"it cannot be read", R"({"chargeAmount":"a lot"})", std::nullopt},
        {"more decimals than the currency has", R"({"chargeAmount":1.005})", std::nullopt},
        {"more than there is", R"({"chargeAmount":99999999999999.00})", std::nullopt},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        client.says(batch_list(batch("5501", "2026-11-18T09:00:00Z", "settledSuccessfully", c.statistics)));
        const auto settlements = between("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z");
        ASSERT_TRUE(settlements);
        ASSERT_EQ(settlements->size(), 1u);
        EXPECT_EQ((*settlements)[0].total.has_value(), c.total.has_value());
        if ((*settlements)[0].total && c.total) EXPECT_EQ((*settlements)[0].total->minor(), *c.total);
    }
}

TEST_F(AuthorizeNetSettlements, a_batch_is_paid_only_where_the_gateway_says_so) {
    const std::pair<std::string_view, Settlement::State> cases[] = {{"settledSuccessfully", Settlement::State::paid},
                                                                    {"pendingSettlement", Settlement::State::open},
                                                                    {"settlementError", Settlement::State::failed},
                                                                    {"somethingNew", Settlement::State::open},
                                                                    {"", Settlement::State::open}};
    for (const auto& [text, state] : cases) {
        client.says(batch_list(batch("5501", "2026-11-18T09:00:00Z", text)));
        const auto settlements = between("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z");
        ASSERT_TRUE(settlements && settlements->size() == 1) << text;
        EXPECT_EQ((*settlements)[0].state, state) << text;
    }
    // Pending without a moment: it is listed again when it has one. Settled without one: nobody can say when.
    client.says(batch_list(batch("5501", "", "pendingSettlement")));
    EXPECT_TRUE(between("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z")->empty());
    client.says(batch_list(batch("5501", "soon")));
    EXPECT_EQ(between("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z").error().code, "unreadable_batch");
}

TEST_F(AuthorizeNetSettlements, long_spans_are_cut_and_their_seams_show_nothing_twice) {
    for (const std::string_view settled_at : {"2026-10-31T00:00:00Z", "2026-10-31T00:00:00Z", "2026-11-29T09:00:00Z"})
        client.says(batch_list(batch(settled_at.substr(5, 2), settled_at)));
    const auto settlements = between("2026-10-01T00:00:00Z", "2026-12-15T00:00:00Z");
    ASSERT_TRUE(settlements);
    EXPECT_EQ(settlements->size(), 2u);
    ASSERT_EQ(client.calls.size(), 3u);
    EXPECT_NE(
        body(0).find(R"("firstSettlementDate":"2026-10-01T00:00:00Z","lastSettlementDate":"2026-10-31T00:00:01Z")"),
        std::string_view::npos);
    EXPECT_NE(body(2).find(R"("lastSettlementDate":"2026-12-15T00:00:01Z")"), std::string_view::npos);

    client.says(batch_list(batch("1", "2026-11-18T00:00:00Z") + "," + batch("2", "2026-11-20T00:00:00Z")));
    const auto inside = between("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z");
    ASSERT_TRUE(inside && inside->size() == 1);
    EXPECT_EQ((*inside)[0].id, "1");
}

TEST_F(AuthorizeNetSettlements, nobody_asks_for_what_is_yet_to_come) {
    client.says(no_records);
    EXPECT_TRUE(between("2026-12-30T00:00:00Z", "2027-02-15T00:00:00Z")->empty());
    ASSERT_EQ(client.calls.size(), 1u);
    EXPECT_NE(body(0).find(R"("lastSettlementDate":"2026-12-31T01:00:01Z")"), std::string_view::npos) << body(0);
    EXPECT_TRUE(between("2027-02-01T00:00:00Z", "2027-02-15T00:00:00Z")->empty());
    EXPECT_EQ(client.calls.size(), 1u);
}

TEST_F(AuthorizeNetSettlements, without_a_configured_currency_the_account_is_asked_and_has_to_have_one) {
    use_currency("");
    const auto with_currencies = [&](std::string_view currencies) {
        client.says(batch_list(batch("5501", "2026-11-18T09:00:00Z")));
        client.says(R"({"isTestMode":false,"currencies":[)" + std::string{currencies} + "]," + std::string{ok});
        return between("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z");
    };
    const auto one = with_currencies(R"("CAD")");
    ASSERT_TRUE(one);
    EXPECT_EQ((*one)[0].total->code(), "CAD");
    for (const std::string_view unclear : {"", R"("EUR","USD")", R"("XXXX")", "17"}) {
        const auto refused = with_currencies(unclear);
        ASSERT_FALSE(refused) << unclear;
        EXPECT_EQ(refused.error().code, "account_currency_unknown") << unclear;
        EXPECT_EQ(refused.error().kind, ErrorKind::outcome_unknown) << unclear;
    }
    // Where nothing was settled nobody needs to know.
    const std::size_t calls = client.calls.size();
    client.says(no_records);
    EXPECT_TRUE(between("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z")->empty());
    EXPECT_EQ(client.calls.size(), calls + 1);
    // A settlement knows its currency; only one without a total has to ask.
    client.says(rows(row("1", "settledSuccessfully", "1")));
    EXPECT_EQ(lines()->lines[0].gross, usd(100));
    settlement_.total.reset();
    client.says(R"({"currencies":["CAD"],)" + std::string{ok});
    client.says(rows(row("1", "settledSuccessfully", "1")));
    EXPECT_EQ(lines()->lines[0].gross.code(), "CAD");
}

TEST_F(AuthorizeNetSettlements, what_moved_money_is_a_line_and_what_did_not_is_none) {
    struct Case {
        std::string_view status, amount;
        std::optional<std::pair<Kind, std::int64_t>> line;
    };
    const Case cases[] = {
        {"settledSuccessfully", "12.50", {{Kind::charge, 1250}}},
        {"settledSuccessfully", "\"12.5000\"", {{Kind::charge, 1250}}},
        {"settledSuccessfully", "0", std::nullopt},
        {"pendingFinalSettlement", "12.5", {{Kind::charge, 1250}}},
        {"refundSettledSuccessfully", "4", {{Kind::refund, -400}}},
        {"refundSettledSuccessfully", "-4", {{Kind::refund, -400}}},
        {"returnedItem", "3.00", {{Kind::chargeback, -300}}},
        {"chargeback", "3.00", {{Kind::chargeback, -300}}},
        {"chargebackReversal", "3.00", {{Kind::chargeback_reversal, 300}}},
        {"voided", "12.50", std::nullopt},
        {"declined", "12.50", std::nullopt},
        {"expired", "12.50", std::nullopt},
        {"settlementError", "12.50", std::nullopt},
        {"declined", "null", std::nullopt},
        {"somethingNew", "1.00", {{Kind::adjustment, 100}}},
        {"", "-1.00", {{Kind::adjustment, -100}}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(std::string{c.status} + " " + std::string{c.amount});
        client.says(rows(row("40000000017", c.status, c.amount)));
        const auto page = lines();
        ASSERT_TRUE(page);
        ASSERT_EQ(page->lines.size(), c.line ? 1u : 0u);
        EXPECT_TRUE(page->next.empty());
        if (!c.line) continue;
        const SettlementLine& line = page->lines[0];
        EXPECT_EQ(line.kind, c.line->first);
        EXPECT_EQ(line.gross, usd(c.line->second));
        EXPECT_TRUE(line.fee.is_zero());
        EXPECT_EQ(line.id, "5501/40000000017");
        EXPECT_EQ(line.provider_id, "40000000017");
        EXPECT_EQ(line.reference, "P0000000000000000017");
        EXPECT_EQ(line.description, line.kind == Kind::charge || line.kind == Kind::refund ? "" : c.status);
    }
}

TEST_F(AuthorizeNetSettlements, an_amount_that_cannot_be_read_is_never_guessed) {  // F91
    for (const std::string_view amount : {"1.005", "\"twelve\"", "null", "1e2", "\"\"", "[]", "9999999999999999.00"}) {
        client.says(rows(row("1", "settledSuccessfully", "1") + "," + row("2", "settledSuccessfully", amount)));
        const auto page = lines();
        ASSERT_FALSE(page) << amount;
        EXPECT_EQ(page.error().code, "unreadable_amount") << amount;
        EXPECT_EQ(page.error().kind, ErrorKind::outcome_unknown) << amount;
    }
    client.says(rows(R"({"transactionStatus":"settledSuccessfully","settleAmount":1})"));
    EXPECT_EQ(lines().error().code, "unreadable_transaction");
}

TEST_F(AuthorizeNetSettlements, a_full_page_is_followed_by_another_until_one_is_not_full) {
    std::string full;
    for (int i = 1; i <= page_size; ++i) {
        if (!full.empty()) full += ',';
        full += row(std::to_string(i), i % 2 == 0 ? "settledSuccessfully" : "voided", "1.00");
    }
    client.says(rows(full));
    const auto first = lines();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->lines.size(), static_cast<std::size_t>(page_size / 2));
    EXPECT_EQ(first->next, "2");
    client.says(no_records);
    const auto second = lines(first->next);
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->lines.empty());
    EXPECT_TRUE(second->next.empty());
    EXPECT_NE(body(1).find(R"("offset":2)"), std::string_view::npos);
    for (const std::string_view odd : {"0", "-1", "two", "2x", "100001", "99999999999", "2/", "2/500", "2/7", "/20"})
        EXPECT_EQ(lines(std::string{odd}).error().code, "invalid_cursor") << odd;
}

TEST_F(AuthorizeNetSettlements, a_page_that_takes_too_long_is_read_in_smaller_ones) {
    client.fails(ErrorKind::outcome_unknown, "no_answer");
    client.fails(ErrorKind::outcome_unknown, "no_answer");
    std::string full;
    for (int i = 1; i <= 20; ++i)
        full += (full.empty() ? "" : ",") + row(std::to_string(i), "settledSuccessfully", "1.00");
    client.says(rows(full));
    // The second page of five hundred is the 26th of twenty.
    const auto some = lines("2");
    ASSERT_TRUE(some);
    EXPECT_EQ(some->lines.size(), 20u);
    EXPECT_EQ(some->next, "27/20");
    EXPECT_NE(body(0).find(R"("limit":500,"offset":2)"), std::string_view::npos) << body(0);
    EXPECT_NE(body(1).find(R"("limit":100,"offset":6)"), std::string_view::npos) << body(1);
    EXPECT_NE(body(2).find(R"("limit":20,"offset":26)"), std::string_view::npos) << body(2);
    // From there on it is asked for as many, and what is no matter of time is not asked for again.
    client.fails(ErrorKind::outcome_unknown, "http_500");
    EXPECT_EQ(lines(some->next).error().code, "http_500");
    EXPECT_NE(body(3).find(R"("limit":20,"offset":27)"), std::string_view::npos) << body(3);
    for (int i = 0; i < 4; ++i) client.fails(ErrorKind::outcome_unknown, "no_answer");
    EXPECT_EQ(lines().error().code, "no_answer");
    EXPECT_EQ(client.calls.size(), 8u) << "down to four at once, and no further";
}

TEST_F(AuthorizeNetSettlements, what_was_not_paid_has_no_lines_and_nobody_is_asked) {
    EXPECT_TRUE(lines({}, Settlement::State::failed)->lines.empty());
    EXPECT_TRUE(lines({}, Settlement::State::open)->lines.empty());
    EXPECT_TRUE(client.calls.empty());
}

TEST_F(AuthorizeNetSettlements, without_an_answer_nothing_is_concluded) {  // F1
    const auto ask = [&] { return between("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z"); };
    client.fails(ErrorKind::unavailable, "not_connected");
    EXPECT_EQ(ask().error().kind, ErrorKind::outcome_unknown);
    client.says("<html>", 503);
    EXPECT_EQ(ask().error().code, "http_503");
    client.says(request_error("E00011"));
    EXPECT_EQ(ask().error().code, "E00011");
    client.says("{}");
    EXPECT_EQ(ask().error().code, "no_answer");
    client.says(request_error("E00053"));
    EXPECT_EQ(lines().error().code, "E00053");
    client.says("{}");
    EXPECT_EQ(lines().error().kind, ErrorKind::outcome_unknown);
}

}  // namespace
}  // namespace florin::authorize_net
