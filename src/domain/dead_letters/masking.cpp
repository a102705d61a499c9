#include "masking.hpp"

#include <algorithm>
#include <array>

#include "florin/audit/audit.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/telemetry/scrubber.hpp"

namespace florin::dead_letters {
namespace {

using json::Kind;
using json::Value;

constexpr std::string_view mask = "[redacted]";

/// Without case, dashes and underscores: what belongs to a person or was written to one.
constexpr std::array<std::string_view, 40> personal_names{
    "accountholder", "address",    "addressline1", "addressline2", "bcc",        "bic",         "birthdate",
    "body",          "cardholder", "cc",           "city",         "company",    "dateofbirth", "email",
    "emailaddress",  "familyname", "firstname",    "fullname",     "givenname",  "holder",      "html",
    "iban",          "ip",         "ipaddress",    "lastname",     "line1",      "line2",       "mail",
    "mobile",        "name",       "phone",        "phonenumber",  "postalcode", "postcode",    "recipient",
    "recipients",    "street",     "subject",      "surname",      "zip"};

std::string bare(std::string_view name) {
    std::string text;
    for (const char c : name)
        if (c != '_' && c != '-') text.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    return text;
}

bool is_personal(std::string_view name) { return std::ranges::binary_search(personal_names, bare(name)); }
static_assert(std::ranges::is_sorted(personal_names));

bool is_of_address(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '+' || c == '%' || static_cast<unsigned char>(c) >= 0x80;
}

/// Each `somebody@somewhere` as a whole.
std::string without_addresses(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c != '@') {
            out.push_back(c);
            continue;
        }
        while (!out.empty() && is_of_address(out.back())) out.pop_back();
        out.push_back('@');
    }
    for (std::size_t at = out.find('@'); at != std::string::npos; at = out.find('@', at + mask.size())) {
        std::size_t end = at + 1;
        while (end < out.size() && is_of_address(out[end])) ++end;
        out.replace(at, end - at, mask);
    }
    return out;
}

Value masked(const Value& value, bool is_within_personal) {
    switch (value.kind()) {
        case Kind::null:
            return {};
        case Kind::boolean:
            return Value::boolean(value.as_boolean());
        case Kind::number: {
            if (is_within_personal) return Value::string(std::string{mask});
            std::string text = masked_text(value.text());
            return text == value.text() ? Value::number(std::move(text)) : Value::string(std::move(text));
        }
        case Kind::string:
            return Value::string(is_within_personal ? std::string{mask} : masked_text(value.text()));
        case Kind::array: {
            std::vector<Value> items;
            for (const Value& item : value.items()) items.push_back(masked(item, is_within_personal));
            return Value::array(std::move(items));
        }
        case Kind::object: {
            std::vector<Value::Member> members;
            for (const auto& [name, member] : value.members())
                members.emplace_back(name, masked(member, is_within_personal || is_personal(name)));
            return Value::object(std::move(members));
        }
    }
    return {};
}

Value copy(const Value& value) {
    auto again = json::parse(json::to_text(value));
    return again ? std::move(*again) : Value{};
}

Value merged(const Value& edited, const Value* shown, const Value* original) {
    if (shown == nullptr || original == nullptr) return copy(edited);
    if (json::to_text(edited) == json::to_text(*shown)) return copy(*original);
    if (edited.kind() == Kind::object) {
        std::vector<Value::Member> members;
        for (const auto& [name, member] : edited.members())
            members.emplace_back(name, merged(member, shown->find(name), original->find(name)));
        return Value::object(std::move(members));
    }
    if (edited.kind() == Kind::array && original->kind() == Kind::array && shown->kind() == Kind::array) {
        std::vector<Value> items;
        for (std::size_t i = 0; i < edited.items().size(); ++i) {
            const bool is_there = i < shown->items().size() && i < original->items().size();
            items.push_back(merged(edited.items()[i], is_there ? &shown->items()[i] : nullptr,
                                   is_there ? &original->items()[i] : nullptr));
        }
        return Value::array(std::move(items));
    }
    return copy(edited);
}

}  // namespace

std::string masked_text(std::string_view text) { return without_addresses(telemetry::scrub(text)); }

std::string masked_json(std::string_view payload) {
    const auto value = json::parse(payload);
    if (!value) {
        std::string text;
        json::Writer{text}.value(masked_text(payload));
        return text;
    }
    const std::string text = json::to_text(masked(*value, false));
    return value->kind() == Kind::object ? audit::sanitised(text) : text;
}

Result<std::string> unmasked(std::string_view edited, std::string_view original) {
    const auto now = json::parse(edited);
    if (!now) return fail(now.error());
    const auto before = json::parse(original);
    const auto shown = json::parse(masked_json(original));
    if (!before || !shown) return json::to_text(*now);
    return json::to_text(merged(*now, &*shown, &*before));
}

}  // namespace florin::dead_letters
