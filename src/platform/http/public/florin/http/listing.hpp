#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "florin/base/result.hpp"
#include "florin/json/describe.hpp"

/// Lists: what all of them read from a request's parameters, and how they show a page of what was found.
namespace florin::http {

/// The most that one page of a list shows.
inline constexpr std::size_t longest_page = 200;

/// A parameter with a value that it cannot have. Error `invalid_parameter`.
std::unexpected<Error> invalid_parameter(std::string_view name, std::string_view message);

/// A parameter that a list does not have. Error `unknown_parameter`.
std::unexpected<Error> unknown_parameter(std::string_view name);

/// 1 to `most`. Error `invalid_parameter`, field `limit`.
Result<std::size_t> parse_limit(std::string_view value, std::size_t most = longest_page);

/// Takes a parameter that every list has: `cursor` into `after`, `limit` into `limit`. Errors: `invalid_parameter`, and
/// `unknown_parameter` for any other one.
template <class Filter>
Result<void> take_page(Filter& filter, std::string_view name, const std::string& value) {
    if (name == "cursor") {
        if constexpr (std::is_same_v<decltype(filter.after), std::string>) {
            filter.after = value;
        } else {
            filter.after = decltype(filter.after)::value_type::parse(value);
            if (!filter.after) return invalid_parameter(name, "That is not a cursor of this list.");
        }
    } else if (name == "limit") {
        const auto limit = parse_limit(value);
        if (!limit) return fail(limit.error());
        filter.limit = *limit;
    } else {
        return unknown_parameter(name);
    }
    return {};
}

/// Has one more read than is shown, which tells whether there is another page. Answers how many are shown.
template <class Filter>
std::size_t read_one_more(Filter& filter) {
    return filter.limit++;
}

/// How a list of such items is described: specialise it with `name` (of the schema) and `data` (how they come).
template <class Item>
struct ListOf;

/// A page of a list, as all of them show it.
template <class Item>
struct Page {
    std::vector<Item> data;
    bool has_more = false;
    std::optional<std::string> next_cursor;
};

/// The first `limit` of what was found, each as `show` has it: its `view_of`, if nothing else is said. The cursor is
/// the last one's id.
template <class View, class Item, class Show = decltype([](const Item& item) { return view_of(item); }),
          class CursorOf = decltype([](const Item& item) { return item.id.text(); })>
View page_of(const std::vector<Item>& found, std::size_t limit, Show show = {}, CursorOf cursor_of = {}) {
    View page{.data = {}, .has_more = found.size() > limit, .next_cursor = std::nullopt};
    for (std::size_t i = 0; i < found.size() && i < limit; ++i) page.data.push_back(show(found[i]));
    if (page.has_more) page.next_cursor = cursor_of(found[limit - 1]);
    return page;
}

}  // namespace florin::http

template <class Item>
struct florin::json::Described<florin::http::Page<Item>> {
    using P = http::Page<Item>;
    static constexpr std::string_view name = http::ListOf<Item>::name;
    static constexpr auto fields = std::tuple{
        Field{"data", &P::data, http::ListOf<Item>::data},
        Field{"has_more", &P::has_more, "Whether another page follows."},
        Field{"next_cursor", &P::next_cursor, "Give it as `cursor` to read on."},
    };
};
