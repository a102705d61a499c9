#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "florin/http/router.hpp"
#include "florin/payments/payments.hpp"

namespace florin::gateway {

struct Merchant {
    MerchantId id;
    std::string connector;
    std::string default_currency;
};

struct Settings {
    payments::Payments& payments;
    store::Store& store;
    security::KeyRing& keys;
    Clock& clock;
    idempotency::Secret fingerprint_secret;
    /// The active merchant of that name; nothing when there is none.
    std::function<Task<Result<std::optional<Merchant>>>(std::string_view name)> find_merchant;
    /// In the sandbox this merchant needs no key, as document C's examples have none. Empty with
    /// live connectors.
    std::string open_merchant;
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
    /// Whether the merchant may be asked for once more: calls without a key count for it too (C-IM-07).
    std::function<bool(MerchantId)> may_ask;
    /// How long a payment waits to be made. Source: requirements C-FR-01.
    Millis lifetime{600'000};
};

/// Document C's gateway: `/create-payment`, `/make-payment`, `/get-payment`.
std::vector<http::Route> routes(Settings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::gateway
