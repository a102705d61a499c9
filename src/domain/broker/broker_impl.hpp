#pragma once

#include "broker_store.hpp"
#include "florin/broker/broker.hpp"
#include "florin/events/events.hpp"

namespace florin::broker {

struct Broker::Impl : std::enable_shared_from_this<Broker::Impl> {
    Impl(Settings with, Surroundings around) : settings{std::move(with)}, on{std::move(around)} {}

    const Settings settings;
    const Surroundings on;
    std::map<std::string, CommandHandler> handlers;
    std::unique_ptr<Transport> transport;
    /// Set while it runs: whoever waits for the broker then stops.
    Signal* stop = nullptr;
    std::optional<std::int64_t> lease_ends_ns;  ///< Monotonic; nothing: another process has it.

    bool is_stopping() const { return stop != nullptr && stop->is_set(); }
    bool is_sending() const { return transport && transport->is_open() && !settings.events_to.empty(); }

    void connect();
    /// At the first start: where to begin with each merchant.
    Task<bool> begin();
    Task<bool> hold_lease();
    /// One batch of a merchant's events.
    Task<void> publish_of(MerchantId merchant, std::size_t& taken);
    /// Stores a message that has come, then answers for it.
    Task<void> take_in(Message message, std::function<void(Verdict)> answer);
};

}  // namespace florin::broker
