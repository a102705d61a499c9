#include "summary_store.hpp"

#include <algorithm>

#include "florin/base/money.hpp"
#include "payment_store.hpp"

namespace florin::payments::rows {
namespace {

using store::Row;
using store::Sql;

// An id begins with the moment it was made at, so the indexes lead to the period ($2, $3); the row tells exactly
// ($4, $5).
#define FLORIN_IN_PERIOD " AND id >= $2 AND id < $3 AND created_at >= $4 AND created_at < $5 LIMIT $6"
// A sum of largest amounts does not fit a 64-bit integer: millions and the rest are added up apart.
#define FLORIN_SUM(column) "CAST(SUM(" column " / 1000000) AS BIGINT), CAST(SUM(" column " % 1000000) AS BIGINT)"

Sql payments_sql{
    "payments.sum_up",
    "SELECT currency, state, COUNT(*), " FLORIN_SUM("amount_minor") ", " FLORIN_SUM("captured_minor") ", " FLORIN_SUM(
        "refunded_minor") " FROM (SELECT currency, state, amount_minor, captured_minor, refunded_minor FROM payments "
                          "WHERE merchant_id = $1" FLORIN_IN_PERIOD
                          ") AS period GROUP BY currency, state ORDER BY currency, state"};

Sql declines_sql{
    "payments.sum_up_declines",
    "SELECT decline_class, COUNT(*) FROM (SELECT COALESCE(decline_class, 'none') AS decline_class "
    "FROM transactions WHERE merchant_id = $1 AND status = 'declined' AND parent_id IS NULL" FLORIN_IN_PERIOD
    ") AS period GROUP BY decline_class ORDER BY COUNT(*) DESC, decline_class"};

Sql failed_sql{"payments.sum_up_failed_follow_ups",
               "SELECT type, COUNT(*), MIN(created_at) FROM (SELECT type, created_at FROM transactions "
               "WHERE merchant_id = $1 AND status = $7 AND parent_id IS NOT NULL" FLORIN_IN_PERIOD
               ") AS period GROUP BY type"};

Sql count_unknown_sql{"payments.count_unknown", R"sql(
    SELECT COUNT(*), MIN(created_at) FROM transactions
    WHERE merchant_id = $1 AND status = 'unknown' AND id < $2 AND created_at < $3
)sql"};

// What is used up was given back or canceled. Of a refund nothing can be used.
Sql quarantined_sql{"payments.count_quarantined", R"sql(
    SELECT COUNT(*), MIN(created_at) FROM transactions
    WHERE merchant_id = $1 AND status = 'quarantined' AND (approved_minor = 0 OR used_minor < approved_minor)
)sql"};

Sql count_expiring_sql{"payments.count_expiring",
                       "SELECT COUNT(*), MIN(expires_at) FROM payments WHERE merchant_id = $1 AND expires_at < $2 "
                       "AND state <> 'created' AND " FLORIN_EXPIRING};

Sql recent_sql{"payments.count_recent_charges", R"sql(
    SELECT COUNT(*), CAST(COALESCE(SUM(CASE status WHEN 'declined' THEN 1 ELSE 0 END), 0) AS BIGINT)
    FROM (SELECT status FROM transactions
          WHERE merchant_id = $1 AND id >= $2 AND created_at >= $3 AND parent_id IS NULL
              AND status IN ('approved', 'quarantined', 'declined', 'failed')
          ORDER BY id DESC LIMIT 10000) AS recent
)sql"};

Tally tally_of(const Row& row, int first) {
    return {.count = row.integer(first), .since = row.optional_instant(first + 1)};
}

/// Major units of `millions` and `rest` together, both of minor units.
std::string sum_of(std::int64_t millions, std::int64_t rest, Currency currency) {
    constexpr std::int64_t million = 1'000'000;
    millions += rest / million;
    rest %= million;
    if (millions == 0) return to_major_text(rest, currency);
    // With all its zeros: the leading one is only there to keep them.
    return std::to_string(millions) + to_major_text(million + rest, currency).substr(1);
}

/// Runs a statement that ends in FLORIN_IN_PERIOD.
template <class... More>
void each_of_period(store::Reader& reader, const Sql& sql, store::RowSink sink, MerchantId merchant,
                    const Period& period, const More&... more) {
    reader.each(sql, sink, merchant, first_id_at(period.from - clock_slack), first_id_at(period.before + clock_slack),
                period.from, period.before, most_summed_up + 1, more...);
}

}  // namespace

std::vector<Summary::Payments> sum_up_payments(store::Reader& reader, MerchantId merchant, const Period& period) {
    std::vector<Summary::Payments> groups;
    const auto add = [&](const Row& row) {
        const auto currency = Currency::of(row.text(0));
        if (!currency) throw store::Failure{store::Failure::Kind::fault, "a row holds a currency that is not known"};
        const auto sum = [&](int column) { return sum_of(row.integer(column), row.integer(column + 1), *currency); };
        groups.push_back({.currency = row.string(0),
                          .state = row.string(1),
                          .count = row.integer(2),
                          .amount = sum(3),
                          .amount_captured = sum(5),
                          .amount_refunded = sum(7)});
    };
    each_of_period(reader, payments_sql, add, merchant, period);
    return groups;
}

std::vector<Summary::Declines> sum_up_declines(store::Reader& reader, MerchantId merchant, const Period& period) {
    std::vector<Summary::Declines> classes;
    const auto add = [&](const Row& row) {
        classes.push_back({.decline_class = row.string(0), .count = row.integer(1)});
    };
    each_of_period(reader, declines_sql, add, merchant, period);
    return classes;
}

FailedFollowUps failed_follow_ups(store::Reader& reader, MerchantId merchant, const Period& period) {
    FailedFollowUps failed;
    const auto add = [&](const Row& row) {
        const std::string_view type = row.text(0);
        Tally& tally = type == "capture" ? failed.captures : type == "refund" ? failed.refunds : failed.cancels;
        const Tally more = tally_of(row, 1);
        tally.since = tally.count == 0 ? more.since : std::min(tally.since, more.since);
        tally.count += more.count;
    };
    // The index leads to one status at a time.
    for (const std::string_view status : {"declined", "failed"})
        each_of_period(reader, failed_sql, add, merchant, period, status);
    return failed;
}

Tally unknown(store::Reader& reader, MerchantId merchant, Instant before) {
    const auto map = [](const Row& row) { return tally_of(row, 0); };
    return *reader.first(count_unknown_sql, map, merchant, first_id_at(before + clock_slack), before);
}

Tally undecided_quarantine(store::Reader& reader, MerchantId merchant) {
    return *reader.first(quarantined_sql, [](const Row& row) { return tally_of(row, 0); }, merchant);
}

Tally expiring_holds(store::Reader& reader, MerchantId merchant, Instant before) {
    return *reader.first(count_expiring_sql, [](const Row& row) { return tally_of(row, 0); }, merchant, before);
}

RecentCharges recent_charges(store::Reader& reader, MerchantId merchant, Instant from) {
    const auto map = [](const Row& row) { return RecentCharges{.count = row.integer(0), .declined = row.integer(1)}; };
    return *reader.first(recent_sql, map, merchant, first_id_at(from - clock_slack), from);
}

}  // namespace florin::payments::rows
