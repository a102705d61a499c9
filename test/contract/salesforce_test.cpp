// The Salesforce connector against the stand-in: by both ways to log in, and with each answer lost. The two share
// nothing but the wire.

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/salesforce/salesforce.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "line.hpp"

namespace florin {
namespace {

using cases::Crm;

/// A new pair of RSA keys, as PEM.
struct Pair {
    std::string private_key, public_key;
    Pair() {
        EVP_PKEY* const key = EVP_RSA_gen(2048);
        BIO* const secret = BIO_new(BIO_s_mem());
        BIO* const open = BIO_new(BIO_s_mem());
        PEM_write_bio_PrivateKey(secret, key, nullptr, nullptr, 0, nullptr, nullptr);
        PEM_write_bio_PUBKEY(open, key);
        char* text = nullptr;
        long size = BIO_get_mem_data(secret, &text);  // NOLINT(google-runtime-int): OpenSSL's type.
        private_key.assign(text, static_cast<std::size_t>(size));
        size = BIO_get_mem_data(open, &text);
        public_key.assign(text, static_cast<std::size_t>(size));
        BIO_free(secret);
        BIO_free(open);
        EVP_PKEY_free(key);
    }
};

struct SalesforceBench {
    SalesforceBench() {
        salesforce::Settings settings;
        settings.client_secret.assign(org.client_secret);
        connect(std::move(settings));
        one.id = world.new_id<cases::CaseTag>();
        one.reason = "payment_failed";
        one.customer_id = "c-7";
        one.owner_kind = "payment_terms";
        one.amount = *Money::of(1'250, *Currency::of("EUR"));
        one.mirror.wanted = 1;
    }
    void connect(salesforce::Settings settings) {
        settings.login_url = "http://sandbox.test";
        settings.client_id = org.client_id;
        crm = salesforce::make_salesforce(std::move(settings), world, [this]() -> http::Client& { return line; });
    }
    Crm::Mirrored mirror(bool may_be_there = false) {
        const cases::Reflection reflection{
            .one = one, .contact = {.email = "ada@example.com", .name = "Ada"}, .may_be_there = may_be_there};
        return scheduler.await(crm->mirror(reflection));
    }
    /// As a person at Salesforce does it.
    std::string ask(std::string method, std::string target, std::string body = {}) {
        if (token.empty()) {
            const http::Request login{.method = "POST",
                                      .path = "/services/oauth2/token",
                                      .query = {},
                                      .headers = {{"host", "sandbox.test"}},
                                      .body = "grant_type=client_credentials&client_id=" + org.client_id +
                                              "&client_secret=" + org.client_secret,
                                      .peer = {}};
            token = json::parse(sandbox->serve(login).response.body)->find("access_token")->text();
        }
        http::Request request{.method = std::move(method),
                              .path = "/services/data/v62.0/" + target.substr(0, target.find('?')),
                              .query = target.find('?') == std::string::npos ? "" : target.substr(target.find('?') + 1),
                              .headers = {{"authorization", "Bearer " + token}},
                              .body = std::move(body),
                              .peer = {}};
        return sandbox->serve(request).response.body;
    }
    std::string record(std::string_view name) {
        const auto value = json::parse(ask("GET", "sobjects/Case/FlorinCase__c/" + one.id.text()));
        const json::Value* const found = value ? value->find(name) : nullptr;
        return found == nullptr ? "" : std::string{found->text()};
    }
    std::int64_t records() {
        return *json::parse(ask("GET", "query?q=SELECT+COUNT()+FROM+Case"))->find("totalSize")->integer();
    }
    void fault(std::string_view type, std::string_view kind, int status = 503) {
        std::string script;
        json::Writer json{script};
        json.open('{').key("rules").open('[').open('{').key("match").open('{').field("provider", "salesforce");
        json.field("transactionType", type).close('}').key("action").open('{').field("kind", kind);
        if (kind == "error_before") json.field("status", status);
        json.close('}').field("count", 1).close('}').close(']').close('}');
        ASSERT_TRUE(sandbox->set_faults(script)) << script;
    }

    SimClock clock;
    SimRandom random{11};
    SimScheduler scheduler{clock};
    World world{clock, random};
    sandbox::SalesforceOrg org;
    std::unique_ptr<sandbox::Sandbox> sandbox = std::move(*sandbox::Sandbox::open({}, world));
    Line line{scheduler, *sandbox};
    std::unique_ptr<Crm> crm;
    cases::Case one;
    std::string token;
};

TEST(Salesforce, has_one_record_of_a_case_however_often_it_is_told) {  // A-AS-09, A-CM-28
    SalesforceBench bench;
    const auto first = bench.mirror();
    ASSERT_EQ(first.outcome, Crm::Outcome::accepted) << first.reason;
    EXPECT_EQ(first.id.size(), 18u);
    EXPECT_EQ(bench.mirror(true).id, first.id);
    EXPECT_EQ(bench.mirror(false).id, first.id) << "also by who does not know that it was sent";
    EXPECT_EQ(bench.records(), 1);
    EXPECT_EQ(bench.record("Subject"), "Payment failed: 12.50 EUR, customer c-7");
    EXPECT_EQ(bench.record("SuppliedEmail"), "ada@example.com");
    EXPECT_EQ(bench.record("Status"), "New");
}

TEST(Salesforce, has_one_record_whichever_answer_is_lost) {  // A-AS-09
    for (const char* const kind : {"drop_after", "drop_before", "reset", "garbage", "error_after"}) {
        SCOPED_TRACE(kind);
        SalesforceBench bench;
        bench.fault("upsert", kind);
        const auto lost = bench.mirror();
        EXPECT_TRUE(lost.outcome == Crm::Outcome::unknown || lost.outcome == Crm::Outcome::deferred) << lost.reason;
        EXPECT_EQ(bench.mirror(true).outcome, Crm::Outcome::accepted);
        EXPECT_EQ(bench.records(), 1);
    }
}

TEST(Salesforce, keeps_what_people_have_changed_there) {
    SalesforceBench bench;
    bench.mirror();
    const std::string path = "sobjects/Case/FlorinCase__c/" + bench.one.id.text();
    bench.ask("PATCH", path, R"({"Status":"Working","Subject":"Mine"})");
    EXPECT_EQ(bench.mirror(true).outcome, Crm::Outcome::accepted);
    EXPECT_EQ(bench.record("Status"), "Working");
    EXPECT_EQ(bench.record("Subject"), "Mine");
    bench.one.status = cases::Status::resolved;
    bench.one.mirror.wanted = 2;
    EXPECT_EQ(bench.mirror(true).outcome, Crm::Outcome::accepted);
    EXPECT_EQ(bench.record("Status"), "Closed");
    EXPECT_EQ(bench.record("Subject"), "Mine");
    bench.one.status = cases::Status::open;
    bench.one.mirror.wanted = 3;
    EXPECT_EQ(bench.mirror(true).outcome, Crm::Outcome::accepted);
    EXPECT_EQ(bench.record("Status"), "New");
}

TEST(Salesforce, closes_there_what_was_resolved_before_it_was_told) {
    SalesforceBench bench;
    bench.one.status = cases::Status::resolved;
    EXPECT_EQ(bench.mirror(true).outcome, Crm::Outcome::accepted);
    EXPECT_EQ(bench.record("Status"), "Closed");
    EXPECT_EQ(bench.records(), 1);
}

TEST(Salesforce, logs_in_anew_when_a_session_is_over_and_not_more_than_once) {
    SalesforceBench bench;
    bench.mirror();
    ASSERT_TRUE(bench.sandbox->change_settings(R"({"salesforce":{"session_ms":1000}})"));
    bench.clock.advance(Millis{5'000});
    EXPECT_EQ(bench.mirror(true).outcome, Crm::Outcome::accepted);
    // From here on no session lives long enough to be used.
    ASSERT_TRUE(bench.sandbox->change_settings(R"({"salesforce":{"session_ms":0}})"));
    EXPECT_EQ(bench.mirror(true).outcome, Crm::Outcome::deferred);
}

TEST(Salesforce, is_logged_in_to_by_a_signed_assertion_of_the_right_key_alone) {
    SalesforceBench bench;
    const Pair ours, other;
    const auto connect = [&](const std::string& key, std::string username, std::string audience = {}) {
        salesforce::Settings settings;
        settings.private_key.assign(key);
        settings.username = std::move(username);
        settings.audience = std::move(audience);
        bench.connect(std::move(settings));
        return bench.mirror();
    };
    std::string setting;
    json::Writer json{setting};
    json.open('{').key("salesforce").open('{').field("public_key", ours.public_key).close('}').close('}');
    ASSERT_TRUE(bench.sandbox->change_settings(setting));
    bench.clock.advance(Millis{1'763'640'000'000 - bench.clock.now().ms});
    const auto taken = connect(ours.private_key, bench.org.username);
    EXPECT_EQ(taken.outcome, Crm::Outcome::accepted) << taken.reason;
    EXPECT_EQ(connect(ours.private_key, bench.org.username, "https://login.salesforce.com").outcome,
              Crm::Outcome::accepted);
    for (const auto& refused : {connect(other.private_key, bench.org.username), connect(ours.private_key, "nobody"),
                                connect(ours.private_key, bench.org.username, "https://elsewhere.test")}) {
        EXPECT_EQ(refused.outcome, Crm::Outcome::refused);
        EXPECT_EQ(refused.code, "crm_login_refused");
    }
}

TEST(Salesforce, is_tried_again_while_it_cannot_and_not_when_it_will_not) {
    SalesforceBench bench;
    const std::pair<const char*, int> passing[] = {{"login", 503}, {"upsert", 503}, {"upsert", 429}};
    for (const auto& [type, status] : passing) {
        bench.fault(type, "error_before", status);
        EXPECT_EQ(bench.mirror().outcome, Crm::Outcome::deferred) << type << status;
        bench.sandbox->clear_faults();
    }
    bench.line.is_cut = true;
    EXPECT_EQ(bench.mirror().outcome, Crm::Outcome::deferred);
    bench.line.is_cut = false;
    bench.fault("upsert", "decline");
    const auto refused = bench.mirror();
    EXPECT_EQ(refused.outcome, Crm::Outcome::refused);
    EXPECT_EQ(refused.code, "FIELD_CUSTOM_VALIDATION_EXCEPTION");
    EXPECT_EQ(bench.records(), 0);
    salesforce::Settings settings;
    settings.client_secret.assign(bench.org.client_secret);
    settings.external_id_field = "Nothing__c";
    bench.connect(std::move(settings));
    EXPECT_EQ(bench.mirror().outcome, Crm::Outcome::refused) << "the field is not there: somebody has to make it";
}

}  // namespace
}  // namespace florin
