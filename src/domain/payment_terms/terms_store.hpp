#pragma once

#include <optional>
#include <vector>

#include "florin/payment_terms/payment_terms.hpp"

/// Rows and SQL of payment terms; nothing else.
namespace florin::payment_terms::rows {

void insert(Tx& tx, const Terms& terms);
/// All that can change. To be called once in a unit, after `lock`.
void update(Tx& tx, const Terms& terms);
/// As they are now, and until the unit ends nobody else changes them.
std::optional<Terms> lock(Tx& tx, MerchantId merchant, PaymentTermsId id);
std::optional<Terms> find(Reader& reader, MerchantId merchant, PaymentTermsId id);
std::vector<Terms> list(Reader& reader, MerchantId merchant, const TermsFilter& filter);
/// Those that charge instalments by themselves, in the order of their ids.
std::vector<Terms> running(Reader& reader, MerchantId merchant);

}  // namespace florin::payment_terms::rows
