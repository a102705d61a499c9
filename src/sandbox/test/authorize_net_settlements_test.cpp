#include "support.hpp"

namespace florin::sandbox {
namespace {

/// A sandbox whose batches are looked at.
class Batches : public Box {
public:
    std::string sale(const std::string& amount, const std::string& invoice, const std::string& more = {}) {
        return id_of(anet(Box::sale(amount, invoice, more)));
    }
    void settle() { ask("POST", "/sandbox/settle"); }
    void fault(const std::string& action, const std::string& match = R"("provider":"authorize_net")") {
        const auto set =
            sandbox().set_faults(R"({"rules":[{"match":{)" + match + R"(},"action":)" + action + R"(,"count":1}]})");
        ASSERT_TRUE(set) << set.error().message;
    }
    json::Value batches() { return anet(request("getSettledBatchListRequest", R"("includeStatistics":true)")); }
    /// The rows of the nth batch, `status amount invoice` each.
    std::string rows(int n = 0) {
        const std::string id = at(batches(), "batchList." + std::to_string(n) + ".batchId");
        const json::Value list =
            anet(request("getTransactionListRequest",
                         R"("batchId":")" + id + R"(","sorting":{"orderBy":"id","orderDescending":false})"));
        std::string text;
        for (int i = 0; at(list, "transactions." + std::to_string(i) + ".transId") != "-"; ++i) {
            const std::string row = "transactions." + std::to_string(i) + ".";
            if (!text.empty()) text += "; ";
            text += at(list, row + "transactionStatus") + " " + at(list, row + "settleAmount") + " " +
                    at(list, row + "invoiceNumber");
        }
        return text;
    }
    std::string stated(int n = 0) {
        const std::string first = "batchList." + std::to_string(n) + ".statistics.0.";
        const json::Value all = batches();
        return at(all, first + "chargeAmount") + " - " + at(all, first + "refundAmount");
    }
};

TEST(Batches, a_batch_has_charges_and_refunds_by_the_kind_of_card_and_says_what_they_come_to) {
    Batches box;
    const std::string id = box.sale("10.00", "A");
    box.sale("2.50", "B");
    box.anet(Box::transaction(R"("transactionType":"authCaptureTransaction","amount":"7.00",)" +
                              Box::card("5424000000000015") + R"(,"order":{"invoiceNumber":"C"})"));
    box.anet(Box::cancel(box.sale("99.00", "VOIDED")));
    box.anet(Box::sale("50.00", "NO", R"(,"billTo":{"zip":"46282"})"));
    box.anet(Box::hold("33.00", "HELD"));
    box.anet(Box::refund(id, "4.00", "R"));
    box.settle();
    EXPECT_EQ(box.rows(),
              "settledSuccessfully 10.00 A; settledSuccessfully 2.50 B; settledSuccessfully 7.00 C; voided 99.00 "
              "VOIDED; declined 50.00 NO; refundSettledSuccessfully 4.00 R");
    const json::Value all = box.batches();
    EXPECT_EQ(at(all, "batchList.1.batchId"), "-");
    EXPECT_EQ(at(all, "batchList.0.settlementState"), "settledSuccessfully");
    EXPECT_EQ(at(all, "batchList.0.statistics.0.accountType"), "MasterCard");
    EXPECT_EQ(at(all, "batchList.0.statistics.0.chargeAmount"), "7.00");
    const std::string visa = "batchList.0.statistics.1.";
    EXPECT_EQ(at(all, visa + "chargeAmount"), "12.50");
    EXPECT_EQ(at(all, visa + "chargeCount"), "2");
    EXPECT_EQ(at(all, visa + "refundAmount"), "4.00");
    EXPECT_EQ(at(all, visa + "voidCount"), "1");
    EXPECT_EQ(at(all, visa + "declineCount"), "1");
    const json::Value same =
        box.anet(Box::request("getBatchStatisticsRequest", R"("batchId":")" + at(all, "batchList.0.batchId") + "\""));
    EXPECT_EQ(at(same, "batch.statistics.1.chargeAmount"), "12.50");
    EXPECT_EQ(at(box.anet(Box::request("getBatchStatisticsRequest", R"("batchId":"1")")), "messages.message.0.code"),
              "E00040");
}

TEST(Batches, what_is_paid_back_at_once_settles_in_a_batch_that_is_pending_until_its_day_ends) {
    Batches box;
    box.anet(Box::refund(box.sale("10.00", "A"), "4.00", "R"));
    EXPECT_EQ(at(box.batches(), "batchList.0.settlementState"), "pendingSettlement");
    box.clock.advance(Millis{86'400'000});
    EXPECT_EQ(
        at(box.anet(Box::request("getSettledBatchListRequest", R"("firstSettlementDate":"2026-01-01T00:00:00Z")")),
           "messages.message.0.code"),
        "E00013");
    EXPECT_EQ(at(box.batches(), "batchList.0.settlementState"), "settledSuccessfully");
    EXPECT_EQ(box.rows(), "settledSuccessfully 10.00 A") << "nothing joins a batch that is settled";
    box.settle();
    EXPECT_EQ(box.rows(1), "refundSettledSuccessfully 4.00 R");
}

TEST(Batches, currencies_and_bank_accounts_have_batches_of_their_own) {
    Batches box;
    box.sale("10.00", "A");
    box.anet(Box::transaction(R"("transactionType":"authCaptureTransaction","amount":"7.00","currencyCode":"EUR",)" +
                              Box::card() + R"(,"order":{"invoiceNumber":"E"})"));
    box.anet(Box::transaction(
        R"("transactionType":"authCaptureTransaction","amount":"5.00","payment":{"bankAccount":{)"
        R"("accountType":"checking","routingNumber":"021000021","accountNumber":"123456789","nameOnAccount":)"
        R"("Ann"}},"order":{"invoiceNumber":"BANK"})"));
    box.settle();
    EXPECT_EQ(box.rows(0), "settledSuccessfully 10.00 A");
    EXPECT_EQ(box.rows(1), "settledSuccessfully 7.00 E");
    EXPECT_EQ(box.rows(2), "settledSuccessfully 5.00 BANK");
    EXPECT_EQ(at(box.batches(), "batchList.2.paymentMethod"), "eCheck");
    const json::Value merchant = box.anet(Box::request("getMerchantDetailsRequest", ""));
    EXPECT_EQ(at(merchant, "currencies.0"), "EUR");
    EXPECT_EQ(at(merchant, "currencies.1"), "USD");
    Box fresh;
    EXPECT_EQ(at(fresh.anet(Box::request("getMerchantDetailsRequest", "")), "currencies.0"), "USD");
}

TEST(Batches, go_wrong_as_the_fault_script_says) {
    struct Case {
        std::string why, action, match, rows, stated;
    };
    const std::string any = R"("provider":"authorize_net")";
    const Case cases[] = {
        {"a line left out", R"({"kind":"line_left_out"})", any, "settledSuccessfully 2.00 B", "2.00 - 0.00"},
        {"another amount", R"({"kind":"line_amount","amount":"9.99"})", any,
         "settledSuccessfully 9.99 A; settledSuccessfully 2.00 B", "11.99 - 0.00"},
        {"a line twice", R"({"kind":"line_twice"})", any,
         "settledSuccessfully 10.00 A; settledSuccessfully 2.00 B; settledSuccessfully 10.00 A", "22.00 - 0.00"},
        {"another total", R"({"kind":"settlement_total","amount":"11.00"})", any,
         "settledSuccessfully 10.00 A; settledSuccessfully 2.00 B", "11.00 - 0.00"},
        {"an error", R"({"kind":"settlement_failed"})", any, "settlementError 10.00 A; settlementError 2.00 B",
         "12.00 - 0.00"},
        {"of refunds only", R"({"kind":"line_left_out"})", R"("transactionType":"refund")",
         "settledSuccessfully 10.00 A; settledSuccessfully 2.00 B", "12.00 - 0.00"},
        {"of somebody else", R"({"kind":"line_left_out"})", R"("provider":"stripe")",
         "settledSuccessfully 10.00 A; settledSuccessfully 2.00 B", "12.00 - 0.00"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        Batches box;
        box.fault(c.action, c.match);
        box.sale("10.00", "A");
        box.sale("2.00", "B");
        box.settle();
        EXPECT_EQ(box.rows(), c.rows);
        EXPECT_EQ(box.stated(), c.stated);
    }
}

TEST(Batches, an_unknown_transaction_is_one_that_nobody_sent) {
    Batches box;
    box.fault(R"({"kind":"line_unknown","amount":"13.37"})");
    box.sale("10.00", "A");
    box.settle();
    EXPECT_EQ(box.stated(), "23.37 - 0.00");
    EXPECT_TRUE(box.rows().starts_with("settledSuccessfully 10.00 A; settledSuccessfully 13.37 STRAY-")) << box.rows();
    EXPECT_EQ(book_of(box), "purchase 1000 A");
}

TEST(Batches, what_was_in_a_batch_in_error_comes_in_the_next_one) {
    Batches box;
    box.fault(R"({"kind":"settlement_failed"})");
    const std::string id = box.sale("10.00", "A");
    box.settle();
    EXPECT_EQ(at(box.batches(), "batchList.0.settlementState"), "settlementError");
    EXPECT_EQ(outcome(box.anet(Box::refund(id, "4.00", "R"))), "3/54");
    box.settle();
    EXPECT_EQ(box.rows(0), "");
    EXPECT_EQ(box.rows(1), "settledSuccessfully 10.00 A");
    EXPECT_EQ(at(box.batches(), "batchList.1.settlementState"), "settledSuccessfully");
}

TEST(BatchesFile, survive_a_crash_with_their_faults) {
    Directory directory;
    Box box{{.data_directory = directory.path()}};
    ASSERT_TRUE(box.sandbox().set_faults(
        R"({"rules":[{"action":{"kind":"line_left_out"},"count":1},{"action":{"kind":"line_amount","amount":"1.00"},"count":1},
            {"action":{"kind":"settlement_failed"},"count":1,"after":1}]})"));
    for (const char* invoice : {"A", "B", "C"}) box.anet(Box::sale("10.00", invoice));
    box.ask("POST", "/sandbox/settle");
    box.anet(Box::sale("10.00", "D"));
    box.ask("POST", "/sandbox/settle");
    const auto shown = [&] {
        return box.send_anet(Box::request("getSettledBatchListRequest", R"("includeStatistics":true)")).response.body;
    };
    const std::string before = shown();
    EXPECT_NE(before.find(R"("chargeAmount":11.00)"), std::string::npos) << before;
    EXPECT_NE(before.find("settlementError"), std::string::npos);
    box.reopen();
    EXPECT_EQ(shown(), before);
    EXPECT_EQ(at(box.ask("POST", "/sandbox/settle"), "settled"), "1") << "what was in error waits for the next batch";
}

TEST(SettlementFaults, are_refused_where_they_make_no_sense) {
    Box box;
    for (const std::string_view rule :
         {R"({"action":{"kind":"line_amount"}})", R"({"action":{"kind":"settlement_total"}})",
          R"({"match":{"method":"webhook"},"action":{"kind":"line_twice"}})",
          R"({"match":{"path":"/v1"},"action":{"kind":"line_twice"}})"})
        EXPECT_FALSE(box.sandbox().set_faults(R"({"rules":[)" + std::string{rule} + "]}")) << rule;
}

}  // namespace
}  // namespace florin::sandbox
