#include "postgres_insert.hpp"

#include <algorithm>
#include <charconv>

#include "trimmed.hpp"

namespace florin::store {

namespace {

/// Where the text that begins with `(` at `open` closes it; npos when it does not.
std::size_t closing(std::string_view text, std::size_t open) {
    int depth = 0;
    bool is_quoted = false;
    for (std::size_t at = open; at < text.size(); ++at) {
        if (text[at] == '\'') is_quoted = !is_quoted;
        if (is_quoted) continue;
        if (text[at] == '(') ++depth;
        if (text[at] == ')' && --depth == 0) return at;
    }
    return std::string_view::npos;
}

/// Calls `text` for what stands between parameters and `parameter` for each number.
template <class Text, class Parameter>
void walk_parameters(std::string_view from, Text text, Parameter parameter) {
    bool is_quoted = false;
    for (std::size_t at = 0; at < from.size();) {
        if (from[at] == '\'') is_quoted = !is_quoted;
        if (is_quoted || from[at] != '$') {
            text(from.substr(at++, 1));
            continue;
        }
        std::size_t number = 0;
        const auto [end, error] = std::from_chars(from.data() + at + 1, from.data() + from.size(), number);
        if (error == std::errc{}) parameter(number);
        at = static_cast<std::size_t>(end - from.data());
    }
}

}  // namespace

std::optional<InsertShape> InsertShape::of(std::string_view text) {
    text = trimmed(text);
    const std::size_t values = text.find("VALUES");
    if (!text.starts_with("INSERT INTO ") || values == std::string_view::npos) return std::nullopt;
    if (text.find("--") != std::string_view::npos || text.find("SELECT") < values) return std::nullopt;
    const std::size_t open = text.find('(', values);
    if (open == std::string_view::npos || !trimmed(text.substr(values + 6, open - values - 6)).empty())
        return std::nullopt;
    const std::size_t close = closing(text, open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view tail = trimmed(text.substr(close + 1));
    const bool is_plain = tail.empty();
    const bool does_nothing = tail.starts_with("ON CONFLICT") && tail.ends_with("DO NOTHING");
    if (!is_plain && !does_nothing) return std::nullopt;
    if (tail.find('$') != std::string_view::npos) return std::nullopt;

    InsertShape shape{.head = std::string{text.substr(0, open)},
                      .row = std::string{text.substr(open, close + 1 - open)},
                      .tail = std::string{tail}};
    walk_parameters(
        shape.row, [](std::string_view) {},
        [&](std::size_t number) { shape.parameters = std::max(shape.parameters, number); });
    if (shape.parameters == 0) return std::nullopt;
    return shape;
}

std::string InsertShape::text(std::size_t rows) const {
    std::string out = head;
    for (std::size_t row_number = 0; row_number < rows; ++row_number) {
        if (row_number > 0) out += ", ";
        walk_parameters(
            row, [&](std::string_view part) { out += part; },
            [&](std::size_t number) { out += "$" + std::to_string(number + row_number * parameters); });
    }
    return out + " " + tail;
}

}  // namespace florin::store
