#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/store/tx.hpp"

namespace florin::broker::rows {

using store::Reader;
using store::Tx;

/// Takes the lease or keeps it. False: another process has it.
[[nodiscard]] bool hold_lease(Tx& tx, std::string_view name, std::string_view holder, Instant until);
void release_lease(Tx& tx, std::string_view name, std::string_view holder);

using BodyHash = std::array<std::uint8_t, 32>;
using MessageRowId = Id<struct MessageRowTag>;

struct NewMessage {
    MerchantId merchant;
    std::string_view message_id;
    MessageRowId id;
    std::string_view type;
    BodyHash body_hash;
    std::span<const std::uint8_t> sealed_body;
    std::string_view correlation_id;
};
/// False: it is there already.
[[nodiscard]] bool insert(Tx& tx, const NewMessage& message);
/// Of a message that is there.
BodyHash body_hash(Reader& reader, MerchantId merchant, std::string_view message_id);
/// As it was sealed; nothing when it is not there.
std::optional<std::vector<std::uint8_t>> sealed_body(Reader& reader, MerchantId merchant, std::string_view message_id);

}  // namespace florin::broker::rows
