#include "wire.hpp"

#include <charconv>

#include "florin/json/clean.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"

namespace florin::wallet {
namespace {

using payments::Answer;
using payments::DeclineClass;
using payments::Outcome;

/// Longer is none of the wallet's texts.
constexpr std::size_t longest_text = 255;
constexpr Millis tolerance{300'000};

std::string text(const json::Value& object, std::string_view name) {
    const json::Value* found = object.kind() == json::Kind::object ? object.find(name) : nullptr;
    if (found == nullptr || found->kind() != json::Kind::string) return {};
    return json::clean_text(found->text(), longest_text);
}

/// What a reply other than the wanted object says: 4xx with a code is a definite no, 404 is "not there", everything
/// else says nothing.
Answer refusal(int status, const json::Value& reply) {
    Answer answer;
    answer.provider_code = text(reply, "code");
    answer.message = text(reply, "reason");
    const bool is_told = !answer.provider_code.empty();
    if (status == 404 && answer.provider_code.starts_with("unknown_"))
        answer.outcome = Outcome::not_found;
    else if ((status == 409 || status == 422) && is_told)
        answer.outcome = Outcome::refused;
    if (!is_told) answer.provider_code = "http_" + std::to_string(status);
    return answer;
}

Answer not_understood(std::string_view code) {
    Answer answer;
    answer.provider_code = code;
    answer.message = "The wallet's answer was not understood.";
    return answer;
}

std::optional<Money> amount_in(const json::Value& object, Money asked) {
    const auto amount = parse_major(text(object, "amount"), asked.currency());
    if (!amount || text(object, "currency") != asked.code()) return std::nullopt;
    return *amount;
}

/// The object that a reply holds, or what it says instead.
std::expected<json::Value, Answer> object_in(int status, std::string_view body, std::string_view reference) {
    auto reply = json::parse(body);
    if (!reply && reply.error().code == "malformed_json") reply = json::parse(json::clean_text(body));
    if (!reply) return std::unexpected{not_understood("unreadable_reply")};
    if (status < 200 || status > 202) return std::unexpected{refusal(status, *reply)};
    if (text(*reply, "reference") != reference || text(*reply, "id").empty())
        return std::unexpected{not_understood("foreign_reply")};
    return std::move(*reply);
}

}  // namespace

std::string request_body(const payments::Charge& charge) {
    std::string body;
    json::Writer json{body};
    json.open('{').field("reference", charge.reference).field("amount", to_major_text(charge.amount));
    json.field("currency", charge.amount.code());
    if (!charge.customer_id.empty()) json.field("customer", charge.customer_id);
    if (!charge.description.empty()) json.field("description", charge.description);
    json.close('}');
    return body;
}

std::string refund_body(const payments::FollowUp& refund) {
    std::string body;
    json::Writer json{body};
    json.open('{').field("reference", refund.reference).field("amount", to_major_text(refund.amount)).close('}');
    return body;
}

Answer read_request(int status, std::string_view body, std::string_view reference, Money asked) {
    const auto request = object_in(status, body, reference);
    if (!request) return request.error();
    Answer answer;
    answer.provider_id = text(*request, "id");
    const std::string word = text(*request, "status");
    if (word == "pending") {
        answer.outcome = Outcome::pending;
    } else if (word == "succeeded") {
        const auto amount = amount_in(*request, asked);
        if (!amount) return not_understood("unreadable_amount");
        answer.outcome = Outcome::approved;
        answer.amount = amount;
    } else if (word == "failed") {
        answer.outcome = Outcome::declined;
        answer.provider_code = text(*request, "failure");
        answer.decline =
            answer.provider_code == "insufficient_funds" ? DeclineClass::insufficient_funds : DeclineClass::soft;
        answer.message = "The wallet did not pay.";
    } else {
        return not_understood("unknown_status");
    }
    return answer;
}

Answer read_refund(int status, std::string_view body, std::string_view reference, Money asked) {
    const auto refund = object_in(status, body, reference);
    if (!refund) return refund.error();
    const auto amount = amount_in(*refund, asked);
    if (!amount || text(*refund, "status") != "succeeded") return not_understood("unknown_status");
    Answer answer;
    answer.provider_id = text(*refund, "id");
    answer.outcome = Outcome::approved;
    answer.amount = amount;
    return answer;
}

bool is_signed(const http::Request& request, std::string_view secret, Instant now) {
    constexpr std::string_view prefix = "whsec_";
    if (!secret.starts_with(prefix)) return false;
    const auto key = security::from_base64(secret.substr(prefix.size()));
    const std::string_view id = request.header("webhook-id"), moment = request.header("webhook-timestamp");
    if (!key || key->empty() || id.empty() || moment.empty() || moment.size() > 12) return false;
    std::int64_t seconds = 0;
    const auto [end, failure] = std::from_chars(moment.data(), moment.data() + moment.size(), seconds);
    if (failure != std::errc{} || end != moment.data() + moment.size()) return false;
    const Millis age = now - Instant{seconds * 1'000};
    if (age > tolerance || age < -tolerance) return false;
    std::string signed_text{id};
    signed_text.append(".").append(moment).append(".").append(request.body);
    const auto expected = security::hmac_sha256(*key, signed_text);
    std::string_view signatures = request.header("webhook-signature");
    bool is_ours = false;
    while (!signatures.empty()) {
        std::string_view one = signatures.substr(0, signatures.find(' '));
        signatures.remove_prefix(std::min(one.size() + 1, signatures.size()));
        if (!one.starts_with("v1,")) continue;
        const auto digest = security::from_base64(one.substr(3));
        if (digest && digest->size() == expected.size())
            is_ours = security::constant_time_equal(expected, *digest) || is_ours;
    }
    return is_ours;
}

Result<payments::Notice> read_notice(std::string_view body) {
    const auto event = json::parse(body);
    if (!event || event->kind() != json::Kind::object) return payments::webhook_unreadable();
    const json::Value* data = event->find("data");
    payments::Notice notice{.event_id = text(*event, "id"),
                            .event_type = text(*event, "type"),
                            .reference = data == nullptr ? std::string{} : text(*data, "reference"),
                            .provider_id = data == nullptr ? std::string{} : text(*data, "id")};
    if (notice.event_id.empty() || notice.event_type.empty()) return payments::webhook_unreadable();
    return notice;
}

}  // namespace florin::wallet
