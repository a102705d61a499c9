#include <regex>
#include <set>

#include "authorize_net/signing.hpp"
#include "webhook_support.hpp"

namespace florin::sandbox {
namespace {

TEST(Webhooks, are_signed_over_the_raw_body_with_the_key_as_text) {  // F46
    // The worked vector of the providers' facts.
    const std::string body =
        R"({"notificationId":"5f3c1f0e-8a55-4c4c-9d57-6f3f0a9e1b11","eventType":"net.authorize.payment.authcapture.created",)"
        R"("eventDate":"2026-11-20T10:15:30.1234567Z","webhookId":"2b8e3d6a-1111-4222-8333-444455556666","payload":)"
        R"({"responseCode":1,"merchantReferenceId":"ord-000017","authCode":"A1B2C3","avsResponse":"Y","authAmount":12.5,)"
        R"("invoiceNumber":"INV-17","entityName":"transaction","id":"40000000017"}})";
    EXPECT_EQ(body.size(), 398U);
    EXPECT_EQ(
        authorize_net::hmac_sha512(signature_key, body),
        "289F3008EBC35CA5302400273C040EFFA5DEC9CAF000E37318A9712729FFC577E57ED8B0C747C6027AC056C1F5E15EA124F6DCBFC9390A"
        "A11BB1D94CE54725F4");
    EXPECT_EQ(
        authorize_net::hmac_sha512(authorize_net::from_hex(signature_key), "^sandboxLogin^40000000017^12.50^"),
        "EAB3C165B13282E7B9C2E43079E40A715AEA062989CE79000B63C3FA90D0BD1A8C59E480BBDF1ED4278CBE82095487E4AFAD78B2424AD4"
        "EEDBFAC099E4DE6790");
}

TEST(Webhooks, a_sale_is_told_as_the_vendor_writes_it) {
    HookBox hooks;
    const std::string id = id_of(hooks.box.anet(
        Box::transaction(R"("transactionType":"authCaptureTransaction","amount":"12.50",)" + Box::card() +
                             R"(,"order":{"invoiceNumber":"INV-17"},"billTo":{"zip":"10115"})",
                         "ord-000017")));
    EXPECT_TRUE(hooks.listener.received.empty()) << "nothing is sent before the call is committed";
    hooks.run();
    ASSERT_EQ(hooks.listener.received.size(), 1U);
    const auto& came = hooks.listener.received.front();
    const std::regex written{
        R"(\{"notificationId":"[0-9a-f-]{36}","eventType":"net\.authorize\.payment\.authcapture\.created",)"
        R"("eventDate":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z","webhookId":"[0-9a-f-]{36}","payload":\{"responseCode":1,)"
        R"("merchantReferenceId":"ord-000017","authCode":"[A-Z0-9]{6}","avsResponse":"Y","authAmount":12\.5,)"
        R"("invoiceNumber":"INV-17","entityName":"transaction","id":"\d+"\}\})"};
    EXPECT_TRUE(std::regex_match(came.body, written)) << came.body;
    EXPECT_EQ(came.member("payload.id"), id);
    EXPECT_EQ(came.url, "https://shop.example/hooks");
    EXPECT_EQ(came.content_type, "application/json");
    EXPECT_EQ(came.request_id.size(), 36U);
    EXPECT_TRUE(came.is_genuine());
}

TEST(Webhooks, each_operation_emits_its_own_event_and_a_decline_none) {
    const auto zip = [](const std::string& code) {
        return Box::sale("10.00", "Z" + code, R"(,"billTo":{"zip":")" + code + R"("})");
    };
    HookBox hooks;
    hooks.set(R"({"webhook_concurrency":1})");  // In the order of the events, whatever they are about.
    Box& box = hooks.box;
    const std::string held = id_of(box.anet(Box::hold("5.00", "H")));
    box.anet(Box::capture(held, "4.00", "cap"));
    const std::string sold = id_of(box.anet(Box::sale("8.00", "S")));
    box.anet(Box::refund(sold, "1.00", "ref"));
    const std::string voided = id_of(box.anet(Box::sale("9.00", "V")));
    box.anet(Box::cancel(voided, "void"));
    hooks.run();
    EXPECT_EQ(hooks.types(),
              "payment.authorization.created payment.priorAuthCapture.created payment.authcapture.created "
              "payment.refund.created payment.authcapture.created payment.void.created");
    EXPECT_EQ(hooks.listener.received[1].member("payload.authAmount"), "4");
    EXPECT_EQ(hooks.listener.received[1].member("payload.merchantReferenceId"), "cap");
    EXPECT_EQ(hooks.listener.received[1].member("payload.id"), held);
    EXPECT_EQ(hooks.listener.received[5].member("payload.authAmount"), "9");

    hooks.listener.received.clear();
    // A decline, a repeat of the same sale, a repeat of the void: nothing new is true.
    box.anet(zip("46282"));
    box.anet(Box::sale("8.00", "S"));
    box.anet(Box::cancel(voided, "void"));
    hooks.run();
    EXPECT_EQ(hooks.types(), "");

    const auto decide = [&](const std::string& action, const std::string& id) {
        box.anet(Box::request("updateHeldTransactionRequest",
                              R"("heldTransactionRequest":{"action":")" + action + R"(","refTransId":")" + id + "\"}"));
    };
    const std::string good = id_of(box.anet(zip("46993")));
    decide("approve", good);
    box.clock.advance(Millis{200'000});
    decide("decline", id_of(box.anet(zip("46993"))));
    hooks.run();
    EXPECT_EQ(hooks.types(), "payment.fraud.held payment.fraud.approved payment.fraud.held payment.fraud.declined");
    EXPECT_EQ(hooks.listener.received[0].member("payload.responseCode"), "4");
    EXPECT_EQ(hooks.listener.received[0].member("payload.fraudList.0.fraudAction"), "authAndHold");
    EXPECT_EQ(hooks.listener.received[1].member("payload.responseCode"), "1");
    EXPECT_EQ(hooks.listener.received[3].member("payload.responseCode"), "2");
}

TEST(Webhooks, customers_and_their_accounts_are_told_too) {
    HookBox hooks;
    Box& box = hooks.box;
    const json::Value made = box.anet(
        Box::request("createCustomerProfileRequest",
                     R"("profile":{"merchantCustomerId":"c1","email":"a@b.example","paymentProfiles":[{"customerType":)"
                     R"("business",)" +
                         Box::card() + "}]}"));
    const std::string customer = R"("customerProfileId":")" + at(made, "customerProfileId") + "\"";
    const json::Value added =
        box.anet(Box::request("createCustomerPaymentProfileRequest",
                              customer + R"(,"paymentProfile":{)" + Box::card("5424000000000015") + "}"));
    box.anet(Box::request("deleteCustomerPaymentProfileRequest", customer + R"(,"customerPaymentProfileId":")" +
                                                                     at(added, "customerPaymentProfileId") + "\""));
    box.anet(Box::request("updateCustomerProfileRequest", R"("profile":{"merchantCustomerId":"c2",)" + customer + "}"));
    box.anet(Box::request("deleteCustomerProfileRequest", customer));
    hooks.run();
    EXPECT_EQ(hooks.types(),
              "customer.created customer.paymentProfile.created customer.paymentProfile.deleted customer.updated "
              "customer.deleted");
    EXPECT_EQ(hooks.listener.received[0].member("payload.entityName"), "customerProfile");
    EXPECT_EQ(hooks.listener.received[0].member("payload.paymentProfiles.0.customerType"), "business");
    EXPECT_EQ(hooks.listener.received[1].member("payload.entityName"), "customerPaymentProfile");
    EXPECT_EQ(hooks.listener.received[1].member("payload.id"), at(added, "customerPaymentProfileId"));
}

TEST(Webhooks, amounts_may_be_signed_with_two_decimals_and_sent_with_one) {  // F46
    HookBox hooks;
    hooks.fault(R"({"kind":"odd_amount"})", R"(,"count":1)");
    hooks.box.anet(Box::sale("1.10", "A"));
    hooks.box.anet(Box::sale("2.10", "B"));
    hooks.set(R"({"authorize_net":{"odd_amount":true}})");
    hooks.box.anet(Box::sale("3.00", "C"));
    hooks.run();
    ASSERT_EQ(hooks.listener.received.size(), 3U);
    const auto signed_as = [&](std::size_t which, const std::string& sent, const std::string& was) {
        const auto& came = hooks.listener.received[which];
        std::string text = came.body;
        const std::size_t at = text.find("\"authAmount\":" + sent + ",");
        EXPECT_NE(at, std::string::npos) << text;
        text.replace(at, 13 + sent.size(), "\"authAmount\":" + was);
        EXPECT_EQ(came.signature, signature_of(text));
    };
    signed_as(0, "1.1", "1.10");
    signed_as(1, "2.1", "2.1");
    signed_as(2, "3", "3.00");
}

TEST(Webhooks, another_signature_key_signs_from_then_on_and_survives) {  // F53
    const Directory directory;
    HookBox hooks{{.data_directory = directory.path()}};
    hooks.set(R"({"authorize_net":{"signature_key":"ABCDEF"}})");
    hooks.crash();
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.run();
    ASSERT_EQ(hooks.listener.received.size(), 1U);
    EXPECT_EQ(hooks.listener.received[0].signature, signature_of(hooks.listener.received[0].body, "ABCDEF"));
}

TEST(Ladder, fails_ten_times_more_and_then_the_webhook_is_inactive) {
    HookBox hooks;
    hooks.listener.status = 500;
    const Instant begin = hooks.box.clock.now();
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.run();
    std::vector<std::int64_t> minutes;
    for (const auto& came : hooks.listener.received) minutes.push_back((came.at - begin).count() / 60'000);
    EXPECT_EQ(minutes, (std::vector<std::int64_t>{0, 3, 6, 9, 489, 969, 1449, 4329, 7209, 10089, 12969}));
    // One notification all the time, each request under its own id.
    std::set<std::string> notifications, requests;
    for (const auto& came : hooks.listener.received) {
        notifications.insert(came.member("notificationId"));
        requests.insert(came.request_id);
    }
    EXPECT_EQ(notifications.size(), 1U);
    EXPECT_EQ(requests.size(), 11U);
    EXPECT_EQ(at(hooks.ask("GET", "/rest/v1/webhooks"), "0.status"), "inactive");
    EXPECT_EQ(at(hooks.ask("GET", "/rest/v1/notifications"), "notifications.0.deliveryStatus"), "Failed");
    // What happens now is told to nobody, until somebody sets it active again.
    hooks.listener.status = 200;
    hooks.box.anet(Box::sale("2.00", "B"));
    hooks.run();
    EXPECT_EQ(hooks.listener.received.size(), 11U);
    EXPECT_EQ(hooks.manage("PUT", "/rest/v1/webhooks/" + hooks.endpoint_id(), R"({"status":"active"})").response.status,
              200);
    hooks.box.anet(Box::sale("3.00", "C"));
    hooks.run();
    EXPECT_EQ(hooks.listener.received.size(), 12U);
}

TEST(Ladder, may_be_scaled_or_written_out) {
    HookBox hooks;
    hooks.listener.status = 0;
    const auto waits = [&](const std::string& settings, const std::string& invoice) {
        hooks.set(settings);
        hooks.listener.received.clear();
        const Instant begin = hooks.box.clock.now();
        hooks.box.anet(Box::sale("1.00", invoice));
        hooks.run();
        hooks.set(R"({"authorize_net":{"webhook_url":"https://shop.example/hooks"}})");
        std::string text;
        for (const auto& came : hooks.listener.received) text += std::to_string((came.at - begin).count()) + " ";
        return text;
    };
    EXPECT_EQ(waits(R"({"webhook_retry_ms":[10,20]})", "A"), "0 10 30 ");
    EXPECT_EQ(waits(R"({"webhook_retry_ms":[]})", "B"), "0 ");
    EXPECT_EQ(waits(R"({"webhook_retry_ms":null,"webhook_retry_scale":"0.001"})", "C"),
              "0 180 360 540 29340 58140 86940 259740 432540 605340 778140 ");
    EXPECT_EQ(waits(R"({"webhook_retry_scale":0})", "D"), "0 0 0 0 0 0 0 0 0 0 0 ");
    for (const char* wrong :
         {R"({"webhook_retry_scale":2})", R"({"webhook_retry_ms":7})", R"({"webhook_retry_ms":[-1]})",
          R"({"webhook_timeout_ms":0})", R"({"webhook_concurrency":0})",
          R"({"authorize_net":{"webhook_url":"ftp://x"}})", R"({"authorize_net":{"url":""}})",
          R"({"authorize_net":{"signature_key":""}})", R"({"authorize_net":{"login":"nobody"}})"}) {
        const auto changed = hooks.box.sandbox().change_settings(wrong);
        ASSERT_FALSE(changed.has_value()) << wrong;
        EXPECT_EQ(changed.error().code, "invalid_setting") << wrong;
    }
    EXPECT_EQ(at(hooks.box.ask("GET", "/sandbox/settings"), "webhook_retry_scale"), "0.000000");
}

TEST(Delivery, what_was_promised_before_a_crash_is_sent_after_it) {
    const Directory directory;
    HookBox hooks{{.data_directory = directory.path()}};
    hooks.set(R"({"webhook_retry_ms":[60000]})");
    // Not begun.
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.crash();
    hooks.run();
    EXPECT_EQ(hooks.invoices(), "A");
    // On its way: it may have arrived, so it comes again.
    hooks.listener.takes = Millis{500};
    hooks.box.anet(Box::sale("2.00", "B"));
    hooks.run(Millis{100});
    hooks.crash();
    hooks.run();
    ASSERT_EQ(hooks.invoices(), "A B B");
    EXPECT_EQ(hooks.listener.received[1].body, hooks.listener.received[2].body);
    // Between two attempts: the ladder goes on where it was.
    hooks.listener.status = 503;
    hooks.box.anet(Box::sale("3.00", "C"));
    hooks.run(Millis{1'000});
    hooks.crash();
    hooks.listener.status = 200;
    hooks.run();
    EXPECT_EQ(hooks.invoices(), "A B B C C");
    const json::Value log = hooks.box.ask("GET", "/sandbox/webhooks");
    EXPECT_EQ(at(log, "webhooks.0.state"), "delivered");
    EXPECT_EQ(at(log, "webhooks.0.attempts.0.status"), "503");
    EXPECT_EQ(at(log, "webhooks.0.attempts.1.status"), "200");
    // Delivered is delivered.
    hooks.crash();
    hooks.run();
    EXPECT_EQ(hooks.listener.received.size(), 5U);
}

TEST(Delivery, what_a_clock_that_went_back_has_put_off_is_sent_when_it_is_due) {  // F77
    HookBox hooks;
    hooks.set(R"({"webhook_retry_ms":[60000]})");
    hooks.listener.status = 503;
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.run(Millis{1'000});
    hooks.listener.status = 200;
    hooks.box.clock.jump(Millis{-86'400'000});
    hooks.run(Millis{120'000});
    EXPECT_EQ(hooks.invoices(), "A") << "it is not due";
    hooks.box.clock.jump(Millis{86'400'000});
    hooks.run(Millis{60'000});
    EXPECT_EQ(hooks.invoices(), "A A");
}

TEST(Delivery, keeps_the_order_of_one_object_and_never_more_are_on_their_way_than_allowed) {  // F42
    HookBox hooks;
    hooks.set(R"({"webhook_concurrency":3})");
    hooks.listener.takes = Millis{1'000};
    const std::string held = id_of(hooks.box.anet(Box::hold("9.00", "H")));
    hooks.box.anet(Box::capture(held, "9.00", "cap"));
    hooks.box.anet(Box::refund(held, "1.00", "ref"));
    hooks.run();
    EXPECT_EQ(hooks.types(), "payment.authorization.created payment.priorAuthCapture.created payment.refund.created");
    EXPECT_EQ(hooks.listener.most_at_once, 1);
    for (int i = 0; i < 10; ++i) hooks.box.anet(Box::sale("1.00", "S" + std::to_string(i)));
    hooks.run();
    EXPECT_EQ(hooks.listener.received.size(), 13U);
    EXPECT_EQ(hooks.listener.most_at_once, 3);
}

TEST(Delivery, goes_to_every_endpoint_that_asked_for_the_type) {
    HookBox hooks;
    hooks.set(R"({"authorize_net":{"webhook_url":""}})");
    const auto add = [&](const std::string& url, const std::string& types) {
        return at(hooks.ask("POST", "/rest/v1/webhooks", R"({"url":")" + url + R"(","eventTypes":[)" + types + "]}"),
                  "webhookId");
    };
    add("https://a.example/", R"("net.authorize.payment.authcapture.created")");
    add("https://b.example/", R"("net.authorize.payment.authcapture.created","net.authorize.payment.void.created")");
    add("https://c.example/", R"("net.authorize.payment.refund.created")");
    const std::string id = id_of(hooks.box.anet(Box::sale("1.00", "A")));
    hooks.box.anet(Box::cancel(id));
    hooks.run();
    std::multiset<std::string> urls;
    std::set<std::string> notifications;
    for (const auto& came : hooks.listener.received) {
        urls.insert(came.url);
        notifications.insert(came.member("notificationId"));
    }
    EXPECT_EQ(urls, (std::multiset<std::string>{"https://a.example/", "https://b.example/", "https://b.example/"}));
    EXPECT_EQ(notifications.size(), 3U);
}

TEST(Management, webhooks_are_made_read_changed_and_removed) {
    HookBox hooks;
    hooks.set(R"({"authorize_net":{"webhook_url":""}})");
    EXPECT_EQ(hooks.manage("GET", "/rest/v1/webhooks").response.body, "[]");
    const std::string type = "net.authorize.payment.refund.created";
    const json::Value made =
        hooks.ask("POST", "/rest/v1/webhooks",
                  R"({"name":"shop","url":"https://a.example/h","eventTypes":[")" + type + R"("],"status":"active"})");
    const std::string id = at(made, "webhookId");
    EXPECT_EQ(at(made, "_links.self.href"), "/rest/v1/webhooks/" + id);
    EXPECT_EQ(at(made, "name"), "shop");
    EXPECT_EQ(at(made, "status"), "active");
    EXPECT_EQ(at(made, "eventTypes.0"), type);
    EXPECT_EQ(at(hooks.ask("PUT", "/rest/v1/webhooks/" + id, R"({"status":"inactive"})"), "status"), "inactive");
    EXPECT_EQ(at(hooks.ask("GET", "/rest/v1/webhooks/" + id), "url"), "https://a.example/h");
    EXPECT_EQ(hooks.manage("DELETE", "/rest/v1/webhooks/" + id).response.status, 200);
    EXPECT_EQ(hooks.manage("GET", "/rest/v1/webhooks/" + id).response.status, 404);
    EXPECT_EQ(hooks.ask("GET", "/rest/v1/eventtypes").items().size(), 21U);
    for (const char* wrong : {"[]", "{", R"({"url":"x","eventTypes":["net.authorize.payment.refund.created"]})",
                              R"({"url":"https://a.example/","eventTypes":[]})",
                              R"({"url":"https://a.example/","eventTypes":["net.authorize.payment.lost"]})",
                              R"({"url":"https://a.example/","status":"on"})"})
        EXPECT_EQ(hooks.manage("POST", "/rest/v1/webhooks", wrong).response.status, 400) << wrong;
    EXPECT_EQ(hooks.box.send("GET", "/rest/v1/webhooks").response.status, 401);
    EXPECT_EQ(hooks.manage("GET", "/rest/v1/nothing").response.status, 404);
}

TEST(Management, a_ping_reaches_an_inactive_webhook_or_says_that_it_cannot) {
    HookBox hooks;
    const std::string id = hooks.endpoint_id();
    EXPECT_EQ(hooks.ping(id), 400) << "active";
    hooks.manage("PUT", "/rest/v1/webhooks/" + id, R"({"status":"inactive"})");
    EXPECT_EQ(hooks.ping(id), 200);
    ASSERT_EQ(hooks.listener.received.size(), 1U);
    EXPECT_TRUE(hooks.listener.received[0].is_genuine());
    hooks.listener.status = 0;
    EXPECT_EQ(hooks.ping(id), 500);
    EXPECT_EQ(hooks.ping("b5c0c7a4-0000-0000-0000-000000000000"), 404);
    EXPECT_EQ(at(hooks.ask("GET", "/rest/v1/webhooks/" + id), "status"), "inactive");
}

TEST(Management, notifications_are_listed_in_pages_and_shown_with_their_attempts) {
    HookBox hooks;
    hooks.set(R"({"webhook_retry_ms":[60000,86400000]})");
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.run();
    hooks.listener.status = 500;
    hooks.box.anet(Box::sale("2.00", "B"));
    hooks.run(Millis{120'000});
    const auto list = [&](const std::string& query) { return hooks.ask("GET", "/rest/v1/notifications", {}, query); };
    EXPECT_EQ(at(list(""), "notifications.0.deliveryStatus"), "RetryPending");
    EXPECT_EQ(at(list(""), "notifications.1.deliveryStatus"), "Delivered");
    EXPECT_EQ(at(list("offset=1&limit=1"), "notifications.0.deliveryStatus"), "Delivered");
    EXPECT_EQ(at(list("offset=1&limit=1"), "notifications.1.deliveryStatus"), "-");
    EXPECT_EQ(at(list("deliveryStatus=RetryPending"), "notifications.1.deliveryStatus"), "-");
    const std::string id = at(list(""), "notifications.0.notificationId");
    const json::Value one = hooks.ask("GET", "/rest/v1/notifications/" + id);
    EXPECT_EQ(at(one, "payload.invoiceNumber"), "B");
    EXPECT_EQ(at(one, "retryLog.1.httpStatus"), "500");
    EXPECT_EQ(hooks.manage("GET", "/rest/v1/notifications/none").response.status, 404);
}

}  // namespace
}  // namespace florin::sandbox
