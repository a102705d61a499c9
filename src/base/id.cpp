#include "florin/base/id.hpp"

namespace florin {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr bool dash_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

}  // namespace

void write_text(const Uuid& uuid, char* out) {
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (dash_before(i)) *out++ = '-';
        *out++ = hex_digits[uuid[i] >> 4];
        *out++ = hex_digits[uuid[i] & 15];
    }
}

std::string to_text(const Uuid& uuid) {
    std::string out(36, '\0');
    write_text(uuid, out.data());
    return out;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (dash_before(i) && text[at++] != '-') return std::nullopt;
        const int high = digit_of(text[at++]);
        const int low = digit_of(text[at++]);
        if (high < 0 || low < 0) return std::nullopt;
        uuid[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return uuid;
}

Uuid make_uuid7(std::int64_t ms, const std::array<std::uint8_t, 10>& random) {
    Uuid uuid{};
    for (int i = 0; i < 6; ++i) uuid[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    std::memcpy(uuid.data() + 6, random.data(), random.size());
    uuid[6] = static_cast<std::uint8_t>(0x70 | (uuid[6] & 0x0f));
    uuid[8] = static_cast<std::uint8_t>(0x80 | (uuid[8] & 0x3f));
    return uuid;
}

}  // namespace florin
