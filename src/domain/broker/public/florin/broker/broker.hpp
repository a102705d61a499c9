#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "florin/base/result.hpp"
#include "florin/broker/transport.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/json/value.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::broker {

/// What a broker has given us: a CloudEvent, in either mode.
struct Command {
    MerchantId merchant;
    std::string message_id;  ///< Unique for good: what it asks for is done once.
    std::string type;        ///< `florin.command.refund`
    std::string source, subject;
    json::Value data;
    std::string correlation_id, traceparent;
};
/// Does what a command of one type asks for; repeated with the same command, nothing more. An error of kind `invalid`,
/// `not_found` or `conflict` makes it a dead letter; others are tried again.
using CommandHandler = std::function<Task<Result<void>>(const Command&)>;

struct Settings {
    std::string url;  ///< `amqp://…` or `amqps://…`; empty: there is no broker.
    std::string user, password, authority_file;
    std::string events_to = "/exchange/florin";  ///< Address that events are sent to; empty: none are.
    std::string commands_from;                   ///< Address that commands come from; empty: none do.
    bool is_from_beginning = false;              ///< At the first start: send all events that there ever were.
};

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    security::KeyRing& keys;
    std::string node;
    /// Whom a message means; nothing: there is no such merchant.
    std::function<Task<Result<std::optional<MerchantId>>>(std::string name)> find_merchant;
    /// Called after a commit that has left a job.
    std::function<void()> wake;
    /// How messages travel.
    std::function<std::unique_ptr<Transport>(TransportSettings)> connect = make_amqp_transport;
};

/// Events to a message broker, and commands from it.
///
/// Out: each merchant's events in the order of positions from a durable place, each as a CloudEvent in AMQP's binary
/// mode under its own id; the place moves once the broker has accepted all before it, so each arrives at least once. Of
/// one object the next is sent only after the one before was accepted. What the broker rejects becomes a job and holds
/// up its own object alone. In: a message is accepted once it is stored, and known by its id for good.
///
/// Source: design.md, Events; CloudEvents AMQP protocol binding 1.0.2; failures F54, F63, F66.
class Broker {
public:
    static constexpr std::string_view publish_kind = "broker.publish", command_kind = "broker.command";

    Broker(Settings settings, Surroundings surroundings);
    ~Broker();
    Broker(const Broker&) = delete;

    /// Before `run`.
    void handle(std::string type, CommandHandler handler);
    bool is_on() const;
    /// Connects and sends until `stop`; ends at once where there is no broker. Then nothing is sent or received any
    /// more.
    Task<void> run(Signal& stop);
    /// Sends what has happened, one pass over all merchants. Returns how many events the broker has taken.
    Task<std::size_t> publish();
    /// Work on one job of either kind. May be called again for the same one.
    Task<Result<void>> publish_one(const jobs::Job& job);
    Task<Result<void>> obey(const jobs::Job& job);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// Events that the broker has not accepted yet, over all merchants: for metrics. Only where a broker is in use.
struct Lag {
    bool is_in_use = false;
    std::int64_t events = 0;
    std::optional<Instant> oldest_at;
};
Lag lag(store::Reader& reader);

}  // namespace florin::broker
