#include "florin/http/listing.hpp"

#include <charconv>

namespace florin::http {

std::unexpected<Error> invalid_parameter(std::string_view name, std::string_view message) {
    return fail(ErrorKind::invalid, "invalid_parameter", message, name);
}

Result<std::size_t> parse_limit(std::string_view value) {
    std::size_t limit = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), limit);
    if (failure != std::errc{} || end != value.data() + value.size() || limit < 1 || limit > longest_page)
        return invalid_parameter("limit", "Give a number from 1 to 200.");
    return limit;
}

}  // namespace florin::http
