#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "florin/base/instant.hpp"

namespace florin::http {

struct AdmissionOptions {
    /// How many requests are worked on at once; 0: as many as are measured to be done within `longest_wait`.
    std::size_t max_in_progress = 0;
    /// How long a request may take here when the bound is measured, the time at a provider not counted.
    Millis longest_wait{100};
    /// How many wait for somebody else just now, and so cost nothing; may count a few that were not admitted.
    std::function<std::size_t()> waiting_elsewhere = [] { return std::size_t{0}; };
};

/// Decides whether one more request is begun or refused at once, before anything is done for it. Who is
/// let in is answered soon, and the rate stays that of the peak, however many ask. Any thread.
///
/// The measured bound is Little's law: who joins `rate × longest_wait` others waits `longest_wait`. It is
/// computed anew whenever somebody was refused within a tenth of a second and there is still work; with nobody
/// refused it does not matter.
class Admission {
public:
    /// Where a measured bound begins. A few hundred clients that each wait for their answer fit in.
    static constexpr std::size_t usual_bound = 512;
    /// Fewer would keep commits from being shared.
    static constexpr std::size_t least_bound = 64;
    static constexpr std::size_t largest_bound = 8'192;
    static constexpr Millis window{100};

    /// A request's share of what is in progress, given back at its end.
    class Place {
    public:
        Place() = default;
        Place(Place&& other) noexcept : admission_{std::exchange(other.admission_, nullptr)} {}
        Place& operator=(Place&&) = delete;
        ~Place() {
            if (admission_ != nullptr) admission_->leave();
        }
        explicit operator bool() const { return admission_ != nullptr; }

    private:
        friend class Admission;
        explicit Place(Admission& admission) : admission_{&admission} {}
        Admission* admission_ = nullptr;
    };

    explicit Admission(AdmissionOptions options = {});
    Admission(const Admission&) = delete;

    /// An empty place is a refusal. `now_ns` is monotonic. The admission outlives the place.
    Place enter(std::int64_t now_ns);

    std::size_t bound() const { return bound_.load(std::memory_order_relaxed); }
    std::size_t in_progress() const { return in_progress_.load(std::memory_order_relaxed); }

private:
    void leave();
    void measure(std::int64_t now_ns);
    /// How many of `in_progress` do not wait for somebody else.
    std::size_t waiting_here(std::size_t in_progress) const;

    const AdmissionOptions options_;
    std::atomic<std::size_t> bound_;
    std::atomic<std::size_t> in_progress_ = 0;
    std::atomic<std::uint64_t> done_ = 0;
    std::atomic<std::uint64_t> refused_ = 0;
    std::atomic<std::int64_t> window_end_ns_ = 0;

    std::mutex mutex_;
    std::int64_t window_begin_ns_ = 0;
    std::uint64_t done_before_ = 0;
    std::uint64_t refused_before_ = 0;
};

}  // namespace florin::http
