#pragma once

#include <memory>
#include <optional>
#include <string>

#include "florin/app/platform.hpp"
#include "florin/http/router.hpp"

namespace florin::app {

/// What went wrong last with a connector.
struct LastError {
    payments::Outcome outcome = payments::Outcome::no_answer;  ///< `no_answer` or `not_sent`.
    Instant at;
};

/// Measures each call of a connector, by operation, and remembers the last that brought no answer. Any thread.
class ConnectorWatch {
public:
    virtual ~ConnectorWatch() = default;
    virtual std::optional<LastError> last_error() const = 0;
};

/// Puts a watch around each; the watches live as long as their connectors.
std::map<std::string, ConnectorWatch*, std::less<>> watch(Connectors& connectors, World world);

/// What the route is given. All outlive it.
struct ConnectorRoutes {
    const Connectors& connectors;
    const std::map<std::string, ConnectorWatch*, std::less<>>& watches;
    payments::Payments& payments;
};

/// `GET /api/v1/connectors`: what there is to pay through, and how each is doing (scope `payments:read`).
http::Route connectors_route(ConnectorRoutes on);

}  // namespace florin::app
