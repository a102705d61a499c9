#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/cases/cases.hpp"
#include "florin/http/router.hpp"

namespace florin::cases {

struct RouteSettings {
    Cases& cases;
    /// Keys the fingerprints of idempotent requests (`KeyRing::derive`).
    idempotency::Secret fingerprint_secret;
    /// Told of every case that is read (requirements D-PC-09).
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
};

/// `/api/v1/cases…`
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::cases
