// Chargebee's stand-in, where time or the file matter. The rest the vendor's own SDK judges:
// test/sdk/chargebee.test.js.

#include <fstream>
#include <sstream>

#include "support.hpp"
#include "webhook_support.hpp"

namespace florin::sandbox {
namespace {

constexpr Millis minute{60'000};

/// A box that speaks Chargebee.
class ChargebeeSite : public Box {
public:
    using Box::Box;

    Served call(std::string method, std::string path, std::string form, std::string key = {},
                std::string authorization = "Basic dGVzdF9zYW5kYm94Og==") {
        http::Request request;
        request.method = std::move(method);
        request.path = path.starts_with("/") ? std::move(path) : "/api/v2/" + path;
        (request.method == "POST" ? request.body : request.query) = std::move(form);
        request.headers = {{"authorization", std::move(authorization)}, {"host", "sandbox.test:8481"}};
        if (!key.empty()) request.headers.emplace_back("chargebee-idempotency-key", std::move(key));
        return sandbox().serve(request);
    }
    json::Value post(std::string path, std::string form, std::string key = {}) {
        return parsed(call("POST", std::move(path), std::move(form), std::move(key)).response.body);
    }
    json::Value get(std::string path, std::string query = {}) {
        return parsed(call("GET", std::move(path), std::move(query)).response.body);
    }
    void add_customer(const std::string& id, const std::string& number = "4111111111111111") {
        const auto made = post("customers", "id=" + id + "&card[number]=" + number +
                                                "&card[expiry_month]=12&card[expiry_year]=2035&card[cvv]=314");
        EXPECT_EQ(at(made, "customer.id"), id);
    }
    json::Value charge(const std::string& customer, const std::string& po_number, std::string key = {}) {
        return post("invoices/create_for_charge_items_and_charges",
                    "customer_id=" + customer + "&po_number=" + po_number +
                        "&charges[amount][0]=2000&charges[description][0]=A+thing",
                    std::move(key));
    }
    json::Value checkout(const std::string& po_number) {
        return post("hosted_pages/checkout_one_time_for_items",
                    "customer[id]=" + po_number + "&invoice[po_number]=" + po_number +
                        "&pass_thru_content=" + po_number +
                        "&charges[amount][0]=2000&charges[description][0]=%3Cb%3E&redirect_url=https://shop.example/");
    }
};

TEST(Chargebee, answers_nobody_without_its_key) {
    ChargebeeSite site;
    EXPECT_EQ(site.call("GET", "customers", "", "", "").response.status, 401);
    EXPECT_EQ(site.call("GET", "customers", "", "", "Bearer test_sandbox").response.status, 401);
    // `test_sandbox:` with and without a password, and `test_other:`.
    EXPECT_EQ(site.call("GET", "customers", "").response.status, 200);
    EXPECT_EQ(site.call("GET", "customers", "", "", "Basic dGVzdF9zYW5kYm94Ong=").response.status, 401);
    EXPECT_EQ(site.call("GET", "customers", "", "", "Basic dGVzdF9vdGhlcjo=").response.status, 401);
    EXPECT_EQ(site.call("GET", "customers", "", "", "Basic ???").response.status, 401);
    EXPECT_EQ(site.call("POST", "subscriptions", "").response.status, 404);
    EXPECT_EQ(site.call("GET", "customers//", "").response.status, 404);
}

TEST(Chargebee, forgets_a_key_after_half_an_hour_and_then_does_it_again) {  // F8
    ChargebeeSite site;
    site.add_customer("c1");
    const std::string first = at(site.charge("c1", "R1", "key-1"), "invoice.id");
    site.clock.advance(30 * minute - Millis{1});
    EXPECT_EQ(at(site.charge("c1", "R1", "key-1"), "invoice.id"), first);
    site.clock.advance(Millis{1});
    EXPECT_NE(at(site.charge("c1", "R1", "key-1"), "invoice.id"), first);
    EXPECT_EQ(book_of(site), "purchase 2000 R1; purchase 2000 R1");
}

TEST(Chargebee, tries_a_failed_payment_again_by_itself_until_somebody_voids_it) {  // F17
    ChargebeeSite site;
    site.add_customer("c1");
    for (const char* order : {"R1", "R2"}) {
        ASSERT_TRUE(site.sandbox().set_faults(
            R"({"rules":[{"match":{"transactionType":"invoice"},"action":{"kind":"decline"},"count":1}]})"));
        EXPECT_EQ(at(site.charge("c1", order), "invoice.dunning_status"), "in_progress");
    }
    EXPECT_EQ(at(site.post("invoices/2/void", ""), "invoice.status"), "voided");
    site.clock.advance(day - Millis{1});
    EXPECT_EQ(at(site.get("invoices/1"), "invoice.status"), "payment_due");
    site.clock.advance(Millis{1});
    EXPECT_EQ(at(site.get("invoices/1"), "invoice.dunning_status"), "success");
    EXPECT_EQ(at(site.get("invoices/2"), "invoice.status"), "voided");
    EXPECT_EQ(book_of(site), "purchase 2000 R1");
}

TEST(Chargebee, takes_an_invoice_for_not_paid_after_the_last_attempt) {
    ChargebeeSite site;
    site.add_customer("c1", "4005519200000004");
    site.charge("c1", "R1");
    for (int i = 0; i < 5; ++i) {
        site.clock.advance(day);
        site.get("invoices/1");
    }
    const auto invoice = site.get("invoices/1");
    EXPECT_EQ(at(invoice, "invoice.status"), "not_paid");
    EXPECT_EQ(at(invoice, "invoice.dunning_status"), "exhausted");
    EXPECT_EQ(at(invoice, "invoice.dunning_attempts.3.attempt"), "3");
    EXPECT_EQ(at(invoice, "invoice.dunning_attempts.4.attempt"), "-");
    EXPECT_EQ(book_of(site), "");
}

TEST(Chargebee, keeps_in_its_file_what_it_has_said_and_no_card_number) {  // F147
    const Directory directory;
    ChargebeeSite site{{.data_directory = directory.path()}};
    site.add_customer("c1");
    site.charge("c1", "R1", "key-1");
    site.post("invoices/1/refund", "refund_amount=400&customer_notes=R2", "key-2");
    const auto page = site.checkout("R3");
    site.call("POST", "/pages/v3/" + at(page, "hosted_page.id") + "/pay",
              "number=4111111111111111&expiry_month=12&expiry_year=2035&cvv=314");
    ASSERT_TRUE(site.sandbox().set_faults(
        R"({"rules":[{"match":{"transactionType":"invoice"},"action":{"kind":"decline"},"count":1}]})"));
    site.charge("c1", "R4");
    site.reopen();
    EXPECT_EQ(at(site.charge("c1", "R1", "key-1"), "invoice.id"), "1") << "the key is known still";
    EXPECT_EQ(at(site.get("invoices/1"), "invoice.issued_credit_notes.0.cn_total"), "400");
    EXPECT_EQ(at(site.get("credit_notes", "reference_invoice_id[is]=1"), "list.0.credit_note.notes.0"), "R2");
    const auto again = site.get("hosted_pages/" + at(page, "hosted_page.id"));
    EXPECT_EQ(at(again, "hosted_page.state"), "succeeded");
    EXPECT_EQ(at(again, "hosted_page.content.invoice.po_number"), "R3");
    site.clock.advance(day);
    EXPECT_EQ(at(site.get("invoices", "limit=1"), "list.0.invoice.dunning_status"), "success") << "dunning goes on";
    EXPECT_EQ(book_of(site), "purchase 2000 R1; refund 400 key-2; purchase 2000 R3; purchase 2000 R4");

    for (const auto& entry : std::filesystem::directory_iterator{directory.path()}) {
        std::ifstream file{entry.path(), std::ios::binary};
        std::stringstream text;
        text << file.rdbuf();
        EXPECT_EQ(text.str().find("4111111111111111"), std::string::npos) << entry.path();
        EXPECT_EQ(text.str().find("\"314\""), std::string::npos) << entry.path();
    }
}

TEST(Chargebee, shows_a_page_for_three_hours) {
    ChargebeeSite site;
    const auto page = site.checkout("R1");
    const std::string path = "/pages/v3/" + at(page, "hosted_page.id") + "/";
    EXPECT_EQ(at(page, "hosted_page.url"), "http://sandbox.test:8481" + path);
    const auto shown = site.call("GET", path, "").response;
    EXPECT_EQ(shown.status, 200);
    EXPECT_NE(shown.body.find("&lt;b&gt;"), std::string::npos) << "what is shown is escaped";
    EXPECT_EQ(shown.body.find("<b>"), std::string::npos);
    site.clock.advance(180 * minute);
    EXPECT_EQ(site.call("GET", path, "").response.status, 410);
    EXPECT_EQ(site.call("POST", path + "pay", "").response.status, 410);
    EXPECT_EQ(site.call("GET", "/pages/v3/nobody/", "").response.status, 404);
    EXPECT_EQ(book_of(site), "");
}

TEST(Chargebee, makes_an_empty_page_of_what_it_does_not_know) {
    ChargebeeSite site;
    const auto page = site.post("hosted_pages/checkout_one_time_for_items",
                                "charge_items[item_price_id][0]=x&charge_items[quantity][0]=1");
    EXPECT_EQ(at(page, "hosted_page.state"), "created");
    EXPECT_EQ(site.call("POST", "/pages/v3/" + at(page, "hosted_page.id") + "/pay", "").response.status, 303);
    EXPECT_EQ(book_of(site), "");
}

TEST(Chargebee, sends_its_webhooks_up_to_eight_times_over_three_days) {
    HookBox hooks;
    hooks.set(R"({"authorize_net":{"webhook_url":""},"chargebee":{"webhook_url":"https://shop.example/cb"}})");
    hooks.listener.status = 500;
    http::Request request;
    request.method = "POST";
    request.path = "/api/v2/customers";
    request.body = "id=c1";
    request.headers = {{"authorization", "Basic dGVzdF9zYW5kYm94Og=="}};
    const Instant begin = hooks.box.clock.now();
    hooks.box.sandbox().serve(request);
    hooks.run();
    std::vector<std::int64_t> minutes;
    for (const auto& received : hooks.listener.received) minutes.push_back((received.at - begin).count() / 60'000);
    EXPECT_EQ(minutes, (std::vector<std::int64_t>{0, 2, 8, 38, 98, 398, 1'838, 4'718}));
    for (const auto& received : hooks.listener.received)
        EXPECT_EQ(received.body, hooks.listener.received.front().body) << "a snapshot, the same each time";
}

TEST(Chargebee, is_told_its_webhooks_by_the_settings) {
    ChargebeeSite site;
    const auto set = [&](const std::string& members) {
        return site.send("PUT", "/sandbox/settings", R"({"chargebee":{)" + members + "}}").response.status;
    };
    EXPECT_EQ(set(R"("webhook_url":"ftp://somewhere")"), 422);
    EXPECT_EQ(set(R"("webhook_url":17)"), 422);
    EXPECT_EQ(set(R"("webhook":"http://127.0.0.1:1/")"), 422);
    EXPECT_EQ(set(R"("webhook_url":"http://127.0.0.1:1/hook")"), 200);
    EXPECT_EQ(at(site.ask("GET", "/sandbox/settings"), "chargebee.webhook_url"), "http://127.0.0.1:1/hook");
    site.add_customer("c1");
    EXPECT_EQ(site.ask("GET", "/sandbox/webhooks").find("webhooks")->items().size(), 2U);
    EXPECT_EQ(set(R"("webhook_url":"")"), 200);
    site.add_customer("c2");
    EXPECT_EQ(site.ask("GET", "/sandbox/webhooks").find("webhooks")->items().size(), 2U);
}

}  // namespace
}  // namespace florin::sandbox
