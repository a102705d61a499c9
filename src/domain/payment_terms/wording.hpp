#pragma once

#include <cstdint>
#include <string>

#include "florin/locale/locale.hpp"
#include "florin/payment_terms/payment_terms.hpp"

/// What customers read of their terms, beside the words that all documents and mails have. Pure.
namespace florin::payment_terms {

/// What a charge is for: `Policy 4711: Instalment 3 of 12`.
std::string charge_words(const Terms& terms, billing::Purpose purpose, std::int64_t number, bool is_refund,
                         const locale::Locale& locale);
/// `Policy 4711: 12 monthly instalments`.
std::string agreement_subject(const Terms& terms, const locale::Locale& locale);
/// What an agreement calls the parts of its total.
struct StandingWords {
    std::string paid, unpaid, charged, given_back, to_come, credit, gone;
};
StandingWords standing_words(std::int64_t instalments_to_come, const locale::Locale& locale);
/// What a cancellation gives back.
std::string cancellation_words(const Terms& terms, const locale::Locale& locale);

}  // namespace florin::payment_terms
