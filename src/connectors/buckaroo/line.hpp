#pragma once

#include <functional>
#include <string>

#include "florin/buckaroo/buckaroo.hpp"
#include "reply.hpp"

namespace florin::buckaroo {

/// What came back with a status of HTTP that the interface knows.
struct Reply {
    int status = 0;
    std::optional<Transaction> transaction;  ///< Of a 200, where there is one.
};

/// How a request gets there and back, signed. Errors: `unavailable` (nothing was sent) and `outcome_unknown`:
/// time-outs, broken connections, bodies that are no JSON.
class Line {
public:
    Line(Settings settings, World world, std::function<http::Client&()> client)
        : settings_{std::move(settings)}, world_{world}, client_{std::move(client)} {}

    /// `POST json/Transaction`. Sent once: there is no key under which a second one would be the same. `is_present`:
    /// the payer is there.
    Task<Result<Reply>> create(std::string body, bool is_present);
    /// `GET json/Transaction/Cancel/{key}`. Sent once, as everything that does something.
    Task<Result<Reply>> cancel(std::string key);
    /// `GET json/Transaction/Status/{key}`.
    Task<Result<Reply>> status(std::string key);
    const Settings& settings() const { return settings_; }

private:
    Task<Result<Reply>> send(http::Call call, std::string path, bool is_present);

    Settings settings_;
    World world_;
    std::function<http::Client&()> client_;
};

}  // namespace florin::buckaroo
