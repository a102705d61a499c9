#include "agenda_store.hpp"

#include <algorithm>

namespace florin::billing {
namespace {

using store::Row;
using store::Sql;

Sql put_turn_sql{"billing.put_turn", R"sql(
    INSERT INTO agenda (merchant_id, kind, id, due_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (merchant_id, kind, id) DO UPDATE SET due_at = excluded.due_at
)sql"};
Sql remove_turn_sql{"billing.remove_turn", "DELETE FROM agenda WHERE merchant_id = $1 AND kind = $2 AND id = $3"};
Sql next_sql{"billing.next_turn", "SELECT due_at FROM agenda WHERE merchant_id = $1 ORDER BY due_at LIMIT 1"};

// SQLite's writer is alone, and finds its rows by their number. PostgreSQL's pass over what another takes at this
// moment.
Sql take_sql{"billing.take_turns",
             R"sql(
    DELETE FROM agenda WHERE rowid IN (
        SELECT rowid FROM agenda WHERE merchant_id = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3)
    RETURNING kind, id, due_at
)sql",
             R"sql(
    WITH picked AS MATERIALIZED (
        SELECT merchant_id, kind, id FROM agenda WHERE merchant_id = $1 AND due_at <= $2
        ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
    DELETE FROM agenda USING picked
    WHERE agenda.merchant_id = picked.merchant_id AND agenda.kind = picked.kind AND agenda.id = picked.id
    RETURNING agenda.kind, agenda.id, agenda.due_at
)sql"};

// First the rest of the moment that was reached, then what comes after it. SQLite's index ends with the number of the
// row, so those of one moment are read on from there. PostgreSQL puts them in an order of its own.
Sql rest_of_moment_sql{"billing.rest_of_moment",
                       R"sql(
    SELECT kind, id, due_at, CAST(rowid AS TEXT) FROM agenda
    WHERE merchant_id = $1 AND due_at = $2 AND rowid > CAST($3 AS INTEGER) ORDER BY rowid LIMIT $4
)sql",
                       R"sql(
    SELECT kind, id, due_at, kind || id FROM agenda
    WHERE merchant_id = $1 AND due_at = $2 AND kind || id > $3 ORDER BY kind || id LIMIT $4
)sql"};
Sql after_moment_sql{"billing.agenda_after_moment",
                     R"sql(
    SELECT kind, id, due_at, CAST(rowid AS TEXT) FROM agenda
    WHERE merchant_id = $1 AND due_at > $2 AND due_at <= $3 ORDER BY due_at, rowid LIMIT $4
)sql",
                     R"sql(
    SELECT kind, id, due_at, kind || id FROM agenda
    WHERE merchant_id = $1 AND due_at > $2 AND due_at <= $3 ORDER BY due_at, kind || id LIMIT $4
)sql"};
Sql turn_at_sql{"billing.turn_at", "SELECT due_at FROM agenda WHERE merchant_id = $1 AND kind = $2 AND id = $3"};
Sql first_after_sql{"billing.first_turn_after", R"sql(
    SELECT due_at FROM agenda WHERE merchant_id = $1 AND due_at > $2 AND kind <> 'charge' ORDER BY due_at LIMIT 1
)sql"};

// Hops from merchant to merchant in the index.
#define FLORIN_MERCHANTS_WITH_AGENDA                                                        \
    "WITH RECURSIVE waiting(merchant_id) AS ("                                              \
    " SELECT (SELECT merchant_id FROM agenda ORDER BY merchant_id, due_at LIMIT 1)"         \
    " UNION ALL"                                                                            \
    " SELECT (SELECT a.merchant_id FROM agenda a WHERE a.merchant_id > waiting.merchant_id" \
    "         ORDER BY a.merchant_id, a.due_at LIMIT 1)"                                    \
    " FROM waiting WHERE waiting.merchant_id IS NOT NULL) "
Sql merchants_sql{"billing.merchants_due", FLORIN_MERCHANTS_WITH_AGENDA R"sql(
    SELECT merchant_id FROM waiting
    WHERE (SELECT a.due_at FROM agenda a WHERE a.merchant_id = waiting.merchant_id ORDER BY a.due_at LIMIT 1) <= $1
    ORDER BY merchant_id
)sql"};
Sql all_merchants_sql{"billing.merchants_with_agenda", FLORIN_MERCHANTS_WITH_AGENDA
                      "SELECT merchant_id FROM waiting WHERE merchant_id IS NOT NULL ORDER BY merchant_id"};
Sql due_turns_sql{"billing.due_turns", FLORIN_MERCHANTS_WITH_AGENDA R"sql(
    SELECT COUNT(*), MIN(due_at) FROM (
        SELECT a.due_at FROM waiting JOIN agenda a ON a.merchant_id = waiting.merchant_id AND a.due_at <= $1
        LIMIT 10000) AS due
)sql"};

}  // namespace

void put_turn(Tx& tx, MerchantId merchant, const Turn& turn, Instant due_at) {
    tx.later(put_turn_sql, merchant, turn.kind, turn.id, due_at);
}

void remove_turn(Tx& tx, MerchantId merchant, const Turn& turn) {
    tx.later(remove_turn_sql, merchant, turn.kind, turn.id);
}

std::optional<Instant> next_turn_at(Reader& reader, MerchantId merchant) {
    return reader.first(next_sql, [](const Row& row) { return row.instant(0); }, merchant);
}

DueTurns due_turns(Reader& reader, Instant now) {
    const auto count = [](const Row& row) {
        return DueTurns{.count = row.integer(0), .oldest_at = row.optional_instant(1)};
    };
    return *reader.first(due_turns_sql, count, now);
}

namespace rows {

std::vector<Due> take_turns(Tx& tx, MerchantId merchant, Instant now, std::size_t most) {
    const auto due_of = [](const Row& row) {
        return Due{.turn = {.kind = row.string(0), .id = row.uuid(1)}, .due_at = row.instant(2)};
    };
    std::vector<Due> due = tx.all(take_sql, due_of, merchant, now, most);
    std::ranges::sort(
        due, [](const Due& a, const Due& b) { return std::tie(a.due_at, a.turn.id) < std::tie(b.due_at, b.turn.id); });
    return due;
}

std::vector<Listed> page_of_agenda(Reader& reader, MerchantId merchant, const AgendaPlace& after, Instant until,
                                   std::size_t most) {
    const auto listed_of = [](const Row& row) {
        return Listed{
            .turn = {.kind = row.string(0), .id = row.uuid(1)}, .due_at = row.instant(2), .key = row.string(3)};
    };
    std::vector<Listed> listed;
    if (after.due_at <= until)
        listed = reader.all(rest_of_moment_sql, listed_of, merchant, after.due_at, after.key, most);
    if (listed.size() == most) return listed;
    auto later = reader.all(after_moment_sql, listed_of, merchant, after.due_at, until, most - listed.size());
    listed.insert(listed.end(), std::make_move_iterator(later.begin()), std::make_move_iterator(later.end()));
    return listed;
}

std::optional<Instant> turn_at(Reader& reader, MerchantId merchant, const Turn& turn) {
    return reader.first(turn_at_sql, [](const Row& row) { return row.instant(0); }, merchant, turn.kind, turn.id);
}

std::optional<Instant> first_turn_after(Reader& reader, MerchantId merchant, Instant after) {
    return reader.first(first_after_sql, [](const Row& row) { return row.instant(0); }, merchant, after);
}

std::vector<MerchantId> merchants_with_agenda(Reader& reader) {
    return reader.all(all_merchants_sql, [](const Row& row) { return row.merchant(0); });
}

std::vector<MerchantId> merchants_due(Reader& reader, Instant now) {
    return reader.all(merchants_sql, [](const Row& row) { return row.merchant(0); }, now);
}

}  // namespace rows
}  // namespace florin::billing
