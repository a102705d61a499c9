#pragma once

#include "bodies.hpp"
#include "florin/customers/customers.hpp"

namespace florin::customers {

CustomerView view_of(const Customer& customer);
Address address_of(AddressBody body);
/// `de-AT`, in whatever case it was given; what is not known stays for `validate`.
std::string written_locale(std::string tag);
Profile profile_of(CreateBody& body);

}  // namespace florin::customers
