#pragma once

#include <gtest/gtest.h>

#include "fake_provider.hpp"
#include "florin/ledger/check.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::payments::test {

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
    Result<StoredMethod> store_card(std::string key = {}, std::string customer_id = {}) {
        return scheduler.await(
            payments.store_card({.merchant = shop,
                                 .guard = {.key = std::move(key), .route = "store", .fingerprint = {}},
                                 .connector = "fake",
                                 .card = card(),
                                 .billing = {},
                                 .customer_id = std::move(customer_id),
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
