#include "florin/store/prepare_all.hpp"
#include "gateway_world.hpp"

namespace florin::gateway {
namespace {

using namespace test;
using payments::PaymentState;

Answer not_sent() {
    Answer answer;
    answer.outcome = Outcome::not_sent;
    return answer;
}

TEST_F(Gateway, a_new_payment_is_created_and_shows_nothing_else) {  // C-AP-03, C-ST-01, C-FD-14
    const Reply made = create();
    EXPECT_EQ(made.status, 200);
    EXPECT_EQ(made.names(), (std::vector<std::string>{"paymentId", "status", "creationTimestampSeconds"}));
    EXPECT_TRUE(payments::PaymentId::parse(made["paymentId"]));
    EXPECT_EQ(made["status"], "Created");
    EXPECT_EQ(made["creationTimestampSeconds"], std::to_string(clock.now().ms / 1000));
    const Reply shown = get(made["paymentId"]);
    EXPECT_EQ(shown.names(), (std::vector<std::string>{"status", "creationTimestampSeconds"}));
    EXPECT_EQ(shown["status"], "Created");
}

TEST_F(Gateway, the_amount_decides_at_the_bank_and_the_words_are_the_documents) {  // C-SI-02 … C-SI-05
    struct Case {
        std::string_view why, amount, status, fail_code;
    };
    const Case cases[] = {
        {"one is declined", "1", "Declined", "05"},
        {"two are insufficient funds", "2", "InsufficientFunds", "51"},
        {"any other amount is accepted", "50", "Accepted", ""},
        {"also the smallest", "0.01", "Accepted", ""},
        {"also as text", R"("12.50")", "Accepted", ""},
        {"also next to the special ones", "1.01", "Accepted", ""},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        bank.asked.clear();
        const std::string id = created();
        const Reply made = make(id, {{"amount", each.amount}});
        EXPECT_EQ(made.status, 200);
        EXPECT_EQ(made["status"], each.status);
        EXPECT_EQ(made["failCode"], each.fail_code);
        EXPECT_EQ(made["failReason"].empty(), each.fail_code.empty());
        const Reply shown = get(id);
        EXPECT_EQ(shown["status"], each.status);
        EXPECT_EQ(shown["failCode"], each.fail_code);
        const Reply again = make(id, {{"amount", each.amount}});
        EXPECT_EQ(again.body, made.body);
        EXPECT_TRUE(again.has_header("Idempotent-Replayed"));
        EXPECT_EQ(bank.asked.size(), 1U) << "the bank is not asked twice";
    }
}

TEST_F(Gateway, twenty_four_is_pending_until_it_is_asked_for_again_with_the_same_data) {  // C-SI-04, X-02, F31
    const std::string id = created();
    EXPECT_EQ(make(id, {{"amount", "24"}}).body, R"({"status":"Pending"})");
    EXPECT_EQ(status_of(id), "Pending");
    EXPECT_EQ(make(id, {{"amount", "25"}}).status, 422);
    EXPECT_EQ(status_of(id), "Pending");
    EXPECT_EQ(make(id, {{"amount", "24"}}).body, R"({"status":"Accepted"})");
    EXPECT_EQ(make(id, {{"amount", "24"}}).body, R"({"status":"Accepted"})");
    ASSERT_EQ(bank.asked.size(), 2U);
    EXPECT_EQ(bank.asked[0].reference, bank.asked[1].reference);
}

TEST_F(Gateway, what_is_shown_of_a_card_is_its_last_four_and_never_its_code) {  // C-FD-16, C-AP-09, C-IM-04
    const std::string id = created();
    make(id, {{"amount", "12.5"}});
    const Reply shown = get(id);
    EXPECT_EQ(shown.names(),
              (std::vector<std::string>{"cardNumber", "expiryYear", "expiryMonth", "currency", "amount", "status",
                                        "cardName", "billingAddress", "creationTimestampSeconds"}));
    EXPECT_EQ(shown["cardNumber"], "************1543");
    EXPECT_EQ(shown["expiryYear"], "2000");
    EXPECT_EQ(shown["expiryMonth"], "12");
    EXPECT_EQ(shown["currency"], "GBP");
    EXPECT_EQ(shown["amount"], "12.50");
    EXPECT_EQ(shown["cardName"], "OmarElmohandes");
    EXPECT_EQ(shown["billingAddress"], "77Merenda");
    EXPECT_EQ(shown.body.find("232"), std::string::npos);
    ASSERT_EQ(bank.asked.size(), 1U);
    EXPECT_EQ(bank.asked[0].name, "OmarElmohandes");
    EXPECT_EQ(bank.asked[0].address, "77Merenda");

    const std::string short_number = created();
    make(short_number, {{"cardNumber", R"("123456789012")"}});
    EXPECT_EQ(get(short_number)["cardNumber"], "************9012") << "the mask does not tell how long the number is";
}

TEST_F(Gateway, an_amount_is_written_without_needless_decimals) {  // C-FD-07, X-03
    struct Case {
        std::string_view currency, sent, shown;
    };
    const Case cases[] = {{R"("GBP")", "50", "50"},   {R"("GBP")", "50.00", "50"},    {R"("GBP")", "50.5", "50.50"},
                          {R"("JPY")", "500", "500"}, {R"("KWD")", "1.005", "1.005"}, {R"("GBP")", "10000", "10000"}};
    for (const Case& each : cases) {
        const std::string id = created();
        EXPECT_EQ(make(id, {{"currency", each.currency}, {"amount", each.sent}}).status, 200) << each.sent;
        EXPECT_EQ(get(id)["amount"], each.shown);
    }
}

TEST_F(Gateway, every_field_is_required_and_a_wrong_one_is_named) {  // C-AP-05, C-IM-09, X-35
    struct Case {
        std::string_view field, text;
    };
    const Case cases[] = {
        {"paymentId", ""},
        {"paymentId", "7"},
        {"paymentId", R"("x")"},
        {"merchantId", ""},
        {"merchantId", R"("")"},
        {"merchantId", "null"},
        {"cardNumber", ""},
        {"cardNumber", R"("1234")"},
        {"cardNumber", R"("12345678901234567890")"},
        {"cardNumber", "1234432198761543"},
        {"cardNumber", R"("1234432198761x43")"},
        {"expiryYear", ""},
        {"expiryYear", R"("2030")"},
        {"expiryYear", "30"},
        {"expiryYear", "20300"},
        {"expiryYear", "2030.5"},
        {"expiryMonth", ""},
        {"expiryMonth", "0"},
        {"expiryMonth", "13"},
        {"expiryMonth", "-1"},
        {"currency", ""},
        {"currency", R"("QQQ")"},
        {"currency", R"("gbp")"},
        {"currency", R"("POUND")"},
        {"amount", ""},
        {"amount", "0"},
        {"amount", "-1"},
        {"amount", "1.001"},
        {"amount", R"("ten")"},
        {"amount", "1e2"},
        {"amount", "99999999999999999999"},
        {"amount", "true"},
        {"cardName", ""},
        {"cardName", R"("")"},
        {"billingAddress", ""},
        {"billingAddress", R"("")"},
        {"cvv", ""},
        {"cvv", "232"},
        {"cvv", R"("23")"},
        {"cvv", R"("23x")"},
        {"cvv", R"("23232")"},
        {"status", R"("Accepted")"},
    };
    const std::string id = created();
    for (const Case& each : cases) {
        const Reply refused = make(id, {{each.field, each.text}});
        EXPECT_EQ(refused.status, 422) << each.field << " " << each.text << " " << refused.body;
        EXPECT_EQ(refused["field"], each.field) << each.text << " " << refused.body;
        EXPECT_FALSE(refused["failCode"].empty());
        EXPECT_EQ(refused["failCode"], refused["code"]);
        EXPECT_EQ(refused["failReason"], refused["detail"]);
    }
    EXPECT_TRUE(bank.asked.empty());
    EXPECT_EQ(status_of(id), "Created");
    EXPECT_EQ(make(id)["status"], "Accepted");

    const Reply no_merchant = ask("POST", "/create-payment", {}, "{}");
    EXPECT_EQ(no_merchant.status, 422);
    EXPECT_EQ(no_merchant["field"], "merchantId");
    for (const std::string_view missing : {"merchantId", "paymentId"}) {
        const std::string given = missing == "merchantId" ? "paymentId=x" : "merchantId=test-merchant";
        const Reply refused = ask("GET", "/get-payment", given, {});
        EXPECT_EQ(refused.status, 422);
        EXPECT_EQ(refused["field"], missing);
    }
}

TEST_F(Gateway, with_a_connector_that_checks_cards_its_complaints_name_the_documents_fields) {  // X-14
    bank.checks_cards = true;
    const std::string id = created();
    EXPECT_EQ(make(id)["field"], "cardNumber");
    EXPECT_EQ(make(id, {{"cardNumber", R"("4111111111111111")"}})["field"], "expiryYear");
    EXPECT_EQ(make(id, {{"cardNumber", R"("4111111111111111")"}, {"expiryYear", "2035"}})["status"], "Accepted");
}

TEST_F(Gateway, a_payment_may_be_made_until_ten_minutes_are_over_and_is_gone_from_then_on) {  // C-FR-01, X-04, F30
    struct Case {
        std::string_view why;
        Millis age;  ///< When its making is written down.
        int status;
    };
    const Case cases[] = {{"the last millisecond counts", Millis{599'999}, 200},
                          {"ten minutes are over", Millis{600'000}, 404},
                          {"long ago", Millis{86'400'000}, 404}};
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        bank.asked.clear();
        const Instant asked_at = clock.now();
        const std::string id = created();
        // A commit comes a moment after it was asked for.
        const Millis commit = details(id).payment.created_at - asked_at;
        clock.advance(asked_at + each.age - commit - clock.now());
        const Reply made = make(id);
        EXPECT_EQ(made.status, each.status);
        EXPECT_EQ(get(id).status, each.status);
        if (each.status == 404) {
            EXPECT_EQ(made["failCode"], "payment_not_found");
            EXPECT_EQ(details(id).payment.state, PaymentState::created) << "the sweep has not come by";
        }
        EXPECT_EQ(bank.asked.size(), each.status == 200 ? 1U : 0U);
        clock.advance(Millis{600'000});
        scheduler.await(payments.expire_due());
        EXPECT_EQ(get(id).status, each.status) << "what was made does not expire";
        EXPECT_EQ(details(id).payment.state, each.status == 200 ? PaymentState::captured : PaymentState::expired);
        EXPECT_EQ(make(id).status, each.status);
    }
}

TEST_F(Gateway, a_payment_begun_in_time_is_not_expired_under_its_maker) {  // F30
    const std::string id = created();
    clock.advance(Millis{599'000});
    bank.takes = Millis{5'000};
    std::vector<Reply> replies;
    make_meanwhile(make_body(id), replies);
    scheduler.run(Millis{2'000});
    EXPECT_TRUE(replies.empty());
    scheduler.await(payments.expire_due());
    EXPECT_EQ(status_of(id), "Pending");
    EXPECT_TRUE(scheduler.run());
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].body, R"({"status":"Accepted"})");
}

TEST_F(Gateway, what_was_provably_not_sent_may_be_made_again_until_it_expires) {  // F6, C-IM-06
    const std::string id = created();
    bank.next = {not_sent(), not_sent()};
    for (int attempt = 0; attempt < 2; ++attempt) {
        const Reply away = make(id, {{"cardName", attempt == 0 ? R"("Ann")" : R"("Ben")"}});
        EXPECT_EQ(away.status, 503) << away.body;
        EXPECT_EQ(away["failCode"], "provider_unavailable");
        EXPECT_TRUE(away.has_header("Retry-After"));
        EXPECT_EQ(get(id).names(), (std::vector<std::string>{"status", "creationTimestampSeconds"}));
        EXPECT_EQ(status_of(id), "Created");
    }
    // Another card and amount than the attempts that never left: nothing was promised to them.
    EXPECT_EQ(make(id, {{"amount", "7"}, {"cardNumber", R"("4111111111111111")"}, {"cardName", R"("Cleo")"}})["status"],
              "Accepted");
    const Reply shown = get(id);
    EXPECT_EQ(shown["amount"], "7");
    EXPECT_EQ(shown["cardNumber"], "************1111");
    EXPECT_EQ(shown["cardName"], "Cleo");
    EXPECT_EQ(shown["failCode"], "");
    ASSERT_EQ(bank.asked.size(), 3U);
    EXPECT_EQ(bank.asked[0].reference, bank.asked[2].reference);

    const std::string late = created();
    bank.next = {not_sent()};
    EXPECT_EQ(make(late).status, 503);
    clock.advance(Millis{600'000});
    EXPECT_EQ(make(late).status, 404);
    scheduler.await(payments.expire_due());
    EXPECT_EQ(details(late).payment.state, PaymentState::expired);
}

TEST_F(Gateway, a_lost_answer_is_pending_and_is_never_sent_again) {  // F4, C-IM-06
    const std::string id = created();
    bank.next = {Answer{}};
    EXPECT_EQ(make(id).body, R"({"status":"Pending"})");
    EXPECT_EQ(make(id).body, R"({"status":"Pending"})");
    EXPECT_EQ(bank.asked.size(), 1U);
    bank.found.outcome = Outcome::approved;
    bank.found.provider_id = "b9";
    bank.found.amount = *Money::of(5000, *Currency::of("GBP"));
    clock.advance(Millis{60'000});
    scheduler.await(payments.settle_due());
    EXPECT_EQ(status_of(id), "Accepted");
    EXPECT_EQ(make(id).body, R"({"status":"Accepted"})");
    EXPECT_EQ(bank.asked.size(), 1U);
}

TEST_F(Gateway, many_at_once_make_it_once) {  // C-AP-10, C-FR-03, C-FD-15, F32
    const std::string id = created();
    const std::int64_t version = details(id).payment.version;
    std::vector<Reply> replies;
    // Half of them want another amount.
    for (int i = 0; i < 20; ++i) make_meanwhile(make_body(id, {{"amount", i % 2 == 0 ? "50" : "60"}}), replies);
    EXPECT_TRUE(scheduler.run());
    EXPECT_EQ(replies.size(), 20U);
    for (const Reply& reply : replies)
        EXPECT_TRUE(reply.status == 200 || reply.status == 422 || reply.status == 429) << reply.body;
    EXPECT_EQ(std::ranges::count(replies, 200, &Reply::status), 1);
    EXPECT_EQ(bank.asked.size(), 1U);
    EXPECT_GT(details(id).payment.version, version);
}

TEST_F(Gateway, other_data_for_a_payment_that_was_made_is_refused_by_its_own_name) {  // X-01, F12
    const std::string id = created();
    make(id);
    const Reply other = make(id, {{"amount", "51"}});
    EXPECT_EQ(other.status, 422);
    EXPECT_EQ(other["failCode"], "idempotency_key_reused");
    EXPECT_EQ(other["field"], "paymentId");
    EXPECT_EQ(other["failReason"].find("dempotency"), std::string::npos)
        << "no such key was sent: " << other["failReason"];
}

TEST_F(Gateway, what_was_made_by_other_means_is_a_conflict_and_what_is_absent_is_not_found) {
    payments::ChargeCommand command{
        .merchant = test_merchant, .guard = {}, .connector = "bank", .amount = *Money::of(700, *Currency::of("GBP"))};
    command.card = payments::Card{.number = *security::Pan::from_json("4111111111111111"),
                                  .expiry_month = 1,
                                  .expiry_year = 2035,
                                  .cvv = {},
                                  .name = {}};
    auto bought = scheduler.await(payments.charge(std::move(command)));
    ASSERT_TRUE(bought);
    const Reply made = make(bought->payment.id.text());
    EXPECT_EQ(made.status, 409);
    EXPECT_EQ(made["failCode"], "payment_not_open");
    EXPECT_EQ(made["field"], "paymentId");
    EXPECT_EQ(make("59c7a3dd-a035-41c6-97ee-d930cd340ce2").status, 404);
    EXPECT_EQ(make("01890000-0000-7000-8000-000000000000")["failCode"], "payment_not_found");
    EXPECT_EQ(get("01890000-0000-7000-8000-000000000000").status, 404);
    EXPECT_EQ(get("x").status, 404);
    EXPECT_EQ(bank.asked.size(), 1U);
}

TEST_F(Gateway, a_database_that_is_away_does_not_make_a_payment_absent) {
    const std::string id = created();
    make(id);
    store.is_away = true;
    const Reply refused = get(id);
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_FALSE(refused["failCode"].empty());
    store.is_away = false;
    EXPECT_EQ(get(id).status, 200);
}

TEST_F(Gateway, a_key_serves_its_own_merchant_within_its_scopes) {  // C-IM-01, C-IM-02, C-AP-11, F137
    EXPECT_EQ(create("shop").status, 401);
    EXPECT_EQ(create("nobody").status, 401) << "nor is it told which merchants there are";
    const std::string open = created();

    as_shop();
    const std::string id = created("shop");
    ASSERT_FALSE(id.empty());
    EXPECT_EQ(make(id, {{"merchantId", R"("shop")"}})["status"], "Accepted");
    EXPECT_EQ(get(id, "shop")["status"], "Accepted");
    EXPECT_EQ(create("test-merchant")["failCode"], "merchant_not_found") << "a key is for one merchant";
    EXPECT_EQ(create("nobody")["failCode"], "merchant_not_found");
    EXPECT_EQ(get(open).status, 404);
    EXPECT_EQ(get(open, "shop").status, 404) << "not by naming one's own merchant either";
    EXPECT_EQ(make(open, {{"merchantId", R"("shop")"}}).status, 404);

    as_shop({"payments:read"});
    EXPECT_EQ(create("shop").status, 403);
    EXPECT_EQ(create("shop")["failCode"], "missing_scope");
    EXPECT_EQ(make(id, {{"merchantId", R"("shop")"}}).status, 403);
    EXPECT_EQ(get(id, "shop").status, 200);
    as_shop({"payments:write"});
    EXPECT_EQ(create("shop").status, 200);
    EXPECT_EQ(make(id, {{"merchantId", R"("shop")"}}).status, 200);
    EXPECT_EQ(get(id, "shop").status, 403);
    as_shop({});
    EXPECT_EQ(create("shop").status, 403);
    EXPECT_EQ(get(id, "shop").status, 403);

    as_nobody();
    EXPECT_EQ(get(id, "shop").status, 401);
    EXPECT_EQ(get(id).status, 404);
    EXPECT_EQ(make(id).status, 404);
}

TEST_F(Gateway, calls_without_a_key_are_throttled_and_noted_for_the_merchant_that_they_name) {  // C-IM-07, D-PC-09
    const std::string id = created();
    get(id);
    ASSERT_EQ(reads.size(), 1U);
    EXPECT_EQ(reads[0].first, test_merchant);
    EXPECT_EQ(reads[0].second, id);
    is_calm = false;
    for (const Reply& refused : {create(), make(id), get(id)}) {
        EXPECT_EQ(refused.status, 429);
        EXPECT_EQ(refused["failCode"], "too_many_requests");
    }
}

TEST_F(Gateway, what_is_refused_before_a_route_is_asked_says_so_in_the_documents_words_too) {
    gate.refusal = Error{ErrorKind::unauthenticated, "invalid_api_key", "This API key is not valid.", {}};
    const Reply unknown_key = create();
    EXPECT_EQ(unknown_key.status, 401);
    EXPECT_EQ(unknown_key["failCode"], "invalid_api_key");
    EXPECT_EQ(unknown_key["failReason"], unknown_key["detail"]);
    gate.refusal.reset();
    EXPECT_EQ(ask("GET", "/get-payment", "merchant=x", {})["failCode"], "unknown_parameter");
    EXPECT_EQ(ask("GET", "/get-payment", "merchantId=%ff", {})["failCode"], "malformed_query");
}

TEST_F(Gateway, no_key_that_a_caller_may_choose_stands_in_the_way_of_a_payment) {
    const std::string id = created();
    const std::string taken = "make-payment " + id;
    EXPECT_FALSE(idempotency::validate_key(taken)) << "the gateway's own keys cannot be sent";
    ASSERT_TRUE(idempotency::validate_key("make-payment:" + id));
    auto take = [&](store::Tx& tx) -> Result<bool> {
        return idempotency::take(tx, test_merchant, {.key = "make-payment:" + id, .route = "purchase"}, Uuid{});
    };
    EXPECT_TRUE(scheduler.await(
        [](store::Store& to, auto& unit) -> Task<Result<bool>> { co_return co_await to.write(unit); }(store, take)));
    ASSERT_EQ(make(id)["status"], "Accepted");
    EXPECT_EQ(details(id).transactions.front().idempotency_key, taken);
}

TEST_F(Gateway, statements_prepare_on_the_schema_that_the_migrations_make) {
    for (const auto& [statement, why] : store::prepare_all(*database)) ADD_FAILURE() << statement << ": " << why;
}

}  // namespace
}  // namespace florin::gateway
