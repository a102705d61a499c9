// What is sent, and what is made of each reply. Whole flows are in test/contract/connectors_test.cpp.

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::chargebee {
namespace {

using namespace test;
using payments::Answer;
using payments::Method;
using payments::Outcome;
using payments::TransactionType;

constexpr std::string_view stored =
    R"({"customer":{"id":"P0000000000000000017","object":"customer"},"card":{"payment_source_id":"pm_1","last4":"1111"}})";

Answer buy(Bench& bench, const payments::Charge& charge) {
    return bench.scheduler.await(bench.connector->purchase(charge));
}
Answer buy_by_card(Bench& bench) {
    const payments::Card card = test_card();
    return buy(bench, test_charge(&card));
}
Answer buy_on_page(Bench& bench) {
    payments::Charge charge = test_charge(nullptr);
    charge.token.clear();
    charge.method = Method::hosted_page;
    return buy(bench, charge);
}
payments::FollowUp refund_of(std::string parent) {
    return {.reference = std::string{reference},
            .amount = money(1'250),
            .parent_provider_id = std::move(parent),
            .parent_reference = "P0000000000000000001",
            .card_last4 = {},
            .token = {}};
}

TEST(Connector, charges_a_card_in_two_requests_under_our_reference) {
    Bench bench;
    bench.client.says(stored);
    bench.client.says(invoice({}));
    const Answer answer = buy_by_card(bench);
    EXPECT_EQ(to_text(answer.outcome), "approved");
    EXPECT_EQ(answer.amount, money(1'250));
    ASSERT_EQ(bench.client.calls.size(), 2U);
    EXPECT_EQ(bench.asked(0), "POST/customers");
    EXPECT_EQ(bench.asked(1), "POST/invoices/create_for_charge_items_and_charges");
    EXPECT_EQ(bench.header(0, "chargebee-idempotency-key"), "P0000000000000000017-customer");
    EXPECT_EQ(bench.header(1, "chargebee-idempotency-key"), reference);
    EXPECT_EQ(bench.header(1, "authorization"), "Basic dGVzdF9rZXk6") << "the key, and no password";
    EXPECT_TRUE(bench.client.calls[0].is_repeatable) << "a customer moves nothing";
    EXPECT_FALSE(bench.client.calls[1].is_repeatable) << "what moves money leaves once";
    EXPECT_NE(bench.client.calls[1].body.find("payment_source_id=pm_1"), std::string::npos);
}

TEST(Connector, has_done_nothing_when_the_card_was_not_stored) {  // F6
    const auto outcome_after = [](auto prepare) {
        Bench bench;
        prepare(bench.client);
        const Answer answer = buy_by_card(bench);
        EXPECT_EQ(bench.client.calls.size(), 1U);
        return std::string{to_text(answer.outcome)} + " " + answer.provider_code;
    };
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.fails(ErrorKind::outcome_unknown, "no_answer"); }),
              "not_sent no_answer");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says("<html>", 502); }), "not_sent http_502");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says("{}"); }), "not_sent foreign_reply");
    EXPECT_EQ(outcome_after([](FakeClient& client) {
                  client.says(problem("payment", "payment_method_verification_failed", "(3009) Do not honour."), 400);
              }),
              "declined 3009");
    EXPECT_EQ(outcome_after([](FakeClient& client) {
                  client.says(problem("invalid_request", "api_authentication_failed"), 401);
              }),
              "refused api_authentication_failed");
}

TEST(Connector, does_not_know_after_anything_that_may_have_happened) {  // F1, F4, F6
    const auto outcome_after = [](auto prepare) {
        Bench bench;
        prepare(bench.client);
        return std::string{to_text(buy(bench, test_charge(nullptr)).outcome)};
    };
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.fails(ErrorKind::outcome_unknown, "no_answer"); }),
              "no_answer");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.fails(ErrorKind::unavailable, "not_connected"); }),
              "not_sent");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says("half an ans"); }), "no_answer");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says(stored); }), "no_answer") << "something else";
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says(invoice({.po_number = "P9"})); }), "no_answer");
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says(problem("operation_failed", "lock_timeout"), 429); }),
              "no_answer");
}

TEST(Connector, voids_the_invoice_of_a_failed_payment_before_it_says_no) {  // F17
    const std::string due = invoice({.status = "payment_due", .payments = linked("failure")});
    Bench bench;
    bench.client.says(due);
    bench.client.says(invoice({.status = "voided", .payments = linked("failure")}));
    bench.client.says(list_of(transaction("failure", "3001", "(3001) Insufficient funds.")));
    const Answer answer = buy(bench, test_charge(nullptr));
    EXPECT_EQ(to_text(answer.outcome), "declined");
    EXPECT_EQ(to_text(answer.decline), "insufficient_funds");
    EXPECT_EQ(bench.asked(1), "POST/invoices/17/void");
    EXPECT_EQ(bench.header(1, "chargebee-idempotency-key"), "P0000000000000000017-void");
    EXPECT_EQ(bench.asked(2), "GET/invoices/17/payments?limit=100");

    // While Chargebee may still try again, nobody can say that nothing was taken.
    const auto outcome_after_void = [&](std::string_view body, int status) {
        Bench other;
        other.client.says(due);
        other.client.says(body, status);
        return std::string{to_text(buy(other, test_charge(nullptr)).outcome)};
    };
    EXPECT_EQ(outcome_after_void(problem("invalid_request", "invalid_state_for_request"), 409), "no_answer");
    EXPECT_EQ(outcome_after_void("{}", 500), "no_answer");
    EXPECT_EQ(outcome_after_void(due, 200), "no_answer");
}

TEST(Connector, leaves_an_invoice_alone_that_may_be_collected_this_moment) {
    const auto outcome_at_age = [](Millis age) {
        Bench bench;
        const std::int64_t made_s = (bench.clock.now() - age).ms / 1'000;
        const Seen fresh{.status = "payment_due", .payments = "", .date_s = made_s};
        bench.client.says(list_of(invoice(fresh)));
        bench.client.says(invoice({.status = "voided", .payments = ""}));
        bench.client.says(list_of(""));
        return std::string{to_text(bench.look_up(bench.lookup(TransactionType::purchase)).outcome)};
    };
    EXPECT_EQ(outcome_at_age(Millis{60'000}), "no_answer");
    EXPECT_EQ(outcome_at_age(Millis{11 * 60'000}), "refused");
}

TEST(Connector, sends_the_payer_to_a_page_and_says_where) {
    Bench bench;
    bench.client.says(page("created"));
    const Answer answer = buy_on_page(bench);
    EXPECT_EQ(to_text(answer.outcome), "pending");
    EXPECT_EQ(answer.action_url, "https://site.test/pages/v3/page17/");
    EXPECT_EQ(answer.provider_id, "page17");
    EXPECT_EQ(bench.asked(0), "POST/hosted_pages/checkout_one_time_for_items");
    EXPECT_EQ(bench.header(0, "chargebee-idempotency-key"), reference);
}

TEST(Connector, tells_what_became_of_a_page_by_its_state) {
    struct Case {
        std::string_view why, state;
        Millis age;
        std::string_view outcome, code;
    };
    constexpr Millis hours{3'600'000};
    const Case cases[] = {
        {"not opened", "created", Millis{0}, "pending", "created"},
        {"opened", "requested", hours, "pending", "requested"},
        {"expired a moment ago: somebody may be paying", "requested", 3 * hours + Millis{600'000}, "pending",
         "requested"},
        {"expired", "requested", 3 * hours + Millis{1'000'000}, "refused", "expired"},
        {"the payer does not want to", "cancelled", Millis{0}, "refused", "cancelled"},
        {"a state of tomorrow", "pondering", Millis{0}, "no_answer", "pondering"},
        {"paid without an invoice", "succeeded", Millis{0}, "no_answer", "no_invoice"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        Bench bench;
        std::string shown = page(each.state);
        const std::string expires = std::to_string((bench.clock.now() - each.age + 3 * hours).ms / 1'000);
        shown.replace(shown.find("9999999999"), 10, expires);
        bench.client.says(shown);
        payments::Lookup lookup = bench.lookup(TransactionType::purchase);
        lookup.method = Method::hosted_page;
        lookup.provider_id = "page17";
        const Answer answer = bench.look_up(lookup);
        EXPECT_EQ(to_text(answer.outcome), each.outcome);
        EXPECT_EQ(answer.provider_code, each.code);
        EXPECT_EQ(bench.asked(0), "GET/hosted_pages/page17");
    }
}

TEST(Connector, knows_a_paid_page_whether_or_not_it_has_been_acknowledged) {
    const std::string content =
        R"({"customer":{"id":"c1"},"card":{"payment_source_id":"pm_1","last4":"4444"},)" + invoice({}).substr(1);
    Bench bench;
    payments::Lookup lookup = bench.lookup(TransactionType::purchase);
    lookup.method = Method::hosted_page;
    lookup.provider_id = "page17";
    for (const std::string_view state : {"succeeded", "acknowledged"}) {
        bench.client.says(page(state, content));
        const Answer answer = bench.look_up(lookup);
        EXPECT_EQ(to_text(answer.outcome), "approved") << state;
        EXPECT_EQ(answer.provider_id, "txn_1");
        EXPECT_EQ(answer.payer_last4, "4444");
        EXPECT_EQ(answer.stored_token, "c1/pm_1");
    }
    EXPECT_EQ(bench.client.calls.size(), 2U) << "what is not recorded yet is not acknowledged";
    bench.client.says(page("succeeded", content, "P9"));
    EXPECT_TRUE(bench.look_up(lookup).is_undecided) << "somebody else's";
}

TEST(Connector, acknowledges_a_page_once_it_is_told_that_the_payment_is_recorded) {
    Bench bench;
    payments::Lookup lookup = bench.lookup(TransactionType::purchase);
    bench.scheduler.await(bench.connector->acknowledge(lookup));
    EXPECT_TRUE(bench.client.calls.empty()) << "a card needs none";
    lookup.method = Method::hosted_page;
    lookup.provider_id = "page17";
    bench.client.says(problem("invalid_request", "invalid_state_for_request"), 409);
    bench.scheduler.await(bench.connector->acknowledge(lookup));
    EXPECT_EQ(bench.asked(0), "POST/hosted_pages/page17/acknowledge");
    EXPECT_EQ(bench.header(0, "chargebee-idempotency-key"), "P0000000000000000017-acknowledge");
    // When no answer ever told the page's id it is looked for.
    lookup.provider_id.clear();
    bench.client.says(list_of(page("succeeded")));
    bench.client.fails(ErrorKind::outcome_unknown, "no_answer");
    bench.scheduler.await(bench.connector->acknowledge(lookup));
    EXPECT_TRUE(bench.asked(1).starts_with("GET/hosted_pages?")) << bench.asked(1);
    EXPECT_EQ(bench.asked(2), "POST/hosted_pages/page17/acknowledge");
}

TEST(Connector, reads_lists_to_their_end_before_it_says_that_there_is_nothing) {  // F7
    Bench bench;
    bench.client.says(list_of(""));
    bench.client.says(list_of(invoice({.po_number = "P1"}), R"([\"1\",\"2\"])"));
    bench.client.says(list_of(invoice({.po_number = "P2"})));
    EXPECT_EQ(to_text(bench.look_up(bench.lookup(TransactionType::purchase)).outcome), "not_found");
    ASSERT_EQ(bench.client.calls.size(), 3U);
    EXPECT_EQ(bench.asked(0), "GET/invoices?customer_id%5Bis%5D=P0000000000000000017&limit=100");
    EXPECT_TRUE(bench.asked(1).starts_with("GET/invoices?date%5Bbetween%5D=%5B")) << bench.asked(1);
    EXPECT_TRUE(bench.asked(2).ends_with("&limit=100&offset=%5B%221%22%2C%222%22%5D")) << bench.asked(2);

    // Half a list says nothing.
    Bench other;
    other.client.says(list_of(""));
    other.client.says(list_of(invoice({.po_number = "P1"}), "next"));
    other.client.says(problem("operation_failed", "internal_error"), 500);
    EXPECT_EQ(to_text(other.look_up(other.lookup(TransactionType::purchase)).outcome), "no_answer");

    // An hour later the latest are shown too: what arrived very late is among them. F5
    Bench late;
    late.clock.advance(Millis{2 * 3'600'000});
    late.client.says(list_of(""));
    late.client.says(list_of(""));
    late.client.says(list_of(invoice({})));
    EXPECT_EQ(to_text(late.look_up(late.lookup(TransactionType::purchase)).outcome), "approved");
}

TEST(Connector, pays_back_once_also_when_the_key_has_been_forgotten) {  // F8
    Bench bench;
    bench.client.says(transaction("success"));
    bench.client.says(list_of(credit_note(linked("success", "txn_2"))));
    const Answer answer = bench.scheduler.await(bench.connector->refund(refund_of("txn_1")));
    EXPECT_EQ(to_text(answer.outcome), "approved");
    EXPECT_EQ(answer.provider_id, "txn_2");
    EXPECT_EQ(bench.client.calls.size(), 2U) << "nothing was sent";
}

TEST(Connector, does_not_send_a_refund_when_it_cannot_see_what_was_refunded) {
    const auto outcome_after = [](auto prepare) {
        Bench bench;
        prepare(bench.client);
        return std::string{to_text(bench.scheduler.await(bench.connector->refund(refund_of("txn_1"))).outcome)};
    };
    EXPECT_EQ(outcome_after([](FakeClient& client) { client.says("<html>", 502); }), "not_sent");
    EXPECT_EQ(outcome_after([](FakeClient& client) {
                  client.says(transaction("success"));
                  client.says("<html>", 502);
              }),
              "not_sent");
    EXPECT_EQ(
        outcome_after([](FakeClient& client) { client.says(problem("invalid_request", "resource_not_found"), 404); }),
        "refused");
    Bench bench;
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->refund(refund_of("../x"))).outcome), "refused");
    EXPECT_TRUE(bench.client.calls.empty());
}

TEST(Connector, asks_a_person_about_a_refund_that_may_be_its_own) {  // F23
    const auto outcome_with = [](const std::string& note) {
        Bench bench;
        bench.client.says(transaction("success"));
        bench.client.says(list_of(note));
        const Answer answer = bench.look_up(bench.lookup(TransactionType::refund));
        return std::string{to_text(answer.outcome)} + (answer.is_undecided ? " undecided" : "");
    };
    const auto dated = [](std::string note, Millis age) {
        const Instant at = Bench{}.clock.now() - age;
        return note.replace(note.find("\"date\":0"), 8, "\"date\":" + std::to_string(at.ms / 1'000));
    };
    EXPECT_EQ(outcome_with(credit_note(linked("success"))), "approved");
    EXPECT_EQ(outcome_with(dated(credit_note(linked("success"), ""), Millis{0})), "no_answer undecided");
    EXPECT_EQ(outcome_with(dated(credit_note(linked("success"), "\"by hand\""), Millis{0})), "not_found");
    EXPECT_EQ(outcome_with(dated(credit_note(linked("success"), ""), Millis{3'600'000})), "not_found");
}

TEST(Connector, stores_a_card_under_a_customer_of_its_own) {
    const payments::Card card = test_card();
    Bench bench;
    bench.client.says(stored);
    const auto made = bench.scheduler.await(bench.connector->store_card(card, test_billing(), "c7", reference));
    EXPECT_EQ(to_text(made.outcome), "approved");
    EXPECT_EQ(made.token, "P0000000000000000017/pm_1");

    // Made before, and the key is forgotten. F8
    Bench again;
    again.client.says(problem("invalid_request", "duplicate_entry"), 400);
    again.client.says(list_of(R"({"payment_source":{"id":"pm_1","object":"payment_source"}})"));
    const auto found = again.scheduler.await(again.connector->store_card(card, test_billing(), "c7", reference));
    EXPECT_EQ(found.token, made.token);
    EXPECT_EQ(again.asked(1), "GET/payment_sources?customer_id%5Bis%5D=P0000000000000000017&limit=100");

    Bench lost;
    lost.client.fails(ErrorKind::outcome_unknown, "no_answer");
    const auto unknown = lost.scheduler.await(lost.connector->store_card(card, test_billing(), "c7", reference));
    EXPECT_EQ(to_text(unknown.outcome), "no_answer");
    EXPECT_TRUE(unknown.token.empty());
}

TEST(Connector, refuses_what_it_cannot_do_without_asking) {
    Bench bench;
    payments::Charge charge = test_charge(nullptr);
    EXPECT_EQ(bench.scheduler.await(bench.connector->authorize(charge)).provider_code, "authorize_not_supported");
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->capture(refund_of("txn_1"))).outcome), "refused");
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->cancel(refund_of("txn_1"))).outcome), "refused");
    EXPECT_EQ(to_text(bench.look_up(bench.lookup(TransactionType::authorize)).outcome), "not_found");
    charge.token = "cus_1/../pm_1";
    EXPECT_EQ(buy(bench, charge).provider_code, "invalid_token");
    EXPECT_TRUE(bench.client.calls.empty());
}

}  // namespace
}  // namespace florin::chargebee
