#include "assertion.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <vector>

#include "florin/base/check.hpp"
#include "florin/json/writer.hpp"
#include "florin/salesforce/salesforce.hpp"
#include "florin/security/encoding.hpp"

namespace florin::salesforce {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

constexpr int fewest_bits = 2048;

/// A key that wants a password is none: nobody is there to be asked.
int no_password(char*, int, int, void*) { return -1; }

Key read_key(std::string_view pem) {
    const std::unique_ptr<BIO, Freed<BIO_free>> source{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    check(source != nullptr, "there is memory");
    Key key{PEM_read_bio_PrivateKey(source.get(), nullptr, no_password, nullptr)};
    const bool is_good =
        key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key.get()) >= fewest_bits;
    return is_good ? std::move(key) : nullptr;
}

std::unexpected<Error> not_a_key() {
    return fail(ErrorKind::invalid, "invalid_private_key",
                "An RSA key of at least 2048 bits is expected, as PEM without a password.");
}

}  // namespace

Result<void> validate_private_key(std::string_view pem) {
    if (!read_key(pem)) return not_a_key();
    return {};
}

std::string signing_input(const Claims& claims) {
    std::string header, body;
    json::Writer{header}.open('{').field("alg", "RS256").close('}');
    json::Writer{body}
        .open('{')
        .field("iss", claims.issuer)
        .field("sub", claims.subject)
        .field("aud", claims.audience)
        .field("exp", claims.expires_at.ms / 1'000)
        .close('}');
    return security::to_base64url(header) + "." + security::to_base64url(body);
}

Result<std::string> sign_assertion(const Claims& claims, std::string_view private_key_pem) {
    const Key key = read_key(private_key_pem);
    if (!key) return not_a_key();
    std::string assertion = signing_input(claims);
    const std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
    const auto* const input = reinterpret_cast<const unsigned char*>(assertion.data());
    std::size_t size = 0;
    bool is_signed = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                     EVP_DigestSign(context.get(), nullptr, &size, input, assertion.size()) == 1;
    std::vector<std::uint8_t> signature(size);
    is_signed = is_signed && EVP_DigestSign(context.get(), signature.data(), &size, input, assertion.size()) == 1;
    check(is_signed, "what was read as an RSA key signs");
    signature.resize(size);
    assertion += "." + security::to_base64url(signature);
    return assertion;
}

}  // namespace florin::salesforce
