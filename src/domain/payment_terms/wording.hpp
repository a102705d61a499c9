#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "florin/locale/locale.hpp"
#include "florin/payment_terms/payment_terms.hpp"

/// What customers read of their terms, beside the words that all documents and mails have. Pure.
namespace florin::payment_terms {

/// What a charge is for: `Policy 4711: Instalment 3 of 12`.
std::string charge_words(const Terms& terms, billing::Purpose purpose, std::int64_t number, bool is_refund,
                         const locale::Locale& locale);
/// `Instalment 3 of 12`.
std::string purpose_words(const Terms& terms, billing::Purpose purpose, std::int64_t number, bool is_refund,
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

/// `Policy 4711: Canceled on 1 May 2027`, of terms that are.
std::string statement_subject(const Terms& terms, const locale::Locale& locale);
/// What a final statement calls the parts of its total.
struct SettlementWords {
    std::string earned, fee, paid, given_back, taken_back, not_given_back, not_asked_for;
};
SettlementWords settlement_words(const Terms& terms, const Settlement& settlement, const locale::Locale& locale);
/// `Instalment 3 of 12: disputed or given back otherwise`.
std::string taken_back_words(const std::string& what, const locale::Locale& locale);
/// `Refund after a change of the total: still to come`.
std::string still_to_come_words(const std::string& what, const locale::Locale& locale);
/// How what was earned of canceled terms is computed.
std::vector<std::string> settlement_explained(const Terms& terms, const Settlement& settlement,
                                              const locale::Locale& locale);

}  // namespace florin::payment_terms
