#include "requests.hpp"

#include <algorithm>

#include "florin/json/writer.hpp"

namespace florin::authorize_net {
namespace {

using json::Writer;
using payments::BillingAddress;
using payments::Card;
using payments::Charge;
using payments::FollowUp;

/// The largest window there is. Every operation has an invoice number of its own, so the only
/// duplicate that the gateway can find is our own resend (F9, F10).
constexpr std::string_view duplicate_window_s = "28800";

/// At most `max` characters, never half of one: the schema counts characters.
std::string_view clip(std::string_view text, std::size_t max) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_first_byte = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
        if (is_first_byte && ++characters > max) return text.substr(0, i);
    }
    return text;
}

void text_field(Writer& json, std::string_view name, std::string_view text, std::size_t max) {
    if (!text.empty()) json.field(name, clip(text, max));
}

bool is_digits(std::string_view text) {
    return !text.empty() && text.size() <= 20 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// One request: `{"<method>":{"merchantAuthentication":{…},"refId":…, … }}`.
class Body {
public:
    Body(std::string_view method, Credentials credentials, std::string_view reference = {}) : json_{text_} {
        text_.reserve(body_capacity);
        json_.open('{').key(method).open('{').key("merchantAuthentication").open('{');
        json_.field("name", credentials.login).field("transactionKey", credentials.transaction_key).close('}');
        // Echoed in the answer, and in the transaction's details.
        text_field(json_, "refId", reference, 20);
    }
    Body(const Body&) = delete;

    Writer& json() { return json_; }
    std::string finish() {
        json_.close('}').close('}');
        return std::move(text_);
    }

private:
    std::string text_;
    Writer json_;
};

void write_amount(Writer& json, Money amount) {
    json.field("amount", to_major_text(amount)).field("currencyCode", amount.currency().code());
}

void write_card(Writer& json, const Card& card) {
    // `YYYY-MM`.
    const char month[] = {static_cast<char>('0' + card.expiry_month / 10 % 10),
                          static_cast<char>('0' + card.expiry_month % 10)};
    std::string expiry = std::to_string(card.expiry_year);
    expiry.append("-").append(month, sizeof month);
    json.key("payment").open('{').key("creditCard").open('{');
    json.field("cardNumber", card.number.expose()).field("expirationDate", expiry);
    if (!card.cvv.is_empty()) json.field("cardCode", card.cvv.expose());
    json.close('}').close('}');
}

void write_stored_card(Writer& json, const ProfileIds& token) {
    json.key("profile").open('{').field("customerProfileId", token.customer);
    json.key("paymentProfile").open('{').field("paymentProfileId", token.payment).close('}').close('}');
}

void write_order(Writer& json, std::string_view reference, std::string_view description = {}) {
    json.key("order").open('{').field("invoiceNumber", clip(reference, 20));
    text_field(json, "description", description, 255);
    json.close('}');
}

void write_billing(Writer& json, const BillingAddress& billing) {
    const std::tuple<std::string_view, std::string_view, std::size_t> fields[] = {
        {"firstName", billing.first_name, 50},
        {"lastName", billing.last_name, 50},
        {"company", billing.company, 50},
        {"address", billing.address, 60},
        {"city", billing.city, 40},
        {"state", billing.state, 40},
        {"zip", billing.zip, 20},
        {"country", billing.country, 60},
    };
    if (std::ranges::all_of(fields, [](const auto& field) { return std::get<1>(field).empty(); })) return;
    json.key("billTo").open('{');
    for (const auto& [name, text, max] : fields) text_field(json, name, text, max);
    json.close('}');
}

void write_settings(Writer& json, bool is_recurring = false) {
    json.key("transactionSettings").open('{').key("setting").open('[');
    json.open('{').field("settingName", "duplicateWindow").field("settingValue", duplicate_window_s).close('}');
    if (is_recurring) json.open('{').field("settingName", "recurringBilling").field("settingValue", "true").close('}');
    json.close(']').close('}');
}

std::string charge_body(Credentials credentials, std::string_view transaction_type, const Charge& charge,
                        const std::optional<ProfileIds>& token, bool stores_card) {
    Body body{"createTransactionRequest", credentials, charge.reference};
    Writer& json = body.json();
    json.key("transactionRequest").open('{').field("transactionType", transaction_type);
    write_amount(json, charge.amount);
    if (token) {
        write_stored_card(json, *token);
    } else if (charge.card != nullptr) {
        write_card(json, *charge.card);
        if (stores_card) json.key("profile").open('{').field("createProfile", true).close('}');
    }
    write_order(json, charge.reference, charge.description);
    // With a stored card the profile says who the customer is and where they live: a bill-to beside
    // it is an error (E00093).
    if (!token) {
        // A profile is made per customer id, so one that is used again would make none.
        const std::string_view customer = stores_card ? std::string_view{charge.reference} : charge.customer_id;
        if (!customer.empty() && customer.size() <= 20) json.key("customer").open('{').field("id", customer).close('}');
        write_billing(json, charge.billing);
    }
    text_field(json, "customerIP", charge.client_ip, 45);
    write_settings(json, charge.is_merchant_initiated);
    if (charge.is_merchant_initiated)
        json.key("processingOptions").open('{').field("isSubsequentAuth", true).close('}');
    json.close('}');
    return body.finish();
}

void write_order_and_page(Writer& json, std::string_view order_by, bool is_descending, int page,
                          int limit = page_size) {
    json.key("sorting").open('{').field("orderBy", order_by).field("orderDescending", is_descending).close('}');
    json.key("paging").open('{').field("limit", limit).field("offset", page).close('}');
}

/// Without the milliseconds of `to_text`.
std::string to_seconds_text(Instant at) { return to_text(at).substr(0, 19) + "Z"; }

void write_span(Writer& json, Instant first, Instant last) {
    json.field("firstSettlementDate", to_seconds_text(first)).field("lastSettlementDate", to_seconds_text(last));
}

}  // namespace

std::optional<ProfileIds> parse_token(std::string_view token) {
    const auto slash = token.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto customer = token.substr(0, slash), payment = token.substr(slash + 1);
    if (!is_digits(customer) || !is_digits(payment)) return std::nullopt;
    return ProfileIds{std::string{customer}, std::string{payment}};
}

std::string to_token(const ProfileIds& ids) { return ids.customer + "/" + ids.payment; }

std::string authorize_body(Credentials credentials, const Charge& charge, const std::optional<ProfileIds>& token) {
    return charge_body(credentials, "authOnlyTransaction", charge, token, charge.card != nullptr);
}

std::string purchase_body(Credentials credentials, const Charge& charge, const std::optional<ProfileIds>& token) {
    return charge_body(credentials, "authCaptureTransaction", charge, token, false);
}

std::string capture_body(Credentials credentials, const FollowUp& capture) {
    Body body{"createTransactionRequest", credentials, capture.reference};
    Writer& json = body.json();
    json.key("transactionRequest").open('{').field("transactionType", "priorAuthCaptureTransaction");
    write_amount(json, capture.amount);
    json.field("refTransId", capture.parent_provider_id);
    write_order(json, capture.reference);
    json.close('}');
    return body.finish();
}

std::string later_capture_body(Credentials credentials, const FollowUp& capture, const ProfileIds& token) {
    Body body{"createTransactionRequest", credentials, capture.reference};
    Writer& json = body.json();
    json.key("transactionRequest").open('{').field("transactionType", "authCaptureTransaction");
    write_amount(json, capture.amount);
    write_stored_card(json, token);
    write_order(json, capture.reference);
    write_settings(json);
    json.key("processingOptions").open('{').field("isStoredCredentials", true).close('}');
    json.key("subsequentAuthInformation").open('{').field("reason", "delayedCharge").close('}');
    json.close('}');
    return body.finish();
}

std::string refund_body(Credentials credentials, const FollowUp& refund) {
    Body body{"createTransactionRequest", credentials, refund.reference};
    Writer& json = body.json();
    json.key("transactionRequest").open('{').field("transactionType", "refundTransaction");
    write_amount(json, refund.amount);
    json.key("payment").open('{').key("creditCard").open('{');
    json.field("cardNumber", refund.card_last4).field("expirationDate", "XXXX").close('}').close('}');
    json.field("refTransId", refund.parent_provider_id);
    write_order(json, refund.reference);
    write_settings(json);
    json.close('}');
    return body.finish();
}

std::string void_body(Credentials credentials, const FollowUp& cancel) {
    Body body{"createTransactionRequest", credentials, cancel.reference};
    body.json().key("transactionRequest").open('{').field("transactionType", "voidTransaction");
    body.json().field("refTransId", cancel.parent_provider_id).close('}');
    return body.finish();
}

std::string create_profile_body(Credentials credentials, const Card& card, const BillingAddress& billing,
                                std::string_view customer_id, std::string_view reference) {
    Body body{"createCustomerProfileRequest", credentials, reference};
    Writer& json = body.json();
    // The reference is the profile's identity, so a repeat finds the card that the first one made.
    json.key("profile").open('{').field("merchantCustomerId", clip(reference, 20));
    text_field(json, "description", customer_id, 255);
    json.key("paymentProfiles").open('{');
    write_billing(json, billing);
    write_card(json, card);
    json.close('}').close('}').field("validationMode", "none");
    return body.finish();
}

std::string get_profile_body(Credentials credentials, std::string_view customer_profile_id) {
    Body body{"getCustomerProfileRequest", credentials};
    body.json().field("customerProfileId", customer_profile_id);
    return body.finish();
}

std::string find_profile_body(Credentials credentials, std::string_view merchant_customer_id) {
    Body body{"getCustomerProfileRequest", credentials};
    body.json().field("merchantCustomerId", clip(merchant_customer_id, 20));
    return body.finish();
}

std::string details_body(Credentials credentials, std::string_view transaction_id) {
    Body body{"getTransactionDetailsRequest", credentials};
    body.json().field("transId", transaction_id);
    return body.finish();
}

std::string unsettled_body(Credentials credentials, int page) {
    Body body{"getUnsettledTransactionListRequest", credentials};
    write_order_and_page(body.json(), "submitTimeUTC", true, page);
    return body.finish();
}

std::string batches_body(Credentials credentials, Instant first, Instant last) {
    Body body{"getSettledBatchListRequest", credentials};
    write_span(body.json(), first, last);
    return body.finish();
}

std::string batch_body(Credentials credentials, std::string_view batch_id, int page) {
    Body body{"getTransactionListRequest", credentials};
    body.json().field("batchId", batch_id);
    write_order_and_page(body.json(), "submitTimeUTC", true, page);
    return body.finish();
}

std::string settlements_body(Credentials credentials, Instant first, Instant last) {
    Body body{"getSettledBatchListRequest", credentials};
    body.json().field("includeStatistics", true);
    write_span(body.json(), first, last);
    return body.finish();
}

std::string settlement_lines_body(Credentials credentials, std::string_view batch_id, int page, int limit) {
    Body body{"getTransactionListRequest", credentials};
    body.json().field("batchId", batch_id);
    write_order_and_page(body.json(), "id", false, page, limit);
    return body.finish();
}

std::string merchant_body(Credentials credentials) { return Body{"getMerchantDetailsRequest", credentials}.finish(); }

}  // namespace florin::authorize_net
