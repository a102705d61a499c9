#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "florin/gateway/routes.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::gateway::test {

using payments::Answer;
using payments::Outcome;

/// Document C's bank, and whatever else it is told to be. Keeps what it was asked.
class FakeBank final : public payments::Connector {
public:
    struct Asked {
        std::string reference, last4, name, address;
        Money amount;
    };
    std::string_view name() const override { return "bank"; }
    payments::Capabilities capabilities() const override {
        payments::Capabilities can;
        can.settle_delay = Millis{0};
        can.continues_when_repeated = true;
        can.checks_cards = checks_cards;
        return can;
    }
    Task<Answer> purchase(const payments::Charge& charge) override {
        asked.push_back({.reference = charge.reference,
                         .last4 = charge.card->number.last4(),
                         .name = charge.card->name,
                         .address = charge.billing.address,
                         .amount = charge.amount});
        const Money amount = charge.amount;
        co_await sleep_for(takes);
        if (!next.empty()) {
            Answer answer = std::move(next.front());
            next.pop_front();
            co_return answer;
        }
        co_return by_amount(amount);
    }
    Task<Answer> authorize(const payments::Charge& charge) override { return purchase(charge); }
    Task<Answer> capture(const payments::FollowUp&) override { return say({}); }
    Task<Answer> refund(const payments::FollowUp&) override { return say({}); }
    Task<Answer> cancel(const payments::FollowUp&) override { return say({}); }
    Task<Answer> lookup(const payments::Lookup&) override { return say(found); }
    Task<payments::StoredCard> store_card(const payments::Card&, const payments::BillingAddress&, std::string_view,
                                          std::string_view) override {
        co_return payments::StoredCard{};
    }

    /// What comes before the rule of the amounts.
    std::deque<Answer> next;
    Answer found;
    std::vector<Asked> asked;
    Millis takes{10};
    bool checks_cards = false;

private:
    static Task<Answer> say(Answer answer) { co_return answer; }
    /// C-SI-02 … C-SI-05
    Answer by_amount(Money amount) const {
        Answer answer;
        answer.provider_id = "b1";
        answer.outcome = Outcome::approved;
        if (amount.minor() == 100 || amount.minor() == 200) {
            answer.outcome = Outcome::declined;
            answer.decline =
                amount.minor() == 100 ? payments::DeclineClass::soft : payments::DeclineClass::insufficient_funds;
            answer.provider_code = amount.minor() == 100 ? "05" : "51";
            answer.message = "The bank says no.";
        }
        if (amount.minor() == 2400 && asked.size() == 1) answer.outcome = Outcome::pending;
        return answer;
    }
};

/// Lets everybody in as whom the test says.
class OpenGate final : public http::Gatekeeper {
public:
    Task<Result<http::Principal>> admit(const http::Request&, const http::Route&) override {
        if (refusal) co_return std::unexpected{*refusal};
        co_return principal;
    }
    http::Principal principal;
    std::optional<Error> refusal;
};

/// A store that can be away.
class WatchedStore final : public store::Store {
public:
    explicit WatchedStore(store::Store& inner) : inner_{inner} {}
    store::Engine engine() const override { return inner_.engine(); }
    std::string why_not(const store::Sql& sql) override { return inner_.why_not(sql); }
    bool is_healthy() const override { return !is_away; }
    void submit_write(store::detail::Unit& unit) override { inner_.submit_write(unit); }
    bool submit_read(store::detail::Unit& unit) override {
        if (!is_away) return inner_.submit_read(unit);
        unit.refuse(store::Failure{store::Failure::Kind::unavailable, "the test has taken it away"});
        return true;
    }
    bool is_away = false;

private:
    store::Store& inner_;
};

constexpr MerchantId test_merchant{1}, shop{2};

struct Reply {
    int status = 0;
    std::string body;
    std::vector<http::Header> headers;
    /// A member of the body as text; empty when there is none.
    std::string operator[](std::string_view name) const {
        const auto value = json::parse(body);
        const json::Value* found = value ? value->find(name) : nullptr;
        return found != nullptr ? std::string{found->text()} : std::string{};
    }
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        const auto value = json::parse(body);
        if (value)
            for (const auto& [name, member] : value->members()) all.push_back(name);
        return all;
    }
    bool has_header(std::string_view name) const {
        return std::ranges::any_of(headers, [&](const auto& header) { return header.first == name; });
    }
};

/// The three routes over a whole payments module, on virtual time.
class Gateway : public testing::Test {
protected:
    Gateway() {
        for (http::Route& route :
             routes({.payments = payments,
                     .store = store,
                     .keys = *keys,
                     .clock = clock,
                     .fingerprint_secret = {},
                     .find_merchant = [this](std::string_view name) { return find_merchant(std::string{name}); },
                     .open_merchant = "test-merchant",
                     .note_read =
                         [this](const http::Exchange& exchange, std::string_view, std::string id) {
                             reads.emplace_back(exchange.principal.merchant, std::move(id));
                         },
                     .may_ask = [this](MerchantId) { return is_calm; }}))
            router.add(std::move(route));
        as_nobody();
    }

    Task<Result<std::optional<Merchant>>> find_merchant(std::string name) {
        std::optional<Merchant> found;
        if (name == "test-merchant") found = Merchant{test_merchant, "bank", "EUR"};
        if (name == "shop") found = Merchant{shop, "bank", "EUR"};
        co_return found;
    }
    void as_nobody() { gate.principal = {.merchant = {}, .merchant_name = {}, .actor = "anonymous", .scopes = {}}; }
    void as_shop(std::vector<std::string> scopes = {"*"}) {
        gate.principal = {.merchant = shop, .merchant_name = "shop", .actor = "key:1", .scopes = std::move(scopes)};
    }

    Reply ask(std::string method, std::string path, std::string query, std::string body) {
        http::Request request{.method = std::move(method),
                              .path = std::move(path),
                              .query = std::move(query),
                              .headers = {},
                              .body = std::move(body),
                              .peer = "127.0.0.1"};
        http::Response response = scheduler.await(router.handle(request));
        return {response.status, std::move(response.body), std::move(response.headers)};
    }
    Reply create(std::string_view merchant = "test-merchant") {
        return ask("POST", "/create-payment", {}, R"({"merchantId":")" + std::string{merchant} + R"("})");
    }
    std::string created(std::string_view merchant = "test-merchant") { return create(merchant)["paymentId"]; }
    /// The document's example; `change` replaces members or, with empty text, takes them out.
    static std::string make_body(std::string_view id,
                                 const std::vector<std::pair<std::string_view, std::string_view>>& change = {}) {
        const std::string quoted_id = '"' + std::string{id} + '"';
        std::vector<std::pair<std::string_view, std::string_view>> members{{"paymentId", quoted_id},
                                                                           {"merchantId", R"("test-merchant")"},
                                                                           {"cardNumber", R"("1234432198761543")"},
                                                                           {"expiryYear", "2000"},
                                                                           {"expiryMonth", "12"},
                                                                           {"currency", R"("GBP")"},
                                                                           {"amount", "50"},
                                                                           {"cardName", R"("OmarElmohandes")"},
                                                                           {"billingAddress", R"("77Merenda")"},
                                                                           {"cvv", R"("232")"}};
        for (const auto& [name, text] : change) {
            const auto found = std::ranges::find(members, name, &std::pair<std::string_view, std::string_view>::first);
            if (found == members.end())
                members.emplace_back(name, text);
            else
                found->second = text;
        }
        std::string body;
        json::Writer json{body};
        json.open('{');
        for (const auto& [name, text] : members)
            if (!text.empty()) json.raw_field(name, text);
        json.close('}');
        return body;
    }
    Reply make(std::string_view id, const std::vector<std::pair<std::string_view, std::string_view>>& change = {}) {
        return ask("POST", "/make-payment", {}, make_body(id, change));
    }
    /// Makes a payment while others do; its reply goes to `replies`.
    void make_meanwhile(std::string body, std::vector<Reply>& replies) {
        scheduler.spawn([](http::Router& router, std::string text, std::vector<Reply>& out) -> Task<void> {
            http::Request request{.method = "POST",
                                  .path = "/make-payment",
                                  .query = {},
                                  .headers = {},
                                  .body = std::move(text),
                                  .peer = {}};
            http::Response response = co_await router.handle(request);
            out.push_back({response.status, std::move(response.body), std::move(response.headers)});
        }(router, std::move(body), replies));
    }
    Reply get(std::string_view id, std::string_view merchant = "test-merchant") {
        return ask("GET", "/get-payment", "merchantId=" + std::string{merchant} + "&paymentId=" + std::string{id}, {});
    }
    std::string status_of(std::string_view id) { return get(id)["status"]; }
    payments::PaymentDetails details(std::string_view id, MerchantId merchant = test_merchant) {
        return *scheduler.await(payments.find(merchant, *payments::PaymentId::parse(id)));
    }

    SimClock clock;
    SimRandom random{3};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    WatchedStore store{*database};
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    audit::Log audit{{}};
    FakeBank bank;
    payments::Payments payments{{.world = world,
                                 .store = store,
                                 .keys = *keys,
                                 .audit = audit,
                                 .connector = [this](std::string_view) { return &bank; },
                                 .node = "here"}};
    OpenGate gate;
    http::Router router{world, gate};
    std::vector<std::pair<MerchantId, std::string>> reads;
    bool is_calm = true;
};

}  // namespace florin::gateway::test
