#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "florin/cases/crm.hpp"
#include "florin/http/client.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/card.hpp"

namespace florin::salesforce {

/// One organisation at Salesforce, and the app by which we log in there.
struct Settings {
    /// `https://login.salesforce.com`, `https://test.salesforce.com`, or that of My Domain, which client credentials
    /// need.
    std::string login_url = "https://login.salesforce.com";
    std::string client_id;                ///< The app's consumer key.
    security::Hidden<255> client_secret;  ///< With it we log in by client credentials; without it by JWT:
    std::string username;                 ///< the integration user's
    security::Hidden<8192> private_key;   ///< and the PEM of the key whose certificate the app has.
    std::string audience;                 ///< Of the JWT; empty: `login_url`.
    std::string api_version = "62.0";
    /// A text field of Case, external id and unique, that takes a case's id.
    std::string external_id_field = "FlorinCase__c";
    std::string origin = "Web", priority = "Medium";
    std::string open_status = "New", closed_status = "Closed";
    Millis timeout{30'000};
};

/// Whether we can sign with it. Error `invalid_private_key`: an RSA key of at least 2048 bits, as PEM without a
/// password, is expected.
Result<void> validate_private_key(std::string_view pem);

/// Cases at Salesforce by its REST API. `client` gives the HTTP client of the thread that it is called on and outlives
/// the CRM. The private key, if there is one, is valid.
std::unique_ptr<cases::Crm> make_salesforce(Settings settings, World world, std::function<http::Client&()> client);

}  // namespace florin::salesforce
