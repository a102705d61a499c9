#include "billing_fixture.hpp"
#include "florin/locale/locale.hpp"
#include "florin/merchants/test_clock.hpp"

namespace florin::billing {
namespace {

using namespace test;
using O = payments::Outcome;
using D = payments::DeclineClass;
using Types = std::vector<std::string>;

class CollectTest : public BillingTest {};

const store::Sql use_up_numbers_sql{
    "test.billing.use_up_numbers",
    "INSERT INTO document_series (merchant_id, series, last_number) VALUES ($1, 'RCT', $2)"};

TEST_F(CollectTest, what_is_due_is_charged_once_and_its_owner_is_told) {  // A-FR-01, A-CM-19..24, A-ST-02
    store_card();
    const Uuid plan = add_plan();
    work();
    const Charge charge = only(plan);
    EXPECT_EQ(charge.status, ChargeStatus::succeeded);
    EXPECT_EQ(charge.attempts, 1);
    EXPECT_TRUE(charge.payment);
    EXPECT_EQ(bank.amounts("purchase", O::approved), std::vector<std::int64_t>{price});
    EXPECT_EQ(events_of(charge.id), (Types{"created", "succeeded"}));
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard.front().status, ChargeStatus::succeeded);
    ASSERT_EQ(issued(documents::Kind::receipt).size(), 1U);  // A-CM-26
    ASSERT_EQ(mailbox.subjects.size(), 1U);
    EXPECT_NE(mailbox.subjects[0].find(issued(documents::Kind::receipt)[0].number), std::string::npos);
    EXPECT_EQ(mailbox.attachments[0], 1U);
    EXPECT_NE(mailbox.texts[0].find("https://pay.example.com/"), std::string::npos);
    live(29);
    EXPECT_EQ(charges(plan).size(), 1U);
    live(1);
    EXPECT_EQ(charges(plan).size(), 2U);
    EXPECT_EQ(bank.holds(), 2 * price);
    EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(CollectTest, a_charge_has_its_receipt_before_anybody_is_told) {  // A-CM-26, A-FR-11, A-CM-29
    store_card();
    telling_waits = std::chrono::hours{1};
    const Uuid plan = add_plan({.first = {}, .term = 1});
    work();
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    const auto receipts = issued(documents::Kind::receipt);
    ASSERT_EQ(receipts.size(), 1U);
    EXPECT_TRUE(mailbox.texts.empty());
    work(std::chrono::hours{2});
    ASSERT_EQ(mailbox.subjects.size(), 1U);
    EXPECT_NE(mailbox.subjects[0].find(receipts[0].number), std::string::npos);
    EXPECT_EQ(issued(documents::Kind::receipt).size(), 1U);
}

TEST_F(CollectTest, who_cannot_be_told_has_a_receipt_and_no_job_to_find_that_out) {
    store_card("nobody");
    const Uuid plan = add_plan({.first = {}, .term = 1, .customer = "nobody"});
    telling_waits = std::chrono::hours{1};
    work();
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    EXPECT_EQ(issued(documents::Kind::receipt).size(), 1U);
    EXPECT_EQ(read([&](Reader& reader) { return jobs::count(reader).open; }), 0);
}

TEST_F(CollectTest, a_receipt_that_cannot_be_issued_holds_up_no_charge) {
    store_card();
    write([&](Tx& tx) -> Result<bool> { return tx.run(use_up_numbers_sql, shop, INT64_MAX) == 1; });
    const Uuid plan = add_plan({.first = {}, .term = 2});
    work();
    live(30);
    ASSERT_EQ(charges(plan).size(), 2U);
    for (const Charge& charge : charges(plan)) EXPECT_EQ(charge.status, ChargeStatus::succeeded);
    EXPECT_EQ(bank.holds(), 2 * price);
    EXPECT_TRUE(issued(documents::Kind::receipt).empty());
}

// A-FR-13, A-CM-25, A-ST-03
TEST_F(CollectTest, insufficient_funds_are_tried_again_once_on_the_next_local_day) {  // F82, A-FR-02..04, X-27
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 1});
    bank.next = {declined(D::insufficient_funds), declined(D::insufficient_funds)};
    work();
    const Charge failed_once = only(plan);
    EXPECT_EQ(failed_once.status, ChargeStatus::retrying);
    EXPECT_EQ(failed_once.decline, D::insufficient_funds);
    EXPECT_EQ(failed_once.retry_on, calendar::plus_days(failed_once.due_date, 1));
    ASSERT_EQ(mailbox.texts.size(), 1U);
    EXPECT_NE(mailbox.texts[0].find(locale::Locale::of("en").date(*failed_once.retry_on)), std::string::npos);
    live(1);
    const Charge failed_twice = only(plan);
    EXPECT_EQ(failed_twice.status, ChargeStatus::failed);
    EXPECT_EQ(failed_twice.ending, Ending::open_case);
    EXPECT_EQ(failed_twice.attempts, 2);
    EXPECT_EQ(mailbox.texts.size(), 2U);
    live(40);
    EXPECT_EQ(only(plan).attempts, 2);
    EXPECT_EQ(bank.order.size(), 2U);
    EXPECT_EQ(mailbox.texts.size(), 2U);
    const auto opened = case_of(failed_twice.id);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reason, "payment_failed");
    EXPECT_EQ(opened->attempts, 2);
    EXPECT_EQ(opened->decline_class, "insufficient_funds");
    EXPECT_TRUE(issued(documents::Kind::receipt).empty());
    EXPECT_EQ(events_of(failed_twice.id), (Types{"created", "retrying", "failed"}));
}

TEST_F(CollectTest, a_retry_that_succeeds_ends_well) {  // A-FR-03
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 1});
    bank.next = {declined(D::insufficient_funds)};
    work();
    live(1);
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    EXPECT_EQ(bank.holds(), price);
    EXPECT_EQ(mailbox.texts.size(), 2U) << "the notice and the receipt";
    EXPECT_FALSE(case_of(only(plan).id));
}

TEST_F(CollectTest, a_hard_decline_is_never_tried_again) {  // X-38, A-AS-06
    store_card();
    for (const D hard : {D::hard, D::fraud, D::invalid_card, D::expired_card, D::input}) {
        const Uuid plan = add_plan({.first = {}, .term = 1, .policy = "standard_dunning"});
        bank.next = {declined(hard)};
        work();
        live(2);
        EXPECT_EQ(only(plan).status, ChargeStatus::failed) << payments::to_text(hard);
        EXPECT_EQ(only(plan).ending, Ending::cancel);
        EXPECT_EQ(only(plan).attempts, 1);
    }
}

TEST_F(CollectTest, what_the_provider_refuses_to_look_at_cancels_nothing_and_becomes_a_case) {
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 1, .policy = "standard_dunning"});
    bank.next = {said(O::refused)};
    work();
    live(2);
    EXPECT_EQ(only(plan).status, ChargeStatus::failed);
    EXPECT_EQ(only(plan).ending, Ending::open_case);
    EXPECT_TRUE(case_of(only(plan).id));
}

TEST_F(CollectTest, without_a_payment_method_nothing_is_sent_and_the_customer_is_told) {
    const Uuid plan = add_plan({.first = {}, .term = 1});
    work();
    const Charge charge = only(plan);
    EXPECT_EQ(charge.status, ChargeStatus::failed);
    EXPECT_EQ(charge.decline, D::hard);
    EXPECT_EQ(charge.attempts, 1);
    EXPECT_TRUE(bank.order.empty());
    EXPECT_EQ(mailbox.texts.size(), 1U);
}

TEST_F(CollectTest, who_has_no_address_gets_no_mail) {
    const Uuid plan = add_plan({.first = {}, .term = 1, .customer = "nobody"});
    work();
    EXPECT_EQ(only(plan).status, ChargeStatus::failed);
    EXPECT_TRUE(mailbox.texts.empty());
    EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(CollectTest, while_an_answer_is_lost_nothing_else_is_tried) {  // F83
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 1});
    bank.lose_answers = 1;
    work(Millis{1'000});
    EXPECT_EQ(only(plan).status, ChargeStatus::processing);
    work(std::chrono::minutes{5});
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    EXPECT_EQ(bank.order.size(), 1U);
}

TEST_F(CollectTest, what_the_provider_takes_days_for_waits_apart_and_is_recorded_when_it_is_known) {  // F83
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 2});
    bank.next = {said(O::pending)};
    work();
    const Charge waiting = only(plan);
    EXPECT_EQ(waiting.status, ChargeStatus::processing);
    EXPECT_EQ(events_of(waiting.id), (Types{"created", "processing"}));
    EXPECT_FALSE(read([&](Reader& reader) { return billing->is_busy(reader, shop); }));
    // What is due next is not held up by it.
    live(30);
    EXPECT_EQ(charges(plan).back().status, ChargeStatus::succeeded);
    EXPECT_EQ(charges(plan).front().status, ChargeStatus::processing);
    bank.books.at(bank.order.front()).answer.outcome = O::approved;
    live(1);
    EXPECT_EQ(charges(plan).front().status, ChargeStatus::succeeded);
    EXPECT_EQ(bank.holds(), 2 * price);
}

TEST_F(CollectTest, a_provider_that_is_away_costs_no_attempt) {
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 1});
    bank.is_away = true;
    work(std::chrono::minutes{30});
    EXPECT_EQ(only(plan).status, ChargeStatus::pending);
    EXPECT_EQ(only(plan).attempts, 0);
    bank.is_away = false;
    work(std::chrono::minutes{40});
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    EXPECT_EQ(only(plan).attempts, 1);
    EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(CollectTest, nothing_to_pay_succeeds_without_a_provider) {  // F93
    const Uuid plan = add_plan({.first = {}, .term = 1, .amount = 0});
    work();
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    EXPECT_TRUE(bank.order.empty());
}

TEST_F(CollectTest, what_was_not_sent_can_be_prevented_and_what_was_cannot) {  // F85
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 1});
    bank.next = {declined(D::insufficient_funds)};
    work();
    const Charge charge = only(plan);
    const auto cancel = [&] {
        return write([&](Tx& tx) -> Result<bool> { return billing->cancel(tx, shop, charge.id); });
    };
    EXPECT_TRUE(cancel());
    EXPECT_EQ(only(plan).status, ChargeStatus::canceled);
    EXPECT_FALSE(cancel());
    live(3);
    EXPECT_EQ(bank.order.size(), 1U);
    EXPECT_EQ(events_of(charge.id), (Types{"created", "retrying", "canceled"}));
}

TEST_F(CollectTest, a_charge_under_way_is_not_prevented) {  // F85
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 1});
    bank.takes = Millis{3'000};
    work(Millis{2'000});
    const Charge charge = only(plan);
    EXPECT_EQ(charge.status, ChargeStatus::processing);
    EXPECT_FALSE(write([&](Tx& tx) -> Result<bool> { return billing->cancel(tx, shop, charge.id); }));
    work();
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
}

TEST_F(CollectTest, two_loaders_at_once_bill_everything_once) {  // F70, A-FR-16, X-12
    store_card();
    std::vector<Uuid> all;
    for (int i = 0; i < 20; ++i) all.push_back(add_plan({.first = {}, .term = 1}));
    const auto load_here = [this]() -> Task<void> { EXPECT_TRUE(co_await billing->load()); };
    scheduler.spawn(load_here());
    scheduler.spawn(load_here());
    work(std::chrono::minutes{2});
    for (const Uuid& plan : all) EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    EXPECT_EQ(bank.order.size(), 20U);
}

TEST_F(CollectTest, days_of_downtime_are_caught_up_in_order) {  // F71, A-CM-18
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 4});
    clock.advance(30 * day);
    work();
    clock.advance(65 * day);
    for (int i = 0; i < 6; ++i) work();
    const auto all = charges(plan);
    ASSERT_EQ(all.size(), 4U);
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].number, static_cast<std::int64_t>(i + 1));
        EXPECT_EQ(all[i].status, ChargeStatus::succeeded);
    }
    EXPECT_EQ(bank.holds(), 4 * price);
}

TEST_F(CollectTest, a_clock_that_goes_back_charges_nothing_twice) {  // F77
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 2});
    work();
    clock.jump(-2 * day);
    work();
    clock.jump(2 * day);
    work();
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    EXPECT_EQ(bank.order.size(), 1U);
}

/// Dies at one commit after another, before it and after it, and begins again.
TEST_F(CollectTest, a_crash_at_any_step_charges_exactly_once) {  // F72, F82, A-NF-06
    store_card();
    std::uint64_t longest = 0;
    for (const bool before : {true, false}) {
        for (std::uint64_t step = 1; step < 40; ++step) {
            SCOPED_TRACE((before ? "before commit " : "after commit ") + std::to_string(step));
            const std::size_t asked = bank.order.size();
            const std::size_t told = mailbox.texts.size();
            bank.next = {declined(D::insufficient_funds)};
            const Uuid plan = add_plan({.first = {}, .term = 1});
            const bool has_crashed = crash_at(step, before);
            work(std::chrono::minutes{3});
            live(1);
            work(std::chrono::minutes{3});
            const Charge charge = only(plan);
            EXPECT_EQ(charge.status, ChargeStatus::succeeded);
            EXPECT_EQ(charge.failures, 1) << "what never reached the provider has not failed";
            EXPECT_EQ(bank.order.size() - asked, 2U);
            EXPECT_EQ(mailbox.texts.size() - told, 2U) << "the notice and the receipt";
            EXPECT_EQ(events_of(charge.id), (Types{"created", "retrying", "succeeded"}));
            if (has_crashed) longest = std::max(longest, step);
        }
    }
    EXPECT_GT(longest, 8U) << "the crashes fell upon the steps";
    EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(CollectTest, a_person_lets_a_charge_be_tried_again_or_go) {
    store_card();
    const auto fail_one = [&] {
        const Uuid plan = add_plan({.first = {}, .term = 1});
        bank.next = {declined(D::hard)};
        work();
        EXPECT_EQ(only(plan).status, ChargeStatus::failed);
        return plan;
    };
    const auto decide = [&](const Uuid& plan, Decision decision) {
        const ChargeId id = only(plan).id;
        write([&](Tx& tx) -> Result<Charge> { return billing->decide(tx, shop, id, decision, "user:1"); });
        work();
    };
    const Uuid tried = fail_one(), elsewhere = fail_one(), waived = fail_one();
    decide(tried, Decision::retry);
    EXPECT_EQ(only(tried).status, ChargeStatus::succeeded);
    EXPECT_EQ(events_of(only(tried).id), (Types{"created", "failed", "reopened", "succeeded"}));
    decide(elsewhere, Decision::paid_elsewhere);
    EXPECT_EQ(only(elsewhere).status, ChargeStatus::succeeded);
    decide(waived, Decision::waive);
    EXPECT_EQ(only(waived).status, ChargeStatus::canceled);
    EXPECT_EQ(bank.holds(), price);
    EXPECT_EQ(heard.back().status, ChargeStatus::canceled);
}

TEST_F(CollectTest, a_second_that_comes_twice_or_never_comes_charges_once) {  // F80
    store_card();
    // The clock never shows the moment at which it is due: a second is left out, as a smear or a jump does.
    const Uuid skipped = add_plan({.first = {}, .term = 2});
    work();
    clock.advance(plans.at(skipped).first + 30 * day - Millis{1} - clock.now());
    work(Millis{0});
    EXPECT_EQ(charges(skipped).size(), 1U);
    clock.jump(Millis{1'001});
    work();
    EXPECT_EQ(charges(skipped).size(), 2U);
    // Here it shows it twice.
    const Uuid twice = add_plan({.first = {}, .term = 2});
    work();
    for (int i = 0; i < 3; ++i) {
        clock.advance(plans.at(twice).first + 30 * day - clock.now());
        work(Millis{1'000});
        clock.jump(Millis{-1'000});
    }
    EXPECT_EQ(charges(twice).size(), 2U);
    EXPECT_EQ(bank.holds(), 4 * price);
}

TEST_F(CollectTest, what_came_due_in_a_year_waits_for_a_person) {  // F78
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 24});
    work();
    clock.advance(365 * day);
    for (int i = 0; i < 3; ++i) work();
    EXPECT_EQ(charges(plan).size(), 1U) << "nothing but what was due before the leap";
    ASSERT_TRUE(held.contains(plan));
    release(plan);
    for (int i = 0; i < 14; ++i) work();
    EXPECT_EQ(charges(plan).size(), 13U);
    EXPECT_EQ(bank.holds(), 13 * price);
    // It goes on by itself from there.
    live(30);
    EXPECT_EQ(charges(plan).size(), 14U);
}

const store::Sql take_cards_away_sql{
    "test.take_cards_away", "UPDATE payment_methods SET status = 'failed', sealed_token = NULL WHERE merchant_id = $1"};

TEST_F(CollectTest, a_card_that_goes_while_it_is_charged_leaves_nothing_open) {  // F72, F83
    for (const bool has_arrived : {true, false}) {
        SCOPED_TRACE(has_arrived ? "it arrived" : "it did not");
        store_card();
        const Uuid plan = add_plan({.first = {}, .term = 1});
        bank.takes = Millis{3'000};
        work(Millis{has_arrived ? 4'000 : 2'000});
        ASSERT_EQ(only(plan).status, ChargeStatus::processing);
        die();
        bank.takes = Millis{10};
        write([&](Tx& tx) -> Result<bool> {
            tx.run(take_cards_away_sql, shop);
            return true;
        });
        for (int i = 0; i < 10; ++i) work(std::chrono::minutes{1});
        const Charge charge = only(plan);
        EXPECT_EQ(charge.status, has_arrived ? ChargeStatus::succeeded : ChargeStatus::failed);
        EXPECT_EQ(charge.decline, has_arrived ? D::none : D::hard);
    }
    EXPECT_EQ(bank.holds(), price);
    EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(CollectTest, what_a_person_found_never_to_have_happened_has_not_failed) {  // F4, F5
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 1});
    bank.lose_answers = 1;
    work(Millis{1'000});
    bank.books.at(bank.order.front()).answer = {
        .outcome = O::no_answer, .provider_code = "no_key", .is_undecided = true};
    work(std::chrono::minutes{5});
    const ChargeId id = only(plan).id;
    ASSERT_EQ(only(plan).status, ChargeStatus::processing);
    const auto attempts = read([&](Reader& reader) { return rows::attempts_of(reader, shop, id); });
    ASSERT_TRUE(attempts.at(0).transaction);
    const auto dismissed = scheduler.await(payments.resolve(
        {.merchant = shop,
         .transaction = *attempts[0].transaction,
         .resolution = payments::Resolution::dismiss,
         .note = "the bank knows nothing of it",
         .guard = {},
         .origin = {.actor = "t", .ip_address = {}, .user_agent = {}, .correlation_id = "c", .traceparent = {}}}));
    ASSERT_TRUE(dismissed) << dismissed.error().code;
    work(std::chrono::minutes{15});
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
    EXPECT_EQ(only(plan).failures, 0);
    EXPECT_EQ(bank.amounts("purchase", O::approved), std::vector<std::int64_t>{price});
    EXPECT_EQ(mailbox.texts.size(), 1U) << "the receipt, and no notice";
}

TEST_F(CollectTest, a_clock_left_from_the_sandbox_stops_nothing_with_live_connectors) {
    store_card();
    const Uuid plan = add_plan({.first = {}, .term = 1});
    const merchants::Merchants live{*database, world, merchants::Merchants::TestClocks::none};
    Billing of_live{{.world = world, .store = *database, .audit = audit, .payments = payments, .merchants = live}};
    write([&](Tx& tx) -> Result<bool> {
        return merchants::insert_test_clock(
            tx, {.merchant = shop, .id = world.new_id<struct merchants::TestClockOf>(), .now = clock.now()});
    });
    EXPECT_EQ(scheduler.await(billing->load()), 0U) << "it is left to its clock";
    EXPECT_EQ(scheduler.await(of_live.load()), 1U);
    work();
    EXPECT_EQ(only(plan).status, ChargeStatus::succeeded);
}

TEST_F(CollectTest, without_its_own_means_a_charge_goes_by_the_card_stored_last) {  // A-AS-05
    store_card();
    const auto newest = store_card();
    store_card("somebody-else");
    const Uuid plan = add_plan({.first = {}, .term = 1});
    work();
    const auto paid = *scheduler.await(payments.find(shop, *only(plan).payment));
    EXPECT_EQ(paid.payment.payment_method, newest);
    EXPECT_EQ(paid.payment.customer_id, "c-7");
}

}  // namespace
}  // namespace florin::billing
