#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/documents/documents.hpp"
#include "florin/http/router.hpp"

namespace florin::documents {

struct RouteSettings {
    const Documents& documents;
    /// Told of every read of a person's data (requirements D-PC-09). It is given no personal data.
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read;
};

/// `/api/v1/documents…` and `/documents/{name}`, the signed links.
std::vector<http::Route> routes(RouteSettings settings);
std::vector<json::Schema> schemas();

}  // namespace florin::documents
