#pragma once

#include "audit_store.hpp"

namespace florin::audit {

/// The hash of `record`, whose predecessor in its lane has the hash `previous` (zeros: none).
Hash link(const Hash& key, const Hash& previous, const NewRecord& record);
/// The signature of a head.
Hash seal(const Hash& key, const Head& head);

}  // namespace florin::audit
