#include "florin/store/sql.hpp"

namespace florin::store {
namespace {

/// Built on first use: the objects of other files register themselves before `main`, in any order.
std::vector<const Sql*>& registry() {
    static std::vector<const Sql*> statements;
    return statements;
}

}  // namespace

Sql::Sql(const char* name, const char* sqlite, const char* postgres)
    : name_{name}, sqlite_{sqlite}, postgres_{postgres}, index_{registry().size()} {
    registry().push_back(this);
}

std::span<const Sql* const> Sql::all() { return registry(); }

}  // namespace florin::store
