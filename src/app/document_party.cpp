#include "document_party.hpp"

#include <algorithm>
#include <array>

namespace florin::app {
namespace {

/// Both, with `between` where there are both.
std::string joined(std::string first, std::string_view between, std::string_view second) {
    if (!first.empty() && !second.empty()) first += between;
    first += second;
    return first;
}

/// Where the postal code follows the town: where English is written, and wherever there are states. Elsewhere it leads.
bool has_zip_behind(std::string_view country) {
    constexpr std::array<std::string_view, 9> behind{"AU", "CA", "GB", "IE", "IN", "NZ", "SG", "US", "ZA"};
    return std::ranges::find(behind, country) != behind.end();
}

}  // namespace

documents::Party party_of(const customers::Customer& customer) {
    const customers::Profile& known = customer.profile;
    const customers::Address& address = known.billing_address;
    documents::Party party{.name = known.name, .address_lines = {}, .country = address.country, .locale = known.locale};
    if (party.name.empty()) party.name = joined(address.first_name, " ", address.last_name);
    if (party.name.empty()) party.name = address.company;
    const std::string town = joined(address.city, ", ", address.state);
    const bool is_behind = !address.state.empty() || has_zip_behind(address.country);
    const std::string place = is_behind ? joined(town, " ", address.zip) : joined(address.zip, " ", town);
    for (const std::string& line : {address.company, address.address, place})
        if (!line.empty() && line != party.name) party.address_lines.push_back(line);
    return party;
}

}  // namespace florin::app
