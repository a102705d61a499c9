#pragma once

#include <optional>
#include <string>

#include "florin/cases/crm.hpp"
#include "florin/customers/customers.hpp"
#include "florin/documents/documents.hpp"
#include "florin/merchants/merchants.hpp"
#include "florin/notifications/notifications.hpp"

namespace florin::app {

/// Who writes to a merchant's customers, as these know it.
notifications::Sender sender_of(const merchants::Profile& merchant);

/// What others are told of a customer, by the merchant's own id of them. Of whom nothing can be read, nothing is told:
/// what is due is charged, issued and recorded all the same.
class Contacts {
public:
    /// `customers` outlives it. `crm_gets_contact`: whether the operator wants brokers to be able to reach them.
    Contacts(customers::Customers& customers, bool crm_gets_contact)
        : customers_{customers}, crm_gets_contact_{crm_gets_contact} {}

    /// Where their mails go.
    Task<Result<std::optional<notifications::Contact>>> mail(MerchantId merchant, std::string customer_id) const;
    /// As a broker has to be able to reach them.
    Task<Result<std::optional<cases::Contact>>> crm(MerchantId merchant, std::string customer_id) const;
    /// The name of a customer who can be written to.
    Task<Result<std::optional<std::string>>> addressee(MerchantId merchant, std::string customer_id) const;
    /// The same, in the unit that has something to tell.
    std::optional<std::string> addressee(store::Reader& reader, MerchantId merchant,
                                         std::string_view customer_id) const;
    /// Whom a document is for.
    std::optional<documents::Party> party(store::Reader& reader, MerchantId merchant,
                                          std::string_view customer_id) const;

private:
    std::optional<customers::Customer> known(store::Reader& reader, MerchantId merchant,
                                             std::string_view customer_id) const;

    customers::Customers& customers_;
    bool crm_gets_contact_;
};

}  // namespace florin::app
