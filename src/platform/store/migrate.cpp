#include "migrate.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "florin/base/check.hpp"
#include "trimmed.hpp"

namespace florin::store {
namespace {

struct Token {
    std::string_view token;
    std::string_view sqlite;
    std::string_view postgres;
};
constexpr Token tokens[] = {
    {"@id", "BLOB", "UUID"},
    {"@int", "INTEGER", "BIGINT"},
    {"@bytes", "BLOB", "BYTEA"},
    {"@strict", "STRICT", ""},
};

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

void append_translated(std::string& out, std::string_view line, Engine engine) {
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] != '@') {
            out += line[at++];
            continue;
        }
        std::size_t end = at + 1;
        while (end < line.size() && is_word(line[end])) ++end;
        const std::string_view word = line.substr(at, end - at);
        const auto* found = std::ranges::find(tokens, word, &Token::token);
        out += found == std::end(tokens) ? word : engine == Engine::sqlite ? found->sqlite : found->postgres;
        at = end;
    }
}

constexpr std::string_view create_table = R"sql(
    CREATE TABLE IF NOT EXISTS schema_migrations (
        number     @int NOT NULL PRIMARY KEY,
        name       TEXT NOT NULL,
        checksum   TEXT NOT NULL,
        applied_at @int NOT NULL
    ) @strict;
)sql";

/// Runs `work` in a transaction.
void in_transaction(const MigrationTarget& target, const std::function<void()>& work) {
    target.execute(target.engine == Engine::sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
    try {
        work();
        target.execute("COMMIT");
    } catch (const Failure&) {
        try {
            target.execute("ROLLBACK");
        } catch (const Failure&) {
            // The engine has rolled back by itself, or the connection is gone: the first failure tells more.
        }
        throw;
    }
}

}  // namespace

std::string translate(std::string_view text, Engine engine) {
    const std::string_view ours = engine == Engine::sqlite ? "-- only sqlite" : "-- only postgres";
    const std::string_view others = engine == Engine::sqlite ? "-- only postgres" : "-- only sqlite";
    std::string out;
    out.reserve(text.size());
    bool is_in_part = false;
    bool is_skipping = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::string_view mark = trimmed(line);
        if (mark == ours || mark == others) {
            check(!is_in_part, "the parts of a migration for one engine do not nest");
            is_in_part = true;
            is_skipping = mark == others;
        } else if (is_in_part && mark == "-- end") {
            is_in_part = is_skipping = false;
        } else if (!is_skipping) {
            append_translated(out, line, engine);
            out += '\n';
        }
    }
    check(!is_in_part, "the part of a migration for one engine ends with '-- end'");
    return out;
}

std::string checksum(std::string_view translated) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    const auto add = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3; };
    bool is_quoted = false;
    bool is_space_due = false;
    for (std::size_t at = 0; at < translated.size(); ++at) {
        const char c = translated[at];
        if (!is_quoted && c == '-' && translated.substr(at, 2) == "--") {
            at = std::min(translated.find('\n', at), translated.size());
            is_space_due = true;
        } else if (!is_quoted && (c == ' ' || c == '\n' || c == '\t' || c == '\r')) {
            is_space_due = true;
        } else {
            if (is_space_due) add(' ');
            is_space_due = false;
            if (c == '\'') is_quoted = !is_quoted;
            add(c);
        }
    }
    char text[17];
    std::snprintf(text, sizeof text, "%016" PRIx64, hash);
    return text;
}

Result<void> accept_applied(const std::vector<Applied>& applied, std::span<const Migration> known, Engine engine) {
    for (const Applied& done : applied) {
        const auto ours = std::ranges::find(known, done.number, &Migration::number);
        if (ours == known.end())
            return fail(ErrorKind::conflict, "schema_too_new",
                        "The database has migration " + std::to_string(done.number) + " (" + done.name +
                            "), which this program does not know. Start the newer program.");
        if (checksum(translate(ours->text, engine)) != done.checksum)
            return fail(ErrorKind::conflict, "schema_changed",
                        "Migration " + std::to_string(done.number) + " (" + done.name +
                            ") was applied with another text than this program has.");
    }
    return {};
}

Result<Migrated> migrate(const MigrationTarget& target, std::span<const Migration> known, Instant now) {
    check(std::ranges::adjacent_find(known, std::ranges::greater_equal{}, &Migration::number) == known.end(),
          "migrations are in order and no two have the same number");
    target.execute(translate(create_table, target.engine));
    const std::vector<Applied> applied =
        target.applied("SELECT number, name, checksum FROM schema_migrations ORDER BY number");
    if (auto accepted = accept_applied(applied, known, target.engine); !accepted) return fail(accepted.error());

    Migrated migrated;
    migrated.from = migrated.to = applied.empty() ? 0 : applied.back().number;
    for (const Migration& step : known) {
        if (std::ranges::find(applied, step.number, &Applied::number) != applied.end()) continue;
        const std::string text = translate(step.text, target.engine);
        in_transaction(target, [&] {
            target.execute(text);
            // Name and checksum hold no quote: the build allows [a-z0-9_] and hexadecimal digits.
            target.execute("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (" +
                           std::to_string(step.number) + ", '" + std::string{step.name} + "', '" + checksum(text) +
                           "', " + std::to_string(now.ms) + ")");
        });
        migrated.to = std::max(migrated.to, step.number);
    }
    return migrated;
}

}  // namespace florin::store
