#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "desk.hpp"
#include "faults.hpp"
#include "florin/http/client.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/runtime/scheduler.hpp"

namespace florin::sandbox {

/// One event that a provider tells one endpoint of.
struct Webhook {
    std::string provider;
    std::string account;   ///< Whose endpoint it is, in the provider's words.
    std::string endpoint;  ///< The provider's own id of the registration.
    std::string event_id;
    std::string type;
    std::string object;  ///< What it is about: of one object, one at a time is on its way.
    std::string body;
    std::string signed_text;  ///< What the signature covers, where that is not the body.
    std::string odd_text;     ///< What it covers when a fault `odd_amount` says so; empty: the body.

    template <class Fields>
    void fields(Fields& f) {
        f("provider", provider), f("account", account), f("endpoint", endpoint), f("event_id", event_id);
        f("type", type), f("object", object), f("body", body), f("signed", signed_text);
    }
};

enum class DeliveryState : int { pending = 1, delivered, lost, given_up };
/// `pending`, `delivered`, `lost`, `given_up`.
std::string_view name_of(DeliveryState state);

struct Attempt {
    std::int64_t at = 0;
    int status = 0;       ///< 0: no answer.
    std::string outcome;  ///< Empty for an answer, else why there is none.

    template <class Fields>
    void fields(Fields& f) {
        f("at", at), f("status", status), f("outcome", outcome);
    }
};

struct Delivery {
    std::int64_t number = 0;  ///< From 1, in the order of the events.
    Webhook webhook;
    DeliveryState state = DeliveryState::pending;
    std::int64_t made_at = 0;
    std::int64_t due_at = 0;
    std::string fault;      ///< What the fault script did to it.
    bool is_extra = false;  ///< A copy or a forgery: sent once, and whatever else is on its way.
    bool is_forged = false;
    std::int64_t corrupts = 0;   ///< Not zero: which octet of the body the first attempt spoils.
    std::int64_t waits_for = 0;  ///< Held back until that delivery was tried; -1: until there is a next one.
    bool is_for_object = false;  ///< The next one of the same object.
    std::int64_t failed = 0;     ///< Attempts that were not accepted.
    std::vector<Attempt> attempts;

    template <class Fields>
    void fields(Fields& f) {
        f("number", number), f("webhook", webhook), f("state", state), f("made_at", made_at), f("due_at", due_at);
        f("fault", fault), f("extra", is_extra), f("forged", is_forged), f("corrupts", corrupts);
        f("waits_for", waits_for), f("for_object", is_for_object), f("failed", failed), f("attempts", attempts);
    }
};

/// What one attempt carries besides its body.
struct Envelope {
    std::string url;
    std::vector<http::Header> headers;
};

/// A simulated provider that sends webhooks. Called under the sandbox's lock.
class WebhookSource {
public:
    virtual ~WebhookSource() = default;
    virtual std::string_view provider() const = 0;
    /// Address and headers of one attempt, the signature made over `signed_text`; nothing when the endpoint is
    /// gone or switched off. `is_forged`: signed with a key that nobody has.
    virtual std::optional<Envelope> address(const Webhook& webhook, std::string_view signed_text, bool is_forged) = 0;
    virtual bool is_accepted(int status) const = 0;
    /// How long after each failed attempt the next one comes.
    virtual std::vector<Millis> ladder() const = 0;
    /// The last attempt failed.
    virtual void gave_up(const Webhook& webhook) = 0;
    /// The same event under an id of its own.
    virtual Webhook forge(const Webhook& webhook) = 0;
};

/// Sends what simulated providers have to tell. What was handed to `send` is in the file with the commit of the
/// call that made it and goes out at least once, whatever ends the process. First attempts about one object keep
/// their order; a failed one goes on the ladder, and later ones do not wait for it.
///
/// Everything but the attempts happens under the sandbox's lock.
class WebhookSender {
public:
    WebhookSender(Desk& desk, FaultScript& faults, std::mutex& lock);
    ~WebhookSender();
    WebhookSender(const WebhookSender&) = delete;

    void add(WebhookSource& source) { sources_.push_back(&source); }
    /// Reads what the file has.
    void load();
    /// Begins to send, on `scheduler`, with the client of its thread. Takes the lock.
    void start(Scheduler& scheduler, std::function<http::Client&()> client);

    /// Queues `webhook` to go out after `delay`, with whatever the fault script has in store for it.
    void send(Webhook webhook, Millis delay = Millis{0});
    /// All that is pending and the latest that are not, by number.
    const std::map<std::int64_t, Delivery>& deliveries() const { return deliveries_; }

    /// Posts once and outside all queues, on the caller's scheduler. 0: no answer. Not under the lock.
    Task<int> post(Envelope envelope, std::string body);

    /// Takes `webhook_retry_scale`, `webhook_retry_ms`, `webhook_timeout_ms` and `webhook_concurrency`. False: not
    /// one of these. Error `invalid`/`invalid_setting`.
    Result<bool> change_setting(std::string_view name, const json::Value& value);
    void write_settings(json::Writer& json) const;

private:
    struct Settings {
        std::int64_t scale_of_million = 1'000'000;
        bool has_ladder = false;
        std::vector<std::int64_t> ladder_ms;
        std::int64_t timeout_ms = 10'000;
        std::int64_t concurrency = 16;

        template <class Fields>
        void fields(Fields& f) {
            f("scale", scale_of_million), f("has_ladder", has_ladder), f("ladder", ladder_ms);
            f("timeout", timeout_ms), f("concurrency", concurrency);
        }
    };
    using ObjectKey = std::pair<std::string, std::string>;  ///< Endpoint and object.

    WebhookSource& source_of(const Webhook& webhook) const;
    Delivery& add_delivery(Webhook webhook, Instant due_at);
    void apply(const FaultAction& fault, Delivery& delivery);
    void hold_back_for(const Delivery& next);
    void release_what_waits_for(std::int64_t number);
    void set_due(Delivery& delivery, Instant at);
    void end(Delivery& delivery, DeliveryState state);
    void record(Delivery& delivery, const Result<http::Reply>& reply);
    std::vector<std::int64_t> ladder_of(const WebhookSource& source) const;
    void save(const Delivery& delivery);
    void wake();
    void pump();
    Task<void> attempt(std::int64_t number);

    Desk& desk_;
    FaultScript& faults_;
    std::mutex& lock_;
    std::vector<WebhookSource*> sources_;
    Settings settings_;
    std::map<std::int64_t, Delivery> deliveries_;
    /// Pending and not on their way: when each is due.
    std::set<std::pair<std::int64_t, std::int64_t>> queue_;
    std::set<std::int64_t> held_;  ///< Of these, those that wait for another.
    std::deque<std::int64_t> ended_;
    std::set<ObjectKey> busy_;
    std::int64_t last_number_ = 0;
    std::int64_t on_their_way_ = 0;
    std::int64_t extras_waiting_ = 0;
    Scheduler* scheduler_ = nullptr;
    std::function<http::Client&()> client_;
    bool is_pump_posted_ = false;
    std::optional<std::int64_t> planned_at_;
    /// Callbacks that come after the sender is gone find it expired.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace florin::sandbox
