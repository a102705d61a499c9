#include "florin/security/hash.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>

#include "florin/base/check.hpp"

namespace florin::security {
namespace {

struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

/// A digest looked up once and a context to use it with. Looking it up for each call costs more
/// than hashing a request.
template <std::size_t Size>
class Digest {
public:
    explicit Digest(const char* name) : digest_{EVP_MD_fetch(nullptr, name, nullptr)}, context_{EVP_MD_CTX_new()} {
        check(digest_ && context_, "the cryptographic library has the digests that we use");
    }
    std::array<std::uint8_t, Size> operator()(Octets text) {
        std::array<std::uint8_t, Size> out;
        unsigned size = 0;
        check(EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) == 1 &&
                  EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1 &&
                  EVP_DigestFinal_ex(context_.get(), out.data(), &size) == 1 && size == Size,
              "a digest of bytes in memory cannot fail");
        return out;
    }

private:
    std::unique_ptr<EVP_MD, FreeDigest> digest_;
    std::unique_ptr<EVP_MD_CTX, FreeDigest> context_;
};

template <std::size_t Size>
class Hmac {
public:
    explicit Hmac(const char* digest) {
        const std::unique_ptr<EVP_MAC, FreeDigest> mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
        check(mac != nullptr, "the cryptographic library has HMAC");
        context_.reset(EVP_MAC_CTX_new(mac.get()));
        std::string name{digest};
        const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                     OSSL_PARAM_construct_end()};
        check(context_ && EVP_MAC_CTX_set_params(context_.get(), params) == 1, "HMAC takes the digests that we use");
    }
    std::array<std::uint8_t, Size> operator()(Octets key, Octets text) {
        // A null key means "the one before" to the library, so an empty one needs an address.
        static constexpr std::uint8_t nothing = 0;
        std::array<std::uint8_t, Size> out;
        std::size_t size = 0;
        check(EVP_MAC_init(context_.get(), key.empty() ? &nothing : key.data(), key.size(), nullptr) == 1 &&
                  EVP_MAC_update(context_.get(), text.data(), text.size()) == 1 &&
                  EVP_MAC_final(context_.get(), out.data(), &size, out.size()) == 1 && size == Size,
              "an HMAC of bytes in memory cannot fail");
        return out;
    }

private:
    std::unique_ptr<EVP_MAC_CTX, FreeDigest> context_;
};

}  // namespace

Md5 md5(Octets text) {
    thread_local Digest<16> digest{"MD5"};
    return digest(text);
}
Sha1 sha1(Octets text) {
    thread_local Digest<20> digest{"SHA1"};
    return digest(text);
}
Sha256 sha256(Octets text) {
    thread_local Digest<32> digest{"SHA2-256"};
    return digest(text);
}
Sha512 sha512(Octets text) {
    thread_local Digest<64> digest{"SHA2-512"};
    return digest(text);
}
Sha256 hmac_sha256(Octets key, Octets text) {
    thread_local Hmac<32> hmac{"SHA2-256"};
    return hmac(key, text);
}
Sha512 hmac_sha512(Octets key, Octets text) {
    thread_local Hmac<64> hmac{"SHA2-512"};
    return hmac(key, text);
}

void hkdf_sha256(Octets secret, Octets salt, Octets info, std::span<std::uint8_t> out) {
    check(out.size() <= 255 * sizeof(Sha256), "HKDF gives at most 255 blocks");
    Sha256 extracted = hmac_sha256(salt, secret);
    Sha256 block{};
    std::vector<std::uint8_t> text;
    text.reserve(block.size() + info.size() + 1);
    std::size_t done = 0;
    for (std::uint8_t count = 1; done < out.size(); ++count) {
        text.clear();
        if (count > 1) text.insert(text.end(), block.begin(), block.end());
        text.insert(text.end(), info.begin(), info.end());
        text.push_back(count);
        block = hmac_sha256(extracted, text);
        const std::size_t part = std::min(block.size(), out.size() - done);
        std::copy_n(block.begin(), part, out.begin() + static_cast<std::ptrdiff_t>(done));
        done += part;
    }
    OPENSSL_cleanse(extracted.data(), extracted.size());
    OPENSSL_cleanse(block.data(), block.size());
    OPENSSL_cleanse(text.data(), text.size());
}

bool constant_time_equal(Octets a, Octets b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace florin::security
