#pragma once

/// Faults that a build for testing can turn on in billing and its owners, to show that the simulation would find them.
/// In every other build they do not exist.
namespace florin::billing {

enum class Bug {
    none,
    forecast_without_open,
    turn_taken_twice,
};

#ifdef FLORIN_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
inline bool planted(Bug bug) { return planted_bug == bug; }
#else
constexpr bool planted(Bug) { return false; }
#endif

}  // namespace florin::billing
