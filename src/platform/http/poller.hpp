#pragma once

#include <sys/epoll.h>

#include <array>
#include <span>

#include "florin/runtime/scheduler.hpp"

namespace florin::http {

class Channel;

/// Tells one thread's channels when their sockets have become readable or writable. A socket is told to the
/// kernel once, for edges: waiting anew costs nothing. One thread.
class Poller {
public:
    explicit Poller(Scheduler& scheduler);
    ~Poller();
    Poller(const Poller&) = delete;

    /// From here on `channel` hears of its socket. False when the kernel takes no more.
    bool add(Channel& channel);
    /// Before its socket is closed.
    void remove(Channel& channel);
    /// Resumes whoever waited for what has happened, without waiting itself. False: nothing had.
    bool poll();
    /// Readable when `poll` has something to do.
    int descriptor() const { return descriptor_; }
    Scheduler& scheduler() const { return scheduler_; }

private:
    Scheduler& scheduler_;
    int descriptor_;
    std::array<epoll_event, 32> events_{};
    /// What of the last look is not yet told.
    std::span<epoll_event> left_;
};

}  // namespace florin::http
