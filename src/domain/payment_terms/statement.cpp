#include "statement.hpp"

#include <algorithm>
#include <utility>

#include "florin/base/check.hpp"
#include "wording.hpp"

namespace florin::payment_terms {
namespace {

using locale::Locale;

const Settlement& settlement_of(const Terms& terms) {
    check(terms.settlement && terms.canceled_on, "a statement is of terms that were settled");
    return *terms.settlement;
}

Money signed_money(const Terms& terms, std::int64_t minor) {
    return minor < 0 ? *minus(Money::zero(terms.currency), terms.money(-minor)) : terms.money(minor);
}

}  // namespace

Money statement_total(const Terms& terms) {
    const Settlement& settlement = settlement_of(terms);
    return signed_money(terms, settlement.final_charge_minor - settlement.refund_minor);
}

std::vector<documents::Line> statement_lines(const Terms& terms, const Locale& locale) {
    const Settlement& settlement = settlement_of(terms);
    // What the final amount itself has booked by now is none of what came before it.
    const std::int64_t given_back_minor = terms.account.returned_minor - settlement.refund_minor;
    const std::int64_t taken_back_minor = terms.account.taken_back_minor;
    const std::int64_t paid_minor = settlement.paid_minor + given_back_minor + taken_back_minor;
    const std::int64_t open_minor = settlement.earned_minor + settlement.fee_minor - settlement.paid_minor;
    const std::int64_t left_minor = settlement.final_charge_minor - settlement.refund_minor - open_minor;
    const SettlementWords words = settlement_words(terms, settlement, locale);
    std::vector<documents::Line> lines;
    const auto add = [&](const std::string& description, std::int64_t minor) {
        if (minor == 0) return;
        lines.push_back({.description = description, .quantity = 1, .amount = signed_money(terms, minor)});
    };
    add(words.earned, settlement.earned_minor);
    add(words.fee, settlement.fee_minor);
    add(words.paid, -paid_minor);
    add(words.given_back, given_back_minor);
    add(words.taken_back, taken_back_minor);
    add(left_minor > 0 ? words.not_given_back : words.not_asked_for, left_minor);
    return lines;
}

std::vector<documents::ScheduleRow> statement_payments(const Terms& terms, const std::vector<billing::Charge>& charges,
                                                       const Locale& locale) {
    std::vector<documents::ScheduleRow> rows;
    const auto add = [&](const billing::Charge& charge, std::int64_t minor, std::string words) {
        if (minor == 0) return;
        rows.push_back({.number = std::ssize(rows),
                        .due_date = charge.due_date,
                        .amount = signed_money(terms, minor),
                        .description = std::move(words)});
    };
    for (const billing::Charge& charge : charges) {
        std::string words = purpose_words(terms, charge.purpose, charge.number, charge.is_refund, locale);
        // A refund that failed is with a person who gives it back: the settlement counts it.
        if (charge.is_refund && charge.status == billing::ChargeStatus::failed)
            words = still_to_come_words(words, locale);
        add(charge, charge.is_refund ? -charge.amount.minor() : billing::paid_minor(charge), words);
        add(charge, -charge.taken_back_minor, taken_back_words(words, locale));
    }
    std::ranges::sort(rows, {}, [](const documents::ScheduleRow& row) { return std::pair{row.due_date, row.number}; });
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].number = static_cast<std::int64_t>(i + 1);
    return rows;
}

}  // namespace florin::payment_terms
