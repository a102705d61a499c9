#include "requests.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::chargebee {
namespace {

using namespace test;

TEST(Requests, are_forms_with_the_index_of_a_list_behind_the_field) {
    const payments::Card card = test_card();
    EXPECT_EQ(customer_body(card, test_billing(), reference),
              "id=P0000000000000000017&first_name=Ada&last_name=Lovelace&company=Engines&card[number]=4111111111111111"
              "&card[expiry_month]=7&card[expiry_year]=2031&card[cvv]=900&card[first_name]=Ada%20King"
              "&card[last_name]=Lovelace&card[billing_addr1]=1%20Byron%20Street&card[billing_city]=London"
              "&card[billing_zip]=W1%202AB&billing_address[first_name]=Ada&billing_address[last_name]=Lovelace"
              "&billing_address[company]=Engines&billing_address[line1]=1%20Byron%20Street&billing_address[city]=London"
              "&billing_address[state]=LND&billing_address[zip]=W1%202AB&billing_address[country]=GB");
    payments::Charge charge = test_charge(nullptr);
    charge.is_merchant_initiated = true;
    EXPECT_EQ(invoice_body(charge, {"customer-7", "pm_9"}),
              "customer_id=customer-7&po_number=P0000000000000000017&auto_collection=on&payment_source_id=pm_9"
              "&payment_initiator=merchant&currency_code=EUR&charges[amount][0]=1250"
              "&charges[description][0]=Two%20tickets%20%26%20more");
    charge.billing = {};
    charge.description.clear();
    EXPECT_EQ(
        checkout_body(charge),
        "customer[id]=P0000000000000000017&customer[email]=ada%40example.org&invoice[po_number]=P0000000000000000017"
        "&pass_thru_content=P0000000000000000017&layout=full_page"
        "&redirect_url=https%3A%2F%2Fshop.example%2Fback%3Forder%3D17"
        "&cancel_url=https%3A%2F%2Fshop.example%2Fback%3Forder%3D17&currency_code=EUR&charges[amount][0]=1250"
        "&charges[description][0]=P0000000000000000017");
    EXPECT_EQ(refund_body(reference, 400),
              "refund_amount=400&customer_notes=P0000000000000000017&comment=P0000000000000000017"
              "&credit_note[reason_code]=other");
}

TEST(Requests, cut_texts_between_characters_and_leave_out_what_is_empty) {
    Form form;
    form.add("a", "\xC3\xA9\xC3\xA9", 1).add("b", "").add("c", "x&y=z+\xE2\x82\xAC");
    EXPECT_EQ(form.finish(), "a=%C3%A9&c=x%26y%3Dz%2B%E2%82%AC");
}

TEST(Requests, never_move_a_card_number_while_they_grow) {  // D-PC-01
    const payments::Card card = test_card();
    payments::BillingAddress billing = test_billing();
    billing.address = std::string(3'000, '&');
    const std::string body = customer_body(card, billing, reference);
    EXPECT_GE(body.capacity(), body_capacity);
    EXPECT_LT(body.size(), body_capacity);
}

TEST(Requests, know_their_own_tokens) {
    const auto ids = parse_token("P0000000000000000017/pm_AbC-9");
    ASSERT_TRUE(ids);
    EXPECT_EQ(to_token(*ids), "P0000000000000000017/pm_AbC-9");
    const std::string long_id(51, 'x');
    for (const std::string& wrong :
         {std::string{}, std::string{"c1"}, std::string{"c1/"}, std::string{"/pm_1"}, std::string{"c1/pm_1/x"},
          std::string{"c1/../pm_1"}, std::string{"c1 /pm_1"}, long_id + "/pm_1", "c1/" + long_id})
        EXPECT_FALSE(parse_token(wrong)) << wrong;
}

}  // namespace
}  // namespace florin::chargebee
