#pragma once

#include "florin/merchants/merchants.hpp"

namespace florin::merchants {

/// Whether a merchant can be so. Errors as `Merchants::change` has them.
Result<void> validate(const ProfileWish& wish);

}  // namespace florin::merchants
