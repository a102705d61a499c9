#include <algorithm>

#include "florin/base/check.hpp"
#include "florin/store/tx.hpp"

namespace florin::store {

Uuid Row::uuid(int column) const {
    const std::span<const std::byte> stored = bytes(column);
    Uuid uuid;
    check(stored.size() == uuid.size(), "a column read as an id holds sixteen bytes");
    std::memcpy(uuid.data(), stored.data(), uuid.size());
    return uuid;
}

}  // namespace florin::store
