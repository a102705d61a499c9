#include "florin/identity/gate.hpp"

#include <gtest/gtest.h>

#include "identity_world.hpp"
#include "key_cache.hpp"

namespace florin::identity {
namespace {

using test::IdentityWorld;

class GateTest : public testing::Test {
    IdentityWorld sim_;
    std::unique_ptr<Gate> gate_;

protected:
    ApiKey last;
    MerchantId merchant = sim_.new_merchant("shop");
    std::string key = new_key({"payments:read"});

    GateTest() { open({}); }
    void open(GateOptions options) { gate_ = std::make_unique<Gate>(sim_.store, sim_.world, options); }

    std::string new_key(std::vector<std::string> scopes, std::optional<Instant> expires_at = {}) {
        auto issued = sim_.issue({merchant, "", std::move(scopes), expires_at});
        last = issued->key;
        return std::string{issued->text.expose()};
    }
    Result<http::Principal> admit(std::string authorization, std::string scope = "payments:read",
                                  std::string peer = "10.0.0.1") {
        http::Request request;
        if (!authorization.empty()) request.headers.emplace_back("authorization", std::move(authorization));
        request.peer = std::move(peer);
        http::Route route{};
        route.scope = scope;
        route.counts_against_limits = counts;
        return sim_.scheduler.await(gate_->admit(request, route));
    }
    std::string answer(std::string authorization, std::string scope = "payments:read", std::string peer = "10.0.0.1") {
        const auto principal = admit(std::move(authorization), std::move(scope), std::move(peer));
        return principal ? principal->actor : principal.error().code;
    }
    std::string actor() const { return "key:" + last.id.text(); }

    IdentityWorld& sim() { return sim_; }

    bool counts = true;
};

TEST_F(GateTest, a_key_says_who_asks) {
    const auto principal = admit("Bearer " + key);
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->merchant, merchant);
    EXPECT_EQ(principal->merchant_name, "shop");
    EXPECT_EQ(principal->actor, actor());
    EXPECT_EQ(principal->scopes, std::vector<std::string>{"payments:read"});
    EXPECT_EQ(answer("bearer   " + key), actor()) << "a scheme's case does not matter";
}

TEST_F(GateTest, whatever_is_no_valid_key_is_refused_alike) {  // F136
    const auto first = admit("Bearer " + key.substr(0, 50) + (key.back() == 'A' ? "E" : "A"));
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(first.error().code, "invalid_api_key");

    const std::string expiring = new_key({"payments:read"}, sim().clock.now() + Millis{10'000});
    EXPECT_EQ(answer("Bearer " + expiring), actor());
    const std::string revoked = new_key({"payments:read"});
    sim().revoke(merchant, last.id);
    sim().clock.advance(Millis{10'000});
    for (const std::string& authorization :
         {"Bearer " + expiring, "Bearer " + revoked, "Bearer " + key + "x", "Bearer " + key.substr(0, 50),
          std::string{"Bearer fk_test_"}, "Bearer " + key + " "}) {
        const auto refused = admit(authorization);
        ASSERT_FALSE(refused) << authorization;
        EXPECT_EQ(refused.error().kind, first.error().kind);
        EXPECT_EQ(refused.error().code, first.error().code);
        EXPECT_EQ(refused.error().message, first.error().message);
        EXPECT_EQ(refused.error().field, first.error().field);
    }
}

TEST_F(GateTest, a_key_without_the_word_bearer_is_told_so_whether_it_is_good_or_not) {  // F136
    const std::string revoked = new_key({"payments:read"});
    sim().revoke(merchant, last.id);
    for (const std::string& authorization : {key, revoked, std::string{"nonsense"}, "Basic " + key, "Token " + key,
                                             std::string{"Bearer"}, std::string{"Bearer "}}) {
        const auto refused = admit(authorization);
        ASSERT_FALSE(refused) << authorization;
        EXPECT_EQ(refused.error().kind, ErrorKind::unauthenticated);
        EXPECT_EQ(refused.error().code, "invalid_api_key");
        EXPECT_EQ(refused.error().message, "The key has to follow the word Bearer: Authorization: Bearer fk_...");
    }
}

TEST_F(GateTest, a_key_without_the_scope_is_forbidden_and_the_star_may_all) {
    const auto refused = admit("Bearer " + key, "payments:write");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::forbidden);
    EXPECT_EQ(refused.error().code, "missing_scope");
    const std::string all = new_key({"*"});
    for (const char* scope : {"payments:read", "payments:write", "admin", "audit:read"})
        EXPECT_EQ(answer("Bearer " + all, scope), actor());
}

TEST_F(GateTest, an_open_route_knows_whoever_says_who_he_is) {
    EXPECT_EQ(answer("", ""), "anonymous");
    EXPECT_EQ(admit("", "")->merchant.value, 0);
    EXPECT_EQ(answer("Bearer " + key, ""), actor());
    EXPECT_EQ(answer("Bearer nonsense", ""), "invalid_api_key");
    EXPECT_EQ(answer("Basic bmFtZTpwYXNzd29yZA==", ""), "anonymous") << "a provider's webhook, which the route judges";
    EXPECT_EQ(answer("Basic bmFtZTpwYXNzd29yZA==", "payments:read"), "invalid_api_key");
    EXPECT_EQ(answer("hmac SITE:c2ln:nonce:1763640000", ""), "anonymous") << "likewise";
    EXPECT_EQ(answer("hmac SITE:c2ln:nonce:1763640000", "payments:read"), "invalid_api_key");
    EXPECT_EQ(answer("Basicx", ""), "invalid_api_key");
    EXPECT_EQ(answer("", "payments:read"), "missing_api_key");
}

TEST_F(GateTest, a_known_key_is_not_asked_for_again_within_a_second) {
    EXPECT_EQ(answer("Bearer " + key), actor());
    const int reads = sim().store.reads;
    for (int i = 0; i < 9; ++i) {
        sim().clock.advance(Millis{100});
        EXPECT_EQ(answer("Bearer " + key), actor());
    }
    EXPECT_EQ(sim().store.reads, reads);
    sim().clock.advance(Millis{100});
    EXPECT_EQ(answer("Bearer " + key), actor());
    EXPECT_EQ(sim().store.reads, reads + 1);
}

TEST_F(GateTest, a_revoked_key_is_refused_within_a_second_and_so_is_one_of_a_merchant_switched_off) {  // F118
    EXPECT_EQ(answer("Bearer " + key), actor());
    sim().revoke(merchant, last.id);
    sim().clock.advance(Millis{1'000});
    EXPECT_EQ(answer("Bearer " + key), "invalid_api_key");

    key = new_key({"*"});
    EXPECT_EQ(answer("Bearer " + key), actor());
    sim().write([&](Tx& tx) { return switch_merchant(tx, merchant, false); });
    sim().clock.advance(Millis{1'000});
    EXPECT_EQ(answer("Bearer " + key), "invalid_api_key");
}

TEST_F(GateTest, an_expiry_is_kept_to_the_millisecond) {  // F133
    key = new_key({"*"}, sim().clock.now() + Millis{500});
    EXPECT_EQ(answer("Bearer " + key), actor());
    sim().clock.advance(*last.expires_at - sim().clock.now() - Millis{1});
    EXPECT_EQ(answer("Bearer " + key), actor());
    sim().clock.advance(Millis{1});
    EXPECT_EQ(answer("Bearer " + key), "invalid_api_key");
}

TEST_F(GateTest, without_the_database_nobody_is_let_in_for_more_than_a_second) {  // F118
    EXPECT_EQ(answer("Bearer " + key), actor());
    sim().store.is_away = true;
    sim().clock.advance(Millis{999});
    EXPECT_EQ(answer("Bearer " + key), actor());
    sim().clock.advance(Millis{1});
    EXPECT_EQ(answer("Bearer " + key), "storage_unavailable");
    sim().store.is_away = false;
    EXPECT_EQ(answer("Bearer " + key), actor());
}

TEST_F(GateTest, limits_hold_for_a_key_a_merchant_and_an_address) {  // F140
    const std::string other = new_key({"*"});
    const auto granted = [&](const std::string& which, const std::string& peer) {
        int count = 0;
        while (count < 1'000 && answer("Bearer " + which, "payments:read", peer) != "too_many_requests") ++count;
        return count;
    };
    const security::Rate off{0, 1};
    open({.per_merchant = off, .per_key = {10, 10}, .per_peer = off});
    EXPECT_EQ(granted(key, "10.0.0.1"), 10);
    EXPECT_EQ(granted(key, "10.0.0.2"), 0) << "another address does not help";
    EXPECT_EQ(granted(other, "10.0.0.1"), 10);

    open({.per_merchant = {10, 10}, .per_key = off, .per_peer = off});
    EXPECT_EQ(granted(key, "10.0.0.1"), 10);
    EXPECT_EQ(granted(other, "10.0.0.2"), 0) << "another key does not help";

    open({.per_merchant = off, .per_key = off, .per_peer = {10, 10}});
    EXPECT_EQ(granted(key, "10.0.0.1"), 10);
    EXPECT_EQ(granted(other, "10.0.0.1"), 0) << "another key does not help";
    EXPECT_EQ(granted(other, "10.0.0.2"), 10);
    EXPECT_EQ(admit("Bearer " + key).error().kind, ErrorKind::rate_limited);
    counts = false;
    EXPECT_EQ(granted(key, "10.0.0.1"), 1'000) << "health and metrics are not counted";
}

TEST_F(GateTest, who_guesses_keys_is_slowed_down_and_does_not_reach_the_database) {
    EXPECT_EQ(answer("Bearer " + key), actor());
    const std::string foreign = new_key({"*"});
    const auto guess = [](int i) {
        std::string text = "Bearer fk_test_" + std::string(43, 'A');
        const std::string number = std::to_string(i);
        return text.replace(20, number.size(), number);
    };
    int refused = 0;
    while (answer(guess(refused)) == "invalid_api_key") ++refused;
    EXPECT_EQ(refused, 20);
    const int reads = sim().store.reads;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(answer(guess(1'000 + i)), "too_many_requests");
    EXPECT_EQ(sim().store.reads, reads);
    EXPECT_EQ(answer("Bearer fk_nonsense"), "too_many_requests");
    // Whoever is known here is let in from the same address, also when it is time to ask again.
    sim().clock.advance(Millis{1'001});
    for (int i = 0; i < 100; ++i) answer(guess(2'000 + i));
    EXPECT_NE(answer("Bearer " + key), "too_many_requests");
    EXPECT_EQ(answer("Bearer " + foreign, "payments:read", "10.0.0.2"), actor());
}

TEST(KeyCache, is_bounded_whatever_is_tried) {
    KeyCache cache;
    security::Sha256 hash{};
    for (std::uint32_t i = 0; i < 3 * KeyCache::max_entries; ++i) {
        std::memcpy(hash.data(), &i, sizeof i);
        cache.keep(hash, Verdict{nullptr, 0});
        EXPECT_LE(cache.size(), KeyCache::max_entries);
    }
}

TEST(KeyCache, a_flood_of_bad_keys_does_not_push_out_good_ones) {
    KeyCache cache;
    security::Sha256 good{};
    good[31] = 1;
    cache.keep(good, Verdict{std::make_shared<Admitted>(), 0});
    security::Sha256 bad{};
    for (std::uint32_t i = 0; i < 2 * KeyCache::max_entries; ++i) {
        std::memcpy(bad.data(), &i, sizeof i);
        cache.keep(bad, Verdict{nullptr, 0});
    }
    EXPECT_TRUE(cache.find(good, 0).verdict->admitted);
}

}  // namespace
}  // namespace florin::identity
