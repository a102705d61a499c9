#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "commands.hpp"
#include "florin/calendar/calendar.hpp"
#include "florin/http/server.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/look.hpp"
#include "florin/store/open.hpp"
#include "instance.hpp"

namespace florin::app {
namespace {

/// One line per thing looked at, with the mend of what is wrong.
class Report {
public:
    void good(const std::string& what) { std::printf("ok       %s\n", what.c_str()); }
    void bad(const std::string& what, const std::string& mend) {
        std::printf("problem  %s\n         mend: %s\n", what.c_str(), mend.c_str());
        ++problems_;
    }
    int code() const { return problems_ == 0 ? 0 : 1; }

private:
    int problems_ = 0;
};

/// Files that only their owner may read or write.
void check_private(Report& report, const std::string& path, mode_t wanted) {
    struct stat facts{};
    if (::stat(path.c_str(), &facts) != 0) return;
    if ((facts.st_mode & 077) == 0)
        report.good(path + " is private");
    else
        report.bad(path + " can be reached by other users",
                   "chmod " + std::string{wanted == 0700 ? "700 " : "600 "} + path);
}

/// False where its user may not look, and so nothing can be said.
bool check_data_directory(Report& report, const Options& options) {
    const std::string& directory = options.data_directory;
    std::error_code failure;
    if (!std::filesystem::exists(directory, failure) && !failure) {
        report.good("data directory " + directory + " does not exist yet: `florin serve` makes it");
        return true;
    }
    if (failure || ::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
        report.bad(directory + " is closed to the user who asks", "run this as the user who runs the server");
        return false;
    }
    check_private(report, directory, 0700);
    for (const char* name : {"keys.json", "florin.db", "sandbox-api-key"})
        check_private(report, directory + "/" + name, 0600);
    if (std::filesystem::exists(directory + "/keys.json")) {
        auto keys = security::KeyRing::load(directory, World{system_clock(), system_random()});
        if (keys)
            report.good("keys in the key ring: " + std::to_string((*keys)->keys().size()));
        else if (keys.error().code != "key_ring_too_open")  // That has its line above.
            report.bad("key ring: " + keys.error().message,
                       "put back keys.json from a backup; without it sealed fields are lost");
    } else if (std::filesystem::exists(directory + "/florin.db")) {
        report.bad("keys.json is missing beside a database",
                   "put it back from a backup; without it sealed fields are lost");
    }
    const auto space = std::filesystem::space(directory, failure);
    constexpr std::uintmax_t fewest_bytes = 1ULL << 30;
    if (!failure && space.available < fewest_bytes)
        report.bad("less than 1 GiB is free for the data directory", "make room, or move it with --data");
    else
        report.good("room on the data directory's disk");
    return true;
}

/// Without it nothing can be billed by any zone but UTC.
void check_time_zones(Report& report) {
    if (const auto zones = calendar::check_zones())
        report.good("time zones");
    else
        report.bad(zones.error().message, "apt install tzdata, or name another database in TZDIR");
}

void check_provider(Report& report, const Options& options) {
    if (!options.has_provider()) {
        report.good("no provider credentials: payments go to the sandbox");
        return;
    }
    const auto check_address = [&report](const std::string& name, const std::string& section, const std::string& url) {
        if (url.starts_with("https://"))
            report.good(name + " at " + url);
        else
            report.bad(name + " is to be called without TLS", "set " + section + ".base_url to an https:// address");
    };
    if (!options.authorize_net.login.empty())
        check_address("Authorize.Net", "authorize_net", options.authorize_net.base_url);
    if (!options.stripe.secret_key.empty()) {
        const bool is_test = options.stripe.secret_key.find("_test_") != std::string::npos;
        check_address(is_test ? "Stripe in test mode" : "Stripe", "stripe", options.stripe.base_url);
    }
    if (!options.chargebee.api_key.empty()) {
        const bool is_test = options.chargebee.api_key.starts_with("test_");
        check_address(is_test ? "Chargebee's test site" : "Chargebee", "chargebee", options.chargebee.address());
    }
    if (!options.buckaroo.website_key.empty()) {
        const bool is_test = options.buckaroo.base_url.find("testcheckout") != std::string::npos;
        check_address(is_test ? "Buckaroo's test environment" : "Buckaroo", "buckaroo", options.buckaroo.base_url);
    }
    const auto endpoint = parse_endpoint(options.listen);
    const bool is_loopback = endpoint && (endpoint->address.starts_with("127.") || endpoint->address == "::1");
    if (!is_loopback && options.tls_certificate.empty())
        report.bad("real payments are served without TLS on " + options.listen, "set tls.certificate and tls.key");
}

void check_mail(Report& report, const Options& options) {
    const Options::Mail& mail = options.mail;
    if (!options.has_mail()) {
        if (options.has_provider())
            report.bad("no way out for mail: what customers are to be told waits",
                       "set mail.smtp_url, or mail.sendgrid_api_key_file");
        else
            report.good("no mail server: mails go to the sandbox");
        return;
    }
    if (mail.from_address == Options::Mail{}.from_address)
        report.bad("mails would come from " + mail.from_address, "set mail.from_address to an address of yours");
    else
        report.good("mails come from " + mail.from_address);
    if (!mail.sendgrid_api_key.empty()) {
        if (mail.sendgrid_base_url.starts_with("https://"))
            report.good("SendGrid at " + mail.sendgrid_base_url);
        else
            report.bad("SendGrid is to be called without TLS", "set mail.sendgrid_base_url to an https:// address");
        return;
    }
    report.good("mail server " + mail.smtp_url + (mail.username.empty() ? ", without a login" : ", with a login"));
    if (mail.tls == "off")
        report.bad("mails leave without TLS", "leave mail.tls out, unless the server is on this machine");
    if (!mail.authority_file.empty() && ::access(mail.authority_file.c_str(), R_OK) != 0)
        report.bad(mail.authority_file + " cannot be read", "let mail.authority_file name a PEM file");
}

void check_crm(Report& report, const Options& options) {
    const Options::Salesforce& org = options.salesforce;
    if (org.client_id.empty())
        report.good(options.has_provider() ? "no CRM: cases are kept here alone" : "no CRM: cases go to the sandbox's");
    else if (org.login_url.starts_with("https://"))
        report.good("Salesforce by " + org.login_url + (org.client_secret.empty() ? ", by JWT" : ", by client secret"));
    else
        report.bad("Salesforce is to be called without TLS", "set salesforce.login_url to an https:// address");
}

void check_tls(Report& report, const Options& options) {
    if (options.tls_certificate.empty()) return;
    check_private(report, options.tls_key, 0600);
    const auto end = http::certificate_ends_at(options.tls_certificate, options.tls_key);
    if (!end) {
        report.bad("TLS: " + end.error().message, "name the certificate's and its key's PEM files in [tls]");
        return;
    }
    const Instant now = system_clock().now();
    constexpr Millis soon = std::chrono::days{14};
    if (*end < now)
        report.bad("the TLS certificate ended at " + to_text(*end), "renew it, then restart the server");
    else if (*end < now + soon)
        report.bad("the TLS certificate ends at " + to_text(*end), "renew it, then restart the server");
    else
        report.good("TLS certificate until " + to_text(*end));
}

void check_database(Report& report, const Options& options) {
    const bool is_embedded = options.database_url.empty();
    if (is_embedded) {
        if (is_served(options)) {
            // The file is the server's alone; that it runs says that the schema is up to date.
            report.good("a server has the database");
            return;
        }
        report.good("no server has the database");
    }
    const auto looked =
        is_embedded ? store::look_at_sqlite(options.data_directory) : store::look_at_postgres(options.database_url);
    const std::string name = is_embedded ? "the database" : "PostgreSQL";
    if (!looked) {
        const std::string& code = looked.error().code;
        report.bad(name + ": " + looked.error().message,
                   code == "schema_too_new"   ? "start the newer Florin, or go back to a backup of before its upgrade"
                   : code == "schema_changed" ? "start the Florin that made the database"
                   : is_embedded
                       ? "put florin.db back from a backup"
                       : "see that the server runs, and that --database names it, a user and a database that exist");
        return;
    }
    if (!is_embedded) report.good("PostgreSQL " + looked->version + " answers");
    for (const store::Concern& concern : looked->concerns) report.bad(concern.what, concern.mend);
    if (looked->newest == 0) return;
    if (looked->schema == looked->newest)
        report.good("schema " + std::to_string(looked->schema) + " is this program's");
    else if (looked->schema == 0)
        report.good("no schema yet: `florin serve` makes it");
    else
        report.good("schema " + std::to_string(looked->schema) + ", this program's is " +
                    std::to_string(looked->newest) + ": `florin migrate` or the next start brings it up to date");
}

}  // namespace

int doctor(const Options& options) {
    Report report;
    report.good("Florin " FLORIN_VERSION ", SQLite " + std::string{sqlite3_libversion()});
    if (!check_data_directory(report, options)) return report.code();
    check_provider(report, options);
    check_mail(report, options);
    check_time_zones(report);
    check_crm(report, options);
    check_tls(report, options);
    check_database(report, options);
    return report.code();
}

int migrate(const Options& options) {
    const World world{system_clock(), system_random()};
    // A new embedded database gets its keys with it: beside one, missing keys are a loss to be told.
    std::error_code failure;
    const bool has_database = std::filesystem::exists(options.data_directory + "/florin.db", failure);
    if (options.database_url.empty() && !has_database) {
        const auto keys = security::KeyRing::load_or_create(options.data_directory, world);
        if (!keys) {
            std::fprintf(stderr, "florin: %s (%s)\n", keys.error().message.c_str(), keys.error().code.c_str());
            return 1;
        }
    }
    auto migrated = options.database_url.empty() ? store::migrate_sqlite(options.data_directory, world)
                                                 : store::migrate_postgres(options.database_url, world);
    if (!migrated) {
        std::fprintf(stderr, "florin: %s (%s)\n", migrated.error().message.c_str(), migrated.error().code.c_str());
        return 1;
    }
    std::printf("schema %d, was %d\n", migrated->to, migrated->from);
    return 0;
}

}  // namespace florin::app
