#pragma once

#include <string_view>

#include "florin/jobs/worker.hpp"
#include "florin/runtime/world.hpp"

namespace florin::app {

/// The handler, with how long each attempt took and how it ended. `clock` outlives it.
jobs::Handler counted(std::string_view kind, jobs::Handler handler, Clock& clock);

}  // namespace florin::app
