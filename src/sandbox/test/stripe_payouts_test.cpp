// What Stripe's stand-in pays out: when, of what, and what goes wrong with it.

#include "support.hpp"

namespace florin::sandbox {
namespace {

/// A box that speaks Stripe, whose payouts are looked at.
class PayoutAccount : public Box {
public:
    using Box::Box;

    json::Value call(std::string method, std::string path, std::string form) {
        http::Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        (request.method == "POST" ? request.body : request.query) = std::move(form);
        request.headers = {{"authorization", "Bearer sk_test_sandbox"}};
        if (request.method == "POST") request.headers.emplace_back("idempotency-key", "k" + std::to_string(++keys_));
        return parsed(sandbox().serve(request).response.body);
    }
    json::Value get(const std::string& path, std::string query = {}) {
        return call("GET", "/v1/" + path, std::move(query));
    }
    std::string charge(int amount, const std::string& currency = "eur", const std::string& more = {}) {
        return at(call("POST", "/v1/payment_intents",
                       "payment_method_types[]=card&confirm=true&payment_method=pm_card_visa&amount=" +
                           std::to_string(amount) + "&currency=" + currency + more),
                  "id");
    }
    std::string refund(const std::string& intent, int amount) {
        return at(call("POST", "/v1/refunds", "payment_intent=" + intent + "&amount=" + std::to_string(amount)), "id");
    }
    void settle() { ask("POST", "/sandbox/settle"); }
    void settings(const std::string& json) {
        const auto changed = sandbox().change_settings(json);
        ASSERT_TRUE(changed) << changed.error().field;
    }
    void fault(const std::string& action, const std::string& type = {}) {
        const auto set = sandbox().set_faults(R"({"rules":[{"match":{"provider":"stripe","transactionType":")" + type +
                                              R"("},"action":)" + action + R"(,"count":1}]})");
        ASSERT_TRUE(set) << set.error().message;
    }
    /// The oldest first: `amount currency status`.
    std::string payouts() {
        std::string text;
        for (const json::Value& payout : get("payouts", "limit=100").find("data")->items())
            text = at(payout, "amount") + " " + at(payout, "currency") + " " + at(payout, "status") +
                   (text.empty() ? "" : "; ") + text;
        return text;
    }
    /// What is in the nth newest payout but for itself, the oldest first: `type amount-fee`.
    std::string lines(int n = 0) {
        const std::string id = at(get("payouts"), "data." + std::to_string(n) + ".id");
        std::string text;
        for (const json::Value& of : get("balance_transactions", "limit=100&payout=" + id).find("data")->items()) {
            if (at(of, "type") == "payout" && at(of, "source") == id) continue;
            text = at(of, "type") + " " + at(of, "amount") + "-" + at(of, "fee") + (text.empty() ? "" : "; ") + text;
        }
        return text;
    }
    /// The types of events about payouts, the oldest first.
    std::string told() {
        std::string types;
        for (const json::Value& event : get("events", "limit=100&type=payout.*").find("data")->items())
            types = at(event, "type") + (types.empty() ? "" : " ") + types;
        return types;
    }

private:
    int keys_ = 0;
};

TEST(StripePayouts, pay_each_currency_by_itself_less_fees_and_refunds) {
    PayoutAccount account;
    const std::string first = account.charge(10'000);
    account.charge(2'000, "jpy");
    account.refund(first, 2'500);
    account.settle();
    EXPECT_EQ(account.payouts(), "7180 eur paid; 1912 jpy paid");
    EXPECT_EQ(account.lines(1), "charge 10000-320; refund -2500-0");
    EXPECT_EQ(account.lines(0), "charge 2000-88");
    EXPECT_EQ(account.told(), "payout.created payout.paid payout.created payout.paid");
    // What was paid out is not paid again; a refund of it is taken from the bank.
    account.settle();
    EXPECT_EQ(account.payouts(), "7180 eur paid; 1912 jpy paid");
    account.refund(first, 500);
    account.settle();
    EXPECT_EQ(account.payouts(), "7180 eur paid; 1912 jpy paid; -500 eur paid");
}

TEST(StripePayouts, have_the_fees_that_the_settings_say) {
    PayoutAccount account;
    account.settings(R"({"stripe":{"fee_rate_bp":140,"fee_fixed":25,"dispute_fee":2000}})");
    const std::string intent = account.charge(1'036);
    account.ask("POST", "/sandbox/stripe/disputes", R"({"payment_intent":")" + intent + "\"}");
    account.settle();
    // 14.504 is rounded up to 15.
    EXPECT_EQ(account.lines(), "charge 1036-40; adjustment -1036-2000");
    EXPECT_EQ(account.payouts(), "-2040 eur paid");
    const std::string dispute = at(account.get("disputes"), "data.0.id");
    account.ask("POST", "/sandbox/stripe/disputes/" + dispute, R"({"outcome":"won"})");
    account.settle();
    EXPECT_EQ(account.lines(), "adjustment 1036--2000");
    EXPECT_FALSE(account.sandbox().change_settings(R"({"stripe":{"fee_rate_bp":-1}})"));
    EXPECT_FALSE(account.sandbox().change_settings(R"({"stripe":{"fee_fixed":"x"}})"));
}

TEST(StripePayouts, are_made_by_themselves_at_midnight_of_what_has_been_there_long_enough) {
    PayoutAccount account{{.settle_after = day}};
    account.charge(10'000);
    EXPECT_EQ(at(account.get("balance"), "pending.0.amount"), "9680");
    EXPECT_EQ(at(account.get("balance"), "available.0.amount"), "0");
    account.clock.advance(day);
    EXPECT_EQ(account.payouts(), "") << "a day has passed, and no midnight since";
    EXPECT_EQ(at(account.get("balance"), "available.0.amount"), "9680");
    account.charge(5'000);
    account.clock.advance(day);
    EXPECT_EQ(account.payouts(), "9680 eur paid");
    EXPECT_EQ(account.lines(), "charge 10000-320");
    account.clock.advance(day);
    EXPECT_EQ(account.payouts(), "9680 eur paid; 4825 eur paid");
    EXPECT_EQ(at(account.get("payouts"), "data.0.arrival_date"), at(account.get("payouts"), "data.0.created"));
}

TEST(StripePayouts, that_are_made_by_hand_say_nothing_of_what_they_are_of_and_make_the_next_one_smaller) {
    PayoutAccount account;
    account.charge(10'000);
    const json::Value by_hand = account.call("POST", "/v1/payouts", "amount=5000&currency=eur");
    EXPECT_EQ(at(by_hand, "amount") + " " + at(by_hand, "automatic") + " " + at(by_hand, "reconciliation_status"),
              "5000 false not_applicable");
    EXPECT_EQ(at(account.get("balance_transactions", "payout=" + at(by_hand, "id")), "error.param"), "payout");
    EXPECT_EQ(at(account.get("balance"), "available.0.amount"), "4680");
    account.settle();
    EXPECT_EQ(account.payouts(), "5000 eur paid; 4680 eur paid");
    EXPECT_EQ(account.lines(), "charge 10000-320; payout -5000-0");
    EXPECT_EQ(at(account.call("POST", "/v1/payouts", "amount=1&currency=eur"), "error.code"), "balance_insufficient");
    EXPECT_EQ(at(account.call("POST", "/v1/payouts", "amount=0&currency=eur"), "error.param"), "amount");
}

TEST(StripePayouts, are_under_way_until_they_reach_the_bank) {
    PayoutAccount account;
    account.settings(R"({"stripe":{"payout_ms":172800000}})");
    account.charge(10'000);
    account.settle();
    EXPECT_EQ(account.payouts(), "9680 eur in_transit");
    EXPECT_EQ(account.told(), "payout.created");
    account.clock.advance(2 * day);
    EXPECT_EQ(account.payouts(), "9680 eur paid");
    EXPECT_EQ(account.told(), "payout.created payout.paid");
}

TEST(StripePayouts, that_fail_come_back_into_the_balance_and_are_paid_with_the_next) {
    PayoutAccount account;
    account.fault(R"({"kind":"settlement_failed"})");
    account.charge(10'000);
    account.settle();
    EXPECT_EQ(account.payouts(), "9680 eur failed");
    EXPECT_EQ(account.lines(), "charge 10000-320");
    EXPECT_EQ(account.told(), "payout.created payout.failed");
    EXPECT_EQ(at(account.get("payouts"), "data.0.failure_code"), "account_closed");
    account.charge(1'000);
    account.settle();
    EXPECT_EQ(account.lines(), "payout_failure 9680-0; charge 1000-59");
    EXPECT_EQ(account.payouts(), "9680 eur failed; 10621 eur paid");
}

TEST(StripePayouts, go_wrong_as_the_fault_script_says) {
    struct Case {
        std::string why, action, type, lines, payouts;
    };
    const Case cases[] = {
        {"a line left out", R"({"kind":"line_left_out"})", "", "charge 2000-88", "1912 eur paid"},
        {"another amount", R"({"kind":"line_amount","amount":"9.99"})", "", "charge 999-59; charge 2000-88",
         "2852 eur paid"},
        {"a line twice", R"({"kind":"line_twice"})", "", "charge 1000-59; charge 2000-88; charge 1000-59",
         "3794 eur paid"},
        {"nobody's", R"({"kind":"line_unknown","amount":"13.37"})", "", "charge 1000-59; charge 2000-88; charge 1337-0",
         "4190 eur paid"},
        {"another total", R"({"kind":"settlement_total","amount":"1.00"})", "", "charge 1000-59; charge 2000-88",
         "100 eur paid"},
        {"of refunds only", R"({"kind":"line_left_out"})", "refund", "charge 1000-59; charge 2000-88", "2853 eur paid"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        PayoutAccount account;
        account.charge(1'000);
        account.charge(2'000);
        account.fault(c.action, c.type);
        account.settle();
        EXPECT_EQ(account.lines(), c.lines);
        EXPECT_EQ(account.payouts(), c.payouts);
        EXPECT_EQ(account.sandbox().movements().size(), 2u);
        account.settle();
        EXPECT_EQ(account.payouts(), c.payouts) << "what was left out is left out for good";
    }
}

TEST(StripePayouts, survive_a_crash_also_on_their_way) {
    Directory directory;
    PayoutAccount account{{.data_directory = directory.path()}};
    account.settings(R"({"stripe":{"payout_ms":86400000,"fee_fixed":0}})");
    account.fault(R"({"kind":"settlement_failed"})");
    account.charge(10'000);
    account.settle();
    account.charge(2'000);
    const std::string before = json::to_text(account.get("balance_transactions", "limit=100"));
    account.reopen();
    EXPECT_EQ(json::to_text(account.get("balance_transactions", "limit=100")), before);
    EXPECT_EQ(account.payouts(), "9710 eur in_transit");
    account.clock.advance(day);
    EXPECT_EQ(account.payouts(), "9710 eur failed");
    account.settle();
    EXPECT_EQ(account.lines(), "charge 2000-58; payout_failure 9710-0");
}

}  // namespace
}  // namespace florin::sandbox
