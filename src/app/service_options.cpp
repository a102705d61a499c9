// Services besides providers: how their sections are read and judged.

#include <algorithm>
#include <fstream>

#include "florin/notifications/notifications.hpp"
#include "florin/salesforce/salesforce.hpp"
#include "option_section.hpp"

namespace florin::app {
namespace {

Result<void> read_mail(const toml::table& settings, Options& options) {
    Options::Mail& mail = options.mail;
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

Result<void> read_salesforce(const toml::table& settings, Options& options) {
    Options::Salesforce& salesforce = options.salesforce;
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

Result<void> validate_salesforce(const Options& options) {
    const Options::Salesforce& salesforce = options.salesforce;
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

Result<void> read_broker(const toml::table& settings, Options& options) {
    Options::Broker& broker = options.broker;
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

Result<void> validate_broker(const Options& options) {
    const Options::Broker& broker = options.broker;
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

constexpr Section all_service_sections[] = {
    {"mail", read_mail, validate_mail},
    {"salesforce", read_salesforce, validate_salesforce},
    {"broker", read_broker, validate_broker},
};

}  // namespace

std::span<const Section> service_sections() { return all_service_sections; }

}  // namespace florin::app
