#include "view.hpp"

namespace florin::webhooks {
namespace {

std::optional<std::string> or_nothing(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

EndpointView view_of(const Endpoint& endpoint) {
    return {.id = endpoint.id,
            .url = endpoint.url,
            .description = endpoint.description,
            .event_types = endpoint.event_types,
            .status = to_text(endpoint.status),
            .disabled_reason = or_nothing(endpoint.disabled_reason),
            .failing_since = endpoint.failing_since,
            .secret = std::nullopt,
            .previous_secret_until = endpoint.previous_secret_until,
            .heard_position = endpoint.heard_position,
            .version = endpoint.version,
            .created_at = endpoint.created_at,
            .updated_at = endpoint.updated_at};
}

EndpointView view_of(const WithSecret& made) {
    EndpointView view = view_of(made.endpoint);
    view.secret = made.secret;
    return view;
}

AttemptView view_of(const Attempt& attempt) {
    return {.event_id = attempt.event_id,
            .number = attempt.number,
            .at = attempt.at,
            .duration_ms = attempt.duration_ms,
            .is_delivered = attempt.is_delivered,
            .status = attempt.status,
            .error = or_nothing(attempt.error)};
}

}  // namespace florin::webhooks
