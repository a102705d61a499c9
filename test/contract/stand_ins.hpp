#pragma once

#include "florin/authorize_net/authorize_net.hpp"
#include "florin/http/client.hpp"
#include "florin/stripe/stripe.hpp"

/// Connectors as several tests want them: over a line to the sandbox, with the credentials that it knows.
namespace florin {

inline constexpr Millis call_timeout{30'000};

inline std::unique_ptr<payments::Connector> authorize_net_over(World world, http::Client& line) {
    authorize_net::Settings settings;
    settings.base_url = "http://provider.test";
    settings.login.assign("sandboxLogin");
    settings.transaction_key.assign("sandboxKey123456");
    settings.charge_timeout = call_timeout;
    settings.query_timeout = call_timeout;
    return authorize_net::make_authorize_net(std::move(settings), world, [&line]() -> http::Client& { return line; });
}
inline std::unique_ptr<payments::Connector> stripe_over(World world, http::Client& line) {
    stripe::Settings settings;
    settings.base_url = "http://provider.test";
    settings.secret_key.assign("sk_test_sandbox");
    settings.charge_timeout = call_timeout;
    settings.query_timeout = call_timeout;
    return stripe::make_stripe(std::move(settings), world, [&line]() -> http::Client& { return line; });
}

}  // namespace florin
