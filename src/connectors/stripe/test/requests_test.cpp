#include "requests.hpp"

#include <gtest/gtest.h>

#include "amount.hpp"
#include "fixtures.hpp"

namespace florin::stripe {
namespace {

using namespace test;

TEST(Requests, are_forms_with_brackets_for_what_is_nested) {
    const payments::Card card = test_card();
    EXPECT_EQ(method_body(card, test_billing()),
              "type=card&card[number]=4242424242424242&card[exp_month]=7&card[exp_year]=2031&card[cvc]=900"
              "&billing_details[name]=Ada%20Lovelace&billing_details[address][line1]=1%20Byron%20Street"
              "&billing_details[address][city]=London&billing_details[address][state]=LND"
              "&billing_details[address][postal_code]=W1%202AB&billing_details[address][country]=GB");
    EXPECT_EQ(charge_body(test_charge(&card), 1'250, {.ids = {"", "pm_1"}, .mandate = {}}, true),
              "amount=1250&currency=eur&confirm=true&capture_method=automatic&payment_method_types[0]=card"
              "&payment_method=pm_1&error_on_requires_action=true&description=Two%20tickets%20%26%20more"
              "&metadata[reference]=P0000000000000000017&metadata[customer_id]=customer-7&expand[0]=latest_charge");
    payments::Charge later = test_charge(nullptr);
    later.is_merchant_initiated = true;
    EXPECT_EQ(charge_body(later, 1'250, {.ids = {"cus_7", "pm_9"}, .mandate = {}}, false),
              "amount=1250&currency=eur&confirm=true&capture_method=manual&payment_method_types[0]=card&customer=cus_7"
              "&payment_method=pm_9&off_session=true&payment_method_options[card][request_multicapture]=if_available"
              "&description=Two%20tickets%20%26%20more&metadata[reference]=P0000000000000000017"
              "&metadata[customer_id]=customer-7&expand[0]=latest_charge");
    EXPECT_EQ(capture_body(reference, 400, false, true),
              "amount_to_capture=400&final_capture=false&metadata[capture_P0000000000000000017]=400"
              "&expand[0]=latest_charge");
    EXPECT_EQ(refund_body(reference, "pi_17", 400),
              "payment_intent=pi_17&amount=400&metadata[reference]=P0000000000000000017");
}

TEST(Requests, cut_texts_between_characters_and_leave_out_what_is_empty) {
    Form form;
    form.add("a", "\xC3\xA9\xC3\xA9", 1).add("b", "").add("c", "x&y=z+\xE2\x82\xAC");
    EXPECT_EQ(form.finish(), "a=%C3%A9&c=x%26y%3Dz%2B%E2%82%AC");
}

TEST(Requests, never_move_a_card_number_while_they_grow) {  // D-PC-01
    Form form;
    form.add("first", "x");
    payments::Card card = test_card();
    const std::string body = method_body(card, test_billing());
    EXPECT_GE(body.capacity(), body_capacity);
    EXPECT_LT(body.size(), body_capacity);
}

TEST(Requests, know_their_own_tokens) {
    const auto ids = parse_token("cus_AbC123/pm_9");
    ASSERT_TRUE(ids);
    EXPECT_EQ(to_token(*ids), "cus_AbC123/pm_9");
    for (const std::string_view wrong :
         {"", "cus_1", "pm_1/cus_1", "cus_1/pm_", "cus_1/pm_1?x", "900100/900200", "cus_1/../pm_1", "cus_1 /pm_1"})
        EXPECT_FALSE(parse_token(wrong)) << wrong;
}

TEST(Amounts, are_in_the_units_that_stripe_counts_in) {
    struct Case {
        std::string_view why, currency;
        std::int64_t minor;
        std::optional<std::int64_t> wire;
    };
    const Case cases[] = {
        {"hundredths are hundredths", "EUR", 1'250, 1'250},
        {"no decimals are none", "JPY", 500, 500},
        {"thousandths end in a zero", "KWD", 5'120, 5'120},
        {"else they cannot be charged", "KWD", 5'124, std::nullopt},
        {"the ariary has no decimals at Stripe", "MGA", 70'000, 700},
        {"a part of one cannot be charged", "MGA", 70'050, std::nullopt},
        {"the króna has two there", "ISK", 5, 500},
        {"the Ugandan shilling is not guessed", "UGX", 500, std::nullopt},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        const Money amount = money(each.minor, each.currency);
        EXPECT_EQ(to_wire(amount), each.wire);
        if (each.wire) EXPECT_EQ(from_wire(*each.wire, amount.currency()), amount);
    }
    EXPECT_FALSE(from_wire(550, *Currency::of("ISK"))) << "half a króna";
    EXPECT_FALSE(from_wire(-1, *Currency::of("EUR")));
    EXPECT_FALSE(from_wire(INT64_MAX, *Currency::of("EUR")));
    EXPECT_FALSE(from_wire(INT64_MAX, *Currency::of("MGA")));
    for (const Currency currency : Currency::all())
        if (const auto wire = to_wire(*Money::of(7'000, currency)))
            EXPECT_EQ(from_wire(*wire, currency), *Money::of(7'000, currency)) << currency.code();
}

}  // namespace
}  // namespace florin::stripe
