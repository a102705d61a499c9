#include "trouble.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "seeds.hpp"
#include "share.hpp"

namespace florin::sim {
namespace {

// F1, F3, F4, F6, F7, F9, F10, F11, F12, F18, F19, F20, F21, F22, F23, F25, F28, F31, F35, F36, F37, F40, F41, F42,
// F43, F44, F45, F47, F54, F63, F77, F110, F122, F123, F125
TEST(TroubleSim, our_books_agree_with_the_providers_whatever_gets_lost) {
    constexpr std::uint64_t usual = 200 / test::sanitized_share;
    const std::uint64_t only = number_from("SEED", 0);
    const std::uint64_t first = only != 0 ? only : 1;
    const std::uint64_t count = only != 0 ? 1 : number_from("SEEDS", usual);
    Outcome sum;
    const auto started = std::chrono::steady_clock::now();
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const Outcome outcome = make_trouble(seed);
        EXPECT_TRUE(outcome.objections.empty()) << "repeat with SEED=" << seed << "\n" << to_text(outcome.objections);
        sum.operations += outcome.operations;
        sum.movements += outcome.movements;
        sum.deaths += outcome.deaths;
        sum.commits += outcome.commits;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    std::printf(
        "%llu seeds: %zu operations, %zu movements, %llu deaths, %llu commits in %.1f s, %.0f operations a second\n",
        static_cast<unsigned long long>(count), sum.operations, sum.movements,
        static_cast<unsigned long long>(sum.deaths), static_cast<unsigned long long>(sum.commits), took.count(),
        static_cast<double>(sum.operations) / took.count());
}

}  // namespace
}  // namespace florin::sim
