#pragma once

#include <cstdint>
#include <optional>

#include "florin/jobs/jobs.hpp"

namespace florin::jobs {

/// When a job that may kill its process runs alone: nothing new starts beside it. What runs already is waited for and
/// what runs alone is waited for, but neither for long, so that nobody can hold up the others: what has run for so
/// long without harm is not what kills.
class Solitude {
public:
    static constexpr std::int64_t longest_ns = 15'000'000'000;

    /// Whether it may begin now, while `running` others run.
    bool is_granted(std::size_t running, std::int64_t now_ns) const {
        return running == 0 || (wanted_since_ns_ && now_ns - *wanted_since_ns_ >= longest_ns);
    }
    /// Whether nothing may start now.
    bool is_kept(std::int64_t now_ns) const { return alone_ && now_ns - began_ns_ < longest_ns; }

    void want(std::int64_t now_ns) {
        if (!wanted_since_ns_) wanted_since_ns_ = now_ns;
    }
    void begin(const JobId& job, std::int64_t now_ns) {
        wanted_since_ns_.reset();
        alone_ = job;
        began_ns_ = now_ns;
    }
    void end(const JobId& job) {
        if (alone_ == job) alone_.reset();
    }

private:
    std::optional<std::int64_t> wanted_since_ns_;
    std::optional<JobId> alone_;
    std::int64_t began_ns_ = 0;
};

}  // namespace florin::jobs
