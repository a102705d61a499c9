#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "salesforce/model.hpp"

/// Salesforce's query language, as far as one object is asked for: SELECT with fields or COUNT(), FROM Case, WHERE with
/// comparisons, LIKE, IN, AND, OR, NOT and parentheses, ORDER BY, LIMIT and OFFSET.
namespace florin::sandbox::salesforce {

struct Query {
    std::vector<FieldFacts> fields;
    bool is_count = false;
    std::function<bool(const Record&)> matches = [](const Record&) { return true; };
    struct Order {
        FieldFacts field;
        bool is_descending = false;
    };
    std::vector<Order> order;
    std::optional<std::size_t> limit;
    std::size_t offset = 0;
};

/// What is wrong with a query, as the API says it.
struct QueryError {
    std::string code, message;
};
/// Nothing but the one or the other.
struct ParsedQuery {
    std::optional<Query> query;
    QueryError error;
};
ParsedQuery parse_query(std::string_view text, const std::vector<std::string>& external_ids);

}  // namespace florin::sandbox::salesforce
