#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/result.hpp"
#include "florin/http/admission.hpp"
#include "florin/http/message.hpp"
#include "florin/json/describe.hpp"
#include "florin/runtime/task.hpp"
#include "florin/runtime/world.hpp"

namespace florin::http {

/// Who is asking, established once as the request starts (F133).
struct Principal {
    MerchantId merchant;
    std::string merchant_name;
    std::string actor;  ///< For the audit: `key:<id>`, `user:<id>`, `anonymous`.
    std::vector<std::string> scopes;
    /// Whether the scope is among these, or all are (`*`).
    bool may(std::string_view scope) const;
};

/// One call as a handler sees it.
struct Exchange {
    Request& request;
    Principal principal;
    std::string correlation_id;
    std::string traceparent;
    std::string user_agent;  ///< As the client calls itself: of UTF-8 in one line, at most 200 characters.
    Instant received_at;
    std::vector<std::pair<std::string_view, std::string_view>> path_values;  ///< Parts of the request's path.
    /// How long the handler has waited because it was asked to (a long poll): no part of the time that an answer took.
    std::int64_t idle_ns = 0;

    /// The value of `{name}` in the route's path.
    std::string_view path_value(std::string_view name) const;
};

using RouteHandler = std::function<Task<Response>(Exchange&)>;

struct ParameterDoc {
    std::string_view name;
    std::string_view in;  ///< `path`, `query` or `header`.
    std::string_view doc;
    std::string_view schema = R"({"type":"string"})";
    bool is_required = false;
};
struct AnswerDoc {
    int status;
    std::string_view doc;
    std::string_view schema_name = {};  ///< In `#/components/schemas/`; empty: no body described.
};

/// RFC 9457, `type` being `/problems/<code>`. Status by kind: invalid 422 (400 for what cannot be read
/// as JSON or as a query, 405 for `method_not_allowed`), unauthenticated 401, forbidden 403, not_found 404, conflict
/// 409, mismatch 422, declined 402, rate_limited 429, too_large 413, unavailable 503, outcome_unknown 202. With
/// `Retry-After: 1` on 429 and 503.
Response problem(const Error& error, std::string_view correlation_id);

/// A route: what is served and what OpenAPI says of it are the same object.
struct Route {
    std::string_view method;
    std::string_view path;          ///< `/api/v1/payments/{id}`
    std::string_view operation_id;  ///< `getPayment`
    std::string_view tag;           ///< `Payments`
    std::string_view summary;
    /// What the principal's key must be scoped for; empty: no key is asked for.
    std::string_view scope;
    RouteHandler handler;
    std::string_view body_schema = {};
    std::vector<ParameterDoc> parameters = {};
    std::vector<AnswerDoc> answers = {};
    /// False for routes that answer while the database is away (health, metrics, documents).
    /// The others are also bounded in number when they change something: see `Router::bound`.
    bool counts_against_limits = true;
    /// How a no is said before the handler is asked: like those that the handler says itself.
    Response (*refuse)(const Error& error, std::string_view correlation_id) = &problem;
};

/// Establishes who asks. Called for every route; those without a scope may answer an anonymous
/// principal. Errors: `unauthenticated`, `forbidden`, `rate_limited`.
class Gatekeeper {
public:
    virtual ~Gatekeeper() = default;
    virtual Task<Result<Principal>> admit(const Request& request, const Route& route) = 0;
};

/// The route table and what happens around every handler: correlation id, admission, metrics,
/// security headers, and turning errors and escaped exceptions into problem documents. A literal
/// segment is preferred to a `{value}`; a path that only other methods serve is 405 with `Allow`. HEAD is
/// answered as GET.
///
/// The caller's `X-Correlation-Id` is kept when it is 1–64 of `[A-Za-z0-9._-]`, else replaced; every
/// answer carries it. A valid W3C `traceparent` is kept, else one is made.
class Router {
public:
    Router(World world, Gatekeeper& gatekeeper);
    ~Router();
    void add(Route route);
    void add(std::vector<Route> routes);
    /// Schemas for OpenAPI's components.
    void add_schemas(std::vector<json::Schema> schemas);
    /// A sentence on a tag, for OpenAPI.
    void describe_tag(std::string_view tag, std::string_view doc);
    const std::vector<Route>& routes() const;
    const std::vector<json::Schema>& schemas() const;
    /// Empty when nothing was said of the tag.
    std::string_view tag_doc(std::string_view tag) const;

    /// Called when an answer is ready, for metrics and logs; the route is null when none matched. Set
    /// before the first request, called on any I/O thread, throws nothing.
    using Observer = std::function<void(const Exchange&, const Route*, int status, std::int64_t duration_ns)>;
    void observe(Observer observer);
    /// Called with the text of an exception that left a handler: somebody has to act. The caller learns
    /// only the correlation id.
    using FailureObserver = std::function<void(const Exchange&, const Route&, std::string_view what)>;
    void observe_failures(FailureObserver observer);

    /// Requests that may change something (any method but GET and HEAD) are answered 503 `overloaded` when
    /// `admission` has no place for them, before anybody looks at key or body. Reads, health and metrics are
    /// always taken. Set before the first request; outlives the router.
    void bound(Admission& admission);

    /// Answers a request. Any I/O thread, once all routes are added. `request`'s body is wiped when the
    /// task ends, however it ends.
    Task<Response> handle(Request& request);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

int status_of(const Error& error);

Response reply(int status, std::string json);
template <json::IsDescribed T>
Response reply(int status, const T& view) {
    return reply(status, json::to_text(view));
}

/// Reads a described body: strict JSON, then its fields. A missing or other Content-Type than JSON is
/// accepted, as plain `curl -d` sends none of ours.
template <json::IsDescribed T>
Result<T> read(const Request& request) {
    auto value = json::parse(request.body);
    if (!value) return fail(std::move(value.error()));
    return json::read<T>(*value);
}

/// The OpenAPI 3.1 document of the router's routes, as JSON text. `{values}` of a path that the route
/// does not describe are described as strings; every operation has the problem document as its answer
/// for 4XX and 5XX.
std::string openapi(const Router& router, std::string_view server_url);

/// The route of a page, or of a part of one, that the program brings along: no key is asked for. `text` outlives the
/// route. What a page loads is a route of its own, so that its Content-Security-Policy can let in nothing but what this
/// server serves, and no text can become markup.
Route asset_route(std::string_view path, std::string_view operation_id, std::string_view summary, std::string_view text,
                  MediaType content_type);

/// A page that shows /openapi.json to people. Its script and style are routes of their own, so that a
/// strict Content-Security-Policy lets nothing else in.
std::string_view docs_page();

/// `/openapi.json`, `/docs` and what that page needs. `router` outlives the routes; what is added to
/// it after the first request for the document is not shown.
std::vector<Route> document_routes(const Router& router);

}  // namespace florin::http
