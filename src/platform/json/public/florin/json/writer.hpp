#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"

namespace florin::json {

/// Appends compact JSON to a string. Commas are its business; the nesting is the caller's.
///
///     Writer json{out};
///     json.open('{').field("status", "captured").field("count", 3).close('}');
class Writer {
public:
    explicit Writer(std::string& out) : out_{out} {}

    Writer& open(char bracket) {
        comma();
        out_.push_back(bracket);
        is_first_ = true;
        return *this;
    }
    Writer& close(char bracket) {
        out_.push_back(bracket);
        is_first_ = false;
        return *this;
    }
    Writer& key(std::string_view name) {
        value(name);
        out_.push_back(':');
        is_first_ = true;
        return *this;
    }
    /// Escapes what JSON asks for; the text is taken to be UTF-8.
    Writer& value(std::string_view text);
    Writer& value(const char* text) { return value(std::string_view{text}); }
    Writer& value(const std::string& text) { return value(std::string_view{text}); }
    Writer& value(std::int64_t number);
    Writer& value(int number) { return value(static_cast<std::int64_t>(number)); }
    Writer& value(bool yes) { return raw(yes ? "true" : "false"); }
    Writer& value(Instant at) { return value(std::string_view{to_text(at)}); }
    Writer& value(const Uuid& id);
    template <class Of>
    Writer& value(const Id<Of>& id) {
        return value(id.value);
    }
    Writer& null() { return raw("null"); }
    /// Text that already is JSON.
    Writer& raw(std::string_view json) {
        comma();
        out_.append(json);
        return *this;
    }
    template <class T>
    Writer& field(std::string_view name, const T& of) {
        key(name);
        return value(of);
    }
    /// Leaves the field out when there is nothing.
    template <class T>
    Writer& field(std::string_view name, const std::optional<T>& of) {
        if (of) field(name, *of);
        return *this;
    }
    Writer& raw_field(std::string_view name, std::string_view json) {
        key(name);
        return raw(json);
    }

private:
    void comma() {
        if (!is_first_) out_.push_back(',');
        is_first_ = false;
    }
    std::string& out_;
    bool is_first_ = true;
};

}  // namespace florin::json
