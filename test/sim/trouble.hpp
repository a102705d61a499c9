#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "judge.hpp"

namespace florin::sim {

/// How bad it gets. The seed draws what actually happens.
struct TroubleOptions {
    int clients = 6;
    int wishes = 4;        ///< Of each client, one after the other.
    Millis lasts{90'000};  ///< From then on nothing goes wrong any more.
    bool has_clock_jumps = true;
};

struct Outcome {
    std::vector<Objection> objections;
    std::size_t operations = 0;
    std::size_t movements = 0;
    std::uint64_t deaths = 0;
    std::uint64_t commits = 0;
};

/// Many clients at once, right and wrong operations, everything going wrong at random; then it heals,
/// settles and is judged.
Outcome make_trouble(std::uint64_t seed, const TroubleOptions& options = {});

}  // namespace florin::sim
