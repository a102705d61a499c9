#pragma once

#include "florin/jobs/timetable.hpp"
#include "florin/store/tx.hpp"

namespace florin::jobs {

struct DueSchedule {
    Schedule schedule;
    Instant next_due_at;
};

/// Keeps when it is next due, unless its cron changed.
void upsert_schedule(store::Tx& tx, const Schedule& schedule, Instant first_due_at);
void delete_schedule(store::Tx& tx, MerchantId merchant, std::string_view name);
[[nodiscard]] bool unhold_schedule(store::Tx& tx, MerchantId merchant, std::string_view name);
std::vector<DueSchedule> select_due_schedules(store::Tx& tx, Instant now);
/// False when somebody else has started that time of the schedule.
[[nodiscard]] bool insert_tick(store::Tx& tx, MerchantId merchant, std::string_view name, Instant due_at);
void set_next_due(store::Tx& tx, const Schedule& schedule, Instant next_due_at, bool is_held);

}  // namespace florin::jobs
