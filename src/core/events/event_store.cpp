#include "event_store.hpp"

#include <charconv>
#include <unordered_map>

namespace florin::events {
namespace {

using store::Engine;
using store::Row;
using store::Sql;

const Sql insert_sql{"events.insert", R"sql(
    INSERT INTO events (merchant_id, subject_id, sequence, position, subject_type, type, time, correlation_id,
                        traceparent, data)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
)sql"};

const Sql insert_next_sql{"events.insert_next", R"sql(
    INSERT INTO events (merchant_id, subject_id, sequence, position, subject_type, type, time, correlation_id,
                        traceparent, data)
    VALUES ($1, $2, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM events WHERE merchant_id = $1 AND subject_id = $2),
            $3, $4, $5, $6, $7, $8, $9)
)sql"};

const Sql last_position_sql{"events.last_position", R"sql(
    SELECT COALESCE(MAX(position), 0) FROM events WHERE merchant_id = $1 AND position >= 1
)sql"};

const Sql list_sql{"events.list", R"sql(
    SELECT merchant_id, position, type, subject_type, subject_id, sequence, time, correlation_id, traceparent, data
    FROM events WHERE merchant_id = $1 AND position > $2 ORDER BY position LIMIT $3
)sql"};

const Sql list_by_type_sql{"events.list_by_type", R"sql(
    SELECT merchant_id, position, type, subject_type, subject_id, sequence, time, correlation_id, traceparent, data
    FROM events WHERE merchant_id = $1 AND position > $2 AND type = $4 ORDER BY position LIMIT $3
)sql"};

// A subject has few events: they are found by the primary key and sorted.
const Sql list_by_subject_sql{"events.list_by_subject", R"sql(
    SELECT merchant_id, position, type, subject_type, subject_id, sequence, time, correlation_id, traceparent, data
    FROM events WHERE merchant_id = $1 AND subject_id = $4 AND position > $2 AND ($5 = '' OR type = $5)
    ORDER BY sequence LIMIT $3
)sql"};

const Sql find_sql{"events.find", R"sql(
    SELECT merchant_id, position, type, subject_type, subject_id, sequence, time, correlation_id, traceparent, data
    FROM events WHERE merchant_id = $1 AND subject_id = $2 AND sequence = $3
)sql"};

const Sql next_merchant_sql{"events.next_merchant", R"sql(
    SELECT merchant_id FROM events WHERE merchant_id > $1 AND position >= 1 ORDER BY merchant_id, position LIMIT 1
)sql"};

// Only PostgreSQL numbers afterwards. Whoever does not get the row at once leaves it to whoever has it;
// the statement after this one sees all that the last holder committed.
const Sql lock_numbering_sql{"events.lock_numbering",
                             "SELECT position FROM event_cursors WHERE merchant_id = 0 AND name = 'numbering'",
                             "SELECT position FROM event_cursors WHERE merchant_id = 0 AND name = 'numbering' "
                             "FOR UPDATE SKIP LOCKED"};

// SQLite's events have their position from the beginning, and no index for those that lack one.
const Sql unnumbered_sql{"events.unnumbered", "SELECT 0, NULL",
                         "SELECT COUNT(*), MIN(time) FROM events WHERE position IS NULL"};

// In the order of time as far as clocks agree, but a subject's events always in their own order, whatever
// the clocks of the nodes that wrote them say. The cut by `limit` keeps that order, too.
const Sql assign_positions_sql{"events.assign_positions", R"sql(
    WITH unnumbered AS (
        SELECT merchant_id, subject_id, sequence, time FROM events
        WHERE position IS NULL ORDER BY merchant_id, subject_id, sequence LIMIT $1
    ), timed AS (
        SELECT merchant_id, subject_id, sequence,
               MAX(time) OVER (PARTITION BY merchant_id, subject_id ORDER BY sequence) AS not_before
        FROM unnumbered
    ), numbered AS MATERIALIZED (
        SELECT merchant_id, subject_id, sequence,
               row_number() OVER (PARTITION BY merchant_id ORDER BY not_before, subject_id, sequence) AS number
        FROM timed
    ), last AS MATERIALIZED (
        SELECT merchant_id, (SELECT COALESCE(MAX(position), 0) FROM events
                             WHERE events.merchant_id = concerned.merchant_id AND position >= 1) AS position
        FROM (SELECT DISTINCT merchant_id FROM numbered) AS concerned
    )
    UPDATE events SET position = last.position + numbered.number
    FROM numbered JOIN last ON last.merchant_id = numbered.merchant_id
    WHERE events.merchant_id = numbered.merchant_id AND events.subject_id = numbered.subject_id
      AND events.sequence = numbered.sequence
)sql"};

const Sql select_cursor_sql{"events.select_cursor", R"sql(
    SELECT position FROM event_cursors WHERE merchant_id = $1 AND name = $2
)sql"};

const Sql advance_cursor_sql{"events.advance_cursor", R"sql(
    INSERT INTO event_cursors (merchant_id, name, position) VALUES ($1, $2, $3)
    ON CONFLICT (merchant_id, name) DO UPDATE SET position = excluded.position
    WHERE event_cursors.position < excluded.position
)sql"};

const Sql rewind_cursor_sql{"events.rewind_cursor", R"sql(
    UPDATE event_cursors SET position = $3 WHERE merchant_id = $1 AND name = $2 AND position > $3
)sql"};

// Jumps from merchant to merchant in the index, however many events each of them has.
const Sql behind_sql{"events.behind", R"sql(
    WITH RECURSIVE merchants (merchant_id) AS (
        SELECT MIN(merchant_id) FROM events WHERE position >= 1
        UNION ALL
        SELECT (SELECT MIN(events.merchant_id) FROM events
                WHERE events.position >= 1 AND events.merchant_id > merchants.merchant_id)
        FROM merchants WHERE merchants.merchant_id IS NOT NULL
    ), places AS (
        SELECT merchants.merchant_id,
               COALESCE((SELECT event_cursors.position FROM event_cursors
                         WHERE event_cursors.merchant_id = merchants.merchant_id AND event_cursors.name = $1), 0) AS heard,
               (SELECT MAX(events.position) FROM events
                WHERE events.merchant_id = merchants.merchant_id AND events.position >= 1) AS last
        FROM merchants WHERE merchants.merchant_id IS NOT NULL
    )
    SELECT merchant_id, heard, last,
           (SELECT time FROM events WHERE events.merchant_id = places.merchant_id AND position > heard
            ORDER BY position LIMIT 1)
    FROM places WHERE last > heard
)sql"};

Event event_of(const Row& row) {
    return {row.merchant(0), row.is_null(1) ? 0 : row.integer(1),
            row.string(2),   row.string(3),
            row.string(4),   row.integer(5),
            row.instant(6),  row.string(7),
            row.string(8),   row.string(9)};
}

/// The position that this connection gave out last, for each merchant. Only the one writer of SQLite has it.
struct LastPositions {
    std::unordered_map<MerchantId, std::int64_t> of;
};

std::optional<std::int64_t> take_position(Tx& tx, MerchantId merchant) {
    if (tx.engine() != Engine::sqlite) return std::nullopt;
    auto& last = tx.memory().get<LastPositions>().of;
    auto known = last.find(merchant);
    if (known == last.end()) known = last.emplace(merchant, last_position(tx, merchant)).first;
    return ++known->second;
}

}  // namespace

void append(Tx& tx, const NewEvent& event) {
    const auto position = take_position(tx, event.merchant);
    if (event.sequence > 0)
        tx.later(insert_sql, event.merchant, event.subject_id, event.sequence, position, event.subject_type, event.type,
                 tx.now(), event.correlation_id, event.traceparent, event.data);
    else
        tx.later(insert_next_sql, event.merchant, event.subject_id, position, event.subject_type, event.type, tx.now(),
                 event.correlation_id, event.traceparent, event.data);
}

std::vector<Event> list(Reader& reader, MerchantId merchant, std::int64_t after, int limit, const Filter& filter) {
    if (!filter.subject_id.empty())
        return reader.all(list_by_subject_sql, event_of, merchant, after, limit, filter.subject_id, filter.type);
    if (!filter.type.empty()) return reader.all(list_by_type_sql, event_of, merchant, after, limit, filter.type);
    return reader.all(list_sql, event_of, merchant, after, limit);
}

std::optional<Event> find(Reader& reader, MerchantId merchant, std::string_view id) {
    const auto dot = id.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    std::int64_t sequence = 0;
    const auto [end, error] = std::from_chars(id.data() + dot + 1, id.data() + id.size(), sequence);
    if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
    return reader.first(find_sql, event_of, merchant, id.substr(0, dot), sequence);
}

std::int64_t last_position(Reader& reader, MerchantId merchant) {
    return *reader.first(last_position_sql, [](const Row& row) { return row.integer(0); }, merchant);
}

Unnumbered unnumbered(Reader& reader) {
    return *reader.first(unnumbered_sql, [](const Row& row) {
        return Unnumbered{.count = row.integer(0), .oldest_at = row.optional_instant(1)};
    });
}

std::optional<std::int64_t> assign_positions(Tx& tx, int limit) {
    if (tx.engine() == Engine::sqlite) return 0;
    if (!tx.first(lock_numbering_sql, [](const Row&) { return true; })) return std::nullopt;
    return tx.run(assign_positions_sql, limit);
}

std::optional<MerchantId> next_merchant(Reader& reader, MerchantId after) {
    return reader.first(next_merchant_sql, [](const Row& row) { return row.merchant(0); }, after);
}

std::int64_t select_cursor(Reader& reader, MerchantId merchant, std::string_view name) {
    return reader.first(select_cursor_sql, [](const Row& row) { return row.integer(0); }, merchant, name).value_or(0);
}

void advance_cursor(Tx& tx, MerchantId merchant, std::string_view name, std::int64_t position) {
    tx.later(advance_cursor_sql, merchant, name, position);
}

std::vector<Behind> behind(Reader& reader, std::string_view name) {
    const auto map = [](const Row& row) {
        return Behind{row.merchant(0), row.integer(1), row.integer(2), row.instant(3)};
    };
    return reader.all(behind_sql, map, name);
}

bool rewind_cursor(Tx& tx, MerchantId merchant, std::string_view name, std::int64_t position) {
    return tx.run(rewind_cursor_sql, merchant, name, position) == 1;
}

}  // namespace florin::events
