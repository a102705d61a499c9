#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/card.hpp"
#include "florin/store/tx.hpp"

namespace florin::identity {

using store::Reader;
using store::Tx;

/// What may be told of a key.
struct ApiKey {
    using Id = florin::Id<ApiKey>;
    Id id;
    MerchantId merchant;
    std::string label;
    std::vector<std::string> scopes;
    std::optional<Instant> expires_at;
    std::optional<Instant> revoked_at;
    std::optional<Id> rotated_from;
    Instant created_at;

    bool is_valid_at(Instant now) const { return !revoked_at && (!expires_at || now < *expires_at); }
};

/// A key's own text: `fk_test_` or `fk_live_` and 43 characters, which are 256 random bits in base64url.
/// It exists once, in this answer; what is kept is its SHA-256.
using KeyText = security::Hidden<51>;

struct IssuedKey {
    ApiKey key;
    KeyText text;
};

struct NewApiKey {
    MerchantId merchant;
    std::string label;                ///< For people; at most 100 bytes.
    std::vector<std::string> scopes;  ///< `payments:read`, `payments:write` …, or `*` for all.
    std::optional<Instant> expires_at = {};
};

/// Errors: `merchant_not_found`; `invalid_scope`, `label_too_long`, `expiry_in_the_past` (invalid).
Result<IssuedKey> create_api_key(Tx& tx, World world, const NewApiKey& wanted);

/// A new key with the same label, scopes and expiry; the old one stays valid for `overlap`, or until
/// its own expiry if that is sooner. Errors: `api_key_not_found`, `api_key_not_valid` (revoked or expired).
Result<IssuedKey> rotate_api_key(Tx& tx, World world, MerchantId merchant, const ApiKey::Id& id, Millis overlap);

/// Refused everywhere within a second (F118). Revoking twice is once. Error `api_key_not_found`.
Result<ApiKey> revoke_api_key(Tx& tx, MerchantId merchant, const ApiKey::Id& id);

std::optional<ApiKey> find_api_key(Reader& reader, MerchantId merchant, const ApiKey::Id& id);
/// In the order in which they were made.
std::vector<ApiKey> list_api_keys(Reader& reader, MerchantId merchant);

/// `*`, or `noun:read` and `noun:write` with a noun of a–z and underscores.
bool is_scope(std::string_view text);

}  // namespace florin::identity
