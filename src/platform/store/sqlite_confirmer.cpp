#include "sqlite_confirmer.hpp"

#include "florin/base/check.hpp"

namespace florin::store::sqlite {

Confirmer::Confirmer(sqlite3* writer, std::function<void()> confirmed) : confirmed_{std::move(confirmed)} {
    sqlite3_file_control(writer, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log_));
    check(log_ != nullptr && log_->pMethods != nullptr, "a database in WAL mode has its log open");
    thread_ = std::thread{[this] { confirm_until_closed(); }};
}

Confirmer::~Confirmer() {
    {
        const std::lock_guard lock{mutex_};
        is_closed_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Confirmer::confirm() {
    const int code = log_->pMethods->xSync(log_, SQLITE_SYNC_NORMAL);
    // The kernel may since have dropped what it could not write: only a restart knows what the disk holds.
    check(code == SQLITE_OK, "the disk confirms what it was told to keep");
}

void Confirmer::begin() {
    {
        const std::lock_guard lock{mutex_};
        check(!is_busy_, "one commit is on its way at a time");
        is_busy_ = true;
    }
    changed_.notify_all();
}

bool Confirmer::is_busy() {
    const std::lock_guard lock{mutex_};
    return is_busy_;
}

void Confirmer::wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return !is_busy_; });
}

void Confirmer::wait_for(std::chrono::microseconds patience) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, patience, [&] { return !is_busy_; });
}

void Confirmer::confirm_until_closed() {
    std::unique_lock lock{mutex_};
    for (;;) {
        changed_.wait(lock, [&] { return is_busy_ || is_closed_; });
        if (!is_busy_) return;
        lock.unlock();
        confirm();
        confirmed_();
        lock.lock();
        is_busy_ = false;
        changed_.notify_all();
    }
}

}  // namespace florin::store::sqlite
