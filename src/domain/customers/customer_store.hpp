#pragma once

#include <array>
#include <optional>
#include <vector>

#include "florin/customers/customers.hpp"
#include "florin/store/tx.hpp"

/// Rows and SQL of customers; nothing else.
namespace florin::customers::rows {

using store::Reader;
using store::Tx;
using Digest = std::array<std::uint8_t, 32>;

/// A customer as it rests: sealed.
struct CustomerRow {
    /// Without its profile.
    Customer customer;
    std::vector<std::uint8_t> sealed_key, sealed_profile;
    std::optional<Digest> email_digest;
};

/// False: the merchant has a customer with that `customer_id`.
[[nodiscard]] bool insert(Tx& tx, const CustomerRow& row);
/// From the version before the row's. False: it is at another one, or erased.
[[nodiscard]] bool update(Tx& tx, const CustomerRow& row);
/// Leaves the id, the merchant's own id, version and moments. False: as for `update`.
[[nodiscard]] bool erase(Tx& tx, const Customer& erased);

std::optional<CustomerRow> find(Reader& reader, MerchantId merchant, const CustomerId& id);
std::optional<CustomerRow> find_by_customer_id(Reader& reader, MerchantId merchant, std::string_view customer_id);
/// `filter.email` is looked for by `email_digest`.
std::vector<CustomerRow> list(Reader& reader, MerchantId merchant, const CustomerFilter& filter,
                              const std::optional<Digest>& email_digest);

}  // namespace florin::customers::rows
