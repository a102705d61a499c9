#include "classify.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::chargebee {
namespace {

using namespace test;
using payments::Answer;
using payments::DeclineClass;
using payments::Outcome;

Invoice read(const Seen& seen) { return *read_invoice_in(*parse_reply(invoice(seen))); }

TEST(Refusals, are_ones_only_when_nothing_happened) {  // F6
    struct Case {
        std::string_view why;
        int status;
        std::string body;
        Outcome outcome;
        std::string_view code;
    };
    using enum Outcome;
    const Case cases[] = {
        {"a parameter is wrong", 400, problem("invalid_request", "param_wrong_value"), refused, "param_wrong_value"},
        {"an error without a type", 400, problem("", "resource_limit_exceeded"), refused, "resource_limit_exceeded"},
        {"the key is wrong", 401, problem("invalid_request", "api_authentication_failed"), refused,
         "api_authentication_failed"},
        {"the key may not", 403, problem("invalid_request", "api_authorization_failed"), refused,
         "api_authorization_failed"},
        {"there is no such invoice", 404, problem("invalid_request", "resource_not_found"), refused,
         "resource_not_found"},
        {"the state is another", 409, problem("invalid_request", "invalid_state_for_request"), refused,
         "invalid_state_for_request"},
        {"declined, which is no 402", 400,
         problem("payment", "payment_processing_failed", "Reason: (3001) Insufficient funds."), declined, "3001"},
        {"declined without a number", 400, problem("payment", "payment_method_not_present"), declined,
         "payment_method_not_present"},
        {"a decline in another status", 500, problem("payment", "payment_processing_failed"), no_answer,
         "payment_processing_failed"},
        {"an earlier copy was other", 422, problem("invalid_request", "unable_to_process_request"), no_answer,
         "unable_to_process_request"},
        {"an earlier copy may be running", 429, problem("operation_failed", "lock_timeout"), no_answer, "lock_timeout"},
        {"the gateway was asked too often", 429, problem("operation_failed", "third_party_api_request_limit_exceeded"),
         no_answer, "third_party_api_request_limit_exceeded"},
        {"Chargebee was asked too often", 429, problem("operation_failed", "api_request_limit_exceeded"), not_sent,
         "api_request_limit_exceeded"},
        {"an error inside", 500, problem("operation_failed", "internal_error"), no_answer, "internal_error"},
        {"503, whatever it claims", 503, problem("invalid_request", "param_wrong_value"), no_answer,
         "param_wrong_value"},
        {"a proxy's no", 403, R"({"message":"Forbidden"})", no_answer, "http_403"},
        {"a proxy's limit", 429, R"({"error":"slow down"})", no_answer, "http_429"},
        {"redirected", 302, "{}", no_answer, "http_302"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        const Answer answer = classify_refusal({each.status, *parse_reply(each.body)});
        EXPECT_EQ(to_text(answer.outcome), to_text(each.outcome));
        EXPECT_EQ(answer.provider_code, each.code);
    }
}

TEST(Charges, are_approved_only_for_what_was_paid_under_our_reference) {  // F25, F26
    struct Case {
        std::string_view why;
        Seen seen;
        Outcome outcome;
        std::string_view code;
        bool is_undecided = false;
    };
    using enum Outcome;
    const Case cases[] = {
        {"paid", {}, approved, ""},
        {"a status that nobody knows says nothing of the payment", {.status = "odd"}, approved, ""},
        {"paid for somebody else", {.po_number = "P9"}, no_answer, "foreign_reference", true},
        {"paid twice",
         {.payments = linked("success") + "," + linked("success", "txn_2")},
         no_answer,
         "several_transactions",
         true},
        {"in no currency", {.currency = "XXY"}, no_answer, "unreadable_amount", true},
        {"of nothing", {.payments = linked("success", "txn_1", 0)}, no_answer, "unreadable_amount", true},
        {"on its way", {.status = "payment_due", .payments = linked("in_progress")}, pending, "in_progress"},
        {"tried again while paid",
         {.payments = linked("success") + "," + linked("in_progress", "txn_2")},
         pending,
         "in_progress"},
        {"timed out", {.status = "payment_due", .payments = linked("timeout")}, no_answer, "timeout"},
        {"to be looked at",
         {.status = "payment_due", .payments = linked("needs_attention")},
         no_answer,
         "needs_attention",
         true},
        {"a status of tomorrow",
         {.status = "payment_due", .payments = linked("pondering")},
         no_answer,
         "pondering",
         true},
        {"failed, and then paid", {.payments = linked("failure", "txn_0") + "," + linked("success")}, approved, ""},
        {"failed", {.status = "payment_due", .payments = linked("failure")}, not_found, ""},
        {"failed late", {.status = "not_paid", .payments = linked("late_failure")}, not_found, ""},
        {"not tried", {.status = "payment_due", .payments = ""}, not_found, ""},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        const Answer answer = judge_charge(read(each.seen), reference);
        EXPECT_EQ(to_text(answer.outcome), to_text(each.outcome));
        EXPECT_EQ(answer.provider_code, each.code);
        EXPECT_EQ(answer.is_undecided, each.is_undecided);
        if (each.outcome != approved) continue;
        EXPECT_EQ(answer.amount, money(1'250));
        EXPECT_EQ(answer.provider_id, "txn_1");
    }
}

TEST(Charges, that_are_void_were_declined_or_never_tried) {
    const auto read_one = [](const std::string& text) { return *read_transaction_in(*parse_reply(text)); };
    const Answer declined = judge_voided({read_one(transaction("failure", "3001", "(3001) Insufficient funds."))});
    EXPECT_EQ(to_text(declined.outcome), "declined");
    EXPECT_EQ(declined.decline, DeclineClass::insufficient_funds);
    EXPECT_EQ(declined.provider_code, "3001");
    EXPECT_EQ(declined.payer_last4, "1111");
    EXPECT_EQ(judge_voided({read_one(transaction("failure"))}).provider_code, "failure") << "no code of its own";
    EXPECT_EQ(to_text(judge_voided({}).outcome), "refused");
}

TEST(Refunds, are_done_when_their_transaction_says_so) {  // F23
    const auto judge = [](const std::string& refund) {
        return judge_refund(*read_credit_note_in(*parse_reply(credit_note(refund))));
    };
    EXPECT_EQ(to_text(judge(linked("success")).outcome), "approved");
    EXPECT_EQ(judge(linked("success")).amount, money(1'250));
    EXPECT_EQ(to_text(judge(linked("in_progress")).outcome), "pending");
    EXPECT_EQ(to_text(judge(linked("failure")).outcome), "declined");
    EXPECT_EQ(to_text(judge(linked("timeout")).outcome), "no_answer");
    EXPECT_EQ(to_text(judge("").outcome), "no_answer");
    EXPECT_EQ(to_text(judge(linked("success") + "," + linked("success")).outcome), "no_answer");
    // As a list of texts, as a list of notes, and as a text of its own.
    for (const std::string_view notes : {"\"P17\"", R"("thanks","P17")", R"({"note":"P17"})"})
        EXPECT_TRUE(names(*read_credit_note_in(*parse_reply(credit_note("", notes))), "P17")) << notes;
    EXPECT_FALSE(names(*read_credit_note_in(*parse_reply(credit_note("", "\"P171\""))), "P17"));
}

TEST(Declines, have_the_class_of_their_code_or_of_their_words) {
    const std::pair<std::string_view, DeclineClass> cases[] = {
        {"(3001) Insufficient funds.", DeclineClass::insufficient_funds},
        {"Not sufficient funds", DeclineClass::insufficient_funds},
        {"(3009) Do not honour.", DeclineClass::soft},
        {"Your card has expired.", DeclineClass::expired_card},
        {"STOLEN CARD", DeclineClass::hard},
        {"Suspected fraud", DeclineClass::fraud},
        {"The CVV does not match", DeclineClass::input},
        {"Invalid card number", DeclineClass::invalid_card},
        {"Something else", DeclineClass::soft},
        {"", DeclineClass::soft},
    };
    for (const auto& [text, decline] : cases) EXPECT_EQ(to_text(decline_of("", text)), to_text(decline)) << text;
    EXPECT_EQ(decline_of("3001", "in another language"), DeclineClass::insufficient_funds);
}

}  // namespace
}  // namespace florin::chargebee
