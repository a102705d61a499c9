#pragma once

#include <string>
#include <string_view>

#include "florin/base/result.hpp"
#include "florin/payments/payments.hpp"

/// Payments in document C's words. Pure: nothing here asks anybody.
namespace florin::gateway {

/// `Created`, `Pending`, `Accepted`, `Declined`, `InsufficientFunds` or `Failed`. `decline` is that of the payment's
/// first transaction. Source: requirements X.1.
std::string_view status_word(payments::PaymentState state, payments::DeclineClass decline);

/// make-payment's answer: the status and, when it was not accepted, why.
std::string made_text(const payments::Payment& payment, const payments::Transaction& transaction);

/// get-payment's answer. `details` is the JSON object of name and address as it was sealed; empty when there is none.
std::string shown_text(const payments::PaymentDetails& found, std::string_view details);

/// `shown_text` for OpenAPI: its amount is a number that is written digit by digit, which no described type is.
struct ShownSchema {
    std::string_view name, json;
};
extern const ShownSchema shown_schema;

/// The fields of the payments module as document C names them, and its idempotency key as the payment's id.
Error in_our_words(Error error);

}  // namespace florin::gateway
