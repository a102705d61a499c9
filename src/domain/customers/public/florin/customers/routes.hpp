#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/customers/customers.hpp"
#include "florin/http/router.hpp"

namespace florin::customers {

struct RouteSettings {
    Customers& customers;
    /// Keys the fingerprints of idempotent requests (`KeyRing::derive`).
    idempotency::Secret fingerprint_secret;
    /// Told of every read of a person's data (requirements D-PC-09). It is given no personal data.
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
};

/// `/api/v1/customers` and `/api/v1/customers/{id}`.
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::customers
