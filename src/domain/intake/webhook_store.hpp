#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "florin/base/id.hpp"
#include "florin/intake/intake.hpp"
#include "florin/store/tx.hpp"

/// Rows and SQL of webhook events. They belong to the installation: merchant 0.
namespace florin::intake::rows {

using BodyHash = std::array<std::uint8_t, 32>;
using EventRowId = Id<struct EventRowTag>;

struct NewEvent {
    std::string_view connector, event_id;
    EventRowId id;
    std::string_view event_type, reference;
    BodyHash body_hash;
    std::span<const std::uint8_t> sealed_body;
    std::string_view correlation_id;
};
/// False: the event is there already.
[[nodiscard]] bool insert(store::Tx& tx, const NewEvent& event);
/// Of an event that is there.
BodyHash body_hash(store::Reader& reader, std::string_view connector, std::string_view event_id);

struct Open {
    std::string event_type, reference;
    Instant created_at;
};
/// Nothing when it has been processed, or is not there.
std::optional<Open> find_open(store::Reader& reader, std::string_view connector, std::string_view event_id);
void finish(store::Tx& tx, std::string_view connector, std::string_view event_id, bool is_matched);

/// The oldest first.
std::vector<Received> of_reference(store::Reader& reader, std::string_view reference);

}  // namespace florin::intake::rows
