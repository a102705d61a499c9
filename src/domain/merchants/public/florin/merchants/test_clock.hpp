#pragma once

#include <optional>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/store/tx.hpp"

/// The rows of test clocks. Who moves them: `florin/test_clocks`.
namespace florin::merchants {

using store::Reader;
using store::Tx;
using TestClockId = Id<struct TestClockOf>;

/// What the time is for a merchant in the sandbox.
struct TestClock {
    MerchantId merchant;
    TestClockId id;
    Instant now;                    ///< Never goes back.
    std::optional<Instant> target;  ///< While it is being advanced.
    /// By the world's time: until then somebody is advancing it. Only with a target.
    std::optional<Instant> driven_until = {};
    Instant created_at, updated_at;  ///< By the world's time.
    std::int64_t version = 1;
};

std::optional<TestClock> find_test_clock(Reader& reader, MerchantId merchant);
/// False when the merchant has one.
[[nodiscard]] bool insert_test_clock(Tx& tx, const TestClock& clock);
/// Raises the version. False when it is not as it was any more: it has moved, or is gone.
[[nodiscard]] bool update_test_clock(Tx& tx, const TestClock& before, const TestClock& after);
[[nodiscard]] bool remove_test_clock(Tx& tx, const TestClock& clock);
/// Clocks on their way that nobody is at by `now`, the longest first.
std::vector<TestClock> forsaken_test_clocks(Reader& reader, Instant now, int limit);

}  // namespace florin::merchants
