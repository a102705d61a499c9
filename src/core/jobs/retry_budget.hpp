#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "florin/jobs/jobs.hpp"

namespace florin::jobs {

/// How many repeats a minute this process makes at one provider, over all kinds of job: a provider that comes back to
/// life is not met by everything that has failed meanwhile (F68). What is too much is given a place in a later minute,
/// in the order of asking, and keeps it. One thread.
class RetryBudget {
public:
    explicit RetryBudget(std::int64_t per_minute) : per_minute_{per_minute} {}

    /// Asked before a repeat. Nothing: go. Else the moment at which to ask again, in the minute that has room.
    std::optional<Instant> put_off(std::string_view provider, const JobId& job, Instant now) {
        const auto found = providers_.try_emplace(std::string{provider}).first;
        Provider& of = found->second;
        const std::int64_t this_minute = now.ms / minute_ms;
        of.taken.erase(of.taken.begin(), of.taken.lower_bound(this_minute));
        std::erase_if(of.places, [&](const auto& place) { return place.second < this_minute; });
        if (const auto place = of.places.find(job); place != of.places.end()) {
            if (place->second > this_minute) return Instant{place->second * minute_ms};
            of.places.erase(place);
            return std::nullopt;
        }
        std::int64_t minute = this_minute;
        while (of.taken[minute] >= per_minute_) ++minute;
        const std::int64_t before = of.taken[minute]++;
        if (minute == this_minute) return std::nullopt;
        of.places.emplace(job, minute);
        // Spread over the minute.
        return Instant{minute * minute_ms + before * minute_ms / per_minute_};
    }

private:
    static constexpr std::int64_t minute_ms = 60'000;
    struct Provider {
        std::map<std::int64_t, std::int64_t> taken;  ///< By minute since 1970.
        std::map<JobId, std::int64_t> places;        ///< In which minute a job that was put off has its own.
    };
    const std::int64_t per_minute_;
    std::map<std::string, Provider, std::less<>> providers_;
};

}  // namespace florin::jobs
