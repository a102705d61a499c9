#pragma once

#include <string>

#include "bodies.hpp"
#include "florin/http/router.hpp"
#include "florin/subscriptions/routes.hpp"

/// What the routes of subscriptions and of plans read alike.
namespace florin::subscriptions {

Asker asker_of(const http::Exchange& exchange);

/// The request's idempotency key and fingerprint; without a key, nothing that protects. `subject` is what the path
/// names.
Result<idempotency::Guard> guard_of(const RouteSettings& settings, const http::Exchange& exchange,
                                    std::string_view operation, std::string_view subject, const json::Value& body);

/// Takes the member `billing_cycle` out of a body: a word, or an object with unit and count.
Result<std::optional<calendar::Cycle>> take_cycle(json::Value& body);

/// Nothing is `{}`.
Result<json::Value> parse_body(const http::Request& request);

Result<bool> truth_of(std::string_view name, std::string_view value);
/// A day in a field of that name.
Result<calendar::Date> date_of(std::string_view text, std::string_view field);

http::Response answer(idempotency::Answer given, bool is_repeat);

std::vector<http::Route> plan_routes(const RouteSettings& settings);

inline constexpr http::ParameterDoc idempotency_header{
    .name = "Idempotency-Key",
    .in = "header",
    .doc = "Makes the request happen once: repeated with the same key and body it gets the first answer again.",
    .schema = R"({"type":"string","minLength":1,"maxLength":255})"};
inline constexpr http::ParameterDoc limit_parameter{"limit", "query", "How many at most.",
                                                    R"({"type":"integer","minimum":1,"maximum":200,"default":50})"};
inline constexpr http::ParameterDoc cursor_parameter{"cursor", "query", "`next_cursor` of the page before."};

}  // namespace florin::subscriptions
