#include "line.hpp"

#include "florin/security/encoding.hpp"
#include "reply.hpp"

namespace florin::chargebee {

Task<Result<Reply>> Line::command(std::string path, std::string body, std::string key) {
    http::Call call;
    call.body = std::move(body);
    call.timeout = settings_.charge_timeout;
    return send(std::move(call), std::move(path), std::move(key));
}

Task<Result<Reply>> Line::prepare(std::string path, std::string body, std::string key) {
    http::Call call;
    call.body = std::move(body);
    call.timeout = settings_.query_timeout;
    call.is_repeatable = true;
    return send(std::move(call), std::move(path), std::move(key));
}

Task<Result<Reply>> Line::query(std::string path) {
    http::Call call;
    call.method = "GET";
    call.timeout = settings_.query_timeout;
    call.is_repeatable = true;
    return send(std::move(call), std::move(path), {});
}

Task<Result<Reply>> Line::send(http::Call call, std::string path, std::string key) {
    call.url = settings_.base_url + "/api/v2/" + path;
    // The key is the user, and there is no password.
    const std::string credentials = std::string{settings_.api_key.expose()} + ":";
    call.headers = {{"authorization", "Basic " + security::to_base64(credentials)}, {"accept", "application/json"}};
    if (!key.empty()) call.headers.emplace_back("chargebee-idempotency-key", std::move(key));
    if (call.method == "POST")
        call.headers.emplace_back("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    const auto reply = co_await client_().send(std::move(call));
    if (!reply) co_return fail(reply.error());
    auto body = parse_reply(reply->body);
    // A gateway before Chargebee, or half an answer.
    if (!body)
        co_return fail(ErrorKind::outcome_unknown,
                       reply->status == 200 ? "unreadable_reply" : "http_" + std::to_string(reply->status),
                       "The provider's answer was not understood.");
    co_return Reply{reply->status, std::move(*body)};
}

}  // namespace florin::chargebee
