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

/// What a body is, such as `text/html; charset=utf-8`. Made of a literal, so a response need not copy it.
class MediaType {
public:
    constexpr MediaType() = default;  ///< None.
    consteval MediaType(const char* literal) : text_{literal} {}
    constexpr operator std::string_view() const { return text_; }
    friend constexpr bool operator==(MediaType type, std::string_view text) { return type.text_ == text; }

private:
    std::string_view text_;
};

struct Response {
    int status = 200;
    std::string body;
    MediaType content_type = "application/json";
    std::vector<Header> headers;
    /// Goes along as `X-Correlation-Id`, and with it what keeps an answer from being stored, framed or taken for
    /// something else; each unless `headers` has its own. Empty: none of these.
    std::string correlation_id = {};
    /// True: the connection is closed and nothing is sent. How a simulated provider loses an answer.
    bool is_dropped = false;
};

}  // namespace florin::http
