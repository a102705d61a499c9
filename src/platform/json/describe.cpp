#include "florin/json/describe.hpp"

#include <limits>

namespace florin::json::detail {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Control characters other than tab and line ends: they have no place in a name or a note, and NUL
/// cannot be stored as text everywhere.
bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

/// Whether this is a JSON number without an exponent.
bool is_plain_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const std::string_view whole = text.substr(0, text.find('.'));
    if (whole.empty() || !std::ranges::all_of(whole, is_digit) || (whole.size() > 1 && whole[0] == '0')) return false;
    if (whole.size() == text.size()) return true;
    const std::string_view fraction = text.substr(whole.size() + 1);
    return !fraction.empty() && std::ranges::all_of(fraction, is_digit);
}

/// What a whole number may be.
std::string allowed(const Bounds& bounds) {
    constexpr std::numeric_limits<std::int64_t> limits;
    const bool has_minimum = bounds.minimum != limits.min(), has_maximum = bounds.maximum != limits.max();
    if (has_minimum && has_maximum)
        return "Give a number from " + std::to_string(bounds.minimum) + " to " + std::to_string(bounds.maximum) + ".";
    if (has_minimum) return "Give a number of at least " + std::to_string(bounds.minimum) + ".";
    if (has_maximum) return "Give a number of at most " + std::to_string(bounds.maximum) + ".";
    return "The number is outside what is allowed.";
}

}  // namespace

bool refuse(Error& error, std::string_view code, std::string_view message) {
    error.kind = ErrorKind::invalid;
    error.code = code;
    error.message = message;
    error.field.clear();
    return false;
}

void prepend(Error& error, std::string_view step) {
    if (!error.field.empty()) error.field.insert(0, 1, '.');
    error.field.insert(0, step);
}

bool check_object(const Value& value, Error& error) {
    return value.kind() == Kind::object || refuse(error, "wrong_type", "A JSON object is expected.");
}

bool check_text(const Value& value, const Bounds& bounds, Error& error) {
    if (value.kind() != Kind::string) return refuse(error, "wrong_type", "A string is expected.");
    const std::string_view text = value.text();
    if (text.size() > bounds.max_length)
        return refuse(error, "too_long", "At most " + std::to_string(bounds.max_length) + " bytes are allowed.");
    if (text.size() < bounds.min_length)
        return refuse(error, "too_short", "At least " + std::to_string(bounds.min_length) + " bytes are needed.");
    if (std::ranges::any_of(text, is_control))
        return refuse(error, "invalid_text", "Control characters are not allowed.");
    return true;
}

bool read_text(const Value& value, std::string& out, const Bounds& bounds, Error& error) {
    if (!check_text(value, bounds, error)) return false;
    out = value.text();
    return true;
}

bool read_integer(const Value& value, std::int64_t& out, const Bounds& bounds, Error& error) {
    if (value.kind() != Kind::number) return refuse(error, "wrong_type", "A whole number is expected.");
    const auto number = value.integer();
    if (number && *number >= bounds.minimum && *number <= bounds.maximum) {
        out = *number;
        return true;
    }
    // A whole number that is too large for us is still a whole number; -0 is none.
    const bool is_whole =
        number || (value.text() != "-0" && value.text().find_first_of(".eE") == std::string_view::npos);
    if (is_whole) return refuse(error, "out_of_range", allowed(bounds));
    return refuse(error, "wrong_type", "A whole number without fraction or exponent is expected.");
}

bool read_boolean(const Value& value, bool& out, Error& error) {
    if (value.kind() != Kind::boolean) return refuse(error, "wrong_type", "true or false is expected.");
    out = value.as_boolean();
    return true;
}

bool read_decimal(const Value& value, Decimal& out, Error& error) {
    if (value.kind() != Kind::number && value.kind() != Kind::string)
        return refuse(error, "wrong_type", "A decimal number, or a string with one, is expected.");
    // Sixteen digits before the point and four behind it are more than any amount has.
    constexpr std::size_t longest = 40;
    if (value.text().size() > longest) return refuse(error, "too_long", "This number has too many digits.");
    out.text = value.text();
    return true;
}

bool read_object(const Value& value, Object& out, const Bounds& bounds, Error& error) {
    if (!check_object(value, error)) return false;
    const std::size_t longest = bounds.max_length == default_max_length ? default_max_object_bytes : bounds.max_length;
    std::string text = json::to_text(value);
    if (text.size() > longest)
        return refuse(error, "too_long", "At most " + std::to_string(longest) + " bytes of JSON are allowed.");
    out.text = std::move(text);
    return true;
}

bool read_uuid(const Value& value, Uuid& out, Error& error) {
    if (value.kind() != Kind::string) return refuse(error, "wrong_type", "A string is expected.");
    const auto uuid = parse_uuid(value.text());
    if (!uuid) return refuse(error, "invalid_id", "This is not the form of an id.");
    out = *uuid;
    return true;
}

bool read_instant(const Value& value, Instant& out, Error& error) {
    if (value.kind() != Kind::string) return refuse(error, "wrong_type", "A string is expected.");
    auto at = parse_instant(value.text());
    if (!at) {
        error = std::move(at.error());
        error.field.clear();
        return false;
    }
    out = *at;
    return true;
}

void write_decimal(Writer& writer, const Decimal& decimal) {
    if (is_plain_number(decimal.text)) {
        writer.raw(decimal.text);
    } else {
        writer.value(decimal.text);
    }
}

void text_schema(Writer& writer, const Bounds& bounds) {
    writer.field("type", "string");
    if (bounds.min_length > 0) writer.field("minLength", static_cast<std::int64_t>(bounds.min_length));
    writer.field("maxLength", static_cast<std::int64_t>(bounds.max_length));
}

void integer_schema(Writer& writer, const Bounds& bounds) {
    writer.field("type", "integer").field("format", "int64");
    if (bounds.minimum != INT64_MIN) writer.field("minimum", bounds.minimum);
    if (bounds.maximum != INT64_MAX) writer.field("maximum", bounds.maximum);
}

void decimal_schema(Writer& writer) {
    writer.key("type").open('[').value("number").value("string").close(']');
    writer.field("pattern", R"(^-?(0|[1-9][0-9]*)(\.[0-9]+)?$)");
}

void reference_schema(Writer& writer, std::string_view name) {
    writer.field("$ref", "#/components/schemas/" + std::string{name});
}

}  // namespace florin::json::detail
