#pragma once

#include <string>
#include <string_view>

#include "florin/documents/documents.hpp"
#include "florin/locale/locale.hpp"

/// What documents say, in the languages that Florin has words in.
namespace florin::documents {

/// The words of one language.
struct Words {
    std::string_view invoice, receipt, credit_note, agreement, statement;
    std::string_view billed_to, number, date, customer, refers_to;
    std::string_view description, quantity, amount;
    std::string_view total, total_paid, total_credited;
    std::string_view total_refunded, total_owed, total_even;  ///< Of a statement.
    std::string_view payment;                                 ///< By what means was paid.
    std::string_view payments;
    std::string_view schedule, instalment, due;
    std::string_view acceptance, acceptance_words, name, signature;
    std::string_view page, of;

    std::string_view title(Kind kind) const;
    /// What a total of that amount is called.
    std::string_view total_of(Kind kind, Money sum) const;
};

const Words& words_of(locale::Language language);

}  // namespace florin::documents
