#pragma once

#include <string>
#include <vector>

#include "bodies.hpp"

/// The objects `cancellation_terms` and `payment_terms`: from JSON and back, and the schema that is published of them.
namespace florin::payment_terms {

/// Errors (`invalid`, the field's path beginning with `cancellation_terms`): `unknown_method`, `invalid_percent`,
/// `missing_field`, `penalty_not_applicable`.
Result<CancellationTerms> cancellation_terms_of(const CancellationTermsBody& body);
CancellationTermsBody body_of(const CancellationTerms& terms);

/// Errors (`invalid`, the field's path beginning with `payment_terms`): `unknown_adjustment`, `two_payment_methods`,
/// `payment_method_not_usable`, those of `security::refuse_card_number`.
Result<Options> options_of(const OptionsBody& body);
OptionsBody body_of(const Options& options);
/// Errors as those of `options_of` about these fields.
Result<billing::Means> means_of(const std::optional<std::string>& payment_method_token,
                                const std::optional<payments::TransactionId>& original_transaction_id);

/// As they are kept: compact JSON of the bodies, in and out. Reading raises `store::Failure` at what was not written
/// here.
std::string to_json(const CancellationTerms& terms);
CancellationTerms kept_cancellation_terms(std::string_view json);

/// The schemas of all bodies, for OpenAPI; what `Described` cannot say of the two objects is in them.
std::vector<json::Schema> schemas();
/// The same schema of a request to create terms as a document of its own: JSON Schema 2020-12.
const std::string& published_schema();

}  // namespace florin::payment_terms
