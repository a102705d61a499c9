#pragma once

#include <gtest/gtest.h>

#include "florin/identity/api_keys.hpp"
#include "florin/identity/gate.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::identity::test {

/// Counts reads, and can be away.
class WatchedStore final : public store::Store {
public:
    explicit WatchedStore(store::Store& inner) : inner_{inner} {}
    store::Engine engine() const override { return inner_.engine(); }
    std::string why_not(const store::Sql& sql) override { return inner_.why_not(sql); }
    bool is_healthy() const override { return !is_away; }
    void submit_write(store::detail::Unit& unit) override { inner_.submit_write(unit); }
    bool submit_read(store::detail::Unit& unit) override {
        ++reads;
        if (!is_away) return inner_.submit_read(unit);
        unit.refuse(store::Failure{store::Failure::Kind::unavailable, "the test has taken it away"});
        return true;
    }

    int reads = 0;
    bool is_away = false;

private:
    store::Store& inner_;
};

/// A platform on virtual time with nothing but identity.
struct IdentityWorld {
    SimClock clock;
    SimRandom random{11};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    WatchedStore store{*database};

    template <class F>
    auto write(F unit) {
        using Answer = std::invoke_result_t<F&, Tx&>;
        return scheduler.await(
            [](store::Store& to, F work) -> Task<Answer> { co_return co_await to.write(work); }(store, unit));
    }
    template <class F>
    auto read(F view) {
        std::optional<std::invoke_result_t<F&, Reader&>> answer;
        auto whole = [&](Reader& reader) -> Result<bool> {
            answer.emplace(view(reader));
            return true;
        };
        const auto done = scheduler.await([](store::Store& from, auto& work) -> Task<Result<bool>> {
            co_return co_await from.read(work);
        }(store, whole));
        EXPECT_TRUE(done);
        return std::move(*answer);
    }

    Result<Merchant> merchant(const NewMerchant& wanted) {
        return write([&](Tx& tx) { return create_merchant(tx, wanted); });
    }
    MerchantId new_merchant(std::string name, bool is_sandbox = true) {
        return merchant({.name = std::move(name), .connector = "bank_simulator", .is_sandbox = is_sandbox})->id;
    }
    Result<IssuedKey> issue(const NewApiKey& wanted) {
        return write([&](Tx& tx) { return create_api_key(tx, world, wanted); });
    }
    Result<IssuedKey> rotate(MerchantId merchant, ApiKey::Id id, Millis overlap) {
        return write([&](Tx& tx) { return rotate_api_key(tx, world, merchant, id, overlap); });
    }
    Result<ApiKey> revoke(MerchantId merchant, ApiKey::Id id) {
        return write([&](Tx& tx) { return revoke_api_key(tx, merchant, id); });
    }
};

}  // namespace florin::identity::test
