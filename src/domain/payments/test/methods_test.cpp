#include "payments_fixture.hpp"

namespace florin::payments {
namespace {

using namespace test;
using T = TransactionType;
using S = TransactionStatus;

/// Payments by other means than cards: payers who go elsewhere, debits that end late, money that is taken back.
class MethodsTest : public PaymentsTest {
protected:
    void SetUp() override {
        provider.can.methods = {Method::card, Method::ideal, Method::sepa_debit, Method::wallet};
        provider.can.has_reversals = true;
    }
    ChargeCommand command(Method method, std::int64_t minor = 1'000) const {
        ChargeCommand command = charge_command(T::purchase, minor);
        command.method = method;
        command.card.reset();
        command.return_url = "https://shop.example/thanks";
        return command;
    }
    ChargeCommand debit(std::int64_t minor = 1'000) const {
        ChargeCommand of = command(Method::sepa_debit, minor);
        of.bank_account = BankAccount{
            .holder_name = "Ada", .iban = "nl91 abna 0417 1643 00", .routing_number = {}, .account_number = {}};
        return of;
    }
    Result<Executed> pay(ChargeCommand with) { return scheduler.await(payments.charge(std::move(with))); }
    std::string refusal(ChargeCommand with) {
        const auto refused = pay(std::move(with));
        return refused ? "accepted" : refused.error().code + " " + refused.error().field;
    }
    static Answer redirect(std::string url = "https://bank.example/pay/7") {
        Answer answer = said(Outcome::pending);
        answer.provider_id = "p7";
        answer.action_url = std::move(url);
        return answer;
    }
    static Reversal taken(std::int64_t minor = 1'000, std::string id = "r1") {
        return {.provider_id = std::move(id),
                .amount = euros(minor),
                .state = Reversal::State::taken,
                .reason = "AM04",
                .message = "Insufficient funds"};
    }
    Hinted look(const Executed& of, bool may_be_reversal = true) {
        return *scheduler.await(
            payments.look(of.transaction.reference_number, {.provider_id = "n1", .may_be_reversal = may_be_reversal}));
    }
    std::vector<T> types(const PaymentId& id) {
        std::vector<T> all;
        for (const Transaction& one : details(id).transactions) all.push_back(one.type);
        return all;
    }
    std::int64_t balance(const ledger::Account& account) {
        std::int64_t found = 0;
        auto read = [&](store::Reader& reader) -> Result<bool> {
            found = ledger::balance(reader, shop, account, *Currency::of("EUR"));
            return true;
        };
        scheduler.await([](store::Store& from, auto& with) -> Task<void> { EXPECT_TRUE(co_await from.read(with)); }(
                                                               *database, read));
        return found;
    }
};

TEST_F(MethodsTest, a_payer_is_sent_elsewhere_and_the_payment_ends_when_the_provider_says_so) {  // F41, F44
    provider.next = {redirect()};
    const auto begun = pay(command(Method::ideal));
    ASSERT_TRUE(begun);
    EXPECT_EQ(begun->payment.state, PaymentState::requires_action);
    EXPECT_EQ(begun->payment.action_url, "https://bank.example/pay/7");
    EXPECT_EQ(begun->transaction.status, S::pending);
    provider.found = redirect();
    live(std::chrono::minutes{2});
    EXPECT_EQ(details(begun->payment.id).payment.action_url, "https://bank.example/pay/7");
    // The payer has been there; the bank is still at it. No webhook ever comes.
    provider.found = said(Outcome::pending);
    live(std::chrono::minutes{10});
    EXPECT_EQ(details(begun->payment.id).payment.state, PaymentState::pending);
    EXPECT_EQ(details(begun->payment.id).payment.action_url, "");
    provider.found = said(Outcome::approved);
    provider.found.payer_last4 = "4300";
    live(std::chrono::minutes{11});
    const Payment paid = details(begun->payment.id).payment;
    EXPECT_EQ(paid.state, PaymentState::captured);
    EXPECT_EQ(paid.card.last4, "4300");
    EXPECT_EQ(provider.acknowledged, std::vector<std::string>{"p7"}) << "once it is recorded, and not before";
    EXPECT_EQ(provider.asked_for("purchase").size(), 1U);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(MethodsTest, a_lost_answer_is_found_with_the_address_at_which_the_payer_is_awaited) {  // F4
    provider.next = {said(Outcome::no_answer)};
    const auto lost = pay(command(Method::ideal));
    EXPECT_EQ(lost->payment.state, PaymentState::unknown);
    provider.found = redirect();
    EXPECT_EQ(look(*lost), Hinted::still_open);
    EXPECT_EQ(details(lost->payment.id).payment.state, PaymentState::requires_action);
    provider.found = said(Outcome::declined);
    EXPECT_EQ(look(*lost), Hinted::looked);
    EXPECT_EQ(details(lost->payment.id).payment.state, PaymentState::declined);
}

TEST_F(MethodsTest, a_payer_is_only_sent_to_addresses_of_the_web) {
    provider.next = {redirect("javascript:alert(1)")};
    const auto begun = pay(command(Method::ideal));
    EXPECT_EQ(begun->payment.action_url, "");
}

TEST_F(MethodsTest, each_method_takes_what_it_needs_and_nothing_else) {
    ChargeCommand held = command(Method::ideal);
    held.type = T::authorize;
    EXPECT_EQ(refusal(std::move(held)), "method_cannot_be_authorized payment_method_type");
    ChargeCommand homeless = command(Method::ideal);
    homeless.return_url.clear();
    EXPECT_EQ(refusal(std::move(homeless)), "return_url_missing return_url");
    ChargeCommand insecure = command(Method::ideal);
    insecure.return_url = "http://shop.example/";
    EXPECT_EQ(refusal(std::move(insecure)), "invalid_return_url return_url");
    ChargeCommand with_card = command(Method::ideal);
    with_card.card = card();
    EXPECT_EQ(refusal(std::move(with_card)), "means_not_of_method card");
    ChargeCommand card_with_account = debit();
    card_with_account.method = Method::card;
    EXPECT_EQ(refusal(std::move(card_with_account)), "card_or_token card");
    EXPECT_EQ(refusal(command(Method::sepa_debit)), "account_or_mandate bank_account");
    ChargeCommand mistyped = debit();
    mistyped.bank_account->iban = "NL91ABNA0417164301";
    EXPECT_EQ(refusal(std::move(mistyped)), "invalid_iban bank_account.iban");
    EXPECT_EQ(refusal(command(Method::hosted_page)), "method_not_supported payment_method_type");
    provider.can.currencies = {"USD"};
    EXPECT_EQ(refusal(debit()), "method_not_supported payment_method_type");
    EXPECT_TRUE(provider.asked.empty());
}

TEST_F(MethodsTest, an_ach_debit_is_checked_by_the_weights_of_its_routing_number) {
    provider.can.methods = {Method::ach_debit};
    const auto with = [&](std::string routing, std::string account) {
        ChargeCommand of = command(Method::ach_debit);
        of.bank_account = BankAccount{.holder_name = "Ada",
                                      .iban = {},
                                      .routing_number = std::move(routing),
                                      .account_number = std::move(account)};
        return refusal(std::move(of));
    };
    // Of the Federal Reserve Bank of Boston, and the number that tests of the field use.
    EXPECT_EQ(with("011000015", "000123456789"), "accepted");
    EXPECT_EQ(with("110000000", "000123456789"), "accepted");
    EXPECT_EQ(with("110000001", "000123456789"), "invalid_routing_number bank_account.routing_number");
    EXPECT_EQ(with("000000000", "000123456789"), "invalid_routing_number bank_account.routing_number");
    EXPECT_EQ(with("110000000", "123"), "invalid_account_number bank_account.account_number");
    EXPECT_EQ(with("110000000", "12345x"), "invalid_account_number bank_account.account_number");
}

TEST_F(MethodsTest, a_debit_may_follow_a_payment_whose_payer_agreed_to_more) {  // B-FR-23
    provider.next = {redirect()};
    ChargeCommand first = command(Method::ideal);
    first.makes_mandate = true;
    first.customer_id = "ada";
    const auto begun = pay(std::move(first));
    ChargeCommand again = command(Method::sepa_debit);
    again.mandate_of = begun->transaction.id;
    EXPECT_EQ(refusal(std::move(again)), "transaction_makes_no_mandate original_transaction_id");
    provider.found = said(Outcome::approved);
    provider.found.provider_id = "p7";
    provider.found.payer_last4 = "4300";
    look(*begun);
    ChargeCommand paid_again = command(Method::sepa_debit);
    paid_again.mandate_of = begun->transaction.id;
    const auto debited = pay(std::move(paid_again));
    ASSERT_TRUE(debited);
    EXPECT_EQ(provider.mandates.back(), "p7");
    EXPECT_EQ(debited->payment.customer_id, "ada");
    EXPECT_EQ(debited->payment.card.last4, "4300");
    ChargeCommand by_another = command(Method::sepa_debit);
    by_another.mandate_of = begun->transaction.id;
    by_another.customer_id = "eve";
    EXPECT_EQ(refusal(std::move(by_another)), "mandate_of_another_customer customer_id");
}

TEST_F(MethodsTest, what_is_taken_back_is_booked_once_however_often_it_is_told) {  // F28, F40
    const auto paid = pay(debit());
    EXPECT_EQ(provider.accounts.back(), "NL91ABNA0417164300");
    provider.taken_back.all = {taken()};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(look(*paid), Hinted::looked);
    EXPECT_EQ(types(paid->payment.id), (std::vector{T::purchase, T::chargeback}));
    const PaymentDetails now = details(paid->payment.id);
    EXPECT_EQ(now.payment.state, PaymentState::captured);
    EXPECT_EQ(now.payment.charged_back_minor, 1'000);
    EXPECT_EQ(now.transactions[1].provider_code, "AM04");
    EXPECT_EQ(balance(ledger::Account::disputes()), 1'000);
    EXPECT_EQ(balance(ledger::Account::provider_clearing("fake")), 0);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
    // What was taken back is not there to be refunded.
    EXPECT_EQ(follow_up(T::refund, paid->transaction.id).error().code, "nothing_left");
}

TEST_F(MethodsTest, a_contested_chargeback_that_is_won_comes_back_and_can_be_refunded) {  // F28
    const auto paid = charge(T::purchase, 1'000);
    provider.taken_back.all = {taken(400)};
    look(*paid);
    EXPECT_EQ(follow_up(T::refund, paid->transaction.id, "6.01").error().code, "amount_exceeds_remaining");
    provider.taken_back.all[0].state = Reversal::State::won;
    look(*paid);
    look(*paid);
    EXPECT_EQ(types(paid->payment.id), (std::vector{T::purchase, T::chargeback, T::chargeback_reversal}));
    EXPECT_EQ(details(paid->payment.id).payment.charged_back_minor, 0);
    EXPECT_EQ(balance(ledger::Account::disputes()), 0);
    EXPECT_EQ(balance(ledger::Account::provider_clearing("fake")), 1'000);
    EXPECT_EQ(follow_up(T::refund, paid->transaction.id)->transaction.approved_minor, 1'000);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(MethodsTest, a_chargeback_of_what_was_refunded_is_booked_all_the_same) {  // F28
    const auto paid = charge(T::purchase, 1'000);
    ASSERT_TRUE(follow_up(T::refund, paid->transaction.id, "7.00"));
    provider.taken_back.all = {taken()};
    look(*paid);
    const Payment now = details(paid->payment.id).payment;
    EXPECT_EQ(now.refunded_minor, 700);
    EXPECT_EQ(now.charged_back_minor, 1'000);
    EXPECT_EQ(transaction(paid->transaction.id).used_minor, 1'000);
    EXPECT_EQ(balance(ledger::Account::provider_clearing("fake")), -700);
    provider.taken_back.all[0].state = Reversal::State::won;
    look(*paid);
    EXPECT_EQ(transaction(paid->transaction.id).used_minor, 700);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(MethodsTest, a_reversal_that_cannot_be_this_payments_is_put_before_a_person_once) {  // F26, F28
    const auto paid = charge(T::purchase, 1'000);
    provider.taken_back.all = {
        taken(600, "r1"), taken(600, "r2"), {.provider_id = "r3", .amount = *Money::of(5, *Currency::of("JPY"))}};
    look(*paid);
    look(*paid);
    EXPECT_EQ(types(paid->payment.id), (std::vector{T::purchase, T::chargeback, T::chargeback, T::chargeback}));
    const PaymentDetails now = details(paid->payment.id);
    EXPECT_EQ(now.transactions[1].status, S::approved);
    for (const std::size_t odd : {2U, 3U}) {
        EXPECT_EQ(now.transactions[odd].status, S::quarantined);
        EXPECT_EQ(now.transactions[odd].approved_minor, 0);
    }
    EXPECT_EQ(now.payment.charged_back_minor, 600);
    EXPECT_EQ(now.payment.state, PaymentState::captured);
    EXPECT_EQ(balance(ledger::Account::disputes()), 600);
    // What it kept from refunds is what was booked; a person who has looked at it says so.
    EXPECT_EQ(transaction(paid->transaction.id).used_minor, 600);
    const auto resolved = scheduler.await(payments.resolve({.merchant = shop,
                                                            .transaction = now.transactions[2].id,
                                                            .resolution = Resolution::dismiss,
                                                            .note = "told twice",
                                                            .guard = {},
                                                            .origin = origin()}));
    ASSERT_TRUE(resolved) << resolved.error().code;
    EXPECT_EQ(resolved->transaction.status, S::failed);
    EXPECT_EQ(transaction(paid->transaction.id).used_minor, 600);
    provider.taken_back.all[1].state = Reversal::State::won;
    look(*paid);
    EXPECT_EQ(details(paid->payment.id).transactions.size(), 4U) << "and that is the end of it";
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(MethodsTest, a_chargeback_that_was_won_and_is_taken_again_is_booked_again) {  // F28
    const auto paid = charge(T::purchase, 1'000);
    provider.taken_back.all = {taken(400)};
    for (const auto state : {Reversal::State::taken, Reversal::State::won, Reversal::State::taken}) {
        provider.taken_back.all[0].state = state;
        look(*paid);
        look(*paid);
    }
    EXPECT_EQ(types(paid->payment.id),
              (std::vector{T::purchase, T::chargeback, T::chargeback_reversal, T::chargeback}));
    EXPECT_EQ(details(paid->payment.id).payment.charged_back_minor, 400);
    EXPECT_EQ(transaction(paid->transaction.id).used_minor, 400);
    EXPECT_EQ(balance(ledger::Account::disputes()), 400);
    provider.taken_back.all[0].state = Reversal::State::won;
    look(*paid);
    EXPECT_EQ(details(paid->payment.id).payment.charged_back_minor, 0);
    EXPECT_EQ(transaction(paid->transaction.id).used_minor, 0);
    EXPECT_EQ(balance(ledger::Account::disputes()), 0);
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

TEST_F(MethodsTest, a_disputed_card_payment_is_found_without_a_webhook_where_the_provider_can_tell) {  // F44
    const auto paid = charge(T::purchase, 1'000);
    pass(std::chrono::days{15});
    EXPECT_EQ(settle(), 1U);
    provider.taken_back.all = {taken(400)};
    std::size_t looks = 0;
    for (int day = 0; day < 200; ++day) {
        pass(std::chrono::days{1});
        looks += settle();
    }
    EXPECT_EQ(looks, 3U);
    EXPECT_EQ(types(paid->payment.id), (std::vector{T::purchase, T::chargeback}));
    provider.can.has_reversals = false;
    ASSERT_TRUE(charge(T::purchase, 1'000));
    pass(std::chrono::days{200});
    EXPECT_EQ(settle(), 0U);
}

TEST_F(MethodsTest, a_debit_that_is_taken_back_is_found_without_a_webhook) {  // F44
    const auto paid = pay(debit());
    pass(std::chrono::days{5});
    provider.taken_back.is_answered = false;
    EXPECT_EQ(settle(), 1U);
    provider.taken_back = {.is_answered = true, .all = {taken()}};
    pass(std::chrono::hours{2});
    EXPECT_EQ(settle(), 1U);
    EXPECT_EQ(types(paid->payment.id), (std::vector{T::purchase, T::chargeback}));
    // For 13 months, ever more seldom.
    std::size_t looks = 0;
    for (int day = 0; day < 500; ++day) {
        pass(std::chrono::days{1});
        looks += settle();
    }
    EXPECT_EQ(looks, 7U);
    EXPECT_EQ(provider.reversals_asked.size(), 9U);
}

TEST_F(MethodsTest, a_hint_of_a_reversal_that_cannot_be_read_is_repeated) {
    const auto paid = charge(T::purchase, 1'000);
    provider.taken_back.is_answered = false;
    const auto hinted = scheduler.await(payments.look(paid->transaction.reference_number, {.may_be_reversal = true}));
    EXPECT_EQ(hinted.error().code, "reversals_not_read");
}

TEST_F(MethodsTest, a_debit_that_comes_back_more_than_a_year_after_it_was_paid_is_found) {  // F28
    const auto paid = pay(debit());
    provider.taken_back = {.is_answered = true, .all = {taken()}};
    pass(std::chrono::days{390});
    EXPECT_EQ(look(*paid), Hinted::looked);
    provider.taken_back.all[0].state = Reversal::State::won;
    pass(std::chrono::days{30});
    EXPECT_EQ(look(*paid, false), Hinted::unknown_reference);
    EXPECT_EQ(look(*paid), Hinted::looked);
    EXPECT_EQ(types(paid->payment.id), (std::vector{T::purchase, T::chargeback, T::chargeback_reversal}));
}

TEST_F(MethodsTest, a_charge_that_was_taken_back_before_its_success_was_heard_of_is_booked_with_both) {  // F28, F41
    provider.next = {said(Outcome::no_answer)};
    const auto lost = pay(debit());
    ASSERT_EQ(lost->payment.state, PaymentState::unknown);
    provider.found = said(Outcome::approved);
    provider.taken_back = {.is_answered = true, .all = {taken()}};
    EXPECT_EQ(look(*lost), Hinted::looked);
    EXPECT_EQ(types(lost->payment.id), (std::vector{T::purchase, T::chargeback}));
    EXPECT_EQ(ledger_findings(), std::vector<std::string>{});
}

}  // namespace
}  // namespace florin::payments
