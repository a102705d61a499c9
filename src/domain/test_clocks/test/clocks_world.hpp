#pragma once

#include <gtest/gtest.h>

#include <map>

#include "florin/identity/merchants.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"
#include "florin/test_clocks/test_clocks.hpp"

namespace florin::test_clocks::test {

inline Instant at(std::string_view text) { return *parse_instant(text); }

/// Test clocks on virtual time, over an agenda in memory and plans that do nothing but note when they were charged.
struct ClocksWorld {
    SimClock clock;
    SimRandom random{23};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);
    audit::Log audit{{}};
    merchants::Merchants merchants{*store, world};
    MerchantId shop = make("shop"), other = make("other"), live = make("live", false);

    /// A monthly plan: its next turn is number `next` of `count`, counted from `first`.
    struct Plan {
        calendar::Date first;
        unsigned anchor = 1;
        std::int64_t count = 12;
        std::int64_t next = 0;
    };
    std::map<std::pair<std::int64_t, std::string>, Plan> plans;
    /// What happened, with the merchant's time and day at which it did.
    std::vector<std::string> happened, told;
    /// How long a charge takes, by the world's time, and how often one fails first.
    Millis charge_takes{0};
    int failures = 0;

    bool is_sandbox = true;
    Signal stop;
    std::unique_ptr<jobs::Worker> worker;
    std::unique_ptr<TestClocks> clocks;

    ClocksWorld() { boot(); }
    ~ClocksWorld() { scheduler.crash(); }

    /// A process starts.
    void boot() {
        worker = std::make_unique<jobs::Worker>(*store, world, jobs::Worker::Options{.name = "a"});
        worker->handle("billing.turn", {.concurrency = 3}, [this](const jobs::Job& job) { return take_turn(job); });
        worker->handle("notifications.send", {}, [this](const jobs::Job& job) { return tell(job); });
        clocks = std::make_unique<TestClocks>(
            Surroundings{.world = world,
                         .store = *store,
                         .audit = audit,
                         .merchants = merchants,
                         .is_sandbox = is_sandbox,
                         .agenda = {.next_turn_at = [this](store::Reader& reader,
                                                           MerchantId of) { return next_turn_at(reader, of); },
                                    .load = [this](MerchantId of) { return load(of); }},
                         .settling_kinds = "billing.collect,billing.turn",
                         .telling_kinds = "notifications.send",
                         .announce = []() -> Task<std::size_t> { co_return std::size_t{0}; },
                         .wake = [this] { worker->wake(); }});
        scheduler.spawn(worker->run(stop));
    }

    template <class F>
    auto write(F unit) {
        using Answer = std::invoke_result_t<F&, store::Tx&>;
        return scheduler.await(
            [](store::Store& to, F work) -> Task<Answer> { co_return co_await to.write(work); }(*store, unit));
    }
    MerchantId make(std::string_view name, bool sandbox = true) {
        auto create = [&](store::Tx& tx) -> Result<MerchantId> {
            auto made = identity::create_merchant(
                tx, {.name = std::string{name}, .connector = "authorize_net", .is_sandbox = sandbox});
            if (!made) return fail(std::move(made.error()));
            return made->id;
        };
        return *write(create);
    }
    static Asker asker(MerchantId merchant) {
        return {.merchant = merchant, .actor = "key:1", .ip_address = {}, .user_agent = {}, .correlation_id = "c-1"};
    }
    Result<TestClock> create(std::optional<Instant> now, std::optional<MerchantId> merchant = {}) {
        return scheduler.await(clocks->create(asker(merchant.value_or(shop)), now));
    }
    Result<Advanced> advance(const TestClock& of, Destination destination, idempotency::Guard guard = {}) {
        return scheduler.await(clocks->advance(asker(of.merchant), of.id, std::move(destination), std::move(guard)));
    }
    /// Of a request with that key and body.
    static idempotency::Guard guard(std::string key, std::uint8_t body) {
        idempotency::Guard made{.key = std::move(key), .route = "advance_test_clock"};
        made.fingerprint.fill(body);
        return made;
    }
    Result<void> remove(const TestClock& of) { return scheduler.await(clocks->remove(asker(of.merchant), of.id)); }
    void plan(std::string name, calendar::Date first, std::int64_t count = 12,
              std::optional<MerchantId> merchant = {}) {
        plans[{merchant.value_or(shop).value, std::move(name)}] = {
            .first = first, .anchor = static_cast<unsigned>(first.day()), .count = count};
    }

    static Instant due_at(const Plan& plan, std::int64_t number) {
        return calendar::Zone::utc().at(calendar::nth(plan.first, {calendar::Unit::month, 1}, number, plan.anchor));
    }
    std::optional<Instant> next_turn_at(store::Reader&, MerchantId of) const {
        std::optional<Instant> soonest;
        for (const auto& [key, plan] : plans) {
            if (key.first != of.value || plan.next >= plan.count) continue;
            const Instant due = due_at(plan, plan.next);
            if (!soonest || due < *soonest) soonest = due;
        }
        return soonest;
    }
    /// A turn that was taken has a unique job, so a crash between the two doubles nothing.
    Task<Result<std::size_t>> load(MerchantId of) {
        std::vector<std::string> loaded;
        auto enqueue = [&](store::Tx& tx) -> Result<std::size_t> {
            loaded.clear();
            const Instant now = merchants.now(tx, of);
            for (const auto& [key, plan] : plans) {
                if (key.first != of.value || plan.next >= plan.count || due_at(plan, plan.next) > now) continue;
                std::string payload;
                json::Writer{payload}.open('{').field("plan", key.second).field("number", plan.next).close('}');
                const std::string unique = key.second + "/" + std::to_string(plan.next);
                jobs::enqueue(tx, {.merchant = of,
                                   .id = jobs::JobId{world.new_uuid()},
                                   .kind = "billing.turn",
                                   .payload = payload,
                                   .unique_key = unique});
                loaded.push_back(key.second);
            }
            return loaded.size();
        };
        auto count = co_await store->write(enqueue);
        if (count)
            for (const std::string& name : loaded) ++plans[{of.value, name}].next;
        if (count && *count > 0) worker->wake();
        co_return count;
    }
    Task<Result<void>> take_turn(const jobs::Job& job) {
        if (charge_takes.count() > 0) co_await sleep_for(charge_takes);
        if (failures > 0) {
            --failures;
            co_return fail(ErrorKind::unavailable, "no_luck", "It did not work.");
        }
        const auto payload = json::parse(job.payload);
        const std::string name{payload->find("plan")->text()};
        auto pay = [&](store::Tx& tx) -> Result<std::string> {
            const std::string unique = job.id.text();
            jobs::enqueue(tx, {.merchant = job.merchant,
                               .id = jobs::JobId{world.new_uuid()},
                               .kind = "notifications.send",
                               .payload = job.payload,
                               .unique_key = unique});
            return name + " " + std::to_string(*payload->find("number")->integer()) + " " +
                   to_text(merchants.now(tx, job.merchant)).substr(0, 16);
        };
        auto paid = co_await store->write(pay);
        if (!paid) co_return fail(std::move(paid.error()));
        if (happened.empty() || happened.back() != *paid) happened.push_back(*paid);
        co_return Result<void>{};
    }
    Task<Result<void>> tell(const jobs::Job& job) {
        told.push_back(job.payload);
        co_return Result<void>{};
    }
};

}  // namespace florin::test_clocks::test
