#include "florin/payments/watch.hpp"

namespace florin::payments {
namespace {

// What is unknown has a moment at which it is looked up, so the index of those is all that is read.
const store::Sql unknown_outcomes_sql{"payments.unknown_outcomes", R"sql(
    SELECT COUNT(*), MIN(created_at) FROM transactions WHERE next_check_at IS NOT NULL AND status = 'unknown'
)sql"};

}  // namespace

UnknownOutcomes unknown_outcomes(store::Reader& reader) {
    return *reader.first(unknown_outcomes_sql, [](const store::Row& row) {
        return UnknownOutcomes{.count = row.integer(0), .oldest_at = row.optional_instant(1)};
    });
}

}  // namespace florin::payments
