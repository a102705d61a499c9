#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/http/router.hpp"
#include "florin/notifications/notifications.hpp"

namespace florin::notifications {

struct RouteSettings {
    Notifications& notifications;
    /// Keys the fingerprints of idempotent requests (`KeyRing::derive`).
    idempotency::Secret fingerprint_secret;
    /// Told of every read of a person's data (requirements D-PC-09). It is given no personal data.
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
};

/// `/api/internal/v1/users/{userId}/emails/send`, `/api/v1/notifications…` and `/api/v1/notification_templates…`
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::notifications
