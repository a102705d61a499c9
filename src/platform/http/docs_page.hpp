#pragma once

#include <string_view>

namespace florin::http {

/// What /docs/docs.js and /docs/docs.css serve.
std::string_view docs_script();
std::string_view docs_style();

}  // namespace florin::http
