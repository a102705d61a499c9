#pragma once

#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/http/router.hpp"
#include "florin/merchants/merchants.hpp"

namespace florin::merchants {

struct RouteSettings {
    const Merchants& merchants;
    const audit::Log& audit;
};

/// `/api/v1/merchant`: the calling merchant's own profile. What the settings name outlives the routes.
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::merchants
