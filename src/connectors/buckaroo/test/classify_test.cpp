// What statuses, reasons and amounts mean.

#include "classify.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::buckaroo {
namespace {

using namespace test;
using payments::Answer;
using payments::DeclineClass;
using payments::Outcome;

Transaction read(const Seen& seen) {
    const auto value = parse_reply(transaction(seen));
    EXPECT_TRUE(value);
    auto read = read_transaction(*value);
    EXPECT_TRUE(read);
    return *read;
}

std::string in_words(const Answer& answer) {
    std::string text{to_text(answer.outcome)};
    if (answer.is_undecided) text += " (undecided)";
    if (answer.amount) text += " " + to_major_text(*answer.amount);
    return answer.provider_code.empty() ? text : text + " " + answer.provider_code;
}
std::string charged(const Seen& seen) { return in_words(judge_charge(read(seen), reference)); }
std::string refunded(const Seen& seen) { return in_words(judge_refund(read(seen), reference, original)); }

TEST(Statuses, say_what_became_of_a_charge) {
    struct Case {
        int status;
        std::string_view outcome;
        DeclineClass decline = DeclineClass::none;
    };
    const Case cases[] = {
        {190, "approved 12.50"},
        {490, "declined 490", DeclineClass::soft},
        {491, "refused 491"},
        {492, "pending 492"},
        {690, "declined 690", DeclineClass::hard},
        {790, "pending 790"},
        {791, "pending 791"},
        {792, "pending 792"},
        {793, "pending 793"},
        {794, "pending 794"},
        {890, "declined 890", DeclineClass::soft},
        {891, "refused 891"},
        {191, "no_answer (undecided) unexpected_status"},
        {0, "no_answer (undecided) unexpected_status"},
        {-190, "no_answer (undecided) unexpected_status"},
        {190190, "no_answer (undecided) unexpected_status"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(charged({.status = each.status}), each.outcome);
        EXPECT_EQ(judge_charge(read({.status = each.status}), reference).decline, each.decline) << each.status;
    }
}

TEST(Statuses, of_another_transaction_say_nothing) {  // F26
    EXPECT_EQ(charged({.invoice = "P0000000000000000018"}), "no_answer (undecided) foreign_transaction");
    EXPECT_EQ(refunded({.invoice = "P0000000000000000018", .amount = R"("AmountCredit":12.5)"}),
              "no_answer (undecided) foreign_transaction");
    EXPECT_EQ(refunded({.amount = R"("AmountCredit":12.5)",
                        .type = "C121",
                        .related = R"([{"RelationType":"refund","RelatedTransactionKey":"00"}])"}),
              "no_answer (undecided) foreign_transaction");
    EXPECT_EQ(refunded({}), "no_answer (undecided) foreign_transaction") << "a payment is no refund";
    EXPECT_EQ(charged({.amount = R"("AmountCredit":12.5)"}), "no_answer (undecided) foreign_transaction");
}

TEST(Reversals, succeed_and_are_never_taken_for_a_payment) {  // F28
    const std::string related =
        R"([{"RelationType":"reversal","RelatedTransactionKey":")" + std::string{original} + R"("}])";
    const Seen by_type{.amount = R"("AmountDebit":12.5)", .type = "C501"};
    const Seen by_relation{.amount = R"("AmountDebit":12.5)", .type = "C999", .related = related};
    const Seen whole{.amount = R"("AmountCredit":12.5)",
                     .type = "C501",
                     .parameters = R"("Name":"reasoncode","Value":"AM04")",
                     .related = related};
    for (const Seen& seen : {by_type, by_relation, whole}) {
        EXPECT_EQ(charged(seen), "no_answer (undecided) foreign_transaction");
        EXPECT_EQ(refunded(seen), "no_answer (undecided) foreign_transaction");
    }
    const auto reversal = judge_reversal(read(whole), original);
    ASSERT_TRUE(reversal);
    EXPECT_EQ(reversal->provider_id, key);
    EXPECT_EQ(reversal->amount, money(1'250));
    EXPECT_EQ(reversal->reason, "AM04");
    EXPECT_EQ(reversal->decline, DeclineClass::insufficient_funds);
    EXPECT_EQ(reversal->state, payments::Reversal::State::taken);

    Seen other = whole;
    other.status = 791;
    EXPECT_FALSE(judge_reversal(read(other), original)) << "not yet";
    other = whole;
    other.related = "null";
    EXPECT_FALSE(judge_reversal(read(other), original)) << "of nothing that we know";
    EXPECT_FALSE(judge_reversal(read(whole), key)) << "of another payment";
    other = whole;
    other.amount = R"("AmountCredit":null)";
    EXPECT_FALSE(judge_reversal(read(other), original)) << "of how much?";
    EXPECT_FALSE(judge_reversal(read({}), original)) << "a payment";
}

TEST(Reasons, have_a_class_that_tells_whether_to_try_again) {
    const std::pair<std::string_view, DeclineClass> cases[] = {
        {"AM04", DeclineClass::insufficient_funds},
        {"MS03", DeclineClass::soft},
        {"AC01", DeclineClass::input},
        {"RC01", DeclineClass::input},
        {"TM01", DeclineClass::technical},
        {"MD01", DeclineClass::hard},
        {"MD06", DeclineClass::hard},
        {"MD07", DeclineClass::hard},
        {"AC04", DeclineClass::hard},
        {"RR03", DeclineClass::hard},
        {"XX99", DeclineClass::soft},
        {"", DeclineClass::soft},
    };
    for (const auto& [code, decline] : cases) {
        EXPECT_EQ(decline_of_reason(code), decline) << code;
        if (code.empty()) continue;
        const std::string parameter = R"("Name":"ReasonCode","Value":")" + std::string{code} + "\"";
        const Answer answer = judge_charge(read({.status = 690, .parameters = parameter}), reference);
        EXPECT_EQ(answer.decline, decline) << code << " of a debit that failed at once";
        EXPECT_EQ(answer.provider_code, code);
    }
}

TEST(Amounts, are_those_that_the_provider_says_exactly) {  // F25, F26, F91
    const std::pair<std::string_view, std::string_view> cases[] = {
        {R"("AmountDebit":12.5)", "approved 12.50"},
        {R"("AmountDebit":12.50)", "approved 12.50"},
        {R"("AmountDebit":12.5000)", "approved 12.50"},
        {R"("AmountDebit":12)", "approved 12.00"},
        {R"("AmountDebit":12.0)", "approved 12.00"},
        {R"("AmountDebit":100)", "approved 100.00"},
        {R"("AmountDebit":0.29)", "approved 0.29"},
        {R"("AmountDebit":9999999999999.99)", "approved 9999999999999.99"},
        {R"("AmountDebit":12.505)", "no_answer (undecided) unreadable_amount"},
        {R"("AmountDebit":1.25e1)", "no_answer (undecided) unreadable_amount"},
        {R"("AmountDebit":"12.50")", "no_answer (undecided) unreadable_amount"},
        {R"("AmountDebit":null)", "no_answer (undecided) unreadable_amount"},
        {R"("AmountDebit":0)", "no_answer (undecided) unreadable_amount"},
        {R"("AmountDebit":-12.50)", "no_answer (undecided) unreadable_amount"},
    };
    for (const auto& [amount, outcome] : cases) EXPECT_EQ(charged({.amount = amount}), outcome) << amount;
    EXPECT_EQ(charged({.currency = "XXX"}), "no_answer (undecided) unreadable_amount");
    EXPECT_EQ(judge_charge(read({.currency = "USD"}), reference).amount, money(1'250, "USD"));
}

TEST(Refunds, are_judged_by_their_own_status) {
    const auto seen = [](int status) {
        return Seen{.status = status, .amount = R"("AmountCredit":4.25)", .type = "C121"};
    };
    EXPECT_EQ(refunded(seen(190)), "approved 4.25");
    for (const int status : {492, 790, 791, 793})
        EXPECT_EQ(refunded(seen(status)), "pending " + std::to_string(status));
    for (const int status : {490, 491, 690, 890, 891})
        EXPECT_EQ(refunded(seen(status)), "refused " + std::to_string(status));
    EXPECT_EQ(refunded(seen(17)), "no_answer (undecided) unexpected_status");
}

TEST(Cancellations, are_judged_by_the_status_of_what_was_canceled) {
    const auto canceled = [](int status) { return in_words(judge_cancel(read({.status = status}))); };
    for (const int status : {890, 891}) EXPECT_EQ(canceled(status), "approved");
    for (const int status : {790, 791, 792, 793, 794})
        EXPECT_EQ(canceled(status), "not_found " + std::to_string(status));
    for (const int status : {190, 490, 491, 690}) EXPECT_EQ(canceled(status), "refused " + std::to_string(status));
    EXPECT_EQ(canceled(492), "no_answer 492");
    EXPECT_EQ(canceled(17), "no_answer (undecided) unexpected_status");
}

TEST(Replies, are_read_tolerantly_and_their_texts_are_fit_to_be_kept) {  // F149
    const Answer waiting = judge_charge(
        read({.status = 790, .more = R"(,"RequiredAction":{"RedirectURL":"https://bank.test/pay?id=1"})"}), reference);
    EXPECT_EQ(waiting.action_url, "https://bank.test/pay?id=1");
    for (const std::string_view strange : {"javascript:alert(1)", "https://bank.test/ x", "//bank.test", "null"}) {
        const std::string action = R"(,"RequiredAction":{"RedirectURL":")" + std::string{strange} + "\"}";
        EXPECT_EQ(judge_charge(read({.status = 790, .more = action}), reference).action_url, "") << strange;
    }
    const Answer invalid =
        judge_charge(read({.status = 491,
                           .more = R"(,"RequestErrors":{"ChannelErrors":[],"ParameterErrors":[{"Name":"customeriban",)"
                                   R"("ErrorMessage":"The IBAN is\u0000 wrong."}]})"}),
                     reference);
    EXPECT_EQ(invalid.message, "The IBAN is  wrong.");
    const Answer paid =
        judge_charge(read({.parameters = R"("Name":"consumerIBAN","Value":"NL44 RABO 0123 4567 89")"}), reference);
    EXPECT_EQ(paid.payer_last4, "6789");

    EXPECT_FALSE(read_transaction(*parse_reply("{}")));
    EXPECT_FALSE(read_transaction(*parse_reply("[]")));
    EXPECT_FALSE(read_transaction(*parse_reply(R"({"Key":"../../Cancel/1"})")));
    EXPECT_FALSE(parse_reply("<html>"));
    EXPECT_FALSE(is_key("5340604668d74435aa344e1428ed1292"));
}

}  // namespace
}  // namespace florin::buckaroo
