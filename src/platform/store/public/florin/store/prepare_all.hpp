#pragma once

#include <string>
#include <vector>

#include "florin/store/store.hpp"

namespace florin::store {

/// A statement that the engine will not prepare.
struct Unprepared {
    std::string statement;
    std::string why;
};

/// Prepares every statement that is linked into this program, without running any. For tests.
inline std::vector<Unprepared> prepare_all(Store& store) {
    std::vector<Unprepared> refused;
    for (const Sql* sql : Sql::all())
        if (std::string why = store.why_not(*sql); !why.empty()) refused.push_back({sql->name(), std::move(why)});
    return refused;
}

}  // namespace florin::store
