#pragma once

#include <optional>
#include <vector>

#include "florin/payment_terms/payment_terms.hpp"

/// Rows and SQL of payment terms; nothing else.
///
/// A row that cannot be read is a fault of that row alone: whoever needs it gets a `store::Failure` that names it,
/// whoever reads many goes on without it and leaves an error in the log (F105).
namespace florin::payment_terms::rows {

void insert(Tx& tx, const Terms& terms);
/// All that can change. To be called once in a unit, after `lock`.
void update(Tx& tx, const Terms& terms);
/// As they are now, and until the unit ends nobody else changes them.
std::optional<Terms> lock(Tx& tx, MerchantId merchant, PaymentTermsId id);
std::optional<Terms> find(Reader& reader, MerchantId merchant, PaymentTermsId id);
std::vector<Terms> list(Reader& reader, MerchantId merchant, const TermsFilter& filter);
/// As `find`; nothing where they cannot be read.
std::optional<Terms> find_readable(Reader& reader, MerchantId merchant, PaymentTermsId id);
/// By what they are paid; nothing: there are none, or they charge no more by themselves.
std::optional<billing::Payer> payer_of(Reader& reader, MerchantId merchant, PaymentTermsId id);
void set_means(Tx& tx, const Terms& terms);

}  // namespace florin::payment_terms::rows
