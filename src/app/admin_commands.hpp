#pragma once

#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::app {

/// What a command printed and its exit code.
struct CommandResult {
    int code = 0;
    std::string out;  ///< For standard output.
    std::string err;  ///< For standard error.
};

struct Administered {
    World world;
    store::Store& store;
    security::KeyRing& keys;
    audit::Log audit;
    std::string data_directory;
    bool is_sandbox;
};

/// Runs one of:
///
///     merchant create NAME CONNECTOR CURRENCY TIME_ZONE
///     merchant list
///     api-key create MERCHANT LABEL SCOPES      (space-separated scopes)
///     api-key list MERCHANT
///     api-key revoke MERCHANT ID
///     api-key rotate MERCHANT ID OVERLAP_SECONDS
///     keys list | keys create | keys rotate
///     audit verify
///     ledger check
///     dead-letters VERB ARGUMENTS               (see dead_letter_commands.hpp)
///
/// From any thread that is no I/O thread; waits for the store.
CommandResult run_admin_command(const Administered& on, const std::vector<std::string>& words);

}  // namespace florin::app
