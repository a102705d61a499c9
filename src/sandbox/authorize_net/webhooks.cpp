#include "webhooks.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

#include "florin/runtime/world.hpp"
#include "packing.hpp"
#include "signing.hpp"

namespace florin::sandbox::authorize_net {
namespace {

constexpr std::string_view prefix = "/rest/v1/";
constexpr std::string_view event_prefix = "net.authorize.";
constexpr std::string_view ping_suffix = "/pings";
constexpr std::string_view event_types[] = {
    "net.authorize.customer.created",
    "net.authorize.customer.deleted",
    "net.authorize.customer.updated",
    "net.authorize.customer.paymentProfile.created",
    "net.authorize.customer.paymentProfile.deleted",
    "net.authorize.customer.paymentProfile.updated",
    "net.authorize.customer.subscription.cancelled",
    "net.authorize.customer.subscription.created",
    "net.authorize.customer.subscription.expiring",
    "net.authorize.customer.subscription.suspended",
    "net.authorize.customer.subscription.terminated",
    "net.authorize.customer.subscription.updated",
    "net.authorize.payment.authcapture.created",
    "net.authorize.payment.authorization.created",
    "net.authorize.payment.capture.created",
    "net.authorize.payment.fraud.approved",
    "net.authorize.payment.fraud.declined",
    "net.authorize.payment.fraud.held",
    "net.authorize.payment.priorAuthCapture.created",
    "net.authorize.payment.refund.created",
    "net.authorize.payment.void.created",
};

std::string base64(std::string_view text) {
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

bool is_address(std::string_view url) {
    const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
    if (scheme == 0 || url.size() > 2'048 || url.size() == scheme || url[scheme] == '/') return false;
    return std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::int64_t number_of(const http::Request& request, std::string_view name, std::int64_t otherwise) {
    const auto text = request.parameter(name);
    std::int64_t number = otherwise;
    if (text) std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

void write_link(json::Writer& json, const std::string& path) {
    json.key("_links").open('{').key("self").open('{').field("href", path).close('}').close('}');
}

void write(json::Writer& json, const Endpoint& endpoint) {
    json.open('{');
    write_link(json, std::string{prefix} + "webhooks/" + endpoint.id);
    json.field("webhookId", endpoint.id);
    if (!endpoint.name.empty()) json.field("name", endpoint.name);
    json.field("status", endpoint.is_active ? "active" : "inactive").field("url", endpoint.url);
    json.key("eventTypes").open('[');
    for (const std::string& type : endpoint.event_types) json.value(type);
    json.close(']').close('}');
}

std::string_view status_of(const Delivery& delivery) {
    switch (delivery.state) {
        case DeliveryState::delivered:
            return "Delivered";
        case DeliveryState::pending:
            return "RetryPending";
        case DeliveryState::lost:
        case DeliveryState::given_up:
            return "Failed";
    }
    return {};
}

/// The members that lists and a single notification share.
void write(json::Writer& json, const Delivery& delivery, const json::Value& body) {
    write_link(json, std::string{prefix} + "notifications/" + delivery.webhook.event_id);
    json.field("notificationId", delivery.webhook.event_id).field("deliveryStatus", status_of(delivery));
    json.field("eventType", delivery.webhook.type);
    if (const json::Value* date = body.find("eventDate")) json.field("eventDate", date->text());
    json.field("webhookId", delivery.webhook.endpoint);
}

}  // namespace

Webhooks::Webhooks(Desk& desk, WebhookSender& sender, std::vector<AuthorizeNetMerchant> accounts)
    : desk_{desk}, sender_{sender}, accounts_{std::move(accounts)} {
    sender_.add(*this);
}

void Webhooks::load() {
    desk_.records.load(RecordKind::authorize_net_account, [&](std::string_view login, std::string_view body) {
        const auto stored = Unpacker::unpack<StoredAccount>(body);
        has_odd_amounts_ = has_odd_amounts_ || stored.has_odd_amounts;
        if (AuthorizeNetMerchant* account = find_account(login)) account->signature_key = stored.signature_key;
    });
    desk_.records.load(RecordKind::authorize_net_endpoint, [&](std::string_view id, std::string_view body) {
        endpoints_.emplace(id, Unpacker::unpack<Endpoint>(body));
    });
}

void Webhooks::tell(const Event& event) {
    const std::string type = std::string{event_prefix} + std::string{event.type};
    for (const auto& [id, endpoint] : endpoints_) {
        if (endpoint.login != event.login || !endpoint.is_active ||
            std::ranges::find(endpoint.event_types, type) == endpoint.event_types.end())
            continue;
        const std::string notification = to_text(desk_.world.new_uuid());
        const std::string date = event_date();
        Webhook webhook;
        webhook.provider = provider();
        webhook.account = endpoint.login;
        webhook.endpoint = id;
        webhook.event_id = notification;
        webhook.type = type;
        webhook.object = event.object;
        webhook.body = body_of(event, endpoint, notification, date, false);
        webhook.odd_text = body_of(event, endpoint, notification, date, true);
        if (has_odd_amounts_) webhook.signed_text = webhook.odd_text;
        sender_.send(std::move(webhook));
    }
}

std::string Webhooks::body_of(const Event& event, const Endpoint& endpoint, std::string_view id, std::string_view date,
                              bool is_two_decimals) const {
    std::string out;
    json::Writer json{out};
    json.open('{').field("notificationId", id);
    json.field("eventType", std::string{event_prefix} + std::string{event.type}).field("eventDate", date);
    json.field("webhookId", endpoint.id).key("payload").open('{');
    event.write_payload(json, is_two_decimals);
    json.close('}').close('}');
    return out;
}

std::string Webhooks::event_date() {
    std::string text = to_text(desk_.now);
    const std::string fraction = std::to_string(10'000 + desk_.world.random.below(10'000)).substr(1);
    text.insert(text.size() - 1, fraction);
    return text;
}

std::optional<Envelope> Webhooks::address(const Webhook& webhook, std::string_view signed_text, bool is_forged) {
    const Endpoint* endpoint = find_endpoint(webhook.account, webhook.endpoint);
    const AuthorizeNetMerchant* account = find_account(webhook.account);
    if (endpoint == nullptr || account == nullptr || !endpoint->is_active) return std::nullopt;
    // The key is taken as its text, not as the octets that its digits stand for.
    const std::string key = is_forged ? account->signature_key + " forged" : account->signature_key;
    Envelope envelope;
    envelope.url = endpoint->url;
    envelope.headers.emplace_back("Content-Type", "application/json");
    envelope.headers.emplace_back("X-ANET-Signature", "sha512=" + hmac_sha512(key, signed_text));
    envelope.headers.emplace_back("X-Request-Id", to_text(desk_.world.new_uuid()));
    return envelope;
}

std::vector<Millis> Webhooks::ladder() const {
    using std::chrono::hours;
    using std::chrono::minutes;
    return {minutes{3}, minutes{3}, minutes{3}, hours{8},  hours{8},
            hours{8},   hours{48},  hours{48},  hours{48}, hours{48}};
}

void Webhooks::gave_up(const Webhook& webhook) {
    if (Endpoint* endpoint = find_endpoint(webhook.account, webhook.endpoint)) {
        endpoint->is_active = false;
        save(*endpoint);
    }
}

Webhook Webhooks::forge(const Webhook& webhook) {
    Webhook forged = webhook;
    forged.event_id = to_text(desk_.world.new_uuid());
    for (std::string* text : {&forged.body, &forged.signed_text}) {
        if (const std::size_t at = text->find(webhook.event_id); at != std::string::npos)
            text->replace(at, webhook.event_id.size(), forged.event_id);
    }
    return forged;
}

CallFacts Webhooks::facts_of(const http::Request& request) {
    CallFacts facts;
    facts.provider = "authorize_net";
    facts.method = request.method;
    facts.path = request.path;
    return facts;
}

const AuthorizeNetMerchant* Webhooks::find_caller(const http::Request& request) const {
    constexpr std::string_view scheme = "Basic ";
    const std::string_view header = request.header("authorization");
    if (!header.starts_with(scheme)) return nullptr;
    for (const AuthorizeNetMerchant& account : accounts_) {
        if (header.substr(scheme.size()) == base64(account.login + ":" + account.transaction_key)) return &account;
    }
    return nullptr;
}

AuthorizeNetMerchant* Webhooks::find_account(std::string_view login) {
    const auto found = std::ranges::find(accounts_, login, &AuthorizeNetMerchant::login);
    return found == accounts_.end() ? nullptr : &*found;
}

Endpoint* Webhooks::find_endpoint(std::string_view login, std::string_view id) {
    const auto found = endpoints_.find(std::string{id});
    return found == endpoints_.end() || found->second.login != login ? nullptr : &found->second;
}

Answer Webhooks::refuse(int status, std::string_view reason, std::string_view message) const {
    std::string body;
    json::Writer json{body};
    json.open('{').field("status", status).field("reason", reason).field("message", message);
    json.field("correlationId", to_text(desk_.world.new_uuid())).key("details").open('[').close(']').close('}');
    return {status, std::move(body), false, Millis{0}};
}

Answer Webhooks::answer(const http::Request& request) {
    const AuthorizeNetMerchant* caller = find_caller(request);
    if (caller == nullptr) return refuse(401, "UNAUTHORIZED", "The API login ID or the transaction key is wrong.");
    const std::string& login = caller->login;
    const std::string_view path = std::string_view{request.path}.substr(prefix.size());
    const std::size_t slash = path.find('/');
    const std::string_view collection = path.substr(0, slash);
    const std::string_view id = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    const bool is_get = request.method == "GET";

    if (path == "eventtypes" && is_get) {
        std::string body;
        json::Writer json{body};
        json.open('[');
        for (const std::string_view type : event_types) json.open('{').field("name", type).close('}');
        json.close(']');
        return {200, std::move(body), false, Millis{0}};
    }
    if (path == "notifications" && is_get) return notifications(login, request);
    if (collection == "notifications" && is_get) return notification(login, id);
    if (path == "webhooks" && is_get) return list(login);
    if (path == "webhooks" && request.method == "POST") return create(login, request);
    if (collection == "webhooks" && !id.empty() && id.find('/') == std::string_view::npos) {
        Endpoint* endpoint = find_endpoint(login, id);
        if (endpoint == nullptr) return refuse(404, "NOT_FOUND", "No such webhook.");
        if (request.method == "PUT") return change(*endpoint, request);
        if (request.method == "DELETE") {
            remove(endpoint->id);
            return {200, {}, false, Millis{0}};
        }
        if (is_get) {
            std::string body;
            json::Writer json{body};
            write(json, *endpoint);
            return {200, std::move(body), false, Millis{0}};
        }
    }
    return refuse(404, "NOT_FOUND", "There is nothing here.");
}

std::optional<Answer> Webhooks::read(Endpoint& endpoint, const http::Request& request, bool is_new) const {
    const auto refused = [&](std::string_view message) { return refuse(400, "INVALID_DATA", message); };
    const auto body = json::parse(request.body);
    if (!body || body->kind() != json::Kind::object) return refused("The body is not one JSON object.");
    if (const json::Value* name = body->find("name")) endpoint.name = name->text();
    if (const json::Value* url = body->find("url")) endpoint.url = url->text();
    if (!is_address(endpoint.url)) return refused("url: an http or https address is needed.");
    if (const json::Value* status = body->find("status")) {
        if (status->text() != "active" && status->text() != "inactive")
            return refused("status: active or inactive is needed.");
        endpoint.is_active = status->text() == "active";
    } else if (is_new) {
        endpoint.is_active = true;
    }
    if (const json::Value* types = body->find("eventTypes")) {
        endpoint.event_types.clear();
        for (const json::Value& type : types->items()) {
            if (std::ranges::find(event_types, type.text()) == std::end(event_types))
                return refused("eventTypes: there is no such type of event.");
            endpoint.event_types.emplace_back(type.text());
        }
    }
    if (endpoint.event_types.empty()) return refused("eventTypes: at least one is needed.");
    return std::nullopt;
}

Answer Webhooks::create(const std::string& login, const http::Request& request) {
    Endpoint made;
    made.id = to_text(desk_.world.new_uuid());
    made.login = login;
    made.made_at = desk_.now.ms;
    if (auto refused = read(made, request, true)) return std::move(*refused);
    std::string body;
    json::Writer json{body};
    write(json, made);
    save(made);
    endpoints_.emplace(made.id, std::move(made));
    return {200, std::move(body), false, Millis{0}};
}

Answer Webhooks::change(Endpoint& endpoint, const http::Request& request) {
    Endpoint changed = endpoint;
    if (auto refused = read(changed, request, false)) return std::move(*refused);
    endpoint = std::move(changed);
    save(endpoint);
    std::string body;
    json::Writer json{body};
    write(json, endpoint);
    return {200, std::move(body), false, Millis{0}};
}

Answer Webhooks::list(const std::string& login) const {
    std::string body;
    json::Writer json{body};
    json.open('[');
    for (const auto& [id, endpoint] : endpoints_) {
        if (endpoint.login == login) write(json, endpoint);
    }
    json.close(']');
    return {200, std::move(body), false, Millis{0}};
}

Answer Webhooks::notifications(const std::string& login, const http::Request& request) const {
    const std::int64_t offset = std::max<std::int64_t>(0, number_of(request, "offset", 0));
    const std::int64_t limit = std::clamp<std::int64_t>(number_of(request, "limit", 1'000), 1, 1'000);
    const std::string status = request.parameter("deliveryStatus").value_or("");
    std::string body;
    json::Writer json{body};
    json.open('{');
    write_link(json, std::string{prefix} + "notifications?offset=" + std::to_string(offset) +
                         "&limit=" + std::to_string(limit));
    json.key("notifications").open('[');
    std::int64_t seen = 0;
    const auto& all = sender_.deliveries();
    for (auto at = all.rbegin(); at != all.rend() && seen < offset + limit; ++at) {
        const Delivery& delivery = at->second;
        // Copies and forgeries are trouble on the way: the vendor's books do not know of them.
        if (delivery.webhook.provider != provider() || delivery.webhook.account != login || delivery.is_extra) continue;
        if (!status.empty() && status != status_of(delivery)) continue;
        if (seen++ < offset) continue;
        const auto sent = json::parse(delivery.webhook.body);
        if (!sent) continue;
        json.open('{');
        write(json, delivery, *sent);
        json.close('}');
    }
    json.close(']').close('}');
    return {200, std::move(body), false, Millis{0}};
}

Answer Webhooks::notification(const std::string& login, std::string_view id) const {
    for (const auto& [number, delivery] : sender_.deliveries()) {
        if (delivery.webhook.provider != provider() || delivery.webhook.account != login ||
            delivery.webhook.event_id != id || delivery.is_extra)
            continue;
        const auto sent = json::parse(delivery.webhook.body);
        if (!sent) break;
        std::string body;
        json::Writer json{body};
        json.open('{');
        write(json, delivery, *sent);
        if (const json::Value* payload = sent->find("payload")) json.raw_field("payload", json::to_text(*payload));
        json.key("retryLog").open('[');
        for (const Attempt& attempt : delivery.attempts) {
            json.open('{').field("at", Instant{attempt.at}).field("httpStatus", attempt.status).close('}');
        }
        json.close(']').close('}');
        return {200, std::move(body), false, Millis{0}};
    }
    return refuse(404, "NOT_FOUND", "No such notification.");
}

bool Webhooks::is_ping(const http::Request& request) {
    return request.method == "POST" && request.path.starts_with("/rest/v1/webhooks/") &&
           request.path.ends_with(ping_suffix);
}

Webhooks::Ping Webhooks::begin_ping(const http::Request& request) {
    Ping ping;
    const AuthorizeNetMerchant* caller = find_caller(request);
    if (caller == nullptr) {
        ping.refusal = refuse(401, "UNAUTHORIZED", "The API login ID or the transaction key is wrong.");
        return ping;
    }
    constexpr std::size_t begin = std::string_view{"/rest/v1/webhooks/"}.size();
    const std::size_t end = request.path.size() - ping_suffix.size();
    Endpoint* endpoint = end <= begin
                             ? nullptr
                             : find_endpoint(caller->login, std::string_view{request.path}.substr(begin, end - begin));
    if (endpoint == nullptr) {
        ping.refusal = refuse(404, "NOT_FOUND", "No such webhook.");
        return ping;
    }
    if (endpoint->is_active) {
        ping.refusal = refuse(400, "INVALID_DATA", "Only an inactive webhook can be tested.");
        return ping;
    }
    Webhook webhook;
    webhook.account = caller->login;
    webhook.endpoint = endpoint->id;
    const auto write_payload = [](json::Writer& json, bool) {
        json.field("responseCode", 1).field("authCode", "").field("avsResponse", "P").raw_field("authAmount", "0");
        json.field("entityName", "transaction").field("id", "0");
    };
    const std::string_view type = std::string_view{endpoint->event_types.front()}.substr(event_prefix.size());
    ping.body = body_of({caller->login, type, {}, write_payload}, *endpoint, to_text(desk_.world.new_uuid()),
                        event_date(), false);
    endpoint->is_active = true;
    ping.envelope = address(webhook, ping.body, false);
    endpoint->is_active = false;
    return ping;
}

Answer Webhooks::end_ping(int status) const {
    if (status == 200) return {200, {}, false, Millis{0}};
    return refuse(500, "PING_FAILED",
                  status == 0 ? "The endpoint cannot be reached." : "The endpoint did not answer with 200.");
}

Result<void> Webhooks::change_settings(const json::Value& settings) {
    const auto refused = [](std::string_view message, std::string_view field) {
        return fail(ErrorKind::invalid, "invalid_setting", message, "authorize_net." + std::string{field});
    };
    if (settings.kind() != json::Kind::object)
        return fail(ErrorKind::invalid, "invalid_setting", "An object is needed.", "authorize_net");
    const json::Value* login = settings.find("login");
    AuthorizeNetMerchant* account = login == nullptr ? &accounts_.front() : find_account(login->text());
    if (account == nullptr) return refused("No such account.", "login");
    const json::Value* key = settings.find("signature_key");
    const json::Value* url = settings.find("webhook_url");
    const json::Value* odd = settings.find("odd_amount");
    for (const auto& [name, value] : settings.members()) {
        if (&value != login && &value != key && &value != url && &value != odd)
            return refused("No such setting.", name);
    }
    if (key != nullptr && (key->kind() != json::Kind::string || key->text().empty()))
        return refused("The key's text is needed.", "signature_key");
    if (url != nullptr && !url->text().empty() && !is_address(url->text()))
        return refused("An http or https address, or an empty text.", "webhook_url");
    if (odd != nullptr && odd->kind() != json::Kind::boolean) return refused("True or false.", "odd_amount");

    if (key != nullptr) account->signature_key = key->text();
    if (odd != nullptr) has_odd_amounts_ = odd->as_boolean();
    StoredAccount stored{account->login, account->signature_key, has_odd_amounts_};
    desk_.records.put(RecordKind::authorize_net_account, stored.login, Packer::pack(stored));
    if (url == nullptr) return {};

    const auto known = std::ranges::find_if(endpoints_, [&](const auto& entry) {
        return entry.second.is_from_settings && entry.second.login == account->login;
    });
    if (url->text().empty()) {
        if (known != endpoints_.end()) remove(known->first);
        return {};
    }
    Endpoint endpoint;
    if (known != endpoints_.end()) {
        endpoint = known->second;
    } else {
        endpoint.id = to_text(desk_.world.new_uuid());
        endpoint.login = account->login;
        endpoint.name = "sandbox settings";
        endpoint.is_from_settings = true;
        endpoint.made_at = desk_.now.ms;
    }
    endpoint.url = url->text();
    endpoint.is_active = true;
    endpoint.event_types.assign(std::begin(event_types), std::end(event_types));
    save(endpoint);
    endpoints_.insert_or_assign(endpoint.id, endpoint);
    return {};
}

void Webhooks::write_settings(json::Writer& json) const {
    const AuthorizeNetMerchant& account = accounts_.front();
    const auto endpoint = std::ranges::find_if(endpoints_, [&](const auto& entry) {
        return entry.second.is_from_settings && entry.second.login == account.login;
    });
    json.key("authorize_net").open('{').field("login", account.login).field("signature_key", account.signature_key);
    json.field("webhook_url", endpoint == endpoints_.end() ? "" : endpoint->second.url);
    json.field("odd_amount", has_odd_amounts_).close('}');
}

void Webhooks::save(const Endpoint& endpoint) {
    if (!desk_.records.is_kept()) return;
    Endpoint copy = endpoint;
    desk_.records.put(RecordKind::authorize_net_endpoint, copy.id, Packer::pack(copy));
}

void Webhooks::remove(const std::string& id) {
    desk_.records.put(RecordKind::authorize_net_endpoint, id, {});
    endpoints_.erase(id);
}

}  // namespace florin::sandbox::authorize_net
