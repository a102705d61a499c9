#include "florin/security/encoding.hpp"

#include <gtest/gtest.h>

#include <set>

#include "security_tests.hpp"

namespace florin::security {
namespace {

std::string text_of(const std::optional<std::vector<std::uint8_t>>& bytes) {
    return bytes ? std::string{bytes->begin(), bytes->end()} : "(refused)";
}

TEST(Base64, agrees_with_the_published_examples) {  // RFC 4648, section 10
    const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : cases) {
        EXPECT_EQ(to_base64(plain), encoded);
        EXPECT_EQ(text_of(from_base64(encoded)), plain);
        std::string bare = encoded;
        while (bare.ends_with('=')) bare.pop_back();
        EXPECT_EQ(to_base64url(plain), bare);
        EXPECT_EQ(text_of(from_base64url(bare)), plain);
    }
    EXPECT_EQ(to_base64("\xfb\xff"), "+/8=");
    EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
}

TEST(Base64, a_value_has_one_text) {
    for (const char* text : {"Zg=", "Zg", "Zh==", "Zg==Zg==", "Z===", "====", "Zm9v\n", "Zm9 ", "Zm-v"}) {
        EXPECT_FALSE(from_base64(text)) << text;
    }
    for (const char* text : {"Zg==", "Zh", "Z", "Zm+v", "Zm9v "}) EXPECT_FALSE(from_base64url(text)) << text;
}

TEST(Hex, goes_there_and_back) {
    const std::string all = [] {
        std::string text;
        for (int i = 0; i < 256; ++i) text.push_back(static_cast<char>(i));
        return text;
    }();
    EXPECT_EQ(text_of(from_hex(to_hex(all))), all);
    EXPECT_EQ(text_of(from_hex("4aFf")), "J\xff");
    for (const char* text : {"1", "zz", "0x", " 1"}) EXPECT_FALSE(from_hex(text)) << text;
}

TEST(Crockford, has_no_letter_that_reads_like_a_digit) {
    EXPECT_EQ(to_crockford(""), "");
    EXPECT_EQ(to_crockford("\xff"), "ZW");
    EXPECT_EQ(to_crockford("12345"), "64S36D1N");
}

TEST(ReferenceOf, is_twenty_plain_characters_that_depend_on_the_id_alone) {
    const auto id = *parse_uuid("019aa30b-26a8-7bcd-8123-456789abcdef");
    EXPECT_EQ(reference_of(id), reference_of(id));
    EXPECT_EQ(reference_of(id).size(), 20U);
    EXPECT_EQ(reference_of(id).find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), std::string::npos);
    // Pinned: a provider may be asked for references that an older release has made.
    EXPECT_EQ(reference_of(*parse_uuid("00000000-0000-7000-8000-000000000000")), "00000000000000000000");
    EXPECT_EQ(reference_of(*parse_uuid("ffffffff-ffff-7fff-bfff-ffffffffffff")), "ZZZZZZZZZZZZZZZZZZZZ");
    EXPECT_EQ(reference_of(*parse_uuid("00000000-0000-7000-8000-000000000001")), "00000000000000000001");
    EXPECT_EQ(reference_of(*parse_uuid("00000000-0001-7000-8000-000000000000")).substr(0, 8), "00000G00");
}

TEST(ReferenceOf, every_random_bit_and_26_of_the_moment_change_it) {
    const Uuid id = *parse_uuid("019aa30b-26a8-7bcd-8123-456789abcdef");
    std::set<std::string> seen{reference_of(id)};
    for (std::size_t bit = 0; bit < 128; ++bit) {
        Uuid other = id;
        other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ (0x80 >> bit % 8));
        seen.insert(reference_of(other));
    }
    EXPECT_EQ(seen.size(), 1U + 100U);
}

TEST(ReferenceOf, ids_of_one_moment_have_different_references) {
    SimWorld sim;
    std::set<std::string> seen;
    for (int i = 0; i < 20'000; ++i) seen.insert(reference_of(sim.world().new_uuid()));
    EXPECT_EQ(seen.size(), 20'000U);
}

TEST(NewestIdOf, finds_the_id_of_a_reference_within_its_period_and_an_older_one_before) {
    const auto id = *parse_uuid("019aa30b-26a8-7bcd-8123-456789abcdef");
    constexpr std::int64_t made_ms = 0x019aa30b26a8;
    const std::string reference = reference_of(id);
    for (const std::int64_t later : {std::int64_t{0}, std::int64_t{1}, reference_period_ms - 1})
        EXPECT_EQ(newest_id_of(reference, made_ms + later), id) << later;
    EXPECT_NE(newest_id_of(reference, made_ms - 1), id);
    EXPECT_NE(newest_id_of(reference, made_ms + reference_period_ms), id);
    EXPECT_EQ(reference_of(*newest_id_of(reference, made_ms - 1)), reference);
    EXPECT_EQ(newest_id_of(reference, made_ms + 3 * reference_period_ms - 2 * reference_period_ms - 1), id);
}

TEST(NewestIdOf, agrees_with_any_id_that_was_made_just_now) {
    SimWorld sim;
    for (int i = 0; i < 2'000; ++i) {
        const Uuid id = sim.world().new_uuid();
        EXPECT_EQ(newest_id_of(reference_of(id), sim.world().clock.now().ms), id);
    }
}

TEST(NewestIdOf, refuses_what_is_no_reference) {
    for (const std::string_view text : {"", "0", "0000000000000000000", "000000000000000000000", "0000000000000000000I",
                                        "0000000000000000000l", "00000000-00000000000", "0000000000000000000\xff"})
        EXPECT_FALSE(newest_id_of(text, 1'795'000'000'000)) << text;
    EXPECT_FALSE(newest_id_of("00000000000000000000", -1));
}

}  // namespace
}  // namespace florin::security
