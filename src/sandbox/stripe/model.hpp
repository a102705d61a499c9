#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "table.hpp"

namespace florin::sandbox::stripe {

/// One entry of an object's metadata.
struct Pair {
    std::string key, value;
    template <class Fields>
    void fields(Fields& f) {
        f("key", key), f("value", value);
    }
};
using Metadata = std::vector<Pair>;

/// What a test card does; fixed by its number.
enum class Scenario : int {
    ordinary = 0,
    declines,             ///< When it is attached, set up or charged.
    declines_on_charge,   ///< It can be attached.
    authenticates,        ///< On every charge.
    authenticates_first,  ///< Once, when it is set up.
    is_blocked,           ///< By Radar.
    is_elevated_risk,
    refunds_slowly,  ///< A refund is pending at first.
};

/// All that stays of a card.
struct Card {
    std::string brand, last4, fingerprint, funding, country;
    std::int64_t exp_month = 0, exp_year = 0;
    Scenario scenario = Scenario::ordinary;
    std::string code, decline_code;  ///< Of the scenarios that decline.
    bool has_code = false;           ///< A card verification value was given.

    template <class Fields>
    void fields(Fields& f) {
        f("brand", brand), f("last4", last4), f("fp", fingerprint), f("funding", funding), f("country", country);
        f("month", exp_month), f("year", exp_year), f("scenario", scenario), f("code", code);
        f("decline", decline_code), f("cvc", has_code);
    }
};

struct Billing {
    std::string name, email, phone, line1, line2, city, state, postal_code, country;
    template <class Fields>
    void fields(Fields& f) {
        f("name", name), f("email", email), f("phone", phone), f("line1", line1), f("line2", line2), f("city", city);
        f("state", state), f("postal_code", postal_code), f("country", country);
    }
};

struct PaymentMethod {
    std::int64_t seq = 0;
    std::string id;
    Card card;
    Billing billing;
    std::string customer;
    Metadata metadata;
    bool is_set_up = false;  ///< Authenticated once, for later use.
    std::int64_t created_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("card", card), f("billing", billing), f("customer", customer);
        f("metadata", metadata), f("set_up", is_set_up), f("at", created_ms);
    }
};

/// Why an attempt failed.
struct Decline {
    std::string code, decline_code, message, advice_code;
    bool has_happened() const { return !code.empty(); }
    template <class Fields>
    void fields(Fields& f) {
        f("code", code), f("decline", decline_code), f("message", message), f("advice", advice_code);
    }
};

struct Charge {
    std::string id;
    std::string payment_method;
    Card card;
    Billing billing;
    std::int64_t amount = 0, captured = 0, refunded = 0;
    std::string auth_code;
    bool has_multicapture = false;
    Decline decline;
    std::int64_t created_ms = 0;

    bool is_failed() const { return decline.has_happened(); }
    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("pm", payment_method), f("card", card), f("billing", billing), f("amount", amount);
        f("captured", captured), f("refunded", refunded), f("auth", auth_code), f("multi", has_multicapture);
        f("error", decline), f("at", created_ms);
    }
};

enum class IntentStatus : int {
    requires_payment_method = 1,
    requires_confirmation,
    requires_action,
    requires_capture,
    succeeded,
    canceled,
};

struct PaymentIntent {
    std::int64_t seq = 0;
    std::string id, secret;
    std::int64_t amount = 0, capturable = 0, received = 0;  ///< In Stripe's smallest unit.
    std::string currency;                                   ///< Lower case.
    bool is_manual = false;
    bool wants_multicapture = false;
    bool has_automatic_methods = false, allows_redirects = true;
    std::string customer, description, payment_method, receipt_email, return_url, setup_future_usage;
    std::string statement_descriptor, statement_descriptor_suffix, transfer_group;
    IntentStatus status = IntentStatus::requires_payment_method;
    Decline last_error;
    std::vector<Charge> charges;  ///< Attempts, the newest last.
    Metadata metadata;
    std::string cancellation_reason;
    std::int64_t created_ms = 0, canceled_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("secret", secret), f("amount", amount), f("capturable", capturable);
        f("received", received), f("currency", currency), f("manual", is_manual), f("multi", wants_multicapture);
        f("automatic", has_automatic_methods), f("redirects", allows_redirects), f("customer", customer);
        f("description", description), f("pm", payment_method), f("email", receipt_email), f("url", return_url);
        f("usage", setup_future_usage), f("descriptor", statement_descriptor);
        f("suffix", statement_descriptor_suffix), f("group", transfer_group), f("status", status);
        f("error", last_error), f("charges", charges), f("metadata", metadata), f("reason", cancellation_reason);
        f("at", created_ms), f("canceled", canceled_ms);
    }
};

struct Refund {
    std::int64_t seq = 0;
    std::string id, payment_intent, charge, currency, reason, status;
    std::string reference;  ///< The call's, for the book.
    std::int64_t amount = 0;
    Metadata metadata;
    std::int64_t created_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("pi", payment_intent), f("ch", charge), f("currency", currency);
        f("reason", reason), f("status", status), f("reference", reference), f("amount", amount);
        f("metadata", metadata), f("at", created_ms);
    }
};

struct Customer {
    std::int64_t seq = 0;
    std::string id, name, email, phone, description, default_method;
    Metadata metadata;
    bool is_deleted = false;
    std::int64_t created_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("name", name), f("email", email), f("phone", phone);
        f("description", description), f("pm", default_method), f("metadata", metadata), f("deleted", is_deleted);
        f("at", created_ms);
    }
};

struct SetupIntent {
    std::int64_t seq = 0;
    std::string id, secret, customer, payment_method, usage, status, cancellation_reason;
    Decline last_error;
    Metadata metadata;
    std::int64_t created_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("secret", secret), f("customer", customer), f("pm", payment_method);
        f("usage", usage), f("status", status), f("reason", cancellation_reason), f("error", last_error);
        f("metadata", metadata), f("at", created_ms);
    }
};

/// What was answered under an idempotency key.
struct KeptReply {
    std::string fingerprint;  ///< Of method, path and parameters.
    std::string body;
    std::int64_t status = 0;
    std::int64_t created_ms = 0;
    std::int64_t busy_until_ms = 0;  ///< Until then the first request is still running. Not stored.

    template <class Fields>
    void fields(Fields& f) {
        f("fp", fingerprint), f("body", body), f("status", status), f("at", created_ms);
    }
};

}  // namespace florin::sandbox::stripe
