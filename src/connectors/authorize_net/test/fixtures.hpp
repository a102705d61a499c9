#pragma once

#include <string>

#include "florin/authorize_net/authorize_net.hpp"
#include "florin/runtime/simulation.hpp"
#include "scripted_client.hpp"

namespace florin::authorize_net::test {

class FakeClient final : public florin::test::ScriptedClient {
public:
    /// As the gateway does: status 200 and a byte order mark, whatever it says.
    void says(std::string_view body, int status = 200) {
        ScriptedClient::says("\xEF\xBB\xBF" + std::string{body}, status);
    }
};

/// A connector in a world of its own.
struct Bench {
    SimClock clock;
    SimRandom random{1};
    SimScheduler scheduler{clock};
    FakeClient client;
    std::unique_ptr<payments::Connector> connector =
        make_authorize_net(settings(), World{clock, random}, [this]() -> http::Client& { return client; });

    static Settings settings() {
        Settings settings;
        settings.base_url = "https://gateway.test";
        settings.login.assign("testLogin");
        settings.transaction_key.assign("testKey123456789");
        return settings;
    }
    std::string_view body(std::size_t call) const { return client.calls.at(call).body; }
};

inline Money usd(std::int64_t minor) { return *Money::of(minor, *Currency::of("USD")); }

inline payments::Card test_card() {
    payments::Card card;
    card.number = *security::Pan::from_json("4111111111111111");
    card.expiry_month = 7;
    card.expiry_year = 2031;
    card.cvv = *security::Cvv::from_json("900");
    card.name = "Ada Lovelace";
    return card;
}

inline payments::BillingAddress test_billing() {
    return {"Ada", "Lovelace", "Engines \"R\" Us", "1 Byron Street", "London", "LND", "46282", "GB"};
}

inline payments::Charge test_charge(const payments::Card* card) {
    return {.reference = "P0000000000000000017",
            .amount = usd(1250),
            .card = card,
            .token = card != nullptr ? "" : "900100/900200",
            .billing = test_billing(),
            .customer_id = "customer-7",
            .client_ip = "192.0.2.17",
            .description = "Two tickets",
            .is_merchant_initiated = false};
}

inline payments::FollowUp test_follow_up(std::string_view reference, std::int64_t minor) {
    return {.reference = std::string{reference},
            .amount = usd(minor),
            .parent_provider_id = "40000000017",
            .parent_reference = "P0000000000000000017",
            .card_last4 = "1111",
            .token = "900100/900200",
            .is_first_capture = true};
}

/// How a reply ends that is well.
inline constexpr std::string_view ok =
    R"("messages":{"resultCode":"Ok","message":[{"code":"I00001","text":"Successful."}]}})";
inline constexpr std::string_view no_records =
    R"({"messages":{"resultCode":"Ok","message":[{"code":"I00004","text":"No records found."}]}})";

/// A reply with one transaction in it. `reasons` is the member `"messages":[…]` or `"errors":[…]`.
inline std::string transaction_reply(std::string_view response_code, std::string_view transaction_id,
                                     std::string_view reasons, std::string_view envelope = "Ok",
                                     std::string_view more = {}) {
    std::string reply = R"({"transactionResponse":{"responseCode":")";
    reply.append(response_code)
        .append(R"(","authCode":"A1B2C3","avsResultCode":"Y","cvvResultCode":"M","cavvResultCode":"2","transId":")");
    reply.append(transaction_id)
        .append(
            R"(","refTransID":"","transHash":"","testRequest":"0","accountNumber":"XXXX1111","accountType":"Visa",)");
    reply.append(reasons).append(more).append(
        R"(,"SupplementalDataQualificationIndicator":0},"refId":"P0000000000000000017",)");
    reply.append(R"("messages":{"resultCode":")").append(envelope);
    reply.append(envelope == "Ok" ? R"(","message":[{"code":"I00001","text":"Successful."}]}})"
                                  : R"(","message":[{"code":"E00027","text":"The transaction was unsuccessful."}]}})");
    return reply;
}
inline std::string message(std::string_view code) {
    return R"("messages":[{"code":")" + std::string{code} + R"(","description":"What it means."}])";
}
inline std::string error(std::string_view code) {
    return R"("errors":[{"errorCode":")" + std::string{code} + R"(","errorText":"What it means."}])";
}
inline std::string request_error(std::string_view code, std::string_view words = "What it means.") {
    return R"({"messages":{"resultCode":"Error","message":[{"code":")" + std::string{code} + R"(","text":")" +
           std::string{words} + R"("}]}})";
}

}  // namespace florin::authorize_net::test
