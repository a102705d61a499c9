#include "wire.hpp"

#include <gtest/gtest.h>

#include "assertion.hpp"
#include "florin/json/value.hpp"

namespace florin::salesforce {
namespace {

using Outcome = cases::Crm::Outcome;

cases::Case failed() {
    cases::Case one;
    one.id = *cases::CaseId::parse("01a1fc52-e16f-702f-b979-70bfe87ae2ac");
    one.reason = "payment_failed";
    one.customer_id = "c-7";
    one.owner_kind = "payment_terms";
    one.owner = *parse_uuid("01a1fc52-e16f-702f-b979-70bfe87ae2ad");
    one.amount = *Money::of(1'250, *Currency::of("EUR"));
    one.due_date = *calendar::parse_date("2026-11-21");
    one.attempts = 2;
    one.decline_class = "insufficient_funds";
    return one;
}

std::string field(const std::string& record, std::string_view name) {
    const auto value = json::parse(record);
    const json::Value* const found = value ? value->find(name) : nullptr;
    return found == nullptr ? "" : std::string{found->text()};
}

TEST(SalesforceRecord, tells_what_a_broker_has_to_know) {  // A-CM-28
    const cases::Case one = failed();
    const std::string record =
        record_of({.one = one, .contact = {.email = "ada@example.com", .name = "Ada"}}, Settings{});
    EXPECT_EQ(field(record, "Subject"), "Payment failed: 12.50 EUR due 2026-11-21, customer c-7");
    EXPECT_EQ(field(record, "Description"),
              "Florin case: 01a1fc52-e16f-702f-b979-70bfe87ae2ac\nReason: payment_failed\nCustomer: c-7\n"
              "Payment terms: 01a1fc52-e16f-702f-b979-70bfe87ae2ad\nAmount: 12.50 EUR\nDue: 2026-11-21\nAttempts: 2\n"
              "Decline: insufficient_funds\n");
    EXPECT_EQ(field(record, "Status"), "New");
    EXPECT_EQ(field(record, "SuppliedEmail"), "ada@example.com");
    EXPECT_EQ(field(record, "SuppliedName"), "Ada");
}

TEST(SalesforceRecord, keeps_to_the_lengths_of_the_fields_and_never_cuts_an_address) {
    cases::Case one = failed();
    one.customer_id = std::string(400, 'c');
    const cases::Contact contact{.email = std::string(90, 'a') + "@example.com", .name = std::string(200, 'n')};
    const std::string record = record_of({.one = one, .contact = contact}, Settings{});
    EXPECT_LE(field(record, "Subject").size(), 255u + 2) << "the last character is an ellipsis of three octets";
    EXPECT_LE(field(record, "SuppliedName").size(), 80u + 2);
    EXPECT_EQ(field(record, "SuppliedEmail"), "");
    EXPECT_NE(field(record, "Description").find(contact.email), std::string::npos);
}

TEST(SalesforceLogin, is_refused_where_somebody_has_to_act_and_tried_again_where_nobody_has) {
    const auto login = [](int status, std::string body) {
        return login_of(http::Reply{.status = status, .headers = {}, .body = std::move(body)}, "https://login.test");
    };
    const Login good = login(200, R"({"access_token":"00D!x","instance_url":"https://x.my.salesforce.com/"})");
    ASSERT_TRUE(good.session);
    EXPECT_EQ(good.session->instance_url, "https://x.my.salesforce.com");
    const Login refused = login(400, R"({"error":"invalid_grant","error_description":"user hasn't approved"})");
    EXPECT_EQ(refused.failure.outcome, Outcome::refused);
    EXPECT_EQ(refused.failure.reason, "400 invalid_grant: user hasn't approved");
    EXPECT_EQ(login(400, R"({"error":"rate_limit_exceeded"})").failure.outcome, Outcome::deferred);
    for (const int status : {302, 429, 500, 503}) EXPECT_EQ(login(status, "<html>").failure.outcome, Outcome::deferred);
    for (const char* const odd :
         {"", "{}", R"({"access_token":"x"})", R"({"access_token":"x","instance_url":"http://elsewhere.test"})"})
        EXPECT_EQ(login(200, odd).failure.outcome, Outcome::deferred) << odd;
    EXPECT_EQ(login_of(fail(ErrorKind::outcome_unknown, "no_answer", ""), "https://login.test").failure.outcome,
              Outcome::deferred)
        << "a login changes nothing";
}

TEST(SalesforceAnswer, that_may_hide_a_record_is_unknown) {  // A-AS-09
    const auto outcome = [](int status, std::string body = "") {
        return upsert_of(http::Reply{.status = status, .headers = {}, .body = std::move(body)}, {}).outcome;
    };
    const auto error = [](std::string_view code) {
        return R"([{"message":"m","errorCode":")" + std::string{code} + R"(","fields":["Subject"]}])";
    };
    EXPECT_EQ(outcome(201, R"({"id":"500000000000001AAA","success":true,"errors":[],"created":true})"),
              Outcome::accepted);
    EXPECT_EQ(outcome(200, R"({"id":"500000000000001AAA","success":true,"errors":[],"created":false})"),
              Outcome::accepted);
    for (const int status : {500, 502, 504, 599}) EXPECT_EQ(outcome(status), Outcome::unknown) << status;
    for (const char* const odd : {"", "[]", "{}", R"({"id":"500","success":false})", "nonsense"})
        EXPECT_EQ(outcome(200, odd), Outcome::unknown) << odd;
    for (const int status : {302, 409, 412, 420, 429, 503}) EXPECT_EQ(outcome(status), Outcome::deferred) << status;
    for (const char* const code : {"UNABLE_TO_LOCK_ROW", "DUPLICATE_VALUE"})
        EXPECT_EQ(outcome(400, error(code)), Outcome::deferred) << code;
    EXPECT_EQ(outcome(403, error("REQUEST_LIMIT_EXCEEDED")), Outcome::deferred);
    EXPECT_EQ(outcome(403, error("INSUFFICIENT_ACCESS")), Outcome::refused);
    for (const int status : {300, 400, 404, 405, 413, 415}) EXPECT_EQ(outcome(status, error("X")), Outcome::refused);
    EXPECT_EQ(upsert_of(fail(ErrorKind::unavailable, "not_connected", ""), {}).outcome, Outcome::deferred);
    EXPECT_EQ(upsert_of(fail(ErrorKind::outcome_unknown, "no_answer", ""), {}).outcome, Outcome::unknown);
    const auto told = upsert_of(http::Reply{.status = 400, .headers = {}, .body = error("STRING_TOO_LONG")}, {});
    EXPECT_EQ(told.code, "STRING_TOO_LONG");
    EXPECT_EQ(told.reason, "400 STRING_TOO_LONG: m (Subject)");
}

TEST(SalesforceAnswer, to_a_search_is_a_record_or_none_and_never_a_guess) {
    const auto search = [](int status, std::string body) {
        return search_of(http::Reply{.status = status, .headers = {}, .body = std::move(body)});
    };
    const Search there = search(200, R"({"Id":"500000000000001AAA","IsClosed":true})");
    ASSERT_TRUE(there.found);
    EXPECT_TRUE(there.found->is_closed);
    const Search absent = search(404, R"([{"message":"m","errorCode":"NOT_FOUND"}])");
    EXPECT_FALSE(absent.found || absent.failure);
    EXPECT_EQ(search(404, "<html>").failure->outcome, Outcome::refused) << "that is not Salesforce";
    EXPECT_EQ(search(300, "[]").failure->outcome, Outcome::refused);
    EXPECT_EQ(search(500, "").failure->outcome, Outcome::deferred);
    EXPECT_EQ(search(200, "{}").failure->outcome, Outcome::deferred);
}

TEST(SalesforceAssertion, is_signed_as_the_vendor_says) {
    const Claims claims{.issuer = "3MVG9TESTCLIENT",
                        .subject = "integration@example.test",
                        .audience = "https://test.salesforce.com",
                        .expires_at = Instant{1'763'640'180'000}};
    // The deterministic part of a vector from the vendor's documentation of the claims.
    EXPECT_EQ(signing_input(claims),
              "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIzTVZHOVRFU1RDTElFTlQiLCJzdWIiOiJpbnRlZ3JhdGlvbkBleGFtcGxlLnRlc3QiLCJhd"
              "WQiOiJodHRwczovL3Rlc3Quc2FsZXNmb3JjZS5jb20iLCJleHAiOjE3NjM2NDAxODB9");
    for (const char* const wrong : {"", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
        EXPECT_EQ(validate_private_key(wrong).error().code, "invalid_private_key");
        EXPECT_FALSE(sign_assertion(claims, wrong));
    }
}

TEST(SalesforceForm, is_percent_encoded) {
    EXPECT_EQ(form_of({{"a", "b c&d"}, {"e", "ü+/="}}), "a=b%20c%26d&e=%C3%BC%2B%2F%3D");
}

}  // namespace
}  // namespace florin::salesforce
