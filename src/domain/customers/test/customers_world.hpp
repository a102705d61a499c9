#pragma once

#include <gtest/gtest.h>

#include "customer_store.hpp"
#include "florin/customers/customers.hpp"
#include "florin/events/events.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::customers::test {

constexpr MerchantId shop{1}, other_shop{2};

inline Profile ada() {
    return {.name = "Ada Lovelace",
            .email = "Ada@Example.com",
            .phone = "+44 20 7946 0000",
            .billing_address = {.first_name = {},
                                .last_name = {},
                                .company = {},
                                .address = "12 St James Square",
                                .city = "London",
                                .state = {},
                                .zip = {},
                                .country = "GB"},
            .metadata = R"({"tier":"gold"})"};
}

/// Customers on virtual time over a database in memory.
struct CustomersWorld {
    SimClock clock;
    SimRandom random{17};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    audit::Log audit{{}};
    std::optional<std::string> charged_by;  ///< What may still charge everybody.
    Customers customers{{.world = world,
                         .store = *store,
                         .keys = *keys,
                         .audit = audit,
                         .charged_by = [this](store::Reader&, MerchantId, std::string_view) { return charged_by; }}};

    Result<Created> create(std::string customer_id, Profile profile = ada(), std::string key = {},
                           MerchantId merchant = shop) {
        return scheduler.await(
            customers.create(command(std::move(customer_id), std::move(profile), std::move(key), merchant)));
    }
    static CreateCommand command(std::string customer_id, Profile profile, std::string key, MerchantId merchant) {
        idempotency::Guard guard{.key = std::move(key), .route = "create_customer", .fingerprint = {}};
        return {.merchant = merchant,
                .guard = std::move(guard),
                .customer_id = std::move(customer_id),
                .profile = std::move(profile),
                .origin = origin()};
    }
    static Origin origin() {
        return {.actor = "key:1",
                .ip_address = "127.0.0.1",
                .user_agent = "test",
                .correlation_id = "c-1",
                .traceparent = {}};
    }
    Result<Customer> update(const Customer& before, Changes changes) {
        return scheduler.await(customers.update(change(before, std::move(changes))));
    }
    static UpdateCommand change(const Customer& before, Changes changes) {
        return {.merchant = before.merchant,
                .id = before.id,
                .version = before.version,
                .changes = std::move(changes),
                .origin = origin()};
    }
    Result<Customer> erase(const Customer& customer) {
        return scheduler.await(customers.erase(customer.merchant, customer.id, origin()));
    }
    Result<Customer> find(const Customer& customer) {
        return scheduler.await(customers.find(customer.merchant, customer.id));
    }
    Result<std::vector<Customer>> list(CustomerFilter filter, MerchantId merchant = shop) {
        return scheduler.await(customers.list(merchant, std::move(filter)));
    }

    template <class F>
    auto read(F view) {
        std::optional<std::invoke_result_t<F&, store::Reader&>> answer;
        auto whole = [&](store::Reader& reader) -> Result<bool> {
            answer.emplace(view(reader));
            return true;
        };
        const auto done = scheduler.await([](store::Store& from, auto& work) -> Task<Result<bool>> {
            co_return co_await from.read(work);
        }(*store, whole));
        EXPECT_TRUE(done);
        return std::move(*answer);
    }
    rows::CustomerRow row(const Customer& customer) {
        return *read([&](store::Reader& reader) { return rows::find(reader, customer.merchant, customer.id); });
    }
    std::vector<events::Event> events() {
        return read([](store::Reader& reader) { return events::list(reader, shop, 0, 100); });
    }
    std::vector<audit::Record> audited(const Customer& customer) {
        return read(
            [&](store::Reader& reader) { return audit::of_entity(reader, shop, "customer", customer.id.text(), 100); });
    }
};

}  // namespace florin::customers::test
