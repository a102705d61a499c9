#pragma once

#include <cstdint>
#include <vector>

#include "judge.hpp"

namespace florin::sim {

/// What came of one seed's installation.
struct Lived {
    std::vector<Objection> objections;
    std::size_t agreements = 0, charges = 0, movements = 0;
    std::uint64_t deaths = 0;
};

/// Payment terms and subscriptions of customers of several merchants live through months, while everything goes wrong
/// that can, clocks too; then it heals, what was foreseen is compared with what happens, and all of it is judged. Every
/// other seed has two processes over its database. `fault` is a trigger: the database then does something that it was
/// not told.
Lived live_through(std::uint64_t seed, const store::Sql* fault = nullptr);

}  // namespace florin::sim
