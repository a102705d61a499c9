#include "sealing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "customers_world.hpp"
#include "profile.hpp"

namespace florin::customers {
namespace {

struct Sealings : testing::Test {
    SimClock clock;
    SimRandom random{5};
    World world{clock, random};
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    Sealing sealing{*keys, random};

    Customer customer(MerchantId merchant = test::shop) {
        Customer made;
        made.merchant = merchant;
        made.id = world.new_id<CustomerTag>();
        made.customer_id = "customer-7";
        made.profile = test::ada();
        return made;
    }
};

TEST_F(Sealings, open_what_they_sealed_and_show_nothing_of_it) {  // D-DE-07, D-PC-04
    const Customer ada = customer();
    const rows::CustomerRow row = sealing.seal_new(ada);
    for (const std::string_view word : {"Ada", "example", "7946", "James", "gold"}) {
        EXPECT_TRUE(std::ranges::search(row.sealed_profile, word).empty()) << word;
        EXPECT_TRUE(std::ranges::search(row.sealed_key, word).empty()) << word;
    }
    EXPECT_EQ(row.customer.profile.name, "");
    const auto opened = sealing.open(row);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(differences(opened->profile, ada.profile).empty());
}

TEST_F(Sealings, give_each_person_a_key_that_opens_nobody_else) {  // X-25
    const rows::CustomerRow ada = sealing.seal_new(customer());
    const rows::CustomerRow twin = sealing.seal_new(customer());
    const auto opens = [&](rows::CustomerRow row) { return sealing.open(row).has_value(); };
    rows::CustomerRow mixed = ada;
    mixed.sealed_profile = twin.sealed_profile;
    EXPECT_FALSE(opens(mixed)) << "another's profile";
    mixed = ada;
    mixed.sealed_key = twin.sealed_key;
    EXPECT_FALSE(opens(mixed)) << "another's key";
    mixed = twin;
    mixed.sealed_key = ada.sealed_key;
    mixed.sealed_profile = ada.sealed_profile;
    EXPECT_FALSE(opens(mixed)) << "in another's row";
    mixed = ada;
    mixed.customer.merchant = test::other_shop;
    EXPECT_FALSE(opens(mixed)) << "at another merchant";
    mixed = ada;
    mixed.sealed_key.clear();
    EXPECT_FALSE(opens(mixed)) << "without the key";
    EXPECT_TRUE(opens(ada));
}

TEST_F(Sealings, keep_answers_that_only_the_persons_key_opens) {  // X-25, F37
    const rows::CustomerRow ada = sealing.seal_new(customer());
    const rows::CustomerRow twin = sealing.seal_new(customer());
    const auto sealed = sealing.seal_answer(R"({"name":"Ada Lovelace"})", ada);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->find("Ada"), std::string::npos);
    EXPECT_EQ(sealing.open_answer(*sealed, ada), R"({"name":"Ada Lovelace"})");
    EXPECT_FALSE(sealing.open_answer(*sealed, twin));
    EXPECT_FALSE(sealing.open_answer("not base64!", ada));
}

TEST_F(Sealings, wrap_the_key_anew_after_a_rotation) {  // D-DE-08
    const Customer ada = customer();
    const rows::CustomerRow before = sealing.seal_new(ada);
    const auto same_ring = sealing.seal_again(ada, before);
    EXPECT_EQ(same_ring->sealed_key, before.sealed_key);
    EXPECT_NE(same_ring->sealed_profile, before.sealed_profile);
    ASSERT_TRUE(keys->rotate());
    const auto after = sealing.seal_again(ada, before);
    EXPECT_FALSE(keys->needs_rewrap(after->sealed_key));
    EXPECT_TRUE(sealing.open(*after));
    EXPECT_TRUE(sealing.open(before)) << "what is not written again is still read";
}

TEST_F(Sealings, find_an_address_in_any_case_and_of_one_merchant_alone) {
    const auto digest = sealing.digest_of(test::shop, "Ada@Example.com");
    EXPECT_EQ(sealing.digest_of(test::shop, "ada@EXAMPLE.com"), digest);
    EXPECT_NE(sealing.digest_of(test::other_shop, "ada@example.com"), digest);
    EXPECT_NE(sealing.digest_of(test::shop, "bob@example.com"), digest);
    EXPECT_EQ(sealing.seal_new(customer()).email_digest, digest);
    Customer nameless = customer();
    nameless.profile.email.clear();
    EXPECT_EQ(sealing.seal_new(nameless).email_digest, std::nullopt);
    const auto others = security::KeyRing::in_memory(world);
    const Sealing elsewhere{*others, random};
    EXPECT_NE(elsewhere.digest_of(test::shop, "ada@example.com"), digest)
        << "without the ring nobody can try addresses";
}

}  // namespace
}  // namespace florin::customers
