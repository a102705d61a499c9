#pragma once

#include <functional>
#include <vector>

#include "florin/http/router.hpp"
#include "florin/payments/payments.hpp"

namespace florin::payments {

struct RouteSettings {
    Payments& payments;
    /// Keys the fingerprints of idempotent requests (`KeyRing::derive`).
    idempotency::Secret fingerprint_secret;
    /// The names of the connectors that take the merchant's payments by that method in that currency (in any, for a
    /// card that is only to be stored), in the order of preference; at least one. Error
    /// `invalid`/`method_not_supported`: there is none.
    std::function<Task<Result<std::vector<std::string>>>(MerchantId, Method, std::optional<Currency>)> connectors_of;
    /// Told of every read of payment data (requirements D-PC-09).
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
};

/// Document D's payment routes and what belongs to them (`/api/v1/payments…`, `/api/v1/transactions/{id}`,
/// `/api/v1/payment_methods`).
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

/// Who asks, as it is kept with what they asked for.
Origin origin_of(const http::Exchange& exchange);

}  // namespace florin::payments
