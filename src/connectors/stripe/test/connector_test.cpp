#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::stripe {
namespace {

using namespace test;
using payments::Answer;
using payments::Outcome;
using payments::TransactionType;

constexpr std::string_view method = R"({"id":"pm_1","object":"payment_method"})";

/// Method and path of a call, without the address.
std::string asked(const Bench& bench, std::size_t call) {
    const http::Call& made = bench.client.calls.at(call);
    return made.method + made.url.substr(std::string_view{"https://stripe.test"}.size());
}

Answer buy(Bench& bench) {
    const payments::Card card = test_card();
    return bench.scheduler.await(bench.connector->purchase(test_charge(&card)));
}

TEST(Connector, charges_a_card_in_two_requests_under_our_reference) {
    Bench bench;
    bench.client.says(method);
    bench.client.says(intent({}));
    const Answer answer = buy(bench);
    EXPECT_EQ(to_text(answer.outcome), "approved");
    EXPECT_EQ(answer.amount, money(1'250));
    ASSERT_EQ(bench.client.calls.size(), 2U);
    EXPECT_EQ(asked(bench, 0), "POST/v1/payment_methods");
    EXPECT_EQ(asked(bench, 1), "POST/v1/payment_intents");
    EXPECT_EQ(bench.header(0, "idempotency-key"), "P0000000000000000017-method");
    EXPECT_EQ(bench.header(1, "idempotency-key"), reference);
    EXPECT_EQ(bench.header(1, "authorization"), "Bearer sk_test_key");
    EXPECT_EQ(bench.header(1, "stripe-version"), "2026-10-28.endive");
    EXPECT_TRUE(bench.client.calls[0].is_repeatable) << "a payment method moves nothing";
    EXPECT_FALSE(bench.client.calls[1].is_repeatable) << "what moves money leaves once";
    EXPECT_NE(bench.client.calls[1].body.find("payment_method=pm_1"), std::string::npos);
}

TEST(Connector, has_done_nothing_when_the_card_did_not_become_a_payment_method) {  // F6
    const auto outcome_after = [](auto prepare) {
        Bench bench;
        prepare(bench.client);
        const Answer answer = buy(bench);
        EXPECT_EQ(bench.client.calls.size(), 1U);
        return std::string{to_text(answer.outcome)} + " " + answer.provider_code;
    };
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.fails(ErrorKind::outcome_unknown, "no_answer"); }),
              "not_sent no_answer");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says("<html>", 502); }), "not_sent http_502");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says(problem("api_error", ""), 500); }),
              "not_sent api_error");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says("{}"); }), "not_sent foreign_reply");
    EXPECT_EQ(outcome_after(
                  [](FakeClient& client) { client.says(problem("idempotency_error", "idempotency_key_in_use"), 409); }),
              "not_sent idempotency_key_in_use");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says(problem("card_error", "incorrect_number"), 402); }),
              "declined incorrect_number");
    EXPECT_EQ(outcome_after(
                  [](FakeClient& client) { client.says(problem("invalid_request_error", "api_key_invalid"), 401); }),
              "refused api_key_invalid");
}

TEST(Connector, does_not_know_after_anything_that_may_have_happened) {  // F1, F4, F6
    const auto outcome_after = [](auto prepare) {
        Bench bench;
        bench.client.says(method);
        prepare(bench.client);
        return std::string{to_text(buy(bench).outcome)};
    };
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.fails(ErrorKind::outcome_unknown, "no_answer"); }),
              "no_answer");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.fails(ErrorKind::unavailable, "not_connected"); }),
              "not_sent");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says("half an ans"); }), "no_answer");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says(method); }), "no_answer") << "something else";
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says(intent({.reference = "P9"})); }), "no_answer");
    EXPECT_EQ(outcome_after(
                  [](FakeClient& client) { client.says(problem("idempotency_error", "idempotency_key_in_use"), 409); }),
              "no_answer");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says(problem("rate_limit_error", "rate_limit"), 429); }),
              "not_sent");
}

TEST(Connector, refuses_what_it_cannot_say_to_stripe) {
    Bench bench;
    payments::Charge charge = test_charge(nullptr);
    charge.token = "900100/900200";
    EXPECT_EQ(bench.scheduler.await(bench.connector->purchase(charge)).provider_code, "invalid_token");
    charge.token = "cus_7/pm_9";
    charge.amount = money(500, "UGX");
    EXPECT_EQ(bench.scheduler.await(bench.connector->purchase(charge)).provider_code, "amount_not_supported");
    // What no amount would mend is known before the first charge of a plan.
    const auto refuses = [can = bench.connector->capabilities()](payments::Method method, std::string_view code) {
        return can.refuses_currency(method, *Currency::of(code));
    };
    EXPECT_TRUE(refuses(payments::Method::card, "UGX"));
    EXPECT_TRUE(refuses(payments::Method::sepa_debit, "USD") && refuses(payments::Method::ach_debit, "EUR"));
    EXPECT_FALSE(refuses(payments::Method::card, "KWD") || refuses(payments::Method::card, "MGA"));
    EXPECT_FALSE(refuses(payments::Method::sepa_debit, "EUR") || refuses(payments::Method::ach_debit, "USD"));
    payments::FollowUp follow_up = test_follow_up();
    follow_up.parent_provider_id = "pi_17/../refunds";
    for (const Answer& answer : {bench.scheduler.await(bench.connector->capture(follow_up)),
                                 bench.scheduler.await(bench.connector->refund(follow_up)),
                                 bench.scheduler.await(bench.connector->cancel(follow_up))})
        EXPECT_EQ(answer.provider_code, "invalid_parent");
    EXPECT_TRUE(bench.client.calls.empty());
}

TEST(Connector, ends_what_waits_for_its_payer_and_calls_it_declined) {
    Bench bench;
    bench.client.says(method);
    bench.client.says(intent({.status = "requires_action", .received = 0}));
    bench.client.says(intent({.status = "canceled", .received = 0}));
    const Answer answer = buy(bench);
    EXPECT_EQ(to_text(answer.outcome), "declined");
    EXPECT_EQ(to_text(answer.decline), "soft");
    EXPECT_EQ(answer.provider_code, "authentication_required");
    EXPECT_EQ(asked(bench, 2), "POST/v1/payment_intents/pi_17/cancel");

    Bench lost;
    lost.client.says(method);
    lost.client.says(intent({.status = "requires_action", .received = 0}));
    lost.client.fails(ErrorKind::outcome_unknown, "no_answer");
    EXPECT_EQ(to_text(buy(lost).outcome), "no_answer") << "until it is ended nobody knows";

    Bench paid;
    paid.client.says(method);
    paid.client.says(intent({.status = "requires_action", .received = 0}));
    paid.client.says(
        problem("invalid_request_error", "payment_intent_unexpected_state", {}, R"(,"payment_intent":)" + intent({})),
        400);
    EXPECT_EQ(to_text(buy(paid).outcome), "no_answer") << "somebody was quicker";
}

TEST(Connector, captures_finally_unless_the_rest_may_be_captured_later) {  // F19
    const auto captured = [](std::int64_t minor, bool has_multicapture) {
        Bench bench;
        bench.client.says(intent(
            {.status = "requires_capture", .capturable = 1'250, .received = 0, .has_multicapture = has_multicapture}));
        bench.client.says(intent({.received = minor, .more_metadata = R"(,"capture_P0000000000000000017":"500")"}));
        const payments::FollowUp capture = test_follow_up(minor);
        bench.scheduler.await(bench.connector->capture(capture));
        EXPECT_EQ(asked(bench, 0), "GET/v1/payment_intents/pi_17?expand%5B0%5D=latest_charge");
        EXPECT_EQ(asked(bench, 1), "POST/v1/payment_intents/pi_17/capture");
        const std::string& body = bench.client.calls.at(1).body;
        const auto begin = body.find("final_capture=");
        return begin == std::string::npos ? std::string{"unsaid"}
                                          : body.substr(begin + 14, body.find('&', begin) - begin - 14);
    };
    EXPECT_EQ(captured(500, false), "unsaid");
    EXPECT_EQ(captured(500, true), "false");
    EXPECT_EQ(captured(1'250, true), "true");
}

TEST(Connector, says_clearly_that_the_rest_cannot_be_captured) {
    Bench bench;
    bench.client.says(intent({.received = 500, .more_metadata = R"(,"capture_OTHER":"500")"}));
    payments::FollowUp capture = test_follow_up(300);
    capture.is_first_capture = false;
    const Answer answer = bench.scheduler.await(bench.connector->capture(capture));
    EXPECT_EQ(to_text(answer.outcome), "refused");
    EXPECT_EQ(answer.provider_code, "capture_not_repeatable");
    EXPECT_EQ(bench.client.calls.size(), 1U);
}

TEST(Connector, finds_its_own_capture_done_before_it_sends_it_again) {  // F1
    Bench bench;
    bench.client.says(intent({.received = 500, .more_metadata = R"(,"capture_P0000000000000000017":"500")"}));
    const payments::FollowUp capture = test_follow_up(500);
    const Answer answer = bench.scheduler.await(bench.connector->capture(capture));
    EXPECT_EQ(to_text(answer.outcome), "approved");
    EXPECT_EQ(answer.amount, money(500));
    EXPECT_EQ(bench.client.calls.size(), 1U);
}

TEST(Connector, takes_a_hold_that_is_canceled_already_for_canceled) {  // F24
    Bench bench;
    bench.client.says(problem("invalid_request_error", "payment_intent_unexpected_state", {},
                              R"(,"payment_intent":)" + intent({.status = "canceled", .received = 0})),
                      400);
    const payments::FollowUp cancel = test_follow_up();
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->cancel(cancel)).outcome), "approved");
    bench.client.says(
        problem("invalid_request_error", "payment_intent_unexpected_state", {}, R"(,"payment_intent":)" + intent({})),
        400);
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->cancel(cancel)).outcome), "refused");
}

TEST(LookUp, reads_the_list_around_the_moment_to_its_end_and_then_the_payment) {  // F7
    Bench bench;
    bench.client.says(
        list_of(intent({.id = "pi_3", .reference = "P3"}) + "," + intent({.id = "pi_2", .reference = "P2"}), true));
    bench.client.says(list_of(intent({.has_charge = false})));
    bench.client.says(intent({}));
    const Answer found = bench.look_up(TransactionType::purchase);
    EXPECT_EQ(to_text(found.outcome), "approved");
    const std::int64_t sent_s = bench.sent_at.ms / 1'000;
    const std::string window = "GET/v1/payment_intents?limit=100&created%5Bgte%5D=" + std::to_string(sent_s - 300) +
                               "&created%5Blte%5D=" + std::to_string(sent_s + 900);
    EXPECT_EQ(asked(bench, 0), window);
    EXPECT_EQ(asked(bench, 1), window + "&starting_after=pi_2");
    EXPECT_EQ(asked(bench, 2), "GET/v1/payment_intents/pi_17?expand%5B0%5D=latest_charge");
}

TEST(LookUp, asks_the_search_only_for_what_may_have_come_late) {  // F5, F7
    Bench bench;
    bench.client.says(list_of(""));
    EXPECT_EQ(to_text(bench.look_up(TransactionType::purchase).outcome), "not_found");
    EXPECT_EQ(bench.client.calls.size(), 1U);
    bench.clock.advance(Millis{61'000});
    bench.client.says(list_of(""));
    bench.client.says(list_of(intent({.has_charge = false})));
    bench.client.says(intent({}));
    EXPECT_EQ(to_text(bench.look_up(TransactionType::purchase).outcome), "approved");
    EXPECT_EQ(
        asked(bench, 2),
        "GET/v1/payment_intents/search?limit=20&query=metadata%5B%27reference%27%5D%3A%27P0000000000000000017%27");
    // An account without a search has lists all the same; but half a list proves nothing.
    bench.client.says(list_of(""));
    bench.client.says(problem("invalid_request_error", "search_not_available"), 400);
    EXPECT_EQ(to_text(bench.look_up(TransactionType::purchase).outcome), "not_found");
    bench.client.says(list_of("", true));
    bench.client.says(problem("invalid_request_error", "search_not_available"), 400);
    EXPECT_EQ(to_text(bench.look_up(TransactionType::purchase).outcome), "no_answer");
    bench.client.says(list_of("", true));
    bench.client.says(list_of(""));
    EXPECT_EQ(bench.look_up(TransactionType::purchase).provider_code, "list_too_long");
}

TEST(LookUp, leaves_what_is_being_confirmed_alone_and_ends_what_never_will_be) {
    Bench bench;
    const std::int64_t created_s = bench.clock.now().ms / 1'000;
    const Seen waiting{.status = "requires_confirmation", .received = 0, .created_s = created_s};
    const auto script = [&] {
        bench.client.says(list_of(intent(waiting)));
        bench.client.says(intent(waiting));
    };
    script();
    EXPECT_EQ(to_text(bench.look_up(TransactionType::purchase).outcome), "no_answer");
    EXPECT_EQ(bench.client.calls.size(), 2U);
    bench.clock.advance(Millis{11 * 60'000});
    script();
    bench.client.says(intent({.status = "canceled", .received = 0}));
    const Answer ended = bench.look_up(TransactionType::purchase);
    EXPECT_EQ(to_text(ended.outcome), "refused");
    EXPECT_EQ(ended.provider_code, "never_confirmed");
    EXPECT_EQ(asked(bench, 4), "POST/v1/payment_intents/pi_17/cancel");
}

TEST(LookUp, finds_a_refund_in_the_list_of_its_payments_refunds) {  // F23
    const auto refund = [](std::string_view of, std::string_view id) {
        std::string text = R"({"id":")";
        return text.append(id)
            .append(
                R"(","object":"refund","amount":1250,"currency":"eur","status":"succeeded","payment_intent":"pi_17",)")
            .append(R"("metadata":{"reference":")")
            .append(of)
            .append(R"("}})");
    };
    Bench bench;
    bench.client.says(list_of(refund("P9", "re_9"), true));
    bench.client.says(list_of(refund(reference, "re_1")));
    const Answer found = bench.look_up(TransactionType::refund);
    EXPECT_EQ(found.provider_id, "re_1");
    EXPECT_EQ(asked(bench, 1), "GET/v1/refunds?limit=100&payment_intent=pi_17&starting_after=re_9");
    bench.client.says(list_of(refund("P9", "re_9")));
    EXPECT_EQ(to_text(bench.look_up(TransactionType::refund).outcome), "not_found");
}

TEST(LookUp, does_not_take_an_empty_list_for_no_dispute_when_it_was_told_of_one) {  // F28
    Bench bench;
    payments::Lookup lookup = bench.lookup_of(TransactionType::purchase);
    const auto reversals = [&] {
        bench.client.says(list_of(""));
        return bench.scheduler.await(bench.connector->reversals(lookup));
    };
    EXPECT_TRUE(reversals().is_answered);
    lookup.noticed_provider_id = "pi_17";
    EXPECT_FALSE(reversals().is_answered) << "its list lags behind its webhook";
}

TEST(StoreCard, makes_a_customer_of_its_own_and_sets_the_card_up_for_later) {
    Bench bench;
    bench.client.says(method);
    bench.client.says(R"({"id":"cus_1","object":"customer"})");
    bench.client.says(R"({"id":"seti_1","object":"setup_intent","status":"succeeded"})");
    const payments::Card card = test_card();
    const auto store = [&] {
        return bench.scheduler.await(bench.connector->store_card(card, test_billing(), "customer-7", reference));
    };
    const payments::StoredCard stored = store();
    EXPECT_EQ(to_text(stored.outcome), "approved");
    EXPECT_EQ(stored.token, "cus_1/pm_1");
    EXPECT_EQ(bench.client.calls[2].body,
              "customer=cus_1&payment_method=pm_1&payment_method_types[0]=card&usage=off_session&confirm=true"
              "&metadata[reference]=P0000000000000000017");
    bench.client.says(method);
    bench.client.says(R"({"id":"cus_1","object":"customer"})");
    bench.client.says(R"({"id":"seti_1","object":"setup_intent","status":"requires_action"})");
    EXPECT_EQ(store().provider_code, "authentication_required");
    bench.client.says(method);
    bench.client.says(R"({"id":"cus_1","object":"customer"})");
    bench.client.fails(ErrorKind::outcome_unknown, "no_answer");
    EXPECT_EQ(to_text(store().outcome), "no_answer");
}

}  // namespace
}  // namespace florin::stripe
