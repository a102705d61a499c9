#include "florin/webhooks/routes.hpp"

#include "florin/http/listing.hpp"
#include "florin/security/card.hpp"
#include "view.hpp"
#include "webhooks_impl.hpp"

namespace florin::webhooks {
namespace {

using http::Exchange;
using http::Response;

constexpr std::int64_t default_overlap_hours = 24;
constexpr std::size_t default_limit = 50;

Asker asker_of(const Exchange& exchange) {
    return {.merchant = exchange.principal.merchant,
            .actor = exchange.principal.actor,
            .ip_address = exchange.request.peer,
            .user_agent = exchange.user_agent,
            .correlation_id = exchange.correlation_id};
}

Response refusal(const Error& error, const Exchange& exchange) { return http::problem(error, exchange.correlation_id); }

/// The endpoint that the path names. What is no id at all is an endpoint that there is none of.
Result<EndpointId> endpoint_id_of(const Exchange& exchange) {
    const auto id = EndpointId::parse(exchange.path_value("id"));
    if (!id) return no_endpoint();
    return *id;
}

Result<void> refuse_card_numbers(const std::optional<std::string>& description, const std::optional<std::string>& url) {
    if (auto fit = security::refuse_card_number(description.value_or(""), "description"); !fit) return fit;
    return security::refuse_card_number(url.value_or(""), "url");
}

Task<Response> create_endpoint(Webhooks& webhooks, Exchange& exchange) {
    auto body = http::read<CreateBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    Wishes wishes{.url = std::move(body->url),
                  .description = std::move(body->description),
                  .event_types = std::move(body->event_types),
                  .status = std::nullopt};
    if (auto fit = refuse_card_numbers(wishes.description, wishes.url); !fit) co_return refusal(fit.error(), exchange);
    const auto made = co_await webhooks.create(asker_of(exchange), std::move(wishes));
    if (!made) co_return refusal(made.error(), exchange);
    co_return http::reply(201, view_of(*made));
}

Task<Response> list_endpoints(Webhooks& webhooks, Exchange& exchange) {
    const auto parameters = exchange.request.parameters();
    if (!parameters.empty()) co_return refusal(http::unknown_parameter(parameters.front().first).error(), exchange);
    const auto found = co_await webhooks.list(exchange.principal.merchant);
    if (!found) co_return refusal(found.error(), exchange);
    EndpointListView view;
    for (const Endpoint& endpoint : *found) view.data.push_back(view_of(endpoint));
    co_return http::reply(200, view);
}

Task<Response> get_endpoint(Webhooks& webhooks, Exchange& exchange) {
    const auto id = endpoint_id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto found = co_await webhooks.find(exchange.principal.merchant, *id);
    if (!found) co_return refusal(found.error(), exchange);
    co_return http::reply(200, view_of(*found));
}

Result<Wishes> wishes_of(ChangeBody body) {
    Wishes wishes{.url = std::move(body.url),
                  .description = std::move(body.description),
                  .event_types = std::move(body.event_types),
                  .status = std::nullopt};
    if (body.status) {
        wishes.status = parse_status(*body.status);
        if (!wishes.status || *wishes.status == Status::disabled)
            return fail(ErrorKind::invalid, "invalid_status", "Give `active` or `paused`.", "status");
    }
    if (auto fit = refuse_card_numbers(wishes.description, wishes.url); !fit) return fail(std::move(fit.error()));
    return wishes;
}

Task<Response> change_endpoint(Webhooks& webhooks, Exchange& exchange) {
    const auto id = endpoint_id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    auto body = http::read<ChangeBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    auto wishes = wishes_of(std::move(*body));
    if (!wishes) co_return refusal(wishes.error(), exchange);
    const auto changed = co_await webhooks.change(asker_of(exchange), *id, std::move(*wishes));
    if (!changed) co_return refusal(changed.error(), exchange);
    co_return http::reply(200, view_of(*changed));
}

Task<Response> remove_endpoint(Webhooks& webhooks, Exchange& exchange) {
    const auto id = endpoint_id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto removed = co_await webhooks.remove(asker_of(exchange), *id);
    if (!removed) co_return refusal(removed.error(), exchange);
    co_return http::reply(204, std::string{});
}

Task<Response> rotate_secret(Webhooks& webhooks, Exchange& exchange) {
    const auto id = endpoint_id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    // All fields have defaults, so no body is as good as an empty one.
    auto body = exchange.request.body.empty() ? RotateBody{} : http::read<RotateBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    const Millis overlap = std::chrono::hours{body->overlap_hours.value_or(default_overlap_hours)};
    const auto rotated = co_await webhooks.rotate_secret(asker_of(exchange), *id, overlap);
    if (!rotated) co_return refusal(rotated.error(), exchange);
    co_return http::reply(200, view_of(*rotated));
}

Task<Response> test_endpoint(Webhooks& webhooks, Exchange& exchange) {
    const auto id = endpoint_id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    auto event_id = co_await webhooks.test(asker_of(exchange), *id);
    if (!event_id) co_return refusal(event_id.error(), exchange);
    const QueuedView view{.event_id = std::move(*event_id)};
    co_return http::reply(202, view);
}

Task<Response> resend_event(Webhooks& webhooks, Exchange& exchange) {
    const auto id = endpoint_id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto body = http::read<ResendBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    const auto queued = co_await webhooks.resend(asker_of(exchange), *id, body->event_id);
    if (!queued) co_return refusal(queued.error(), exchange);
    const QueuedView view{.event_id = body->event_id};
    co_return http::reply(202, view);
}

Task<Response> replay_events(Webhooks& webhooks, Exchange& exchange) {
    const auto id = endpoint_id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto body = http::read<ReplayBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    const auto queued = co_await webhooks.replay(asker_of(exchange), *id, body->after, body->until);
    if (!queued) co_return refusal(queued.error(), exchange);
    const ReplayedView view{.queued = *queued};
    co_return http::reply(202, view);
}

struct Page {
    Instant before{INT64_MAX};
    std::size_t limit = default_limit;
};

Result<Page> page_of(const http::Request& request) {
    Page page;
    for (const auto& [name, value] : request.parameters()) {
        if (name == "before") {
            const auto before = parse_instant(value);
            if (!before) return http::invalid_parameter(name, before.error().message);
            page.before = *before;
        } else if (name == "limit") {
            const auto limit = http::parse_limit(value);
            if (!limit) return fail(limit.error());
            page.limit = *limit;
        } else {
            return http::unknown_parameter(name);
        }
    }
    return page;
}

Task<Response> list_attempts(Webhooks& webhooks, Exchange& exchange) {
    const auto id = endpoint_id_of(exchange);
    if (!id) co_return refusal(id.error(), exchange);
    const auto page = page_of(exchange.request);
    if (!page) co_return refusal(page.error(), exchange);
    // One more than is shown tells whether there is another page.
    auto found = co_await webhooks.attempts(exchange.principal.merchant, *id, page->before, page->limit + 1);
    if (!found) co_return refusal(found.error(), exchange);
    AttemptListView view{.data = {}, .has_more = found->size() > page->limit, .next_before = std::nullopt};
    if (view.has_more) found->resize(page->limit);
    for (const Attempt& attempt : *found) view.data.push_back(view_of(attempt));
    if (view.has_more) view.next_before = found->back().at;
    co_return http::reply(200, view);
}

constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The endpoint's id.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};

}  // namespace

std::vector<http::Route> routes(Webhooks& webhooks) {
    const auto bound = [&webhooks](auto handler) {
        return [&webhooks, handler](Exchange& exchange) { return handler(webhooks, exchange); };
    };
    std::vector<http::Route> table{
        {.method = "POST",
         .path = "/api/v1/webhook_endpoints",
         .operation_id = "createWebhookEndpoint",
         .summary = "Be told of events from now on",
         .scope = "webhooks:write",
         .handler = bound(create_endpoint),
         .body_schema = "CreateWebhookEndpointRequest",
         .answers = {{201, "Made, with the secret that messages are signed with.", "WebhookEndpoint"}}},
        {.method = "GET",
         .path = "/api/v1/webhook_endpoints",
         .operation_id = "listWebhookEndpoints",
         .summary = "List webhook endpoints, the oldest first",
         .scope = "webhooks:read",
         .handler = bound(list_endpoints),
         .answers = {{200, "All of them; 50 at most.", "WebhookEndpointList"}}},
        {.method = "GET",
         .path = "/api/v1/webhook_endpoints/{id}",
         .operation_id = "getWebhookEndpoint",
         .summary = "Read a webhook endpoint",
         .scope = "webhooks:read",
         .handler = bound(get_endpoint),
         .parameters = {id_parameter},
         .answers = {{200, "The endpoint, without its secret.", "WebhookEndpoint"}}},
        {.method = "PATCH",
         .path = "/api/v1/webhook_endpoints/{id}",
         .operation_id = "changeWebhookEndpoint",
         .summary = "Change, pause or go on with a webhook endpoint",
         .scope = "webhooks:write",
         .handler = bound(change_endpoint),
         .body_schema = "ChangeWebhookEndpointRequest",
         .parameters = {id_parameter},
         .answers = {{200, "The endpoint as it is now.", "WebhookEndpoint"}}},
        {.method = "DELETE",
         .path = "/api/v1/webhook_endpoints/{id}",
         .operation_id = "deleteWebhookEndpoint",
         .summary = "Delete a webhook endpoint; what waits for it is not sent",
         .scope = "webhooks:write",
         .handler = bound(remove_endpoint),
         .parameters = {id_parameter},
         .answers = {{204, "Deleted."}}},
        {.method = "POST",
         .path = "/api/v1/webhook_endpoints/{id}/rotate_secret",
         .operation_id = "rotateWebhookSecret",
         .summary = "Give a webhook endpoint a new secret",
         .scope = "webhooks:write",
         .handler = bound(rotate_secret),
         .body_schema = "RotateWebhookSecretRequest",
         .parameters = {id_parameter},
         .answers = {{200, "The endpoint with its new secret.", "WebhookEndpoint"}}},
        {.method = "POST",
         .path = "/api/v1/webhook_endpoints/{id}/test",
         .operation_id = "testWebhookEndpoint",
         .summary = "Send an event of the type florin.webhook.test",
         .scope = "webhooks:write",
         .handler = bound(test_endpoint),
         .parameters = {id_parameter},
         .answers = {{202, "Queued; what becomes of it stands among the attempts.", "QueuedEvent"}}},
        {.method = "POST",
         .path = "/api/v1/webhook_endpoints/{id}/resend",
         .operation_id = "resendEvent",
         .summary = "Send an event again",
         .scope = "webhooks:write",
         .handler = bound(resend_event),
         .body_schema = "ResendEventRequest",
         .parameters = {id_parameter},
         .answers = {{202, "Queued, whatever became of it before.", "QueuedEvent"}}},
        {.method = "POST",
         .path = "/api/v1/webhook_endpoints/{id}/replay",
         .operation_id = "replayEvents",
         .summary = "Send a range of events again",
         .scope = "webhooks:write",
         .handler = bound(replay_events),
         .body_schema = "ReplayEventsRequest",
         .parameters = {id_parameter},
         .answers = {{202, "Queued: those in the range that the endpoint wants to hear of.", "ReplayedEvents"}}},
        {.method = "GET",
         .path = "/api/v1/webhook_endpoints/{id}/attempts",
         .operation_id = "listWebhookAttempts",
         .summary = "List what was sent to a webhook endpoint, newest first",
         .scope = "webhooks:read",
         .handler = bound(list_attempts),
         .parameters = {id_parameter,
                        {"before", "query", "Only attempts before this moment.",
                         R"({"type":"string","format":"date-time"})"},
                        {"limit", "query", "How many at most.",
                         R"({"type":"integer","minimum":1,"maximum":200,"default":50})"}},
         .answers = {{200, "A page of attempts.", "WebhookAttemptList"}}},
    };
    for (http::Route& route : table) route.tag = "Webhook endpoints";
    return table;
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<CreateBody>(all);
    json::append_schemas<ChangeBody>(all);
    json::append_schemas<RotateBody>(all);
    json::append_schemas<ResendBody>(all);
    json::append_schemas<ReplayBody>(all);
    json::append_schemas<EndpointListView>(all);
    json::append_schemas<QueuedView>(all);
    json::append_schemas<ReplayedView>(all);
    json::append_schemas<AttemptListView>(all);
    return all;
}

}  // namespace florin::webhooks
