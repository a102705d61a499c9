// The only place that includes Qpid Proton. Its container runs on one thread, on which all handlers are called; other
// threads hand it work through the connection's queue.

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <proton/connection.hpp>
#include <proton/connection_options.hpp>
#include <proton/container.hpp>
#include <proton/delivery.hpp>
#include <proton/duration.hpp>
#include <proton/error_condition.hpp>
#include <proton/message.hpp>
#include <proton/messaging_handler.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sender_options.hpp>
#include <proton/source_options.hpp>
#include <proton/ssl.hpp>
#include <proton/target_options.hpp>
#include <proton/timestamp.hpp>
#include <proton/tracker.hpp>
#include <proton/transport.hpp>
#include <proton/types.hpp>
#include <proton/work_queue.hpp>
#include <thread>

#include "florin/base/instant.hpp"
#include "florin/broker/transport.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::broker {
namespace {

constexpr std::int64_t first_pause_ms = 500, longest_pause_ms = 10'000, step_ms = 100;
/// Without a word for so long the other side is taken for gone.
constexpr std::int64_t idle_timeout_ms = 10'000;
/// How many messages the broker may give before the first is answered.
constexpr int credit = 64;
constexpr std::size_t longest_message = 1024 * 1024;

telemetry::Gauge& connected_gauge() {
    static telemetry::Gauge& gauge =
        telemetry::metrics().gauge("florin_broker_connected", "1 while there is a connection with the message broker.");
    return gauge;
}

proton::message to_proton(const Message& from) {
    proton::message to;
    to.id(from.id);
    if (!from.subject.empty()) to.subject(from.subject);
    if (!from.group.empty()) to.group_id(from.group);
    to.content_type(from.content_type);
    to.durable(true);
    for (const auto& [name, value] : from.properties) to.properties().put(name, value);
    // As a data section rather than a value: the body is bytes that AMQP does not know the inside of.
    to.body(proton::binary(from.body));
    to.inferred(true);
    return to;
}

/// A simple value as text; nothing for what has no canonical one.
std::optional<std::string> text_of(const proton::scalar& value) {
    switch (value.type()) {
        case proton::STRING:
        case proton::SYMBOL:
            return proton::coerce<std::string>(value);
        case proton::TIMESTAMP:
            return to_text(Instant{proton::get<proton::timestamp>(value).milliseconds()});
        case proton::BOOLEAN:
            return proton::get<bool>(value) ? "true" : "false";
        case proton::UBYTE:
        case proton::BYTE:
        case proton::USHORT:
        case proton::SHORT:
        case proton::UINT:
        case proton::INT:
        case proton::LONG:
            return std::to_string(proton::coerce<std::int64_t>(value));
        default:
            return std::nullopt;
    }
}

std::string id_of(const proton::message& message) {
    const proton::message_id id = message.id();
    switch (id.type()) {
        case proton::STRING:
            return proton::get<std::string>(id);
        case proton::UUID:
            return proton::get<proton::uuid>(id).str();
        case proton::ULONG:
            return std::to_string(proton::get<std::uint64_t>(id));
        default:
            return {};
    }
}

/// Nothing for a message whose body is neither bytes nor text, or too long.
std::optional<Message> from_proton(const proton::message& from) {
    Message to{.id = id_of(from),
               .subject = from.subject(),
               .group = from.group_id(),
               .content_type = from.content_type(),
               .body = {},
               .properties = {}};
    const proton::value& body = from.body();
    if (body.type() == proton::BINARY) {
        const auto bytes = proton::get<proton::binary>(body);
        to.body.assign(bytes.begin(), bytes.end());
    } else if (body.type() == proton::STRING) {
        to.body = proton::get<std::string>(body);
    } else if (!body.empty()) {
        return std::nullopt;
    }
    if (to.body.size() > longest_message) return std::nullopt;
    std::map<std::string, proton::scalar> properties;
    proton::get(from.properties().value(), properties);
    for (const auto& [name, value] : properties)
        if (auto text = text_of(value)) to.properties.emplace_back(name, std::move(*text));
    return to;
}

class AmqpTransport final : public Transport, private proton::messaging_handler {
public:
    explicit AmqpTransport(TransportSettings settings)
        : settings_{std::move(settings)}, container_{*this, settings_.container_id} {
        container_.auto_stop(false);
        thread_ = std::thread{[this] { container_.run(); }};
    }
    ~AmqpTransport() override { AmqpTransport::stop(); }

    bool is_open() const override { return is_open_; }

    void send(Message message, std::function<void(Fate)> settled) override {
        {
            const std::lock_guard lock{mutex_};
            // While there is no way it is not kept: its sender knows best when to try again.
            if (queue_ != nullptr) {
                waiting_.push_back({std::move(message), std::move(settled)});
                if (!std::exchange(is_push_underway_, true)) queue_->add([this] { push(); });
                return;
            }
        }
        settled(Fate::not_taken);
    }

    void renew() override {
        const std::lock_guard lock{mutex_};
        if (queue_ != nullptr) queue_->add([this] { lose("silent"); });
    }

    void stop() override {
        {
            const std::lock_guard lock{mutex_};
            if (std::exchange(is_stopped_, true)) return;
            queue_ = nullptr;
        }
        container_.stop();
        thread_.join();
        give_up();
        connected_gauge().set(0);
    }

private:
    struct Waiting {
        Message message;
        std::function<void(Fate)> settled;
    };

    void on_container_start(proton::container&) override { connect(); }

    void connect() {
        proton::connection_options options;
        options.idle_timeout(proton::duration{idle_timeout_ms}).container_id(settings_.container_id);
        if (settings_.user.empty()) {
            options.sasl_allowed_mechs("ANONYMOUS");
        } else {
            options.user(settings_.user).password(settings_.password);
            // Whether PLAIN may go without TLS has been settled by whoever wrote amqp: rather than amqps:.
            options.sasl_allowed_mechs("PLAIN").sasl_allow_insecure_mechs(true);
        }
        try {
            if (settings_.url.starts_with("amqps:")) {
                const std::string authority =
                    settings_.authority_file.empty() ? "/etc/ssl/certs/ca-certificates.crt" : settings_.authority_file;
                options.ssl_client_options(proton::ssl_client_options{authority, proton::ssl::VERIFY_PEER_NAME});
            }
            connection_ = container_.connect(settings_.url, options);
        } catch (const std::exception& failure) {
            lose(failure.what());
        }
    }

    void on_connection_open(proton::connection& connection) override {
        if (connection != connection_) return;
        if (!settings_.target.empty()) {
            proton::sender_options options;
            options.target(proton::target_options{}.address(settings_.target))
                .delivery_mode(proton::delivery_mode::AT_LEAST_ONCE);
            sender_ = connection.open_sender(settings_.target, options);
        }
        if (!settings_.source.empty()) {
            proton::receiver_options options;
            options.credit_window(credit).auto_accept(false).delivery_mode(proton::delivery_mode::AT_LEAST_ONCE);
            connection.open_receiver(settings_.source, options);
        }
        if (settings_.target.empty()) opened();
    }
    void on_sender_open(proton::sender& sender) override {
        if (sender == sender_) opened();
    }
    void opened() {
        pause_ms_ = first_pause_ms;
        {
            const std::lock_guard lock{mutex_};
            if (is_stopped_) return;
            queue_ = &connection_.work_queue();
        }
        is_open_ = true;
        connected_gauge().set(1);
        log::info("broker.connected", {{"url", settings_.url}});
    }
    void on_sendable(proton::sender&) override { push(); }

    /// Hands over what waits, as far as the broker has room.
    void push() {
        {
            const std::lock_guard lock{mutex_};
            is_push_underway_ = false;
        }
        while (is_open_ && sender_.credit() > 0) {
            Waiting next;
            {
                const std::lock_guard lock{mutex_};
                if (waiting_.empty()) return;
                next = std::move(waiting_.front());
                waiting_.pop_front();
            }
            const proton::tracker tracker = sender_.send(to_proton(next.message));
            under_way_.emplace(tracker, std::move(next.settled));
        }
    }

    void settle(const proton::tracker& tracker, Fate fate) {
        const auto found = under_way_.find(tracker);
        if (found == under_way_.end()) return;
        const auto settled = std::move(found->second);
        under_way_.erase(found);
        settled(fate);
    }
    void on_tracker_accept(proton::tracker& tracker) override { settle(tracker, Fate::accepted); }
    void on_tracker_reject(proton::tracker& tracker) override { settle(tracker, Fate::rejected); }
    void on_tracker_release(proton::tracker& tracker) override { settle(tracker, Fate::not_taken); }
    void on_tracker_settle(proton::tracker& tracker) override { settle(tracker, Fate::not_taken); }

    void on_message(proton::delivery& delivery, proton::message& message) override {
        auto read = from_proton(message);
        if (!read) {
            delivery.reject();
            return;
        }
        const std::uint64_t number = ++last_delivery_;
        deliveries_.emplace(number, delivery);
        settings_.on_message(std::move(*read), [this, number](Verdict verdict) {
            const std::lock_guard lock{mutex_};
            if (queue_ != nullptr) queue_->add([this, number, verdict] { answer(number, verdict); });
        });
    }
    void answer(std::uint64_t number, Verdict verdict) {
        const auto found = deliveries_.find(number);
        // Its connection was lost meanwhile: the broker gives it again.
        if (found == deliveries_.end()) return;
        proton::delivery delivery = found->second;
        deliveries_.erase(found);
        switch (verdict) {
            case Verdict::accept:
                delivery.accept();
                break;
            case Verdict::reject:
                delivery.reject();
                break;
            case Verdict::release:
                delivery.release();
                break;
        }
    }

    void on_transport_error(proton::transport& transport) override {
        if (transport.connection() == connection_) lose(transport.error().what());
    }
    void on_transport_close(proton::transport& transport) override {
        if (transport.connection() == connection_) lose("closed");
    }
    void on_connection_error(proton::connection& connection) override {
        if (connection == connection_) lose(connection.error().what());
    }
    void on_connection_close(proton::connection& connection) override {
        if (connection == connection_) lose("closed");
    }
    void on_sender_error(proton::sender& sender) override { lose_link(sender.connection(), sender.error().what()); }
    void on_sender_close(proton::sender& sender) override { lose_link(sender.connection(), "closed"); }
    void on_receiver_error(proton::receiver& receiver) override {
        lose_link(receiver.connection(), receiver.error().what());
    }
    void on_receiver_close(proton::receiver& receiver) override { lose_link(receiver.connection(), "closed"); }
    void on_session_error(proton::session& session) override {
        lose_link(session.connection(), session.error().what());
    }
    void lose_link(const proton::connection& connection, const std::string& why) {
        if (connection == connection_) lose(why);
    }
    void on_error(const proton::error_condition& error) override { lose(error.what()); }

    /// The connection is gone, or of no use any more: the next one is made after a while.
    void lose(const std::string& why) {
        if (is_pausing_) return;
        is_pausing_ = true;
        is_open_ = false;
        {
            const std::lock_guard lock{mutex_};
            queue_ = nullptr;
            is_push_underway_ = false;
        }
        connected_gauge().set(0);
        log::warning("broker.connection_lost", {{"url", settings_.url}, {"why", why}, {"again_in_ms", pause_ms_}});
        proton::connection lost = connection_;
        connection_ = proton::connection{};
        sender_ = proton::sender{};
        deliveries_.clear();
        if (lost.active()) lost.close();
        give_up();
        connect_after(pause_ms_);
        pause_ms_ = std::min(pause_ms_ * 2, longest_pause_ms);
    }

    /// In short steps: whoever stops waits for a step, because a container ends only when nothing is due any more.
    void connect_after(std::int64_t pause_ms) {
        {
            const std::lock_guard lock{mutex_};
            if (is_stopped_) return;
        }
        if (pause_ms <= 0) {
            is_pausing_ = false;
            connect();
            return;
        }
        container_.schedule(proton::duration{std::min(pause_ms, step_ms)},
                            [this, pause_ms] { connect_after(pause_ms - step_ms); });
    }

    void give_up() {
        std::deque<Waiting> waiting;
        {
            const std::lock_guard lock{mutex_};
            waiting.swap(waiting_);
        }
        const auto under_way = std::exchange(under_way_, {});
        for (const auto& [tracker, settled] : under_way) settled(Fate::not_taken);
        for (const Waiting& each : waiting) each.settled(Fate::not_taken);
    }

    const TransportSettings settings_;
    std::atomic<bool> is_open_ = false;

    std::mutex mutex_;
    std::deque<Waiting> waiting_;
    /// Of the connection; null while there is none.
    proton::work_queue* queue_ = nullptr;
    bool is_push_underway_ = false;
    bool is_stopped_ = false;

    // Of the container's thread alone.
    proton::connection connection_;
    proton::sender sender_;
    std::map<proton::tracker, std::function<void(Fate)>> under_way_;
    std::map<std::uint64_t, proton::delivery> deliveries_;
    std::uint64_t last_delivery_ = 0;
    std::int64_t pause_ms_ = first_pause_ms;
    bool is_pausing_ = false;

    proton::container container_;
    std::thread thread_;
};

}  // namespace

std::string_view Message::property(std::string_view name) const {
    const auto found = std::ranges::find(properties, name, &std::pair<std::string, std::string>::first);
    return found == properties.end() ? std::string_view{} : std::string_view{found->second};
}

std::unique_ptr<Transport> make_amqp_transport(TransportSettings settings) {
    return std::make_unique<AmqpTransport>(std::move(settings));
}

}  // namespace florin::broker
