#pragma once

#include <functional>
#include <vector>

#include "florin/http/router.hpp"
#include "florin/store/store.hpp"

namespace florin::app {

/// Health and metrics. They need no key and answer while the database is away.
std::vector<http::Route> system_routes(store::Store& store, Clock& clock, std::function<bool()> is_accepting);

/// The ledger and the audit of a merchant, for reading.
std::vector<http::Route> money_trail_routes(
    store::Store& store,
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read);

}  // namespace florin::app
