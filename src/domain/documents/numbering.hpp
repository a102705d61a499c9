#pragma once

#include <string>
#include <string_view>

#include "florin/documents/documents.hpp"

namespace florin::documents {

/// Each kind has a series of its own: `INV`, `RCT`, `CN`, `AGR`, `STM`.
std::string_view series_of(Kind kind);
/// `RCT-000017`.
std::string number_text(std::string_view series, std::int64_t number);

}  // namespace florin::documents
