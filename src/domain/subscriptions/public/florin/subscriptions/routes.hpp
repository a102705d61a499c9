#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/http/router.hpp"
#include "florin/subscriptions/plans.hpp"
#include "florin/subscriptions/subscriptions.hpp"

namespace florin::subscriptions {

struct RouteSettings {
    Subscriptions& subscriptions;
    Plans& plans;
    /// Keys the fingerprints of idempotent requests (`KeyRing::derive`).
    idempotency::Secret fingerprint_secret;
    /// Told of every read of a customer's subscriptions (requirements D-PC-09).
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
};

/// `/api/v1/subscriptions…` and `/api/v1/plans…`
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::subscriptions
