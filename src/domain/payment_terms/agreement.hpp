#pragma once

#include <optional>
#include <vector>

#include "florin/documents/documents.hpp"
#include "florin/locale/locale.hpp"
#include "florin/payment_terms/payment_terms.hpp"
#include "outlook.hpp"

/// What customers are shown of the money that their terms are about. Pure.
namespace florin::payment_terms {

/// How the total is made up: what was paid so far and what was due without being paid, what a change that has just been
/// booked settles `at_once`, what is to come, and what was taken or given back by others and is not asked for. They add
/// up to the total; none is zero.
std::vector<documents::Line> agreement_lines(const Terms& terms, const Outlook& outlook,
                                             const std::optional<Movement>& at_once, const locale::Locale& locale);

/// What the mails about terms are filled with: see the guide on notifications.
std::string letter_filling(const Terms& terms, const Outlook& outlook, const std::optional<Movement>& at_once);

}  // namespace florin::payment_terms
