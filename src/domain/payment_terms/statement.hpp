#pragma once

#include <string>
#include <vector>

#include "florin/documents/documents.hpp"
#include "florin/locale/locale.hpp"
#include "florin/payment_terms/payment_terms.hpp"

/// What the final statement of canceled terms says: how they were settled, to the cent. Pure; of terms and charges as
/// they are told of with their settlement.
namespace florin::payment_terms {

/// What the customer owes in the end: a final charge, or, negative, what is given back.
Money statement_total(const Terms& terms);
/// What that is made of: what was earned, the fee, what was paid, given back and taken back, and what of the difference
/// the terms leave to one side. They add up to the total; none is zero.
std::vector<documents::Line> statement_lines(const Terms& terms, const locale::Locale& locale);
/// Each payment by its due day, and, negative, what was given back and taken back of them: the sum is what was kept.
std::vector<documents::ScheduleRow> statement_payments(const Terms& terms, const std::vector<billing::Charge>& charges,
                                                       const locale::Locale& locale);

}  // namespace florin::payment_terms
