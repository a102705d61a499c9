#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "desk.hpp"
#include "model.hpp"

namespace florin::sandbox::stripe {

/// A payment method that test mode has ready: `pm_sepaDebit_success_de`, `pm_usBankAccount_success`.
std::optional<PaymentMethod> account_named(const Desk& desk, std::string_view id);
/// `iban` is valid and without spaces; the number itself goes no further.
BankAccount account_of_iban(const Desk& desk, std::string_view iban);
BankAccount account_of_number(const Desk& desk, std::string_view routing_number, std::string_view number);
/// Accounts of which no payment method is made at all: the error's code, or empty.
std::string_view refusal_of_iban(std::string_view iban);
/// What a merchant is told of a debit that failed.
std::string_view message_of_failure(std::string_view failure_code);

}  // namespace florin::sandbox::stripe
