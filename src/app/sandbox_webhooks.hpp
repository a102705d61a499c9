#pragma once

#include <optional>
#include <string>

#include "florin/http/client.hpp"
#include "florin/runtime/scheduler.hpp"

namespace florin::app {

/// How a sandbox at `sandbox_url` reaches the server that listens at `origin`. Nothing when it cannot: a stand-in
/// cannot check the certificate of a server with TLS, and what listens on this machine alone is not there for another.
std::optional<std::string> seen_from_sandbox(const std::string& origin, const std::string& sandbox_url);

/// Tells a sandbox where Florin, at `origin`, takes webhooks: for each provider in its settings that can send some and
/// sends them to nobody, or to an address that was given in this way before. True when there is nothing to repeat:
/// done, or that is no sandbox that sends webhooks.
Task<bool> register_webhooks(http::Client& client, std::string sandbox_url, std::string origin);

/// Does that until it is done or `stop` is set.
Task<void> keep_registering(http::Client& client, std::string sandbox_url, std::string origin, Signal& stop);

}  // namespace florin::app
