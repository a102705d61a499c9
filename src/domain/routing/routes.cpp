#include "bodies.hpp"

namespace florin::routing {
namespace {

using http::Exchange;
using http::Response;

PlanView view_of(const Plan& plan) {
    PlanView view{.routes = {}, .version = plan.version, .updated_at = plan.updated_at};
    for (const Route& route : plan.routes) {
        RouteBody one{
            .method = std::string{to_text(route.method)}, .currency = std::nullopt, .connectors = route.connectors};
        if (route.currency) one.currency = route.currency->code();
        view.routes.push_back(std::move(one));
    }
    return view;
}

Result<std::vector<Route>> routes_of(std::vector<RouteBody> bodies) {
    std::vector<Route> routes;
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        RouteBody& body = bodies[i];
        const std::string place = "routes." + std::to_string(i) + ".";
        const auto method = payments::parse_method(body.method);
        if (!method)
            return fail(ErrorKind::invalid, "invalid_payment_method_type",
                        "Give card, ideal, sepa_debit, ach_debit, wallet or hosted_page.", place + "method");
        Route route{.method = *method, .currency = std::nullopt, .connectors = std::move(body.connectors)};
        if (body.currency) {
            const auto currency = Currency::of(*body.currency);
            if (!currency)
                return fail(ErrorKind::invalid, currency.error().code, currency.error().message, place + "currency");
            route.currency = *currency;
        }
        routes.push_back(std::move(route));
    }
    return routes;
}

Task<Response> get_routing(Routing& routing, Exchange& exchange) {
    const auto plan = co_await routing.find(exchange.principal.merchant);
    if (!plan) co_return http::problem(plan.error(), exchange.correlation_id);
    co_return http::reply(200, view_of(*plan));
}

Task<Response> replace_routing(Routing& routing, Exchange& exchange) {
    auto body = http::read<ReplaceBody>(exchange.request);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    auto routes = routes_of(std::move(body->routes));
    if (!routes) co_return http::problem(routes.error(), exchange.correlation_id);
    Asker asker{.merchant = exchange.principal.merchant,
                .actor = exchange.principal.actor,
                .ip_address = exchange.request.peer,
                .user_agent = exchange.user_agent,
                .correlation_id = exchange.correlation_id};
    const auto plan = co_await routing.replace(std::move(asker), std::move(*routes), body->version);
    if (!plan) co_return http::problem(plan.error(), exchange.correlation_id);
    co_return http::reply(200, view_of(*plan));
}

}  // namespace

std::vector<http::Route> Routing::routes() {
    std::vector<http::Route> table;
    table.push_back({.method = "GET",
                     .path = "/api/v1/routing",
                     .operation_id = "getRouting",
                     .tag = "Payments",
                     .summary = "Read through which connectors payments go",
                     .scope = "payments:read",
                     .handler = [this](Exchange& exchange) { return get_routing(*this, exchange); },
                     .answers = {{200, "The routes.", "Routing"}}});
    table.push_back(
        {.method = "PUT",
         .path = "/api/v1/routing",
         .operation_id = "replaceRouting",
         .tag = "Payments",
         .summary = "Set through which connectors payments go, in order of preference",
         .scope = "routing:write",
         .handler = [this](Exchange& exchange) { return replace_routing(*this, exchange); },
         .body_schema = "ReplaceRoutingRequest",
         .answers = {{200, "The routes as they are now; other processes follow within a second.", "Routing"},
                     {409, "Somebody else has changed them since that version."}}});
    return table;
}

std::vector<json::Schema> Routing::schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<ReplaceBody>(all);
    json::append_schemas<PlanView>(all);
    return all;
}

}  // namespace florin::routing
