#pragma once

#include <vector>

#include "florin/http/router.hpp"
#include "florin/test_clocks/test_clocks.hpp"

namespace florin::test_clocks {

/// What the routes are given. References outlive them.
struct RouteSettings {
    TestClocks& clocks;
    Clock& clock;  ///< By which an advance's time is told from the server's own.
    idempotency::Secret fingerprint_secret;
};

/// `/api/v1/test_clocks`.
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::test_clocks
