#include <set>

#include "webhook_support.hpp"

namespace florin::sandbox {
namespace {

TEST(WebhookFaults, duplicates_come_at_the_same_time_or_one_after_the_other) {  // F40
    HookBox hooks;
    hooks.set(R"({"webhook_concurrency":1})");
    hooks.listener.takes = Millis{1'000};
    hooks.fault(R"({"kind":"duplicate","copies":50})", R"(,"count":1)");
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.run();
    ASSERT_EQ(hooks.listener.received.size(), 50U);
    EXPECT_EQ(hooks.listener.most_at_once, 50);
    std::set<std::string> bodies, requests;
    for (const auto& came : hooks.listener.received) {
        bodies.insert(came.body);
        requests.insert(came.request_id);
        EXPECT_TRUE(came.is_genuine());
    }
    EXPECT_EQ(bodies.size(), 1U);
    EXPECT_EQ(requests.size(), 50U);

    hooks.listener.received.clear();
    hooks.fault(R"({"kind":"duplicate","copies":3,"ms":7000})");
    const Instant begin = hooks.box.clock.now();
    hooks.box.anet(Box::sale("2.00", "B"));
    hooks.run();
    ASSERT_EQ(hooks.listener.received.size(), 3U);
    EXPECT_EQ(hooks.listener.received[2].at - begin, Millis{14'000});
}

TEST(WebhookFaults, a_copy_that_fails_does_not_switch_the_endpoint_off) {
    HookBox hooks;
    hooks.set(R"({"webhook_retry_ms":[100]})");
    hooks.fault(R"({"kind":"duplicate","copies":2,"ms":10})");
    hooks.listener.status = 500;
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.run(Millis{50});
    hooks.listener.status = 200;
    hooks.run();
    EXPECT_EQ(hooks.listener.received.size(), 3U);
    EXPECT_EQ(at(hooks.ask("GET", "/rest/v1/webhooks"), "0.status"), "active");
}

TEST(WebhookFaults, delayed_and_late_ones_come_with_their_old_date) {  // F43
    HookBox hooks;
    hooks.box.sandbox()
        .set_faults(R"({"rules":[{"action":{"kind":"delay","ms":5000},"count":1},
                                 {"match":{"method":"webhook"},"action":{"kind":"late"},"count":1}]})")
        .value();
    const Instant begin = hooks.box.clock.now();
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.box.anet(Box::sale("2.00", "B"));
    hooks.box.anet(Box::sale("3.00", "C"));
    hooks.run();
    EXPECT_EQ(hooks.invoices(), "C A B");
    EXPECT_EQ(hooks.listener.received[1].at - begin, Millis{5'000});
    EXPECT_EQ(hooks.listener.received[2].at - begin, Millis{3 * 86'400'000LL});
    EXPECT_EQ(hooks.listener.received[2].member("eventDate").substr(0, 19), to_text(begin).substr(0, 19));
}

TEST(WebhookFaults, one_is_held_back_behind_the_next) {  // F42
    HookBox hooks;
    hooks.fault(R"({"kind":"reorder"})", R"(,"count":1)");
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.run(Millis{10'000});
    EXPECT_EQ(hooks.invoices(), "");
    hooks.box.anet(Box::sale("2.00", "B"));
    hooks.run(Millis{1'000});
    EXPECT_EQ(hooks.invoices(), "B A");

    // Of one object: what others tell does not let it go.
    hooks.listener.received.clear();
    hooks.fault(R"({"kind":"reorder","of":"object"})", R"(,"count":1)");
    const std::string held = id_of(hooks.box.anet(Box::hold("3.00", "H")));
    hooks.box.anet(Box::sale("4.00", "X"));
    hooks.run(Millis{1'000});
    hooks.box.anet(Box::capture(held, "3.00", "cap"));
    hooks.run(Millis{1'000});
    EXPECT_EQ(hooks.types(),
              "payment.authcapture.created payment.priorAuthCapture.created payment.authorization.created");

    // Held back is not lost.
    hooks.listener.received.clear();
    hooks.fault(R"({"kind":"reorder","ms":2000})", R"(,"count":1)");
    hooks.box.anet(Box::sale("5.00", "L"));
    hooks.run();
    EXPECT_EQ(hooks.invoices(), "L");
}

TEST(WebhookFaults, a_lost_one_never_comes_and_the_log_says_so) {  // F44
    HookBox hooks;
    hooks.fault(R"({"kind":"lose"})", R"(,"count":1)");
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.box.anet(Box::sale("2.00", "B"));
    hooks.run();
    EXPECT_EQ(hooks.invoices(), "B");
    const json::Value log = hooks.box.ask("GET", "/sandbox/webhooks");
    EXPECT_EQ(at(log, "webhooks.1.state"), "lost");
    EXPECT_EQ(at(log, "webhooks.1.fault"), "lose");
}

TEST(WebhookFaults, a_forgery_comes_beside_the_genuine_one_under_an_id_of_its_own) {  // F45
    HookBox hooks;
    hooks.fault(R"({"kind":"forge"})", R"(,"count":1)");
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.run();
    ASSERT_EQ(hooks.listener.received.size(), 2U);
    const auto& genuine = hooks.listener.received[0];
    const auto& forged = hooks.listener.received[1];
    EXPECT_TRUE(genuine.is_genuine());
    EXPECT_FALSE(forged.is_genuine());
    EXPECT_EQ(forged.signature.size(), genuine.signature.size());
    EXPECT_NE(forged.member("notificationId"), genuine.member("notificationId"));
    EXPECT_EQ(forged.member("payload.id"), genuine.member("payload.id"));
    // The vendor's own books do not know of it.
    EXPECT_EQ(at(hooks.ask("GET", "/rest/v1/notifications"), "notifications.1.notificationId"), "-");
}

TEST(WebhookFaults, a_body_is_spoilt_on_its_way_and_whole_the_next_time) {  // F46
    HookBox hooks;
    hooks.fault(R"({"kind":"corrupt_body"})", R"(,"count":1,"seed":4)");
    hooks.listener.status = 401;
    hooks.box.anet(Box::sale("1.00", "A"));
    hooks.run(Millis{1'000});
    ASSERT_EQ(hooks.listener.received.size(), 1U);
    EXPECT_FALSE(hooks.listener.received[0].is_genuine());
    hooks.listener.status = 200;
    hooks.run();
    ASSERT_EQ(hooks.listener.received.size(), 2U);
    EXPECT_TRUE(hooks.listener.received[1].is_genuine());
    EXPECT_EQ(hooks.listener.received[0].signature, hooks.listener.received[1].signature);
    EXPECT_EQ(hooks.listener.received[0].body.size(), hooks.listener.received[1].body.size());
}

TEST(WebhookFaults, the_same_script_and_the_same_calls_make_the_same_trouble) {
    const auto play = [](const std::string& seed) {
        HookBox hooks;
        hooks.box.sandbox()
            .set_faults(R"({"rules":[{"action":{"kind":"lose"},"probability":0.3,"seed":)" + seed +
                        R"(},{"action":{"kind":"corrupt_body"},"probability":0.4,"seed":)" + seed +
                        R"(},{"action":{"kind":"reorder"},"probability":0.5,"seed":)" + seed + "}]}")
            .value();
        std::string all;
        for (int i = 0; i < 40; ++i) {
            hooks.box.anet(Box::sale("1.00", "S" + std::to_string(i)));
            hooks.run(Millis{1});
        }
        hooks.run();
        for (const auto& came : hooks.listener.received) all += came.body + came.signature + "\n";
        return all;
    };
    EXPECT_EQ(play("7"), play("7"));
    EXPECT_NE(play("7"), play("8"));
}

TEST(WebhookFaults, rules_for_calls_and_for_webhooks_do_not_meet) {
    HookBox hooks;
    // Matches everything that is a call, and no webhook.
    hooks.box.sandbox().set_faults(R"({"rules":[{"action":{"kind":"latency","ms":5}}]})").value();
    EXPECT_EQ(hooks.box.send_anet(Box::sale("1.00", "A")).delay, Millis{5});
    // And the other way round, by the type of the event.
    hooks.box.sandbox()
        .set_faults(R"({"rules":[{"match":{"transactionType":"net.authorize.payment.void.created"},
                                  "action":{"kind":"lose"}}]})")
        .value();
    const std::string id = id_of(hooks.box.anet(Box::sale("2.00", "B")));
    hooks.box.anet(Box::cancel(id));
    hooks.run();
    EXPECT_EQ(hooks.invoices(), "A B");

    const struct {
        const char* rule;
        const char* field;
    } wrong[] = {
        {R"({"match":{"method":"webhook"},"action":{"kind":"latency"}})", "action.kind"},
        {R"({"match":{"method":"POST"},"action":{"kind":"lose"}})", "action.kind"},
        {R"({"match":{"path":"/x"},"action":{"kind":"lose"}})", "match.path"},
        {R"({"action":{"kind":"duplicate","copies":1}})", "action.copies"},
        {R"({"action":{"kind":"reorder","of":"all"}})", "action.of"},
        {R"({"action":{"kind":"delay","ms":2592000001}})", "action.ms"},
    };
    for (const auto& [rule, field] : wrong) {
        const auto set = hooks.box.sandbox().set_faults(R"({"rules":[)" + std::string{rule} + "]}");
        ASSERT_FALSE(set.has_value()) << rule;
        EXPECT_EQ(set.error().field, field) << rule;
    }
}

}  // namespace
}  // namespace florin::sandbox
