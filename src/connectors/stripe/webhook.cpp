#include "florin/stripe/webhook.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "florin/json/value.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"

namespace florin::stripe {
namespace {

/// What Stripe has besides payments, as its objects name themselves.
constexpr std::array<std::string_view, 4> beside_payments{"customer", "setup_intent", "payment_method", "mandate"};

/// The moment that was signed with the body; nothing when the header names none, or more than one.
std::optional<std::string_view> moment_in(std::string_view header) {
    std::optional<std::string_view> moment;
    while (!header.empty()) {
        const std::string_view part = header.substr(0, header.find(','));
        header.remove_prefix(std::min(part.size() + 1, header.size()));
        if (!part.starts_with("t=")) continue;
        if (moment) return std::nullopt;
        moment = part.substr(2);
    }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (moment && (moment->empty() || moment->size() > 12 || !std::ranges::all_of(*moment, is_digit)))
        return std::nullopt;
    return moment;
}

}  // namespace

bool is_signed(std::string_view body, std::string_view header, std::string_view secret, Instant now, Millis tolerance) {
    const auto moment = moment_in(header);
    if (!moment || secret.empty()) return false;
    std::int64_t seconds = 0;
    std::from_chars(moment->data(), moment->data() + moment->size(), seconds);
    if (now - Instant{seconds * 1'000} > tolerance) return false;

    std::string signed_text{*moment};
    signed_text.append(".").append(body);
    const auto expected = security::hmac_sha256(secret, signed_text);
    // While a secret is being changed there is a signature for each of the two.
    bool is_ours = false;
    while (!header.empty()) {
        std::string_view part = header.substr(0, header.find(','));
        header.remove_prefix(std::min(part.size() + 1, header.size()));
        if (!part.starts_with("v1=") || part.size() != 3 + 64) continue;
        part.remove_prefix(3);
        // Digests are written in lower case.
        if (std::ranges::any_of(part, [](char c) { return c >= 'A' && c <= 'F'; })) continue;
        if (const auto digest = security::from_hex(part))
            is_ours = security::constant_time_equal(expected, *digest) || is_ours;
    }
    return is_ours;
}

Result<payments::Notice> read_notice(std::string_view body) {
    const auto event = json::parse(body);
    if (!event) return payments::webhook_unreadable();
    const auto member = [](const json::Value* from, std::string_view name) {
        return from != nullptr && from->kind() == json::Kind::object ? from->find(name) : nullptr;
    };
    const auto text = [&](const json::Value* from, std::string_view name) {
        const json::Value* found = member(from, name);
        return std::string{found != nullptr && found->kind() == json::Kind::string ? found->text() : ""};
    };
    const json::Value* object = member(member(&*event, "data"), "object");
    payments::Notice notice{.event_id = text(&*event, "id"),
                            .event_type = text(&*event, "type"),
                            .reference = text(member(object, "metadata"), "reference"),
                            .provider_id = text(object, "object") == "payment_intent" ? text(object, "id")
                                                                                      : text(object, "payment_intent")};
    // Storing a card is answered at once, so what tells of it is about no payment, though it carries our reference.
    const std::string what = text(object, "object");
    if (std::ranges::find(beside_payments, what) != beside_payments.end()) notice.reference.clear();
    // A dispute has metadata of its own, and never ours.
    notice.may_be_reversal = notice.event_type.starts_with("charge.dispute.");
    if (notice.event_id.empty() || notice.event_type.empty()) return payments::webhook_unreadable();
    return notice;
}

}  // namespace florin::stripe
