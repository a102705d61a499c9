#include "identity_store.hpp"

#include "florin/security/hash.hpp"

namespace florin::identity {
namespace {

using store::Row;
using store::Sql;

const Sql select_next_merchant{"identity.next_merchant", "SELECT COALESCE(MAX(id), 0) + 1 FROM merchants"};

const Sql insert_merchant_row{"identity.insert_merchant", R"sql(
    INSERT INTO merchants (id, name, connector, time_zone, default_currency, is_active, is_sandbox, created_at, updated_at,
                           version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1)
    ON CONFLICT DO NOTHING
)sql"};

const Sql update_is_active{"identity.switch_merchant", R"sql(
    UPDATE merchants SET is_active = $1, updated_at = $2, version = version + 1 WHERE id = $3
)sql"};

const Sql update_time_zone{"identity.change_time_zone", R"sql(
    UPDATE merchants SET time_zone = $1, updated_at = $2, version = version + 1 WHERE id = $3
)sql"};

const Sql select_merchant_by_name{"identity.find_merchant_by_name", R"sql(
    SELECT id, name, connector, time_zone, default_currency, is_active, is_sandbox, created_at, updated_at, version
    FROM merchants WHERE name = $1
)sql"};
const Sql select_merchant_by_id{"identity.find_merchant", R"sql(
    SELECT id, name, connector, time_zone, default_currency, is_active, is_sandbox, created_at, updated_at, version
    FROM merchants WHERE id = $1
)sql"};
const Sql select_merchants{"identity.list_merchants", R"sql(
    SELECT id, name, connector, time_zone, default_currency, is_active, is_sandbox, created_at, updated_at, version
    FROM merchants ORDER BY id
)sql"};

const Sql insert_key_row{"identity.insert_key", R"sql(
    INSERT INTO api_keys (merchant_id, id, hash, label, scopes, expires_at, rotated_from, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
)sql"};

const Sql shorten_key{"identity.shorten_key", R"sql(
    UPDATE api_keys
    SET expires_at = CASE WHEN expires_at IS NULL OR expires_at > $1 THEN $1 ELSE expires_at END
    WHERE merchant_id = $2 AND id = $3 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4)
)sql"};

const Sql revoke_key{"identity.revoke_key", R"sql(
    UPDATE api_keys SET revoked_at = $1 WHERE merchant_id = $2 AND id = $3 AND revoked_at IS NULL
)sql"};

const Sql select_key{"identity.find_key_by_id", R"sql(
    SELECT merchant_id, id, label, scopes, expires_at, revoked_at, rotated_from, created_at
    FROM api_keys WHERE merchant_id = $1 AND id = $2
)sql"};
const Sql select_keys{"identity.list_keys", R"sql(
    SELECT merchant_id, id, label, scopes, expires_at, revoked_at, rotated_from, created_at
    FROM api_keys WHERE merchant_id = $1 ORDER BY id
)sql"};

const Sql select_key_by_hash{"identity.find_key", R"sql(
    SELECT k.merchant_id, k.id, k.label, k.scopes, k.expires_at, k.revoked_at, k.rotated_from, k.created_at, k.hash, m.name,
           m.is_active
    FROM api_keys k JOIN merchants m ON m.id = k.merchant_id
    WHERE k.hash = $1
)sql"};

Merchant merchant_of(const Row& row) {
    return {row.merchant(0),     row.string(1),       row.string(2),  row.string(3),  row.string(4),
            row.integer(5) != 0, row.integer(6) != 0, row.instant(7), row.instant(8), row.integer(9)};
}

std::string joined(const std::vector<std::string>& scopes) {
    std::string text;
    for (const std::string& scope : scopes) text.append(text.empty() ? "" : " ").append(scope);
    return text;
}

std::vector<std::string> split_scopes(std::string_view text) {
    std::vector<std::string> scopes;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        scopes.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return scopes;
}

ApiKey key_of(const Row& row) {
    return {row.id<ApiKey::Id>(1),          row.merchant(0),         row.string(2),
            split_scopes(row.text(3)),      row.optional_instant(4), row.optional_instant(5),
            row.optional_id<ApiKey::Id>(6), row.instant(7)};
}

}  // namespace

MerchantId next_merchant_id(Reader& reader) {
    return reader.first(select_next_merchant, [](const Row& row) { return row.merchant(0); }).value_or(MerchantId{1});
}

bool insert_merchant(Tx& tx, const Merchant& merchant) {
    return tx.run(insert_merchant_row, merchant.id, merchant.name, merchant.connector, merchant.time_zone,
                  merchant.default_currency, merchant.is_active, merchant.is_sandbox, merchant.created_at) == 1;
}

bool update_merchant_is_active(Tx& tx, MerchantId id, bool is_active) {
    return tx.run(update_is_active, is_active, tx.now(), id) == 1;
}

bool update_merchant_time_zone(Tx& tx, MerchantId id, std::string_view time_zone) {
    tx.seen().forget();
    return tx.run(update_time_zone, time_zone, tx.now(), id) == 1;
}

std::optional<Merchant> find_merchant(Reader& reader, std::string_view name) {
    return reader.first(select_merchant_by_name, merchant_of, name);
}
std::optional<Merchant> find_merchant(Reader& reader, MerchantId id) {
    return reader.first(select_merchant_by_id, merchant_of, id);
}
std::vector<Merchant> list_merchants(Reader& reader) { return reader.all(select_merchants, merchant_of); }

void insert_api_key(Tx& tx, const ApiKey& key, const security::Sha256& hash) {
    tx.run(insert_key_row, key.merchant, key.id, hash, key.label, joined(key.scopes), key.expires_at, key.rotated_from,
           key.created_at);
}

bool shorten_api_key(Tx& tx, const ApiKey& key, Instant at) {
    return tx.run(shorten_key, at, key.merchant, key.id, tx.now()) == 1;
}

void update_api_key_revoked(Tx& tx, const ApiKey& key) { tx.run(revoke_key, tx.now(), key.merchant, key.id); }

std::optional<ApiKey> find_api_key(Reader& reader, MerchantId merchant, const ApiKey::Id& id) {
    return reader.first(select_key, key_of, merchant, id);
}
std::vector<ApiKey> list_api_keys(Reader& reader, MerchantId merchant) {
    return reader.all(select_keys, key_of, merchant);
}

std::optional<KnownKey> find_key_by_hash(Reader& reader, const security::Sha256& hash) {
    std::optional<KnownKey> found;
    reader.each(
        select_key_by_hash,
        [&](const Row& row) {
            // The index has compared already; this is so that no engine's idea of equality decides who is let in.
            if (security::constant_time_equal(row.bytes(8), hash)) {
                found = KnownKey{key_of(row), row.string(9), row.integer(10) != 0};
            }
        },
        hash);
    return found;
}

}  // namespace florin::identity
