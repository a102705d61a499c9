// What payment terms know of money that was received and is gone again.

#include "terms_world.hpp"

namespace florin::payment_terms {
namespace {

using billing::ChargeStatus;
using test::TermsWorld;
using Statuses = std::vector<std::string_view>;

NewTerms by_debit(TermsWorld& sim, std::int64_t total = 120'000, std::int64_t months = 12) {
    NewTerms wanted = sim.wanted(total, months);
    wanted.options.means = {.payment_method = std::nullopt, .mandate_of = sim.give_mandate()};
    return wanted;
}

TEST(TakenBack, an_instalment_whose_debit_is_returned_is_unpaid_until_it_is_collected_again) {  // F82, A-FR-03
    TermsWorld sim;
    const PaymentTermsId id = sim.created(by_debit(sim, 30'000, 3));
    sim.live("2027-02-03T00:00:00Z");
    ASSERT_EQ(sim.find(id).account.paid_minor, 20'000);
    sim.take_back(id, 2);
    EXPECT_EQ(sim.find(id).account.paid_minor, 10'000);
    EXPECT_EQ(sim.statuses(id), (Statuses{"succeeded", "retrying", "scheduled"}));
    sim.live("2027-02-04T00:00:00Z");
    EXPECT_EQ(sim.find(id).account.paid_minor, 20'000);
    EXPECT_EQ(sim.statuses(id), (Statuses{"succeeded", "succeeded", "scheduled"}));
    sim.live("2027-03-02T00:00:00Z");
    EXPECT_EQ(sim.find(id).status, Status::completed);
    EXPECT_EQ(sim.find(id).account.paid_minor, 30'000);
}

TEST(TakenBack, terms_that_were_paid_are_open_again_when_their_last_debit_is_returned) {
    TermsWorld sim;
    const PaymentTermsId id = sim.created(by_debit(sim, 30'000, 3));
    sim.live("2027-03-02T00:00:00Z");
    ASSERT_EQ(sim.find(id).status, Status::completed);
    sim.take_back(id, 3);
    EXPECT_EQ(sim.find(id).status, Status::active);
    EXPECT_EQ(sim.events_of(id).back(), "reopened");
    sim.live("2027-03-04T00:00:00Z");
    EXPECT_EQ(sim.find(id).status, Status::completed);
    // Returned for the second time, a person has to see to it.
    sim.take_back(id, 3);
    EXPECT_EQ(sim.find(id).status, Status::active);
    EXPECT_EQ(sim.statuses(id).back(), "failed");
    sim.work();
    ASSERT_TRUE(sim.resolve(id, cases::Resolution::retry));
    sim.work();
    EXPECT_EQ(sim.find(id).status, Status::completed);
    EXPECT_EQ(sim.find(id).account.paid_minor, 30'000);
}

TEST(TakenBack, a_cancellation_gives_back_only_what_is_there) {  // F28, F95
    TermsWorld sim;
    const PaymentTermsId id = sim.created(sim.wanted());
    sim.live("2027-04-01T00:00:00Z");
    ASSERT_EQ(sim.find(id).account.paid_minor, 40'000);
    const std::string reference = sim.take_back(id, 2);
    EXPECT_EQ(sim.find(id).account.taken_back_minor, 10'000);
    EXPECT_EQ(sim.find(id).status, Status::active) << "a dispute is a person's";
    EXPECT_EQ(view_of(sim.find(id)).paid_amount, 30'000);
    EXPECT_EQ(instalments_of(sim.schedule(id))[1].taken_back_minor, 10'000);
    const Terms canceled = *sim.cancel(id);
    EXPECT_EQ(canceled.settlement->earned_minor, 29'589);
    EXPECT_EQ(canceled.settlement->paid_minor, 30'000);
    EXPECT_EQ(canceled.settlement->refund_minor, 411);
    sim.work();
    EXPECT_EQ(sim.find(id).status, Status::canceled);
    // Won, it is there, and what was paid for days that are not used goes back.
    sim.win(reference);
    sim.work();
    EXPECT_EQ(sim.find(id).account.taken_back_minor, 0);
    EXPECT_EQ(sim.find(id).account.refunded_minor, 10'411);
    EXPECT_EQ(sim.bank.holds(), 29'589);
}

TEST(TakenBack, what_was_disputed_or_given_back_by_others_is_not_asked_for_by_a_cancellation) {
    TermsWorld sim;
    const PaymentTermsId id = sim.created(sim.wanted());
    sim.live("2027-04-01T00:00:00Z");
    for (const std::int64_t number : {1, 2, 3}) sim.take_back(id, number);
    const Terms canceled = *sim.cancel(id);
    EXPECT_EQ(canceled.settlement->paid_minor, 10'000);
    EXPECT_EQ(canceled.settlement->refund_minor, 0);
    EXPECT_EQ(canceled.settlement->final_charge_minor, 0) << "19 589 are missing, and with a person";
    sim.work();
    EXPECT_EQ(sim.find(id).status, Status::canceled);
    EXPECT_EQ(sim.schedule(id).charges.size(), 4U);
}

TEST(TakenBack, an_adjustment_gives_back_nothing_that_is_gone_already) {  // F28, F94, F95
    TermsWorld sim;
    const PaymentTermsId id = sim.created(sim.wanted());
    sim.live("2027-05-01T00:00:00Z");
    const std::string taken = sim.take_back(id, 2);
    ASSERT_TRUE(sim.adjust(id, 60'000));
    sim.work();
    EXPECT_EQ(sim.find(id).account.refunded_minor, 15'000) << "of the 25 000 that it would be";
    EXPECT_EQ(credit_minor(sim.find(id).plan, sim.find(id).account), 0);
    EXPECT_EQ(sim.bank.holds(), 35'000) << "10 000 of them are with the customer's bank";
    // What comes back is given back, for it counts again.
    sim.win(taken);
    sim.work();
    EXPECT_EQ(sim.find(id).account.refunded_minor, 25'000);
    EXPECT_EQ(sim.find(id).status, Status::active);
}

TEST(TakenBack, an_adjustment_gives_nothing_back_where_more_is_gone) {  // F28, F95
    TermsWorld sim;
    const PaymentTermsId id = sim.created(sim.wanted());
    sim.live("2027-05-01T00:00:00Z");
    std::vector<std::string> taken;
    for (const std::int64_t number : {1, 2, 3, 4}) taken.push_back(sim.take_back(id, number));
    ASSERT_TRUE(sim.adjust(id, 60'000));
    sim.work();
    EXPECT_EQ(sim.find(id).account.returned_minor, 0);
    EXPECT_EQ(credit_minor(sim.find(id).plan, sim.find(id).account), 0);
    sim.live("2027-06-01T00:00:00Z");
    EXPECT_EQ(sim.find(id).account.paid_minor, 55'000) << "the next instalment is what the new total makes it";
    for (const std::string& reference : taken) sim.win(reference);
    sim.work();
    EXPECT_EQ(credit_minor(sim.find(id).plan, sim.find(id).account), 0);
    EXPECT_EQ(sim.find(id).account.refunded_minor, 25'000);
}

TEST(TakenBack, a_raised_total_does_not_ask_for_what_is_gone) {
    TermsWorld sim;
    const PaymentTermsId id = sim.created(sim.wanted());
    sim.live("2027-05-01T00:00:00Z");
    sim.take_back(id, 2);
    ASSERT_TRUE(sim.adjust(id, 180'000));
    sim.work();
    EXPECT_EQ(sim.find(id).account.paid_minor, 75'000);
    EXPECT_EQ(kept_minor(sim.find(id).account), 65'000);
}

TEST(TakenBack, a_debit_that_is_returned_after_something_of_it_was_given_back_counts_once) {  // F95
    TermsWorld sim;
    const PaymentTermsId id = sim.created(by_debit(sim));
    sim.live("2027-01-02T00:00:00Z");
    ASSERT_TRUE(sim.adjust(id, 60'000));
    sim.work();
    ASSERT_EQ(sim.find(id).account.refunded_minor, 5'000);
    // The bank gives back all of what it had debited.
    const auto paid = sim.payment_of(id, 1);
    sim.take_back(id, 1);
    EXPECT_EQ(kept_minor(sim.find(id).account), -5'000);
    EXPECT_EQ(returnable_minor(sim.find(id).account), 0);
    sim.live("2027-01-04T00:00:00Z");
    EXPECT_EQ(sim.statuses(id).front(), "succeeded");
    EXPECT_EQ(kept_minor(sim.find(id).account), 5'000);
}

TEST(TakenBack, a_debit_that_is_returned_after_the_cancellation_is_still_owed) {
    TermsWorld sim;
    const PaymentTermsId id = sim.created(by_debit(sim));
    sim.live("2027-04-01T00:00:00Z");
    ASSERT_EQ(sim.cancel(id)->settlement->refund_minor, 10'411);
    sim.work();
    ASSERT_EQ(sim.find(id).status, Status::canceled);
    sim.take_back(id, 2);
    sim.live("2027-04-03T00:00:00Z");
    EXPECT_EQ(sim.find(id).status, Status::canceled);
    EXPECT_EQ(kept_minor(sim.find(id).account), 29'589);
    EXPECT_EQ(std::ranges::count(sim.events_of(id), "canceled"), 1);
}

TEST(TakenBack, a_debit_that_is_returned_after_the_cancellation_and_fails_again_is_a_persons) {
    TermsWorld sim;
    const PaymentTermsId id = sim.created(by_debit(sim));
    sim.live("2027-04-01T00:00:00Z");
    ASSERT_TRUE(sim.cancel(id));
    sim.work();
    ASSERT_EQ(sim.find(id).status, Status::canceled);
    sim.take_back(id, 2);
    sim.bank.declines = 1;
    sim.live("2027-04-03T00:00:00Z");
    EXPECT_EQ(sim.statuses(id)[1], "failed");
    ASSERT_TRUE(sim.resolve(id, cases::Resolution::retry));
    sim.work();
    EXPECT_EQ(sim.statuses(id)[1], "succeeded");
    EXPECT_EQ(kept_minor(sim.find(id).account), 29'589);
}

TEST(TakenBack, what_comes_back_while_the_final_charge_is_on_its_way_is_not_kept_twice) {  // F95
    TermsWorld sim;
    const PaymentTermsId id = sim.created(by_debit(sim));
    sim.live("2027-04-01T00:00:00Z");
    const std::string second = sim.take_back(id, 2);
    sim.take_back(id, 3);
    sim.bank.declines = 2;
    sim.live("2027-04-02T00:00:00Z");
    ASSERT_EQ(sim.find(id).account.paid_minor, 20'000);
    sim.bank.is_silent = true;
    const Terms canceled = *sim.cancel(id);
    ASSERT_EQ(canceled.settlement->earned_minor, 29'918);
    ASSERT_EQ(canceled.settlement->final_charge_minor, 9'918);
    sim.pass(Millis{1'000});
    sim.win(second);
    EXPECT_EQ(sim.find(id).account.paid_minor, 30'000);
    sim.bank.is_silent = false;
    for (int i = 0; i < 90; ++i) sim.pass(std::chrono::minutes{1});
    sim.work();
    EXPECT_EQ(sim.find(id).account.paid_minor, 39'918);
    EXPECT_EQ(kept_minor(sim.find(id).account), 29'918);
    EXPECT_EQ(sim.find(id).status, Status::canceled);
}

TEST(TakenBack, what_was_under_way_when_they_were_canceled_is_not_tried_again) {  // F85
    TermsWorld sim;
    const PaymentTermsId id = sim.created(sim.wanted());
    sim.bank.declines = 1;
    sim.bank.is_silent = true;
    sim.live("2027-01-01T00:00:00Z");
    ASSERT_TRUE(sim.cancel(id));
    EXPECT_EQ(sim.find(id).status, Status::pending_cancellation);
    sim.bank.is_silent = false;
    for (int i = 0; i < 90; ++i) sim.pass(std::chrono::minutes{1});
    EXPECT_EQ(sim.statuses(id).front(), "canceled");
    EXPECT_EQ(sim.find(id).status, Status::canceled);
    sim.live("2027-01-05T00:00:00Z");
    EXPECT_TRUE(sim.bank.moved().empty());
}

TEST(TakenBack, terms_in_a_currency_that_what_pays_them_does_not_take_are_refused) {
    TermsWorld sim;
    NewTerms wanted = sim.wanted();
    wanted.currency = *Currency::of("USD");
    const auto refused = sim.create(wanted);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "currency_not_supported");
    EXPECT_EQ(refused.error().field, "currency");
    EXPECT_EQ(sim.scheduler.await(sim.terms.preview_create(sim.shop, wanted)).error().code, "currency_not_supported");
}

}  // namespace
}  // namespace florin::payment_terms
