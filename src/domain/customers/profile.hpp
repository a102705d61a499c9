#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "florin/base/result.hpp"
#include "florin/customers/customers.hpp"

/// What is known of a person: pure functions.
namespace florin::customers {

/// `invalid`, naming the field: `invalid_email`, `invalid_phone`, `invalid_text` (a line break), `card_number_in_text`,
/// `unsupported_locale`.
Result<void> validate(const Profile& profile);
/// Whether it may be the merchant's own id of a customer. It stays in payments, events and the audit when the
/// customer is erased, so it is no e-mail address. Errors `invalid_customer_id`, `invalid_text`, `card_number_in_text`.
Result<void> validate_customer_id(std::string_view customer_id);

Profile changed(Profile profile, const Changes& changes);
/// The names of what differs, as bodies have them.
std::vector<std::string_view> differences(const Profile& a, const Profile& b);

/// What is sealed. A reader takes what it knows and leaves the rest, so that releases can follow each other.
std::string to_text(const Profile& profile);
Profile parse_profile(std::string_view text);

/// The e-mail address as look-ups compare it: without case.
std::string folded_email(std::string_view email);

}  // namespace florin::customers
