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

std::string purpose_words(const Terms& terms, Purpose purpose, std::int64_t number, bool is_refund,
                          const Locale& locale) {
    const std::string which = locale.count(number), all = locale.count(terms.plan.term_months);
    const bool is_german = locale.language() == Language::german;
    switch (purpose) {
        case Purpose::instalment:
            return is_german ? "Rate " + which + " von " + all : "Instalment " + which + " of " + all;
        case Purpose::compensation:
            if (is_refund)
                return is_german ? "Erstattung nach Änderung des Gesamtbetrags" : "Refund after a change of the total";
            return is_german ? "Ausgleich nach Änderung des Gesamtbetrags" : "Difference after a change of the total";
        case Purpose::final_amount:
            if (is_refund) return is_german ? "Erstattung nach Kündigung" : "Refund after cancellation";
            return is_german ? "Schlussbetrag nach Kündigung" : "Final amount after cancellation";
        case Purpose::period:
        case Purpose::proration:
            break;
    }
    check(false, "payment terms have no such charges");
    return {};
}

std::string charge_words(const Terms& terms, Purpose purpose, std::int64_t number, bool is_refund,
                         const Locale& locale) {
    return described(terms) + purpose_words(terms, purpose, number, is_refund, locale);
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

namespace {

/// What was charged for days, as it was computed.
std::string computed(const Terms& terms, const Settlement& settlement, std::int64_t earned_minor,
                     const Locale& locale) {
    const CancellationTerms& given = terms.cancellation_terms;
    const std::string elapsed = locale.count(settlement.elapsed_days);
    const std::string left = locale.count(settlement.term_days - settlement.elapsed_days);
    const std::string share = given.method == CancellationMethod::short_rate
                                  ? "(" + elapsed + " + " + left + " × " + locale.percent(given.penalty_bp) + ")"
                                  : elapsed;
    return locale.money(terms.money(terms.plan.total_minor)) + " × " + share + " ÷ " +
           locale.count(settlement.term_days) + " = " + locale.money(terms.money(earned_minor));
}

std::string explained_in_english(const Terms& terms, const Settlement& settlement, const Locale& locale) {
    const CancellationTerms& given = terms.cancellation_terms;
    const calendar::Period term = term_of(terms.plan);
    const std::string passed = settlement.elapsed_days == 0 ? "none"
                               : settlement.elapsed_days == settlement.term_days
                                   ? "all"
                                   : locale.count(settlement.elapsed_days);
    std::string words = "The term runs from " + locale.date(term.from) + " to " +
                        locale.date(calendar::plus_days(term.until, -1)) + ", " + locale.count(settlement.term_days) +
                        " days. At the cancellation on " + locale.date(*terms.canceled_on) + " " + passed +
                        " of them had passed. ";
    if (settlement.is_within_cooling_off)
        return words + "Until the end of the first " +
               (given.cooling_off_days == 1 ? std::string{"day"} : locale.count(given.cooling_off_days) + " days") +
               " everything is given back.";
    const std::int64_t earned_minor = earned_of(given, terms.plan, settlement).by_method_minor;
    switch (given.method) {
        case CancellationMethod::pro_rata:
            return words + "In proportion to these the cost is " + computed(terms, settlement, earned_minor, locale) +
                   ".";
        case CancellationMethod::short_rate:
            return words + "In proportion to these, and with " + locale.percent(given.penalty_bp) +
                   " of the rest, the cost is " + computed(terms, settlement, earned_minor, locale) + ".";
        case CancellationMethod::flat:
            return words + "As agreed, they cost nothing.";
        case CancellationMethod::none:
            return words + "As agreed, nothing is given back, and nothing more is charged.";
    }
    return words;
}

std::string explained_in_german(const Terms& terms, const Settlement& settlement, const Locale& locale) {
    const CancellationTerms& given = terms.cancellation_terms;
    const calendar::Period term = term_of(terms.plan);
    const std::int64_t elapsed = settlement.elapsed_days;
    const std::string passed = elapsed == 1                      ? "war davon einer"
                               : elapsed == 0                    ? "waren davon keine"
                               : elapsed == settlement.term_days ? "waren alle"
                                                                 : "waren davon " + locale.count(elapsed);
    std::string words = "Die Laufzeit geht vom " + locale.date(term.from) + " bis zum " +
                        locale.date(calendar::plus_days(term.until, -1)) + " und hat " +
                        locale.count(settlement.term_days) + " Tage. Bei der Kündigung am " +
                        locale.date(*terms.canceled_on) + " " + passed + " vergangen. ";
    if (settlement.is_within_cooling_off)
        return words + "Bis zum Ende " +
               (given.cooling_off_days == 1 ? std::string{"des ersten Tages"}
                                            : "der ersten " + locale.count(given.cooling_off_days) + " Tage") +
               " wird alles erstattet.";
    const std::int64_t earned_minor = earned_of(given, terms.plan, settlement).by_method_minor;
    switch (given.method) {
        case CancellationMethod::pro_rata:
            return words + "Anteilig dafür betragen die Kosten " + computed(terms, settlement, earned_minor, locale) +
                   ".";
        case CancellationMethod::short_rate:
            return words + "Anteilig dafür und mit " + locale.percent(given.penalty_bp) +
                   " des Rests betragen die Kosten " + computed(terms, settlement, earned_minor, locale) + ".";
        case CancellationMethod::flat:
            return words + "Wie vereinbart kosten sie nichts.";
        case CancellationMethod::none:
            return words + "Wie vereinbart wird nichts erstattet und nichts mehr abgebucht.";
    }
    return words;
}

}  // namespace

std::string statement_subject(const Terms& terms, const Locale& locale) {
    const bool is_german = locale.language() == Language::german;
    return described(terms) + (is_german ? "Gekündigt am " : "Canceled on ") + locale.date(*terms.canceled_on);
}

SettlementWords settlement_words(const Terms& terms, const Settlement& settlement, const Locale& locale) {
    const CancellationTerms& given = terms.cancellation_terms;
    const bool is_kept = given.method == CancellationMethod::none;
    const bool is_short_rate = given.method == CancellationMethod::short_rate;
    const Earned earned = earned_of(given, terms.plan, settlement);
    const bool is_minimum = earned.at_least_minor > earned.by_method_minor;
    const std::string elapsed = locale.count(settlement.elapsed_days), all = locale.count(settlement.term_days);
    const std::string penalty = locale.percent(given.penalty_bp), minimum = locale.percent(given.minimum_earned_bp);
    const std::string most = given.refund_cap_minor ? locale.money(terms.money(*given.refund_cap_minor)) : "";
    switch (locale.language()) {
        case Language::english:
            return {.earned = is_kept      ? "Kept, as agreed"
                              : is_minimum ? "Minimum cost, " + minimum + " of the total"
                                           : "Cost for " + elapsed + " of " + all + " days" +
                                                 (is_short_rate ? ", and " + penalty + " of the rest" : ""),
                    .fee = "Fee for the cancellation",
                    .paid = "Paid",
                    .given_back = "Given back before",
                    .taken_back = "Disputed or given back otherwise",
                    .not_given_back = "Beyond the " + most + " that is given back at most",
                    .not_asked_for = "Not asked for"};
        case Language::german:
            return {.earned = is_kept      ? "Wie vereinbart einbehalten"
                              : is_minimum ? "Mindestkosten, " + minimum + " des Gesamtbetrags"
                                           : "Kosten für " + elapsed + " von " + all + " Tagen" +
                                                 (is_short_rate ? ", dazu " + penalty + " des Rests" : ""),
                    .fee = "Gebühr für die Kündigung",
                    .paid = "Gezahlt",
                    .given_back = "Bereits erstattet",
                    .taken_back = "Strittig oder anderweitig erstattet",
                    .not_given_back = "Über die höchstens erstatteten " + most + " hinaus",
                    .not_asked_for = "Wird nicht nachgefordert"};
    }
    return {};
}

std::string taken_back_words(const std::string& what, const Locale& locale) {
    const bool is_german = locale.language() == Language::german;
    return what + (is_german ? ": strittig oder anderweitig erstattet" : ": disputed or given back otherwise");
}

std::string still_to_come_words(const std::string& what, const Locale& locale) {
    return what + (locale.language() == Language::german ? ": steht noch aus" : ": still to come");
}

std::vector<std::string> settlement_explained(const Terms& terms, const Settlement& settlement, const Locale& locale) {
    const CancellationTerms& given = terms.cancellation_terms;
    const bool is_german = locale.language() == Language::german;
    std::vector<std::string> paragraphs{is_german ? explained_in_german(terms, settlement, locale)
                                                  : explained_in_english(terms, settlement, locale)};
    const bool has_minimum = given.minimum_earned_bp > 0 && given.method != CancellationMethod::none;
    if (!has_minimum || settlement.is_within_cooling_off) return paragraphs;
    const Earned earned = earned_of(given, terms.plan, settlement);
    const std::string share = locale.percent(given.minimum_earned_bp);
    const std::string amount = locale.money(terms.money(earned.at_least_minor));
    if (earned.at_least_minor > earned.by_method_minor)
        paragraphs.push_back(
            is_german ? "Mindestens " + share + " des Gesamtbetrags sind in jedem Fall geschuldet; das ist mehr: " +
                            locale.money(terms.money(terms.plan.total_minor)) + " × " + share + " = " + amount + "."
                      : "At least " + share + " of the total is owed in any case, and that is more: " +
                            locale.money(terms.money(terms.plan.total_minor)) + " × " + share + " = " + amount + ".");
    else
        paragraphs.push_back(is_german ? "Das ist nicht weniger als die " + share + " des Gesamtbetrags, " + amount +
                                             ", die in jedem Fall geschuldet sind."
                                       : "That is no less than the " + share + " of the total, " + amount +
                                             ", owed in any case.");
    return paragraphs;
}

}  // namespace florin::payment_terms
