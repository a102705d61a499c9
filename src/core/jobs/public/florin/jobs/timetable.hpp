#pragma once

#include <string>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::jobs {

/// What becomes of the times that came due while nobody ran.
enum class CatchUp {
    all,     ///< Each is done, in order.
    latest,  ///< Only the last one is done.
};

/// A job that is enqueued at certain times. Its payload is `{"schedule":…,"due_at":…,"payload":…}`.
struct Schedule {
    MerchantId merchant;  ///< 0: the platform itself.
    std::string name;
    std::string cron;
    std::string time_zone = "UTC";
    std::string kind;
    std::string payload = "{}";  ///< JSON.
    CatchUp catch_up = CatchUp::latest;
};

/// Turns schedules into jobs. It may run on any number of nodes: each time of each schedule is a unique
/// row, written together with its job, so it happens once (F70).
class Timetable {
public:
    /// A schedule that has missed more times than this does so many of them, and then waits for
    /// `release`: the clock may have jumped, and what is due may cost money (F78). `latest` skips instead.
    static constexpr int max_catch_up = 31;

    Timetable(store::Store& store, World world) : store_{store}, world_{world} {}

    /// Writes the schedule, or changes what is different; it first comes due after now. Errors:
    /// `invalid_schedule`, `unsupported_time_zone` (all but UTC).
    Result<void> declare(store::Tx& tx, const Schedule& schedule) const;
    void withdraw(store::Tx& tx, MerchantId merchant, std::string_view name) const;
    /// Lets a held schedule go on with the next `max_catch_up` times. False when it is not held.
    [[nodiscard]] bool release(store::Tx& tx, MerchantId merchant, std::string_view name) const;

    /// Enqueues what is due; answers how many jobs.
    Result<int> tick(store::Tx& tx) const;
    /// Ticks every second until `stop` is set.
    Task<void> run(Signal& stop) const;

private:
    store::Store& store_;
    World world_;
};

}  // namespace florin::jobs
