#include "settlement_world.hpp"

namespace florin::reconciliation::test {
namespace {

using cases::Resolution;
using SettlementStateOf = payments::Settlement::State;
using Words = std::vector<std::string>;

TEST_F(ReconciliationTest, a_payout_drains_the_clearing_account_into_the_bank_and_the_fees) {
    const Transaction one = purchase(1'000), two = purchase(2'500);
    const Transaction back = refund(two, 500);
    EXPECT_EQ(clearing(), 3'000);
    line_of("b1", Kind::charge, one, 1'000, 30);
    line_of("b1", Kind::charge, two, 2'500, 75);
    line_of("b1", Kind::refund, back, -500);
    provider.add("b1", Kind::fee, "", money(0), money(100)).description = "Monthly fee";
    pay("b1", 2'795);
    ASSERT_TRUE(import());
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(bank(), 2'795) << "what was paid";
    EXPECT_EQ(balance(ledger::Account::fees()), 205);
    EXPECT_EQ(suspense(), 0);
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(statuses("b1"), (Words{"matched", "matched", "matched", "matched"}));
    const Shown shown = settlements().front();
    EXPECT_TRUE(shown.settlement.is_imported);
    EXPECT_EQ(shown.mine.gross_minor - shown.mine.fee_minor, 2'795);
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(ReconciliationTest, what_is_imported_again_is_booked_once) {  // F60
    const Transaction one = purchase(1'000);
    line_of("b1", Kind::charge, one, 900, 30);
    pay("b1", 870);
    for (int again = 0; again < 3; ++again) {
        ASSERT_TRUE(import());
        EXPECT_EQ(bank(), 870);
        EXPECT_EQ(desk().size(), 1u);
    }
    EXPECT_EQ(provider.pages_read, 1) << "what was read whole is not read again";
}

TEST_F(ReconciliationTest, a_crash_between_two_pages_goes_on_where_it_stopped) {  // F72
    std::vector<Transaction> all;
    for (int i = 0; i < 10; ++i) {
        all.push_back(purchase(1'000 + i));
        line_of("b1", Kind::charge, all.back(), 1'000 + i, 10);
    }
    pay("b1");
    for (int pages = 1; pages <= 3; ++pages) {
        provider.pages_until_silence = 1;
        EXPECT_FALSE(import());
        EXPECT_FALSE(settlements().front().settlement.is_imported);
        EXPECT_EQ(ledger_findings(), Words{});
    }
    provider.pages_until_silence = -1;
    ASSERT_TRUE(import());
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(bank(), 10'045 - 100);
    EXPECT_EQ(settlements().front().settlement.lines, 10);
}

TEST_F(ReconciliationTest, a_line_that_is_told_twice_is_booked_once) {
    const Transaction one = purchase(1'000);
    const auto told = line_of("b1", Kind::charge, one, 1'000);
    provider.lines["b1"].push_back(told);
    pay("b1", 1'000);
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 1'000);
    EXPECT_TRUE(desk().empty());
}

TEST_F(ReconciliationTest, a_payout_made_by_hand_between_two_is_paid_of_what_is_owed) {
    const Transaction one = purchase(1'000), two = purchase(2'000);
    const auto by_hand = [&](std::string settlement, std::int64_t gross, std::int64_t fee = 0) {
        provider.add(std::move(settlement), Kind::payout, "", money(gross), money(fee)).provider_id = "po_hand";
    };
    line_of("b1", Kind::charge, one, 1'000, 30);
    pay("b1", 970);
    by_hand("po_hand", 1'500);
    pay("po_hand", 1'500);
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 970 + 1'500);
    EXPECT_EQ(clearing(), 500) << "of the second purchase so much is still to come";
    EXPECT_EQ(statuses("po_hand"), Words{"matched"});
    // The next one is smaller by it, and says which purchase it is of.
    clock.advance(day);
    line_of("b2", Kind::charge, two, 2'000, 60);
    by_hand("b2", -1'500, 15);
    pay("b2", 425);
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 970 + 1'500 + 425);
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(balance(ledger::Account::fees()), 105);
    EXPECT_EQ(suspense(), 0);
    EXPECT_EQ(statuses("b2"), (Words{"matched", "matched"}));
    EXPECT_TRUE(desk().empty());
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(ReconciliationTest, a_payout_made_by_hand_that_fails_leaves_nothing_behind) {
    const Transaction one = purchase(2'000);
    provider.add("po_hand", Kind::payout, "", money(1'500), money(0)).provider_id = "po_hand";
    pay("po_hand", 1'500);
    provider.settlement("po_hand").state = SettlementStateOf::failed;
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 0);
    EXPECT_EQ(only_case().reason, "failed");
    // The next one takes it off, and gives it again.
    clock.advance(day);
    line_of("b1", Kind::charge, one, 2'000);
    provider.add("b1", Kind::payout, "", money(-1'500), money(0)).provider_id = "po_hand";
    provider.add("b1", Kind::adjustment, "", money(1'500), money(0)).provider_id = "po_hand";
    pay("b1", 2'000);
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 2'000);
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(suspense(), 0);
    EXPECT_TRUE(desk().empty());
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(ReconciliationTest, too_little_waits_in_suspense_until_it_is_written_off) {
    const Transaction one = purchase(1'000);
    line_of("b1", Kind::charge, one, 900, 30);
    pay("b1", 870);
    ASSERT_TRUE(import());
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(bank(), 870) << "what was paid, no more";
    EXPECT_EQ(suspense(), 100) << "what is missing";
    const cases::Case open = only_case();
    EXPECT_EQ(open.reason, "amount_differs");
    EXPECT_EQ(open.amount, money(100));
    EXPECT_EQ(open.owner_kind, Reconciliation::difference_kind);
    EXPECT_NE(open.message.find("9.00 EUR"), std::string::npos) << open.message;
    EXPECT_NE(open.message.find("10.00 EUR"), std::string::npos) << open.message;
    EXPECT_NE(open.message.find(one.reference_number), std::string::npos) << open.message;
    ASSERT_TRUE(resolve(open, Resolution::waived));
    EXPECT_EQ(suspense(), 0);
    EXPECT_EQ(balance(ledger::Account::write_offs()), 100);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty()) << "what is resolved stays so";
    const auto resolved = differences(false);
    ASSERT_EQ(resolved.size(), 1u);
    EXPECT_EQ(to_text(*resolved.front().resolution), "waived");
    EXPECT_TRUE(resolved.front().closing_journal.has_value());
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(ReconciliationTest, too_much_is_given_back_another_way) {
    const Transaction one = purchase(1'000);
    line_of("b1", Kind::charge, one, 1'200);
    pay("b1", 1'200);
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 1'200);
    EXPECT_EQ(suspense(), -200);
    const cases::Case open = only_case();
    EXPECT_EQ(open.amount, money(200));
    const auto part = resolve(open, Resolution::paid_elsewhere, "1.00");
    ASSERT_FALSE(part);
    EXPECT_EQ(part.error().code, "difference_paid_in_part");
    EXPECT_EQ(resolve(open, Resolution::canceled).error().code, "resolution_not_applicable");
    EXPECT_EQ(desk().size(), 1u);
    ASSERT_TRUE(resolve(open, Resolution::paid_elsewhere, "2.00"));
    EXPECT_EQ(suspense(), 0);
    EXPECT_EQ(bank(), 1'000);
}

TEST_F(ReconciliationTest, an_operation_that_becomes_known_later_closes_its_case_by_itself) {
    // The line comes before our books know of the chargeback.
    const Transaction one = purchase(1'000);
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1", 1'000);
    ASSERT_TRUE(import());
    line_of("b2", Kind::chargeback, one, -1'000, 1'500).provider_id = "dp_1";
    pay("b2", -2'500);
    ASSERT_TRUE(import());
    const cases::Case open = only_case();
    EXPECT_EQ(open.reason, "unknown_operation");
    EXPECT_EQ(bank(), -1'500);
    EXPECT_EQ(suspense(), 1'000);

    provider.taken_back[one.reference_number].all = {
        {.provider_id = "dp_1", .amount = money(1'000), .reason = "fraudulent", .message = {}}};
    look(one, true);
    EXPECT_EQ(clearing(), -1'000);
    ASSERT_TRUE(import());
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(suspense(), 0);
    EXPECT_EQ(bank(), -1'500);
    EXPECT_TRUE(desk().empty());
    const auto closed = desk(house, false);
    ASSERT_EQ(closed.size(), 1u);
    EXPECT_EQ(closed.front().resolved_by, "system");
    EXPECT_EQ(statuses("b2"), Words{"matched"});
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
}

TEST_F(ReconciliationTest, a_chargeback_that_only_the_payout_tells_of_is_asked_about_at_once) {
    const Transaction one = purchase(1'000);
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1");
    ASSERT_TRUE(import());
    provider.taken_back[one.reference_number].all = {
        {.provider_id = "dp_1", .amount = money(1'000), .reason = "fraudulent", .message = {}}};
    line_of("b2", Kind::chargeback, one, -1'000).provider_id = "dp_1";
    pay("b2");
    ASSERT_TRUE(import());
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(bank(), 0);
    EXPECT_TRUE(desk().empty()) << "nobody had to be asked";
    EXPECT_TRUE(desk(house, false).empty());

    // And comes back.
    provider.taken_back[one.reference_number].all.front().state = payments::Reversal::State::won;
    line_of("b3", Kind::chargeback_reversal, one, 1'000).provider_id = "dp_1";
    pay("b3");
    ASSERT_TRUE(import());
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(bank(), 1'000);
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(statuses("b3"), Words{"matched"});
}

TEST_F(ReconciliationTest, an_outcome_that_is_open_is_looked_up_and_matched) {
    provider.next.push_back(Answer{});
    const Transaction lost = purchase(1'000);
    EXPECT_EQ(lost.status, payments::TransactionStatus::unknown);
    line_of("b1", Kind::charge, lost, 1'000, 20);
    pay("b1", 980);
    // The provider does not say yet.
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().reason, "open");
    EXPECT_EQ(bank(), 980);
    EXPECT_EQ(suspense(), -1'000);
    EXPECT_EQ(clearing(), 0);
    provider.found = Answer{.outcome = Outcome::approved, .provider_id = "p"};
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(suspense(), 0);
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(bank(), 980);
    EXPECT_EQ(statuses("b1"), Words{"matched"});
}

TEST_F(ReconciliationTest, what_our_books_say_was_declined_is_somebodys_question) {
    provider.next.push_back(Answer{.outcome = Outcome::declined});
    const Transaction declined = purchase(1'000);
    line_of("b1", Kind::charge, declined, 1'000);
    pay("b1", 1'000);
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().reason, "not_approved");
    EXPECT_EQ(suspense(), -1'000);
    EXPECT_EQ(clearing(), 0);
}

TEST_F(ReconciliationTest, what_is_settled_twice_is_booked_once_and_asked_about) {
    const Transaction one = purchase(1'000);
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1", 1'000);
    line_of("b2", Kind::charge, one, 1'000);
    pay("b2", 1'000);
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().reason, "settled_twice");
    EXPECT_EQ(bank(), 2'000);
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(suspense(), -1'000);
    // The provider takes it back with the next payout; nobody tells of what it is.
    provider.add("b3", Kind::adjustment, "", money(-1'000), money(0)).description = "Correction";
    pay("b3", -1'000);
    ASSERT_TRUE(import());
    EXPECT_EQ(desk().size(), 2u);
    EXPECT_EQ(suspense(), 0);
    for (const cases::Case& each : desk()) ASSERT_TRUE(resolve(each, Resolution::waived));
    EXPECT_EQ(suspense(), 0);
    EXPECT_EQ(balance(ledger::Account::write_offs()), 0) << "one takes back what the other gave";
    EXPECT_EQ(bank(), 1'000);
}

TEST_F(ReconciliationTest, a_total_that_its_lines_do_not_come_to_is_booked_as_it_was_paid) {
    const Transaction one = purchase(1'000), two = purchase(700);
    line_of("b1", Kind::charge, one, 1'000, 30);
    pay("b1", 1'640);
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 1'640);
    EXPECT_EQ(suspense(), -670);
    EXPECT_EQ(clearing(), 700);
    const cases::Case open = only_case();
    EXPECT_EQ(open.reason, "total_differs");
    EXPECT_EQ(open.amount, money(670));
    // The provider's report was short of a line; a person has it read again.
    ASSERT_TRUE(resolve(open, Resolution::retry));
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().id, open.id) << "nothing has changed: it is open again";
    EXPECT_EQ(suspense(), -670);
    line_of("b1", Kind::charge, two, 700, 30);
    ASSERT_TRUE(resolve(only_case(), Resolution::retry));
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(bank(), 1'640);
    EXPECT_EQ(suspense(), 0);
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(to_text(*differences(false).front().resolution), "matched");
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(ReconciliationTest, a_settlement_that_is_announced_is_read_when_it_is_paid) {
    const Transaction one = purchase(1'000);
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1", 1'000);
    provider.settlement("b1").state = SettlementStateOf::open;
    provider.settlement("b1").settled_at = clock.now() + 2 * day;
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 0);
    EXPECT_EQ(clearing(), 1'000);
    clock.advance(20 * day);
    provider.settlement("b1").state = SettlementStateOf::paid;
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 1'000);
    EXPECT_EQ(clearing(), 0);
    EXPECT_TRUE(desk().empty());
}

TEST_F(ReconciliationTest, one_that_fails_is_a_case_until_it_is_paid_after_all) {
    const Transaction one = purchase(1'000);
    pay("b1", 1'000);
    provider.settlement("b1").state = SettlementStateOf::open;
    ASSERT_TRUE(import());
    provider.settlement("b1").state = SettlementStateOf::failed;
    ASSERT_TRUE(import());
    const cases::Case open = only_case();
    EXPECT_EQ(open.reason, "failed");
    EXPECT_EQ(clearing(), 1'000) << "its lines come with another one";
    EXPECT_EQ(bank(), 0);
    ASSERT_TRUE(resolve(open, Resolution::retry));
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().id, open.id) << "it is still failed";
    provider.settlement("b1").state = SettlementStateOf::paid;
    line_of("b1", Kind::charge, one, 1'000);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(bank(), 1'000);
    EXPECT_EQ(clearing(), 0);
}

TEST_F(ReconciliationTest, what_could_not_be_paid_comes_with_a_later_payout) {
    const Transaction one = purchase(1'000);
    line_of("po_1", Kind::charge, one, 1'000, 30);
    pay("po_1", 970);
    provider.settlement("po_1").state = SettlementStateOf::failed;
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().reason, "failed");
    EXPECT_EQ(clearing(), 0) << "no other payout has its lines";
    EXPECT_EQ(bank(), 0);
    EXPECT_EQ(suspense(), 970);
    auto& back = provider.add("po_2", Kind::adjustment, "", money(970), money(0));
    back.provider_id = "po_1";
    back.description = "payout_failure";
    pay("po_2", 970);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(bank(), 970);
    EXPECT_EQ(suspense(), 0);
    EXPECT_TRUE(differences(true).empty());
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(ReconciliationTest, one_that_the_bank_sends_back_is_taken_off_the_bank) {
    const Transaction one = purchase(1'000);
    line_of("b1", Kind::charge, one, 1'000, 30);
    pay("b1", 970);
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 970);
    provider.settlement("b1").state = SettlementStateOf::failed;
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 0);
    EXPECT_EQ(suspense(), 970);
    EXPECT_EQ(only_case().amount, money(970));
    provider.settlement("b1").state = SettlementStateOf::paid;
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 970);
    EXPECT_EQ(suspense(), 0);
    EXPECT_TRUE(desk().empty());
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(ReconciliationTest, what_is_not_settled_after_the_grace_is_reported_once_and_closes_when_it_is) {
    const Transaction one = purchase(1'000);
    ASSERT_TRUE(import());
    clock.advance(6 * day);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty()) << "it may still come";
    clock.advance(2 * day);
    ASSERT_TRUE(import());
    ASSERT_TRUE(import());
    const cases::Case open = only_case();
    EXPECT_EQ(open.reason, "not_settled");
    EXPECT_EQ(open.amount, money(1'000));
    EXPECT_EQ(clearing(), 1'000) << "nothing is booked for it";
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1", 1'000);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(clearing(), 0);
}

TEST_F(ReconciliationTest, in_a_sandbox_nothing_is_missed_before_anything_was_paid_out) {
    modules = {};
    modules = std::make_unique<Modules>(world, *database, provider, Settings{.waits_for_first_settlement = true});
    const Transaction one = purchase(1'000), two = purchase(2'000);
    clock.advance(8 * day);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1");
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().amount, money(2'000));
}

TEST_F(ReconciliationTest, a_charge_and_its_refund_that_became_a_void_are_never_missed) {  // F22
    const Transaction one = purchase(1'000);
    refund(one, 1'000);
    clock.advance(30 * day);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(clearing(), 0);
}

TEST_F(ReconciliationTest, a_refund_that_is_never_taken_off_is_missed) {
    const Transaction one = purchase(1'000);
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1");
    ASSERT_TRUE(import());
    refund(one, 400);
    clock.advance(8 * day);
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().reason, "not_settled");
    EXPECT_EQ(differences(true).front().missing_minor, -400);
    EXPECT_EQ(clearing(), -400);
}

TEST_F(ReconciliationTest, what_was_written_off_and_is_settled_after_all_is_undone) {
    const Transaction one = purchase(1'000);
    ASSERT_TRUE(import());
    clock.advance(8 * day);
    ASSERT_TRUE(import());
    ASSERT_TRUE(resolve(only_case(), Resolution::waived));
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(balance(ledger::Account::write_offs()), 1'000);
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty());
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1", 1'000);
    ASSERT_TRUE(import());
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(bank(), 1'000);
    EXPECT_EQ(balance(ledger::Account::write_offs()), 0);
    EXPECT_TRUE(desk().empty());
    EXPECT_EQ(to_text(*differences(false).front().resolution), "undone");
}

TEST_F(ReconciliationTest, what_was_paid_elsewhere_and_is_settled_too_was_paid_twice) {
    const Transaction one = purchase(1'000);
    ASSERT_TRUE(import());
    clock.advance(8 * day);
    ASSERT_TRUE(import());
    ASSERT_TRUE(resolve(only_case(), Resolution::paid_elsewhere, "10.00"));
    EXPECT_EQ(clearing(), 0);
    EXPECT_EQ(bank(), 1'000);
    line_of("b1", Kind::charge, one, 1'000);
    pay("b1", 1'000);
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case().reason, "settled_twice");
    EXPECT_EQ(bank(), 2'000);
    EXPECT_EQ(suspense(), -1'000);
    EXPECT_EQ(clearing(), 0);
}

TEST_F(ReconciliationTest, a_decision_on_what_has_changed_meanwhile_is_refused) {
    const Transaction one = purchase(1'000);
    ASSERT_TRUE(import());
    clock.advance(8 * day);
    ASSERT_TRUE(import());
    const cases::Case open = only_case();
    refund(one, 1'000);
    const auto decided = resolve(open, Resolution::waived);
    ASSERT_FALSE(decided);
    EXPECT_EQ(decided.error().code, "difference_changed");
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk().empty()) << "nothing is left to be settled";
}

TEST_F(ReconciliationTest, a_settlement_of_several_merchants_is_everybodys_own_part) {
    const Transaction mine = purchase(1'000), theirs = purchase(2'000, other);
    line_of("b1", Kind::charge, mine, 1'000, 30);
    line_of("b1", Kind::charge, theirs, 1'900, 60);
    provider.add("b1", Kind::fee, "", money(0), money(50));
    pay("b1", 2'760);
    ASSERT_TRUE(import());
    EXPECT_EQ(clearing(house), 0);
    EXPECT_EQ(clearing(other), 0);
    EXPECT_EQ(bank(house) + bank(other), 2'760);
    EXPECT_EQ(bank(other), 1'840);
    EXPECT_EQ(suspense(other), 100);
    EXPECT_TRUE(desk(house).empty());
    EXPECT_EQ(desk(other).size(), 1u);
    EXPECT_EQ(lines("b1", other).size(), 1u);
    EXPECT_EQ(lines("b1", house).size(), 2u);
    const Shown whole = *scheduler.await(modules->reconciliation.show(house, settlements().front().settlement.id));
    ASSERT_EQ(whole.shares.size(), 2u);
    EXPECT_EQ(whole.shares[0].gross_minor - whole.shares[0].fee_minor + whole.shares[1].gross_minor -
                  whole.shares[1].fee_minor,
              2'760);
    const Shown part = *scheduler.await(modules->reconciliation.show(other, whole.settlement.id));
    EXPECT_FALSE(part.is_account_mine);
    EXPECT_TRUE(part.shares.empty()) << "what others have is none of theirs";
    EXPECT_EQ(part.mine.gross_minor, 1'900);
}

TEST_F(ReconciliationTest, what_was_nobodys_moves_to_the_merchant_it_turns_out_to_be_of) {
    const Transaction theirs = purchase(2'000, other);
    auto& line = provider.add("b1", Kind::charge, "", money(2'000), money(60));
    line.provider_id = "ch_1";
    pay("b1", 1'940);
    ASSERT_TRUE(import());
    EXPECT_EQ(only_case(house).reason, "unknown_operation");
    EXPECT_EQ(bank(house), 1'940);
    provider.references["ch_1"] = theirs.reference_number;
    ASSERT_TRUE(import());
    EXPECT_TRUE(desk(house).empty());
    EXPECT_TRUE(desk(other).empty());
    EXPECT_EQ(bank(house), 0);
    EXPECT_EQ(bank(other), 1'940);
    EXPECT_EQ(clearing(other), 0);
    EXPECT_EQ(suspense(house), 0);
    EXPECT_EQ(balance(ledger::Account::fees(), house), 0);
    EXPECT_EQ(balance(ledger::Account::fees(), other), 60);
    EXPECT_EQ(settlements(other).front().mine.lines, 1);
    EXPECT_EQ(settlements(house).front().mine.lines, 0);
    ASSERT_TRUE(import());
    EXPECT_TRUE(ledger_findings().empty());
}

TEST_F(ReconciliationTest, settlements_in_several_currencies_are_kept_apart) {
    const Transaction euros = purchase(1'000), yen = purchase(5'000, house, "JPY");
    line_of("b1", Kind::charge, euros, 1'000);
    pay("b1", 1'000);
    line_of("b2", Kind::charge, yen, 5'000, 100);
    provider.pay("b2", clock.now(), money(4'900, "JPY"));
    ASSERT_TRUE(import());
    EXPECT_EQ(bank(), 1'000);
    EXPECT_EQ(bank(house, "JPY"), 4'900);
    EXPECT_EQ(clearing(house, "JPY"), 0);
    const Overview overview = *scheduler.await(modules->reconciliation.overview(house));
    ASSERT_EQ(overview.standings.size(), 2u);
    for (const Standing& one : overview.standings) {
        EXPECT_EQ(one.clearing_minor, 0);
        EXPECT_EQ(one.open_differences, 0);
    }
    EXPECT_TRUE(overview.imports.front().succeeded_at.has_value());
}

TEST_F(ReconciliationTest, a_settlement_that_cannot_be_read_holds_up_no_other) {
    const Transaction one = purchase(1'000), two = purchase(2'000);
    line_of("b1", Kind::charge, one, 1'000);
    provider.add("b1", Kind::fee, "", money(0, "USD"), money(100, "USD"));
    pay("b1");
    line_of("b2", Kind::charge, two, 2'000);
    pay("b2", 2'000);
    const auto imported = import();
    ASSERT_FALSE(imported);
    EXPECT_EQ(imported.error().code, "settlement_unreadable");
    EXPECT_EQ(bank(), 2'000);
    const Overview overview = *scheduler.await(modules->reconciliation.overview(house));
    EXPECT_EQ(overview.imports.front().error_code, "settlement_unreadable");
}

TEST_F(ReconciliationTest, hundreds_of_lines_in_one_page_are_many_small_commits) {
    provider.page_size = 1'000;
    std::int64_t sum = 0;
    for (int i = 0; i < 450; ++i) {
        line_of("b1", Kind::charge, purchase(100 + i), 100 + i, 1);
        sum += 99 + i;
    }
    pay("b1", sum);
    ASSERT_TRUE(import());
    EXPECT_EQ(provider.pages_read, 1);
    EXPECT_EQ(bank(), sum);
    EXPECT_EQ(clearing(), 0);
    EXPECT_TRUE(desk().empty());
}

TEST_F(ReconciliationTest, who_asks_twice_with_one_key_has_it_read_once) {  // F13
    const cases::Asker me{
        .merchant = house, .actor = "key:me", .ip_address = {}, .user_agent = {}, .correlation_id = "c"};
    const idempotency::Guard guard{.key = "k", .route = "run_reconciliation", .fingerprint = {}};
    const auto waiting = [&] {
        auto read = [](store::Reader& reader) -> Result<std::int64_t> {
            return jobs::count_open(reader, {}, "reconciliation/");
        };
        return *view(read);
    };
    for (int i = 0; i < 3; ++i) {
        const auto asked = scheduler.await(modules->reconciliation.ask(me, guard, ""));
        ASSERT_TRUE(asked);
        EXPECT_EQ(*asked, Words{"fake"});
        EXPECT_EQ(waiting(), 1);
    }
    idempotency::Guard changed = guard;
    changed.fingerprint[0] = 1;
    EXPECT_EQ(scheduler.await(modules->reconciliation.ask(me, changed, "")).error().code, "idempotency_key_reused");
    EXPECT_EQ(scheduler.await(modules->reconciliation.ask(me, {}, "nobody")).error().code, "unknown_connector");
}

}  // namespace
}  // namespace florin::reconciliation::test
