#include "florin/json/writer.hpp"
#include "params.hpp"

namespace florin::sandbox::stripe {
namespace {

std::string render_endpoint(const Endpoint& endpoint, bool shows_secret) {
    std::string body;
    json::Writer json{body};
    json.open('{').field("id", endpoint.id).field("object", "webhook_endpoint");
    json.field("created", endpoint.created_ms / 1'000).field("description", endpoint.description);
    json.key("enabled_events").open('[');
    for (const std::string& type : endpoint.enabled_events) json.value(type);
    json.close(']').field("livemode", false);
    if (shows_secret) json.field("secret", endpoint.secret);
    json.field("status", "enabled").field("url", endpoint.url).close('}');
    return body;
}

}  // namespace

void Api::tell(std::string_view type, const PaymentIntent& intent, const Call& call) {
    webhooks_.tell(type, intent.id, render(intent, of_itself().params), call.request_id, call.key);
}
void Api::tell(std::string_view type, const Charge& charge, const PaymentIntent& intent, const Call& call) {
    webhooks_.tell(type, intent.id, render(charge, intent, of_itself().params), call.request_id, call.key);
}
void Api::tell(std::string_view type, const Refund& refund, const Call& call) {
    webhooks_.tell(type, refund.payment_intent, render(refund, of_itself().params), call.request_id, call.key);
}
void Api::tell(std::string_view type, const Dispute& dispute, const Call& call) {
    webhooks_.tell(type, dispute.payment_intent, render(dispute, of_itself().params), call.request_id, call.key);
}
void Api::tell(std::string_view type, const Payout& payout) {
    const Call& call = of_itself();
    webhooks_.tell(type, payout.id, render(payout, call.params), call.request_id, call.key);
}
void Api::tell(std::string_view type, const std::string& about, std::string object, const Call& call) {
    webhooks_.tell(type, about, std::move(object), call.request_id, call.key);
}

Reply Api::show_event(const Call& call) {
    for (const Event& event : webhooks_.events())
        if (event.id == call.ids[0]) return {webhooks_.render(event)};
    return no_such("event", call.ids[0]);
}

Reply Api::list_events(const Call& call) {
    const std::string type = text_of(call.params, "type");
    const auto matches = [&](const Event& event) {
        if (type.empty() || event.type == type) return true;
        return type.ends_with(".*") && event.type.starts_with(type.substr(0, type.size() - 1));
    };
    return list(call, webhooks_.events(), matches, [&](const Event& event) { return webhooks_.render(event); });
}

Reply Api::create_endpoint(const Call& call) {
    Endpoint endpoint;
    endpoint.url = text_of(call.params, "url");
    if (endpoint.url.empty()) return missing("url");
    if (!is_address(endpoint.url)) return refuse({.code = "url_invalid", .message = "Invalid URL.", .param = "url"});
    const json::Value* types = call.params.find("enabled_events");
    if (types == nullptr || types->items().empty()) return missing("enabled_events");
    for (const json::Value& type : types->items()) endpoint.enabled_events.emplace_back(type.text());
    endpoint.description = text_of(call.params, "description");
    endpoint.api_version = text_of(call.params, "api_version");
    return {render_endpoint(webhooks_.add(std::move(endpoint)), true)};
}

Reply Api::show_endpoint(const Call& call) {
    const Endpoint* endpoint = webhooks_.find(call.ids[0]);
    if (endpoint == nullptr) return no_such("webhook endpoint", call.ids[0]);
    return {render_endpoint(*endpoint, false)};
}

Reply Api::list_endpoints(const Call& call) {
    return list(
        call, webhooks_.endpoints(), [](const Endpoint& endpoint) { return !endpoint.is_deleted; },
        [](const Endpoint& endpoint) { return render_endpoint(endpoint, false); });
}

Reply Api::delete_endpoint(const Call& call) {
    Endpoint* endpoint = webhooks_.find(call.ids[0]);
    if (endpoint == nullptr) return no_such("webhook endpoint", call.ids[0]);
    endpoint->is_deleted = true;
    webhooks_.save(*endpoint);
    return {R"({"id":")" + endpoint->id + R"(","object":"webhook_endpoint","deleted":true})"};
}

}  // namespace florin::sandbox::stripe
