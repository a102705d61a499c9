#include <algorithm>
#include <array>

#include "florin/audit/audit.hpp"
#include "florin/json/value.hpp"

namespace florin::audit {
namespace {

using json::Kind;
using json::Value;

constexpr std::string_view redacted = "[redacted]";

/// Names without case, dashes and underscores that contain one of these hold what must not rest …
constexpr std::array<std::string_view, 17> sensitive_parts{
    "cardnumber", "cardno",   "pannumber", "primaryaccount", "cvv",        "cvc",    "cvn",    "securitycode", "token",
    "password",   "passcode", "secret",    "apikey",         "privatekey", "track1", "track2", "accountnumber"};
/// … and so do these whole names.
constexpr std::array<std::string_view, 7> sensitive_names{"card", "pan",           "pin", "number",
                                                          "iban", "authorization", "cid"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string bare(std::string_view name) {
    std::string text;
    for (const char c : name)
        if (c != '_' && c != '-' && c != ' ') text.push_back(lower(c));
    return text;
}

/// Of a name: whether a plain value under it may be kept. An object named `card` is looked into.
bool is_sensitive(std::string_view name, Kind kind) {
    const std::string text = bare(name);
    if (std::ranges::find(sensitive_names, text) != sensitive_names.end()) return kind != Kind::object;
    return std::ranges::any_of(sensitive_parts,
                               [&](std::string_view part) { return text.find(part) != std::string::npos; });
}

/// Twelve to nineteen digits, with nothing but spaces and dashes between them, that pass Luhn's test.
bool is_card_number(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (is_digit(c))
            digits.push_back(c);
        else if (c != ' ' && c != '-')
            return false;
    }
    if (digits.size() < 12 || digits.size() > 19) return false;
    int sum = 0;
    bool is_doubled = false;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, is_doubled = !is_doubled) {
        const int value = (*digit - '0') * (is_doubled ? 2 : 1);
        sum += value > 9 ? value - 9 : value;
    }
    return sum % 10 == 0;
}

Value cleaned(const Value& value);

Value cleaned_member(std::string_view name, const Value& value) {
    if (is_sensitive(name, value.kind()) && value.kind() != Kind::null) return Value::string(std::string{redacted});
    return cleaned(value);
}

Value cleaned(const Value& value) {
    switch (value.kind()) {
        case Kind::null:
            return {};
        case Kind::boolean:
            return Value::boolean(value.as_boolean());
        case Kind::number:
            return Value::number(std::string{value.text()});
        case Kind::string:
            return Value::string(std::string{is_card_number(value.text()) ? redacted : value.text()});
        case Kind::array: {
            std::vector<Value> items;
            for (const Value& item : value.items()) items.push_back(cleaned(item));
            return Value::array(std::move(items));
        }
        case Kind::object: {
            std::vector<Value::Member> members;
            for (const auto& [name, member] : value.members()) members.emplace_back(name, cleaned_member(name, member));
            return Value::object(std::move(members));
        }
    }
    return {};
}

/// Whether nothing in `text` needs a second look: almost always so, and then it is not parsed. Names
/// that are written with escapes, and long runs of digits, do.
bool is_plainly_clean(std::string_view text) {
    std::size_t digits = 0;
    std::size_t begin = std::string_view::npos;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\') return false;
        if (is_digit(c)) {
            if (++digits >= 12) return false;
        } else if (c != ' ' && c != '-') {
            digits = 0;
        }
        if (c != '"') continue;
        if (begin == std::string_view::npos) {
            begin = at + 1;
            continue;
        }
        // A string that a colon follows is a name.
        const std::size_t after = text.find_first_not_of(" \t\r\n", at + 1);
        if (after != std::string_view::npos && text[after] == ':' &&
            is_sensitive(text.substr(begin, at - begin), Kind::null))
            return false;
        begin = std::string_view::npos;
    }
    return begin == std::string_view::npos && text.starts_with('{') && text.ends_with('}');
}

}  // namespace

std::string sanitised(std::string_view changes) {
    if (is_plainly_clean(changes)) return std::string{changes};
    const auto value = json::parse(changes);
    if (!value || value->kind() != Kind::object) return R"({"unreadable":true})";
    return json::to_text(cleaned(*value));
}

}  // namespace florin::audit
