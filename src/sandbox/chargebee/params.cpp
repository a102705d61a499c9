#include "params.hpp"

#include <algorithm>
#include <charconv>

#include "florin/json/writer.hpp"

namespace florin::sandbox::chargebee {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// The texts of a JSON array, whether they are written as strings or as numbers.
std::optional<std::vector<std::string>> texts_in(std::string_view json) {
    const auto list = json::parse(json);
    if (!list || list->kind() != json::Kind::array) return std::nullopt;
    std::vector<std::string> texts;
    for (const json::Value& item : list->items()) texts.emplace_back(item.text());
    return texts;
}

}  // namespace

const json::Value* find(const json::Value& params, std::string_view name) {
    const json::Value* here = &params;
    while (!name.empty()) {
        const std::size_t dot = std::min(name.find('.'), name.size());
        const std::string_view step = name.substr(0, dot);
        name.remove_prefix(std::min(dot + 1, name.size()));
        if (here->kind() == json::Kind::array) {
            const auto place = whole_number(step);
            if (!place || *place < 0 || static_cast<std::size_t>(*place) >= here->items().size()) return nullptr;
            here = &here->items()[static_cast<std::size_t>(*place)];
        } else {
            here = here->kind() == json::Kind::object ? here->find(step) : nullptr;
            if (here == nullptr) return nullptr;
        }
    }
    return here;
}

std::string text_of(const json::Value& params, std::string_view name) {
    const json::Value* found = find(params, name);
    return found != nullptr && found->kind() == json::Kind::string ? std::string{found->text()} : std::string{};
}

std::optional<std::int64_t> integer_of(const json::Value& params, std::string_view name) {
    return whole_number(text_of(params, name));
}

Address read_address(const json::Value& params, std::string_view name) {
    const auto part = [&](std::string_view of) { return text_of(params, std::string{name} + "." + std::string{of}); };
    return {.first_name = part("first_name"),
            .last_name = part("last_name"),
            .email = part("email"),
            .company = part("company"),
            .phone = part("phone"),
            .line1 = part("line1"),
            .line2 = part("line2"),
            .line3 = part("line3"),
            .city = part("city"),
            .state_code = part("state_code"),
            .state = part("state"),
            .zip = part("zip"),
            .country = part("country")};
}

void read_customer(const json::Value& params, std::string_view prefix, Customer& into) {
    const std::string before = prefix.empty() ? std::string{} : std::string{prefix} + ".";
    const std::pair<std::string_view, std::string&> members[] = {
        {"first_name", into.first_name}, {"last_name", into.last_name}, {"email", into.email},
        {"company", into.company},       {"phone", into.phone},         {"locale", into.locale},
        {"vat_number", into.vat_number}, {"meta_data", into.meta_data}, {"auto_collection", into.auto_collection}};
    for (const auto& [name, member] : members)
        if (const std::string full = before + std::string{name}; find(params, full) != nullptr)
            member = text_of(params, full);
    if (find(params, "billing_address") != nullptr) into.billing = read_address(params, "billing_address");
}

Reply refuse(const Refusal& refusal) {
    Reply reply;
    reply.status = refusal.status;
    reply.is_kept = refusal.is_kept;
    json::Writer json{reply.body};
    json.open('{').field("message", refusal.message);
    if (!refusal.type.empty()) json.field("type", refusal.type);
    json.field("api_error_code", refusal.code);
    if (!refusal.param.empty()) json.field("param", refusal.param).field("error_param", refusal.param);
    // The older names of the same.
    json.field("error_code", refusal.code).field("error_msg", refusal.message);
    json.field("http_status_code", refusal.status).close('}');
    return reply;
}

Reply wrong(std::string_view param, std::string_view message) {
    return refuse({.code = "param_wrong_value", .message = message, .param = param});
}

Reply missing(std::string_view param) {
    const std::string message = std::string{param} + " : cannot be blank";
    return wrong(param, message);
}

Reply no_such(std::string_view id) {
    const std::string message = json::printable_name(id) + " not found";
    return refuse({.code = "resource_not_found", .message = message, .param = {}, .status = 404});
}

Reply wrong_state(std::string_view message) {
    return refuse(
        {.code = "invalid_state_for_request", .message = message, .param = {}, .status = 409, .is_kept = true});
}

Reply payment_failed(std::string_view code, std::string_view message, std::string_view param) {
    return refuse({.code = code, .message = message, .param = param, .type = "payment", .is_kept = true});
}

std::optional<bool> matches(std::string_view op, std::string_view wanted, const std::optional<std::string>& have) {
    if (op == "is_present") return have.has_value() == (wanted == "true");
    if (op == "is") return have == wanted;
    if (op == "is_not") return have != wanted;
    if (op == "starts_with") return have && have->starts_with(wanted);
    if (op == "in" || op == "not_in") {
        const auto texts = texts_in(wanted);
        if (!texts) return std::nullopt;
        return (have && std::ranges::find(*texts, *have) != texts->end()) == (op == "in");
    }
    const auto number = have ? whole_number(*have) : std::nullopt;
    if (op == "between") {
        const auto texts = texts_in(wanted);
        if (!texts || texts->size() != 2) return std::nullopt;
        const auto from = whole_number((*texts)[0]), to = whole_number((*texts)[1]);
        if (!from || !to) return std::nullopt;
        return number && *number >= *from && *number <= *to;
    }
    const auto bound = whole_number(wanted);
    if (!bound) return std::nullopt;
    if (op == "after" || op == "gt") return number && *number > *bound;
    if (op == "before" || op == "lt") return number && *number < *bound;
    if (op == "gte") return number && *number >= *bound;
    if (op == "lte") return number && *number <= *bound;
    // The same day, in UTC.
    if (op == "on") return number && *number / 86'400 == *bound / 86'400;
    return std::nullopt;
}

}  // namespace florin::sandbox::chargebee
