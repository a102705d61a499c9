// The Buckaroo stand-in: who may ask it, what becomes of payments by their payers and by the clock, and its pushes.

#include <gtest/gtest.h>

#include <algorithm>

#include "buckaroo/signing.hpp"
#include "florin/http/client.hpp"
#include "support.hpp"

namespace florin::sandbox {
namespace {

using buckaroo::authorization;

const std::string host = "sandbox.test";
const BuckarooWebsite website;

/// Who gets the pushes.
class PushListener final : public http::Client {
public:
    Task<Result<http::Reply>> send(http::Call call) override {
        received.push_back(std::move(call));
        http::Reply reply;
        reply.status = status;
        co_return reply;
    }
    std::vector<http::Call> received;
    int status = 200;
};

/// A website at the stand-in, and the moment that its clock shows.
struct BuckarooSite {
    explicit BuckarooSite(SandboxOptions options = {}) : box{std::move(options)} {
        box.clock.advance(Millis{1'763'640'000'000 - box.clock.now().ms});
        set(R"({"buckaroo":{"webhook_url":"https://shop.test/push?shop=1"}})");
        start();
    }
    void start() {
        box.sandbox().send_webhooks(scheduler, [this]() -> http::Client& { return listener; });
    }
    void set(const std::string& settings) {
        const auto changed = box.sandbox().change_settings(settings);
        EXPECT_TRUE(changed.has_value()) << settings;
    }
    Served call(std::string method, std::string path, std::string body = {}, std::string nonce = {},
                std::string secret = website.secret_key, std::int64_t late_s = 0) {
        http::Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        request.body = std::move(body);
        if (nonce.empty()) nonce = "nonce-" + std::to_string(++nonces);
        const std::string time = std::to_string(box.clock.now().ms / 1'000 - late_s);
        request.headers = {{"host", host},
                           {"authorization", authorization(website.website_key, secret, request.method,
                                                           host + request.path, nonce, time, request.body)}};
        return box.sandbox().serve(request);
    }
    json::Value post(std::string body) {
        const Served served = call("POST", "/json/Transaction", std::move(body));
        EXPECT_EQ(served.response.status, 200);
        return Box::parsed(served.response.body);
    }
    json::Value status(const std::string& key) {
        return Box::parsed(call("GET", "/json/Transaction/Status/" + key).response.body);
    }
    std::string code(const std::string& key) { return at(status(key), "Status.Code.Code"); }
    http::Response decide(const std::string& key, const std::string& form) {
        return box.send("POST", "/buckaroo/pay/" + key, form).response;
    }
    /// An iDEAL payment that has been paid, from that account.
    std::string paid(const std::string& invoice, const std::string& iban = "NL10TEST0000000190") {
        const std::string key = at(post(ideal(invoice)), "Key");
        decide(key, "status=190&iban=" + iban);
        return key;
    }
    static std::string ideal(const std::string& invoice, const std::string& more = R"("StartRecurrent":true,)") {
        return R"({"Currency":"EUR","AmountDebit":12.50,"Invoice":")" + invoice + "\"," + more +
               R"("Services":{"ServiceList":[{"Name":"ideal","Action":"Pay","Version":2}]}})";
    }
    static std::string recurrent(const std::string& invoice, const std::string& original) {
        return R"({"Currency":"EUR","AmountDebit":12.5,"Invoice":")" + invoice + R"(","OriginalTransactionKey":")" +
               original +
               R"(","Services":{"ServiceList":[{"Name":"SepaDirectDebit","Action":"PayRecurrent","Version":1}]}})";
    }
    static std::string debit(const std::string& invoice, const std::string& iban, const std::string& more = {}) {
        return R"({"Currency":"EUR","AmountDebit":12.5,"Invoice":")" + invoice +
               R"(","Services":{"ServiceList":[{"Name":"SepaDirectDebit","Action":"Pay","Version":1,"Parameters":[)" +
               R"({"Name":"customeraccountname","Value":"A. de Vries"},{"Name":"CustomerIBAN","Value":")" + iban +
               "\"}" + more + "]}]}}";
    }
    static std::string refund(const std::string& invoice, const std::string& original, const std::string& amount,
                              const std::string& service = "ideal") {
        return R"({"Currency":"EUR","AmountCredit":)" + amount + R"(,"Invoice":")" + invoice +
               R"(","OriginalTransactionKey":")" + original + R"(","Services":{"ServiceList":[{"Name":")" + service +
               R"(","Action":"Refund","Version":1}]}})";
    }
    std::string book() {
        std::string text;
        for (const Movement& one : box.sandbox().movements())
            text +=
                (text.empty() ? "" : "; ") + one.type + " " + std::to_string(one.amount_minor) + " " + one.reference;
        return text;
    }
    /// What was pushed: type and status, in its order.
    std::string pushed() {
        scheduler.run(Millis{100});
        std::string text;
        for (const http::Call& call : listener.received) {
            const auto push = Box::parsed(call.body);
            text += (text.empty() ? "" : "; ") + at(push, "Transaction.TransactionType") + " " +
                    at(push, "Transaction.Status.Code.Code");
        }
        return text;
    }
    void pass(Millis time) {
        const Instant end = box.clock.now() + time;
        scheduler.run(time);
        if (box.clock.now() < end) box.clock.advance(end - box.clock.now());
        scheduler.run(Millis{0});
    }

    Box box;
    SimScheduler scheduler{box.clock};
    PushListener listener;
    int nonces = 0;
};

TEST(BuckarooSigning, is_that_of_the_vectors) {
    const std::string body =
        R"({"Currency":"EUR","AmountDebit":12.5,"Invoice":"INV-17","Services":{"ServiceList":[{"Name":"SepaDirectDebit",)"
        R"("Action":"PayRecurrent","Version":1}]},"OriginalTransactionKey":"0F1E2D3C4B5A69788796A5B4C3D2E1F0"})";
    const auto signed_as = [](std::string_view method, std::string_view address, std::string_view content) {
        return authorization("TESTKEY01", "local-secret-0123456789", method, address,
                             "6f1c6a0e2b4d4c1f9a3e5d7b8c9a0b1d", "1763640000", content);
    };
    const std::string rest = ":6f1c6a0e2b4d4c1f9a3e5d7b8c9a0b1d:1763640000";
    EXPECT_EQ(signed_as("POST", "testcheckout.buckaroo.nl/json/Transaction", body),
              "hmac TESTKEY01:blfhVc8wjb5m8fldoiGrrd0x3RoMVDSsQTpRORkN8Ag=" + rest);
    EXPECT_EQ(signed_as("GET", "testcheckout.buckaroo.nl/json/Transaction/Status/0F1E2D3C4B5A69788796A5B4C3D2E1F0", {}),
              "hmac TESTKEY01:vFcJgUF1lq+j38nJsAZ35YoglYfiVDmxZbu+L0IVpII=" + rest);
    const buckaroo::Fields fields = {{"cust_order", "17"},
                                     {"brq_websitekey", "TESTKEY01"},
                                     {"brq_test", "true"},
                                     {"brq_statuscode", "190"},
                                     {"brq_SERVICE_ideal_consumerIBAN", "NL44RABO0123456789"},
                                     {"brq_invoicenumber", "INV-17"},
                                     {"brq_currency", "EUR"},
                                     {"brq_amount", "12.50"}};
    EXPECT_EQ(buckaroo::form_signature(fields, "local-secret-0123456789"), "e335ed1bdfe7222449fcd6e3f5f4f82d79047253");
}

TEST(Buckaroo, answers_nobody_who_did_not_sign_or_signed_it_before) {
    BuckarooSite site;
    const std::string path = "/json/Transaction/Status/0F1E2D3C4B5A69788796A5B4C3D2E1F0";
    EXPECT_EQ(site.call("GET", path).response.status, 404) << "genuine, and there is no such transaction";
    EXPECT_EQ(site.call("GET", path, {}, {}, "another secret").response.status, 401);
    EXPECT_EQ(site.call("GET", path, {}, "twice").response.status, 404);
    EXPECT_EQ(site.call("GET", path, {}, "twice").response.status, 401);
    EXPECT_EQ(site.call("GET", path, {}, {}, website.secret_key, 240).response.status, 404);
    EXPECT_EQ(site.call("GET", path, {}, {}, website.secret_key, 241).response.status, 401);
    EXPECT_EQ(site.call("GET", path, {}, {}, website.secret_key, -241).response.status, 401);
    for (const std::string header : {"", "hmac", "hmac SANDBOX01:x:y", "hmac SANDBOX01:x:y:z", "Bearer x", ":::"}) {
        http::Request request;
        request.method = "GET";
        request.path = path;
        request.headers = {{"host", host}, {"authorization", header}};
        EXPECT_EQ(site.box.sandbox().serve(request).response.status, 401) << header;
    }
    EXPECT_EQ(site.call("POST", "/json/Transaction", "no json").response.status, 400);
    EXPECT_EQ(site.call("GET", "/json/Transaction/InvoiceInfo/INV-1").response.status, 404)
        << "there is no such look-up";
}

TEST(Buckaroo, lets_the_payer_decide_what_becomes_of_an_ideal_payment) {
    struct Case {
        std::string status, type, book;
    };
    const Case cases[] = {{"190", "C021 190", "purchase 1250 INV-1"},
                          {"490", "C021 490", ""},
                          {"690", "C021 690", ""},
                          {"791", "C021 791", ""},
                          {"890", "C021 890", ""}};
    for (const Case& each : cases) {
        SCOPED_TRACE(each.status);
        BuckarooSite site;
        const auto created = site.post(BuckarooSite::ideal(
            "INV-1", R"("ReturnURL":"https://shop.test/back","ReturnURLCancel":"https://shop.test/cancel",)"));
        const std::string key = at(created, "Key");
        EXPECT_EQ(key.size(), 32U);
        EXPECT_EQ(at(created, "Status.Code.Code"), "790");
        EXPECT_EQ(at(created, "AmountDebit"), "12.50");
        EXPECT_EQ(at(created, "RequiredAction.RedirectURL"), "http://sandbox.test/buckaroo/pay/" + key);
        EXPECT_EQ(site.pushed(), "") << "its answer says that it waits";
        const auto page = site.box.send("GET", "/buckaroo/pay/" + key).response;
        EXPECT_EQ(page.status, 200);
        EXPECT_NE(page.body.find("12.50 EUR"), std::string::npos);
        for (const Case& button : cases)
            EXPECT_NE(page.body.find("name=\"status\" value=\"" + button.status + "\""), std::string::npos);

        EXPECT_EQ(site.decide(key, "status=200").status, 422);
        const auto back = site.decide(key, "status=" + each.status);
        EXPECT_EQ(back.status, 303);
        const auto location = std::ranges::find(back.headers, "Location", &http::Header::first);
        EXPECT_EQ(location->second, each.status == "890" ? "https://shop.test/cancel" : "https://shop.test/back");
        EXPECT_EQ(site.code(key), each.status);
        EXPECT_EQ(site.book(), each.book);
        EXPECT_EQ(site.pushed(), each.type);
        // What has been decided stays as it is; what the bank works on is decided later.
        site.decide(key, "status=190");
        EXPECT_EQ(site.code(key), each.status == "791" ? "190" : each.status);
    }
}

TEST(Buckaroo, lets_a_payment_that_nobody_confirms_expire) {
    BuckarooSite site;
    const std::string key = at(site.post(BuckarooSite::ideal("INV-1")), "Key");
    site.pass(Millis{3'599'000});
    EXPECT_EQ(site.code(key), "790");
    site.pass(Millis{2'000});
    EXPECT_EQ(site.pushed(), "C021 490");
    EXPECT_EQ(site.code(key), "490");
    EXPECT_EQ(site.decide(key, "status=190").status, 200);
    EXPECT_EQ(site.book(), "");
}

TEST(Buckaroo, debits_by_the_original_transaction_when_its_payer_agreed) {  // B-FR-23
    BuckarooSite site;
    const std::string original = site.paid("INV-1");
    const auto debit = site.post(BuckarooSite::recurrent("INV-2", original));
    EXPECT_EQ(at(debit, "Status.Code.Code"), "791");
    EXPECT_EQ(at(debit, "Status.SubCode.Code"), "C620");
    EXPECT_EQ(at(debit, "TransactionType"), "C005");
    EXPECT_EQ(site.book(), "purchase 1250 INV-1");
    site.pass(Millis{5'000});
    EXPECT_EQ(site.code(at(debit, "Key")), "190");
    EXPECT_EQ(site.book(), "purchase 1250 INV-1; purchase 1250 INV-2");
    EXPECT_EQ(site.pushed(), "C021 190; C005 791; C005 190");

    const std::string waiting = at(site.post(BuckarooSite::ideal("INV-3")), "Key");
    const std::string once = at(site.post(BuckarooSite::ideal("INV-4", "")), "Key");
    site.decide(once, "status=190");
    for (const std::string& wrong :
         {waiting, once, at(debit, "Key"), std::string{"0F1E2D3C4B5A69788796A5B4C3D2E1F0"}}) {
        const auto refused = site.post(BuckarooSite::recurrent("INV-5", wrong));
        EXPECT_EQ(at(refused, "Status.Code.Code"), "491");
        EXPECT_EQ(at(refused, "RequestErrors.ActionErrors.0.Name"), "OriginalTransactionKey");
    }
}

TEST(Buckaroo, decides_debits_by_their_account) {
    struct Case {
        std::string iban, at_once, at_last, pushed, book;
    };
    const Case cases[] = {
        {"NL10TEST0000000190", "791", "190", "C004 791; C004 190", "purchase 1250 INV-1"},
        {"NL91ABNA0417164300", "791", "190", "C004 791; C004 190", "purchase 1250 INV-1"},
        {"NL58TEST0000000490", "490", "490", "C004 490", ""},
        {"NL90TEST0000000690", "791", "690", "C004 791; C004 690", ""},
        {"NL25TEST0000000890", "791", "890", "C004 791; C004 890", ""},
        {"NL85TEST0000000004", "791", "190", "C004 791; C004 190; C501 190",
         "purchase 1250 INV-1; chargeback 1250 INV-1"},
        {"NL91ABNA0417164301", "491", "491", "", ""},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.iban);
        BuckarooSite site;
        const auto debit = site.post(BuckarooSite::debit("INV-1", each.iban));
        EXPECT_EQ(at(debit, "Status.Code.Code"), each.at_once);
        site.pass(Millis{60'000});
        EXPECT_EQ(site.code(at(debit, "Key")), each.at_last) << "a reversal leaves it as it is";
        EXPECT_EQ(site.pushed(), each.pushed);
        EXPECT_EQ(site.book(), each.book);
    }
}

TEST(Buckaroo, collects_on_the_day_that_was_asked_for) {
    BuckarooSite site;
    // It is 2025-11-20 12:00 here.
    const auto debit = site.post(
        BuckarooSite::debit("INV-1", "NL10TEST0000000190", R"(,{"Name":"CollectDate","Value":"2025-11-24"})"));
    EXPECT_EQ(at(debit, "Services.0.Parameters.0.Value"), "2025-11-24");
    const Millis until{parse_instant("2025-11-24T00:26:00Z")->ms - site.box.clock.now().ms};
    site.pass(until - Millis{1'000});
    EXPECT_EQ(site.code(at(debit, "Key")), "791");
    site.pass(Millis{1'000});
    EXPECT_EQ(site.code(at(debit, "Key")), "190");
    EXPECT_EQ(
        at(site.post(BuckarooSite::debit("INV-2", "NL10TEST0000000190", R"(,{"Name":"CollectDate","Value":"soon"})")),
           "Status.Code.Code"),
        "491");
}

TEST(Buckaroo, pushes_a_reversal_as_a_new_transaction_with_status_190) {  // F28
    BuckarooSite site;
    const auto debit = site.post(BuckarooSite::debit("INV-1", "NL85TEST0000000004"));
    site.pass(Millis{60'000});
    site.pushed();
    const auto push = Box::parsed(site.listener.received.back().body);
    EXPECT_EQ(at(push, "Transaction.Invoice"), "INV-1");
    EXPECT_EQ(at(push, "Transaction.AmountCredit"), "12.50");
    EXPECT_NE(at(push, "Transaction.Key"), at(debit, "Key"));
    EXPECT_EQ(at(push, "Transaction.RelatedTransactions.0.RelationType"), "reversal");
    EXPECT_EQ(at(push, "Transaction.RelatedTransactions.0.RelatedTransactionKey"), at(debit, "Key"));
    EXPECT_NE(site.listener.received.back().body.find(R"({"Name":"reasoncode","Value":"AM04"})"), std::string::npos);
    EXPECT_EQ(at(site.status(at(push, "Transaction.Key")), "TransactionType"), "C501");
    EXPECT_EQ(
        at(site.post(BuckarooSite::refund("INV-2", at(debit, "Key"), "1.00", "SepaDirectDebit")), "Status.Code.Code"),
        "490")
        << "what came back is not paid back";
}

TEST(Buckaroo, has_a_debit_taken_back_for_any_reason_when_a_tester_orders_it) {
    BuckarooSite site;
    const std::string key = at(site.post(BuckarooSite::debit("INV-1", "NL10TEST0000000190")), "Key");
    const std::string order = "/sandbox/buckaroo/transactions/" + key + "/reversal";
    EXPECT_EQ(site.box.send("POST", order, R"({"reason_code":"MD06"})").response.status, 422) << "not collected yet";
    site.pass(Millis{60'000});
    EXPECT_EQ(site.box.send("POST", order, R"({"reason_code":"XX00"})").response.status, 422);
    EXPECT_EQ(site.box.send("POST", order, "").response.status, 422);
    const auto reversed = site.box.ask("POST", order, R"({"reason_code":"MD06"})");
    EXPECT_EQ(at(reversed, "TransactionType"), "C501");
    EXPECT_EQ(site.box.send("POST", order, R"({"reason_code":"MD06"})").response.status, 422) << "only once";
    EXPECT_EQ(site.box.send("POST", "/sandbox/buckaroo/transactions/X/reversal", "{}").response.status, 404);
    EXPECT_EQ(site.book(), "purchase 1250 INV-1; chargeback 1250 INV-1");
}

TEST(Buckaroo, pays_back_what_was_paid_and_no_more) {
    BuckarooSite site;
    const std::string key = site.paid("INV-1");
    const auto refund = site.post(BuckarooSite::refund("INV-2", key, "4.25"));
    EXPECT_EQ(at(refund, "Status.Code.Code"), "190");
    EXPECT_EQ(at(refund, "TransactionType"), "C121");
    EXPECT_EQ(at(refund, "RelatedTransactions.0.RelatedTransactionKey"), key);
    EXPECT_EQ(at(site.post(BuckarooSite::refund("INV-3", key, "8.26")), "Status.Code.Code"), "490");
    EXPECT_EQ(at(site.post(BuckarooSite::refund("INV-3", key, "8.25", "SepaDirectDebit")), "Status.Code.Code"), "491");
    EXPECT_EQ(at(site.post(BuckarooSite::refund("INV-4", key, "8.25")), "Status.Code.Code"), "190");
    EXPECT_EQ(at(site.post(BuckarooSite::refund("INV-5", key, "0.01")), "Status.Code.Code"), "490");
    EXPECT_EQ(site.book(), "purchase 1250 INV-1; refund 425 INV-2; refund 825 INV-4");
}

TEST(Buckaroo, cancels_what_waits_and_leaves_what_is_decided) {
    BuckarooSite site;
    const std::string waiting = at(site.post(BuckarooSite::ideal("INV-1")), "Key"), paid = site.paid("INV-2");
    const std::string debit = at(site.post(BuckarooSite::debit("INV-3", "NL10TEST0000000190")), "Key");
    for (const std::string& key : {waiting, paid, debit}) site.call("GET", "/json/Transaction/Cancel/" + key);
    EXPECT_EQ(site.code(waiting), "891");
    EXPECT_EQ(site.code(paid), "190");
    EXPECT_EQ(site.code(debit), "891");
    site.decide(waiting, "status=190");
    site.pass(Millis{4'000'000});
    EXPECT_EQ(site.code(waiting), "891");
    EXPECT_EQ(site.code(debit), "891");
    EXPECT_EQ(site.book(), "purchase 1250 INV-2");
}

TEST(Buckaroo, takes_the_same_invoice_twice_for_it_has_no_idempotency) {
    BuckarooSite site;
    EXPECT_NE(site.paid("INV-1"), site.paid("INV-1"));
    EXPECT_EQ(site.book(), "purchase 1250 INV-1; purchase 1250 INV-1");
}

TEST(Buckaroo, says_what_is_wrong_with_a_request) {
    const std::pair<std::string, std::string> cases[] = {
        {R"({"Currency":"EUR","AmountDebit":12.505,"Invoice":"I","Services":{"ServiceList":[{"Name":"ideal","Action":"Pay"}]}})",
         "ParameterErrors.0.Name"},
        {R"({"Currency":"EUR","AmountDebit":"12.50","Invoice":"I","Services":{"ServiceList":[{"Name":"ideal","Action":"Pay"}]}})",
         "ParameterErrors.0.Name"},
        {R"({"Currency":"EUR","AmountDebit":-1,"Invoice":"I","Services":{"ServiceList":[{"Name":"ideal","Action":"Pay"}]}})",
         "ParameterErrors.0.Name"},
        {R"({"Currency":"USD","AmountDebit":1,"Invoice":"I","Services":{"ServiceList":[{"Name":"ideal","Action":"Pay"}]}})",
         "ParameterErrors.0.Name"},
        {R"({"Currency":"EUR","AmountDebit":1,"Services":{"ServiceList":[{"Name":"ideal","Action":"Pay"}]}})",
         "ParameterErrors.0.Name"},
        {R"({"Currency":"EUR","AmountDebit":1,"Invoice":"I"})", "ServiceErrors.0.Name"},
        {R"({"Currency":"EUR","AmountDebit":1,"Invoice":"I","Services":{"ServiceList":[{"Name":"visa","Action":"Pay"}]}})",
         "ServiceErrors.0.Name"},
        {R"({"Currency":"EUR","AmountDebit":1,"Invoice":"I","Services":{"ServiceList":[{"Name":"ideal","Action":"Authorize"}]}})",
         "ActionErrors.0.Name"},
        {R"({"Currency":"EUR","AmountDebit":1,"Invoice":"I","Services":{"ServiceList":[{"Name":"SepaDirectDebit","Action":"Pay"}]}})",
         "ParameterErrors.0.Name"},
    };
    BuckarooSite site;
    for (const auto& [body, member] : cases) {
        const auto refused = site.post(body);
        EXPECT_EQ(at(refused, "Status.Code.Code"), "491") << body;
        EXPECT_NE(at(refused, "RequestErrors." + member), "") << body;
    }
    EXPECT_EQ(site.book(), "");
    EXPECT_EQ(site.pushed(), "");
}

TEST(Buckaroo, signs_its_pushes_and_repeats_them_for_a_day) {
    BuckarooSite site;
    site.listener.status = 500;
    site.paid("INV-1");
    site.pass(Millis{100});
    ASSERT_EQ(site.listener.received.size(), 1U);
    const http::Call first = site.listener.received[0];
    EXPECT_EQ(first.url, "https://shop.test/push?shop=1");
    const auto header = std::ranges::find(first.headers, "Authorization", &http::Header::first);
    const std::string& value = header->second;
    const std::size_t time_at = value.rfind(':'), nonce_at = value.rfind(':', time_at - 1);
    const std::string nonce = value.substr(nonce_at + 1, time_at - nonce_at - 1), time = value.substr(time_at + 1);
    EXPECT_EQ(value, authorization(website.website_key, website.secret_key, "POST", "shop.test/push?shop=1", nonce,
                                   time, first.body));
    site.pass(Millis{2LL * 86'400'000});
    EXPECT_EQ(site.listener.received.size(), 14U);
    EXPECT_EQ(site.listener.received.back().body, first.body);
    EXPECT_NE(std::ranges::find(site.listener.received.back().headers, "Authorization", &http::Header::first)->second,
              value)
        << "each attempt has a moment and a nonce of its own";
}

TEST(Buckaroo, pushes_to_the_address_of_the_transaction_before_that_of_the_website) {
    BuckarooSite site;
    const std::string urls = R"("PushURL":"https://own.test/push","PushURLFailure":"https://own.test/failure",)";
    const std::string first = at(site.post(BuckarooSite::ideal("INV-1", urls)), "Key");
    const std::string second = at(site.post(BuckarooSite::ideal("INV-2", urls)), "Key");
    site.decide(first, "status=190");
    site.decide(second, "status=490");
    site.pass(Millis{100});
    ASSERT_EQ(site.listener.received.size(), 2U);
    EXPECT_EQ(site.listener.received[0].url, "https://own.test/push");
    EXPECT_EQ(site.listener.received[1].url, "https://own.test/failure");
}

TEST(Buckaroo, writes_pushes_as_forms_for_those_who_want_them) {
    BuckarooSite site;
    site.set(R"({"buckaroo":{"push_format":"form"}})");
    const std::string key = site.paid("INV 1");
    site.pass(Millis{100});
    ASSERT_EQ(site.listener.received.size(), 1U);
    http::Request form;
    form.query = site.listener.received[0].body;
    buckaroo::Fields fields;
    for (const auto& [name, value] : form.parameters()) fields[name] = value;
    EXPECT_EQ(fields["brq_invoicenumber"], "INV 1");
    EXPECT_EQ(fields["brq_transactions"], key);
    EXPECT_EQ(fields["brq_statuscode"], "190");
    EXPECT_EQ(fields["brq_timestamp"], "2025-11-20 12:00:00");
    EXPECT_EQ(fields["brq_SERVICE_ideal_consumerIBAN"], "NL10TEST0000000190");
    const std::string signature = fields["brq_signature"];
    fields.erase("brq_signature");
    EXPECT_EQ(signature, buckaroo::form_signature(fields, website.secret_key));
}

TEST(Buckaroo, keeps_in_its_file_what_it_has_said_and_what_is_still_to_come) {
    const Directory directory;
    BuckarooSite site{{.data_directory = directory.path()}};
    site.set(R"({"buckaroo":{"collect_ms":0,"reversal_ms":7000}})");
    const std::string key = at(site.post(BuckarooSite::debit("INV-1", "NL85TEST0000000004")), "Key");
    site.pass(Millis{100});
    EXPECT_EQ(site.code(key), "190");
    site.scheduler.crash();
    site.box.reopen();
    site.start();
    EXPECT_EQ(site.code(key), "190");
    const auto settings = site.box.ask("GET", "/sandbox/settings");
    EXPECT_EQ(at(settings, "buckaroo.collect_ms"), "0");
    EXPECT_EQ(at(settings, "buckaroo.webhook_url"), "https://shop.test/push?shop=1");
    site.pass(Millis{7'000});
    EXPECT_EQ(site.book(), "purchase 1250 INV-1; chargeback 1250 INV-1");
    EXPECT_TRUE(site.pushed().ends_with("C501 190"));
}

TEST(Buckaroo, refuses_settings_that_it_does_not_have) {
    BuckarooSite site;
    for (const std::string settings :
         {R"({"buckaroo":1})", R"({"buckaroo":{"collect_ms":-1}})", R"({"buckaroo":{"collect_ms":"1"}})",
          R"({"buckaroo":{"push_format":"xml"}})", R"({"buckaroo":{"webhook_url":"ftp://shop.test"}})",
          R"({"buckaroo":{"secret":"x"}})"}) {
        const auto changed = site.box.sandbox().change_settings(settings);
        ASSERT_FALSE(changed) << settings;
        EXPECT_TRUE(changed.error().field.starts_with("buckaroo")) << settings;
    }
}

}  // namespace
}  // namespace florin::sandbox
