#pragma once

#include "florin/customers/customers.hpp"
#include "florin/documents/documents.hpp"

namespace florin::app {

/// A customer as documents show them: the name, the address as an envelope has it, and the locale.
documents::Party party_of(const customers::Customer& customer);

}  // namespace florin::app
