#pragma once

#include <cstdint>
#include <cstdlib>

namespace florin::sim {

/// What the environment says of the seeds to try: `SEED`, one alone; `SEEDS`, how many.
inline std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace florin::sim
