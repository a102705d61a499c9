#pragma once

#include <optional>
#include <string>

#include "florin/json/describe.hpp"
#include "florin/security/card.hpp"

/// The bodies of the payment routes.
namespace florin::payments {

struct CardBody {
    security::Pan number;
    std::int64_t expiry_month = 0, expiry_year = 0;
    std::optional<security::Cvv> cvv;
    std::optional<std::string> name;
};

struct AddressBody {
    std::optional<std::string> first_name, last_name, company, address, city, state, zip, country;
};

struct BankAccountBody {
    std::string holder_name;
    std::optional<std::string> iban, routing_number, account_number;
};

struct ChargeBody {
    json::Decimal amount;
    std::string currency;
    std::optional<std::string> customer_id, payment_method_type, payment_method_token;
    std::optional<CardBody> card;
    std::optional<BankAccountBody> bank_account;
    std::optional<std::string> original_transaction_id;
    std::optional<bool> makes_mandate;
    std::optional<std::string> return_url, email;
    std::optional<AddressBody> billing_address;
    std::optional<std::string> idempotency_key;
    json::Object metadata;
};

struct FollowUpBody {
    std::string transaction_id;
    std::optional<json::Decimal> amount;
    std::optional<std::string> currency, idempotency_key;
    json::Object metadata;
};

struct ResolveBody {
    std::string decision, note;
    std::optional<std::string> idempotency_key;
};

struct StoreCardBody {
    CardBody card;
    std::optional<AddressBody> billing_address;
    std::optional<std::string> customer_id, idempotency_key;
};

}  // namespace florin::payments

namespace florin::json {

template <>
struct Described<payments::CardBody> {
    using B = payments::CardBody;
    static constexpr std::string_view name = "Card";
    static constexpr std::string_view doc = "Passed through to the provider, never stored.";
    static constexpr auto fields = std::tuple{
        Field{"number", &B::number, "12 to 19 digits.", "\"4111111111111111\""},
        Field{.name = "expiry_month",
              .member = &B::expiry_month,
              .doc = "1 to 12.",
              .example = "12",
              .minimum = 1,
              .maximum = 12},
        Field{.name = "expiry_year",
              .member = &B::expiry_year,
              .doc = "Four digits.",
              .example = "2030",
              .minimum = 1900,
              .maximum = 9999},
        Field{"cvv", &B::cvv, "The card's verification value.", "\"123\""},
        Field{"name", &B::name, "The cardholder's name.", "\"Ada Lovelace\""},
    };
};

template <>
struct Described<payments::AddressBody> {
    using B = payments::AddressBody;
    static constexpr std::string_view name = "BillingAddress";
    static constexpr auto fields = std::tuple{
        Field{.name = "first_name", .member = &B::first_name, .doc = "First name.", .max_length = 50},
        Field{.name = "last_name", .member = &B::last_name, .doc = "Last name.", .max_length = 50},
        Field{.name = "company", .member = &B::company, .doc = "Company.", .max_length = 50},
        Field{.name = "address", .member = &B::address, .doc = "Street and number.", .max_length = 60},
        Field{.name = "city", .member = &B::city, .doc = "City.", .max_length = 40},
        Field{.name = "state", .member = &B::state, .doc = "State or province.", .max_length = 40},
        Field{.name = "zip", .member = &B::zip, .doc = "Postal code.", .max_length = 20},
        Field{.name = "country",
              .member = &B::country,
              .doc = "The two letters of ISO 3166-1 alpha-2.",
              .example = "\"DE\"",
              .max_length = 60},
    };
};

template <>
struct Described<payments::BankAccountBody> {
    using B = payments::BankAccountBody;
    static constexpr std::string_view name = "BankAccount";
    static constexpr std::string_view doc = "Passed through to the provider; only its last four are kept.";
    static constexpr auto fields = std::tuple{
        Field{.name = "holder_name",
              .member = &B::holder_name,
              .doc = "Whose account it is.",
              .example = "\"Ada Lovelace\"",
              .min_length = 1,
              .max_length = 70},
        Field{.name = "iban",
              .member = &B::iban,
              .doc = "Of sepa_debit. Spaces do not matter.",
              .example = "\"NL91ABNA0417164300\"",
              .max_length = 42},
        Field{.name = "routing_number",
              .member = &B::routing_number,
              .doc = "Of ach_debit: nine digits.",
              .max_length = 9},
        Field{.name = "account_number",
              .member = &B::account_number,
              .doc = "Of ach_debit: 4 to 17 digits.",
              .max_length = 17},
    };
};

template <>
struct Described<payments::ChargeBody> {
    using B = payments::ChargeBody;
    static constexpr std::string_view name = "ChargeRequest";
    static constexpr auto fields = std::tuple{
        Field{"amount", &B::amount, "Major units, a number or a string, read exactly.", "\"12.50\""},
        Field{.name = "currency",
              .member = &B::currency,
              .doc = "ISO 4217.",
              .example = "\"EUR\"",
              .min_length = 3,
              .max_length = 3},
        Field{.name = "customer_id",
              .member = &B::customer_id,
              .doc = "Your own id of the customer.",
              .example = "\"customer-7\"",
              .min_length = 1,
              .max_length = 64},
        Field{"payment_method_type", &B::payment_method_type,
              "card (unless given), ideal, sepa_debit, ach_debit, wallet or hosted_page.", "\"card\""},
        Field{"payment_method_token", &B::payment_method_token, "A stored card; either this or `card`."},
        Field{"card", &B::card, "A card; either this or `payment_method_token`."},
        Field{"bank_account", &B::bank_account, "Of a direct debit; either this or `original_transaction_id`."},
        Field{"original_transaction_id", &B::original_transaction_id,
              "Of a direct debit: the earlier purchase, made with `makes_mandate`, whose payer agreed to more."},
        Field{"makes_mandate", &B::makes_mandate, "The payer agrees to later direct debits by this payment."},
        Field{.name = "return_url",
              .member = &B::return_url,
              .doc = "Where the payer's browser goes after paying elsewhere: needed by ideal and hosted_page.",
              .example = "\"https://shop.example/thanks\"",
              .max_length = 2048},
        Field{.name = "email",
              .member = &B::email,
              .doc = "The payer's, where the provider asks for it.",
              .max_length = 254},
        Field{"billing_address", &B::billing_address, "For the provider's address verification."},
        Field{"idempotency_key", &B::idempotency_key, "As the header `Idempotency-Key`."},
        Field{"metadata", &B::metadata, "Any object of yours, up to 8 KiB."},
    };
};

template <>
struct Described<payments::FollowUpBody> {
    using B = payments::FollowUpBody;
    static constexpr std::string_view name = "FollowUpRequest";
    static constexpr auto fields = std::tuple{
        Field{"transaction_id", &B::transaction_id, "The transaction that this refers to.",
              "\"0199c0de-2f4a-7cc1-9d3e-5a6b7c8d9e0f\""},
        Field{"amount", &B::amount, "Major units; left out: all that is left.", "\"12.50\""},
        Field{.name = "currency",
              .member = &B::currency,
              .doc = "Must be the payment's.",
              .example = "\"EUR\"",
              .min_length = 3,
              .max_length = 3},
        Field{"idempotency_key", &B::idempotency_key, "As the header `Idempotency-Key`."},
        Field{"metadata", &B::metadata, "Any object of yours, up to 8 KiB."},
    };
};

template <>
struct Described<payments::ResolveBody> {
    using B = payments::ResolveBody;
    static constexpr std::string_view name = "ResolveRequest";
    static constexpr auto fields = std::tuple{
        Field{"decision", &B::decision,
              "accept: the amount that the provider approved is taken for what was asked. dismiss: nothing moved, or "
              "you undid it at the provider; only where nothing is booked. Of a charge that no look-up can find out "
              "about "
              "(outcome_unknown with a provider_code), dismiss: it never happened.",
              "\"accept\""},
        Field{.name = "note",
              .member = &B::note,
              .doc = "Why. Kept in the event and the audit.",
              .example = "\"The customer agreed to pay the rest in cash.\"",
              .min_length = 1,
              .max_length = 500},
        Field{"idempotency_key", &B::idempotency_key, "As the header `Idempotency-Key`."},
    };
};

template <>
struct Described<payments::StoreCardBody> {
    using B = payments::StoreCardBody;
    static constexpr std::string_view name = "StoreCardRequest";
    static constexpr auto fields = std::tuple{
        Field{"card", &B::card, "The card to be stored at the provider."},
        Field{"billing_address", &B::billing_address, "For the provider's address verification."},
        Field{.name = "customer_id",
              .member = &B::customer_id,
              .doc = "Your own id of the customer.",
              .min_length = 1,
              .max_length = 64},
        Field{"idempotency_key", &B::idempotency_key, "As the header `Idempotency-Key`."},
    };
};

}  // namespace florin::json
