#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"
#include "florin/store/tx.hpp"

namespace florin::identity {

using store::Reader;
using store::Tx;

/// A tenant: everything else in the database belongs to one.
struct Merchant {
    MerchantId id;
    std::string name;       ///< Unique, for people and configuration: `test-merchant`.
    std::string connector;  ///< The payment connector that moves its money.
    std::string time_zone;  ///< An IANA name.
    std::string default_currency;
    bool is_active = true;    ///< False: its keys are refused.
    bool is_sandbox = false;  ///< True: no real money; keys begin with `fk_test_`.
    Instant created_at;
    Instant updated_at;
    std::int64_t version = 1;
};

struct NewMerchant {
    std::string name;  ///< 1 to 64 of a–z, 0–9 and inner dashes.
    std::string connector;
    std::string time_zone = "UTC";
    std::string default_currency = "EUR";
    bool is_sandbox = false;
};

/// Errors: `invalid_merchant_name`, `missing_connector`, `unknown_currency` (invalid); `merchant_exists`
/// (conflict).
Result<Merchant> create_merchant(Tx& tx, const NewMerchant& merchant);
std::optional<Merchant> find_merchant(Reader& reader, std::string_view name);
std::optional<Merchant> find_merchant(Reader& reader, MerchantId id);
/// In the order of their numbers.
std::vector<Merchant> list_merchants(Reader& reader);
/// Switched off, its keys are refused within a second. Error `merchant_not_found`.
Result<Merchant> switch_merchant(Tx& tx, MerchantId id, bool is_active);
/// `time_zone` is a name that the calendar knows. Error `merchant_not_found`.
Result<void> change_time_zone(Tx& tx, MerchantId id, std::string_view time_zone);

}  // namespace florin::identity
