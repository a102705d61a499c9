#include <gtest/gtest.h>

#include <set>

#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "identity_store.hpp"
#include "identity_world.hpp"

namespace florin::identity {
namespace {

using test::IdentityWorld;

std::string code_of(const auto& result) { return result ? "done" : result.error().code; }

TEST(Merchants, get_numbers_one_after_another_and_are_found_by_both) {
    IdentityWorld sim;
    EXPECT_EQ(sim.new_merchant("test-merchant").value, 1);
    const auto second = sim.merchant(
        {.name = "second", .connector = "authorize_net", .time_zone = "Europe/Berlin", .default_currency = "USD"});
    ASSERT_TRUE(second);
    EXPECT_EQ(second->id.value, 2);
    const auto by_name = sim.read([](Reader& reader) { return find_merchant(reader, "second"); });
    const auto by_id = sim.read([](Reader& reader) { return find_merchant(reader, MerchantId{2}); });
    ASSERT_TRUE(by_name && by_id);
    for (const Merchant& found : {*by_name, *by_id}) {
        EXPECT_EQ(found.id.value, 2);
        EXPECT_EQ(found.name, "second");
        EXPECT_EQ(found.connector, "authorize_net");
        EXPECT_EQ(found.time_zone, "Europe/Berlin");
        EXPECT_EQ(found.default_currency, "USD");
        EXPECT_TRUE(found.is_active);
        EXPECT_FALSE(found.is_sandbox);
        EXPECT_EQ(found.version, 1);
        EXPECT_EQ(found.created_at, second->created_at);
    }
    EXPECT_EQ(sim.read([](Reader& reader) { return list_merchants(reader); }).size(), 2U);
    EXPECT_FALSE(sim.read([](Reader& reader) { return find_merchant(reader, "third"); }));
}

TEST(Merchants, bad_ones_are_refused_naming_the_field) {
    IdentityWorld sim;
    sim.new_merchant("taken");
    struct Case {
        const char* why;
        NewMerchant wanted;
        const char* code;
        const char* field;
    };
    const Case cases[] = {
        {"no name", {.name = "", .connector = "x"}, "invalid_merchant_name", "name"},
        {"capitals", {.name = "Shop", .connector = "x"}, "invalid_merchant_name", "name"},
        {"a path", {.name = "../x", .connector = "x"}, "invalid_merchant_name", "name"},
        {"outer dash", {.name = "x-", .connector = "x"}, "invalid_merchant_name", "name"},
        {"too long", {.name = std::string(65, 'x'), .connector = "x"}, "invalid_merchant_name", "name"},
        {"taken", {.name = "taken", .connector = "x"}, "merchant_exists", "name"},
        {"no connector", {.name = "x", .connector = ""}, "missing_connector", "connector"},
        {"no time zone", {.name = "x", .connector = "x", .time_zone = ""}, "invalid_time_zone", "time_zone"},
        {"no such currency",
         {.name = "x", .connector = "x", .default_currency = "XYZ"},
         "unknown_currency",
         "default_currency"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        const auto made = sim.merchant(c.wanted);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, c.code);
        EXPECT_EQ(made.error().field, c.field);
    }
    EXPECT_EQ(sim.new_merchant("next").value, 2) << "nothing was written";
}

TEST(Merchants, switching_raises_the_version) {
    IdentityWorld sim;
    const auto id = sim.new_merchant("shop");
    const auto off = sim.write([&](Tx& tx) { return switch_merchant(tx, id, false); });
    ASSERT_TRUE(off);
    EXPECT_FALSE(off->is_active);
    EXPECT_EQ(off->version, 2);
    EXPECT_EQ(code_of(sim.write([](Tx& tx) { return switch_merchant(tx, MerchantId{9}, true); })),
              "merchant_not_found");
}

TEST(ApiKeys, a_key_is_256_random_bits_of_which_only_the_hash_is_kept) {
    IdentityWorld sim;
    const auto test = sim.new_merchant("shop");
    const auto live = sim.new_merchant("real", false);
    const auto issued = sim.issue({test, "server", {"payments:read", "payments:write"}});
    ASSERT_TRUE(issued);
    const std::string text{issued->text.expose()};
    EXPECT_EQ(text.size(), 51U);
    EXPECT_TRUE(text.starts_with("fk_test_"));
    EXPECT_EQ(security::from_base64url(text.substr(8))->size(), 32U);
    EXPECT_TRUE(sim.issue({live, "", {"*"}})->text.expose().starts_with("fk_live_"));

    const auto known = sim.read([&](Reader& reader) { return find_key_by_hash(reader, security::sha256(text)); });
    ASSERT_TRUE(known);
    EXPECT_EQ(known->key.id, issued->key.id);
    EXPECT_EQ(known->key.scopes, (std::vector<std::string>{"payments:read", "payments:write"}));
    EXPECT_EQ(known->merchant_name, "shop");

    std::set<std::string> texts;
    for (int i = 0; i < 50; ++i) texts.insert(std::string{sim.issue({test, "", {"*"}})->text.expose()});
    EXPECT_EQ(texts.size(), 50U);
}

TEST(ApiKeys, bad_wishes_are_refused_naming_the_field) {
    IdentityWorld sim;
    const auto id = sim.new_merchant("shop");
    EXPECT_EQ(code_of(sim.issue({MerchantId{7}, "", {"*"}})), "merchant_not_found");
    EXPECT_EQ(code_of(sim.issue({id, std::string(101, 'x'), {"*"}})), "label_too_long");
    EXPECT_EQ(code_of(sim.issue({id, "", {"*"}, sim.clock.now()})), "expiry_in_the_past");
    EXPECT_EQ(code_of(sim.issue({id, "", {}})), "invalid_scope");
    for (const char* scope : {"", "payments", "payments:delete", ":read", "Payments:read", "payments:read ",
                              "pay ments:read", "**", "payments:read:write"}) {
        EXPECT_EQ(code_of(sim.issue({id, "", {scope}})), "invalid_scope") << scope;
    }
}

TEST(ApiKeys, rotation_gives_a_new_key_and_lets_the_old_one_run_out) {
    IdentityWorld sim;
    const auto merchant = sim.new_merchant("shop");
    const auto old = sim.issue({merchant, "server", {"payments:read"}});
    const auto rotated = sim.rotate(merchant, old->key.id, Millis{60'000});
    ASSERT_TRUE(rotated);
    EXPECT_EQ(rotated->key.rotated_from, old->key.id);
    EXPECT_EQ(rotated->key.label, "server");
    EXPECT_EQ(rotated->key.scopes, old->key.scopes);
    EXPECT_FALSE(rotated->key.expires_at);
    EXPECT_NE(rotated->text.expose(), old->text.expose());
    const auto found = sim.read([&](Reader& reader) { return find_api_key(reader, merchant, old->key.id); });
    EXPECT_EQ(found->expires_at, rotated->key.created_at + Millis{60'000});

    // A longer overlap, later, does not give it a longer life.
    sim.clock.advance(Millis{1'000});
    ASSERT_TRUE(sim.rotate(merchant, old->key.id, Millis{600'000}));
    EXPECT_EQ(sim.read([&](Reader& reader) { return find_api_key(reader, merchant, old->key.id); })->expires_at,
              found->expires_at);

    sim.clock.advance(Millis{60'000});
    EXPECT_EQ(code_of(sim.rotate(merchant, old->key.id, Millis{0})), "api_key_not_valid");
    EXPECT_EQ(sim.read([&](Reader& reader) { return list_api_keys(reader, merchant); }).size(), 3U);
}

TEST(ApiKeys, revoking_is_once_and_for_good) {
    IdentityWorld sim;
    const auto merchant = sim.new_merchant("shop");
    const auto key = sim.issue({merchant, "", {"*"}});
    const auto revoked = sim.revoke(merchant, key->key.id);
    ASSERT_TRUE(revoked && revoked->revoked_at);
    sim.clock.advance(Millis{5'000});
    EXPECT_EQ(sim.revoke(merchant, key->key.id)->revoked_at, revoked->revoked_at);
    EXPECT_EQ(code_of(sim.rotate(merchant, key->key.id, Millis{0})), "api_key_not_valid");
}

TEST(ApiKeys, another_merchants_key_is_not_there) {  // F137
    IdentityWorld sim;
    const auto ours = sim.new_merchant("ours");
    const auto theirs = sim.new_merchant("theirs");
    const auto key = sim.issue({theirs, "", {"*"}});
    EXPECT_EQ(code_of(sim.revoke(ours, key->key.id)), "api_key_not_found");
    EXPECT_EQ(code_of(sim.rotate(ours, key->key.id, Millis{0})), "api_key_not_found");
    EXPECT_TRUE(sim.read([&](Reader& reader) { return list_api_keys(reader, ours); }).empty());
    EXPECT_FALSE(sim.read([&](Reader& reader) { return find_api_key(reader, theirs, key->key.id); })->revoked_at);
}

}  // namespace
}  // namespace florin::identity
