#include "money_back.hpp"

#include <array>
#include <vector>

#include "client.hpp"

namespace florin::sim {
namespace {

std::string text_of(const json::Value& object, std::string_view name) {
    const json::Value* found = object.kind() == json::Kind::object ? object.find(name) : nullptr;
    return found == nullptr || found->is_null() ? std::string{} : std::string{found->text()};
}

}  // namespace

json::Value MoneyBack::order(std::string path, std::string body) {
    http::Call call{
        .method = "POST", .url = "http://sandbox.test/sandbox/stripe/" + path, .headers = {}, .body = std::move(body)};
    auto answer = json::parse(at_.sandbox->serve(request_of(call)).response.body);
    check(answer.has_value(), "the sandbox answers JSON");
    return std::move(*answer);
}

void MoneyBack::take_something() {
    std::vector<std::string> paid;
    for (const sandbox::Movement& movement : at_.sandbox->movements())
        if (movement.provider == "stripe" && movement.type == "purchase" && !taken_.contains(movement.provider_id))
            paid.push_back(movement.provider_id);
    if (paid.empty()) return;
    const std::string& intent = paid[one_of(paid.size())];
    taken_.insert(intent);
    // Of what was given back, or was returned already, there is nothing to take.
    // Some are tried again, others never.
    const std::string reason = disasters_.happens(600) ? "insufficient_funds" : "debit_not_authorized";
    const std::string made =
        text_of(order("disputes", R"({"reason":")" + reason + R"(","payment_intent":")" + intent + "\"}"), "id");
    if (!made.empty()) disputes_.insert(made);
}

void MoneyBack::decide_something() {
    if (disputes_.empty()) return;
    const auto one = std::next(disputes_.begin(), static_cast<std::ptrdiff_t>(one_of(disputes_.size())));
    // Who loses a second time is told so, which changes nothing.
    order("disputes/" + *one, disasters_.happens(600) ? R"({"outcome":"won"})" : R"({"outcome":"lost"})");
    disputes_.erase(one);
}

Task<void> MoneyBack::give_back(Merchant& merchant, std::string owner_kind, std::string owner) {
    const Answer charges = co_await merchant.ask(
        "GET", "/api/v1/billing/charges?owner_kind=" + std::move(owner_kind) + "&owner_id=" + std::move(owner));
    if (charges.status != 200) co_return;
    std::vector<std::string> payments;
    for (const json::Value& charge : charges.at("data").items())
        if (text_of(charge, "status") == "succeeded" && !charge.find("is_refund")->as_boolean() &&
            !text_of(charge, "payment_id").empty())
            payments.push_back(text_of(charge, "payment_id"));
    if (payments.empty()) co_return;
    std::string path = "/api/v1/payments/" + payments[one_of(payments.size())];
    const Answer payment = co_await merchant.ask("GET", std::move(path));
    if (payment.status != 200) co_return;
    std::string wish =
        R"({"transaction_id":")" + text_of(payment.at("transactions").items().front(), "transaction_id") + "\"";
    if (disasters_.happens(700))
        wish += R"(,"amount":")" + major_text(1 + static_cast<std::int64_t>(one_of(20'000))) + "\"";
    wish += "}";
    co_await merchant.ask("POST", "/api/v1/payments/refund", std::move(wish));
}

Task<void> MoneyBack::resolve(Merchant& merchant) {
    const Answer open = co_await merchant.ask("GET", "/api/v1/cases?status=open");
    if (open.status != 200 || open.at("data").items().empty()) co_return;
    const auto& items = open.at("data").items();
    const json::Value& one = items[one_of(items.size())];
    // What is held is let go on at the end.
    if (text_of(one, "cause").starts_with("hold:")) co_return;
    constexpr std::array<std::string_view, 4> ways{"retry", "paid_elsewhere", "waived", "canceled"};
    const std::string_view way = ways[disasters_.happens(100) ? 3 : one_of(3)];
    std::string wish = R"({"resolution":")" + std::string{way} + "\"";
    if (way == "paid_elsewhere") wish += R"(,"amount":")" + text_of(one, "amount") + "\"";
    wish += "}";
    std::string path = "/api/v1/cases/" + text_of(one, "id") + "/resolve";
    co_await merchant.ask("POST", std::move(path), std::move(wish));
}

}  // namespace florin::sim
