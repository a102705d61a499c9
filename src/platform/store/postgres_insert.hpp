#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace florin::store {

/// `INSERT … VALUES (…)`, with nothing behind it or `ON CONFLICT … DO NOTHING`: a statement that may
/// as well insert many rows. Anything else has no such shape.
struct InsertShape {
    std::string head;
    std::string row;
    std::string tail;
    std::size_t parameters = 0;

    static std::optional<InsertShape> of(std::string_view text);
    /// For `rows` rows, whose parameters follow one another.
    std::string text(std::size_t rows) const;
    bool ignores_conflicts() const { return !tail.empty(); }
};

}  // namespace florin::store
