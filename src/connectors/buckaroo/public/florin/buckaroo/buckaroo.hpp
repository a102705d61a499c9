#pragma once

#include <functional>
#include <memory>
#include <string>

#include "florin/http/client.hpp"
#include "florin/payments/connector.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/card.hpp"

namespace florin::buckaroo {

/// One website of a merchant at Buckaroo.
struct Settings {
    std::string base_url;  ///< `https://checkout.buckaroo.nl`, `https://testcheckout.buckaroo.nl` or a sandbox of ours.
    std::string website_key;
    security::Hidden<255> secret_key;
    security::Hidden<255> previous_secret_key;  ///< Pushes signed with it are still taken while it is being changed.
    /// Where Buckaroo sends its pushes, as it sees it: their signature covers it. It is sent with every transaction.
    /// Empty: the address that the website has at Buckaroo, verified by the host that the request names.
    std::string push_url;
    Millis charge_timeout{60'000};  ///< For calls that move money; after it the outcome is unknown.
    Millis query_timeout{20'000};   ///< For calls that only read.
};

/// iDEAL and SEPA direct debit by Buckaroo's JSON API. `client` gives the HTTP client of the thread that it is called
/// on; it and `world` outlive the connector. Nothing is found by our reference: see the module's README.
std::unique_ptr<payments::Connector> make_buckaroo(Settings settings, World world,
                                                   std::function<http::Client&()> client);

}  // namespace florin::buckaroo
