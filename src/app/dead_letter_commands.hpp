#pragma once

#include "admin_commands.hpp"

namespace florin::app {

/// Runs `dead-letters VERB ARGUMENTS`: the verb is list, groups, show, edit, retry or discard, the arguments are a JSON
/// object of texts as dead_letter_cli.cpp writes it. Reaches every merchant's letters and the platform's own. As
/// `run_admin_command`.
CommandResult run_dead_letter_command(const Administered& on, const std::vector<std::string>& words);

}  // namespace florin::app
