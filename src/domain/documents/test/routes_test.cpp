// The routes, from request to answer.

#include "florin/documents/routes.hpp"
#include "documents_world.hpp"
#include "florin/json/value.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"

namespace florin::documents::test {
namespace {

/// Lets in whoever asks: with a scope as the shop, without one as nobody.
class OpenGate final : public http::Gatekeeper {
public:
    Task<Result<http::Principal>> admit(const http::Request&, const http::Route& route) override {
        if (route.scope.empty()) co_return http::Principal{.merchant = {}, .actor = "anonymous"};
        asked_scope = route.scope;
        co_return http::Principal{.merchant = merchant, .actor = "key:7"};
    }
    MerchantId merchant = shop;
    std::string asked_scope;
};

struct RoutesWorld : DocumentsWorld {
    OpenGate gate;
    http::Router router{world, gate};
    std::vector<std::string> reads;

    RoutesWorld() {
        router.add(routes({.documents = documents,
                           .note_read = [this](const http::Exchange& exchange, std::string_view type, std::string id) {
                               reads.push_back(std::to_string(exchange.principal.merchant.value) + " " +
                                               exchange.principal.actor + " " + std::string{type} + " " + id);
                           }}));
        router.add_schemas(schemas());
    }
    http::Response ask(std::string method, std::string path, std::string query = {}, std::string body = {}) {
        http::Request request{.method = std::move(method),
                              .path = std::move(path),
                              .query = std::move(query),
                              .headers = {{"user-agent", "Shop/1.0"}},
                              .body = std::move(body),
                              .peer = "192.0.2.9"};
        return scheduler.await(router.handle(request));
    }
    json::Value get(const std::string& path, std::string query = {}, int status = 200) {
        const http::Response response = ask("GET", path, std::move(query));
        EXPECT_EQ(response.status, status) << response.body;
        return std::move(*json::parse(response.body));
    }
};

std::string header(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return {};
}

std::string text_at(const json::Value& value, std::string_view name) {
    const json::Value* const found = value.find(name);
    return found == nullptr ? "(absent)" : std::string{found->text()};
}

TEST(DocumentRoutes, a_document_is_read_whole_and_as_pdf_and_each_read_noted) {  // A-FR-14, D-PC-09
    RoutesWorld world;
    const Document document = world.issue(receipt("a"));
    const std::string path = "/api/v1/documents/" + document.id.text();
    const json::Value json = world.get(path);
    EXPECT_EQ(world.gate.asked_scope, "documents:read");
    EXPECT_EQ(text_at(json, "number"), "RCT-000001");
    EXPECT_EQ(text_at(json, "kind"), "receipt");
    EXPECT_EQ(text_at(json, "total"), "100.00");
    EXPECT_EQ(text_at(json, "currency"), "EUR");
    EXPECT_EQ(text_at(json, "issued_on"), "2026-11-20");
    EXPECT_EQ(text_at(json, "name"), "Ada Lovelace");
    EXPECT_EQ(text_at(json, "payment"), "Visa ending in 1111");
    EXPECT_EQ(text_at(json.find("lines")->items()[0], "amount"), "100.00");

    const http::Response pdf = world.ask("GET", path + "/pdf");
    EXPECT_EQ(pdf.status, 200);
    EXPECT_EQ(pdf.content_type, "application/pdf");
    EXPECT_EQ(header(pdf, "Content-Disposition"), "inline; filename=\"RCT-000001.pdf\"");
    EXPECT_EQ(header(pdf, "Cache-Control"), "private, no-store");
    EXPECT_FALSE(pdf.correlation_id.empty()) << "without it nosniff and its like would not be sent";
    EXPECT_EQ(pdf.body, *world.pdf(document));
    const std::string read = "1 key:7 document " + document.id.text();
    EXPECT_EQ(world.reads, (std::vector<std::string>{read, read}));

    world.gate.merchant = other_shop;
    EXPECT_EQ(text_at(world.get(path, {}, 404), "code"), "document_not_found");
    EXPECT_EQ(world.ask("GET", path + "/pdf").status, 404);
    EXPECT_EQ(world.reads.size(), 2u);
}

TEST(DocumentRoutes, the_link_of_an_answer_leads_to_the_pdf_without_a_key) {  // A-FR-14, F136
    RoutesWorld world;
    const Document document = world.issue(receipt("a"));
    const std::string url = text_at(world.get("/api/v1/documents/" + document.id.text()), "pdf_url");
    const std::string begin = "https://pay.example.com";
    ASSERT_TRUE(url.starts_with(begin)) << url;
    const std::size_t question = url.find('?');
    const std::string path = url.substr(begin.size(), question - begin.size()), query = url.substr(question + 1);
    const http::Response pdf = world.ask("GET", path, query);
    EXPECT_EQ(pdf.status, 200);
    EXPECT_EQ(pdf.body, *world.pdf(document));
    EXPECT_EQ(world.reads.back(), "1 link document " + document.id.text());

    EXPECT_EQ(world.ask("GET", path, query.substr(0, query.size() - 1)).status, 404);
    EXPECT_EQ(world.ask("GET", path).status, 404);
    world.clock.advance(Millis{24 * 3'600'000});
    const http::Response expired = world.ask("GET", path, query);
    EXPECT_EQ(expired.status, 403);
    EXPECT_NE(expired.body.find("link_expired"), std::string::npos);
}

TEST(DocumentRoutes, an_agreement_is_accepted_by_the_merchant_for_its_customer) {  // A-FR-22
    RoutesWorld world;
    const Document document = world.issue(agreement("plan:1"));
    const std::string path = "/api/v1/documents/" + document.id.text();
    const std::string pdf = world.ask("GET", path + "/pdf").body;
    const std::string digest = security::to_hex(security::sha256(pdf));
    EXPECT_EQ(world.get(path).find("acceptance"), nullptr);

    const std::string body = R"({"name":"Ada Lovelace","ip_address":"203.0.113.7","user_agent":"Browser"})";
    const http::Response first = world.ask("POST", path + "/acceptance", {}, body);
    EXPECT_EQ(first.status, 200) << first.body;
    EXPECT_EQ(world.gate.asked_scope, "documents:write");
    const json::Value accepted = std::move(*json::parse(first.body));
    EXPECT_EQ(text_at(accepted, "pdf_sha256"), digest);
    EXPECT_EQ(text_at(accepted, "ip_address"), "203.0.113.7");
    world.clock.advance(Millis{5'000});
    EXPECT_EQ(world.ask("POST", path + "/acceptance", {}, body).body, first.body);
    EXPECT_EQ(world.ask("POST", path + "/acceptance", {}, R"({"name":"Eve"})").status, 409);
    EXPECT_EQ(world.ask("POST", path + "/acceptance", {}, R"({"name":""})").status, 422);
    EXPECT_EQ(world.ask("POST", path + "/acceptance", {}, "{}").status, 422);

    const json::Value json = world.get(path);
    EXPECT_EQ(text_at(*json.find("acceptance"), "name"), "Ada Lovelace");
    EXPECT_EQ(json.find("schedule")->items().size(), 12u);
    EXPECT_EQ(text_at(json.find("schedule")->items()[11], "due_date"), "2027-12-01");
    EXPECT_EQ(security::to_hex(security::sha256(world.ask("GET", path + "/pdf").body)), digest);

    // Without them, what the request itself comes with is kept.
    const Document other = world.issue(agreement("plan:2"));
    const http::Response plain =
        world.ask("POST", "/api/v1/documents/" + other.id.text() + "/acceptance", {}, R"({"name":"Ada"})");
    EXPECT_NE(plain.body.find("\"192.0.2.9\""), std::string::npos);
    EXPECT_NE(plain.body.find("\"Shop/1.0\""), std::string::npos);
}

TEST(DocumentRoutes, a_list_has_pages) {
    RoutesWorld world;
    for (const char* cause : {"a", "b", "c"}) {
        world.issue(receipt(cause));
        world.clock.advance(Millis{1});
    }
    const json::Value first = world.get("/api/v1/documents", "limit=2");
    ASSERT_EQ(first.find("data")->items().size(), 2u);
    EXPECT_EQ(text_at(first.find("data")->items()[0], "number"), "RCT-000003");
    EXPECT_TRUE(first.find("has_more")->as_boolean());
    const json::Value second = world.get("/api/v1/documents", "limit=2&cursor=" + text_at(first, "next_cursor"));
    ASSERT_EQ(second.find("data")->items().size(), 1u);
    EXPECT_EQ(text_at(second.find("data")->items()[0], "number"), "RCT-000001");
    EXPECT_FALSE(second.find("has_more")->as_boolean());
    EXPECT_EQ(world.get("/api/v1/documents", "kind=invoice").find("data")->items().size(), 0u);
}

TEST(DocumentRoutes, an_erased_person_is_in_no_answer) {  // X-25
    RoutesWorld world;
    const Document document = world.issue(agreement("a"));
    ASSERT_TRUE(world.accept(document));
    world.forget("c-1");
    const std::string body = world.ask("GET", "/api/v1/documents/" + document.id.text()).body;
    for (const std::string_view secret : {"Ada", "St James", "203.0.113.7", "Browser"})
        EXPECT_EQ(body.find(secret), std::string::npos) << body;
    EXPECT_NE(body.find("accepted_at"), std::string::npos);
}

}  // namespace
}  // namespace florin::documents::test
