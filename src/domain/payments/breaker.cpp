#include "breaker.hpp"

namespace florin::payments {
namespace {
constexpr std::int64_t window_ns = 60'000'000'000;
constexpr std::int64_t reset_ns = 60'000'000'000;
constexpr std::size_t fewest_calls = 20;
constexpr std::size_t most_calls = 1'000;
}  // namespace

bool Breakers::allows(std::string_view connector) { return !is_open(connector); }

bool Breakers::is_open(std::string_view connector) {
    const std::lock_guard lock{mutex_};
    const auto found = states_.find(connector);
    return found != states_.end() && found->second.open_until_ns > clock_.monotonic_ns();
}

void Breakers::note(std::string_view connector, bool was_answered) {
    const std::lock_guard lock{mutex_};
    auto found = states_.find(connector);
    if (found == states_.end()) {
        if (was_answered) return;
        found = states_.emplace(std::string{connector}, State{}).first;
    }
    State& state = found->second;
    const std::int64_t now = clock_.monotonic_ns();
    if (state.open_until_ns > now && was_answered) {
        // A look-up got through: the provider is back.
        state = State{};
        return;
    }
    state.calls.emplace_back(now, was_answered);
    if (!was_answered) ++state.failures;
    while (!state.calls.empty() && (now - state.calls.front().first > window_ns || state.calls.size() > most_calls)) {
        if (!state.calls.front().second) --state.failures;
        state.calls.pop_front();
    }
    if (state.calls.size() >= fewest_calls && state.failures * 2 >= state.calls.size()) state.open_until_ns = now + reset_ns;
}

}  // namespace florin::payments
