#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "florin/dead_letters/desk.hpp"
#include "florin/http/router.hpp"

namespace florin::dead_letters {

/// `/api/v1/dead_letters…`, each merchant's own. `note_read` gets what was looked at, for the audit.
std::vector<http::Route> routes(
    Desk& desk, std::function<void(const http::Exchange&, std::string_view type, std::string id)> note_read);
std::vector<json::Schema> schemas();

/// A letter as JSON, with `payload` and `edits` where they are shown: the same for the API and the command line.
std::string to_json(const DeadLetter& letter);
std::string to_json(const Shown& shown);

}  // namespace florin::dead_letters
