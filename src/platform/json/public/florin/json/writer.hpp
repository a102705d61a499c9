#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
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
    Writer& key(std::string_view name);
    /// A key that is known beforehand, with a comma before it, its quotes and the colon: `,"name":`.
    template <std::size_t Size>
    Writer& key(const std::array<char, Size>& text) {
        // Both sizes are known to the compiler, so each is a few moves.
        if (is_first_)
            append<Size - 1>(text.data() + 1);
        else
            append<Size>(text.data());
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
    Writer& value(Instant at);
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
    template <std::size_t Size>
    void append(const char* text) {
        const std::size_t before = out_.size();
        // What the operation is told of the size is not relied on: libstdc++ 12 tells the new capacity.
        out_.resize_and_overwrite(before + Size, [&](char* all, std::size_t) {
            std::memcpy(all + before, text, Size);
            return before + Size;
        });
    }
    void append_escaped(std::string_view text);
    void comma() {
        if (!is_first_) out_.push_back(',');
        is_first_ = false;
    }
    std::string& out_;
    bool is_first_ = true;
};

}  // namespace florin::json
