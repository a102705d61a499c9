#include "sqlite_wal.hpp"

#include <algorithm>

#include "florin/base/check.hpp"

namespace florin::store::sqlite {

WalKeeper::WalKeeper(Connection& connection, std::function<void()> before_moving)
    : connection_{connection},
      before_moving_{std::move(before_moving)},
      page_size_{connection.integer("PRAGMA page_size")} {
    // Replaces SQLite's own checkpoints, which would come in the middle of a commit somebody waits for.
    sqlite3_wal_hook(
        connection.handle(),
        [](void* self, sqlite3*, const char*, int pages) {
            static_cast<WalKeeper*>(self)->note(pages);
            return SQLITE_OK;
        },
        this);
}

void WalKeeper::note(int log_pages) {
    ++times_grown_;
    log_pages_ = log_pages;
    // It has started anew.
    if (log_bytes() < worth_moving_bytes) next_try_pages_ = 0;
}

void WalKeeper::after_commit() {
    if (wants_moving()) move(log_bytes() >= too_long_bytes ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
}

void WalKeeper::at_rest() {
    if (log_pages_ > 0) move(SQLITE_CHECKPOINT_PASSIVE);
}

void WalKeeper::move(int mode) {
    int pages = 0;
    int moved = 0;
    before_moving_();
    const int code = sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, mode, &pages, &moved);
    check(!is_doubtful(code), "the disk confirms what it was told to keep");
    // Whoever reads just now may keep the log from starting anew, and a disk may be full. Nothing is lost: it stays in
    // the log until a later try, a quarter of the usual distance further on; of the log's own length where the writer
    // has to wait.
    const std::int64_t bytes = log_bytes() >= too_long_bytes ? log_bytes() : worth_moving_bytes;
    next_try_pages_ = log_pages_ + bytes / 4 / page_size_;
    if (code == SQLITE_OK && moved == pages) log_pages_ = 0;
}

}  // namespace florin::store::sqlite
