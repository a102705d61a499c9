#include "florin/test_clocks/routes.hpp"

#include "bodies.hpp"

namespace florin::test_clocks {
namespace {

using http::Exchange;
using http::Response;

Asker asker_of(const Exchange& exchange) {
    return {.merchant = exchange.principal.merchant,
            .actor = exchange.principal.actor,
            .ip_address = exchange.request.peer,
            .user_agent = exchange.user_agent,
            .correlation_id = exchange.correlation_id};
}

Response refusal(const Error& error, const Exchange& exchange) { return http::problem(error, exchange.correlation_id); }

/// What is no id at all is a clock that there is none of.
Result<TestClockId> id_of(const Exchange& exchange) {
    const auto id = TestClockId::parse(exchange.path_value("id"));
    if (!id) return fail(ErrorKind::not_found, "test_clock_not_found", "You have no such test clock.");
    return *id;
}

ClockView view_of(const TestClock& clock) {
    return {.id = clock.id,
            .now = clock.now,
            .status = clock.target ? "advancing" : "ready",
            .target = clock.target,
            .created_at = clock.created_at,
            .updated_at = clock.updated_at,
            .still_open = std::nullopt};
}

ClockView view_of(const Advanced& advanced) {
    ClockView view = view_of(advanced.clock);
    if (!advanced.still_open.empty()) view.still_open.emplace();
    for (const StillOpen& open : advanced.still_open) view.still_open->push_back({open.kind, open.count});
    return view;
}

Task<Response> create_clock(TestClocks& clocks, Exchange& exchange) {
    // All fields have defaults, so no body is as good as an empty one.
    auto body = exchange.request.body.empty() ? CreateBody{} : http::read<CreateBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    const auto created = co_await clocks.create(asker_of(exchange), body->now);
    if (!created) co_return refusal(created.error(), exchange);
    co_return http::reply(201, view_of(*created));
}

Task<Response> list_clocks(TestClocks& clocks, Exchange& exchange) {
    const auto found = co_await clocks.list(exchange.principal.merchant);
    if (!found) co_return refusal(found.error(), exchange);
    ClockListView view;
    for (const TestClock& clock : *found) view.data.push_back(view_of(clock));
    co_return http::reply(200, view);
}

Task<Response> get_clock(TestClocks& clocks, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto found = co_await clocks.find(exchange.principal.merchant, *id);
    if (!found) co_return refusal(found.error(), exchange);
    co_return http::reply(200, view_of(*found));
}

Task<Response> delete_clock(TestClocks& clocks, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto removed = co_await clocks.remove(asker_of(exchange), *id);
    if (!removed) co_return refusal(removed.error(), exchange);
    co_return http::reply(204, std::string{});
}

Task<Response> advance_clock(TestClocks& clocks, Clock& clock, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    auto body = exchange.request.body.empty() ? AdvanceBody{} : http::read<AdvanceBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    Destination destination{.to = body->to, .by = std::move(body->by)};
    const std::int64_t begun_ns = clock.monotonic_ns();
    const auto advanced = co_await clocks.advance(asker_of(exchange), *id, std::move(destination));
    // A year of billing is no measure of how soon requests are answered.
    exchange.idle_ns += clock.monotonic_ns() - begun_ns;
    if (!advanced) co_return refusal(advanced.error(), exchange);
    co_return http::reply(200, view_of(*advanced));
}

constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The clock's id.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};

}  // namespace

std::vector<http::Route> routes(TestClocks& clocks, Clock& clock) {
    const auto bound = [&clocks](auto handler) {
        return [&clocks, handler](Exchange& exchange) { return handler(clocks, exchange); };
    };
    std::vector<http::Route> table{
        {.method = "POST",
         .path = "/api/v1/test_clocks",
         .operation_id = "createTestClock",
         .summary = "Give yourself a clock of your own: your billing then goes by it (sandbox only)",
         .scope = "merchant:write",
         .handler = bound(create_clock),
         .body_schema = "CreateTestClockRequest",
         .answers = {{201, "Your clock. It stands still until it is advanced.", "TestClock"}}},
        {.method = "GET",
         .path = "/api/v1/test_clocks",
         .operation_id = "listTestClocks",
         .summary = "List your test clock, if you have one",
         .scope = "merchant:read",
         .handler = bound(list_clocks),
         .answers = {{200, "None or one.", "TestClockList"}}},
        {.method = "GET",
         .path = "/api/v1/test_clocks/{id}",
         .operation_id = "getTestClock",
         .summary = "Read a test clock",
         .scope = "merchant:read",
         .handler = bound(get_clock),
         .parameters = {id_parameter},
         .answers = {{200, "What the time is for you.", "TestClock"}}},
        {.method = "DELETE",
         .path = "/api/v1/test_clocks/{id}",
         .operation_id = "deleteTestClock",
         .summary = "Go back to the world's time",
         .scope = "merchant:write",
         .handler = bound(delete_clock),
         .parameters = {id_parameter},
         .answers = {{204, "The clock is gone."}}},
        {.method = "POST",
         .path = "/api/v1/test_clocks/{id}/advance",
         .operation_id = "advanceTestClock",
         .summary = "Move a test clock: everything due by then happens, in order, before the answer",
         .scope = "merchant:write",
         .handler = [&clocks, &clock](Exchange& exchange) { return advance_clock(clocks, clock, exchange); },
         .body_schema = "AdvanceTestClockRequest",
         .parameters = {id_parameter},
         .answers = {{200, "It is there, and everything due by then has happened.", "TestClock"}}},
    };
    for (http::Route& route : table) route.tag = "Test clocks";
    return table;
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<CreateBody>(all);
    json::append_schemas<AdvanceBody>(all);
    json::append_schemas<ClockListView>(all);
    return all;
}

}  // namespace florin::test_clocks
