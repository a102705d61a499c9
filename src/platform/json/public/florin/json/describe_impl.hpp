#pragma once

// The templates behind describe.hpp: included by it alone.

#include <algorithm>
#include <array>
#include <concepts>
#include <type_traits>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/json/describe.hpp"

namespace florin::json::detail {

/// A field's bounds without its types.
struct Bounds {
    std::size_t min_length;
    std::size_t max_length;
    std::int64_t minimum;
    std::int64_t maximum;
};
template <class Owner, class T>
constexpr Bounds bounds_of(const Field<Owner, T>& field) {
    return {field.min_length, field.max_length, field.minimum, field.maximum};
}

template <class T>
concept HasFromJson = requires(std::string_view text) {
    { T::from_json(text) } -> std::same_as<Result<T>>;
};

template <class T>
struct OptionalOf : std::false_type {};
template <class T>
struct OptionalOf<std::optional<T>> : std::true_type {};
template <class T>
struct VectorOf : std::false_type {};
template <class T>
struct VectorOf<std::vector<T>> : std::true_type {};
template <class T>
struct IdOf : std::false_type {};
template <class Of>
struct IdOf<Id<Of>> : std::true_type {};

template <class T>
inline constexpr bool may_be_absent = OptionalOf<T>::value || std::same_as<T, Object> || std::same_as<T, ObjectView>;
template <class T>
inline constexpr bool unsupported = false;

/// Sets `error` and returns false.
bool refuse(Error& error, std::string_view code, std::string_view message);
/// Puts `step` before the error's path.
void prepend(Error& error, std::string_view step);
bool check_text(const Value& value, const Bounds& bounds, Error& error);
bool read_text(const Value& value, std::string& out, const Bounds& bounds, Error& error);
bool read_integer(const Value& value, std::int64_t& out, const Bounds& bounds, Error& error);
bool read_boolean(const Value& value, bool& out, Error& error);
bool read_decimal(const Value& value, Decimal& out, Error& error);
bool read_object(const Value& value, Object& out, const Bounds& bounds, Error& error);
bool read_uuid(const Value& value, Uuid& out, Error& error);
bool read_instant(const Value& value, Instant& out, Error& error);
bool check_object(const Value& value, Error& error);
void write_decimal(Writer& writer, const Decimal& decimal);

template <IsDescribed T>
bool read_described(const Value& value, T& out, Error& error);

template <class T>
bool read_value(const Value& value, T& out, const Bounds& bounds, Error& error) {
    if constexpr (OptionalOf<T>::value) {
        typename T::value_type inner{};
        if (!read_value(value, inner, bounds, error)) return false;
        out.emplace(std::move(inner));
        return true;
    } else if constexpr (VectorOf<T>::value) {
        if (value.kind() != Kind::array) return refuse(error, "wrong_type", "An array is expected.");
        out.reserve(value.items().size());
        for (const Value& item : value.items()) {
            typename T::value_type inner{};
            if (!read_value(item, inner, bounds, error)) {
                prepend(error, std::to_string(out.size()));
                return false;
            }
            out.push_back(std::move(inner));
        }
        return true;
    } else if constexpr (IsDescribed<T>) {
        return read_described(value, out, error);
    } else if constexpr (HasFromJson<T>) {
        if (!check_text(value, bounds, error)) return false;
        auto inner = T::from_json(value.text());
        if (!inner) {
            error = std::move(inner.error());
            error.field.clear();
            return false;
        }
        out = std::move(*inner);
        return true;
    } else if constexpr (std::same_as<T, std::string>) {
        return read_text(value, out, bounds, error);
    } else if constexpr (std::same_as<T, std::int64_t>) {
        return read_integer(value, out, bounds, error);
    } else if constexpr (std::same_as<T, bool>) {
        return read_boolean(value, out, error);
    } else if constexpr (std::same_as<T, Decimal>) {
        return read_decimal(value, out, error);
    } else if constexpr (std::same_as<T, Object>) {
        return read_object(value, out, bounds, error);
    } else if constexpr (std::same_as<T, Uuid>) {
        return read_uuid(value, out, error);
    } else if constexpr (IdOf<T>::value) {
        return read_uuid(value, out.value, error);
    } else if constexpr (std::same_as<T, Instant>) {
        return read_instant(value, out, error);
    } else {
        static_assert(unsupported<T>, "describe.hpp lists what a member that is read may be");
    }
}

/// What reading needs of each field of T, one table per type.
template <class T>
struct Table {
    using Fields = std::remove_cvref_t<decltype(Described<T>::fields)>;
    static constexpr std::size_t size = std::tuple_size_v<Fields>;
    using Read = bool (*)(const Value&, T&, Error&);
    struct Row {
        std::string_view name;
        bool may_be_absent;
        Read read;
    };

    template <std::size_t I>
    static bool read_field(const Value& value, T& out, Error& error) {
        constexpr auto& field = std::get<I>(Described<T>::fields);
        return read_value(value, out.*(field.member), bounds_of(field), error);
    }
    template <std::size_t... I>
    static constexpr std::array<Row, size> rows_of(std::index_sequence<I...>) {
        return {
            Row{std::get<I>(Described<T>::fields).name,
                may_be_absent<
                    std::remove_reference_t<decltype(std::declval<T&>().*(std::get<I>(Described<T>::fields).member))>>,
                &read_field<I>}...};
    }
    static constexpr std::array<Row, size> rows = rows_of(std::make_index_sequence<size>{});
};

template <IsDescribed T>
bool read_described(const Value& value, T& out, Error& error) {
    if (!check_object(value, error)) return false;
    constexpr auto& rows = Table<T>::rows;
    std::array<bool, Table<T>::size> is_seen{};
    // Bodies mostly keep the order of the description, so the search goes on where it ended.
    std::size_t next = 0;
    for (const auto& [name, member] : value.members()) {
        std::size_t left = rows.size();
        while (left > 0 && rows[next].name != name) {
            next = next + 1 == rows.size() ? 0 : next + 1;
            --left;
        }
        if (left == 0) {
            refuse(error, "unknown_field", "This field is not known here.");
            prepend(error, printable_name(name));
            return false;
        }
        if (!(member.is_null() && rows[next].may_be_absent)) {
            if (!rows[next].read(member, out, error)) {
                prepend(error, rows[next].name);
                return false;
            }
        }
        is_seen[next] = true;
        next = next + 1 == rows.size() ? 0 : next + 1;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (is_seen[i] || rows[i].may_be_absent) continue;
        refuse(error, "missing_field", "This field is required.");
        prepend(error, rows[i].name);
        return false;
    }
    return true;
}

template <class T>
void write_value(Writer& writer, const T& value) {
    if constexpr (VectorOf<T>::value) {
        writer.open('[');
        for (const auto& item : value) write_value(writer, item);
        writer.close(']');
    } else if constexpr (IsDescribed<T>) {
        write(writer, value);
    } else if constexpr (std::same_as<T, Object> || std::same_as<T, ObjectView>) {
        writer.raw(value.text);
    } else if constexpr (std::same_as<T, Decimal>) {
        write_decimal(writer, value);
    } else if constexpr (HasFromJson<T>) {
        static_assert(unsupported<T>, "a secret is never written");
    } else {
        writer.value(value);
    }
}

/// `,"name":` of a field, made by the compiler.
template <class T, std::size_t I>
struct KeyText {
    static constexpr std::string_view name = std::get<I>(Described<T>::fields).name;
    static constexpr bool is_plain =
        std::ranges::all_of(name, [](char c) { return c >= ' ' && c != '"' && c != '\\' && c < 0x7f; });
    static_assert(is_plain, "a described name needs no escapes");
    static constexpr auto text = [] {
        std::array<char, name.size() + 4> made{',', '"'};
        std::ranges::copy(name, made.begin() + 2);
        made[name.size() + 2] = '"';
        made[name.size() + 3] = ':';
        return made;
    }();
};

template <class Key, class T>
void write_field(Writer& writer, const T& value) {
    if constexpr (OptionalOf<T>::value) {
        if (value) write_field<Key>(writer, *value);
    } else {
        writer.key(Key::text);
        write_value(writer, value);
    }
}
template <class T, std::size_t... I>
void write_fields(Writer& writer, const T& view, std::index_sequence<I...>) {
    (write_field<KeyText<T, I>>(writer, view.*(std::get<I>(Described<T>::fields).member)), ...);
}

// Each of these writes the members of a schema object, between its braces.
void text_schema(Writer& writer, const Bounds& bounds);
void integer_schema(Writer& writer, const Bounds& bounds);
void decimal_schema(Writer& writer);
void reference_schema(Writer& writer, std::string_view name);

template <class T>
void value_schema(Writer& writer, const Bounds& bounds) {
    if constexpr (OptionalOf<T>::value) {
        value_schema<typename T::value_type>(writer, bounds);
    } else if constexpr (VectorOf<T>::value) {
        writer.field("type", "array").key("items").open('{');
        value_schema<typename T::value_type>(writer, bounds);
        writer.close('}');
    } else if constexpr (IsDescribed<T>) {
        reference_schema(writer, Described<T>::name);
    } else if constexpr (HasFromJson<T>) {
        writer.field("type", "string").field("writeOnly", true);
    } else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>) {
        text_schema(writer, bounds);
    } else if constexpr (std::same_as<T, std::int64_t>) {
        integer_schema(writer, bounds);
    } else if constexpr (std::same_as<T, bool>) {
        writer.field("type", "boolean");
    } else if constexpr (std::same_as<T, Decimal>) {
        decimal_schema(writer);
    } else if constexpr (std::same_as<T, Object> || std::same_as<T, ObjectView>) {
        writer.field("type", "object").field("additionalProperties", true);
    } else if constexpr (std::same_as<T, Uuid> || IdOf<T>::value) {
        writer.field("type", "string").field("format", "uuid");
    } else if constexpr (std::same_as<T, Instant>) {
        writer.field("type", "string").field("format", "date-time");
    } else {
        static_assert(unsupported<T>, "describe.hpp lists what a member may be");
    }
}

template <class T>
void append_schemas_within(std::vector<Schema>& schemas) {
    if constexpr (OptionalOf<T>::value || VectorOf<T>::value) {
        append_schemas_within<typename T::value_type>(schemas);
    } else if constexpr (IsDescribed<T>) {
        append_schemas<T>(schemas);
    }
}

template <class Owner, class T>
void field_schema(Writer& writer, const Field<Owner, T>& field) {
    writer.key(field.name).open('{');
    value_schema<T>(writer, bounds_of(field));
    if (!field.doc.empty()) writer.field("description", field.doc);
    if (!field.example.empty()) writer.key("examples").open('[').raw(field.example).close(']');
    writer.close('}');
}

template <IsDescribed T>
std::string described_schema() {
    std::string out;
    Writer writer{out};
    writer.open('{').field("type", "object");
    if constexpr (requires { Described<T>::doc; }) writer.field("description", Described<T>::doc);
    writer.key("properties").open('{');
    std::apply([&](const auto&... field) { (field_schema(writer, field), ...); }, Described<T>::fields);
    writer.close('}');
    std::vector<std::string_view> required;
    const auto add_required = [&]<class Owner, class M>(const Field<Owner, M>& field) {
        if (!may_be_absent<M>) required.push_back(field.name);
    };
    std::apply([&](const auto&... field) { (add_required(field), ...); }, Described<T>::fields);
    if (!required.empty()) {
        writer.key("required");
        write_value(writer, required);
    }
    writer.field("additionalProperties", false).close('}');
    return out;
}

}  // namespace florin::json::detail

namespace florin::json {

template <IsDescribed T>
Result<T> read(const Value& value) {
    Error error{ErrorKind::invalid, {}, {}, {}};
    T out{};
    if (!detail::read_described(value, out, error)) return fail(std::move(error));
    return out;
}

template <IsDescribed T>
void write(Writer& writer, const T& view) {
    writer.open('{');
    constexpr std::size_t count = std::tuple_size_v<std::remove_cvref_t<decltype(Described<T>::fields)>>;
    detail::write_fields(writer, view, std::make_index_sequence<count>{});
    writer.close('}');
}

template <IsDescribed T>
void append_schemas(std::vector<Schema>& schemas) {
    const bool is_there =
        std::ranges::any_of(schemas, [](const Schema& known) { return known.name == Described<T>::name; });
    if (is_there) return;
    schemas.push_back({std::string{Described<T>::name}, detail::described_schema<T>()});
    const auto append_each = [&]<class... Owner, class... Member>(const Field<Owner, Member>&...) {
        (detail::append_schemas_within<Member>(schemas), ...);
    };
    std::apply(append_each, Described<T>::fields);
}

}  // namespace florin::json
