// What was collected goes again, and sometimes comes back.

#include "billing_fixture.hpp"
#include "florin/locale/locale.hpp"

namespace florin::billing {
namespace {

using namespace test;
using O = payments::Outcome;
using D = payments::DeclineClass;
using R = cases::Resolution;
using Types = std::vector<std::string>;

class TakenBackTest : public BillingTest {
protected:
    /// A charge of a plan that has been debited.
    ChargeId debit(std::int64_t number = 1) {
        if (!mandate) mandate = give_mandate();
        const ChargeId id = charge_now(plan, number, {.payment_method = std::nullopt, .mandate_of = mandate});
        work();
        EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
        return id;
    }
    ChargeId pay_by_card(std::int64_t number = 1) {
        if (!has_card) store_card();
        has_card = true;
        const ChargeId id = charge_now(plan, number);
        work();
        EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
        return id;
    }
    std::string reference_of(const payments::PaymentId& payment) {
        const auto found = scheduler.await(payments.find(shop, payment));
        return found->transactions.front().reference_number;
    }
    std::string reference_of(const ChargeId& id) { return reference_of(*charge(id).payment); }
    /// The provider takes back what a charge was paid by, and tells.
    void take_back(const std::string& reference, D decline = D::insufficient_funds, std::int64_t minor = price) {
        const payments::Reversal taken{.provider_id = "r-" + reference,
                                       .amount = euros(minor),
                                       .state = payments::Reversal::State::taken,
                                       .reason = "AM04",
                                       .decline = decline,
                                       .message = "taken back"};
        bank.reversed.insert_or_assign(reference, taken);
        look(reference);
    }
    void win(const std::string& reference) {
        bank.reversed.at(reference).state = payments::Reversal::State::won;
        look(reference);
    }
    void look(const std::string& reference) {
        EXPECT_TRUE(scheduler.await(payments.look(reference, {.may_be_reversal = true})));
    }
    std::vector<rows::Attempt> attempts(const ChargeId& id) {
        return read([&](Reader& reader) { return rows::attempts_of(reader, shop, id); });
    }
    std::size_t notes_of(const cases::CaseId& id) {
        const auto shown = scheduler.await(cases->show(shop, id));
        return static_cast<std::size_t>(std::ranges::count(shown->entries, "noted", &cases::Entry::kind));
    }

    Uuid plan = world.new_uuid();
    std::optional<payments::TransactionId> mandate;
    bool has_card = false;
};

TEST_F(TakenBackTest, a_returned_debit_is_an_attempt_that_failed_after_all) {  // F82, A-FR-02, A-FR-03
    const ChargeId id = debit();
    const std::size_t mails = mailbox.texts.size();
    take_back(reference_of(id));
    work();
    const Charge returned = charge(id);
    EXPECT_EQ(returned.status, ChargeStatus::retrying);
    EXPECT_EQ(returned.decline, D::insufficient_funds);
    EXPECT_EQ(returned.retry_on, calendar::plus_days(returned.due_date, 1));
    EXPECT_EQ(kept_minor(returned), 0);
    EXPECT_EQ(heard.back().status, ChargeStatus::retrying);
    ASSERT_EQ(attempts(id).size(), 1U);
    EXPECT_EQ(attempts(id)[0].status, rows::AttemptStatus::failed);
    EXPECT_EQ(attempts(id)[0].code, "AM04");
    ASSERT_EQ(mailbox.texts.size(), mails + 1) << "the customer is told";
    EXPECT_NE(mailbox.texts.back().find(locale::Locale::of("en").date(*returned.retry_on)), std::string::npos);

    live(1);
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(charge(id).attempts, 2);
    EXPECT_EQ(kept_minor(charge(id)), price) << "collected again, it counts once";
    EXPECT_EQ(events_of(id), (Types{"created", "succeeded", "returned", "succeeded"}));
    // Another payment on another day: it has its own number, the mail says that one, and the first stays what it is.
    const auto receipts = issued(documents::Kind::receipt);
    ASSERT_EQ(receipts.size(), 2U);
    EXPECT_EQ(receipts[0].issued_on, calendar::plus_days(receipts[1].issued_on, 1));
    EXPECT_NE(mailbox.texts.back().find(receipts[0].number), std::string::npos) << mailbox.texts.back();
    EXPECT_EQ(mailbox.texts.back().find(receipts[1].number), std::string::npos);
    EXPECT_FALSE(case_of(id));

    take_back(reference_of(id));
    work();
    EXPECT_EQ(charge(id).status, ChargeStatus::failed) << "one automatic retry, and no more";
    EXPECT_TRUE(case_of(id, ":2"));
    live(20);
    EXPECT_EQ(charge(id).attempts, 2);
    EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(TakenBackTest, what_others_give_back_has_a_credit_note_and_a_mail_that_brings_it) {  // A-FR-11, A-FR-15
    const ChargeId id = pay_by_card();
    const std::size_t mails = mailbox.texts.size();
    ASSERT_TRUE(refund_by_api(id, "3.00"));
    work();
    ASSERT_TRUE(refund_by_api(id, "2.00"));
    work();
    const auto credits = issued(documents::Kind::credit_note);
    ASSERT_EQ(credits.size(), 2U);
    const auto [first, second] = std::minmax(credits[0].number, credits[1].number);
    EXPECT_EQ(first, "CN-000001");
    EXPECT_EQ(second, "CN-000002");
    EXPECT_EQ(credits[0].total.minor() + credits[1].total.minor(), -500);
    EXPECT_EQ(credits[0].refers_to, issued(documents::Kind::receipt)[0].id);
    ASSERT_EQ(mailbox.texts.size(), mails + 2);
    EXPECT_NE(mailbox.texts.back().find("2.00"), std::string::npos);
    EXPECT_NE(mailbox.subjects.back().find("CN-000002"), std::string::npos);
    // Billing's own refunds have theirs, and no other.
    give_back(plan, price - 500);
    work();
    EXPECT_EQ(issued(documents::Kind::credit_note).size(), 3U);
}

TEST_F(TakenBackTest, a_debit_that_is_returned_for_good_is_not_tried_again) {
    const ChargeId id = debit();
    take_back(reference_of(id), D::hard);
    live(3);
    EXPECT_EQ(charge(id).status, ChargeStatus::failed);
    EXPECT_EQ(charge(id).attempts, 1);
    ASSERT_TRUE(case_of(id, ":1"));
    EXPECT_EQ(case_of(id, ":1")->decline_class, "hard");
}

TEST_F(TakenBackTest, a_debit_that_was_returned_before_billing_heard_that_it_was_paid_is_one) {
    mandate = give_mandate();
    bank.next = {said(O::pending)};
    const ChargeId id = charge_now(plan, 1, {.payment_method = std::nullopt, .mandate_of = mandate});
    work();
    ASSERT_EQ(charge(id).status, ChargeStatus::processing);
    const std::string reference = bank.order.back();
    bank.books.at(reference).answer.outcome = O::approved;
    look(reference);
    take_back(reference);
    EXPECT_EQ(events_of(id), (Types{"created", "processing", "succeeded", "returned"}));
    EXPECT_EQ(charge(id).status, ChargeStatus::retrying);
    live(1);
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(charge(id).attempts, 2);
}

TEST_F(TakenBackTest, a_returned_debit_that_comes_back_before_the_next_attempt_is_paid) {
    const ChargeId id = debit();
    take_back(reference_of(id));
    win(reference_of(id));
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(heard.back().status, ChargeStatus::succeeded);
    live(3);
    EXPECT_EQ(charge(id).attempts, 1);
    EXPECT_EQ(attempts(id)[0].status, rows::AttemptStatus::succeeded);
}

TEST_F(TakenBackTest, a_debit_may_be_returned_come_back_and_be_returned_once_more) {
    const ChargeId id = debit();
    take_back(reference_of(id));
    ASSERT_EQ(charge(id).failures, 1);
    win(reference_of(id));
    EXPECT_EQ(charge(id).failures, 0);
    EXPECT_FALSE(charge(id).first_failed_on);
    take_back(reference_of(id));
    EXPECT_EQ(charge(id).status, ChargeStatus::retrying);
    EXPECT_EQ(charge(id).failures, 1);
    live(1);
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(charge(id).attempts, 2);
}

TEST_F(TakenBackTest, an_attempt_that_was_given_up_because_the_money_came_back_is_made_when_it_goes_again) {
    const ChargeId id = debit();
    const std::string reference = reference_of(id);
    take_back(reference);
    bank.is_away = true;
    clock.advance(day);
    work();
    ASSERT_EQ(charge(id).status, ChargeStatus::retrying);
    win(reference);
    bank.is_away = false;
    work(std::chrono::minutes{20});
    ASSERT_EQ(charge(id).status, ChargeStatus::succeeded);
    ASSERT_EQ(charge(id).attempts, 1);
    take_back(reference);
    ASSERT_EQ(charge(id).status, ChargeStatus::retrying);
    live(1);
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(charge(id).attempts, 2);
}

TEST_F(TakenBackTest, what_a_bank_takes_in_parts_is_with_a_person_and_counts_once) {  // F28, F95
    const ChargeId id = debit();
    const auto take_rest = [&](const ChargeId& of) {
        payments::Reversal rest = bank.reversed.at(reference_of(of));
        rest.provider_id += "-rest";
        rest.amount = euros(price - 1'990);
        bank.reversed.insert_or_assign(reference_of(of), rest);
        look(reference_of(of));
    };
    take_back(reference_of(id), D::hard, 1'990);
    EXPECT_EQ(charge(id).taken_back_minor, 1'990);
    take_rest(id);
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(kept_minor(charge(id)), 0);
    ASSERT_EQ(cases_of("disputed").size(), 2U);
    for (const cases::Case& one : cases_of("disputed")) ASSERT_TRUE(resolve(one.id, R::waived));

    const ChargeId other = debit(2);
    take_back(reference_of(other), D::hard, 1'990);
    ASSERT_TRUE(resolve(cases_of("disputed").front().id, R::paid_elsewhere, "19.90"));
    take_rest(other);
    EXPECT_EQ(charge(other).status, ChargeStatus::succeeded);
    EXPECT_EQ(charge(other).outside_minor, 1'990);
    EXPECT_EQ(kept_minor(charge(other)), 1'990) << "what was paid elsewhere is not charged again";
    live(5);
    EXPECT_EQ(charge(other).attempts, 1);
}

TEST_F(TakenBackTest, what_was_paid_when_its_owner_ended_is_owed_until_it_is_paid_once_more) {  // F82, F85
    const ChargeId id = debit();
    unwanted.insert(plan);
    take_back(reference_of(id));
    ASSERT_EQ(charge(id).status, ChargeStatus::retrying);
    bank.is_away = true;
    live(1);
    EXPECT_EQ(charge(id).status, ChargeStatus::retrying) << "an outage lets nothing go";
    bank.is_away = false;
    bank.never_arrive = 1;
    bank.next = {declined(D::insufficient_funds)};
    work(std::chrono::minutes{30});
    EXPECT_EQ(charge(id).status, ChargeStatus::failed) << "nor does what never reached the provider";
    EXPECT_EQ(charge(id).ending, Ending::open_case);
    ASSERT_TRUE(case_of(id, ":1"));

    bank.next = {declined(D::hard)};
    ASSERT_TRUE(resolve(case_of(id, ":1")->id, R::retry));
    work();
    EXPECT_EQ(charge(id).status, ChargeStatus::failed) << "a person had it tried";
    EXPECT_EQ(case_of(id, ":1")->status, cases::Status::open);
    ASSERT_TRUE(resolve(case_of(id, ":1")->id, R::retry));
    work();
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_FALSE(charge(id).returned_attempt);
}

TEST_F(TakenBackTest, a_return_is_a_case_also_when_that_of_an_earlier_failure_was_closed) {
    mandate = give_mandate();
    bank.next = {declined(D::hard)};
    const ChargeId id = charge_now(plan, 1, {.payment_method = std::nullopt, .mandate_of = mandate});
    work();
    ASSERT_TRUE(case_of(id));
    write([&](Tx& tx) { return billing->decide(tx, shop, id, Decision::retry, "user:1"); });
    work();
    ASSERT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(case_of(id)->status, cases::Status::resolved) << "nobody has to work on it";
    take_back(reference_of(id), D::hard);
    work();
    EXPECT_EQ(charge(id).status, ChargeStatus::failed);
    ASSERT_TRUE(case_of(id, ":2"));
    EXPECT_EQ(case_of(id, ":2")->status, cases::Status::open);
    const cases::CaseId returned = case_of(id, ":2")->id;
    win(reference_of(id));
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(notes_of(returned), 1U) << "its case says that it has come back";
    EXPECT_EQ(case_of(id, ":2")->status, cases::Status::resolved);
    EXPECT_EQ(case_of(id, ":2")->resolved_by, "system");
    EXPECT_EQ(resolve(returned, R::waived).error().code, "case_resolved");
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
}

TEST_F(TakenBackTest, money_that_comes_back_for_what_was_collected_again_is_for_a_person) {
    const ChargeId id = debit();
    const std::string first = reference_of(id);
    take_back(first);
    live(1);
    ASSERT_EQ(charge(id).status, ChargeStatus::succeeded);
    win(first);
    EXPECT_EQ(kept_minor(charge(id)), price);
    ASSERT_EQ(cases_of("paid_twice").size(), 1U);
    EXPECT_EQ(cases_of("paid_twice")[0].amount, euros(price));
    EXPECT_EQ(charge(id).version, 4);
    // Given back at the API, there is nothing left to do.
    const auto paid = scheduler.await(payments.find(shop, [&] {
        return read([&](Reader& reader) { return *rows::find_attempt(reader, shop, id, 1); }).payment.value();
    }()));
    payments::FollowUpCommand command{.merchant = shop,
                                      .type = payments::TransactionType::refund,
                                      .guard = {},
                                      .parent = paid->transactions.front().id,
                                      .amount = "49.90",
                                      .currency = std::nullopt,
                                      .origin = {}};
    ASSERT_TRUE(scheduler.await(payments.follow_up(std::move(command))));
    work();
    EXPECT_EQ(cases_of("paid_twice")[0].status, cases::Status::resolved);
    EXPECT_EQ(kept_minor(charge(id)), price);
}

TEST_F(TakenBackTest, a_dispute_is_never_charged_again_and_counts_as_not_there) {  // F28, F95
    const ChargeId first = pay_by_card(1);
    const ChargeId second = pay_by_card(2);
    const std::size_t mails = mailbox.texts.size();
    take_back(reference_of(second), D::fraud);
    live(40);
    EXPECT_EQ(charge(second).status, ChargeStatus::succeeded);
    EXPECT_EQ(charge(second).attempts, 1);
    EXPECT_EQ(charge(second).taken_back_minor, price);
    EXPECT_EQ(kept_minor(heard.back()), 0);
    EXPECT_EQ(mailbox.texts.size(), mails) << "nobody is dunned for it";
    ASSERT_EQ(cases_of("disputed").size(), 1U);
    EXPECT_EQ(cases_of("disputed")[0].amount, euros(price));
    EXPECT_EQ(cases_of("disputed")[0].owner, plan);
    // A refund that was thought out before it was known of is only as large as what is there, and says so.
    const ChargeId refund = give_back(plan, 2 * price);
    work();
    EXPECT_EQ(charge(refund).status, ChargeStatus::succeeded);
    EXPECT_EQ(charge(refund).amount, euros(price));
    EXPECT_EQ(events_of(refund), (Types{"created", "clamped", "succeeded"}));
    EXPECT_EQ(bank.amounts("refund", O::approved), std::vector<std::int64_t>{price});
    EXPECT_EQ(kept_minor(charge(first)), price);
    // Nothing at all is left.
    const ChargeId another = give_back(plan, price, 2);
    work();
    EXPECT_EQ(charge(another).status, ChargeStatus::succeeded);
    EXPECT_TRUE(charge(another).amount.is_zero());
    EXPECT_EQ(bank.holds(), price) << "and that is what was disputed";
}

TEST_F(TakenBackTest, a_dispute_that_is_won_counts_again_and_its_case_says_so) {
    const ChargeId id = pay_by_card();
    take_back(reference_of(id));
    win(reference_of(id));
    EXPECT_EQ(charge(id).taken_back_minor, 0);
    EXPECT_EQ(kept_minor(heard.back()), price);
    EXPECT_EQ(events_of(id), (Types{"created", "succeeded", "disputed", "dispute_won"}));
    const auto disputed = cases_of("disputed");
    ASSERT_EQ(disputed.size(), 1U);
    EXPECT_EQ(notes_of(disputed[0].id), 1U);
    EXPECT_EQ(disputed[0].status, cases::Status::resolved);
    EXPECT_EQ(disputed[0].resolved_by, "system");
    EXPECT_FALSE(disputed[0].resolution_note.empty());
    give_back(plan, price);
    work();
    EXPECT_EQ(bank.holds(), 0);
}

TEST_F(TakenBackTest, what_becomes_of_a_dispute_is_for_a_person_to_say) {
    const ChargeId id = pay_by_card();
    const std::string first = reference_of(id);
    take_back(first);
    ASSERT_TRUE(resolve(cases_of("disputed")[0].id, R::retry));
    work();
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(charge(id).attempts, 2);
    EXPECT_EQ(kept_minor(charge(id)), price);
    win(first);
    EXPECT_EQ(cases_of("paid_twice").size(), 1U);

    const ChargeId other = pay_by_card(2);
    take_back(reference_of(other), D::fraud, price - 1'000);
    EXPECT_EQ(kept_minor(charge(other)), 1'000) << "a part of it";
    const auto disputed = cases_of("disputed").front();
    EXPECT_EQ(disputed.amount, euros(price - 1'000));
    EXPECT_EQ(resolve(disputed.id, R::retry).error().code, "charge_not_failed") << "only the whole is charged again";
    ASSERT_TRUE(resolve(disputed.id, R::paid_elsewhere, "39.90"));
    EXPECT_EQ(kept_minor(charge(other)), price);
    EXPECT_EQ(charge(other).outside_minor, price - 1'000);
    win(reference_of(other));
    EXPECT_EQ(cases_of("paid_twice").size(), 2U);
    EXPECT_EQ(kept_minor(charge(other)), price);
}

TEST_F(TakenBackTest, what_somebody_gives_back_by_the_payments_api_is_not_given_back_twice) {  // F95
    const ChargeId id = pay_by_card();
    const std::size_t mails = mailbox.texts.size();
    ASSERT_TRUE(refund_by_api(id, "19.90"));
    EXPECT_EQ(charge(id).status, ChargeStatus::succeeded);
    EXPECT_EQ(charge(id).taken_back_minor, 1'990);
    EXPECT_EQ(kept_minor(heard.back()), price - 1'990);
    const ChargeId refund = give_back(plan, price);
    live(3);
    EXPECT_EQ(bank.holds(), 0);
    EXPECT_EQ(charge(refund).amount, euros(price - 1'990));
    EXPECT_EQ(charge(id).taken_back_minor, 1'990) << "a refund of billing's own is not one of somebody else";
    EXPECT_EQ(mailbox.texts.size(), mails + 2) << "each refund has its own; nobody is dunned";
    EXPECT_TRUE(cases_of("disputed").empty());
    // What both have taken is gone once: a chargeback of all of it after that changes what is exposed, not more.
    take_back(reference_of(id));
    EXPECT_EQ(charge(id).taken_back_minor, price);
    EXPECT_EQ(cases_of("disputed").size(), 1U);
}

TEST_F(TakenBackTest, what_is_not_wanted_any_more_is_not_collected_once_more) {  // F5, F85
    store_card();
    unwanted.insert(plan);
    bank.is_away = true;
    const ChargeId never_sent = charge_now(plan, 1);
    work();
    EXPECT_EQ(charge(never_sent).status, ChargeStatus::canceled);
    EXPECT_EQ(heard.back().status, ChargeStatus::canceled);
    bank.is_away = false;
    live(1);

    bank.never_arrive = 1;
    const ChargeId lost = charge_now(plan, 2);
    work(std::chrono::minutes{10});
    EXPECT_EQ(charge(lost).status, ChargeStatus::canceled);

    bank.next = {declined(D::insufficient_funds)};
    const ChargeId declined_once = charge_now(plan, 3);
    work();
    EXPECT_EQ(charge(declined_once).status, ChargeStatus::canceled);
    live(3);
    EXPECT_EQ(bank.holds(), 0);
    EXPECT_TRUE(mailbox.texts.empty());
    EXPECT_FALSE(case_of(declined_once));

    unwanted.clear();
    bank.never_arrive = 1;
    const ChargeId wanted = charge_now(plan, 4);
    work(std::chrono::minutes{10});
    EXPECT_EQ(charge(wanted).status, ChargeStatus::succeeded) << "what is wanted is sent again";
    EXPECT_EQ(bank.holds(), price);
}

TEST_F(TakenBackTest, an_invoice_that_nobody_will_pay_is_credited_once) {
    const auto invoice = [&](Tx& tx, std::int64_t number) {
        const ChargeId id = create_charge(tx, plan, number);
        const std::string cause = "charge:" + id.text() + ":invoice";
        documents.issue(tx, {.merchant = shop,
                             .kind = documents::Kind::invoice,
                             .cause = cause,
                             .customer_id = "c-7",
                             .issued_on = calendar::Zone::utc().date_of(clock.now()),
                             .lines = {{.description = "Period", .quantity = 1, .amount = euros(price)}},
                             .total = euros(price)});
        return id;
    };
    const auto invoiced = [&](std::int64_t number) {
        return write([&](Tx& tx) -> Result<ChargeId> { return invoice(tx, number); });
    };
    const bool is_prevented = write([&](Tx& tx) -> Result<bool> { return billing->cancel(tx, shop, invoice(tx, 1)); });
    ASSERT_TRUE(is_prevented);
    ASSERT_EQ(issued(documents::Kind::credit_note).size(), 1U);
    const documents::Document credit = issued(documents::Kind::credit_note)[0];
    EXPECT_EQ(credit.total.minor(), -price);
    EXPECT_EQ(credit.refers_to, issued(documents::Kind::invoice)[0].id);

    const ChargeId waived = invoiced(2);
    work();
    ASSERT_EQ(charge(waived).status, ChargeStatus::failed) << "there is no card";
    write([&](Tx& tx) { return billing->decide(tx, shop, waived, Decision::waive, "user:1"); });
    EXPECT_EQ(issued(documents::Kind::credit_note).size(), 2U);

    store_card();
    const ChargeId paid = invoiced(3);
    work();
    EXPECT_EQ(charge(paid).status, ChargeStatus::succeeded);
    EXPECT_EQ(issued(documents::Kind::credit_note).size(), 2U);
}

TEST_F(TakenBackTest, a_currency_that_nobody_takes_is_known_before_anything_is_due) {
    const auto check = [&](std::string_view code, std::string_view customer) {
        return read([&](Reader& reader) {
            const auto judged = billing->check_currency(reader, shop, {}, customer, *Currency::of(code), "currency");
            return judged ? std::string{"good"} : judged.error().code + " " + judged.error().field;
        });
    };
    EXPECT_EQ(check("USD", "c-7"), "good") << "nobody knows yet what they will pay by";
    store_card();
    EXPECT_EQ(check("EUR", "c-7"), "good");
    EXPECT_EQ(check("GBP", "c-7"), "currency_not_supported currency");
    EXPECT_EQ(check("USD", "c-7"), "currency_not_supported currency") << "not by card";
    EXPECT_EQ(check("USD", "c-8"), "good");
}

}  // namespace
}  // namespace florin::billing
