#include "florin/security/hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "florin/security/encoding.hpp"

namespace florin::security {
namespace {

TEST(Hash, agrees_with_the_published_examples) {  // FIPS 180-4's examples
    EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(to_hex(sha512("abc")),
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Hash, agrees_with_the_published_examples_where_a_provider_still_wants_them) {  // RFC 1321, RFC 3174
    EXPECT_EQ(to_hex(md5("")), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(to_hex(md5("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
    EXPECT_EQ(to_hex(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(to_hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

struct HmacCase {
    const char* why;
    std::string key;
    std::string text;
    const char* sha256;
    const char* sha512;
};

TEST(Hmac, agrees_with_the_published_examples) {  // RFC 4231
    const HmacCase cases[] = {
        {"case 1", std::string(20, '\x0b'), "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
         "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
        {"case 2: a short key", "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
         "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
        {"case 3", std::string(20, '\xaa'), std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
         "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
         "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
        {"case 6: a key longer than the block", std::string(131, '\xaa'),
         "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
         "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
         "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
    };
    for (const HmacCase& c : cases) {
        SCOPED_TRACE(c.why);
        EXPECT_EQ(to_hex(hmac_sha256(c.key, c.text)), c.sha256);
        EXPECT_EQ(to_hex(hmac_sha512(c.key, c.text)), c.sha512);
    }
}

TEST(Hmac, an_empty_key_is_a_key_and_not_the_one_before) {
    const auto empty = hmac_sha256("", "text");
    hmac_sha256("another", "text");
    EXPECT_EQ(hmac_sha256("", "text"), empty);
    EXPECT_NE(hmac_sha256("another", "text"), empty);
}

TEST(Hmac, agrees_with_authorize_nets_webhook_signature) {
    std::string key;
    for (int i = 0; i < 8; ++i) key += "0123456789ABCDEF";
    const std::string body =
        R"({"notificationId":"5f3c1f0e-8a55-4c4c-9d57-6f3f0a9e1b11","eventType":"net.authorize.payment.authcapture.created",)"
        R"("eventDate":"2026-11-20T10:15:30.1234567Z","webhookId":"2b8e3d6a-1111-4222-8333-444455556666","payload":)"
        R"({"responseCode":1,"merchantReferenceId":"ord-000017","authCode":"A1B2C3","avsResponse":"Y","authAmount":12.5,)"
        R"("invoiceNumber":"INV-17","entityName":"transaction","id":"40000000017"}})";
    ASSERT_EQ(body.size(), 398U);
    // The key is used as its text.
    EXPECT_EQ(to_hex(hmac_sha512(key, body)),
              "289f3008ebc35ca5302400273c040effa5dec9caf000e37318a9712729ffc577"
              "e57ed8b0c747c6027ac056c1f5e15ea124f6dcbfc9390aa11bb1d94ce54725f4");
    // The transaction hash uses the bytes that the text stands for.
    EXPECT_EQ(to_hex(hmac_sha512(*from_hex(key), "^sandboxLogin^40000000017^12.50^")),
              "eab3c165b13282e7b9c2e43079e40a715aea062989ce79000b63c3fa90d0bd1a"
              "8c59e480bbdf1ed4278cbe82095487e4afad78b2424ad4eedbfac099e4de6790");
}

TEST(Hkdf, agrees_with_the_published_examples) {  // RFC 5869, A.1 to A.3
    struct Case {
        const char* why;
        std::string secret, salt, info, out;
    };
    const auto range = [](int first, int last) {
        std::string text;
        for (int i = first; i <= last; ++i) text.push_back(static_cast<char>(i));
        return text;
    };
    const Case cases[] = {
        {"basic", std::string(22, '\x0b'), range(0, 12), range(0xf0, 0xf9),
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
        {"longer than a block", range(0, 0x4f), range(0x60, 0xaf), range(0xb0, 0xff),
         "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
         "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
        {"no salt, no info", std::string(22, '\x0b'), "", "",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        std::vector<std::uint8_t> out(c.out.size() / 2);
        hkdf_sha256(c.secret, c.salt, c.info, out);
        EXPECT_EQ(to_hex(out), c.out);
    }
}

TEST(ConstantTimeEqual, compares_length_and_content) {  // F136
    EXPECT_TRUE(constant_time_equal("same", "same"));
    EXPECT_TRUE(constant_time_equal("", ""));
    EXPECT_FALSE(constant_time_equal("same", "sama"));
    EXPECT_FALSE(constant_time_equal("same", "tame"));
    EXPECT_FALSE(constant_time_equal("same", "same "));
}

/// Welch's t of two samples: how many standard errors lie between their means.
double distance(const std::vector<double>& a, const std::vector<double>& b) {
    const auto moments_of = [](const std::vector<double>& sample) {
        double mean = 0, squares = 0;
        std::size_t count = 0;
        for (const double value : sample) {
            const double off = value - mean;
            mean += off / static_cast<double>(++count);
            squares += off * (value - mean);
        }
        return std::pair{mean, squares / static_cast<double>(count - 1) / static_cast<double>(count)};
    };
    const auto [mean_a, error_a] = moments_of(a);
    const auto [mean_b, error_b] = moments_of(b);
    // A coarse clock may have measured the same each time.
    return mean_a == mean_b ? 0 : std::abs(mean_a - mean_b) / std::sqrt(error_a + error_b);
}

// Which of the two is measured is drawn by lot each time, so whatever else goes on in the machine befalls both alike:
// with equal means the distance is beyond 6 once in a thousand million runs. A machine may have a habit of its own that
// makes a twentieth of a nanosecond, which so many samples would show; a comparison that ends at the first difference
// is a thousand apart.
TEST(ConstantTimeEqual, takes_as_long_wherever_the_difference_is) {  // F136
    constexpr std::size_t samples = 1'000'000;
    std::vector<std::uint8_t> known(1'024, 0x5a), guess = known;
    std::mt19937 random{1};
    struct Sample {
        double took_ns;
        bool differs_early;
    };
    std::vector<Sample> taken;
    taken.reserve(samples);
    for (std::size_t i = 0; i < samples; ++i) {
        const bool differs_early = (random() & 1) != 0;
        // Both places are written in either case: nothing else is to tell the two apart.
        guess.front() = differs_early ? 0 : 0x5a;
        guess.back() = differs_early ? 0x5a : 0;
        const auto began = std::chrono::steady_clock::now();
        const bool is_equal = constant_time_equal(known, guess);
        const auto ended = std::chrono::steady_clock::now();
        ASSERT_FALSE(is_equal);
        taken.push_back({std::chrono::duration<double, std::nano>(ended - began).count(), differs_early});
    }
    // The slowest tenth was interrupted by something and would only add noise.
    std::vector<Sample> sorted = taken;
    const auto limit = sorted.begin() + samples * 9 / 10;
    std::ranges::nth_element(sorted, limit, {}, &Sample::took_ns);
    std::vector<double> early, late;
    for (const Sample& sample : taken)
        if (sample.took_ns <= limit->took_ns) (sample.differs_early ? early : late).push_back(sample.took_ns);
    ASSERT_GT(std::min(early.size(), late.size()), 1'000U);
    RecordProperty("distance", std::to_string(distance(early, late)));
    EXPECT_LT(distance(early, late), 60);
}

}  // namespace
}  // namespace florin::security
