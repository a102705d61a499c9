#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace florin::store {

/// One whole statement with a name (seen in metrics and in the slow-query log), as a namespace-scope
/// object beside the code that uses it. Parameters are `$1`, `$2` … Registers itself, so that a
/// test can prepare every statement on both engines.
class Sql {
public:
    /// One text for both engines.
    Sql(const char* name, const char* text) : Sql{name, text, text} {}
    /// Two texts, where the dialects do not agree; the reason stands beside the statement.
    Sql(const char* name, const char* sqlite, const char* postgres);
    Sql(const Sql&) = delete;

    const char* name() const { return name_; }
    const char* sqlite() const { return sqlite_; }
    const char* postgres() const { return postgres_; }
    /// Dense, from 0: connections keep their prepared statements in an array.
    std::size_t index() const { return index_; }

    /// Every statement that is linked into this program.
    static std::span<const Sql* const> all();

private:
    const char* name_;
    const char* sqlite_;
    const char* postgres_;
    std::size_t index_;
};

}  // namespace florin::store
