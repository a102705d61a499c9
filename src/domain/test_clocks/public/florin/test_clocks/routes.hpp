#pragma once

#include <vector>

#include "florin/http/router.hpp"
#include "florin/test_clocks/test_clocks.hpp"

namespace florin::test_clocks {

/// `/api/v1/test_clocks`. `clocks` and `clock`, by which an advance's time is told from the server's own, outlive the
/// routes.
std::vector<http::Route> routes(TestClocks& clocks, Clock& clock);
std::vector<json::Schema> schemas();

}  // namespace florin::test_clocks
