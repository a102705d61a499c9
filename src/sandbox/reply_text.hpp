#pragma once

#include <string>
#include <string_view>

namespace florin::sandbox {

/// The reply with the texts that people are to read as a careless bank writes them: NUL and other control
/// characters, escaped and raw, octets that are no UTF-8, markup, and far too many of them.
std::string with_strange_texts(std::string_view body);

/// What the reply says in a few characters, found without parsing it again.
std::string read_outcome(std::string_view body);

}  // namespace florin::sandbox
