// What hours, days and a clock that is set anew do to payments.

#include <gtest/gtest.h>

#include <map>

#include "client.hpp"
#include "florin/json/value.hpp"
#include "florin/ledger/check.hpp"
#include "florin/ledger/ledger.hpp"

namespace florin::sim {
namespace {

constexpr Millis minute{60'000};
constexpr Millis hour = 60 * minute;
constexpr Millis day = 24 * hour;

const store::Sql read_states{"sim.read_states", "SELECT state FROM payments WHERE merchant_id = $1 ORDER BY id"};

/// One shop's day at the provider Authorize.Net.
class Clocks : public testing::Test {
protected:
    Installation at{77};
    Memory memory;
    Client client{at, memory};

    const Shop& shop() const { return at.authorize_net_shop; }
    void pass(Millis time) {
        at.timeline.run_until([] { return false; }, time);
    }
    /// Has the operation asked for until its answer is final.
    const Operation& done(Operation& operation) {
        at.outside.spawn(client.pursue(operation));
        EXPECT_TRUE(at.run_clients(hour)) << operation.path;
        EXPECT_TRUE(operation.complaints.empty()) << operation.complaints.front();
        return operation;
    }
    /// One request, one answer; nothing when none came.
    std::optional<http::Response> once(std::string method, std::string path, std::string body, std::string key = {}) {
        std::optional<http::Response> answer;
        at.outside.spawn([](Clocks& my, std::optional<http::Response>& into, std::string verb, std::string where,
                            std::string what, std::string idempotency_key) -> Task<void> {
            http::Request request{.method = std::move(verb),
                                  .path = std::move(where),
                                  .query = {},
                                  .headers = {},
                                  .body = std::move(what),
                                  .peer = "10.0.0.1"};
            request.headers.emplace_back("content-type", "application/json");
            request.headers.emplace_back("authorization", "Bearer " + my.shop().key);
            if (!idempotency_key.empty()) request.headers.emplace_back("idempotency-key", idempotency_key);
            into = co_await my.at.ask(std::move(request));
        }(*this, answer, std::move(method), std::move(path), std::move(body), std::move(key)));
        EXPECT_TRUE(at.run_clients(hour));
        return answer;
    }
    void script(std::string rules) { ASSERT_TRUE(at.sandbox->set_faults(R"({"rules":[)" + rules + "]}")); }
    /// Moved by type, over all that the provider recorded; a void of something captured is a refund.
    std::map<std::string, std::int64_t> moved() {
        std::map<std::string, std::int64_t> sums;
        for (const sandbox::Movement& movement : at.sandbox->movements())
            sums[movement.type == "cancel" && movement.cancels != "authorize" ? "refund" : movement.type] +=
                movement.amount_minor;
        return sums;
    }
    std::int64_t balance(const ledger::Account& account) {
        auto view = [&](store::Reader& reader) -> Result<std::int64_t> {
            return ledger::balance(reader, shop().id, account, *Currency::of("USD"));
        };
        return at.look(view);
    }
    std::vector<std::string> states() {
        auto view = [&](store::Reader& reader) -> Result<std::vector<std::string>> {
            return reader.all(read_states, [](const store::Row& row) { return row.string(0); }, shop().id);
        };
        return at.look(view);
    }
    void expect_whole_books() {
        auto view = [](store::Reader& reader) -> Result<ledger::Checked> { return ledger::check(reader); };
        const ledger::Checked checked = at.look(view);
        for (const ledger::Finding& finding : checked.findings) ADD_FAILURE() << ledger::to_text(finding);
        const auto sums = moved();
        const auto of = [&](const char* type) { return sums.contains(type) ? sums.at(type) : 0; };
        EXPECT_EQ(balance(ledger::Account::provider_clearing("authorize_net")),
                  of("purchase") + of("capture") - of("refund"));
        EXPECT_EQ(at.open_transactions(), 0);
    }
};

TEST_F(Clocks, what_comes_true_hours_after_it_was_given_up_is_given_back) {  // F5
    script(R"({"match":{"provider":"authorize_net","transactionType":"authCaptureTransaction"},)"
           R"("action":{"kind":"late","ms":2400000},"count":1})");
    const Operation& purchase = done(client.charge(shop(), "purchase", 41'00));
    EXPECT_EQ(purchase.fate, Fate::not_approved) << purchase.answer;
    EXPECT_NE(purchase.answer.find("never_reached_provider"), std::string::npos) << purchase.answer;
    EXPECT_TRUE(moved().empty());
    pass(3 * hour);
    EXPECT_EQ(moved(), (std::map<std::string, std::int64_t>{{"purchase", 41'00}, {"refund", 41'00}}));
    EXPECT_EQ(balance(ledger::Account::provider_clearing("authorize_net")), 0);
    expect_whole_books();
}

TEST_F(Clocks, a_key_is_good_for_years) {  // F14, F16
    Operation& purchase = client.charge(shop(), "purchase", 42'00);
    done(purchase);
    ASSERT_EQ(purchase.fate, Fate::approved);
    const std::string answer = purchase.answer;
    for (const Millis later : {25 * hour, 31 * day, 800 * day}) {
        at.clock.jump(later);
        pass(minute);
        const auto again = once("POST", purchase.path, purchase.body, purchase.key);
        ASSERT_TRUE(again);
        EXPECT_EQ(again->status, 200);
        EXPECT_EQ(again->body, answer);
        const auto other = once("POST", purchase.path, client.charge(shop(), "purchase", 42'01).body, purchase.key);
        ASSERT_TRUE(other);
        EXPECT_EQ(other->status, 422) << other->body;
    }
    EXPECT_EQ(moved(), (std::map<std::string, std::int64_t>{{"purchase", 42'00}}));
    expect_whole_books();
}

TEST_F(Clocks, a_provider_that_is_away_for_days_is_asked_before_anything_is_sent_again) {  // F4, F8, F23
    const Operation& bought = done(client.charge(shop(), "purchase", 43'00));
    ASSERT_EQ(bought.fate, Fate::approved);
    Operation& lost = client.charge(shop(), "purchase", 44'00);
    Operation& refund = client.follow_up(bought, "refund", 43'00, true);
    // Both are done and nobody hears of it; then nobody can be asked for a day and a half, longer than any
    // provider remembers a request.
    script(
        R"({"match":{"provider":"authorize_net","transactionType":"authCaptureTransaction"},"action":{"kind":"drop_after"},"count":1},)"
        R"({"match":{"provider":"authorize_net","transactionType":"refundTransaction"},"action":{"kind":"drop_after"},"count":1})");
    at.outside.spawn(client.pursue(lost));
    at.outside.spawn(client.pursue(refund));
    client.patience = 100 * day;
    at.timeline.run_until([&] { return moved()["refund"] > 0 && moved()["purchase"] > 43'00; }, minute);
    script(R"({"match":{"provider":"authorize_net"},"action":{"kind":"drop_before"}})");
    at.clock.jump(36 * hour);
    pass(10 * minute);
    EXPECT_GT(at.open_transactions(), 0) << "it is not guessed";
    at.sandbox->clear_faults();
    EXPECT_TRUE(at.settle(2 * minute)) << "within a minute of the provider's healing, and one for its breaker";
    EXPECT_TRUE(at.run_clients(hour));
    EXPECT_EQ(lost.fate, Fate::approved) << lost.answer;
    EXPECT_EQ(refund.fate, Fate::approved) << refund.answer;
    EXPECT_EQ(moved(), (std::map<std::string, std::int64_t>{{"purchase", 87'00}, {"refund", 43'00}}));
    expect_whole_books();
}

TEST_F(Clocks, an_authorization_that_expired_cannot_be_captured_and_holds_nothing) {  // F29
    const Operation& held = done(client.charge(shop(), "authorize", 45'00));
    ASSERT_EQ(held.fate, Fate::approved);
    EXPECT_NE(balance(*ledger::Account::parse("holds")), 0);
    at.clock.jump(31 * day);
    // Before the sweep has come by, and after.
    for (const Millis later : {Millis{0}, 5 * minute}) {
        pass(later);
        const auto capture =
            once("POST", "/api/v1/payments/capture", R"({"transaction_id":")" + held.transaction + "\"}",
                 "late-" + std::to_string(later.count()));
        ASSERT_TRUE(capture);
        EXPECT_EQ(capture->status, 409) << capture->body;
    }
    EXPECT_EQ(moved()["capture"], 0);
    EXPECT_EQ(states(), std::vector<std::string>{"expired"});
    EXPECT_EQ(balance(*ledger::Account::parse("holds")), 0) << "the books hold it no longer";
    expect_whole_books();
}

TEST_F(Clocks, a_clock_that_goes_back_delays_nobody) {  // F77
    script(
        R"({"match":{"provider":"authorize_net","transactionType":"authCaptureTransaction"},"action":{"kind":"drop_after"},"count":1})");
    Operation& lost = client.charge(shop(), "purchase", 46'00);
    const auto open = once("POST", lost.path, lost.body, lost.key);
    ASSERT_TRUE(open);
    ASSERT_EQ(open->status, 202) << open->body;
    at.clock.jump(-2 * hour);
    EXPECT_TRUE(at.settle(2 * minute));
    EXPECT_EQ(done(lost).fate, Fate::approved) << lost.answer;
    EXPECT_EQ(done(client.charge(shop(), "purchase", 47'00)).fate, Fate::approved);
    EXPECT_EQ(moved(), (std::map<std::string, std::int64_t>{{"purchase", 93'00}}));
    expect_whole_books();
}

TEST_F(Clocks, a_clock_that_goes_a_year_ahead_and_comes_back_moves_no_money) {  // F77, F78
    const Operation& bought = done(client.charge(shop(), "purchase", 48'00));
    ASSERT_EQ(bought.fate, Fate::approved);
    at.clock.jump(365 * day);
    pass(10 * minute);
    at.clock.jump(-365 * day);
    pass(10 * minute);
    EXPECT_EQ(done(client.charge(shop(), "purchase", 49'00)).fate, Fate::approved);
    EXPECT_EQ(done(client.follow_up(bought, "refund", 48'00, true)).fate, Fate::approved);
    EXPECT_EQ(moved(), (std::map<std::string, std::int64_t>{{"purchase", 97'00}, {"refund", 48'00}}));
    expect_whole_books();
}

}  // namespace
}  // namespace florin::sim
