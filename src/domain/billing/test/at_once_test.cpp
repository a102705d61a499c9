// Several give back, or take back, at once; and whoever is told of it fails.

#include "billing_fixture.hpp"

namespace florin::billing {
namespace {

using namespace test;
using O = payments::Outcome;
using Types = std::vector<std::string>;

class AtOnceTest : public BillingTest {
protected:
    AtOnceTest() { store_card(); }
    ChargeId paid(std::int64_t number = 1) {
        const ChargeId id = charge_now(plan, number);
        work();
        EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
        return id;
    }
    /// The provider decides what it had pending, and tells.
    void decide(const std::string& reference, O outcome) {
        bank.books.at(reference).answer.outcome = outcome;
        work(std::chrono::minutes{2});
    }
    void dispute(const ChargeId& id, payments::Reversal::State state) {
        const std::string reference = payment_of(id).transactions.front().reference_number;
        bank.reversed.insert_or_assign(reference, payments::Reversal{.provider_id = "r-" + reference,
                                                                     .amount = euros(price),
                                                                     .state = state,
                                                                     .reason = "fraudulent",
                                                                     .decline = payments::DeclineClass::fraud,
                                                                     .message = "taken back"});
        EXPECT_TRUE(scheduler.await(payments.look(reference, {.may_be_reversal = true})));
    }
    /// Words of a charge's events after its payment.
    Types words(const ChargeId& id) {
        Types all = events_of(id);
        all.erase(all.begin(), all.begin() + 2);
        return all;
    }

    Uuid plan = world.new_uuid();
};

TEST_F(AtOnceTest, what_is_on_its_way_out_counts_as_gone_and_has_its_credit_note_when_it_is) {  // F95
    const ChargeId id = paid();
    const std::size_t mails = mailbox.texts.size();
    bank.next = {said(O::pending)};
    ASSERT_TRUE(refund_by_api(id, "19.90"));
    EXPECT_EQ(charge(id).taken_back_minor, 1'990);
    EXPECT_EQ(kept_minor(heard.back()), price - 1'990);
    work();
    EXPECT_TRUE(issued(documents::Kind::credit_note).empty()) << "nothing has been given back yet";
    EXPECT_EQ(mailbox.texts.size(), mails);
    const std::size_t told = heard.size();
    decide(bank.order.back(), O::approved);
    EXPECT_EQ(charge(id).taken_back_minor, 1'990);
    EXPECT_EQ(heard.size(), told) << "what of it is kept is as it was";
    EXPECT_EQ(issued(documents::Kind::credit_note).size(), 1U);
    EXPECT_EQ(mailbox.texts.size(), mails + 1);
    EXPECT_EQ(words(id), (Types{"refunding", "refunded"}));
}

TEST_F(AtOnceTest, a_refund_that_fails_leaves_the_money_where_it_was) {
    const ChargeId id = paid();
    for (const O outcome : {O::refused, O::not_sent}) {
        bank.next = {said(outcome)};
        static_cast<void>(refund_by_api(id, "19.90"));
        EXPECT_EQ(charge(id).taken_back_minor, 0) << payments::to_text(outcome);
        EXPECT_EQ(kept_minor(heard.back()), price);
    }
    bank.next = {said(O::pending)};
    ASSERT_TRUE(refund_by_api(id, "19.90"));
    ASSERT_EQ(kept_minor(heard.back()), price - 1'990);
    decide(bank.order.back(), O::refused);
    EXPECT_EQ(charge(id).taken_back_minor, 0);
    EXPECT_EQ(kept_minor(heard.back()), price);
    EXPECT_EQ(words(id),
              (Types{"refunding", "refund_failed", "refunding", "refund_failed", "refunding", "refund_failed"}));
    EXPECT_TRUE(issued(documents::Kind::credit_note).empty());
}

TEST_F(AtOnceTest, while_a_refund_is_on_its_way_nobody_has_the_charge_made_once_more) {
    const ChargeId id = paid();
    bank.next = {said(O::pending)};
    ASSERT_TRUE(refund_by_api(id, "49.90"));
    const auto again = [&](Tx& tx) -> Result<std::string> {
        const auto decided = billing->decide(tx, shop, id, Decision::retry, "user:1");
        return decided ? std::string{} : decided.error().code;
    };
    EXPECT_EQ(write(again), "refund_in_progress");
    decide(bank.order.back(), O::approved);
    EXPECT_EQ(write(again), "");
    work();
    EXPECT_EQ(bank.holds(), price);
}

TEST_F(AtOnceTest, of_what_somebody_else_is_giving_back_a_refund_takes_nothing_and_becomes_smaller) {  // F95
    const ChargeId id = paid();
    bank.next = {said(O::pending)};
    ASSERT_TRUE(refund_by_api(id, "49.90"));
    const std::string theirs = bank.order.back();
    const ChargeId refund = give_back(plan, price);
    work();
    EXPECT_EQ(charge(refund).status, ChargeStatus::succeeded);
    EXPECT_TRUE(charge(refund).amount.is_zero());
    EXPECT_FALSE(case_of(refund));
    decide(theirs, O::approved);
    EXPECT_EQ(bank.holds(), 0);
}

TEST_F(AtOnceTest, what_its_owner_does_not_owe_any_more_is_taken_off_a_refund_before_it_is_sent) {  // F95
    paid(1);
    paid(2);
    excess[plan] = 1'000;
    const ChargeId refund = give_back(plan, price);
    work();
    EXPECT_EQ(charge(refund).status, ChargeStatus::succeeded);
    EXPECT_EQ(charge(refund).amount, euros(price - 1'000));
    EXPECT_EQ(events_of(refund), (Types{"created", "clamped", "succeeded"}));
    EXPECT_EQ(bank.holds(), price + 1'000);
}

TEST_F(AtOnceTest, a_refund_whose_answer_was_lost_ends_like_any_other) {  // F1, A-FR-11, A-FR-15
    paid();
    const std::size_t mails = mailbox.texts.size();
    bank.lose_answers = 1;
    const ChargeId refund = give_back(plan, price);
    work(std::chrono::minutes{10});
    EXPECT_EQ(charge(refund).status, ChargeStatus::succeeded);
    EXPECT_TRUE(charge(refund).payment);
    EXPECT_EQ(charge(refund).done_minor, price);
    ASSERT_EQ(issued(documents::Kind::credit_note).size(), 1U);
    EXPECT_EQ(issued(documents::Kind::credit_note)[0].refers_to, issued(documents::Kind::receipt)[0].id);
    EXPECT_EQ(mailbox.texts.size(), mails + 1);
    EXPECT_EQ(bank.holds(), 0);
}

TEST_F(AtOnceTest, what_is_taken_back_is_booked_whoever_fails_to_hear_of_it_and_is_told_later_in_order) {  // F28
    const ChargeId id = paid();
    is_broken = true;
    dispute(id, payments::Reversal::State::taken);
    EXPECT_EQ(payment_of(id).payment.charged_back_minor, price) << "what the provider did is on record";
    EXPECT_EQ(charge(id).taken_back_minor, 0);
    EXPECT_TRUE(cases_of("disputed").empty());
    dispute(id, payments::Reversal::State::won);
    EXPECT_EQ(payment_of(id).payment.charged_back_minor, 0);
    dispute(id, payments::Reversal::State::taken);
    EXPECT_EQ(payment_of(id).payment.charged_back_minor, price);
    work();
    EXPECT_EQ(charge(id).taken_back_minor, 0) << "its owner is broken still";
    is_broken = false;
    work(std::chrono::minutes{5});
    EXPECT_EQ(charge(id).taken_back_minor, price);
    EXPECT_EQ(kept_minor(heard.back()), 0);
    EXPECT_EQ(words(id), (Types{"disputed", "dispute_won", "disputed"}));
    EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(AtOnceTest, a_returned_debit_is_collected_again_also_when_it_was_told_late) {  // F82
    const auto mandate = give_mandate();
    const ChargeId id = charge_now(plan, 1, {.payment_method = std::nullopt, .mandate_of = mandate});
    work();
    is_broken = true;
    dispute(id, payments::Reversal::State::taken);
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(payment_of(id).payment.charged_back_minor, price);
    is_broken = false;
    work(std::chrono::minutes{5});
    EXPECT_EQ(words(id), Types{"returned"});
    EXPECT_EQ(charge(id).status, ChargeStatus::failed) << "it was returned for good";
    EXPECT_TRUE(case_of(id, ":1"));
}

TEST_F(AtOnceTest, a_refund_that_was_made_is_booked_whoever_fails_to_hear_of_it) {
    const ChargeId id = paid();
    bank.next = {said(O::pending)};
    ASSERT_TRUE(refund_by_api(id, "19.90"));
    is_broken = true;
    // As it leaves things as they are, its owner hears nothing of an approval; of a refusal it does.
    decide(bank.order.back(), O::refused);
    EXPECT_EQ(payment_of(id).transactions.back().status, payments::TransactionStatus::failed);
    EXPECT_EQ(charge(id).taken_back_minor, 1'990);
    is_broken = false;
    work(std::chrono::minutes{30});
    EXPECT_EQ(charge(id).taken_back_minor, 0);
    EXPECT_EQ(words(id), (Types{"refunding", "refund_failed"}));
}

TEST_F(AtOnceTest, a_refund_of_which_nobody_can_be_told_does_not_begin) {  // F95
    const ChargeId id = paid();
    is_broken = true;
    const std::size_t asked = bank.order.size();
    auto is_thrown = [](payments::Payments& by, payments::FollowUpCommand command) -> Task<bool> {
        try {
            co_await by.follow_up(std::move(command));
        } catch (const std::exception&) {
            co_return true;
        }
        co_return false;
    };
    EXPECT_TRUE(scheduler.await(is_thrown(payments, refund_command(id, "19.90"))));
    EXPECT_EQ(bank.order.size(), asked);
    EXPECT_EQ(payment_of(id).transactions.size(), 1U);
    EXPECT_EQ(payment_of(id).transactions[0].used_minor, 0);
}

}  // namespace
}  // namespace florin::billing
