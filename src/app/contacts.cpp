#include "contacts.hpp"

#include "document_party.hpp"
#include "florin/telemetry/log.hpp"

namespace florin::app {

notifications::Sender sender_of(const merchants::Profile& merchant) {
    return {.name = merchant.legal_name.empty() ? merchant.name : merchant.legal_name,
            .support_email = merchant.support_email,
            .language = merchant.locale};
}

Task<Result<std::optional<notifications::Contact>>> Contacts::mail(MerchantId merchant, std::string customer_id) const {
    customers::CustomerFilter filter{.customer_id = std::move(customer_id), .limit = 1};
    auto found = co_await customers_.list(merchant, std::move(filter));
    if (!found) co_return fail(std::move(found.error()));
    if (found->empty() || found->front().erased_at) co_return std::optional<notifications::Contact>{};
    customers::Profile& profile = found->front().profile;
    co_return notifications::Contact{
        .email = std::move(profile.email), .name = std::move(profile.name), .language = std::move(profile.locale)};
}

Task<Result<std::optional<cases::Contact>>> Contacts::crm(MerchantId merchant, std::string customer_id) const {
    if (!crm_gets_contact_) co_return std::optional<cases::Contact>{};
    auto contact = co_await mail(merchant, std::move(customer_id));
    if (!contact) co_return fail(std::move(contact.error()));
    if (!*contact) co_return std::optional<cases::Contact>{};
    co_return cases::Contact{.email = std::move((*contact)->email), .name = std::move((*contact)->name)};
}

Task<Result<std::optional<std::string>>> Contacts::addressee(MerchantId merchant, std::string customer_id) const {
    auto contact = co_await mail(merchant, std::move(customer_id));
    if (!contact) co_return fail(std::move(contact.error()));
    if (!*contact || (*contact)->email.empty()) co_return std::optional<std::string>{};
    co_return std::move((*contact)->name);
}

std::optional<std::string> Contacts::addressee(store::Reader& reader, MerchantId merchant,
                                               std::string_view customer_id) const {
    auto customer = known(reader, merchant, customer_id);
    if (!customer || customer->profile.email.empty()) return std::nullopt;
    return std::move(customer->profile.name);
}

std::optional<documents::Party> Contacts::party(store::Reader& reader, MerchantId merchant,
                                                std::string_view customer_id) const {
    const auto customer = known(reader, merchant, customer_id);
    return customer ? std::optional{party_of(*customer)} : std::nullopt;
}

std::optional<customers::Customer> Contacts::known(store::Reader& reader, MerchantId merchant,
                                                   std::string_view customer_id) const {
    auto customer = customers_.find_by_customer_id(reader, merchant, customer_id);
    if (!customer) telemetry::warning("customers.unreadable", {{"code", customer.error().code}});
    if (!customer || !*customer || (*customer)->erased_at) return std::nullopt;
    return std::move(**customer);
}

}  // namespace florin::app
