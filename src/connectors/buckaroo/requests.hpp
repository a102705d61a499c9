#pragma once

#include <string>
#include <string_view>

#include "florin/payments/connector.hpp"

/// The bodies that we send. Amounts are JSON numbers in major units; our reference is the invoice.
namespace florin::buckaroo {

/// What Buckaroo calls the service of a method; empty for those that it does not have.
std::string_view service_of(payments::Method method);

/// An iDEAL payment that the payer confirms at their bank, who picks it on the scheme's own page.
std::string ideal_body(const payments::Charge& charge, std::string_view push_url);
/// A direct debit under the mandate of an earlier payment: requirements B-FR-23.
std::string recurrent_body(const payments::Charge& charge, std::string_view push_url);
/// A direct debit of an account. `iban` is checked, `holder` is not empty.
std::string debit_body(const payments::Charge& charge, std::string_view iban, std::string_view holder,
                       std::string_view push_url);
std::string refund_body(const payments::FollowUp& refund, std::string_view push_url);

}  // namespace florin::buckaroo
