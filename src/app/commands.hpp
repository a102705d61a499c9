#pragma once

#include <string>
#include <vector>

#include "options.hpp"

/// The subcommands. Each answers the process' exit code: 0 done, 1 it found or met something wrong, 2 it
/// was called wrongly.
namespace florin::app {

int serve(const Options& options);

struct SandboxCommand {
    std::string listen = "127.0.0.1:8481";
    std::string data_directory;
    std::string authorize_net_webhook;  ///< Where Authorize.Net's stand-in sends its webhooks; empty: as it was.
};
int run_sandbox(const SandboxCommand& command);

int migrate(const Options& options);
int doctor(const Options& options);

/// A command that works on an open instance: in the server, if one has the data directory, else here.
/// `words` are the verb and its arguments, as in admin_commands.hpp.
int administer(const Options& options, const std::vector<std::string>& words);

}  // namespace florin::app
