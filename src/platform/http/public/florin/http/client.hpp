#pragma once

#include <memory>
#include <string>
#include <vector>

#include "florin/http/egress.hpp"
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
    /// Where somebody else has chosen the address: only what it allows is connected to, whatever its name says (F142).
    /// Outlives the call.
    const Egress* egress = nullptr;
    std::size_t max_reply_bytes = 0;  ///< 0: the client's own bound.
};

struct Reply {
    int status = 0;
    std::vector<Header> headers;  ///< Names in lower case.
    std::string body;
    std::string_view header(std::string_view lower_case_name) const;
};

struct ClientOptions {
    std::string authority_file;  ///< PEM of whom to trust instead of the system's store.
    std::size_t max_reply_bytes = 1024 * 1024;
    std::size_t max_connections = 64;  ///< Per origin; further calls wait their turn.
    Millis idle_timeout{30'000};       ///< How long an unused connection is kept.
};

/// Whether a call to `url` would use TLS. Error `bad_url`, as for the call: user names, fragments, spaces and other
/// schemes than http and https are refused.
Result<bool> uses_tls(std::string_view url);

/// The way out. Errors: `invalid` (`bad_url`, `bad_header`: the call itself is wrong),
/// `forbidden` (`address_refused`: by `egress`), `unavailable` (`not_connected`: not a byte of the request left this
/// machine) and
/// `outcome_unknown` (`no_answer`: it may have arrived). Redirects are not followed, bodies are read
/// up to a bound. What was sent is wiped. One per scheduler thread; keeps connections alive.
class Client {
public:
    virtual ~Client() = default;
    virtual Task<Result<Reply>> send(Call call) = 0;
};

}  // namespace florin::http
