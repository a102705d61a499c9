#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace florin::broker {

/// A message as brokers carry it; none of it is AMQP's own types.
struct Message {
    std::string id;            ///< Empty: it has none.
    std::string subject;       ///< A label, which brokers route by: the event's type.
    std::string group;         ///< What messages in an order have in common; Service Bus calls it a session.
    std::string content_type;  ///< Of `body`.
    std::string body;
    /// Application properties; those that are no texts, numbers or moments are left out when one is read.
    std::vector<std::pair<std::string, std::string>> properties;

    /// Empty when there is none of that name.
    std::string_view property(std::string_view name) const;
};

/// What a broker said of a message that it was sent.
enum class Fate {
    accepted,   ///< It answers for the message from now on.
    rejected,   ///< Not this message, however often it is sent.
    not_taken,  ///< Not now, or nobody knows: to be sent again.
};

/// What is said to a broker of a message that it gave.
enum class Verdict {
    accept,   ///< We answer for it from now on.
    reject,   ///< It is none for us; the broker puts it where it puts such ones.
    release,  ///< Not now: give it again.
};

/// The way to a broker and back. Any thread; what is called back is called on a thread of the transport's own.
class Transport {
public:
    virtual ~Transport() = default;
    /// Whether messages can be sent just now.
    virtual bool is_open() const = 0;
    /// Sends; `settled` is called exactly once, with `not_taken` also when the way is lost or stopped meanwhile.
    /// Messages reach the broker in the order of the calls.
    virtual void send(Message message, std::function<void(Fate)> settled) = 0;
    /// Gives up what is under way, and makes a new way: the broker has said nothing for too long.
    virtual void renew() = 0;
    /// Ends all of it; what is under way is `not_taken`. Nothing is called back after that.
    virtual void stop() = 0;
};

struct TransportSettings {
    std::string url;             ///< `amqp://HOST[:PORT]` or `amqps://…`.
    std::string user, password;  ///< SASL PLAIN; no user: ANONYMOUS.
    std::string authority_file;  ///< PEM of whom to trust with `amqps`; empty: the system's store.
    std::string container_id;    ///< Our name among the broker's clients.
    std::string target;          ///< Address that is sent to; empty: nothing is sent.
    std::string source;          ///< Address that is received from; empty: nothing is.
    /// Called with each message that comes, and what to call once with the verdict, on any thread.
    std::function<void(Message, std::function<void(Verdict)>)> on_message;
};

/// AMQP 1.0 by Qpid Proton: one connection on a thread of its own, made anew after 0.5, 1, 2 … 10 s whenever it is
/// lost. Connecting goes on in the background; nothing waits for it.
std::unique_ptr<Transport> make_amqp_transport(TransportSettings settings);

}  // namespace florin::broker
