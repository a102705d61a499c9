#include "florin/base/money.hpp"
#include "gateway.hpp"

namespace florin::sandbox::authorize_net {
namespace {

/// `12.50`, or `12.5` and `12` as a serialiser writes numbers.
std::string amount_text(std::int64_t minor, std::string_view currency, bool is_two_decimals) {
    std::string text = to_major_text(minor, *Currency::of(currency));
    if (is_two_decimals || text.find('.') == std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

}  // namespace

void Gateway::tell(std::string_view type, const Transaction& transaction, std::int64_t amount_minor,
                   const std::string& ref_id) {
    const auto write_payload = [&](json::Writer& json, bool is_two_decimals) {
        json.field("responseCode", transaction.response_code);
        if (!ref_id.empty()) json.field("merchantReferenceId", ref_id);
        json.field("authCode", transaction.auth_code).field("avsResponse", transaction.avs);
        json.raw_field("authAmount", amount_text(amount_minor, transaction.currency, is_two_decimals));
        if (!transaction.invoice.empty()) json.field("invoiceNumber", transaction.invoice);
        if (type.starts_with("payment.fraud.")) {
            json.key("fraudList").open('[').open('{').field("fraudFilter", "AmountFilter");
            json.field("fraudAction", "authAndHold").close('}').close(']');
        }
        json.field("entityName", "transaction").field("id", std::to_string(transaction.id));
    };
    const std::int64_t object = transaction.referenced != 0 ? transaction.referenced : transaction.id;
    webhooks_.tell({transaction.login, type, std::to_string(object), write_payload});
}

void Gateway::tell(std::string_view type, const CustomerProfile& customer) {
    const auto write_payload = [&](json::Writer& json, bool) {
        json.key("paymentProfiles").open('[');
        for (const PaymentProfile& profile : customer.payment_profiles) {
            json.open('{').field("id", std::to_string(profile.id));
            if (!profile.customer_type.empty()) json.field("customerType", profile.customer_type);
            json.close('}');
        }
        json.close(']');
        if (!customer.merchant_customer_id.empty()) json.field("merchantCustomerId", customer.merchant_customer_id);
        if (!customer.description.empty()) json.field("description", customer.description);
        json.field("entityName", "customerProfile").field("id", std::to_string(customer.id));
    };
    webhooks_.tell({customer.login, type, std::to_string(customer.id), write_payload});
}

void Gateway::tell(std::string_view type, const CustomerProfile& customer, const PaymentProfile& profile) {
    const auto write_payload = [&](json::Writer& json, bool) {
        json.field("customerProfileId", customer.id).field("entityName", "customerPaymentProfile");
        json.field("id", std::to_string(profile.id));
        if (!profile.customer_type.empty()) json.field("customerType", profile.customer_type);
    };
    webhooks_.tell({customer.login, type, std::to_string(customer.id), write_payload});
}

void Gateway::tell_of_new_account(const CustomerProfile& customer, bool is_new_customer) {
    if (is_new_customer)
        tell("customer.created", customer);
    else
        tell("customer.paymentProfile.created", customer, customer.payment_profiles.back());
}

}  // namespace florin::sandbox::authorize_net
