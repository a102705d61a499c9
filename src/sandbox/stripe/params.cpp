#include "params.hpp"

#include <algorithm>
#include <charconv>

#include "florin/base/money.hpp"
#include "florin/json/writer.hpp"

namespace florin::sandbox::stripe {

const json::Value* find(const json::Value& params, std::string_view name) {
    const json::Value* here = &params;
    while (!name.empty()) {
        const std::size_t dot = std::min(name.find('.'), name.size());
        here = here->kind() == json::Kind::object ? here->find(name.substr(0, dot)) : nullptr;
        if (here == nullptr) return nullptr;
        name.remove_prefix(std::min(dot + 1, name.size()));
    }
    return here;
}

std::string text_of(const json::Value& params, std::string_view name) {
    const json::Value* found = find(params, name);
    return found != nullptr && found->kind() == json::Kind::string ? std::string{found->text()} : std::string{};
}

bool is_true(const json::Value& params, std::string_view name) { return text_of(params, name) == "true"; }

std::optional<std::int64_t> integer_of(const json::Value& params, std::string_view name) {
    const std::string text = text_of(params, name);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool expands(const json::Value& params, std::string_view member) {
    const json::Value* list = params.find("expand");
    // Whoever wants something inside it wants it too.
    const auto names = [member](const json::Value& each) {
        const std::string_view wanted = each.text();
        return wanted.starts_with(member) && (wanted.size() == member.size() || wanted[member.size()] == '.');
    };
    return list != nullptr && std::ranges::any_of(list->items(), names);
}

void read_metadata(const json::Value& params, Metadata& into) {
    const json::Value* given = params.find("metadata");
    if (given == nullptr) return;
    // `metadata=` takes all of it away.
    if (given->kind() != json::Kind::object) return into.clear();
    for (const auto& [key, value] : given->members()) {
        const auto known = std::ranges::find(into, key, &Pair::key);
        if (value.text().empty()) {
            if (known != into.end()) into.erase(known);
        } else if (known != into.end()) {
            known->value = value.text();
        } else {
            into.push_back({key, std::string{value.text()}});
        }
    }
}

Reply refuse(const Refusal& refusal) {
    Reply reply;
    reply.status = refusal.status;
    reply.is_kept = refusal.is_kept;
    json::Writer json{reply.body};
    json.open('{').key("error").open('{').field("type", refusal.type);
    if (!refusal.code.empty()) json.field("code", refusal.code);
    json.field("message", refusal.message);
    if (!refusal.param.empty()) json.field("param", refusal.param);
    json.close('}').close('}');
    return reply;
}

Reply missing(std::string_view param) {
    const std::string message = "Missing required param: " + std::string{param} + ".";
    return refuse({.code = "parameter_missing", .message = message, .param = param});
}

Reply no_such(std::string_view what, std::string_view id, std::string_view param) {
    const std::string message = "No such " + std::string{what} + ": '" + json::printable_name(id) + "'";
    return refuse({.code = "resource_missing", .message = message, .param = param, .status = 404});
}

std::string upper(std::string_view text) {
    std::string changed{text};
    for (char& c : changed)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return changed;
}

std::optional<int> decimals_of(std::string_view currency) {
    const auto known = Currency::of(upper(currency));
    // Stripe's documents say both of the Ugandan shilling, so nobody here relies on either.
    if (!known || known->code() == "UGX") return std::nullopt;
    if (known->code() == "MGA") return 0;
    if (known->code() == "ISK") return 2;
    return known->exponent();
}

std::int64_t minor_of(std::int64_t amount, std::string_view currency) {
    int more = Currency::of(upper(currency))->exponent() - *decimals_of(currency);
    for (; more > 0; --more) amount *= 10;
    for (; more < 0; ++more) amount /= 10;
    return amount;
}

}  // namespace florin::sandbox::stripe
