#pragma once

#include <gtest/gtest.h>

#include <deque>

#include "florin/ledger/check.hpp"
#include "florin/payments/payments.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::payments::test {

/// Says what the test wants said, and keeps what it was asked. What nobody prepared is approved.
class FakeProvider final : public Connector {
public:
    struct Asked {
        std::string what, reference;
        std::int64_t amount_minor;
        std::string token;
        bool is_first_capture = true;
    };

    std::string_view name() const override { return "fake"; }
    Capabilities capabilities() const override { return can; }
    Task<Answer> authorize(const Charge& charge) override { return charged("authorize", charge); }
    Task<Answer> purchase(const Charge& charge) override { return charged("purchase", charge); }
    Task<Answer> capture(const FollowUp& capture) override { return followed("capture", capture); }
    Task<Answer> refund(const FollowUp& refund) override { return followed("refund", refund); }
    Task<Answer> cancel(const FollowUp& cancel) override { return followed("cancel", cancel); }
    Task<Answer> lookup(const Lookup& operation) override {
        looked_up.push_back(operation.reference);
        co_await sleep_for(takes);
        Answer answer = found;
        if (!next_found.empty()) {
            answer = std::move(next_found.front());
            next_found.pop_front();
        }
        co_return answer;
    }
    Task<StoredCard> store_card(const Card&, const BillingAddress&, std::string_view,
                                std::string_view reference) override {
        asked.push_back({"store_card", std::string{reference}, 0, {}});
        co_await sleep_for(takes);
        StoredCard card{.outcome = Outcome::approved,
                        .token = "token-of-" + asked.back().reference,
                        .provider_code = {},
                        .message = {}};
        if (!next_card.empty()) {
            card = std::move(next_card.front());
            next_card.pop_front();
        }
        co_return card;
    }

    std::vector<std::string> asked_for(std::string_view what) const {
        std::vector<std::string> references;
        for (const Asked& one : asked)
            if (one.what == what) references.push_back(one.reference);
        return references;
    }

    Capabilities can;
    std::deque<Answer> next, next_found;
    std::deque<StoredCard> next_card;
    Answer found;
    Millis takes{10};
    std::vector<Asked> asked;
    std::vector<std::string> looked_up;

private:
    Task<Answer> charged(std::string what, const Charge& charge) {
        asked.push_back({std::move(what), charge.reference, charge.amount.minor(), charge.token});
        return say();
    }
    Task<Answer> followed(std::string what, const FollowUp& operation) {
        asked.push_back({std::move(what), operation.reference, operation.amount.minor(), operation.token,
                         operation.is_first_capture});
        return say();
    }
    Task<Answer> say() {
        co_await sleep_for(takes);
        Answer answer{.outcome = Outcome::approved, .provider_id = "p" + std::to_string(asked.size())};
        if (!next.empty()) {
            answer = std::move(next.front());
            next.pop_front();
        }
        co_return answer;
    }
};

inline Answer said(Outcome outcome, std::optional<Money> amount = std::nullopt) {
    Answer answer;
    answer.outcome = outcome;
    answer.provider_id = outcome == Outcome::approved ? "p" : "";
    answer.amount = amount;
    return answer;
}
inline Money euros(std::int64_t minor) { return *Money::of(minor, *Currency::of("EUR")); }

/// The whole module over a simulated store, on virtual time.
class PaymentsTest : public testing::Test {
protected:
    static constexpr MerchantId shop{1};

    /// A charge with a card; `key` empty: without an idempotency key.
    Result<Executed> charge(TransactionType type, std::int64_t minor, std::string key = {}) {
        return scheduler.await(payments.charge(charge_command(type, minor, std::move(key))));
    }
    ChargeCommand charge_command(TransactionType type, std::int64_t minor, std::string key = {}) const {
        return {.merchant = shop,
                .type = type,
                .guard = {.key = std::move(key), .route = "test", .fingerprint = {}},
                .connector = "fake",
                .amount = euros(minor),
                .card = card(),
                .payment_method = std::nullopt,
                .billing = {},
                .customer_id = {},
                .origin = origin()};
    }
    Result<Executed> follow_up(TransactionType type, const TransactionId& parent,
                               std::optional<std::string> amount = {}) {
        return scheduler.await(payments.follow_up({.merchant = shop,
                                                   .type = type,
                                                   .guard = {},
                                                   .parent = parent,
                                                   .amount = std::move(amount),
                                                   .currency = std::nullopt,
                                                   .origin = origin()}));
    }
    Result<StoredMethod> store_card(std::string key = {}) {
        return scheduler.await(
            payments.store_card({.merchant = shop,
                                 .guard = {.key = std::move(key), .route = "store", .fingerprint = {}},
                                 .connector = "fake",
                                 .card = card(),
                                 .billing = {},
                                 .customer_id = {},
                                 .origin = origin()}));
    }
    PaymentDetails details(const PaymentId& id) { return *scheduler.await(payments.find(shop, id)); }
    Transaction transaction(const TransactionId& id) {
        return scheduler.await(payments.find_transaction(shop, id))->transaction;
    }
    std::size_t settle() { return scheduler.await(payments.settle_due()); }
    std::size_t expire() { return scheduler.await(payments.expire_due()); }
    /// Lets time pass and does what is due, every second.
    void live(Millis span) {
        for (Millis passed{0}; passed < span; passed += Millis{1'000}) {
            clock.advance(Millis{1'000});
            settle();
            expire();
        }
    }
    void pass(Millis span) { clock.advance(span); }
    std::vector<std::string> ledger_findings() {
        std::vector<std::string> found;
        auto look = [&](store::Reader& reader) -> Result<bool> {
            for (const ledger::Finding& finding : ledger::check(reader).findings)
                found.push_back(ledger::to_text(finding));
            return true;
        };
        scheduler.await([](store::Store& from, auto& with) -> Task<void> { EXPECT_TRUE(co_await from.read(with)); }(
                                                               *database, look));
        return found;
    }
    /// Writes behind the module's back.
    void forge(const store::Sql& sql, const TransactionId& id) {
        auto write = [&](store::Tx& tx) -> Result<bool> {
            tx.run(sql, shop, id);
            return true;
        };
        scheduler.await(
            [](store::Store& to, auto& with) -> Task<void> { EXPECT_TRUE(co_await to.write(with)); }(*database, write));
    }

    static Origin origin() {
        return {.actor = "test", .ip_address = "127.0.0.1", .user_agent = {}, .correlation_id = "c", .traceparent = {}};
    }
    static Card card() {
        return {.number = *security::Pan::from_json("4111111111111111"),
                .expiry_month = 12,
                .expiry_year = 2099,
                .cvv = {},
                .name = {}};
    }

    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    audit::Log audit{{}};
    FakeProvider provider;
    Payments payments{{.world = world,
                       .store = *database,
                       .keys = *keys,
                       .audit = audit,
                       .connector = [this](std::string_view) { return &provider; },
                       .node = "here"}};
};

}  // namespace florin::payments::test
