#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "florin/json/value.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/sandbox/sandbox.hpp"

namespace florin::sandbox {

inline constexpr Millis day{24LL * 3'600'000};

/// A sandbox in memory on virtual time, and words to talk to it.
class Box {
public:
    explicit Box(SandboxOptions options = {}) : options_{std::move(options)} { reopen(); }

    /// As after `kill -9`: only what is in the file is left.
    void reopen() {
        sandbox_.reset();
        auto opened = Sandbox::open(options_, World{clock, random_});
        EXPECT_TRUE(opened.has_value());
        sandbox_ = std::move(*opened);
    }
    Sandbox& sandbox() { return *sandbox_; }

    Served send(std::string method, std::string path, std::string body = {}, std::string query = {}) {
        http::Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        request.query = std::move(query);
        request.body = std::move(body);
        return sandbox_->serve(request);
    }
    json::Value ask(std::string method, std::string path, std::string body = {}) {
        return parsed(send(std::move(method), std::move(path), std::move(body)).response.body);
    }
    Served send_anet(const std::string& body) { return send("POST", "/xml/v1/request.api", body); }
    json::Value anet(const std::string& body) { return parsed(send_anet(body).response.body); }

    /// An Authorize.Net request with credentials: `members` are those behind `refId`.
    static std::string request(const std::string& name, const std::string& members, const std::string& ref_id = "r1") {
        return "{\"" + name +
               "\":{\"merchantAuthentication\":{\"name\":\"sandboxLogin\",\"transactionKey\":\"sandboxKey123456\"}," +
               "\"refId\":\"" + ref_id + "\"" + (members.empty() ? "" : ",") + members + "}}";
    }
    static std::string transaction(const std::string& members, const std::string& ref_id = "r1") {
        return request("createTransactionRequest", "\"transactionRequest\":{" + members + "}", ref_id);
    }
    static std::string card(const std::string& number = "4111111111111111", const std::string& code = "",
                            const std::string& expiry = "2030-12") {
        return R"("payment":{"creditCard":{"cardNumber":")" + number + R"(","expirationDate":")" + expiry + "\"" +
               (code.empty() ? "" : R"(,"cardCode":")" + code + "\"") + "}}";
    }
    static std::string sale(const std::string& amount, const std::string& invoice, const std::string& more = {}) {
        return transaction(R"("transactionType":"authCaptureTransaction","amount":")" + amount + "\"," + card() +
                           R"(,"order":{"invoiceNumber":")" + invoice + "\"}" + more);
    }
    static std::string hold(const std::string& amount, const std::string& invoice) {
        return transaction(R"("transactionType":"authOnlyTransaction","amount":")" + amount + "\"," + card() +
                           R"(,"order":{"invoiceNumber":")" + invoice + "\"}");
    }
    static std::string capture(const std::string& id, const std::string& amount, const std::string& ref_id = "r2") {
        return transaction(R"("transactionType":"priorAuthCaptureTransaction",)" +
                               (amount.empty() ? "" : "\"amount\":\"" + amount + "\",") + R"("refTransId":")" + id +
                               "\"",
                           ref_id);
    }
    static std::string refund(const std::string& id, const std::string& amount, const std::string& ref_id = "r3",
                              const std::string& last4 = "1111") {
        return transaction(R"("transactionType":"refundTransaction","amount":")" + amount +
                               R"(","payment":{"creditCard":{"cardNumber":")" + last4 +
                               R"(","expirationDate":"XXXX"}},"refTransId":")" + id +
                               "\",\"order\":{\"invoiceNumber\":\"" + ref_id + "\"}",
                           ref_id);
    }
    static std::string cancel(const std::string& id, const std::string& ref_id = "r4") {
        return transaction(R"("transactionType":"voidTransaction","refTransId":")" + id + "\"", ref_id);
    }

    static json::Value parsed(std::string_view body) {
        if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
        auto value = json::parse(body, {16 * 1024 * 1024, 32, 1'000'000});
        EXPECT_TRUE(value.has_value()) << body;
        return value ? std::move(*value) : json::Value{};
    }

    SimClock clock;

private:
    SimRandom random_{1};
    SandboxOptions options_;
    std::unique_ptr<Sandbox> sandbox_;
};

/// A member by a dotted path, with numbers for places in arrays: `messages.message.0.code`. Absent: `-`.
inline std::string at(const json::Value& value, std::string_view path) {
    const json::Value* here = &value;
    while (!path.empty()) {
        const std::size_t dot = std::min(path.find('.'), path.size());
        const std::string_view name = path.substr(0, dot);
        path.remove_prefix(std::min(dot + 1, path.size()));
        if (here->kind() == json::Kind::array) {
            const std::size_t index = static_cast<std::size_t>(std::stoul(std::string{name}));
            if (index >= here->items().size()) return "-";
            here = &here->items()[index];
        } else {
            here = here->kind() == json::Kind::object ? here->find(name) : nullptr;
            if (here == nullptr) return "-";
        }
    }
    if (here->kind() == json::Kind::boolean) return here->as_boolean() ? "true" : "false";
    return std::string{here->text()};
}
/// `responseCode/reason` of a transaction's reply; the envelope's code when there is no transaction.
inline std::string outcome(const json::Value& reply) {
    const std::string response = at(reply, "transactionResponse.responseCode");
    if (response == "-") return at(reply, "messages.message.0.code");
    const std::string error = at(reply, "transactionResponse.errors.0.errorCode");
    return response + "/" + (error == "-" ? at(reply, "transactionResponse.messages.0.code") : error);
}
inline std::string id_of(const json::Value& reply) { return at(reply, "transactionResponse.transId"); }

/// The book in one line: `purchase 1000 INV-1; refund 300 r3`.
inline std::string book_of(Box& box) {
    std::string text;
    for (const Movement& movement : box.sandbox().movements()) {
        if (!text.empty()) text += "; ";
        text += movement.type + " " + std::to_string(movement.amount_minor) + " " + movement.reference;
    }
    return text;
}

/// A directory that is gone at the end.
class Directory {
public:
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "florin-sandbox-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        path_ = name;
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace florin::sandbox
