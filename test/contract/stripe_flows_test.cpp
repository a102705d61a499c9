// The Stripe connector against the stand-in in what takes its time: payers who have to confirm, debits that end days
// later, money that is taken back. What the connector says must be what really moved.

#include <gtest/gtest.h>

#include "florin/runtime/simulation.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "florin/stripe/stripe.hpp"

namespace florin {
namespace {

using payments::Answer;
using payments::DeclineClass;
using payments::Method;
using payments::Outcome;
using payments::Reversal;
using payments::TransactionType;

/// A way to the sandbox on which nothing is lost.
class StraightLine final : public http::Client {
public:
    explicit StraightLine(sandbox::Sandbox& sandbox) : sandbox_{sandbox} {}
    Task<Result<http::Reply>> send(http::Call call) override {
        http::Request request{
            .method = call.method, .path = {}, .query = {}, .headers = call.headers, .body = call.body, .peer = {}};
        std::string_view path = call.url;
        path.remove_prefix(path.find("://") + 3);
        request.headers.emplace_back("host", path.substr(0, path.find('/')));
        path.remove_prefix(path.find('/'));
        request.path = path.substr(0, path.find('?'));
        if (request.path.size() < path.size()) request.query = path.substr(request.path.size() + 1);
        sandbox::Served served = sandbox_.serve(request);
        http::Reply reply;
        reply.status = served.response.status;
        reply.body = std::move(served.response.body);
        co_return reply;
    }

private:
    sandbox::Sandbox& sandbox_;
};

struct StripeBench {
    payments::Charge charge(std::string reference, Method method, std::int64_t minor = 2'500) {
        const std::string_view currency = method == Method::ach_debit ? "USD" : "EUR";
        payments::Charge charge{.reference = std::move(reference),
                                .amount = *Money::of(minor, *Currency::of(currency)),
                                .method = method,
                                .token = {}};
        charge.email = "ada@example.org";
        return charge;
    }
    Answer buy(const payments::Charge& charge) { return scheduler.await(connector->purchase(charge)); }
    Answer buy_by_card(std::string reference, std::string_view number, std::string return_url) {
        payments::Card card;
        card.number = *security::Pan::from_json(number);
        card.expiry_month = 12;
        card.expiry_year = 2035;
        auto purchase = charge(std::move(reference), Method::card);
        purchase.card = &card;
        purchase.return_url = std::move(return_url);
        return buy(purchase);
    }
    Answer debit_iban(std::string reference, std::string iban, bool makes_mandate = false) {
        const payments::BankAccount account{
            .holder_name = "Ada Lovelace", .iban = std::move(iban), .routing_number = {}, .account_number = {}};
        auto purchase = charge(std::move(reference), Method::sepa_debit);
        purchase.bank_account = &account;
        purchase.makes_mandate = makes_mandate;
        return buy(purchase);
    }
    Answer debit_account(std::string reference, std::string number) {
        const payments::BankAccount account{.holder_name = "Ada Lovelace",
                                            .iban = {},
                                            .routing_number = "110000000",
                                            .account_number = std::move(number)};
        auto purchase = charge(std::move(reference), Method::ach_debit);
        purchase.bank_account = &account;
        return buy(purchase);
    }
    payments::Lookup lookup(std::string reference, std::string provider_id, Method method = Method::card) {
        return {.type = TransactionType::purchase,
                .reference = std::move(reference),
                .amount = *Money::of(2'500, *Currency::of("EUR")),
                .method = method,
                .provider_id = std::move(provider_id),
                .parent_provider_id = {},
                .card_last4 = {},
                .sent_at = sent_at};
    }
    Answer look_up(std::string reference, std::string provider_id = {}) {
        return scheduler.await(connector->lookup(lookup(std::move(reference), std::move(provider_id))));
    }
    payments::Reversals reversals(std::string reference, std::string provider_id = {}) {
        return scheduler.await(connector->reversals(lookup(std::move(reference), std::move(provider_id))));
    }
    http::Response send(std::string method, std::string path, std::string body) {
        const http::Request request{.method = std::move(method),
                                    .path = std::move(path),
                                    .query = {},
                                    .headers = {{"authorization", "Bearer sk_test_sandbox"}},
                                    .body = std::move(body),
                                    .peer = {}};
        return sandbox->serve(request).response;
    }
    /// Presses a button of the page that the payer was sent to.
    void press(const std::string& url, const std::string& outcome) {
        const std::string path = url.substr(url.find("/stripe/"));
        EXPECT_LT(send("POST", path, "code=SM11AA&outcome=" + outcome).status, 400);
    }
    std::string moved() {
        std::string text;
        for (const auto& movement : sandbox->movements())
            text += (text.empty() ? "" : "; ") + movement.type + " " + std::to_string(movement.amount_minor) + " " +
                    movement.reference;
        return text;
    }

    SimClock clock;
    SimScheduler scheduler{clock};
    SimRandom random{7};
    World world{clock, random};
    std::unique_ptr<sandbox::Sandbox> sandbox = std::move(*sandbox::Sandbox::open({.data_directory = {}}, world));
    StraightLine line{*sandbox};
    std::unique_ptr<payments::Connector> connector = [this] {
        stripe::Settings settings;
        settings.base_url = "http://provider.test";
        settings.secret_key.assign("sk_test_sandbox");
        return stripe::make_stripe(std::move(settings), world, [this]() -> http::Client& { return line; });
    }();
    Instant sent_at = world.clock.now();
};

constexpr Millis debit_takes{2'000};
constexpr std::string_view shop = "https://shop.example/back";

TEST(StripeFlows, a_payer_confirms_on_their_banks_page_and_has_paid_then) {
    StripeBench at;
    const Answer sent = at.buy_by_card("A1", "4000002760003184", std::string{shop});
    EXPECT_EQ(sent.outcome, Outcome::pending);
    ASSERT_TRUE(sent.action_url.starts_with("http://provider.test/stripe/pay/pi_")) << sent.action_url;
    const Answer waiting = at.look_up("A1", sent.provider_id);
    EXPECT_EQ(waiting.outcome, Outcome::pending);
    EXPECT_EQ(waiting.action_url, sent.action_url) << "who lost the answer finds the page again";
    EXPECT_EQ(at.moved(), "");
    at.press(sent.action_url, "succeeded");
    EXPECT_EQ(at.look_up("A1").outcome, Outcome::approved);
    EXPECT_EQ(at.moved(), "purchase 2500 A1");
}

TEST(StripeFlows, a_payer_who_does_not_confirm_is_declined) {
    StripeBench at;
    const Answer sent = at.buy_by_card("A1", "4000002760003184", std::string{shop});
    at.press(sent.action_url, "failed");
    const Answer refused = at.look_up("A1", sent.provider_id);
    EXPECT_EQ(refused.outcome, Outcome::declined);
    EXPECT_EQ(refused.provider_code, "payment_intent_authentication_failure");
    // One who goes away and never comes back, too.
    const Answer left = at.buy_by_card("A2", "4000002760003184", std::string{shop});
    at.clock.advance(Millis{24LL * 3'600'000});
    EXPECT_EQ(at.look_up("A2", left.provider_id).outcome, Outcome::pending);
    at.clock.advance(Millis{1'000});
    const Answer ended = at.look_up("A2", left.provider_id);
    EXPECT_EQ(ended.outcome, Outcome::declined);
    EXPECT_EQ(ended.provider_code, "payer_did_not_act");
    at.press(left.action_url, "succeeded");
    EXPECT_EQ(at.moved(), "") << "and cannot pay afterwards";
}

TEST(StripeFlows, without_a_way_back_a_card_that_wants_confirmation_is_declined) {
    StripeBench at;
    EXPECT_EQ(at.buy_by_card("A1", "4000002760003184", {}).provider_code, "authentication_required");
    EXPECT_EQ(at.buy_by_card("A2", "4242424242424242", std::string{shop}).outcome, Outcome::approved);
    EXPECT_EQ(at.moved(), "purchase 2500 A2");
}

TEST(StripeFlows, a_sepa_debit_ends_days_later) {
    StripeBench at;
    const Answer sent = at.debit_iban("S1", "DE89370400440532013000");
    EXPECT_EQ(sent.outcome, Outcome::pending);
    EXPECT_EQ(sent.action_url, "");
    EXPECT_EQ(sent.payer_last4, "3000");
    EXPECT_EQ(at.look_up("S1", sent.provider_id).outcome, Outcome::pending);
    EXPECT_EQ(at.debit_iban("S2", "DE62370400440532013001").outcome, Outcome::pending);
    EXPECT_EQ(at.debit_iban("S3", "DE65370400440002222227").outcome, Outcome::pending);
    at.clock.advance(debit_takes);
    EXPECT_EQ(at.look_up("S1", sent.provider_id).outcome, Outcome::approved);
    EXPECT_EQ(at.look_up("S2").decline, DeclineClass::soft);
    const Answer failed = at.look_up("S3");
    EXPECT_EQ(failed.outcome, Outcome::declined);
    EXPECT_EQ(failed.decline, DeclineClass::insufficient_funds);
    EXPECT_EQ(failed.provider_code, "insufficient_funds");
    EXPECT_EQ(at.moved(), "purchase 2500 S1");
}

TEST(StripeFlows, a_debit_that_cannot_be_made_is_refused_at_once) {
    StripeBench at;
    auto purchase = at.charge("R1", Method::sepa_debit);
    const payments::BankAccount account{
        .holder_name = "Ada", .iban = "DE89370400440532013000", .routing_number = {}, .account_number = {}};
    purchase.bank_account = &account;
    purchase.email.clear();
    EXPECT_EQ(at.buy(purchase).provider_code, "email_required");
    purchase.email = "ada@example.org";
    purchase.amount = *Money::of(2'500, *Currency::of("USD"));
    EXPECT_EQ(at.buy(purchase).provider_code, "currency_not_supported");
    purchase.amount = *Money::of(2'500, *Currency::of("EUR"));
    EXPECT_EQ(at.scheduler.await(at.connector->authorize(purchase)).provider_code, "not_authorizable");
    const Answer refused = at.debit_iban("R2", "DE91370400440000055555");
    EXPECT_EQ(refused.outcome, Outcome::refused);
    EXPECT_EQ(refused.provider_code, "bank_not_supported");
    EXPECT_EQ(at.look_up("R2").outcome, Outcome::not_found);
}

TEST(StripeFlows, an_account_is_debited_again_by_the_mandate_of_the_first_debit) {  // B-FR-23
    StripeBench at;
    const Answer first = at.debit_iban("M1", "DE89370400440532013000", true);
    auto later = at.charge("M2", Method::sepa_debit);
    later.mandate_provider_id = first.provider_id;
    later.is_merchant_initiated = true;
    EXPECT_EQ(at.buy(later).outcome, Outcome::pending);
    const Answer other = at.debit_iban("M3", "DE89370400440532013000");
    later.reference = "M4";
    later.mandate_provider_id = other.provider_id;
    EXPECT_EQ(at.buy(later).provider_code, "no_mandate");
    later.mandate_provider_id = "pi_nobody";
    EXPECT_EQ(at.buy(later).outcome, Outcome::refused);
    at.clock.advance(debit_takes);
    EXPECT_EQ(at.look_up("M2").outcome, Outcome::approved);
    EXPECT_EQ(at.moved(), "purchase 2500 M1; purchase 2500 M2; purchase 2500 M3");
}

TEST(StripeFlows, an_american_account_is_verified_and_then_debited) {
    const struct {
        std::string number;
        Outcome outcome;
        DeclineClass decline;
    } cases[] = {
        {"000123456789", Outcome::approved, DeclineClass::none},
        {"000111111113", Outcome::declined, DeclineClass::hard},
        {"000222222227", Outcome::declined, DeclineClass::insufficient_funds},
        {"000333333335", Outcome::declined, DeclineClass::hard},
    };
    for (const auto& one : cases) {
        StripeBench at;
        const Answer sent = at.debit_account("A1", one.number);
        EXPECT_EQ(sent.outcome, Outcome::pending) << one.number;
        ASSERT_FALSE(sent.action_url.empty());
        at.clock.advance(Millis{2LL * 24 * 3'600'000});
        EXPECT_EQ(at.look_up("A1", sent.provider_id).action_url, sent.action_url) << "it takes days to arrive";
        at.press(sent.action_url, "succeeded");
        const Answer under_way = at.look_up("A1", sent.provider_id);
        EXPECT_EQ(under_way.outcome, Outcome::pending);
        EXPECT_EQ(under_way.action_url, "");
        at.clock.advance(debit_takes);
        const Answer ended = at.look_up("A1", sent.provider_id);
        EXPECT_EQ(ended.outcome, one.outcome) << one.number;
        EXPECT_EQ(ended.decline, one.decline) << one.number;
    }
}

TEST(StripeFlows, what_is_taken_back_is_told_and_so_is_what_comes_back) {  // F28
    StripeBench at;
    const Answer paid = at.buy_by_card("D1", "4000000000000259", {});
    EXPECT_EQ(paid.outcome, Outcome::approved);
    auto nothing = at.reversals("D1", paid.provider_id);
    EXPECT_TRUE(nothing.is_answered);
    EXPECT_TRUE(nothing.all.empty());
    at.clock.advance(Millis{1'000});
    const auto taken = at.reversals("D1", paid.provider_id);
    ASSERT_EQ(taken.all.size(), 1U);
    EXPECT_EQ(taken.all[0].amount.minor(), 2'500);
    EXPECT_EQ(taken.all[0].reason, "fraudulent");
    EXPECT_EQ(taken.all[0].decline, DeclineClass::fraud);
    EXPECT_EQ(taken.all[0].state, Reversal::State::taken);
    at.send("POST", "/sandbox/stripe/disputes/" + taken.all[0].provider_id, R"({"outcome":"won"})");
    const auto won = at.reversals("D1");
    ASSERT_EQ(won.all.size(), 1U);
    EXPECT_EQ(won.all[0].state, Reversal::State::won);
    EXPECT_EQ(won.all[0].provider_id, taken.all[0].provider_id);
    EXPECT_EQ(at.moved(), "purchase 2500 D1; chargeback 2500 D1; chargeback_reversal 2500 D1");

    const Answer debited = at.debit_iban("D2", "DE35370400440532013002");
    at.clock.advance(debit_takes);
    EXPECT_EQ(at.look_up("D2", debited.provider_id).outcome, Outcome::approved);
    at.clock.advance(Millis{1'000});
    EXPECT_EQ(at.reversals("D2", debited.provider_id).all.at(0).reason, "debit_not_authorized");

    // An inquiry takes nothing; and where nobody answers there is nothing to conclude.
    at.buy_by_card("D3", "4000000000001976", {});
    at.clock.advance(Millis{1'000});
    EXPECT_TRUE(at.reversals("D3").all.empty());
    ASSERT_TRUE(
        at.sandbox->set_faults(R"({"rules":[{"match":{"path":"/v1/disputes"},"action":{"kind":"error_before"}}]})"));
    EXPECT_FALSE(at.reversals("D2", debited.provider_id).is_answered);
}

TEST(StripeFlows, our_reference_is_found_by_the_intent_that_a_dispute_names) {
    StripeBench at;
    const Answer paid = at.buy_by_card("D1", "4242424242424242", {});
    EXPECT_EQ(*at.scheduler.await(at.connector->reference_of(paid.provider_id)), "D1");
    EXPECT_EQ(*at.scheduler.await(at.connector->reference_of("pi_nobody")), "");
    EXPECT_EQ(*at.scheduler.await(at.connector->reference_of("in_1")), "");
    ASSERT_TRUE(
        at.sandbox->set_faults(R"({"rules":[{"match":{"provider":"stripe"},"action":{"kind":"error_before"}}]})"));
    EXPECT_FALSE(at.scheduler.await(at.connector->reference_of(paid.provider_id)));
}

}  // namespace
}  // namespace florin
