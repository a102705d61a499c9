#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace florin::app {

/// Adds `dead-letters` and its commands. `add_flags` gives each the flags that name an installation; `run` is given the
/// words for `administer` once a command has been parsed.
void add_dead_letter_commands(CLI::App& app, const std::function<void(CLI::App&)>& add_flags,
                              std::function<void(CLI::App*, std::function<std::vector<std::string>()>)> run);

}  // namespace florin::app
