#include "plan_store.hpp"

namespace florin::subscriptions::rows {
namespace {

using store::Row;
using store::Sql;

#define FLORIN_PLAN_COLUMNS                                                                                      \
    "p.plan_id, p.name, p.price_number, x.amount_minor, x.currency, x.cycle_unit, x.cycle_count, p.trial_days, " \
    "p.retry_policy, p.is_active, p.version, p.created_at, p.updated_at"
#define FLORIN_PLAN_TABLES                                                                                        \
    " FROM plans p JOIN plan_prices x ON x.merchant_id = p.merchant_id AND x.plan_id = p.plan_id AND x.number = " \
    "p.price_number "

Sql insert_plan_sql{"plans.insert", R"sql(
    INSERT INTO plans (merchant_id, plan_id, name, price_number, trial_days, retry_policy, is_active, version,
        created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
    ON CONFLICT (merchant_id, plan_id) DO NOTHING
)sql"};
Sql insert_price_sql{"plans.insert_price", R"sql(
    INSERT INTO plan_prices (merchant_id, plan_id, number, amount_minor, currency, cycle_unit, cycle_count, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
)sql"};
Sql update_plan_sql{"plans.update", R"sql(
    UPDATE plans SET name = $3, price_number = $4, trial_days = $5, retry_policy = $6, is_active = $7, version = $8,
        updated_at = $9
    WHERE merchant_id = $1 AND plan_id = $2 AND version + 1 = $8
)sql"};
Sql find_plan_sql{"plans.find",
                  "SELECT " FLORIN_PLAN_COLUMNS FLORIN_PLAN_TABLES "WHERE p.merchant_id = $1 AND p.plan_id = $2"};
// $3: 0 or 1 for what is or is not on offer, 2 for both.
Sql list_sql{"plans.list", "SELECT " FLORIN_PLAN_COLUMNS FLORIN_PLAN_TABLES
                           "WHERE p.merchant_id = $1 AND p.plan_id > $2 AND $3 IN (p.is_active, 2) "
                           "ORDER BY p.plan_id LIMIT $4"};

Plan plan_of(const Row& row, MerchantId merchant) {
    return {.merchant = merchant,
            .plan_id = row.string(0),
            .name = row.string(1),
            .price = price_of(row.string(0), row.integer(2), row.integer(3), row.text(4), row.text(5), row.integer(6)),
            .trial_days = row.integer(7),
            .retry_policy = row.string(8),
            .is_active = row.integer(9) == 1,
            .version = row.integer(10),
            .created_at = row.instant(11),
            .updated_at = row.instant(12)};
}

}  // namespace

Price price_of(std::optional<std::string> plan_id, std::int64_t number, std::int64_t amount_minor,
               std::string_view currency, std::string_view unit, std::int64_t count) {
    const auto known_currency = Currency::of(currency);
    const auto known_unit = calendar::parse_unit(unit);
    const auto amount = known_currency ? Money::of(amount_minor, *known_currency) : fail(known_currency.error());
    if (!amount || !known_unit) throw store::Failure{store::Failure::Kind::fault, "its price cannot be read"};
    return {.plan_id = std::move(plan_id).value_or(""),
            .number = number,
            .amount = *amount,
            .cycle = {.unit = *known_unit, .count = count}};
}

bool insert(Tx& tx, const Plan& plan) {
    return tx.claim(insert_plan_sql, plan.merchant, plan.plan_id, plan.name, plan.price.number, plan.trial_days,
                    plan.retry_policy, plan.is_active, plan.version, plan.created_at);
}

void insert_price(Tx& tx, const Plan& plan) {
    const Price& price = plan.price;
    tx.later(insert_price_sql, plan.merchant, plan.plan_id, price.number, price.amount.minor(), price.amount.code(),
             calendar::to_text(price.cycle.unit), price.cycle.count, plan.updated_at);
}

bool update(Tx& tx, const Plan& plan) {
    return tx.claim(update_plan_sql, plan.merchant, plan.plan_id, plan.name, plan.price.number, plan.trial_days,
                    plan.retry_policy, plan.is_active, plan.version, plan.updated_at);
}

std::optional<Plan> find_plan(Reader& reader, MerchantId merchant, std::string_view plan_id) {
    return reader.first(find_plan_sql, [&](const Row& row) { return plan_of(row, merchant); }, merchant, plan_id);
}

std::vector<Plan> list_plans(Reader& reader, MerchantId merchant, const PlanFilter& filter) {
    const std::int64_t wanted = filter.is_active ? (*filter.is_active ? 1 : 0) : 2;
    return reader.all(
        list_sql, [&](const Row& row) { return plan_of(row, merchant); }, merchant, filter.after, wanted, filter.limit);
}

}  // namespace florin::subscriptions::rows
