#pragma once

#include <optional>
#include <string>

#include "florin/base/instant.hpp"
#include "florin/billing/charge.hpp"
#include "florin/jobs/jobs.hpp"
#include "florin/json/describe.hpp"

/// What the module's jobs carry: ids, not facts (F61).
namespace florin::billing {

struct TurnPayload {
    std::string kind;
    Uuid id{};
    Instant due_at;
};
struct CollectPayload {
    ChargeId charge;
    std::int64_t attempt = 1;
};
/// Of a job that tells: the event that it tells of, and the merchant's day on which it happened, where that is told:
/// by when the job is worked on, a merchant's clock may show another one.
struct EventPayload {
    std::string event;
    std::optional<std::string> happened_on;
    std::optional<payments::TransactionId> refund;  ///< By which others have given back what the event tells of.
    std::optional<std::string> document;            ///< Of a receipt beside the charge's first: its cause.
};

/// Error `invalid`: the job can never be worked on.
template <class Payload>
Result<Payload> read_payload(const jobs::Job& job) {
    const auto value = json::parse(job.payload);
    if (!value) return fail(value.error());
    return json::read<Payload>(*value);
}

}  // namespace florin::billing

namespace florin::json {

template <>
struct Described<billing::TurnPayload> {
    using P = billing::TurnPayload;
    static constexpr std::string_view name = "TurnPayload";
    static constexpr auto fields =
        std::tuple{Field{"kind", &P::kind, ""}, Field{"id", &P::id, ""}, Field{"due_at", &P::due_at, ""}};
};
template <>
struct Described<billing::CollectPayload> {
    using P = billing::CollectPayload;
    static constexpr std::string_view name = "CollectPayload";
    static constexpr auto fields = std::tuple{Field{"charge", &P::charge, ""}, Field{"attempt", &P::attempt, ""}};
};
template <>
struct Described<billing::EventPayload> {
    using P = billing::EventPayload;
    static constexpr std::string_view name = "EventPayload";
    static constexpr auto fields = std::tuple{Field{"event", &P::event, ""}, Field{"happened_on", &P::happened_on, ""},
                                              Field{"refund", &P::refund, ""}, Field{"document", &P::document, ""}};
};

}  // namespace florin::json
