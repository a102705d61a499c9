#include "support.hpp"

namespace florin::sandbox {
namespace {

TEST(AuthorizeNet, a_sale_moves_its_money_once_and_answers_in_the_vendors_shape) {
    Box box;
    const Served served = box.send_anet(Box::sale("12.50", "INV-17"));
    EXPECT_TRUE(served.response.body.starts_with("\xEF\xBB\xBF{\"transactionResponse\":{\"responseCode\":\"1\","));
    EXPECT_EQ(served.response.content_type, "application/json; charset=utf-8");
    const json::Value reply = Box::parsed(served.response.body);
    EXPECT_EQ(at(reply, "messages.resultCode"), "Ok");
    EXPECT_EQ(at(reply, "messages.message.0.code"), "I00001");
    EXPECT_EQ(at(reply, "refId"), "r1");
    EXPECT_EQ(at(reply, "transactionResponse.accountNumber"), "XXXX1111");
    EXPECT_EQ(at(reply, "transactionResponse.accountType"), "Visa");
    EXPECT_EQ(at(reply, "transactionResponse.transHashSha2").size(), 128u);
    EXPECT_EQ(at(reply, "transactionResponse.networkTransId").size(), 23u);

    const auto book = box.sandbox().movements();
    ASSERT_EQ(book.size(), 1u);
    EXPECT_EQ(book[0].provider, "authorize_net");
    EXPECT_EQ(book[0].type, "purchase");
    EXPECT_EQ(book[0].amount_minor, 1250);
    EXPECT_EQ(book[0].currency, "USD");
    EXPECT_EQ(book[0].reference, "INV-17");
    EXPECT_EQ(book[0].provider_id, id_of(reply));
}

TEST(AuthorizeNet, the_members_of_a_reply_come_in_the_vendors_order) {
    Box box;
    const json::Value reply = box.anet(Box::sale("1.00", "A"));
    std::string order;
    for (const auto& [name, value] : reply.find("transactionResponse")->members()) order += name + " ";
    EXPECT_EQ(
        order,
        "responseCode authCode avsResultCode cvvResultCode cavvResultCode transId refTransID transHash testRequest "
        "accountNumber accountType messages transHashSha2 SupplementalDataQualificationIndicator networkTransId ");
}

TEST(AuthorizeNet, what_decides_a_charge) {
    struct Case {
        const char* why;
        std::string amount, payment, more, outcome;
    };
    const std::string card = Box::card();
    const auto zip = [](const std::string& code) { return R"(,"billTo":{"zip":")" + code + "\"}"; };
    const auto bank = [](const std::string& routing) {
        return R"("payment":{"bankAccount":{"accountType":"checking","routingNumber":")" + routing +
               R"(","accountNumber":"123456789","nameOnAccount":"Ann"}})";
    };
    const Case cases[] = {
        {"an ordinary card", "10", card, "", "1/1"},
        {"our declining card", "10", Box::card("4000000000000002"), "", "2/2"},
        {"insufficient funds have no code of their own", "10", Box::card("4000000000009995"), "", "2/2"},
        {"our expired card", "10", Box::card("4000000000000069"), "", "3/8"},
        {"our card with the wrong code", "10", Box::card("4000000000000127", "123"), "", "2/44"},
        {"a card number that fails Luhn", "10", Box::card("4111111111111112"), "", "3/6"},
        {"a date in the past", "10", Box::card("4111111111111111", "", "2020-01"), "", "3/8"},
        {"the month that is running is good", "10", Box::card("4111111111111111", "", "1126"), "", "1/1"},
        {"no such month", "10", Box::card("4111111111111111", "", "2030-13"), "", "3/7"},
        {"nothing to charge", "0.00", card, "", "3/5"},
        {"a negative amount", "-5", card, "", "3/5"},
        {"more decimals than the currency has", "1.005", card, "", "3/5"},
        {"zeros behind are no precision", "1.500", card, "", "1/1"},
        {"no amount", "", card, "", "3/5"},
        {"no account", "10", "", "", "3/33"},
        {"the vendor's declining zip", "10", card, zip("46282"), "2/2"},
        {"our processing error", "10", card, zip("46992"), "3/19"},
        {"our held transaction", "10", card, zip("46993"), "4/252"},
        {"the vendor's prepaid card", "10", card, zip("46225"), "4/295"},
        {"an eCheck up to a hundred", "100.00", bank("021000021"), "", "1/1"},
        {"an eCheck above a hundred", "100.01", bank("021000021"), "", "2/2"},
        {"a routing number with a wrong check digit", "10", bank("021000022"), "", "3/9"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        Box box;
        const std::string amount = c.amount.empty() ? "" : ",\"amount\":\"" + c.amount + "\"";
        const json::Value reply = box.anet(Box::transaction(R"("transactionType":"authCaptureTransaction")" + amount +
                                                            (c.payment.empty() ? "" : "," + c.payment) + c.more));
        EXPECT_EQ(outcome(reply), c.outcome);
        const bool is_good = c.outcome[0] == '1' || c.outcome[0] == '4';
        EXPECT_EQ(at(reply, "messages.resultCode"), is_good ? "Ok" : "Error");
        EXPECT_EQ(at(reply, "messages.message.0.code"), is_good ? "I00001" : "E00027");
        EXPECT_EQ(id_of(reply) == "0", c.outcome[0] == '3');
        EXPECT_EQ(box.sandbox().movements().size(), c.outcome == "1/1" || c.outcome == "4/295" ? 1u : 0u);
    }
}

TEST(AuthorizeNet, card_codes_and_zips_answer_as_the_vendors_guide_says) {
    struct Case {
        std::string code, zip, cvv, avs;
    };
    const Case cases[] = {{"900", "46206", "M", "P"}, {"901", "46205", "N", "N"}, {"904", "46214", "P", "X"},
                          {"902", "46201", "S", "A"}, {"903", "46217", "U", "Z"}, {"123", "12345", "P", "Y"}};
    Box box;
    for (const Case& c : cases) {
        const json::Value reply =
            box.anet(Box::transaction(R"("transactionType":"authOnlyTransaction","amount":5,)" +
                                      Box::card("4111111111111111", c.code) + R"(,"billTo":{"zip":")" + c.zip + "\"}"));
        EXPECT_EQ(at(reply, "transactionResponse.cvvResultCode"), c.cvv) << c.code;
        EXPECT_EQ(at(reply, "transactionResponse.avsResultCode"), c.avs) << c.zip;
    }
}

TEST(AuthorizeNet, an_authorization_is_captured_once_and_what_is_left_is_gone) {
    Box box;
    const std::string id = id_of(box.anet(Box::hold("10.00", "INV")));
    EXPECT_EQ(outcome(box.anet(Box::capture(id, "10.01"))), "3/47");
    const json::Value captured = box.anet(Box::capture(id, "6.00", "cap"));
    EXPECT_EQ(outcome(captured), "1/1");
    EXPECT_EQ(id_of(captured), id);
    EXPECT_EQ(at(captured, "transactionResponse.refTransID"), id);
    // The rest cannot be captured: it answers as if all were well, and nothing moves.
    const json::Value again = box.anet(Box::capture(id, "4.00", "cap2"));
    EXPECT_EQ(outcome(again), "1/311");
    EXPECT_EQ(id_of(again), id);
    EXPECT_EQ(book_of(box), "authorize 1000 INV; capture 600 cap");
    EXPECT_EQ(outcome(box.anet(Box::capture("99", ""))), "3/16");
}

TEST(AuthorizeNet, a_void_undoes_what_has_not_settled_and_says_so_twice) {
    Box box;
    const std::string held = id_of(box.anet(Box::hold("10.00", "A")));
    const std::string sold = id_of(box.anet(Box::sale("7.00", "B")));
    EXPECT_EQ(outcome(box.anet(Box::cancel(held, "v1"))), "1/1");
    EXPECT_EQ(outcome(box.anet(Box::cancel(sold, "v2"))), "1/1");
    const json::Value again = box.anet(Box::cancel(sold, "v3"));
    EXPECT_EQ(outcome(again), "1/310");
    EXPECT_EQ(id_of(again), sold);
    EXPECT_EQ(book_of(box), "authorize 1000 A; purchase 700 B; cancel 1000 v1; cancel 700 v2");
    EXPECT_EQ(box.sandbox().movements()[2].cancels, "authorize");
    EXPECT_EQ(box.sandbox().movements()[3].cancels, "purchase");
    EXPECT_EQ(outcome(box.anet(Box::capture(held, ""))), "3/16");

    const std::string settled = id_of(box.anet(Box::sale("8.00", "C")));
    EXPECT_EQ(box.sandbox().settle(), 3u);
    EXPECT_EQ(outcome(box.anet(Box::cancel(settled))), "3/16");
}

TEST(AuthorizeNet, refunds_need_settled_money_and_never_exceed_it) {
    Box box;
    const std::string id = id_of(box.anet(Box::sale("10.00", "A")));
    EXPECT_EQ(outcome(box.anet(Box::refund(id, "4.00", "f1", "2222"))), "3/54");
    const json::Value first = box.anet(Box::refund(id, "4.00", "f1"));
    EXPECT_EQ(outcome(first), "1/1");
    EXPECT_NE(id_of(first), id);
    EXPECT_EQ(at(first, "transactionResponse.refTransID"), id);
    EXPECT_EQ(outcome(box.anet(Box::refund(id, "6.01", "f2"))), "3/55");
    EXPECT_EQ(outcome(box.anet(Box::refund(id, "6.00", "f3"))), "1/1");
    EXPECT_EQ(outcome(box.anet(Box::refund(id, "0.01", "f4"))), "3/55");
    EXPECT_EQ(book_of(box), "purchase 1000 A; refund 400 f1; refund 600 f3");

    const std::string held = id_of(box.anet(Box::hold("10.00", "B")));
    EXPECT_EQ(outcome(box.anet(Box::refund(held, "1.00", "f5"))), "3/54");
    EXPECT_EQ(outcome(box.anet(Box::refund("77", "1.00", "f6"))), "3/54");

    // A refund that was taken back can be given again.
    EXPECT_EQ(outcome(box.anet(Box::cancel(id_of(first), "v"))), "1/1");
    EXPECT_EQ(box.sandbox().movements().back().cancels, "refund");
    EXPECT_EQ(outcome(box.anet(Box::refund(id, "4.00", "f7"))), "1/1");
}

TEST(AuthorizeNet, with_a_day_to_settle_refunds_wait_for_it) {
    Box box{{.settle_after = Millis{86'400'000}}};
    const std::string id = id_of(box.anet(Box::sale("10.00", "A")));
    EXPECT_EQ(outcome(box.anet(Box::refund(id, "4.00", "f1"))), "3/54");
    box.clock.advance(Millis{86'400'000});
    EXPECT_EQ(outcome(box.anet(Box::refund(id, "4.00", "f1"))), "1/1");
    box.clock.advance(Millis{std::int64_t{181} * 86'400'000});
    EXPECT_EQ(outcome(box.anet(Box::refund(id, "1.00", "f2"))), "3/54");
}

TEST(AuthorizeNet, the_same_request_within_the_window_is_a_duplicate) {
    struct Case {
        const char* why;
        std::string invoice, window;
        std::int64_t later_s;
        std::string outcome;
    };
    const auto window = [](const std::string& seconds) {
        return R"(,"transactionSettings":{"setting":{"settingName":"duplicateWindow","settingValue":")" + seconds +
               "\"}}";
    };
    const Case cases[] = {
        {"two minutes without asking", "A", "", 119, "3/11"},
        {"after that it is a new one", "A", "", 120, "1/1"},
        {"another invoice is another sale", "B", "", 0, "1/1"},
        {"zero switches it off", "A", window("0"), 0, "1/1"},
        {"eight hours when asked", "A", window("28800"), 28'799, "3/11"},
        {"never longer", "A", window("99999"), 28'800, "1/1"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        Box box;
        EXPECT_EQ(outcome(box.anet(Box::sale("10.00", "A"))), "1/1");
        box.clock.advance(Millis{c.later_s * 1000});
        const json::Value reply = box.anet(Box::sale("10.0", c.invoice, c.window));
        EXPECT_EQ(outcome(reply), c.outcome);
        EXPECT_EQ(id_of(reply) == "0", c.outcome == "3/11");
        EXPECT_EQ(box.sandbox().movements().size(), c.outcome == "3/11" ? 1u : 2u);
    }
}

TEST(AuthorizeNet, members_out_of_order_or_unknown_are_refused_with_the_vendors_words) {
    struct Case {
        const char* why;
        std::string body, code, words;
    };
    const std::string type = R"("transactionType":"authCaptureTransaction",)";
    const Case cases[] = {
        {"order before payment", Box::transaction(type + R"("order":{},)" + Box::card()), "E00003",
         "The element 'transactionRequest' in namespace 'AnetApi/xml/v1/schema/AnetApiSchema.xsd' has invalid child "
         "element 'payment'"},
        {"an unknown member", Box::transaction(type + R"("colour":"red")"), "E00003", "invalid child element 'colour'"},
        {"the type is missing", Box::transaction(R"("amount":1)"), "E00003",
         "List of possible elements expected: 'transactionType'"},
        {"nothing inside", Box::transaction(""), "E00003", "incomplete content"},
        {"an invoice number of 21", Box::sale("1", "123456789012345678901"), "E00003", "MaxLength"},
        {"an amount in words", Box::transaction(type + R"("amount":"ten")"), "E00003", "not a valid Decimal"},
        {"no JSON", "{", "E00003", ""},
        {"two requests", R"({"a":{},"b":{}})", "E00003", ""},
        {"an unknown request", R"({"makeMoneyRequest":{}})", "E00004", ""},
        {"a wrong key",
         R"({"authenticateTestRequest":{"merchantAuthentication":{"name":"sandboxLogin","transactionKey":"wrong"}}})",
         "E00007", "User authentication failed due to invalid authentication values."},
        {"no credentials", R"({"authenticateTestRequest":{}})", "E00003", "merchantAuthentication"},
        {"good credentials", Box::request("authenticateTestRequest", ""), "I00001", ""},
    };
    Box box;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        const json::Value reply = box.anet(c.body);
        EXPECT_EQ(at(reply, "messages.message.0.code"), c.code);
        EXPECT_NE(at(reply, "messages.message.0.text").find(c.words), std::string::npos)
            << at(reply, "messages.message.0.text");
    }
    EXPECT_TRUE(box.sandbox().movements().empty());
}

TEST(AuthorizeNet, a_lost_answer_is_found_by_its_invoice_number) {
    Box box;
    const Served lost = box.send_anet(Box::sale("10.00", "LOST", R"(,"billTo":{"zip":"46990"})"));
    EXPECT_TRUE(lost.drop);
    const json::Value list = box.anet(Box::request(
        "getUnsettledTransactionListRequest",
        R"("sorting":{"orderBy":"submitTimeUTC","orderDescending":true},"paging":{"limit":"10","offset":"1"})"));
    EXPECT_EQ(at(list, "transactions.0.invoiceNumber"), "LOST");
    EXPECT_EQ(at(list, "transactions.0.settleAmount"), "10.00");
    EXPECT_EQ(at(list, "transactions.0.accountNumber"), "XXXX1111");
    EXPECT_EQ(at(list, "totalNumInResultSet"), "1");
    const json::Value details = box.anet(Box::request(
        "getTransactionDetailsRequest", "\"transId\":\"" + at(list, "transactions.0.transId") + "\"", "look"));
    EXPECT_EQ(at(details, "transaction.transactionStatus"), "capturedPendingSettlement");
    EXPECT_EQ(at(details, "transaction.order.invoiceNumber"), "LOST");
    EXPECT_EQ(at(details, "transaction.responseCode"), "1");
    EXPECT_EQ(at(details, "transaction.payment.creditCard.expirationDate"), "XXXX");
    EXPECT_EQ(at(details, "transrefId"), "r1");
    EXPECT_EQ(at(details, "refId"), "look");
    EXPECT_EQ(at(box.anet(Box::request("getTransactionDetailsRequest", R"("transId":"5")")), "messages.message.0.code"),
              "E00040");

    const Served late = box.send_anet(Box::sale("11.00", "LATE", R"(,"billTo":{"zip":"46991"})"));
    EXPECT_EQ(late.delay, Millis{60'000});
    EXPECT_EQ(book_of(box), "purchase 1000 LOST; purchase 1100 LATE");
}

TEST(AuthorizeNet, the_unsettled_list_is_cut_into_pages_and_empties_into_a_batch) {
    Box box;
    for (int i = 0; i < 5; ++i) box.anet(Box::sale("1.00", "I" + std::to_string(i)));
    box.anet(Box::hold("3.00", "HOLD"));
    const auto page = [&](int offset) {
        return box.anet(
            Box::request("getUnsettledTransactionListRequest",
                         R"("sorting":{"orderBy":"id","orderDescending":"true"},"paging":{"limit":4,"offset":)" +
                             std::to_string(offset) + "}"));
    };
    EXPECT_EQ(at(page(1), "transactions.0.invoiceNumber"), "HOLD");
    EXPECT_EQ(at(page(2), "transactions.1.invoiceNumber"), "I0");
    EXPECT_EQ(at(page(2), "transactions.2.transId"), "-");
    EXPECT_EQ(at(page(2), "totalNumInResultSet"), "6");

    EXPECT_EQ(at(box.ask("POST", "/sandbox/settle"), "settled"), "5");
    EXPECT_EQ(at(page(1), "totalNumInResultSet"), "1");
    const json::Value batches = box.anet(Box::request("getSettledBatchListRequest", R"("includeStatistics":true)"));
    EXPECT_EQ(at(batches, "batchList.0.statistics.0.chargeCount"), "5");
    EXPECT_EQ(at(batches, "batchList.0.statistics.0.chargeAmount"), "5.00");
    const json::Value list = box.anet(
        Box::request("getTransactionListRequest", "\"batchId\":\"" + at(batches, "batchList.0.batchId") + "\""));
    EXPECT_EQ(at(list, "totalNumInResultSet"), "5");
    EXPECT_EQ(at(list, "transactions.0.transactionStatus"), "settledSuccessfully");

    Box empty;
    EXPECT_EQ(at(empty.anet(Box::request("getUnsettledTransactionListRequest", "")), "messages.message.0.code"),
              "I00004");
}

TEST(AuthorizeNet, a_held_transaction_moves_nothing_until_somebody_approves) {
    Box box;
    const std::string id = id_of(box.anet(Box::sale("10.00", "H", R"(,"billTo":{"zip":"46993"})")));
    const std::string other = id_of(box.anet(Box::sale("11.00", "I", R"(,"billTo":{"zip":"46993"})")));
    EXPECT_EQ(book_of(box), "");
    const json::Value list =
        box.anet(Box::request("getUnsettledTransactionListRequest", R"("status":"pendingApproval")"));
    EXPECT_EQ(at(list, "totalNumInResultSet"), "2");
    EXPECT_EQ(at(list, "transactions.0.transactionStatus"), "FDSPendingReview");
    const auto decide = [&](const std::string& action, const std::string& held) {
        return box.anet(
            Box::request("updateHeldTransactionRequest",
                         R"("heldTransactionRequest":{"action":")" + action + R"(","refTransId":")" + held + "\"}"));
    };
    EXPECT_EQ(outcome(decide("approve", id)), "1/1");
    EXPECT_EQ(outcome(decide("decline", other)), "2/254");
    EXPECT_EQ(outcome(decide("approve", other)), "3/16");
    EXPECT_EQ(book_of(box), "purchase 1000 H");
}

TEST(AuthorizeNet, a_nonce_pays_once_within_a_quarter_of_an_hour) {
    Box box;
    const auto make = [&] {
        return at(box.anet(R"({"securePaymentContainerRequest":{"merchantAuthentication":{"name":"sandboxLogin",)"
                           R"("clientKey":"sandboxClientKey"},"data":{"type":"TOKEN","id":"1","token":{)"
                           R"("cardNumber":"4111111111111111","expirationDate":"122030","cardCode":"900"}}}})"),
                  "opaqueData.dataValue");
    };
    const auto pay = [&](const std::string& nonce, const std::string& invoice) {
        return box.anet(Box::transaction(
            R"("transactionType":"authCaptureTransaction","amount":"5.00","payment":{"opaqueData":{"dataDescriptor":)"
            R"("COMMON.ACCEPT.INAPP.PAYMENT","dataValue":")" +
            nonce + R"("}},"order":{"invoiceNumber":")" + invoice + "\"}"));
    };
    const std::string nonce = make();
    const json::Value paid = pay(nonce, "A");
    EXPECT_EQ(outcome(paid), "1/1");
    EXPECT_EQ(at(paid, "transactionResponse.cvvResultCode"), "M");
    EXPECT_EQ(outcome(pay(nonce, "B")), "E00114");
    EXPECT_EQ(outcome(pay("eyJmadeup", "C")), "E00114");
    const std::string old = make();
    box.clock.advance(Millis{15 * 60'000 + 1});
    EXPECT_EQ(outcome(pay(old, "D")), "E00115");
    EXPECT_EQ(book_of(box), "purchase 500 A");
}

TEST(AuthorizeNet, user_fields_come_back_and_test_requests_leave_nothing) {
    Box box;
    const json::Value reply = box.anet(
        Box::sale("1.00", "A",
                  R"(,"transactionSettings":{"setting":[{"settingName":"testRequest","settingValue":"true"}]},)"
                  R"("userFields":{"userField":[{"name":"order","value":"17"}]})"));
    EXPECT_EQ(outcome(reply), "1/1");
    EXPECT_EQ(id_of(reply), "0");
    EXPECT_EQ(at(reply, "transactionResponse.testRequest"), "1");
    EXPECT_EQ(at(reply, "transactionResponse.userFields.0.value"), "17");
    EXPECT_EQ(book_of(box), "");
}

TEST(AuthorizeNet, xml_is_not_spoken) {
    Box box;
    http::Request request;
    request.method = "POST";
    request.path = "/xml/v1/request.api";
    request.headers.emplace_back("content-type", "text/xml");
    const json::Value reply = Box::parsed(box.sandbox().serve(request).response.body);
    EXPECT_EQ(at(reply, "messages.message.0.code"), "E00002");
}

}  // namespace
}  // namespace florin::sandbox
