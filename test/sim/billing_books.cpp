#include "billing_books.hpp"

#include <algorithm>

#include "florin/json/value.hpp"

namespace florin::sim {
namespace {

using calendar::Date;
using store::Reader;
using store::Row;

const store::Sql list_charges{"sim.charges", R"sql(
    SELECT merchant_id, id, owner_kind, owner, purpose, number, is_refund, status, amount_minor, done_minor, due_on,
        failures, ending, lines, retry_policy, retry_on, version, attempts, first_failed_on, taken_back_minor,
        outside_minor, returned_attempt, payment_id, created_at
    FROM billing_charges ORDER BY merchant_id, owner, purpose, number
)sql"};
const store::Sql list_attempts{"sim.attempts", R"sql(
    SELECT a.merchant_id, a.charge, a.number, a.status, a.amount_minor, a.payment_id, a.begun_at, a.decline_class,
        COALESCE(p.captured_minor, 0), COALESCE(p.refunded_minor, 0), a.parent_id, t.approved_minor, a.code,
        COALESCE(p.charged_back_minor, 0)
    FROM billing_attempts a
    LEFT JOIN payments p ON p.merchant_id = a.merchant_id AND p.id = a.payment_id
    LEFT JOIN transactions t ON t.merchant_id = a.merchant_id AND t.id = a.transaction_id
    ORDER BY a.merchant_id, a.charge, a.number
)sql"};
const store::Sql list_charge_events{"sim.charge_events", R"sql(
    SELECT merchant_id, subject_id, sequence, type, data, time FROM events WHERE subject_type = 'billing_charge'
    ORDER BY merchant_id, subject_id, sequence
)sql"};
const store::Sql list_cases{"sim.cases", R"sql(
    SELECT merchant_id, id, cause, reason, status, resolution, amount_minor FROM cases
)sql"};

Date day_of(std::int64_t days) { return std::chrono::sys_days{std::chrono::days{days}}; }

/// The day that a month lacks is its last.
Date clamped(std::chrono::year_month month, unsigned day) {
    const std::chrono::year_month_day wanted = month / std::chrono::day{day};
    return wanted.ok() ? wanted : Date{month / std::chrono::last};
}

}  // namespace

Date instalment_day(Date start, unsigned billing_day, std::int64_t number) {
    std::chrono::year_month month = start.year() / start.month();
    if (clamped(month, billing_day) < start) month += std::chrono::months{1};
    return clamped(month + std::chrono::months{number - 1}, billing_day);
}

std::vector<Charge> read_charges(Reader& reader) {
    return reader.all(list_charges, [](const Row& row) {
        Charge one{.merchant = row.integer(0),
                   .id = row.uuid(1),
                   .owner_kind = row.string(2),
                   .owner = row.uuid(3),
                   .purpose = row.string(4),
                   .number = row.integer(5),
                   .is_refund = row.integer(6) != 0,
                   .status = row.string(7),
                   .amount = row.integer(8),
                   .done = row.integer(9),
                   .due_on = day_of(row.integer(10)),
                   .failures = row.integer(11),
                   .ending = row.is_null(12) ? "" : row.string(12),
                   .lines = row.string(13),
                   .retry_policy = row.string(14),
                   .version = row.integer(16),
                   .attempts = row.integer(17),
                   .taken_back = row.integer(19),
                   .outside = row.integer(20),
                   .created_at = Instant{row.integer(23)}};
        if (!row.is_null(15)) one.retry_on = day_of(row.integer(15));
        if (!row.is_null(18)) one.first_failed_on = day_of(row.integer(18));
        if (!row.is_null(21)) one.returned_attempt = row.integer(21);
        if (!row.is_null(22)) one.payment = row.uuid(22);
        return one;
    });
}

Books read_books(Reader& reader) {
    Books books{.charges = read_charges(reader), .attempts = {}, .told = {}, .cases = {}};
    reader.each(list_attempts, [&](const Row& row) {
        Attempt one{.number = row.integer(2),
                    .status = row.string(3),
                    .amount = row.integer(4),
                    .payment = std::nullopt,
                    .begun_at = Instant{row.integer(6)},
                    .decline = row.string(7),
                    .captured = row.integer(8),
                    .refunded = row.integer(9),
                    .charged_back = row.integer(13),
                    .is_part = !row.is_null(10),
                    .moved = row.is_null(11) ? 0 : row.integer(11),
                    .code = row.string(12)};
        if (!row.is_null(5)) one.payment = row.uuid(5);
        books.attempts[{row.integer(0), row.uuid(1)}].push_back(std::move(one));
    });
    reader.each(list_charge_events, [&](const Row& row) {
        const auto id = parse_uuid(row.string(1));
        const auto data = json::parse(row.string(4));
        const json::Value* charge = data ? data->find("charge") : nullptr;
        check(id && charge != nullptr, "an event of a charge has one");
        books.told[{row.integer(0), *id}].push_back(
            {.sequence = row.integer(2),
             .word = row.string(3).substr(std::string_view{"florin.billing.charge."}.size()),
             .status = std::string{charge->find("status")->text()},
             .attempts = charge->find("attempts")->integer().value_or(0),
             .at = Instant{row.integer(5)}});
    });
    reader.each(list_cases, [&](const Row& row) {
        books.cases[{row.integer(0), row.string(2)}] = {.id = florin::to_text(row.uuid(1)),
                                                        .reason = row.string(3),
                                                        .status = row.string(4),
                                                        .resolution = row.is_null(5) ? "" : row.string(5),
                                                        .amount = row.is_null(6) ? 0 : row.integer(6)};
    });
    return books;
}

const std::vector<Attempt>& Books::attempts_of(const Charge& charge) const {
    static const std::vector<Attempt> none;
    const auto found = attempts.find({charge.merchant, charge.id});
    return found == attempts.end() ? none : found->second;
}

const std::vector<Told>& Books::told_of(const Charge& charge) const {
    static const std::vector<Told> none;
    const auto found = told.find({charge.merchant, charge.id});
    return found == told.end() ? none : found->second;
}

std::int64_t Books::times(const Charge& charge, std::string_view word) const {
    return std::ranges::count(told_of(charge), word, &Told::word);
}

std::int64_t Books::times_paid_twice(const Charge& charge) const {
    const std::string first = "paid_twice:" + florin::to_text(charge.id) + ":";
    return std::ranges::count_if(cases, [&](const auto& one) {
        return one.first.first == charge.merchant && one.first.second.starts_with(first);
    });
}

}  // namespace florin::sim
