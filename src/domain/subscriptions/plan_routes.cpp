#include "florin/http/listing.hpp"
#include "requests.hpp"
#include "view.hpp"

namespace florin::subscriptions {
namespace {

using http::Exchange;
using http::Response;

Response reply_with(Result<PlanAnswer> done, int status, const Exchange& exchange) {
    if (!done) return http::problem(done.error(), exchange.correlation_id);
    if (done->stored) return answer(std::move(*done->stored), true);
    return answer(answer_of(done->plan, status), false);
}

Task<Response> create_plan(const RouteSettings& settings, Exchange& exchange) {
    auto value = parse_body(exchange.request);
    if (!value) co_return http::problem(value.error(), exchange.correlation_id);
    auto guard = guard_of(settings, exchange, "create_plan", {}, *value);
    if (!guard) co_return http::problem(guard.error(), exchange.correlation_id);
    const auto cycle = take_cycle(*value);
    if (!cycle) co_return http::problem(cycle.error(), exchange.correlation_id);
    auto body = json::read<CreatePlanBody>(*value);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    const auto refused = [&](Error error, std::string_view field) {
        error.field = field;
        return http::problem(error, exchange.correlation_id);
    };
    if (!*cycle)
        co_return refused({ErrorKind::invalid, "missing_field", "This field is required.", {}}, "billing_cycle");
    const auto currency = Currency::of(body->currency);
    if (!currency) co_return refused(currency.error(), "currency");
    const auto amount = parse_major(body->amount.text, *currency);
    if (!amount) co_return refused(amount.error(), "amount");
    NewPlan wish{.plan_id = std::move(body->plan_id).value_or(""),
                 .name = std::move(body->name),
                 .amount = *amount,
                 .cycle = **cycle,
                 .trial_days = body->trial_days.value_or(0),
                 .retry_policy = std::move(body->retry_policy).value_or(""),
                 .is_active = body->is_active.value_or(true)};
    auto made = co_await settings.plans.create(asker_of(exchange), std::move(*guard), std::move(wish));
    co_return reply_with(std::move(made), 201, exchange);
}

Task<Response> get_plan(const RouteSettings& settings, Exchange& exchange) {
    const auto plan = co_await settings.plans.find(exchange.principal.merchant, std::string{exchange.path_value("id")});
    if (!plan) co_return http::problem(plan.error(), exchange.correlation_id);
    co_return http::reply(200, json::to_text(view_of(*plan)));
}

Result<PlanFilter> plan_filter_of(const http::Request& request) {
    PlanFilter filter;
    for (const auto& [name, value] : request.parameters()) {
        if (name == "is_active") {
            const auto is_active = truth_of(name, value);
            if (!is_active) return fail(is_active.error());
            filter.is_active = *is_active;
        } else if (auto taken = http::take_page(filter, name, value); !taken) {
            return fail(std::move(taken.error()));
        }
    }
    return filter;
}

Task<Response> list_plans(const RouteSettings& settings, Exchange& exchange) {
    auto filter = plan_filter_of(exchange.request);
    if (!filter) co_return http::problem(filter.error(), exchange.correlation_id);
    const std::size_t limit = http::read_one_more(*filter);
    auto found = co_await settings.plans.list(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    const auto show = [](const Plan& plan) { return view_of(plan); };
    const auto cursor_of = [](const Plan& plan) { return plan.plan_id; };
    co_return http::reply(200, http::page_of<PlanListView>(*found, limit, show, cursor_of));
}

Task<Response> change_plan(const RouteSettings& settings, Exchange& exchange) {
    std::string plan_id{exchange.path_value("id")};
    auto value = parse_body(exchange.request);
    if (!value) co_return http::problem(value.error(), exchange.correlation_id);
    auto guard = guard_of(settings, exchange, "change_plan", plan_id, *value);
    if (!guard) co_return http::problem(guard.error(), exchange.correlation_id);
    const auto cycle = take_cycle(*value);
    if (!cycle) co_return http::problem(cycle.error(), exchange.correlation_id);
    auto body = json::read<ChangePlanBody>(*value);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    PlanChanges changes{.version = body->version,
                        .name = std::move(body->name),
                        .amount = std::nullopt,
                        .cycle = *cycle,
                        .trial_days = body->trial_days,
                        .retry_policy = std::move(body->retry_policy),
                        .is_active = body->is_active};
    if (body->amount) changes.amount = std::move(body->amount->text);
    auto changed =
        co_await settings.plans.change(asker_of(exchange), std::move(*guard), std::move(plan_id), std::move(changes));
    co_return reply_with(std::move(changed), 200, exchange);
}

constexpr http::ParameterDoc plan_id_parameter{
    .name = "id", .in = "path", .doc = "The plan's id.", .is_required = true};

}  // namespace

std::vector<http::Route> plan_routes(const RouteSettings& settings) {
    const auto bound = [&settings](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    return {
        {.method = "POST",
         .path = "/api/v1/plans",
         .operation_id = "createPlan",
         .tag = "Plans",
         .summary = "Offer a plan",
         .scope = "subscriptions:write",
         .handler = bound(create_plan),
         .body_schema = "CreatePlanRequest",
         .parameters = {idempotency_header},
         .answers = {{201, "Made.", "Plan"}}},
        {.method = "GET",
         .path = "/api/v1/plans",
         .operation_id = "listPlans",
         .tag = "Plans",
         .summary = "List plans, by their ids",
         .scope = "subscriptions:read",
         .handler = bound(list_plans),
         .parameters = {{"is_active", "query", "Only those on offer, or only those not.", R"({"type":"boolean"})"},
                        limit_parameter,
                        cursor_parameter},
         .answers = {{200, "A page of plans.", "PlanList"}}},
        {.method = "GET",
         .path = "/api/v1/plans/{id}",
         .operation_id = "getPlan",
         .tag = "Plans",
         .summary = "Read a plan",
         .scope = "subscriptions:read",
         .handler = bound(get_plan),
         .parameters = {plan_id_parameter},
         .answers = {{200, "The plan, at its newest price.", "Plan"}}},
        {.method = "PUT",
         .path = "/api/v1/plans/{id}",
         .operation_id = "changePlan",
         .tag = "Plans",
         .summary = "Change a plan; running subscriptions keep their price",
         .scope = "subscriptions:write",
         .handler = bound(change_plan),
         .body_schema = "ChangePlanRequest",
         .parameters = {plan_id_parameter, idempotency_header},
         .answers = {{200, "The plan as it is now.", "Plan"}}},
    };
}

}  // namespace florin::subscriptions
