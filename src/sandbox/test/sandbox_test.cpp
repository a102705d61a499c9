#include <fstream>
#include <sstream>
#include <thread>

#include "support.hpp"

namespace florin::sandbox {
namespace {

TEST(Truth, shows_the_book_in_pages_and_filtered) {
    Box box;
    box.anet(Box::sale("10.00", "A"));
    box.clock.advance(Millis{1'000});
    const Instant later = box.clock.now();
    box.ask("POST", "/bank/v1/payments",
            R"({"reference":"B","amount":"7","currency":"JPY","card":{"number":"4111111111111111","expiry_month":1,)"
            R"("expiry_year":2031}})");
    box.anet(Box::sale("11.00", "C"));
    const auto truth = [&](const std::string& query) {
        return Box::parsed(box.send("GET", "/truth", {}, query).response.body);
    };
    EXPECT_EQ(at(truth(""), "movements.1.amount"), "7");
    EXPECT_EQ(at(truth(""), "movements.1.provider"), "bank_simulator");
    EXPECT_EQ(at(truth(""), "movements.2.reference"), "C");
    EXPECT_EQ(at(truth(""), "next_after"), "-");
    EXPECT_EQ(at(truth("provider=authorize_net"), "movements.1.reference"), "C");
    EXPECT_EQ(at(truth("since=" + std::to_string(later.ms)), "movements.0.reference"), "B");
    EXPECT_EQ(at(truth("limit=2"), "movements.2.seq"), "-");
    EXPECT_EQ(at(truth("limit=2"), "next_after"), "2");
    EXPECT_EQ(at(truth("limit=2&after=2"), "movements.0.reference"), "C");
    EXPECT_EQ(at(truth("limit=2&after=2"), "next_after"), "-");
}

TEST(Storage, everything_that_was_answered_is_there_after_a_crash) {
    const Directory directory;
    Box box{{.data_directory = directory.path()}};
    const std::string sold = id_of(box.anet(Box::sale("10.00", "A")));
    const std::string held = id_of(box.anet(Box::hold("5.00", "B")));
    const json::Value profile = box.anet(
        Box::request("createCustomerProfileRequest",
                     R"("profile":{"merchantCustomerId":"c1","paymentProfiles":[{"billTo":{"firstName":"Ada"},)" +
                         Box::card() + "}]}"));
    const std::string payment =
        at(box.ask(
               "POST", "/bank/v1/payments",
               R"({"reference":"P","amount":"7","currency":"GBP","card":{"number":"4111111111111111","expiry_month":1,)"
               R"("expiry_year":2031}})"),
           "id");
    EXPECT_TRUE(box.sandbox().set_faults(R"({"rules":[{"action":{"kind":"error_before"},"count":0}]})").has_value());
    box.ask("PUT", "/sandbox/settings", R"({"settle_after_ms":5})");

    box.reopen();
    EXPECT_EQ(book_of(box), "purchase 1000 A; authorize 500 B; purchase 700 P");
    // The same sale is still known as such, the same card has still the same fingerprint.
    EXPECT_EQ(outcome(box.anet(Box::sale("10.00", "A"))), "3/11");
    EXPECT_EQ(outcome(box.anet(Box::capture(held, "2.00", "cap"))), "1/1");
    box.clock.advance(Millis{5});
    EXPECT_EQ(outcome(box.anet(Box::refund(sold, "10.00", "f"))), "1/1");
    EXPECT_EQ(outcome(box.anet(Box::refund(sold, "0.01", "g"))), "3/55");
    const std::string customer = at(profile, "customerProfileId");
    const std::string stored = at(profile, "customerPaymentProfileIdList.0");
    EXPECT_EQ(outcome(box.anet(Box::transaction(
                  R"("transactionType":"authCaptureTransaction","amount":"3.00","profile":{"customerProfileId":")" +
                  customer + R"(","paymentProfile":{"paymentProfileId":")" + stored + "\"}}"))),
              "1/1");
    EXPECT_EQ(at(box.ask("POST", "/bank/v1/payments/" + payment + "/refunds", R"({"reference":"R"})"), "amount"),
              "7.00");
    EXPECT_EQ(at(box.ask("GET", "/sandbox/faults"), "rules.0.action.kind"), "error_before");

    box.reopen();
    EXPECT_EQ(box.sandbox().movements().size(), 7u);
    EXPECT_NE(id_of(box.anet(Box::sale("12.00", "Z"))), sold);
}

TEST(Storage, no_card_number_reaches_the_file_the_log_or_the_page) {  // design rule 7
    const Directory directory;
    Box box{{.data_directory = directory.path()}};
    box.anet(Box::sale("10.00", "A"));
    box.anet(Box::transaction(R"("transactionType":"authCaptureTransaction","colour":"4111111111111111")"));
    box.anet(Box::request("createCustomerProfileRequest", R"("profile":{"email":"a@example.com","paymentProfiles":{)" +
                                                              Box::card("4111111111111111", "987") + "}}"));
    box.ask("POST", "/bank/v1/cards",
            R"({"reference":"c","number":"4111111111111111","expiry_month":1,"expiry_year":2031,"cvv":"987"})");
    std::string everything = box.send("GET", "/sandbox/calls").response.body + box.send("GET", "/").response.body;
    for (const auto& entry : std::filesystem::directory_iterator{directory.path()}) {
        std::ostringstream content;
        content << std::ifstream{entry.path(), std::ios::binary}.rdbuf();
        everything += content.str();
    }
    EXPECT_GT(everything.size(), 1000u);
    EXPECT_EQ(everything.find("4111111111111111"), std::string::npos);
    EXPECT_EQ(everything.find("987"), std::string::npos);
}

TEST(Storage, a_second_sandbox_is_kept_out_of_the_directory) {
    const Directory directory;
    Box box{{.data_directory = directory.path()}};
    SimRandom random{2};
    const auto second = Sandbox::open({.data_directory = directory.path()}, World{box.clock, random});
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, "sandbox_storage_unavailable");
}

TEST(Faults, each_kind_does_what_its_name_says) {
    struct Case {
        std::string action;
        int status;
        bool drop;
        std::int64_t delay_ms;
        std::size_t moved;
        std::string outcome;  ///< Empty: the body is none of ours.
    };
    const Case cases[] = {
        {R"({"kind":"error_before","status":502})", 502, false, 0, 0, ""},
        {R"({"kind":"error_after"})", 503, false, 0, 1, ""},
        {R"({"kind":"drop_before"})", 200, true, 0, 0, ""},
        {R"({"kind":"drop_after"})", 200, true, 0, 1, "1/1"},
        {R"({"kind":"reset"})", 200, true, 0, 1, "1/1"},
        {R"({"kind":"latency","ms":250})", 200, false, 250, 1, "1/1"},
        {R"({"kind":"timeout","ms":9000})", 200, true, 9000, 1, "1/1"},
        {R"({"kind":"decline","code":4})", 200, false, 0, 0, "2/4"},
        {R"({"kind":"partial_approval","amount":"2.50"})", 200, false, 0, 1, "4/295"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.action);
        Box box;
        ASSERT_TRUE(box.sandbox().set_faults(R"({"rules":[{"action":)" + c.action + R"(,"count":1}]})").has_value());
        const Served served = box.send_anet(Box::sale("10.00", "A"));
        EXPECT_EQ(served.response.status, c.status);
        EXPECT_EQ(served.drop, c.drop);
        EXPECT_EQ(served.delay, Millis{c.delay_ms});
        EXPECT_EQ(box.sandbox().movements().size(), c.moved);
        if (!c.outcome.empty()) EXPECT_EQ(outcome(Box::parsed(served.response.body)), c.outcome);
        // The rule is used up.
        EXPECT_EQ(outcome(box.anet(Box::sale("11.00", "B"))), "1/1");
    }
}

TEST(Faults, garbage_is_an_answer_that_nobody_can_read) {
    Box box;
    ASSERT_TRUE(box.sandbox().set_faults(R"({"rules":[{"action":{"kind":"garbage"}}]})").has_value());
    const Served served = box.send_anet(Box::sale("10.00", "A"));
    EXPECT_EQ(served.response.status, 200);
    EXPECT_FALSE(json::parse(served.response.body.substr(3)).has_value());
    EXPECT_EQ(book_of(box), "purchase 1000 A");
}

TEST(Faults, a_strange_text_is_where_people_would_read_and_nowhere_else) {
    Box box;
    ASSERT_TRUE(box.sandbox().set_faults(R"({"rules":[{"action":{"kind":"strange_text"}}]})").has_value());
    for (const Served& served :
         {box.send_anet(Box::sale("10.00", "A")),
          box.send(
              "POST", "/bank/v1/payments",
              R"({"reference":"P","amount":"1","currency":"GBP","card":{"number":"4111111111111111","expiry_month":1,)"
              R"("expiry_year":2031}})")}) {
        const std::string& body = served.response.body;
        EXPECT_NE(body.find("\\u0000"), std::string::npos);
        EXPECT_NE(body.find('\x01'), std::string::npos);
        EXPECT_NE(body.find('\xE9'), std::string::npos);
        EXPECT_GT(body.size(), 5'000U);
        EXPECT_TRUE(body.ends_with("}"));
    }
    EXPECT_EQ(book_of(box), "purchase 1000 A");
}

TEST(Faults, a_late_request_happens_only_when_its_time_has_come) {
    Box box;
    SimScheduler scheduler{box.clock};
    ASSERT_TRUE(box.sandbox().set_faults(R"({"rules":[{"action":{"kind":"late","ms":700},"count":1}]})").has_value());
    http::Request request;
    request.method = "POST";
    request.path = "/xml/v1/request.api";
    request.body = Box::sale("10.00", "A");
    const Instant before = box.clock.now();
    http::Response response = scheduler.await(box.sandbox().handle(request));
    EXPECT_EQ(outcome(Box::parsed(response.body)), "1/1");
    ASSERT_EQ(box.sandbox().movements().size(), 1u);
    EXPECT_EQ(box.sandbox().movements()[0].at, before + Millis{700});
}

TEST(Faults, a_dropped_answer_carries_the_header_that_closes_the_connection) {
    Box box;
    SimScheduler scheduler{box.clock};
    ASSERT_TRUE(box.sandbox().set_faults(R"({"rules":[{"action":{"kind":"timeout","ms":400}}]})").has_value());
    http::Request request;
    request.method = "POST";
    request.path = "/xml/v1/request.api";
    request.body = Box::sale("10.00", "A");
    const Instant before = box.clock.now();
    const http::Response response = scheduler.await(box.sandbox().handle(request));
    EXPECT_EQ(box.clock.now() - before, Millis{400});
    EXPECT_TRUE(response.is_dropped);
}

TEST(Faults, what_is_young_stays_hidden_from_lookups) {
    Box box;
    const std::string id = id_of(box.anet(Box::sale("10.00", "A")));
    box.ask("POST", "/bank/v1/payments",
            R"({"reference":"P","amount":"7","currency":"GBP","card":{"number":"4111111111111111","expiry_month":1,)"
            R"("expiry_year":2031}})");
    ASSERT_TRUE(box.sandbox().set_faults(R"({"rules":[{"action":{"kind":"lookup_lag","ms":2000}}]})").has_value());
    const auto look = [&] {
        return at(box.anet(Box::request("getTransactionDetailsRequest", "\"transId\":\"" + id + "\"")),
                  "messages.message.0.code") +
               " " + at(box.anet(Box::request("getUnsettledTransactionListRequest", "")), "messages.message.0.code") +
               " " + std::to_string(box.send("GET", "/bank/v1/payments/by-reference/P").response.status);
    };
    EXPECT_EQ(look(), "E00040 I00004 404");
    box.clock.advance(Millis{2000});
    EXPECT_EQ(look(), "I00001 I00001 200");
}

TEST(Faults, rules_match_count_skip_and_throw_seeded_dice) {
    Box box;
    const auto sales_refused = [&](const std::string& rule, int calls) {
        EXPECT_TRUE(box.sandbox().set_faults(R"({"rules":[)" + rule + "]}").has_value());
        std::string seen;
        for (int i = 0; i < calls; ++i)
            seen += box.send_anet(Box::request("authenticateTestRequest", "")).response.status == 200 ? '.' : 'x';
        return seen;
    };
    EXPECT_EQ(sales_refused(R"({"action":{"kind":"error_before"},"after":2,"count":3})", 8), "..xxx...");
    EXPECT_EQ(sales_refused(R"({"match":{"provider":"bank_simulator"},"action":{"kind":"error_before"}})", 3), "...");
    EXPECT_EQ(sales_refused(R"({"match":{"method":"authenticateTestRequest"},"action":{"kind":"error_before"}})", 2),
              "xx");
    EXPECT_EQ(sales_refused(R"({"match":{"transactionType":"refundTransaction"},"action":{"kind":"error_before"}})", 2),
              "..");
    EXPECT_EQ(sales_refused(R"({"match":{"path":"/xml/"},"action":{"kind":"error_before"},"count":null})", 2), "xx");
    const std::string dice = R"({"action":{"kind":"error_before"},"probability":0.5,"seed":7})";
    const std::string once = sales_refused(dice, 64);
    EXPECT_EQ(sales_refused(dice, 64), once);
    EXPECT_NE(once.find('x'), std::string::npos);
    EXPECT_NE(once.find('.'), std::string::npos);
    box.sandbox().clear_faults();
    EXPECT_EQ(box.send("GET", "/sandbox/faults").response.body, R"({"rules":[]})");
}

TEST(Faults, a_script_with_a_mistake_is_refused_whole) {
    Box box;
    for (const char* script :
         {R"({"rules":[{"action":{"kind":"explode"}}]})",
          R"({"rules":[{"match":{"providr":"x"},"action":{"kind":"reset"}}]})", R"({"rules":[{}]})",
          R"({"rules":[{"action":{"kind":"reset"},"probability":2}]})", "[", "[]"}) {
        EXPECT_FALSE(box.sandbox().set_faults(script).has_value()) << script;
        EXPECT_EQ(box.send("PUT", "/sandbox/faults", script).response.status, 422) << script;
    }
    EXPECT_EQ(box.send("GET", "/sandbox/faults").response.body, R"({"rules":[]})");
}

TEST(Sandbox, what_callers_write_is_shown_as_text_on_the_page) {
    Box box;
    box.anet(Box::sale("10.00", "<b>x</b>"));
    const Served page = box.send("GET", "/");
    EXPECT_EQ(page.response.content_type, "text/html; charset=utf-8");
    EXPECT_NE(page.response.body.find("&lt;b&gt;x"), std::string::npos);
    EXPECT_EQ(page.response.body.find("<b>x"), std::string::npos);
    EXPECT_EQ(at(box.ask("GET", "/sandbox/calls"), "calls.0.transactionType"), "authCaptureTransaction");
    EXPECT_EQ(box.send("GET", "/nowhere").response.status, 404);
}

TEST(Sandbox, the_page_adds_up_what_each_provider_took_and_shows_the_fault_script_as_text) {
    Box box;
    EXPECT_NE(box.send("GET", "/").response.body.find("None yet"), std::string::npos);
    const std::string kept = id_of(box.anet(Box::sale("10.00", "A")));
    const std::string undone = id_of(box.anet(Box::sale("5.00", "B")));
    box.anet(Box::hold("70.00", "C"));
    box.anet(Box::refund(kept, "2.50"));
    box.anet(Box::cancel(undone));
    box.ask("POST", "/bank/v1/payments",
            R"({"reference":"P17","amount":"7","currency":"GBP","card":{"number":"4111111111111111","expiry_month":1,)"
            R"("expiry_year":2031}})");
    ASSERT_TRUE(box.sandbox().set_faults(R"({"rules":[{"match":{"path":"<i>"},"action":{"kind":"reset"}}]})"));
    const std::string page = box.send("GET", "/").response.body;
    for (const std::string_view shown :
         {"10.00 USD</b>", "taken, 2.50 USD given back", "7.00 GBP</b>", "cancel of purchase", "P17", "&lt;i&gt;"})
        EXPECT_NE(page.find(shown), std::string::npos) << shown;
    EXPECT_EQ(page.find("<i>"), std::string::npos);
    EXPECT_EQ(at(box.ask("GET", "/sandbox/calls"), "calls.0.reference"), "P17");
}

TEST(Sandbox, threads_may_call_at_the_same_time_and_no_cent_is_lost) {
    Box box;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&box, thread] {
            for (int i = 0; i < 50; ++i)
                box.send_anet(Box::sale("1.00", std::to_string(thread) + "-" + std::to_string(i)));
        });
    }
    for (std::thread& thread : threads) thread.join();
    std::int64_t sum = 0;
    std::int64_t seq = 0;
    for (const Movement& movement : box.sandbox().movements()) {
        EXPECT_EQ(movement.seq, ++seq);
        sum += movement.amount_minor;
    }
    EXPECT_EQ(sum, 200 * 100);
}

}  // namespace
}  // namespace florin::sandbox
