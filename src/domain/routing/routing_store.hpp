#pragma once

#include "florin/routing/routing.hpp"
#include "florin/store/tx.hpp"

/// Rows and SQL of routes; nothing else.
namespace florin::routing::rows {

Plan find(store::Reader& reader, MerchantId merchant);
/// Puts `after` in the place of `before`. False: that is not what there is any more.
[[nodiscard]] bool replace(store::Tx& tx, MerchantId merchant, const Plan& before, const Plan& after);

}  // namespace florin::routing::rows
