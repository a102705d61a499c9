#include "florin/routing/routing.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "florin/json/writer.hpp"
#include "routing_store.hpp"

namespace florin::routing {
namespace {

std::string field_of(std::size_t route, std::string_view member) {
    return "routes." + std::to_string(route) + "." + std::string{member};
}

void write(json::Writer& json, const Plan& plan) {
    json.open('[');
    for (const Route& route : plan.routes) {
        json.open('{').field("method", to_text(route.method));
        if (route.currency) json.field("currency", route.currency->code());
        json.key("connectors").open('[');
        for (const std::string& connector : route.connectors) json.value(connector);
        json.close(']').close('}');
    }
    json.close(']');
}

}  // namespace

std::vector<std::string> connectors_for(const Plan& plan, payments::Method method, std::optional<Currency> currency) {
    const Route* of_any = nullptr;
    for (const Route& route : plan.routes) {
        if (route.method != method) continue;
        if (!route.currency) of_any = &route;
        if (route.currency && route.currency == currency) return route.connectors;
    }
    return of_any == nullptr ? std::vector<std::string>{} : of_any->connectors;
}

Result<void> Routing::validate(const std::vector<Route>& routes) const {
    if (routes.size() > most_routes)
        return fail(ErrorKind::invalid, "too_many_routes", "There may be 200 routes.", "routes");
    std::set<std::pair<payments::Method, std::string_view>> seen;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const Route& route = routes[i];
        const std::string_view currency = route.currency ? route.currency->code() : std::string_view{};
        if (!seen.emplace(route.method, currency).second)
            return fail(ErrorKind::invalid, "duplicate_route", "There is a route for that method and currency already.",
                        "routes." + std::to_string(i));
        if (route.connectors.empty() || route.connectors.size() > most_connectors)
            return fail(ErrorKind::invalid, "invalid_connectors", "Name 1 to 8 connectors.", field_of(i, "connectors"));
        for (std::size_t j = 0; j < route.connectors.size(); ++j) {
            const std::string& name = route.connectors[j];
            const std::string field = field_of(i, "connectors") + "." + std::to_string(j);
            const payments::Connector* connector = on_.connector(name);
            if (connector == nullptr)
                return fail(ErrorKind::invalid, "unknown_connector",
                            "There is no such connector; see GET /api/v1/connectors.", field);
            const payments::Capabilities can = connector->capabilities();
            const bool takes = route.currency ? can.takes(route.method, currency)
                                              : std::ranges::find(can.methods, route.method) != can.methods.end();
            if (!takes)
                return fail(ErrorKind::invalid, "method_not_supported",
                            "That connector does not take payments by that method in that currency.", field);
            if (std::ranges::count(route.connectors, name) > 1)
                return fail(ErrorKind::invalid, "duplicate_connector", "Each connector is asked once.", field);
        }
    }
    return {};
}

void Routing::forget(MerchantId merchant) {
    const std::lock_guard lock{mutex_};
    known_.erase(merchant.value);
}

Task<Result<Plan>> Routing::recent(MerchantId merchant) {
    const std::int64_t now = on_.world.clock.monotonic_ns();
    {
        const std::lock_guard lock{mutex_};
        const auto found = known_.find(merchant.value);
        if (found != known_.end() && now - found->second.read_ns <= stale_after_ns) co_return found->second.plan;
    }
    auto plan = co_await find(merchant);
    if (!plan) co_return plan;
    const std::lock_guard lock{mutex_};
    if (known_.size() > most_known) known_.clear();
    // As old as the moment before it was read.
    known_.insert_or_assign(merchant.value, Known{*plan, now});
    co_return plan;
}

Task<Result<Plan>> Routing::find(MerchantId merchant) {
    auto read = [&](store::Reader& reader) -> Result<Plan> { return rows::find(reader, merchant); };
    co_return co_await on_.store.read(read);
}

Task<Result<Plan>> Routing::replace(Asker asker, std::vector<Route> routes, std::optional<std::int64_t> version) {
    if (auto valid = validate(routes); !valid) co_return fail(std::move(valid.error()));
    auto write_plan = [&](store::Tx& tx) -> Result<Plan> {
        const Plan before = rows::find(tx, asker.merchant);
        Plan after{.routes = routes, .version = before.version + 1, .updated_at = tx.now()};
        std::ranges::sort(after.routes, {}, [](const Route& route) {
            return std::pair{to_text(route.method), route.currency ? route.currency->code() : std::string_view{}};
        });
        const bool is_of_this = !version || *version == before.version;
        if (!is_of_this || !rows::replace(tx, asker.merchant, before, after))
            return fail(ErrorKind::conflict, "routing_changed_meanwhile", "Read the routing again.", "version");
        std::string changes;
        json::Writer json{changes};
        json.open('{').key("before");
        write(json, before);
        json.key("after");
        write(json, after);
        json.close('}');
        on_.audit.append(tx, {.merchant = asker.merchant,
                              .correlation_id = asker.correlation_id,
                              .action = "routing.changed",
                              .entity_type = "routing",
                              .entity_id = std::to_string(asker.merchant.value),
                              .actor = asker.actor,
                              .changes = changes,
                              .ip_address = asker.ip_address,
                              .user_agent = asker.user_agent});
        return after;
    };
    auto written = co_await on_.store.write(write_plan);
    forget(asker.merchant);
    co_return written;
}

}  // namespace florin::routing
