#include "webhooks.hpp"

#include <algorithm>

#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "packing.hpp"

namespace florin::sandbox::stripe {
namespace {
constexpr std::size_t most_events = 10'000;
}  // namespace

bool is_address(std::string_view url) {
    const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
    if (scheme == 0 || url.size() > 2'048 || url.size() == scheme || url[scheme] == '/') return false;
    return std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
}

Webhooks::Webhooks(Desk& desk, WebhookSender& sender, std::string secret)
    : desk_{desk}, sender_{sender}, secret_{std::move(secret)} {
    sender_.add(*this);
}

void Webhooks::load() {
    desk_.records.load(RecordKind::stripe_endpoint, [&](std::string_view, std::string_view body) {
        endpoints_.add(Unpacker::unpack<Endpoint>(body));
    });
    endpoints_.sort();
}

void Webhooks::save(Endpoint& endpoint) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_endpoint, endpoint.id, Packer::pack(endpoint));
}

Endpoint& Webhooks::add(Endpoint endpoint) {
    endpoint.id = "we_" + desk_.letters(24);
    endpoint.created_ms = desk_.now.ms;
    if (endpoint.secret.empty()) endpoint.secret = "whsec_" + desk_.letters(32);
    Endpoint& made = endpoints_.add(std::move(endpoint));
    save(made);
    return made;
}

Endpoint* Webhooks::find(std::string_view id) {
    Endpoint* found = endpoints_.find(id);
    return found != nullptr && !found->is_deleted ? found : nullptr;
}

void Webhooks::tell(std::string_view type, const std::string& about, std::string object, const std::string& request_id,
                    const std::string& key) {
    Event event{new_event_id(), std::string{type}, std::move(object), desk_.now.ms, request_id, key};
    for (const Endpoint& endpoint : endpoints_.all()) {
        const auto& wanted = endpoint.enabled_events;
        if (endpoint.is_deleted ||
            (std::ranges::find(wanted, type) == wanted.end() && std::ranges::find(wanted, "*") == wanted.end()))
            continue;
        Webhook webhook;
        webhook.provider = provider();
        webhook.account = "stripe";
        webhook.endpoint = endpoint.id;
        webhook.event_id = event.id;
        webhook.type = event.type;
        webhook.object = about;
        webhook.body = render(event);
        sender_.send(std::move(webhook));
    }
    events_.push_back(std::move(event));
    if (events_.size() > most_events) events_.pop_front();
}

std::string Webhooks::render(const Event& event) const {
    std::string body;
    json::Writer json{body};
    json.open('{').field("id", event.id).field("object", "event").field("api_version", "2026-10-28.endive");
    json.field("created", event.created_ms / 1'000).key("data").open('{').raw_field("object", event.object).close('}');
    json.field("livemode", false).field("pending_webhooks", 0).key("request").open('{').key("id");
    if (event.request_id.empty())
        json.null();
    else
        json.value(event.request_id);
    if (event.key.empty())
        json.key("idempotency_key").null();
    else
        json.field("idempotency_key", event.key);
    json.close('}').field("type", event.type).close('}');
    return body;
}

std::optional<Envelope> Webhooks::address(const Webhook& webhook, std::string_view signed_text, bool is_forged) {
    const Endpoint* endpoint = find(webhook.endpoint);
    if (endpoint == nullptr) return std::nullopt;
    // Each attempt is signed anew, with its own moment; the secret is its whole text.
    const std::string moment = std::to_string(desk_.world.clock.now().ms / 1'000);
    const std::string text = moment + "." + std::string{signed_text};
    const std::string key = is_forged ? endpoint->secret + " forged" : endpoint->secret;
    Envelope envelope;
    envelope.url = endpoint->url;
    envelope.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    envelope.headers.emplace_back("Stripe-Signature",
                                  "t=" + moment + ",v1=" + security::to_hex(security::hmac_sha256(key, text)));
    return envelope;
}

/// Three tries over a few hours, as in Stripe's own test mode.
std::vector<Millis> Webhooks::ladder() const { return {std::chrono::hours{1}, std::chrono::hours{2}}; }

Webhook Webhooks::forge(const Webhook& webhook) {
    Webhook forged = webhook;
    forged.event_id = new_event_id();
    if (const std::size_t at = forged.body.find(webhook.event_id); at != std::string::npos)
        forged.body.replace(at, webhook.event_id.size(), forged.event_id);
    return forged;
}

Endpoint* Webhooks::from_settings() {
    for (Endpoint& endpoint : endpoints_.all())
        if (endpoint.is_from_settings && !endpoint.is_deleted) return &endpoint;
    return nullptr;
}

Result<void> Webhooks::change_url(const json::Value& url) {
    if (url.kind() != json::Kind::string || (!url.text().empty() && !is_address(url.text())))
        return fail(ErrorKind::invalid, "invalid_setting", "An http or https address, or an empty text.",
                    "stripe.webhook_url");
    Endpoint* known = from_settings();
    if (known != nullptr && !url.text().empty()) {
        known->url = url.text();
        save(*known);
    } else if (known != nullptr) {
        known->is_deleted = true;
        save(*known);
    } else if (!url.text().empty()) {
        Endpoint endpoint;
        endpoint.url = url.text();
        endpoint.secret = secret_;
        endpoint.enabled_events = {"*"};
        endpoint.is_from_settings = true;
        add(std::move(endpoint));
    }
    return {};
}

std::string Webhooks::url() {
    const Endpoint* endpoint = from_settings();
    return endpoint == nullptr ? std::string{} : endpoint->url;
}

}  // namespace florin::sandbox::stripe
