// The command line.

#include <CLI/CLI.hpp>
#include <functional>

#include "commands.hpp"
#include "connectors.hpp"
#include "dead_letter_cli.hpp"
#include "stop.hpp"

namespace {

using florin::app::Options;

/// What the command line gave; only what it gave goes over the configuration file's settings.
struct Flags {
    std::string config, data, database, listen, sandbox, roles, log_level;
    std::size_t threads = 0, max_in_progress = 0;
};

void add_instance_flags(CLI::App& command, Flags& flags) {
    command.add_option("--data", flags.data, "Data directory (default: florin-data; `make run` uses data)")
        ->type_name("DIR");
    command
        .add_option("--database", flags.database, "postgresql://USER@HOST/DATABASE instead of the embedded database")
        ->type_name("URL");
    command.add_option("--config", flags.config, "Settings in a TOML file; flags go over them")->type_name("FILE");
}

/// Error texts go to standard error; false then.
bool gather(const Flags& flags, Options& options) {
    const auto complain = [](const florin::Error& error) {
        std::fprintf(stderr, "florin: %s: %s\n", error.field.c_str(), error.message.c_str());
        return false;
    };
    if (!flags.config.empty())
        if (auto read = florin::app::read_config(flags.config, options); !read) return complain(read.error());
    florin::app::read_environment(options);
    const auto take = [](const std::string& given, std::string& into) {
        if (!given.empty()) into = given;
    };
    take(flags.data, options.data_directory);
    take(flags.database, options.database_url);
    take(flags.listen, options.listen);
    take(flags.sandbox, options.sandbox_url);
    take(flags.log_level, options.log_level);
    if (flags.threads != 0) options.threads = flags.threads;
    if (flags.max_in_progress != 0) options.max_in_progress = flags.max_in_progress;
    if (!flags.roles.empty()) {
        options.roles.clear();
        for (const std::string& role : CLI::detail::split(flags.roles, ',')) options.roles.insert(role);
    }
    if (auto valid = florin::app::validate(options); !valid) return complain(valid.error());
    return true;
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
}

/// Says on standard error what was called wrongly, in `command` or in the command that its words led to.
void refuse(const CLI::App& command, const std::string& name, const CLI::ParseError& failure) {
    for (const CLI::App* inner : command.get_subcommands())
        return refuse(*inner, name + " " + inner->get_name(), failure);
    std::vector<std::string> commands, flags;
    for (const CLI::App* one : command.get_subcommands({})) commands.push_back(one->get_name());
    for (const CLI::Option* one : command.get_options())
        for (const std::string& flag : one->get_lnames()) flags.push_back("--" + flag);
    const std::vector<std::string> unknown = command.remaining();
    std::string what = failure.what();
    if (unknown.empty() && !commands.empty())
        what = "Name a command: " + joined(commands) + ".";
    else if (!unknown.empty() && unknown.front().starts_with('-'))
        what = "There is no flag " + unknown.front() + "; there are " + joined(flags) + ".";
    else if (!unknown.empty() && !commands.empty())
        what = "There is no command " + unknown.front() + "; there are " + joined(commands) + ".";
    else if (!unknown.empty())
        what = "This is a word too many: " + unknown.front();
    std::fprintf(stderr, "%s: %s\n`%s --help` tells more.\n", name.c_str(), what.c_str(), name.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    florin::app::block_stop_signals();
    CLI::App app{"Florin takes card payments, and keeps books and an audit trail of them."};
    app.name("florin");
    app.require_subcommand(1);
    app.set_help_all_flag("--help-all", "Help of all commands");
    app.set_version_flag("--version", FLORIN_VERSION);
    Flags flags;
    Options options;
    std::function<int()> run;
    /// Sets what runs once all flags are known.
    const auto on = [&](CLI::App* command, std::function<int()> action) {
        command->callback([&run, action = std::move(action)] { run = action; });
    };
    const auto administer = [&](std::vector<std::string> words) {
        return gather(flags, options) ? florin::app::administer(options, words) : 2;
    };

    CLI::App* serve =
        app.add_subcommand("serve", "Serve the API; without provider credentials a sandbox stands beside it");
    add_instance_flags(*serve, flags);
    serve->add_option("--listen", flags.listen, "Where to listen (default: 127.0.0.1:8480; port 0: any)")
        ->type_name("ADDR:PORT");
    serve->add_option("--sandbox", flags.sandbox, "A sandbox that runs elsewhere")->type_name("URL");
    serve->add_option("--roles", flags.roles, "Some of api,worker,scheduler,web (default: all)")->type_name("LIST");
    serve->add_option("--threads", flags.threads, "Threads for HTTP (default: half the cores)")->type_name("N");
    serve
        ->add_option("--max-in-progress", flags.max_in_progress,
                     "Changing requests worked on at once (default: by the measured rate)")
        ->type_name("N");
    serve->add_option("--log-level", flags.log_level, "debug, info, warning or error")->type_name("LEVEL");
    on(serve, [&] { return gather(flags, options) ? florin::app::serve(options) : 2; });

    florin::app::SandboxCommand sandbox_options;
    CLI::App* sandbox = app.add_subcommand("sandbox", "Run the simulated outside world alone");
    sandbox->add_option("--listen", sandbox_options.listen, "Where to listen (default: 127.0.0.1:8481)")
        ->type_name("ADDR:PORT");
    sandbox->add_option("--data", sandbox_options.data_directory, "Keep its books here (default: in memory)")
        ->type_name("DIR");
    sandbox
        ->add_option("--authorize-net-webhook", sandbox_options.authorize_net_webhook,
                     "Where Authorize.Net's stand-in sends its webhooks")
        ->type_name("URL");
    on(sandbox, [&] { return florin::app::run_sandbox(sandbox_options); });

    CLI::App* migrate = app.add_subcommand("migrate", "Bring the database's schema up to date");
    add_instance_flags(*migrate, flags);
    on(migrate, [&] { return gather(flags, options) ? florin::app::migrate(options) : 2; });

    CLI::App* doctor = app.add_subcommand("doctor", "Look an installation over; say how to mend what is wrong");
    add_instance_flags(*doctor, flags);
    on(doctor, [&] { return gather(flags, options) ? florin::app::doctor(options) : 2; });

    CLI::App* keys = app.add_subcommand("keys", "The keys under which fields are encrypted");
    keys->require_subcommand(1);
    for (const auto& [name, doc] : {std::pair{"list", "List them"}, std::pair{"rotate", "Make a new active key"},
                                    std::pair{"create", "Make the first key, if there is none"}}) {
        CLI::App* command = keys->add_subcommand(name, doc);
        add_instance_flags(*command, flags);
        on(command, [&, verb = std::string{name}] { return administer({"keys", verb}); });
    }

    std::string name, connector = "authorize_net", currency = "EUR", time_zone = "UTC", label = "command line",
                      scopes = "*", id;
    std::string overlap_s = "3600";
    CLI::App* admin = app.add_subcommand("admin", "Merchants and their API keys");
    admin->require_subcommand(1);
    CLI::App* merchant = admin->add_subcommand("merchant", "Merchants");
    merchant->require_subcommand(1);
    CLI::App* create_merchant = merchant->add_subcommand("create", "Create a merchant");
    add_instance_flags(*create_merchant, flags);
    create_merchant->add_option("name", name, "a-z, 0-9 and dashes")->required();
    create_merchant->add_option("--connector", connector,
                                "One of " + florin::app::list_of_connectors() + " (default: authorize_net)");
    create_merchant->add_option("--currency", currency, "Its default currency (default: EUR)");
    create_merchant->add_option("--time-zone", time_zone, "IANA name such as Europe/Berlin (default: UTC)");
    on(create_merchant, [&] { return administer({"merchant", "create", name, connector, currency, time_zone}); });
    CLI::App* list_merchants = merchant->add_subcommand("list", "List merchants");
    add_instance_flags(*list_merchants, flags);
    on(list_merchants, [&] { return administer({"merchant", "list"}); });

    CLI::App* api_key = admin->add_subcommand("api-key", "API keys");
    api_key->require_subcommand(1);
    const auto add_merchant_option = [&](CLI::App& command) {
        add_instance_flags(command, flags);
        command.add_option("--merchant", name, "The merchant's name")->required();
    };
    CLI::App* create_key = api_key->add_subcommand("create", "Create a key and print it; only its hash is kept");
    add_merchant_option(*create_key);
    create_key->add_option("--label", label, "Who has it, in your words");
    create_key->add_option("--scopes", scopes,
                           "What it may do, such as \"payments:read payments:write\" (default: *, all)");
    on(create_key, [&] { return administer({"api-key", "create", name, label, scopes}); });
    CLI::App* list_keys = api_key->add_subcommand("list", "List keys");
    add_merchant_option(*list_keys);
    on(list_keys, [&] { return administer({"api-key", "list", name}); });
    CLI::App* revoke_key = api_key->add_subcommand("revoke", "Refuse a key from now on");
    add_merchant_option(*revoke_key);
    revoke_key->add_option("id", id, "The key's id, as `api-key list` shows it")->required();
    on(revoke_key, [&] { return administer({"api-key", "revoke", name, id}); });
    CLI::App* rotate_key = api_key->add_subcommand("rotate", "Create a key in another's place and print it");
    add_merchant_option(*rotate_key);
    rotate_key->add_option("id", id, "The key's id, as `api-key list` shows it")->required();
    rotate_key->add_option("--overlap", overlap_s, "Seconds for which the old one stays valid (default: 3600)");
    on(rotate_key, [&] { return administer({"api-key", "rotate", name, id, overlap_s}); });

    CLI::App* audit = app.add_subcommand("audit", "The audit trail");
    audit->require_subcommand(1);
    CLI::App* verify = audit->add_subcommand("verify", "Verify every record; names the first bad one");
    add_instance_flags(*verify, flags);
    on(verify, [&] { return administer({"audit", "verify"}); });

    CLI::App* ledger = app.add_subcommand("ledger", "The books");
    ledger->require_subcommand(1);
    CLI::App* check = ledger->add_subcommand("check", "Check every entry, journal and balance");
    add_instance_flags(*check, flags);
    on(check, [&] { return administer({"ledger", "check"}); });

    florin::app::add_dead_letter_commands(
        app, [&](CLI::App& command) { add_instance_flags(command, flags); },
        [&](CLI::App* command, std::function<std::vector<std::string>()> words) {
            on(command, [&, words = std::move(words)] { return administer(words()); });
        });

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        return app.exit(asked);
    } catch (const CLI::ParseError& failure) {
        refuse(app, app.get_name(), failure);
        return 2;
    }
    return run();
}
