#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "admin_commands.hpp"

namespace florin::app {

/// The door for the command line while the server has the database: a Unix socket in the data
/// directory (mode 0600), one command per connection.
class AdminSocket {
public:
    using Run = std::function<CommandResult(const std::vector<std::string>& words)>;
    static Result<std::unique_ptr<AdminSocket>> open(const std::string& data_directory, Run run);
    ~AdminSocket();

private:
    AdminSocket(std::string path, int listener, Run run);
    void serve();
    std::string path_;
    int listener_;
    int stop_[2];
    Run run_;
    std::thread thread_;
};

/// Asks the server that has this data directory; nothing when none answers.
std::optional<CommandResult> ask_server(const std::string& data_directory, const std::vector<std::string>& words);

}  // namespace florin::app
