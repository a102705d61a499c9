// What only a later settlement shows, and what is asked of providers for how long.

#include "settlement_world.hpp"

namespace florin::reconciliation::test {
namespace {

using cases::Resolution;
using State = payments::Settlement::State;

TEST_F(ReconciliationTest, a_failed_batch_ends_by_itself_once_its_payments_have_come_with_another) {
    const Transaction one = purchase(1'000), two = purchase(285);
    clock.advance(Millis{3'600'000});
    pay("b1", 1'285);
    provider.settlement("b1").state = State::failed;
    ASSERT_TRUE(import());
    const cases::Case open = only_case();
    EXPECT_EQ(open.reason, "failed");
    EXPECT_NE(open.message.find("of 12.85 EUR"), std::string::npos) << open.message;
    // The next one has a part of it.
    clock.advance(day);
    provider.settlement("b1").total = {};
    line_of("b2", Kind::charge, one, 1'000);
    pay("b2", 1'000);
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().id, open.id) << "not all of it has come";
    ASSERT_TRUE(resolve(open, Resolution::retry));
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().message, open.message) << "what was stated once is still known";
    clock.advance(day);
    const Transaction young = purchase(500);
    line_of("b3", Kind::charge, two, 285);
    pay("b3", 285);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty()) << "what moved after it is no part of it";
    EXPECT_EQ(clearing(), young.approved_minor);
    ASSERT_EQ(differences(false).size(), 1u);
    EXPECT_EQ(differences(false).front().resolution, Difference::Resolution::matched);
    const auto ended = desk(house, false);
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended.front().id, open.id);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty()) << "the provider still calls it failed";
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(ReconciliationTest, a_failed_batch_that_no_other_has_followed_stays_on_the_desk) {
    pay("b1", 0);
    provider.settlement("b1").state = State::failed;
    ASSERT_TRUE(import());
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().reason, "failed");
}

TEST_F(ReconciliationTest, a_charge_that_was_left_out_shows_when_its_refund_is_settled_without_it) {
    const Transaction one = purchase(1'000);
    clock.advance(3 * day);
    const Transaction back = refund(one, 1'000);
    clock.advance(5 * day);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty()) << "both may be a void";
    clock.advance(5 * day);
    line_of("b1", Kind::refund, back, -1'000);
    pay("b1", -1'000);
    ASSERT_TRUE(import());
    const cases::Case open = only_case();
    EXPECT_EQ(open.reason, "not_settled");
    EXPECT_EQ(open.amount, money(1'000));
    EXPECT_EQ(clearing(), 1'000);
    line_of("b2", Kind::charge, one, 1'000);
    pay("b2", 1'000);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(clearing(), 0);
}

TEST_F(ReconciliationTest, a_charge_that_is_settled_late_in_the_same_import_is_on_nobodys_desk) {
    const Transaction one = purchase(1'000);
    const Transaction back = refund(one, 1'000);
    clock.advance(9 * day);
    line_of("b1", Kind::refund, back, -1'000);
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1", 0);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    EXPECT_TRUE(desk(house, false).empty());
    EXPECT_TRUE(differences(true).empty());
}

TEST_F(ReconciliationTest, a_refund_that_is_under_way_makes_no_charge_of_it_missed) {
    const Transaction one = purchase(1'000);
    clock.advance(9 * day);
    const Transaction back = refund(one, 400);
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1", 1'000);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(clearing(), -back.approved_minor);
}

TEST_F(ReconciliationTest, lines_are_asked_for_with_the_total_that_is_known) {
    line_of("b1", Kind::charge, purchase(1'000), 1'000);
    pay("b1", 1'000);
    ASSERT_TRUE(import());
    ASSERT_EQ(provider.asked_totals.size(), 1u);
    EXPECT_EQ(provider.asked_totals.front(), money(1'000));
}

TEST_F(ReconciliationTest, a_settlement_that_cannot_be_noted_holds_up_no_other) {
    pay("b1", 1'000);
    provider.settlement("b1").state = State::open;
    ASSERT_TRUE(import());
    provider.settlement("b1").total = money(900, "USD");
    line_of("b2", Kind::charge, purchase(500), 500);
    pay("b2", 500);
    const auto done = import();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, "settlement_unreadable");
    EXPECT_EQ(bank(), 500);
}

TEST_F(ReconciliationTest, a_settlement_shows_all_that_does_not_agree_in_it) {
    line_of("b1", Kind::charge, purchase(1'000), 900);
    line_of("b1", Kind::charge, purchase(300), 300);
    line_of("b1", Kind::charge, purchase(700, other), 600);
    pay("b1", 2'000);
    line_of("b2", Kind::charge, purchase(400), 300);
    pay("b2", 300);
    ASSERT_TRUE(import());
    const auto id = [&](std::string_view provider_id) {
        for (const Shown& shown : settlements())
            if (shown.settlement.provider_id == provider_id) return shown.settlement.id;
        return SettlementId{};
    };
    const auto kinds = [&](MerchantId merchant) {
        std::vector<std::string> all;
        for (const Difference& one : scheduler.await(modules->reconciliation.show(merchant, id("b1")))->differences)
            all.emplace_back(to_text(one.kind));
        std::ranges::sort(all);
        return all;
    };
    EXPECT_EQ(kinds(house), (std::vector<std::string>{"amount_differs", "total_differs"}));
    EXPECT_EQ(kinds(other), std::vector<std::string>{"amount_differs"}) << "theirs alone";
    for (const cases::Case& each : desk()) ASSERT_TRUE(resolve(each, Resolution::waived));
    EXPECT_EQ(kinds(house), (std::vector<std::string>{"amount_differs", "total_differs"})) << "resolved ones too";
    LineFilter differing{.status = {}, .differs = true, .after = {}};
    const auto lines = scheduler.await(modules->reconciliation.lines(house, id("b1"), differing));
    ASSERT_EQ(lines->size(), 1u);
    EXPECT_EQ(lines->front().line.status, Finding::amount_differs);
}

}  // namespace
}  // namespace florin::reconciliation::test
