#include "options.hpp"

#include <arpa/inet.h>
#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "florin/app/platform.hpp"
#include "florin/http/client.hpp"
#include "florin/http/egress.hpp"
#include "florin/jobs/cron.hpp"
#include "florin/telemetry/log.hpp"
#include "option_section.hpp"

namespace florin::app {
namespace {

constexpr std::size_t most_threads = 256;
constexpr std::int64_t longest_drain_ms = 3'600'000;
constexpr std::int64_t highest_rate = 1'000'000'000;

/// `[retry."webhooks.deliver"]` and its like.
Result<void> read_retries(const toml::table& retries, Options& options) {
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
        jobs::Retry& retry = options.retries[kind];
        retry = {.strategy = *parsed,
                 .first = Millis{first_ms},
                 .longest = Millis{longest_ms},
                 .most_attempts = most_attempts};
        for (const std::int64_t ms : steps_ms) retry.steps.emplace_back(ms);
    }
    return {};
}

Result<void> read_tls(const toml::table& tls, Options& options) {
    Table table{tls, "tls."};
    table.take("certificate", options.tls_certificate);
    table.take("key", options.tls_key);
    return table.finish();
}

std::int64_t days_of(Millis span) { return std::chrono::duration_cast<std::chrono::days>(span).count(); }

Result<void> read_limits(const toml::table& limits, Options& options) {
    Table table{limits, "limits."};
    table.take("merchant_requests_per_second", options.merchant_requests_per_second);
    table.take("max_in_progress", options.max_in_progress);
    return table.finish();
}

Result<void> read_webhooks(const toml::table& webhooks, Options& options) {
    Table table{webhooks, "webhooks."};
    table.take_list("allowed_networks", options.allowed_networks);
    return table.finish();
}

constexpr std::int64_t longest_grace_days = 365;

Result<void> read_reconciliation(const toml::table& reconciliation, Options& options) {
    reconciliation::Settings& settings = options.reconciliation;
    Table table{reconciliation, "reconciliation."};
    std::int64_t grace_days = days_of(settings.grace), first_import_days = days_of(settings.first_import);
    table.take("merchant", settings.merchant);
    table.take("schedule", settings.schedule);
    table.take("grace_days", grace_days);
    table.take("first_import_days", first_import_days);
    table.allow_table("grace_days_of");
    if (auto finished = table.finish(); !finished) return finished;
    settings.grace = std::chrono::days{std::min(grace_days, longest_grace_days + 1)};
    settings.first_import = std::chrono::days{std::min(first_import_days, longest_grace_days + 1)};
    const toml::table* of_connectors = reconciliation["grace_days_of"].as_table();
    if (of_connectors == nullptr) return {};
    for (const auto& [connector, node] : *of_connectors) {
        const auto days = node.value_exact<std::int64_t>();
        const std::string key = "reconciliation.grace_days_of." + std::string{connector.str()};
        if (!days || *days < 1 || *days > longest_grace_days) return wrong(key, "Give whole days from 1 to 365.");
        settings.graces[std::string{connector.str()}] = std::chrono::days{*days};
    }
    return {};
}

Result<void> validate_reconciliation(const Options& options) {
    const reconciliation::Settings& settings = options.reconciliation;
    if (auto schedule = jobs::Cron::parse(settings.schedule); !schedule)
        return wrong("reconciliation.schedule", "Give a cron expression, such as 23 * * * * for once an hour.");
    for (const auto& [key, span] : {std::pair{"reconciliation.grace_days", settings.grace},
                                    std::pair{"reconciliation.first_import_days", settings.first_import}})
        if (days_of(span) < 1 || days_of(span) > longest_grace_days)
            return wrong(key, "Give whole days from 1 to 365.");
    return {};
}

Result<void> read_alerts(const toml::table& alerts, Options& options) {
    Table table{alerts, "alerts."};
    table.take_list("mail", options.alerts.mail);
    table.take("gather_seconds", options.alerts.gather_seconds);
    table.take("pause_seconds", options.alerts.pause_seconds);
    return table.finish();
}

Result<void> validate_alerts(const Options& options) {
    for (const std::string& address : options.alerts.mail)
        if (!notifications::is_address(address))
            return wrong("alerts.mail", "Give addresses such as team@example.com.");
    if (!options.alerts.mail.empty() && options.has_provider() && !options.has_mail())
        return wrong("alerts.mail", "Without a mail server nobody can be written to: see [mail].");
    constexpr std::int64_t longest_seconds = 24 * 3'600;
    if (options.alerts.gather_seconds > longest_seconds) return wrong("alerts.gather_seconds", "Give a day at most.");
    if (options.alerts.pause_seconds > longest_seconds) return wrong("alerts.pause_seconds", "Give a day at most.");
    return {};
}

Result<void> read_retry_budget(const toml::table& budget, Options& options) {
    Table table{budget, "retry_budget."};
    table.take("per_minute", options.retries_per_minute);
    if (auto finished = table.finish(); !finished) return finished;
    if (options.retries_per_minute < 1 || options.retries_per_minute > 1'000'000)
        return wrong("retry_budget.per_minute", "Give 1 to 1000000.");
    return {};
}

Result<void> read_billing(const toml::table& billing, Options& options) {
    Table table{billing, "billing."};
    table.take("concurrency", options.billing_concurrency);
    if (auto finished = table.finish(); !finished) return finished;
    if (options.billing_concurrency < 1 || options.billing_concurrency > 1'000)
        return wrong("billing.concurrency", "Give 1 to 1000.");
    return {};
}

constexpr Section own_sections[] = {
    {"tls", read_tls},
    {"limits", read_limits},
    {"webhooks", read_webhooks},
    {"retry", read_retries},
    {"retry_budget", read_retry_budget},
    {"billing", read_billing},
    {"alerts", read_alerts, validate_alerts},
    {"reconciliation", read_reconciliation, validate_reconciliation},
};

/// All of them, in the order in which they are read and judged.
std::vector<Section> all_sections() {
    std::vector<Section> all;
    for (const std::span<const Section> some :
         {provider_sections(), service_sections(), std::span<const Section>{own_sections}})
        all.insert(all.end(), some.begin(), some.end());
    return all;
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
    const auto sections = all_sections();
    for (const Section& section : sections) top.allow_table(section.name);
    if (auto finished = top.finish(); !finished) return finished;
    for (const Section& section : sections)
        if (const toml::table* settings = root[section.name].as_table())
            if (auto read = section.read(*settings, options); !read) return read;
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
    for (const Section& section : all_sections())
        if (section.validate != nullptr)
            if (auto valid = section.validate(options); !valid) return valid;
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
