#pragma once

#include <functional>
#include <memory>
#include <string>

#include "florin/http/client.hpp"
#include "florin/payments/connector.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/card.hpp"

namespace florin::stripe {

/// One account at Stripe.
struct Settings {
    std::string base_url;                           ///< `https://api.stripe.com` or a sandbox of ours.
    security::Hidden<255> secret_key;               ///< `sk_test_…`, `sk_live_…`, `rk_…`.
    security::Hidden<255> webhook_secret;           ///< `whsec_…` of our endpoint; empty: webhooks are refused.
    security::Hidden<255> previous_webhook_secret;  ///< Still good while the secret is being changed.
    /// The form of requests and replies that this connector is written for, whatever the account's default is.
    std::string api_version = "2026-10-28.endive";
    Millis charge_timeout{60'000};  ///< For calls that move money; after it the outcome is unknown.
    Millis query_timeout{20'000};   ///< For calls that only read.
};

/// Cards by Stripe's API of payment intents. `client` gives the HTTP client of the thread that it is called on; it and
/// `world` outlive the connector. Amounts that Stripe cannot express are refused with `amount_not_supported`.
std::unique_ptr<payments::Connector> make_stripe(Settings settings, World world, std::function<http::Client&()> client);

}  // namespace florin::stripe
