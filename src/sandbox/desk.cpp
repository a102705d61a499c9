#include "desk.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "florin/base/check.hpp"

namespace florin::sandbox {

void Desk::move(Movement movement) {
    if (movement.amount_minor == 0) return;
    check(movement.amount_minor > 0, "what moves is an amount above zero");
    movement.seq = static_cast<std::int64_t>(book.size()) + 1;
    movement.at = now;
    records.put(movement);
    book.push_back(std::move(movement));
}

std::string Desk::letters(std::size_t count) {
    constexpr std::string_view alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    static_assert(alphabet.size() == 32);
    std::string text(count, '0');
    std::array<std::byte, 64> random{};
    check(count <= random.size(), "the sandbox's codes are short");
    world.random.fill(std::span{random}.first(count));
    for (std::size_t i = 0; i < count; ++i) text[i] = alphabet[std::to_integer<std::size_t>(random[i]) % 32];
    return text;
}

std::string Desk::fingerprint(std::string_view text) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
    constexpr std::string_view hex = "0123456789abcdef";
    std::string shown;
    for (std::size_t i = 0; i < 12; ++i) {
        shown.push_back(hex[digest[i] >> 4]);
        shown.push_back(hex[digest[i] & 15]);
    }
    return shown;
}

}  // namespace florin::sandbox
