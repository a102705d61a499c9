#pragma once

#include <array>
#include <string_view>

namespace florin::app {

/// What an API key can be made for: each is the scope of some route, and each route's scope is here.
/// `*` is all of them.
inline constexpr auto scopes = std::to_array<std::string_view>({
    "payments:read",      "payments:write",      "routing:write",       "customers:read",       "customers:write",
    "billing:read",       "billing:write",       "payment_terms:read",  "payment_terms:write",  "merchant:read",
    "merchant:write",     "webhooks:read",       "webhooks:write",      "events:read",          "ledger:read",
    "audit:read",         "notifications:read",  "notifications:write", "internal:write",       "dead_letters:read",
    "dead_letters:write", "documents:read",      "documents:write",     "cases:read",           "cases:write",
    "subscriptions:read", "subscriptions:write", "reconciliation:read", "reconciliation:write", "*",
});

}  // namespace florin::app
