#include "florin/dead_letters/routes.hpp"

#include <charconv>

#include "bodies.hpp"
#include "florin/http/listing.hpp"

namespace florin::dead_letters {
namespace {

using http::Exchange;
using http::Response;

constexpr int default_limit = 50, max_limit = 200;

Asker asker_of(const Exchange& exchange) {
    return {.actor = exchange.principal.actor,
            .ip_address = exchange.request.peer,
            .user_agent = exchange.user_agent,
            .correlation_id = exchange.correlation_id};
}

Response refusal(const Error& error, const Exchange& exchange) { return http::problem(error, exchange.correlation_id); }

/// What is no id at all is a letter that there is none of.
Result<JobId> id_of(const Exchange& exchange) {
    const auto id = JobId::parse(exchange.path_value("id"));
    if (!id) return fail(ErrorKind::not_found, "dead_letter_not_found", "There is no such dead letter.");
    return *id;
}

std::string cursor_of(const DeadLetter& letter) { return std::to_string(letter.died_at.ms) + "." + letter.id.text(); }

std::optional<jobs::LetterPlace> parse_cursor(std::string_view text) {
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos) return std::nullopt;
    jobs::LetterPlace place{};
    const char* const end = text.data() + point;
    const auto [stop, failure] = std::from_chars(text.data(), end, place.died_at.ms);
    const auto id = JobId::parse(text.substr(point + 1));
    if (failure != std::errc{} || stop != end || !id) return std::nullopt;
    place.id = *id;
    return place;
}

enum class Pages { yes, no };

Result<LetterFilter> filter_of(const http::Request& request, Pages pages) {
    LetterFilter filter{.status = LetterStatus::open, .limit = pages == Pages::yes ? default_limit : max_limit};
    const auto wrong = [](std::string_view name, std::string_view message) {
        return fail(ErrorKind::invalid, "invalid_parameter", message, name);
    };
    for (const auto& [name, value] : request.parameters()) {
        if (name == "status") {
            filter.status = jobs::parse_letter_status(value);
            if (!filter.status && value != "all") return wrong(name, "Give open, retried, discarded or all.");
        } else if (name == "kind") {
            filter.kind = value;
        } else if (name == "cause") {
            filter.cause = value;
        } else if (name == "died_from" || name == "died_before") {
            const auto at = parse_instant(value);
            if (!at) return wrong(name, at.error().message);
            (name == "died_from" ? filter.died_from : filter.died_before) = *at;
        } else if (name == "cursor" && pages == Pages::yes) {
            filter.after = parse_cursor(value);
            if (!filter.after) return wrong(name, "That is not a cursor of this list.");
        } else if (name == "limit" && pages == Pages::yes) {
            const auto limit = http::parse_limit(value);
            if (!limit) return fail(limit.error());
            filter.limit = static_cast<int>(*limit);
        } else {
            return http::unknown_parameter(name);
        }
    }
    return filter;
}

Task<Response> list_letters(Desk& desk, Exchange& exchange) {
    auto filter = filter_of(exchange.request, Pages::yes);
    if (!filter) co_return refusal(filter.error(), exchange);
    const auto limit = static_cast<std::size_t>(filter->limit);
    // One more than is shown tells whether there is another page.
    ++filter->limit;
    auto found = co_await desk.list(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return refusal(found.error(), exchange);
    const auto show = [](const DeadLetter& letter) { return view_of(letter); };
    const auto cursor = [](const DeadLetter& letter) { return cursor_of(letter); };
    co_return http::reply(200, http::page_of<LetterListView>(*found, limit, show, cursor));
}

Task<Response> list_groups(Desk& desk, Exchange& exchange) {
    auto filter = filter_of(exchange.request, Pages::no);
    if (!filter) co_return refusal(filter.error(), exchange);
    const auto found = co_await desk.groups(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return refusal(found.error(), exchange);
    GroupListView view;
    for (const LetterGroup& group : *found)
        view.data.push_back({group.kind, group.cause, group.count, group.first_died_at, group.last_died_at});
    co_return http::reply(200, view);
}

Task<Response> get_letter(Desk& desk, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto found = co_await desk.find(exchange.principal.merchant, *id);
    if (!found) co_return refusal(found.error(), exchange);
    co_return http::reply(200, view_of(*found));
}

Task<Response> edit_letter(Desk& desk, Exchange& exchange) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    auto body = http::read<EditBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    Edit wish{.payload = std::move(body->payload.text), .reason = std::move(body->reason), .version = body->version};
    const auto edited = co_await desk.edit(asker_of(exchange), exchange.principal.merchant, *id, std::move(wish));
    if (!edited) co_return refusal(edited.error(), exchange);
    co_return http::reply(200, view_of(*edited));
}

Task<Response> decide(Desk& desk, Exchange& exchange, Verdict verdict, std::string reason) {
    const auto id = id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto decided =
        co_await desk.decide(asker_of(exchange), exchange.principal.merchant, *id, verdict, std::move(reason));
    if (!decided) co_return refusal(decided.error(), exchange);
    co_return http::reply(200, view_of(*decided));
}

Task<Response> retry_letter(Desk& desk, Exchange& exchange) {
    // All fields have defaults, so no body is as good as an empty one.
    auto body = exchange.request.body.empty() ? RetryBody{} : http::read<RetryBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    co_return co_await decide(desk, exchange, Verdict::retry, body->reason.value_or(""));
}

Task<Response> discard_letter(Desk& desk, Exchange& exchange) {
    auto body = http::read<DiscardBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    co_return co_await decide(desk, exchange, Verdict::discard, std::move(body->reason));
}

/// Nothing named must not mean everything.
template <class Body>
Result<Selection> selection_of(const Body& body) {
    const bool is_narrowed = body.kind || body.cause;
    const int ways = (body.ids ? 1 : 0) + (is_narrowed ? 1 : 0) + (body.all.value_or(false) ? 1 : 0);
    if (ways != 1 || (body.ids && body.ids->empty()))
        return fail(ErrorKind::invalid, "ambiguous_selection",
                    "Name ids, or a kind, a cause or both, or say all: one of the three.", "ids");
    Selection selection;
    if (body.ids) selection.ids = *body.ids;
    selection.filter.kind = body.kind.value_or("");
    selection.filter.cause = body.cause.value_or("");
    return selection;
}

Task<Response> decide_all(Desk& desk, Exchange& exchange, Result<Selection> selection, Verdict verdict,
                          std::string reason) {
    if (!selection) co_return refusal(selection.error(), exchange);
    const auto count = co_await desk.decide_all(asker_of(exchange), exchange.principal.merchant, std::move(*selection),
                                                verdict, std::move(reason));
    if (!count) co_return refusal(count.error(), exchange);
    const DecidedView view{.count = *count};
    co_return http::reply(200, view);
}

Task<Response> retry_letters(Desk& desk, Exchange& exchange) {
    auto body = http::read<RetryManyBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    auto selection = selection_of(*body);
    co_return co_await decide_all(desk, exchange, std::move(selection), Verdict::retry, body->reason.value_or(""));
}

Task<Response> discard_letters(Desk& desk, Exchange& exchange) {
    auto body = http::read<DiscardManyBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    auto selection = selection_of(*body);
    co_return co_await decide_all(desk, exchange, std::move(selection), Verdict::discard, std::move(body->reason));
}

constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The letter's id, which is its job's.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};

std::vector<http::ParameterDoc> filters() {
    constexpr std::string_view moment = R"({"type":"string","format":"date-time"})";
    return {{"status", "query", "Only of this status.",
             R"({"type":"string","enum":["open","retried","discarded","all"],"default":"open"})"},
            {"kind", "query", "Only of this kind."},
            {"cause", "query", "Only of this cause, as a group has it."},
            {"died_from", "query", "Only what died at this moment or later.", moment},
            {"died_before", "query", "Only what died before this moment.", moment}};
}

}  // namespace

std::vector<http::Route> routes(
    Desk& desk, std::function<void(const http::Exchange&, std::string_view type, std::string id)> note_read) {
    const auto bound = [&desk](auto handler) {
        return [&desk, handler](Exchange& exchange) { return handler(desk, exchange); };
    };
    auto get_and_note = [&desk, note_read](Exchange& exchange) {
        note_read(exchange, "dead_letter", std::string{exchange.path_value("id")});
        return get_letter(desk, exchange);
    };
    std::vector<http::ParameterDoc> list_parameters = filters();
    list_parameters.push_back({"cursor", "query", "`next_cursor` of the page before."});
    list_parameters.push_back(
        {"limit", "query", "How many at most.", R"({"type":"integer","minimum":1,"maximum":200,"default":50})"});
    std::vector<http::Route> table{
        {.method = "GET",
         .path = "/api/v1/dead_letters",
         .operation_id = "listDeadLetters",
         .summary = "List what could not be done, the latest first",
         .scope = "dead_letters:read",
         .handler = bound(list_letters),
         .parameters = std::move(list_parameters),
         .answers = {{200, "A page of dead letters.", "DeadLetterList"}}},
        {.method = "GET",
         .path = "/api/v1/dead_letters/groups",
         .operation_id = "listDeadLetterGroups",
         .summary = "Count what could not be done, by kind and cause",
         .scope = "dead_letters:read",
         .handler = bound(list_groups),
         .parameters = filters(),
         .answers = {{200, "The largest groups.", "DeadLetterGroupList"}}},
        {.method = "GET",
         .path = "/api/v1/dead_letters/{id}",
         .operation_id = "getDeadLetter",
         .summary = "Read a dead letter with its payload and what was changed in it",
         .scope = "dead_letters:read",
         .handler = get_and_note,
         .parameters = {id_parameter},
         .answers = {{200, "The letter; secrets and personal data are masked.", "DeadLetter"}}},
        {.method = "PATCH",
         .path = "/api/v1/dead_letters/{id}",
         .operation_id = "editDeadLetter",
         .summary = "Change the payload of an open dead letter",
         .scope = "dead_letters:write",
         .handler = bound(edit_letter),
         .body_schema = "EditDeadLetterRequest",
         .parameters = {id_parameter},
         .answers = {{200, "The letter as it is now; it still waits.", "DeadLetter"}}},
        {.method = "POST",
         .path = "/api/v1/dead_letters/{id}/retry",
         .operation_id = "retryDeadLetter",
         .summary = "Let a dead letter run again",
         .scope = "dead_letters:write",
         .handler = bound(retry_letter),
         .body_schema = "RetryDeadLetterRequest",
         .parameters = {id_parameter},
         .answers = {{200, "It runs, under the same id. Again: nothing more happens.", "DeadLetter"}}},
        {.method = "POST",
         .path = "/api/v1/dead_letters/{id}/discard",
         .operation_id = "discardDeadLetter",
         .summary = "Decide that a dead letter will not be done",
         .scope = "dead_letters:write",
         .handler = bound(discard_letter),
         .body_schema = "DiscardDeadLetterRequest",
         .parameters = {id_parameter},
         .answers = {{200, "It is kept, and will not run.", "DeadLetter"}}},
        {.method = "POST",
         .path = "/api/v1/dead_letters/retry",
         .operation_id = "retryDeadLetters",
         .summary = "Let many dead letters run again, in the order in which the work came up",
         .scope = "dead_letters:write",
         .handler = bound(retry_letters),
         .body_schema = "RetryDeadLettersRequest",
         .answers = {{200, "They run.", "DecidedDeadLetters"}}},
        {.method = "POST",
         .path = "/api/v1/dead_letters/discard",
         .operation_id = "discardDeadLetters",
         .summary = "Decide that many dead letters will not be done",
         .scope = "dead_letters:write",
         .handler = bound(discard_letters),
         .body_schema = "DiscardDeadLettersRequest",
         .answers = {{200, "They are kept, and will not run.", "DecidedDeadLetters"}}},
    };
    for (http::Route& route : table) route.tag = "Dead letters";
    return table;
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<EditBody>(all);
    json::append_schemas<RetryBody>(all);
    json::append_schemas<DiscardBody>(all);
    json::append_schemas<RetryManyBody>(all);
    json::append_schemas<DiscardManyBody>(all);
    json::append_schemas<LetterListView>(all);
    json::append_schemas<GroupListView>(all);
    json::append_schemas<DecidedView>(all);
    return all;
}

}  // namespace florin::dead_letters
