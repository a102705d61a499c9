#include "florin/security/data_key.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "security_tests.hpp"

namespace florin::security {
namespace {

constexpr std::string_view profile_place = "customers.sealed_profile.1.row";

TEST(DataKey, opens_what_it_sealed_and_nothing_of_it_shows) {
    SimWorld sim;
    const SecretKey key = make_data_key(sim.random);
    for (const std::string& text : {std::string{}, std::string{"ada@example.com"}, std::string(10'000, 'x')}) {
        const auto sealed = seal_with(key, sim.random, text, profile_place);
        EXPECT_EQ(sealed.size(), text.size() + 45);
        EXPECT_EQ(open_with(key, sealed, profile_place), text);
        if (!text.empty()) EXPECT_EQ(std::ranges::search(sealed, text).size(), 0U);
        EXPECT_NE(seal_with(key, sim.random, text, profile_place), sealed) << "equal texts cannot be told";
    }
}

TEST(DataKey, refuses_what_was_changed_cut_moved_or_sealed_under_another_key) {  // F131
    SimWorld sim;
    const SecretKey key = make_data_key(sim.random);
    const SecretKey other = make_data_key(sim.random);
    const auto sealed = seal_with(key, sim.random, "ada@example.com", profile_place);
    const auto refused = [&](const SecretKey& with, const std::vector<std::uint8_t>& text, std::string_view where) {
        const auto opened = open_with(with, text, where);
        return !opened && opened.error().code == "sealed_text_refused";
    };
    EXPECT_TRUE(refused(other, sealed, profile_place)) << "another person's key";
    EXPECT_TRUE(refused(key, sealed, "customers.sealed_profile.2.row")) << "another merchant's row";
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        auto changed = sealed;
        changed[at] ^= 1;
        EXPECT_TRUE(refused(key, changed, profile_place)) << at;
        EXPECT_TRUE(refused(key, {sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(at)}, profile_place))
            << at;
    }
}

TEST(DataKey, is_kept_sealed_under_the_ring_and_survives_its_rotation) {
    SimWorld sim;
    const auto ring = KeyRing::in_memory(sim.world());
    const SecretKey key = make_data_key(sim.random);
    const auto sealed_key = seal_data_key(*ring, key, "customers.sealed_key.1.row");
    const auto text = seal_with(key, sim.random, "ada@example.com", profile_place);
    ASSERT_TRUE(ring->rotate());
    const auto opened = open_data_key(*ring, sealed_key, "customers.sealed_key.1.row");
    ASSERT_TRUE(opened);
    EXPECT_EQ(open_with(*opened, text, profile_place), "ada@example.com");
    EXPECT_FALSE(open_data_key(*ring, sealed_key, "customers.sealed_key.1.other"));
    const auto no_key = ring->seal("too short for a key", "customers.sealed_key.1.row");
    EXPECT_FALSE(open_data_key(*ring, no_key, "customers.sealed_key.1.row"));
}

}  // namespace
}  // namespace florin::security
