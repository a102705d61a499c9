#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace florin::documents {

/// A picture as PDFs have it: deflated.
struct Logo {
    int width = 0, height = 0;  ///< In pixels.
    std::string colours;        ///< Red, green, blue for each.
    std::string opacity;        ///< A byte for each; empty: nothing shines through.
};

/// Nothing when it is no PNG, or one of more than a million pixels.
std::optional<Logo> read_logo(std::string_view png);

}  // namespace florin::documents
