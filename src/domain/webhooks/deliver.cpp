// One event to one endpoint.

#include <algorithm>

#include "florin/http/trace.hpp"
#include "florin/json/clean.hpp"
#include "florin/json/value.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"
#include "florin/webhooks/signature.hpp"
#include "webhooks_impl.hpp"

namespace florin::webhooks {
namespace {

constexpr Millis patience{15'000};
/// Nobody needs what an endpoint answers; only its beginning is read (F126).
constexpr std::size_t most_reply_bytes = 64 * 1024;
/// How many messages are under way to one endpoint: while it takes them, and while it does not. So one that hangs
/// costs the others nothing.
constexpr int width = 16, width_of_failing = 1;
/// How long a message waits for its turn before it is put off, and for how long it is then.
constexpr Millis longest_wait{250}, next_turn{1'000}, next_turn_of_stuck{5'000}, next_turn_of_failing{60'000};
/// Those that were tried before are few, and nobody hastens them.
constexpr Millis next_turn_of_tried{5'000};
constexpr Millis until_active_again = std::chrono::hours{1};
/// An endpoint that has taken nothing for so long is disabled.
constexpr Millis longest_failing = std::chrono::days{5};
constexpr int gone = 410;

struct Subject {
    EndpointId endpoint;
    std::string event_id;
};
std::optional<Subject> subject_of(std::string_view payload) {
    const auto value = json::parse(payload);
    const json::Value* endpoint = value ? value->find("endpoint") : nullptr;
    const json::Value* event = value ? value->find("event") : nullptr;
    const auto id = endpoint != nullptr ? EndpointId::parse(endpoint->text()) : std::nullopt;
    if (!id || event == nullptr) return std::nullopt;
    return Subject{*id, std::string{event->text()}};
}

/// What the job's event and endpoint are now.
struct Order {
    std::optional<rows::Row> row;
    std::optional<events::Event> event;
    std::int64_t attempts = 0;
};

/// The event's id as the header may have it: the signature puts points between its parts.
std::string message_id(const events::Event& event) {
    std::string id = event.id();
    std::ranges::replace(id, '.', '_');
    return id;
}

std::string why(const Result<http::Reply>& reply) {
    if (!reply) return json::clean_text(reply.error().code + ": " + reply.error().message, 300);
    if (reply->status >= 300 && reply->status < 400) return "It answered with a redirection, which is not followed.";
    return "It answered with the status " + std::to_string(reply->status) + ".";
}

}  // namespace

jobs::Policy Webhooks::policy() {
    constexpr Millis second{1'000}, minute{60'000}, hour{3'600'000};
    return {.concurrency = 256,
            .retry = {.strategy = jobs::RetryStrategy::steps,
                      .steps = {5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour,
                                20 * hour, 24 * hour}}};
}

bool Webhooks::Impl::is_stuck(EndpointId id) const {
    const auto line = lines.find(id);
    if (line == lines.end() || line->second.sending < width) return false;
    return on.world.clock.monotonic_ns() - line->second.moved_at_ns > longest_wait.count() * 1'000'000;
}

Task<bool> Webhooks::Impl::take_turn(EndpointId id, int most, Millis patience_for_it) {
    Line& line = lines[id];
    if (line.sending >= most && patience_for_it > Millis{0}) {
        ++line.waiting;
        const std::int64_t until_ns = on.world.clock.monotonic_ns() + patience_for_it.count() * 1'000'000;
        while (line.sending >= most) {
            const Millis left{(until_ns - on.world.clock.monotonic_ns()) / 1'000'000};
            if (left <= Millis{0}) break;
            line.freed.reset();
            co_await line.freed.wait_for(left);
        }
        --line.waiting;
    }
    if (line.sending >= most) co_return false;
    ++line.sending;
    line.moved_at_ns = on.world.clock.monotonic_ns();
    co_return true;
}

void Webhooks::Impl::give_turn_back(EndpointId id) {
    const auto line = lines.find(id);
    line->second.freed.set();
    line->second.moved_at_ns = on.world.clock.monotonic_ns();
    if (--line->second.sending == 0 && line->second.waiting == 0) lines.erase(line);
}

Task<Result<void>> Webhooks::deliver(const jobs::Job& job) {
    Impl& my = *impl_;
    const auto subject = subject_of(job.payload);
    if (!subject) co_return fail(ErrorKind::invalid, "job_unreadable", "The job does not name endpoint and event.");
    auto put_off_stuck = [&](store::Tx& tx) -> Result<bool> {
        return jobs::postpone(tx, job, tx.now() + next_turn_of_stuck);
    };
    // So that those of an endpoint that hangs cost next to nothing.
    if (my.is_stuck(subject->endpoint)) {
        const auto postponed = co_await my.on.store.write(put_off_stuck);
        if (!postponed) co_return fail(postponed.error());
        co_return Result<void>{};
    }
    auto read_order = [&](store::Reader& reader) -> Result<Order> {
        Order order{.row = rows::find(reader, job.merchant, subject->endpoint), .event = {}};
        if (!order.row || order.row->endpoint.status != Status::active) return order;
        order.event = events::find(reader, job.merchant, subject->event_id);
        order.attempts = rows::attempts_of(reader, order.row->endpoint, subject->event_id);
        return order;
    };
    const auto order = co_await my.on.store.read(read_order);
    if (!order) co_return fail(order.error());
    if (!order->row) co_return Result<void>{};
    const Endpoint& endpoint = order->row->endpoint;

    const bool is_failing = endpoint.failing_since.has_value();
    const bool is_active = endpoint.status == Status::active;
    if (is_active && !order->event) co_return fail(ErrorKind::invalid, "event_not_found", "There is no such event.");
    const Millis wait = is_failing ? Millis{0} : longest_wait;
    if (!is_active || !co_await my.take_turn(endpoint.id, is_failing ? width_of_failing : width, wait)) {
        auto put_off = [&](store::Tx& tx) -> Result<bool> {
            // As it is now: whoever has just been taken hastens only what was put off before.
            const Millis if_failing = job.attempt > 1 ? next_turn_of_tried : next_turn_of_failing;
            const Millis later = !is_active                       ? until_active_again
                                 : rows::is_failing(tx, endpoint) ? if_failing
                                                                  : next_turn;
            return jobs::postpone(tx, job, tx.now() + later);
        };
        const auto postponed = co_await my.on.store.write(put_off);
        if (!postponed) co_return fail(postponed.error());
        co_return Result<void>{};
    }
    Impl::Turn turn{my, endpoint.id};
    const auto secret = my.open(order->row->secret, endpoint);
    if (!secret) co_return fail(secret.error());
    const Instant now = my.on.world.clock.now();
    const std::string id = message_id(*order->event);
    const std::int64_t timestamp_s = now.ms / 1'000;
    http::Call call{.url = endpoint.url,
                    .body = events::to_json(*order->event),
                    .timeout = patience,
                    .egress = &my.on.egress,
                    .max_reply_bytes = most_reply_bytes};
    const auto sign_with = [&](const std::string& key) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(key.data());
        return sign({bytes, key.size()}, id, timestamp_s, call.body);
    };
    std::string signature = sign_with(*secret);
    if (endpoint.previous_secret_until && *endpoint.previous_secret_until > now)
        if (const auto previous = my.open(order->row->previous_secret, endpoint))
            signature += " " + sign_with(*previous);
    call.headers = {{"content-type", "application/cloudevents+json; charset=utf-8"},
                    {"user-agent", "Florin"},
                    {"webhook-id", id},
                    {"webhook-timestamp", std::to_string(timestamp_s)},
                    {"webhook-signature", signature}};
    if (std::string trace = http::child_of(order->event->traceparent, my.on.world.new_uuid()); !trace.empty())
        call.headers.emplace_back("traceparent", std::move(trace));

    const std::int64_t began_ns = my.on.world.clock.monotonic_ns();
    const auto reply = co_await my.on.client().send(std::move(call));
    const bool is_delivered = reply && reply->status >= 200 && reply->status < 300;
    // The next one need not wait for the record. After a failure it does: it may be the last for a while.
    if (is_delivered) turn.give_back();
    const Attempt attempt{.event_id = subject->event_id,
                          .number = order->attempts + 1,
                          .at = now,
                          .duration_ms = (my.on.world.clock.monotonic_ns() - began_ns) / 1'000'000,
                          .status = reply ? std::optional<std::int64_t>{reply->status} : std::nullopt,
                          .is_delivered = is_delivered,
                          .error = is_delivered ? "" : why(reply)};
    telemetry::metrics()
        .counter("florin_webhooks_sent_total", "Messages to merchants' endpoints, by whether they were taken.",
                 {{"result", is_delivered ? "delivered" : "failed"}})
        .add();
    if (is_delivered)
        telemetry::metrics()
            .histogram("florin_webhook_delivery_lag_seconds", "Time from an event to its being taken by an endpoint.",
                       telemetry::Unit::seconds)
            .observe((my.on.world.clock.now() - order->event->time).count() * 1'000'000);

    const bool is_gone = reply && reply->status == gone;
    auto record = [&](store::Tx& tx) -> Result<bool> {
        if (is_delivered || is_gone)
            if (!jobs::finish(tx, job)) return fail(ErrorKind::conflict, "lease_lost", "Another worker has the job.");
        rows::insert_attempt(tx, endpoint, my.on.world.new_id<struct rows::AttemptTag>(), attempt);
        if (is_delivered) {
            if (rows::note_healthy(tx, endpoint))
                jobs::hasten(tx, endpoint.merchant, key_prefix(endpoint.id), jobs::Hasten::untried);
            return true;
        }
        rows::note_failing(tx, endpoint, now);
        const bool is_given_up = is_failing && now - *endpoint.failing_since > longest_failing;
        if (!is_gone && !is_given_up) return true;
        const auto before = rows::find(tx, endpoint.merchant, endpoint.id);
        if (!before || before->endpoint.status != Status::active) return true;
        rows::Row after = *before;
        after.endpoint.status = Status::disabled;
        after.endpoint.disabled_reason = is_gone ? "gone" : "failing";
        after.endpoint.version += 1;
        after.endpoint.updated_at = tx.now();
        if (!rows::update(tx, *before, after)) return true;
        const Asker system{.merchant = endpoint.merchant,
                           .actor = "system:webhooks",
                           .ip_address = {},
                           .user_agent = {},
                           .correlation_id = job.correlation_id};
        my.announce(tx, after.endpoint, "florin.webhook_endpoint.disabled", system);
        return true;
    };
    const auto recorded = co_await my.on.store.write(record);
    if (!recorded) co_return fail(recorded.error());
    if (is_delivered || is_gone) co_return Result<void>{};
    co_return fail(ErrorKind::unavailable, "webhook_not_taken", attempt.error);
}

}  // namespace florin::webhooks
