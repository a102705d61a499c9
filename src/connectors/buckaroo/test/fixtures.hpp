#pragma once

#include <string>

#include "florin/buckaroo/buckaroo.hpp"
#include "florin/runtime/simulation.hpp"
#include "scripted_client.hpp"

namespace florin::buckaroo::test {

using FakeClient = florin::test::ScriptedClient;

inline Money money(std::int64_t minor, std::string_view currency = "EUR") {
    return *Money::of(minor, *Currency::of(currency));
}

constexpr std::string_view reference = "P0000000000000000017";
constexpr std::string_view key = "5340604668D74435AA344E1428ED1292";
constexpr std::string_view original = "0F1E2D3C4B5A69788796A5B4C3D2E1F0";
constexpr std::string_view website = "TESTKEY01", secret = "local-secret-0123456789";

inline payments::Charge ideal_charge() {
    return {.reference = std::string{reference},
            .amount = money(1'250),
            .method = payments::Method::ideal,
            .token = {},
            .makes_mandate = true,
            .return_url = "https://shop.test/return",
            .billing = {},
            .customer_id = {},
            .client_ip = "198.51.100.7",
            .description = "Order \"17\"",
            .is_merchant_initiated = false};
}
inline payments::Charge debit_charge(const payments::BankAccount* account, std::string mandate = {}) {
    return {.reference = std::string{reference},
            .amount = money(1'250),
            .method = payments::Method::sepa_debit,
            .bank_account = account,
            .token = {},
            .mandate_provider_id = std::move(mandate),
            .billing = {},
            .customer_id = {},
            .client_ip = {},
            .description = {},
            .is_merchant_initiated = true};
}

/// A connector in a world of its own.
struct Bench {
    SimClock clock;
    SimRandom random{1};
    SimScheduler scheduler{clock};
    FakeClient client;
    std::unique_ptr<payments::Connector> connector =
        make_buckaroo(settings(), World{clock, random}, [this]() -> http::Client& { return client; });

    static Settings settings() {
        Settings settings;
        settings.base_url = "https://testcheckout.buckaroo.nl";
        settings.website_key = website;
        settings.secret_key.assign(secret);
        settings.previous_secret_key.assign("the-one-before");
        settings.push_url = "https://shop.test/api/v1/webhooks/buckaroo";
        return settings;
    }
    payments::Lookup of(payments::TransactionType type, std::string_view provider_id = key) const {
        return {.type = type,
                .reference = std::string{reference},
                .amount = money(1'250),
                .method = payments::Method::ideal,
                .provider_id = std::string{provider_id},
                .parent_provider_id = std::string{original},
                .card_last4 = {},
                .is_first_capture = true,
                .sent_at = sent_at};
    }
    payments::Answer look_up(payments::TransactionType type, std::string_view provider_id = key) {
        return scheduler.await(connector->lookup(of(type, provider_id)));
    }
    payments::FollowUp follow_up(std::int64_t minor = 1'250) const {
        return {.reference = std::string{reference},
                .amount = money(minor),
                .method = payments::Method::sepa_debit,
                .parent_provider_id = std::string{original},
                .parent_reference = "P0000000000000000001",
                .card_last4 = {},
                .token = {},
                .is_first_capture = true};
    }
    std::string header(std::size_t call, std::string_view name) const {
        for (const auto& [header, value] : client.calls.at(call).headers)
            if (header == name) return value;
        return "-";
    }
    Instant sent_at = clock.now();
};

/// What a transaction's reply is made of.
struct Seen {
    int status = 190;
    std::string_view key = test::key;
    std::string_view invoice = test::reference;
    std::string_view amount = R"("AmountDebit":12.5)";
    std::string_view currency = "EUR";
    std::string_view type = "C021";
    std::string_view parameters = {};  ///< `"Name":"…","Value":"…"`
    std::string_view related = "null";
    std::string_view more = {};
};

inline std::string transaction(const Seen& seen) {
    std::string text = R"({"Key":")";
    text.append(seen.key).append(R"(","Status":{"Code":{"Code":)").append(std::to_string(seen.status));
    text.append(R"(,"Description":"What it is"},"SubCode":{"Code":"S001","Description":"What it means"},)");
    text.append(R"("DateTime":"2026-11-20T12:00:00"},"Services":[{"Name":"ideal","Action":null,"Parameters":[)");
    if (!seen.parameters.empty()) text.append("{").append(seen.parameters).append("}");
    text.append(R"(]}],"Invoice":")").append(seen.invoice).append(R"(","Currency":")").append(seen.currency);
    text.append(R"(","TransactionType":")").append(seen.type).append("\",").append(seen.amount);
    text.append(R"(,"RelatedTransactions":)").append(seen.related).append(seen.more);
    return text.append("}");
}

}  // namespace florin::buckaroo::test
