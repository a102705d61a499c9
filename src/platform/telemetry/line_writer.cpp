#include "line_writer.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <limits.h>
#include <cerrno>
#include <string>

namespace florin::telemetry {
namespace {

constexpr std::size_t queued_lines = 2'048;
constexpr int patience_ms = 200;

/// Runs on the writer's thread alone, so it needs no lock.
class DescriptorSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    explicit DescriptorSink(int descriptor) : descriptor_{descriptor} {}
    std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        // A reader that has kept us waiting once is not waited for again until it moves.
        is_stuck_ =
            !write_line(descriptor_, {message.payload.data(), message.payload.size()}, is_stuck_ ? 0 : patience_ms);
        if (is_stuck_) lost_.fetch_add(1, std::memory_order_relaxed);
    }
    void flush_() override {}

    int descriptor_;
    bool is_stuck_ = false;
    std::atomic<std::uint64_t> lost_ = 0;
};

/// Signals are for the threads that wait for them. SIGPIPE among them: a reader that is gone is an
/// error of `write`, not the end of the process.
void refuse_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

bool write_line(int descriptor, std::string_view line, int wait_ms) {
    thread_local std::string text;
    text.assign(line);
    text.push_back('\n');
    std::string_view rest = text;
    while (!rest.empty()) {
        pollfd ready{descriptor, POLLOUT, 0};
        const int polled = ::poll(&ready, 1, wait_ms);
        if (polled < 0 && errno == EINTR) continue;
        if (polled <= 0) return false;
        // A pipe that is ready takes this much without waiting.
        const ssize_t written = ::write(descriptor, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
        if (written < 0 && errno != EINTR && errno != EAGAIN) return false;
        if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

struct LineWriter::Impl {
    std::shared_ptr<DescriptorSink> sink;
    std::shared_ptr<spdlog::details::thread_pool> pool;
    std::shared_ptr<spdlog::async_logger> logger;
};

LineWriter::LineWriter(int descriptor) : impl_{std::make_unique<Impl>()} {
    impl_->sink = std::make_shared<DescriptorSink>(descriptor);
    impl_->pool = std::make_shared<spdlog::details::thread_pool>(queued_lines, 1, refuse_signals);
    impl_->logger = std::make_shared<spdlog::async_logger>("florin", impl_->sink, impl_->pool,
                                                           spdlog::async_overflow_policy::overrun_oldest);
}
LineWriter::~LineWriter() = default;

void LineWriter::write(std::string_view line) {
    impl_->logger->log(spdlog::level::critical, spdlog::string_view_t{line.data(), line.size()});
}
std::uint64_t LineWriter::lost() const { return impl_->sink->lost() + impl_->pool->overrun_counter(); }

}  // namespace florin::telemetry
