#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "fixtures.hpp"
#include "requests.hpp"

namespace florin::authorize_net {
namespace {

using namespace test;

constexpr Credentials credentials{"testLogin", "testKey123456789"};

/// Compares with the text in golden/, or rewrites it when FLORIN_UPDATE_GOLDEN is set.
void expect_golden(std::string_view name, std::string_view body) {
    const std::string path = "src/connectors/authorize_net/test/golden/" + std::string{name} + ".json";
    if (std::getenv("FLORIN_UPDATE_GOLDEN") != nullptr) {
        std::ofstream{path} << body << '\n';
        return;
    }
    std::ifstream file{path};
    std::stringstream golden;
    golden << file.rdbuf();
    EXPECT_EQ(golden.str(), std::string{body} + "\n") << "in " << path << "; rewrite with FLORIN_UPDATE_GOLDEN=1";
}

TEST(AuthorizeNetRequests, a_charge_is_written_in_the_order_of_the_schema) {  // F10
    const payments::Card card = test_card();
    const payments::Charge charge = test_charge(&card);
    expect_golden("purchase_card", purchase_body(credentials, charge, std::nullopt));
    expect_golden("authorize_card", authorize_body(credentials, charge, std::nullopt));
}

TEST(AuthorizeNetRequests, a_charge_on_a_stored_card_has_neither_card_nor_address) {
    payments::Charge charge = test_charge(nullptr);
    const auto token = parse_token(charge.token);
    expect_golden("purchase_token", purchase_body(credentials, charge, token));
    expect_golden("authorize_token", authorize_body(credentials, charge, token));
    charge.is_merchant_initiated = true;
    charge.client_ip.clear();
    expect_golden("purchase_merchant_initiated", purchase_body(credentials, charge, token));
}

TEST(AuthorizeNetRequests, what_follows_names_its_parent) {
    const payments::FollowUp capture = test_follow_up("C0000000000000000018", 1000);
    expect_golden("capture", capture_body(credentials, capture));
    expect_golden("capture_later", later_capture_body(credentials, capture, {"900100", "900200"}));
    expect_golden("refund", refund_body(credentials, test_follow_up("R0000000000000000019", 250)));
    expect_golden("void", void_body(credentials, test_follow_up("V0000000000000000020", 1250)));
}

TEST(AuthorizeNetRequests, a_card_is_stored_under_the_reference_of_the_request) {
    const payments::Card card = test_card();
    expect_golden("store_card",
                  create_profile_body(credentials, card, test_billing(), "customer-7", "S0000000000000000021"));
    expect_golden("get_profile", get_profile_body(credentials, "35959426"));
    expect_golden("find_profile", find_profile_body(credentials, "P0000000000000000017"));
}

TEST(AuthorizeNetRequests, lists_are_asked_for_newest_first_and_page_by_page) {
    expect_golden("details", details_body(credentials, "40000000017"));
    expect_golden("unsettled", unsettled_body(credentials, 3));
    const Instant sent{1'795'000'000'123};
    expect_golden("batches", batches_body(credentials, sent, sent + Millis{86'400'000}));
    expect_golden("batch", batch_body(credentials, "5501", 1));
    expect_golden("settlements", settlements_body(credentials, sent, sent + Millis{86'400'000}));
    expect_golden("settlement_lines", settlement_lines_body(credentials, "5501", 2));
    expect_golden("merchant", merchant_body(credentials));
}

TEST(AuthorizeNetRequests, text_is_cut_to_the_length_the_schema_allows_and_never_inside_a_character) {
    payments::Charge charge = test_charge(nullptr);
    charge.description.clear();
    for (int i = 0; i < 300; ++i) charge.description.append("\xC3\xA9");
    const std::string body = purchase_body(credentials, charge, parse_token(charge.token));
    std::string kept;
    for (int i = 0; i < 255; ++i) kept.append("\xC3\xA9");
    EXPECT_NE(body.find('"' + kept + '"'), std::string::npos);
}

TEST(AuthorizeNetRequests, the_longest_body_with_a_card_never_grows_so_it_leaves_no_copy_behind) {  // F145
    const payments::Card card = test_card();
    payments::Charge charge = test_charge(&card);
    // Control characters are the longest when escaped: six bytes each.
    const std::string longest(1'000, '\x01');
    charge.billing = {longest, longest, longest, longest, longest, longest, longest, longest};
    charge.description = longest;
    charge.client_ip = longest;
    EXPECT_EQ(authorize_body(credentials, charge, std::nullopt).capacity(), body_capacity);
    EXPECT_EQ(create_profile_body(credentials, card, charge.billing, longest, charge.reference).capacity(),
              body_capacity);
}

TEST(AuthorizeNetRequests, a_token_is_two_ids_and_nothing_else) {
    const auto ids = parse_token("900100/900200");
    ASSERT_TRUE(ids);
    EXPECT_EQ(to_token(*ids), "900100/900200");
    for (const std::string_view wrong :
         {"", "/", "1/", "/1", "12", "1/2/3", "1/x", "a/2", "1/ 2", "123456789012345678901/2"})
        EXPECT_FALSE(parse_token(wrong)) << wrong;
}

}  // namespace
}  // namespace florin::authorize_net
