#include "view.hpp"

#include "customers_impl.hpp"
#include "florin/locale/locale.hpp"

namespace florin::customers {
namespace {

std::optional<std::string> or_nothing(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

std::optional<AddressBody> address_view_of(const Address& address) {
    if (address == Address{}) return std::nullopt;
    return AddressBody{.first_name = or_nothing(address.first_name),
                       .last_name = or_nothing(address.last_name),
                       .company = or_nothing(address.company),
                       .address = or_nothing(address.address),
                       .city = or_nothing(address.city),
                       .state = or_nothing(address.state),
                       .zip = or_nothing(address.zip),
                       .country = or_nothing(address.country)};
}

}  // namespace

CustomerView view_of(const Customer& customer) {
    const Profile& profile = customer.profile;
    return {.id = customer.id,
            .customer_id = customer.customer_id,
            .name = or_nothing(profile.name),
            .email = or_nothing(profile.email),
            .phone = or_nothing(profile.phone),
            .locale = or_nothing(profile.locale),
            .billing_address = address_view_of(profile.billing_address),
            .metadata = {profile.metadata},
            .version = customer.version,
            .created_at = customer.created_at,
            .updated_at = customer.updated_at,
            .erased_at = customer.erased_at};
}

Address address_of(AddressBody body) {
    return {.first_name = std::move(body.first_name).value_or(""),
            .last_name = std::move(body.last_name).value_or(""),
            .company = std::move(body.company).value_or(""),
            .address = std::move(body.address).value_or(""),
            .city = std::move(body.city).value_or(""),
            .state = std::move(body.state).value_or(""),
            .zip = std::move(body.zip).value_or(""),
            .country = std::move(body.country).value_or("")};
}

std::string written_locale(std::string tag) {
    const auto known = locale::Locale::find(tag);
    return known ? known->tag() : tag;
}

Profile profile_of(CreateBody& body) {
    return {.name = std::move(body.name).value_or(""),
            .email = std::move(body.email).value_or(""),
            .phone = std::move(body.phone).value_or(""),
            .billing_address = body.billing_address ? address_of(std::move(*body.billing_address)) : Address{},
            .metadata = std::move(body.metadata.text),
            .locale = written_locale(std::move(body.locale).value_or(""))};
}

idempotency::Answer answer_of(const Customer& customer, bool is_new) {
    return {.status = is_new ? 201 : 200, .body = json::to_text(view_of(customer))};
}

}  // namespace florin::customers
