#pragma once

#include <string>
#include <string_view>

#include "customer_store.hpp"
#include "florin/security/data_key.hpp"

/// From customers to what rests of them, and back.
namespace florin::customers {

class Sealing {
public:
    /// `keys` outlives it.
    Sealing(const security::KeyRing& keys, Random& random);

    /// Seals under a new key of that person.
    rows::CustomerRow seal_new(const Customer& customer) const;
    /// Seals `customer` under the key that its row has had. Errors: those of the key ring.
    Result<rows::CustomerRow> seal_again(const Customer& customer, const rows::CustomerRow& before) const;
    Result<Customer> open(const rows::CustomerRow& row) const;

    /// An answer about the person, as it is kept for repeated requests: unreadable once they are erased.
    Result<std::string> seal_answer(std::string_view body, const rows::CustomerRow& row) const;
    Result<std::string> open_answer(std::string_view sealed, const rows::CustomerRow& row) const;

    /// Finds an e-mail address of one merchant's customers without telling it.
    rows::Digest digest_of(MerchantId merchant, std::string_view email) const;

private:
    Result<security::SecretKey> key_of(const rows::CustomerRow& row) const;
    void seal_profile(rows::CustomerRow& row, const Customer& customer, const security::SecretKey& key) const;

    const security::KeyRing& keys_;
    Random& random_;
    security::SecretKey email_key_;
};

}  // namespace florin::customers
