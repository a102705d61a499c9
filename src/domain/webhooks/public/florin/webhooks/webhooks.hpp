#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/id.hpp"
#include "florin/base/result.hpp"
#include "florin/http/client.hpp"
#include "florin/http/egress.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::webhooks {

using EndpointId = Id<struct EndpointTag>;

enum class Status {
    active,
    paused,    ///< By its merchant. Nothing is sent, and nothing is lost: it goes on where it stopped.
    disabled,  ///< By us: it answered 410, or nothing good for days. As paused, until it is made active again.
};
std::string_view to_text(Status status);
std::optional<Status> parse_status(std::string_view text);

/// Where a merchant wants to be told of events.
struct Endpoint {
    MerchantId merchant;
    EndpointId id;
    std::string url, description;
    /// `florin.payment.captured`, or with a star for any rest: `florin.payment.*`. Empty: all.
    std::vector<std::string> event_types;
    Status status = Status::active;
    std::string disabled_reason;  ///< `gone` or `failing`; empty unless disabled.
    std::optional<Instant> failing_since;
    std::optional<Instant> previous_secret_until;  ///< Until then the secret before is signed with too.
    std::int64_t heard_position = 0;               ///< The last event that was queued for it.
    std::int64_t version = 1;
    Instant created_at, updated_at;
};

/// An endpoint and what its messages are signed with, `whsec_…`: shown only now.
struct WithSecret {
    Endpoint endpoint;
    std::string secret;
};

/// What may be said of an endpoint; what is empty stays as it is.
struct Wishes {
    std::optional<std::string> url, description;
    std::optional<std::vector<std::string>> event_types;
    std::optional<Status> status;  ///< `active` or `paused`.
};

/// One try to deliver an event.
struct Attempt {
    std::string event_id;
    std::int64_t number = 0;  ///< From 1, over all resends of the event to the endpoint.
    Instant at;
    std::int64_t duration_ms = 0;
    std::optional<std::int64_t> status;  ///< The receiver's HTTP status; nothing: no answer.
    bool is_delivered = false;
    std::string error;  ///< Empty when it was delivered.
};

/// A try to deliver an event, and to whom.
struct EndpointAttempt {
    EndpointId endpoint;
    Attempt attempt;
};
/// All tries to deliver an event to whichever endpoints its merchant has, the oldest first.
std::vector<EndpointAttempt> attempts_of_event(store::Reader& reader, MerchantId merchant, std::string_view event_id);

/// Who asks, for the audit.
struct Asker {
    MerchantId merchant;
    std::string actor, ip_address, user_agent, correlation_id;
};

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    security::KeyRing& keys;
    const audit::Log& audit;
    /// The client of the thread that it is called on.
    std::function<http::Client&()> client;
    /// Which addresses endpoints may have.
    http::Egress egress;
    /// Whether an endpoint may be called without TLS: in a sandbox, and where an operator names networks.
    bool allows_plain_http = false;
    /// Called after a commit that has left something to deliver.
    std::function<void()> wake;
};

/// Events out: merchants' endpoints, told of events by signed messages (Standard Webhooks 1.0; the body is the event as
/// a structured CloudEvent). At least once, each event under the same `webhook-id`; the events of one object in their
/// order, the next only after the one before was taken or given up. Any scheduler.
///
/// Source: design.md, Events; providers' notes on outgoing events, sections 1, 2 and 7; failures F125, F126, F142.
class Webhooks {
public:
    static constexpr std::string_view job_kind = "webhooks.deliver";
    /// How deliveries are retried unless told otherwise: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h.
    static jobs::Policy policy();
    static constexpr std::size_t most_endpoints = 50;      ///< Of one merchant.
    static constexpr std::int64_t most_replayed = 10'000;  ///< Events in one replay.

    explicit Webhooks(Surroundings surroundings);
    ~Webhooks();
    Webhooks(const Webhooks&) = delete;

    /// It hears of what happens from now on. Errors: `invalid` (`invalid_url`, `invalid_event_type`; field named),
    /// `conflict` (`too_many_endpoints`).
    Task<Result<WithSecret>> create(Asker asker, Wishes wishes);
    /// Errors: those of `create`, `not_found` (`webhook_endpoint_not_found`).
    Task<Result<Endpoint>> change(Asker asker, EndpointId id, Wishes wishes);
    Task<Result<void>> remove(Asker asker, EndpointId id);
    Task<Result<Endpoint>> find(MerchantId merchant, EndpointId id);
    /// All of a merchant's, the oldest first.
    Task<Result<std::vector<Endpoint>>> list(MerchantId merchant);
    /// A new secret; the one before is signed with too for `overlap` (at most seven days).
    Task<Result<WithSecret>> rotate_secret(Asker asker, EndpointId id, Millis overlap);
    /// Sends an event of the type `florin.webhook.test` to this endpoint alone. Answers its id.
    Task<Result<std::string>> test(Asker asker, EndpointId id);
    /// Sends an event again, whatever became of it before. Errors: `not_found` (`event_not_found`, field `event_id`).
    Task<Result<void>> resend(Asker asker, EndpointId id, std::string event_id);
    /// Sends all events that it wants to hear of again, behind position `after` up to `until`. Answers how many.
    /// Errors: `invalid` (`range_too_long`, field `until`).
    Task<Result<std::int64_t>> replay(Asker asker, EndpointId id, std::int64_t after, std::int64_t until);
    /// The newest first, those before `before`.
    Task<Result<std::vector<Attempt>>> attempts(MerchantId merchant, EndpointId id, Instant before, std::size_t limit);

    /// Queues what has happened for everybody who wants to hear of it: one pass. Returns how many were queued.
    Task<std::size_t> fan_out();
    /// Runs the pass above every 200 ms until `stop`.
    Task<void> run(Signal& stop);
    /// Works on one job of `job_kind`. May be called again for the same one.
    Task<Result<void>> deliver(const jobs::Job& job);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::webhooks
