#include "notes.hpp"

#include "florin/store/store.hpp"

namespace florin::store::test {
namespace {

const Sql create_notes{"notes.create", R"sql(
    CREATE TABLE IF NOT EXISTS notes (text TEXT NOT NULL PRIMARY KEY CHECK (text <> 'impossible'))
)sql"};
const Sql insert_note{"notes.insert", "INSERT INTO notes (text) VALUES ($1)"};
const Sql claim_note{"notes.claim", "INSERT INTO notes (text) VALUES ($1) ON CONFLICT (text) DO NOTHING"};
const Sql count_notes{"notes.count", "SELECT count(*) FROM notes"};
const Sql select_notes{"notes.select", "SELECT text FROM notes ORDER BY text"};
const Sql count_for_ever{"notes.count_for_ever", R"sql(
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT count(*) FROM numbers
)sql"};
const Sql insert_values{"notes.insert_values", R"sql(
    INSERT INTO notes (text)
    SELECT 'number ' || $2 || ' text ' || $1 || ' $1 id ' || hex($3) || CASE WHEN $4 IS NULL THEN ' null' END
)sql",
                        "SELECT $1::text, $2::bigint, $3::uuid, $4::text"};
const Sql misspelt{"notes.misspelt", "SELECT \"txet\" FROM notes"};
const Sql two_statements{"notes.two_statements", "DELETE FROM notes; DELETE FROM notes"};

}  // namespace

std::int64_t Notes::create(Tx& tx) { return tx.run(create_notes); }
void Notes::add(Tx& tx, std::string_view text) { tx.run(insert_note, text); }
bool Notes::claim(Tx& tx, std::string_view text) { return tx.claim(claim_note, text); }
void Notes::add_later(Tx& tx, std::string_view text) { tx.later(insert_note, text); }
std::int64_t Notes::count(Reader& reader) {
    return *reader.first(count_notes, [](const Row& row) { return row.integer(0); });
}
std::vector<std::string> Notes::all(Reader& reader) {
    return reader.all(select_notes, [](const Row& row) { return row.string(0); });
}
void Notes::add_by_reading(Reader& reader) {
    reader.each(insert_note, [](const Row&) {}, "written by a reader");
}
void Notes::read_for_ever(Reader& reader) {
    reader.each(count_for_ever, [](const Row&) {});
}
std::vector<std::string> Notes::pairs(Reader& reader) {
    std::vector<std::string> found;
    reader.each(select_notes, [&](const Row& outer) {
        reader.each(select_notes, [&](const Row& inner) { found.push_back(outer.string(0) + inner.string(0)); });
    });
    return found;
}
void Notes::add_every_kind(Tx& tx, std::int64_t number, std::string_view text, const Uuid& id,
                           std::optional<std::string> none) {
    tx.run(insert_values, text, number, id, none);
}

}  // namespace florin::store::test
