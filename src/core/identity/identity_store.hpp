#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/identity/api_keys.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/security/hash.hpp"

namespace florin::identity {

/// False when the number or the name is taken.
bool insert_merchant(Tx& tx, const Merchant& merchant);
MerchantId next_merchant_id(Reader& reader);
/// Raises the version; false when there is no such merchant.
bool update_merchant_is_active(Tx& tx, MerchantId id, bool is_active);
bool update_merchant_time_zone(Tx& tx, MerchantId id, std::string_view time_zone);

void insert_api_key(Tx& tx, const ApiKey& key, const security::Sha256& hash);
/// Ends the key's validity at `at` unless it ends sooner; false when it is revoked or over already.
bool shorten_api_key(Tx& tx, const ApiKey& key, Instant at);
void update_api_key_revoked(Tx& tx, const ApiKey& key);

/// A key as the gate needs it.
struct KnownKey {
    ApiKey key;
    std::string merchant_name;
    bool is_merchant_active = false;
};
std::optional<KnownKey> find_key_by_hash(Reader& reader, const security::Sha256& hash);

}  // namespace florin::identity
