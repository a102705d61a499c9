#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::authorize_net {
namespace {

using namespace test;
using payments::Answer;
using payments::DeclineClass;
using payments::Lookup;
using payments::Outcome;
using payments::TransactionType;

constexpr std::string_view purchase_reference = "P0000000000000000017";

struct Seen {
    std::string_view status = "capturedPendingSettlement";
    std::string_view id = "40000000017";
    std::string_view invoice = purchase_reference;
    std::string_view card = "XXXX1111";
    std::string_view auth_amount = "12.50";
    std::string_view settle_amount = "12.50";
    std::string_view reason = "1";
    std::string_view parent = {};
};

std::string details(const Seen& seen) {
    std::string reply = R"({"transaction":{"transId":")" + std::string{seen.id} + R"(",)";
    if (!seen.parent.empty()) reply.append(R"("refTransId":")").append(seen.parent).append(R"(",)");
    reply
        .append(
            R"("submitTimeUTC":"2026-11-18T10:15:30.447Z","transactionType":"authCaptureTransaction","transactionStatus":")")
        .append(seen.status)
        .append(R"(","responseCode":1,"responseReasonCode":)")
        .append(seen.reason)
        .append(
            R"(,"responseReasonDescription":"What it means.","authCode":"A1B2C3","AVSResponse":"Y","order":{"invoiceNumber":")")
        .append(seen.invoice)
        .append(R"("},"requestedAmount":12.50,"authAmount":)")
        .append(seen.auth_amount)
        .append(R"(,"settleAmount":)")
        .append(seen.settle_amount)
        .append(R"(,"taxExempt":false,"payment":{"creditCard":{"cardNumber":")")
        .append(seen.card)
        .append(R"(","expirationDate":"XXXX","cardType":"Visa"}},"recurringBilling":false},)")
        .append(ok);
    return reply;
}

struct Listed {
    std::string_view id, invoice;
    std::string_view submitted = "2026-11-18T10:15:30Z";
};
std::string list_of(const std::vector<Listed>& entries) {
    std::string reply = R"({"transactions":[)";
    for (const Listed& each : entries) {
        if (reply.back() == '}') reply.push_back(',');
        reply.append(R"({"transId":")").append(each.id).append(R"(","submitTimeUTC":")").append(each.submitted);
        reply.append(R"(","transactionStatus":"capturedPendingSettlement","invoiceNumber":")").append(each.invoice);
        reply.append(R"(","accountNumber":"XXXX1111","settleAmount":12.50,"hasReturnedItemsSpecified":false})");
    }
    return reply.append(R"(],"totalNumInResultSet":7,)").append(ok);
}

class AuthorizeNetLookup : public testing::Test, protected Bench {
protected:
    Answer look_up(TransactionType type, bool is_first_capture = true) {
        Lookup operation{.type = type,
                         .reference = std::string{purchase_reference},
                         .amount = usd(1250),
                         .parent_provider_id = {},
                         .card_last4 = "1111",
                         .is_first_capture = is_first_capture,
                         .sent_at = *parse_instant("2026-11-18T10:15:30Z")};
        if (type != TransactionType::authorize && type != TransactionType::purchase)
            operation.parent_provider_id = "40000000017";
        return scheduler.await(connector->lookup(operation));
    }
    /// A charge that the list shows once.
    Answer look_up_listed(TransactionType type, const Seen& seen) {
        client.says(list_of({{"40000000090", "another"}, {seen.id, purchase_reference}}));
        client.says(details(seen));
        return look_up(type);
    }
};

TEST_F(AuthorizeNetLookup, a_charge_is_what_its_status_says) {  // F1, F4, F9
    struct Case {
        std::string_view status;
        Outcome authorize, purchase;
    };
    const Case cases[] = {
        {"authorizedPendingCapture", Outcome::approved, Outcome::no_answer},
        {"capturedPendingSettlement", Outcome::approved, Outcome::approved},
        {"settledSuccessfully", Outcome::approved, Outcome::approved},
        {"pendingFinalSettlement", Outcome::approved, Outcome::approved},
        {"pendingSettlement", Outcome::approved, Outcome::approved},
        {"updatingSettlement", Outcome::approved, Outcome::approved},
        {"approvedReview", Outcome::approved, Outcome::approved},
        {"returnedItem", Outcome::approved, Outcome::approved},
        {"chargeback", Outcome::approved, Outcome::approved},
        {"chargebackReversal", Outcome::approved, Outcome::approved},
        {"underReview", Outcome::pending, Outcome::pending},
        {"FDSPendingReview", Outcome::pending, Outcome::pending},
        {"FDSAuthorizedPendingReview", Outcome::pending, Outcome::pending},
        {"authorizedPendingRelease", Outcome::pending, Outcome::pending},
        {"declined", Outcome::declined, Outcome::declined},
        {"failedReview", Outcome::declined, Outcome::declined},
        {"communicationError", Outcome::declined, Outcome::declined},
        {"generalError", Outcome::declined, Outcome::declined},
        {"voided", Outcome::refused, Outcome::refused},
        {"expired", Outcome::refused, Outcome::refused},
        {"couldNotVoid", Outcome::no_answer, Outcome::no_answer},
        {"settlementError", Outcome::no_answer, Outcome::no_answer},
        {"refundPendingSettlement", Outcome::no_answer, Outcome::no_answer},
        {"refundSettledSuccessfully", Outcome::no_answer, Outcome::no_answer},
        {"somethingNew", Outcome::no_answer, Outcome::no_answer},
        {"", Outcome::no_answer, Outcome::no_answer},
    };
    for (const Case& each : cases) {
        const Seen seen{.status = each.status};
        const Answer authorized = look_up_listed(TransactionType::authorize, seen);
        EXPECT_EQ(authorized.outcome, each.authorize) << each.status;
        const Answer purchased = look_up_listed(TransactionType::purchase, seen);
        EXPECT_EQ(purchased.outcome, each.purchase) << each.status;
        if (purchased.outcome == Outcome::approved) {
            EXPECT_EQ(purchased.amount, usd(1250));
            EXPECT_EQ(purchased.provider_id, "40000000017");
        }
        EXPECT_TRUE(client.answers.empty());
    }
}

TEST_F(AuthorizeNetLookup, a_decline_keeps_its_class) {
    const Answer answer = look_up_listed(TransactionType::purchase, {.status = "declined", .reason = "8"});
    EXPECT_EQ(answer.decline, DeclineClass::expired_card);
    EXPECT_EQ(answer.provider_code, "8");
    EXPECT_EQ(look_up_listed(TransactionType::purchase, {.status = "failedReview"}).decline, DeclineClass::fraud);
    EXPECT_EQ(look_up_listed(TransactionType::purchase, {.status = "generalError"}).decline, DeclineClass::technical);
}

TEST_F(AuthorizeNetLookup, the_amount_is_the_providers_own) {  // F25, F26
    const Answer part =
        look_up_listed(TransactionType::authorize, {.status = "authorizedPendingCapture", .auth_amount = "1.23"});
    EXPECT_EQ(part.outcome, Outcome::approved);
    EXPECT_EQ(part.amount, usd(123));
    EXPECT_EQ(look_up_listed(TransactionType::purchase, {.settle_amount = "12.5000"}).amount, usd(1250));
    EXPECT_EQ(look_up_listed(TransactionType::purchase, {.settle_amount = "12.505"}).outcome, Outcome::no_answer);
    EXPECT_EQ(look_up_listed(TransactionType::purchase, {.settle_amount = "0.00"}).outcome, Outcome::no_answer);
}

TEST_F(AuthorizeNetLookup, a_transaction_of_another_card_or_reference_is_not_ours) {  // F26
    EXPECT_EQ(look_up_listed(TransactionType::purchase, {.card = "XXXX2222"}).outcome, Outcome::no_answer);
    EXPECT_EQ(look_up_listed(TransactionType::purchase, {.invoice = "another"}).outcome, Outcome::no_answer);
    // The list names one transaction, the details are of another.
    client.says(list_of({{"40000000090", purchase_reference}}));
    client.says(details({.id = "40000000017"}));
    EXPECT_EQ(look_up(TransactionType::purchase).outcome, Outcome::no_answer);
}

TEST_F(AuthorizeNetLookup,
       of_several_with_one_reference_the_living_one_counts_and_two_living_ones_are_a_riddle) {  // F26
    client.says(list_of({{"40000000018", purchase_reference},
                         {"40000000017", purchase_reference},
                         {"40000000017", purchase_reference}}));
    client.says(details({.status = "declined", .id = "40000000017", .reason = "2"}));
    client.says(details({.id = "40000000018"}));
    const Answer one = look_up(TransactionType::purchase);
    EXPECT_EQ(one.outcome, Outcome::approved);
    EXPECT_EQ(one.provider_id, "40000000018");

    client.says(list_of({{"40000000018", purchase_reference}, {"40000000017", purchase_reference}}));
    client.says(details({.id = "40000000017"}));
    client.says(details({.id = "40000000018"}));
    const Answer two = look_up(TransactionType::purchase);
    EXPECT_EQ(two.outcome, Outcome::no_answer);
    EXPECT_EQ(two.provider_code, "several_transactions");
}

TEST_F(AuthorizeNetLookup, what_has_settled_meanwhile_is_found_in_its_batch) {
    client.says(no_records);
    client.says(R"({"batchList":[{"batchId":"5501","settlementState":"settledSuccessfully"},{"batchId":"5502"}],)" +
                std::string{ok});
    client.says(list_of({{"40000000090", "another"}}));
    client.says(list_of({{"40000000017", purchase_reference}}));
    client.says(details({.status = "settledSuccessfully"}));
    EXPECT_EQ(look_up(TransactionType::purchase).outcome, Outcome::approved);
    EXPECT_NE(body(1).find(R"("firstSettlementDate":"2026-11-18T10:10:30Z")"), std::string_view::npos);
    EXPECT_NE(body(3).find(R"("batchId":"5502")"), std::string_view::npos);
    for (const http::Call& call : client.calls) EXPECT_TRUE(call.is_repeatable);
}

TEST_F(AuthorizeNetLookup, it_is_not_found_only_after_both_lists_were_read_to_their_ends) {  // F7
    client.says(list_of({{"40000000090", "another"}}));
    client.says(no_records);
    EXPECT_EQ(look_up(TransactionType::purchase).outcome, Outcome::not_found);

    client.says(list_of({{"40000000090", "another"}}));
    client.says(request_error("E00011"));
    EXPECT_EQ(look_up(TransactionType::purchase).outcome, Outcome::no_answer);

    client.says(request_error("E00007"));
    EXPECT_EQ(look_up(TransactionType::purchase).outcome, Outcome::no_answer);

    client.fails(ErrorKind::unavailable, "not_connected");
    EXPECT_EQ(look_up(TransactionType::purchase).outcome, Outcome::no_answer);

    client.says("{}");
    EXPECT_EQ(look_up(TransactionType::purchase).outcome, Outcome::no_answer);

    client.says(list_of({{"40000000017", purchase_reference}}));
    client.says(request_error("E00040"));
    EXPECT_EQ(look_up(TransactionType::purchase).outcome, Outcome::no_answer);
}

TEST_F(AuthorizeNetLookup, a_full_page_is_followed_by_the_next_until_it_is_older_than_the_operation) {
    const std::vector<Listed> newer(500, {"40000000090", "another", "2026-11-18T11:00:00Z"});
    const std::vector<Listed> older(500, {"40000000080", "another", "2026-11-18T10:10:29"});
    client.says(list_of(newer));
    client.says(list_of(older));
    client.says(no_records);
    EXPECT_EQ(look_up(TransactionType::purchase).outcome, Outcome::not_found);
    ASSERT_EQ(client.calls.size(), 3U);
    EXPECT_NE(body(1).find(R"("offset":2)"), std::string_view::npos);
    EXPECT_NE(body(2).find("getSettledBatchListRequest"), std::string_view::npos);
}

TEST_F(AuthorizeNetLookup, a_list_without_an_end_says_nothing) {
    const std::vector<Listed> newer(500, {"40000000090", "another", "2026-11-18T11:00:00Z"});
    for (int i = 0; i < 200; ++i) client.says(list_of(newer));
    const Answer answer = look_up(TransactionType::purchase);
    EXPECT_EQ(answer.outcome, Outcome::no_answer);
    EXPECT_EQ(answer.provider_code, "list_too_long");
}

TEST_F(AuthorizeNetLookup, the_only_capture_is_seen_at_its_parent) {  // F19
    struct Case {
        std::string_view status;
        Outcome outcome;
    };
    const Case cases[] = {
        {"authorizedPendingCapture", Outcome::not_found},
        {"capturedPendingSettlement", Outcome::approved},
        {"settledSuccessfully", Outcome::approved},
        {"voided", Outcome::refused},
        {"expired", Outcome::refused},
        {"declined", Outcome::refused},
        {"underReview", Outcome::no_answer},
        {"somethingNew", Outcome::no_answer},
        {"couldNotVoid", Outcome::no_answer},
        {"refundSettledSuccessfully", Outcome::no_answer},
    };
    for (const Case& each : cases) {
        client.says(details({.status = each.status, .invoice = "the parent's", .settle_amount = "10.00"}));
        const Answer answer = look_up(TransactionType::capture);
        EXPECT_EQ(answer.outcome, each.outcome) << each.status;
        if (answer.outcome == Outcome::approved) {
            EXPECT_EQ(answer.amount, usd(1000));
        }
    }
    client.says(request_error("E00040"));
    EXPECT_EQ(look_up(TransactionType::capture).outcome, Outcome::not_found);
    client.says("", 503);
    EXPECT_EQ(look_up(TransactionType::capture).outcome, Outcome::no_answer);
}

TEST_F(AuthorizeNetLookup, a_later_capture_is_a_charge_of_its_own) {
    client.says(list_of({{"40000000033", purchase_reference}}));
    client.says(details({.id = "40000000033"}));
    const Answer answer = look_up(TransactionType::capture, false);
    EXPECT_EQ(answer.outcome, Outcome::approved);
    EXPECT_EQ(answer.provider_id, "40000000033");
}

TEST_F(AuthorizeNetLookup, a_refund_is_found_by_its_own_number_and_must_be_of_its_parent) {  // F23
    struct Case {
        std::string_view status, parent;
        Outcome outcome;
    };
    const Case cases[] = {
        {"refundPendingSettlement", "40000000017", Outcome::approved},
        {"refundSettledSuccessfully", "40000000017", Outcome::approved},
        {"refundSettledSuccessfully", "", Outcome::approved},
        {"refundSettledSuccessfully", "40000000016", Outcome::no_answer},
        {"declined", "40000000017", Outcome::declined},
        {"voided", "40000000017", Outcome::refused},
        {"generalError", "40000000017", Outcome::declined},
        {"FDSPendingReview", "40000000017", Outcome::pending},
        {"settledSuccessfully", "40000000017", Outcome::no_answer},
    };
    for (const Case& each : cases) {
        client.says(list_of({{"40000000044", purchase_reference}}));
        client.says(details({.status = each.status, .id = "40000000044", .parent = each.parent}));
        EXPECT_EQ(look_up(TransactionType::refund).outcome, each.outcome) << each.status << " of " << each.parent;
    }
}

TEST_F(AuthorizeNetLookup, a_cancel_is_done_when_the_parent_is_voided) {  // F21, F24
    struct Case {
        std::string_view status;
        Outcome outcome;
    };
    const Case cases[] = {
        {"voided", Outcome::approved},
        {"authorizedPendingCapture", Outcome::not_found},
        {"settledSuccessfully", Outcome::not_found},
        {"expired", Outcome::not_found},
        {"couldNotVoid", Outcome::no_answer},
        {"somethingNew", Outcome::no_answer},
    };
    for (const Case& each : cases) {
        client.says(details({.status = each.status, .invoice = "the parent's"}));
        EXPECT_EQ(look_up(TransactionType::cancel).outcome, each.outcome) << each.status;
    }
}

TEST_F(AuthorizeNetLookup, without_the_parents_id_nothing_can_be_said) {
    const Lookup operation{.type = TransactionType::capture,
                           .reference = std::string{purchase_reference},
                           .amount = usd(1250),
                           .parent_provider_id = {},
                           .card_last4 = {},
                           .is_first_capture = true,
                           .sent_at = clock.now()};
    EXPECT_EQ(scheduler.await(connector->lookup(operation)).outcome, Outcome::no_answer);
    EXPECT_TRUE(client.calls.empty());
}

}  // namespace
}  // namespace florin::authorize_net
