// What is signed, by the vectors of the providers' page.

#include "signature.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::buckaroo {
namespace {

using namespace test;

constexpr std::string_view signed_body =
    R"({"Currency":"EUR","AmountDebit":12.5,"Invoice":"INV-17","Services":{"ServiceList":[{"Name":"SepaDirectDebit",)"
    R"("Action":"PayRecurrent","Version":1}]},"OriginalTransactionKey":"0F1E2D3C4B5A69788796A5B4C3D2E1F0"})";

Message message(std::string_view method, std::string_view url, std::string_view content) {
    return {.website_key = website,
            .method = method,
            .url = url,
            .nonce = "6f1c6a0e2b4d4c1f9a3e5d7b8c9a0b1d",
            .time = "1763640000",
            .body = content};
}

TEST(Signature, is_that_of_the_vectors) {
    EXPECT_EQ(signature_of(message("POST", "https://testcheckout.buckaroo.nl/json/Transaction", signed_body), secret),
              "blfhVc8wjb5m8fldoiGrrd0x3RoMVDSsQTpRORkN8Ag=");
    EXPECT_EQ(signature_of(message("GET",
                                   "https://testcheckout.buckaroo.nl/json/Transaction/Status/"
                                   "0F1E2D3C4B5A69788796A5B4C3D2E1F0",
                                   {}),
                           secret),
              "vFcJgUF1lq+j38nJsAZ35YoglYfiVDmxZbu+L0IVpII=");
}

TEST(Signature, changes_with_everything_that_it_covers) {  // F46
    const Message signed_one = message("POST", "https://a.test/json/Transaction?x=1", signed_body);
    const std::string signature = signature_of(signed_one, secret);
    std::vector<Message> others(7, signed_one);
    others[0].website_key = "TESTKEY02";
    others[1].method = "PUT";
    others[2].url = "https://a.test/json/Transaction?x=2";
    others[3].url = "https://b.test/json/Transaction?x=1";
    others[4].nonce = "6f1c6a0e2b4d4c1f9a3e5d7b8c9a0b1e";
    others[5].time = "1763640001";
    others[6].body = "{}";
    for (const Message& other : others) EXPECT_NE(signature_of(other, secret), signature) << other.url;
    EXPECT_NE(signature_of(signed_one, "another"), signature);
    Message same = signed_one;
    same.url = "http://A.test/JSON/transaction?X=1";
    EXPECT_EQ(signature_of(same, secret), signature) << "neither the scheme nor the case of an address is signed";
}

TEST(Authorization, is_read_as_it_is_written_and_nothing_else_is) {
    const Authorization written{"TESTKEY01", "c2ln/bmF0+dXJl=", "6f1c", "1763640000"};
    EXPECT_EQ(to_text(written), "hmac TESTKEY01:c2ln/bmF0+dXJl=:6f1c:1763640000");
    const std::string text = to_text(written);
    const auto read = parse_authorization(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(to_text(*read), text);
    EXPECT_TRUE(parse_authorization("HMAC a:b:c:1"));
    for (const std::string_view wrong : {"", "hmac", "hmac ", "hmac a:b:c", "hmac a:b:c:1:2", "hmac a::c:1",
                                         "Bearer a:b:c:1", "hmac a:b:c:", "hmac:a:b:c:1"})
        EXPECT_FALSE(parse_authorization(wrong)) << wrong;
}

TEST(FormSignature, is_that_of_the_vector_whatever_order_the_fields_came_in) {
    std::vector<http::Header> fields = {{"cust_order", "17"},
                                        {"brq_websitekey", "TESTKEY01"},
                                        {"brq_statuscode", "190"},
                                        {"brq_SERVICE_ideal_consumerIBAN", "NL44RABO0123456789"},
                                        {"brq_test", "true"},
                                        {"brq_amount", "12.50"},
                                        {"BRQ_SIGNATURE", "is not part of itself"},
                                        {"other_field", "is not covered"},
                                        {"brqx", "neither"},
                                        {"brq_currency", "EUR"},
                                        {"brq_invoicenumber", "INV-17"}};
    const std::string expected = "e335ed1bdfe7222449fcd6e3f5f4f82d79047253";
    EXPECT_EQ(form_signature_of(fields, secret), expected);
    std::ranges::reverse(fields);
    EXPECT_EQ(form_signature_of(fields, secret), expected);
    EXPECT_NE(form_signature_of(fields, "another"), expected);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        std::vector<http::Header> changed = fields;
        changed[i].second += "x";
        const std::string& name = fields[i].first;
        const bool is_covered = name != "BRQ_SIGNATURE" && name != "other_field" && name != "brqx";
        EXPECT_EQ(form_signature_of(changed, secret) == expected, !is_covered) << name;
    }
}

}  // namespace
}  // namespace florin::buckaroo
