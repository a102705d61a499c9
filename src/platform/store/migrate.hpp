#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "florin/store/open.hpp"
#include "florin/store/tx.hpp"

namespace florin::store {

/// The text of a migration as `engine` is to run it: tokens replaced, the other engine's parts gone.
std::string translate(std::string_view text, Engine engine);

/// Of the statements alone: a comment or a space may change after a migration was applied.
std::string checksum(std::string_view translated);

/// One row of `schema_migrations`.
struct Applied {
    int number;
    std::string name;
    std::string checksum;
};

/// What an engine lends for migrating: one connection, without a transaction.
struct MigrationTarget {
    Engine engine;
    /// Runs one or more statements without parameters; throws `Failure`.
    std::function<void(const std::string& statements)> execute;
    /// The result of a query with the columns number, name, checksum; throws `Failure`.
    std::function<std::vector<Applied>(const std::string& query)> applied;
};

/// Whether the program can go on from what was applied. Errors: `conflict`/`schema_too_new` (the database
/// knows migrations that the program does not), `conflict`/`schema_changed` (an applied migration has
/// another text now).
Result<void> accept_applied(const std::vector<Applied>& applied, std::span<const Migration> known, Engine engine);

/// Brings the schema up to date, one transaction per migration, so that after a crash it goes on where
/// it stopped. The caller sees to it that nobody else migrates the same database meanwhile.
///
/// Errors: those of `accept_applied`. Throws `Failure` when a migration fails; that one is rolled back. Source:
/// failures F116.
Result<Migrated> migrate(const MigrationTarget& target, std::span<const Migration> known, Instant now);

}  // namespace florin::store
