#include "admin_commands.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "blocking_store.hpp"
#include "connectors.hpp"
#include "dead_letter_commands.hpp"
#include "florin/calendar/calendar.hpp"
#include "florin/identity/api_keys.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/json/writer.hpp"
#include "florin/ledger/check.hpp"
#include "florin/payments/payments.hpp"
#include "scopes.hpp"
#include "shared_ring.hpp"

namespace florin::app {
namespace {

using Words = std::vector<std::string>;

CommandResult refused(const Error& error) {
    const std::string flag = error.field.starts_with("--") ? error.field + ": " : "";
    return {.code = 1, .err = "florin: " + flag + error.message + " (" + error.code + ")\n"};
}

std::vector<std::string> words_in(const std::string& text) {
    std::istringstream in{text};
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

/// Everything that the command line changes is in the audit too.
void append_audit(store::Tx& tx, const Administered& on, MerchantId merchant, std::string_view action,
                  std::string_view type, std::string_view id) {
    on.audit.append(tx, {.merchant = merchant,
                         .correlation_id = "command-line",
                         .action = action,
                         .entity_type = type,
                         .entity_id = id,
                         .actor = "operator:command-line"});
}

Result<identity::Merchant> merchant_named(store::Reader& reader, const std::string& name) {
    auto found = identity::find_merchant(reader, name);
    if (!found)
        return fail(ErrorKind::not_found, "merchant_not_found", "There is no merchant of that name.", "--merchant");
    return std::move(*found);
}

CommandResult create_merchant(const Administered& on, const Words& words) {
    if (!is_connector(words[3])) {
        const std::string message = "There is no connector of that name. Give one of " + list_of_connectors() + ".";
        return refused({ErrorKind::invalid, "unknown_connector", message, "--connector"});
    }
    if (auto zone = calendar::Zone::find(words[5]); !zone) {
        zone.error().field = "--time-zone";
        return refused(zone.error());
    }
    auto create = [&](store::Tx& tx) -> Result<identity::Merchant> {
        auto merchant = identity::create_merchant(tx, {.name = words[2],
                                                       .connector = words[3],
                                                       .time_zone = words[5],
                                                       .default_currency = words[4],
                                                       .is_sandbox = on.is_sandbox});
        if (merchant) append_audit(tx, on, merchant->id, "merchant.created", "merchant", merchant->name);
        return merchant;
    };
    auto created = write_blocking(on.store, create);
    if (!created) return refused(created.error());
    return {.out = created->name + "\n"};
}

CommandResult list_merchants(const Administered& on) {
    auto read = [](store::Reader& reader) -> Result<std::vector<identity::Merchant>> {
        return identity::list_merchants(reader);
    };
    auto merchants = read_blocking(on.store, read);
    if (!merchants) return refused(merchants.error());
    CommandResult result;
    for (const identity::Merchant& merchant : *merchants)
        result.out += merchant.name + "\t" + merchant.connector + "\t" + merchant.default_currency + "\t" +
                      (merchant.is_active ? "active" : "off") + "\t" + std::to_string(merchant.id.value) + "\n";
    return result;
}

/// A scope that no route asks for would be a key that silently may do nothing.
std::optional<CommandResult> refuse_unknown(const Words& wanted) {
    for (const std::string& scope : wanted) {
        if (std::ranges::find(scopes, scope) != scopes.end()) continue;
        std::string known;
        for (const std::string_view one : scopes) {
            if (!known.empty()) known += ", ";
            known += one;
        }
        return refused({ErrorKind::invalid, "invalid_scope",
                        "There is no scope " + scope + "; there are " + known + ".", "--scopes"});
    }
    return std::nullopt;
}

CommandResult create_api_key(const Administered& on, const Words& words) {
    if (auto refusal = refuse_unknown(words_in(words[4]))) return std::move(*refusal);
    auto create = [&](store::Tx& tx) -> Result<std::string> {
        auto merchant = merchant_named(tx, words[2]);
        if (!merchant) return fail(std::move(merchant.error()));
        auto issued = identity::create_api_key(
            tx, on.world, {.merchant = merchant->id, .label = words[3], .scopes = words_in(words[4])});
        if (!issued) return fail(std::move(issued.error()));
        append_audit(tx, on, merchant->id, "api_key.created", "api_key", issued->key.id.text());
        return std::string{issued->text.expose()};
    };
    auto key = write_blocking(on.store, create);
    if (!key) return refused(key.error());
    return {.out = *key + "\n"};
}

CommandResult list_api_keys(const Administered& on, const Words& words) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<identity::ApiKey>> {
        auto merchant = merchant_named(reader, words[2]);
        if (!merchant) return fail(std::move(merchant.error()));
        return identity::list_api_keys(reader, merchant->id);
    };
    auto keys = read_blocking(on.store, read);
    if (!keys) return refused(keys.error());
    CommandResult result;
    for (const identity::ApiKey& key : *keys) {
        std::string scopes;
        for (const std::string& scope : key.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
        result.out += key.id.text() + "\t" + key.label + "\t" + scopes + "\t" + to_text(key.created_at) + "\t" +
                      (key.is_valid_at(on.world.clock.now()) ? "valid" : "not valid") + "\n";
    }
    return result;
}

CommandResult change_api_key(const Administered& on, const Words& words, bool is_rotation) {
    const auto id = identity::ApiKey::Id::parse(words[3]);
    constexpr std::int64_t longest_overlap_s = 365LL * 24 * 3'600;
    std::int64_t overlap_s = 0;
    if (is_rotation) {
        const char* const end = words[4].data() + words[4].size();
        const auto [stop, failure] = std::from_chars(words[4].data(), end, overlap_s);
        if (failure != std::errc{} || stop != end || overlap_s < 0 || overlap_s > longest_overlap_s)
            return refused(
                {ErrorKind::invalid, "invalid_overlap", "Give whole seconds, from 0 to a year of them.", "--overlap"});
    }
    if (!id)
        return refused({ErrorKind::not_found, "api_key_not_found",
                        "That is not the id of an API key; `florin admin api-key list` shows them.", "id"});
    auto change = [&](store::Tx& tx) -> Result<std::string> {
        auto merchant = merchant_named(tx, words[2]);
        if (!merchant) return fail(std::move(merchant.error()));
        append_audit(tx, on, merchant->id, is_rotation ? "api_key.rotated" : "api_key.revoked", "api_key", id->text());
        if (!is_rotation) {
            auto revoked = identity::revoke_api_key(tx, merchant->id, *id);
            if (!revoked) return fail(std::move(revoked.error()));
            return revoked->id.text();
        }
        auto issued = identity::rotate_api_key(tx, on.world, merchant->id, *id, Millis{overlap_s * 1000});
        if (!issued) return fail(std::move(issued.error()));
        return std::string{issued->text.expose()};
    };
    auto changed = write_blocking(on.store, change);
    if (!changed) return refused(changed.error());
    return {.out = *changed + "\n"};
}

CommandResult list_keys(const Administered& on) {
    CommandResult result;
    for (const security::KeyInfo& key : on.keys.keys())
        result.out += key.id + "\t" + to_text(key.created_at) + "\t" + (key.is_active ? "active" : "opens only") + "\n";
    return result;
}

CommandResult rotate_keys(const Administered& on) {
    const bool is_shared = on.store.engine() == store::Engine::postgres;
    auto key = is_shared ? rotate_shared(on.store, on.keys, on.is_sandbox) : on.keys.rotate();
    if (!key) return refused(key.error());
    auto note = [&](store::Tx& tx) -> Result<bool> {
        append_audit(tx, on, MerchantId{}, "keys.rotated", "key", key->id);
        return true;
    };
    if (auto noted = write_blocking(on.store, note); !noted) return refused(noted.error());
    return {.out = key->id + "\n"};
}

/// Heads that were exported while the server ran; they show what was cut out of the database.
std::vector<audit::Head> witnesses(const Administered& on, std::string& complaints) {
    std::vector<audit::Head> heads;
    std::ifstream file{on.data_directory + "/audit-heads.jsonl"};
    for (std::string line; std::getline(file, line);) {
        auto head = audit::parse_head(line);
        if (head)
            heads.push_back(std::move(*head));
        else
            complaints += "audit-heads.jsonl holds a line that is not a signed head\n";
    }
    return heads;
}

CommandResult verify_audit(const Administered& on) {
    CommandResult result;
    const std::vector<audit::Head> heads = witnesses(on, result.err);
    auto read = [&](store::Reader& reader) -> Result<audit::Verified> { return on.audit.verify(reader, heads); };
    auto verified = examine_blocking(on.store, read);
    if (!verified) return refused(verified.error());
    for (const audit::Finding& finding : verified->findings) result.err += audit::to_text(finding) + "\n";
    result.code = result.err.empty() ? 0 : 1;
    result.out = std::to_string(verified->records) + " records in " + std::to_string(verified->lanes) + " chains, " +
                 (result.code == 0 ? "all as they were written\n" : "not all as they were written\n");
    return result;
}

CommandResult check_ledger(const Administered& on) {
    auto read = [](store::Reader& reader) -> Result<ledger::Checked> { return ledger::check(reader); };
    auto checked = examine_blocking(on.store, read);
    if (!checked) return refused(checked.error());
    auto read_missing = [](store::Reader& reader) -> Result<std::vector<payments::TransactionId>> {
        return payments::without_journal(reader);
    };
    auto missing = examine_blocking(on.store, read_missing);
    if (!missing) return refused(missing.error());
    CommandResult result;
    for (const ledger::Finding& finding : checked->findings) result.err += ledger::to_text(finding) + "\n";
    for (const payments::TransactionId& id : *missing)
        result.err += "journal missing for transaction " + id.text() + "\n";
    result.code = result.err.empty() ? 0 : 1;
    result.out = std::to_string(checked->entries) + " entries in " + std::to_string(checked->journals) + " journals, " +
                 (result.code == 0 ? "balanced and as they were posted\n" : "not as they were posted\n");
    return result;
}

}  // namespace

CommandResult run_admin_command(const Administered& on, const Words& words) {
    const auto is = [&](std::string_view noun, std::string_view verb, std::size_t count) {
        return words.size() == count && words[0] == noun && words[1] == verb;
    };
    if (is("merchant", "create", 6)) return create_merchant(on, words);
    if (is("merchant", "list", 2)) return list_merchants(on);
    if (is("api-key", "create", 5)) return create_api_key(on, words);
    if (is("api-key", "list", 3)) return list_api_keys(on, words);
    if (is("api-key", "revoke", 4)) return change_api_key(on, words, false);
    if (is("api-key", "rotate", 5)) return change_api_key(on, words, true);
    if (is("keys", "list", 2)) return list_keys(on);
    // Opening the instance has made them.
    if (is("keys", "create", 2)) return list_keys(on);
    if (is("keys", "rotate", 2)) return rotate_keys(on);
    if (is("audit", "verify", 2)) return verify_audit(on);
    if (is("ledger", "check", 2)) return check_ledger(on);
    if (words.size() == 3 && words[0] == "dead-letters") return run_dead_letter_command(on, words);
    return {.code = 2, .err = "There is no such command.\n"};
}

}  // namespace florin::app
