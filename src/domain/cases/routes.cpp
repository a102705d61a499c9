#include "florin/cases/routes.hpp"

#include "bodies.hpp"
#include "cases_impl.hpp"
#include "florin/http/listing.hpp"
#include "florin/idempotency/guard.hpp"

namespace florin::cases {
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

/// What is no id at all is a case that there is none of.
Result<CaseId> id_of(const Exchange& exchange) {
    const auto id = CaseId::parse(exchange.path_value("id"));
    if (!id) return no_case();
    return *id;
}

Result<CaseFilter> filter_of(const http::Request& request) {
    CaseFilter filter{.status = Status::open};
    for (const auto& [name, value] : request.parameters()) {
        if (name == "status") {
            filter.status = parse_status(value);
            if (!filter.status && value != "all") return http::invalid_parameter(name, "Give open, resolved or all.");
        } else if (name == "customer_id") {
            filter.customer_id = value;
        } else if (name == "reason") {
            filter.reason = value;
        } else if (name == "assignee") {
            filter.assignee = value;
        } else if (name == "owner_kind") {
            filter.owner_kind = value;
        } else if (name == "owner") {
            filter.owner = parse_uuid(value);
            if (!filter.owner) return http::invalid_parameter(name, "Give an id.");
        } else if (auto taken = http::take_page(filter, name, value); !taken) {
            return fail(std::move(taken.error()));
        }
    }
    return filter;
}

Task<Response> list_cases(const RouteSettings& settings, Exchange& exchange) {
    auto filter = filter_of(exchange.request);
    if (!filter) co_return refusal(filter.error(), exchange);
    const std::size_t limit = http::read_one_more(*filter);
    auto found = co_await settings.cases.list(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return refusal(found.error(), exchange);
    co_return http::reply(200, http::page_of<CaseListView>(*found, limit));
}

Task<Response> get_case(const RouteSettings& settings, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto found = co_await settings.cases.show(exchange.principal.merchant, *id);
    if (!found) co_return refusal(found.error(), exchange);
    settings.note_read(exchange, "case", id->text());
    co_return http::reply(200, view_of(*found));
}

Result<Request> request_of(OpenBody body) {
    Request request{.cause = std::move(body.cause),
                    .reason = std::move(body.reason),
                    .customer_id = body.customer_id.value_or(""),
                    .message = body.message.value_or(""),
                    .amount = {},
                    .due_date = {}};
    if (body.amount.has_value() != body.currency.has_value())
        return fail(ErrorKind::invalid, "missing_field", "An amount needs a currency, and a currency an amount.",
                    body.amount ? "currency" : "amount");
    if (body.amount) {
        const auto currency = Currency::of(*body.currency);
        if (!currency) return fail(currency.error().kind, currency.error().code, currency.error().message, "currency");
        const auto amount = parse_major(body.amount->text, *currency);
        if (!amount) return fail(amount.error().kind, amount.error().code, amount.error().message, "amount");
        if (!amount->is_positive())
            return fail(ErrorKind::invalid, "invalid_amount", "An amount is above zero.", "amount");
        request.amount = *amount;
    }
    if (body.due_date) {
        const auto date = calendar::parse_date(*body.due_date);
        if (!date) return fail(date.error().kind, date.error().code, date.error().message, "due_date");
        request.due_date = *date;
    }
    return request;
}

Task<Response> open_case(const RouteSettings& settings, Exchange& exchange) {
    auto body = http::read<OpenBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    auto request = request_of(std::move(*body));
    if (!request) co_return refusal(request.error(), exchange);
    const auto opened = co_await settings.cases.request(asker_of(exchange), std::move(*request));
    if (!opened) co_return refusal(opened.error(), exchange);
    co_return http::reply(opened->is_new ? 201 : 200, view_of(opened->one));
}

Task<Response> assign_case(const RouteSettings& settings, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    // All fields have defaults, so no body is as good as an empty one.
    auto body = exchange.request.body.empty() ? AssignBody{} : http::read<AssignBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    const auto given = co_await settings.cases.assign(asker_of(exchange), *id, body->assignee.value_or(""));
    if (!given) co_return refusal(given.error(), exchange);
    co_return http::reply(200, view_of(*given));
}

/// The request's key and fingerprint; without a key, nothing that protects.
Result<idempotency::Guard> guard_of(const RouteSettings& settings, const Exchange& exchange, const NoteBody& body) {
    const auto what = [&] { return std::string{exchange.path_value("id")} + "\n" + body.text; };
    return idempotency::guard_of(exchange.request.header("idempotency-key"), "note_case", settings.fingerprint_secret,
                                 what);
}

Task<Response> note_case(const RouteSettings& settings, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    auto body = http::read<NoteBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    auto guard = guard_of(settings, exchange, *body);
    if (!guard) co_return refusal(guard.error(), exchange);
    const auto noted = co_await settings.cases.note(asker_of(exchange), std::move(*guard), *id, std::move(body->text));
    if (!noted) co_return refusal(noted.error(), exchange);
    co_return http::reply(200, view_of(*noted));
}

Task<Response> resolve_case(const RouteSettings& settings, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    auto body = http::read<ResolveBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    const auto resolution = parse_resolution(body->resolution);
    if (!resolution) {
        const auto unknown = fail(ErrorKind::invalid, "unknown_resolution",
                                  "Give paid_elsewhere, waived, retry or canceled.", "resolution");
        co_return refusal(unknown.error(), exchange);
    }
    Decision decision{.resolution = *resolution,
                      .amount = body->amount ? std::optional{std::move(body->amount->text)} : std::nullopt,
                      .note = body->note.value_or("")};
    const auto resolved = co_await settings.cases.resolve(asker_of(exchange), *id, std::move(decision));
    if (!resolved) co_return refusal(resolved.error(), exchange);
    co_return http::reply(200, view_of(*resolved));
}

constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The case's id.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};

}  // namespace

std::vector<http::Route> routes(RouteSettings settings) {
    const auto bound = [settings = std::move(settings)](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    std::vector<http::Route> table{
        {.method = "GET",
         .path = "/api/v1/cases",
         .operation_id = "listCases",
         .summary = "List what a person has to finish, the newest first",
         .scope = "cases:read",
         .handler = bound(list_cases),
         .parameters = {{"status", "query", "Only of this status.",
                         R"({"type":"string","enum":["open","resolved","all"],"default":"open"})"},
                        {"customer_id", "query", "Only about this customer."},
                        {"reason", "query", "Only of this reason."},
                        {"assignee", "query", "Only theirs."},
                        {"owner_kind", "query", "Only what belongs to something of this kind."},
                        {"owner", "query", "Only what belongs to this.", R"({"type":"string","format":"uuid"})"},
                        {"cursor", "query", "`next_cursor` of the page before."},
                        {"limit", "query", "How many at most.",
                         R"({"type":"integer","minimum":1,"maximum":200,"default":50})"}},
         .answers = {{200, "A page of cases.", "CaseList"}}},
        {.method = "POST",
         .path = "/api/v1/cases",
         .operation_id = "openCase",
         .summary = "Hand something over to a person",
         .scope = "cases:write",
         .handler = bound(open_case),
         .body_schema = "OpenCaseRequest",
         .answers = {{201, "The case.", "Case"}, {200, "The case that there is of this cause already.", "Case"}}},
        {.method = "GET",
         .path = "/api/v1/cases/{id}",
         .operation_id = "getCase",
         .summary = "Read a case with its notes and what happened to it",
         .scope = "cases:read",
         .handler = bound(get_case),
         .parameters = {id_parameter},
         .answers = {{200, "The case.", "Case"}}},
        {.method = "POST",
         .path = "/api/v1/cases/{id}/assign",
         .operation_id = "assignCase",
         .summary = "Give a case to somebody, or to nobody",
         .scope = "cases:write",
         .handler = bound(assign_case),
         .body_schema = "AssignCaseRequest",
         .parameters = {id_parameter},
         .answers = {{200, "The case. Again: nothing more happens.", "Case"}}},
        {.method = "POST",
         .path = "/api/v1/cases/{id}/notes",
         .operation_id = "noteCase",
         .summary = "Write what there is to know of a case",
         .scope = "cases:write",
         .handler = bound(note_case),
         .body_schema = "NoteCaseRequest",
         .parameters = {id_parameter, {"Idempotency-Key", "header", "The same key writes the note once."}},
         .answers = {{200, "The case with its notes.", "Case"}}},
        {.method = "POST",
         .path = "/api/v1/cases/{id}/resolve",
         .operation_id = "resolveCase",
         .summary = "End a case: what it belongs to goes on as decided, in the same commit",
         .scope = "cases:write",
         .handler = bound(resolve_case),
         .body_schema = "ResolveCaseRequest",
         .parameters = {id_parameter},
         .answers = {{200, "The case. The same decision again: nothing more happens.", "Case"}}},
    };
    for (http::Route& route : table) route.tag = "Cases";
    return table;
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<OpenBody>(all);
    json::append_schemas<AssignBody>(all);
    json::append_schemas<NoteBody>(all);
    json::append_schemas<ResolveBody>(all);
    json::append_schemas<CaseListView>(all);
    return all;
}

}  // namespace florin::cases
