#include "dead_letter_cli.hpp"

#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>

#include "florin/json/writer.hpp"

namespace florin::app {
namespace {

/// What was given, by name: it lives as long as the command that it belongs to.
struct Given {
    std::map<std::string, std::string> texts;
    std::vector<std::string> ids;
    std::string payload_file;
    bool all = false, platform = false;
};

std::string to_json(const Given& given) {
    std::string text, ids;
    json::Writer json{text};
    json.open('{');
    for (const auto& [name, value] : given.texts)
        if (!value.empty()) json.field(name, value);
    for (const std::string& id : given.ids) ids += id + "\n";
    if (!ids.empty()) json.field("ids", ids);
    if (given.all) json.field("all", "yes");
    if (given.platform) json.field("platform", "yes");
    json.close('}');
    return text;
}

void add_filters(CLI::App& command, Given& given) {
    command.add_option("--merchant", given.texts["merchant"], "Only this merchant's (default: everybody's)");
    command.add_flag("--platform", given.platform, "Only the platform's own, such as webhooks of providers");
    command.add_option("--kind", given.texts["kind"], "Only of this kind, such as webhooks.deliver");
    command.add_option("--cause", given.texts["cause"], "Only of this cause, as `groups` shows it");
    command.add_option("--died-from", given.texts["died-from"], "Only what died at this moment or later")
        ->type_name("MOMENT");
    command.add_option("--died-before", given.texts["died-before"], "Only what died before this moment")
        ->type_name("MOMENT");
}

}  // namespace

void add_dead_letter_commands(CLI::App& app, const std::function<void(CLI::App&)>& add_flags,
                              std::function<void(CLI::App*, std::function<std::vector<std::string>()>)> run) {
    CLI::App* letters = app.add_subcommand("dead-letters", "What could not be done and waits for a person");
    letters->require_subcommand(1);
    const auto add = [&](const std::string& verb, const std::string& doc) {
        CLI::App* command = letters->add_subcommand(verb, doc);
        add_flags(*command);
        auto given = std::make_shared<Given>();
        run(command, [given, verb] {
            if (given->payload_file == "-") {
                std::ostringstream text;
                text << std::cin.rdbuf();
                given->texts["payload"] = text.str();
            } else if (!given->payload_file.empty()) {
                std::ostringstream text;
                text << std::ifstream{given->payload_file}.rdbuf();
                given->texts["payload"] = text.str();
            }
            return std::vector<std::string>{"dead-letters", verb, to_json(*given)};
        });
        return std::pair{command, given};
    };
    for (const auto& [verb, doc] : {std::pair{"list", "List them, the latest first"},
                                    std::pair{"groups", "Count them by kind and cause, the most first"}}) {
        const auto [command, given] = add(verb, doc);
        add_filters(*command, *given);
        command->add_option("--status", given->texts["status"], "open (default), retried, discarded or all");
        command->add_option("--limit", given->texts["limit"], "How many of each merchant at most (default: 200)");
    }
    {
        const auto [command, given] = add("show", "Show one as JSON; secrets and personal data are masked");
        command->add_option("id", given->texts["id"], "Its id")->required();
    }
    {
        const auto [command, given] = add("edit", "Change the payload of an open one; what was there before is kept");
        command->add_option("id", given->texts["id"], "Its id")->required();
        auto* text = command->add_option("--payload", given->texts["payload"], "The whole payload as it is to be");
        auto* file =
            command->add_option("--payload-file", given->payload_file, "The same from a file; -: from standard input");
        text->excludes(file);
        command->add_option("--reason", given->texts["reason"], "Why, for the audit")->required();
    }
    for (const bool is_retry : {true, false}) {
        const auto [command, given] =
            add(is_retry ? "retry" : "discard", is_retry ? "Let some run again, in the order in which the work came up"
                                                         : "Decide that some will not be done; they are kept");
        command->add_option("ids", given->ids, "Their ids; or narrow with the flags");
        add_filters(*command, *given);
        command->add_flag("--all", given->all, "All that are open");
        auto* reason = command->add_option("--reason", given->texts["reason"], "Why, for the audit");
        if (!is_retry) reason->required();
    }
}

}  // namespace florin::app
