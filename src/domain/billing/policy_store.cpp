#include "policy_store.hpp"

namespace florin::billing::rows {
namespace {

using store::Row;
using store::Sql;

// Two who write at once meet here: one of them finds another version.
Sql insert_policy_sql{"billing.insert_policy", R"sql(
    INSERT INTO retry_policies (merchant_id, name, rules, version, created_at, updated_at)
    VALUES ($1, $2, $3, 1, $4, $4) ON CONFLICT (merchant_id, name) DO NOTHING
)sql"};
Sql update_policy_sql{"billing.update_policy", R"sql(
    UPDATE retry_policies SET rules = $3, version = version + 1, updated_at = $4
    WHERE merchant_id = $1 AND name = $2 AND version = $5
)sql"};
Sql remove_policy_sql{"billing.remove_policy", "DELETE FROM retry_policies WHERE merchant_id = $1 AND name = $2"};
Sql find_policy_sql{"billing.find_policy", R"sql(
    SELECT name, rules, version, created_at, updated_at FROM retry_policies WHERE merchant_id = $1 AND name = $2
)sql"};
Sql list_policies_sql{"billing.list_policies", R"sql(
    SELECT name, rules, version, created_at, updated_at FROM retry_policies WHERE merchant_id = $1 ORDER BY name
)sql"};

PolicyRow policy_of(const Row& row) {
    auto policy = parse_rules(row.text(0), row.text(1));
    if (!policy) throw store::Failure{store::Failure::Kind::fault, "a row holds a retry policy that cannot be read"};
    return {.policy = std::move(*policy),
            .version = row.integer(2),
            .created_at = row.instant(3),
            .updated_at = row.instant(4)};
}

}  // namespace

bool put_policy(Tx& tx, MerchantId merchant, const RetryPolicy& policy, std::int64_t before) {
    const std::string rules = rules_text(policy);
    if (before == 0) return tx.claim(insert_policy_sql, merchant, policy.name, rules, tx.now());
    return tx.claim(update_policy_sql, merchant, policy.name, rules, tx.now(), before);
}

bool remove_policy(Tx& tx, MerchantId merchant, std::string_view name) {
    return tx.run(remove_policy_sql, merchant, name) == 1;
}

std::optional<PolicyRow> find_policy(Reader& reader, MerchantId merchant, std::string_view name) {
    if (auto own = reader.first(find_policy_sql, policy_of, merchant, name)) return own;
    for (const RetryPolicy& preset : presets())
        if (preset.name == name) return PolicyRow{.policy = preset};
    return std::nullopt;
}

std::vector<PolicyRow> policies_of(Reader& reader, MerchantId merchant) {
    return reader.all(list_policies_sql, policy_of, merchant);
}

}  // namespace florin::billing::rows
