#include "florin/jobs/timetable.hpp"

#include "florin/base/check.hpp"
#include "florin/jobs/cron.hpp"
#include "florin/jobs/jobs.hpp"
#include "florin/json/writer.hpp"
#include "florin/telemetry/log.hpp"
#include "schedule_store.hpp"

namespace florin::jobs {
namespace {

constexpr Millis interval{1'000};

std::string payload_of(const Schedule& schedule, Instant due_at) {
    std::string text;
    json::Writer json{text};
    json.open('{')
        .field("schedule", schedule.name)
        .field("due_at", due_at)
        .raw_field("payload", schedule.payload)
        .close('}');
    return text;
}

/// The moments of `cron` from `first` (itself one of them) to `now`, at most `most`.
std::vector<Instant> moments(const Cron& cron, Instant first, Instant now, int most) {
    std::vector<Instant> due;
    for (Instant at = first; at <= now && std::ssize(due) < most; at = cron.next(at)) due.push_back(at);
    return due;
}

/// The last moment from `first` to `now`.
Instant latest(const Cron& cron, Instant first, Instant now) {
    // From ever farther back, so that a schedule of every second that slept for a year costs no more.
    for (Millis back{60'000}; now - back > first; back *= 4) {
        Instant at = cron.next(now - back);
        if (at > now) continue;
        for (Instant next = at; next <= now; next = cron.next(next)) at = next;
        return at;
    }
    Instant at = first;
    for (Instant next = first; next <= now; next = cron.next(next)) at = next;
    return at;
}

}  // namespace

Result<void> Timetable::declare(store::Tx& tx, const Schedule& schedule) const {
    const auto cron = Cron::parse(schedule.cron);
    if (!cron) return fail(cron.error());
    if (schedule.time_zone != "UTC")
        return fail(ErrorKind::invalid, "unsupported_time_zone", "Schedules are in UTC.", "time_zone");
    upsert_schedule(tx, schedule, cron->next(tx.now()));
    return {};
}

void Timetable::withdraw(store::Tx& tx, MerchantId merchant, std::string_view name) const {
    delete_schedule(tx, merchant, name);
}

bool Timetable::release(store::Tx& tx, MerchantId merchant, std::string_view name) const {
    return unhold_schedule(tx, merchant, name);
}

Result<int> Timetable::tick(store::Tx& tx) const {
    int enqueued = 0;
    for (const DueSchedule& due : select_due_schedules(tx, tx.now())) {
        const Schedule& schedule = due.schedule;
        const auto cron = Cron::parse(schedule.cron);
        check(cron.has_value(), "a schedule was parsed before it was stored");
        auto times = moments(*cron, due.next_due_at, tx.now(), max_catch_up + 1);
        bool is_held = false;
        if (schedule.catch_up == CatchUp::latest) {
            times = {latest(*cron, due.next_due_at, tx.now())};
        } else if (std::ssize(times) > max_catch_up) {
            times.pop_back();
            is_held = true;
            log::error("schedule.held", {{"schedule", schedule.name}, {"merchant", schedule.merchant}});
        }
        for (const Instant at : times) {
            if (!insert_tick(tx, schedule.merchant, schedule.name, at)) continue;
            const std::string payload = payload_of(schedule, at);
            const std::string key = schedule.name + "@" + std::to_string(at.ms);
            const NewJob job{.merchant = schedule.merchant,
                             .id = world_.new_id<JobOf>(),
                             .kind = schedule.kind,
                             .payload = payload,
                             .unique_key = key,
                             // One after another, so that what is caught up with comes in order (F71).
                             .ordering_key = schedule.name};
            enqueue(tx, job);
            ++enqueued;
        }
        set_next_due(tx, schedule, cron->next(times.back()), is_held);
    }
    return enqueued;
}

Task<void> Timetable::run(Signal& stop) const {
    auto tick_now = [this](store::Tx& tx) { return tick(tx); };
    do {
        // What could not be written is due again at the next tick.
        const auto ticked = co_await store_.write(tick_now);
        static_cast<void>(ticked);
    } while (!co_await stop.wait_for(interval));
}

}  // namespace florin::jobs
