#include "florin/buckaroo/webhook.hpp"

#include <algorithm>
#include <charconv>

#include "florin/json/clean.hpp"
#include "florin/json/value.hpp"
#include "florin/security/hash.hpp"
#include "reply.hpp"
#include "signature.hpp"

namespace florin::buckaroo {
namespace {

constexpr std::size_t longest_word = 64;

std::string word(std::string_view text) { return json::clean_text(text, longest_word); }

bool is_recent(std::string_view time, Instant now) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), seconds);
    if (error != std::errc{} || end != time.data() + time.size() || seconds < 0 || time.size() > 12) return false;
    const Millis age = now - Instant{seconds * 1'000};
    return age <= signature_tolerance && age >= -signature_tolerance;
}

/// The address that it was sent to, as its sender wrote it.
std::string url_of(const http::Request& request, const Settings& settings) {
    if (!settings.push_url.empty()) return settings.push_url;
    std::string url{request.header("host")};
    url.append(request.path);
    return request.query.empty() ? url : url.append("?").append(request.query);
}

/// `is_by` is asked for each of the secrets that are in use.
template <class IsBy>
bool is_by_either(const Settings& settings, const IsBy& is_by) {
    const auto& before = settings.previous_secret_key;
    return is_by(settings.secret_key.expose()) || (!before.is_empty() && is_by(before.expose()));
}

/// One event for each status that a transaction comes to, whatever the push looks like and how often it comes.
payments::Notice notice_of(const Transaction& told) {
    return {.event_id = told.key + "-" + std::to_string(told.status) + "-" + word(told.changed_at),
            .event_type = word(told.type) + " " + std::to_string(told.status),
            .reference = told.invoice,
            .provider_id = told.key,
            .may_be_reversal = told.is_reversal()};
}

Result<payments::Notice> read_json(const http::Request& request, const Settings& settings, Instant now) {
    const auto authorization = parse_authorization(request.header("authorization"));
    if (!authorization || authorization->website_key != settings.website_key || !is_recent(authorization->time, now))
        return payments::webhook_not_genuine();
    const std::string url = url_of(request, settings);
    const Message message{.website_key = authorization->website_key,
                          .method = "POST",
                          .url = url,
                          .nonce = authorization->nonce,
                          .time = authorization->time,
                          .body = request.body};
    const auto is_by = [&](std::string_view secret) {
        return security::constant_time_equal(signature_of(message, secret), authorization->signature);
    };
    if (!is_by_either(settings, is_by)) return payments::webhook_not_genuine();

    const auto body = json::parse(request.body);
    if (!body || body->kind() != json::Kind::object) return payments::webhook_unreadable();
    if (const json::Value* transaction = body->find("Transaction")) {
        const auto told = read_transaction(*transaction);
        if (!told || told->status == 0) return payments::webhook_unreadable();
        return notice_of(*told);
    }
    // Mandates and credit management move no money: known, and left at that.
    const json::Value* request_of_data = body->find("DataRequest");
    const json::Value* key = request_of_data != nullptr ? request_of_data->find("Key") : nullptr;
    if (key == nullptr || !is_key(key->text())) return payments::webhook_unreadable();
    return payments::Notice{.event_id = std::string{key->text()} + "-" + word(authorization->time),
                            .event_type = "data_request",
                            .reference = {},
                            .provider_id = {}};
}

Result<payments::Notice> read_form(const http::Request& request, const Settings& settings) {
    http::Request form;
    form.query = request.body;
    const std::vector<http::Header> fields = form.parameters();
    std::vector<http::Header> lower = fields;
    for (auto& [name, value] : lower)
        std::ranges::transform(name, name.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    std::ranges::sort(lower);
    // A name that comes twice could be signed as one and read as the other.
    if (std::ranges::adjacent_find(lower, {}, &http::Header::first) != lower.end())
        return payments::webhook_not_genuine();
    const auto field = [&](std::string_view name) {
        const auto found = std::ranges::find(lower, name, &http::Header::first);
        return found == lower.end() ? std::string{} : found->second;
    };
    const std::string signature = field("brq_signature");
    const auto is_by = [&](std::string_view secret) {
        return security::constant_time_equal(form_signature_of(fields, secret), signature);
    };
    if (field("brq_websitekey") != settings.website_key || !is_by_either(settings, is_by))
        return payments::webhook_not_genuine();

    Transaction told;
    told.key = field("brq_transactions");
    told.invoice = word(field("brq_invoicenumber"));
    told.type = field("brq_transaction_type");
    told.changed_at = field("brq_timestamp");
    const std::string status = field("brq_statuscode");
    const auto [end, error] = std::from_chars(status.data(), status.data() + status.size(), told.status);
    if (!is_key(told.key) || error != std::errc{} || end != status.data() + status.size() || told.status <= 0)
        return payments::webhook_unreadable();
    if (std::string reversed = field("brq_relatedtransaction_reversal"); !reversed.empty())
        told.related.push_back({"reversal", std::move(reversed)});
    return notice_of(told);
}

}  // namespace

Result<payments::Notice> read_push(const http::Request& request, const Settings& settings, Instant now) {
    if (settings.secret_key.is_empty()) return payments::webhooks_not_configured();
    const bool is_form = request.header("content-type").starts_with("application/x-www-form-urlencoded");
    return is_form ? read_form(request, settings) : read_json(request, settings, now);
}

}  // namespace florin::buckaroo
