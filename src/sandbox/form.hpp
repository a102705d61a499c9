#pragma once

#include <string_view>

#include "florin/base/result.hpp"
#include "florin/json/value.hpp"

namespace florin::sandbox {

/// Parameters, `application/x-www-form-urlencoded` with nested names: `metadata[order]=17` is an object, `expand[0]=a`
/// and `expand[]=a` are lists. Every leaf is a text. The octets between percent signs are UTF-8.
///
/// Errors (`invalid`): `malformed_form`, with the name of the parameter as its field where there is one.
Result<json::Value> parse_form(std::string_view text);

}  // namespace florin::sandbox
