#pragma once

#include <cstdint>
#include <string_view>

#include "crash.hpp"

namespace florin::sim {

/// Payment terms from their making to their end, mostly at a merchant who moves its clock through the months.
enum class PlanLife {
    adjusted_and_canceled,  ///< Paid for a month, made dearer, paid for another, canceled: something comes back.
    never_paid,             ///< Each instalment is declined, tried again once the next day, and becomes a case.
    /// Beside a subscription, on the world's time and two processes: changed, away for weeks, canceled.
    over_downtime,
    /// On the world's time: a debit is returned and collected again, another one's bank has erred, and a dispute is
    /// won. Dies once all of that begins.
    gone_again,
};
std::string_view to_text(PlanLife life);

/// Lives one through and dies at moment number `death`; 0: never. Whoever asks, asks again until there is an answer.
Course run_plan(PlanLife life, std::uint64_t death);

}  // namespace florin::sim
