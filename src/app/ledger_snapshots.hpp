#pragma once

#include "florin/store/store.hpp"

namespace florin::app {

/// Balances are folded from entries; snapshots of all merchants' accounts keep the fold short.
Task<Result<void>> take_ledger_snapshots(store::Store& store);

}  // namespace florin::app
