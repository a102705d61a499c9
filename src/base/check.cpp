#include "florin/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace florin {

void check(bool ok, const char* what, std::source_location where) {
    if (ok) [[likely]]
        return;
    std::fprintf(stderr, "check failed: %s (%s:%u)\n", what, where.file_name(), where.line());
    std::abort();
}

}  // namespace florin
