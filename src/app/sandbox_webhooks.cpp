#include "sandbox_webhooks.hpp"

#include <algorithm>
#include <utility>

#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/telemetry/log.hpp"

namespace florin::app {
namespace {

constexpr Millis answered_within{2'000}, pause_between{2'000};

/// Providers whose webhooks do not go to `/api/v1/webhooks/NAME`: document E names its own address.
constexpr std::pair<std::string_view, std::string_view> own_paths[] = {
    {"wallet", "/api/v1/payments/webhook"},
};

std::string path_for(std::string_view provider) {
    for (const auto& [name, path] : own_paths)
        if (name == provider) return std::string{path};
    std::string name{provider};
    std::ranges::replace(name, '_', '-');
    return "/api/v1/webhooks/" + name;
}

struct Origin {
    std::string host, port;  ///< The port with its colon.
};
Origin parts_of(std::string_view url) {
    url.remove_prefix(std::min(url.find("://") + 3, url.size()));
    url = url.substr(0, url.find('/'));
    const std::size_t colon = url.rfind(':');
    if (colon == std::string_view::npos || url.ends_with(']')) return {std::string{url}, {}};
    return {std::string{url.substr(0, colon)}, std::string{url.substr(colon)}};
}

bool is_loopback(std::string_view host) { return host.starts_with("127.") || host == "[::1]" || host == "localhost"; }

/// The changed settings for a sandbox that has these.
std::string wishes_for(const json::Value& settings, const std::string& origin) {
    std::string body;
    json::Writer json{body};
    json.open('{');
    for (const auto& [name, value] : settings.members()) {
        const json::Value* url = value.kind() == json::Kind::object ? value.find("webhook_url") : nullptr;
        const std::string path = path_for(name);
        // Somebody's own receiver stays.
        if (url == nullptr || (!url->text().empty() && !url->text().ends_with(path))) continue;
        json.key(name).open('{').field("webhook_url", origin + path).close('}');
    }
    json.close('}');
    return body;
}

}  // namespace

std::optional<std::string> seen_from_sandbox(const std::string& origin, const std::string& sandbox_url) {
    if (!origin.starts_with("http://")) return std::nullopt;
    auto [host, port] = parts_of(origin);
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "[::]") host = "[::1]";
    if (is_loopback(host) && !is_loopback(parts_of(sandbox_url).host)) return std::nullopt;
    return "http://" + host + port;
}

Task<bool> register_webhooks(http::Client& client, std::string sandbox_url, std::string origin) {
    http::Call read{.method = "GET",
                    .url = sandbox_url + "/sandbox/settings",
                    .headers = {},
                    .body = {},
                    .timeout = answered_within};
    const auto settings = co_await client.send(std::move(read));
    if (!settings) co_return false;
    const auto known = json::parse(settings->body);
    if (settings->status != 200 || !known) co_return true;
    http::Call change{.method = "PUT",
                      .url = sandbox_url + "/sandbox/settings",
                      .headers = {{"content-type", "application/json"}},
                      .body = wishes_for(*known, origin),
                      .timeout = answered_within};
    const auto changed = co_await client.send(std::move(change));
    if (!changed) co_return false;
    if (changed->status != 200)
        telemetry::warning("sandbox.webhooks_not_registered", {{"sandbox", sandbox_url}, {"status", changed->status}});
    co_return true;
}

Task<void> keep_registering(http::Client& client, std::string sandbox_url, std::string origin, Signal& stop) {
    while (!stop.is_set() && !co_await register_webhooks(client, sandbox_url, origin))
        co_await stop.wait_for(pause_between);
}

}  // namespace florin::app
