#pragma once

#include <optional>
#include <vector>

#include "florin/documents/documents.hpp"
#include "florin/locale/locale.hpp"
#include "florin/payment_terms/payment_terms.hpp"

/// What customers are shown of the money that their terms are about. Pure.
namespace florin::payment_terms {

/// What the terms come to from here on, if all comes as planned.
struct Outlook {
    std::vector<documents::ScheduleRow> instalments;  ///< To come, in their order; none of zero.
    std::int64_t to_come_minor = 0;                   ///< Their sum.
    /// What the customer was asked for beyond the total, and is given back once it has been received.
    std::int64_t credit_minor = 0;
};
Outlook outlook_of(const Terms& terms);

/// How the total is made up: what was paid so far and what was due without being paid, what a change that has just been
/// booked settles `at_once`, and what is to come. They add up to the total; none is zero.
std::vector<documents::Line> agreement_lines(const Terms& terms, const Outlook& outlook,
                                             const std::optional<Movement>& at_once, const locale::Locale& locale);

/// What the mails about terms are filled with: see the guide on notifications.
std::string letter_filling(const Terms& terms, const Outlook& outlook, const std::optional<Movement>& at_once);

}  // namespace florin::payment_terms
