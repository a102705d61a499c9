#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "florin/base/check.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"

namespace florin::sandbox {

/// Records are stored as JSON. A type shows its members once, in `fields(f)`, as `f("name", member)`, and can
/// then be written and read. What is empty, zero or false is left out; what is unknown is ignored, so
/// that a newer sandbox reads an older file.
class Packer {
public:
    explicit Packer(std::string& out) : json_{out} {}

    template <class T>
    static std::string pack(T& object) {
        std::string out;
        Packer packer{out};
        packer.write(object);
        return out;
    }
    template <class T>
    void operator()(std::string_view name, T& member) {
        if (is_empty(member)) return;
        json_.key(name);
        write(member);
    }

private:
    template <class T>
    static bool is_empty(const T& member) {
        if constexpr (requires { member.empty(); }) {
            return member.empty();
        } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
            return member == static_cast<T>(0);
        } else {
            return false;
        }
    }
    template <class T>
    void write(T& member) {
        if constexpr (std::is_same_v<T, std::string>) {
            json_.value(member);
        } else if constexpr (std::is_same_v<T, bool>) {
            json_.value(member);
        } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
            json_.value(static_cast<std::int64_t>(member));
        } else if constexpr (requires { member.begin(); }) {
            json_.open('[');
            for (auto& item : member) write(item);
            json_.close(']');
        } else {
            json_.open('{');
            member.fields(*this);
            json_.close('}');
        }
    }
    json::Writer json_;
};

class Unpacker {
public:
    explicit Unpacker(const json::Value& from) : from_{from} {}

    template <class T>
    static T unpack(std::string_view text) {
        const auto value = json::parse(text, {16 * 1024 * 1024, 32, 1'000'000});
        check(value.has_value(), "what the sandbox wrote, it can read");
        T object{};
        read(*value, object);
        return object;
    }
    template <class T>
    void operator()(std::string_view name, T& member) {
        if (const json::Value* value = from_.find(name)) read(*value, member);
    }

private:
    template <class T>
    static void read(const json::Value& value, T& member) {
        if constexpr (std::is_same_v<T, std::string>) {
            member = value.text();
        } else if constexpr (std::is_same_v<T, bool>) {
            member = value.as_boolean();
        } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
            member = static_cast<T>(value.integer().value_or(0));
        } else if constexpr (requires { member.begin(); }) {
            for (const json::Value& item : value.items()) {
                member.emplace_back();
                read(item, member.back());
            }
        } else {
            Unpacker inner{value};
            member.fields(inner);
        }
    }
    const json::Value& from_;
};

}  // namespace florin::sandbox
