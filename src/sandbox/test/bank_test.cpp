#include "support.hpp"

namespace florin::sandbox {
namespace {

std::string payment(const std::string& reference, const std::string& amount, const std::string& more = {},
                    const std::string& currency = "GBP") {
    return R"({"reference":")" + reference + R"(","amount":)" + amount + R"(,"currency":")" + currency +
           R"(","card":{"number":"1234432198761543","expiry_month":12,"expiry_year":2000,"cvv":"232","name":"Omar"})" +
           more + "}";
}

TEST(Bank, the_amount_decides) {  // C-SI-01 to C-SI-05, X-14
    struct Case {
        const char* why;
        std::string amount, status, code;
    };
    const Case cases[] = {
        {"one is declined", "1", "Declined", "05"},
        {"however it is written", "\"1.00\"", "Declined", "05"},
        {"two has no funds", "2", "InsufficientFunds", "51"},
        {"twenty-four is pending", "24", "Pending", "09"},
        {"the document's own example, expired and failing Luhn", "50", "Accepted", "00"},
        {"just beside one", "\"1.01\"", "Accepted", "00"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        Box box;
        const Served served = box.send("POST", "/bank/v1/payments", payment("p1", c.amount));
        EXPECT_EQ(served.response.status, 201);
        const json::Value reply = Box::parsed(served.response.body);
        EXPECT_EQ(at(reply, "status"), c.status);
        EXPECT_EQ(at(reply, "code"), c.code);
        EXPECT_EQ(at(reply, "last4"), "1543");
        EXPECT_EQ(at(reply, "auth_code").empty(), c.status != "Accepted");
        EXPECT_EQ(box.sandbox().movements().size(), c.status == "Accepted" ? 1u : 0u);
    }
}

TEST(Bank, what_was_pending_is_accepted_when_asked_again_but_not_when_looked_at) {  // C-SI-04
    Box box;
    box.ask("POST", "/bank/v1/payments", payment("p1", "24"));
    EXPECT_EQ(at(box.ask("GET", "/bank/v1/payments/by-reference/p1"), "status"), "Pending");
    EXPECT_EQ(book_of(box), "");
    EXPECT_EQ(at(box.ask("POST", "/bank/v1/payments", payment("p1", "24")), "status"), "Accepted");
    EXPECT_EQ(at(box.ask("POST", "/bank/v1/payments", payment("p1", "24")), "status"), "Accepted");
    EXPECT_EQ(book_of(box), "purchase 2400 p1");

    const std::string id = at(box.ask("POST", "/bank/v1/payments", payment("p2", "24", R"(,"capture":false)")), "id");
    EXPECT_EQ(at(box.ask("POST", "/bank/v1/payments/" + id + "/confirm"), "status"), "Accepted");
    EXPECT_EQ(at(box.ask("GET", "/bank/v1/payments/" + id), "status"), "Accepted");
    EXPECT_EQ(book_of(box), "purchase 2400 p1; authorize 2400 p2");
}

TEST(Bank, a_reference_means_one_thing_for_ever) {
    Box box;
    const Served first = box.send("POST", "/bank/v1/payments", payment("p1", "50"));
    const Served again = box.send("POST", "/bank/v1/payments", payment("p1", "50"));
    EXPECT_EQ(again.response.status, 200);
    EXPECT_EQ(again.response.body, first.response.body);
    const Served other = box.send("POST", "/bank/v1/payments", payment("p1", "51"));
    EXPECT_EQ(other.response.status, 409);
    EXPECT_EQ(at(Box::parsed(other.response.body), "code"), "reference_reused");
    EXPECT_EQ(book_of(box), "purchase 5000 p1");
    EXPECT_EQ(box.send("GET", "/bank/v1/payments/by-reference/p2").response.status, 404);
}

TEST(Bank, captures_refunds_and_voids_stay_inside_what_is_there) {
    Box box;
    const std::string id = at(box.ask("POST", "/bank/v1/payments", payment("p", "100", R"(,"capture":false)")), "id");
    const auto operate = [&](const std::string& what, const std::string& reference, const std::string& amount) {
        const Served served = box.send(
            "POST", "/bank/v1/payments/" + id + "/" + what,
            R"({"reference":")" + reference + "\"" + (amount.empty() ? "" : R"(,"amount":")" + amount + "\"") + "}");
        const json::Value reply = Box::parsed(served.response.body);
        return std::to_string(served.response.status) + " " +
               at(reply, served.response.status < 300 ? "amount" : "code");
    };
    EXPECT_EQ(operate("refunds", "r0", "1"), "422 amount_exceeds_captured");
    EXPECT_EQ(operate("captures", "c1", "100.01"), "422 amount_exceeds_authorized");
    EXPECT_EQ(operate("captures", "c1", "60"), "201 60.00");
    EXPECT_EQ(operate("captures", "c1", "60"), "200 60.00");
    EXPECT_EQ(operate("captures", "c1", "20"), "409 reference_reused");
    EXPECT_EQ(operate("captures", "c2", "20"), "201 20.00");
    EXPECT_EQ(operate("refunds", "r1", "70"), "201 70.00");
    EXPECT_EQ(operate("refunds", "r2", "10.01"), "422 amount_exceeds_captured");
    EXPECT_EQ(operate("refunds", "r3", ""), "201 10.00");
    EXPECT_EQ(operate("refunds", "r4", ""), "409 nothing_to_refund");
    EXPECT_EQ(operate("voids", "v1", ""), "201 20.00");
    EXPECT_EQ(operate("voids", "v2", ""), "409 already_voided");
    EXPECT_EQ(operate("captures", "c3", "1"), "409 already_voided");
    EXPECT_EQ(book_of(box),
              "authorize 10000 p; capture 6000 c1; capture 2000 c2; refund 7000 r1; refund 1000 r3; cancel 2000 v1");
    EXPECT_EQ(at(box.ask("GET", "/bank/v1/operations/by-reference/r1"), "amount"), "70.00");
    EXPECT_EQ(at(box.ask("GET", "/bank/v1/operations/by-reference/r9"), "code"), "unknown_operation");
}

TEST(Bank, requests_that_make_no_sense_are_refused_and_named) {
    struct Case {
        const char* why;
        std::string body, code;
    };
    const Case cases[] = {
        {"zero", payment("p", "0"), "amount_not_positive"},
        {"below zero", payment("p", "-1"), "amount_not_positive"},
        {"words", payment("p", "\"ten\""), "invalid_amount"},
        {"half a cent", payment("p", "\"1.005\""), "invalid_amount"},
        {"a yen has no cents", payment("p", "\"1.5\"", "", "JPY"), "invalid_amount"},
        {"no currency of this world", payment("p", "5", "", "XXQ"), "unknown_currency"},
        {"no reference", payment("", "5"), "invalid_reference"},
        {"no card", R"({"reference":"p","amount":"5","currency":"GBP"})", "missing_card"},
        {"an unknown token", R"({"reference":"p","amount":"5","currency":"GBP","token":"tok_1"})", "unknown_token"},
        {"no JSON", "{", "malformed_json"},
    };
    Box box;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        const Served served = box.send("POST", "/bank/v1/payments", c.body);
        EXPECT_EQ(served.response.status, 422);
        EXPECT_EQ(at(Box::parsed(served.response.body), "code"), c.code);
    }
    EXPECT_EQ(book_of(box), "");
    EXPECT_EQ(box.send("POST", "/bank/v1/payments/bank_9/captures", "{}").response.status, 404);
    EXPECT_EQ(box.send("PUT", "/bank/v1/payments", "{}").response.status, 405);
}

TEST(Bank, a_card_kept_as_a_token_pays_until_it_is_deleted) {
    Box box;
    const std::string card = R"({"reference":"c1","number":"4111111111111111","expiry_month":1,"expiry_year":2031})";
    const json::Value kept = box.ask("POST", "/bank/v1/cards", card);
    const std::string token = at(kept, "token");
    EXPECT_EQ(at(kept, "expiry_month"), "1");
    EXPECT_EQ(at(kept, "expiry_year"), "2031");
    EXPECT_EQ(at(box.ask("POST", "/bank/v1/cards", card), "token"), token);
    const auto pay = [&](const std::string& reference) {
        return box.send(
            "POST", "/bank/v1/payments",
            R"({"reference":")" + reference + R"(","amount":"5","currency":"EUR","token":")" + token + "\"}");
    };
    EXPECT_EQ(at(Box::parsed(pay("p1").response.body), "last4"), "1111");
    EXPECT_EQ(at(box.ask("GET", "/bank/v1/cards/by-reference/c1"), "token"), token);
    EXPECT_EQ(box.send("DELETE", "/bank/v1/cards/" + token).response.status, 204);
    EXPECT_EQ(pay("p2").response.status, 422);
}

}  // namespace
}  // namespace florin::sandbox
