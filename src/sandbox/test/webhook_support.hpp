#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <functional>
#include <vector>

#include "florin/http/client.hpp"
#include "florin/runtime/simulation.hpp"
#include "support.hpp"

namespace florin::sandbox {

inline const std::string signature_key = AuthorizeNetMerchant{}.signature_key;

/// What a receiver computes, by a way of its own.
inline std::string signature_of(std::string_view text, const std::string& key = signature_key) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), digest.data(), &size);
    std::string out = "sha512=";
    for (unsigned int i = 0; i < size; ++i) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02X", digest[i]);
        out += digits;
    }
    return out;
}

/// Somebody who listens, on virtual time.
class Listener final : public http::Client {
public:
    struct Received {
        Instant at;
        std::string url, body, signature, request_id, content_type;
        bool is_genuine() const { return signature == signature_of(body); }
        std::string member(std::string_view path) const { return sandbox::at(Box::parsed(body), path); }
    };

    explicit Listener(SimClock& clock) : clock_{clock} {}

    Task<Result<http::Reply>> send(http::Call call) override {
        Received came{clock_.now(), call.url, call.body, {}, {}, {}};
        for (const auto& [name, value] : call.headers) {
            if (name == "X-ANET-Signature") came.signature = value;
            if (name == "X-Request-Id") came.request_id = value;
            if (name == "Content-Type") came.content_type = value;
        }
        received.push_back(std::move(came));
        most_at_once = std::max(most_at_once, ++at_once_);
        if (takes > Millis{0}) co_await sleep_for(takes);
        --at_once_;
        if (status == 0) co_return fail(ErrorKind::unavailable, "not_connected", "Nobody is there.");
        http::Reply reply;
        reply.status = status;
        co_return reply;
    }

    std::vector<Received> received;
    int status = 200;  ///< 0: not there.
    Millis takes{0};
    int most_at_once = 0;

private:
    SimClock& clock_;
    int at_once_ = 0;
};

/// A sandbox that sends webhooks to a listener, all on virtual time.
class HookBox {
public:
    explicit HookBox(SandboxOptions options = {}) : box{std::move(options)} {
        set(R"({"authorize_net":{"webhook_url":"https://shop.example/hooks"}})");
        start();
    }
    void start() {
        box.sandbox().send_webhooks(scheduler, [this]() -> http::Client& { return listener; });
    }
    /// As after `kill -9`: what was on its way is gone.
    void crash() {
        scheduler.crash();
        box.reopen();
        start();
    }
    void run(Millis limit = Millis{86'400'000LL * 40}) { scheduler.run(limit); }
    void set(const std::string& settings) {
        const auto changed = box.sandbox().change_settings(settings);
        EXPECT_TRUE(changed.has_value()) << settings;
    }
    void fault(const std::string& action, const std::string& more = {}) {
        const auto set =
            box.sandbox().set_faults(R"({"rules":[{"match":{"method":"webhook"},"action":)" + action + more + "}]}");
        EXPECT_TRUE(set.has_value()) << action;
    }
    Served manage(std::string method, std::string path, std::string body = {}, std::string query = {}) {
        http::Request request = management(std::move(method), std::move(path), std::move(body), std::move(query));
        return box.sandbox().serve(request);
    }
    json::Value ask(std::string method, std::string path, std::string body = {}, std::string query = {}) {
        return Box::parsed(manage(std::move(method), std::move(path), std::move(body), std::move(query)).response.body);
    }
    int ping(const std::string& id) {
        http::Request request = management("POST", "/rest/v1/webhooks/" + id + "/pings");
        return scheduler.await(box.sandbox().handle(request)).status;
    }
    static http::Request management(std::string method, std::string path, std::string body = {},
                                    std::string query = {}) {
        http::Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        request.query = std::move(query);
        request.body = std::move(body);
        request.headers.emplace_back("authorization", "Basic c2FuZGJveExvZ2luOnNhbmRib3hLZXkxMjM0NTY=");
        return request;
    }
    /// The types of what came, without `net.authorize.`: `payment.void.created …`.
    std::string types() const {
        std::string text;
        for (const auto& came : listener.received)
            text += (text.empty() ? "" : " ") + came.member("eventType").substr(std::string{"net.authorize."}.size());
        return text;
    }
    /// The invoice numbers of what came, in its order.
    std::string invoices() const {
        std::string text;
        for (const auto& came : listener.received)
            text += (text.empty() ? "" : " ") + came.member("payload.invoiceNumber");
        return text;
    }
    /// The only registration there is.
    std::string endpoint_id() { return at(ask("GET", "/rest/v1/webhooks"), "0.webhookId"); }

    Box box;
    SimScheduler scheduler{box.clock};
    Listener listener{box.clock};
};

}  // namespace florin::sandbox
