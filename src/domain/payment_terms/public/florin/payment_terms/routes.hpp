#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/http/router.hpp"
#include "florin/payment_terms/payment_terms.hpp"

namespace florin::payment_terms {

struct RouteSettings {
    PaymentTerms& payment_terms;
    /// Keys the fingerprints of idempotent requests (`KeyRing::derive`).
    idempotency::Secret fingerprint_secret;
    /// Told of every read of a customer's terms (requirements D-PC-09).
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
};

/// Document A's `/payment_terms`, at the root as it writes them, and `/schemas/payment_terms.json`.
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::payment_terms
