#include "florin/http/router.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "florin/http/trace.hpp"
#include "florin/json/clean.hpp"
#include "florin/telemetry/metrics.hpp"

#include "route_table.hpp"

namespace florin::http {
namespace {

/// Wipes the body when the request's coroutine ends, also when it is destroyed half-way.
class WipeAtEnd {
public:
    explicit WipeAtEnd(Request& request) : request_{request} {}
    WipeAtEnd(const WipeAtEnd&) = delete;
    WipeAtEnd& operator=(const WipeAtEnd&) = delete;
    ~WipeAtEnd() { request_.wipe(); }

private:
    Request& request_;
};

bool is_correlation_id(std::string_view text) {
    const auto is_allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
               c == '-';
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_allowed);
}

Error not_found() {
    return {ErrorKind::not_found, "not_found", "There is nothing at this path; /docs shows what there is.", {}};
}
Error method_not_allowed(const std::string& methods) {
    return {ErrorKind::invalid, "method_not_allowed", "This path takes " + methods + ".", {}};
}
Error malformed_query() {
    return {ErrorKind::invalid, "malformed_query", "The query is not percent-encoded UTF-8 text.", {}};
}
Error overloaded() {
    return {ErrorKind::unavailable,
            "overloaded",
            "More requests than can be answered soon. Nothing was done; repeat later.",
            {}};
}

bool may_change_something(const Route& route) {
    return route.counts_against_limits && route.method != "GET" && route.method != "HEAD";
}

/// Requests turned away unread, by why.
telemetry::Counter& refused(std::string_view reason) {
    return telemetry::metrics().counter("florin_requests_refused_total",
                                        "Requests refused before anything was done, by reason.",
                                        {{"reason", std::string{reason}}});
}

Error internal_error() {
    return {ErrorKind::unavailable, "internal_error", "Something went wrong here; it has been noted.", {}};
}

}  // namespace

bool Principal::may(std::string_view scope) const {
    return std::ranges::any_of(scopes, [&](const std::string& own) { return own == "*" || own == scope; });
}

std::string_view Exchange::path_value(std::string_view name) const {
    for (const auto& [known, value] : path_values)
        if (known == name) return value;
    return {};
}

struct Router::Impl {
    World world;
    Gatekeeper& gatekeeper;
    std::vector<Route> routes{};
    std::vector<std::vector<std::string_view>> value_names{};  ///< By route.
    RouteTable table{};
    std::vector<json::Schema> schemas{};
    std::map<std::string_view, std::string_view> tag_docs{};
    Observer observer{};
    FailureObserver failure_observer{};
    Admission* admission = nullptr;
    telemetry::Counter& refused_overloaded = refused("overloaded");
    telemetry::Counter& refused_rate_limit = refused("rate_limit");

    Exchange begin(Request& request) const {
        Exchange exchange{.request = request,
                          .principal = {},
                          .correlation_id = std::string{request.header("x-correlation-id")},
                          .traceparent = std::string{request.header("traceparent")},
                          // A header may hold any octets; no database keeps them all as text.
                          .user_agent = json::clean_text(request.header("user-agent"), 200),
                          .received_at = world.clock.now(),
                          .path_values = {}};
        exchange.principal.actor = "anonymous";
        const bool keeps_id = is_correlation_id(exchange.correlation_id);
        const bool keeps_trace = is_traceparent(exchange.traceparent);
        if (keeps_id && keeps_trace) return exchange;
        const Uuid fresh = world.new_uuid();
        if (!keeps_id) exchange.correlation_id = to_text(fresh);
        if (!keeps_trace) exchange.traceparent = begin_trace(fresh);
        return exchange;
    }

    /// The route, its path values put into the exchange; or null and why in `refusal`.
    const Route* find(Exchange& exchange, Response& refusal) const {
        const Request& request = exchange.request;
        // Of an answer to HEAD the server leaves out the body.
        const std::string_view method = request.method == "HEAD" ? std::string_view{"GET"} : request.method;
        const auto match = table.find(method, request.path);
        if (!match) {
            const std::string methods = table.allowed(request.path);
            refusal = problem(methods.empty() ? not_found() : method_not_allowed(methods), exchange.correlation_id);
            if (!methods.empty()) refusal.headers.emplace_back("Allow", methods);
            return nullptr;
        }
        const auto& names = value_names[match->route];
        exchange.path_values.reserve(names.size());
        for (std::size_t i = 0; i < names.size(); ++i) exchange.path_values.emplace_back(names[i], match->values[i]);
        return &routes[match->route];
    }

    Response failed(const Exchange& exchange, const Route& route, std::string_view what) const {
        if (failure_observer) failure_observer(exchange, route, what);
        return route.refuse(internal_error(), exchange.correlation_id);
    }

    /// A parameter that the route does not describe would be ignored, and one given twice half ignored.
    static Result<void> check_parameters(const Request& request, const Route& route) {
        if (request.query.empty()) return {};
        const std::vector<Header> given = request.parameters();
        for (auto at = given.begin(); at != given.end(); ++at) {
            const auto is_it = [&](const ParameterDoc& doc) { return doc.in == "query" && doc.name == at->first; };
            if (std::ranges::none_of(route.parameters, is_it))
                return fail(ErrorKind::invalid, "unknown_parameter", "There is no such parameter.",
                            json::printable_name(at->first));
            const auto is_same = [&](const Header& other) { return other.first == at->first; };
            if (std::any_of(std::next(at), given.end(), is_same))
                return fail(ErrorKind::invalid, "invalid_parameter", "This parameter is given more than once.",
                            at->first);
        }
        return {};
    }

    /// Who sends an empty key, or two, believes to be protected and is not.
    static Result<void> check_idempotency_key(const Request& request) {
        const auto is_key = [](const Header& header) { return header.first == "idempotency-key"; };
        const auto key = std::ranges::find_if(request.headers, is_key);
        if (key == request.headers.end()) return {};
        if (key->second.empty())
            return fail(ErrorKind::invalid, "invalid_idempotency_key", "The idempotency key is empty.",
                        "Idempotency-Key");
        if (std::any_of(std::next(key), request.headers.end(), is_key))
            return fail(ErrorKind::invalid, "invalid_idempotency_key", "The idempotency key is given more than once.",
                        "Idempotency-Key");
        return {};
    }

    /// A place among what is in progress; without one `refusal` says so.
    Admission::Place admit(const Exchange& exchange, const Route& route, std::int64_t now_ns, Response& refusal) const {
        Admission::Place place = admission->enter(now_ns);
        if (place) return place;
        refused_overloaded.add();
        refusal = route.refuse(overloaded(), exchange.correlation_id);
        return place;
    }

    Task<Response> answer(Exchange& exchange, const Route& route) const {
        if (!exchange.request.has_valid_query()) co_return route.refuse(malformed_query(), exchange.correlation_id);
        auto admitted = co_await gatekeeper.admit(exchange.request, route);
        if (!admitted) {
            if (admitted.error().kind == ErrorKind::rate_limited) refused_rate_limit.add();
            co_return route.refuse(admitted.error(), exchange.correlation_id);
        }
        if (auto known = check_parameters(exchange.request, route); !known)
            co_return route.refuse(known.error(), exchange.correlation_id);
        if (auto usable = check_idempotency_key(exchange.request); !usable)
            co_return route.refuse(usable.error(), exchange.correlation_id);
        exchange.principal = std::move(*admitted);
        co_return co_await route.handler(exchange);
    }
};

Router::Router(World world, Gatekeeper& gatekeeper) : impl_{new Impl{.world = world, .gatekeeper = gatekeeper}} {}
Router::~Router() = default;

void Router::add(Route route) {
    impl_->table.add(route.method, route.path, impl_->routes.size());
    impl_->value_names.push_back(value_names(route.path));
    impl_->routes.push_back(std::move(route));
}

void Router::add(std::vector<Route> routes) {
    for (Route& route : routes) add(std::move(route));
}

void Router::add_schemas(std::vector<json::Schema> schemas) {
    for (json::Schema& schema : schemas) {
        const auto known = std::ranges::find(impl_->schemas, schema.name, &json::Schema::name);
        if (known == impl_->schemas.end()) {
            impl_->schemas.push_back(std::move(schema));
        } else {
            check(known->json == schema.json, "one name has one schema");
        }
    }
}

void Router::describe_tag(std::string_view tag, std::string_view doc) { impl_->tag_docs[tag] = doc; }
const std::vector<Route>& Router::routes() const { return impl_->routes; }
const std::vector<json::Schema>& Router::schemas() const { return impl_->schemas; }
std::string_view Router::tag_doc(std::string_view tag) const {
    const auto doc = impl_->tag_docs.find(tag);
    return doc == impl_->tag_docs.end() ? std::string_view{} : doc->second;
}
void Router::observe(Observer observer) { impl_->observer = std::move(observer); }
void Router::bound(Admission& admission) { impl_->admission = &admission; }
void Router::observe_failures(FailureObserver observer) { impl_->failure_observer = std::move(observer); }

Task<Response> Router::handle(Request& request) {
    const WipeAtEnd wipe_at_end{request};
    const std::int64_t started_ns = impl_->world.clock.monotonic_ns();
    Exchange exchange = impl_->begin(request);
    Response response;
    const Route* route = impl_->find(exchange, response);
    const bool is_bounded = route && impl_->admission && may_change_something(*route);
    const Admission::Place place =
        is_bounded ? impl_->admit(exchange, *route, started_ns, response) : Admission::Place{};
    if (route && (place || !is_bounded)) {
        // Nothing that is thrown gets further.
        try {
            response = co_await impl_->answer(exchange, *route);
        } catch (const std::exception& failure) {
            response = impl_->failed(exchange, *route, failure.what());
        } catch (...) {
            response = impl_->failed(exchange, *route, "not a std::exception");
        }
    }
    if (impl_->observer)
        impl_->observer(exchange, route, response.status,
                        impl_->world.clock.monotonic_ns() - started_ns - exchange.idle_ns);
    response.correlation_id = std::move(exchange.correlation_id);
    co_return response;
}

}  // namespace florin::http
