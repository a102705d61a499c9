#include "florin/security/keyring.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <thread>

#include "florin/security/encoding.hpp"
#include "seal.hpp"
#include "security_tests.hpp"

namespace florin::security {
namespace {

static_assert(!std::is_copy_constructible_v<SecretKey> && !std::is_copy_assignable_v<SecretKey>);

std::string read_file(const std::string& path) {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}
void write_file(const std::string& path, const std::string& text) {
    std::ofstream{path, std::ios::trunc} << text;
    ::chmod(path.c_str(), 0600);
}
int mode_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return static_cast<int>(status.st_mode & 07777);
}

TEST(Gcm, agrees_with_the_published_examples) {  // NIST's GCM specification, test cases 13, 14, 15 and 16
    struct Case {
        const char* why;
        const char *key, *nonce, *aad, *plain, *sealed;
    };
    const Case cases[] = {
        {"case 13: nothing", "0000000000000000000000000000000000000000000000000000000000000000",
         "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
        {"case 14: one block", "0000000000000000000000000000000000000000000000000000000000000000",
         "000000000000000000000000", "", "00000000000000000000000000000000",
         "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
        {"case 15: four blocks", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
         "cafebabefacedbaddecaf888", "",
         "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
         "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
         "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
         "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
         "b094dac5d93471bdec1a502270e3cc6c"},
        {"case 16: with additional data", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
         "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
         "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
         "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
         "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
         "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
         "76fc6ece0f4e1768cddf8853bb2d551b"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        std::vector<std::uint8_t> sealed;
        append_gcm_sealed(sealed, *from_hex(c.key), *from_hex(c.nonce), *from_hex(c.aad), *from_hex(c.plain));
        EXPECT_EQ(to_hex(sealed), c.sealed);
        std::string plain;
        EXPECT_TRUE(open_gcm(plain, *from_hex(c.key), *from_hex(c.nonce), *from_hex(c.aad), sealed));
        EXPECT_EQ(to_hex(plain), c.plain);
    }
}

class KeyRingTest : public testing::Test {
protected:
    std::unique_ptr<KeyRing> ring_or_stop() {
        auto ring = KeyRing::load_or_create(directory(), sim.world());
        EXPECT_TRUE(ring) << (ring ? "" : ring.error().message);
        return std::move(*ring);
    }
    std::string code_of_loading() {
        const auto ring = KeyRing::load_or_create(directory(), sim.world());
        return ring ? "loaded" : ring.error().code;
    }
    std::string directory() const { return scratch.file("keys"); }
    std::string file() const { return directory() + "/keys.json"; }

    ScratchDirectory scratch;
    SimWorld sim;
};

TEST_F(KeyRingTest, the_first_start_makes_a_ring_that_only_its_owner_may_read) {  // F132
    ring_or_stop();
    EXPECT_EQ(mode_of(file()), 0600);
    EXPECT_EQ(mode_of(directory()), 0700);
    EXPECT_EQ(code_of_loading(), "loaded");
}

TEST_F(KeyRingTest, what_is_sealed_opens_again_after_a_restart) {
    const auto sealed = ring_or_stop()->seal("token", "methods.token.1.7");
    EXPECT_EQ(ring_or_stop()->open(sealed, "methods.token.1.7").value_or("(refused)"), "token");
    EXPECT_EQ(ring_or_stop()->open(ring_or_stop()->seal("", ""), "").value_or("(refused)"), "");
}

TEST_F(KeyRingTest, a_ring_is_never_made_where_one_is_missed) {
    const auto ring = KeyRing::load(directory(), sim.world());
    ASSERT_FALSE(ring);
    EXPECT_EQ(ring.error().code, "key_ring_missing");
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(KeyRingTest, a_ring_that_others_can_reach_is_refused) {  // F132
    ring_or_stop();
    for (const mode_t mode : {0640U, 0604U, 0660U, 0644U, 0777U, 0610U}) {
        ::chmod(file().c_str(), mode);
        EXPECT_EQ(code_of_loading(), "key_ring_too_open") << std::oct << mode;
    }
    ::chmod(file().c_str(), 0600);
    for (const mode_t mode : {0770U, 0702U, 0777U}) {
        ::chmod(directory().c_str(), mode);
        EXPECT_EQ(code_of_loading(), "key_ring_too_open") << std::oct << mode;
    }
    ::chmod(directory().c_str(), 0700);
    EXPECT_EQ(code_of_loading(), "loaded");
}

TEST_F(KeyRingTest, a_ring_that_cannot_be_read_is_refused_and_left_alone) {  // F132
    ring_or_stop();
    if (::geteuid() == 0) {
        // For root every file is readable; a directory in its place is not.
        std::filesystem::remove(file());
        std::filesystem::create_directory(file());
        EXPECT_EQ(code_of_loading(), "key_ring_unreadable");
        EXPECT_TRUE(std::filesystem::is_directory(file()));
    } else {
        const std::string before = read_file(file());
        ::chmod(file().c_str(), 0);
        EXPECT_EQ(code_of_loading(), "key_ring_unreadable");
        ::chmod(file().c_str(), 0600);
        EXPECT_EQ(read_file(file()), before);
    }
}

TEST_F(KeyRingTest, a_ring_that_is_not_whole_is_refused_and_left_alone) {  // F132
    ring_or_stop()->rotate();
    const std::string good = read_file(file());
    const auto without = [&](const std::string& part, const std::string& instead) {
        std::string text = good;
        const auto at = text.find(part);
        EXPECT_NE(at, std::string::npos) << part;
        return text.replace(at, part.size(), instead);
    };
    const std::pair<const char*, std::string> cases[] = {
        {"empty", ""},
        {"cut", good.substr(0, good.size() / 2)},
        {"not JSON", "keys"},
        {"another thing", "[]"},
        {"another version", without("\"version\":1", "\"version\":2")},
        {"no purpose secret", without("purpose_secret", "purpose_sacred")},
        {"no active key", without("\"active\"", "\"retired\"")},
        {"two active keys", without("\"retired\"", "\"active\"")},
        {"a status that we do not know", without("\"retired\"", "\"resting\"")},
        {"a short secret", without("\"secret\":\"", "\"secret\":\"AA\",\"old\":\"")},
        {"no moment", without("created_at", "created_on")},
        {"no keys", R"({"version":1,"purpose_secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","keys":[]})"},
    };
    for (const auto& [why, text] : cases) {
        SCOPED_TRACE(why);
        write_file(file(), text);
        EXPECT_EQ(code_of_loading(), "key_ring_malformed");
        EXPECT_EQ(read_file(file()), text);
    }
    write_file(file(), good);
    EXPECT_EQ(code_of_loading(), "loaded");
}

TEST_F(KeyRingTest, one_changed_bit_anywhere_or_a_cut_is_refused) {
    const auto ring = KeyRing::in_memory(sim.world());
    const auto sealed = ring->seal("tok_4242", "methods.token.1.7");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            auto changed = sealed;
            changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1 << bit));
            const auto opened = ring->open(changed, "methods.token.1.7");
            EXPECT_FALSE(opened) << "byte " << i << " bit " << bit;
        }
        EXPECT_FALSE(ring->open(Octets{sealed}.part(0, i), "methods.token.1.7")) << "cut at " << i;
    }
    auto longer = sealed;
    longer.push_back(0);
    EXPECT_FALSE(ring->open(longer, "methods.token.1.7"));
}

TEST_F(KeyRingTest, a_sealed_text_opens_in_its_own_place_only) {
    const auto ring = KeyRing::in_memory(sim.world());
    const auto sealed = ring->seal("tok", "methods.token.1.7");
    for (const char* other : {"methods.token.1.8", "methods.token.2.7", "methods.name.1.7", "", "methods.token.1.7 "}) {
        const auto opened = ring->open(sealed, other);
        ASSERT_FALSE(opened) << other;
        EXPECT_EQ(opened.error().code, "sealed_text_refused");
    }
}

TEST_F(KeyRingTest, equal_texts_never_look_equal) {  // F131
    const auto ring = KeyRing::in_memory(sim.world());
    std::set<std::string> headers;
    for (int i = 0; i < 5'000; ++i) headers.insert(to_hex(Octets{ring->seal("same", "same")}.part(5, 28)));
    EXPECT_EQ(headers.size(), 5'000U);
}

TEST_F(KeyRingTest, after_any_number_of_rotations_everything_opens_and_only_the_newest_needs_no_rewrap) {
    auto ring = ring_or_stop();
    const std::string before = to_hex(ring->derive("audit.chain").expose());
    std::vector<std::vector<std::uint8_t>> sealed;
    for (int round = 0; round < 5; ++round) {
        sealed.push_back(ring->seal(std::to_string(round), "here"));
        if (round == 4) break;
        sim.clock.advance(Millis{1000});
        ASSERT_TRUE(ring->rotate());
        if (round % 2 == 0) ring = ring_or_stop();
    }
    for (std::size_t round = 0; round < sealed.size(); ++round) {
        EXPECT_EQ(ring->open(sealed[round], "here").value_or("(refused)"), std::to_string(round));
        EXPECT_EQ(ring->needs_rewrap(sealed[round]), round + 1 < sealed.size());
    }
    EXPECT_EQ(to_hex(ring->derive("audit.chain").expose()), before) << "what is derived outlives rotations";
    const auto keys = ring->keys();
    ASSERT_EQ(keys.size(), 5U);
    EXPECT_TRUE(keys.back().is_active);
    EXPECT_EQ(std::ranges::count(keys, true, &KeyInfo::is_active), 1);
    EXPECT_EQ(mode_of(file()), 0600);
}

TEST_F(KeyRingTest, a_running_process_opens_what_another_sealed_after_rotating) {
    const auto running = ring_or_stop();
    const auto other = ring_or_stop();
    ASSERT_TRUE(other->rotate());
    const auto sealed = other->seal("new", "here");
    EXPECT_EQ(running->open(sealed, "here").value_or("(refused)"), "new");
    EXPECT_FALSE(running->needs_rewrap(sealed));
}

TEST_F(KeyRingTest, rotations_of_several_processes_lose_no_key) {
    const auto first = ring_or_stop();
    const auto second = ring_or_stop();
    ASSERT_TRUE(first->rotate());
    ASSERT_TRUE(second->rotate());
    EXPECT_EQ(second->keys().size(), 3U);
    EXPECT_TRUE(second->open(first->seal("x", "y"), "y"));
}

TEST_F(KeyRingTest, a_rotation_that_cannot_be_kept_changes_nothing) {
    const auto ring = ring_or_stop();
    write_file(file(), "broken");
    const auto rotated = ring->rotate();
    ASSERT_FALSE(rotated);
    EXPECT_EQ(rotated.error().code, "key_ring_malformed");
    EXPECT_EQ(read_file(file()), "broken");
    EXPECT_EQ(ring->keys().size(), 1U);
    EXPECT_TRUE(ring->open(ring->seal("x", "y"), "y"));
}

TEST_F(KeyRingTest, a_text_of_another_ring_names_the_missing_key) {
    const auto ours = KeyRing::in_memory(sim.world());
    const auto theirs = KeyRing::in_memory(sim.world());
    const auto opened = ours->open(theirs->seal("x", "y"), "y");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "key_missing");
    EXPECT_NE(opened.error().message.find(theirs->keys()[0].id), std::string::npos);
}

TEST_F(KeyRingTest, what_others_have_rotated_is_taken_up_and_kept) {  // F129
    const auto ours = ring_or_stop();
    const auto theirs = KeyRing::in_memory(sim.world());
    ASSERT_FALSE(ours->adopt(theirs->text()));
    const std::string before = ours->text();
    sim.clock.advance(Millis{1'000});
    ASSERT_TRUE(ours->rotate());
    const std::string after = ours->text();
    write_file(file(), before);
    const auto behind = ring_or_stop();
    EXPECT_TRUE(behind->adopt(after).value_or(false));
    EXPECT_FALSE(behind->adopt(before).value_or(true));
    EXPECT_EQ(read_file(file()), after);
    EXPECT_FALSE(behind->needs_rewrap(ours->seal("x", "y")));
    EXPECT_EQ(behind->adopt("{}").error().code, "key_ring_malformed");
}

TEST_F(KeyRingTest, an_unknown_key_is_asked_for_elsewhere_but_not_again_and_again) {  // F129
    const auto ours = ring_or_stop();
    int asked = 0;
    std::optional<std::string> known;
    ours->set_source([&] {
        ++asked;
        return known;
    });
    const auto stranger = KeyRing::in_memory(sim.world())->seal("x", "y");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(ours->open(stranger, "y").error().code, "key_missing");
    EXPECT_EQ(asked, 1);
    sim.clock.advance(Millis{1'000});
    EXPECT_FALSE(ours->open(stranger, "y"));
    EXPECT_EQ(asked, 2);
    // Another process of ours has rotated: a text of the same origin is enough, and no pause is needed.
    const std::string before = ours->text();
    ASSERT_TRUE(ours->rotate());
    known = ours->text();
    const auto sealed = ours->seal("new", "y");
    write_file(file(), before);
    const auto behind = ring_or_stop();
    int behind_asked = 0;
    behind->set_source([&] {
        ++behind_asked;
        return known;
    });
    EXPECT_EQ(behind->open(sealed, "y").value_or("(refused)"), "new");
    EXPECT_EQ(behind->open(sealed, "y").value_or("(refused)"), "new");
    EXPECT_EQ(behind_asked, 1);
}

TEST_F(KeyRingTest, many_threads_that_meet_a_new_key_at_once_ask_for_it_once) {  // F129
    const World world{sim.clock, system_random()};
    const auto behind = KeyRing::load_or_create(directory(), world).value();
    const std::string before = read_file(file());
    const auto ahead = KeyRing::load(directory(), world).value();
    ASSERT_TRUE(ahead->rotate());
    write_file(file(), before);
    const auto sealed = ahead->seal("text", "place");
    std::atomic<int> asked = 0;
    behind->set_source([&]() -> std::optional<std::string> {
        ++asked;
        return ahead->text();
    });
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i) {
                EXPECT_TRUE(behind->open(sealed, "place"));
                EXPECT_TRUE(behind->open(behind->seal("x", "y"), "y"));
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(asked, 1);
}

TEST_F(KeyRingTest, a_rotation_that_cannot_be_told_to_others_changes_nothing) {  // F129
    const auto ring = ring_or_stop();
    const std::string before = read_file(file());
    std::string told;
    const auto rotated = ring->rotate([&](std::string_view text) -> Result<void> {
        told = std::string{text};
        return fail(ErrorKind::unavailable, "storage_unavailable", "");
    });
    EXPECT_EQ(rotated.error().code, "storage_unavailable");
    EXPECT_EQ(read_file(file()), before);
    EXPECT_EQ(ring->keys().size(), 1U);
    EXPECT_NE(told, before);
}

TEST_F(KeyRingTest, a_wrapped_ring_shows_nothing_and_opens_for_who_missed_rotations) {
    const auto ours = ring_or_stop();
    const std::string before = read_file(file());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(ours->rotate());
    const std::string wrapped = ours->wrap(ours->text());
    EXPECT_EQ(wrapped.find("secret"), std::string::npos);
    write_file(file(), before);
    EXPECT_EQ(ring_or_stop()->unwrap(wrapped).value_or("(refused)"), ours->text());
    EXPECT_EQ(KeyRing::in_memory(sim.world())->unwrap(wrapped).error().code, "sealed_text_refused");
    EXPECT_EQ(ours->unwrap("").error().code, "sealed_text_refused");
}

TEST_F(KeyRingTest, purposes_have_different_keys) {
    const auto ring = KeyRing::in_memory(sim.world());
    EXPECT_NE(to_hex(ring->derive("a").expose()), to_hex(ring->derive("b").expose()));
    EXPECT_EQ(to_hex(ring->derive("a").expose()), to_hex(ring->derive("a").expose()));
}

TEST_F(KeyRingTest, sealing_and_rotating_at_once_from_many_threads_is_safe) {
    const auto ring = KeyRing::in_memory(World{sim.clock, system_random()});
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 200; ++i) {
                const auto sealed = ring->seal("text", "place");
                EXPECT_TRUE(ring->open(sealed, "place"));
                if (thread == 0 && i % 20 == 0) EXPECT_TRUE(ring->rotate());
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace florin::security
