#include "florin/identity/api_keys.hpp"

#include <algorithm>

#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "identity_store.hpp"
#include "key_text.hpp"

namespace florin::identity {
namespace {

std::unexpected<Error> no_such_key() {
    return fail(ErrorKind::not_found, "api_key_not_found", "This merchant has no such API key.");
}

/// Writes the key with a new text, which only the answer has.
IssuedKey issue(Tx& tx, World world, const Merchant& merchant, ApiKey key) {
    std::array<std::uint8_t, key_secret_bytes> secret;
    world.random.fill(std::as_writable_bytes(std::span{secret}));
    std::string text{merchant.is_sandbox ? test_prefix : live_prefix};
    text.append(security::to_base64url(secret));
    IssuedKey issued{std::move(key), {}};
    issued.text.assign(text);
    insert_api_key(tx, issued.key, security::sha256(text));
    explicit_bzero(text.data(), text.size());
    explicit_bzero(secret.data(), secret.size());
    return issued;
}

}  // namespace

bool is_scope(std::string_view text) {
    if (text == "*") return true;
    const std::size_t colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos) return false;
    const std::string_view verb = text.substr(colon + 1);
    return (verb == "read" || verb == "write") &&
           std::ranges::all_of(text.substr(0, colon), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

Result<IssuedKey> create_api_key(Tx& tx, World world, const NewApiKey& wanted) {
    if (wanted.label.size() > 100) {
        return fail(ErrorKind::invalid, "label_too_long", "A label has at most 100 bytes.", "label");
    }
    if (wanted.scopes.empty() || !std::ranges::all_of(wanted.scopes, is_scope)) {
        return fail(ErrorKind::invalid, "invalid_scope",
                    "A key needs scopes such as payments:read, payments:write, or * for all.", "scopes");
    }
    if (wanted.expires_at && *wanted.expires_at <= tx.now()) {
        return fail(ErrorKind::invalid, "expiry_in_the_past", "A key expires in the future, or never.", "expires_at");
    }
    const auto merchant = find_merchant(tx, wanted.merchant);
    if (!merchant) return fail(ErrorKind::not_found, "merchant_not_found", "There is no such merchant.");
    ApiKey key{
        world.new_id<ApiKey>(), wanted.merchant, wanted.label, wanted.scopes, wanted.expires_at, {}, {}, tx.now()};
    return issue(tx, world, *merchant, std::move(key));
}

Result<IssuedKey> rotate_api_key(Tx& tx, World world, MerchantId merchant_id, const ApiKey::Id& id, Millis overlap) {
    const auto merchant = find_merchant(tx, merchant_id);
    const auto old = find_api_key(tx, merchant_id, id);
    if (!merchant || !old) return no_such_key();
    if (!shorten_api_key(tx, *old, tx.now() + std::max(overlap, Millis{0}))) {
        return fail(ErrorKind::conflict, "api_key_not_valid",
                    "A revoked or expired key cannot be rotated. Create a new one.");
    }
    ApiKey key{world.new_id<ApiKey>(), merchant_id, old->label, old->scopes, old->expires_at, {}, old->id, tx.now()};
    return issue(tx, world, *merchant, std::move(key));
}

Result<ApiKey> revoke_api_key(Tx& tx, MerchantId merchant, const ApiKey::Id& id) {
    const auto key = find_api_key(tx, merchant, id);
    if (!key) return no_such_key();
    update_api_key_revoked(tx, *key);
    return *find_api_key(tx, merchant, id);
}

}  // namespace florin::identity
