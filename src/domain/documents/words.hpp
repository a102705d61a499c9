#pragma once

#include <string>
#include <string_view>

#include "florin/documents/documents.hpp"

/// How documents say things where their reader lives.
namespace florin::documents {

/// The words of one language.
struct Words {
    std::string_view invoice, receipt, credit_note, agreement;
    std::string_view billed_to, number, date, customer, refers_to;
    std::string_view description, quantity, amount;
    std::string_view total, total_paid, total_credited;
    std::string_view payment;  ///< By what means was paid.
    std::string_view schedule, instalment, due;
    std::string_view acceptance, acceptance_words, name, signature;
    std::string_view page, of;

    std::string_view title(Kind kind) const;
    std::string_view total_of(Kind kind) const;
};

/// A reader's language and region: `de`, `en-US`, as in BCP 47. What is not known is English.
class Locale {
public:
    explicit Locale(std::string_view tag);
    const Words& words() const { return *words_; }
    /// `de`: for those who read the document aloud.
    std::string_view language() const { return language_; }
    /// `1,234.50 EUR`, `1.234,50 €`.
    std::string money(Money amount) const;
    /// `20 November 2026`, `November 20, 2026`, `20. November 2026`.
    std::string date(calendar::Date date) const;
    std::string count(std::int64_t number) const;
    /// Whether paper is of the American size.
    bool has_letter_paper() const { return has_letter_paper_; }

private:
    const Words* words_;
    std::string_view language_, group_, point_;
    bool has_letter_paper_ = false, is_american_ = false;
};

}  // namespace florin::documents
