#pragma once

#include <vector>

#include "florin/events/feed.hpp"
#include "florin/http/router.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::events {

/// What the routes are given. All outlive them.
struct EventRoutes {
    store::Store& store;
    Feed& feed;
    Clock& clock;
};

/// `GET /api/v1/events`, which may wait for the next one, and `GET /api/v1/events/{id}` (scope `events:read`).
std::vector<http::Route> routes(EventRoutes on);

}  // namespace florin::events
