#pragma once

#include <string_view>
#include <vector>

#include "florin/billing/agenda.hpp"
#include "florin/store/store.hpp"
#include "policy.hpp"

/// Rows and SQL of retry policies; nothing else.
namespace florin::billing::rows {

struct PolicyRow {
    RetryPolicy policy;
    std::int64_t version = 0;  ///< 0: one of Florin's own.
    Instant created_at, updated_at;
};

/// Makes the policy or takes the place of the one of that name. `before`: the version that it takes the place of; 0:
/// there is none. False: it is another one by now.
[[nodiscard]] bool put_policy(Tx& tx, MerchantId merchant, const RetryPolicy& policy, std::int64_t before);
/// False: there is none.
[[nodiscard]] bool remove_policy(Tx& tx, MerchantId merchant, std::string_view name);
/// The merchant's own of that name, else Florin's.
std::optional<PolicyRow> find_policy(Reader& reader, MerchantId merchant, std::string_view name);
/// The merchant's own, by name.
std::vector<PolicyRow> policies_of(Reader& reader, MerchantId merchant);

}  // namespace florin::billing::rows
