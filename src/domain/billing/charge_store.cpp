#include "charge_store.hpp"

#include <algorithm>

#include "dates_in_rows.hpp"

namespace florin::billing::rows {
namespace {

using store::Row;
using store::Sql;

#define FLORIN_CHARGE_COLUMNS                                                                                      \
    "id, owner_kind, owner, purpose, number, is_refund, status, amount_minor, currency, done_minor, due_on, "      \
    "customer_id, payment_method_id, mandate_of, retry_policy, description, attempts, failures, first_failed_on, " \
    "decline_class, message, payment_id, retry_on, ending, correlation_id, version, created_at, updated_at, "      \
    "settled_at, taken_back_minor, outside_minor, returned_attempt"

Sql insert_charge_sql{"billing.insert_charge", R"sql(
    INSERT INTO billing_charges (merchant_id, id, owner_kind, owner, purpose, number, is_refund, status, amount_minor,
        currency, due_on, customer_id, payment_method_id, mandate_of, retry_policy, description, lines, correlation_id,
        version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1, $18, $18)
    ON CONFLICT (merchant_id, owner_kind, owner, purpose, number) DO NOTHING
)sql"};
Sql find_charge_sql{"billing.find_charge",
                    "SELECT " FLORIN_CHARGE_COLUMNS " FROM billing_charges WHERE merchant_id = $1 AND id = $2"};
Sql find_same_sql{"billing.find_same_charge", R"sql(
    SELECT id FROM billing_charges
    WHERE merchant_id = $1 AND owner_kind = $2 AND owner = $3 AND purpose = $4 AND number = $5
)sql"};
// In no order: to have one by id, SQLite, which knows no statistics, would walk all charges of the merchant.
Sql charges_of_sql{"billing.charges_of",
                   "SELECT " FLORIN_CHARGE_COLUMNS
                   " FROM billing_charges WHERE merchant_id = $1 AND owner_kind = $2 AND owner = $3"};
Sql lines_sql{"billing.lines_of_charge", "SELECT lines FROM billing_charges WHERE merchant_id = $1 AND id = $2"};

// One statement for each index that a list can walk; the other filters are applied on the way.
#define FLORIN_LIST_HEAD "SELECT " FLORIN_CHARGE_COLUMNS " FROM billing_charges WHERE merchant_id = $1"
#define FLORIN_LIST_TAIL                                                                                          \
    " AND id < $2 AND due_on >= $3 AND due_on < $4 AND ($5 = '' OR owner_kind = $5) AND ($6 = '' OR status = $6)" \
    " AND ($7 = '' OR customer_id = $7) ORDER BY id DESC LIMIT $8"
Sql list_charges_sql{"billing.list_charges", FLORIN_LIST_HEAD FLORIN_LIST_TAIL};
Sql list_charges_by_status_sql{"billing.list_charges_by_status", FLORIN_LIST_HEAD " AND status = $6" FLORIN_LIST_TAIL};
Sql list_charges_by_customer_sql{"billing.list_charges_by_customer",
                                 FLORIN_LIST_HEAD " AND customer_id = $7" FLORIN_LIST_TAIL};
// SQLite has to be told, as for billing.charges_of; PostgreSQL sees that an owner has few.
#define FLORIN_OF_OWNER " WHERE merchant_id = $1 AND owner_kind = $5 AND owner = $9" FLORIN_LIST_TAIL
Sql list_by_owner_sql{"billing.list_charges_by_owner",
                      "SELECT " FLORIN_CHARGE_COLUMNS
                      " FROM billing_charges INDEXED BY billing_charges_once" FLORIN_OF_OWNER,
                      "SELECT " FLORIN_CHARGE_COLUMNS " FROM billing_charges" FLORIN_OF_OWNER};
Sql open_sql{"billing.open_charges",
             "SELECT " FLORIN_CHARGE_COLUMNS
             " FROM billing_charges WHERE merchant_id = $1 AND status = $2 AND id > $3 ORDER BY id LIMIT $4"};
// Before a place among the due days: the cursor's charge, whose day never changes, or the day before which all are due.
Sql list_by_due_sql{"billing.list_charges_by_due", FLORIN_LIST_HEAD
                    " AND due_on >= $4 AND (due_on, id) < ($3, $2) AND $5 IN (owner_kind, '')"
                    " AND $6 IN (status, '') ORDER BY due_on DESC, id DESC LIMIT $7"};
Sql due_on_sql{"billing.due_day_of_charge", "SELECT due_on FROM billing_charges WHERE merchant_id = $1 AND id = $2"};

Sql begin_sql{"billing.begin_attempt", R"sql(
    UPDATE billing_charges SET status = 'processing', attempts = $3, retry_on = NULL, updated_at = $4
    WHERE merchant_id = $1 AND id = $2 AND ((status IN ('pending', 'retrying') AND attempts + 1 = $3)
        OR (status = 'processing' AND attempts = $3))
)sql"};
Sql begin_part_sql{"billing.begin_part_of_refund", R"sql(
    UPDATE billing_charges SET status = 'processing', attempts = $3, updated_at = $4
    WHERE merchant_id = $1 AND id = $2 AND status IN ('pending', 'processing') AND attempts + 1 = $3 AND is_refund = 1
        AND version = $5
)sql"};
Sql withdraw_sql{"billing.withdraw_attempt", R"sql(
    UPDATE billing_charges SET status = $4, retry_on = $5, attempts = attempts - 1
    WHERE merchant_id = $1 AND id = $2 AND status = 'processing' AND attempts = $3
)sql"};
Sql forget_attempt_sql{"billing.forget_attempt", R"sql(
    DELETE FROM billing_attempts WHERE merchant_id = $1 AND charge = $2 AND number = $3 AND status = 'processing'
)sql"};
Sql cancel_sql{"billing.cancel_charge", R"sql(
    UPDATE billing_charges SET status = 'canceled', retry_on = NULL, ending = NULL, version = $4, updated_at = $5,
        settled_at = $5
    WHERE merchant_id = $1 AND id = $2 AND version = $3 AND status IN ('pending', 'retrying', 'failed')
)sql"};
Sql update_charge_sql{"billing.update_charge", R"sql(
    UPDATE billing_charges SET status = $5, done_minor = $6, attempts = $4, failures = $7, first_failed_on = $8,
        decline_class = $9, message = $10, payment_id = $11, retry_on = $12, ending = $13, version = $14,
        updated_at = $15, settled_at = $16, amount_minor = $17, taken_back_minor = $18, outside_minor = $19,
        returned_attempt = $20
    WHERE merchant_id = $1 AND id = $2 AND version = $3 AND attempts <= $4
)sql"};

Sql set_means_sql{"billing.set_means", R"sql(
    UPDATE billing_charges SET payment_method_id = $4, mandate_of = $5
    WHERE merchant_id = $1 AND owner_kind = $2 AND owner = $3 AND status IN ('pending', 'retrying', 'failed')
)sql"};

#define FLORIN_ATTEMPT_COLUMNS                                                                                      \
    "number, status, amount_minor, parent_id, payment_id, transaction_id, decline_class, code, message, begun_at, " \
    "ended_at"
Sql insert_attempt_sql{"billing.insert_attempt", R"sql(
    INSERT INTO billing_attempts (merchant_id, charge, number, status, amount_minor, parent_id, begun_at)
    VALUES ($1, $2, $3, 'processing', $4, $5, $6)
    ON CONFLICT (merchant_id, charge, number) DO NOTHING
)sql"};
Sql update_attempt_sql{"billing.update_attempt", R"sql(
    UPDATE billing_attempts SET status = $4, payment_id = $5, transaction_id = $6, decline_class = $7, code = $8,
        message = $9, ended_at = $10
    WHERE merchant_id = $1 AND charge = $2 AND number = $3 AND status = 'processing'
)sql"};
Sql turn_attempt_sql{"billing.turn_attempt", R"sql(
    UPDATE billing_attempts SET status = $4, decline_class = $5, code = $6, message = $7, ended_at = $8
    WHERE merchant_id = $1 AND charge = $2 AND number = $3 AND status <> 'processing'
)sql"};
Sql find_attempt_sql{"billing.find_attempt",
                     "SELECT " FLORIN_ATTEMPT_COLUMNS
                     " FROM billing_attempts WHERE merchant_id = $1 AND charge = $2 AND number = $3"};
Sql attempts_sql{"billing.attempts_of",
                 "SELECT " FLORIN_ATTEMPT_COLUMNS
                 " FROM billing_attempts WHERE merchant_id = $1 AND charge = $2 ORDER BY number"};

// Hops from merchant to merchant in the index.
Sql count_sql{"billing.count_charges", R"sql(
    WITH RECURSIVE merchant(id) AS (
        SELECT (SELECT merchant_id FROM billing_charges ORDER BY merchant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT c.merchant_id FROM billing_charges c WHERE c.merchant_id > merchant.id
                ORDER BY c.merchant_id LIMIT 1)
        FROM merchant WHERE merchant.id IS NOT NULL)
    SELECT COUNT(*) FROM (
        SELECT 1 AS one FROM merchant JOIN billing_charges c ON c.merchant_id = merchant.id AND c.status = $1
        LIMIT 10000) AS found
)sql"};

/// One damaged row must not stop the process that works on all others (F59, F105).
[[noreturn]] void raise_unreadable(const char* what) { throw store::Failure{store::Failure::Kind::fault, what}; }

std::optional<calendar::Date> optional_date(const Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional{date_of(row.integer(column))};
}

template <class Enum, std::size_t N>
Enum parse(std::string_view text, const std::array<Enum, N>& all) {
    for (const Enum one : all)
        if (to_text(one) == text) return one;
    raise_unreadable("a row holds a word that is not known");
}
constexpr std::array purposes{Purpose::instalment, Purpose::compensation, Purpose::final_amount, Purpose::period,
                              Purpose::proration};
constexpr std::array statuses{ChargeStatus::pending,   ChargeStatus::processing, ChargeStatus::retrying,
                              ChargeStatus::succeeded, ChargeStatus::failed,     ChargeStatus::canceled};
constexpr std::array endings{Ending::open_case, Ending::cancel, Ending::keep};
constexpr std::array attempt_statuses{AttemptStatus::processing, AttemptStatus::succeeded, AttemptStatus::failed};
using D = payments::DeclineClass;
constexpr std::array declines{D::none,         D::insufficient_funds, D::soft,  D::hard,     D::fraud,
                              D::invalid_card, D::expired_card,       D::input, D::technical};

Money money_of(const Row& row, int minor, int currency) {
    const auto known = Currency::of(row.text(currency));
    if (!known) raise_unreadable("a row holds a currency that is not known");
    const auto money = Money::of(row.integer(minor), *known);
    if (!money) raise_unreadable("a row holds an amount out of range");
    return *money;
}

Charge charge_of(const Row& row, MerchantId merchant) {
    return {.merchant = merchant,
            .id = row.id<ChargeId>(0),
            .owner_kind = row.string(1),
            .owner = row.uuid(2),
            .purpose = parse(row.text(3), purposes),
            .number = row.integer(4),
            .is_refund = row.integer(5) != 0,
            .status = parse(row.text(6), statuses),
            .amount = money_of(row, 7, 8),
            .done_minor = row.integer(9),
            .taken_back_minor = row.integer(29),
            .outside_minor = row.integer(30),
            .due_date = date_of(row.integer(10)),
            .customer_id = row.string(11),
            .means = {.payment_method = row.optional_id<payments::PaymentMethodId>(12),
                      .mandate_of = row.optional_id<payments::TransactionId>(13)},
            .retry_policy = row.string(14),
            .description = row.string(15),
            .attempts = row.integer(16),
            .failures = row.integer(17),
            .first_failed_on = optional_date(row, 18),
            .returned_attempt = row.is_null(31) ? std::nullopt : std::optional{row.integer(31)},
            .decline = parse(row.text(19), declines),
            .message = row.string(20),
            .payment = row.optional_id<payments::PaymentId>(21),
            .retry_on = optional_date(row, 22),
            .ending = row.is_null(23) ? std::nullopt : std::optional{parse(row.text(23), endings)},
            .correlation_id = row.string(24),
            .version = row.integer(25),
            .created_at = row.instant(26),
            .updated_at = row.instant(27),
            .settled_at = row.optional_instant(28)};
}

Attempt attempt_of(const Row& row, MerchantId merchant, const ChargeId& charge) {
    return {.merchant = merchant,
            .charge = charge,
            .number = row.integer(0),
            .status = parse(row.text(1), attempt_statuses),
            .amount_minor = row.integer(2),
            .parent = row.optional_id<payments::TransactionId>(3),
            .payment = row.optional_id<payments::PaymentId>(4),
            .transaction = row.optional_id<payments::TransactionId>(5),
            .decline = parse(row.text(6), declines),
            .code = row.string(7),
            .message = row.string(8),
            .begun_at = row.instant(9),
            .ended_at = row.optional_instant(10)};
}

}  // namespace

std::string_view to_text(AttemptStatus status) {
    switch (status) {
        case AttemptStatus::processing:
            return "processing";
        case AttemptStatus::succeeded:
            return "succeeded";
        case AttemptStatus::failed:
            return "failed";
    }
    __builtin_unreachable();
}

bool insert_charge(Tx& tx, const Charge& c, std::string_view lines) {
    return tx.claim(insert_charge_sql, c.merchant, c.id, c.owner_kind, c.owner, to_text(c.purpose), c.number,
                    c.is_refund, c.amount.minor(), c.amount.code(), days_of(c.due_date), c.customer_id,
                    c.means.payment_method, c.means.mandate_of, c.retry_policy, c.description, lines, c.correlation_id,
                    c.created_at);
}

std::optional<Charge> find_charge(Reader& reader, MerchantId merchant, const ChargeId& id) {
    return reader.first(find_charge_sql, [&](const Row& row) { return charge_of(row, merchant); }, merchant, id);
}

std::optional<ChargeId> find_same(Reader& reader, const NewCharge& c) {
    return reader.first(
        find_same_sql, [](const Row& row) { return row.id<ChargeId>(0); }, c.merchant, c.owner_kind, c.owner,
        to_text(c.purpose), c.number);
}

std::vector<Charge> charges_of(Reader& reader, MerchantId merchant, std::string_view owner_kind, const Uuid& owner) {
    auto charges = reader.all(
        charges_of_sql, [&](const Row& row) { return charge_of(row, merchant); }, merchant, owner_kind, owner);
    std::ranges::sort(charges, {}, &Charge::id);
    return charges;
}

std::string lines_of(Reader& reader, MerchantId merchant, const ChargeId& id) {
    return reader.first(lines_sql, [](const Row& row) { return row.string(0); }, merchant, id).value_or("[]");
}

std::vector<Charge> list_charges(Reader& reader, MerchantId merchant, const ChargeFilter& f) {
    Uuid last;
    last.fill(0xff);
    const Uuid after = f.after ? f.after->value : last;
    const std::int64_t from = f.due_from ? days_of(*f.due_from) : INT64_MIN;
    const std::int64_t before = f.due_before ? days_of(*f.due_before) : INT64_MAX;
    const std::string_view status = f.status ? billing::to_text(*f.status) : std::string_view{};
    const auto of = [&](const Row& row) { return charge_of(row, merchant); };
    const auto list = [&](const Sql& sql) {
        return reader.all(sql, of, merchant, after, from, before, f.owner_kind, status, f.customer_id, f.limit);
    };
    if (f.owner)
        return reader.all(list_by_owner_sql, of, merchant, after, from, before, f.owner_kind, status, f.customer_id,
                          f.limit, *f.owner);
    if (!f.customer_id.empty()) return list(list_charges_by_customer_sql);
    // Of those that have not ended well there are few, and they are found by their status.
    const bool is_rare = f.status && *f.status != ChargeStatus::succeeded && *f.status != ChargeStatus::canceled;
    if ((f.due_from || f.due_before) && !is_rare) {
        if (!f.after)
            return reader.all(list_by_due_sql, of, merchant, Uuid{}, before, from, f.owner_kind, status, f.limit);
        const auto day = [](const Row& row) { return row.integer(0); };
        const std::int64_t day_of_cursor = reader.first(due_on_sql, day, merchant, *f.after).value_or(INT64_MIN);
        return reader.all(list_by_due_sql, of, merchant, after, std::min(day_of_cursor, before), from, f.owner_kind,
                          status, f.limit);
    }
    return list(f.status ? list_charges_by_status_sql : list_charges_sql);
}

std::vector<Charge> open_charges(Reader& reader, MerchantId merchant, ChargeStatus status, const ChargeId& after,
                                 std::size_t most) {
    return reader.all(
        open_sql, [&](const Row& row) { return charge_of(row, merchant); }, merchant, billing::to_text(status), after,
        most);
}

bool begin_attempt(Tx& tx, const Charge& charge, std::int64_t number, Instant now) {
    return tx.claim(begin_sql, charge.merchant, charge.id, number, now);
}

bool begin_part(Tx& tx, const Charge& charge, std::int64_t number, Instant now) {
    return tx.claim(begin_part_sql, charge.merchant, charge.id, number, now, charge.version);
}

bool withdraw_attempt(Tx& tx, const Charge& charge, std::int64_t number) {
    tx.later(forget_attempt_sql, charge.merchant, charge.id, number);
    return tx.claim(withdraw_sql, charge.merchant, charge.id, number, billing::to_text(charge.status),
                    days_of(charge.retry_on));
}

bool cancel_charge(Tx& tx, const Charge& after, std::int64_t version_before) {
    return tx.claim(cancel_sql, after.merchant, after.id, version_before, after.version, after.updated_at);
}

bool update_charge(Tx& tx, const Charge& c, std::int64_t version_before) {
    std::optional<std::string_view> ending;
    if (c.ending) ending = billing::to_text(*c.ending);
    return tx.claim(update_charge_sql, c.merchant, c.id, version_before, c.attempts, billing::to_text(c.status),
                    c.done_minor, c.failures, days_of(c.first_failed_on), to_text(c.decline), c.message, c.payment,
                    days_of(c.retry_on), ending, c.version, c.updated_at, c.settled_at, c.amount.minor(),
                    c.taken_back_minor, c.outside_minor, c.returned_attempt);
}

void set_means(Tx& tx, MerchantId merchant, std::string_view owner_kind, const Uuid& owner, const Means& means) {
    tx.later(set_means_sql, merchant, owner_kind, owner, means.payment_method, means.mandate_of);
}

void insert_attempt(Tx& tx, const Attempt& a) {
    tx.later(insert_attempt_sql, a.merchant, a.charge, a.number, a.amount_minor, a.parent, a.begun_at);
}

void update_attempt(Tx& tx, const Attempt& a) {
    tx.later(update_attempt_sql, a.merchant, a.charge, a.number, to_text(a.status), a.payment, a.transaction,
             to_text(a.decline), a.code, a.message, a.ended_at);
}

void turn_attempt(Tx& tx, const Attempt& a) {
    tx.later(turn_attempt_sql, a.merchant, a.charge, a.number, to_text(a.status), to_text(a.decline), a.code, a.message,
             a.ended_at);
}

std::optional<Attempt> find_attempt(Reader& reader, MerchantId merchant, const ChargeId& charge, std::int64_t number) {
    return reader.first(
        find_attempt_sql, [&](const Row& row) { return attempt_of(row, merchant, charge); }, merchant, charge, number);
}

std::vector<Attempt> attempts_of(Reader& reader, MerchantId merchant, const ChargeId& charge) {
    return reader.all(
        attempts_sql, [&](const Row& row) { return attempt_of(row, merchant, charge); }, merchant, charge);
}

std::int64_t count_charges(Reader& reader, ChargeStatus status) {
    return *reader.first(count_sql, [](const Row& row) { return row.integer(0); }, billing::to_text(status));
}

}  // namespace florin::billing::rows
