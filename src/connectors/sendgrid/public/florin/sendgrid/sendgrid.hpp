#pragma once

#include <functional>
#include <memory>
#include <string>

#include "florin/http/client.hpp"
#include "florin/notifications/transport.hpp"
#include "florin/security/card.hpp"

namespace florin::sendgrid {

/// One account at SendGrid.
struct Settings {
    std::string base_url = "https://api.sendgrid.com";  ///< Or `https://api.eu.sendgrid.com`, or a sandbox of ours.
    security::Hidden<255> api_key;
    /// Whether the account has SendGrid's e-mail activity history, which is sold apart: without it nobody can ask what
    /// became of a mail whose answer was lost.
    bool has_activity = false;
    /// How long after sending the activity history has everything.
    Millis activity_delay{600'000};
    Millis timeout{30'000};
};

/// Mail by SendGrid's v3 API. `client` gives the HTTP client of the thread that it is called on and outlives the
/// transport.
std::unique_ptr<notifications::Transport> make_sendgrid(Settings settings, std::function<http::Client&()> client);

}  // namespace florin::sendgrid
