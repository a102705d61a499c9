#pragma once

#include <functional>
#include <string>

#include "florin/chargebee/chargebee.hpp"
#include "florin/json/value.hpp"

namespace florin::chargebee {

/// What came back, whatever the status was.
struct Reply {
    int status = 0;
    json::Value body;
    bool is_good() const { return status >= 200 && status < 300; }
};

/// How a request gets there and back. Errors: `unavailable` (nothing was sent) and `outcome_unknown`: time-outs, broken
/// connections, bodies that are no JSON.
class Line {
public:
    Line(Settings settings, std::function<http::Client&()> client)
        : settings_{std::move(settings)}, client_{std::move(client)} {}

    /// Moves money. Sent once: were it sent again on another connection, "too many requests" would no longer mean that
    /// nothing happened. `path` is what stands behind `/api/v2/`, `key` becomes the `chargebee-idempotency-key`.
    Task<Result<Reply>> command(std::string path, std::string body, std::string key);
    /// Makes something that moves no money: under the same key it is made once, so a dead connection is replaced.
    Task<Result<Reply>> prepare(std::string path, std::string body, std::string key);
    /// Only reads.
    Task<Result<Reply>> query(std::string path);
    const Settings& settings() const { return settings_; }

private:
    Task<Result<Reply>> send(http::Call call, std::string path, std::string key);
    Settings settings_;
    std::function<http::Client&()> client_;
};

}  // namespace florin::chargebee
