#pragma once

#include <optional>
#include <string>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"

namespace florin::customers {

struct CustomerTag;
using CustomerId = Id<CustomerTag>;

/// Empty fields are not known. The names are those of a payment's `billing_address`.
struct Address {
    std::string first_name, last_name, company, address, city, state, zip, country;
    bool operator==(const Address&) const = default;
};

/// All that is known of a person. Empty fields are not known.
struct Profile {
    std::string name, email, phone;
    Address billing_address;
    std::string metadata = "{}";  ///< A JSON object.
    /// In which words and forms they are written to: `de-AT`. Empty: the merchant's.
    std::string locale = {};
};

struct Customer {
    MerchantId merchant;
    CustomerId id;
    std::string customer_id;   ///< The merchant's own id; payments carry it too.
    Profile profile;           ///< Empty once erased.
    std::int64_t version = 1;  ///< Counts changes.
    Instant created_at, updated_at;
    std::optional<Instant> erased_at;
};

}  // namespace florin::customers
