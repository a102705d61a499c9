#pragma once

#include <functional>
#include <memory>
#include <string>

#include "florin/http/client.hpp"
#include "florin/payments/connector.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/card.hpp"

namespace florin::chargebee {

/// One site at Chargebee.
struct Settings {
    std::string base_url;                             ///< `https://SITE.chargebee.com` or a sandbox of ours.
    security::Hidden<255> api_key;                    ///< `test_…` or `live_…`, with full access.
    std::string webhook_user;                         ///< What the site's webhooks carry as Basic authentication.
    security::Hidden<255> webhook_password;           ///< Empty: webhooks are refused.
    security::Hidden<255> previous_webhook_password;  ///< Still good while the password is being changed.
    Millis charge_timeout{60'000};                    ///< For calls that move money; after it the outcome is unknown.
    Millis query_timeout{20'000};                     ///< For calls that only read.
};

/// One-time payments by Chargebee's hosted pages, and of cards that are stored there. `client` gives the HTTP client of
/// the thread that it is called on; it and `world` outlive the connector. Chargebee takes money at once: to authorize,
/// capture and cancel is refused with `authorize_not_supported`.
std::unique_ptr<payments::Connector> make_chargebee(Settings settings, World world,
                                                    std::function<http::Client&()> client);

}  // namespace florin::chargebee
