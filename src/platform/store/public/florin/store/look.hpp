#pragma once

#include <string>
#include <vector>

#include "florin/base/result.hpp"

namespace florin::store {

/// Something about a database that will hurt, and what to do.
struct Concern {
    std::string what;
    std::string mend;
};

struct Looked {
    int schema = 0;       ///< The last migration that was applied; 0: none yet.
    int newest = 0;       ///< The last one that this program knows.
    std::string version;  ///< The engine's.
    std::vector<Concern> concerns;
};

/// Looks at a database and changes nothing there. Blocks. Errors: `storage_unavailable` (it cannot be
/// reached or read), and `schema_too_new` or `schema_changed` as for a start.
Result<Looked> look_at_postgres(const std::string& url);
/// The same for the embedded database in `directory`, which no process may have open. Of one that was
/// not closed in order, only that is told: the next start brings it in order.
Result<Looked> look_at_sqlite(const std::string& directory);

}  // namespace florin::store
