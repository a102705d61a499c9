#include <gtest/gtest.h>

#include <set>

#include "florin/http/router.hpp"
#include "florin/runtime/simulation.hpp"

namespace florin::http {

struct DocumentedCard {
    std::string number;
    std::optional<std::string> name;
};
struct DocumentedBody {
    json::Decimal amount;
    std::optional<DocumentedCard> card;
    json::Object metadata;
};
struct DocumentedAnswer {
    std::string transaction_id;
    std::vector<DocumentedCard> cards;
};

}  // namespace florin::http

namespace florin::json {
template <>
struct Described<http::DocumentedCard> {
    using Body = http::DocumentedCard;
    static constexpr std::string_view name = "Card";
    static constexpr auto fields =
        std::tuple{Field{"number", &Body::number, "The number.", "\"4111111111111111\"", 12, 19},
                   Field{"name", &Body::name, "As on the card.", "\"Ada Lovelace\""}};
};
template <>
struct Described<http::DocumentedBody> {
    using Body = http::DocumentedBody;
    static constexpr std::string_view name = "PurchaseRequest";
    static constexpr auto fields =
        std::tuple{Field{"amount", &Body::amount, "Major units.", "12.50"}, Field{"card", &Body::card, "The card."},
                   Field{"metadata", &Body::metadata, "Yours.", R"({"order":"17"})"}};
};
template <>
struct Described<http::DocumentedAnswer> {
    using Body = http::DocumentedAnswer;
    static constexpr std::string_view name = "Transaction";
    static constexpr auto fields = std::tuple{Field{"transaction_id", &Body::transaction_id, "Its id.", "\"t\""},
                                              Field{"cards", &Body::cards, "The cards."}};
};
}  // namespace florin::json

namespace florin::http {
namespace {

class AdmitAll final : public Gatekeeper {
public:
    Task<Result<Principal>> admit(const Request&, const Route&) override { co_return Principal{}; }
};

Task<Response> nothing(Exchange&) { co_return reply(200, "{}"); }

class OpenApi : public testing::Test {
protected:
    OpenApi() {
        router.add(
            {.method = "POST",
             .path = "/api/v1/payments/purchase",
             .operation_id = "purchase",
             .tag = "Payments",
             .summary = "Take a payment.",
             .scope = "payments:write",
             .handler = nothing,
             .body_schema = "PurchaseRequest",
             .parameters = {{.name = "Idempotency-Key", .in = "header", .doc = "Makes repeating safe."}},
             .answers = {{201, "Taken.", "Transaction"}, {202, "Not yet known.", "Transaction"}, {402, "Declined."}}});
        router.add({.method = "GET",
                    .path = "/api/v1/payments/{id}",
                    .operation_id = "getPayment",
                    .tag = "Payments",
                    .summary = "One payment.",
                    .scope = "payments:read",
                    .handler = nothing,
                    .answers = {{200, "It.", "Transaction"}}});
        router.add({.method = "GET",
                    .path = "/api/v1/health",
                    .operation_id = "health",
                    .tag = "Operations",
                    .summary = "Whether we are well.",
                    .scope = {},
                    .handler = nothing});
        std::vector<json::Schema> schemas;
        json::append_schemas<DocumentedBody>(schemas);
        json::append_schemas<DocumentedAnswer>(schemas);
        router.add_schemas(std::move(schemas));
        router.describe_tag("Payments", "Money coming in.");
        router.add(document_routes(router));
    }
    Response get(std::string path) {
        Request request{.method = "GET", .path = std::move(path), .query = {}, .headers = {}, .body = {}, .peer = {}};
        return scheduler.await(router.handle(request));
    }
    static const json::Value& at(const json::Value& value, std::initializer_list<std::string_view> path) {
        static const json::Value none;
        const json::Value* here = &value;
        for (const std::string_view step : path)
            if (here) here = here->find(step);
        return here ? *here : none;
    }

    SimClock clock;
    SimRandom random{1};
    SimScheduler scheduler{clock};
    AdmitAll gate;
    Router router{World{clock, random}, gate};
};

TEST_F(OpenApi, every_route_is_an_operation_and_nothing_else_is) {  // F151
    const auto document = json::parse(openapi(router, "/"));
    ASSERT_TRUE(document);
    std::set<std::string> described;
    for (const auto& [path, methods] : at(*document, {"paths"}).members())
        for (const auto& [method, operation] : methods.members()) described.insert(method + " " + path);
    std::set<std::string> served;
    for (const Route& route : router.routes()) {
        std::string method{route.method};
        for (char& c : method) c = static_cast<char>(std::tolower(c));
        served.insert(method + " " + std::string{route.path});
    }
    EXPECT_EQ(described, served);
    EXPECT_EQ(described.size(), 7);
}

TEST_F(OpenApi, an_operation_says_all_that_its_route_knows) {
    const auto document = json::parse(openapi(router, "https://pay.example"));
    ASSERT_TRUE(document);
    EXPECT_EQ(at(*document, {"openapi"}).text(), "3.1.0");
    EXPECT_EQ(json::to_text(at(*document, {"servers"})), R"([{"url":"https://pay.example"}])");
    EXPECT_EQ(
        json::to_text(at(*document, {"paths", "/api/v1/payments/purchase", "post"})),
        R"({"operationId":"purchase","tags":["Payments"],"summary":"Take a payment.","security":[{"bearerAuth":[]}],)"
        R"("x-required-scope":"payments:write",)"
        R"("parameters":[{"name":"Idempotency-Key","in":"header","description":"Makes repeating safe.","required":false,)"
        R"("schema":{"type":"string"}}],)"
        R"("requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/PurchaseRequest"}}}},)"
        R"("responses":{)"
        R"("201":{"description":"Taken.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Transaction"}}}},)"
        R"("202":{"description":"Not yet known.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Transaction"}}}},)"
        R"("402":{"description":"Declined.","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},)"
        R"("4XX":{"$ref":"#/components/responses/Problem"},"5XX":{"$ref":"#/components/responses/Problem"}}})");
    const auto& one = at(*document, {"paths", "/api/v1/payments/{id}", "get"});
    EXPECT_EQ(json::to_text(at(one, {"parameters"})),
              R"([{"name":"id","in":"path","required":true,"schema":{"type":"string"}}])");
    const auto& health = at(*document, {"paths", "/api/v1/health", "get"});
    EXPECT_EQ(json::to_text(at(health, {"security"})), "[]");
    EXPECT_EQ(at(health, {"responses", "200", "description"}).text(), "Done.");
}

TEST_F(OpenApi, every_reference_leads_somewhere) {
    const auto document = json::parse(openapi(router, "/"));
    ASSERT_TRUE(document);
    std::vector<const json::Value*> open{&*document};
    std::size_t references = 0;
    while (!open.empty()) {
        const json::Value& value = *open.back();
        open.pop_back();
        for (const json::Value& item : value.items()) open.push_back(&item);
        for (const auto& [name, member] : value.members()) {
            open.push_back(&member);
            if (name != "$ref") continue;
            ++references;
            const json::Value* target = &*document;
            std::string_view path = member.text().substr(2);
            while (target && !path.empty()) {
                const std::string_view step = path.substr(0, path.find('/'));
                path.remove_prefix(std::min(path.size(), step.size() + 1));
                target = target->find(step);
            }
            EXPECT_TRUE(target) << member.text();
        }
    }
    EXPECT_GT(references, 10);
}

TEST_F(OpenApi, the_document_and_its_page_are_served_without_anything_from_elsewhere) {
    const Response document = get("/openapi.json");
    EXPECT_EQ(document.status, 200);
    EXPECT_EQ(document.body, openapi(router, "/"));
    for (const std::string path : {"/docs", "/docs/docs.js", "/docs/docs.css"}) {
        const Response response = get(path);
        EXPECT_EQ(response.status, 200) << path;
        for (const std::string_view elsewhere : {"http://", "https://", "//cdn"})
            EXPECT_EQ(response.body.find(elsewhere), std::string::npos) << path;
    }
    const Response page = get("/docs");
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    // Neither inline script nor inline style, so the policy needs no exception.
    EXPECT_EQ(page.body.find("<script>"), std::string::npos);
    EXPECT_EQ(page.body.find("style="), std::string::npos);
    EXPECT_EQ(page.body.find("<style"), std::string::npos);
}

TEST_F(OpenApi, two_schemas_of_one_name_are_a_fault_of_ours) {
    router.add_schemas({{"Same", "{}"}});
    router.add_schemas({{"Same", "{}"}});
    EXPECT_DEATH(router.add_schemas({{"Same", "true"}}), "");
    EXPECT_DEATH(router.add({.method = "GET",
                             .path = "/api/v1/payments/{other}",
                             .operation_id = "x",
                             .tag = "x",
                             .summary = "x",
                             .scope = {},
                             .handler = nothing}),
                 "");
}

}  // namespace
}  // namespace florin::http
