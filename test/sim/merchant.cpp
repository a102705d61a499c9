#include "merchant.hpp"

namespace florin::sim {
namespace {

constexpr Millis pause{700};

}  // namespace

Task<std::optional<Answer>> Merchant::ask_once(std::string method, std::string path, std::string body,
                                               std::string key) {
    std::string query;
    if (const auto mark = path.find('?'); mark != std::string::npos) {
        query = path.substr(mark + 1);
        path.resize(mark);
    }
    const bool is_post = method == "POST";
    http::Request request{.method = std::move(method),
                          .path = std::move(path),
                          .query = std::move(query),
                          .headers = {},
                          .body = std::move(body),
                          .peer = "10.0.0.1"};
    request.headers.emplace_back("authorization", "Bearer " + shop_.key);
    request.headers.emplace_back("content-type", "application/json");
    if (is_post && !key.empty()) request.headers.emplace_back("idempotency-key", key);
    const auto response = co_await at_.ask(std::move(request));
    if (!response) co_return std::nullopt;
    auto value = json::parse(response->body);
    if (!value) co_return std::nullopt;
    co_return Answer{response->status, std::move(*value)};
}

Task<Answer> Merchant::ask(std::string method, std::string path, std::string body) {
    const std::string key = "wish-" + std::to_string(++keys_);
    for (;;) {
        auto answer = co_await ask_once(method, path, body, key);
        if (answer) {
            const json::Value* code = answer->body.find("code");
            const bool is_overtaken = code != nullptr && code->text().ends_with("changed_meanwhile");
            if (answer->status < 500 && answer->status != 429 && !is_overtaken) co_return std::move(*answer);
        }
        co_await sleep_for(pause);
    }
}

Task<std::string> Merchant::store_card(std::string customer, std::string number, std::chrono::year_month until) {
    const Answer stored =
        co_await ask("POST", "/api/v1/payment_methods",
                     R"({"customer_id":")" + customer + R"(","card":{"number":")" + number + R"(","expiry_month":)" +
                         std::to_string(static_cast<unsigned>(until.month())) + R"(,"expiry_year":)" +
                         std::to_string(static_cast<int>(until.year())) + R"(,"cvv":"123"}})");
    check(stored.status == 201, "the card is stored");
    co_return stored.text("payment_method_token");
}

Task<std::string> Merchant::make_mandate(std::string customer, std::string iban) {
    const Answer made =
        co_await ask("POST", "/api/v1/payments/purchase",
                     R"({"amount":"1.00","currency":"EUR","payment_method_type":"sepa_debit",)"
                     R"("makes_mandate":true,"email":"ada@example.org","customer_id":")" +
                         customer + R"(","bank_account":{"holder_name":"Ada Lovelace","iban":")" + iban + "\"}}");
    check(made.status == 200 || made.status == 202, "an account is debited");
    const std::string transaction = made.text("transaction_id");
    for (;;) {
        const Answer now = co_await ask("GET", "/api/v1/transactions/" + transaction);
        if (now.text("status") != "pending") co_return transaction;
        co_await sleep_for(pause);
    }
}

Task<void> Merchant::open_clock(std::string now) {
    std::string wish = R"({"now":")" + now + "\"}";
    const Answer made = co_await ask("POST", "/api/v1/test_clocks", std::move(wish));
    if (made.status == 201) {
        clock_ = made.text("id");
        co_return;
    }
    // It was made, and the answer lost.
    const Answer all = co_await ask("GET", "/api/v1/test_clocks");
    clock_ = std::string{all.at("data").items().front().find("id")->text()};
}

Task<void> Merchant::advance(std::string to) {
    for (;;) {
        std::string wish = R"({"to":")" + to + "\"}";
        const Answer moved = co_await ask("POST", "/api/v1/test_clocks/" + clock_ + "/advance", std::move(wish));
        if (moved.status == 200 && moved.text("status") == "ready") co_return;
        co_await sleep_for(pause);
    }
}

}  // namespace florin::sim
