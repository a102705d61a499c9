#include "bodies.hpp"

namespace florin::test_clocks {

ClockView view_of(const TestClock& clock) {
    return {.id = clock.id,
            .now = clock.now,
            .status = clock.target ? "advancing" : "ready",
            .target = clock.target,
            .created_at = clock.created_at,
            .updated_at = clock.updated_at,
            .still_open = std::nullopt};
}

ClockView view_of(const Advanced& advanced) {
    ClockView view = view_of(advanced.clock);
    if (!advanced.still_open.empty()) view.still_open.emplace();
    for (const StillOpen& open : advanced.still_open) view.still_open->push_back({open.kind, open.count});
    return view;
}

}  // namespace florin::test_clocks
