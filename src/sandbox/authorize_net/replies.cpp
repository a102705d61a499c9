#include "florin/base/money.hpp"
#include "gateway.hpp"
#include "signing.hpp"

namespace florin::sandbox::authorize_net {
namespace {

struct Reason {
    int code;
    std::string_view text;
};
constexpr Reason reasons[] = {
    {1, "This transaction has been approved."},
    {2, "This transaction has been declined."},
    {3, "This transaction has been declined."},
    {4, "This transaction has been declined."},
    {5, "A valid amount is required."},
    {6, "The credit card number is invalid."},
    {7, "The credit card expiration date is invalid."},
    {8, "The credit card has expired."},
    {9, "The ABA code is invalid."},
    {10, "The account number is invalid."},
    {11, "A duplicate transaction has been submitted."},
    {13, "The merchant login ID is invalid or the account is inactive."},
    {15, "The transaction ID is invalid."},
    {16, "The transaction cannot be found."},
    {17, "The merchant does not accept this type of credit card."},
    {19, "An error occurred during processing. Please try again."},
    {27,
     "The transaction has been declined because of an AVS mismatch. The address provided does not match billing "
     "address of cardholder."},
    {33, "A required field is missing."},
    {39,
     "The supplied currency code is either invalid, not supported, not allowed for this merchant or doesn't have "
     "an exchange rate."},
    {41, "This transaction has been declined."},
    {44, "This transaction has been declined."},
    {45, "This transaction has been declined."},
    {47, "The amount requested for settlement may not be greater than the original amount authorized."},
    {49, "The transaction amount submitted was greater than the maximum amount allowed."},
    {54, "The referenced transaction does not meet the criteria for issuing a credit."},
    {55, "The sum of credits against the referenced transaction would exceed original debit amount."},
    {65, "This transaction has been declined."},
    {252, "Your order has been received. Thank you for your business!"},
    {253, "Your order has been received. Thank you for your business!"},
    {254, "This transaction has been declined after manual review."},
    {295,
     "The amount of this request was only partially approved on the given prepaid card. An additional payment is "
     "required to complete the balance of this transaction."},
    {310, "This transaction has already been voided."},
    {311, "This transaction has already been captured."},
    {327, "The void request could not be processed."},
};

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

void write_messages(json::Writer& json, std::string_view result, std::string_view code, std::string_view text) {
    json.key("messages").open('{').field("resultCode", result).key("message").open('[').open('{');
    json.field("code", code).field("text", text).close('}').close(']').close('}');
}

std::string sign(const AuthorizeNetMerchant& merchant, const Transaction& transaction) {
    const std::string signed_text = "^" + merchant.login + "^" + std::to_string(transaction.id) + "^" +
                                    to_major_text(transaction.requested_minor, *Currency::of(transaction.currency)) +
                                    "^";
    // Here the key is the octets that its digits stand for; webhooks take it as text.
    return hmac_sha512(from_hex(merchant.signature_key), signed_text);
}

}  // namespace

std::string_view reason_text(int code) {
    for (const Reason& reason : reasons) {
        if (reason.code == code) return reason.text;
    }
    return "An error occurred during processing. Please try again.";
}

std::string Gateway::refusal(std::string_view code, std::string_view text, std::string_view ref_id) {
    std::string out{byte_order_mark};
    json::Writer json{out};
    json.open('{');
    if (!ref_id.empty()) json.field("refId", ref_id);
    write_messages(json, "Error", code, text);
    json.close('}');
    return out;
}

std::string Gateway::refuse(const Call& call, const Refusal& refusal) {
    std::string out{byte_order_mark};
    json::Writer json{out};
    json.open('{');
    if (!refusal.members.empty()) json.raw(refusal.members);
    if (!call.ref_id.empty()) json.field("refId", call.ref_id);
    write_messages(json, "Error", refusal.code, refusal.text);
    json.close('}');
    return out;
}

std::string Gateway::succeed(const Call& call, std::string_view members, std::string_view code, std::string_view text) {
    std::string out{byte_order_mark};
    out.reserve(out.size() + members.size() + 128);
    json::Writer json{out};
    json.open('{');
    if (!members.empty()) json.raw(members);
    if (!call.ref_id.empty()) json.field("refId", call.ref_id);
    write_messages(json, "Ok", code, text);
    json.close('}');
    return out;
}

std::string Gateway::render(const Call& call, const Outcome& outcome) const {
    const Transaction* transaction = outcome.transaction;
    const std::string type = text_at(call.request, {"transactionRequest", "transactionType"});
    const bool is_charge =
        type == "authCaptureTransaction" || type == "authOnlyTransaction" || type == "captureOnlyTransaction";
    const bool is_good = outcome.response_code == 1 || outcome.response_code == 4;

    std::string out{byte_order_mark};
    out.reserve(1024);
    json::Writer json{out};
    json.open('{').key("transactionResponse").open('{');
    json.field("responseCode", std::to_string(outcome.response_code));
    json.field("authCode", transaction != nullptr ? transaction->auth_code : outcome.is_test ? "000000" : "");
    json.field("avsResultCode", transaction != nullptr && is_charge ? transaction->avs : "P");
    json.field("cvvResultCode", transaction != nullptr && is_charge ? transaction->cvv : "");
    json.field("cavvResultCode", transaction != nullptr && is_charge && is_good ? "2" : "");
    json.field("transId", transaction != nullptr ? std::to_string(transaction->id) : "0");
    json.field("refTransID", outcome.referenced != 0 ? std::to_string(outcome.referenced) : "");
    json.field("transHash", "").field("testRequest", outcome.is_test ? "1" : "0");
    json.field("accountNumber", transaction != nullptr ? transaction->account.masked() : outcome.account_number);
    json.field("accountType", transaction != nullptr ? transaction->account.type : outcome.account_type);
    if (!outcome.prepaid.empty()) json.raw_field("prePaidCard", outcome.prepaid);
    const std::string_view text = outcome.text.empty() ? reason_text(outcome.reason_code) : outcome.text;
    const std::string code = std::to_string(outcome.reason_code);
    if (is_good) {
        json.key("messages").open('[').open('{').field("code", code).field("description", text).close('}').close(']');
    } else {
        json.key("errors").open('[').open('{').field("errorCode", code).field("errorText", text).close('}').close(']');
    }
    if (!outcome.partial_tender.empty()) json.field("splitTenderId", outcome.partial_tender);
    if (!outcome.user_fields.empty()) json.raw_field("userFields", outcome.user_fields);
    json.field("transHashSha2", transaction != nullptr ? sign(call.merchant, *transaction) : "");
    if (transaction != nullptr && is_charge && transaction->customer_profile != 0) {
        json.key("profile").open('{').field("customerProfileId", std::to_string(transaction->customer_profile));
        json.field("customerPaymentProfileId", std::to_string(transaction->payment_profile)).close('}');
    }
    json.field("SupplementalDataQualificationIndicator", 0);
    if (transaction != nullptr && is_charge && !transaction->network_id.empty())
        json.field("networkTransId", transaction->network_id);
    json.close('}');

    if (!outcome.profile_response.empty()) json.raw_field("profileResponse", outcome.profile_response);
    if (!call.ref_id.empty()) json.field("refId", call.ref_id);
    if (is_good)
        write_messages(json, "Ok", "I00001", "Successful.");
    else
        write_messages(json, "Error", "E00027", "The transaction was unsuccessful.");
    json.close('}');
    return out;
}

}  // namespace florin::sandbox::authorize_net
