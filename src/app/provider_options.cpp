// The providers that move money: how their sections are read and judged.

#include <algorithm>

#include "florin/security/encoding.hpp"
#include "option_section.hpp"

namespace florin::app {
namespace {

Result<void> read_authorize_net(const toml::table& provider, Options& options) {
    Options::AuthorizeNet& authorize_net = options.authorize_net;
    Table table{provider, "authorize_net."};
    table.take("base_url", authorize_net.base_url);
    table.take("login", authorize_net.login);
    table.take("currency", authorize_net.currency);
    table.take_secret("transaction_key_file", authorize_net.transaction_key);
    table.take_secret("signature_key_file", authorize_net.signature_key);
    table.take_secret("previous_signature_key_file", authorize_net.previous_signature_key);
    return table.finish();
}

Result<void> validate_authorize_net(const Options& options) {
    const Options::AuthorizeNet& authorize_net = options.authorize_net;
    if (authorize_net.login.empty() != authorize_net.transaction_key.empty())
        return wrong("authorize_net", "Authorize.Net needs both a login and a transaction key.");
    for (const std::string& key : {authorize_net.signature_key, authorize_net.previous_signature_key})
        if (key.size() != 0 && (key.size() != 128 || !security::from_hex(key)))
            return wrong("authorize_net.signature_key_file", "Authorize.Net's signature key has 128 hex digits.");
    return {};
}

Result<void> read_stripe(const toml::table& provider, Options& options) {
    Options::Stripe& stripe = options.stripe;
    Table table{provider, "stripe."};
    table.take("base_url", stripe.base_url);
    table.take_secret("secret_key_file", stripe.secret_key);
    table.take_secret("webhook_secret_file", stripe.webhook_secret);
    table.take_secret("previous_webhook_secret_file", stripe.previous_webhook_secret);
    return table.finish();
}

Result<void> validate_stripe(const Options& options) {
    const Options::Stripe& stripe = options.stripe;
    const auto is_key = [](const std::string& key) { return key.starts_with("sk_") || key.starts_with("rk_"); };
    if (!stripe.secret_key.empty() && (!is_key(stripe.secret_key) || stripe.secret_key.size() > 255))
        return wrong("stripe.secret_key_file", "Stripe's secret keys begin with sk_, restricted ones with rk_.");
    for (const std::string& secret : {stripe.webhook_secret, stripe.previous_webhook_secret}) {
        if (secret.empty()) continue;
        if (!secret.starts_with("whsec_") || secret.size() > 255)
            return wrong("stripe.webhook_secret_file", "The secrets of Stripe's webhooks begin with whsec_.");
        if (stripe.secret_key.empty()) return wrong("stripe", "Webhooks of Stripe need its secret key beside theirs.");
    }
    return {};
}

Result<void> read_chargebee(const toml::table& provider, Options& options) {
    Options::Chargebee& chargebee = options.chargebee;
    Table table{provider, "chargebee."};
    table.take("site", chargebee.site);
    table.take("base_url", chargebee.base_url);
    table.take("webhook_user", chargebee.webhook_user);
    table.take_secret("api_key_file", chargebee.api_key);
    table.take_secret("webhook_password_file", chargebee.webhook_password);
    table.take_secret("previous_webhook_password_file", chargebee.previous_webhook_password);
    return table.finish();
}

Result<void> validate_chargebee(const Options& options) {
    const Options::Chargebee& chargebee = options.chargebee;
    const auto is_of_site = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (!std::ranges::all_of(chargebee.site, is_of_site))
        return wrong("chargebee.site", "Give the site's name alone: acme-test of acme-test.chargebee.com.");
    const std::string& key = chargebee.api_key;
    if (!key.empty() && ((!key.starts_with("test_") && !key.starts_with("live_")) || key.size() > 255))
        return wrong("chargebee.api_key_file", "Chargebee's API keys begin with test_ or live_.");
    if (!key.empty() && chargebee.site.empty() && chargebee.base_url.empty())
        return wrong("chargebee.site", "Name the site that the API key is of.");
    for (const std::string& password : {chargebee.webhook_password, chargebee.previous_webhook_password}) {
        if (password.empty()) continue;
        if (key.empty()) return wrong("chargebee", "Webhooks of Chargebee need its API key beside their password.");
        if (password.size() > 255) return wrong("chargebee.webhook_password_file", "Give at most 255 characters.");
        if (chargebee.webhook_user.empty() || chargebee.webhook_user.find(':') != std::string::npos)
            return wrong("chargebee.webhook_user", "Name the user of the webhooks' Basic authentication, without ':'.");
    }
    return {};
}

Result<void> read_buckaroo(const toml::table& provider, Options& options) {
    Options::Buckaroo& buckaroo = options.buckaroo;
    Table table{provider, "buckaroo."};
    table.take("base_url", buckaroo.base_url);
    table.take("website_key", buckaroo.website_key);
    table.take("push_url", buckaroo.push_url);
    table.take_secret("secret_key_file", buckaroo.secret_key);
    table.take_secret("previous_secret_key_file", buckaroo.previous_secret_key);
    return table.finish();
}

Result<void> validate_buckaroo(const Options& options) {
    const Options::Buckaroo& buckaroo = options.buckaroo;
    if (buckaroo.website_key.empty() != buckaroo.secret_key.empty())
        return wrong("buckaroo", "Buckaroo needs both a website key and its secret key.");
    const auto is_letter_or_digit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    if (buckaroo.website_key.size() > 64 || !std::ranges::all_of(buckaroo.website_key, is_letter_or_digit))
        return wrong("buckaroo.website_key", "A website key is letters and digits.");
    for (const std::string& secret : {buckaroo.secret_key, buckaroo.previous_secret_key})
        if (secret.size() > 255) return wrong("buckaroo.secret_key_file", "Secret keys have at most 255 characters.");
    if (!buckaroo.push_url.empty() && !buckaroo.push_url.starts_with("https://") &&
        !buckaroo.push_url.starts_with("http://"))
        return wrong("buckaroo.push_url", "Give the address of /api/v1/webhooks/buckaroo as Buckaroo reaches it.");
    return {};
}

Result<void> read_wallet(const toml::table& provider, Options& options) {
    Options::Wallet& wallet = options.wallet;
    Table table{provider, "wallet."};
    table.take("base_url", wallet.base_url);
    table.take_secret("api_key_file", wallet.api_key);
    table.take_secret("webhook_secret_file", wallet.webhook_secret);
    table.take_secret("previous_webhook_secret_file", wallet.previous_webhook_secret);
    return table.finish();
}

Result<void> validate_wallet(const Options& options) {
    const Options::Wallet& wallet = options.wallet;
    if (wallet.api_key.empty() != wallet.base_url.empty())
        return wrong("wallet.base_url", "An e-wallet needs both an address and an API key.");
    for (const std::string& secret : {wallet.api_key, wallet.webhook_secret, wallet.previous_webhook_secret})
        if (secret.size() > 255) return wrong("wallet", "A key or secret has 255 characters at most.");
    for (const std::string& secret : {wallet.webhook_secret, wallet.previous_webhook_secret})
        if (!secret.empty() && !secret.starts_with("whsec_"))
            return wrong("wallet.webhook_secret_file", "The secrets of webhooks begin with whsec_.");
    return {};
}

constexpr Section all_provider_sections[] = {
    {"authorize_net", read_authorize_net, validate_authorize_net},
    {"stripe", read_stripe, validate_stripe},
    {"chargebee", read_chargebee, validate_chargebee},
    {"buckaroo", read_buckaroo, validate_buckaroo},
    {"wallet", read_wallet, validate_wallet},
};

}  // namespace

std::span<const Section> provider_sections() { return all_provider_sections; }

}  // namespace florin::app
