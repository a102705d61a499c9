#include <gtest/gtest.h>

#include <deque>

#include "florin/bank_simulator/bank_simulator.hpp"
#include "florin/runtime/simulation.hpp"

namespace florin::bank_simulator {
namespace {

using payments::Answer;
using payments::DeclineClass;
using payments::Lookup;
using payments::Outcome;
using payments::StoredCard;
using payments::TransactionType;

/// A bank that answers what it was told to, in order, and remembers what it was asked.
class FakeClient final : public http::Client {
public:
    Task<Result<http::Reply>> send(http::Call call) override {
        calls.push_back(std::move(call));
        co_await sleep_for(Millis{5});
        if (answers.empty()) co_return fail(ErrorKind::outcome_unknown, "no_answer", "Nothing more is scripted.");
        Result<http::Reply> answer = std::move(answers.front());
        answers.pop_front();
        co_return answer;
    }
    void says(int status, std::string_view body) {
        http::Reply reply;
        reply.status = status;
        reply.body = body;
        answers.emplace_back(std::move(reply));
    }
    void fails(ErrorKind kind, std::string_view code) { answers.emplace_back(fail(kind, code, code)); }

    std::deque<Result<http::Reply>> answers;
    std::vector<http::Call> calls;
};

Money eur(std::int64_t minor) { return *Money::of(minor, *Currency::of("EUR")); }

payments::Card sample_card() {
    payments::Card card;
    card.number = *security::Pan::from_json("1234567890123456");
    card.expiry_month = 1;
    card.expiry_year = 2000;
    card.cvv = *security::Cvv::from_json("123");
    card.name = "John Doe";
    return card;
}

std::string payment(std::string_view status, std::string_view code, std::string_view amount = "12.50",
                    std::string_view reference = "P17", std::string_view currency = "EUR") {
    std::string reply = R"({"id":"bp_1","reference":")";
    return reply.append(reference)
        .append(R"(","status":")")
        .append(status)
        .append(R"(","auth_code":"123456","amount":")")
        .append(amount)
        .append(R"(","currency":")")
        .append(currency)
        .append(R"(","captured_amount":"0.00","refunded_amount":"0.00","voided_amount":"0.00","code":")")
        .append(code)
        .append(
            R"(","reason":"What it means.","last4":"3456","brand":"unknown","created_at":"2026-11-18T10:15:30.000Z"})");
}

std::string operation(std::string_view type, std::string_view amount, std::string_view reference = "C18") {
    std::string reply = R"({"id":"bo_1","payment_id":"bp_1","type":")";
    return reply.append(type)
        .append(R"(","reference":")")
        .append(reference)
        .append(R"(","status":"Accepted","amount":")")
        .append(amount)
        .append(R"(","currency":"EUR","code":"00","reason":"","created_at":"2026-11-18T10:15:30.000Z"})");
}

class BankSimulator : public testing::Test {
protected:
    payments::Charge charge(std::int64_t minor = 1250) {
        return {.reference = "P17",
                .amount = eur(minor),
                .card = &card,
                .token = {},
                .billing = {.first_name = {},
                            .last_name = {},
                            .company = {},
                            .address = "1 Main Street",
                            .city = "Anytown",
                            .state = {},
                            .zip = {},
                            .country = {}},
                .customer_id = {},
                .client_ip = {},
                .description = {},
                .is_merchant_initiated = false};
    }
    static payments::FollowUp follow_up(std::int64_t minor) {
        return {.reference = "C18",
                .amount = eur(minor),
                .parent_provider_id = "bp_1",
                .parent_reference = "P17",
                .card_last4 = "3456",
                .token = {},
                .is_first_capture = true};
    }
    Answer purchase() { return scheduler.await(connector->purchase(charge())); }
    Answer look_up(TransactionType type, std::string reference) {
        const Lookup lookup{.type = type,
                            .reference = std::move(reference),
                            .amount = eur(1250),
                            .parent_provider_id = "bp_1",
                            .card_last4 = "3456",
                            .is_first_capture = true,
                            .sent_at = clock.now()};
        return scheduler.await(connector->lookup(lookup));
    }

    const payments::Card card = sample_card();
    SimClock clock;
    SimRandom random{1};
    SimScheduler scheduler{clock};
    FakeClient client;
    std::unique_ptr<payments::Connector> connector =
        make_bank_simulator({.base_url = "http://bank.test", .timeout = Millis{30'000}}, World{clock, random},
                            [this]() -> http::Client& { return client; });
};

TEST_F(BankSimulator, a_purchase_says_what_the_document_says) {  // C-AP-05
    client.says(201, payment("Accepted", "00"));
    const Answer answer = purchase();
    EXPECT_EQ(answer.outcome, Outcome::approved);
    EXPECT_EQ(answer.provider_id, "bp_1");
    EXPECT_EQ(answer.auth_code, "123456");
    EXPECT_EQ(answer.amount, eur(1250));
    ASSERT_EQ(client.calls.size(), 1U);
    EXPECT_EQ(client.calls[0].method, "POST");
    EXPECT_EQ(client.calls[0].url, "http://bank.test/bank/v1/payments");
    EXPECT_EQ(
        client.calls[0].body,
        R"({"reference":"P17","amount":"12.50","currency":"EUR","capture":true,"card":{"number":"1234567890123456",)"
        R"("expiry_month":1,"expiry_year":2000,"cvv":"123","name":"John Doe"},"billing_address":"1 Main Street, Anytown"})");
}

TEST_F(BankSimulator, an_authorization_is_a_payment_that_is_not_captured) {
    client.says(201, payment("Accepted", "00"));
    payments::Charge by_token = charge();
    by_token.card = nullptr;
    by_token.token = "bt_1";
    by_token.billing = {};
    EXPECT_EQ(scheduler.await(connector->authorize(by_token)).outcome, Outcome::approved);
    EXPECT_EQ(client.calls[0].body,
              R"({"reference":"P17","amount":"12.50","currency":"EUR","capture":false,"token":"bt_1"})");
}

TEST_F(BankSimulator, every_status_has_its_outcome) {  // C-SI-02 … C-SI-05
    struct Case {
        std::string_view status, code;
        Outcome outcome;
        DeclineClass decline = DeclineClass::none;
    };
    const Case cases[] = {
        {"Accepted", "00", Outcome::approved},
        {"Declined", "05", Outcome::declined, DeclineClass::soft},
        {"InsufficientFunds", "51", Outcome::declined, DeclineClass::insufficient_funds},
        {"Pending", "09", Outcome::pending},
        {"SomethingNew", "00", Outcome::no_answer},
        {"", "00", Outcome::no_answer},
    };
    for (const Case& each : cases) {
        client.says(201, payment(each.status, each.code));
        const Answer answer = purchase();
        EXPECT_EQ(answer.outcome, each.outcome) << each.status;
        EXPECT_EQ(answer.decline, each.decline) << each.status;
        EXPECT_EQ(answer.provider_code, each.code);
    }
}

TEST_F(BankSimulator, a_pending_payment_goes_on_when_it_is_asked_for_again_and_a_look_up_only_reads) {  // C-SI-04, F31
    client.says(201, payment("Pending", "09"));
    EXPECT_EQ(purchase().outcome, Outcome::pending);
    client.says(200, payment("Pending", "09"));
    EXPECT_EQ(look_up(TransactionType::purchase, "P17").outcome, Outcome::pending);
    client.says(200, payment("Accepted", "00"));
    EXPECT_EQ(purchase().outcome, Outcome::approved);
    EXPECT_EQ(client.calls[1].method, "GET");
    EXPECT_EQ(client.calls[2].body, client.calls[0].body);
    EXPECT_FALSE(client.calls[0].is_repeatable);
    EXPECT_TRUE(client.calls[1].is_repeatable);
}

TEST_F(BankSimulator, what_is_not_the_banks_answer_to_this_request_is_no_answer) {  // F4, F6, F26
    struct Case {
        int status;
        std::string body;
        Outcome outcome;
    };
    const Case cases[] = {
        {500, R"({"code":"oops"})", Outcome::no_answer},
        {503, "", Outcome::no_answer},
        {200, "", Outcome::no_answer},
        {200, "{}", Outcome::no_answer},
        {200, "[]", Outcome::no_answer},
        {201, payment("Accepted", "00").substr(0, 80), Outcome::no_answer},
        {201, payment("Accepted", "00", "12.50", "P18"), Outcome::no_answer},
        {201, payment("Accepted", "00", "12.505"), Outcome::no_answer},
        {201, payment("Accepted", "00", "12.50", "P17", "USD"), Outcome::no_answer},
        {302, payment("Accepted", "00"), Outcome::no_answer},
        {422, "<html></html>", Outcome::no_answer},
        {422, "{}", Outcome::no_answer},
        {422, R"({"code":"invalid_card","reason":"x","field":"card.number"})", Outcome::refused},
        {409, R"({"code":"reference_reused","reason":"x","field":"reference"})", Outcome::refused},
        {404, R"({"code":"unknown_card","reason":"x","field":"token"})", Outcome::refused},
        {404, "{}", Outcome::no_answer},
    };
    for (const Case& each : cases) {
        client.says(each.status, each.body);
        EXPECT_EQ(purchase().outcome, each.outcome) << each.status << " " << each.body;
    }
    client.fails(ErrorKind::unavailable, "not_connected");
    EXPECT_EQ(purchase().outcome, Outcome::not_sent);
    client.fails(ErrorKind::outcome_unknown, "no_answer");
    EXPECT_EQ(purchase().outcome, Outcome::no_answer);
}

TEST_F(BankSimulator, texts_are_cleaned_and_cut_and_a_careless_reply_is_still_an_answer) {  // F26, F149
    using namespace std::string_view_literals;
    const std::string long_text(10'000, 'x');
    struct Case {
        std::string_view text, message;
    };
    const Case cases[] = {
        {R"(No\u0000 \u0007way\u202e)", "No   way "},
        {"Refus\xE9\n\tby \x01 the bank"sv, "Refus\xEF\xBF\xBD  by   the bank"},
        {long_text, "x"},
    };
    constexpr std::string_view usual = "What it means.";
    for (const Case& each : cases) {
        std::string reply = payment("Declined", "05");
        reply.replace(reply.find(usual), usual.size(), each.text);
        client.says(201, reply);
        const Answer answer = purchase();
        EXPECT_EQ(answer.outcome, Outcome::declined) << each.text;
        EXPECT_EQ(answer.provider_code, "05");
        EXPECT_TRUE(answer.message.starts_with(each.message)) << answer.message;
        EXPECT_LE(answer.message.size(), 260U);
        EXPECT_TRUE(std::ranges::none_of(answer.message, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }));
    }
}

TEST_F(BankSimulator, captures_refunds_and_voids_go_to_the_payment) {
    client.says(201, operation("capture", "10.00"));
    const Answer captured = scheduler.await(connector->capture(follow_up(1'000)));
    EXPECT_EQ(captured.outcome, Outcome::approved);
    EXPECT_EQ(captured.amount, eur(1'000));
    client.says(201, operation("refund", "2.50"));
    EXPECT_EQ(scheduler.await(connector->refund(follow_up(250))).outcome, Outcome::approved);
    client.says(201, operation("void", "12.50"));
    EXPECT_EQ(scheduler.await(connector->cancel(follow_up(1'250))).outcome, Outcome::approved);
    ASSERT_EQ(client.calls.size(), 3U);
    EXPECT_EQ(client.calls[0].url, "http://bank.test/bank/v1/payments/bp_1/captures");
    EXPECT_EQ(client.calls[0].body, R"({"reference":"C18","amount":"10.00"})");
    EXPECT_EQ(client.calls[1].url, "http://bank.test/bank/v1/payments/bp_1/refunds");
    EXPECT_EQ(client.calls[2].url, "http://bank.test/bank/v1/payments/bp_1/voids");
    EXPECT_EQ(client.calls[2].body, R"({"reference":"C18"})");

    // Another kind of operation under our reference is not ours.
    client.says(200, operation("refund", "10.00"));
    EXPECT_EQ(scheduler.await(connector->capture(follow_up(1'000))).outcome, Outcome::no_answer);
    for (const std::string_view code : {"amount_exceeds_authorized", "already_voided"}) {
        client.says(422, R"({"code":")" + std::string{code} + R"(","reason":"x"})");
        const Answer refused = scheduler.await(connector->capture(follow_up(1'000)));
        EXPECT_EQ(refused.outcome, Outcome::refused);
        EXPECT_EQ(refused.provider_code, code);
    }
    client.says(404, R"({"code":"unknown_payment","reason":"x"})");
    EXPECT_EQ(scheduler.await(connector->refund(follow_up(250))).outcome, Outcome::refused);
}

TEST_F(BankSimulator, a_provider_id_that_is_not_one_reaches_no_address) {
    payments::FollowUp elsewhere = follow_up(250);
    for (const std::string_view id : {"", "../cards", "a b", "bp_1?x=1", "bp/1"}) {
        elsewhere.parent_provider_id = id;
        EXPECT_EQ(scheduler.await(connector->refund(elsewhere)).outcome, Outcome::refused) << id;
    }
    EXPECT_EQ(look_up(TransactionType::purchase, "../x").outcome, Outcome::no_answer);
    EXPECT_TRUE(client.calls.empty());
}

TEST_F(BankSimulator, a_look_up_finds_each_kind_by_its_reference) {  // F1, F7
    client.says(200, payment("Accepted", "00"));
    EXPECT_EQ(look_up(TransactionType::authorize, "P17").outcome, Outcome::approved);
    client.says(200, operation("capture", "10.00"));
    EXPECT_EQ(look_up(TransactionType::capture, "C18").outcome, Outcome::approved);
    client.says(200, operation("void", "12.50"));
    EXPECT_EQ(look_up(TransactionType::cancel, "C18").outcome, Outcome::approved);
    EXPECT_EQ(client.calls[0].url, "http://bank.test/bank/v1/payments/by-reference/P17");
    EXPECT_EQ(client.calls[1].url, "http://bank.test/bank/v1/operations/by-reference/C18");

    client.says(404, R"({"code":"unknown_payment","reason":"x"})");
    EXPECT_EQ(look_up(TransactionType::purchase, "P17").outcome, Outcome::not_found);
    client.says(404, R"({"code":"unknown_operation","reason":"x"})");
    EXPECT_EQ(look_up(TransactionType::refund, "C18").outcome, Outcome::not_found);
    // None of these says anything about the operation.
    client.says(404, "<html></html>");
    EXPECT_EQ(look_up(TransactionType::purchase, "P17").outcome, Outcome::no_answer);
    client.says(422, R"({"code":"invalid_reference","reason":"x"})");
    EXPECT_EQ(look_up(TransactionType::purchase, "P17").outcome, Outcome::no_answer);
    client.fails(ErrorKind::unavailable, "not_connected");
    EXPECT_EQ(look_up(TransactionType::purchase, "P17").outcome, Outcome::no_answer);
}

TEST_F(BankSimulator, a_card_is_stored_under_its_reference) {
    const auto store = [&] { return scheduler.await(connector->store_card(card, {}, "customer-7", "S21")); };
    client.says(
        201,
        R"({"token":"bt_1","reference":"S21","last4":"3456","brand":"unknown","expiry_month":1,"expiry_year":2000})");
    const StoredCard stored = store();
    EXPECT_EQ(stored.outcome, Outcome::approved);
    EXPECT_EQ(stored.token, "bt_1");
    EXPECT_EQ(
        client.calls[0].body,
        R"({"reference":"S21","number":"1234567890123456","expiry_month":1,"expiry_year":2000,"cvv":"123","name":"John Doe"})");
    client.says(200, R"({"token":"bt_2","reference":"S22"})");
    EXPECT_EQ(store().outcome, Outcome::no_answer);
    client.says(422, R"({"code":"invalid_card","reason":"x"})");
    EXPECT_EQ(store().outcome, Outcome::refused);
    client.says(500, "");
    EXPECT_EQ(store().outcome, Outcome::no_answer);
    client.fails(ErrorKind::unavailable, "not_connected");
    EXPECT_EQ(store().outcome, Outcome::not_sent);
}

TEST_F(BankSimulator, it_checks_no_cards_and_forgets_no_reference) {  // X-14
    EXPECT_FALSE(connector->capabilities().checks_cards);
    EXPECT_EQ(connector->capabilities().settle_delay, Millis{0});
    EXPECT_TRUE(connector->capabilities().continues_when_repeated);
}

}  // namespace
}  // namespace florin::bank_simulator
