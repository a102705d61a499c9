#pragma once

#include <string_view>
#include <vector>

#include "florin/http/router.hpp"

namespace florin::app {

/// The dashboard: a page on which a merchant sees how their payments are doing (requirements C-IM-12, C-IM-13). It is
/// the same for everybody and needs no key; what it shows it asks of the API, with the key that a person gives it.
std::vector<http::Route> dashboard_routes();

/// What its routes serve.
std::string_view dashboard_page();
std::string_view dashboard_style();
/// The script's two halves: how elements, words and questions to the server are made; and what is shown when.
std::string_view dashboard_tools();
std::string_view dashboard_views();

}  // namespace florin::app
