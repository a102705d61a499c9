#pragma once

#include <functional>
#include <vector>

#include "florin/http/router.hpp"
#include "florin/webhooks/webhooks.hpp"

namespace florin::webhooks {

/// `/api/v1/webhook_endpoints…`
std::vector<http::Route> routes(Webhooks& webhooks);
std::vector<json::Schema> schemas();

}  // namespace florin::webhooks
