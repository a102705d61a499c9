#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/store/tx.hpp"

namespace florin::events {

using store::Reader;
using store::Tx;

/// Something that has happened. Borrowed for the length of a call.
struct NewEvent {
    MerchantId merchant;
    std::string_view type;          ///< `florin.payment.captured`
    std::string_view subject_type;  ///< `payment`
    std::string_view subject_id;    ///< Unique among all subjects of the merchant.
    /// The number of the event among its subject's, from 1 without a gap, if the subject counts them
    /// (its version); 0: the next one. Two units that write the next one for the same subject at the
    /// same time fail, so change the subject's own row first: that makes them wait for each other.
    std::int64_t sequence = 0;
    std::string_view correlation_id = {};
    std::string_view traceparent = {};
    std::string_view data = "{}";  ///< JSON.
};

/// Archives the event as of `tx.now()`: it becomes true, and is delivered, together with the change
/// that it tells of (F54). One pipelined statement.
void append(Tx& tx, const NewEvent& event);

/// An event of the archive.
struct Event {
    MerchantId merchant;
    std::int64_t position = 0;  ///< Among the merchant's, in the order of commits.
    std::string type;
    std::string subject_type;
    std::string subject_id;
    std::int64_t sequence = 0;
    Instant time;
    std::string correlation_id;
    std::string traceparent;
    std::string data;

    /// `<subject id>.<sequence>`: a function of what the event is, so every delivery of it has the same.
    std::string id() const { return subject_id + "." + std::to_string(sequence); }
};
/// CloudEvents 1.0, structured mode, with the extensions `merchantposition`, `sequence`,
/// `correlationid` and `traceparent`.
std::string to_json(const Event& event);

/// Empty fields do not narrow.
struct Filter {
    std::string type;
    std::string subject_id;
};
/// The events after position `after` in the order of positions, at most `limit`. Nobody who reads on
/// from the last one's position ever misses one.
std::vector<Event> list(Reader& reader, MerchantId merchant, std::int64_t after, int limit, const Filter& filter = {});
/// The position of the merchant's newest event that has one; 0: there is none.
std::int64_t last_position(Reader& reader, MerchantId merchant);
/// By its id, also before it has a position.
std::optional<Event> find(Reader& reader, MerchantId merchant, std::string_view id);

/// Numbers what has been committed without a position, at most `limit` events; answers how many there
/// were, or nothing when somebody else is at it. To be run every 200 ms or so, by anybody: one at a time does it.
/// SQLite's events have their position from the beginning.
std::optional<std::int64_t> assign_positions(Tx& tx, int limit = 10'000);

/// Events that are committed and have no position yet, over all merchants: for metrics.
struct Unnumbered {
    std::int64_t count = 0;
    std::optional<Instant> oldest_at;
};
Unnumbered unnumbered(Reader& reader);

/// The first merchant after `after` who has events with a position.
std::optional<MerchantId> next_merchant(Reader& reader, MerchantId after);

/// How far the listener of that name has come with a merchant's events; 0: it has heard nothing yet.
std::int64_t select_cursor(Reader& reader, MerchantId merchant, std::string_view name);
/// Only forward.
void advance_cursor(Tx& tx, MerchantId merchant, std::string_view name, std::int64_t position);

/// A merchant of whom a listener has not heard everything.
struct Behind {
    MerchantId merchant;
    std::int64_t heard = 0, last = 0;  ///< Positions, which have no gaps: the difference is how many events.
    Instant oldest_at;                 ///< When the first of those happened.
};
std::vector<Behind> behind(Reader& reader, std::string_view name);

}  // namespace florin::events
