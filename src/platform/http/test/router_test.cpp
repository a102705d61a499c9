#include "florin/http/router.hpp"

#include <gtest/gtest.h>

#include "florin/runtime/simulation.hpp"
#include "response_writer.hpp"

namespace florin::http {
namespace {

/// Lets everybody in as `tester`, or refuses with `refusal`.
class Gate final : public Gatekeeper {
public:
    std::optional<Error> refusal;
    int asked = 0;
    Task<Result<Principal>> admit(const Request&, const Route&) override {
        ++asked;
        if (refusal) co_return fail(*refusal);
        co_return Principal{.merchant = {7}, .merchant_name = "m", .actor = "tester", .scopes = {"payments:read"}};
    }
};

Response text(std::string body) { return reply(200, std::move(body)); }

Route route(std::string_view method, std::string_view path, RouteHandler handler) {
    return {.method = method,
            .path = path,
            .operation_id = path,
            .tag = "Tests",
            .summary = "A test.",
            .scope = {},
            .handler = std::move(handler)};
}

/// Answers with `name` and the path's values.
RouteHandler saying(std::string name) {
    return [name](Exchange& exchange) -> Task<Response> {
        std::string body = name;
        for (const auto& [key, value] : exchange.path_values) body.append(" ").append(key).append("=").append(value);
        co_return text(std::move(body));
    };
}

class Routing : public testing::Test {
protected:
    Response send(Request& request) { return scheduler.await(router.handle(request)); }
    Response send(std::string method, std::string path, std::vector<Header> headers = {}) {
        Request request{.method = std::move(method),
                        .path = std::move(path),
                        .query = {},
                        .headers = std::move(headers),
                        .body = {},
                        .peer = {}};
        return send(request);
    }
    static std::string header(const Response& response, std::string_view name) {
        std::string head;
        EXPECT_TRUE(write_head(response, {}, http_date(), head));
        const std::string begin = "\r\n" + std::string{name} + ": ";
        const std::size_t at = head.find(begin);
        if (at == std::string::npos) return "(none)";
        return head.substr(at + begin.size(), head.find("\r\n", at + begin.size()) - at - begin.size());
    }
    static std::string member(const Response& response, std::string_view name) {
        const auto json = json::parse(response.body);
        const json::Value* value = json ? json->find(name) : nullptr;
        return value ? std::string{value->text()} : "(none)";
    }

    SimClock clock;
    SimRandom random{1};
    SimScheduler scheduler{clock};
    Gate gate;
    Router router{World{clock, random}, gate};
};

TEST_F(Routing, an_idempotency_key_that_is_empty_or_given_twice_is_refused) {
    router.add(route("POST", "/pay", [](Exchange&) -> Task<Response> { co_return text("paid"); }));
    EXPECT_EQ(send("POST", "/pay").body, "paid");
    EXPECT_EQ(send("POST", "/pay", {{"idempotency-key", "one"}}).body, "paid");
    for (const std::vector<Header>& keys :
         {std::vector<Header>{{"idempotency-key", ""}}, {{"idempotency-key", "one"}, {"idempotency-key", "two"}}}) {
        const Response refused = send("POST", "/pay", keys);
        EXPECT_EQ(refused.status, 422);
        EXPECT_EQ(member(refused, "code"), "invalid_idempotency_key");
        EXPECT_EQ(member(refused, "field"), "Idempotency-Key");
    }
}

TEST_F(Routing, what_a_client_calls_itself_is_fit_to_be_kept_whatever_octets_it_sends) {  // F144
    const auto saying_agent = [](Exchange& exchange) -> Task<Response> { co_return text(exchange.user_agent); };
    router.add(route("GET", "/", saying_agent));
    const std::string long_name(300, 'x');
    for (const auto& [sent, kept] : std::initializer_list<std::pair<std::string, std::string>>{
             {"curl/8.0", "curl/8.0"},
             {"caf\xC3\xA9", "caf\xC3\xA9"},
             {"a\xFF"
              "b",
              "a\xEF\xBF\xBD"
              "b"},
             {"cut \xC3", "cut \xEF\xBF\xBD"},
             {"two\tcolumns", "two columns"},
             {long_name, long_name.substr(0, 199) + "\xE2\x80\xA6"}})
        EXPECT_EQ(send("GET", "/", {{"user-agent", sent}}).body, kept);
}

TEST_F(Routing, a_path_leads_to_its_route_and_a_literal_goes_before_a_value) {
    router.add(route("POST", "/payments/purchase", saying("purchase")));
    router.add(route("GET", "/payments/{id}", saying("one")));
    router.add(route("GET", "/payments", saying("all")));
    router.add(route("GET", "/users/{user}/orders/{order}", saying("order")));
    router.add(route("GET", "/users/{user}/orders/open", saying("open")));
    router.add(route("GET", "/users/me/settings", saying("settings")));
    router.add(route("GET", "/", saying("root")));
    const std::pair<std::string, std::string> cases[] = {
        {"/payments", "all"},
        {"/payments/17", "one id=17"},
        {"/users/a/orders/b", "order user=a order=b"},
        {"/users/a/orders/open", "open user=a"},
        {"/users/me/orders/b", "order user=me order=b"},  // A literal that leads nowhere is left again.
        {"/users/me/settings", "settings"},
        {"/", "root"},
    };
    for (const auto& [path, body] : cases) EXPECT_EQ(send("GET", path).body, body) << path;
    EXPECT_EQ(send("POST", "/payments/purchase").body, "purchase");
}

TEST_F(Routing, what_no_route_serves_is_not_found_and_asks_nobody) {
    router.add(route("GET", "/payments/{id}", saying("one")));
    for (const std::string path :
         {"/", "/payments", "/payments/", "/payments/1/", "/payments/1/x", "//payments/1", "/Payments/1", "", "*"}) {
        const Response response = send("GET", path);
        EXPECT_EQ(response.status, 404) << path;
        EXPECT_EQ(member(response, "code"), "not_found") << path;
    }
    EXPECT_EQ(gate.asked, 0);
}

TEST_F(Routing, another_method_is_refused_and_told_which_would_do) {
    router.add(route("GET", "/payments/{id}", saying("one")));
    router.add(route("POST", "/payments/purchase", saying("purchase")));
    // Also where an id could stand in a literal's place: `purchase` is no payment.
    for (const std::string method : {"DELETE", "GET", "HEAD"}) {
        const Response response = send(method, "/payments/purchase");
        EXPECT_EQ(response.status, 405) << method;
        EXPECT_EQ(member(response, "code"), "method_not_allowed") << method;
        EXPECT_EQ(header(response, "Allow"), "POST") << method;
    }
    EXPECT_EQ(header(send("POST", "/payments/1"), "Allow"), "GET, HEAD");
}

TEST_F(Routing, head_is_answered_as_get) {
    router.add(route("GET", "/payments/{id}", saying("one")));
    router.add(route("POST", "/payments", saying("made")));
    EXPECT_EQ(send("HEAD", "/payments/17").body, "one id=17");
    EXPECT_EQ(send("HEAD", "/payments").status, 405);
}

TEST_F(Routing, every_answer_has_a_correlation_id_and_a_good_one_is_kept) {
    router.add(
        route("GET", "/id", [](Exchange& exchange) -> Task<Response> { co_return text(exchange.correlation_id); }));
    EXPECT_EQ(send("GET", "/id", {{"x-correlation-id", "Order-1_a.b"}}).body, "Order-1_a.b");
    EXPECT_EQ(header(send("GET", "/none", {{"x-correlation-id", "abc"}}), "X-Correlation-Id"), "abc");
    EXPECT_EQ(member(send("GET", "/none", {{"x-correlation-id", "abc"}}), "correlation_id"), "abc");
    for (const std::string& bad :
         {std::string{}, std::string(65, 'a'), std::string{"a b"}, std::string{"a\r\nb"}, std::string{"é"}}) {
        const Response response = send("GET", "/id", {{"x-correlation-id", bad}});
        EXPECT_TRUE(parse_uuid(response.body)) << bad;
        EXPECT_EQ(header(response, "X-Correlation-Id"), response.body);
    }
    EXPECT_NE(send("GET", "/id").body, send("GET", "/id").body);
}

TEST_F(Routing, a_valid_traceparent_is_carried_and_another_is_replaced) {
    router.add(
        route("GET", "/trace", [](Exchange& exchange) -> Task<Response> { co_return text(exchange.traceparent); }));
    const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    EXPECT_EQ(send("GET", "/trace", {{"traceparent", good}}).body, good);
    EXPECT_EQ(send("GET", "/trace", {{"traceparent", "cc" + good.substr(2) + "-more"}}).body,
              "cc" + good.substr(2) + "-more");
    const std::string bad_ones[] = {
        "",
        good + "-more",
        "ff" + good.substr(2),
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        good.substr(1),
    };
    for (const std::string& bad : bad_ones) {
        const std::string made = send("GET", "/trace", {{"traceparent", bad}}).body;
        EXPECT_NE(made, bad);
        EXPECT_EQ(send("GET", "/trace", {{"traceparent", made}}).body, made) << "what is made is valid";
    }
}

TEST_F(Routing, who_is_not_admitted_gets_a_problem_and_no_handler_runs) {
    router.add(route("GET", "/x", saying("x")));
    struct Case {
        ErrorKind kind;
        int status;
        std::string name;
        std::string value;
    };
    const Case cases[] = {{ErrorKind::unauthenticated, 401, "WWW-Authenticate", "Bearer"},
                          {ErrorKind::forbidden, 403, "Retry-After", "(none)"},
                          {ErrorKind::rate_limited, 429, "Retry-After", "1"}};
    for (const auto& [kind, status, name, value] : cases) {
        gate.refusal = Error{kind, "some_code", "Some words.", {}};
        const Response response = send("GET", "/x");
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(response.content_type, "application/problem+json");
        EXPECT_EQ(member(response, "code"), "some_code");
        EXPECT_EQ(header(response, name), value);
    }
}

TEST_F(Routing, a_handler_knows_who_asks_and_when) {
    router.add(route("GET", "/x", [this](Exchange& exchange) -> Task<Response> {
        EXPECT_EQ(exchange.received_at, clock.now());
        EXPECT_TRUE(exchange.principal.may("payments:read"));
        EXPECT_FALSE(exchange.principal.may("payments"));
        co_return text(exchange.principal.actor);
    }));
    EXPECT_EQ(send("GET", "/x").body, "tester");
}

TEST_F(Routing, a_route_may_say_no_in_its_own_words) {
    Route own = route("GET", "/x", [](Exchange&) -> Task<Response> { co_return text("fine"); });
    own.refuse = [](const Error& error, std::string_view correlation_id) {
        Response response = problem(error, correlation_id);
        response.body = "no: " + error.code;
        return response;
    };
    router.add(std::move(own));
    gate.refusal = Error{ErrorKind::forbidden, "some_code", "Some words.", {}};
    const Response refused = send("GET", "/x");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.body, "no: some_code");
}

TEST(Principal, may_do_what_its_scopes_name_and_a_star_names_all) {
    Principal principal;
    EXPECT_FALSE(principal.may("payments:write"));
    principal.scopes = {"payments:read"};
    EXPECT_TRUE(principal.may("payments:read"));
    EXPECT_FALSE(principal.may("payments:write"));
    principal.scopes = {"*"};
    EXPECT_TRUE(principal.may("payments:write"));
}

TEST_F(Routing, what_a_handler_throws_is_told_to_us_alone) {  // F149
    router.add(route("GET", "/x", [](Exchange&) -> Task<Response> {
        throw std::runtime_error{"password is hunter2"};
        co_return Response{};
    }));
    router.add(route("GET", "/y", [](Exchange&) -> Task<Response> {
        throw 7;
        co_return Response{};
    }));
    std::string told;
    router.observe_failures([&](const Exchange&, const Route&, std::string_view what) { told = what; });
    const Response response = send("GET", "/x");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(member(response, "code"), "internal_error");
    EXPECT_EQ(member(response, "correlation_id"), header(response, "X-Correlation-Id"));
    EXPECT_EQ(response.body.find("hunter2"), std::string::npos);
    EXPECT_EQ(told, "password is hunter2");
    EXPECT_EQ(send("GET", "/y").status, 500);
}

TEST_F(Routing, a_body_is_wiped_however_its_request_ends) {  // F145, F152
    router.add(route("POST", "/x", saying("x")));
    router.add(route("POST", "/waits", [](Exchange&) -> Task<Response> {
        co_await sleep_for(Millis{1'000});
        co_return Response{};
    }));
    const std::string card(64, '4');
    for (const std::string path : {"/x", "/none"}) {
        Request request{.method = "POST", .path = path, .query = {}, .headers = {}, .body = card, .peer = {}};
        const char* storage = request.body.data();
        send(request);
        EXPECT_TRUE(request.body.empty());
        EXPECT_EQ(std::string_view(storage, card.size()).find('4'), std::string_view::npos) << path;
    }
    Request request{.method = "POST", .path = "/waits", .query = {}, .headers = {}, .body = card, .peer = {}};
    const auto drop = [](Task<Response> task) -> Task<void> { co_await task; };
    scheduler.spawn(drop(router.handle(request)));
    scheduler.run(Millis{1});
    EXPECT_EQ(request.body, card);
    scheduler.crash();
    EXPECT_TRUE(request.body.empty());
}

TEST_F(Routing, every_answer_carries_the_security_headers_unless_its_handler_sets_them) {
    router.add(route("GET", "/x", saying("x")));
    router.add(route("GET", "/page", [](Exchange&) -> Task<Response> {
        Response response = text("page");
        response.headers = {{"cache-control", "max-age=60"}, {"Content-Security-Policy", "default-src 'self'"}};
        co_return response;
    }));
    for (const std::string path : {"/x", "/none"}) {
        const Response response = send("GET", path);
        EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(header(response, "Cache-Control"), "no-store");
        EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
        EXPECT_EQ(header(response, "X-Frame-Options"), "DENY");
        EXPECT_EQ(header(response, "Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
    }
    const Response page = send("GET", "/page");
    EXPECT_EQ(header(page, "cache-control"), "max-age=60");
    EXPECT_EQ(header(page, "Cache-Control"), "(none)");
    EXPECT_EQ(header(page, "Content-Security-Policy"), "default-src 'self'");
    EXPECT_EQ(header(page, "X-Frame-Options"), "DENY");
}

TEST_F(Routing, the_observer_sees_every_answer_with_its_route_status_and_time) {
    router.add(route("GET", "/waits", [](Exchange&) -> Task<Response> {
        co_await sleep_for(Millis{20});
        co_return reply(201, "{}");
    }));
    std::vector<std::string> seen;
    router.observe([&](const Exchange& exchange, const Route* served, int status, std::int64_t duration_ns) {
        seen.push_back(exchange.request.path + " " + std::string{served ? served->path : "-"} + " " +
                       std::to_string(status) + " " + std::to_string(duration_ns));
    });
    send("GET", "/waits");
    send("GET", "/none");
    EXPECT_EQ(seen, (std::vector<std::string>{"/waits /waits 201 20000000", "/none - 404 0"}));
}

TEST_F(Routing, a_query_that_cannot_be_read_is_refused_before_the_handler) {
    Route reads_query = route("GET", "/x", [](Exchange& exchange) -> Task<Response> {
        std::string all;
        for (const auto& [name, value] : exchange.request.parameters())
            all.append(name).append("=").append(value).append(";");
        co_return text(all);
    });
    for (const std::string_view name : {"a", "b", "c", "name"})
        reads_query.parameters.push_back({.name = name, .in = "query", .doc = "One of them."});
    router.add(std::move(reads_query));
    const auto ask = [&](std::string query) {
        Request request{
            .method = "GET", .path = "/x", .query = std::move(query), .headers = {}, .body = {}, .peer = {}};
        return send(request);
    };
    const std::pair<std::string, std::string> good[] = {
        {"", ""},
        {"a=1&b=2&c=3", "a=1;b=2;c=3;"},
        {"a=x+y%20z%2B", "a=x y z+;"},
        {"a&&b=", "a=;b=;"},
        {"a=b=c", "a=b=c;"},
        {"n%61me=%C3%a9", "name=é;"},
    };
    for (const auto& [query, all] : good) EXPECT_EQ(ask(query).body, all) << query;
    for (const std::string query : {"a=%", "a=%4", "a=%zz", "a=%00", "a=%0d%0aX", "a=%ff", "a=%c0%af", "a=%ed%a0%80",
                                    "%=1", "a=1&b=%f5%80%80%80"}) {
        const Response response = ask(query);
        EXPECT_EQ(response.status, 400) << query;
        EXPECT_EQ(member(response, "code"), "malformed_query") << query;
    }
    // What the route does not describe, or could be read in two ways, is refused by name.
    const std::tuple<std::string, std::string, std::string> unfit[] = {{"d=1", "unknown_parameter", "d"},
                                                                       {"a=1&=c", "unknown_parameter", ""},
                                                                       {"a=1&b=2&a=1", "invalid_parameter", "a"}};
    for (const auto& [query, code, field] : unfit) {
        const Response response = ask(query);
        EXPECT_EQ(response.status, 422) << query;
        EXPECT_EQ(member(response, "code"), code) << query;
        if (!field.empty()) {
            EXPECT_EQ(member(response, "field"), field) << query;
        }
    }
    Request request{
        .method = "GET", .path = "/x", .query = "a=1&b=%20&a=2", .headers = {{"accept", "x"}}, .body = {}, .peer = {}};
    EXPECT_EQ(request.parameter("a"), "1");
    EXPECT_EQ(request.parameter("b"), " ");
    EXPECT_EQ(request.parameter("c"), std::nullopt);
    EXPECT_EQ(request.header("accept"), "x");
    EXPECT_EQ(request.header("host"), "");
}

TEST(Problem, the_status_says_what_the_caller_can_do) {
    const std::tuple<ErrorKind, std::string, int> cases[] = {
        {ErrorKind::invalid, "missing_field", 422},    {ErrorKind::invalid, "malformed_json", 400},
        {ErrorKind::invalid, "json_too_deep", 400},    {ErrorKind::invalid, "duplicate_field", 400},
        {ErrorKind::unauthenticated, "no_key", 401},   {ErrorKind::forbidden, "scope_missing", 403},
        {ErrorKind::not_found, "not_found", 404},      {ErrorKind::conflict, "already_captured", 409},
        {ErrorKind::mismatch, "key_reused", 422},      {ErrorKind::declined, "card_declined", 402},
        {ErrorKind::rate_limited, "too_many", 429},    {ErrorKind::too_large, "json_too_large", 413},
        {ErrorKind::unavailable, "store_failed", 503}, {ErrorKind::outcome_unknown, "no_answer", 202},
    };
    for (const auto& [kind, code, status] : cases) {
        const Response response = problem({kind, code, "Words.", {}}, "id");
        EXPECT_EQ(response.status, status) << code;
        EXPECT_EQ(json::parse(response.body)->find("status")->integer(), status);
    }
}

TEST(Problem, the_document_names_code_field_and_correlation_id) {
    EXPECT_EQ(
        problem({ErrorKind::invalid, "too_long", "At most 3 bytes are allowed.", "card.name"}, "abc").body,
        R"({"type":"/problems/too_long","title":"Invalid request","status":422,)"
        R"("detail":"At most 3 bytes are allowed.","code":"too_long","field":"card.name","correlation_id":"abc"})");
    EXPECT_EQ(problem({ErrorKind::not_found, "not_found", "No.", {}}, "abc").body.find("field"), std::string::npos);
}

}  // namespace
}  // namespace florin::http
