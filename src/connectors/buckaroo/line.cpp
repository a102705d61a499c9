#include "line.hpp"

#include "florin/security/encoding.hpp"
#include "signature.hpp"

namespace florin::buckaroo {
namespace {

constexpr std::string_view software =
    R"({"PlatformName":"Florin","PlatformVersion":"1","ModuleSupplier":"Florin","ModuleName":"Florin","ModuleVersion":"1"})";

}  // namespace

Task<Result<Reply>> Line::create(std::string body, bool is_present) {
    http::Call call;
    call.body = std::move(body);
    call.timeout = settings_.charge_timeout;
    return send(std::move(call), "/json/Transaction", is_present);
}

Task<Result<Reply>> Line::cancel(std::string key) {
    http::Call call;
    call.method = "GET";
    call.timeout = settings_.charge_timeout;
    return send(std::move(call), "/json/Transaction/Cancel/" + key, false);
}

Task<Result<Reply>> Line::status(std::string key) {
    http::Call call;
    call.method = "GET";
    call.timeout = settings_.query_timeout;
    // Should the first one have arrived, the second is refused for its nonce: then nothing is known, and it is asked
    // again later.
    call.is_repeatable = true;
    return send(std::move(call), "/json/Transaction/Status/" + key, false);
}

Task<Result<Reply>> Line::send(http::Call call, std::string path, bool is_present) {
    call.url = settings_.base_url + path;
    const std::string time = std::to_string(world_.clock.now().ms / 1'000);
    const auto random = world_.new_uuid();
    const std::string nonce = security::to_hex(random);
    const Message message{.website_key = settings_.website_key,
                          .method = call.method,
                          .url = call.url,
                          .nonce = nonce,
                          .time = time,
                          .body = call.body};
    const std::string signature = signature_of(message, settings_.secret_key.expose());
    call.headers = {{"authorization", to_text({settings_.website_key, signature, nonce, time})},
                    {"accept", "application/json"},
                    {"culture", "nl-NL"},
                    {"channel", is_present ? "Web" : "BackOffice"},
                    {"software", std::string{software}}};
    if (call.method == "POST") call.headers.emplace_back("content-type", "application/json; charset=utf-8");
    const auto reply = co_await client_().send(std::move(call));
    if (!reply) co_return fail(reply.error());
    if (reply->status == 400 || reply->status == 401) co_return Reply{reply->status, std::nullopt};
    const auto unclear = [](std::string_view code) {
        return fail(ErrorKind::outcome_unknown, code, "The provider's answer was not understood.");
    };
    if (reply->status != 200) co_return unclear("http_" + std::to_string(reply->status));
    const auto body = parse_reply(reply->body);
    if (!body) co_return unclear("unreadable_reply");
    co_return Reply{reply->status, read_transaction(*body)};
}

}  // namespace florin::buckaroo
