#pragma once

#include <functional>
#include <memory>
#include <string>

#include "florin/http/client.hpp"
#include "florin/payments/connector.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/card.hpp"

namespace florin::authorize_net {

/// One merchant account at Authorize.Net.
struct Settings {
    std::string base_url;        ///< `https://apitest.authorize.net`, `https://api.authorize.net` or a sandbox of ours.
    security::Hidden<32> login;  ///< API Login ID.
    security::Hidden<32> transaction_key;
    /// What webhooks are signed with, 128 hex digits; `previous` is still taken while a new one is introduced (F53).
    /// Empty: webhooks are refused.
    security::Hidden<128> signature_key, previous_signature_key;
    /// ISO 4217, of the account: its reports name none. Empty: the gateway is asked, and has to know of one only.
    std::string currency;
    Millis charge_timeout{60'000};  ///< For calls that move money; after it the outcome is unknown.
    Millis query_timeout{20'000};   ///< For calls that only read.
};

/// Cards by Authorize.Net's JSON API. `client` gives the HTTP client of the thread that it is called
/// on; it and `world` outlive the connector. Accounts are kept in currencies with two decimals:
/// others are refused with `currency_not_supported`.
std::unique_ptr<payments::Connector> make_authorize_net(Settings settings, World world,
                                                        std::function<http::Client&()> client);

}  // namespace florin::authorize_net
