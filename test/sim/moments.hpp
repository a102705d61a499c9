#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace florin::sim {

/// Counts the steps at which a process may die and find something changed: before and after every
/// commit, before every call to a provider, after the provider has done it, and after its answer.
class Moments {
public:
    /// Asked at each step with its number, from 1; true kills the process right there.
    std::function<bool(std::uint64_t number, std::string_view what)> dies_at;

    bool pass(std::string_view what) { return dies_at && dies_at(++passed_, what); }
    std::uint64_t passed() const { return passed_; }
    void restart_count() { passed_ = 0; }

private:
    std::uint64_t passed_ = 0;
};

}  // namespace florin::sim
