#pragma once

#include <vector>

#include "judge.hpp"

namespace florin::sim {

/// Judges what customers were told before a charge that could not be made as things were: that a card will have
/// expired, or that nothing is known to charge. To be asked when all has settled and the platform has had time to look
/// ahead.
std::vector<Objection> judge_announcements(Installation& installation, bool was_set_back = false);

}  // namespace florin::sim
