#pragma once

#include "ledger_store.hpp"

namespace florin::ledger {

/// Sixteen bytes of the SHA-256 of everything else that is stored of the entry.
Digest digest_of(const StoredEntry& entry);

}  // namespace florin::ledger
