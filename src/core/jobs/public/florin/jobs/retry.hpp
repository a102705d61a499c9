#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "florin/base/instant.hpp"
#include "florin/runtime/world.hpp"

namespace florin::jobs {

/// How the wait grows from one attempt to the next (requirements B-FR-38).
enum class RetryStrategy {
    immediate,    ///< No wait.
    fixed,        ///< Always the first.
    incremental,  ///< Once, twice, three times … the first.
    exponential,  ///< 1, 2, 4 … times the first.
    steps,        ///< As listed, and after the last one no more.
    cancel,       ///< No second attempt.
};
std::string_view to_text(RetryStrategy strategy);
std::optional<RetryStrategy> parse_retry_strategy(std::string_view text);

/// What becomes of a job of some kind that has failed and may be repeated.
struct Retry {
    RetryStrategy strategy = RetryStrategy::exponential;
    Millis first{1'000};
    Millis longest{900'000};
    std::vector<Millis> steps = {};
    /// How often it is tried at all; nothing: as often as was said when it was enqueued.
    std::optional<std::int64_t> most_attempts = {};
};

/// The wait after attempt number `attempt` (from 1) has failed: a quarter more or less by chance, so that what failed
/// together does not come back together, and never above the longest. Nothing: it is not tried again. Source: failures
/// F68.
std::optional<Millis> wait_after(const Retry& retry, std::int64_t attempt, Random& random);

}  // namespace florin::jobs
