#include "render.hpp"

#include <gtest/gtest.h>

#include <array>

#include "florin/json/value.hpp"

namespace florin::gateway {
namespace {

using payments::DeclineClass;
using payments::PaymentState;

TEST(Words, every_state_has_its_word) {  // X.1, C-ST-01
    struct Case {
        PaymentState state;
        std::string_view word;
    };
    const Case cases[] = {
        {PaymentState::created, "Created"},    {PaymentState::processing, "Pending"},
        {PaymentState::unknown, "Pending"},    {PaymentState::pending, "Pending"},
        {PaymentState::authorized, "Pending"}, {PaymentState::quarantined, "Pending"},
        {PaymentState::captured, "Accepted"},  {PaymentState::declined, "Declined"},
        {PaymentState::failed, "Failed"},      {PaymentState::canceled, "Failed"},
        {PaymentState::expired, "Failed"},     {PaymentState::requires_action, "Pending"},
    };
    static_assert(std::size(cases) == payments::payment_state_count);
    for (const Case& each : cases) EXPECT_EQ(status_word(each.state, DeclineClass::soft), each.word) << each.word;
    EXPECT_EQ(status_word(PaymentState::declined, DeclineClass::insufficient_funds), "InsufficientFunds");
    EXPECT_EQ(status_word(PaymentState::failed, DeclineClass::insufficient_funds), "Failed");
}

TEST(Words, what_openapi_says_of_a_payment_is_what_is_shown) {
    const auto schema = json::parse(shown_schema.json);
    ASSERT_TRUE(schema);
    const json::Value& properties = *schema->find("properties");
    payments::PaymentDetails found{{.amount = *Money::of(1250, *Currency::of("GBP"))}, {}};
    found.payment.state = PaymentState::declined;
    found.payment.card.last4 = "1543";
    payments::Transaction transaction{.amount = found.payment.amount};
    transaction.status = payments::TransactionStatus::declined;
    found.transactions.push_back(transaction);
    const auto shown = json::parse(shown_text(found, R"({"cardName":"a","billingAddress":"b"})"));
    ASSERT_TRUE(shown);
    std::vector<std::string> said, is;
    for (const auto& [name, property] : properties.members()) said.push_back(name);
    for (const auto& [name, value] : shown->members()) is.push_back(name);
    EXPECT_EQ(is, said);
}

TEST(Words, errors_name_the_documents_fields_and_keep_their_codes) {
    struct Case {
        std::string_view theirs, ours;
    };
    const Case cases[] = {{"card.number", "cardNumber"},
                          {"card.expiry_month", "expiryMonth"},
                          {"card.expiry_year", "expiryYear"},
                          {"card.cvv", "cvv"},
                          {"Idempotency-Key", "paymentId"},
                          {"amount", "amount"},
                          {"", ""}};
    for (const Case& each : cases) {
        const Error told = in_our_words({ErrorKind::invalid, "some_code", "Some words.", std::string{each.theirs}});
        EXPECT_EQ(told.field, each.ours);
        EXPECT_EQ(told.code, "some_code");
        EXPECT_EQ(told.message, "Some words.");
    }
}

}  // namespace
}  // namespace florin::gateway
