// Stripe's stand-in, in what it does later by itself: debits that end, disputes, payers who come back from a page.

#include "support.hpp"

namespace florin::sandbox {
namespace {

/// A box that speaks Stripe to `stripe.test`.
class DebitAccount : public Box {
public:
    using Box::Box;

    Served call(std::string method, std::string path, std::string form, std::string key = {}) {
        http::Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        (request.method == "POST" ? request.body : request.query) = std::move(form);
        request.headers = {{"authorization", "Bearer sk_test_sandbox"}, {"host", "stripe.test"}};
        if (!key.empty()) request.headers.emplace_back("idempotency-key", std::move(key));
        return sandbox().serve(request);
    }
    json::Value post(const std::string& path, std::string form, std::string key = {}) {
        return parsed(call("POST", "/v1/" + path, std::move(form), std::move(key)).response.body);
    }
    json::Value get(const std::string& path, std::string query = {}) {
        return parsed(call("GET", "/v1/" + path, std::move(query)).response.body);
    }
    json::Value order(const std::string& path, std::string body) {
        return parsed(call("POST", "/sandbox/stripe/" + path, std::move(body)).response.body);
    }
    std::string debit(const std::string& method, const std::string& type, const std::string& more = {}) {
        const std::string currency = type == "sepa_debit" ? "eur" : "usd";
        return at(post("payment_intents",
                       "amount=2000&confirm=true&mandate_data[customer_acceptance][type]=offline&currency=" + currency +
                           "&payment_method_types[]=" + type + "&payment_method=" + method + more,
                       "key-" + std::to_string(++keys_)),
                  "id");
    }
    std::string sepa(const std::string& scenario, const std::string& more = {}) {
        return debit("pm_sepaDebit_" + scenario + "_de", "sepa_debit", more);
    }
    std::string status(const std::string& id) { return at(get("payment_intents/" + id), "status"); }
    /// The types of events so far, the oldest first, but for those of the set-up.
    std::string told() {
        std::string types;
        for (const json::Value& event : get("events", "limit=100").find("data")->items())
            types = at(event, "type") + (types.empty() ? "" : " ") + types;
        return types;
    }

private:
    int keys_ = 0;
};

TEST(StripeDebits, are_under_way_for_a_while_and_then_succeed) {
    DebitAccount account;
    const std::string id = account.sepa("success");
    EXPECT_EQ(account.status(id), "processing");
    auto intent = account.get("payment_intents/" + id, "expand[]=latest_charge");
    EXPECT_TRUE(at(intent, "latest_charge.id").starts_with("py_"));
    EXPECT_EQ(at(intent, "latest_charge.status"), "pending");
    EXPECT_EQ(at(intent, "latest_charge.payment_method_details.sepa_debit.last4"), "3000");
    EXPECT_EQ(book_of(account), "") << "nothing has moved yet";
    EXPECT_EQ(at(account.post("refunds", "payment_intent=" + id), "error.param"), "payment_intent");
    EXPECT_EQ(at(account.post("payment_intents/" + id + "/cancel", ""), "error.code"),
              "payment_intent_unexpected_state");
    account.clock.advance(Millis{1'999});
    EXPECT_EQ(account.status(id), "processing");
    account.clock.advance(Millis{1});
    EXPECT_EQ(account.status(id), "succeeded");
    EXPECT_EQ(book_of(account), "purchase 2000 key-1");
    EXPECT_EQ(account.told(),
              "payment_intent.created payment_intent.processing charge.pending charge.succeeded "
              "payment_intent.succeeded");
}

TEST(StripeDebits, fail_later_with_their_reason_and_may_end_the_mandate) {
    const struct {
        std::string method, type, failure, mandate;
    } cases[] = {
        {"pm_sepaDebit_failed_de", "sepa_debit", "generic_could_not_process", "active"},
        {"pm_sepaDebit_insufficientFunds_de", "sepa_debit", "insufficient_funds", "active"},
        {"pm_usBankAccount_insufficientFunds", "us_bank_account", "insufficient_funds", "active"},
        {"pm_usBankAccount_accountClosed", "us_bank_account", "account_closed", "inactive"},
        {"pm_usBankAccount_noAccount", "us_bank_account", "no_account", "inactive"},
        {"pm_usBankAccount_debitNotAuthorized", "us_bank_account", "debit_not_authorized", "inactive"},
    };
    for (const auto& one : cases) {
        DebitAccount account;
        const std::string id = account.debit(one.method, one.type);
        EXPECT_EQ(account.status(id), "processing") << one.method;
        account.clock.advance(Millis{2'000});
        const auto intent = account.get("payment_intents/" + id, "expand[]=latest_charge");
        EXPECT_EQ(at(intent, "status"), "requires_payment_method") << one.method;
        EXPECT_EQ(at(intent, "latest_charge.status"), "failed") << one.method;
        EXPECT_EQ(at(intent, "latest_charge.failure_code"), one.failure);
        EXPECT_EQ(at(intent, "last_payment_error.code"), "payment_intent_payment_attempt_failed");
        const std::string mandate = at(intent, "latest_charge.payment_method_details." + one.type + ".mandate");
        EXPECT_EQ(at(account.get("mandates/" + mandate), "status"), one.mandate) << one.method;
        EXPECT_EQ(book_of(account), "") << one.method;
    }
}

TEST(StripeDebits, take_as_long_as_the_account_and_the_settings_say) {
    DebitAccount account;
    const std::string slow = account.sepa("successDelayed");
    account.clock.advance(Millis{179'999});
    EXPECT_EQ(account.status(slow), "processing");
    account.clock.advance(Millis{1});
    EXPECT_EQ(account.status(slow), "succeeded");
    EXPECT_EQ(account.send("PUT", "/sandbox/settings", R"({"stripe":{"debit_ms":86400000}})").response.status, 200);
    EXPECT_EQ(account.send("PUT", "/sandbox/settings", R"({"stripe":{"debit_ms":-1}})").response.status, 422);
    EXPECT_EQ(account.send("PUT", "/sandbox/settings", R"({"stripe":{"other":1}})").response.status, 422);
    const std::string id = account.sepa("success");
    account.clock.advance(Millis{86'399'999});
    EXPECT_EQ(account.status(id), "processing");
    // A test need not wait.
    EXPECT_EQ(at(account.order("payment_intents/" + id, R"({"outcome":"failed","failure_code":"insufficient_funds"})"),
                 "status"),
              "requires_payment_method");
    EXPECT_EQ(at(account.order("payment_intents/" + id, R"({"outcome":"failed"})"), "code"), "invalid_order");
    EXPECT_EQ(at(account.order("payment_intents/pi_1", R"({"outcome":"failed"})"), "code"), "not_found");
    const std::string stuck = account.debit("pm_usBankAccount_processing", "us_bank_account");
    account.clock.advance(Millis{30LL * 86'400'000});
    EXPECT_EQ(account.status(stuck), "processing");
    EXPECT_EQ(at(account.order("payment_intents/" + stuck, R"({"outcome":"succeeded"})"), "status"), "succeeded");
}

TEST(StripeDebits, go_on_after_a_restart) {
    const Directory directory;
    DebitAccount account{{.data_directory = directory.path()}};
    ASSERT_EQ(
        account.send("PUT", "/sandbox/settings", R"({"stripe":{"debit_ms":5000,"dispute_ms":0}})").response.status,
        200);
    const std::string id = account.sepa("disputed");
    account.reopen();
    EXPECT_EQ(account.status(id), "processing");
    account.clock.advance(Millis{5'000});
    EXPECT_EQ(account.status(id), "succeeded");
    account.reopen();
    EXPECT_EQ(at(account.ask("GET", "/sandbox/settings"), "stripe.dispute_ms"), "0");
    EXPECT_EQ(book_of(account), "purchase 2000 key-1; chargeback 2000 key-1");
    EXPECT_EQ(at(account.get("disputes", "payment_intent=" + id), "data.0.status"), "lost");
}

TEST(StripeDebits, that_were_returned_come_again_when_the_bank_has_erred) {
    DebitAccount account;
    const std::string id = account.sepa("success");
    account.clock.advance(Millis{5'000});
    EXPECT_EQ(account.status(id), "succeeded");
    const std::string made = at(account.order("disputes", R"({"payment_intent":")" + id + "\"}"), "id");
    EXPECT_EQ(at(account.get("disputes/" + made), "status"), "lost");
    EXPECT_EQ(at(account.order("disputes/" + made, R"({"outcome":"lost"})"), "code"), "invalid_order");
    EXPECT_EQ(at(account.order("disputes/" + made, R"({"outcome":"won"})"), "status"), "won");
    EXPECT_EQ(at(account.order("disputes/" + made, R"({"outcome":"won"})"), "code"), "invalid_order");
    EXPECT_EQ(book_of(account), "purchase 2000 key-1; chargeback 2000 key-1; chargeback_reversal 2000 key-1");
}

TEST(StripeDebits, need_a_mandate_their_own_currency_and_a_sound_account) {
    DebitAccount account;
    const auto error = [](const json::Value& reply) {
        return at(reply, "error.code") + " " + at(reply, "error.param");
    };
    EXPECT_EQ(error(account.post("payment_intents",
                                 "amount=2000&currency=eur&confirm=true&payment_method_types[]="
                                 "sepa_debit&payment_method=pm_sepaDebit_success_de")),
              "parameter_missing mandate_data");
    EXPECT_EQ(error(account.post("payment_intents", "amount=2000&currency=usd&payment_method_types[]=sepa_debit")),
              "payment_intent_invalid_parameter currency");
    EXPECT_EQ(error(account.post("payment_intents", "amount=2000&currency=usd&payment_method_types[]=cash")),
              "payment_intent_invalid_parameter payment_method_types");
    EXPECT_EQ(error(account.post("payment_intents",
                                 "amount=2000&currency=eur&confirm=true&payment_method_types[]=card"
                                 "&payment_method=pm_sepaDebit_success_de")),
              "payment_intent_incompatible_payment_method payment_method");
    EXPECT_EQ(error(account.post("payment_intents",
                                 "amount=2000&currency=eur&confirm=true&capture_method=manual"
                                 "&mandate_data[customer_acceptance][type]=offline&"
                                 "payment_method_types[]=sepa_debit&payment_method="
                                 "pm_sepaDebit_success_de")),
              "payment_intent_invalid_parameter capture_method");
    EXPECT_EQ(account.get("payment_intents").find("data")->items().size(), 0U) << "what is refused is not made";
    const auto sepa = [&](const std::string& iban) {
        return error(account.post("payment_methods",
                                  "type=sepa_debit&billing_details[name]=Ada&billing_details[email]="
                                  "ada@example.org&sepa_debit[iban]=" +
                                      iban));
    };
    EXPECT_EQ(sepa("DE89370400440532013000"), "- -");
    EXPECT_EQ(sepa("DE89370400440532013001"), "invalid_bank_account_iban sepa_debit[iban]");
    EXPECT_EQ(sepa("DE91370400440000055555"), "bank_not_supported sepa_debit[iban]");
    EXPECT_EQ(error(account.post("payment_methods", "type=sepa_debit&billing_details[name]=Ada&sepa_debit[iban]=x")),
              "parameter_missing billing_details[email]");
    EXPECT_EQ(error(account.post("payment_methods",
                                 "type=us_bank_account&billing_details[name]=Ada&us_bank_account[account_holder_type]="
                                 "individual&us_bank_account[account_number]=000123456789"
                                 "&us_bank_account[routing_number]=110000001")),
              "routing_number_invalid us_bank_account[routing_number]");
}

TEST(StripeDebits, of_a_new_american_account_wait_for_what_arrived_there) {
    DebitAccount account;
    const auto method = account.post("payment_methods",
                                     "type=us_bank_account&billing_details[name]=Ada&us_bank_account"
                                     "[account_holder_type]=individual&us_bank_account[account_number]=000123456789"
                                     "&us_bank_account[routing_number]=110000000");
    const std::string id = account.debit(at(method, "id"), "us_bank_account");
    const auto waiting = account.get("payment_intents/" + id);
    EXPECT_EQ(at(waiting, "status"), "requires_action");
    EXPECT_EQ(at(waiting, "next_action.type"), "verify_with_microdeposits");
    const std::string url = at(waiting, "next_action.verify_with_microdeposits.hosted_verification_url");
    ASSERT_TRUE(url.starts_with("http://stripe.test/stripe/pay/" + id + "_secret_")) << url;
    const std::string page = url.substr(std::string{"http://stripe.test"}.size());
    EXPECT_EQ(account.call("GET", page, "").response.status, 200);
    EXPECT_EQ(account.call("POST", page, "outcome=succeeded&code=33+45").response.status, 422);
    EXPECT_EQ(account.status(id), "requires_action");
    EXPECT_EQ(
        at(account.post("payment_intents/" + id + "/verify_microdeposits", "amounts[]=33&amounts[]=45"), "error.code"),
        "payment_method_microdeposit_verification_amounts_mismatch");
    EXPECT_EQ(account.call("POST", page, "outcome=succeeded&code=45+32").response.status, 200);
    EXPECT_EQ(account.status(id), "processing");
    // Known from now on.
    EXPECT_EQ(account.status(account.debit(at(method, "id"), "us_bank_account")), "processing");
}

TEST(StripePages, let_the_payer_confirm_or_not_and_send_them_back) {
    DebitAccount account;
    for (const std::string outcome : {"succeeded", "failed"}) {
        const auto waiting = account.post("payment_intents",
                                          "amount=2000&currency=eur&confirm=true&payment_method_types[]=card&"
                                          "payment_method=pm_card_authenticationRequired&return_url=https://shop.test/"
                                          "back?order=1",
                                          "key-" + outcome);
        EXPECT_EQ(at(waiting, "next_action.type"), "redirect_to_url");
        EXPECT_EQ(at(waiting, "next_action.redirect_to_url.return_url"), "https://shop.test/back?order=1");
        const std::string page =
            at(waiting, "next_action.redirect_to_url.url").substr(std::string{"http://stripe.test"}.size());
        EXPECT_EQ(account.call("POST", page, "outcome=perhaps").response.status, 422);
        EXPECT_EQ(account.call("GET", page.substr(0, page.size() - 1), "").response.status, 404);
        EXPECT_NE(account.call("GET", page, "").response.body.find("value=\"failed\""), std::string::npos);
        const auto back = account.call("POST", page, "outcome=" + outcome).response;
        EXPECT_EQ(back.status, 303);
        EXPECT_EQ(back.headers.back().second, "https://shop.test/back?order=1&payment_intent=" + at(waiting, "id") +
                                                  "&payment_intent_client_secret=" + at(waiting, "client_secret") +
                                                  "&redirect_status=" + outcome);
        const auto after = account.get("payment_intents/" + at(waiting, "id"));
        EXPECT_EQ(at(after, "status"), outcome == "succeeded" ? "succeeded" : "requires_payment_method");
        if (outcome == "failed") {
            EXPECT_EQ(at(after, "last_payment_error.code"), "payment_intent_authentication_failure");
        }
        EXPECT_EQ(account.call("POST", page, "outcome=succeeded").response.status, 200)
            << "again there is nothing to do";
    }
    EXPECT_EQ(book_of(account), "purchase 2000 key-succeeded");
}

TEST(StripeDisputes, take_the_money_and_give_it_back_to_who_wins) {
    DebitAccount account;
    const auto paid = [&](const std::string& method, const std::string& key) {
        return at(
            account.post("payment_intents",
                         "amount=2000&currency=eur&confirm=true&payment_method_types[]=card&payment_method=" + method,
                         key),
            "id");
    };
    const std::string won = paid("pm_card_createDispute", "key-1");
    const std::string lost = paid("pm_card_createDisputeProductNotReceived", "key-2");
    const std::string asked = paid("pm_card_createDisputeInquiry", "key-3");
    EXPECT_EQ(account.get("disputes").find("data")->items().size(), 0U);
    account.clock.advance(Millis{1'000});
    const auto dispute_of = [&](const std::string& id) {
        const auto found = account.get("disputes", "payment_intent=" + id);
        return at(found, "data.0.id");
    };
    const auto dispute = account.get("disputes/" + dispute_of(won), "expand[]=charge");
    EXPECT_EQ(at(dispute, "status") + " " + at(dispute, "reason") + " " + at(dispute, "amount"),
              "needs_response fraudulent 2000");
    EXPECT_EQ(at(dispute, "charge.disputed"), "true");
    EXPECT_EQ(at(account.post("refunds", "payment_intent=" + won), "error.code"), "charge_disputed");
    EXPECT_EQ(
        at(account.post("disputes/" + dispute_of(won), "evidence[uncategorized_text]=winning_evidence"), "status"),
        "won");
    EXPECT_EQ(at(account.post("disputes/" + dispute_of(won), "evidence[uncategorized_text]=x"), "error.message"),
              "This dispute is already closed.");
    EXPECT_EQ(
        at(account.post("disputes/" + dispute_of(lost), "evidence[product_description]=x&submit=false"), "status"),
        "needs_response");
    EXPECT_EQ(at(account.get("disputes/" + dispute_of(asked)), "status"), "warning_needs_response");
    EXPECT_EQ(at(account.post("disputes/" + dispute_of(asked) + "/close", ""), "status"), "warning_closed");
    account.clock.advance(Millis{9LL * 24 * 3'600'000});
    EXPECT_EQ(at(account.get("disputes/" + dispute_of(lost)), "status"), "lost") << "who says nothing has lost";
    EXPECT_EQ(at(account.post("refunds", "payment_intent=" + won + "&amount=500", "key-4"), "status"), "succeeded");
    EXPECT_EQ(book_of(account),
              "purchase 2000 key-1; purchase 2000 key-2; purchase 2000 key-3; chargeback 2000 key-1; "
              "chargeback 2000 key-2; chargeback_reversal 2000 key-1; refund 500 key-4");
    const std::string ordered = paid("pm_card_visa", "key-5");
    const auto by_order = account.order("disputes", R"({"payment_intent":")" + ordered + R"(","reason":"duplicate"})");
    EXPECT_EQ(at(by_order, "reason"), "duplicate");
    EXPECT_EQ(at(account.order("disputes/" + at(by_order, "id"), R"({"outcome":"won"})"), "status"), "won");
    EXPECT_EQ(at(account.order("disputes/" + at(by_order, "id"), R"({"outcome":"won"})"), "code"), "invalid_order");
}

TEST(StripeDisputes, of_a_debit_are_lost_at_once) {
    DebitAccount account;
    const std::string id = account.sepa("disputed");
    account.clock.advance(Millis{3'000});
    EXPECT_EQ(at(account.get("disputes", "payment_intent=" + id), "data.0.status"), "-") << "it succeeded only now";
    account.clock.advance(Millis{1'000});
    EXPECT_EQ(at(account.get("disputes", "payment_intent=" + id), "data.0.status"), "lost");
    EXPECT_EQ(account.status(id), "succeeded");
    EXPECT_EQ(book_of(account), "purchase 2000 key-1; chargeback 2000 key-1");
    EXPECT_TRUE(
        account.told().ends_with("charge.dispute.created charge.dispute.funds_withdrawn charge.dispute.closed"));
}

}  // namespace
}  // namespace florin::sandbox
