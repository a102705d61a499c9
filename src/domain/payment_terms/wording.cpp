#include "wording.hpp"

#include "florin/base/check.hpp"

namespace florin::payment_terms {
namespace {

using billing::Purpose;
using locale::Language;
using locale::Locale;

std::string described(const Terms& terms) {
    return terms.options.description.empty() ? std::string{} : terms.options.description + ": ";
}

std::string in_english(const Terms& terms, const Locale& locale) {
    const CancellationTerms& given = terms.cancellation_terms;
    const auto money = [&](std::int64_t minor) { return locale.money(terms.money(minor)); };
    std::string words = "You may cancel at any time. ";
    switch (given.method) {
        case CancellationMethod::pro_rata:
            words +=
                "The total is then owed in proportion to the days of the term that have passed. What you have paid "
                "beyond that is given back.";
            break;
        case CancellationMethod::short_rate:
            words += "The total is then owed in proportion to the days of the term that have passed, and " +
                     locale.percent(given.penalty_bp) + " of the rest. What you have paid beyond that is given back.";
            break;
        case CancellationMethod::flat:
            words += "All that you have paid is then given back.";
            break;
        case CancellationMethod::none:
            words += "Nothing is then given back, and nothing more is charged.";
            break;
    }
    if (given.minimum_earned_bp > 0)
        words += " At least " + locale.percent(given.minimum_earned_bp) + " of the total is owed in any case.";
    if (given.fee_minor > 0) words += " A cancellation costs a fee of " + money(given.fee_minor) + ".";
    if (given.refund_cap_minor) words += " No more than " + money(*given.refund_cap_minor) + " is given back.";
    if (given.cooling_off_days > 0)
        words += " Within " + locale.count(given.cooling_off_days) + (given.cooling_off_days == 1 ? " day" : " days") +
                 " from the start everything is given back.";
    return words;
}

std::string in_german(const Terms& terms, const Locale& locale) {
    const CancellationTerms& given = terms.cancellation_terms;
    const auto money = [&](std::int64_t minor) { return locale.money(terms.money(minor)); };
    std::string words = "Sie können jederzeit kündigen. ";
    switch (given.method) {
        case CancellationMethod::pro_rata:
            words +=
                "Geschuldet ist dann der Gesamtbetrag anteilig nach den vergangenen Tagen der Laufzeit. Was Sie "
                "darüber "
                "hinaus gezahlt haben, wird erstattet.";
            break;
        case CancellationMethod::short_rate:
            words += "Geschuldet ist dann der Gesamtbetrag anteilig nach den vergangenen Tagen der Laufzeit, dazu " +
                     locale.percent(given.penalty_bp) +
                     " des Rests. Was Sie darüber hinaus gezahlt haben, wird erstattet.";
            break;
        case CancellationMethod::flat:
            words += "Alles, was Sie gezahlt haben, wird dann erstattet.";
            break;
        case CancellationMethod::none:
            words += "Dann wird nichts erstattet und nichts mehr abgebucht.";
            break;
    }
    if (given.minimum_earned_bp > 0)
        words += " Mindestens " + locale.percent(given.minimum_earned_bp) +
                 " des Gesamtbetrags sind in jedem Fall "
                 "geschuldet.";
    if (given.fee_minor > 0) words += " Die Kündigung kostet eine Gebühr von " + money(given.fee_minor) + ".";
    if (given.refund_cap_minor) words += " Erstattet werden höchstens " + money(*given.refund_cap_minor) + ".";
    if (given.cooling_off_days > 0)
        words += " Innerhalb von " + locale.count(given.cooling_off_days) +
                 (given.cooling_off_days == 1 ? " Tag" : " Tagen") + " ab Beginn wird alles erstattet.";
    return words;
}

}  // namespace

std::string charge_words(const Terms& terms, Purpose purpose, std::int64_t number, bool is_refund,
                         const Locale& locale) {
    const std::string which = locale.count(number), all = locale.count(terms.plan.term_months);
    const bool is_german = locale.language() == Language::german;
    switch (purpose) {
        case Purpose::instalment:
            return described(terms) +
                   (is_german ? "Rate " + which + " von " + all : "Instalment " + which + " of " + all);
        case Purpose::compensation:
            if (is_refund)
                return described(terms) + (is_german ? "Erstattung nach Änderung des Gesamtbetrags"
                                                     : "Refund after a change of the total");
            return described(terms) +
                   (is_german ? "Ausgleich nach Änderung des Gesamtbetrags" : "Difference after a change of the total");
        case Purpose::final_amount:
            if (is_refund)
                return described(terms) + (is_german ? "Erstattung nach Kündigung" : "Refund after cancellation");
            return described(terms) + (is_german ? "Schlussbetrag nach Kündigung" : "Final amount after cancellation");
        case Purpose::period:
        case Purpose::proration:
            break;
    }
    check(false, "payment terms have no such charges");
    return {};
}

std::string agreement_subject(const Terms& terms, const Locale& locale) {
    const std::string count = locale.count(terms.plan.term_months);
    const bool is_one = terms.plan.term_months == 1;
    switch (locale.language()) {
        case Language::english:
            return described(terms) + count + (is_one ? " monthly instalment" : " monthly instalments");
        case Language::german:
            return described(terms) + count + (is_one ? " monatliche Rate" : " monatliche Raten");
    }
    return {};
}

StandingWords standing_words(std::int64_t instalments_to_come, const Locale& locale) {
    const std::string count = locale.count(instalments_to_come);
    const bool is_one = instalments_to_come == 1;
    switch (locale.language()) {
        case Language::english:
            return {.paid = "Paid so far",
                    .unpaid = "Due so far and not paid",
                    .charged = "Charged at once, for this change",
                    .given_back = "Given back at once, for this change",
                    .to_come = count + (is_one ? " instalment to come" : " instalments to come"),
                    .credit = "Credit, given back once it has been received",
                    .gone = "Disputed or given back otherwise, and not asked for again"};
        case Language::german:
            return {.paid = "Bisher gezahlt",
                    .unpaid = "Bisher fällig und nicht gezahlt",
                    .charged = "Für diese Änderung sofort abgebucht",
                    .given_back = "Für diese Änderung sofort erstattet",
                    .to_come = count + (is_one ? " kommende Rate" : " kommende Raten"),
                    .credit = "Guthaben, das nach seinem Eingang erstattet wird",
                    .gone = "Strittig oder anderweitig erstattet, wird nicht nachgefordert"};
    }
    return {};
}

std::string cancellation_words(const Terms& terms, const Locale& locale) {
    switch (locale.language()) {
        case Language::english:
            return in_english(terms, locale);
        case Language::german:
            return in_german(terms, locale);
    }
    return {};
}

}  // namespace florin::payment_terms
