#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/jobs/jobs.hpp"
#include "florin/merchants/merchants.hpp"
#include "florin/merchants/test_clock.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::test_clocks {

using merchants::Asker;
using merchants::TestClock;
using merchants::TestClockId;

/// What falls due when, by the merchants' clocks.
struct Agenda {
    /// When something next happens for the merchant, or should have; nothing: nobody waits for anything.
    std::function<std::optional<Instant>(store::Reader&, MerchantId)> next_turn_at;
    /// Makes jobs of the merchant's turns that have come by its clock, and does what else is to be done by then;
    /// answers how much there was.
    std::function<Task<Result<std::size_t>>(MerchantId)> load;
};

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    const merchants::Merchants& merchants;
    /// False with live connectors: nobody gets a clock.
    bool is_sandbox = false;
    Agenda agenda;
    /// Kinds of job with commas between them. The ones that move money are waited for until they have ended; the ones
    /// that only tell of it (mails, webhooks) not at each turn but before an advance is answered, and, as all others,
    /// until they have been tried.
    std::string settling_kinds, telling_kinds;
    /// Makes jobs of what is to be told; answers how many.
    std::function<Task<std::size_t>()> announce;
    /// Called after a commit that has left something to do.
    std::function<void()> wake;
    /// How long a turn's work is waited for, by the world's time.
    Millis patience{30'000};
};

/// Where to. One of both, or neither: on to where it was told to go before.
struct Destination {
    std::optional<Instant> to;
    std::optional<std::string> by;  ///< An ISO 8601 duration.
};

/// Jobs of a kind that took longer than anybody waits.
struct StillOpen {
    std::string kind;
    std::int64_t count = 0;
};
struct Advanced {
    TestClock clock;
    std::vector<StillOpen> still_open;
    /// The answer that an earlier request with the same key was given; it is to be given again.
    std::optional<idempotency::Answer> stored = {};
};

/// Clocks that merchants in the sandbox move themselves: everything due by then happens, in order, through the same
/// loader, jobs, mails and webhooks as in real time. Any scheduler.
///
/// A clock that is advanced goes from turn to turn: it is set to the next one, what is due then becomes jobs, and only
/// when these have ended it goes on. Its target rests in its row: whoever finds it forsaken goes on to it.
///
/// Source: requirements X-26; design.md, Billing over time.
class TestClocks {
public:
    explicit TestClocks(Surroundings surroundings) : on_{std::move(surroundings)} {}

    /// From now on the merchant's billing goes by it. Errors: `forbidden` (`not_a_sandbox`), `conflict`
    /// (`test_clock_exists`; `merchant_has_plans`: only the present can be its begin), `invalid` (`out_of_range`).
    Task<Result<TestClock>> create(Asker asker, std::optional<Instant> now);
    /// Error `test_clock_not_found`.
    Task<Result<TestClock>> find(MerchantId merchant, TestClockId id);
    /// None or one.
    Task<Result<std::vector<TestClock>>> list(MerchantId merchant);
    /// The merchant is back in the world's time. Errors: `test_clock_not_found`, `conflict` (`test_clock_advancing`;
    /// `merchant_has_plans`: for them time would go back).
    Task<Result<void>> remove(Asker asker, TestClockId id);

    /// Answers when everything due by then has happened. Asked for the same moment again, it goes on to it, or waits
    /// for whoever does; so does a request whose key one took that has no answer yet, wherever it wants to. Errors:
    /// `test_clock_not_found`, `mismatch` (`idempotency_key_reused`), `invalid` (`test_clock_backwards`,
    /// `invalid_duration`,
    /// `ambiguous_destination`, `out_of_range`, `advance_too_long` (more than 200 years at once); field named),
    /// `conflict` (`test_clock_advancing`: to another moment), `unavailable` (it goes on by itself).
    Task<Result<Advanced>> advance(Asker asker, TestClockId id, Destination destination, idempotency::Guard guard = {});

    /// Goes on with clocks that somebody was advancing and died; answers how many have arrived.
    Task<std::size_t> resume();
    /// Runs the pass above every second until `stop`.
    Task<void> run(Signal& stop);

private:
    struct Drive;
    Task<Result<Advanced>> reach(const Asker& asker, TestClockId id, bool is_joined);
    Task<Result<Advanced>> keep(const Asker& asker, const idempotency::Guard& guard, Advanced advanced);
    Task<Result<Advanced>> drive(MerchantId merchant, TestClockId id);
    Task<Result<void>> settle(Drive& drive, bool is_last);
    Task<Result<bool>> join(MerchantId merchant, TestClockId id);
    void note(store::Tx& tx, const Asker& asker, const TestClock& clock, std::string_view action) const;

    Surroundings on_;
};

}  // namespace florin::test_clocks
