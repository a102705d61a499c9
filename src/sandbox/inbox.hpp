#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "call_log.hpp"
#include "desk.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "mail/send_grid.hpp"
#include "salesforce/model.hpp"
#include "webhook_sender.hpp"

namespace florin::sandbox {

struct Inbox {
    const CallLog& log;
    const std::vector<Movement>& book;
    const std::deque<mail::Mail>& mails;
    const std::vector<salesforce::Record>& cases;
    const std::map<std::int64_t, Delivery>& deliveries;
    const Settings& settings;
    std::string_view faults;  ///< The script as it was set.
    Instant now;
};

/// The page at `/`: what moved, recent mails, webhooks and calls, the newest first, and what the sandbox is told to do;
/// plain HTML without scripts.
std::string inbox_page(const Inbox& inbox);

}  // namespace florin::sandbox
