#include "support.hpp"

namespace florin::sandbox {
namespace {

std::string code_of(const json::Value& reply) { return at(reply, "messages.message.0.code"); }

std::string new_customer(const std::string& id, const std::string& payment_profiles) {
    return Box::request("createCustomerProfileRequest", R"("profile":{"merchantCustomerId":")" + id +
                                                            R"(","description":"d","paymentProfiles":)" +
                                                            payment_profiles + "}");
}
std::string ids(const json::Value& reply) {
    return R"("customerProfileId":")" + at(reply, "customerProfileId") + R"(","customerPaymentProfileId":")" +
           at(reply, "customerPaymentProfileIdList.0") + "\"";
}

TEST(Profiles, a_customer_is_made_shown_changed_and_removed) {
    Box box;
    const json::Value made =
        box.anet(new_customer("c1", R"([{"billTo":{"firstName":"Ada","zip":"12345"},)" + Box::card() + "}]"));
    EXPECT_EQ(code_of(made), "I00001");
    const std::string customer = R"("customerProfileId":")" + at(made, "customerProfileId") + "\"";
    const json::Value shown = box.anet(Box::request("getCustomerProfileRequest", customer));
    EXPECT_EQ(at(shown, "profile.merchantCustomerId"), "c1");
    EXPECT_EQ(at(shown, "profile.paymentProfiles.0.payment.creditCard.cardNumber"), "XXXX1111");
    EXPECT_EQ(at(shown, "profile.paymentProfiles.0.payment.creditCard.expirationDate"), "XXXX");
    EXPECT_EQ(at(shown, "profile.paymentProfiles.0.payment.creditCard.cardType"), "Visa");
    EXPECT_EQ(at(box.anet(Box::request("getCustomerProfileRequest", R"("merchantCustomerId":"c1")")),
                 "profile.customerProfileId"),
              at(made, "customerProfileId"));

    EXPECT_EQ(
        code_of(box.anet(Box::request("updateCustomerProfileRequest",
                                      R"("profile":{"merchantCustomerId":"c1","email":"a@b.c",)" + customer + "}"))),
        "I00001");
    EXPECT_EQ(at(box.anet(Box::request("getCustomerProfileRequest", customer)), "profile.email"), "a@b.c");
    EXPECT_EQ(
        at(box.anet(Box::request("getCustomerPaymentProfileRequest", ids(made) + R"(,"unmaskExpirationDate":true)")),
           "paymentProfile.payment.creditCard.expirationDate"),
        "2030-12");
    EXPECT_EQ(code_of(box.anet(Box::request("deleteCustomerPaymentProfileRequest", ids(made)))), "I00001");
    EXPECT_EQ(code_of(box.anet(Box::request("getCustomerPaymentProfileRequest", ids(made)))), "E00040");
    EXPECT_EQ(code_of(box.anet(Box::request("deleteCustomerProfileRequest", customer))), "I00001");
    EXPECT_EQ(code_of(box.anet(Box::request("deleteCustomerProfileRequest", customer))), "E00040");
    // Its key is free again.
    EXPECT_EQ(code_of(box.anet(new_customer("c1", "[]"))), "I00001");
}

TEST(Profiles, a_duplicate_names_the_one_that_is_there) {
    Box box;
    const json::Value made = box.anet(new_customer("c1", "{" + Box::card() + "}"));
    const json::Value twin = box.anet(new_customer("c1", "{" + Box::card() + "}"));
    EXPECT_EQ(code_of(twin), "E00039");
    EXPECT_EQ(at(twin, "messages.message.0.text"),
              "A duplicate record with ID " + at(made, "customerProfileId") + " already exists.");
    const auto add = [&](const std::string& number) {
        return box.anet(Box::request("createCustomerPaymentProfileRequest",
                                     R"("customerProfileId":")" + at(made, "customerProfileId") +
                                         R"(","paymentProfile":{)" + Box::card(number) + "}"));
    };
    const json::Value same = add("4111111111111111");
    EXPECT_EQ(code_of(same), "E00039");
    EXPECT_EQ(at(same, "customerProfileId"), at(made, "customerProfileId"));
    EXPECT_EQ(at(same, "customerPaymentProfileId"), at(made, "customerPaymentProfileIdList.0"));
    EXPECT_EQ(code_of(add("4012888818888")), "I00001");
    EXPECT_EQ(code_of(add("4111111111111112")), "E00013");
}

TEST(Profiles, a_stored_card_is_charged_without_sending_it_again) {
    Box box;
    const json::Value made = box.anet(new_customer("c1", R"({"billTo":{"zip":"46203"},)" + Box::card() + "}"));
    const std::string chosen = R"("profile":{"customerProfileId":")" + at(made, "customerProfileId") +
                               R"(","paymentProfile":{"paymentProfileId":")" +
                               at(made, "customerPaymentProfileIdList.0") + "\"}}";
    const std::string sale = R"("transactionType":"authCaptureTransaction","amount":"5.00",)";
    const json::Value reply = box.anet(Box::transaction(sale + chosen + R"(,"order":{"invoiceNumber":"A"})"));
    EXPECT_EQ(outcome(reply), "1/1");
    EXPECT_EQ(at(reply, "transactionResponse.avsResultCode"), "E");
    EXPECT_EQ(book_of(box), "purchase 500 A");
    EXPECT_EQ(outcome(box.anet(Box::transaction(sale + Box::card() + "," + chosen))), "E00090");
    EXPECT_EQ(outcome(box.anet(Box::transaction(sale + chosen + R"(,"billTo":{"zip":"1"})"))), "E00093");
    EXPECT_EQ(outcome(box.anet(Box::transaction(
                  sale + R"("profile":{"customerProfileId":"1","paymentProfile":{"paymentProfileId":"2"}})"))),
              "E00040");
    const json::Value list = box.anet(Box::request("getTransactionListForCustomerRequest",
                                                   R"("customerProfileId":")" + at(made, "customerProfileId") + "\""));
    EXPECT_EQ(at(list, "transactions.0.invoiceNumber"), "A");
    EXPECT_EQ(at(list, "totalNumInResultSet"), "1");
}

TEST(Profiles, a_nonce_that_made_a_profile_is_spent) {
    Box box;
    const std::string nonce =
        at(box.anet(R"({"securePaymentContainerRequest":{"merchantAuthentication":{"name":"sandboxLogin",)"
                    R"("clientKey":"sandboxClientKey"},"data":{"type":"TOKEN","id":"1","token":{)"
                    R"("cardNumber":"4111111111111111","expirationDate":"122030"}}}})"),
           "opaqueData.dataValue");
    const std::string payment =
        R"({"payment":{"opaqueData":{"dataDescriptor":"COMMON.ACCEPT.INAPP.PAYMENT","dataValue":")" + nonce + "\"}}}";
    EXPECT_EQ(code_of(box.anet(new_customer("c1", payment))), "I00001");
    EXPECT_EQ(code_of(box.anet(new_customer("c2", payment))), "E00114");
}

TEST(Profiles, a_card_that_declines_can_be_kept_unless_it_is_tried) {
    struct Case {
        std::string mode, code;
    };
    for (const Case& c : {Case{"none", "I00001"}, Case{"testMode", "I00001"}, Case{"liveMode", "E00027"}}) {
        Box box;
        EXPECT_EQ(code_of(box.anet(
                      Box::request("createCustomerProfileRequest", R"("profile":{"email":"a@b.c","paymentProfiles":{)" +
                                                                       Box::card("4000000000000002") +
                                                                       R"(}},"validationMode":")" + c.mode + "\""))),
                  c.code)
            << c.mode;
    }
}

TEST(Profiles, a_sale_can_leave_a_profile_behind) {
    Box box;
    const auto sale = [&](const std::string& invoice) {
        return box.anet(Box::transaction(R"("transactionType":"authCaptureTransaction","amount":"5.00",)" +
                                         Box::card() +
                                         R"(,"profile":{"createProfile":true},"order":{"invoiceNumber":")" + invoice +
                                         R"("},"customer":{"id":"c9","email":"a@b.c"})"));
    };
    const json::Value first = sale("A");
    EXPECT_EQ(at(first, "profileResponse.messages.resultCode"), "Ok");
    const json::Value second = sale("B");
    EXPECT_EQ(outcome(second), "1/1");
    EXPECT_EQ(at(second, "profileResponse.messages.message.0.code"), "E00039");
    EXPECT_EQ(at(second, "profileResponse.customerProfileId"), at(first, "profileResponse.customerProfileId"));
    const json::Value later =
        box.anet(Box::request("createCustomerProfileFromTransactionRequest",
                              "\"transId\":\"" + id_of(first) + R"(","customer":{"merchantCustomerId":"c10"})"));
    EXPECT_EQ(code_of(later), "I00001");
    EXPECT_NE(at(later, "customerPaymentProfileIdList.0"), "-");
}

}  // namespace
}  // namespace florin::sandbox
