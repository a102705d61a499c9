#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "flows.hpp"
#include "judge.hpp"

namespace florin::sim {

/// How a flow went.
struct Course {
    std::uint64_t moments = 0;
    std::string died_at;
    std::vector<Objection> objections;
};

/// Runs `flow` on an installation of its own and dies at its moment number `death`; 0: never.
Course run_flow(const Flow& flow, std::uint64_t death);

}  // namespace florin::sim
