#pragma once

#include <string>

#include "florin/runtime/simulation.hpp"
#include "florin/stripe/stripe.hpp"
#include "scripted_client.hpp"

namespace florin::stripe::test {

using FakeClient = florin::test::ScriptedClient;

inline Money money(std::int64_t minor, std::string_view currency = "EUR") {
    return *Money::of(minor, *Currency::of(currency));
}

constexpr std::string_view reference = "P0000000000000000017";

inline payments::Card test_card() {
    payments::Card card;
    card.number = *security::Pan::from_json("4242424242424242");
    card.expiry_month = 7;
    card.expiry_year = 2031;
    card.cvv = *security::Cvv::from_json("900");
    card.name = "Ada Lovelace";
    return card;
}

inline payments::BillingAddress test_billing() {
    return {"Ada", "Lovelace", "Engines", "1 Byron Street", "London", "LND", "W1 2AB", "GB"};
}

inline payments::Charge test_charge(const payments::Card* card) {
    return {.reference = std::string{reference},
            .amount = money(1'250),
            .card = card,
            .token = card != nullptr ? "" : "cus_7/pm_9",
            .billing = test_billing(),
            .customer_id = "customer-7",
            .client_ip = "192.0.2.17",
            .description = "Two tickets & more",
            .is_merchant_initiated = false};
}

inline payments::FollowUp test_follow_up(std::int64_t minor = 1'250) {
    return {.reference = std::string{reference},
            .amount = money(minor),
            .parent_provider_id = "pi_17",
            .parent_reference = "P0000000000000000001",
            .card_last4 = "4242",
            .token = {},
            .is_first_capture = true};
}

/// A connector in a world of its own.
struct Bench {
    SimClock clock;
    SimRandom random{1};
    SimScheduler scheduler{clock};
    FakeClient client;
    std::unique_ptr<payments::Connector> connector =
        make_stripe(settings(), World{clock, random}, [this]() -> http::Client& { return client; });

    static Settings settings() {
        Settings settings;
        settings.base_url = "https://stripe.test";
        settings.secret_key.assign("sk_test_key");
        settings.webhook_secret.assign("whsec_new");
        settings.previous_webhook_secret.assign("whsec_old");
        return settings;
    }
    payments::Lookup lookup_of(payments::TransactionType type) const {
        return {.type = type,
                .reference = std::string{reference},
                .amount = money(1'250),
                .parent_provider_id = "pi_17",
                .card_last4 = "4242",
                .is_first_capture = true,
                .sent_at = sent_at};
    }
    payments::Answer look_up(payments::TransactionType type) {
        const payments::Lookup lookup = lookup_of(type);
        return scheduler.await(connector->lookup(lookup));
    }
    std::string header(std::size_t call, std::string_view name) const {
        for (const auto& [key, value] : client.calls.at(call).headers)
            if (key == name) return value;
        return "-";
    }
    Instant sent_at = clock.now();
};

/// What an intent's reply is made of.
struct Seen {
    std::string_view status = "succeeded";
    std::string_view id = "pi_17";
    std::string_view reference = test::reference;
    std::int64_t amount = 1'250, capturable = 0, received = 1'250;
    std::string_view currency = "eur";
    std::string_view error = "null";
    std::string_view more_metadata = {};
    bool has_charge = true;
    bool has_multicapture = false;
    std::int64_t created_s = 0;
};

inline std::string intent(const Seen& seen) {
    const auto number = [](std::int64_t of) { return std::to_string(of); };
    std::string text = R"({"id":")";
    text.append(seen.id).append(R"(","object":"payment_intent","amount":)").append(number(seen.amount));
    text.append(R"(,"amount_capturable":)").append(number(seen.capturable));
    text.append(R"(,"amount_received":)").append(number(seen.received));
    text.append(R"(,"created":)").append(number(seen.created_s));
    text.append(R"(,"currency":")").append(seen.currency).append(R"(","last_payment_error":)").append(seen.error);
    text.append(R"(,"metadata":{"reference":")").append(seen.reference).append("\"").append(seen.more_metadata);
    text.append(R"(},"status":")").append(seen.status).append(R"(","latest_charge":)");
    if (!seen.has_charge) return text.append(R"("ch_1"})");
    text.append(R"({"id":"ch_1","object":"charge","amount":)").append(number(seen.amount));
    text.append(R"(,"payment_method_details":{"card":{"authorization_code":"A1B2C3","checks":{"cvc_check":"pass",)");
    text.append(R"("address_postal_code_check":"fail"},"multicapture":{"status":")");
    return text.append(seen.has_multicapture ? "available" : "unavailable").append(R"("}},"type":"card"}}})");
}

inline std::string problem(std::string_view type, std::string_view code, std::string_view decline_code = {},
                           std::string_view more = {}) {
    std::string text = R"({"error":{"type":")";
    text.append(type).append(R"(","code":")").append(code).append("\"");
    if (!decline_code.empty()) text.append(R"(,"decline_code":")").append(decline_code).append("\"");
    return text.append(more).append(R"(,"message":"What it means."}})");
}

inline std::string list_of(std::string_view items, bool has_more = false) {
    return R"({"object":"list","has_more":)" + std::string{has_more ? "true" : "false"} + R"(,"data":[)" +
           std::string{items} + "]}";
}

}  // namespace florin::stripe::test
