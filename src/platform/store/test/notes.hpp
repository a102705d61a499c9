#pragma once

#include <string>
#include <vector>

#include "florin/store/tx.hpp"

namespace florin::store::test {

/// A table of the tests' own, with what a module's store file would have: statements and functions.
struct Notes {
    /// Creates the table, unless it is there.
    static std::int64_t create(Tx& tx);
    static void add(Tx& tx, std::string_view text);
    /// Adds `text` unless it is there already.
    static bool claim(Tx& tx, std::string_view text);
    static void add_later(Tx& tx, std::string_view text);
    static std::int64_t count(Reader& reader);
    static std::vector<std::string> all(Reader& reader);
    /// Tries to add through a reader, which no reader may allow.
    static void add_by_reading(Reader& reader);
    /// Reads without an end.
    static void read_for_ever(Reader& reader);
    /// Each note beside each, one query inside another of the same text.
    static std::vector<std::string> pairs(Reader& reader);
    static void add_every_kind(Tx& tx, std::int64_t number, std::string_view text, const Uuid& id,
                               std::optional<std::string> none);
};

}  // namespace florin::store::test
