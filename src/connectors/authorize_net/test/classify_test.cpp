#include <gtest/gtest.h>

#include "classify.hpp"
#include "fixtures.hpp"

namespace florin::authorize_net {
namespace {

using namespace test;
using payments::Answer;
using payments::DeclineClass;
using payments::Outcome;

Answer classified(std::string_view body, Operation operation = Operation::charge,
                  std::string_view reference = "P0000000000000000017") {
    const auto reply = parse_reply(body);
    EXPECT_TRUE(reply) << body;
    return classify(read_transaction(*reply), operation, reference, *Currency::of("USD"));
}

TEST(AuthorizeNetClassify, an_approval_brings_ids_codes_and_the_profile_made_along_the_way) {
    const std::string body =
        "\xEF\xBB\xBF"
        R"({"transactionResponse":{"responseCode":"1","authCode":"A1B2C3","avsResultCode":"Y","cvvResultCode":"P",)"
        R"("cavvResultCode":"2","transId":"40000000017","refTransID":"","transHash":"","testRequest":"0","accountNumber":"XXXX1111",)"
        R"("accountType":"Visa","messages":[{"code":"1","description":"This transaction has been approved."}],)"
        R"("somethingNew":{"a":[1,2,{}]},"networkTransId":"0TM4J2PQ9R6H3V8K1L5N7XY"},)"
        R"("profileResponse":{"messages":{"resultCode":"Ok","message":[{"code":"I00001","text":"Successful."}]},)"
        R"("customerProfileId":"900100","customerPaymentProfileIdList":["900200"],"customerShippingAddressIdList":[]},)"
        R"("refId":"P0000000000000000017","messages":{"resultCode":"Ok","message":[{"code":"I00001","text":"Successful."}]}})";
    const Answer answer = classified(body);
    EXPECT_EQ(answer.outcome, Outcome::approved);
    EXPECT_EQ(answer.provider_id, "40000000017");
    EXPECT_EQ(answer.auth_code, "A1B2C3");
    EXPECT_EQ(answer.avs, "Y");
    EXPECT_EQ(answer.cvv, "P");
    EXPECT_EQ(answer.provider_code, "1");
    EXPECT_EQ(answer.stored_token, "900100/900200");
    EXPECT_FALSE(answer.amount);
}

TEST(AuthorizeNetClassify, both_spellings_of_a_list_are_read) {
    const Answer wrapped = classified(
        R"({"transactionResponse":{"responseCode":"2","transId":"40000000018","errors":{"error":[{"errorCode":"4","errorText":"x"}]}},)"
        R"("messages":{"resultCode":"Error","message":{"code":"E00027","text":"x"}}})");
    EXPECT_EQ(wrapped.outcome, Outcome::declined);
    EXPECT_EQ(wrapped.decline, DeclineClass::hard);
    const Answer numbers = classified(
        R"({"transactionResponse":{"responseCode":1,"transId":40000000018,"messages":{"message":[{"code":1,"description":"x"}]}},)"
        R"("messages":{"resultCode":"Ok","message":[{"code":"I00001","text":"x"}]}})");
    EXPECT_EQ(numbers.outcome, Outcome::approved);
    EXPECT_EQ(numbers.provider_id, "40000000018");
}

TEST(AuthorizeNetClassify, every_reason_has_its_outcome) {  // F9, F22
    struct Case {
        std::string_view response_code, reason;
        Outcome outcome;
        DeclineClass decline = DeclineClass::none;
    };
    const Case cases[] = {
        {"2", "2", Outcome::declined, DeclineClass::soft},
        {"2", "3", Outcome::declined, DeclineClass::soft},
        {"2", "4", Outcome::declined, DeclineClass::hard},
        {"3", "5", Outcome::refused},
        {"3", "6", Outcome::declined, DeclineClass::invalid_card},
        {"3", "37", Outcome::declined, DeclineClass::invalid_card},
        {"3", "315", Outcome::declined, DeclineClass::invalid_card},
        {"3", "7", Outcome::declined, DeclineClass::invalid_card},
        {"3", "316", Outcome::declined, DeclineClass::invalid_card},
        {"3", "8", Outcome::declined, DeclineClass::expired_card},
        {"3", "317", Outcome::declined, DeclineClass::expired_card},
        {"3", "9", Outcome::declined, DeclineClass::input},
        {"3", "10", Outcome::declined, DeclineClass::input},
        {"3", "11", Outcome::no_answer},
        {"3", "318", Outcome::no_answer},
        {"3", "13", Outcome::refused},
        {"3", "15", Outcome::refused},
        {"3", "16", Outcome::refused},
        {"3", "319", Outcome::refused},
        {"3", "17", Outcome::refused},
        {"3", "28", Outcome::refused},
        {"3", "19", Outcome::no_answer},
        {"3", "20", Outcome::no_answer},
        {"3", "23", Outcome::no_answer},
        {"3", "25", Outcome::no_answer},
        {"3", "26", Outcome::no_answer},
        {"3", "57", Outcome::no_answer},
        {"3", "63", Outcome::no_answer},
        {"3", "120", Outcome::no_answer},
        {"3", "122", Outcome::no_answer},
        {"3", "180", Outcome::no_answer},
        {"3", "181", Outcome::no_answer},
        {"3", "261", Outcome::no_answer},
        {"2", "27", Outcome::declined, DeclineClass::input},
        {"2", "127", Outcome::no_answer},
        {"3", "33", Outcome::refused},
        {"3", "39", Outcome::refused},
        {"2", "41", Outcome::declined, DeclineClass::fraud},
        {"2", "250", Outcome::declined, DeclineClass::fraud},
        {"2", "251", Outcome::declined, DeclineClass::fraud},
        {"2", "254", Outcome::declined, DeclineClass::fraud},
        {"2", "44", Outcome::declined, DeclineClass::input},
        {"2", "45", Outcome::declined, DeclineClass::input},
        {"2", "65", Outcome::declined, DeclineClass::input},
        {"2", "165", Outcome::declined, DeclineClass::input},
        {"3", "47", Outcome::refused},
        {"3", "49", Outcome::refused},
        {"3", "51", Outcome::refused},
        {"3", "55", Outcome::refused},
        {"3", "52", Outcome::declined, DeclineClass::technical},
        {"3", "152", Outcome::declined, DeclineClass::technical},
        {"3", "327", Outcome::refused},
        {"3", "901", Outcome::not_sent},
        {"3", "99999", Outcome::no_answer},
        {"3", "", Outcome::no_answer},
        {"3", "2x", Outcome::no_answer},
        {"3", "99999999999999999999", Outcome::no_answer},
        {"4", "252", Outcome::pending},
        {"4", "253", Outcome::pending},
        {"4", "193", Outcome::pending},
        {"4", "295", Outcome::pending},
        {"5", "2", Outcome::no_answer},
        {"", "2", Outcome::no_answer},
    };
    for (const Case& each : cases) {
        const Answer answer = classified(transaction_reply(each.response_code, "0", error(each.reason), "Error"));
        EXPECT_EQ(answer.outcome, each.outcome) << each.response_code << " / " << each.reason;
        EXPECT_EQ(answer.decline, each.decline) << each.response_code << " / " << each.reason;
        EXPECT_EQ(answer.stored_token, "");
    }
}

TEST(AuthorizeNetClassify, a_refund_waits_for_settlement_and_nothing_else_does) {  // F22
    for (const std::string_view reason : {"50", "54"}) {
        const std::string body = transaction_reply("3", "0", error(reason), "Error");
        EXPECT_EQ(classified(body, Operation::refund).outcome, Outcome::not_settled);
        EXPECT_EQ(classified(body, Operation::charge).outcome, Outcome::refused);
    }
}

TEST(AuthorizeNetClassify, maintenance_did_nothing_only_when_it_made_no_transaction) {
    EXPECT_EQ(classified(transaction_reply("3", "40000000018", error("901"), "Error")).outcome, Outcome::no_answer);
}

TEST(AuthorizeNetClassify, voided_already_is_voided_but_captured_already_has_to_be_looked_up) {  // F24
    const std::string voided = transaction_reply("1", "40000000017", message("310"));
    const std::string captured = transaction_reply("1", "40000000017", message("311"));
    EXPECT_EQ(classified(voided, Operation::cancel).outcome, Outcome::approved);
    EXPECT_EQ(classified(voided, Operation::capture).outcome, Outcome::no_answer);
    EXPECT_EQ(classified(captured, Operation::capture).outcome, Outcome::no_answer);
    EXPECT_EQ(classified(captured, Operation::capture).provider_code, "311");
}

TEST(AuthorizeNetClassify, a_partial_approval_is_for_the_amount_that_it_names) {  // F25
    const auto partial = [](std::string_view more, std::string_view response_code = "1") {
        return classified(transaction_reply(response_code, "40000000017", message("295"), "Ok", more));
    };
    for (const std::string_view response_code : {"1", "4"}) {
        const Answer named =
            partial(R"(,"prePaidCard":{"requestedAmount":"12.50","approvedAmount":"1.23","balanceOnCard":"0.00"})",
                    response_code);
        EXPECT_EQ(named.outcome, Outcome::approved);
        ASSERT_TRUE(named.amount);
        EXPECT_EQ(*named.amount, usd(123));
    }
    EXPECT_EQ(partial("").outcome, Outcome::no_answer);
    EXPECT_EQ(partial(R"(,"prePaidCard":{"approvedAmount":"1.2345"})").outcome, Outcome::no_answer);
    EXPECT_EQ(partial(R"(,"prePaidCard":{"approvedAmount":"1e2"})").outcome, Outcome::no_answer);
}

TEST(AuthorizeNetClassify, an_approval_that_contradicts_itself_is_none) {  // F26
    EXPECT_EQ(classified(transaction_reply("1", "40000000017", message("1"), "Error")).outcome, Outcome::no_answer);
    EXPECT_EQ(classified(transaction_reply("1", "0", message("1"))).outcome, Outcome::no_answer);
    EXPECT_EQ(classified(transaction_reply("1", "", message("1"))).outcome, Outcome::no_answer);
    EXPECT_EQ(classified(transaction_reply("1", "4x", message("1"))).outcome, Outcome::no_answer);
    EXPECT_EQ(classified(transaction_reply("1", "40000000017", error("2"))).outcome, Outcome::no_answer);
}

TEST(AuthorizeNetClassify, an_answer_to_another_request_is_none) {  // F26
    const std::string body = transaction_reply("1", "40000000017", message("1"));
    EXPECT_EQ(classified(body, Operation::charge, "P0000000000000000099").outcome, Outcome::no_answer);
    EXPECT_EQ(classified(transaction_reply("2", "40000000017", error("2")), Operation::charge, "P9").outcome,
              Outcome::no_answer);
}

TEST(AuthorizeNetClassify, an_account_in_test_mode_moves_no_money) {
    const Answer answer = classified(
        R"({"transactionResponse":{"responseCode":"1","transId":"0","testRequest":"1","messages":[{"code":"1","description":"x"}]},)"
        R"("messages":{"resultCode":"Ok","message":[{"code":"I00001","text":"Successful."}]}})");
    EXPECT_EQ(answer.outcome, Outcome::refused);
    EXPECT_EQ(answer.provider_code, "test_mode");
}

TEST(AuthorizeNetClassify, a_request_without_a_transaction_was_refused_only_for_reasons_we_know) {
    struct Case {
        std::string_view code;
        Outcome outcome;
    };
    const Case cases[] = {
        {"E00001", Outcome::no_answer}, {"E00003", Outcome::refused},   {"E00007", Outcome::refused},
        {"E00013", Outcome::refused},   {"E00027", Outcome::no_answer}, {"E00040", Outcome::refused},
        {"E00053", Outcome::not_sent},  {"E00104", Outcome::not_sent},  {"E00114", Outcome::refused},
        {"E99999", Outcome::no_answer}, {"", Outcome::no_answer},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(classified(request_error(each.code)).outcome, each.outcome) << each.code;
        // Sometimes an empty transaction comes along.
        std::string with_empty = R"({"transactionResponse":{"SupplementalDataQualificationIndicator":0},)";
        with_empty.append(request_error(each.code).substr(1));
        EXPECT_EQ(classified(with_empty).outcome, each.outcome) << each.code;
    }
    EXPECT_EQ(
        classified(R"({"transactionResponse":{"transId":"40000000018"},)" + request_error("E00053").substr(1)).outcome,
        Outcome::no_answer);
}

TEST(AuthorizeNetClassify, what_is_no_answer_of_the_gateway_is_no_answer) {
    for (const std::string_view body :
         {"{}", "[]", "null", "1", "\"Ok\"", R"({"messages":{"resultCode":"Ok"}})",
          R"({"messages":"Ok","transactionResponse":[]})",
          R"({"messages":{"resultCode":"Ok","message":[{"code":"I00001","text":"Successful."}]}})",
          R"({"transactionResponse":{"responseCode":"1","transId":"40000000017"}})"})
        EXPECT_EQ(classified(body).outcome, Outcome::no_answer) << body;
    for (const std::string_view body :
         {"", "\xEF\xBB\xBF", "<html></html>", R"({"transactionResponse":{"responseCode":"1")"})
        EXPECT_FALSE(parse_reply(body)) << body;
}

TEST(AuthorizeNetReply, an_amount_is_read_exactly_from_its_digits) {  // F91, F92
    const Currency currency = *Currency::of("USD");
    EXPECT_EQ(read_amount("5.00", currency), usd(500));
    EXPECT_EQ(read_amount("5", currency), usd(500));
    EXPECT_EQ(read_amount("5.1", currency), usd(510));
    EXPECT_EQ(read_amount("5.1000", currency), usd(510));
    EXPECT_EQ(read_amount("5.1001", currency), std::nullopt);
    EXPECT_EQ(read_amount("5e0", currency), std::nullopt);
    EXPECT_EQ(read_amount("", currency), std::nullopt);
    EXPECT_EQ(read_amount("9999999999999999999.00", currency), std::nullopt);
}

}  // namespace
}  // namespace florin::authorize_net
