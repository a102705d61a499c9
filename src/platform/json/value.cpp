#include "florin/json/value.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "florin/json/writer.hpp"

namespace florin::json {
namespace {

/// Overwrites the string's whole storage: a moved-from or shortened string still holds its old
/// characters.
void wipe(std::string& text) { explicit_bzero(text.data(), text.capacity()); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The shortest way to write the number: `1.50` and `15e-1` are `1.5`, `-0.0` is `0`. A number with an
/// absurd exponent stays as it was written.
std::string shortest(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    std::string_view rest = text.substr(is_negative ? 1 : 0);
    std::int64_t exponent = 0;
    if (const auto at = rest.find_first_of("eE"); at != rest.npos) {
        std::string_view digits = rest.substr(at + 1);
        if (digits.starts_with('+')) digits.remove_prefix(1);
        if (digits.size() > 6) return std::string{text};
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        rest = rest.substr(0, at);
    }
    std::string digits;
    digits.reserve(rest.size());
    bool is_fraction = false;
    for (const char c : rest) {
        if (c == '.') {
            is_fraction = true;
            continue;
        }
        digits.push_back(c);
        if (is_fraction) --exponent;
    }
    while (!digits.empty() && digits.back() == '0') {
        digits.pop_back();
        ++exponent;
    }
    digits.erase(0, digits.find_first_not_of('0'));
    if (digits.empty()) return "0";

    // The point stands behind this many digits.
    const std::int64_t point = static_cast<std::int64_t>(digits.size()) + exponent;
    constexpr std::int64_t longest_plain = 40;
    std::string out{is_negative ? "-" : ""};
    if (exponent >= 0 && point <= longest_plain) {
        out.append(digits).append(static_cast<std::size_t>(exponent), '0');
    } else if (exponent < 0 && point > 0) {
        out.append(digits, 0, static_cast<std::size_t>(point))
            .append(".")
            .append(digits, static_cast<std::size_t>(point));
    } else if (exponent < 0 && point > -longest_plain) {
        out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
    } else {
        out.append(digits).append("e").append(std::to_string(exponent));
    }
    return out;
}

void append(Writer& writer, const Value& value, bool is_canonical) {
    switch (value.kind()) {
        case Kind::null:
            writer.null();
            break;
        case Kind::boolean:
            writer.value(value.as_boolean());
            break;
        case Kind::number:
            if (is_canonical) {
                writer.raw(shortest(value.text()));
            } else {
                writer.raw(value.text());
            }
            break;
        case Kind::string:
            writer.value(value.text());
            break;
        case Kind::array:
            writer.open('[');
            for (const Value& item : value.items()) append(writer, item, is_canonical);
            writer.close(']');
            break;
        case Kind::object: {
            writer.open('{');
            std::vector<const Value::Member*> members;
            members.reserve(value.members().size());
            for (const Value::Member& member : value.members()) members.push_back(&member);
            if (is_canonical)
                std::ranges::sort(members, {}, [](const auto* member) { return std::string_view{member->first}; });
            for (const Value::Member* member : members) {
                writer.key(member->first);
                append(writer, member->second, is_canonical);
            }
            writer.close('}');
            break;
        }
    }
}

}  // namespace

Value::Value(Value&& other) noexcept
    : kind_{std::exchange(other.kind_, Kind::null)},
      boolean_{other.boolean_},
      text_{std::move(other.text_)},
      items_{std::move(other.items_)},
      members_{std::move(other.members_)} {
    // A short string lies inside the object, so moving has copied it.
    if (!text_.empty()) wipe(other.text_);
}

Value& Value::operator=(Value&& other) noexcept {
    if (this == &other) return *this;
    wipe(text_);
    kind_ = std::exchange(other.kind_, Kind::null);
    boolean_ = other.boolean_;
    text_ = std::move(other.text_);
    items_ = std::move(other.items_);
    members_ = std::move(other.members_);
    other.items_.clear();
    other.members_.clear();
    wipe(other.text_);
    other.text_.clear();
    return *this;
}

Value::~Value() {
    if (kind_ == Kind::string || kind_ == Kind::number) wipe(text_);
}

Value Value::boolean(bool value) {
    Value out;
    out.kind_ = Kind::boolean;
    out.boolean_ = value;
    return out;
}

Value Value::number(std::string text) {
    Value out;
    out.kind_ = Kind::number;
    out.text_ = std::move(text);
    return out;
}

Value Value::string(std::string text) {
    Value out;
    out.kind_ = Kind::string;
    out.text_ = std::move(text);
    return out;
}

Value Value::array(std::vector<Value> items) {
    Value out;
    out.kind_ = Kind::array;
    out.items_ = std::move(items);
    return out;
}

Value Value::object(std::vector<Member> members) {
    Value out;
    out.kind_ = Kind::object;
    out.members_ = std::move(members);
    return out;
}

const Value* Value::find(std::string_view name) const {
    for (const Member& member : members_)
        if (member.first == name) return &member.second;
    return nullptr;
}

void Value::remove(std::string_view name) {
    std::erase_if(members_, [&](const Member& member) { return member.first == name; });
}

std::optional<std::int64_t> Value::integer() const {
    if (kind_ != Kind::number || text_ == "-0") return std::nullopt;
    std::int64_t number = 0;
    const char* end = text_.data() + text_.size();
    const auto [stopped_at, error] = std::from_chars(text_.data(), end, number);
    if (error != std::errc{} || stopped_at != end) return std::nullopt;
    return number;
}

std::string to_text(const Value& value) {
    std::string out;
    Writer writer{out};
    append(writer, value, false);
    return out;
}

std::string to_canonical_text(const Value& value) {
    std::string out;
    Writer writer{out};
    append(writer, value, true);
    return out;
}

std::string printable_name(std::string_view name) {
    constexpr std::size_t longest = 64;
    // Fewer digits than any card number has.
    constexpr std::ptrdiff_t most_digits = 6;
    const auto is_plain = [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    };
    const bool is_printable = !name.empty() && name.size() <= longest && std::ranges::all_of(name, is_plain) &&
                              std::ranges::count_if(name, is_digit) <= most_digits;
    return is_printable ? std::string{name} : "?";
}

}  // namespace florin::json
