#include <gtest/gtest.h>

#include "florin/jobs/dead_letters.hpp"
#include "florin/store/prepare_all.hpp"
#include "terms_world.hpp"

namespace florin::payment_terms {
namespace {

using test::TermsWorld;
using Amounts = std::vector<std::int64_t>;
using Words = std::vector<std::string>;

TEST(PaymentTerms, have_statements_that_the_schema_knows) {
    const TermsWorld sim;
    for (const auto& [statement, why] : store::prepare_all(*sim.database)) ADD_FAILURE() << statement << ": " << why;
}

TEST(PaymentTerms, are_charged_once_a_month_and_then_completed) {  // A-FR-01, A-AS-14, X-28, X-29
    TermsWorld sim{"2027-01-20T10:00:00Z"};
    const auto id = sim.created(sim.wanted(100'001, 12, 31, "2027-01-20"));
    sim.work();
    EXPECT_TRUE(sim.bank.moved().empty()) << "the first billing day is the 31st";
    sim.live("2027-03-01T00:00:00Z");
    EXPECT_EQ(sim.bank.moved(), (Amounts{8'338, 8'333}));
    sim.live("2028-02-01T00:00:00Z");
    EXPECT_EQ(sim.bank.moved().size(), 12U);
    EXPECT_EQ(sim.bank.holds(), 100'001);
    const Terms terms = sim.find(id);
    EXPECT_EQ(terms.status, Status::completed);
    EXPECT_EQ(terms.account.paid_minor, 100'001);
    EXPECT_EQ(sim.events_of(id), (Words{"created", "completed"}));
    EXPECT_EQ(sim.told, Words{"created"});
    const auto scheduled = sim.schedule(id);
    EXPECT_EQ(calendar::to_text(instalments_of(scheduled)[1].due_date), "2027-02-28");
    EXPECT_EQ(calendar::to_text(instalments_of(scheduled)[2].due_date), "2027-03-31");
}

TEST(PaymentTerms, are_made_once_for_each_key_and_answered_alike) {  // F11, F37
    TermsWorld sim;
    const auto first = sim.create(sim.wanted(), "key");
    const auto again = sim.create(sim.wanted(), "key");
    ASSERT_TRUE(first && again);
    EXPECT_EQ(first->terms.id, again->terms.id);
    EXPECT_FALSE(first->stored);
    EXPECT_TRUE(again->stored);
    EXPECT_EQ(sim.scheduler.await(sim.terms.list(sim.shop, {}))->size(), 1U);
}

TEST(PaymentTerms, of_another_merchant_are_not_there) {
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    EXPECT_EQ(sim.scheduler.await(sim.terms.find(sim.other_shop, id)).error().code, "payment_terms_not_found");
    EXPECT_EQ(sim.scheduler.await(sim.terms.cancel({.merchant = sim.other_shop, .id = id, .origin = {}})).error().code,
              "payment_terms_not_found");
}

TEST(PaymentTerms, are_paid_by_what_is_the_customers_own) {
    TermsWorld sim;
    NewTerms foreign = sim.wanted();
    foreign.options.means.payment_method = sim.store_card("somebody-else");
    EXPECT_EQ(sim.create(foreign).error().code, "payment_method_not_usable");
    NewTerms unknown = sim.wanted();
    unknown.options.retry_policy = "nobodys";
    EXPECT_EQ(sim.create(unknown).error().code, "unknown_retry_policy");
}

TEST(PaymentTerms, adjusted_catch_up_at_once_or_spread_what_is_left) {  // A-FR-05..08
    for (const Adjustment way : {Adjustment::catch_up, Adjustment::spread}) {
        SCOPED_TRACE(to_text(way));
        TermsWorld sim;
        NewTerms wanted = sim.wanted();
        wanted.options.adjustment = way;
        const auto id = sim.created(wanted);
        sim.live("2027-05-02T00:00:00Z");
        ASSERT_EQ(sim.bank.holds(), 50'000);
        ASSERT_TRUE(sim.adjust(id, 180'000));
        sim.work();
        EXPECT_EQ(sim.bank.holds(), way == Adjustment::catch_up ? 75'000 : 50'000);
        sim.live("2027-06-02T00:00:00Z");
        EXPECT_EQ(sim.bank.moved().back(), way == Adjustment::catch_up ? 15'000 : 18'574);
        sim.live("2028-01-02T00:00:00Z");
        EXPECT_EQ(sim.bank.holds(), 180'000);
        EXPECT_EQ(sim.find(id).status, Status::completed);
        EXPECT_EQ(sim.events_of(id), (Words{"created", "adjusted", "completed"}));
        EXPECT_EQ(sim.told, (Words{"created", "adjusted"}));
    }
}

TEST(PaymentTerms, lowered_below_what_was_paid_give_back) {  // F94, X-30
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-05-02T00:00:00Z");
    ASSERT_TRUE(sim.adjust(id, 36'000));
    sim.work();
    EXPECT_EQ(sim.bank.holds(), 15'000);
    sim.live("2028-01-02T00:00:00Z");
    EXPECT_EQ(sim.bank.holds(), 36'000);
    EXPECT_EQ(sim.find(id).status, Status::completed);
}

TEST(PaymentTerms, adjusted_with_an_instalment_on_its_way_keep_its_amount_and_count_it) {  // F84
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.bank.is_silent = true;
    sim.work();
    ASSERT_EQ(sim.statuses(id)[0], "processing");
    ASSERT_TRUE(sim.adjust(id, 12'000));
    Terms terms = sim.find(id);
    EXPECT_EQ(credit_minor(terms.plan, terms.account), 9'000) << "nothing is given back that was not received";
    sim.work();
    EXPECT_EQ(sim.schedule(id).charges.size(), 1U);
    sim.bank.is_silent = false;
    sim.live("2027-01-02T00:00:00Z");
    EXPECT_EQ(sim.bank.moved(), (Amounts{10'000, -9'000}));
    sim.live("2028-01-02T00:00:00Z");
    EXPECT_EQ(sim.bank.holds(), 12'000);
}

TEST(PaymentTerms, take_an_adjustment_of_another_version_or_the_same_total_for_nothing) {
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    EXPECT_EQ(sim.adjust(id, 60'000, {}, 7).error().code, "payment_terms_changed_meanwhile");
    EXPECT_EQ(sim.adjust(id, 120'000)->terms.version, 1);
    const auto first = sim.adjust(id, 60'000, "key", 1);
    const auto again = sim.adjust(id, 60'000, "key", 1);
    ASSERT_TRUE(first && again);
    EXPECT_FALSE(first->stored);
    EXPECT_TRUE(again->stored);
    EXPECT_EQ(sim.find(id).version, 2);
}

TEST(PaymentTerms, whose_charge_is_declined_are_tried_again_once_and_charged_next_month_all_the_same) {  // F82, A-FR-03
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.bank.declines = 2;
    sim.work();
    EXPECT_EQ(sim.statuses(id)[0], "retrying");
    sim.live("2027-01-02T12:00:00Z");
    EXPECT_EQ(sim.statuses(id)[0], "failed");
    sim.live("2027-02-02T00:00:00Z");
    EXPECT_EQ(sim.statuses(id)[1], "succeeded");
    EXPECT_EQ(sim.bank.moved(), Amounts{10'000});
    sim.live("2028-01-02T00:00:00Z");
    EXPECT_EQ(sim.bank.holds(), 110'000);
    EXPECT_EQ(sim.find(id).status, Status::active) << "what failed is with a person";
}

TEST(PaymentTerms, canceled_give_back_what_is_not_earned_once) {  // F86, A-FR-09, A-FR-10, A-AS-17
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-04-01T08:00:00Z");
    ASSERT_EQ(sim.bank.holds(), 40'000);
    const auto canceled = sim.cancel(id);
    ASSERT_TRUE(canceled);
    EXPECT_EQ(canceled->status, Status::pending_cancellation);
    EXPECT_EQ(canceled->settlement->refund_minor, 10'411);
    EXPECT_EQ(sim.cancel(id)->version, canceled->version);
    EXPECT_EQ(sim.adjust(id, 50'000).error().code, "payment_terms_canceled");
    sim.work();
    EXPECT_EQ(sim.find(id).status, Status::canceled);
    EXPECT_EQ(sim.cancel(id)->status, Status::canceled);
    sim.live("2028-02-01T00:00:00Z");
    EXPECT_EQ(sim.bank.holds(), 29'589);
    EXPECT_EQ(sim.events_of(id), (Words{"created", "canceling", "canceled"}));
    EXPECT_EQ(sim.told, (Words{"created", "canceled"}));
    EXPECT_EQ(sim.statuses(id)[4], "canceled");
}

TEST(PaymentTerms, canceled_with_nothing_to_settle_are_canceled_at_once) {
    TermsWorld sim;
    const auto id = sim.created(sim.wanted(120'000, 12, 15));
    EXPECT_EQ(sim.cancel(id)->status, Status::canceled);
    sim.live("2027-03-01T00:00:00Z");
    EXPECT_TRUE(sim.bank.moved().empty());
    EXPECT_EQ(sim.events_of(id), (Words{"created", "canceling", "canceled"}));
}

TEST(PaymentTerms, canceled_by_who_owes_are_charged_a_final_amount) {
    TermsWorld sim;
    const auto id = sim.created(sim.wanted(120'000, 12, 31));
    sim.live("2027-07-01T00:00:00Z");
    ASSERT_EQ(sim.bank.holds(), 60'000);
    sim.clock.advance(29 * TermsWorld::day);
    EXPECT_EQ(sim.cancel(id)->settlement->final_charge_minor, 9'041);
    sim.work();
    EXPECT_EQ(sim.bank.holds(), 69'041);
    EXPECT_EQ(sim.find(id).status, Status::canceled);
}

TEST(PaymentTerms, canceled_while_an_instalment_is_on_its_way_wait_for_it) {  // F85
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-01-31T00:00:00Z");
    sim.bank.is_silent = true;
    sim.live("2027-02-01T00:00:10Z");
    ASSERT_EQ(sim.statuses(id)[1], "processing");
    const auto canceled = sim.cancel(id);
    ASSERT_TRUE(canceled);
    EXPECT_EQ(canceled->status, Status::pending_cancellation);
    EXPECT_FALSE(canceled->settlement);
    sim.bank.is_silent = false;
    sim.live("2027-02-02T00:00:00Z");
    EXPECT_EQ(sim.find(id).status, Status::canceled);
    // 31 of 365 days are earned.
    EXPECT_EQ(sim.bank.moved(), (Amounts{10'000, 10'000, -9'808}));
}

TEST(PaymentTerms, canceled_before_a_retry_are_not_tried_again) {  // F85
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.bank.declines = 1;
    sim.work();
    ASSERT_EQ(sim.statuses(id)[0], "retrying");
    EXPECT_EQ(sim.cancel(id)->status, Status::canceled) << "on the first day nothing is earned";
    sim.live("2027-02-02T00:00:00Z");
    EXPECT_TRUE(sim.bank.moved().empty());
    EXPECT_EQ(sim.statuses(id)[0], "canceled");
}

TEST(PaymentTerms, that_are_paid_can_be_canceled_until_their_term_is_over) {
    TermsWorld sim;
    const auto id = sim.created(sim.wanted(1'200, 1));
    sim.work();
    ASSERT_EQ(sim.find(id).status, Status::completed);
    sim.live("2027-01-31T00:00:00Z");
    EXPECT_EQ(sim.cancel(id)->settlement->refund_minor, 39);
    const auto over = sim.created(sim.wanted(1'200, 1));
    sim.live("2027-02-01T00:00:00Z");
    EXPECT_EQ(sim.cancel(over).error().code, "payment_terms_ended");
    EXPECT_EQ(sim.adjust(over, 5).error().code, "payment_terms_ended");
}

TEST(PaymentTerms, after_downtime_are_charged_in_order_once_for_each_month) {  // F71
    TermsWorld sim;
    const auto id = sim.created(sim.wanted(120'001));
    sim.clock.advance(70 * TermsWorld::day);
    sim.work();
    EXPECT_EQ(sim.bank.moved(), (Amounts{10'001, 10'000, 10'000}));
    EXPECT_EQ(sim.find(id).account.billed_count, 3);
}

TEST(PaymentTerms, of_which_too_many_come_due_at_once_are_held_until_a_person_lets_them_go) {  // F78
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    EXPECT_EQ(sim.release(id).error().code, "payment_terms_not_held");
    sim.live("2027-01-02T00:00:00Z");
    sim.clock.advance(150 * TermsWorld::day);
    sim.work();
    EXPECT_EQ(sim.find(id).status, Status::held);
    EXPECT_EQ(sim.bank.moved(), Amounts{10'000});
    ASSERT_TRUE(sim.release(id));
    sim.work();
    EXPECT_EQ(sim.bank.holds(), 60'000);
    EXPECT_EQ(sim.events_of(id), (Words{"created", "held", "released"}));
}

TEST(PaymentTerms, that_are_held_go_on_when_their_case_is_resolved_so) {  // F78
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-01-02T00:00:00Z");
    sim.clock.advance(150 * TermsWorld::day);
    sim.work();
    ASSERT_EQ(sim.find(id).status, Status::held);
    const auto resolved = sim.resolve(id, cases::Resolution::retry);
    ASSERT_TRUE(resolved) << resolved.error().code;
    EXPECT_EQ(sim.find(id).status, Status::active);
    sim.work();
    EXPECT_EQ(sim.bank.holds(), 60'000);
    EXPECT_EQ(sim.events_of(id), (Words{"created", "held", "released"}));
}

TEST(PaymentTerms, that_were_let_go_or_canceled_without_their_case_end_it) {  // F78
    for (const bool is_released : {true, false}) {
        TermsWorld sim;
        const auto id = sim.created(sim.wanted());
        sim.live("2027-01-02T00:00:00Z");
        sim.clock.advance(150 * TermsWorld::day);
        sim.work();
        ASSERT_TRUE(is_released ? sim.release(id) : sim.cancel(id));
        const auto held = sim.cases_of(id);
        ASSERT_EQ(held.size(), 1U);
        EXPECT_EQ(held[0].status, cases::Status::resolved);
        EXPECT_EQ(held[0].resolution, is_released ? cases::Resolution::retry : cases::Resolution::canceled);
        EXPECT_EQ(held[0].resolved_by, "system");
        sim.work();
        if (!is_released) continue;
        EXPECT_EQ(sim.bank.holds(), 60'000);
        EXPECT_EQ(sim.events_of(id), (Words{"created", "held", "released"}));
    }
}

TEST(PaymentTerms, that_are_canceled_leave_no_failed_instalment_to_a_person) {  // F82, F85
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-01-02T00:00:00Z");
    sim.bank.declines = 2;
    sim.live("2027-03-10T00:00:00Z");
    ASSERT_EQ(sim.statuses(id)[1], "failed");
    ASSERT_EQ(sim.cases_of(id).size(), 1U);
    ASSERT_TRUE(sim.cancel(id));
    EXPECT_EQ(sim.statuses(id)[1], "canceled");
    EXPECT_EQ(sim.cases_of(id)[0].status, cases::Status::resolved);
    EXPECT_EQ(sim.cases_of(id)[0].resolution, cases::Resolution::canceled);
    sim.work();
    const Terms canceled = sim.find(id);
    EXPECT_EQ(canceled.status, Status::canceled);
    EXPECT_EQ(sim.bank.holds(), canceled.settlement->earned_minor) << "what is owed is asked for once";
}

TEST(PaymentTerms, are_canceled_when_a_case_of_theirs_is_resolved_so) {  // F78, F82
    TermsWorld sim;
    const auto held = sim.created(sim.wanted());
    sim.live("2027-01-02T00:00:00Z");
    sim.clock.advance(150 * TermsWorld::day);
    sim.work();
    ASSERT_TRUE(sim.resolve(held, cases::Resolution::canceled));
    sim.work();
    EXPECT_EQ(sim.find(held).status, Status::canceled);
    ASSERT_TRUE(sim.find(held).settlement);

    const auto unpaid = sim.created(sim.wanted(120'000, 12, 15, "2027-06-15"));
    sim.bank.declines = 2;
    sim.live("2027-06-17T00:00:00Z");
    ASSERT_EQ(sim.statuses(unpaid)[0], "failed");
    const auto resolved = sim.resolve(unpaid, cases::Resolution::canceled);
    ASSERT_TRUE(resolved) << resolved.error().code;
    sim.work();
    const Terms terms = sim.find(unpaid);
    EXPECT_EQ(terms.status, Status::canceled);
    EXPECT_EQ(terms.settlement->final_charge_minor, 656) << "2 of 366 days are earned";
    EXPECT_EQ(sim.statuses(unpaid)[0], "canceled");
    EXPECT_EQ(sim.statuses(unpaid)[1], "canceled");
}

TEST(PaymentTerms, that_are_over_let_a_case_of_theirs_be_closed) {  // F82
    TermsWorld sim;
    const auto id = sim.created(sim.wanted(1'200, 1));
    sim.bank.declines = 2;
    sim.live("2027-03-01T00:00:00Z");
    ASSERT_EQ(sim.statuses(id)[0], "failed");
    const auto resolved = sim.resolve(id, cases::Resolution::canceled);
    ASSERT_TRUE(resolved) << resolved.error().code;
    EXPECT_EQ(sim.statuses(id)[0], "canceled");
    EXPECT_EQ(sim.find(id).status, Status::completed);
}

TEST(PaymentTerms, never_come_to_more_than_an_amount_can_be) {  // F90
    TermsWorld sim;
    NewTerms wanted = sim.wanted(100);
    wanted.cancellation_terms.fee_minor = Money::max_minor - 99;
    const auto refused = sim.create(wanted);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    EXPECT_EQ(refused.error().code, "amount_out_of_range");
    EXPECT_EQ(refused.error().field, "cancellation_terms.fee");
    wanted.cancellation_terms.fee_minor = Money::max_minor - 100;
    const auto id = sim.created(wanted);
    const auto raised = sim.adjust(id, 101);
    ASSERT_FALSE(raised);
    EXPECT_EQ(raised.error().code, "amount_out_of_range");
    EXPECT_EQ(raised.error().field, "total_amount");
    EXPECT_EQ(sim.scheduler.await(sim.terms.preview_adjust(sim.shop, id, 101)).error().code, "amount_out_of_range");
    EXPECT_TRUE(sim.adjust(id, 99));
    EXPECT_THROW(static_cast<void>(sim.find(id).money(Money::max_minor + 1)), store::Failure);
}

TEST(PaymentTerms, whose_clock_went_back_are_not_charged_twice) {  // F77
    TermsWorld sim{"2027-02-01T00:00:00Z"};
    const auto id = sim.created(sim.wanted());
    sim.work();
    EXPECT_EQ(sim.bank.holds(), 20'000);
    sim.clock.advance(-20 * TermsWorld::day);
    sim.work();
    EXPECT_EQ(sim.bank.holds(), 20'000);
    sim.live("2027-03-02T00:00:00Z");
    EXPECT_EQ(sim.find(id).account.billed_count, 3);
    EXPECT_EQ(sim.bank.holds(), 30'000);
}

TEST(PaymentTerms, of_nothing_in_an_instalment_ask_no_provider) {  // F93
    TermsWorld sim;
    const auto id = sim.created(sim.wanted(2, 4));
    sim.live("2027-05-01T00:00:00Z");
    EXPECT_EQ(sim.bank.moved(), Amounts{2});
    EXPECT_EQ(sim.find(id).status, Status::completed);
}

TEST(PaymentTerms, start_on_the_day_that_it_is_where_the_merchant_is) {  // F75, F76
    TermsWorld sim{"2027-01-01T00:00:00Z", "Pacific/Auckland"};
    const auto id = sim.created(sim.wanted(120'000, 12, 1, "2026-12-31T12:00:00Z"));
    EXPECT_EQ(calendar::to_text(sim.find(id).plan.start_on), "2027-01-01");
    sim.live("2027-01-31T10:00:00Z");
    EXPECT_EQ(sim.bank.moved().size(), 1U);
    sim.live("2027-01-31T12:00:00Z");
    EXPECT_EQ(sim.bank.moved().size(), 2U) << "1 February has begun in Auckland";
}

TEST(PaymentTerms, forecast_what_is_then_charged) {
    TermsWorld sim;
    NewTerms wanted = sim.wanted(100'001, 12, 31);
    wanted.options.adjustment = Adjustment::spread;
    const auto id = sim.created(wanted);
    sim.live("2027-03-31T12:00:00Z");
    ASSERT_TRUE(sim.adjust(id, 77'777));
    sim.work();
    const billing::Owner owner = sim.terms.owner();
    const auto expected = sim.read([&](Reader& reader) {
        return owner.forecast(reader, sim.shop, id.value, *parse_instant("2027-10-01T00:00:00Z"));
    });
    ASSERT_EQ(expected.size(), 6U);
    sim.live("2027-09-30T23:00:00Z");
    const auto charges = sim.schedule(id).charges;
    for (const billing::Expected& one : expected) {
        const auto found = std::ranges::find_if(charges, [&](const billing::Charge& charge) {
            return charge.purpose == one.purpose && charge.number == one.number;
        });
        ASSERT_NE(found, charges.end());
        EXPECT_EQ(found->amount, one.amount);
        EXPECT_EQ(found->due_date, one.due_date);
    }
}

TEST(PaymentTerms, are_previewed_as_they_come_out) {
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-04-01T08:00:00Z");
    const Terms before = sim.find(id);
    const auto adjusted = sim.scheduler.await(sim.terms.preview_adjust(sim.shop, id, 60'000));
    const auto canceled = sim.scheduler.await(sim.terms.preview_cancel(sim.shop, id));
    const auto made = sim.scheduler.await(sim.terms.preview_create(sim.shop, sim.wanted(100'001)));
    EXPECT_EQ(sim.find(id).version, before.version);
    EXPECT_EQ(*adjusted->compensation, (Movement{.is_refund = true, .amount_minor = 20'000}));
    EXPECT_EQ(instalments_of(adjusted->scheduled)[4].amount_minor, 5'000);
    EXPECT_EQ(canceled->settlement->refund_minor, 10'411);
    EXPECT_EQ(instalments_of(made->scheduled)[0].amount_minor, 8'338);
    EXPECT_EQ(sim.cancel(id)->settlement, canceled->settlement);
}

TEST(PaymentTerms, are_paid_by_another_card_from_now_on_also_what_is_to_be_tried_again) {  // D-FL-05
    TermsWorld sim;
    const auto id = sim.created(sim.wanted());
    sim.live("2027-01-15T00:00:00Z");
    sim.bank.declines = 1;
    sim.live("2027-02-01T12:00:00Z");
    const auto retrying = sim.schedule(id).charges.back();
    ASSERT_EQ(retrying.status, billing::ChargeStatus::retrying);
    const auto other = sim.store_card("c-7"), foreign = sim.store_card("c-8");
    const auto pay_by = [&](billing::Means means, std::string key = {}) {
        return sim.scheduler.await(
            sim.terms.adjust({.merchant = sim.shop,
                              .guard = {.key = std::move(key), .route = "adjust", .fingerprint = {}},
                              .id = id,
                              .total_minor = std::nullopt,
                              .means = means,
                              .version = std::nullopt,
                              .origin = TermsWorld::origin()}));
    };
    EXPECT_EQ(pay_by({.payment_method = foreign, .mandate_of = {}}).error().code, "payment_method_not_usable");
    ASSERT_TRUE(pay_by({.payment_method = other, .mandate_of = {}}));
    const Terms changed = sim.find(id);
    EXPECT_EQ(changed.options.means.payment_method, other);
    EXPECT_EQ(changed.plan.total_minor, 120'000);
    EXPECT_EQ(sim.events_of(id).back(), "updated");
    sim.live("2027-03-01T12:00:00Z");
    for (const billing::Charge& charge : sim.schedule(id).charges)
        if (charge.number >= 2) {
            EXPECT_EQ(charge.status, billing::ChargeStatus::succeeded);
            EXPECT_EQ(charge.means.payment_method, other) << charge.number;
        }
    // Neither card nor mandate: whatever the customer pays by.
    ASSERT_TRUE(pay_by({}));
    EXPECT_FALSE(sim.find(id).options.means.payment_method);
    sim.live("2027-04-01T12:00:00Z");
    EXPECT_EQ(sim.bank.moved().size(), 4U);
}

/// Damages a row as a disk does.
void damage(TermsWorld& sim, PaymentTermsId id) {
    static const store::Sql spoil{"test.spoil_terms",
                                  "UPDATE payment_terms SET cancellation_terms = '{\"method\":' WHERE id = $1"};
    sim.write([&](Tx& tx) -> Result<bool> {
        tx.run(spoil, id);
        return true;
    });
}

TEST(PaymentTerms, a_row_that_cannot_be_read_stops_itself_alone) {  // F59, F105
    TermsWorld sim;
    const auto first = sim.created(sim.wanted()), damaged = sim.created(sim.wanted()),
               third = sim.created(sim.wanted());
    sim.work();
    damage(sim, damaged);
    sim.live("2027-02-02T00:00:00Z");
    EXPECT_EQ(sim.schedule(first).charges.size(), 2U);
    EXPECT_EQ(sim.schedule(third).charges.size(), 2U);
    const auto listed = sim.scheduler.await(sim.terms.list(sim.shop, {.limit = 2}));
    ASSERT_TRUE(listed);
    ASSERT_EQ(listed->size(), 2U) << "the list does not end there";
    EXPECT_EQ(listed->at(0).id, third);
    EXPECT_EQ(listed->at(1).id, first);
    // Its turn is on the desk of dead letters, with its name.
    const auto dead = sim.read([&](Reader& reader) { return jobs::dead_letters(reader, sim.shop); });
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_TRUE(dead[0].last_error.contains(damaged.text())) << dead[0].last_error;
    EXPECT_TRUE(dead[0].last_error.starts_with("turn_unreadable"));
    const auto foreseen = sim.read([&](Reader& reader) {
        return sim.terms.owner().forecast(reader, sim.shop, damaged.value, *parse_instant("2027-12-01T00:00:00Z"));
    });
    EXPECT_TRUE(foreseen.empty());
}

TEST(PaymentTerms, rows_that_give_back_more_than_was_asked_for_are_refused_by_the_database) {  // F95
    TermsWorld sim;
    sim.created(sim.wanted());
    static const store::Sql forged{"test.forge", "UPDATE payment_terms SET returned_minor = billed_minor + 1"};
    const auto forge = [](store::Store& to) -> Task<std::string> {
        auto unit = [](Tx& tx) -> Result<bool> {
            tx.run(forged);
            return true;
        };
        try {
            co_await to.write(unit);
        } catch (const store::Failure& failure) {
            co_return failure.what();
        }
        co_return std::string{};
    };
    EXPECT_NE(sim.scheduler.await(forge(*sim.database)).find("constraint"), std::string::npos);
}

}  // namespace
}  // namespace florin::payment_terms
