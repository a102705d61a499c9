#include "signing.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace florin::sandbox::authorize_net {

std::string hmac_sha512(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), digest.data(), &size);
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string shown;
    shown.reserve(std::size_t{size} * 2);
    for (std::size_t i = 0; i < size; ++i) {
        shown.push_back(hex[digest[i] >> 4]);
        shown.push_back(hex[digest[i] & 15]);
    }
    return shown;
}

std::string from_hex(std::string_view digits) {
    const auto digit = [](char c) { return (c <= '9' ? c - '0' : (c & ~0x20) - 'A' + 10) & 15; };
    std::string octets;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        octets.push_back(static_cast<char>(digit(digits[i]) * 16 + digit(digits[i + 1])));
    return octets;
}

}  // namespace florin::sandbox::authorize_net
