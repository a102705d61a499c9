#include "florin/http/listing.hpp"

#include <charconv>

namespace florin::http {

std::unexpected<Error> invalid_parameter(std::string_view name, std::string_view message) {
    return fail(ErrorKind::invalid, "invalid_parameter", message, name);
}

std::unexpected<Error> unknown_parameter(std::string_view name) {
    return fail(ErrorKind::invalid, "unknown_parameter", "There is no such parameter.", name);
}

Result<std::size_t> parse_limit(std::string_view value, std::size_t most) {
    std::size_t limit = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), limit);
    if (failure != std::errc{} || end != value.data() + value.size() || limit < 1 || limit > most)
        return invalid_parameter("limit", "Give a whole number from 1 to " + std::to_string(most) + ".");
    return limit;
}

}  // namespace florin::http
