#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/billing/billing.hpp"
#include "florin/http/router.hpp"

namespace florin::billing {

struct RouteSettings {
    Billing& billing;
    /// Told of every read of a charge (requirements D-PC-09).
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
};

/// `/api/v1/billing/charges…`, `/api/v1/forecast`, `/api/v1/retry_policies…`.
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::billing
