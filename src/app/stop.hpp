#pragma once

namespace florin::app {

/// Blocks SIGTERM and SIGINT in this thread and those it starts, so that `wait_for_stop` gets them.
/// SIGPIPE is ignored. Call first in `main`.
void block_stop_signals();
/// Returns when the process is asked to stop. Afterwards a second request ends it at once.
void wait_for_stop();

}  // namespace florin::app
