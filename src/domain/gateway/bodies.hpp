#pragma once

#include "florin/json/describe.hpp"
#include "florin/security/card.hpp"

/// Document C's bodies, in its own words.
namespace florin::gateway {

struct CreatePaymentBody {
    std::string merchantId;
};

struct MakePaymentBody {
    std::string paymentId, merchantId;
    security::Pan cardNumber;
    std::int64_t expiryYear = 0, expiryMonth = 0;
    std::string currency;
    json::Decimal amount;
    std::string cardName, billingAddress;
    security::Cvv cvv;
};

struct CreatedView {
    std::string paymentId;
    std::string_view status;
    std::int64_t creationTimestampSeconds;
};

struct MadeView {
    std::string_view status;
    std::optional<std::string> failCode, failReason;
};

}  // namespace florin::gateway

namespace florin::json {

template <>
struct Described<gateway::CreatePaymentBody> {
    using B = gateway::CreatePaymentBody;
    static constexpr std::string_view name = "CreatePaymentRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "merchantId",
              .member = &B::merchantId,
              .doc = "The merchant's name.",
              .example = "\"test-merchant\"",
              .min_length = 1,
              .max_length = 64},
    };
};

template <>
struct Described<gateway::MakePaymentBody> {
    using B = gateway::MakePaymentBody;
    static constexpr std::string_view name = "MakePaymentRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "paymentId",
              .member = &B::paymentId,
              .doc = "As create-payment gave it.",
              .example = "\"0199c0de-2f4a-7cc1-9d3e-5a6b7c8d9e0f\"",
              .min_length = 36,
              .max_length = 36},
        Field{.name = "merchantId",
              .member = &B::merchantId,
              .doc = "The merchant's name.",
              .example = "\"test-merchant\"",
              .min_length = 1,
              .max_length = 64},
        Field{"cardNumber", &B::cardNumber, "12 to 19 digits.", "\"1234432198761543\""},
        Field{.name = "expiryYear",
              .member = &B::expiryYear,
              .doc = "Four digits.",
              .example = "2030",
              .minimum = 1900,
              .maximum = 9999},
        Field{.name = "expiryMonth",
              .member = &B::expiryMonth,
              .doc = "1 to 12.",
              .example = "12",
              .minimum = 1,
              .maximum = 12},
        Field{.name = "currency",
              .member = &B::currency,
              .doc = "ISO 4217.",
              .example = "\"GBP\"",
              .min_length = 3,
              .max_length = 3},
        Field{"amount", &B::amount, "Major units, read exactly.", "50"},
        Field{.name = "cardName",
              .member = &B::cardName,
              .doc = "The cardholder's name.",
              .example = "\"OmarElmohandes\"",
              .min_length = 1,
              .max_length = 100},
        Field{.name = "billingAddress",
              .member = &B::billingAddress,
              .doc = "In one line.",
              .example = "\"77Merenda\"",
              .min_length = 1,
              .max_length = 255},
        Field{"cvv", &B::cvv, "3 or 4 digits.", "\"232\""},
    };
};

template <>
struct Described<gateway::CreatedView> {
    using V = gateway::CreatedView;
    static constexpr std::string_view name = "CreatedPayment";
    static constexpr auto fields = std::tuple{
        Field{"paymentId", &V::paymentId, "Give it to make-payment within ten minutes."},
        Field{"status", &V::status, "Created.", "\"Created\""},
        Field{"creationTimestampSeconds", &V::creationTimestampSeconds, "Unix seconds.", "1641845321"},
    };
};

template <>
struct Described<gateway::MadeView> {
    using V = gateway::MadeView;
    static constexpr std::string_view name = "MadePayment";
    static constexpr auto fields = std::tuple{
        Field{"status", &V::status, "Accepted, Declined, InsufficientFunds, Pending or Failed.", "\"Accepted\""},
        Field{"failCode", &V::failCode, "Only when it was not accepted."},
        Field{"failReason", &V::failReason, "Only when it was not accepted."},
    };
};

}  // namespace florin::json
