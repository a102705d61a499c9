#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "florin/json/value.hpp"

namespace florin::sandbox::authorize_net {

enum class Content { text, decimal, digits, boolean, nested, anything };

struct Schema;

/// One member of an object, in the place where the vendor's XML schema has it.
struct Element {
    std::string_view name;
    Content content = Content::text;
    std::size_t max_length = 0;  ///< 0: none.
    const Schema* nested = nullptr;
    bool is_required = false;
    bool is_repeated = false;  ///< May be an array.
};
struct Schema {
    std::span<const Element> elements;
};

/// What a request of that name contains, or nothing for names that we do not serve.
const Schema* schema_of(std::string_view request_name);

/// Why the object does not fit, in the words of the vendor's E00003, or nothing. Members have to be in the
/// schema's order, as the vendor turns JSON into XML and validates that.
///
/// Values are never repeated in the text: they may be card numbers.
std::optional<std::string> find_violation(const json::Value& object, const Schema& schema, std::string_view name);

}  // namespace florin::sandbox::authorize_net
