// From turn to turn: how a test clock gets to where it was told to go.

#include <algorithm>
#include <map>
#include <set>

#include "florin/jobs/open_jobs.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/test_clocks/test_clocks.hpp"
#include "lease.hpp"

namespace florin::test_clocks {
namespace {

/// Between two looks at what is waited for.
constexpr Millis shortest_pause{1}, longest_pause{4};
constexpr Millis sweep_pause{1'000};
constexpr int most_looked_at = 1'000, most_resumed = 100;
/// How many turns are under way together, or a batch more: they have to be done before patience ends.
constexpr std::size_t most_loaded = 2'000;
/// How often a turn may have come without anybody taking it.
constexpr int most_idle_turns = 3;

enum class Stage {
    due,      ///< A turn has come by the time that the clock shows.
    moved,    ///< The clock now shows the moment of the next turn, or where it was told to go.
    arrived,  ///< It is there, and nothing is due.
    over,     ///< Somebody else has brought it there, or taken it away.
};

constexpr std::int64_t to_ns(Millis time) { return time.count() * 1'000'000; }

}  // namespace

/// One advance under way.
struct TestClocks::Drive {
    MerchantId merchant;
    TestClockId id;
    std::int64_t renewed_at_ns = 0;
    /// What has taken longer than anybody waits: not waited for again.
    std::set<Uuid> late;
    std::vector<StillOpen> still_open = {};
};

Task<Result<Advanced>> TestClocks::drive(MerchantId merchant, TestClockId id) {
    Drive drive{.merchant = merchant, .id = id, .renewed_at_ns = on_.world.clock.monotonic_ns()};
    int idle_turns = 0;
    // What was due before the clock moved comes first.
    Stage stage = Stage::due;
    bool is_settled = false;
    while (true) {
        if (!is_settled) {
            if (auto settled = co_await settle(drive, stage == Stage::arrived); !settled)
                co_return fail(std::move(settled.error()));
            is_settled = true;
        }
        auto step = [&](store::Tx& tx) -> Result<Stage> {
            const auto clock = merchants::find_test_clock(tx, merchant);
            if (!clock || clock->id != id || !clock->target) return Stage::over;
            const auto next = on_.agenda.next_turn_at(tx, merchant);
            TestClock after = *clock;
            after.driven_until = tx.now() + lease;
            Stage reached = Stage::arrived;
            if (next && *next <= clock->now) {
                reached = Stage::due;
            } else if (clock->now < *clock->target) {
                after.now = next ? std::min(*next, *clock->target) : *clock->target;
                reached = Stage::moved;
            } else if (stage == Stage::arrived) {
                // All that was due is done and told.
                after.target = std::nullopt;
                after.driven_until = std::nullopt;
                reached = Stage::over;
            }
            // Who drives it too has moved it meanwhile: look again.
            if (!merchants::update_test_clock(tx, *clock, after))
                return fail(ErrorKind::conflict, "moved_meanwhile", "Somebody else has moved the clock.");
            return reached;
        };
        const auto reached = co_await on_.store.write(step);
        if (!reached) {
            if (reached.error().code == "moved_meanwhile") continue;
            co_return fail(reached.error());
        }
        drive.renewed_at_ns = on_.world.clock.monotonic_ns();
        stage = *reached;
        if (stage == Stage::over) break;
        is_settled = false;
        // All that is due by the same moment is under way together.
        std::size_t loaded = 0;
        while (true) {
            const auto batch = co_await on_.agenda.load(merchant);
            if (!batch) co_return fail(batch.error());
            loaded += *batch;
            if (*batch == 0 || loaded >= most_loaded) break;
        }
        if (stage == Stage::arrived) continue;
        idle_turns = stage == Stage::due && loaded == 0 ? idle_turns + 1 : 0;
        if (idle_turns > most_idle_turns) {
            telemetry::error("test_clock.stuck", {{"merchant", merchant}, {"test_clock_id", id}});
            co_return fail(ErrorKind::unavailable, "test_clock_stuck",
                           "Something is due and does not begin. Ask again for the same moment.");
        }
    }
    auto clock = co_await find(merchant, id);
    if (!clock) co_return fail(std::move(clock.error()));
    co_return Advanced{.clock = *clock, .still_open = std::move(drive.still_open)};
}

/// Waits for what the merchant has due, and before the clock arrives also for what tells of it.
Task<Result<void>> TestClocks::settle(Drive& drive, bool is_last) {
    Clock& clock = on_.world.clock;
    const jobs::Awaited awaited{.until_ended = on_.settling_kinds,
                                .never = is_last ? std::string_view{} : std::string_view{on_.telling_kinds}};
    std::int64_t end_ns = clock.monotonic_ns() + to_ns(on_.patience);
    Millis pause = shortest_pause;
    bool was_quiet = false;
    on_.wake();
    while (true) {
        const std::int64_t now_ns = clock.monotonic_ns();
        // One more than those that are not waited for tells whether there is anything to wait for.
        const int most = now_ns < end_ns ? static_cast<int>(drive.late.size()) + 1 : most_looked_at;
        auto look = [&](store::Reader& reader) -> Result<std::vector<jobs::OpenJob>> {
            return jobs::open_jobs(reader, drive.merchant, awaited, clock.now(), most);
        };
        auto open = co_await on_.store.read(look);
        if (!open) co_return fail(std::move(open.error()));
        const bool is_waiting =
            std::ranges::any_of(*open, [&](const auto& job) { return !drive.late.contains(job.id.value); });
        if (is_waiting && now_ns < end_ns) {
            if (now_ns - drive.renewed_at_ns > to_ns(lease) / 4) {
                auto renew = [&](store::Tx& tx) -> Result<bool> {
                    const auto before = merchants::find_test_clock(tx, drive.merchant);
                    if (!before || before->id != drive.id || !before->target) return false;
                    TestClock after = *before;
                    after.driven_until = tx.now() + lease;
                    return merchants::update_test_clock(tx, *before, after);
                };
                co_await on_.store.write(renew);
                drive.renewed_at_ns = now_ns;
            }
            co_await sleep_for(pause);
            pause = std::min(pause * 2, longest_pause);
            continue;
        }
        for (const jobs::OpenJob& job : *open) drive.late.insert(job.id.value);
        if (!is_last) co_return Result<void>{};
        // Somebody else may have announced between the look and this: it is quiet when two in a row find nothing.
        const bool is_quiet = co_await on_.announce() == 0;
        if (is_quiet && was_quiet) {
            std::map<std::string, std::int64_t> by_kind;
            for (const jobs::OpenJob& job : *open) ++by_kind[job.kind];
            drive.still_open.clear();
            for (const auto& [kind, count] : by_kind) drive.still_open.push_back({kind, count});
            co_return Result<void>{};
        }
        was_quiet = is_quiet;
        end_ns = clock.monotonic_ns() + to_ns(on_.patience);
        pause = shortest_pause;
    }
}

/// Waits for whoever is at it. False: it has arrived; true: they have left it.
Task<Result<bool>> TestClocks::join(MerchantId merchant, TestClockId id) {
    while (true) {
        auto look = [&](store::Reader& reader) -> Result<std::optional<TestClock>> {
            return merchants::find_test_clock(reader, merchant);
        };
        const auto clock = co_await on_.store.read(look);
        if (!clock) co_return fail(clock.error());
        if (!*clock || (*clock)->id != id || !(*clock)->target) co_return false;
        if ((*clock)->driven_until.value_or(Instant{0}) <= on_.world.clock.now()) co_return true;
        co_await sleep_for(longest_pause);
    }
}

Task<std::size_t> TestClocks::resume() {
    auto look = [&](store::Reader& reader) -> Result<std::vector<TestClock>> {
        return merchants::forsaken_test_clocks(reader, on_.world.clock.now(), most_resumed);
    };
    const auto found = co_await on_.store.read(look);
    if (!found) co_return 0;
    std::size_t arrived = 0;
    for (const TestClock& clock : *found) {
        const auto advanced = co_await drive(clock.merchant, clock.id);
        if (!advanced) continue;
        ++arrived;
        telemetry::info("test_clock.resumed", {{"merchant", clock.merchant}, {"test_clock_id", clock.id}});
    }
    co_return arrived;
}

Task<void> TestClocks::run(Signal& stop) {
    while (!stop.is_set()) {
        co_await resume();
        co_await stop.wait_for(sweep_pause);
    }
}

}  // namespace florin::test_clocks
