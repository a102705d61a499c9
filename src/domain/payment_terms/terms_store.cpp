#include "terms_store.hpp"

#include "florin/base/check.hpp"
#include "florin/telemetry/log.hpp"
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
    "canceled_on, settlement, correlation_id, version, created_at, updated_at, taken_back_minor"

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
        canceled_on = $13, settlement = $14, version = $15, updated_at = $16, taken_back_minor = $17
    WHERE merchant_id = $1 AND id = $2 AND version + 1 = $15
)sql"};
// Changes nothing, and takes the row: on PostgreSQL whoever comes second waits here and then reads what the first
// wrote. SQLite's writer is alone.
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
Sql payer_sql{"payment_terms.payer", R"sql(
    SELECT customer_id, payment_method_id, mandate_of FROM payment_terms
    WHERE merchant_id = $1 AND id = $2 AND status = 'active'
)sql"};
Sql set_means_sql{"payment_terms.set_means", R"sql(
    UPDATE payment_terms SET payment_method_id = $3, mandate_of = $4 WHERE merchant_id = $1 AND id = $2
)sql"};

[[noreturn]] void raise_unreadable(const std::string& what) { throw store::Failure{store::Failure::Kind::fault, what}; }

calendar::Date date_of(std::string_view text) {
    const auto date = calendar::parse_date(text);
    if (!date) raise_unreadable("one of its days is none");
    return *date;
}

Terms parse_terms(const Row& row, MerchantId merchant) {
    const auto status = parse_status(row.text(2));
    const auto currency = Currency::of(row.text(3));
    if (!status || !currency) raise_unreadable("its status or currency is not known");
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
                            .refunded_minor = row.integer(14),
                            .taken_back_minor = row.integer(28)},
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

/// A failure names the row.
Terms terms_of(const Row& row, MerchantId merchant) {
    try {
        return parse_terms(row, merchant);
    } catch (const store::Failure& damaged) {
        raise_unreadable("payment_terms " + row.id<PaymentTermsId>(0).text() + ": " + damaged.what());
    }
}

std::optional<Terms> readable_of(const Row& row, MerchantId merchant) {
    try {
        return terms_of(row, merchant);
    } catch (const store::Failure& damaged) {
        telemetry::error(
            "payment_terms.row_unreadable",
            {{"merchant", merchant}, {"payment_terms_id", row.id<PaymentTermsId>(0)}, {"what", damaged.what()}});
        return std::nullopt;
    }
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
    const bool is_written =
        tx.claim(update_sql, t.merchant, t.id, to_text(t.status), t.plan.total_minor, t.plan.shared_from,
                 t.plan.shared_minor, t.account.billed_count, t.account.billed_minor, t.account.returned_minor,
                 t.account.paid_minor, t.account.refunded_minor, t.compensations, canceled_on, settlement, t.version,
                 t.updated_at, t.account.taken_back_minor);
    check(is_written, "terms that are locked are changed by nobody else");
}

std::optional<Terms> lock(Tx& tx, MerchantId merchant, PaymentTermsId id) {
    if (tx.engine() == store::Engine::postgres) tx.later(lock_sql, merchant, id);
    return find(tx, merchant, id);
}

std::optional<Terms> find(Reader& reader, MerchantId merchant, PaymentTermsId id) {
    return reader.first(find_sql, [&](const Row& row) { return terms_of(row, merchant); }, merchant, id);
}

std::vector<Terms> list(Reader& reader, MerchantId merchant, const TermsFilter& filter) {
    struct Found {
        Uuid id;
        std::optional<Terms> terms;
    };
    const auto map = [&](const Row& row) { return Found{.id = row.uuid(0), .terms = readable_of(row, merchant)}; };
    const auto page = [&](const Uuid& before, std::size_t limit) {
        if (filter.customer_id && filter.status)
            return reader.all(list_by_both, map, merchant, before, limit, *filter.customer_id, to_text(*filter.status));
        if (filter.customer_id) return reader.all(list_by_customer, map, merchant, before, limit, *filter.customer_id);
        if (filter.status) return reader.all(list_by_status, map, merchant, before, limit, to_text(*filter.status));
        return reader.all(list_all, map, merchant, before, limit);
    };
    Uuid before;
    before.fill(0xff);
    if (filter.after) before = filter.after->value;
    std::vector<Terms> all;
    // In place of those that cannot be read come the ones after them: the list does not end there.
    for (;;) {
        const std::size_t missing = filter.limit - all.size();
        std::vector<Found> found = page(before, missing);
        for (Found& one : found)
            if (one.terms) all.push_back(std::move(*one.terms));
        if (found.size() < missing || all.size() == filter.limit) return all;
        before = found.back().id;
    }
}

std::optional<Terms> find_readable(Reader& reader, MerchantId merchant, PaymentTermsId id) {
    auto found = reader.first(find_sql, [&](const Row& row) { return readable_of(row, merchant); }, merchant, id);
    return found ? std::move(*found) : std::nullopt;
}

std::optional<billing::Payer> payer_of(Reader& reader, MerchantId merchant, PaymentTermsId id) {
    const auto map = [](const Row& row) {
        return billing::Payer{.customer_id = row.string(0),
                              .means = {.payment_method = row.optional_id<payments::PaymentMethodId>(1),
                                        .mandate_of = row.optional_id<payments::TransactionId>(2)}};
    };
    return reader.first(payer_sql, map, merchant, id);
}

void set_means(Tx& tx, const Terms& t) {
    tx.later(set_means_sql, t.merchant, t.id, t.options.means.payment_method, t.options.means.mandate_of);
}

}  // namespace florin::payment_terms::rows
