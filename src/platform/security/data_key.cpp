#include "florin/security/data_key.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

#include "florin/security/hash.hpp"
#include "seal.hpp"

namespace florin::security {
namespace {

constexpr std::uint8_t data_version = 1;
constexpr std::size_t data_salt_size = 16;
constexpr std::size_t data_header_size = 1 + data_salt_size + gcm_nonce_size;

SecretKey subkey(const SecretKey& key, Octets salt) {
    SecretKey derived;
    hkdf_sha256(key.expose(), salt, "florin.data_key.1", derived.fill());
    return derived;
}

/// Version and place, both bound to the ciphertext.
std::string additional_data(std::string_view context) {
    std::string data(1, static_cast<char>(data_version));
    data.append(context);
    return data;
}

std::unexpected<Error> refuse() {
    return fail(ErrorKind::unavailable, "sealed_text_refused",
                "An encrypted field was changed, cut or moved from another place.");
}

}  // namespace

SecretKey make_data_key(Random& random) {
    SecretKey key;
    random.fill(std::as_writable_bytes(key.fill()));
    return key;
}

std::vector<std::uint8_t> seal_data_key(const KeyRing& ring, const SecretKey& key, std::string_view context) {
    return ring.seal(key.expose(), context);
}

Result<SecretKey> open_data_key(const KeyRing& ring, Octets sealed, std::string_view context) {
    auto opened = ring.open(sealed, context);
    if (!opened) return fail(std::move(opened.error()));
    SecretKey key;
    const bool is_key = opened->size() == SecretKey::size;
    if (is_key) std::copy(opened->begin(), opened->end(), key.fill().begin());
    OPENSSL_cleanse(opened->data(), opened->size());
    if (!is_key) return refuse();
    return key;
}

std::vector<std::uint8_t> seal_with(const SecretKey& key, Random& random, Octets plaintext, std::string_view context) {
    std::array<std::uint8_t, data_salt_size + gcm_nonce_size> chance;
    random.fill(std::as_writable_bytes(std::span{chance}));
    std::vector<std::uint8_t> out;
    out.reserve(data_header_size + plaintext.size() + gcm_tag_size);
    out.push_back(data_version);
    out.insert(out.end(), chance.begin(), chance.end());
    const Octets salt = Octets{chance}.part(0, data_salt_size);
    const Octets nonce = Octets{chance}.after(data_salt_size);
    append_gcm_sealed(out, subkey(key, salt).expose(), nonce, additional_data(context), plaintext);
    return out;
}

Result<std::string> open_with(const SecretKey& key, Octets sealed, std::string_view context) {
    if (sealed.size() < data_header_size + gcm_tag_size || sealed[0] != data_version) return refuse();
    const Octets salt = sealed.part(1, data_salt_size);
    const Octets nonce = sealed.part(1 + data_salt_size, gcm_nonce_size);
    std::string plaintext;
    if (!open_gcm(plaintext, subkey(key, salt).expose(), nonce, additional_data(context),
                  sealed.after(data_header_size)))
        return refuse();
    return plaintext;
}

}  // namespace florin::security
