#pragma once

#include <string>

#include "florin/chargebee/chargebee.hpp"
#include "florin/runtime/simulation.hpp"
#include "scripted_client.hpp"

namespace florin::chargebee::test {

using FakeClient = florin::test::ScriptedClient;

inline Money money(std::int64_t minor, std::string_view currency = "EUR") {
    return *Money::of(minor, *Currency::of(currency));
}

constexpr std::string_view reference = "P0000000000000000017";

inline payments::Card test_card() {
    payments::Card card;
    card.number = *security::Pan::from_json("4111111111111111");
    card.expiry_month = 7;
    card.expiry_year = 2031;
    card.cvv = *security::Cvv::from_json("900");
    card.name = "Ada King Lovelace";
    return card;
}

inline payments::BillingAddress test_billing() {
    return {"Ada", "Lovelace", "Engines", "1 Byron Street", "London", "LND", "W1 2AB", "GB"};
}

inline payments::Charge test_charge(const payments::Card* card) {
    return {.reference = std::string{reference},
            .amount = money(1'250),
            .card = card,
            .token = card != nullptr ? "" : "customer-7/pm_9",
            .return_url = "https://shop.example/back?order=17",
            .email = "ada@example.org",
            .billing = test_billing(),
            .customer_id = "customer-7",
            .client_ip = "192.0.2.17",
            .description = "Two tickets & more",
            .is_merchant_initiated = false};
}

/// A connector in a world of its own.
struct Bench {
    SimClock clock;
    SimRandom random{1};
    SimScheduler scheduler{clock};
    FakeClient client;
    std::unique_ptr<payments::Connector> connector =
        make_chargebee(settings(), World{clock, random}, [this]() -> http::Client& { return client; });

    static Settings settings() {
        Settings settings;
        settings.base_url = "https://site.test";
        settings.api_key.assign("test_key");
        settings.webhook_user = "florin";
        settings.webhook_password.assign("new:password");
        settings.previous_webhook_password.assign("old password");
        return settings;
    }
    payments::Lookup lookup(payments::TransactionType type) const {
        return {.type = type,
                .reference = std::string{reference},
                .amount = money(1'250),
                .provider_id = {},
                .parent_provider_id = "txn_1",
                .card_last4 = "1111",
                .is_first_capture = true,
                .sent_at = sent_at};
    }
    payments::Answer look_up(const payments::Lookup& lookup) { return scheduler.await(connector->lookup(lookup)); }
    std::string header(std::size_t call, std::string_view name) const {
        for (const auto& [key, value] : client.calls.at(call).headers)
            if (key == name) return value;
        return "-";
    }
    /// Method and path of a call, without the address.
    std::string asked(std::size_t call) const {
        const http::Call& made = client.calls.at(call);
        return made.method + made.url.substr(std::string_view{"https://site.test/api/v2"}.size());
    }
    Instant sent_at = clock.now();
};

/// `{"txn_id":…}` as invoices and credit notes link it.
inline std::string linked(std::string_view status, std::string_view id = "txn_1", std::int64_t amount = 1'250) {
    return R"({"txn_id":")" + std::string{id} + R"(","txn_status":")" + std::string{status} + R"(","txn_amount":)" +
           std::to_string(amount) + "}";
}

/// What an invoice's reply is made of.
struct Seen {
    std::string_view status = "paid";
    std::string_view po_number = reference;
    std::string_view currency = "EUR";
    std::string payments = linked("success");
    std::int64_t date_s = 0;
};

inline std::string invoice(const Seen& seen) {
    std::string text = R"({"invoice":{"id":"17","object":"invoice","customer_id":"c1","po_number":")";
    text.append(seen.po_number).append(R"(","status":")").append(seen.status).append(R"(","currency_code":")");
    text.append(seen.currency).append(R"(","date":)").append(std::to_string(seen.date_s));
    return text.append(R"(,"linked_payments":[)").append(seen.payments).append("]}}");
}

inline std::string transaction(std::string_view status, std::string_view code = {}, std::string_view text = {},
                               std::string_view type = "payment") {
    return R"({"transaction":{"id":"txn_1","object":"transaction","type":")" + std::string{type} + R"(","status":")" +
           std::string{status} + R"(","amount":1250,"currency_code":"EUR","last4":"1111","error_code":")" +
           std::string{code} + R"(","error_text":")" + std::string{text} +
           R"(","linked_invoices":[{"invoice_id":"17"}]}})";
}

inline std::string credit_note(std::string_view refund, std::string_view notes = "\"P0000000000000000017\"") {
    return R"({"credit_note":{"id":"CN-1","object":"credit_note","reference_invoice_id":"17","currency_code":"EUR",)"
           R"("total":1250,"date":0,"notes":[)" +
           std::string{notes} + R"(],"linked_refunds":[)" + std::string{refund} + "]}}";
}

inline std::string page(std::string_view state, std::string_view content = "{}", std::string_view passed = reference) {
    return R"({"hosted_page":{"id":"page17","object":"hosted_page","url":"https://site.test/pages/v3/page17/","state":")" +
           std::string{state} + R"(","pass_thru_content":")" + std::string{passed} +
           R"(","created_at":1,"expires_at":9999999999,"content":)" + std::string{content} + "}}";
}

inline std::string problem(std::string_view type, std::string_view code, std::string_view message = "What it means.") {
    return R"({"type":")" + std::string{type} + R"(","api_error_code":")" + std::string{code} + R"(","message":")" +
           std::string{message} + "\"}";
}

inline std::string list_of(std::string_view items, std::string_view next_offset = {}) {
    std::string text = R"({"list":[)" + std::string{items} + "]";
    if (!next_offset.empty()) text += R"(,"next_offset":")" + std::string{next_offset} + "\"";
    return text + "}";
}

}  // namespace florin::chargebee::test
