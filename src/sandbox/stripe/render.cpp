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

void bank_members(Writer& json, std::string_view type, const BankAccount& bank) {
    if (type == "sepa_debit") {
        json.field("bank_code", bank.bank_code).key("branch_code").null().field("country", bank.country);
    } else {
        json.field("account_holder_type", bank.holder_type).field("account_type", bank.account_type);
        json.field("bank_name", "STRIPE TEST BANK").field("routing_number", bank.routing_number);
    }
    json.field("fingerprint", bank.fingerprint).field("last4", bank.last4);
}

/// What concerns the bank is a card's error; what concerns the payer's part in it, the request's.
std::string_view type_of(const Decline& why) {
    const bool is_of_request = why.code.starts_with("payment_intent_") || why.code.starts_with("setup_intent_") ||
                               why.code.starts_with("payment_method_");
    return is_of_request ? "invalid_request_error" : "card_error";
}

void next_action(Writer& json, Action action, const std::string& origin, const std::string& secret,
                 const std::string& return_url, std::int64_t created_ms) {
    json.key("next_action");
    if (action == Action::none) {
        json.null();
        return;
    }
    const std::string url = origin + "/stripe/pay/" + secret;
    json.open('{');
    if (action == Action::verify) {
        // The next day's noon or so.
        json.field("type", "verify_with_microdeposits").key("verify_with_microdeposits").open('{');
        json.field("arrival_date", created_ms / 1'000 + 86'400).field("hosted_verification_url", url);
        json.field("microdeposit_type", "descriptor_code").close('}');
    } else if (return_url.empty()) {
        json.field("type", "use_stripe_sdk").key("use_stripe_sdk").open('{').field("stripe_js", url).close('}');
    } else {
        json.field("type", "redirect_to_url").key("redirect_to_url").open('{').field("return_url", return_url);
        json.field("url", url).close('}');
    }
    json.close('}');
}

void error_members(Writer& json, const Decline& why) {
    json.field("type", type_of(why)).field("code", why.code);
    if (!why.decline_code.empty()) json.field("decline_code", why.decline_code);
    if (!why.advice_code.empty()) json.field("advice_code", why.advice_code);
    json.field("message", why.message);
    json.field("doc_url", "https://stripe.com/docs/error-codes/" + why.code);
}

void types(Writer& json, const std::vector<std::string>& all) {
    json.key("payment_method_types").open('[');
    if (all.empty()) json.value("card");
    for (const std::string& type : all) json.value(type);
    json.close(']');
}

void finish_charge(Writer& json, const Charge& charge, const std::string& receipt_email) {
    text(json, "receipt_email", receipt_email);
    json.key("receipt_number").null().key("receipt_url").null();
    json.field("refunded", charge.refunded > 0 && charge.refunded == charge.captured);
    json.field("status", charge.is_failed() ? "failed" : charge.is_pending ? "pending" : "succeeded").close('}');
}

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
        json.raw_field("latest_charge", render(intent.charges.back(), intent, params, at + "latest_charge."));
    else
        json.field("latest_charge", intent.charges.back().id);
    json.field("livemode", false);
    metadata(json, intent.metadata);
    next_action(json, intent.action, intent.origin, intent.secret, intent.return_url, intent.created_ms);
    const PaymentMethod* method = methods_.find(intent.payment_method);
    if (method != nullptr && expands(params, at + "payment_method"))
        json.raw_field("payment_method", render(*method));
    else
        text(json, "payment_method", intent.payment_method);
    json.key("payment_method_options").open('{').key("card").open('{');
    if (intent.wants_multicapture) json.field("request_multicapture", "if_available");
    json.field("request_three_d_secure", "automatic").close('}').close('}');
    types(json, intent.types);
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

std::string Api::render(const Charge& charge, const PaymentIntent& intent, const json::Value& params,
                        std::string_view prefix) {
    const std::string at{prefix};
    const bool is_failed = charge.is_failed();
    const bool is_blocked = charge.card.scenario == Scenario::is_blocked;
    std::string body;
    Writer json{body};
    json.open('{').field("id", charge.id).field("object", "charge").field("amount", charge.amount);
    json.field("amount_captured", charge.captured).field("amount_refunded", charge.refunded);
    write_balance_transaction(json, "balance_transaction", first_of(charge.id), params, at);
    billing(json, charge.billing);
    json.field("captured", charge.captured > 0).field("created", charge.created_ms / 1'000);
    json.field("currency", intent.currency);
    text(json, "customer", intent.customer), text(json, "description", intent.description);
    json.field("disputed", !charge.dispute.empty());
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
    json.field("paid", !is_failed && !charge.is_pending);
    if (expands(params, at + "payment_intent"))
        json.raw_field("payment_intent", render(intent, params, at + "payment_intent."));
    else
        json.field("payment_intent", intent.id);
    json.field("payment_method", charge.payment_method);
    json.key("payment_method_details").open('{');
    if (charge.type != "card") {
        json.key(charge.type).open('{');
        bank_members(json, charge.type, charge.bank);
        text(json, "mandate", charge.mandate);
        json.close('}').field("type", charge.type).close('}');
        finish_charge(json, charge, intent.receipt_email);
        return body;
    }
    json.key("card").open('{');
    text(json, "authorization_code", charge.auth_code);
    json.field("amount_authorized", charge.amount);
    card_members(json, charge.card, charge.billing);
    json.key("multicapture")
        .open('{')
        .field("status", charge.has_multicapture ? "available" : "unavailable")
        .close('}');
    json.field("network", charge.card.brand).close('}').field("type", "card").close('}');
    finish_charge(json, charge, intent.receipt_email);
    return body;
}

std::string Api::render(const Refund& refund, const json::Value& params, std::string_view prefix) {
    const std::string at{prefix};
    PaymentIntent& intent = *intents_.find(refund.payment_intent);
    std::string body;
    Writer json{body};
    json.open('{').field("id", refund.id).field("object", "refund").field("amount", refund.amount);
    write_balance_transaction(json, "balance_transaction", first_of(refund.id), params, at);
    json.field("charge", refund.charge).field("created", refund.created_ms / 1'000);
    json.field("currency", refund.currency);
    metadata(json, refund.metadata);
    if (expands(params, at + "payment_intent"))
        json.raw_field("payment_intent", render(intent, params, at + "payment_intent."));
    else
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
    json.key(method.type).open('{');
    if (method.is_card())
        card_members(json, method.card, method.billing);
    else
        bank_members(json, method.type, method.bank);
    json.close('}').field("created", method.created_ms / 1'000);
    text(json, "customer", method.customer);
    json.field("livemode", false);
    metadata(json, method.metadata);
    json.field("type", method.type).close('}');
    return body;
}

std::string Api::render(const Mandate& mandate) const {
    std::string body;
    Writer json{body};
    json.open('{').field("id", mandate.id).field("object", "mandate").key("customer_acceptance").open('{');
    json.field("accepted_at", mandate.created_ms / 1'000).key(mandate.acceptance).open('{');
    if (mandate.acceptance == "online")
        json.field("ip_address", mandate.ip_address).field("user_agent", mandate.user_agent);
    json.close('}').field("type", mandate.acceptance).close('}').field("livemode", false);
    json.key(mandate.is_multi_use ? "multi_use" : "single_use").open('{').close('}');
    json.field("payment_method", mandate.payment_method).key("payment_method_details").open('{');
    const std::string type = mandate.is_sepa ? "sepa_debit" : "us_bank_account";
    json.key(type).open('{');
    if (mandate.is_sepa) json.field("reference", mandate.reference).field("url", "https://hooks.stripe.com/mandate");
    json.close('}').field("type", type).close('}');
    json.field("status", mandate.is_inactive ? "inactive" : "active");
    json.field("type", mandate.is_multi_use ? "multi_use" : "single_use").close('}');
    return body;
}

std::string Api::render(const Dispute& dispute, const json::Value& params, std::string_view prefix) {
    const std::string at{prefix};
    PaymentIntent& intent = *intents_.find(dispute.payment_intent);
    std::string body;
    Writer json{body};
    json.open('{').field("id", dispute.id).field("object", "dispute").field("amount", dispute.amount);
    json.key("balance_transactions").open('[');
    if (const auto known = balance_by_source_.find(dispute.id); known != balance_by_source_.end())
        for (const std::string& id : known->second)
            json.raw(render(*balance_.find(id), params, at + "balance_transactions."));
    json.close(']');
    if (expands(params, at + "charge"))
        json.raw_field("charge", render(intent.charges.back(), intent, params, at + "charge."));
    else
        json.field("charge", dispute.charge);
    json.field("created", dispute.created_ms / 1'000).field("currency", dispute.currency).key("evidence").open('{');
    for (const Pair& pair : dispute.evidence) json.field(pair.key, pair.value);
    json.close('}').key("evidence_details").open('{').key("due_by");
    if (dispute.due_ms == 0)
        json.null();
    else
        json.value(dispute.due_ms / 1'000);
    json.field("has_evidence", dispute.submissions > 0 || !dispute.evidence.empty());
    json.field("past_due", dispute.due_ms != 0 && dispute.due_ms <= now_ms());
    json.field("submission_count", dispute.submissions).close('}');
    json.field("is_charge_refundable", !dispute.is_withdrawn || dispute.is_reinstated).field("livemode", false);
    metadata(json, dispute.metadata);
    if (expands(params, at + "payment_intent"))
        json.raw_field("payment_intent", render(intent, params, at + "payment_intent."));
    else
        json.field("payment_intent", dispute.payment_intent);
    json.field("reason", dispute.reason).field("status", dispute.status).close('}');
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

std::string Api::render(const SetupIntent& setup) {
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
    json.key("latest_attempt").null().field("livemode", false);
    text(json, "mandate", setup.mandate);
    metadata(json, setup.metadata);
    next_action(json, setup.action, setup.origin, setup.secret, setup.return_url, setup.created_ms);
    text(json, "payment_method", setup.payment_method);
    const PaymentMethod* method = methods_.find(setup.payment_method);
    types(json, method == nullptr ? std::vector<std::string>{} : std::vector<std::string>{method->type});
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
