#include "terms_store.hpp"

#include "florin/base/check.hpp"
#include "settlement_json.hpp"
#include "terms_json.hpp"

namespace florin::payment_terms::rows {
namespace {

using store::Row;
using store::Sql;

#define FLORIN_TERMS_COLUMNS                                                                                \
    "id, customer_id, status, currency, start_on, term_months, billing_day, total_minor, shared_from, "     \
    "shared_minor, billed_count, billed_minor, returned_minor, paid_minor, refunded_minor, compensations, " \
    "cancellation_terms, adjustment, retry_policy, payment_method_id, mandate_of, description, "            \
    "canceled_on, settlement, correlation_id, version, created_at, updated_at"

Sql insert_sql{"payment_terms.insert", R"sql(
    INSERT INTO payment_terms (merchant_id, id, customer_id, status, currency, start_on, term_months, billing_day,
        total_minor, shared_from, shared_minor, billed_count, billed_minor, returned_minor, paid_minor, refunded_minor,
        compensations, cancellation_terms, adjustment, retry_policy, payment_method_id, mandate_of, description,
        correlation_id, version, created_at, updated_at)
    VALUES ($1, $2, $3, 'active', $4, $5, $6, $7, $8, 1, $8, 0, 0, 0, 0, 0, 0, $9, $10, $11, $12, $13, $14, $15, 1, $16,
        $16)
)sql"};
Sql update_sql{"payment_terms.update", R"sql(
    UPDATE payment_terms SET status = $3, total_minor = $4, shared_from = $5, shared_minor = $6, billed_count = $7,
        billed_minor = $8, returned_minor = $9, paid_minor = $10, refunded_minor = $11, compensations = $12,
        canceled_on = $13, settlement = $14, version = $15, updated_at = $16
    WHERE merchant_id = $1 AND id = $2 AND version + 1 = $15
)sql"};
// Changes nothing, and takes the row: on PostgreSQL whoever comes second waits here and then reads what the first
// wrote.
Sql lock_sql{"payment_terms.lock", "UPDATE payment_terms SET version = version WHERE merchant_id = $1 AND id = $2"};
Sql find_sql{"payment_terms.find",
             "SELECT " FLORIN_TERMS_COLUMNS " FROM payment_terms WHERE merchant_id = $1 AND id = $2"};

// One statement for each index that a list can walk.
#define FLORIN_LIST_TAIL " AND id < $2 ORDER BY id DESC LIMIT $3"
Sql list_all{"payment_terms.list",
             "SELECT " FLORIN_TERMS_COLUMNS " FROM payment_terms WHERE merchant_id = $1" FLORIN_LIST_TAIL};
Sql list_by_customer{"payment_terms.list_by_customer",
                     "SELECT " FLORIN_TERMS_COLUMNS
                     " FROM payment_terms WHERE merchant_id = $1 AND customer_id = $4" FLORIN_LIST_TAIL};
Sql list_by_status{"payment_terms.list_by_status",
                   "SELECT " FLORIN_TERMS_COLUMNS
                   " FROM payment_terms WHERE merchant_id = $1 AND status = $4" FLORIN_LIST_TAIL};
Sql list_by_both{"payment_terms.list_by_both",
                 "SELECT " FLORIN_TERMS_COLUMNS
                 " FROM payment_terms WHERE merchant_id = $1 AND customer_id = $4 AND status = $5" FLORIN_LIST_TAIL};
Sql running_sql{
    "payment_terms.running",
    "SELECT " FLORIN_TERMS_COLUMNS
    " FROM payment_terms WHERE merchant_id = $1 AND status = 'active' AND billed_count < term_months ORDER BY id"};

calendar::Date date_of(std::string_view text) {
    const auto date = calendar::parse_date(text);
    check(date.has_value(), "a kept day is a day");
    return *date;
}

Terms terms_of(const Row& row, MerchantId merchant) {
    const auto status = parse_status(row.text(2));
    const auto currency = Currency::of(row.text(3));
    check(status && currency, "a kept status and currency are ones");
    Terms terms{.merchant = merchant,
                .id = row.id<PaymentTermsId>(0),
                .customer_id = row.string(1),
                .status = *status,
                .currency = *currency,
                .plan = {.start_on = date_of(row.text(4)),
                         .term_months = row.integer(5),
                         .billing_day = static_cast<unsigned>(row.integer(6)),
                         .total_minor = row.integer(7),
                         .shared_from = row.integer(8),
                         .shared_minor = row.integer(9)},
                .account = {.billed_count = row.integer(10),
                            .billed_minor = row.integer(11),
                            .returned_minor = row.integer(12),
                            .paid_minor = row.integer(13),
                            .refunded_minor = row.integer(14)},
                .cancellation_terms = kept_cancellation_terms(row.text(16)),
                .options = {.adjustment =
                                row.text(17) == to_text(Adjustment::spread) ? Adjustment::spread : Adjustment::catch_up,
                            .retry_policy = row.string(18),
                            .means = {.payment_method = row.optional_id<payments::PaymentMethodId>(19),
                                      .mandate_of = row.optional_id<payments::TransactionId>(20)},
                            .description = row.string(21)},
                .compensations = row.integer(15),
                .canceled_on = std::nullopt,
                .settlement = std::nullopt,
                .correlation_id = row.string(24),
                .version = row.integer(25),
                .created_at = row.instant(26),
                .updated_at = row.instant(27)};
    if (!row.is_null(22)) terms.canceled_on = date_of(row.text(22));
    if (!row.is_null(23)) terms.settlement = kept_settlement(row.text(23));
    return terms;
}

}  // namespace

void insert(Tx& tx, const Terms& t) {
    tx.later(insert_sql, t.merchant, t.id, t.customer_id, t.currency.code(), calendar::to_text(t.plan.start_on),
             t.plan.term_months, t.plan.billing_day, t.plan.total_minor, to_json(t.cancellation_terms),
             to_text(t.options.adjustment), t.options.retry_policy, t.options.means.payment_method,
             t.options.means.mandate_of, t.options.description, t.correlation_id, t.created_at);
}

void update(Tx& tx, const Terms& t) {
    std::optional<std::string> canceled_on, settlement;
    if (t.canceled_on) canceled_on = calendar::to_text(*t.canceled_on);
    if (t.settlement) settlement = to_json(*t.settlement);
    const bool is_written = tx.claim(
        update_sql, t.merchant, t.id, to_text(t.status), t.plan.total_minor, t.plan.shared_from, t.plan.shared_minor,
        t.account.billed_count, t.account.billed_minor, t.account.returned_minor, t.account.paid_minor,
        t.account.refunded_minor, t.compensations, canceled_on, settlement, t.version, t.updated_at);
    check(is_written, "terms that are locked are changed by nobody else");
}

std::optional<Terms> lock(Tx& tx, MerchantId merchant, PaymentTermsId id) {
    tx.later(lock_sql, merchant, id);
    return find(tx, merchant, id);
}

std::optional<Terms> find(Reader& reader, MerchantId merchant, PaymentTermsId id) {
    return reader.first(find_sql, [&](const Row& row) { return terms_of(row, merchant); }, merchant, id);
}

std::vector<Terms> list(Reader& reader, MerchantId merchant, const TermsFilter& filter) {
    Uuid last;
    last.fill(0xff);
    const Uuid before = filter.after ? filter.after->value : last;
    const auto map = [&](const Row& row) { return terms_of(row, merchant); };
    if (filter.customer_id && filter.status)
        return reader.all(list_by_both, map, merchant, before, filter.limit, *filter.customer_id,
                          to_text(*filter.status));
    if (filter.customer_id)
        return reader.all(list_by_customer, map, merchant, before, filter.limit, *filter.customer_id);
    if (filter.status) return reader.all(list_by_status, map, merchant, before, filter.limit, to_text(*filter.status));
    return reader.all(list_all, map, merchant, before, filter.limit);
}

std::vector<Terms> running(Reader& reader, MerchantId merchant) {
    return reader.all(running_sql, [&](const Row& row) { return terms_of(row, merchant); }, merchant);
}

}  // namespace florin::payment_terms::rows
