#include "florin/jobs/retry.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace florin::jobs {
namespace {

constexpr std::array<std::pair<RetryStrategy, std::string_view>, 6> strategy_names{{
    {RetryStrategy::immediate, "immediate"},
    {RetryStrategy::fixed, "fixed"},
    {RetryStrategy::incremental, "incremental"},
    {RetryStrategy::exponential, "exponential"},
    {RetryStrategy::steps, "steps"},
    {RetryStrategy::cancel, "cancel"},
}};

/// Nothing: no further attempt.
std::optional<std::int64_t> nominal_ms(const Retry& retry, std::int64_t attempt) {
    const std::int64_t first = retry.first.count(), longest = retry.longest.count();
    switch (retry.strategy) {
        case RetryStrategy::immediate:
            return 0;
        case RetryStrategy::fixed:
            return first;
        case RetryStrategy::incremental:
            return first > 0 && attempt > longest / first ? longest : first * attempt;
        case RetryStrategy::exponential: {
            std::int64_t wait = first;
            for (std::int64_t i = 1; i < attempt && wait > 0 && wait < longest; ++i) wait *= 2;
            return wait;
        }
        case RetryStrategy::steps:
            if (attempt > static_cast<std::int64_t>(retry.steps.size())) return std::nullopt;
            return retry.steps[static_cast<std::size_t>(attempt - 1)].count();
        case RetryStrategy::cancel:
            return std::nullopt;
    }
    __builtin_unreachable();
}

}  // namespace

std::string_view to_text(RetryStrategy strategy) {
    return std::ranges::find(strategy_names, strategy, &decltype(strategy_names)::value_type::first)->second;
}

std::optional<RetryStrategy> parse_retry_strategy(std::string_view text) {
    const auto* found = std::ranges::find(strategy_names, text, &decltype(strategy_names)::value_type::second);
    return found == strategy_names.end() ? std::nullopt : std::optional{found->first};
}

std::optional<Millis> wait_after(const Retry& retry, std::int64_t attempt, Random& random) {
    const auto nominal = nominal_ms(retry, attempt);
    if (!nominal) return std::nullopt;
    const std::int64_t longest = retry.strategy == RetryStrategy::steps ? INT64_MAX : retry.longest.count();
    const std::int64_t wait = std::min(*nominal, longest);
    const auto spread = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(wait / 2 + 1)));
    return Millis{std::min(wait - wait / 4 + spread, longest)};
}

}  // namespace florin::jobs
