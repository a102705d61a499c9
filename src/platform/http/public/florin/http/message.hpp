#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"

namespace florin::http {

using Header = std::pair<std::string, std::string>;

/// What came in: already parsed, bounded and decoded. Header names are lower case.
struct Request {
    std::string method;  ///< `GET`, `POST` …
    std::string path;    ///< Percent-decoded, without the query; begins with `/`.
    std::string query;   ///< As it came, without the `?`.
    std::vector<Header> headers;
    std::string body;
    std::string peer;  ///< The peer's address, without its port: `127.0.0.1`, `::1`.
    bool is_tls = false;

    /// The header's value, empty when there is none.
    std::string_view header(std::string_view lower_case_name) const;
    /// The first query parameter of that name, decoded.
    std::optional<std::string> parameter(std::string_view name) const;
    /// All query parameters in their order, decoded; `+` is a space. Those that cannot be decoded are
    /// left out, but the router refuses such a query before any handler sees it.
    std::vector<Header> parameters() const;
    /// Whether every parameter decodes to UTF-8 without control characters.
    bool has_valid_query() const;
    /// Overwrites the body: it may have held a card number.
    void wipe();
};

struct Response {
    int status = 200;
    std::string body;
    std::string content_type = "application/json";
    std::vector<Header> headers;
    /// True: the connection is closed and nothing is sent. How a simulated provider loses an answer.
    bool is_dropped = false;
};

}  // namespace florin::http
