#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "florin/base/result.hpp"
#include "florin/json/value.hpp"

namespace florin::json {

/// An amount in major units as it was written (a number or a string), kept until its currency is
/// known: see `parse_major`.
struct Decimal {
    std::string text;
};

/// Any JSON object, kept as compact text (`metadata`).
struct Object {
    std::string text = "{}";
};

/// What the reader and the OpenAPI document know of one field of a body. `example` is JSON text.
/// A field is required unless its type is `std::optional` (or `Object`).
template <class Owner, class T>
struct Field {
    std::string_view name;
    T Owner::* member;
    std::string_view doc;
    std::string_view example = {};
    std::size_t min_length = 0;      ///< Of strings, in bytes.
    std::size_t max_length = 255;    ///< Of strings, in bytes.
    std::int64_t minimum = INT64_MIN;  ///< Of integers.
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
/// Members may be std::string, std::int64_t, bool, Decimal, Object, a described struct, a type with
/// `static Result<T> T::from_json(std::string_view text)` (secrets: read from a JSON string), and
/// std::optional or std::vector of those.
template <class T>
struct Described;

template <class T>
concept IsDescribed = requires { Described<T>::fields; };

/// Reads a body strictly. Every error is `invalid` and names the field, dotted when nested:
/// `missing_field`, `unknown_field`, `wrong_type`, `too_long`, `too_short`, `out_of_range`, and what a
/// type's own `from_json` says. `null` counts as absent for optional fields only.
template <IsDescribed T>
Result<T> read(const Value& value);

/// The JSON Schema (2020-12, as OpenAPI 3.1 has it) of a described type: `name` and its schema text;
/// nested described types appear as `$ref` into `#/components/schemas/` and are appended too.
struct Schema {
    std::string name;
    std::string json;
};
template <IsDescribed T>
void append_schemas(std::vector<Schema>& schemas);

}  // namespace florin::json

#include "florin/json/describe_impl.hpp"
