#pragma once

#include <string>
#include <string_view>

#include "florin/base/result.hpp"

namespace florin {

/// Reads the number of a bank account as people write it, `nl91 abna 0417 1643 00`, and gives it as it is stored and
/// sent: without spaces, upper case. It has the length of its country, and its check digits are right, so no single
/// wrong digit passes. Whether there is such an account only its bank knows.
///
/// Error: `invalid_iban`, of the field `bank_account.iban`. The number is never part of the message.
/// Source: ISO 13616 with the lengths of its registry for the countries of the SEPA area, requirements B-FR-23.
Result<std::string> parse_iban(std::string_view text);

}  // namespace florin
