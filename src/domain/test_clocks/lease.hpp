#pragma once

#include "florin/base/instant.hpp"

namespace florin::test_clocks {

/// Who advances a clock says so for this long, again and again; then others may go on with it. Two at once would only
/// do the same twice: what falls due has a unique row.
inline constexpr Millis lease{5'000};

}  // namespace florin::test_clocks
