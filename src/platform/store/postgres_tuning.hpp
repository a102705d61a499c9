#pragma once

#include "florin/store/open.hpp"

namespace florin::store {

/// What the benchmark turns and tests make small. The defaults are the measured best of two cores.
struct PostgresTuning {
    /// Units that may wait, for writes and for reads each; beyond that they are refused (F115).
    std::size_t waiting = 2'048;
    /// Transactions that write at the same time, not counting those that wait for a lock or a disk.
    std::size_t writing_at_once = 2;
    std::size_t reading_at_once = 2;
    /// A second transaction begins beside a running one when so many units wait; at once while lately fewer than
    /// half as many shared one.
    std::size_t join_at = 16;
    /// A server that does not answer for so long is held up, and another thread may take over.
    Millis slow_after{20};
    /// A statement of a read that takes longer is ended with `storage_unavailable`, but for `Store::examine` (F106).
    Millis longest_read{10'000};
};
Result<std::unique_ptr<Store>> open_postgres(PostgresOptions options, const PostgresTuning& tuning,
                                             std::span<const Migration> known, World world);
Result<Migrated> migrate_postgres(const std::string& url, std::span<const Migration> known, World world);

}  // namespace florin::store
