#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/store/tx.hpp"
#include "florin/webhooks/webhooks.hpp"

/// Rows and SQL of webhook endpoints and attempts.
namespace florin::webhooks::rows {

using store::Reader;
using store::Tx;
using AttemptId = Id<struct AttemptTag>;

/// An endpoint with its secrets, sealed.
struct Row {
    Endpoint endpoint;
    std::vector<std::uint8_t> secret;
    std::vector<std::uint8_t> previous_secret;  ///< Empty: none.
};

void insert(Tx& tx, const Row& row);
/// Version-checked.
[[nodiscard]] bool update(Tx& tx, const Row& before, const Row& after);
[[nodiscard]] bool remove(Tx& tx, MerchantId merchant, const EndpointId& id);
std::optional<Row> find(Reader& reader, MerchantId merchant, const EndpointId& id);
/// The oldest first.
std::vector<Row> list(Reader& reader, MerchantId merchant);
/// All active endpoints of all merchants.
std::vector<Endpoint> active(Reader& reader);
/// Another event is the last one that was queued. False: somebody else has queued meanwhile, or it is not active.
[[nodiscard]] bool advance(Tx& tx, const Endpoint& endpoint, std::int64_t position);
/// Nothing has been taken since then, if it did not fail before. Not a change that its merchant made: the version
/// stays.
void note_failing(Tx& tx, const Endpoint& endpoint, Instant since);
/// It takes what it is sent. False: so it did before.
[[nodiscard]] bool note_healthy(Tx& tx, const Endpoint& endpoint);
bool is_failing(Reader& reader, const Endpoint& endpoint);

void insert_attempt(Tx& tx, const Endpoint& endpoint, const AttemptId& id, const Attempt& attempt);
std::int64_t attempts_of(Reader& reader, const Endpoint& endpoint, std::string_view event_id);
/// The newest first.
std::vector<Attempt> attempts(Reader& reader, MerchantId merchant, const EndpointId& id, Instant before,
                              std::size_t limit);

/// Of whichever endpoints, the oldest first.
std::vector<EndpointAttempt> attempts_of_event(Reader& reader, MerchantId merchant, std::string_view event_id);

}  // namespace florin::webhooks::rows
