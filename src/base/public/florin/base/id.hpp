#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace florin {

/// 128 bits, in the order in which they are written and stored.
using Uuid = std::array<std::uint8_t, 16>;

/// `c560a405-f533-4939-ac46-a503c67c8bea`, lower case.
std::string to_text(const Uuid& uuid);
/// Writes the 36 characters of `to_text` at `out`.
void write_text(const Uuid& uuid, char* out);
/// Accepts either case; nothing but the 36-character form.
std::optional<Uuid> parse_uuid(std::string_view text);

/// An RFC 9562 version 7 id: `ms` (since 1970) leads, so ids of one table arrive nearly in order
/// and indexes grow at their right edge. `random` fills the other 74 bits.
Uuid make_uuid7(std::int64_t ms, const std::array<std::uint8_t, 10>& random);

/// An id of one kind of thing: ids of different kinds are different types.
template <class Of>
struct Id {
    Uuid value{};

    auto operator<=>(const Id&) const = default;
    std::string text() const { return to_text(value); }
    static std::optional<Id> parse(std::string_view text) {
        const auto uuid = parse_uuid(text);
        if (!uuid) return std::nullopt;
        return Id{*uuid};
    }
};

/// Merchants (tenants) lead every key, so their id is a small number; `test-merchant` is its name.
struct MerchantId {
    std::int64_t value = 0;
    auto operator<=>(const MerchantId&) const = default;
};

}  // namespace florin

template <class Of>
struct std::hash<florin::Id<Of>> {
    std::size_t operator()(const florin::Id<Of>& id) const noexcept {
        std::size_t bits;
        std::memcpy(&bits, id.value.data() + 8, sizeof bits);
        return bits;
    }
};
template <>
struct std::hash<florin::MerchantId> {
    std::size_t operator()(florin::MerchantId id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
