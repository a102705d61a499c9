#pragma once

#include <functional>
#include <string>
#include <vector>

#include "florin/dead_letters/desk.hpp"
#include "florin/notifications/notifications.hpp"

namespace florin::app {

/// Writes to each of `addresses` what lies on the desk, as the platform's own mail. Empty for no addresses.
/// `notifications` outlives it.
std::function<void(store::Tx&, const dead_letters::Digest&)> alert_writer(
    const notifications::Notifications& notifications, std::vector<std::string> addresses);

}  // namespace florin::app
