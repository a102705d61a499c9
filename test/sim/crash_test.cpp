#include "crash.hpp"

#include <gtest/gtest.h>

#include "share.hpp"

namespace florin::sim {
namespace {

TEST(CrashSim, whatever_step_a_flow_dies_at_it_comes_to_the_same_end) {  // F1, F2, F4, F36, F37, F54, F63, F100
    for (const Flow& flow : flows()) {
        const Course clean = run_flow(flow, 0);
        EXPECT_TRUE(clean.objections.empty()) << flow.name << " undisturbed\n" << to_text(clean.objections);
        EXPECT_GT(clean.moments, 4u) << flow.name;
        for (std::uint64_t death = 1; death <= clean.moments; death += test::sanitized_share) {
            const Course crashed = run_flow(flow, death);
            EXPECT_TRUE(crashed.objections.empty())
                << flow.name << ", dead at step " << death << " of " << clean.moments << ", " << crashed.died_at << "\n"
                << to_text(crashed.objections);
        }
    }
}

}  // namespace
}  // namespace florin::sim
