#include "words.hpp"

#include <array>

namespace florin::documents {
namespace {

constexpr Words english{.invoice = "Invoice",
                        .receipt = "Receipt",
                        .credit_note = "Credit note",
                        .agreement = "Financing agreement",
                        .billed_to = "For",
                        .number = "Number",
                        .date = "Date",
                        .customer = "Customer",
                        .refers_to = "Refers to",
                        .description = "Description",
                        .quantity = "Quantity",
                        .amount = "Amount",
                        .total = "Total",
                        .total_paid = "Total paid",
                        .total_credited = "Total credited",
                        .payment = "Payment",
                        .schedule = "Schedule",
                        .instalment = "Instalment",
                        .due = "Due on",
                        .acceptance = "Acceptance",
                        .acceptance_words = "I have read this agreement and accept it.",
                        .name = "Name",
                        .signature = "Signature",
                        .page = "Page",
                        .of = "of"};

constexpr Words german{.invoice = "Rechnung",
                       .receipt = "Quittung",
                       .credit_note = "Gutschrift",
                       .agreement = "Finanzierungsvereinbarung",
                       .billed_to = "Für",
                       .number = "Nummer",
                       .date = "Datum",
                       .customer = "Kunde",
                       .refers_to = "Bezieht sich auf",
                       .description = "Beschreibung",
                       .quantity = "Menge",
                       .amount = "Betrag",
                       .total = "Gesamtbetrag",
                       .total_paid = "Bezahlt",
                       .total_credited = "Gutgeschrieben",
                       .payment = "Zahlung",
                       .schedule = "Zahlungsplan",
                       .instalment = "Rate",
                       .due = "Fällig am",
                       .acceptance = "Annahme",
                       .acceptance_words = "Ich habe diese Vereinbarung gelesen und nehme sie an.",
                       .name = "Name",
                       .signature = "Unterschrift",
                       .page = "Seite",
                       .of = "von"};

constexpr std::array<std::string_view, 12> english_months{"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 12> german_months{"Januar",    "Februar", "März",     "April",
                                                         "Mai",       "Juni",    "Juli",     "August",
                                                         "September", "Oktober", "November", "Dezember"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// `1234567` as `1,234,567`.
std::string grouped(std::string_view digits, std::string_view group) {
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) out += group;
        out.push_back(digits[i]);
    }
    return out;
}

}  // namespace

std::string_view Words::title(Kind kind) const {
    switch (kind) {
        case Kind::invoice:
            return invoice;
        case Kind::receipt:
            return receipt;
        case Kind::credit_note:
            return credit_note;
        case Kind::agreement:
            return agreement;
    }
    return {};
}

std::string_view Words::total_of(Kind kind) const {
    switch (kind) {
        case Kind::invoice:
        case Kind::agreement:
            return total;
        case Kind::receipt:
            return total_paid;
        case Kind::credit_note:
            return total_credited;
    }
    return {};
}

Locale::Locale(std::string_view tag) : words_{&english}, language_{"en"}, group_{","}, point_{"."} {
    std::string folded;
    for (const char c : tag) folded.push_back(c == '_' ? '-' : lower(c));
    const std::string_view whole = folded;
    const std::string_view language = whole.substr(0, whole.find('-'));
    if (language == "de") {
        words_ = &german;
        language_ = "de";
        const bool is_swiss = whole == "de-ch" || whole == "de-li";
        group_ = is_swiss ? "\u2019" : ".";
        point_ = is_swiss ? "." : ",";
    }
    is_american_ = whole == "en-us";
    has_letter_paper_ = whole.ends_with("-us") || whole.ends_with("-ca") || whole.ends_with("-mx");
}

std::string Locale::money(Money amount) const {
    std::string text = to_major_text(amount);
    std::string out;
    if (text.starts_with('-')) {
        out = "-";
        text.erase(0, 1);
    }
    const std::size_t point = text.find('.');
    out += grouped(std::string_view{text}.substr(0, point), group_);
    if (point != std::string::npos) {
        out += point_;
        out += std::string_view{text}.substr(point + 1);
    }
    out += "\u00a0";
    const bool has_sign = words_ == &german && point_ == "," && amount.code() == "EUR";
    out += has_sign ? std::string_view{"€"} : amount.code();
    return out;
}

std::string Locale::date(calendar::Date date) const {
    const std::string day = std::to_string(unsigned{date.day()}), year = std::to_string(int{date.year()});
    const std::size_t month = unsigned{date.month()} - 1;
    if (words_ == &german) return day + ". " + std::string{german_months[month]} + " " + year;
    const std::string name{english_months[month]};
    return is_american_ ? name + " " + day + ", " + year : day + " " + name + " " + year;
}

std::string Locale::count(std::int64_t number) const {
    const std::string digits = std::to_string(number < 0 ? -number : number);
    return (number < 0 ? "-" : "") + grouped(digits, group_);
}

}  // namespace florin::documents
