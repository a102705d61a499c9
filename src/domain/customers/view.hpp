#pragma once

#include "bodies.hpp"
#include "florin/customers/customers.hpp"

namespace florin::customers {

CustomerView view_of(const Customer& customer);
Address address_of(AddressBody body);
Profile profile_of(CreateBody& body);

}  // namespace florin::customers
