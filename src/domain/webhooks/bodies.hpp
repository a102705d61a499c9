#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/json/describe.hpp"
#include "florin/webhooks/webhooks.hpp"

/// The bodies of the webhook endpoints' routes, in and out.
namespace florin::webhooks {

struct CreateBody {
    std::string url;
    std::optional<std::vector<std::string>> event_types;
    std::optional<std::string> description;
};

struct ChangeBody {
    std::optional<std::string> url;
    std::optional<std::vector<std::string>> event_types;
    std::optional<std::string> description, status;
};

struct RotateBody {
    std::optional<std::int64_t> overlap_hours;
};

struct ResendBody {
    std::string event_id;
};

struct ReplayBody {
    std::int64_t after = 0, until = 0;
};

struct EndpointView {
    EndpointId id;
    std::string url, description;
    std::vector<std::string> event_types;
    std::string_view status;
    std::optional<std::string> disabled_reason;
    std::optional<Instant> failing_since;
    std::optional<std::string> secret;
    std::optional<Instant> previous_secret_until;
    std::int64_t heard_position = 0;
    std::int64_t version = 0;
    Instant created_at, updated_at;
};

struct EndpointListView {
    std::vector<EndpointView> data;
};

struct QueuedView {
    std::string event_id;
};

struct ReplayedView {
    std::int64_t queued = 0;
};

struct AttemptView {
    std::string event_id;
    std::int64_t number = 0;
    Instant at;
    std::int64_t duration_ms = 0;
    bool is_delivered = false;
    std::optional<std::int64_t> status;
    std::optional<std::string> error;
};

struct AttemptListView {
    std::vector<AttemptView> data;
    bool has_more = false;
    std::optional<Instant> next_before;
};

}  // namespace florin::webhooks

namespace florin::json {

template <>
struct Described<webhooks::CreateBody> {
    using B = webhooks::CreateBody;
    static constexpr std::string_view name = "CreateWebhookEndpointRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "url",
              .member = &B::url,
              .doc = "Where events are sent, by https; without a user name.",
              .example = "\"https://shop.example/webhooks\"",
              .min_length = 8,
              .max_length = 2'000},
        Field{.name = "event_types",
              .member = &B::event_types,
              .doc = "Which events, 20 types at most; a star for any rest. Left out or empty: all.",
              .example = R"(["florin.payment.*"])",
              .min_length = 1,
              .max_length = 100},
        Field{.name = "description",
              .member = &B::description,
              .doc = "What it is for, in your words.",
              .example = "\"Warehouse\"",
              .max_length = 200},
    };
};

template <>
struct Described<webhooks::ChangeBody> {
    using B = webhooks::ChangeBody;
    static constexpr std::string_view name = "ChangeWebhookEndpointRequest";
    static constexpr std::string_view doc = "What is left out stays.";
    static constexpr auto fields = std::tuple{
        Field{.name = "url",
              .member = &B::url,
              .doc = "Where events are sent from now on, those that wait too.",
              .example = "\"https://shop.example/webhooks\"",
              .min_length = 8,
              .max_length = 2'000},
        Field{.name = "event_types",
              .member = &B::event_types,
              .doc = "Takes the place of the whole list; empty: all. What is queued already is sent.",
              .example = R"(["florin.payment.captured"])",
              .min_length = 1,
              .max_length = 100},
        Field{.name = "description",
              .member = &B::description,
              .doc = "What it is for, in your words.",
              .example = "\"Warehouse\"",
              .max_length = 200},
        Field{.name = "status",
              .member = &B::status,
              .doc = "`paused`: nothing is sent and nothing is lost. `active`: it goes on, also where it was disabled.",
              .example = "\"paused\"",
              .max_length = 20},
    };
};

template <>
struct Described<webhooks::RotateBody> {
    using B = webhooks::RotateBody;
    static constexpr std::string_view name = "RotateWebhookSecretRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "overlap_hours",
              .member = &B::overlap_hours,
              .doc = "For how long messages are signed with the secret before as well. Left out: 24.",
              .example = "24",
              .minimum = 0,
              .maximum = 168},
    };
};

template <>
struct Described<webhooks::ResendBody> {
    using B = webhooks::ResendBody;
    static constexpr std::string_view name = "ResendEventRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "event_id",
              .member = &B::event_id,
              .doc = "The event's id, as `/api/v1/events` and the message have it.",
              .example = "\"01a1fcd3-917b-7b1b-9415-338a6d11ee9d.2\"",
              .min_length = 1,
              .max_length = 255},
    };
};

template <>
struct Described<webhooks::ReplayBody> {
    using B = webhooks::ReplayBody;
    static constexpr std::string_view name = "ReplayEventsRequest";
    static constexpr std::string_view doc = "Positions are an event's `merchantposition`. 10,000 of them at most.";
    static constexpr auto fields = std::tuple{
        Field{.name = "after",
              .member = &B::after,
              .doc = "The position of the last event that is not sent again; 0: from the first on.",
              .example = "0",
              .minimum = 0},
        Field{.name = "until",
              .member = &B::until,
              .doc = "The position of the last event that is.",
              .example = "100",
              .minimum = 0},
    };
};

template <>
struct Described<webhooks::EndpointView> {
    using V = webhooks::EndpointView;
    static constexpr std::string_view name = "WebhookEndpoint";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The endpoint's id."},
        Field{"url", &V::url, "Where events are sent.", "\"https://shop.example/webhooks\""},
        Field{"description", &V::description, "What it is for.", "\"Warehouse\""},
        Field{"event_types", &V::event_types, "Which events; empty: all.", R"(["florin.payment.*"])"},
        Field{"status", &V::status, "`active`, `paused` (by you) or `disabled` (by Florin).", "\"active\""},
        Field{"disabled_reason", &V::disabled_reason,
              "Only when disabled. `gone`: it answered 410. `failing`: it has taken nothing for five days.",
              "\"gone\""},
        Field{"failing_since", &V::failing_since, "Only while it takes nothing: since when."},
        Field{"secret", &V::secret, "What messages are signed with. Only in the answers that make it: keep it.",
              "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\""},
        Field{"previous_secret_until", &V::previous_secret_until,
              "Only once rotated: until then messages are signed with the secret before, too."},
        Field{"heard_position", &V::heard_position, "The position of the last event that was queued for it.", "17"},
        Field{"version", &V::version, "Counts changes.", "1"},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
    };
};

template <>
struct Described<webhooks::EndpointListView> {
    using V = webhooks::EndpointListView;
    static constexpr std::string_view name = "WebhookEndpointList";
    static constexpr auto fields = std::tuple{Field{"data", &V::data, "All of them, the oldest first."}};
};

template <>
struct Described<webhooks::QueuedView> {
    using V = webhooks::QueuedView;
    static constexpr std::string_view name = "QueuedEvent";
    static constexpr auto fields = std::tuple{
        Field{"event_id", &V::event_id, "The event that will be sent.", "\"01a1fcd3-917b-7b1b-9415-338a6d11ee9d.2\""}};
};

template <>
struct Described<webhooks::ReplayedView> {
    using V = webhooks::ReplayedView;
    static constexpr std::string_view name = "ReplayedEvents";
    static constexpr auto fields = std::tuple{Field{"queued", &V::queued, "How many events will be sent.", "42"}};
};

template <>
struct Described<webhooks::AttemptView> {
    using V = webhooks::AttemptView;
    static constexpr std::string_view name = "WebhookAttempt";
    static constexpr auto fields = std::tuple{
        Field{"event_id", &V::event_id, "The event that was sent.", "\"01a1fcd3-917b-7b1b-9415-338a6d11ee9d.2\""},
        Field{"number", &V::number, "Which try of this event, from 1.", "1"},
        Field{"at", &V::at, "When it began: RFC 3339, UTC."},
        Field{"duration_ms", &V::duration_ms, "How long it took.", "38"},
        Field{"is_delivered", &V::is_delivered, "Whether it was taken."},
        Field{"status", &V::status, "What the endpoint answered, if it did.", "200"},
        Field{"error", &V::error, "Only if it was not taken: why not."},
    };
};

template <>
struct Described<webhooks::AttemptListView> {
    using V = webhooks::AttemptListView;
    static constexpr std::string_view name = "WebhookAttemptList";
    static constexpr auto fields = std::tuple{
        Field{"data", &V::data, "Newest first."},
        Field{"has_more", &V::has_more, "Whether another page follows."},
        Field{"next_before", &V::next_before, "Give it as `before` to read on."},
    };
};

}  // namespace florin::json
