#pragma once

#include <sqlite3.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace florin::store::sqlite {

/// Waits for the disk beside the writing thread, so that the next units run while a commit is on its way there
/// (docs/decisions/0032). Used by the writing thread; what it waits for is the log alone.
class Confirmer {
public:
    /// `writer` is in WAL mode and has read from its database. `confirmed` is called on the confirmer's thread when the
    /// disk has what `begin` was called for.
    Confirmer(sqlite3* writer, std::function<void()> confirmed);
    Confirmer(const Confirmer&) = delete;
    /// After what is under way.
    ~Confirmer();

    /// Has the disk confirm what the log holds by now. Nothing may be under way. Stops the process when it does not
    /// (F102).
    void confirm();
    /// The same on the confirmer's thread: `confirmed` tells that it is done.
    void begin();
    /// From `begin` until `confirmed` has returned.
    bool is_busy();
    /// Until nothing is under way.
    void wait();
    /// Not longer than `patience`.
    void wait_for(std::chrono::microseconds patience);

private:
    void confirm_until_closed();

    sqlite3_file* log_ = nullptr;
    std::function<void()> confirmed_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_busy_ = false;
    bool is_closed_ = false;
    std::thread thread_;
};

}  // namespace florin::store::sqlite
