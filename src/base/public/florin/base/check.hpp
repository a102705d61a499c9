#pragma once

#include <source_location>

namespace florin {

/// Stops the process when `ok` is false. For what no request can cause: a stopped server starts
/// again and looks up what it had sent; money that moved wrongly has to be found. Stays on in
/// release builds. `what` is a sentence that is true when all is well.
void check(bool ok, const char* what, std::source_location where = std::source_location::current());

}  // namespace florin
