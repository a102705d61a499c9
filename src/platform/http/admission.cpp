#include "florin/http/admission.hpp"

#include <algorithm>

namespace florin::http {

Admission::Admission(AdmissionOptions options)
    : options_{std::move(options)}, bound_{options_.max_in_progress != 0 ? options_.max_in_progress : usual_bound} {}

Admission::Place Admission::enter(std::int64_t now_ns) {
    if (options_.max_in_progress == 0 && now_ns >= window_end_ns_.load(std::memory_order_relaxed)) measure(now_ns);
    const std::size_t others = in_progress_.fetch_add(1, std::memory_order_relaxed);
    if (others >= bound() && waiting_here(others) >= bound()) {
        in_progress_.fetch_sub(1, std::memory_order_relaxed);
        refused_.fetch_add(1, std::memory_order_relaxed);
        return {};
    }
    return Place{*this};
}

std::size_t Admission::waiting_here(std::size_t in_progress) const {
    return in_progress - std::min(in_progress, options_.waiting_elsewhere());
}

void Admission::leave() {
    done_.fetch_add(1, std::memory_order_relaxed);
    in_progress_.fetch_sub(1, std::memory_order_relaxed);
}

void Admission::measure(std::int64_t now_ns) {
    const std::unique_lock lock{mutex_, std::try_to_lock};
    if (!lock || now_ns < window_end_ns_.load(std::memory_order_relaxed)) return;
    const std::int64_t took_ns = std::max<std::int64_t>(now_ns - window_begin_ns_, 1);
    const std::uint64_t done = done_.load(std::memory_order_relaxed);
    const std::uint64_t refused = refused_.load(std::memory_order_relaxed);
    const std::size_t before = bound();
    std::size_t wanted = std::max(before, usual_bound);
    // Where all has been done, the time since then says nothing of the rate: nobody asked for more.
    if (refused != refused_before_ && waiting_here(in_progress()) > 0) {
        const double seconds = static_cast<double>(took_ns) / 1e9;
        const double rate = static_cast<double>(done - done_before_) / seconds;
        wanted = static_cast<std::size_t>(rate * static_cast<double>(options_.longest_wait.count()) / 1e3);
    }
    // A single window may be a pause, or the burst after it.
    wanted = std::clamp(wanted, before - before / 4, before + before / 4);
    bound_.store(std::clamp(wanted, least_bound, largest_bound), std::memory_order_relaxed);
    done_before_ = done;
    refused_before_ = refused;
    window_begin_ns_ = now_ns;
    window_end_ns_.store(now_ns + window.count() * 1'000'000, std::memory_order_relaxed);
}

}  // namespace florin::http
