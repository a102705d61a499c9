#include "options.hpp"

#include <arpa/inet.h>
#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>

#include "florin/app/platform.hpp"
#include "florin/http/client.hpp"
#include "florin/http/egress.hpp"
#include "florin/salesforce/salesforce.hpp"
#include "florin/security/encoding.hpp"
#include "florin/telemetry/log.hpp"

namespace florin::app {
namespace {

constexpr std::size_t most_threads = 256;
constexpr std::int64_t longest_drain_ms = 3'600'000;
constexpr std::int64_t highest_rate = 1'000'000'000;

std::unexpected<Error> wrong(std::string_view key, std::string_view message) {
    return fail(ErrorKind::invalid, "invalid_configuration", message, key);
}

/// A file's first line, for secrets that lie in files of their own.
Result<std::string> read_secret_file(const std::string& path, std::string_view key) {
    std::ifstream file{path};
    std::string secret;
    if (!std::getline(file, secret) || secret.empty())
        return wrong(key, "The file cannot be read, or is empty: " + path);
    return secret;
}

/// One table's keys, each taken once; what is left over at the end is unknown.
class Table {
public:
    Table(const toml::table& table, std::string prefix) : table_{table}, prefix_{std::move(prefix)} {}

    template <class T>
    void take(std::string_view key, T& into) {
        taken_.insert(std::string{key});
        const toml::node* node = table_.get(key);
        if (node == nullptr || error_) return;
        if constexpr (std::is_same_v<T, std::string>) {
            if (const auto* text = node->as_string())
                into = text->get();
            else
                error_ = wrong(prefix_ + std::string{key}, "A text is expected.").error();
        } else if constexpr (std::is_same_v<T, bool>) {
            if (const auto* yes = node->as_boolean())
                into = yes->get();
            else
                error_ = wrong(prefix_ + std::string{key}, "true or false is expected.").error();
        } else {
            const auto* number = node->as_integer();
            if (number != nullptr && number->get() >= 0)
                into = static_cast<T>(number->get());
            else
                error_ = wrong(prefix_ + std::string{key}, "A whole number, not negative, is expected.").error();
        }
    }
    /// The name of a file whose first line is a secret.
    void take_secret(std::string_view key, std::string& into) {
        std::string file;
        take(key, file);
        if (file.empty() || error_) return;
        auto secret = read_secret_file(file, prefix_ + std::string{key});
        if (secret)
            into = std::move(*secret);
        else
            error_ = std::move(secret.error());
    }
    void take_list(std::string_view key, std::set<std::string>& into) {
        taken_.insert(std::string{key});
        const toml::node* node = table_.get(key);
        if (node == nullptr || error_) return;
        const toml::array* list = node->as_array();
        if (list == nullptr) {
            error_ = wrong(prefix_ + std::string{key}, "A list of texts is expected.").error();
            return;
        }
        into.clear();
        for (const toml::node& item : *list) {
            if (const auto* text = item.as_string())
                into.insert(text->get());
            else
                error_ = wrong(prefix_ + std::string{key}, "A list of texts is expected.").error();
        }
    }
    void take_list(std::string_view key, std::vector<std::int64_t>& into) {
        taken_.insert(std::string{key});
        const toml::node* node = table_.get(key);
        if (node == nullptr || error_) return;
        const toml::array* list = node->as_array();
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
            if (const auto number = list->get(i)->value_exact<std::int64_t>()) into.push_back(*number);
        if (list == nullptr || into.size() != list->size())
            error_ = wrong(prefix_ + std::string{key}, "A list of whole numbers is expected.").error();
    }
    /// A table in this one, whose keys are taken elsewhere.
    void allow_table(std::string_view key) {
        taken_.insert(std::string{key});
        const toml::node* node = table_.get(key);
        if (node == nullptr || node->is_table() || error_) return;
        // Passed over, it would leave TLS off or payments in the sandbox.
        error_ =
            wrong(prefix_ + std::string{key}, "A table is expected: a line with [" + std::string{key} + "].").error();
    }
    Result<void> finish() const {
        if (error_) return fail(*error_);
        for (const auto& [key, node] : table_)
            if (!taken_.contains(std::string{key.str()}))
                return wrong(prefix_ + std::string{key.str()}, "There is no such setting.");
        return {};
    }

private:
    const toml::table& table_;
    std::string prefix_;
    std::set<std::string> taken_;
    std::optional<Error> error_;
};

/// `[retry."webhooks.deliver"]` and its like.
Result<void> read_retries(const toml::table& retries, std::map<std::string, jobs::Retry>& into) {
    for (const auto& [key, node] : retries) {
        const std::string kind{key.str()}, prefix = "retry." + kind + ".";
        const toml::table* settings = node.as_table();
        if (std::ranges::find(job_kinds, kind) == job_kinds.end() || settings == nullptr)
            return wrong("retry." + kind, "There is no such kind of job.");
        Table table{*settings, prefix};
        std::string strategy{jobs::to_text(jobs::RetryStrategy::exponential)};
        std::int64_t first_ms = 1'000, longest_ms = 900'000, most_attempts = 20;
        std::vector<std::int64_t> steps_ms;
        table.take("strategy", strategy);
        table.take("first_ms", first_ms);
        table.take("longest_ms", longest_ms);
        table.take("most_attempts", most_attempts);
        table.take_list("steps_ms", steps_ms);
        if (auto finished = table.finish(); !finished) return finished;
        const auto parsed = jobs::parse_retry_strategy(strategy);
        if (!parsed)
            return wrong(prefix + "strategy",
                         "Strategies are immediate, fixed, incremental, exponential, steps and cancel.");
        constexpr std::int64_t year_ms = 366LL * 24 * 3'600'000;
        const auto is_wait = [](std::int64_t ms) { return ms >= 0 && ms <= year_ms; };
        if (!is_wait(first_ms)) return wrong(prefix + "first_ms", "Give 0 to a year.");
        if (!is_wait(longest_ms)) return wrong(prefix + "longest_ms", "Give 0 to a year.");
        if (!std::ranges::all_of(steps_ms, is_wait) || (*parsed == jobs::RetryStrategy::steps) == steps_ms.empty())
            return wrong(prefix + "steps_ms", "The strategy steps, and no other, has a list of waits up to a year.");
        if (most_attempts < 1 || most_attempts > 1'000) return wrong(prefix + "most_attempts", "Give 1 to 1000.");
        jobs::Retry& retry = into[kind];
        retry = {.strategy = *parsed,
                 .first = Millis{first_ms},
                 .longest = Millis{longest_ms},
                 .most_attempts = most_attempts};
        for (const std::int64_t ms : steps_ms) retry.steps.emplace_back(ms);
    }
    return {};
}

Result<void> read_stripe(const toml::table& provider, Options::Stripe& stripe) {
    Table table{provider, "stripe."};
    table.take("base_url", stripe.base_url);
    table.take_secret("secret_key_file", stripe.secret_key);
    table.take_secret("webhook_secret_file", stripe.webhook_secret);
    table.take_secret("previous_webhook_secret_file", stripe.previous_webhook_secret);
    return table.finish();
}

Result<void> read_mail(const toml::table& settings, Options::Mail& mail) {
    Table table{settings, "mail."};
    table.take("smtp_url", mail.smtp_url);
    table.take("username", mail.username);
    table.take_secret("password_file", mail.password);
    table.take_secret("sendgrid_api_key_file", mail.sendgrid_api_key);
    table.take("sendgrid_base_url", mail.sendgrid_base_url);
    table.take("sendgrid_activity", mail.has_sendgrid_activity);
    table.take("from_address", mail.from_address);
    table.take("from_name", mail.from_name);
    table.take("default_language", mail.default_language);
    table.take("authority_file", mail.authority_file);
    table.take("tls", mail.tls);
    return table.finish();
}

Result<void> read_salesforce(const toml::table& settings, Options::Salesforce& salesforce) {
    Table table{settings, "salesforce."};
    std::string key_file;
    table.take("login_url", salesforce.login_url);
    table.take("audience", salesforce.audience);
    table.take("client_id", salesforce.client_id);
    table.take_secret("client_secret_file", salesforce.client_secret);
    table.take("username", salesforce.username);
    table.take("private_key_file", key_file);
    table.take("api_version", salesforce.api_version);
    table.take("external_id_field", salesforce.external_id_field);
    table.take("origin", salesforce.origin);
    table.take("priority", salesforce.priority);
    table.take("open_status", salesforce.open_status);
    table.take("closed_status", salesforce.closed_status);
    table.take("contact", salesforce.gets_contact);
    if (auto finished = table.finish(); !finished) return finished;
    if (key_file.empty()) return {};
    std::ifstream file{key_file};
    salesforce.private_key.assign(std::istreambuf_iterator<char>{file}, {});
    if (salesforce.private_key.empty())
        return wrong("salesforce.private_key_file", "The file cannot be read, or is empty: " + key_file);
    return {};
}

Result<void> validate_salesforce(const Options::Salesforce& salesforce) {
    if (salesforce.client_id.empty()) {
        if (salesforce.client_secret.empty() && salesforce.private_key.empty()) return {};
        return wrong("salesforce.client_id", "Give the consumer key of the app.");
    }
    if (salesforce.client_secret.empty() == salesforce.private_key.empty())
        return wrong("salesforce", "Give a client secret, or a private key: one of them.");
    if (salesforce.client_secret.size() > 255)
        return wrong("salesforce.client_secret_file", "A client secret has 255 characters at most.");
    if (!salesforce.private_key.empty()) {
        if (salesforce.username.empty()) return wrong("salesforce.username", "Name the integration user.");
        if (salesforce.private_key.size() > 8'192)
            return wrong("salesforce.private_key_file", "The file has 8 KiB at most.");
        if (auto valid = salesforce::validate_private_key(salesforce.private_key); !valid)
            return wrong("salesforce.private_key_file", valid.error().message);
    }
    const std::string& url = salesforce.login_url;
    if ((!url.starts_with("https://") && !url.starts_with("http://")) || url.ends_with('/'))
        return wrong("salesforce.login_url", "Give an address such as https://login.salesforce.com.");
    const std::string& version = salesforce.api_version;
    if (version.size() != 4 || !version.ends_with(".0") || version.find_first_not_of("0123456789.") != version.npos)
        return wrong("salesforce.api_version", "Give a version such as 62.0.");
    const auto is_of_name = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    };
    const std::string& field = salesforce.external_id_field;
    if (!field.ends_with("__c") || field.size() > 43 || !std::ranges::all_of(field, is_of_name))
        return wrong("salesforce.external_id_field", "Give the API name of a custom field, such as FlorinCase__c.");
    return {};
}

Result<void> validate_mail(const Options& options) {
    const Options::Mail& mail = options.mail;
    if (!mail.smtp_url.empty() && !mail.sendgrid_api_key.empty())
        return wrong("mail", "Mail leaves by SMTP or by SendGrid: give one of them.");
    if (!mail.smtp_url.empty() && !mail.smtp_url.starts_with("smtp://") && !mail.smtp_url.starts_with("smtps://"))
        return wrong("mail.smtp_url", "Give smtp://HOST:587 for STARTTLS, or smtps://HOST:465.");
    if (mail.smtp_url.find_first_of(" \t\r\n@?#", 7) != std::string::npos || mail.smtp_url.ends_with('/'))
        return wrong("mail.smtp_url", "Give host and port alone; the login has settings of its own.");
    if (mail.tls != "required" && mail.tls != "off") return wrong("mail.tls", "Give required or off.");
    if (mail.tls == "off" && !mail.username.empty()) return wrong("mail.tls", "A password is never sent without TLS.");
    if (mail.username.empty() != mail.password.empty() && !mail.smtp_url.empty())
        return wrong("mail", "A login needs both a username and a password.");
    if (mail.sendgrid_api_key.size() > 255 || mail.password.size() > 255)
        return wrong("mail", "A password or key has 255 characters at most.");
    if (!notifications::is_address(mail.from_address))
        return wrong("mail.from_address", "Give an address such as shop@example.com.");
    if (!notifications::is_header_text(mail.from_name) || mail.from_name.size() > 200)
        return wrong("mail.from_name", "A name stands in one line.");
    if (notifications::parse_language(mail.default_language) != mail.default_language)
        return wrong("mail.default_language", "Give a language such as de.");
    return {};
}

Result<void> validate_stripe(const Options::Stripe& stripe) {
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

Result<void> read_chargebee(const toml::table& provider, Options::Chargebee& chargebee) {
    Table table{provider, "chargebee."};
    table.take("site", chargebee.site);
    table.take("base_url", chargebee.base_url);
    table.take("webhook_user", chargebee.webhook_user);
    table.take_secret("api_key_file", chargebee.api_key);
    table.take_secret("webhook_password_file", chargebee.webhook_password);
    table.take_secret("previous_webhook_password_file", chargebee.previous_webhook_password);
    return table.finish();
}

Result<void> read_wallet(const toml::table& provider, Options::Wallet& wallet) {
    Table table{provider, "wallet."};
    table.take("base_url", wallet.base_url);
    table.take_secret("api_key_file", wallet.api_key);
    table.take_secret("webhook_secret_file", wallet.webhook_secret);
    table.take_secret("previous_webhook_secret_file", wallet.previous_webhook_secret);
    return table.finish();
}

Result<void> validate_wallet(const Options::Wallet& wallet) {
    if (wallet.api_key.empty() != wallet.base_url.empty())
        return wrong("wallet.base_url", "An e-wallet needs both an address and an API key.");
    for (const std::string& secret : {wallet.api_key, wallet.webhook_secret, wallet.previous_webhook_secret})
        if (secret.size() > 255) return wrong("wallet", "A key or secret has 255 characters at most.");
    for (const std::string& secret : {wallet.webhook_secret, wallet.previous_webhook_secret})
        if (!secret.empty() && !secret.starts_with("whsec_"))
            return wrong("wallet.webhook_secret_file", "The secrets of webhooks begin with whsec_.");
    return {};
}

Result<void> validate_chargebee(const Options::Chargebee& chargebee) {
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

Result<void> read_buckaroo(const toml::table& provider, Options::Buckaroo& buckaroo) {
    Table table{provider, "buckaroo."};
    table.take("base_url", buckaroo.base_url);
    table.take("website_key", buckaroo.website_key);
    table.take("push_url", buckaroo.push_url);
    table.take_secret("secret_key_file", buckaroo.secret_key);
    table.take_secret("previous_secret_key_file", buckaroo.previous_secret_key);
    return table.finish();
}

Result<void> validate_buckaroo(const Options::Buckaroo& buckaroo) {
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

Result<void> read_broker(const toml::table& settings, Options::Broker& broker) {
    Table table{settings, "broker."};
    table.take("url", broker.url);
    table.take("user", broker.user);
    table.take_secret("password_file", broker.password);
    table.take("authority", broker.authority_file);
    table.take("events_to", broker.events_to);
    table.take("commands_from", broker.commands_from);
    table.take("start", broker.start);
    return table.finish();
}

Result<void> validate_broker(const Options::Broker& broker) {
    if (broker.url.empty()) return {};
    const bool is_tls = broker.url.starts_with("amqps://");
    if (!is_tls && !broker.url.starts_with("amqp://"))
        return wrong("broker.url", "Give amqp://HOST:PORT, or amqps://HOST:PORT for TLS.");
    if (broker.url.contains('@'))
        return wrong("broker.url", "Give the user in broker.user and the password in a file, not in the address.");
    if (broker.user.empty() != broker.password.empty())
        return wrong("broker", "The broker needs both a user and a password, or neither.");
    if (!broker.authority_file.empty() && !is_tls)
        return wrong("broker.authority", "Whom to trust matters with amqps:// alone.");
    if (broker.events_to.empty() && broker.commands_from.empty())
        return wrong("broker", "Name an address that events are sent to, or one that commands come from.");
    if (broker.start != "now" && broker.start != "beginning")
        return wrong("broker.start", "Begin with `now` or with the `beginning`.");
    return {};
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& text) {
    const auto invalid = [] {
        return fail(ErrorKind::invalid, "invalid_listen_address",
                    "Give ADDR:PORT with an address in digits, such as 127.0.0.1:8480 or 0.0.0.0:8480.", "--listen");
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) return invalid();
    Endpoint endpoint{.address = text.substr(0, colon)};
    if (endpoint.address.front() == '[') {
        if (endpoint.address.back() != ']') return invalid();
        endpoint.address = endpoint.address.substr(1, endpoint.address.size() - 2);
    }
    const char* begin = text.data() + colon + 1;
    const char* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(begin, end, endpoint.port);
    if (failure != std::errc{} || stop != end || begin == end) return invalid();
    in6_addr parsed;
    if (inet_pton(AF_INET, endpoint.address.c_str(), &parsed) != 1 &&
        inet_pton(AF_INET6, endpoint.address.c_str(), &parsed) != 1)
        return invalid();
    return endpoint;
}

Result<void> read_config(const std::string& file, Options& options) {
    toml::table root;
    try {
        root = toml::parse_file(file);
    } catch (const toml::parse_error& failure) {
        return wrong("--config", "The file cannot be read: " + std::string{failure.description()} + " (line " +
                                     std::to_string(failure.source().begin.line) + " of " + file + ")");
    }
    Table top{root, ""};
    top.take("data", options.data_directory);
    top.take("database", options.database_url);
    top.take("listen", options.listen);
    top.take("public_url", options.public_url);
    top.take("sandbox", options.sandbox_url);
    top.take("threads", options.threads);
    top.take("log_level", options.log_level);
    top.take("database_connections", options.database_connections);
    top.take("drain_ms", options.drain_ms);
    top.take_list("roles", options.roles);
    for (const char* name : {"tls", "limits", "webhooks", "retry", "retry_budget", "billing", "authorize_net", "stripe",
                             "chargebee", "buckaroo", "wallet", "mail", "alerts", "broker", "salesforce"})
        top.allow_table(name);
    if (auto finished = top.finish(); !finished) return finished;

    if (const toml::table* tls = root["tls"].as_table()) {
        Table table{*tls, "tls."};
        table.take("certificate", options.tls_certificate);
        table.take("key", options.tls_key);
        if (auto finished = table.finish(); !finished) return finished;
    }
    if (const toml::table* limits = root["limits"].as_table()) {
        Table table{*limits, "limits."};
        table.take("merchant_requests_per_second", options.merchant_requests_per_second);
        table.take("max_in_progress", options.max_in_progress);
        if (auto finished = table.finish(); !finished) return finished;
    }
    if (const toml::table* webhooks = root["webhooks"].as_table()) {
        Table table{*webhooks, "webhooks."};
        table.take_list("allowed_networks", options.allowed_networks);
        if (auto finished = table.finish(); !finished) return finished;
    }
    if (const toml::table* mail = root["mail"].as_table())
        if (auto read = read_mail(*mail, options.mail); !read) return read;
    if (const toml::table* alerts = root["alerts"].as_table()) {
        Table table{*alerts, "alerts."};
        table.take_list("mail", options.alerts.mail);
        table.take("gather_seconds", options.alerts.gather_seconds);
        table.take("pause_seconds", options.alerts.pause_seconds);
        if (auto finished = table.finish(); !finished) return finished;
    }
    if (const toml::table* retries = root["retry"].as_table())
        if (auto read = read_retries(*retries, options.retries); !read) return read;
    if (const toml::table* budget = root["retry_budget"].as_table()) {
        Table table{*budget, "retry_budget."};
        table.take("per_minute", options.retries_per_minute);
        if (auto finished = table.finish(); !finished) return finished;
        if (options.retries_per_minute < 1 || options.retries_per_minute > 1'000'000)
            return wrong("retry_budget.per_minute", "Give 1 to 1000000.");
    }
    if (const toml::table* billing = root["billing"].as_table()) {
        Table table{*billing, "billing."};
        table.take("concurrency", options.billing_concurrency);
        if (auto finished = table.finish(); !finished) return finished;
        if (options.billing_concurrency < 1 || options.billing_concurrency > 1'000)
            return wrong("billing.concurrency", "Give 1 to 1000.");
    }
    if (const toml::table* settings = root["broker"].as_table())
        if (auto read = read_broker(*settings, options.broker); !read) return read;
    if (const toml::table* provider = root["authorize_net"].as_table()) {
        Table table{*provider, "authorize_net."};
        std::string key_file;
        table.take("base_url", options.authorize_net.base_url);
        table.take("login", options.authorize_net.login);
        table.take("transaction_key_file", key_file);
        std::string signature_file, previous_signature_file;
        table.take("signature_key_file", signature_file);
        table.take("previous_signature_key_file", previous_signature_file);
        if (auto finished = table.finish(); !finished) return finished;
        if (!key_file.empty()) {
            auto secret = read_secret_file(key_file, "authorize_net.transaction_key_file");
            if (!secret) return fail(std::move(secret.error()));
            options.authorize_net.transaction_key = std::move(*secret);
        }
        const std::tuple<const std::string&, const char*, std::string&> signature_files[] = {
            {signature_file, "authorize_net.signature_key_file", options.authorize_net.signature_key},
            {previous_signature_file, "authorize_net.previous_signature_key_file",
             options.authorize_net.previous_signature_key}};
        for (const auto& [path, name, into] : signature_files) {
            if (path.empty()) continue;
            auto secret = read_secret_file(path, name);
            if (!secret) return fail(std::move(secret.error()));
            into = std::move(*secret);
        }
    }
    if (const toml::table* settings = root["salesforce"].as_table())
        if (auto read = read_salesforce(*settings, options.salesforce); !read) return read;
    if (const toml::table* provider = root["stripe"].as_table())
        if (auto read = read_stripe(*provider, options.stripe); !read) return read;
    if (const toml::table* provider = root["wallet"].as_table())
        if (auto read = read_wallet(*provider, options.wallet); !read) return read;
    if (const toml::table* provider = root["chargebee"].as_table())
        if (auto read = read_chargebee(*provider, options.chargebee); !read) return read;
    if (const toml::table* provider = root["buckaroo"].as_table())
        if (auto read = read_buckaroo(*provider, options.buckaroo); !read) return read;
    return {};
}

void read_environment(Options& options) {
    const auto take = [](const char* name, std::string& into) {
        if (const char* text = std::getenv(name); text != nullptr && *text != '\0') into = text;
    };
    take("FLORIN_AUTHORIZE_NET_LOGIN", options.authorize_net.login);
    take("FLORIN_AUTHORIZE_NET_TRANSACTION_KEY", options.authorize_net.transaction_key);
    take("FLORIN_AUTHORIZE_NET_SIGNATURE_KEY", options.authorize_net.signature_key);
    take("FLORIN_BROKER_PASSWORD", options.broker.password);
    take("FLORIN_STRIPE_SECRET_KEY", options.stripe.secret_key);
    take("FLORIN_STRIPE_WEBHOOK_SECRET", options.stripe.webhook_secret);
    take("FLORIN_WALLET_API_KEY", options.wallet.api_key);
    take("FLORIN_WALLET_WEBHOOK_SECRET", options.wallet.webhook_secret);
    take("FLORIN_CHARGEBEE_SITE", options.chargebee.site);
    take("FLORIN_CHARGEBEE_API_KEY", options.chargebee.api_key);
    take("FLORIN_CHARGEBEE_WEBHOOK_PASSWORD", options.chargebee.webhook_password);
    take("FLORIN_BUCKAROO_WEBSITE_KEY", options.buckaroo.website_key);
    take("FLORIN_BUCKAROO_SECRET_KEY", options.buckaroo.secret_key);
    take("FLORIN_MAIL_PASSWORD", options.mail.password);
    take("FLORIN_MAIL_SENDGRID_API_KEY", options.mail.sendgrid_api_key);
    take("FLORIN_SALESFORCE_CLIENT_SECRET", options.salesforce.client_secret);
}

Result<void> validate(const Options& options) {
    static const std::set<std::string> known{"api", "worker", "scheduler", "web"};
    if (auto endpoint = parse_endpoint(options.listen); !endpoint) return fail(std::move(endpoint.error()));
    for (const std::string& role : options.roles)
        if (!known.contains(role))
            return wrong("--roles", "Roles are api, worker, scheduler and web; not " + role + ".");
    if (options.roles.empty()) return wrong("--roles", "Name at least one role.");
    if (options.tls_certificate.empty() != options.tls_key.empty())
        return wrong("tls", "TLS needs both a certificate and a key.");
    if (!options.database_url.empty() && !options.database_url.starts_with("postgresql://") &&
        !options.database_url.starts_with("postgres://"))
        return wrong("--database", "Give postgresql://USER@HOST/DATABASE, or leave it out for the embedded database.");
    if (options.database_connections < 2 || options.database_connections > 64)
        return wrong("database_connections", "Give 2 to 64.");
    if (options.threads > most_threads) return wrong("--threads", "Give 1 to 256, or 0 for half the cores.");
    if (options.drain_ms > longest_drain_ms) return wrong("drain_ms", "Give at most 3600000, which is an hour.");
    if (options.merchant_requests_per_second > highest_rate)
        return wrong("limits.merchant_requests_per_second", "Give at most 1000000000.");
    for (const std::string& network : options.allowed_networks)
        if (auto parsed = http::Egress::allowing({network}); !parsed)
            return wrong("webhooks.allowed_networks", parsed.error().message);
    if (!telemetry::parse_level(options.log_level))
        return wrong("log_level", "Levels are debug, info, warning and error.");
    if (options.authorize_net.login.empty() != options.authorize_net.transaction_key.empty())
        return wrong("authorize_net", "Authorize.Net needs both a login and a transaction key.");
    for (const std::string& key : {options.authorize_net.signature_key, options.authorize_net.previous_signature_key})
        if (key.size() != 0 && (key.size() != 128 || !security::from_hex(key)))
            return wrong("authorize_net.signature_key_file", "Authorize.Net's signature key has 128 hex digits.");
    if (auto valid = validate_stripe(options.stripe); !valid) return valid;
    if (auto valid = validate_wallet(options.wallet); !valid) return valid;
    if (auto valid = validate_chargebee(options.chargebee); !valid) return valid;
    if (auto valid = validate_buckaroo(options.buckaroo); !valid) return valid;
    if (auto valid = validate_mail(options); !valid) return valid;
    if (auto valid = validate_salesforce(options.salesforce); !valid) return valid;
    for (const std::string& address : options.alerts.mail)
        if (!notifications::is_address(address))
            return wrong("alerts.mail", "Give addresses such as team@example.com.");
    if (!options.alerts.mail.empty() && options.has_provider() && !options.has_mail())
        return wrong("alerts.mail", "Without a mail server nobody can be written to: see [mail].");
    constexpr std::int64_t longest_seconds = 24 * 3'600;
    if (options.alerts.gather_seconds > longest_seconds) return wrong("alerts.gather_seconds", "Give a day at most.");
    if (options.alerts.pause_seconds > longest_seconds) return wrong("alerts.pause_seconds", "Give a day at most.");
    if (auto valid = validate_broker(options.broker); !valid) return valid;
    const std::string& address = options.public_url;
    if (!address.empty() && (!http::uses_tls(address) || address.ends_with('/') || address.contains('?')))
        return wrong("public_url",
                     "Give how customers reach you, without a slash at the end: https://pay.example.com.");
    const std::string& sandbox = options.sandbox_url;
    if (!sandbox.empty() && !sandbox.starts_with("http://") && !sandbox.starts_with("https://"))
        return wrong("--sandbox", "Give the sandbox's address, such as http://127.0.0.1:8481.");
    if (options.has_provider() && !sandbox.empty())
        return wrong("--sandbox", "Provider credentials and a sandbox cannot both be given.");
    return {};
}

}  // namespace florin::app
