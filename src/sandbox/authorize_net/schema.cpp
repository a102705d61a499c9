#include "schema.hpp"

#include <utility>

#include "amount.hpp"

namespace florin::sandbox::authorize_net {
namespace {

/// Apart: the vendor names its elements as we name variables.
namespace schemas {

using enum Content;

// Source: the element order of the published XML schema. `anything` stands where we look at nothing inside.
constexpr Element authentication[] = {
    {.name = "name", .max_length = 25},
    {.name = "transactionKey", .max_length = 16},
    {.name = "sessionToken"},
    {.name = "password"},
    {.name = "impersonationAuthentication", .content = anything},
    {.name = "fingerPrint", .content = anything},
    {.name = "clientKey"},
    {.name = "accessToken"},
    {.name = "mobileDeviceId"},
};
constexpr Schema authentication_schema{authentication};
constexpr Element envelope_authentication{
    .name = "merchantAuthentication", .content = nested, .nested = &authentication_schema, .is_required = true};
constexpr Element envelope_client{.name = "clientId", .max_length = 30};
constexpr Element envelope_reference{.name = "refId", .max_length = 20};

constexpr Element credit_card[] = {
    {.name = "cardNumber", .max_length = 19, .is_required = true},
    {.name = "expirationDate", .max_length = 7, .is_required = true},
    {.name = "cardCode", .content = digits, .max_length = 4},
    {.name = "isPaymentToken", .content = boolean},
    {.name = "cryptogram"},
    {.name = "tokenRequestorName"},
    {.name = "tokenRequestorId"},
    {.name = "tokenRequestorEci"},
};
constexpr Schema credit_card_schema{credit_card};
constexpr Element bank_account[] = {
    {.name = "accountType"},
    {.name = "routingNumber", .max_length = 9, .is_required = true},
    {.name = "accountNumber", .max_length = 17, .is_required = true},
    {.name = "nameOnAccount", .max_length = 22, .is_required = true},
    {.name = "echeckType"},
    {.name = "bankName", .max_length = 50},
    {.name = "checkNumber", .max_length = 15},
};
constexpr Schema bank_account_schema{bank_account};
constexpr Element opaque_data[] = {
    {.name = "dataDescriptor", .is_required = true},
    {.name = "dataValue", .is_required = true},
    {.name = "dataKey"},
    {.name = "expirationTimeStamp"},
};
constexpr Schema opaque_data_schema{opaque_data};
constexpr Element payment[] = {
    {.name = "creditCard", .content = nested, .nested = &credit_card_schema},
    {.name = "bankAccount", .content = nested, .nested = &bank_account_schema},
    {.name = "trackData", .content = anything},
    {.name = "encryptedTrackData", .content = anything},
    {.name = "payPal", .content = anything},
    {.name = "opaqueData", .content = nested, .nested = &opaque_data_schema},
    {.name = "emv", .content = anything},
    {.name = "dataSource"},
};
constexpr Schema payment_schema{payment};

constexpr Element profile_payment[] = {
    {.name = "paymentProfileId", .content = digits, .is_required = true},
    {.name = "cardCode", .content = digits, .max_length = 4},
};
constexpr Schema profile_payment_schema{profile_payment};
constexpr Element charged_profile[] = {
    {.name = "createProfile", .content = boolean},
    {.name = "customerProfileId", .content = digits},
    {.name = "paymentProfile", .content = nested, .nested = &profile_payment_schema},
    {.name = "shippingProfileId", .content = digits},
};
constexpr Schema charged_profile_schema{charged_profile};

constexpr Element order[] = {
    {.name = "invoiceNumber", .max_length = 20},
    {.name = "description", .max_length = 255},
    {.name = "discountAmount", .content = decimal},
    {.name = "taxIsAfterDiscount", .content = boolean},
    {.name = "totalTaxTypeCode"},
    {.name = "purchaserVATRegistrationNumber"},
    {.name = "merchantVATRegistrationNumber"},
    {.name = "vatInvoiceReferenceNumber"},
    {.name = "purchaserCode"},
    {.name = "summaryCommodityCode"},
    {.name = "purchaseOrderDateUTC"},
    {.name = "supplierOrderReference"},
    {.name = "authorizedContactName"},
    {.name = "cardAcceptorRefNumber"},
    {.name = "amexDataTAA1"},
    {.name = "amexDataTAA2"},
    {.name = "amexDataTAA3"},
    {.name = "amexDataTAA4"},
};
constexpr Schema order_schema{order};
constexpr Element line_item[] = {
    {.name = "itemId", .max_length = 31, .is_required = true},
    {.name = "name", .max_length = 31, .is_required = true},
    {.name = "description", .max_length = 255},
    {.name = "quantity", .content = decimal, .is_required = true},
    {.name = "unitPrice", .content = decimal, .is_required = true},
    {.name = "taxable", .content = boolean},
};
constexpr Schema line_item_schema{line_item};
constexpr Element line_items[] = {
    {.name = "lineItem", .content = nested, .nested = &line_item_schema, .is_repeated = true}};
constexpr Schema line_items_schema{line_items};
constexpr Element extended_amount[] = {
    {.name = "amount", .content = decimal, .is_required = true},
    {.name = "name", .max_length = 31},
    {.name = "description", .max_length = 255},
};
constexpr Schema extended_amount_schema{extended_amount};
constexpr Element customer[] = {
    {.name = "type"},
    {.name = "id", .max_length = 20},
    {.name = "email", .max_length = 255},
    {.name = "driversLicense", .content = anything},
    {.name = "taxId"},
};
constexpr Schema customer_schema{customer};
constexpr Element address[] = {
    {.name = "firstName", .max_length = 50},   {.name = "lastName", .max_length = 50},
    {.name = "company", .max_length = 50},     {.name = "address", .max_length = 60},
    {.name = "city", .max_length = 40},        {.name = "state", .max_length = 40},
    {.name = "zip", .max_length = 20},         {.name = "country", .max_length = 60},
    {.name = "phoneNumber", .max_length = 25}, {.name = "faxNumber", .max_length = 25},
    {.name = "email", .max_length = 255},      {.name = "customerAddressId", .content = digits},
};
constexpr Schema bill_to_schema{std::span{address}.first(11)};
constexpr Schema ship_to_schema{std::span{address}.first(8)};
constexpr Schema stored_address_schema{address};
constexpr Element cardholder_authentication[] = {{.name = "authenticationIndicator"},
                                                 {.name = "cardholderAuthenticationValue"}};
constexpr Schema cardholder_authentication_schema{cardholder_authentication};
constexpr Element setting[] = {{.name = "settingName"}, {.name = "settingValue"}};
constexpr Schema setting_schema{setting};
constexpr Element settings[] = {{.name = "setting", .content = nested, .nested = &setting_schema, .is_repeated = true}};
constexpr Schema settings_schema{settings};
constexpr Element user_field[] = {{.name = "name"}, {.name = "value"}};
constexpr Schema user_field_schema{user_field};
constexpr Element user_fields[] = {
    {.name = "userField", .content = nested, .nested = &user_field_schema, .is_repeated = true}};
constexpr Schema user_fields_schema{user_fields};
constexpr Element processing_options[] = {
    {.name = "isFirstRecurringPayment", .content = boolean},
    {.name = "isFirstSubsequentAuth", .content = boolean},
    {.name = "isSubsequentAuth", .content = boolean},
    {.name = "isStoredCredentials", .content = boolean},
};
constexpr Schema processing_options_schema{processing_options};
constexpr Element subsequent_auth[] = {
    {.name = "originalNetworkTransId", .max_length = 255},
    {.name = "originalAuthAmount", .content = decimal},
    {.name = "reason"},
};
constexpr Schema subsequent_auth_schema{subsequent_auth};

constexpr Element transaction[] = {
    {.name = "transactionType", .is_required = true},
    {.name = "amount", .content = decimal, .max_length = 16},
    {.name = "currencyCode", .max_length = 3},
    {.name = "payment", .content = nested, .nested = &payment_schema},
    {.name = "profile", .content = nested, .nested = &charged_profile_schema},
    {.name = "solution", .content = anything},
    {.name = "callId"},
    {.name = "terminalNumber"},
    {.name = "authCode", .max_length = 6},
    {.name = "refTransId", .content = digits},
    {.name = "splitTenderId", .max_length = 6},
    {.name = "order", .content = nested, .nested = &order_schema},
    {.name = "lineItems", .content = nested, .nested = &line_items_schema},
    {.name = "tax", .content = nested, .nested = &extended_amount_schema},
    {.name = "duty", .content = nested, .nested = &extended_amount_schema},
    {.name = "shipping", .content = nested, .nested = &extended_amount_schema},
    {.name = "taxExempt", .content = boolean},
    {.name = "poNumber", .max_length = 25},
    {.name = "customer", .content = nested, .nested = &customer_schema},
    {.name = "billTo", .content = nested, .nested = &bill_to_schema},
    {.name = "shipTo", .content = nested, .nested = &ship_to_schema},
    {.name = "customerIP"},
    {.name = "cardholderAuthentication", .content = nested, .nested = &cardholder_authentication_schema},
    {.name = "retail", .content = anything},
    {.name = "employeeId"},
    {.name = "transactionSettings", .content = nested, .nested = &settings_schema},
    {.name = "userFields", .content = nested, .nested = &user_fields_schema},
    {.name = "surcharge", .content = anything},
    {.name = "merchantDescriptor"},
    {.name = "subMerchant", .content = anything},
    {.name = "tip", .content = anything},
    {.name = "processingOptions", .content = nested, .nested = &processing_options_schema},
    {.name = "subsequentAuthInformation", .content = nested, .nested = &subsequent_auth_schema},
    {.name = "otherTax", .content = anything},
    {.name = "shipFrom", .content = anything},
    {.name = "authorizationIndicatorType", .content = anything},
};
constexpr Schema transaction_schema{transaction};

constexpr Element stored_payment_profile[] = {
    {.name = "customerType"},
    {.name = "billTo", .content = nested, .nested = &bill_to_schema},
    {.name = "payment", .content = nested, .nested = &payment_schema},
    {.name = "driversLicense", .content = anything},
    {.name = "taxId"},
    {.name = "defaultPaymentProfile", .content = boolean},
    {.name = "subsequentAuthInformation", .content = nested, .nested = &subsequent_auth_schema},
    {.name = "excludeFromAccountUpdater", .content = boolean},
    {.name = "customerPaymentProfileId", .content = digits},
};
constexpr Schema new_payment_profile_schema{std::span{stored_payment_profile}.first(8)};
constexpr Schema changed_payment_profile_schema{stored_payment_profile};
constexpr Element new_customer[] = {
    {.name = "merchantCustomerId", .max_length = 20},
    {.name = "description", .max_length = 255},
    {.name = "email", .max_length = 255},
    {.name = "paymentProfiles", .content = nested, .nested = &new_payment_profile_schema, .is_repeated = true},
    {.name = "shipToList", .content = nested, .nested = &stored_address_schema, .is_repeated = true},
    {.name = "profileType"},
};
constexpr Schema new_customer_schema{new_customer};
constexpr Element changed_customer[] = {
    {.name = "merchantCustomerId", .max_length = 20},
    {.name = "description", .max_length = 255},
    {.name = "email", .max_length = 255},
    {.name = "customerProfileId", .content = digits, .is_required = true},
};
constexpr Schema changed_customer_schema{changed_customer};
constexpr Element profile_customer[] = {
    {.name = "merchantCustomerId", .max_length = 20},
    {.name = "description", .max_length = 255},
    {.name = "email", .max_length = 255},
};
constexpr Schema profile_customer_schema{profile_customer};
constexpr Element sorting[] = {{.name = "orderBy", .is_required = true},
                               {.name = "orderDescending", .content = boolean, .is_required = true}};
constexpr Schema sorting_schema{sorting};
constexpr Element paging[] = {{.name = "limit", .content = digits, .is_required = true},
                              {.name = "offset", .content = digits, .is_required = true}};
constexpr Schema paging_schema{paging};
constexpr Element held[] = {{.name = "action", .is_required = true},
                            {.name = "refTransId", .content = digits, .is_required = true}};
constexpr Schema held_schema{held};
constexpr Element token[] = {
    {.name = "cardNumber", .max_length = 19, .is_required = true},
    {.name = "expirationDate", .max_length = 7, .is_required = true},
    {.name = "cardCode", .content = digits, .max_length = 4},
    {.name = "zip", .max_length = 20},
    {.name = "fullName", .max_length = 64},
};
constexpr Schema token_schema{token};
constexpr Element container_data[] = {
    {.name = "type", .is_required = true},
    {.name = "id", .max_length = 64, .is_required = true},
    {.name = "token", .content = nested, .nested = &token_schema, .is_required = true},
};
constexpr Schema container_data_schema{container_data};

constexpr Element customer_id{.name = "customerProfileId", .content = digits, .is_required = true};
constexpr Element payment_id{.name = "customerPaymentProfileId", .content = digits, .is_required = true};
constexpr Element validation_mode{.name = "validationMode"};
constexpr Element unmask{.name = "unmaskExpirationDate", .content = boolean};
constexpr Element issuer{.name = "includeIssuerInfo", .content = boolean};
constexpr Element sorted{.name = "sorting", .content = nested, .nested = &sorting_schema};
constexpr Element paged{.name = "paging", .content = nested, .nested = &paging_schema};

#define FLORIN_ENVELOPE envelope_authentication, envelope_client, envelope_reference
constexpr Element authenticate_test[] = {FLORIN_ENVELOPE};
constexpr Element create_transaction[] = {
    FLORIN_ENVELOPE,
    {.name = "transactionRequest", .content = nested, .nested = &transaction_schema, .is_required = true}};
constexpr Element create_customer[] = {
    FLORIN_ENVELOPE,
    {.name = "profile", .content = nested, .nested = &new_customer_schema, .is_required = true},
    validation_mode};
constexpr Element create_payment_profile[] = {
    FLORIN_ENVELOPE,
    customer_id,
    {.name = "paymentProfile", .content = nested, .nested = &new_payment_profile_schema, .is_required = true},
    validation_mode};
constexpr Element create_from_transaction[] = {
    FLORIN_ENVELOPE,
    {.name = "transId", .content = digits, .is_required = true},
    {.name = "customer", .content = nested, .nested = &profile_customer_schema},
    {.name = "customerProfileId", .content = digits},
    {.name = "defaultPaymentProfile", .content = boolean},
    {.name = "defaultShippingAddress", .content = boolean},
    {.name = "profileType"}};
constexpr Element get_customer[] = {FLORIN_ENVELOPE,
                                    {.name = "customerProfileId", .content = digits},
                                    {.name = "merchantCustomerId", .max_length = 20},
                                    {.name = "email", .max_length = 255},
                                    unmask,
                                    issuer};
constexpr Element get_payment_profile[] = {FLORIN_ENVELOPE, customer_id, payment_id, unmask, issuer};
constexpr Element delete_customer[] = {FLORIN_ENVELOPE, customer_id};
constexpr Element delete_payment_profile[] = {FLORIN_ENVELOPE, customer_id, payment_id};
constexpr Element update_customer[] = {
    FLORIN_ENVELOPE, {.name = "profile", .content = nested, .nested = &changed_customer_schema, .is_required = true}};
constexpr Element update_payment_profile[] = {
    FLORIN_ENVELOPE,
    customer_id,
    {.name = "paymentProfile", .content = nested, .nested = &changed_payment_profile_schema, .is_required = true},
    validation_mode};
constexpr Element validate_payment_profile[] = {FLORIN_ENVELOPE,
                                                customer_id,
                                                payment_id,
                                                {.name = "customerShippingAddressId", .content = digits},
                                                {.name = "cardCode", .content = digits, .max_length = 4},
                                                validation_mode};
constexpr Element get_details[] = {FLORIN_ENVELOPE, {.name = "transId", .content = digits, .is_required = true}};
constexpr Element get_unsettled[] = {FLORIN_ENVELOPE, {.name = "status"}, sorted, paged};
constexpr Element get_for_customer[] = {
    FLORIN_ENVELOPE, customer_id, {.name = "customerPaymentProfileId", .content = digits}, sorted, paged};
constexpr Element get_list[] = {
    FLORIN_ENVELOPE, {.name = "batchId", .content = digits, .is_required = true}, sorted, paged};
constexpr Element get_batches[] = {FLORIN_ENVELOPE,
                                   {.name = "includeStatistics", .content = boolean},
                                   {.name = "firstSettlementDate"},
                                   {.name = "lastSettlementDate"}};
constexpr Element get_statistics[] = {FLORIN_ENVELOPE, {.name = "batchId", .content = digits, .is_required = true}};
constexpr Element update_held[] = {
    FLORIN_ENVELOPE,
    {.name = "heldTransactionRequest", .content = nested, .nested = &held_schema, .is_required = true}};
constexpr Element secure_container[] = {
    FLORIN_ENVELOPE, {.name = "data", .content = nested, .nested = &container_data_schema, .is_required = true}};
#undef FLORIN_ENVELOPE

constexpr std::pair<std::string_view, Schema> requests[] = {
    {"createTransactionRequest", {create_transaction}},
    {"getTransactionDetailsRequest", {get_details}},
    {"getUnsettledTransactionListRequest", {get_unsettled}},
    {"authenticateTestRequest", {authenticate_test}},
    {"createCustomerProfileRequest", {create_customer}},
    {"createCustomerPaymentProfileRequest", {create_payment_profile}},
    {"createCustomerProfileFromTransactionRequest", {create_from_transaction}},
    {"getCustomerProfileRequest", {get_customer}},
    {"getCustomerProfileIdsRequest", {authenticate_test}},
    {"getCustomerPaymentProfileRequest", {get_payment_profile}},
    {"deleteCustomerProfileRequest", {delete_customer}},
    {"deleteCustomerPaymentProfileRequest", {delete_payment_profile}},
    {"updateCustomerProfileRequest", {update_customer}},
    {"updateCustomerPaymentProfileRequest", {update_payment_profile}},
    {"validateCustomerPaymentProfileRequest", {validate_payment_profile}},
    {"getTransactionListForCustomerRequest", {get_for_customer}},
    {"getTransactionListRequest", {get_list}},
    {"getSettledBatchListRequest", {get_batches}},
    {"getBatchStatisticsRequest", {get_statistics}},
    {"getMerchantDetailsRequest", {authenticate_test}},
    {"updateHeldTransactionRequest", {update_held}},
    {"securePaymentContainerRequest", {secure_container}},
};

}  // namespace schemas

constexpr std::string_view space = "AnetApi/xml/v1/schema/AnetApiSchema.xsd";

std::string names(std::span<const Element> elements) {
    std::string list;
    for (const Element& element : elements) {
        if (!list.empty()) list += ", ";
        list += element.name;
        // Nothing behind a required element is possible yet.
        if (element.is_required) break;
    }
    return list;
}

std::string expected(std::span<const Element> elements) {
    if (elements.empty()) return {};
    return " List of possible elements expected: '" + names(elements) + "' in namespace '" + std::string{space} + "'.";
}

std::string in_space(std::string_view name) {
    return "'" + std::string{name} + "' in namespace '" + std::string{space} + "'";
}

std::string invalid_value(std::string_view name, std::string_view type, std::string_view why) {
    return "The '" + std::string{space} + ":" + std::string{name} +
           "' element is invalid - The value is invalid according to its datatype '" + std::string{type} + "' - " +
           std::string{why};
}

std::optional<std::string> find_value_violation(const json::Value& value, const Element& element) {
    using enum Content;
    if (element.content == anything) return std::nullopt;
    if (element.content == nested) {
        if (value.kind() == json::Kind::object) return find_violation(value, *element.nested, element.name);
        if (value.is_null() || (value.kind() == json::Kind::string && value.text().empty())) return std::nullopt;
        return "The element " + in_space(element.name) + " cannot contain text." + expected(element.nested->elements);
    }
    if (value.kind() == json::Kind::object || value.kind() == json::Kind::array)
        return "The element " + in_space(element.name) + " cannot contain child element.";
    const std::string_view written = value.text();
    switch (element.content) {
        case decimal:
            if (const auto amount = parse_amount(written, 9); !amount && amount.error() == AmountError::not_decimal)
                return invalid_value(element.name, "http://www.w3.org/2001/XMLSchema:decimal",
                                     "The string is not a valid Decimal value.");
            break;
        case digits:
            if (written.find_first_not_of("0123456789") != std::string_view::npos)
                return invalid_value(element.name, "String", "The Pattern constraint failed.");
            break;
        case boolean:
            if (value.kind() != json::Kind::boolean && written != "true" && written != "false" && written != "0" &&
                written != "1")
                return invalid_value(element.name, "http://www.w3.org/2001/XMLSchema:boolean",
                                     "The string is not a valid Boolean value.");
            break;
        case text:
        case nested:
        case anything:
            break;
    }
    if (element.max_length != 0 && written.size() > element.max_length)
        return invalid_value(element.name, "String", "The actual length is greater than the MaxLength value.");
    return std::nullopt;
}

}  // namespace

const Schema* schema_of(std::string_view request_name) {
    for (const auto& [name, schema] : schemas::requests) {
        if (name == request_name) return &schema;
    }
    return nullptr;
}

std::optional<std::string> find_violation(const json::Value& object, const Schema& schema, std::string_view name) {
    std::size_t next = 0;
    for (const auto& [member, value] : object.members()) {
        std::size_t at = next;
        while (at < schema.elements.size() && schema.elements[at].name != member) {
            // A required element cannot be passed by.
            if (schema.elements[at].is_required) at = schema.elements.size() - 1;
            ++at;
        }
        if (at >= schema.elements.size())
            return "The element " + in_space(name) + " has invalid child element " + in_space(member) + "." +
                   expected(schema.elements.subspan(next));
        const Element& element = schema.elements[at];
        if (value.kind() == json::Kind::array && element.content != Content::anything) {
            if (!element.is_repeated && value.items().size() > 1)
                return "The element " + in_space(name) + " has invalid child element " + in_space(member) + "." +
                       expected(schema.elements.subspan(at + 1));
            for (const json::Value& item : value.items()) {
                if (auto violation = find_value_violation(item, element)) return violation;
            }
        } else if (auto violation = find_value_violation(value, element)) {
            return violation;
        }
        next = at + 1;
    }
    for (std::size_t at = next; at < schema.elements.size(); ++at) {
        if (schema.elements[at].is_required)
            return "The element " + in_space(name) + " has incomplete content." +
                   expected(schema.elements.subspan(next));
    }
    return std::nullopt;
}

}  // namespace florin::sandbox::authorize_net
