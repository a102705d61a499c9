#include "florin/test_clocks/routes.hpp"

#include "bodies.hpp"
#include "florin/idempotency/guard.hpp"

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

Task<Response> advance_clock(const RouteSettings& settings, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto value = exchange.request.body.empty() ? json::Value::object({}) : json::parse(exchange.request.body);
    if (!value) co_return refusal(value.error(), exchange);
    auto body = json::read<AdvanceBody>(*value);
    if (!body) co_return refusal(body.error(), exchange);
    const auto what = [&] { return id->text() + "\n" + json::to_canonical_text(*value); };
    auto guard = idempotency::guard_of(exchange.request.header("idempotency-key"), "advance_test_clock",
                                       settings.fingerprint_secret, what);
    if (!guard) co_return refusal(guard.error(), exchange);
    Destination destination{.to = body->to, .by = std::move(body->by)};
    const std::int64_t begun_ns = settings.clock.monotonic_ns();
    const auto advanced =
        co_await settings.clocks.advance(asker_of(exchange), *id, std::move(destination), std::move(*guard));
    // A year of billing is no measure of how soon requests are answered.
    exchange.idle_ns += settings.clock.monotonic_ns() - begun_ns;
    if (!advanced) co_return refusal(advanced.error(), exchange);
    if (!advanced->stored) co_return http::reply(200, view_of(*advanced));
    Response again = http::reply(advanced->stored->status, advanced->stored->body);
    again.headers.emplace_back("Idempotent-Replayed", "true");
    co_return again;
}

constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The clock's id.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};

}  // namespace

std::vector<http::Route> routes(RouteSettings settings) {
    const auto bound = [&clocks = settings.clocks](auto handler) {
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
         .handler = [settings](Exchange& exchange) { return advance_clock(settings, exchange); },
         .body_schema = "AdvanceTestClockRequest",
         .parameters = {id_parameter,
                        {.name = "Idempotency-Key",
                         .in = "header",
                         .doc = "Makes the request happen once: repeated with the same key and body it moves nothing, "
                                "waits for the first, and has its answer. With it, `by` is safe to repeat.",
                         .schema = R"({"type":"string","minLength":1,"maxLength":255})"}},
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
