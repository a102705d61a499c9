#include "wire.hpp"

#include <gtest/gtest.h>

#include "florin/json/value.hpp"

namespace florin::sendgrid {
namespace {

using notifications::Letter;
using notifications::Outcome;
using notifications::Trace;

Letter letter() {
    return {
        .id = "01a1fc52-e16f-702f-b979-70bfe87ae2ac",
        .message_id = "<01a1fc52-e16f-702f-b979-70bfe87ae2ac@shop.example>",
        .attempt = 1,
        .at = {},
        .from_email = "shop@shop.example",
        .from_name = "Shop",
        .content = {.to_email = "a@b.test", .to_name = "A \"B\"", .subject = "S", .text = "T\n", .html = "<p>T</p>"},
        .attachments = {{"INV-17.pdf", "application/pdf", "%PDF"}}};
}

TEST(SendGridMail, is_as_the_vendor_wants_it) {
    EXPECT_EQ(
        mail_of(letter()),
        R"({"personalizations":[{"to":[{"email":"a@b.test","name":"A \"B\""}],)"
        R"("headers":{"Message-ID":"<01a1fc52-e16f-702f-b979-70bfe87ae2ac@shop.example>",)"
        R"("Auto-Submitted":"auto-generated","X-Florin-Attempt":"1"},)"
        R"("custom_args":{"florin_notification":"01a1fc52-e16f-702f-b979-70bfe87ae2ac"}}],)"
        R"("from":{"email":"shop@shop.example","name":"Shop"},"subject":"S",)"
        R"("content":[{"type":"text/plain","value":"T\n"},{"type":"text/html","value":"<p>T</p>"}],)"
        R"("attachments":[{"content":"JVBERg==","type":"application/pdf","filename":"INV-17.pdf","disposition":"attachment"}],)"
        R"("tracking_settings":{"click_tracking":{"enable":false},"open_tracking":{"enable":false}}})");
}

TEST(SendGridAnswer, that_may_hide_a_mail_is_unknown) {  // F122
    const auto outcome = [](int status) {
        return delivery_of(http::Reply{.status = status, .headers = {{"x-message-id", "m"}}, .body = "{}"}).outcome;
    };
    EXPECT_EQ(outcome(202), Outcome::accepted);
    for (const int status : {429, 503}) EXPECT_EQ(outcome(status), Outcome::deferred) << status;
    for (const int status : {400, 401, 403, 404, 413, 415, 422}) EXPECT_EQ(outcome(status), Outcome::refused) << status;
    for (const int status : {201, 204, 301, 408, 409, 500, 502, 504, 599})
        EXPECT_EQ(outcome(status), Outcome::unknown) << status;
    EXPECT_EQ(delivery_of(fail(ErrorKind::unavailable, "not_connected", "")).outcome, Outcome::deferred);
    EXPECT_EQ(delivery_of(fail(ErrorKind::outcome_unknown, "no_answer", "")).outcome, Outcome::unknown);
    EXPECT_EQ(delivery_of(http::Reply{.status = 202, .headers = {{"x-message-id", "m"}}, .body = ""}).reference, "m");
    const http::Reply refused{
        .status = 400, .headers = {}, .body = R"({"errors":[{"message":"No.","field":"from.email","help":null}]})"};
    EXPECT_EQ(delivery_of(refused).reason, "400 No. (from.email)");
    for (const char* const odd : {"", "[]", "{\"errors\":[]}", "{\"errors\":{}}", "{\"errors\":[1]}", "nonsense"})
        EXPECT_EQ(delivery_of(http::Reply{.status = 400, .headers = {}, .body = odd}).reason, "400") << odd;
}

TEST(SendGridTrace, believes_only_a_list) {
    const auto trace = [](int status, std::string body) { return trace_of(http::Reply{status, {}, std::move(body)}); };
    EXPECT_EQ(trace(200, R"({"messages":[{"msg_id":"x"}]})"), Trace::found);
    EXPECT_EQ(trace(200, R"({"messages":[]})"), Trace::not_found);
    for (const char* const odd : {"", "{}", "{\"messages\":null}", "[]"})
        EXPECT_EQ(trace(200, odd), Trace::no_answer) << odd;
    for (const int status : {429, 500, 503}) EXPECT_EQ(trace(status, "{}"), Trace::no_answer);
    for (const int status : {401, 403, 404}) EXPECT_EQ(trace(status, "{}"), Trace::impossible);
    EXPECT_EQ(query_of(letter()),
              "(unique_args%5B'florin_notification'%5D%3D%2201a1fc52-e16f-702f-b979-70bfe87ae2ac%22)");
}

}  // namespace
}  // namespace florin::sendgrid
