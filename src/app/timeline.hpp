#pragma once

#include <functional>
#include <string>

#include "florin/http/router.hpp"
#include "florin/payments/payments.hpp"
#include "florin/store/store.hpp"

namespace florin::app {

/// What the route is given. All outlive it.
struct TimelineSettings {
    payments::Payments& payments;
    store::Store& store;
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
};

/// `GET /api/v1/payments/{id}/timeline`: all that happened to a payment, from every module that knows of it, in one
/// order. What the key has no scope for is left out, and named.
http::Route timeline_route(TimelineSettings settings);

}  // namespace florin::app
