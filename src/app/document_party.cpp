#include "document_party.hpp"

#include "florin/json/value.hpp"

namespace florin::app {
namespace {

/// Both, with `between` where there are both.
std::string joined(std::string first, std::string_view between, std::string_view second) {
    if (!first.empty() && !second.empty()) first += between;
    first += second;
    return first;
}

std::string locale_of(const std::string& metadata) {
    const auto value = json::parse(metadata);
    const json::Value* const locale = value ? value->find("locale") : nullptr;
    constexpr std::size_t longest = 35;
    if (locale == nullptr || locale->kind() != json::Kind::string || locale->text().size() > longest) return {};
    return std::string{locale->text()};
}

}  // namespace

documents::Party party_of(const customers::Customer& customer) {
    const customers::Profile& known = customer.profile;
    const customers::Address& address = known.billing_address;
    documents::Party party{.name = known.name, .address_lines = {}, .locale = locale_of(known.metadata)};
    if (party.name.empty()) party.name = joined(address.first_name, " ", address.last_name);
    if (party.name.empty()) party.name = address.company;
    // Where there are states the postal code follows them; elsewhere it leads the town.
    const std::string town = address.state.empty()
                                 ? joined(address.zip, " ", address.city)
                                 : joined(joined(address.city, ", ", address.state), " ", address.zip);
    for (const std::string& line : {address.company, address.address, town, address.country})
        if (!line.empty() && line != party.name) party.address_lines.push_back(line);
    return party;
}

}  // namespace florin::app
