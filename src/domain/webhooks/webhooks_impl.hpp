#pragma once

#include <map>
#include <utility>

#include "endpoint_store.hpp"
#include "florin/events/events.hpp"
#include "florin/webhooks/webhooks.hpp"

namespace florin::webhooks {

struct Webhooks::Impl {
    Surroundings on;
    /// Who sends to an endpoint, and who waits to. Of the one scheduler that jobs run on.
    struct Line {
        int sending = 0, waiting = 0;
        Signal freed;
        std::int64_t moved_at_ns = 0;  ///< When a turn was last taken or given back.
    };
    std::map<EndpointId, Line> lines;

    explicit Impl(Surroundings surroundings) : on{std::move(surroundings)} {}

    /// Whether all that may be under way to it is, and none of it has ended for a while: waiting would be in vain.
    bool is_stuck(EndpointId id) const;
    /// Whether one more may be sent to the endpoint, now or within `patience_for_it`. True: `give_turn_back` follows.
    Task<bool> take_turn(EndpointId id, int most, Millis patience_for_it);
    void give_turn_back(EndpointId id);
    /// A turn that was taken.
    struct Turn {
        Impl& my;
        EndpointId id;
        bool is_held = true;
        Turn(Impl& owner, EndpointId of) : my{owner}, id{of} {}
        Turn(const Turn&) = delete;
        ~Turn() { give_back(); }
        void give_back() {
            if (std::exchange(is_held, false)) my.give_turn_back(id);
        }
    };

    std::vector<std::uint8_t> new_secret() const;
    std::vector<std::uint8_t> seal(const std::vector<std::uint8_t>& secret, const Endpoint& endpoint) const;
    Result<std::string> open(const std::vector<std::uint8_t>& sealed, const Endpoint& endpoint) const;

    /// The event and the audit entry of a change, in the unit that made it; answers the event's id.
    std::string announce(store::Tx& tx, const Endpoint& endpoint, std::string_view type, const Asker& asker) const;
    /// Reads, lets `change` change it, and writes it back.
    Task<Result<rows::Row>> edit(Asker asker, EndpointId id, std::string_view event_type,
                                 std::function<Result<void>(rows::Row&, Instant now)> change);
    /// Delivering `event` becomes a job. `again`: whatever became of it before.
    void queue(store::Tx& tx, const Endpoint& endpoint, const events::Event& event, bool again) const;
};

inline std::unexpected<Error> no_endpoint() {
    return fail(ErrorKind::not_found, "webhook_endpoint_not_found", "There is no such webhook endpoint.");
}
inline std::unexpected<Error> changed_meanwhile() {
    return fail(ErrorKind::conflict, "webhook_endpoint_changed_meanwhile",
                "Somebody else has changed the endpoint at the same moment. Read it again.");
}

/// Whether an endpoint wants to hear of that type.
bool wants(const Endpoint& endpoint, std::string_view event_type);
/// All jobs of an endpoint have ordering keys that begin with this.
std::string key_prefix(const EndpointId& id);
/// Errors name the field.
Result<void> validate(const Endpoint& endpoint, bool allows_plain_http);

}  // namespace florin::webhooks
