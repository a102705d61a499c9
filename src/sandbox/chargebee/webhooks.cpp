#include "webhooks.hpp"

#include <algorithm>

#include "florin/security/encoding.hpp"
#include "packing.hpp"

namespace florin::sandbox::chargebee {
namespace {

constexpr std::size_t most_events = 10'000;

bool is_address(std::string_view url) {
    const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
    if (scheme == 0 || url.size() > 2'048 || url.size() == scheme || url[scheme] == '/') return false;
    return std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Webhooks::Webhooks(Desk& desk, WebhookSender& sender, ChargebeeSite site) : desk_{desk}, sender_{sender} {
    settings_.user = std::move(site.webhook_user);
    settings_.password = std::move(site.webhook_password);
    sender_.add(*this);
}

void Webhooks::load() {
    desk_.records.load(RecordKind::chargebee_webhook,
                       [&](std::string_view, std::string_view body) { settings_ = Unpacker::unpack<Settings>(body); });
}

void Webhooks::tell(std::string_view type, std::string_view source, const std::string& about, std::string content) {
    Event event{.seq = ++last_event_,
                .id = new_event_id(),
                .type = std::string{type},
                .source = std::string{source},
                .content = std::move(content),
                .created_ms = desk_.now.ms};
    if (!settings_.url.empty()) {
        Webhook webhook;
        webhook.provider = provider();
        webhook.account = "chargebee";
        webhook.endpoint = settings_.id;
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
    json.open('{').field("id", event.id).field("occurred_at", event.created_ms / 1'000).field("source", event.source);
    json.field("user", "full_access_key_v1").field("object", "event").field("api_version", "v2");
    json.field("event_type", event.type);
    // The status of all is not kept up by the vendor either; that of the endpoint is what was true at the event.
    json.field("webhook_status", settings_.url.empty() ? "not_configured" : "scheduled").key("webhooks").open('[');
    if (!settings_.url.empty())
        json.open('{')
            .field("id", settings_.id)
            .field("webhook_status", "scheduled")
            .field("object", "webhook")
            .close('}');
    json.close(']').raw_field("content", event.content).close('}');
    return body;
}

std::optional<Envelope> Webhooks::address(const Webhook& webhook, std::string_view, bool is_forged) {
    if (settings_.url.empty() || webhook.endpoint != settings_.id) return std::nullopt;
    Envelope envelope;
    envelope.url = settings_.url;
    envelope.headers.emplace_back("Content-Type", "application/json");
    const std::string credentials = settings_.user + ":" + settings_.password + (is_forged ? " forged" : "");
    envelope.headers.emplace_back("Authorization", "Basic " + security::to_base64(credentials));
    return envelope;
}

std::vector<Millis> Webhooks::ladder() const {
    using std::chrono::days, std::chrono::hours, std::chrono::minutes;
    return {minutes{2}, minutes{6}, minutes{30}, hours{1}, hours{5}, days{1}, days{2}};
}

Webhook Webhooks::forge(const Webhook& webhook) {
    Webhook forged = webhook;
    forged.event_id = new_event_id();
    if (const std::size_t at = forged.body.find(webhook.event_id); at != std::string::npos)
        forged.body.replace(at, webhook.event_id.size(), forged.event_id);
    return forged;
}

Result<void> Webhooks::change_settings(const json::Value& settings) {
    const auto refused = [](std::string_view message, std::string_view field) {
        return fail(ErrorKind::invalid, "invalid_setting", message, field);
    };
    if (settings.kind() != json::Kind::object) return refused("An object is needed.", "chargebee");
    Settings changed = settings_;
    for (const auto& [name, value] : settings.members()) {
        std::string* const setting = name == "webhook_url"        ? &changed.url
                                     : name == "webhook_user"     ? &changed.user
                                     : name == "webhook_password" ? &changed.password
                                                                  : nullptr;
        if (setting == nullptr) return refused("No such setting.", "chargebee." + name);
        if (value.kind() != json::Kind::string) return refused("A text is needed.", "chargebee." + name);
        *setting = value.text();
    }
    if (!changed.url.empty() && !is_address(changed.url))
        return refused("An http or https address, or an empty text.", "chargebee.webhook_url");
    if (changed.id.empty()) changed.id = "whv2_" + desk_.letters(16);
    settings_ = std::move(changed);
    if (desk_.records.is_kept())
        desk_.records.put(RecordKind::chargebee_webhook, settings_.id, Packer::pack(settings_));
    return {};
}

void Webhooks::write_settings(json::Writer& json) const {
    json.key("chargebee").open('{').field("webhook_url", settings_.url).close('}');
}

}  // namespace florin::sandbox::chargebee
