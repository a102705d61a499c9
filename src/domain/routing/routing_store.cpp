#include "routing_store.hpp"

#include <algorithm>

namespace florin::routing::rows {
namespace {

using store::Row;
using store::Sql;

Sql find_plan_sql{"routing.find", "SELECT version, updated_at FROM routing_plans WHERE merchant_id = $1"};
Sql find_routes_sql{"routing.routes", R"sql(
    SELECT method, currency, connectors FROM routes WHERE merchant_id = $1 ORDER BY method, currency
)sql"};
// Two who change it at once meet here: one of them finds another version.
Sql insert_plan_sql{"routing.insert", R"sql(
    INSERT INTO routing_plans (merchant_id, version, updated_at) VALUES ($1, $2, $3) ON CONFLICT (merchant_id) DO NOTHING
)sql"};
Sql update_plan_sql{"routing.update", R"sql(
    UPDATE routing_plans SET version = $3, updated_at = $4 WHERE merchant_id = $1 AND version = $2
)sql"};
Sql remove_routes_sql{"routing.remove_routes", "DELETE FROM routes WHERE merchant_id = $1"};
Sql insert_route_sql{"routing.insert_route", R"sql(
    INSERT INTO routes (merchant_id, method, currency, connectors) VALUES ($1, $2, $3, $4)
)sql"};

[[noreturn]] void raise_unreadable() {
    throw store::Failure{store::Failure::Kind::fault, "a route holds a word that is not known"};
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> names;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        names.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return names;
}

Route route_of(const Row& row) {
    const auto method = payments::parse_method(row.text(0));
    if (!method) raise_unreadable();
    Route route{.method = *method, .currency = std::nullopt, .connectors = split(row.text(2))};
    if (row.text(1).empty()) return route;
    const auto currency = Currency::of(row.text(1));
    if (!currency) raise_unreadable();
    route.currency = *currency;
    return route;
}

}  // namespace

Plan find(store::Reader& reader, MerchantId merchant) {
    const auto head = [](const Row& row) {
        return Plan{.routes = {}, .version = row.integer(0), .updated_at = row.instant(1)};
    };
    auto plan = reader.first(find_plan_sql, head, merchant);
    if (!plan) return {};
    plan->routes = reader.all(find_routes_sql, route_of, merchant);
    return std::move(*plan);
}

bool replace(store::Tx& tx, MerchantId merchant, const Plan& before, const Plan& after) {
    const bool is_first = before.version == 0;
    if (is_first && !tx.claim(insert_plan_sql, merchant, after.version, after.updated_at)) return false;
    if (!is_first && !tx.claim(update_plan_sql, merchant, before.version, after.version, after.updated_at))
        return false;
    tx.later(remove_routes_sql, merchant);
    for (const Route& route : after.routes)
        tx.later(insert_route_sql, merchant, to_text(route.method),
                 route.currency ? route.currency->code() : std::string_view{}, joined(route.connectors));
    return true;
}

}  // namespace florin::routing::rows
