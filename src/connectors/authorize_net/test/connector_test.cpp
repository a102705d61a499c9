#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::authorize_net {
namespace {

using namespace test;
using payments::Answer;
using payments::Outcome;
using payments::StoredCard;

class AuthorizeNet : public testing::Test, protected Bench {
protected:
    Answer purchase(const payments::Charge& charge) { return scheduler.await(connector->purchase(charge)); }
    StoredCard store() {
        return scheduler.await(connector->store_card(card, test_billing(), "customer-7", "P0000000000000000017"));
    }
    const payments::Card card = test_card();
};

TEST_F(AuthorizeNet, a_charge_goes_out_once_to_the_one_address) {
    client.says(transaction_reply("1", "40000000017", message("1")));
    const Answer answer = purchase(test_charge(&card));
    EXPECT_EQ(answer.outcome, Outcome::approved);
    EXPECT_EQ(answer.provider_id, "40000000017");
    ASSERT_EQ(client.calls.size(), 1U);
    EXPECT_EQ(client.calls[0].url, "https://gateway.test/xml/v1/request.api");
    EXPECT_EQ(client.calls[0].method, "POST");
    EXPECT_FALSE(client.calls[0].is_repeatable);
    EXPECT_EQ(client.calls[0].timeout, Millis{60'000});
}

TEST_F(AuthorizeNet, only_what_never_left_was_not_sent) {  // F4, F6
    const payments::Charge charge = test_charge(&card);
    client.fails(ErrorKind::unavailable, "not_connected");
    EXPECT_EQ(purchase(charge).outcome, Outcome::not_sent);
    client.fails(ErrorKind::outcome_unknown, "no_answer");
    EXPECT_EQ(purchase(charge).outcome, Outcome::no_answer);
    const std::string approval = transaction_reply("1", "40000000017", message("1"));
    for (const int status : {201, 301, 400, 429, 500, 503}) {
        client.says(approval, status);
        EXPECT_EQ(purchase(charge).outcome, Outcome::no_answer) << status;
    }
    client.says(approval.substr(0, approval.size() / 2));
    EXPECT_EQ(purchase(charge).outcome, Outcome::no_answer);
    client.says("");
    EXPECT_EQ(purchase(charge).outcome, Outcome::no_answer);
    client.says("<html><body>Service Unavailable</body></html>");
    EXPECT_EQ(purchase(charge).outcome, Outcome::no_answer);
}

TEST_F(AuthorizeNet, amounts_in_other_than_two_decimals_are_refused_before_anything_is_sent) {
    for (const std::string_view code : {"JPY", "KWD"}) {
        payments::Charge charge = test_charge(&card);
        charge.amount = *Money::of(1'000, *Currency::of(code));
        payments::FollowUp follow_up = test_follow_up("C0000000000000000018", 1'000);
        follow_up.amount = charge.amount;
        const Answer answers[] = {purchase(charge), scheduler.await(connector->authorize(charge)),
                                  scheduler.await(connector->capture(follow_up)),
                                  scheduler.await(connector->refund(follow_up)),
                                  scheduler.await(connector->cancel(follow_up))};
        for (const Answer& answer : answers) {
            EXPECT_EQ(answer.outcome, Outcome::refused);
            EXPECT_EQ(answer.provider_code, "currency_not_supported");
        }
    }
    EXPECT_TRUE(client.calls.empty());
}

TEST_F(AuthorizeNet, a_foreign_token_is_refused_before_anything_is_sent) {
    payments::Charge charge = test_charge(nullptr);
    charge.token = "pm_1234";
    EXPECT_EQ(purchase(charge).outcome, Outcome::refused);
    EXPECT_EQ(purchase(charge).provider_code, "invalid_token");
    EXPECT_TRUE(client.calls.empty());
}

TEST_F(AuthorizeNet, a_second_capture_charges_the_stored_card) {
    payments::FollowUp capture = test_follow_up("P0000000000000000017", 250);
    capture.is_first_capture = false;
    client.says(transaction_reply("1", "40000000018", message("1")));
    const Answer again = scheduler.await(connector->capture(capture));
    EXPECT_EQ(again.outcome, Outcome::approved);
    EXPECT_EQ(again.provider_id, "40000000018");
    EXPECT_NE(body(0).find("delayedCharge"), std::string_view::npos);
    EXPECT_EQ(client.calls.size(), 1U);
}

std::string profile(std::string_view merchant_customer_id, std::string_view cards) {
    return R"({"profile":{"paymentProfiles":[)" + std::string{cards} +
           R"(],"customerProfileId":"35959426","merchantCustomerId":")" + std::string{merchant_customer_id} +
           R"("},"messages":{"resultCode":"Ok","message":[{"code":"I00001","text":"Successful."}]}})";
}
constexpr std::string_view our_card =
    R"({"customerPaymentProfileId":"900200","payment":{"creditCard":{"cardNumber":"XXXX1111","expirationDate":"XXXX"}}})";

TEST_F(AuthorizeNet, a_second_capture_finds_the_card_whose_token_was_lost_with_an_answer) {  // F1, F19
    payments::FollowUp capture = test_follow_up("P0000000000000000018", 250);
    capture.is_first_capture = false;
    capture.token.clear();
    const auto capture_again = [&] { return scheduler.await(connector->capture(capture)); };

    client.says(profile(capture.parent_reference, our_card));
    std::string approval = transaction_reply("1", "40000000018", message("1"));
    approval.replace(approval.find("P0000000000000000017"), 20, "P0000000000000000018");
    client.says(approval);
    const Answer charged = capture_again();
    EXPECT_EQ(charged.outcome, Outcome::approved);
    ASSERT_EQ(client.calls.size(), 2U);
    EXPECT_NE(body(0).find(R"("merchantCustomerId":"P0000000000000000017")"), std::string_view::npos) << body(0);
    EXPECT_TRUE(client.calls[0].is_repeatable);
    EXPECT_NE(body(1).find(R"("customerProfileId":"35959426","paymentProfile":{"paymentProfileId":"900200"})"),
              std::string_view::npos)
        << body(1);
    EXPECT_FALSE(client.calls[1].is_repeatable);

    struct Case {
        std::string_view why;
        std::string reply;
        Outcome outcome;
    };
    const Case cases[] = {
        {"there is none", request_error("E00040"), Outcome::refused},
        {"somebody else's", profile("somebody", our_card), Outcome::refused},
        {"no card in it", profile(capture.parent_reference, ""), Outcome::refused},
        {"another card",
         profile(capture.parent_reference,
                 R"({"customerPaymentProfileId":"1","payment":{"creditCard":{"cardNumber":"XXXX2222"}}})"),
         Outcome::refused},
        {"too many cards", profile(capture.parent_reference, std::string{our_card} + "," + std::string{our_card}),
         Outcome::refused},
        {"nobody says", request_error("E00001"), Outcome::not_sent},
        {"busy", request_error("E00053"), Outcome::not_sent},
        {"nonsense", "<html>", Outcome::not_sent},
    };
    for (const Case& each : cases) {
        const std::size_t before = client.calls.size();
        client.says(each.reply);
        const Answer answer = capture_again();
        EXPECT_EQ(answer.outcome, each.outcome) << each.why;
        if (each.outcome == Outcome::refused) EXPECT_EQ(answer.provider_code, "capture_not_repeatable") << each.why;
        EXPECT_EQ(client.calls.size(), before + 1) << each.why << ": nothing was charged";
    }
    for (const ErrorKind kind : {ErrorKind::unavailable, ErrorKind::outcome_unknown}) {
        client.fails(kind, "away");
        EXPECT_EQ(capture_again().outcome, Outcome::not_sent);
    }
}

TEST_F(AuthorizeNet, a_refund_before_settlement_says_so) {  // F22
    client.says(transaction_reply("3", "0", error("54"), "Error"));
    EXPECT_EQ(scheduler.await(connector->refund(test_follow_up("P0000000000000000017", 250))).outcome,
              Outcome::not_settled);
    client.says(transaction_reply("3", "0", error("55"), "Error"));
    EXPECT_EQ(scheduler.await(connector->refund(test_follow_up("P0000000000000000017", 250))).outcome,
              Outcome::refused);
}

TEST_F(AuthorizeNet, a_void_of_what_is_voided_is_done_and_of_what_is_settled_is_refused) {  // F24
    const payments::FollowUp cancel = test_follow_up("P0000000000000000017", 1250);
    client.says(transaction_reply("1", "40000000017", message("310")));
    EXPECT_EQ(scheduler.await(connector->cancel(cancel)).outcome, Outcome::approved);
    for (const std::string_view reason : {"16", "327"}) {
        client.says(transaction_reply("3", "0", error(reason), "Error"));
        EXPECT_EQ(scheduler.await(connector->cancel(cancel)).outcome, Outcome::refused);
    }
}

TEST_F(AuthorizeNet, a_stored_card_is_named_by_its_two_ids) {
    client.says(
        R"({"customerProfileId":"900100","customerPaymentProfileIdList":["900200"],"customerShippingAddressIdList":[],)"
        R"("validationDirectResponseList":[],"messages":{"resultCode":"Ok","message":[{"code":"I00001","text":"Successful."}]}})");
    const StoredCard stored = store();
    EXPECT_EQ(stored.outcome, Outcome::approved);
    EXPECT_EQ(stored.token, "900100/900200");
}

TEST_F(AuthorizeNet, storing_again_finds_the_card_that_the_first_time_made) {
    const std::string duplicate = request_error("E00039", "A duplicate record with ID 35959426 already exists.");
    client.says(duplicate);
    client.says(profile("P0000000000000000017", our_card));
    const StoredCard stored = store();
    EXPECT_EQ(stored.outcome, Outcome::approved);
    EXPECT_EQ(stored.token, "35959426/900200");
    EXPECT_NE(body(1).find(R"("customerProfileId":"35959426")"), std::string_view::npos);

    // Somebody else's, another card, none, too many, unknown: never a token.
    const std::string others[] = {
        profile("somebody", our_card),
        profile("P0000000000000000017", ""),
        profile("P0000000000000000017",
                R"({"customerPaymentProfileId":"1","payment":{"creditCard":{"cardNumber":"XXXX2222"}}})"),
        profile("P0000000000000000017", std::string{our_card} + "," + std::string{our_card}),
        request_error("E00040"),
        request_error("E00007"),
        "{}"};
    for (const std::string& other : others) {
        client.says(duplicate);
        client.says(other);
        const StoredCard unknown = store();
        EXPECT_EQ(unknown.outcome, Outcome::no_answer) << other;
        EXPECT_EQ(unknown.token, "") << other;
    }
}

TEST_F(AuthorizeNet, a_card_that_was_not_stored_has_no_token) {
    struct Case {
        std::string_view code;
        Outcome outcome;
    };
    const Case cases[] = {{"E00027", Outcome::declined},  {"E00013", Outcome::refused},
                          {"E00007", Outcome::refused},   {"E00053", Outcome::not_sent},
                          {"E00001", Outcome::no_answer}, {"E00039", Outcome::no_answer}};
    for (const Case& each : cases) {
        client.says(request_error(each.code));
        const StoredCard stored = store();
        EXPECT_EQ(stored.outcome, each.outcome) << each.code;
        EXPECT_EQ(stored.token, "");
    }
    client.fails(ErrorKind::unavailable, "not_connected");
    EXPECT_EQ(store().outcome, Outcome::not_sent);
    client.fails(ErrorKind::outcome_unknown, "no_answer");
    EXPECT_EQ(store().outcome, Outcome::no_answer);
}

TEST_F(AuthorizeNet, texts_are_cleaned_and_cut_and_a_careless_reply_is_still_an_answer) {  // F26, F149
    using namespace std::string_view_literals;
    const std::string long_text(10'000, 'x');
    struct Case {
        std::string_view text, code, message;
    };
    const Case cases[] = {
        {R"(No\u0000 \u0007way\u202e)", "2", "No   way "},
        {"Refus\xE9\n\tby \x01 the bank"sv, "2", "Refus\xEF\xBF\xBD  by   the bank"},
        {long_text, "2", "x"},
    };
    for (const Case& each : cases) {
        std::string reasons = R"("errors":[{"errorCode":"2","errorText":")";
        reasons.append(each.text).append(R"("}])");
        client.says(transaction_reply("2", "40000000017", reasons, "Error"));
        const Answer answer = purchase(test_charge(&card));
        EXPECT_EQ(answer.outcome, Outcome::declined) << each.text;
        EXPECT_EQ(answer.provider_code, each.code);
        EXPECT_TRUE(answer.message.starts_with(each.message)) << answer.message;
        EXPECT_LE(answer.message.size(), 260U);
        EXPECT_TRUE(std::ranges::none_of(answer.message, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }));
    }
}

TEST_F(AuthorizeNet, it_keeps_no_references_so_nothing_is_sent_again_blindly) {  // F9
    const auto capabilities = connector->capabilities();
    EXPECT_FALSE(capabilities.continues_when_repeated);
    EXPECT_GT(capabilities.settle_delay, Millis{0});
    EXPECT_TRUE(capabilities.checks_cards);
    const auto refuses = [&](std::string_view code) {
        return capabilities.refuses_currency(payments::Method::card, *Currency::of(code));
    };
    EXPECT_TRUE(refuses("JPY") && refuses("KWD")) << "known before the first charge of a plan";
    EXPECT_FALSE(refuses("EUR"));
}

}  // namespace
}  // namespace florin::authorize_net
