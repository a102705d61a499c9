#include "requests.hpp"

#include "florin/http/listing.hpp"
#include "florin/idempotency/guard.hpp"

namespace florin::subscriptions {

Asker asker_of(const http::Exchange& exchange) {
    return {.merchant = exchange.principal.merchant,
            .actor = exchange.principal.actor,
            .ip_address = exchange.request.peer,
            .user_agent = exchange.user_agent,
            .correlation_id = exchange.correlation_id,
            .traceparent = exchange.traceparent};
}

Result<idempotency::Guard> guard_of(const RouteSettings& settings, const http::Exchange& exchange,
                                    std::string_view operation, std::string_view subject, const json::Value& body) {
    const auto what = [&] {
        return std::string{subject} + "\n" + exchange.request.query + "\n" + json::to_canonical_text(body);
    };
    return idempotency::guard_of(exchange.request.header("idempotency-key"), operation, settings.fingerprint_secret,
                                 what);
}

Result<std::optional<calendar::Cycle>> take_cycle(json::Value& body) {
    constexpr std::string_view name = "billing_cycle";
    const json::Value* const member = body.find(name);
    std::optional<calendar::Cycle> cycle;
    if (member == nullptr) return cycle;
    if (member->kind() == json::Kind::string) {
        const auto word = parse_cycle(member->text());
        if (!word) return fail(word.error());
        cycle = *word;
    } else if (member->kind() == json::Kind::object) {
        const auto given = json::read<CycleBody>(*member);
        if (!given) {
            Error error = given.error();
            error.field = error.field.empty() ? std::string{name} : std::string{name} + "." + error.field;
            return fail(std::move(error));
        }
        const auto unit = calendar::parse_unit(given->unit);
        if (!unit)
            return fail(ErrorKind::invalid, "invalid_billing_cycle", "A unit is day, week, month, quarter or year.",
                        "billing_cycle.unit");
        cycle = calendar::Cycle{.unit = *unit, .count = given->count.value_or(1)};
        if (auto valid = validate(*cycle); !valid) return fail(std::move(valid.error()));
    } else if (!member->is_null()) {
        return fail(ErrorKind::invalid, "wrong_type", "A word, or an object with unit and count, is expected.", name);
    }
    body.remove(name);
    return cycle;
}

Result<json::Value> parse_body(const http::Request& request) {
    if (request.body.empty()) return json::Value::object({});
    return json::parse(request.body);
}

Result<bool> truth_of(std::string_view name, std::string_view value) {
    if (value != "true" && value != "false") return http::invalid_parameter(name, "Give true or false.");
    return value == "true";
}

Result<calendar::Date> date_of(std::string_view text, std::string_view field) {
    auto date = calendar::parse_date(text);
    if (!date) return fail(ErrorKind::invalid, date.error().code, date.error().message, field);
    return date;
}

http::Response answer(idempotency::Answer given, bool is_repeat) {
    http::Response response = http::reply(given.status, std::move(given.body));
    if (is_repeat) response.headers.emplace_back("Idempotent-Replayed", "true");
    return response;
}

}  // namespace florin::subscriptions
