#include "florin/reconciliation/routes.hpp"

#include <charconv>

#include "bodies.hpp"
#include "florin/idempotency/guard.hpp"

namespace florin::reconciliation {
namespace {

using http::Exchange;
using http::Response;

constexpr std::size_t max_limit = 200;

Response refusal(const Error& error, const Exchange& exchange) { return http::problem(error, exchange.correlation_id); }

std::unexpected<Error> wrong(std::string_view name, std::string_view message) {
    return fail(ErrorKind::invalid, "invalid_parameter", message, name);
}
std::unexpected<Error> unknown(std::string_view name) {
    return fail(ErrorKind::invalid, "unknown_parameter", "There is no such parameter.", name);
}

/// What is no id at all is a settlement that there is none of.
Result<SettlementId> id_of(const Exchange& exchange) {
    const auto id = SettlementId::parse(exchange.path_value("id"));
    if (!id) return fail(ErrorKind::not_found, "settlement_not_found", "There is no such settlement.");
    return *id;
}

/// Takes the parameters that every list has. False: it is none of them.
template <class Filter>
Result<bool> take_page(Filter& filter, std::string_view name, std::string_view value) {
    if (name == "cursor") {
        const auto id = parse_uuid(value);
        if (!id) return wrong(name, "That is not a cursor of this list.");
        filter.after.emplace();
        filter.after->value = *id;
        return true;
    }
    if (name != "limit") return false;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), filter.limit);
    if (failure != std::errc{} || end != value.data() + value.size() || filter.limit < 1 || filter.limit > max_limit)
        return wrong(name, "Give a number from 1 to 200.");
    return true;
}

Result<SettlementFilter> settlement_filter_of(const http::Request& request) {
    SettlementFilter filter;
    for (const auto& [name, value] : request.parameters()) {
        const auto taken = take_page(filter, name, value);
        if (!taken) return fail(taken.error());
        if (*taken) continue;
        if (name == "connector") {
            filter.connector = value;
        } else if (name == "state") {
            filter.state = parse_settlement_state(value);
            if (!filter.state) return wrong(name, "Give open, paid or failed.");
        } else if (name == "from" || name == "until") {
            const auto at = parse_instant(value);
            if (!at) return wrong(name, "Give a moment as RFC 3339 writes it.");
            (name == "from" ? filter.from : filter.until) = *at;
        } else {
            return unknown(name);
        }
    }
    return filter;
}

Result<LineFilter> line_filter_of(const http::Request& request) {
    LineFilter filter;
    for (const auto& [name, value] : request.parameters()) {
        const auto taken = take_page(filter, name, value);
        if (!taken) return fail(taken.error());
        if (*taken) continue;
        if (name != "status") return unknown(name);
        filter.differs = value == "differs";
        if (filter.differs) continue;
        filter.status = parse_finding(value);
        if (!filter.status || !is_of_line(*filter.status)) return wrong(name, "There is no such status of a line.");
    }
    return filter;
}

Result<DifferenceFilter> difference_filter_of(const http::Request& request) {
    DifferenceFilter filter{.is_open = true, .kind = {}, .connector = {}, .settlement = {}, .after = {}};
    for (const auto& [name, value] : request.parameters()) {
        const auto taken = take_page(filter, name, value);
        if (!taken) return fail(taken.error());
        if (*taken) continue;
        if (name == "status") {
            if (value != "open" && value != "resolved" && value != "all")
                return wrong(name, "Give open, resolved or all.");
            filter.is_open = value == "all" ? std::nullopt : std::optional{value == "open"};
        } else if (name == "kind") {
            filter.kind = parse_finding(value);
            if (!filter.kind) return wrong(name, "There is no such kind of difference.");
        } else if (name == "connector") {
            filter.connector = value;
        } else if (name == "settlement_id") {
            filter.settlement = SettlementId::parse(value);
            if (!filter.settlement) return wrong(name, "That is not the id of a settlement.");
        } else {
            return unknown(name);
        }
    }
    return filter;
}

/// A page of at most `limit`, of which one more was read to know whether another follows.
template <class View, class Item, class ViewOf, class IdOf>
Response page_of(const std::vector<Item>& found, std::size_t limit, ViewOf view_one, IdOf id_one) {
    View view{.data = {}, .has_more = found.size() > limit, .next_cursor = std::nullopt};
    for (std::size_t i = 0; i < std::min(found.size(), limit); ++i) view.data.push_back(view_one(found[i]));
    if (view.has_more) view.next_cursor = id_one(found[limit - 1]).text();
    return http::reply(200, view);
}

Task<Response> list_settlements(const RouteSettings& settings, Exchange& exchange) {
    auto filter = settlement_filter_of(exchange.request);
    if (!filter) co_return refusal(filter.error(), exchange);
    const std::size_t limit = filter->limit++;
    const auto found = co_await settings.reconciliation.list(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return refusal(found.error(), exchange);
    settings.note_read(exchange, "settlement", "list");
    const auto view_one = [](const Shown& shown) { return view_of(shown, false); };
    const auto id_one = [](const Shown& shown) { return shown.settlement.id; };
    co_return page_of<SettlementListView>(*found, limit, view_one, id_one);
}

Task<Response> get_settlement(const RouteSettings& settings, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto found = co_await settings.reconciliation.show(exchange.principal.merchant, *id);
    if (!found) co_return refusal(found.error(), exchange);
    settings.note_read(exchange, "settlement", id->text());
    co_return http::reply(200, view_of(*found, true));
}

Task<Response> list_lines(const RouteSettings& settings, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    auto filter = line_filter_of(exchange.request);
    if (!filter) co_return refusal(filter.error(), exchange);
    const std::size_t limit = filter->limit++;
    const auto found = co_await settings.reconciliation.lines(exchange.principal.merchant, *id, std::move(*filter));
    if (!found) co_return refusal(found.error(), exchange);
    settings.note_read(exchange, "settlement", id->text());
    const auto view_one = [](const ShownLine& shown) { return view_of(shown); };
    const auto id_one = [](const ShownLine& shown) { return shown.line.id; };
    co_return page_of<LineListView>(*found, limit, view_one, id_one);
}

Task<Response> list_differences(const RouteSettings& settings, Exchange& exchange) {
    auto filter = difference_filter_of(exchange.request);
    if (!filter) co_return refusal(filter.error(), exchange);
    const std::size_t limit = filter->limit++;
    const auto found = co_await settings.reconciliation.differences(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return refusal(found.error(), exchange);
    settings.note_read(exchange, "reconciliation", "differences");
    const auto view_one = [](const Difference& one) { return view_of(one); };
    const auto id_one = [](const Difference& one) { return one.id; };
    co_return page_of<DifferenceListView>(*found, limit, view_one, id_one);
}

Task<Response> get_overview(const RouteSettings& settings, Exchange& exchange) {
    const auto found = co_await settings.reconciliation.overview(exchange.principal.merchant);
    if (!found) co_return refusal(found.error(), exchange);
    settings.note_read(exchange, "reconciliation", "standings");
    co_return http::reply(200, view_of(*found));
}

/// The request's key and fingerprint; without a key, nothing that protects.
Result<idempotency::Guard> guard_of(const RouteSettings& settings, const Exchange& exchange,
                                    std::string_view connector) {
    const auto what = [&] { return std::string{connector}; };
    return idempotency::guard_of(exchange.request.header("idempotency-key"), "run_reconciliation",
                                 settings.fingerprint_secret, what);
}

Task<Response> run(const RouteSettings& settings, Exchange& exchange) {
    // All fields have defaults, so no body is as good as an empty one.
    auto body = exchange.request.body.empty() ? RunBody{} : http::read<RunBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    std::string connector = body->connector.value_or("");
    auto guard = guard_of(settings, exchange, connector);
    if (!guard) co_return refusal(guard.error(), exchange);
    const cases::Asker asker{.merchant = exchange.principal.merchant,
                             .actor = exchange.principal.actor,
                             .ip_address = exchange.request.peer,
                             .user_agent = exchange.user_agent,
                             .correlation_id = exchange.correlation_id};
    auto asked = co_await settings.reconciliation.ask(asker, std::move(*guard), std::move(connector));
    if (!asked) co_return refusal(asked.error(), exchange);
    const RunView view{.connectors = std::move(*asked), .look_at = "/api/v1/reconciliation"};
    co_return http::reply(202, view);
}

constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The settlement's id.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};
constexpr http::ParameterDoc cursor_parameter{"cursor", "query", "`next_cursor` of the page before."};
constexpr http::ParameterDoc limit_parameter{"limit", "query", "How many at most.",
                                             R"({"type":"integer","minimum":1,"maximum":200,"default":50})"};
constexpr http::ParameterDoc connector_parameter{"connector", "query", "Only of this connector."};

}  // namespace

std::vector<http::Route> routes(RouteSettings settings) {
    const auto bound = [settings = std::move(settings)](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    std::vector<http::Route> table{
        {.method = "GET",
         .path = "/api/v1/settlements",
         .operation_id = "listSettlements",
         .summary = "List what providers have paid out, the latest first",
         .scope = "reconciliation:read",
         .handler = bound(list_settlements),
         .parameters = {connector_parameter,
                        {"state", "query", "Only in this state.",
                         R"({"type":"string","enum":["open","paid","failed"]})"},
                        {"from", "query", "Settled at this moment or later.",
                         R"({"type":"string","format":"date-time"})"},
                        {"until", "query", "Settled before this moment.", R"({"type":"string","format":"date-time"})"},
                        cursor_parameter,
                        limit_parameter},
         .answers = {{200, "A page of settlements.", "SettlementList"}}},
        {.method = "GET",
         .path = "/api/v1/settlements/{id}",
         .operation_id = "getSettlement",
         .summary = "Read a settlement: what was paid, and what its lines come to",
         .scope = "reconciliation:read",
         .handler = bound(get_settlement),
         .parameters = {id_parameter},
         .answers = {{200, "The settlement.", "Settlement"}}},
        {.method = "GET",
         .path = "/api/v1/settlements/{id}/lines",
         .operation_id = "listSettlementLines",
         .summary = "List your lines of a settlement, each with what it is of and how it stands to the books",
         .scope = "reconciliation:read",
         .handler = bound(list_lines),
         .parameters =
             {id_parameter,
              {"status", "query", "Only in this status; `differs`: in any but `matched`, also when that was resolved.",
               R"({"type":"string","enum":["differs","matched","amount_differs","currency_differs","not_approved","open","unknown_operation","settled_twice"]})"},
              cursor_parameter,
              limit_parameter},
         .answers = {{200, "A page of lines.", "SettlementLineList"}}},
        {.method = "GET",
         .path = "/api/v1/reconciliation",
         .operation_id = "getReconciliation",
         .summary = "Where your money stands with each provider, and how reading its settlements went",
         .scope = "reconciliation:read",
         .handler = bound(get_overview),
         .answers = {{200, "The standings and the imports.", "Reconciliation"}}},
        {.method = "GET",
         .path = "/api/v1/reconciliation/differences",
         .operation_id = "listSettlementDifferences",
         .summary = "List what does not agree, or did not, the newest first",
         .scope = "reconciliation:read",
         .handler = bound(list_differences),
         .parameters = {{"status", "query", "Only of this status.",
                         R"({"type":"string","enum":["open","resolved","all"],"default":"open"})"},
                        {"kind", "query", "Only of this kind."},
                        connector_parameter,
                        {"settlement_id", "query", "Only of this settlement as a whole, and of its lines.",
                         R"({"type":"string","format":"uuid"})"},
                        cursor_parameter,
                        limit_parameter},
         .answers = {{200, "A page of differences.", "SettlementDifferenceList"}}},
        {.method = "POST",
         .path = "/api/v1/reconciliation/runs",
         .operation_id = "runReconciliation",
         .summary = "Have the providers' settlements read now",
         .scope = "reconciliation:write",
         .handler = bound(run),
         .body_schema = "ReconciliationRunRequest",
         .parameters = {{"Idempotency-Key", "header", "The same key asks once."}},
         .answers = {{202, "It is under way, or about to be.", "ReconciliationRun"}}},
    };
    for (http::Route& route : table) route.tag = "Reconciliation";
    return table;
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<RunBody>(all);
    json::append_schemas<RunView>(all);
    json::append_schemas<DifferenceListView>(all);
    json::append_schemas<SettlementListView>(all);
    json::append_schemas<LineListView>(all);
    json::append_schemas<OverviewView>(all);
    return all;
}

}  // namespace florin::reconciliation
