#include "seal.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <string>

#include "florin/base/check.hpp"

namespace florin::security {
namespace {

struct FreeCipher {
    void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

struct Gcm {
    std::unique_ptr<EVP_CIPHER, FreeCipher> cipher{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
    std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context{EVP_CIPHER_CTX_new()};
    Gcm() { check(cipher && context, "the cryptographic library has AES-256-GCM"); }
    static Gcm& mine() {
        thread_local Gcm gcm;
        return gcm;
    }
};

/// Empty input must still have an address: a null one would mean additional data to the library.
const std::uint8_t* address_of(Octets bytes) {
    static constexpr std::uint8_t nothing = 0;
    return bytes.empty() ? &nothing : bytes.data();
}
int length_of(Octets bytes) {
    check(bytes.size() < (1U << 30), "fields are far smaller than a gigabyte");
    return static_cast<int>(bytes.size());
}

}  // namespace

void append_gcm_sealed(std::vector<std::uint8_t>& out, Octets key, Octets nonce, Octets aad, Octets plaintext) {
    check(key.size() == 32 && nonce.size() == gcm_nonce_size, "AES-256-GCM has 32 bytes of key and 12 of nonce");
    Gcm& gcm = Gcm::mine();
    const std::size_t start = out.size();
    out.resize(start + plaintext.size() + gcm_tag_size);
    std::uint8_t* const text = out.data() + start;
    int size = 0;
    int rest = 0;
    const bool is_sealed =
        EVP_EncryptInit_ex2(gcm.context.get(), gcm.cipher.get(), key.data(), nonce.data(), nullptr) == 1 &&
        (aad.empty() || EVP_EncryptUpdate(gcm.context.get(), nullptr, &size, aad.data(), length_of(aad)) == 1) &&
        EVP_EncryptUpdate(gcm.context.get(), text, &size, address_of(plaintext), length_of(plaintext)) == 1 &&
        EVP_EncryptFinal_ex(gcm.context.get(), text + plaintext.size(), &rest) == 1 && rest == 0 &&
        EVP_CIPHER_CTX_ctrl(gcm.context.get(), EVP_CTRL_AEAD_GET_TAG, gcm_tag_size, text + plaintext.size()) == 1;
    check(is_sealed, "encrypting bytes in memory cannot fail");
}

bool open_gcm(std::string& out, Octets key, Octets nonce, Octets aad, Octets sealed) {
    check(key.size() == 32 && nonce.size() == gcm_nonce_size, "AES-256-GCM has 32 bytes of key and 12 of nonce");
    out.clear();
    if (sealed.size() < gcm_tag_size) return false;
    Gcm& gcm = Gcm::mine();
    const Octets text = sealed.part(0, sealed.size() - gcm_tag_size);
    std::array<std::uint8_t, gcm_tag_size> tag;
    std::copy_n(sealed.data() + text.size(), tag.size(), tag.begin());
    // One byte more, so that the library always has somewhere to write.
    out.resize(text.size() + 1);
    auto* const plain = reinterpret_cast<std::uint8_t*>(out.data());
    int size = 0;
    int rest = 0;
    const bool is_whole =
        EVP_DecryptInit_ex2(gcm.context.get(), gcm.cipher.get(), key.data(), nonce.data(), nullptr) == 1 &&
        (aad.empty() || EVP_DecryptUpdate(gcm.context.get(), nullptr, &size, aad.data(), length_of(aad)) == 1) &&
        EVP_DecryptUpdate(gcm.context.get(), plain, &size, address_of(text), length_of(text)) == 1 &&
        EVP_CIPHER_CTX_ctrl(gcm.context.get(), EVP_CTRL_AEAD_SET_TAG, gcm_tag_size, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(gcm.context.get(), plain + text.size(), &rest) == 1;
    // Until the tag has been found right, what was decrypted is whatever an attacker made of it.
    if (!is_whole) OPENSSL_cleanse(out.data(), out.size());
    out.resize(is_whole ? text.size() : 0);
    return is_whole;
}

}  // namespace florin::security
