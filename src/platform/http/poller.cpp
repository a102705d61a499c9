#include "poller.hpp"

#include <unistd.h>

#include "channel.hpp"
#include "florin/base/check.hpp"

namespace florin::http {

Poller::Poller(Scheduler& scheduler) : scheduler_{scheduler}, descriptor_{epoll_create1(EPOLL_CLOEXEC)} {
    check(descriptor_ >= 0, "the kernel makes an epoll descriptor");
}

Poller::~Poller() { ::close(descriptor_); }

bool Poller::add(Channel& channel) {
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &channel}};
    return epoll_ctl(descriptor_, EPOLL_CTL_ADD, channel.descriptor(), &event) == 0;
}

void Poller::remove(Channel& channel) {
    for (epoll_event& event : left_)
        if (event.data.ptr == &channel) event.data.ptr = nullptr;
    epoll_ctl(descriptor_, EPOLL_CTL_DEL, channel.descriptor(), nullptr);
}

bool Poller::poll() {
    const int count = epoll_wait(descriptor_, events_.data(), static_cast<int>(events_.size()), 0);
    if (count <= 0) return false;
    left_ = std::span{events_}.first(static_cast<std::size_t>(count));
    while (!left_.empty()) {
        const epoll_event event = left_.front();
        left_ = left_.subspan(1);
        // It may be gone by now: whoever was told before may have closed it.
        if (event.data.ptr != nullptr) static_cast<Channel*>(event.data.ptr)->hear(event.events);
    }
    return true;
}

}  // namespace florin::http
