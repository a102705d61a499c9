#pragma once

#include <memory>
#include <string>
#include <vector>

#include "florin/http/message.hpp"
#include "florin/runtime/task.hpp"

namespace florin::http {

struct Call {
    std::string method = "POST";
    std::string url;  ///< `http://host:port/path?query` or `https://…`.
    std::vector<Header> headers;
    std::string body;
    Millis timeout{30'000};  ///< For the whole exchange.
    /// True only for what may safely happen twice: then a connection that was kept alive and turns
    /// out dead is replaced and the call sent again.
    bool is_repeatable = false;
};

struct Reply {
    int status = 0;
    std::vector<Header> headers;  ///< Names in lower case.
    std::string body;
    std::string_view header(std::string_view lower_case_name) const;
};

/// The way out. Errors: `unavailable` (`not_connected`: not a byte of the request left this machine)
/// and `outcome_unknown` (`no_answer`: it may have arrived). Redirects are not followed, bodies are
/// read up to a bound (default 1 MiB). One per scheduler thread; keeps connections alive.
class Client {
public:
    virtual ~Client() = default;
    virtual Task<Result<Reply>> send(Call call) = 0;
};

}  // namespace florin::http
