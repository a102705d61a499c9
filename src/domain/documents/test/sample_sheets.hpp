#pragma once

#include <string>

#include "sheet.hpp"

/// Sheets to look at: what documents are like, and what is hard on them.
namespace florin::documents::test {

inline Money amount_of(std::int64_t minor, std::string_view currency) {
    return *Money::of(minor, *Currency::of(currency));
}

inline Sheet base_sheet(Kind kind, std::string number, std::string locale, Money total) {
    return {.kind = kind,
            .number = std::move(number),
            .issued_on = {std::chrono::year{2026}, std::chrono::month{11}, std::chrono::day{20}},
            .customer_id = "customer-7",
            .locale = std::move(locale),
            .total = total,
            .letterhead = {.name = "Nordlicht Kontor GmbH",
                           .address_lines = {"Speicherstraße 12", "20457 Hamburg", "Germany"},
                           .tax_line = "VAT DE123456789",
                           .support_email = "help@nordlicht.example"},
            .logo = nullptr,
            .content = {},
            .personal = Personal{.name = "Ada Lovelace",
                                 .address_lines = {"12 St James Square", "London SW1Y 4JH", "United Kingdom"},
                                 .payment_words = "Visa ending in 1111"}};
}

inline Sheet english_receipt() {
    Sheet sheet = base_sheet(Kind::receipt, "RCT-000017", "en", amount_of(123'450, "EUR"));
    sheet.content = {.subject = "Instalment 3 of 12",
                     .lines = {{"Instalment 3 of 12, due on 20 November 2026", 1, amount_of(123'450, "EUR")}},
                     .schedule = {},
                     .paragraphs = {}};
    return sheet;
}

inline Sheet german_invoice() {
    Sheet sheet = base_sheet(Kind::invoice, "INV-000231", "de-AT", amount_of(1'234'550, "EUR"));
    sheet.personal = Personal{.name = "Jürgen Groß-Weißenböck",
                              .address_lines = {"Österreichische Straße 1", "1010 Wien", "Österreich"},
                              .payment_words = "Lastschrift DE89 … 3000"};
    sheet.content = {
        .subject = "Abonnement „Größe L“, November 2026",
        .lines = {{"Grundgebühr", 1, amount_of(900'000, "EUR")},
                  {"Nutzerlizenzen, monatlich", 25, amount_of(375'000, "EUR")},
                  {"Gutschrift für nicht genutzte Zeit vom 12. bis 30. November nach dem Wechsel des Tarifs von "
                   "„Größe M“ zu „Größe L“",
                   1, amount_of(-40'450, "EUR")}},
        .schedule = {},
        .paragraphs = {"Zahlbar ohne Abzug. Der Betrag wird von Ihrem Konto eingezogen."}};
    return sheet;
}

inline Sheet long_invoice() {
    Sheet sheet = base_sheet(Kind::invoice, "INV-1000232", "en-US", amount_of(99'999'999'999'999, "USD"));
    for (int i = 1; i <= 90; ++i) {
        std::string text = "Position " + std::to_string(i);
        if (i % 9 == 0)
            text += " with a description that goes on and on, so that it does not fit into a line and is broken";
        if (i == 20)
            text = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenhersteller" + std::string(90, 'x');
        sheet.content.lines.push_back({text, i, amount_of(i == 90 ? 99'999'999'999'999 : i * 1'050, "USD")});
    }
    return sheet;
}

inline Sheet many_scripts() {
    Sheet sheet = base_sheet(Kind::receipt, "RCT-000018", "en", amount_of(1'200, "JPY"));
    sheet.personal = Personal{
        .name = "Łukasz Żółć · Ελένη Παπαδοπούλου · Юрий Щукин",
        .address_lines = {"Nguyễn Thị Minh Khai, Đường số 7", "Հայաստան · საქართველო", "日本語の名前 · עברית · العربية",
                          "emoji 😀 and a control \x01 mark", std::string{"broken \xff\xfe UTF-8 \xc3"}},
        .payment_words = "JCB ending in 0505"};
    sheet.content.lines = {{"Tea — “special” price: ½ off, 5 × 3 ≤ 20 → ✓", 3, amount_of(1'200, "JPY")}};
    return sheet;
}

inline Sheet small_money(std::string_view currency) {
    Sheet sheet = base_sheet(Kind::receipt, "RCT-000019", "de", amount_of(1'234'567, currency));
    sheet.content.lines = {{"Ware", 1, amount_of(1'234'567, currency)}};
    return sheet;
}

inline Sheet credit_note() {
    Sheet sheet = base_sheet(Kind::credit_note, "CN-000003", "en-US", amount_of(-10'000, "USD"));
    sheet.content.lines = {{"Refund of Instalment 3 of 12", 1, amount_of(-10'000, "USD")}};
    sheet.refers_to = Document{.merchant = {1},
                               .id = {},
                               .kind = Kind::receipt,
                               .number = "RCT-000017",
                               .cause = {},
                               .customer_id = {},
                               .owner_kind = {},
                               .issued_on = sheet.issued_on,
                               .total = amount_of(10'000, "USD"),
                               .refers_to = {},
                               .created_at = {}};
    return sheet;
}

inline Sheet financing_agreement(std::int64_t instalments) {
    Sheet sheet = base_sheet(Kind::agreement, "AGR-000004", "en", amount_of(instalments * 10'000, "EUR"));
    sheet.personal->payment_words.clear();
    sheet.content.subject = "Financing of €1,200.00 in " + std::to_string(instalments) + " instalments";
    sheet.content.paragraphs = {
        "The amount is paid in equal monthly instalments on the 1st of each month, by the means of payment on file. If "
        "a "
        "payment cannot be taken it is tried again on the next day.",
        "You may cancel at any time. What was paid for the time that is left is given back in proportion, less a fee "
        "of "
        "€25.00. Within 14 days of acceptance everything is given back."};
    for (std::int64_t i = 0; i < instalments; ++i)
        sheet.content.schedule.push_back(
            {.number = i + 1,
             .due_date = {std::chrono::year{2027 + static_cast<int>(i / 12)},
                          std::chrono::month{static_cast<unsigned>(i % 12 + 1)}, std::chrono::day{1}},
             .amount = amount_of(10'000, "EUR")});
    return sheet;
}

inline Sheet final_statement() {
    Sheet sheet = base_sheet(Kind::statement, "STM-000002", "en", amount_of(-10'411, "EUR"));
    sheet.personal->payment_words.clear();
    sheet.content.subject = "Policy 4711: Canceled on 1 April 2027";
    sheet.content.lines = {{"Cost for 90 of 365 days", 1, amount_of(29'589, "EUR")},
                           {"Paid", 1, amount_of(-50'000, "EUR")},
                           {"Given back before", 1, amount_of(10'000, "EUR")}};
    sheet.content.paragraphs = {
        "The term runs from 1 January 2027 to 31 December 2027, 365 days. At the cancellation on 1 April 2027 90 of "
        "them had passed. In proportion to these the cost is €1,200.00 × 90 ÷ 365 = €295.89."};
    for (unsigned i = 1; i <= 4; ++i)
        sheet.content.schedule.push_back(
            {.number = i,
             .due_date = {std::chrono::year{2027}, std::chrono::month{i}, std::chrono::day{1}},
             .amount = amount_of(i == 1 ? 20'000 : 10'000, "EUR"),
             .description = "Instalment " + std::to_string(i) + " of 12"});
    sheet.content.schedule.push_back({.number = 5,
                                      .due_date = {std::chrono::year{2027}, std::chrono::month{4}, std::chrono::day{1}},
                                      .amount = amount_of(-10'000, "EUR"),
                                      .description = "Refund after a change of the total"});
    return sheet;
}

/// As long as a term can be, and owed at its end.
inline Sheet german_statement() {
    Sheet sheet = base_sheet(Kind::statement, "STM-000003", "de", amount_of(5'000, "EUR"));
    sheet.content.subject = "Gekündigt am 1. Mai 2031";
    sheet.content.lines = {{"Kosten für 1.581 von 18.263 Tagen, dazu 10 % des Rests", 1, amount_of(528'000, "EUR")},
                           {"Gebühr für die Kündigung", 1, amount_of(2'500, "EUR")},
                           {"Gezahlt", 1, amount_of(-525'500, "EUR")}};
    for (std::int64_t i = 0; i < 52; ++i)
        sheet.content.schedule.push_back(
            {.number = i + 1,
             .due_date = {std::chrono::year{2027 + static_cast<int>(i / 12)},
                          std::chrono::month{static_cast<unsigned>(i % 12 + 1)}, std::chrono::day{28}},
             .amount = amount_of(10'000, "EUR"),
             .description = "Rate " + std::to_string(i + 1) +
                            (i == 40 ? " von 600: strittig oder anderweitig erstattet, was in keine Zeile mehr passt"
                                     : " von 600")});
    return sheet;
}

inline Sheet erased_person() {
    Sheet sheet = english_receipt();
    sheet.personal.reset();
    return sheet;
}

}  // namespace florin::documents::test
