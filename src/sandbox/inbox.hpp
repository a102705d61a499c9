#pragma once

#include <string>
#include <vector>

#include "call_log.hpp"
#include "florin/sandbox/sandbox.hpp"

namespace florin::sandbox {

/// The page at `/`: recent calls and movements, newest first, as plain HTML without scripts.
std::string inbox_page(const CallLog& log, const std::vector<Movement>& book, Instant now);

}  // namespace florin::sandbox
