#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "florin/base/result.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"

namespace florin::json {

/// An amount in major units as it was written (a number or a string), kept until its currency is
/// known: see `parse_major`. Written as a number.
struct Decimal {
    std::string text;
};

/// Any JSON object, kept as compact text (`metadata`); at most 8 KiB unless its field says otherwise.
struct Object {
    std::string text = "{}";
};

/// The same of somebody else's text; only written.
struct ObjectView {
    std::string_view text;
};

constexpr std::size_t default_max_length = 255;
constexpr std::size_t default_max_object_bytes = 8 * 1024;

/// What the reader, the writer and the OpenAPI document know of one field of a body. `example` is JSON
/// text. A field is required unless its type is `std::optional` (or `Object`).
template <class Owner, class T>
struct Field {
    std::string_view name;
    T Owner::* member;
    std::string_view doc;
    std::string_view example = {};
    std::size_t min_length = 0;                   ///< Of strings, in bytes.
    std::size_t max_length = default_max_length;  ///< Of strings (in arrays: of each) and of `Object`, in bytes.
    std::int64_t minimum = INT64_MIN;             ///< Of integers.
    std::int64_t maximum = INT64_MAX;
};

/// Specialise for each body:
///
///     template <> struct Described<CaptureBody> {
///         static constexpr std::string_view name = "CaptureRequest";
///         static constexpr auto fields = std::tuple{
///             Field{"transaction_id", &CaptureBody::transaction_id, "The authorization.", "\"…\""}, …};
///     };
///
/// Members may be std::string, std::int64_t, bool, Instant, Uuid, Id<…>, Decimal, Object, a described
/// struct, a type with `static Result<T> T::from_json(std::string_view text)` (secrets: read from a JSON
/// string, never written), and std::optional or std::vector of those. What is only written may hold
/// std::string_view too. An optional `static constexpr std::string_view doc` describes the whole.
template <class T>
struct Described;

template <class T>
concept IsDescribed = requires { Described<T>::fields; };

/// Reads a body strictly. Every error is `invalid` and names the field, dotted when nested
/// (`card.number`, `items.0.price`): `missing_field`, `unknown_field`, `wrong_type`, `too_long`,
/// `too_short`, `out_of_range`, `invalid_text` (control characters), `invalid_id`, and what a type's
/// own `from_json` says. The first wrong field in the body's order is named, then the first missing
/// one. `null` counts as absent for optional fields only. No message repeats a value that came in.
///
/// Source: failures F98, F138.
template <IsDescribed T>
Result<T> read(const Value& value);

/// Writes what `Described<T>` names, in its order; optionals that are empty are left out. So a view of
/// an answer and its schema are one description.
template <IsDescribed T>
void write(Writer& writer, const T& view);
template <IsDescribed T>
std::string to_text(const T& view) {
    std::string out;
    // A payment with its transaction fits in.
    out.reserve(2'000);
    Writer writer{out};
    write(writer, view);
    return out;
}

/// The JSON Schema (2020-12, as OpenAPI 3.1 has it) of a described type: `name` and its schema text;
/// nested described types appear as `$ref` into `#/components/schemas/` and are appended too. What is
/// there already is not appended again.
struct Schema {
    std::string name;
    std::string json;
};
template <IsDescribed T>
void append_schemas(std::vector<Schema>& schemas);

}  // namespace florin::json

#include "florin/json/describe_impl.hpp"
