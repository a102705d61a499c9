// The Buckaroo connector against its stand-in, over a line on virtual time. Nothing is found there by our reference, so
// after a lost answer all hangs on the push: what was said, pushed, looked up, and what really moved.

#include <gtest/gtest.h>

#include "florin/base/iban.hpp"
#include "florin/buckaroo/buckaroo.hpp"
#include "line.hpp"

namespace florin {
namespace {

using payments::Answer;
using payments::DeclineClass;
using payments::Method;
using payments::Outcome;
using payments::TransactionType;

constexpr std::string_view push_url = "https://florin.test/api/v1/webhooks/buckaroo";

/// Where the stand-in's pushes arrive: read by the connector, as the intake does.
class Mailbox final : public http::Client {
public:
    explicit Mailbox(Clock& clock) : clock_{clock} {}

    Task<Result<http::Reply>> send(http::Call call) override {
        http::Request request;
        request.method = "POST";
        request.path = "/api/v1/webhooks/buckaroo";
        request.body = call.body;
        request.headers = {{"host", "florin.test"}};
        for (auto& [name, value] : call.headers) {
            std::string lower = name;
            std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; });
            request.headers.emplace_back(std::move(lower), value);
        }
        auto notice = connector->read_webhook(request, clock_.now());
        http::Reply reply;
        reply.status = notice ? 200 : 401;
        if (notice)
            notices.push_back(std::move(*notice));
        else
            ++refused;
        co_return reply;
    }
    payments::Connector* connector = nullptr;
    std::vector<payments::Notice> notices;
    int refused = 0;

private:
    Clock& clock_;
};

/// A website in a world of its own.
struct BuckarooBench {
    BuckarooBench() {
        mailbox.connector = connector.get();
        set(R"({"buckaroo":{"webhook_url":")" + std::string{push_url} + R"("}})");
        sandbox->send_webhooks(scheduler, [this]() -> http::Client& { return mailbox; });
    }
    static buckaroo::Settings settings() {
        buckaroo::Settings settings;
        settings.base_url = "http://provider.test";
        settings.website_key = "SANDBOX01";
        settings.secret_key.assign("sandbox-secret-0123456789");
        settings.charge_timeout = Millis{30'000};
        settings.query_timeout = Millis{30'000};
        return settings;
    }
    void set(const std::string& json) { ASSERT_TRUE(sandbox->change_settings(json)) << json; }
    void fault(std::string_view type, std::string_view action) {
        ASSERT_TRUE(sandbox->set_faults(R"({"rules":[{"match":{"provider":"buckaroo","transactionType":")" +
                                        std::string{type} + R"("},"action":)" + std::string{action} +
                                        R"(,"count":1}]})"));
    }
    Money eur(std::int64_t minor) const { return *Money::of(minor, *Currency::of("EUR")); }

    payments::Charge asked(std::string reference, Method method) const {
        return {.reference = std::move(reference),
                .amount = eur(1'250),
                .method = method,
                .token = {},
                .makes_mandate = method == Method::ideal,
                .return_url = "https://shop.test/back",
                .billing = {},
                .customer_id = {},
                .client_ip = "192.0.2.7",
                .description = "Two tickets"};
    }
    Answer pay(std::string reference) {
        sent_at = clock.now();
        return scheduler.await(connector->purchase(asked(std::move(reference), Method::ideal)));
    }
    Answer debit(std::string reference, std::string iban) {
        sent_at = clock.now();
        const payments::BankAccount account{
            .holder_name = "A. de Vries", .iban = std::move(iban), .routing_number = {}, .account_number = {}};
        payments::Charge charge = asked(std::move(reference), Method::sepa_debit);
        charge.bank_account = &account;
        return scheduler.await(connector->purchase(charge));
    }
    Answer debit_again(std::string reference, std::string original) {
        payments::Charge charge = asked(std::move(reference), Method::sepa_debit);
        charge.mandate_provider_id = std::move(original);
        return scheduler.await(connector->purchase(charge));
    }
    Answer refund(std::string reference, std::int64_t minor, const Answer& parent, Method method) {
        const payments::FollowUp refund{.reference = std::move(reference),
                                        .amount = eur(minor),
                                        .method = method,
                                        .parent_provider_id = parent.provider_id,
                                        .parent_reference = {},
                                        .card_last4 = {},
                                        .token = {},
                                        .is_first_capture = true};
        return scheduler.await(connector->refund(refund));
    }
    payments::Lookup of(TransactionType type, std::string reference, std::string provider_id,
                        std::string parent = {}) const {
        return {.type = type,
                .reference = std::move(reference),
                .amount = eur(1'250),
                .provider_id = std::move(provider_id),
                .parent_provider_id = std::move(parent),
                .card_last4 = {},
                .is_first_capture = true,
                .sent_at = sent_at};
    }
    Answer look_up(std::string reference, std::string provider_id) {
        return scheduler.await(
            connector->lookup(of(TransactionType::purchase, std::move(reference), std::move(provider_id))));
    }
    /// What the payer does on the page that the answer named.
    void decide(const Answer& answer, const std::string& form) {
        http::Request request;
        request.method = "POST";
        request.path = answer.action_url.substr(std::string_view{"http://provider.test"}.size());
        request.body = form;
        EXPECT_EQ(sandbox->serve(request).response.status, 303) << answer.action_url;
    }
    void pass(Millis time) {
        const Instant end = clock.now() + time;
        scheduler.run(time);
        if (clock.now() < end) clock.advance(end - clock.now());
        scheduler.run(Millis{0});
    }
    std::string book() const {
        std::string text;
        for (const sandbox::Movement& one : sandbox->movements())
            text +=
                (text.empty() ? "" : "; ") + one.type + " " + std::to_string(one.amount_minor) + " " + one.reference;
        return text;
    }

    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<sandbox::Sandbox> sandbox = *sandbox::Sandbox::open({}, world);
    Line line{scheduler, *sandbox};
    Mailbox mailbox{clock};
    std::unique_ptr<payments::Connector> connector =
        buckaroo::make_buckaroo(settings(), world, [this]() -> http::Client& { return line; });
    Instant sent_at = clock.now();
};

TEST(BuckarooConnector, hears_by_polling_alone_what_the_payer_decided) {  // F44
    struct Case {
        std::string_view form, outcome;
        DeclineClass decline;
        std::string_view book;
    };
    const Case cases[] = {
        {"status=190", "approved", DeclineClass::none, "purchase 1250 R1"},
        {"status=490", "declined", DeclineClass::soft, ""},
        {"status=690", "declined", DeclineClass::hard, ""},
        {"status=791", "pending", DeclineClass::none, ""},
        {"status=890", "declined", DeclineClass::soft, ""},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.form);
        BuckarooBench bench;
        const Answer waiting = bench.pay("R1");
        ASSERT_EQ(to_text(waiting.outcome), "pending");
        EXPECT_EQ(to_text(bench.look_up("R1", waiting.provider_id).outcome), "pending");
        EXPECT_EQ(bench.look_up("R1", waiting.provider_id).action_url, waiting.action_url) << "still the same page";
        bench.decide(waiting, std::string{each.form});
        const Answer found = bench.look_up("R1", waiting.provider_id);
        EXPECT_EQ(to_text(found.outcome), each.outcome);
        EXPECT_EQ(found.decline, each.decline);
        EXPECT_EQ(bench.book(), each.book);
        if (found.outcome == Outcome::approved) {
            EXPECT_EQ(found.amount, bench.eur(1'250));
            EXPECT_EQ(found.payer_last4, "6789");
        }
    }
}

TEST(BuckarooConnector, learns_from_a_push_alone_what_a_lost_answer_would_have_told) {  // F1, F4, F6, F41
    struct Case {
        std::string_view why, action, at_once;
        bool happens;
    };
    const Case cases[] = {
        {"the answer is lost", R"({"kind":"drop_after"})", "no_answer", true},
        {"an error after the deed", R"({"kind":"error_after","status":503})", "no_answer", true},
        {"an answer that is none", R"({"kind":"garbage"})", "no_answer", true},
        {"nobody waits that long", R"({"kind":"latency","ms":90000})", "no_answer", true},
        {"the request arrives when nobody waits any more", R"({"kind":"late","ms":40000})", "no_answer", true},
        {"the connection breaks before the deed", R"({"kind":"drop_before"})", "no_answer", false},
        {"an error before the deed", R"({"kind":"error_before","status":500})", "no_answer", false},
        {"the request arrives so late that its signature is too old", R"({"kind":"late","ms":300000})", "no_answer",
         false},
    };
    for (const bool is_form : {false, true})
        for (const Case& each : cases) {
            SCOPED_TRACE(std::string{each.why} + (is_form ? ", pushes are forms" : ""));
            BuckarooBench bench;
            bench.set(is_form ? R"({"buckaroo":{"push_format":"form"}})" : R"({"buckaroo":{"push_format":"json"}})");
            bench.fault("SepaDirectDebit", each.action);
            EXPECT_EQ(to_text(bench.debit("R1", "NL10TEST0000000190").outcome), each.at_once);
            EXPECT_EQ(to_text(bench.look_up("R1", "").outcome), "no_answer") << "and never: not found";
            bench.pass(Millis{400'000});
            EXPECT_EQ(to_text(bench.look_up("R1", "").outcome), "no_answer");
            EXPECT_EQ(bench.book(), each.happens ? "purchase 1250 R1" : "");
            EXPECT_EQ(bench.mailbox.refused, 0);
            ASSERT_EQ(bench.mailbox.notices.size(), each.happens ? 2U : 0U) << "791, then 190";
            for (const payments::Notice& notice : bench.mailbox.notices) {
                EXPECT_EQ(notice.reference, "R1");
                EXPECT_FALSE(notice.may_be_reversal);
                EXPECT_EQ(to_text(bench.look_up("R1", notice.provider_id).outcome), "approved");
                EXPECT_EQ(to_text(bench.look_up("R2", notice.provider_id).outcome), "no_answer")
                    << "another payment is not it";
            }
        }
}

TEST(BuckarooConnector, debits_again_by_an_ideal_payment) {  // B-FR-23
    BuckarooBench bench;
    const Answer first = bench.pay("R1");
    bench.decide(first, "status=190&iban=NL10TEST0000000190");
    const Answer debit = bench.debit_again("R2", first.provider_id);
    EXPECT_EQ(to_text(debit.outcome), "pending");
    EXPECT_EQ(debit.action_url, "");
    EXPECT_EQ(debit.payer_last4, "0190");
    bench.pass(Millis{6'000});
    EXPECT_EQ(to_text(bench.look_up("R2", debit.provider_id).outcome), "approved");
    EXPECT_EQ(bench.book(), "purchase 1250 R1; purchase 1250 R2");
    EXPECT_EQ(to_text(bench.debit_again("R3", debit.provider_id).outcome), "refused") << "that one made no mandate";
}

TEST(BuckarooConnector, tells_what_becomes_of_debits_by_their_account) {
    struct Case {
        std::string iban;
        std::string_view at_once, at_last;
        DeclineClass decline = DeclineClass::none;
    };
    const Case cases[] = {
        {"NL10TEST0000000190", "pending", "approved"},
        {"NL58TEST0000000490", "declined", "declined", DeclineClass::soft},
        {"NL90TEST0000000690", "pending", "declined", DeclineClass::hard},
        {"NL25TEST0000000890", "pending", "declined", DeclineClass::soft},
        {"NL85TEST0000000004", "pending", "approved"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.iban);
        BuckarooBench bench;
        EXPECT_EQ(parse_iban(each.iban), each.iban);
        const Answer debit = bench.debit("R1", each.iban);
        EXPECT_EQ(to_text(debit.outcome), each.at_once);
        bench.pass(Millis{60'000});
        const Answer found = bench.look_up("R1", debit.provider_id);
        EXPECT_EQ(to_text(found.outcome), each.at_last);
        EXPECT_EQ(found.decline, each.decline);
    }
}

TEST(BuckarooConnector, never_takes_a_reversal_for_a_payment) {  // F28
    BuckarooBench bench;
    const Answer debit = bench.debit("R1", "NL85TEST0000000004");
    bench.pass(Millis{60'000});
    ASSERT_EQ(bench.mailbox.notices.size(), 3U);
    const payments::Notice& told = bench.mailbox.notices[2];
    EXPECT_TRUE(told.may_be_reversal);
    EXPECT_EQ(told.reference, "R1");
    EXPECT_NE(told.provider_id, debit.provider_id);
    EXPECT_EQ(to_text(bench.look_up("R1", told.provider_id).outcome), "no_answer");
    EXPECT_EQ(to_text(bench.look_up("R1", debit.provider_id).outcome), "approved") << "it was paid, before";

    payments::Lookup charge = bench.of(TransactionType::purchase, "R1", debit.provider_id);
    charge.noticed_provider_id = told.provider_id;
    const payments::Reversals found = bench.scheduler.await(bench.connector->reversals(charge));
    ASSERT_TRUE(found.is_answered);
    ASSERT_EQ(found.all.size(), 1U);
    EXPECT_EQ(found.all[0].amount, bench.eur(1'250));
    EXPECT_EQ(found.all[0].reason, "AM04");
    EXPECT_EQ(found.all[0].decline, DeclineClass::insufficient_funds);
    EXPECT_EQ(bench.book(), "purchase 1250 R1; chargeback 1250 R1");
}

TEST(BuckarooConnector, pays_back_once_and_finds_a_lost_refund_by_its_push) {  // F22, F23
    BuckarooBench bench;
    const Answer paid = bench.pay("R1");
    bench.decide(paid, "status=190");
    EXPECT_EQ(to_text(bench.refund("R2", 250, paid, Method::ideal).outcome), "approved");
    bench.fault("refund", R"({"kind":"drop_after"})");
    EXPECT_EQ(to_text(bench.refund("R3", 500, paid, Method::ideal).outcome), "no_answer");
    bench.pass(Millis{1'000});
    const payments::Notice& told = bench.mailbox.notices.back();
    EXPECT_EQ(told.reference, "R3");
    const auto look = [&](std::string id) {
        return bench.scheduler.await(
            bench.connector->lookup(bench.of(TransactionType::refund, "R3", std::move(id), paid.provider_id)));
    };
    EXPECT_EQ(to_text(look("").outcome), "no_answer");
    const Answer found = look(told.provider_id);
    EXPECT_EQ(to_text(found.outcome), "approved");
    EXPECT_EQ(found.amount, bench.eur(500));
    EXPECT_EQ(to_text(bench.refund("R4", 501, paid, Method::ideal).outcome), "refused");
    EXPECT_EQ(bench.book(), "purchase 1250 R1; refund 250 R2; refund 500 R3");
}

TEST(BuckarooConnector, cancels_what_waits_for_its_payer) {
    BuckarooBench bench;
    const Answer waiting = bench.pay("R1");
    const payments::FollowUp cancel{.reference = "R2",
                                    .amount = bench.eur(1'250),
                                    .method = Method::ideal,
                                    .parent_provider_id = waiting.provider_id,
                                    .parent_reference = "R1",
                                    .card_last4 = {},
                                    .token = {},
                                    .is_first_capture = true};
    bench.fault("cancel", R"({"kind":"drop_after"})");
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->cancel(cancel)).outcome), "no_answer");
    const auto look = bench.of(TransactionType::cancel, "R2", {}, waiting.provider_id);
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->lookup(look)).outcome), "approved");
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->cancel(cancel)).outcome), "approved")
        << "as often as one likes";
    EXPECT_EQ(to_text(bench.look_up("R1", waiting.provider_id).outcome), "refused");

    const Answer paid = bench.pay("R3");
    bench.decide(paid, "status=190");
    payments::FollowUp late = cancel;
    late.parent_provider_id = paid.provider_id;
    EXPECT_EQ(to_text(bench.scheduler.await(bench.connector->cancel(late)).outcome), "refused");
}

TEST(BuckarooConnector, takes_a_trouble_with_the_look_up_for_no_answer_and_never_for_absence) {  // F7
    for (const std::string_view action :
         {R"({"kind":"error_before","status":500})", R"({"kind":"error_before","status":404})",
          R"({"kind":"drop_before"})", R"({"kind":"drop_after"})", R"({"kind":"garbage"})",
          R"({"kind":"latency","ms":90000})", R"({"kind":"lookup_lag","ms":90000})"}) {
        SCOPED_TRACE(action);
        BuckarooBench bench;
        const Answer waiting = bench.pay("R1");
        bench.decide(waiting, "status=190");
        bench.fault("lookup", action);
        EXPECT_EQ(to_text(bench.look_up("R1", waiting.provider_id).outcome), "no_answer");
        EXPECT_EQ(to_text(bench.look_up("R1", waiting.provider_id).outcome), "approved");
    }
}

TEST(BuckarooConnector, knows_that_nothing_was_sent_when_nobody_is_there) {  // F6
    BuckarooBench bench;
    bench.line.is_cut = true;
    EXPECT_EQ(to_text(bench.pay("R1").outcome), "not_sent");
    EXPECT_NE(to_text(bench.look_up("R1", "5340604668D74435AA344E1428ED1292").outcome), "not_found");
}

TEST(BuckarooConnector, never_takes_a_part_for_the_whole_and_keeps_a_careless_providers_words_out) {  // F25, F149
    BuckarooBench bench;
    bench.fault("SepaDirectDebit", R"({"kind":"partial_approval","amount":"4.00"})");
    const Answer part = bench.debit("R1", "NL10TEST0000000190");
    bench.pass(Millis{6'000});
    EXPECT_EQ(bench.look_up("R1", part.provider_id).amount, bench.eur(400));

    bench.fault("SepaDirectDebit", R"({"kind":"decline"})");
    const Answer declined = bench.debit("R2", "NL10TEST0000000190");
    EXPECT_EQ(to_text(declined.outcome), "declined");
    bench.fault("lookup", R"({"kind":"strange_text"})");
    const Answer found = bench.look_up("R2", declined.provider_id);
    EXPECT_EQ(to_text(found.outcome), "declined");
    EXPECT_TRUE(found.message.starts_with("No   funds  <b>caf\xEF\xBF\xBD</b>")) << found.message;
    EXPECT_LT(found.message.size(), 300U);
}

}  // namespace
}  // namespace florin
