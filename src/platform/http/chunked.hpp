#pragma once

#include <cstddef>

namespace florin::http {

/// No chunked body ends with fewer bytes (`0`, CR LF, CR LF), and Beast relies on seeing that many when
/// the head of the last chunk is offered again.
inline constexpr std::size_t shortest_chunked_rest = 5;

}  // namespace florin::http
