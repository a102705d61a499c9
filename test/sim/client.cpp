#include "client.hpp"

#include "florin/json/value.hpp"

namespace florin::sim {
namespace {

constexpr std::string_view whole_card =
    R"({"number":"4111111111111111","expiry_month":12,"expiry_year":2030,"cvv":"123"})";

std::string field_of(const json::Value& object, std::string_view name) {
    const json::Value* found = object.kind() == json::Kind::object ? object.find(name) : nullptr;
    return found == nullptr || found->is_null() ? std::string{} : std::string{found->text()};
}

http::Request post(std::string path, std::string body, const std::string& api_key) {
    http::Request request{.method = "POST",
                          .path = std::move(path),
                          .query = {},
                          .headers = {},
                          .body = std::move(body),
                          .peer = "10.0.0.1"};
    request.headers.emplace_back("content-type", "application/json");
    if (!api_key.empty()) request.headers.emplace_back("authorization", "Bearer " + api_key);
    return request;
}

}  // namespace

std::string major_text(std::int64_t minor) {
    const std::string cents = std::to_string(minor % 100);
    return std::to_string(minor / 100) + "." + (cents.size() == 1 ? "0" : "") + cents;
}

std::int64_t Memory::fresh_amount(Random& chance, std::int64_t least, std::int64_t most) {
    for (;;) {
        const auto amount =
            least + static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(most - least + 1)));
        if (used_amounts.insert(amount).second) return amount;
    }
}

Operation& Client::charge(const Shop& shop, std::string type, std::int64_t amount_minor, std::string token) {
    Operation operation{.shop = &shop, .provider = shop.connector, .type = type, .amount_minor = amount_minor};
    operation.path = "/api/v1/payments/" + type;
    operation.key = "key-" + std::to_string(++memory_.next_key);
    operation.body = R"({"amount":")" + major_text(amount_minor) + R"(","currency":"USD","customer_id":"c1",)";
    operation.body +=
        token.empty() ? R"("card":)" + std::string{whole_card} : R"("payment_method_token":")" + token + "\"";
    operation.body += "}";
    return memory_.operations.emplace_back(std::move(operation));
}

Operation& Client::charge_later(Later how, std::int64_t amount_minor) {
    const bool is_sepa = how == Later::sepa_debit || how == Later::returned_sepa_debit;
    Operation operation{.shop = &at_.stripe_shop,
                        .provider = at_.stripe_shop.connector,
                        .type = "purchase",
                        .amount_minor = amount_minor,
                        .currency = is_sepa ? "EUR" : "USD"};
    operation.path = "/api/v1/payments/purchase";
    operation.key = "key-" + std::to_string(++memory_.next_key);
    operation.body = R"({"amount":")" + major_text(amount_minor) + R"(","currency":")" + operation.currency + "\",";
    switch (how) {
        case Later::confirmed_card:
            operation.body += R"("return_url":"https://shop.example/back",
                "card":{"number":"4000002760003184","expiry_month":12,"expiry_year":2030,"cvv":"123"}})";
            break;
        case Later::sepa_debit:
            operation.body += R"("payment_method_type":"sepa_debit","email":"ada@example.org",
                "bank_account":{"holder_name":"Ada Lovelace","iban":"DE89370400440532013000"}})";
            break;
        case Later::returned_sepa_debit:
            operation.body += R"("payment_method_type":"sepa_debit","email":"ada@example.org",
                "bank_account":{"holder_name":"Ada Lovelace","iban":"DE35370400440532013002"}})";
            break;
        case Later::ach_debit:
            operation.body += R"("payment_method_type":"ach_debit",
                "bank_account":{"holder_name":"Ada","routing_number":"110000000","account_number":"000123456789"}})";
            break;
    }
    return memory_.operations.emplace_back(std::move(operation));
}

Task<const Operation*> Client::insist_later(Later how) {
    for (int attempt = 0; attempt < 4; ++attempt) {
        Operation& operation = charge_later(how, memory_.fresh_amount(at_.random, 100'00, 9'999'99));
        co_await pursue(operation);
        if (operation.fate == Fate::approved) co_return &operation;
    }
    co_return nullptr;
}

Operation& Client::follow_up(const Operation& parent, std::string type, std::int64_t amount_minor, bool says_amount) {
    Operation operation{.shop = parent.shop,
                        .provider = parent.provider,
                        .type = type,
                        .amount_minor = amount_minor,
                        .currency = parent.currency};
    operation.path = "/api/v1/payments/" + type;
    operation.key = "key-" + std::to_string(++memory_.next_key);
    operation.body = R"({"transaction_id":")" + parent.transaction + "\"";
    if (says_amount) operation.body += R"(,"amount":)" + major_text(amount_minor);
    operation.body += "}";
    return memory_.operations.emplace_back(std::move(operation));
}

http::Request Client::request_of(const Operation& operation) const {
    http::Request request =
        post(operation.path, operation.body, operation.key.empty() ? std::string{} : operation.shop->key);
    if (!operation.key.empty()) request.headers.emplace_back("idempotency-key", operation.key);
    return request;
}

Task<std::optional<Client::Given>> Client::ask(http::Request request) {
    auto response = co_await at_.ask(std::move(request));
    if (!response) co_return std::nullopt;
    co_return Given{response->status, std::move(response->body)};
}

/// True when the answer is final.
bool Client::take_answer(Operation& operation, const Given& given) const {
    auto value = json::parse(given.body);
    if (!value) {
        operation.complaints.push_back("an answer is not JSON: " + given.body);
        return false;
    }
    const std::string code = field_of(*value, "code");
    const std::string transaction = field_of(*value, "transaction_id");
    const std::string word = field_of(*value, "status");
    if (given.status == 500) operation.complaints.push_back("500: " + given.body);
    Fate fate = Fate::not_approved;
    std::string refusal;
    if (operation.key.empty()) {
        if (given.status != 200 || word == "Pending") return false;
        if (word == "Accepted") fate = Fate::approved;
    } else if (given.status == 200) {
        fate = Fate::approved;
    } else if (given.status == 202 && code == "amount_mismatch") {
        fate = Fate::held;
    } else if (given.status == 409 || given.status == 404 || given.status == 422) {
        if (code == "transaction_in_progress" || code == "payment_changed_meanwhile") return false;
        // Nothing was done, and nothing is stored: asked again it may be otherwise.
        if (transaction.empty()) refusal = code.empty() ? "?" : code;
    } else if (given.status != 402) {
        return false;
    }
    if (!transaction.empty()) operation.transaction = transaction;
    if (const std::string connector = field_of(*value, "connector"); !connector.empty()) operation.provider = connector;
    const bool is_known = operation.fate != Fate::unfinished && operation.code.empty();
    if (is_known && refusal.empty() && (operation.status != given.status || operation.answer != given.body))
        operation.complaints.push_back("answered " + std::to_string(operation.status) + " " + operation.answer +
                                       " and then " + std::to_string(given.status) + " " + given.body);
    if (is_known && !refusal.empty())
        operation.complaints.push_back("answered " + operation.answer + " and then refused: " + given.body);
    if (is_known) return true;
    operation.fate = fate;
    operation.status = given.status;
    operation.code = refusal;
    operation.answer = given.body;
    return true;
}

Task<void> Client::pursue(Operation& operation) {
    const std::int64_t end_ns = at_.clock.monotonic_ns() + patience.count() * 1'000'000;
    while (at_.clock.monotonic_ns() < end_ns) {
        http::Request request = request_of(operation);
        const auto given = co_await ask(std::move(request));
        if (given && take_answer(operation, *given)) break;
        if (given) send_payer(operation, *given);
        co_await sleep_for(pause + Millis{static_cast<std::int64_t>(at_.random.below(600))});
    }
    if (operation.fate == Fate::unfinished || !operation.code.empty()) co_return;
    for (int attempt = 0; attempt < 20; ++attempt) {
        http::Request request = request_of(operation);
        const auto again = co_await ask(std::move(request));
        if (again && take_answer(operation, *again)) co_return;
        // A commit whose answer was lost leaves open only whether this very request was written.
        if (again && again->status == 202 && again->body.find("commit_unknown") == std::string::npos)
            operation.complaints.push_back("final, and then open again: " + again->body);
        co_await sleep_for(pause);
    }
}

void Client::send_payer(const Operation& operation, const Given& given) {
    const auto value = json::parse(given.body);
    const std::string url = value ? field_of(*value, "action_url") : std::string{};
    if (!url.empty()) at_.act_as_payer(url, operation.is_approved_by_payer);
}

Task<const Operation*> Client::insist(const Shop& shop, std::string type, std::string token) {
    for (int attempt = 0; attempt < 4; ++attempt) {
        Operation& operation = charge(shop, type, memory_.fresh_amount(at_.random, 100'00, 9'999'99), token);
        co_await pursue(operation);
        if (operation.fate == Fate::approved) co_return &operation;
    }
    co_return nullptr;
}

std::pair<std::int64_t, std::int64_t> Client::two_parts(std::int64_t amount_minor) {
    for (;;) {
        const std::int64_t part = memory_.fresh_amount(at_.random, 1'00, amount_minor - 1'00);
        if (memory_.used_amounts.insert(amount_minor - part).second) return {part, amount_minor - part};
    }
}

Task<Operation*> Client::create_and_make(std::int64_t amount_minor) {
    const Shop& shop = at_.authorize_net_shop;
    std::string payment;
    for (int attempt = 0; attempt < 200 && payment.empty(); ++attempt) {
        http::Request request = post("/create-payment", R"({"merchantId":")" + shop.name + "\"}", {});
        const auto given = co_await ask(std::move(request));
        if (given && given->status == 200) payment = field_of(*json::parse(given->body), "paymentId");
        if (payment.empty()) co_await sleep_for(pause);
    }
    if (payment.empty()) co_return nullptr;
    Operation operation{.shop = &shop,
                        .provider = "bank_simulator",
                        .type = "purchase",
                        .amount_minor = amount_minor,
                        .currency = "GBP"};
    operation.path = "/make-payment";
    operation.body =
        R"({"paymentId":")" + payment + R"(","merchantId":")" + shop.name +
        R"(","cardNumber":"1234432198761543","expiryYear":2030,"expiryMonth":12,"currency":"GBP","amount":)" +
        major_text(amount_minor) + R"(,"cardName":"Ada Lovelace","billingAddress":"1 Analytical Street","cvv":"123"})";
    operation.transaction = payment;
    Operation& made = memory_.operations.emplace_back(std::move(operation));
    co_await pursue(made);
    // The document's third call, once it is final.
    if (made.fate != Fate::unfinished) {
        http::Request get{.method = "GET",
                          .path = "/get-payment",
                          .query = "merchantId=" + shop.name + "&paymentId=" + payment,
                          .headers = {},
                          .body = {},
                          .peer = "10.0.0.1"};
        const auto got = co_await ask(std::move(get));
        if (got && got->status == 200) {
            const std::string word = field_of(*json::parse(got->body), "status");
            if (word != field_of(*json::parse(made.answer), "status"))
                made.complaints.push_back("get-payment says " + word + " after " + made.answer);
        }
    }
    co_return &made;
}

Task<void> Client::insist_on(std::string method, std::string path, std::string body, const Shop& shop) {
    for (;;) {
        http::Request request = post(path, body, shop.key);
        request.method = method;
        const auto given = co_await ask(std::move(request));
        if (given && given->status >= 200 && given->status < 300) co_return;
        co_await sleep_for(pause);
    }
}

Task<void> Client::set_routes() {
    return insist_on("PUT", "/api/v1/routing",
                     R"({"routes":[{"method":"card","connectors":["stripe","authorize_net"]}]})", at_.routed_shop);
}

Task<void> Client::subscribe(const Shop& shop) {
    // Told twice to, there may be two: then each message comes twice, which is allowed.
    co_await insist_on("POST", "/api/v1/webhook_endpoints",
                       R"({"url":"http://)" + std::string{Installation::shops_host} + "/" + shop.name +
                           R"(","event_types":["florin.payment.*"]})",
                       shop);
    memory_.subscribed.insert(&shop);
}

Task<void> Client::send_mail(const Shop& shop) {
    const std::string cause = "cause-" + std::to_string(memory_.mails.size() + 1);
    const std::string address = cause + "@" + shop.name + ".test";
    memory_.mails.push_back(address);
    co_await insist_on("POST", "/api/internal/v1/users/c1/emails/send",
                       R"({"template":"message","cause":")" + cause + R"(","email":")" + address +
                           R"(","name":"Ada","data":{"subject":"Hello","text":"There you are."}})",
                       shop);
}

Task<void> Client::retry_dead_letters(const Shop& shop) {
    return insist_on("POST", "/api/v1/dead_letters/retry", R"({"all":true,"reason":"All is well again"})", shop);
}

Task<std::string> Client::store_card(const Shop& shop) {
    for (int attempt = 0; attempt < 100; ++attempt) {
        http::Request request = post("/api/v1/payment_methods",
                                     R"({"card":)" + std::string{whole_card} + R"(,"customer_id":"c1"})", shop.key);
        const auto given = co_await ask(std::move(request));
        if (given && given->status == 201) co_return field_of(*json::parse(given->body), "payment_method_token");
        co_await sleep_for(pause);
    }
    co_return std::string{};
}

}  // namespace florin::sim
