#include "connectors.hpp"

#include "florin/authorize_net/authorize_net.hpp"
#include "florin/bank_simulator/bank_simulator.hpp"
#include "florin/sandbox/sandbox.hpp"

namespace florin::app {
namespace {
/// Requirements D-DE-05.
constexpr Millis provider_timeout{30'000};
constexpr Millis query_timeout{10'000};
}  // namespace

Connectors make_connectors(const Options& options, const std::string& sandbox_url, World world,
                           std::function<http::Client&()> client) {
    const bool is_live = options.has_provider();
    authorize_net::Settings authorize_net;
    authorize_net.base_url = is_live ? options.authorize_net.base_url : sandbox_url;
    // The sandbox's own, known to everybody.
    const sandbox::AuthorizeNetMerchant known;
    authorize_net.login.assign(is_live ? options.authorize_net.login : known.login);
    authorize_net.transaction_key.assign(is_live ? options.authorize_net.transaction_key : known.transaction_key);
    authorize_net.signature_key.assign(is_live ? options.authorize_net.signature_key : known.signature_key);
    authorize_net.previous_signature_key.assign(is_live ? options.authorize_net.previous_signature_key : "");
    authorize_net.charge_timeout = provider_timeout;
    authorize_net.query_timeout = query_timeout;
    Connectors connectors;
    connectors.emplace("authorize_net", authorize_net::make_authorize_net(std::move(authorize_net), world, client));
    if (!is_live)
        connectors.emplace(
            "bank_simulator",
            bank_simulator::make_bank_simulator({.base_url = sandbox_url, .timeout = provider_timeout}, world, client));
    return connectors;
}

bool is_connector(std::string_view name) { return name == "authorize_net" || name == "bank_simulator"; }

}  // namespace florin::app
