#include "florin/buckaroo/webhook.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "signature.hpp"

namespace florin::buckaroo {
namespace {

using namespace test;

constexpr Instant now{1'763'640'000'000};

struct Push {
    std::string body = R"({"Transaction":)" + transaction({}) + "}";
    std::string url = "https://shop.test/api/v1/webhooks/buckaroo";
    std::string_view website_key = website, secret_key = secret, time = "1763640000";
};

http::Request signed_push(const Push& push) {
    const Message message{.website_key = push.website_key,
                          .method = "POST",
                          .url = push.url,
                          .nonce = "6f1c6a0e",
                          .time = push.time,
                          .body = push.body};
    const std::string signature = signature_of(message, push.secret_key);
    http::Request request;
    request.method = "POST";
    request.path = "/api/v1/webhooks/buckaroo";
    request.headers = {{"host", "shop.test"},
                       {"content-type", "application/json"},
                       {"authorization", to_text({push.website_key, signature, "6f1c6a0e", push.time})}};
    request.body = push.body;
    return request;
}

std::string notice_in_words(const Result<payments::Notice>& notice) {
    if (!notice) return notice.error().code;
    return notice->event_id + "|" + notice->event_type + "|" + notice->reference + "|" + notice->provider_id +
           (notice->may_be_reversal ? "|reversal" : "");
}
std::string told_by(const http::Request& request, const Settings& settings = Bench::settings()) {
    return notice_in_words(read_push(request, settings, now));
}

const std::string paid_push =
    "5340604668D74435AA344E1428ED1292-190-2026-11-20T12:00:00|C021 190|P0000000000000000017|"
    "5340604668D74435AA344E1428ED1292";

TEST(Pushes, name_the_transaction_its_key_and_its_status) {
    EXPECT_EQ(told_by(signed_push({})), paid_push);
    Settings without_address = Bench::settings();
    without_address.push_url.clear();
    EXPECT_EQ(told_by(signed_push({}), without_address), paid_push) << "then it is the one that the request names";
    http::Request elsewhere = signed_push({});
    elsewhere.headers[0].second = "internal:8480";
    EXPECT_EQ(told_by(elsewhere), paid_push) << "a proxy may change the host";
    EXPECT_EQ(told_by(elsewhere, without_address), "webhook_not_genuine");
}

TEST(Pushes, that_are_not_genuine_are_refused) {  // F45, F46, F47, F51
    http::Request changed = signed_push({});
    changed.body.replace(changed.body.find("12.5"), 4, "99.5");
    EXPECT_EQ(told_by(changed), "webhook_not_genuine");
    http::Request bare = signed_push({});
    bare.headers.pop_back();
    EXPECT_EQ(told_by(bare), "webhook_not_genuine");
    EXPECT_EQ(told_by(signed_push({.secret_key = "another"})), "webhook_not_genuine");
    EXPECT_EQ(told_by(signed_push({.website_key = "OTHERSITE"})), "webhook_not_genuine");
    EXPECT_EQ(told_by(signed_push({.url = "https://other.test/api/v1/webhooks/buckaroo"})), "webhook_not_genuine");
    EXPECT_EQ(told_by(signed_push({.time = "1763639700"})), paid_push) << "five minutes old";
    EXPECT_EQ(told_by(signed_push({.time = "1763639699"})), "webhook_not_genuine");
    EXPECT_EQ(told_by(signed_push({.time = "1763640301"})), "webhook_not_genuine") << "from the future";
    EXPECT_EQ(told_by(signed_push({.time = "17636400000000000000"})), "webhook_not_genuine");
    EXPECT_EQ(told_by(signed_push({.time = "now"})), "webhook_not_genuine");
    Settings unconfigured = Bench::settings();
    unconfigured.secret_key.wipe();
    EXPECT_EQ(told_by(signed_push({.secret_key = ""}), unconfigured), "webhooks_not_configured");
}

TEST(Pushes, are_taken_with_the_secret_key_before_while_it_is_changed) {  // F53
    EXPECT_EQ(told_by(signed_push({.secret_key = "the-one-before"})), paid_push);
    Settings changed = Bench::settings();
    changed.previous_secret_key.wipe();
    EXPECT_EQ(told_by(signed_push({.secret_key = "the-one-before"}), changed), "webhook_not_genuine");
    EXPECT_EQ(told_by(signed_push({.secret_key = ""}), changed), "webhook_not_genuine");
}

TEST(Pushes, of_a_reversal_say_so_although_their_status_is_success) {  // F28
    const std::string reversal = transaction(
        {.amount = R"("AmountCredit":12.5)",
         .type = "C501",
         .related = R"([{"RelationType":"reversal","RelatedTransactionKey":"0F1E2D3C4B5A69788796A5B4C3D2E1F0"}])"});
    EXPECT_TRUE(told_by(signed_push({.body = R"({"Transaction":)" + reversal + "}"})).ends_with("|reversal"));
}

TEST(Pushes, that_are_genuine_and_not_understood_are_told_apart) {
    for (const std::string_view body : {"", "[]", "{}", "half a mess", R"({"Transaction":{}})",
                                        R"({"Transaction":{"Key":"5340604668D74435AA344E1428ED1292"}})"})
        EXPECT_EQ(told_by(signed_push({.body = std::string{body}})), "webhook_unreadable") << body;
    EXPECT_EQ(told_by(signed_push({.body = R"({"DataRequest":{"Key":"5340604668D74435AA344E1428ED1292"}})"})),
              "5340604668D74435AA344E1428ED1292-1763640000|data_request||");
}

http::Request form_push(std::vector<http::Header> fields, std::string_view secret_key = secret) {
    fields.emplace_back("brq_signature", form_signature_of(fields, secret_key));
    http::Request request;
    request.method = "POST";
    request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
    for (const auto& [name, value] : fields) {
        request.body.append(request.body.empty() ? "" : "&").append(name).append("=");
        for (const char c : value) {
            if (c == ' ')
                request.body.push_back('+');
            else if (c == ':')
                request.body.append("%3A");
            else
                request.body.push_back(c);
        }
    }
    return request;
}

const std::vector<http::Header> push_fields = {
    {"brq_amount", "12.50"},          {"brq_invoicenumber", "P0000000000000000017"},
    {"brq_statuscode", "190"},        {"brq_timestamp", "2026-11-20 12:00:00"},
    {"brq_transaction_type", "C021"}, {"brq_transactions", "5340604668D74435AA344E1428ED1292"},
    {"brq_websitekey", "TESTKEY01"},  {"cust_order", "17"}};

TEST(FormPushes, are_read_like_the_others) {
    EXPECT_EQ(told_by(form_push(push_fields)),
              "5340604668D74435AA344E1428ED1292-190-2026-11-20 12:00:00|C021 190|P0000000000000000017|"
              "5340604668D74435AA344E1428ED1292");
    EXPECT_NE(told_by(form_push(push_fields, "the-one-before")), "webhook_not_genuine");
    std::vector<http::Header> reversal = push_fields;
    reversal.emplace_back("brq_relatedtransaction_reversal", std::string{original});
    EXPECT_TRUE(told_by(form_push(reversal)).ends_with("|reversal"));
}

TEST(FormPushes, that_are_not_genuine_are_refused) {  // F45, F46, F51
    EXPECT_EQ(told_by(form_push(push_fields, "another")), "webhook_not_genuine");
    http::Request changed = form_push(push_fields);
    changed.body.replace(changed.body.find("190"), 3, "490");
    EXPECT_EQ(told_by(changed), "webhook_not_genuine");
    http::Request twice = form_push(push_fields);
    twice.body += "&BRQ_statuscode=190";
    EXPECT_EQ(told_by(twice), "webhook_not_genuine");
    http::Request unsigned_one = form_push(push_fields);
    unsigned_one.body.resize(unsigned_one.body.find("&brq_signature"));
    EXPECT_EQ(told_by(unsigned_one), "webhook_not_genuine");
    std::vector<http::Header> other_site = push_fields;
    other_site[6].second = "OTHERSITE";
    EXPECT_EQ(told_by(form_push(other_site)), "webhook_not_genuine");
    for (const std::size_t field : {2U, 5U}) {
        std::vector<http::Header> strange = push_fields;
        strange[field].second = "x";
        EXPECT_EQ(told_by(form_push(strange)), "webhook_unreadable");
    }
}

}  // namespace
}  // namespace florin::buckaroo
