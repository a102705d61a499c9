#pragma once

#include <string>

#include "florin/base/result.hpp"
#include "florin/http/client.hpp"

namespace florin::http {

/// Where a call goes.
struct Target {
    bool is_tls = false;
    std::string host;            ///< Without brackets.
    std::string port;            ///< In digits, also where the URL leaves it out.
    std::string authority;       ///< For the `Host` header.
    std::string path_and_query;  ///< Begins with `/`.

    /// Calls with equal origins may share a connection.
    std::string origin() const;
};

/// Error `invalid`/`bad_url`. User names, fragments, spaces and control characters are refused.
Result<Target> parse_url(std::string_view url);

/// The request line and the header of a call. Error `invalid`/`bad_header` for a method or a header
/// that would end its line, or that would say again what is said here (F144).
Result<std::string> request_head(const Call& call, const Target& target);

}  // namespace florin::http
