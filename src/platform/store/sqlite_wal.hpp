#pragma once

#include <functional>

#include "sqlite_engine.hpp"

namespace florin::store::sqlite {

/// Keeps the write-ahead log short by moving it into the database between commits, on the writing
/// connection and its thread: nobody else ever does (F107).
class WalKeeper {
public:
    /// From this size on the log is moved, while readers go on: each commit then starts it anew.
    static constexpr std::int64_t worth_moving_bytes = 16 << 20;
    /// From this size on the writer waits, briefly, for readers that keep the log from starting anew.
    /// A request's read ends by itself, after ten seconds at most (F106); whoever examines everything may be
    /// longer, so the longer the log, the less often it is tried.
    static constexpr std::int64_t too_long_bytes = 128 << 20;

    /// `before_moving` is called so that nobody holds on to the log without need.
    explicit WalKeeper(Connection& connection, std::function<void()> before_moving = [] {});
    WalKeeper(const WalKeeper&) = delete;

    /// After each commit, when the disk has confirmed it and its callers have been answered; needed only when
    /// `wants_moving`.
    void after_commit();
    bool wants_moving() const { return is_long() && log_pages_ >= next_try_pages_; }
    bool is_long() const { return log_bytes() >= worth_moving_bytes; }
    /// When nothing has waited for a while.
    void at_rest();
    /// How many commits have written to the log.
    std::uint64_t times_grown() const { return times_grown_; }
    std::int64_t log_bytes() const { return log_pages_ * page_size_; }

private:
    void note(int log_pages);
    void move(int mode);
    Connection& connection_;
    std::function<void()> before_moving_;
    std::int64_t page_size_;
    std::uint64_t times_grown_ = 0;
    std::int64_t log_pages_ = 0;
    /// Not tried again before the log has this many pages.
    std::int64_t next_try_pages_ = 0;
};

}  // namespace florin::store::sqlite
