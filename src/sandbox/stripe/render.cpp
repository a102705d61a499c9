#include "florin/json/writer.hpp"
#include "params.hpp"
#include "search.hpp"

namespace florin::sandbox::stripe {
namespace {

using json::Writer;

void text(Writer& json, std::string_view name, std::string_view value) {
    if (value.empty())
        json.key(name).null();
    else
        json.field(name, value);
}

void metadata(Writer& json, const Metadata& pairs) {
    json.key("metadata").open('{');
    for (const Pair& pair : pairs) json.field(pair.key, pair.value);
    json.close('}');
}

void billing(Writer& json, const Billing& of) {
    json.key("billing_details").open('{').key("address").open('{');
    text(json, "city", of.city), text(json, "country", of.country), text(json, "line1", of.line1);
    text(json, "line2", of.line2), text(json, "postal_code", of.postal_code), text(json, "state", of.state);
    json.close('}');
    text(json, "email", of.email), text(json, "name", of.name), text(json, "phone", of.phone);
    json.close('}');
}

void checks(Writer& json, const Card& card, const Billing& of) {
    json.key("checks").open('{');
    text(json, "address_line1_check", of.line1.empty() ? "" : "pass");
    text(json, "address_postal_code_check", of.postal_code.empty() ? "" : "pass");
    text(json, "cvc_check", card.has_code ? (card.code == "incorrect_cvc" ? "fail" : "pass") : "");
    json.close('}');
}

void card_members(Writer& json, const Card& card, const Billing& of) {
    json.field("brand", card.brand);
    checks(json, card, of);
    json.field("country", card.country).field("exp_month", card.exp_month).field("exp_year", card.exp_year);
    json.field("fingerprint", card.fingerprint).field("funding", card.funding).field("last4", card.last4);
}

void error_members(Writer& json, const Decline& why) {
    json.field("type", "card_error").field("code", why.code);
    if (!why.decline_code.empty()) json.field("decline_code", why.decline_code);
    if (!why.advice_code.empty()) json.field("advice_code", why.advice_code);
    json.field("message", why.message);
    json.field("doc_url", "https://stripe.com/docs/error-codes/" + why.code);
}

void types(Writer& json) { json.key("payment_method_types").open('[').value("card").close(']'); }

}  // namespace

std::string Api::render(const PaymentIntent& intent, const json::Value& params, std::string_view prefix) {
    const std::string at{prefix};
    std::string body;
    Writer json{body};
    json.open('{').field("id", intent.id).field("object", "payment_intent").field("amount", intent.amount);
    json.field("amount_capturable", intent.capturable).field("amount_received", intent.received);
    if (intent.has_automatic_methods)
        json.key("automatic_payment_methods")
            .open('{')
            .field("allow_redirects", intent.allows_redirects ? "always" : "never")
            .field("enabled", true)
            .close('}');
    else
        json.key("automatic_payment_methods").null();
    if (intent.canceled_ms != 0)
        json.field("canceled_at", intent.canceled_ms / 1'000);
    else
        json.key("canceled_at").null();
    text(json, "cancellation_reason", intent.cancellation_reason);
    json.field("capture_method", intent.is_manual ? "manual" : "automatic").field("client_secret", intent.secret);
    json.field("confirmation_method", "automatic").field("created", intent.created_ms / 1'000);
    json.field("currency", intent.currency);
    text(json, "customer", intent.customer), text(json, "description", intent.description);
    if (intent.last_error.has_happened()) {
        json.key("last_payment_error").open('{');
        text(json, "charge", intent.charges.empty() ? std::string_view{} : std::string_view{intent.charges.back().id});
        error_members(json, intent.last_error);
        json.close('}');
    } else {
        json.key("last_payment_error").null();
    }
    if (intent.charges.empty())
        json.key("latest_charge").null();
    else if (expands(params, at + "latest_charge"))
        json.raw_field("latest_charge", render(intent.charges.back(), intent));
    else
        json.field("latest_charge", intent.charges.back().id);
    json.field("livemode", false);
    metadata(json, intent.metadata);
    if (intent.status == IntentStatus::requires_action)
        json.key("next_action")
            .open('{')
            .field("type", "use_stripe_sdk")
            .key("use_stripe_sdk")
            .open('{')
            .close('}')
            .close('}');
    else
        json.key("next_action").null();
    const PaymentMethod* method = methods_.find(intent.payment_method);
    if (method != nullptr && expands(params, at + "payment_method"))
        json.raw_field("payment_method", render(*method));
    else
        text(json, "payment_method", intent.payment_method);
    json.key("payment_method_options").open('{').key("card").open('{');
    if (intent.wants_multicapture) json.field("request_multicapture", "if_available");
    json.field("request_three_d_secure", "automatic").close('}').close('}');
    types(json);
    json.key("processing").null();
    text(json, "receipt_email", intent.receipt_email), text(json, "setup_future_usage", intent.setup_future_usage);
    json.key("shipping").null();
    text(json, "statement_descriptor", intent.statement_descriptor);
    text(json, "statement_descriptor_suffix", intent.statement_descriptor_suffix);
    json.field("status", to_text(intent.status));
    text(json, "transfer_group", intent.transfer_group);
    json.close('}');
    return body;
}

std::string Api::render(const Charge& charge, const PaymentIntent& intent) const {
    const bool is_failed = charge.is_failed();
    const bool is_blocked = charge.card.scenario == Scenario::is_blocked;
    std::string body;
    Writer json{body};
    json.open('{').field("id", charge.id).field("object", "charge").field("amount", charge.amount);
    json.field("amount_captured", charge.captured).field("amount_refunded", charge.refunded);
    json.key("balance_transaction").null();
    billing(json, charge.billing);
    json.field("captured", charge.captured > 0).field("created", charge.created_ms / 1'000);
    json.field("currency", intent.currency);
    text(json, "customer", intent.customer), text(json, "description", intent.description);
    json.field("disputed", false);
    text(json, "failure_code", charge.decline.code), text(json, "failure_message", charge.decline.message);
    json.field("livemode", false);
    metadata(json, intent.metadata);
    json.key("outcome").open('{');
    text(json, "advice_code", charge.decline.advice_code);
    json.key("network_advice_code").null().key("network_decline_code").null();
    json.field("network_status", is_blocked  ? "not_sent_to_network"
                                 : is_failed ? "declined_by_network"
                                             : "approved_by_network");
    text(json, "reason", charge.decline.decline_code);
    json.field("risk_level", is_blocked                                           ? "highest"
                             : charge.card.scenario == Scenario::is_elevated_risk ? "elevated"
                                                                                  : "normal");
    json.field("seller_message",
               is_failed ? "The bank did not return any further details with this decline." : "Payment complete.");
    json.field("type", is_blocked ? "blocked" : is_failed ? "issuer_declined" : "authorized").close('}');
    json.field("paid", !is_failed).field("payment_intent", intent.id).field("payment_method", charge.payment_method);
    json.key("payment_method_details").open('{').key("card").open('{');
    text(json, "authorization_code", charge.auth_code);
    json.field("amount_authorized", charge.amount);
    card_members(json, charge.card, charge.billing);
    json.key("multicapture")
        .open('{')
        .field("status", charge.has_multicapture ? "available" : "unavailable")
        .close('}');
    json.field("network", charge.card.brand).close('}').field("type", "card").close('}');
    text(json, "receipt_email", intent.receipt_email);
    json.key("receipt_number").null().key("receipt_url").null();
    json.field("refunded", charge.refunded > 0 && charge.refunded == charge.captured);
    json.field("status", is_failed ? "failed" : "succeeded").close('}');
    return body;
}

std::string Api::render(const Refund& refund) const {
    std::string body;
    Writer json{body};
    json.open('{').field("id", refund.id).field("object", "refund").field("amount", refund.amount);
    json.key("balance_transaction").null().field("charge", refund.charge).field("created", refund.created_ms / 1'000);
    json.field("currency", refund.currency);
    metadata(json, refund.metadata);
    json.field("payment_intent", refund.payment_intent);
    text(json, "reason", refund.reason);
    json.key("receipt_number").null().field("status", refund.status).close('}');
    return body;
}

std::string Api::render(const PaymentMethod& method) const {
    std::string body;
    Writer json{body};
    json.open('{').field("id", method.id).field("object", "payment_method");
    billing(json, method.billing);
    json.key("card").open('{');
    card_members(json, method.card, method.billing);
    json.close('}').field("created", method.created_ms / 1'000);
    text(json, "customer", method.customer);
    json.field("livemode", false);
    metadata(json, method.metadata);
    json.field("type", "card").close('}');
    return body;
}

std::string Api::render(const Customer& customer) const {
    std::string body;
    Writer json{body};
    json.open('{').field("id", customer.id).field("object", "customer").key("address").null();
    json.field("balance", 0).field("created", customer.created_ms / 1'000).key("currency").null();
    text(json, "description", customer.description), text(json, "email", customer.email);
    json.key("invoice_settings").open('{');
    text(json, "default_payment_method", customer.default_method);
    json.close('}').field("livemode", false);
    metadata(json, customer.metadata);
    text(json, "name", customer.name), text(json, "phone", customer.phone);
    json.key("shipping").null().close('}');
    return body;
}

std::string Api::render(const SetupIntent& setup) const {
    std::string body;
    Writer json{body};
    json.open('{').field("id", setup.id).field("object", "setup_intent");
    text(json, "cancellation_reason", setup.cancellation_reason);
    json.field("client_secret", setup.secret).field("created", setup.created_ms / 1'000);
    text(json, "customer", setup.customer);
    json.key("description").null();
    if (setup.last_error.has_happened()) {
        json.key("last_setup_error").open('{');
        error_members(json, setup.last_error);
        json.close('}');
    } else {
        json.key("last_setup_error").null();
    }
    json.key("latest_attempt").null().field("livemode", false).key("mandate").null();
    metadata(json, setup.metadata);
    if (setup.status == "requires_action")
        json.key("next_action")
            .open('{')
            .field("type", "use_stripe_sdk")
            .key("use_stripe_sdk")
            .open('{')
            .close('}')
            .close('}');
    else
        json.key("next_action").null();
    text(json, "payment_method", setup.payment_method);
    types(json);
    json.field("status", setup.status).field("usage", setup.usage).close('}');
    return body;
}

Reply Api::render_decline(const Decline& why, std::string_view charge, std::string_view member,
                          std::string_view object) const {
    Reply reply;
    reply.status = 402;
    Writer json{reply.body};
    json.open('{').key("error").open('{');
    if (!charge.empty()) json.field("charge", charge);
    error_members(json, why);
    json.raw_field(member, object);
    json.close('}').close('}');
    return reply;
}

}  // namespace florin::sandbox::stripe
