// Stripe's stand-in, where time or the file matter. The rest the vendor's own SDK judges: test/sdk/stripe.test.js.

#include <fstream>
#include <set>
#include <sstream>

#include "form.hpp"
#include "support.hpp"

namespace florin::sandbox {
namespace {

/// A box that speaks Stripe.
class StripeAccount : public Box {
public:
    using Box::Box;

    Served call(std::string method, std::string path, std::string form, std::string key = {},
                std::string authorization = "Bearer sk_test_sandbox") {
        http::Request request;
        request.method = std::move(method);
        request.path = "/v1/" + path;
        (request.method == "POST" ? request.body : request.query) = std::move(form);
        request.headers = {{"authorization", std::move(authorization)}};
        if (!key.empty()) request.headers.emplace_back("idempotency-key", std::move(key));
        return sandbox().serve(request);
    }
    json::Value post(std::string path, std::string form, std::string key = {}) {
        return parsed(call("POST", std::move(path), std::move(form), std::move(key)).response.body);
    }
    json::Value get(std::string path, std::string query = {}) {
        return parsed(call("GET", std::move(path), std::move(query)).response.body);
    }
    json::Value charge(std::string key, std::string more = {}, std::string card = "pm_card_visa") {
        return post("payment_intents",
                    "amount=2000&currency=eur&payment_method_types[]=card&confirm=true&payment_method=" + card + more,
                    std::move(key));
    }
};

TEST(Form, becomes_objects_and_lists) {
    const auto read = [](std::string_view text) {
        const auto form = parse_form(text);
        return form ? json::to_text(*form) : form.error().code + " " + form.error().field;
    };
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "{}"},
        {"a=1&b=", R"({"a":"1","b":""})"},
        {"a", R"({"a":""})"},
        {"metadata[order]=17&metadata%5Bb%5D=x", R"({"metadata":{"order":"17","b":"x"}})"},
        {"expand[0]=a&expand[1]=b", R"({"expand":["a","b"]})"},
        {"expand[]=a&expand[]=b", R"({"expand":["a","b"]})"},
        {"items[0][price]=p&items[0][count]=2&items[1][price]=q",
         R"({"items":[{"price":"p","count":"2"},{"price":"q"}]})"},
        {"a=1&a=2", R"({"a":"2"})"},
        {"t=caf%C3%A9+au%20lait%26", "{\"t\":\"caf\xC3\xA9 au lait&\"}"},
        {"&&a=1&", R"({"a":"1"})"},
        {"a=%4", "malformed_form "},
        {"a=%zz", "malformed_form "},
        {"a[b=1", "malformed_form ?"},
        {"a]b[=1", "malformed_form ?"},
        {"[a]=1", "malformed_form ?"},
        {"a[b]c=1", "malformed_form ?"},
        {"=1", "malformed_form "},
        {"a=1&a[b]=2", "malformed_form ?"},
        {"a[b]=2&a=1", "malformed_form a"},
        {"a[b][c][d][e][f][g][h]=1", "malformed_form ?"},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(read(text), expected) << text;
    std::string many;
    for (int i = 0; i < 1'001; ++i) many += "a" + std::to_string(i) + "=1&";
    EXPECT_EQ(read(many), "malformed_form ");
}

TEST(Stripe, answers_nobody_without_its_key) {
    StripeAccount account;
    EXPECT_EQ(account.call("GET", "payment_intents", "", "", "").response.status, 401);
    EXPECT_EQ(account.call("GET", "payment_intents", "", "", "Bearer sk_test_other").response.status, 401);
    // `sk_test_sandbox:` in base 64.
    EXPECT_EQ(account.call("GET", "payment_intents", "", "", "Basic c2tfdGVzdF9zYW5kYm94Og==").response.status, 200);
    EXPECT_EQ(account.call("GET", "payment_intents", "", "", "Basic c2tfdGVzdF9vdGhlcjo=").response.status, 401);
    EXPECT_EQ(account.call("GET", "payment_intents", "", "", "Basic ???").response.status, 401);
}

TEST(Stripe, forgets_a_key_after_a_day_and_then_does_it_again) {  // F8
    StripeAccount account;
    const std::string first = at(account.charge("key-1"), "id");
    account.clock.advance(day - Millis{1});
    EXPECT_EQ(at(account.charge("key-1"), "id"), first);
    account.clock.advance(Millis{1});
    EXPECT_NE(at(account.charge("key-1"), "id"), first);
    EXPECT_EQ(book_of(account), "purchase 2000 key-1; purchase 2000 key-1");
}

TEST(Stripe, keeps_in_its_file_what_it_has_said_and_no_card_number) {  // F147
    const Directory directory;
    StripeAccount account{{.data_directory = directory.path()}};
    const auto method = account.post("payment_methods",
                                     "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2035"
                                     "&card[cvc]=314",
                                     "key-0");
    const auto held = account.charge("key-1", "&capture_method=manual&metadata[reference]=R1", at(method, "id"));
    const auto declined = account.charge("key-2", {}, "pm_card_chargeDeclined");
    account.post("payment_intents/" + at(held, "id") + "/capture", "amount_to_capture=1500", "key-3");
    const auto refund = account.post("refunds", "amount=400&payment_intent=" + at(held, "id"), "key-4");
    const auto customer = account.post("customers", "name=Ada", "key-5");
    account.post("setup_intents", "confirm=true&payment_method=pm_card_visa&customer=" + at(customer, "id"), "key-6");
    account.reopen();
    EXPECT_EQ(at(account.charge("key-1", "&capture_method=manual&metadata[reference]=R1", at(method, "id")), "id"),
              at(held, "id"))
        << "the key is known still";
    const auto again = account.get("payment_intents/" + at(held, "id"), "expand[]=latest_charge");
    EXPECT_EQ(at(again, "amount_received"), "1500");
    EXPECT_EQ(at(again, "metadata.reference"), "R1");
    EXPECT_EQ(at(again, "latest_charge.amount_refunded"), "400");
    EXPECT_EQ(at(account.get("payment_intents", "limit=1"), "data.0.id"), at(declined, "error.payment_intent.id"))
        << "the newest first, as before";
    EXPECT_EQ(at(account.get("refunds/" + at(refund, "id")), "amount"), "400");
    EXPECT_EQ(at(account.get("customers/" + at(customer, "id") + "/payment_methods"), "data.0.card.last4"), "4242");
    EXPECT_EQ(book_of(account), "authorize 2000 key-1; capture 1500 key-3; refund 400 key-4");

    for (const auto& entry : std::filesystem::directory_iterator{directory.path()}) {
        std::ifstream file{entry.path(), std::ios::binary};
        std::stringstream text;
        text << file.rdbuf();
        EXPECT_EQ(text.str().find("4242424242424242"), std::string::npos) << entry.path();
        EXPECT_EQ(text.str().find("\"314\""), std::string::npos) << entry.path();
    }
}

TEST(Stripe, lets_go_of_a_hold_after_a_week) {  // F29
    StripeAccount account;
    const std::string id = at(account.charge("key-1", "&capture_method=manual"), "id");
    account.clock.advance(7 * day - Millis{1});
    EXPECT_EQ(at(account.get("payment_intents/" + id), "status"), "requires_capture");
    account.clock.advance(Millis{1});
    EXPECT_EQ(at(account.post("payment_intents/" + id + "/capture", ""), "error.code"),
              "payment_intent_unexpected_state");
    EXPECT_EQ(at(account.get("payment_intents/" + id), "cancellation_reason"), "automatic");
}

TEST(Stripe, pays_a_slow_refund_back_after_a_while) {
    StripeAccount account;
    const std::string id = at(account.charge("key-1", {}, "pm_card_pendingRefund"), "id");
    const auto refund = account.post("refunds", "payment_intent=" + id, "key-2");
    EXPECT_EQ(at(refund, "status"), "pending");
    EXPECT_EQ(book_of(account), "purchase 2000 key-1");
    account.clock.advance(Millis{5'000});
    EXPECT_EQ(at(account.get("refunds", "payment_intent=" + id), "data.0.status"), "succeeded");
    EXPECT_EQ(book_of(account), "purchase 2000 key-1; refund 2000 key-2");
    EXPECT_EQ(at(account.get("refunds/" + at(refund, "id")), "status"), "succeeded");
    EXPECT_EQ(account.sandbox().movements().size(), 2U);
}

TEST(Stripe, finds_by_search_a_minute_later_what_its_lists_show_at_once) {  // F7
    StripeAccount account;
    account.charge("key-1", "&metadata[reference]=R1");
    const auto found = [&] {
        return account.get("payment_intents/search", "query=metadata[%27reference%27]:%27R1%27")
            .find("data")
            ->items()
            .size();
    };
    EXPECT_EQ(account.get("payment_intents").find("data")->items().size(), 1U);
    account.clock.advance(Millis{59'999});
    EXPECT_EQ(found(), 0U);
    account.clock.advance(Millis{1});
    EXPECT_EQ(found(), 1U);
}

TEST(Stripe, does_what_the_fault_script_says) {
    StripeAccount account;
    ASSERT_TRUE(account.sandbox().set_faults(
        R"({"rules":[{"match":{"provider":"stripe","transactionType":"payment_intent"},"action":{"kind":"decline"},"count":1},
            {"match":{"provider":"stripe","transactionType":"payment_intent"},"action":{"kind":"partial_approval","amount":"7.50"},"count":1}]})"));
    const auto declined = account.charge("key-1");
    EXPECT_EQ(at(declined, "error.decline_code"), "generic_decline");
    const auto part = account.charge("key-2", "&expand[]=latest_charge");
    EXPECT_EQ(at(account.charge("key-1"), "error.payment_intent.id"), at(declined, "error.payment_intent.id"));
    EXPECT_EQ(at(part, "amount"), "2000");
    EXPECT_EQ(at(part, "amount_received"), "750");
    EXPECT_EQ(at(part, "latest_charge.amount"), "750");
    EXPECT_EQ(book_of(account), "purchase 750 key-2");
}

TEST(Stripe, queues_its_webhooks_in_the_commit_of_what_they_tell_of) {
    const Directory directory;
    StripeAccount account{{.data_directory = directory.path()}};
    const auto set = [&](const std::string& url) {
        return account.send("PUT", "/sandbox/settings", R"({"stripe":{"webhook_url":")" + url + "\"}}").response.status;
    };
    EXPECT_EQ(set("ftp://somewhere"), 422);
    EXPECT_EQ(set("http://127.0.0.1:1/hook"), 200);
    account.charge("key-1", "&metadata[reference]=R1");
    account.reopen();
    const auto queued = account.ask("GET", "/sandbox/webhooks");
    ASSERT_EQ(queued.find("webhooks")->items().size(), 3U);
    std::set<std::string> types, objects;
    for (const json::Value& each : queued.find("webhooks")->items()) {
        types.insert(at(each, "type"));
        objects.insert(at(each, "object"));
        EXPECT_EQ(at(Box::parsed(at(each, "body")), "data.object.metadata.reference"), "R1");
    }
    EXPECT_EQ(types, (std::set<std::string>{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"}));
    EXPECT_EQ(objects.size(), 1U) << "they are about one payment";
    EXPECT_EQ(at(account.ask("GET", "/sandbox/settings"), "stripe.webhook_url"), "http://127.0.0.1:1/hook");
    EXPECT_EQ(set(""), 200);
    account.charge("key-2");
    EXPECT_EQ(account.ask("GET", "/sandbox/webhooks").find("webhooks")->items().size(), 3U);
}

TEST(Stripe, is_not_asked_what_it_does_not_take) {
    StripeAccount account;
    EXPECT_EQ(at(account.post("payment_intents", "amount=2000&currency=eur&odd=1"), "error.code"), "parameter_unknown");
    EXPECT_EQ(at(account.post("payment_intents", "amount=20.5&currency=eur"), "error.code"),
              "parameter_invalid_integer");
    EXPECT_EQ(at(account.post("payment_intents", "amount=2000&currency=EUR"), "error.code"), "parameter_invalid");
    EXPECT_EQ(at(account.post("payment_intents", "amount=2000&currency=ugx"), "error.code"), "parameter_invalid");
    EXPECT_EQ(at(account.post("payment_intents", "amount=2000&amount[x]=1&currency=eur"), "error.code"),
              "parameter_invalid");
    EXPECT_EQ(account.call("POST", "topups", "").response.status, 404);
    EXPECT_EQ(account.call("GET", "payment_intents/", "").response.status, 200) << "a slash too many is none";
    EXPECT_EQ(at(account.get("payment_intents", "limit=101"), "error.param"), "limit");
    EXPECT_EQ(at(account.get("payment_intents", "starting_after=pi_nobody"), "error.param"), "starting_after");
}

}  // namespace
}  // namespace florin::sandbox
