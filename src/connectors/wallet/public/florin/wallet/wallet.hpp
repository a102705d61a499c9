#pragma once

#include <functional>
#include <memory>
#include <string>

#include "florin/http/client.hpp"
#include "florin/payments/connector.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/card.hpp"

namespace florin::wallet {

/// One account at the e-wallet.
struct Settings {
    std::string base_url;
    security::Hidden<255> api_key;
    security::Hidden<255> webhook_secret;           ///< `whsec_` and base64; empty: webhooks are refused.
    security::Hidden<255> previous_webhook_secret;  ///< Still good while the secret is being changed.
    Millis charge_timeout{30'000};                  ///< For calls that move money; after it the outcome is unknown.
    Millis query_timeout{10'000};                   ///< For calls that only read.
};

/// Document E's e-wallet: a payment request is taken at once, and decided and told by webhook seconds later. It knows
/// each of our references once. `client` gives the HTTP client of the thread that it is called on.
///
/// Source: requirements E-AP-07, E-AP-11, E-SI-01 … E-SI-03; the sandbox's README for the wire.
std::unique_ptr<payments::Connector> make_wallet(Settings settings, World world, std::function<http::Client&()> client);

}  // namespace florin::wallet
