#include "case_store.hpp"

namespace florin::cases {
namespace rows {
namespace {

using store::Sql;

#define FLORIN_CASE_COLUMNS                                                                                          \
    "merchant_id, id, cause, reason, customer_id, owner_kind, owner_id, amount_minor, currency, due_date, "          \
    "attempts, decline_class, message, assignee, status, resolution, resolved_minor, resolution_note, resolved_by, " \
    "resolved_at, mirror_wanted, mirror_done, mirror_tried, mirror_refused, crm_id, crm_error_code, crm_error, "     \
    "correlation_id, version, created_at, updated_at"

Sql insert_sql{"cases.insert", R"sql(
    INSERT INTO cases (merchant_id, id, cause, reason, customer_id, owner_kind, owner_id, amount_minor, currency,
        due_date, attempts, decline_class, message, status, resolution_note, mirror_wanted, mirror_done, mirror_tried,
        mirror_refused, crm_id, crm_error_code, crm_error, correlation_id, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'open', '', $14, 0, 0, 0, '', '', '', $15, 1,
        $16, $16)
    ON CONFLICT (merchant_id, cause) DO NOTHING
)sql"};
Sql update_sql{"cases.update", R"sql(
    UPDATE cases SET amount_minor = $4, currency = $5, due_date = $6, attempts = $7, decline_class = $8, message = $9,
        assignee = $10, status = $11, resolution = $12, resolved_minor = $13, resolution_note = $14, resolved_by = $15,
        resolved_at = $16, mirror_wanted = $17, mirror_done = $18, crm_id = $19, crm_error_code = $20, crm_error = $21,
        mirror_refused = $22, version = $3, updated_at = $23
    WHERE merchant_id = $1 AND id = $2 AND version + 1 = $3
)sql"};
Sql set_tried_sql{"cases.set_tried", "UPDATE cases SET mirror_tried = 1 WHERE merchant_id = $1 AND id = $2"};
Sql set_crm_error_sql{"cases.set_crm_error",
                      "UPDATE cases SET crm_error_code = $3, crm_error = $4 WHERE merchant_id = $1 AND id = $2"};
Sql insert_entry_sql{"case_entries.insert", R"sql(
    INSERT INTO case_entries (merchant_id, case_id, number, kind, actor, text, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
)sql"};
Sql erase_sql{"cases.erase", "UPDATE cases SET resolution_note = '' WHERE merchant_id = $1 AND customer_id = $2"};
Sql erase_entries_sql{"case_entries.erase", R"sql(
    UPDATE case_entries SET text = '' WHERE merchant_id = $1 AND kind = 'noted'
        AND case_id IN (SELECT id FROM cases WHERE merchant_id = $1 AND customer_id = $2)
)sql"};
Sql find_sql{"cases.find", "SELECT " FLORIN_CASE_COLUMNS " FROM cases WHERE merchant_id = $1 AND id = $2"};
#define FLORIN_TAKE "SELECT " FLORIN_CASE_COLUMNS " FROM cases WHERE merchant_id = $1 AND id = $2"
// SQLite has one writer. On PostgreSQL the row is locked, so that two who change a case do it one after the other.
Sql take_sql{"cases.take", FLORIN_TAKE, FLORIN_TAKE " FOR UPDATE"};
Sql find_by_cause_sql{"cases.find_by_cause",
                      "SELECT " FLORIN_CASE_COLUMNS " FROM cases WHERE merchant_id = $1 AND cause = $2"};
// One statement for each index that a list can walk; the other filters are applied on the way.
#define FLORIN_LIST_TAIL                                                                                       \
    " AND id < $2 AND (status = $4 OR $4 = '') AND (customer_id = $5 OR $5 = '') AND (reason = $6 OR $6 = '')" \
    " AND (assignee = $7 OR $7 = '') AND (owner_kind = $8 OR $8 = '') ORDER BY id DESC LIMIT $3"
Sql list_all_sql{"cases.list", "SELECT " FLORIN_CASE_COLUMNS " FROM cases WHERE merchant_id = $1" FLORIN_LIST_TAIL};
Sql list_by_owner_sql{"cases.list_by_owner", "SELECT " FLORIN_CASE_COLUMNS
                                             " FROM cases WHERE merchant_id = $1 AND owner_id = $9" FLORIN_LIST_TAIL};
Sql list_by_customer_sql{"cases.list_by_customer",
                         "SELECT " FLORIN_CASE_COLUMNS
                         " FROM cases WHERE merchant_id = $1 AND customer_id = $9" FLORIN_LIST_TAIL};
Sql list_by_status_sql{"cases.list_by_status", "SELECT " FLORIN_CASE_COLUMNS
                                               " FROM cases WHERE merchant_id = $1 AND status = $9" FLORIN_LIST_TAIL};
Sql entries_sql{"case_entries.list", R"sql(
    SELECT number, kind, actor, text, created_at FROM case_entries
    WHERE merchant_id = $1 AND case_id = $2 ORDER BY number
)sql"};
Sql count_open_sql{"cases.count_open", "SELECT COUNT(*), MIN(created_at) FROM cases WHERE status = 'open'"};

[[noreturn]] void malformed() { throw store::Failure{store::Failure::Kind::fault, "a case's row cannot be read"}; }

template <class T>
T known(const std::optional<T>& value) {
    if (!value) malformed();
    return *value;
}

std::optional<Money> money_of(const store::Row& row, int amount, int currency) {
    if (row.is_null(amount)) return std::nullopt;
    const auto of = Currency::of(row.text(currency));
    if (!of) malformed();
    const auto money = Money::of(row.integer(amount), *of);
    if (!money) malformed();
    return *money;
}

std::optional<calendar::Date> date_of(const store::Row& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    const auto date = calendar::parse_date(row.text(column));
    if (!date) malformed();
    return *date;
}

Case case_of(const store::Row& row) {
    return {.merchant = row.merchant(0),
            .id = row.id<CaseId>(1),
            .cause = row.string(2),
            .reason = row.string(3),
            .customer_id = row.optional_string(4).value_or(""),
            .owner_kind = row.string(5),
            .owner = row.uuid(6),
            .amount = money_of(row, 7, 8),
            .due_date = date_of(row, 9),
            .attempts = row.integer(10),
            .decline_class = row.string(11),
            .message = row.string(12),
            .assignee = row.optional_string(13).value_or(""),
            .status = known(parse_status(row.text(14))),
            .resolution = row.is_null(15) ? std::nullopt : std::optional{known(parse_resolution(row.text(15)))},
            .resolved_amount = money_of(row, 16, 8),
            .resolution_note = row.string(17),
            .resolved_by = row.optional_string(18).value_or(""),
            .resolved_at = row.optional_instant(19),
            .mirror = {.wanted = row.integer(20),
                       .done = row.integer(21),
                       .is_tried = row.integer(22) == 1,
                       .is_refused = row.integer(23) == 1,
                       .id = row.string(24),
                       .error_code = row.string(25),
                       .error = row.string(26)},
            .correlation_id = row.string(27),
            .version = row.integer(28),
            .created_at = row.instant(29),
            .updated_at = row.instant(30)};
}

Entry entry_of(const store::Row& row) {
    return {.number = row.integer(0),
            .kind = row.string(1),
            .actor = row.string(2),
            .text = row.string(3),
            .created_at = row.instant(4)};
}

std::optional<std::string_view> or_null(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

/// What a row has of an amount and a day, alive for the length of a statement.
struct Columns {
    explicit Columns(const Case& one) {
        if (one.amount) minor = one.amount->minor(), currency = one.amount->code();
        if (one.due_date) due_date = calendar::to_text(*one.due_date);
    }
    std::optional<std::int64_t> minor;
    std::optional<std::string> currency, due_date;
};

}  // namespace

bool insert(Tx& tx, const Case& one) {
    const Columns columns{one};
    return tx.claim(insert_sql, one.merchant, one.id, one.cause, one.reason, or_null(one.customer_id), one.owner_kind,
                    one.owner, columns.minor, columns.currency, columns.due_date, one.attempts, one.decline_class,
                    one.message, one.mirror.wanted, one.correlation_id, one.created_at);
}

bool update(Tx& tx, const Case& after) {
    const Columns columns{after};
    const auto resolution = after.resolution ? std::optional{to_text(*after.resolution)} : std::nullopt;
    const auto resolved = after.resolved_amount ? std::optional{after.resolved_amount->minor()} : std::nullopt;
    return tx.claim(update_sql, after.merchant, after.id, after.version, columns.minor, columns.currency,
                    columns.due_date, after.attempts, after.decline_class, after.message, or_null(after.assignee),
                    to_text(after.status), resolution, resolved, after.resolution_note, or_null(after.resolved_by),
                    after.resolved_at, after.mirror.wanted, after.mirror.done, after.mirror.id, after.mirror.error_code,
                    after.mirror.error, after.mirror.is_refused, after.updated_at);
}

void set_tried(Tx& tx, MerchantId merchant, CaseId id) { tx.later(set_tried_sql, merchant, id); }

void set_crm_error(Tx& tx, MerchantId merchant, CaseId id, std::string_view code, std::string_view reason) {
    tx.later(set_crm_error_sql, merchant, id, code, reason);
}

void insert_entry(Tx& tx, MerchantId merchant, CaseId id, const Entry& entry) {
    tx.later(insert_entry_sql, merchant, id, entry.number, entry.kind, entry.actor, entry.text, entry.created_at);
}

void erase(Tx& tx, MerchantId merchant, std::string_view customer_id) {
    tx.later(erase_entries_sql, merchant, customer_id);
    tx.later(erase_sql, merchant, customer_id);
}

std::optional<Case> find(Reader& reader, MerchantId merchant, CaseId id) {
    return reader.first(find_sql, case_of, merchant, id);
}

std::optional<Case> take(Tx& tx, MerchantId merchant, CaseId id) { return tx.first(take_sql, case_of, merchant, id); }

std::optional<Case> find_by_cause(Reader& reader, MerchantId merchant, std::string_view cause) {
    return reader.first(find_by_cause_sql, case_of, merchant, cause);
}

std::vector<Case> list(Reader& reader, MerchantId merchant, const CaseFilter& filter) {
    Uuid last;
    last.fill(0xff);
    const Uuid before = filter.after ? filter.after->value : last;
    const std::string_view status = filter.status ? to_text(*filter.status) : "";
    const auto ask = [&](const Sql& sql, const auto&... more) {
        return reader.all(sql, case_of, merchant, before, filter.limit, status, filter.customer_id, filter.reason,
                          filter.assignee, filter.owner_kind, more...);
    };
    if (filter.owner) return ask(list_by_owner_sql, *filter.owner);
    if (!filter.customer_id.empty()) return ask(list_by_customer_sql, filter.customer_id);
    if (filter.status) return ask(list_by_status_sql, status);
    return ask(list_all_sql);
}

std::vector<Entry> entries(Reader& reader, MerchantId merchant, CaseId id) {
    return reader.all(entries_sql, entry_of, merchant, id);
}

}  // namespace rows

Open count_open(Reader& reader) {
    const auto map = [](const store::Row& row) { return Open{row.integer(0), row.optional_instant(1)}; };
    return reader.first(rows::count_open_sql, map).value_or(Open{});
}

}  // namespace florin::cases
