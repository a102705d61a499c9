#include "connectors.hpp"

#include "florin/authorize_net/authorize_net.hpp"
#include "florin/bank_simulator/bank_simulator.hpp"
#include "florin/buckaroo/buckaroo.hpp"
#include "florin/chargebee/chargebee.hpp"
#include "florin/salesforce/salesforce.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "florin/sendgrid/sendgrid.hpp"
#include "florin/smtp/smtp.hpp"
#include "florin/stripe/stripe.hpp"
#include "florin/wallet/wallet.hpp"
#include "traced_connector.hpp"

namespace florin::app {
namespace {
/// Requirements D-DE-05.
constexpr Millis provider_timeout{30'000};
constexpr Millis query_timeout{10'000};

using Client = FindClient;

std::unique_ptr<payments::Connector> connect_authorize_net(const Options::AuthorizeNet& account, World world,
                                                           const Client& client) {
    authorize_net::Settings settings;
    settings.base_url = account.base_url;
    settings.login.assign(account.login);
    settings.currency = account.currency;
    settings.transaction_key.assign(account.transaction_key);
    settings.signature_key.assign(account.signature_key);
    settings.previous_signature_key.assign(account.previous_signature_key);
    settings.charge_timeout = provider_timeout;
    settings.query_timeout = query_timeout;
    return authorize_net::make_authorize_net(std::move(settings), world, client);
}

std::unique_ptr<payments::Connector> connect_stripe(const Options::Stripe& account, World world, const Client& client) {
    stripe::Settings settings;
    settings.base_url = account.base_url;
    settings.secret_key.assign(account.secret_key);
    settings.webhook_secret.assign(account.webhook_secret);
    settings.previous_webhook_secret.assign(account.previous_webhook_secret);
    settings.charge_timeout = provider_timeout;
    settings.query_timeout = query_timeout;
    return stripe::make_stripe(std::move(settings), world, client);
}

std::unique_ptr<payments::Connector> connect_chargebee(const Options::Chargebee& site, World world,
                                                       const Client& client) {
    chargebee::Settings settings;
    settings.base_url = site.address();
    settings.api_key.assign(site.api_key);
    settings.webhook_user = site.webhook_user;
    settings.webhook_password.assign(site.webhook_password);
    settings.previous_webhook_password.assign(site.previous_webhook_password);
    settings.charge_timeout = provider_timeout;
    settings.query_timeout = query_timeout;
    return chargebee::make_chargebee(std::move(settings), world, client);
}

std::unique_ptr<payments::Connector> connect_buckaroo(const Options::Buckaroo& account, World world,
                                                      const Client& client) {
    buckaroo::Settings settings;
    settings.base_url = account.base_url;
    settings.website_key = account.website_key;
    settings.secret_key.assign(account.secret_key);
    settings.previous_secret_key.assign(account.previous_secret_key);
    settings.push_url = account.push_url;
    settings.charge_timeout = provider_timeout;
    settings.query_timeout = query_timeout;
    return buckaroo::make_buckaroo(std::move(settings), world, client);
}

std::unique_ptr<payments::Connector> connect_wallet(const Options::Wallet& account, World world, const Client& client) {
    wallet::Settings settings;
    settings.base_url = account.base_url;
    settings.api_key.assign(account.api_key);
    settings.webhook_secret.assign(account.webhook_secret);
    settings.previous_webhook_secret.assign(account.previous_webhook_secret);
    settings.charge_timeout = provider_timeout;
    settings.query_timeout = query_timeout;
    return wallet::make_wallet(std::move(settings), world, client);
}

/// Of an account and how it is connected, with the operations' traces on its calls.
template <class Account>
std::unique_ptr<payments::Connector> traced(std::unique_ptr<payments::Connector> (*connect)(const Account&, World,
                                                                                            const Client&),
                                            std::type_identity_t<Account> account, World world, const Client& client) {
    MakeConnector make = [connect, account = std::move(account), world](const FindClient& through) {
        return connect(account, world, through);
    };
    return trace_calls(std::move(make), client, world);
}

/// With the sandbox's own credentials, known to everybody.
Connectors connect_sandbox(const std::string& url, World world, const Client& client) {
    const sandbox::AuthorizeNetMerchant merchant;
    const sandbox::StripeAccount account;
    Connectors connectors;
    connectors.emplace("authorize_net", traced(&connect_authorize_net,
                                               {.base_url = url,
                                                .login = merchant.login,
                                                .transaction_key = merchant.transaction_key,
                                                .signature_key = merchant.signature_key,
                                                .previous_signature_key = {}},
                                               world, client));
    connectors.emplace("stripe", traced(&connect_stripe,
                                        {.base_url = url,
                                         .secret_key = account.secret_key,
                                         .webhook_secret = account.webhook_secret,
                                         .previous_webhook_secret = {}},
                                        world, client));
    const sandbox::ChargebeeSite site;
    connectors.emplace("chargebee", traced(&connect_chargebee,
                                           {.site = {},
                                            .base_url = url,
                                            .api_key = site.api_key,
                                            .webhook_user = site.webhook_user,
                                            .webhook_password = site.webhook_password,
                                            .previous_webhook_password = {}},
                                           world, client));
    const sandbox::BuckarooWebsite website;
    connectors.emplace("buckaroo", traced(&connect_buckaroo,
                                          {.base_url = url,
                                           .website_key = website.website_key,
                                           .secret_key = website.secret_key,
                                           .previous_secret_key = {},
                                           .push_url = {}},
                                          world, client));
    const sandbox::WalletAccount purse;
    connectors.emplace("wallet", traced(&connect_wallet,
                                        {.base_url = url,
                                         .api_key = purse.api_key,
                                         .webhook_secret = purse.webhook_secret,
                                         .previous_webhook_secret = {}},
                                        world, client));
    MakeConnector make_bank = [url, world](const FindClient& through) {
        return bank_simulator::make_bank_simulator({.base_url = url, .timeout = provider_timeout}, world, through);
    };
    connectors.emplace("bank_simulator", trace_calls(std::move(make_bank), client, world));
    return connectors;
}

}  // namespace

Connectors make_connectors(const Options& options, const std::string& sandbox_url, World world,
                           std::function<http::Client&()> client) {
    if (!options.has_provider()) return connect_sandbox(sandbox_url, world, client);
    Connectors connectors;
    if (!options.authorize_net.login.empty())
        connectors.emplace("authorize_net", traced(&connect_authorize_net, options.authorize_net, world, client));
    if (!options.stripe.secret_key.empty())
        connectors.emplace("stripe", traced(&connect_stripe, options.stripe, world, client));
    if (!options.chargebee.api_key.empty())
        connectors.emplace("chargebee", traced(&connect_chargebee, options.chargebee, world, client));
    if (!options.buckaroo.website_key.empty())
        connectors.emplace("buckaroo", traced(&connect_buckaroo, options.buckaroo, world, client));
    if (!options.wallet.api_key.empty())
        connectors.emplace("wallet", traced(&connect_wallet, options.wallet, world, client));
    return connectors;
}

std::unique_ptr<notifications::Transport> make_mail(const Options& options, const std::string& sandbox_url,
                                                    std::function<http::Client&()> client) {
    if (!options.mail.smtp_url.empty()) {
        smtp::Settings server;
        server.url = options.mail.smtp_url;
        server.username = options.mail.username;
        server.password.assign(options.mail.password);
        server.own_domain = options.mail.from_address.substr(options.mail.from_address.find('@') + 1);
        server.authority_file = options.mail.authority_file;
        server.is_plain = options.mail.tls == "off";
        return smtp::make_smtp(std::move(server));
    }
    sendgrid::Settings settings;
    settings.timeout = provider_timeout;
    if (!options.mail.sendgrid_api_key.empty()) {
        settings.base_url = options.mail.sendgrid_base_url;
        settings.api_key.assign(options.mail.sendgrid_api_key);
        settings.has_activity = options.mail.has_sendgrid_activity;
        return sendgrid::make_sendgrid(std::move(settings), std::move(client));
    }
    if (sandbox_url.empty()) return nullptr;
    settings.base_url = sandbox_url;
    settings.api_key.assign(sandbox::SendGridAccount{}.api_key);
    settings.has_activity = true;
    // What it has taken it tells at once.
    settings.activity_delay = Millis{2'000};
    return sendgrid::make_sendgrid(std::move(settings), std::move(client));
}

std::unique_ptr<cases::Crm> make_crm(const Options& options, const std::string& sandbox_url, World world,
                                     std::function<http::Client&()> client) {
    const Options::Salesforce& org = options.salesforce;
    salesforce::Settings settings;
    settings.timeout = provider_timeout;
    if (!org.client_id.empty()) {
        settings.login_url = org.login_url;
        settings.audience = org.audience;
        settings.client_id = org.client_id;
        settings.client_secret.assign(org.client_secret);
        settings.username = org.username;
        settings.private_key.assign(org.private_key);
        settings.api_version = org.api_version;
        settings.external_id_field = org.external_id_field;
        settings.origin = org.origin;
        settings.priority = org.priority;
        settings.open_status = org.open_status;
        settings.closed_status = org.closed_status;
        return salesforce::make_salesforce(std::move(settings), world, std::move(client));
    }
    if (sandbox_url.empty()) return nullptr;
    const sandbox::SalesforceOrg stand_in;
    settings.login_url = sandbox_url;
    settings.client_id = stand_in.client_id;
    settings.client_secret.assign(stand_in.client_secret);
    return salesforce::make_salesforce(std::move(settings), world, std::move(client));
}

bool is_connector(std::string_view name) { return std::ranges::find(connector_names, name) != connector_names.end(); }

std::string list_of_connectors() {
    std::string list;
    for (const std::string_view name : connector_names) list.append(list.empty() ? "" : ", ").append(name);
    return list;
}

}  // namespace florin::app
