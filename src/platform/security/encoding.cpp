#include "florin/security/encoding.hpp"

#include <array>

namespace florin::security {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view crockford_digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// For each character its value, or -1.
constexpr std::array<std::int8_t, 256> inverse(std::string_view digits) {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}
constexpr auto base64_values = inverse(base64_digits);
constexpr auto base64url_values = inverse(base64url_digits);
constexpr auto hex_values = [] {
    auto values = inverse(hex_digits);
    for (std::size_t i = 0; i < 6; ++i) values['A' + i] = static_cast<std::int8_t>(10 + i);
    return values;
}();

/// Digits of `bits` bits each, the last filled up with zeros.
std::string encode(Octets bytes, std::string_view digits, unsigned bits) {
    std::string out;
    out.reserve((bytes.size() * 8 + bits - 1) / bits);
    std::uint32_t held = 0;
    unsigned count = 0;
    const std::uint32_t mask = (1U << bits) - 1;
    for (const std::uint8_t byte : bytes) {
        held = (held << 8 | byte) & 0xffff;
        count += 8;
        while (count >= bits) {
            count -= bits;
            out.push_back(digits[held >> count & mask]);
        }
    }
    if (count > 0) out.push_back(digits[held << (bits - count) & mask]);
    return out;
}

std::optional<std::vector<std::uint8_t>> decode64(std::string_view text, const std::array<std::int8_t, 256>& values) {
    // One character over a multiple of four holds six bits: not a byte.
    if (text.size() % 4 == 1) return std::nullopt;
    std::vector<std::uint8_t> out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t held = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::int8_t value = values[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        held = (held << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out.push_back(static_cast<std::uint8_t>(held >> count));
        }
    }
    if ((held & ((1U << count) - 1)) != 0) return std::nullopt;
    return out;
}

}  // namespace

std::string to_hex(Octets bytes) { return encode(bytes, hex_digits, 4); }

std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::uint8_t> out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::int8_t high = hex_values[static_cast<unsigned char>(text[i])];
        const std::int8_t low = hex_values[static_cast<unsigned char>(text[i + 1])];
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return out;
}

std::string to_base64(Octets bytes) {
    std::string out = encode(bytes, base64_digits, 6);
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    return decode64(text, base64_values);
}

std::string to_base64url(Octets bytes) { return encode(bytes, base64url_digits, 6); }
std::optional<std::vector<std::uint8_t>> from_base64url(std::string_view text) {
    return decode64(text, base64url_values);
}

std::string to_crockford(Octets bytes) { return encode(bytes, crockford_digits, 5); }

std::string reference_of(const Uuid& id) {
    const auto bits = [&](std::size_t from, std::size_t count) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < count; ++i) value = value << 8 | id[from + i];
        return value;
    };
    // 26 bits of the moment and 12 random ones, without the version between them; then 62 random
    // ones after the variant.
    const std::uint64_t moment = bits(2, 4) & 0x3ff'ffff;
    const std::uint64_t first = moment << 12 | (bits(6, 2) & 0xfff);
    const std::uint64_t second = bits(8, 8) & 0x3fff'ffff'ffff'ffff;
    // 38 and 62 bits: the two highest of `second` complete the first eight digits to 40 bits.
    const std::uint64_t high = first << 2 | second >> 60;
    const std::uint64_t low = second & 0xfff'ffff'ffff'ffff;
    std::string out(20, '0');
    for (std::size_t i = 0; i < 8; ++i) out[i] = crockford_digits[high >> (35 - 5 * i) & 31];
    for (std::size_t i = 0; i < 12; ++i) out[8 + i] = crockford_digits[low >> (55 - 5 * i) & 31];
    return out;
}

std::optional<Uuid> newest_id_of(std::string_view reference, std::int64_t at_ms) {
    if (reference.size() != 20 || at_ms < 0) return std::nullopt;
    const auto bits_of = [&](std::string_view digits) -> std::optional<std::uint64_t> {
        std::uint64_t bits = 0;
        for (const char digit : digits) {
            const std::size_t value = crockford_digits.find(digit);
            if (value == std::string_view::npos) return std::nullopt;
            bits = bits << 5 | value;
        }
        return bits;
    };
    const auto high = bits_of(reference.substr(0, 8)), low = bits_of(reference.substr(8));
    if (!high || !low) return std::nullopt;
    const auto known = static_cast<std::int64_t>(*high >> 14);
    std::int64_t moment = (at_ms & ~(reference_period_ms - 1)) | known;
    if (moment > at_ms) moment -= reference_period_ms;
    if (moment < 0) return std::nullopt;
    const std::uint64_t first = static_cast<std::uint64_t>(moment) << 16 | 0x7000 | (*high >> 2 & 0xfff);
    const std::uint64_t second = std::uint64_t{1} << 63 | (*high & 3) << 60 | *low;
    Uuid id{};
    for (std::size_t i = 0; i < 8; ++i) {
        id[i] = static_cast<std::uint8_t>(first >> (56 - 8 * i));
        id[8 + i] = static_cast<std::uint8_t>(second >> (56 - 8 * i));
    }
    return id;
}

}  // namespace florin::security
