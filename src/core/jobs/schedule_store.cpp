#include "schedule_store.hpp"

namespace florin::jobs {
namespace {

using store::Row;
using store::Sql;

const Sql upsert_sql{"schedules.upsert", R"sql(
    INSERT INTO schedules (merchant_id, name, cron, time_zone, kind, payload, catch_up, next_due_at, is_held)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
    ON CONFLICT (merchant_id, name) DO UPDATE
    SET cron = excluded.cron, time_zone = excluded.time_zone, kind = excluded.kind, payload = excluded.payload,
        catch_up = excluded.catch_up,
        next_due_at = CASE WHEN schedules.cron = excluded.cron THEN schedules.next_due_at ELSE excluded.next_due_at END
)sql"};

const Sql delete_sql{"schedules.delete", "DELETE FROM schedules WHERE merchant_id = $1 AND name = $2"};

const Sql unhold_sql{"schedules.unhold", R"sql(
    UPDATE schedules SET is_held = 0 WHERE merchant_id = $1 AND name = $2 AND is_held = 1
)sql"};

// There are as many schedules as things done by the clock: read whole.
const Sql due_schedules_sql{"schedules.due", R"sql(
    SELECT merchant_id, name, cron, time_zone, kind, payload, catch_up, next_due_at FROM schedules
    WHERE next_due_at <= $1 AND is_held = 0 ORDER BY merchant_id, name
)sql"};

const Sql insert_tick_sql{"schedules.insert_tick", R"sql(
    INSERT INTO schedule_ticks (merchant_id, name, due_at) VALUES ($1, $2, $3)
    ON CONFLICT (merchant_id, name, due_at) DO NOTHING
)sql"};

const Sql set_next_due_sql{"schedules.set_next_due", R"sql(
    UPDATE schedules SET next_due_at = $3, is_held = $4 WHERE merchant_id = $1 AND name = $2 AND next_due_at < $3
)sql"};

}  // namespace

void upsert_schedule(store::Tx& tx, const Schedule& schedule, Instant first_due_at) {
    tx.later(upsert_sql, schedule.merchant, schedule.name, schedule.cron, schedule.time_zone, schedule.kind,
             schedule.payload, schedule.catch_up == CatchUp::all ? "all" : "latest", first_due_at);
}

void delete_schedule(store::Tx& tx, MerchantId merchant, std::string_view name) {
    tx.later(delete_sql, merchant, name);
}

bool unhold_schedule(store::Tx& tx, MerchantId merchant, std::string_view name) {
    return tx.run(unhold_sql, merchant, name) == 1;
}

std::vector<DueSchedule> select_due_schedules(store::Tx& tx, Instant now) {
    const auto due_of = [](const Row& row) {
        return DueSchedule{{row.merchant(0), row.string(1), row.string(2), row.string(3), row.string(4), row.string(5),
                            row.text(6) == "all" ? CatchUp::all : CatchUp::latest},
                           row.instant(7)};
    };
    return tx.all(due_schedules_sql, due_of, now);
}

bool insert_tick(store::Tx& tx, MerchantId merchant, std::string_view name, Instant due_at) {
    return tx.run(insert_tick_sql, merchant, name, due_at) == 1;
}

void set_next_due(store::Tx& tx, const Schedule& schedule, Instant next_due_at, bool is_held) {
    tx.later(set_next_due_sql, schedule.merchant, schedule.name, next_due_at, is_held);
}

}  // namespace florin::jobs
