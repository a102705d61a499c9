#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "signature.hpp"

namespace florin::buckaroo {
namespace {

using namespace test;
using payments::Answer;
using payments::Outcome;
using payments::TransactionType;

/// Method and path of a call, without the address.
std::string asked(const Bench& bench, std::size_t call) {
    const http::Call& made = bench.client.calls.at(call);
    return made.method + made.url.substr(std::string_view{"https://testcheckout.buckaroo.nl"}.size());
}

Answer pay(Bench& bench, payments::Charge charge = ideal_charge()) {
    return bench.scheduler.await(bench.connector->purchase(charge));
}

TEST(Connector, sends_an_ideal_payment_under_our_reference_and_says_where_the_payer_has_to_go) {
    Bench bench;
    bench.client.says(transaction(
        {.status = 790, .more = R"(,"RequiredAction":{"RedirectURL":"https://bank.test/pay"},"StartRecurrent":true)"}));
    const Answer answer = pay(bench);
    EXPECT_EQ(to_text(answer.outcome), "pending");
    EXPECT_EQ(answer.provider_id, key);
    EXPECT_EQ(answer.action_url, "https://bank.test/pay");
    ASSERT_EQ(bench.client.calls.size(), 1U);
    EXPECT_EQ(asked(bench, 0), "POST/json/Transaction");
    EXPECT_EQ(
        bench.client.calls[0].body,
        R"({"Currency":"EUR","AmountDebit":12.50,"Invoice":"P0000000000000000017",)"
        R"("PushURL":"https://shop.test/api/v1/webhooks/buckaroo","PushURLFailure":"https://shop.test/api/v1/webhooks/buckaroo",)"
        R"("Description":"Order \"17\"","ClientIP":{"Type":0,"Address":"198.51.100.7"},)"
        R"("ReturnURL":"https://shop.test/return","ReturnURLCancel":"https://shop.test/return",)"
        R"("ReturnURLError":"https://shop.test/return","ReturnURLReject":"https://shop.test/return","StartRecurrent":true,)"
        R"("Services":{"ServiceList":[{"Name":"ideal","Action":"Pay","Version":2}]}})");
    EXPECT_EQ(bench.header(0, "channel"), "Web");
    EXPECT_FALSE(bench.client.calls[0].is_repeatable) << "what moves money leaves once";
}

TEST(Connector, debits_by_the_original_transaction) {  // B-FR-23, B-FR-24
    Bench bench;
    bench.client.says(transaction({.status = 791, .type = "C005"}));
    EXPECT_EQ(to_text(pay(bench, debit_charge(nullptr, std::string{original})).outcome), "pending");
    EXPECT_EQ(
        bench.client.calls[0].body,
        R"({"Currency":"EUR","AmountDebit":12.50,"Invoice":"P0000000000000000017",)"
        R"("PushURL":"https://shop.test/api/v1/webhooks/buckaroo","PushURLFailure":"https://shop.test/api/v1/webhooks/buckaroo",)"
        R"("Description":"P0000000000000000017","OriginalTransactionKey":"0F1E2D3C4B5A69788796A5B4C3D2E1F0",)"
        R"("Services":{"ServiceList":[{"Name":"SepaDirectDebit","Action":"PayRecurrent","Version":1}]}})");
    EXPECT_EQ(bench.header(0, "channel"), "BackOffice");
}

TEST(Connector, debits_an_account_by_its_iban) {
    Bench bench;
    bench.client.says(transaction({.status = 791, .type = "C004"}));
    const payments::BankAccount account{
        .holder_name = "A. de Vries", .iban = "NL91ABNA0417164300", .routing_number = {}, .account_number = {}};
    EXPECT_EQ(to_text(pay(bench, debit_charge(&account)).outcome), "pending");
    EXPECT_NE(bench.client.calls[0].body.find(
                  R"("Services":{"ServiceList":[{"Name":"SepaDirectDebit","Action":"Pay","Version":1,)"
                  R"("Parameters":[{"Name":"customeraccountname","Value":"A. de Vries"},)"
                  R"({"Name":"CustomerIBAN","Value":"NL91ABNA0417164300"}]}]}})"),
              std::string::npos)
        << bench.client.calls[0].body;
}

TEST(Connector, signs_each_request_for_itself) {
    Bench bench;
    bench.clock.advance(Millis{1'763'640'000'000 - bench.clock.now().ms});
    for (int i = 0; i < 2; ++i) bench.client.says(transaction({}));
    pay(bench);
    bench.look_up(TransactionType::purchase);
    std::vector<std::string> nonces;
    for (std::size_t i = 0; i < 2; ++i) {
        const http::Call& call = bench.client.calls[i];
        const std::string header = bench.header(i, "authorization");
        const auto authorization = parse_authorization(header);
        ASSERT_TRUE(authorization) << header;
        EXPECT_EQ(authorization->website_key, website);
        EXPECT_EQ(authorization->time, "1763640000");
        EXPECT_EQ(authorization->nonce.size(), 32U);
        nonces.emplace_back(authorization->nonce);
        EXPECT_EQ(authorization->signature, signature_of({.website_key = website,
                                                          .method = call.method,
                                                          .url = call.url,
                                                          .nonce = authorization->nonce,
                                                          .time = authorization->time,
                                                          .body = call.body},
                                                         secret));
    }
    EXPECT_NE(nonces[0], nonces[1]);
}

TEST(Connector, refuses_what_it_cannot_say_without_asking_anybody) {
    Bench bench;
    payments::Charge dollars = ideal_charge();
    dollars.amount = money(1'250, "USD");
    EXPECT_EQ(pay(bench, dollars).provider_code, "currency_not_supported");
    payments::Charge much = ideal_charge();
    much.amount = money(100'000'000'000);
    EXPECT_EQ(pay(bench, much).provider_code, "amount_not_supported");
    payments::Charge card = ideal_charge();
    card.method = payments::Method::card;
    EXPECT_EQ(pay(bench, card).provider_code, "method_not_supported");
    EXPECT_EQ(pay(bench, debit_charge(nullptr, "../Cancel")).provider_code, "invalid_mandate");
    payments::Charge token = debit_charge(nullptr);
    token.token = "cus_1/pm_1";
    EXPECT_EQ(pay(bench, token).provider_code, "invalid_token");
    payments::BankAccount account{
        .holder_name = "A. de Vries", .iban = "NL91ABNA0417164301", .routing_number = {}, .account_number = {}};
    EXPECT_EQ(pay(bench, debit_charge(&account)).provider_code, "invalid_iban");
    account = {.holder_name = {}, .iban = "NL91ABNA0417164300", .routing_number = {}, .account_number = {}};
    EXPECT_EQ(pay(bench, debit_charge(&account)).provider_code, "holder_missing");
    EXPECT_EQ(bench.scheduler.await(bench.connector->authorize(ideal_charge())).provider_code, "method_not_supported");
    EXPECT_EQ(bench.scheduler.await(bench.connector->capture(bench.follow_up())).provider_code, "method_not_supported");
    EXPECT_TRUE(bench.client.calls.empty());
}

TEST(Connector, does_not_know_after_anything_that_may_have_happened) {  // F1, F4, F6
    const auto outcome_after = [](auto prepare) {
        Bench bench;
        prepare(bench.client);
        const Answer answer = pay(bench);
        EXPECT_EQ(bench.client.calls.size(), 1U) << "nothing is repeated";
        return std::string{to_text(answer.outcome)} + " " + answer.provider_code;
    };
    using Fake = FakeClient;
    EXPECT_EQ(outcome_after([](Fake& client) { client.fails(ErrorKind::outcome_unknown, "no_answer"); }),
              "no_answer no_answer");
    EXPECT_EQ(outcome_after([](Fake& client) { client.fails(ErrorKind::unavailable, "not_connected"); }),
              "not_sent not_connected");
    EXPECT_EQ(outcome_after([](Fake& client) { client.says("half an ans"); }), "no_answer unreadable_reply");
    EXPECT_EQ(outcome_after([](Fake& client) { client.says("{}"); }), "no_answer foreign_reply");
    EXPECT_EQ(outcome_after([](Fake& client) { client.says("<html>", 502); }), "no_answer http_502");
    EXPECT_EQ(outcome_after([](Fake& client) { client.says("{}", 429); }), "no_answer http_429");
    EXPECT_EQ(outcome_after([](Fake& client) { client.says("{}", 404); }), "no_answer http_404");
    EXPECT_EQ(outcome_after([](Fake& client) { client.says("", 400); }), "refused http_400");
    EXPECT_EQ(outcome_after([](Fake& client) { client.says("", 401); }), "refused http_401");
    EXPECT_EQ(outcome_after([](Fake& client) { client.says(transaction({.status = 492})); }), "pending 492");
}

TEST(Connector, looks_up_by_key_and_never_takes_silence_for_absence) {  // F4, F7
    Bench bench;
    bench.client.says(transaction({}));
    EXPECT_EQ(to_text(bench.look_up(TransactionType::purchase).outcome), "approved");
    EXPECT_EQ(asked(bench, 0), "GET/json/Transaction/Status/" + std::string{key});

    // Nothing is found by our reference: it stays unknown until a push names the key, and after the last push a
    // person is asked.
    for (const TransactionType type : {TransactionType::purchase, TransactionType::refund}) {
        const Answer unknown = bench.look_up(type, "");
        EXPECT_EQ(to_text(unknown.outcome), "no_answer");
        EXPECT_EQ(unknown.provider_code, "no_key");
        EXPECT_FALSE(unknown.is_undecided);
    }
    bench.clock.advance(Millis{37LL * 3'600'000});
    EXPECT_TRUE(bench.look_up(TransactionType::purchase, "").is_undecided);
    EXPECT_EQ(bench.client.calls.size(), 1U);

    const auto outcome_after = [&](std::string_view body, int status) {
        bench.client.says(body, status);
        return std::string{to_text(bench.look_up(TransactionType::purchase).outcome)};
    };
    for (const int status : {400, 401, 404, 500, 503}) EXPECT_EQ(outcome_after("{}", status), "no_answer") << status;
    EXPECT_EQ(outcome_after("{}", 200), "no_answer");
    EXPECT_EQ(outcome_after(transaction({.key = original}), 200), "no_answer") << "another transaction's status";
    bench.client.fails(ErrorKind::unavailable, "not_connected");
    EXPECT_EQ(to_text(bench.look_up(TransactionType::purchase).outcome), "not_sent");
}

TEST(Connector, refunds_by_the_original_transaction) {  // F23
    Bench bench;
    bench.client.says(transaction({.amount = R"("AmountCredit":4.25)", .type = "C121"}));
    const Answer answer = bench.scheduler.await(bench.connector->refund(bench.follow_up(425)));
    EXPECT_EQ(to_text(answer.outcome), "approved");
    EXPECT_EQ(answer.amount, money(425));
    EXPECT_EQ(
        bench.client.calls[0].body,
        R"({"Currency":"EUR","AmountCredit":4.25,"Invoice":"P0000000000000000017",)"
        R"("PushURL":"https://shop.test/api/v1/webhooks/buckaroo","PushURLFailure":"https://shop.test/api/v1/webhooks/buckaroo",)"
        R"("OriginalTransactionKey":"0F1E2D3C4B5A69788796A5B4C3D2E1F0",)"
        R"("Services":{"ServiceList":[{"Name":"SepaDirectDebit","Action":"Refund","Version":1}]}})");
    bench.client.says(transaction({.amount = R"("AmountCredit":4.25)", .type = "C121"}));
    EXPECT_EQ(to_text(bench.look_up(TransactionType::refund).outcome), "approved");
}

TEST(Connector, cancels_and_believes_only_the_status) {
    Bench bench;
    bench.client.says("{}");
    bench.client.says(transaction({.status = 891, .key = original}));
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->cancel(bench.follow_up())).outcome), "approved");
    EXPECT_EQ(asked(bench, 0), "GET/json/Transaction/Cancel/" + std::string{original});
    EXPECT_FALSE(bench.client.calls[0].is_repeatable);
    EXPECT_EQ(asked(bench, 1), "GET/json/Transaction/Status/" + std::string{original});

    bench.client.says("{}");
    bench.client.says(transaction({.status = 791, .key = original}));
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->cancel(bench.follow_up())).outcome), "no_answer")
        << "asked for, and not done yet";
    bench.client.says("{}");
    bench.client.says(transaction({.status = 190, .key = original}));
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->cancel(bench.follow_up())).outcome), "refused");
    bench.client.says("{}");
    bench.client.fails(ErrorKind::unavailable, "not_connected");
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->cancel(bench.follow_up())).outcome), "no_answer")
        << "the cancellation was sent, whatever became of the question after it";
}

TEST(Connector, reads_a_reversal_by_the_key_that_its_push_named) {  // F28
    Bench bench;
    payments::Lookup charge = bench.of(TransactionType::purchase, original);
    const auto unnoticed = bench.scheduler.await(bench.connector->reversals(charge));
    EXPECT_TRUE(unnoticed.is_answered && unnoticed.all.empty() && bench.client.calls.empty()) << "nobody to ask";
    charge.noticed_provider_id = key;
    const std::string reversal = transaction(
        {.amount = R"("AmountCredit":12.5)",
         .type = "C501",
         .parameters = R"("Name":"reasoncode","Value":"MD06")",
         .related = R"([{"RelationType":"reversal","RelatedTransactionKey":"0F1E2D3C4B5A69788796A5B4C3D2E1F0"}])"});
    bench.client.says(reversal);
    const auto found = bench.scheduler.await(bench.connector->reversals(charge));
    ASSERT_TRUE(found.is_answered);
    ASSERT_EQ(found.all.size(), 1U);
    EXPECT_EQ(found.all[0].provider_id, key);
    EXPECT_EQ(found.all[0].reason, "MD06");
    bench.client.says(reversal, 503);
    EXPECT_FALSE(bench.scheduler.await(bench.connector->reversals(charge)).is_answered);
    bench.client.says(transaction({}));
    const auto none = bench.scheduler.await(bench.connector->reversals(charge));
    EXPECT_TRUE(none.is_answered && none.all.empty()) << "an ordinary payment takes nothing back";
}

}  // namespace
}  // namespace florin::buckaroo
