#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/http/router.hpp"
#include "florin/reconciliation/reconciliation.hpp"

namespace florin::reconciliation {

struct RouteSettings {
    Reconciliation& reconciliation;
    /// Keys the fingerprints of idempotent requests (`KeyRing::derive`).
    idempotency::Secret fingerprint_secret;
    /// Told of everything that is read (requirements D-PC-09).
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
};

/// `/api/v1/settlements…`, `/api/v1/reconciliation…`
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::reconciliation
