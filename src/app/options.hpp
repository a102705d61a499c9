#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "florin/base/result.hpp"
#include "florin/jobs/retry.hpp"
#include "florin/reconciliation/reconciliation.hpp"

namespace florin::app {

/// What `florin serve` is told, by flags, by the configuration file and by the environment, in that
/// order of precedence. Everything has a working default.
struct Options {
    std::string data_directory = "florin-data";
    std::string database_url;  ///< `postgresql://…`; empty: SQLite in the data directory.
    std::string listen = "127.0.0.1:8480";
    std::string tls_certificate, tls_key;  ///< PEM files; together: TLS 1.3 only.
    std::string public_url;                ///< How customers reach us, for links; empty: as we listen.
    std::string sandbox_url;               ///< Of a sandbox that runs elsewhere.
    std::set<std::string> roles{"api", "worker", "scheduler", "web"};
    std::size_t threads = 0;  ///< For HTTP; 0: half the cores, at least one.
    std::size_t database_connections = 8;
    std::string log_level = "info";
    std::int64_t merchant_requests_per_second = 50'000;
    std::size_t max_in_progress = 0;  ///< Requests worked on at once; 0: by the measured rate.
    std::int64_t drain_ms = 30'000;

    std::set<std::string> allowed_networks;      ///< That webhooks may be sent to besides public addresses.
    std::map<std::string, jobs::Retry> retries;  ///< By kind of job, where it is not the kind's own.
    std::int64_t retries_per_minute = 600;       ///< At one provider, by jobs of one process.
    std::int64_t billing_concurrency = 3;        ///< Charges that are due, collected at once by one process.

    struct AuthorizeNet {
        std::string base_url = "https://api.authorize.net";
        std::string currency;  ///< Of the account; empty: asked for.
        std::string login, transaction_key;
        std::string signature_key, previous_signature_key;
    } authorize_net;

    struct Stripe {
        std::string base_url = "https://api.stripe.com";
        std::string secret_key, webhook_secret, previous_webhook_secret;
    } stripe;

    struct Chargebee {
        std::string site;      ///< `acme-test` of `acme-test.chargebee.com`.
        std::string base_url;  ///< Instead of the site's own.
        std::string api_key, webhook_user, webhook_password, previous_webhook_password;
        std::string address() const { return base_url.empty() ? "https://" + site + ".chargebee.com" : base_url; }
    } chargebee;

    struct Buckaroo {
        std::string base_url = "https://checkout.buckaroo.nl";
        std::string website_key, secret_key, previous_secret_key;
        std::string push_url;  ///< Where Buckaroo sends its pushes, as it sees us; empty: as set up at Buckaroo.
    } buckaroo;

    struct Wallet {
        std::string base_url, api_key, webhook_secret, previous_webhook_secret;
    } wallet;

    struct Mail {
        std::string smtp_url;  ///< `smtp://host:587` (STARTTLS), `smtps://host:465`.
        std::string username, password;
        std::string sendgrid_api_key, sendgrid_base_url = "https://api.sendgrid.com";
        bool has_sendgrid_activity = false;
        std::string from_address = "florin@localhost.localdomain", from_name = "Florin";
        std::string default_language = "en";
        std::string tls = "required";  ///< Or `off`: a server on this machine.
        std::string authority_file;    ///< PEM of whom to trust for TLS instead of the system's store.
    } mail;

    /// Where cases are mirrored to.
    struct Salesforce {
        std::string login_url = "https://login.salesforce.com", audience;
        std::string client_id, client_secret;  ///< By client credentials, or by JWT:
        std::string username, private_key;
        std::string api_version = "62.0", external_id_field = "FlorinCase__c";
        std::string origin = "Web", priority = "Medium", open_status = "New", closed_status = "Closed";
        bool gets_contact = true;
    } salesforce;

    /// Whom to write to when somebody has to act.
    struct Alerts {
        std::set<std::string> mail;
        std::int64_t gather_seconds = 30;  ///< What comes within them is one mail.
        std::int64_t pause_seconds = 600;  ///< Between two mails.
    } alerts;

    reconciliation::Settings reconciliation;  ///< Of what providers have paid out with the books.

    /// Whether mail leaves by a mail server of the operator's.
    bool has_mail() const { return !mail.smtp_url.empty() || !mail.sendgrid_api_key.empty(); }

    struct Broker {
        std::string url, user, password, authority_file;
        std::string events_to = "/exchange/florin", commands_from;
        std::string start = "now";  ///< Or `beginning`.
    } broker;

    /// Whether money is moved by real providers, those that there are credentials for. Else there is a sandbox.
    bool has_provider() const {
        return !authorize_net.login.empty() || !stripe.secret_key.empty() || !chargebee.api_key.empty() ||
               !buckaroo.website_key.empty() || !wallet.api_key.empty();
    }
    bool runs(std::string_view role) const { return roles.contains(std::string{role}); }
};

struct Endpoint {
    std::string address;
    unsigned short port = 0;
};
/// `ADDR:PORT` or `[v6]:PORT`. Error `invalid_listen_address`, field `--listen`.
Result<Endpoint> parse_endpoint(const std::string& text);

/// Reads a configuration file over `options`. Unknown keys and wrong types are errors that name the key.
Result<void> read_config(const std::string& file, Options& options);
/// Secrets from the environment: FLORIN_AUTHORIZE_NET_… (LOGIN, TRANSACTION_KEY, SIGNATURE_KEY), FLORIN_STRIPE_…
/// (SECRET_KEY, WEBHOOK_SECRET), FLORIN_CHARGEBEE_… (SITE, API_KEY, WEBHOOK_PASSWORD), FLORIN_BUCKAROO_…
/// (WEBSITE_KEY, SECRET_KEY), FLORIN_MAIL_… (PASSWORD, SENDGRID_API_KEY) and FLORIN_SALESFORCE_CLIENT_SECRET.
void read_environment(Options& options);
/// What the options say of each other. Errors name the option.
Result<void> validate(const Options& options);

}  // namespace florin::app
