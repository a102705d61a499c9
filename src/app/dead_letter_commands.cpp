#include "dead_letter_commands.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "blocking_store.hpp"
#include "florin/dead_letters/routes.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/json/value.hpp"

namespace florin::app {
namespace {

using dead_letters::Asker;
using dead_letters::Desk;
using dead_letters::JobId;
using dead_letters::LetterFilter;
using dead_letters::Verdict;

constexpr MerchantId the_platform{0};
/// How the platform's own are named in lists: no merchant can be.
constexpr std::string_view platform_name = "(platform)";

CommandResult error_result(const Error& error) {
    return {.code = 1, .out = {}, .err = "florin: " + error.message + " (" + error.code + ")\n"};
}

/// What the command line gave.
class Arguments {
public:
    explicit Arguments(const std::string& text) {
        const auto value = json::parse(text);
        if (!value) return;
        for (const auto& [name, member] : value->members()) texts_[name] = member.text();
    }
    const std::string& operator[](const std::string& name) const {
        static const std::string none;
        const auto found = texts_.find(name);
        return found == texts_.end() ? none : found->second;
    }

private:
    std::map<std::string, std::string> texts_;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

struct Command {
    const Administered& on;
    Desk desk;
    Arguments given;
    BlockingScheduler scheduler;
    Asker asker{.actor = "operator:command-line", .ip_address = {}, .user_agent = {}, .correlation_id = "command-line"};

    Command(const Administered& administered, const std::string& arguments)
        : on{administered},
          // Whoever works on jobs looks for them every half second.
          desk{{.world = on.world, .store = on.store, .audit = on.audit, .wake = [] {}}},
          given{arguments} {}

    template <class T>
    T await(Task<T> task) {
        return scheduler.await(std::move(task));
    }

    /// Those that were asked for, with their names.
    Result<std::vector<std::pair<MerchantId, std::string>>> merchants() {
        auto read = [](store::Reader& reader) -> Result<std::vector<identity::Merchant>> {
            return identity::list_merchants(reader);
        };
        const auto known = read_blocking(on.store, read);
        if (!known) return fail(known.error());
        std::vector<std::pair<MerchantId, std::string>> wanted;
        if (given["merchant"].empty()) wanted.emplace_back(the_platform, platform_name);
        if (given["platform"].empty())
            for (const identity::Merchant& one : *known)
                if (given["merchant"].empty() || one.name == given["merchant"]) wanted.emplace_back(one.id, one.name);
        if (wanted.empty())
            return fail(ErrorKind::not_found, "merchant_not_found", "There is no merchant of that name.");
        return wanted;
    }

    Result<LetterFilter> filter() {
        LetterFilter wanted{.status = jobs::LetterStatus::open, .kind = given["kind"], .cause = given["cause"]};
        const auto wrong = [](std::string_view message) {
            return fail(ErrorKind::invalid, "invalid_parameter", message);
        };
        if (const std::string& status = given["status"]; !status.empty()) {
            wanted.status = jobs::parse_letter_status(status);
            if (!wanted.status && status != "all") return wrong("--status is open, retried, discarded or all.");
        }
        for (const auto& [name, moment] :
             {std::pair{"died-from", &wanted.died_from}, {"died-before", &wanted.died_before}}) {
            if (given[name].empty()) continue;
            const auto at = parse_instant(given[name]);
            if (!at) return wrong("--" + std::string{name} + " is a moment such as 2026-11-21T13:00:00Z.");
            *moment = *at;
        }
        wanted.limit = 200;
        if (const std::string& limit = given["limit"]; !limit.empty()) {
            const auto [end, failure] = std::from_chars(limit.data(), limit.data() + limit.size(), wanted.limit);
            if (failure != std::errc{} || end != limit.data() + limit.size() || wanted.limit < 1 ||
                wanted.limit > 10'000)
                return wrong("--limit is a number from 1 to 10000.");
        }
        return wanted;
    }

    CommandResult list() {
        const auto from = merchants();
        if (!from) return error_result(from.error());
        const auto wanted = filter();
        if (!wanted) return error_result(wanted.error());
        CommandResult result;
        for (const auto& [merchant, name] : *from) {
            const auto letters = await(desk.list(merchant, *wanted));
            if (!letters) return error_result(letters.error());
            for (const auto& letter : *letters)
                result.out += letter.id.text() + "\t" + name + "\t" + letter.kind + "\t" +
                              std::string{jobs::to_text(letter.status)} + "\t" + to_text(letter.died_at) + "\t" +
                              letter.last_error + "\n";
        }
        return result;
    }

    CommandResult groups() {
        const auto from = merchants();
        if (!from) return error_result(from.error());
        const auto wanted = filter();
        if (!wanted) return error_result(wanted.error());
        CommandResult result;
        for (const auto& [merchant, name] : *from) {
            const auto found = await(desk.groups(merchant, *wanted));
            if (!found) return error_result(found.error());
            for (const auto& group : *found)
                result.out += std::to_string(group.count) + "\t" + name + "\t" + group.kind + "\t" +
                              to_text(group.first_died_at) + "\t" + to_text(group.last_died_at) + "\t" + group.cause +
                              "\n";
        }
        return result;
    }

    struct Owned {
        MerchantId merchant;
        JobId id;
    };
    Result<Owned> owned(const std::string& text) {
        const auto id = JobId::parse(text);
        if (!id)
            return fail(ErrorKind::not_found, "dead_letter_not_found",
                        "That is not the id of a dead letter; `florin dead-letters list` shows them.");
        const auto owner = await(desk.owner(*id));
        if (!owner) return fail(owner.error());
        return Owned{*owner, *id};
    }

    CommandResult show() {
        const auto letter = owned(given["id"]);
        if (!letter) return error_result(letter.error());
        const auto shown = await(desk.find(letter->merchant, letter->id));
        if (!shown) return error_result(shown.error());
        return {.out = dead_letters::to_json(*shown) + "\n"};
    }

    CommandResult edit() {
        const auto letter = owned(given["id"]);
        if (!letter) return error_result(letter.error());
        dead_letters::Edit wish{.payload = given["payload"], .reason = given["reason"], .version = std::nullopt};
        const auto edited = await(desk.edit(asker, letter->merchant, letter->id, std::move(wish)));
        if (!edited) return error_result(edited.error());
        return {.out = dead_letters::to_json(*edited) + "\n"};
    }

    CommandResult decide(Verdict verdict) {
        const std::vector<std::string> ids = lines_of(given["ids"]);
        // By merchant, each in one go.
        std::map<MerchantId, dead_letters::Selection> selections;
        if (ids.empty()) {
            if (given["all"].empty() && given["kind"].empty() && given["cause"].empty())
                return error_result(
                    {ErrorKind::invalid, "ambiguous_selection", "Name ids, --kind, --cause or --all.", {}});
            const auto from = merchants();
            if (!from) return error_result(from.error());
            const auto wanted = filter();
            if (!wanted) return error_result(wanted.error());
            for (const auto& [merchant, name] : *from) selections[merchant].filter = *wanted;
        }
        for (const std::string& text : ids) {
            const auto letter = owned(text);
            if (!letter) return error_result(letter.error());
            selections[letter->merchant].ids.push_back(letter->id);
        }
        std::int64_t count = 0;
        for (auto& [merchant, selection] : selections) {
            const auto decided =
                await(desk.decide_all(asker, merchant, std::move(selection), verdict, given["reason"]));
            if (!decided) return error_result(decided.error());
            count += *decided;
        }
        return {.out = std::to_string(count) + (verdict == Verdict::retry ? " retried\n" : " discarded\n")};
    }
};

}  // namespace

CommandResult run_dead_letter_command(const Administered& on, const std::vector<std::string>& words) {
    Command command{on, words[2]};
    const std::string& verb = words[1];
    if (verb == "list") return command.list();
    if (verb == "groups") return command.groups();
    if (verb == "show") return command.show();
    if (verb == "edit") return command.edit();
    if (verb == "retry") return command.decide(Verdict::retry);
    if (verb == "discard") return command.decide(Verdict::discard);
    return {.code = 2, .out = {}, .err = "There is no such command.\n"};
}

}  // namespace florin::app
