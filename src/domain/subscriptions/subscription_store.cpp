#include "subscription_store.hpp"

#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/telemetry/log.hpp"
#include "plan_store.hpp"

namespace florin::subscriptions::rows {
namespace {

using store::Row;
using store::Sql;

#define FLORIN_SUBSCRIPTION_COLUMNS                                                                             \
    "id, customer_id, plan_id, price_number, name, status, amount_minor, currency, quantity, cycle_unit, "      \
    "cycle_count, scheduled, payment_method_id, mandate_of, retry_policy, first_date, anchor_day, next_index, " \
    "period_number, period_from, period_until, next_billing_date, trial_end_date, is_trial_notice_sent, "       \
    "is_period_unpaid, cancels_at_period_end, canceled_at, paused_on, resume_on, is_held, "                     \
    "kept_minor, prorated_numerator, change_count, line_count, metadata, correlation_id, version, created_at, " \
    "updated_at"
#define FLORIN_FROM_SUBSCRIPTIONS "SELECT " FLORIN_SUBSCRIPTION_COLUMNS " FROM subscriptions WHERE merchant_id = $1"

Sql insert_subscription_sql{"subscriptions.insert", R"sql(
    INSERT INTO subscriptions (merchant_id, id, plan_id, price_number, name, status, amount_minor, quantity,
        cycle_unit, cycle_count, scheduled, payment_method_id, mandate_of, retry_policy, first_date, anchor_day,
        next_index, period_number, period_from, period_until, next_billing_date, is_trial_notice_sent,
        is_period_unpaid, cancels_at_period_end, canceled_at, paused_on, resume_on, is_held, kept_minor,
        prorated_numerator, change_count, line_count, metadata, version, updated_at, customer_id, currency,
        trial_end_date, correlation_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
        $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40)
)sql"};
// What never changes is not written again.
Sql update_subscription_sql{"subscriptions.update", R"sql(
    UPDATE subscriptions SET plan_id = $3, price_number = $4, name = $5, status = $6, amount_minor = $7,
        quantity = $8, cycle_unit = $9, cycle_count = $10, scheduled = $11, payment_method_id = $12,
        mandate_of = $13, retry_policy = $14, first_date = $15, anchor_day = $16, next_index = $17,
        period_number = $18, period_from = $19, period_until = $20, next_billing_date = $21,
        is_trial_notice_sent = $22, is_period_unpaid = $23, cancels_at_period_end = $24, canceled_at = $25,
        paused_on = $26, resume_on = $27, is_held = $28, kept_minor = $29, prorated_numerator = $30,
        change_count = $31, line_count = $32, metadata = $33, version = $34, updated_at = $35
    WHERE merchant_id = $1 AND id = $2 AND version + 1 = $34
)sql"};
Sql forget_metadata_sql{"subscriptions.forget_metadata", R"sql(
    UPDATE subscriptions SET metadata = '{}' WHERE merchant_id = $1 AND id = $2
)sql"};

Sql find_subscription_sql{"subscriptions.find", FLORIN_FROM_SUBSCRIPTIONS " AND id = $2"};
// SQLite has one writer, so nobody changes a row that a unit has read. PostgreSQL's others wait for the lock.
Sql lock_sql{"subscriptions.lock", FLORIN_FROM_SUBSCRIPTIONS " AND id = $2",
             FLORIN_FROM_SUBSCRIPTIONS " AND id = $2 FOR UPDATE"};

// One statement for each index that a list can walk; the other filters are applied on the way.
#define FLORIN_NEWEST_FIRST " AND id < $2 ORDER BY id DESC LIMIT $3"
#define FLORIN_BILLED_WITHIN " AND next_billing_date >= $5 AND next_billing_date < $6"
Sql list_all{"subscriptions.list", FLORIN_FROM_SUBSCRIPTIONS FLORIN_NEWEST_FIRST};
Sql list_by_status{"subscriptions.list_by_status", FLORIN_FROM_SUBSCRIPTIONS " AND status = $4" FLORIN_NEWEST_FIRST};
Sql list_by_customer{"subscriptions.list_by_customer",
                     FLORIN_FROM_SUBSCRIPTIONS " AND customer_id = $4" FLORIN_NEWEST_FIRST};
Sql ids_of_sql{"subscriptions.ids_of_customer",
               "SELECT id FROM subscriptions WHERE merchant_id = $1 AND customer_id = $2 ORDER BY id"};
Sql list_by_both{"subscriptions.list_by_customer_and_status",
                 FLORIN_FROM_SUBSCRIPTIONS " AND customer_id = $4 AND status = $5" FLORIN_NEWEST_FIRST};
// $4 is a customer or empty, $7 a status or empty. SQLite, which knows no statistics, would walk all of a merchant's
// subscriptions by id, however few are billed within the days; without a last day they are many.
#define FLORIN_OF_DAYS                             \
    " WHERE merchant_id = $1" FLORIN_BILLED_WITHIN \
    " AND $4 IN (customer_id, '') AND $7 IN (status, '')" FLORIN_NEWEST_FIRST
#define FLORIN_BILLED_FROM "SELECT " FLORIN_SUBSCRIPTION_COLUMNS " FROM subscriptions" FLORIN_OF_DAYS
Sql list_billed_within{"subscriptions.list_by_next_billing_date",
                       "SELECT " FLORIN_SUBSCRIPTION_COLUMNS
                       " FROM subscriptions INDEXED BY subscriptions_by_next_billing" FLORIN_OF_DAYS,
                       FLORIN_BILLED_FROM};
Sql list_billed_from{"subscriptions.list_by_first_billing_date", FLORIN_BILLED_FROM};
Sql payer_sql{"subscriptions.payer", R"sql(
    SELECT customer_id, payment_method_id, mandate_of FROM subscriptions
    WHERE merchant_id = $1 AND id = $2 AND status <> 'canceled'
)sql"};

Sql insert_line_sql{"subscriptions.insert_line", R"sql(
    INSERT INTO subscription_lines (merchant_id, subscription_id, number, description, quantity, amount_minor,
        created_on)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
)sql"};
Sql pending_lines_sql{"subscriptions.pending_lines", R"sql(
    SELECT number, description, quantity, amount_minor FROM subscription_lines
    WHERE merchant_id = $1 AND subscription_id = $2 AND taken_by IS NULL ORDER BY number
)sql"};
Sql take_lines_sql{"subscriptions.take_lines", R"sql(
    UPDATE subscription_lines SET taken_by = $4, taken_number = $5
    WHERE merchant_id = $1 AND subscription_id = $2 AND number <= $3 AND taken_by IS NULL
)sql"};

std::optional<std::string> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}
std::optional<std::string> date_text(const std::optional<calendar::Date>& date) {
    return date ? std::optional{calendar::to_text(*date)} : std::nullopt;
}

[[noreturn]] void raise_unreadable(const std::string& what) { throw store::Failure{store::Failure::Kind::fault, what}; }

calendar::Date date_of(std::string_view text) {
    const auto date = calendar::parse_date(text);
    if (!date) raise_unreadable("one of its days is none");
    return *date;
}
std::optional<calendar::Date> optional_date(const Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional{date_of(row.text(column))};
}

std::optional<std::string> text_of(const std::optional<Subscription::Scheduled>& scheduled) {
    if (!scheduled) return std::nullopt;
    const Price& price = scheduled->price;
    std::string text;
    json::Writer json{text};
    json.open('{').field("plan_id", price.plan_id).field("price_number", price.number);
    json.field("amount_minor", price.amount.minor()).field("currency", price.amount.code());
    json.field("cycle_unit", calendar::to_text(price.cycle.unit)).field("cycle_count", price.cycle.count);
    json.field("quantity", scheduled->quantity).field("name", scheduled->name).close('}');
    return text;
}

std::optional<Subscription::Scheduled> scheduled_of(const Row& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    const auto value = json::parse(row.text(column));
    if (!value) raise_unreadable("what is scheduled cannot be read");
    const auto text = [&](std::string_view name) {
        const json::Value* const member = value->find(name);
        if (member == nullptr) raise_unreadable("what is scheduled is not whole");
        return member->text();
    };
    const auto number = [&](std::string_view name) {
        const json::Value* const member = value->find(name);
        const auto integer = member == nullptr ? std::nullopt : member->integer();
        if (!integer) raise_unreadable("what is scheduled is not whole");
        return *integer;
    };
    return Subscription::Scheduled{
        .price = price_of(std::string{text("plan_id")}, number("price_number"), number("amount_minor"),
                          text("currency"), text("cycle_unit"), number("cycle_count")),
        .quantity = number("quantity"),
        .name = std::string{text("name")}};
}

Subscription parse_subscription(const Row& row, MerchantId merchant) {
    const auto status = parse_status(row.text(5));
    if (!status) raise_unreadable("its status is not known");
    return {.merchant = merchant,
            .id = row.id<SubscriptionId>(0),
            .customer_id = row.string(1),
            .status = *status,
            .price = price_of(row.optional_string(2), row.integer(3), row.integer(6), row.text(7), row.text(9),
                              row.integer(10)),
            .quantity = row.integer(8),
            .scheduled = scheduled_of(row, 11),
            .means = {.payment_method = row.optional_id<payments::PaymentMethodId>(12),
                      .mandate_of = row.optional_id<payments::TransactionId>(13)},
            .retry_policy = row.string(14),
            .name = row.string(4),
            .first_date = date_of(row.text(15)),
            .anchor_day = static_cast<unsigned>(row.integer(16)),
            .next_index = row.integer(17),
            .period_number = row.integer(18),
            .period = {.from = date_of(row.text(19)), .until = date_of(row.text(20))},
            .next_billing_date = optional_date(row, 21),
            .trial_end_date = optional_date(row, 22),
            .is_trial_notice_sent = row.integer(23) == 1,
            .is_period_unpaid = row.integer(24) == 1,
            .cancels_at_period_end = row.integer(25) == 1,
            .canceled_at = row.optional_instant(26),
            .paused_on = optional_date(row, 27),
            .resume_on = optional_date(row, 28),
            .is_held = row.integer(29) == 1,
            .kept_minor = row.optional_integer(30),
            .prorated_numerator = row.integer(31),
            .change_count = row.integer(32),
            .line_count = row.integer(33),
            .metadata = row.string(34),
            .correlation_id = row.string(35),
            .version = row.integer(36),
            .created_at = row.instant(37),
            .updated_at = row.instant(38)};
}

/// A failure names the row.
Subscription subscription_of(const Row& row, MerchantId merchant) {
    try {
        return parse_subscription(row, merchant);
    } catch (const store::Failure& damaged) {
        raise_unreadable("subscriptions " + row.id<SubscriptionId>(0).text() + ": " + damaged.what());
    }
}

std::optional<Subscription> readable_of(const Row& row, MerchantId merchant) {
    try {
        return subscription_of(row, merchant);
    } catch (const store::Failure& damaged) {
        telemetry::error(
            "subscriptions.row_unreadable",
            {{"merchant", merchant}, {"subscription_id", row.id<SubscriptionId>(0)}, {"what", damaged.what()}});
        return std::nullopt;
    }
}

/// Runs `write` with what of a row can change, in the order of the statements.
template <class Write>
auto with_changing(const Subscription& s, Write write) {
    const auto scheduled = text_of(s.scheduled);
    const auto plan_id = or_null(s.price.plan_id);
    const std::string first = calendar::to_text(s.first_date), from = calendar::to_text(s.period.from),
                      until = calendar::to_text(s.period.until);
    const auto next_billing = date_text(s.next_billing_date), paused_on = date_text(s.paused_on),
               resume_on = date_text(s.resume_on);
    return write(s.merchant, s.id, plan_id, s.price.number, s.name, to_text(s.status), s.price.amount.minor(),
                 s.quantity, calendar::to_text(s.price.cycle.unit), s.price.cycle.count, scheduled,
                 s.means.payment_method, s.means.mandate_of, s.retry_policy, first, s.anchor_day, s.next_index,
                 s.period_number, from, until, next_billing, s.is_trial_notice_sent, s.is_period_unpaid,
                 s.cancels_at_period_end, s.canceled_at, paused_on, resume_on, s.is_held, s.kept_minor,
                 s.prorated_numerator, s.change_count, s.line_count, s.metadata, s.version, s.updated_at);
}

}  // namespace

void insert(Tx& tx, const Subscription& s) {
    const auto trial_end = date_text(s.trial_end_date);
    with_changing(s, [&](const auto&... columns) {
        tx.later(insert_subscription_sql, columns..., s.customer_id, s.price.amount.code(), trial_end, s.correlation_id,
                 s.created_at);
    });
}

bool update(Tx& tx, const Subscription& subscription) {
    return with_changing(subscription,
                         [&](const auto&... columns) { return tx.claim(update_subscription_sql, columns...); });
}

void forget_metadata(Tx& tx, MerchantId merchant, const SubscriptionId& id) {
    tx.later(forget_metadata_sql, merchant, id);
}

std::optional<Subscription> find(Reader& reader, MerchantId merchant, const SubscriptionId& id) {
    return reader.first(
        find_subscription_sql, [&](const Row& row) { return subscription_of(row, merchant); }, merchant, id);
}

std::optional<Subscription> lock(Tx& tx, MerchantId merchant, const SubscriptionId& id) {
    return tx.first(lock_sql, [&](const Row& row) { return subscription_of(row, merchant); }, merchant, id);
}

std::vector<SubscriptionId> ids_of(Reader& reader, MerchantId merchant, std::string_view customer_id) {
    return reader.all(ids_of_sql, [](const Row& row) { return row.id<SubscriptionId>(0); }, merchant, customer_id);
}

std::vector<Subscription> list(Reader& reader, MerchantId merchant, const SubscriptionFilter& filter) {
    struct Found {
        Uuid id;
        std::optional<Subscription> subscription;
    };
    const auto map = [&](const Row& row) {
        return Found{.id = row.uuid(0), .subscription = readable_of(row, merchant)};
    };
    const std::string_view status = filter.status ? to_text(*filter.status) : std::string_view{};
    const auto page = [&](const Uuid& before, std::size_t limit) {
        if (filter.next_billing_from || filter.next_billing_before) {
            const std::string from = filter.next_billing_from ? calendar::to_text(*filter.next_billing_from) : "";
            const std::string until =
                filter.next_billing_before ? calendar::to_text(*filter.next_billing_before) : "9999-99-99";
            return reader.all(filter.next_billing_before ? list_billed_within : list_billed_from, map, merchant, before,
                              limit, filter.customer_id.value_or(""), from, until, status);
        }
        if (filter.customer_id && filter.status)
            return reader.all(list_by_both, map, merchant, before, limit, *filter.customer_id, status);
        if (filter.customer_id) return reader.all(list_by_customer, map, merchant, before, limit, *filter.customer_id);
        if (filter.status) return reader.all(list_by_status, map, merchant, before, limit, status);
        return reader.all(list_all, map, merchant, before, limit);
    };
    Uuid before;
    before.fill(0xff);
    if (filter.after) before = filter.after->value;
    std::vector<Subscription> all;
    // In place of those that cannot be read come the ones after them: the list does not end there.
    for (;;) {
        const std::size_t missing = filter.limit - all.size();
        std::vector<Found> found = page(before, missing);
        for (Found& one : found)
            if (one.subscription) all.push_back(std::move(*one.subscription));
        if (found.size() < missing || all.size() == filter.limit) return all;
        before = found.back().id;
    }
}

std::optional<Subscription> find_readable(Reader& reader, MerchantId merchant, const SubscriptionId& id) {
    auto found =
        reader.first(find_subscription_sql, [&](const Row& row) { return readable_of(row, merchant); }, merchant, id);
    return found ? std::move(*found) : std::nullopt;
}

std::optional<billing::Payer> payer_of(Reader& reader, MerchantId merchant, const SubscriptionId& id) {
    const auto map = [](const Row& row) {
        return billing::Payer{.customer_id = row.string(0),
                              .means = {.payment_method = row.optional_id<payments::PaymentMethodId>(1),
                                        .mandate_of = row.optional_id<payments::TransactionId>(2)}};
    };
    return reader.first(payer_sql, map, merchant, id);
}

void insert_line(Tx& tx, const Subscription& subscription, const PendingLine& line, calendar::Date created_on) {
    tx.later(insert_line_sql, subscription.merchant, subscription.id, line.number, line.description, line.quantity,
             line.amount_minor, calendar::to_text(created_on));
}

std::vector<PendingLine> pending_lines(Reader& reader, MerchantId merchant, const SubscriptionId& id) {
    return reader.all(
        pending_lines_sql,
        [](const Row& row) {
            return PendingLine{.number = row.integer(0),
                               .description = row.string(1),
                               .quantity = row.integer(2),
                               .amount_minor = row.integer(3)};
        },
        merchant, id);
}

void take_lines(Tx& tx, const Subscription& subscription, std::int64_t last_number, std::string_view taken_by,
                std::int64_t taken_number) {
    tx.later(take_lines_sql, subscription.merchant, subscription.id, last_number, taken_by, taken_number);
}

}  // namespace florin::subscriptions::rows
