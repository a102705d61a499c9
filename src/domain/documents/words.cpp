#include "words.hpp"

namespace florin::documents {
namespace {

constexpr Words english{.invoice = "Invoice",
                        .receipt = "Receipt",
                        .credit_note = "Credit note",
                        .agreement = "Financing agreement",
                        .statement = "Final statement",
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
                        .total_refunded = "Refund",
                        .total_owed = "Final amount",
                        .total_even = "Balance",
                        .payment = "Payment",
                        .payments = "Payments",
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
                       .statement = "Schlussabrechnung",
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
                       .total_refunded = "Erstattung",
                       .total_owed = "Schlussbetrag",
                       .total_even = "Saldo",
                       .payment = "Zahlung",
                       .payments = "Zahlungen",
                       .schedule = "Zahlungsplan",
                       .instalment = "Rate",
                       .due = "Fällig am",
                       .acceptance = "Annahme",
                       .acceptance_words = "Ich habe diese Vereinbarung gelesen und nehme sie an.",
                       .name = "Name",
                       .signature = "Unterschrift",
                       .page = "Seite",
                       .of = "von"};

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
        case Kind::statement:
            return statement;
    }
    return {};
}

std::string_view Words::total_of(Kind kind, Money sum) const {
    switch (kind) {
        case Kind::invoice:
        case Kind::agreement:
            return total;
        case Kind::receipt:
            return total_paid;
        case Kind::credit_note:
            return total_credited;
        case Kind::statement:
            return sum.is_zero() ? total_even : sum.is_positive() ? total_owed : total_refunded;
    }
    return {};
}

const Words& words_of(locale::Language language) {
    switch (language) {
        case locale::Language::english:
            return english;
        case locale::Language::german:
            return german;
    }
    return english;
}

}  // namespace florin::documents
