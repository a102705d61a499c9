#include "wallet/wallet.hpp"

#include <algorithm>

#include "amount.hpp"
#include "florin/base/money.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "packing.hpp"

namespace florin::sandbox::wallet {
namespace {

constexpr std::string_view requests_path = "/api/payment/payment-requests";
constexpr std::string_view refunds_path = "/api/payment/refunds";

std::string text_of(const json::Value& body, std::string_view name) {
    const json::Value* value = body.kind() == json::Kind::object ? body.find(name) : nullptr;
    return value == nullptr || value->is_null() || value->kind() == json::Kind::boolean ? std::string{}
                                                                                        : std::string{value->text()};
}

Answer refuse(int status, std::string_view code, std::string_view reason, std::string_view field = {}) {
    Answer answer{.status = status, .body = {}};
    json::Writer json{answer.body};
    json.open('{').field("code", code).field("reason", reason).field("field", field).close('}');
    return answer;
}

std::string_view word_of(Status status) {
    switch (status) {
        case Status::pending:
            return "pending";
        case Status::succeeded:
            return "succeeded";
        case Status::failed:
            return "failed";
    }
    return "pending";
}

bool is_reference(std::string_view reference) { return !reference.empty() && reference.size() <= 64; }

}  // namespace

Wallet::Wallet(Desk& desk, WebhookSender& sender, WalletAccount account)
    : desk_{desk}, sender_{sender}, account_{std::move(account)} {
    sender_.add(*this);
}

void Wallet::load() {
    desk_.records.load(RecordKind::wallet_settings,
                       [&](std::string_view, std::string_view body) { settings_ = Unpacker::unpack<Settings>(body); });
    desk_.records.load(RecordKind::wallet_request, [&](std::string_view, std::string_view body) {
        requests_.add(Unpacker::unpack<PaymentRequest>(body));
    });
    desk_.records.load(RecordKind::wallet_refund,
                       [&](std::string_view, std::string_view body) { refunds_.add(Unpacker::unpack<Refund>(body)); });
    requests_.sort();
    refunds_.sort();
    for (const PaymentRequest& request : requests_.all()) {
        request_by_reference_[request.reference] = request.id;
        if (request.status == Status::pending && request.decides_at != 0) undecided_.push_back(request.id);
    }
    for (const Refund& refund : refunds_.all()) refund_by_reference_[refund.reference] = refund.id;
}

void Wallet::save(PaymentRequest& request) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::wallet_request, request.id, Packer::pack(request));
}

CallFacts Wallet::facts_of(const http::Request& request) {
    CallFacts facts;
    facts.provider = "wallet";
    facts.method = request.method;
    facts.path = request.path;
    if (request.method == "GET") {
        facts.transaction_type = "lookup";
        facts.is_lookup = true;
        facts.reference = request.parameter("reference").value_or("");
        return facts;
    }
    facts.transaction_type = request.path == requests_path ? "payment_request" : "refund";
    facts.is_charge = request.path == requests_path;
    if (const auto body = json::parse(request.body)) facts.reference = text_of(*body, "reference").substr(0, 64);
    return facts;
}

Answer Wallet::answer(const http::Request& request, const Orders& orders) {
    const std::string expected = "Bearer " + account_.api_key;
    if (!security::constant_time_equal(security::sha256(expected), security::sha256(request.header("authorization"))))
        return refuse(401, "unauthorized", "The API key is not known.");
    const auto shown = [&](std::int64_t created_at) {
        return orders.lookup_lag.count() == 0 || desk_.now.ms - created_at >= orders.lookup_lag.count();
    };
    const std::string_view path = request.path;
    if (request.method == "GET" && path == requests_path) {
        const auto known = request_by_reference_.find(request.parameter("reference").value_or(""));
        if (known == request_by_reference_.end()) return refuse(404, "unknown_payment_request", "There is none.");
        const PaymentRequest& found = *requests_.find(known->second);
        return shown(found.created_at) ? Answer{.status = 200, .body = render(found)}
                                       : refuse(404, "unknown_payment_request", "There is none.");
    }
    if (request.method == "GET" && path == refunds_path) {
        const auto known = refund_by_reference_.find(request.parameter("reference").value_or(""));
        if (known == refund_by_reference_.end()) return refuse(404, "unknown_refund", "There is none.");
        const Refund& found = *refunds_.find(known->second);
        return shown(found.created_at) ? Answer{.status = 200, .body = render(found)}
                                       : refuse(404, "unknown_refund", "There is none.");
    }
    PaymentRequest* request_named = nullptr;
    std::string_view rest;
    if (path.starts_with(requests_path) && path.size() > requests_path.size() + 1) {
        rest = path.substr(requests_path.size() + 1);
        const std::string_view id = rest.substr(0, rest.find('/'));
        rest.remove_prefix(id.size());
        request_named = requests_.find(id);
        if (request_named == nullptr) return refuse(404, "unknown_payment_request", "There is none.");
    }
    if (request.method == "GET" && request_named != nullptr && rest.empty())
        return {.status = 200, .body = render(*request_named)};
    if (request.method != "POST") return refuse(405, "method_not_allowed", "See the sandbox's README.");
    const auto body = json::parse(request.body);
    if (!body || body->kind() != json::Kind::object)
        return refuse(422, "malformed_json", "The body is not a JSON object.");
    if (path == requests_path) return ask(*body, orders);
    if (request_named != nullptr && rest == "/refunds") return refund(*request_named, *body);
    return refuse(404, "unknown_route", "See the sandbox's README.");
}

Answer Wallet::ask(const json::Value& body, const Orders& orders) {
    const std::string reference = text_of(body, "reference");
    if (!is_reference(reference)) return refuse(422, "invalid_reference", "1 to 64 characters.", "reference");
    const std::string content = desk_.fingerprint(json::to_canonical_text(body));
    if (const auto known = request_by_reference_.find(reference); known != request_by_reference_.end()) {
        const PaymentRequest& before = *requests_.find(known->second);
        if (before.content == content) return {.status = 200, .body = render(before)};
        return refuse(409, "reference_reused", "The reference was used for something else.", "reference");
    }
    const auto currency = Currency::of(text_of(body, "currency"));
    if (!currency) return refuse(422, "unknown_currency", "Not an ISO 4217 currency.", "currency");
    const auto amount = parse_amount(text_of(body, "amount"), currency->exponent());
    if (!amount) return refuse(422, "invalid_amount", "Not a decimal amount of this currency.", "amount");
    if (*amount <= 0) return refuse(422, "amount_not_positive", "Above zero.", "amount");

    PaymentRequest request;
    request.id = "pr_" + desk_.letters(20);
    request.reference = reference;
    request.content = content;
    request.currency = currency->code();
    request.description = text_of(body, "description");
    request.amount_minor = *amount;
    request.created_at = desk_.now.ms;
    const std::int64_t cents = *amount % 100;
    const bool is_told_by_amount = currency->exponent() == 2 && (cents == 99 || cents == 11);  // E-SI-02, E-SI-03
    request.will_succeed = is_told_by_amount ? cents == 99 : settings_.otherwise != "fail";
    if (orders.decline_code != 0) request.will_succeed = false;
    if (is_told_by_amount || settings_.otherwise != "never") {
        const auto span = static_cast<std::uint64_t>(settings_.most_delay_ms - settings_.least_delay_ms + 1);
        const std::int64_t delay_ms =
            settings_.least_delay_ms + static_cast<std::int64_t>(desk_.world.random.below(span));
        request.decides_at = std::max<std::int64_t>(desk_.now.ms + delay_ms, 1);  // E-SI-01
    }
    PaymentRequest& made = requests_.add(std::move(request));
    request_by_reference_[reference] = made.id;
    if (made.decides_at != 0) {
        undecided_.push_back(made.id);
        tell(made);
    }
    save(made);
    return {.status = 202, .body = render(made)};
}

void Wallet::advance() {
    std::erase_if(undecided_, [&](const std::string& id) {
        PaymentRequest& request = *requests_.find(id);
        if (request.decides_at > desk_.now.ms) return false;
        request.status = request.will_succeed ? Status::succeeded : Status::failed;
        if (request.will_succeed) {
            Movement movement;
            movement.provider = "wallet";
            movement.reference = request.reference;
            movement.type = "purchase";
            movement.amount_minor = request.amount_minor;
            movement.currency = request.currency;
            movement.provider_id = request.id;
            desk_.move(std::move(movement));
        }
        save(request);
        return true;
    });
}

Answer Wallet::refund(PaymentRequest& request, const json::Value& body) {
    const std::string reference = text_of(body, "reference");
    if (!is_reference(reference)) return refuse(422, "invalid_reference", "1 to 64 characters.", "reference");
    const std::string content = desk_.fingerprint(request.id + "/" + json::to_canonical_text(body));
    if (const auto known = refund_by_reference_.find(reference); known != refund_by_reference_.end()) {
        const Refund& before = *refunds_.find(known->second);
        if (before.content == content) return {.status = 200, .body = render(before)};
        return refuse(409, "reference_reused", "The reference was used for something else.", "reference");
    }
    if (request.status != Status::succeeded) return refuse(409, "not_paid", "The payment request was not paid.");
    const auto amount = parse_amount(text_of(body, "amount"), Currency::of(request.currency)->exponent());
    if (!amount) return refuse(422, "invalid_amount", "Not a decimal amount of this currency.", "amount");
    if (*amount <= 0) return refuse(422, "amount_not_positive", "Above zero.", "amount");
    if (*amount > request.amount_minor - request.refunded_minor)
        return refuse(422, "amount_exceeds_paid", "More than what is left.", "amount");
    Refund refund;
    refund.id = "rf_" + desk_.letters(20);
    refund.request = request.id;
    refund.reference = reference;
    refund.content = content;
    refund.currency = request.currency;
    refund.amount_minor = *amount;
    refund.created_at = desk_.now.ms;
    Movement movement;
    movement.provider = "wallet";
    movement.reference = reference;
    movement.type = "refund";
    movement.amount_minor = *amount;
    movement.currency = request.currency;
    movement.provider_id = refund.id;
    movement.parent_id = request.id;
    desk_.move(std::move(movement));
    request.refunded_minor += *amount;
    save(request);
    Refund& made = refunds_.add(std::move(refund));
    refund_by_reference_[reference] = made.id;
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::wallet_refund, made.id, Packer::pack(made));
    return {.status = 201, .body = render(made)};
}

std::string Wallet::render(const PaymentRequest& request) const {
    std::string body;
    json::Writer json{body};
    json.open('{').field("id", request.id).field("reference", request.reference);
    json.field("status", word_of(request.status));
    if (request.status == Status::failed) json.field("failure", "insufficient_funds");
    const Currency currency = *Currency::of(request.currency);
    json.field("amount", to_major_text(request.amount_minor, currency)).field("currency", request.currency);
    json.field("amount_refunded", to_major_text(request.refunded_minor, currency));
    json.field("created_at", Instant{request.created_at}).close('}');
    return body;
}

std::string Wallet::render(const Refund& refund) const {
    std::string body;
    json::Writer json{body};
    json.open('{').field("id", refund.id).field("payment_request", refund.request).field("reference", refund.reference);
    json.field("status", "succeeded")
        .field("amount", to_major_text(refund.amount_minor, *Currency::of(refund.currency)));
    json.field("currency", refund.currency).field("created_at", Instant{refund.created_at}).close('}');
    return body;
}

void Wallet::tell(const PaymentRequest& request) {
    if (settings_.webhook_url.empty()) return;
    PaymentRequest then = request;
    then.status = request.will_succeed ? Status::succeeded : Status::failed;
    Webhook webhook;
    webhook.provider = provider();
    webhook.account = "wallet";
    webhook.endpoint = "wallet";
    webhook.event_id = "evt_" + desk_.letters(20);
    webhook.type = then.status == Status::succeeded ? "payment_request.succeeded" : "payment_request.failed";
    webhook.object = request.id;
    json::Writer json{webhook.body};
    json.open('{').field("id", webhook.event_id).field("type", webhook.type);
    json.field("created_at", Instant{request.decides_at}).raw_field("data", render(then)).close('}');
    sender_.send(std::move(webhook), Millis{request.decides_at - desk_.now.ms});
}

/// Source: Standard Webhooks, the signature scheme.
std::optional<Envelope> Wallet::address(const Webhook& webhook, std::string_view signed_text, bool is_forged) {
    if (settings_.webhook_url.empty()) return std::nullopt;
    const std::string moment = std::to_string(desk_.world.clock.now().ms / 1'000);
    std::string text = webhook.event_id + "." + moment + ".";
    text.append(signed_text);
    constexpr std::string_view prefix = "whsec_";
    const auto key = security::from_base64(std::string_view{account_.webhook_secret}.substr(prefix.size()));
    check(key.has_value(), "the wallet's webhook secret is whsec_ and base64");
    const auto digest = is_forged ? security::hmac_sha256("forged", text) : security::hmac_sha256(*key, text);
    Envelope envelope;
    envelope.url = settings_.webhook_url;
    envelope.headers = {{"Content-Type", "application/json"},
                        {"webhook-id", webhook.event_id},
                        {"webhook-timestamp", moment},
                        {"webhook-signature", "v1," + security::to_base64(digest)}};
    return envelope;
}

std::vector<Millis> Wallet::ladder() const {
    return {std::chrono::seconds{5}, std::chrono::minutes{5}, std::chrono::minutes{30}, std::chrono::hours{2}};
}

Webhook Wallet::forge(const Webhook& webhook) {
    Webhook forged = webhook;
    forged.event_id = "evt_" + desk_.letters(20);
    if (const std::size_t at = forged.body.find(webhook.event_id); at != std::string::npos)
        forged.body.replace(at, webhook.event_id.size(), forged.event_id);
    return forged;
}

Result<void> Wallet::change_settings(const json::Value& settings) {
    const auto refused = [](std::string_view message, std::string_view field) {
        return fail(ErrorKind::invalid, "invalid_setting", message, "wallet." + std::string{field});
    };
    if (settings.kind() != json::Kind::object)
        return fail(ErrorKind::invalid, "invalid_setting", "An object is needed.", "wallet");
    Settings changed = settings_;
    for (const auto& [name, value] : settings.members()) {
        if (name == "webhook_url" && value.kind() == json::Kind::string) {
            const std::string_view url = value.text();
            if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://"))
                return refused("An http or https address, or an empty text.", name);
            changed.webhook_url = url;
        } else if (name == "least_delay_ms" || name == "most_delay_ms") {
            const auto ms = value.integer();
            if (!ms || *ms < 0) return refused("Milliseconds, 0 or more.", name);
            (name == "least_delay_ms" ? changed.least_delay_ms : changed.most_delay_ms) = *ms;
        } else if (name == "otherwise" && value.kind() == json::Kind::string) {
            const std::string_view word = value.text();
            if (word != "succeed" && word != "fail" && word != "never") return refused("succeed, fail or never.", name);
            changed.otherwise = word;
        } else {
            return refused("No such setting, or not of that kind.", name);
        }
    }
    if (changed.most_delay_ms < changed.least_delay_ms) return refused("Not below least_delay_ms.", "most_delay_ms");
    settings_ = std::move(changed);
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::wallet_settings, "settings", Packer::pack(settings_));
    return {};
}

void Wallet::write_settings(json::Writer& json) const {
    json.key("wallet").open('{').field("webhook_url", settings_.webhook_url);
    json.field("least_delay_ms", settings_.least_delay_ms).field("most_delay_ms", settings_.most_delay_ms);
    json.field("otherwise", settings_.otherwise).close('}');
}

}  // namespace florin::sandbox::wallet
