#pragma once

#include <vector>

#include "florin/http/router.hpp"
#include "florin/store/store.hpp"

namespace florin::events {

/// `GET /api/v1/events` and `GET /api/v1/events/{id}` (scope `events:read`). `store` outlives them.
std::vector<http::Route> routes(store::Store& store);

}  // namespace florin::events
