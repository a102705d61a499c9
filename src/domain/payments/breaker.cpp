#include "breaker.hpp"

#include "florin/payments/watch.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::payments {
namespace {
constexpr std::int64_t window_ns = 60'000'000'000;
constexpr std::int64_t reset_ns = 60'000'000'000;
constexpr std::size_t fewest_calls = 20;
constexpr std::size_t most_calls = 1'000;
}  // namespace

void show_breaker(std::string_view connector, bool is_open) {
    telemetry::metrics()
        .gauge("florin_connector_breaker_open", "1 while new charges through the connector are refused.",
               {{"connector", std::string{connector}}})
        .set(is_open ? 1 : 0);
}

Breakers::Verdict Breakers::ask(std::string_view connector) {
    const std::lock_guard lock{mutex_};
    const auto found = states_.find(connector);
    if (found == states_.end() || !found->second.is_open) return Verdict::go;
    const std::int64_t now = clock_.monotonic_ns();
    if (now < found->second.probe_at_ns) return Verdict::wait;
    found->second.probe_at_ns = now + reset_ns;
    return Verdict::probe;
}

bool Breakers::is_open(std::string_view connector) {
    const std::lock_guard lock{mutex_};
    const auto found = states_.find(connector);
    return found != states_.end() && found->second.is_open;
}

BreakerState Breakers::state(std::string_view connector) {
    const std::lock_guard lock{mutex_};
    const auto found = states_.find(connector);
    if (found == states_.end()) return {};
    return {.is_open = found->second.is_open, .since = found->second.changed_at};
}

void Breakers::note(std::string_view connector, bool was_answered) {
    const std::lock_guard lock{mutex_};
    auto found = states_.find(connector);
    if (found == states_.end()) {
        if (was_answered) return;
        found = states_.emplace(std::string{connector}, State{}).first;
    }
    State& state = found->second;
    if (state.is_open) {
        if (was_answered) {
            state = State{.changed_at = clock_.now()};
            --open_;
            show_breaker(connector, false);
        }
        return;
    }
    const std::int64_t now = clock_.monotonic_ns();
    state.calls.emplace_back(now, was_answered);
    if (!was_answered) ++state.failures;
    while (!state.calls.empty() && (now - state.calls.front().first > window_ns || state.calls.size() > most_calls)) {
        if (!state.calls.front().second) --state.failures;
        state.calls.pop_front();
    }
    if (state.calls.size() >= fewest_calls && state.failures * 2 >= state.calls.size()) {
        state.is_open = true;
        state.changed_at = clock_.now();
        ++open_;
        show_breaker(connector, true);
        state.probe_at_ns = now + reset_ns;
    }
}

}  // namespace florin::payments
