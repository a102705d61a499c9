#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "florin/base/result.hpp"

namespace florin::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

/// A parsed JSON value. Numbers keep the text they were written in, so that an amount is read
/// exactly; objects keep the order of their members. Text is wiped from memory when the value goes
/// away, because any string of a request may have been a card number.
class Value {
public:
    using Member = std::pair<std::string, Value>;

    Value() = default;
    Value(Value&&) noexcept;
    Value& operator=(Value&&) noexcept;
    Value(const Value&) = delete;
    ~Value();

    static Value boolean(bool value);
    static Value number(std::string text);
    static Value string(std::string text);
    static Value array(std::vector<Value> items);
    static Value object(std::vector<Member> members);

    Kind kind() const { return kind_; }
    bool is_null() const { return kind_ == Kind::null; }
    bool as_boolean() const { return boolean_; }
    /// Of a string: its characters (UTF-8, escapes resolved). Of a number: its text as written.
    std::string_view text() const { return text_; }
    const std::vector<Value>& items() const { return items_; }
    const std::vector<Member>& members() const { return members_; }
    /// The member of that name, or null.
    const Value* find(std::string_view name) const;
    /// Takes the member of that name away, if there is one.
    void remove(std::string_view name);
    /// The number as an integer; nothing when it has a fraction, an exponent, is `-0` or too large.
    std::optional<std::int64_t> integer() const;

private:
    friend class Builder;
    Kind kind_ = Kind::null;
    bool boolean_ = false;
    std::string text_;
    std::vector<Value> items_;
    std::vector<Member> members_;
};

struct Limits {
    std::size_t max_bytes = 256 * 1024;
    std::size_t max_depth = 16;
    std::size_t max_nodes = 10'000;
};

/// Strict RFC 8259: valid UTF-8, no duplicate names, nothing after the value. Errors: `malformed_json`,
/// `duplicate_field` (field = the path of it) and `json_too_deep`, which are `invalid`; `json_too_large`
/// (bytes or values), which is `too_large`. No message repeats what came in.
/// Source: failures F91, F98, F143.
Result<Value> parse(std::string_view text, const Limits& limits = {});

/// The value as compact text.
std::string to_text(const Value& value);
/// Compact text with the members of every object sorted by name and every number in its shortest form:
/// equal meaning, equal text, whatever the order, the spaces, the escapes and the trailing zeros were.
std::string to_canonical_text(const Value& value);

/// A member's name as an error may repeat it: names that could carry what must not be seen (long, odd
/// characters, many digits) become `?`.
std::string printable_name(std::string_view name);

}  // namespace florin::json
