#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model.hpp"

namespace florin::sandbox::stripe {

/// A search query: clauses that are all joined by `AND`, or all by `OR`. A clause is `metadata['key']:'value'`,
/// `status:'…'`, `currency:'…'`, `customer:'…'` or `amount` with `:`, `<`, `>`, `<=` or `>=`; a `-` before it negates.
class Query {
public:
    static std::optional<Query> parse(std::string_view text);
    bool matches(const PaymentIntent& intent) const;

private:
    struct Clause {
        std::string field, key, comparison, value;
        bool is_negated = false;
        bool matches(const PaymentIntent& intent) const;
    };
    std::vector<Clause> clauses_;
    bool is_any_ = false;
};

std::string_view to_text(IntentStatus status);

}  // namespace florin::sandbox::stripe
