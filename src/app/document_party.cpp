#include "document_party.hpp"

namespace florin::app {
namespace {

/// Both, with `between` where there are both.
std::string joined(std::string first, std::string_view between, std::string_view second) {
    if (!first.empty() && !second.empty()) first += between;
    first += second;
    return first;
}

}  // namespace

documents::Party party_of(const customers::Customer& customer) {
    const customers::Profile& known = customer.profile;
    const customers::Address& address = known.billing_address;
    documents::Party party{.name = known.name, .address_lines = {}, .country = address.country, .locale = known.locale};
    if (party.name.empty()) party.name = joined(address.first_name, " ", address.last_name);
    if (party.name.empty()) party.name = address.company;
    // Where there are states the postal code follows them; elsewhere it leads the town.
    const std::string town = address.state.empty()
                                 ? joined(address.zip, " ", address.city)
                                 : joined(joined(address.city, ", ", address.state), " ", address.zip);
    for (const std::string& line : {address.company, address.address, town})
        if (!line.empty() && line != party.name) party.address_lines.push_back(line);
    return party;
}

}  // namespace florin::app
