#include <algorithm>

#include "florin/base/money.hpp"
#include "gateway.hpp"

namespace florin::sandbox::authorize_net {
namespace {

std::string major(std::int64_t minor, const Transaction& transaction) {
    return to_major_text(minor, *Currency::of(transaction.currency));
}

std::string_view shown_type(const Transaction& transaction) {
    if (transaction.type == "authOnlyTransaction")
        return transaction.captured_at != 0 ? "authCaptureTransaction" : "authOnlyTransaction";
    return transaction.type;
}

std::int64_t shown_amount(const Transaction& transaction) {
    if (transaction.stated_minor != 0) return transaction.stated_minor;
    return transaction.captured_at != 0        ? transaction.settle_minor
           : transaction.authorized_minor != 0 ? transaction.authorized_minor
                                               : transaction.requested_minor;
}

void write_profile(json::Writer& json, const Transaction& transaction) {
    if (transaction.customer_profile == 0) return;
    json.key("profile").open('{').field("customerProfileId", std::to_string(transaction.customer_profile));
    json.field("customerPaymentProfileId", std::to_string(transaction.payment_profile)).close('}');
}

void write_summary(json::Writer& json, const Transaction& transaction) {
    json.open('{').field("transId", std::to_string(transaction.id));
    json.field("submitTimeUTC", moment(transaction.submitted_at, true));
    json.field("submitTimeLocal", moment(transaction.submitted_at, false));
    json.field("transactionStatus", status_text(transaction.status));
    if (!transaction.invoice.empty()) json.field("invoiceNumber", transaction.invoice);
    if (!transaction.first_name.empty()) json.field("firstName", transaction.first_name);
    if (!transaction.last_name.empty()) json.field("lastName", transaction.last_name);
    json.field("accountType", transaction.account.type).field("accountNumber", transaction.account.masked());
    json.raw_field("settleAmount", major(shown_amount(transaction), transaction));
    json.field("marketType", "eCommerce").field("product", "Card Not Present").field("hasReturnedItems", false);
    json.field("hasReturnedItemsSpecified", false);
    write_profile(json, transaction);
    json.close('}');
}

bool was_shown_to_bank(const Transaction& transaction) { return transaction.status != Status::fds_pending_review; }

}  // namespace

bool Gateway::is_hidden(const Call& call, const Transaction& transaction) const {
    const std::int64_t lag_ms = call.orders.lookup_lag.count();
    return lag_ms > 0 && desk_.now.ms - transaction.submitted_at < lag_ms;
}

std::string Gateway::get_details(Call& call) {
    const Transaction* found = find_transaction(call, id_at(call.request, {"transId"}));
    if (found == nullptr || is_hidden(call, *found))
        return refuse(call, request_refused("E00040", "The record cannot be found."));
    const Transaction& transaction = *found;
    std::string members;
    json::Writer json{members};
    json.key("transaction").open('{').field("transId", std::to_string(transaction.id));
    if (transaction.referenced != 0) json.field("refTransId", std::to_string(transaction.referenced));
    json.field("submitTimeUTC", moment(transaction.submitted_at, true));
    json.field("submitTimeLocal", moment(transaction.submitted_at, false));
    json.field("transactionType", shown_type(transaction));
    json.field("transactionStatus", status_text(transaction.status));
    json.field("responseCode", transaction.response_code).field("responseReasonCode", transaction.reason_code);
    json.field("responseReasonDescription",
               transaction.response_code == 1 ? "Approval" : reason_text(transaction.reason_code));
    if (!transaction.auth_code.empty()) json.field("authCode", transaction.auth_code);
    json.field("AVSResponse", transaction.avs);
    if (!transaction.cvv.empty()) json.field("cardCodeResponse", transaction.cvv);
    if (transaction.batch != 0) {
        const Batch& batch = batches_.at(transaction.batch);
        json.key("batch").open('{').field("batchId", std::to_string(batch.id));
        json.field("settlementTimeUTC", moment(batch.settled_at, true));
        json.field("settlementTimeLocal", moment(batch.settled_at, false));
        json.field("settlementState", state_text(batch.state)).close('}');
    }
    if (!transaction.invoice.empty() || !transaction.description.empty()) {
        json.key("order").open('{');
        if (!transaction.invoice.empty()) json.field("invoiceNumber", transaction.invoice);
        if (!transaction.description.empty()) json.field("description", transaction.description);
        json.close('}');
    }
    json.raw_field("requestedAmount", major(transaction.requested_minor, transaction));
    json.raw_field("authAmount", major(was_shown_to_bank(transaction) && transaction.referenced == 0
                                           ? (transaction.authorized_minor != 0 ? transaction.authorized_minor
                                                                                : transaction.requested_minor)
                                           : transaction.requested_minor,
                                       transaction));
    json.raw_field("settleAmount", major(shown_amount(transaction), transaction));
    json.field("taxExempt", false);
    json.key("payment").open('{');
    if (transaction.account.is_bank) {
        json.key("bankAccount")
            .open('{')
            .field("routingNumber", "XXXX")
            .field("accountNumber", transaction.account.masked());
        json.field("nameOnAccount", transaction.account.holder).field("echeckType", "WEB").close('}');
    } else {
        json.key("creditCard").open('{').field("cardNumber", transaction.account.masked());
        json.field("expirationDate", "XXXX").field("cardType", transaction.account.type).close('}');
    }
    json.close('}');
    if (!transaction.customer_id.empty() || !transaction.customer_email.empty()) {
        json.key("customer").open('{');
        if (!transaction.customer_id.empty()) json.field("id", transaction.customer_id);
        if (!transaction.customer_email.empty()) json.field("email", transaction.customer_email);
        json.close('}');
    }
    if (!transaction.bill_to.empty()) json.raw_field("billTo", transaction.bill_to);
    json.field("recurringBilling", transaction.is_recurring);
    json.field("product", "Card Not Present").field("marketType", "eCommerce");
    if (!transaction.network_id.empty()) json.field("networkTransId", transaction.network_id);
    write_profile(json, transaction);
    json.close('}');
    if (!transaction.ref_id.empty()) json.field("transrefId", transaction.ref_id);
    return succeed(call, members);
}

std::string Gateway::list(Call& call, const std::vector<const Transaction*>& oldest_first) {
    std::int64_t limit = 1000;
    std::int64_t page = 1;
    if (value_at(call.request, {"paging"}) != nullptr) {
        limit = std::clamp<std::int64_t>(id_at(call.request, {"paging", "limit"}), 1, 1000);
        page = std::clamp<std::int64_t>(id_at(call.request, {"paging", "offset"}), 1, 100'000);
    }
    const bool is_newest_first = text_at(call.request, {"sorting", "orderDescending"}) == "true";
    const auto total = static_cast<std::int64_t>(oldest_first.size());
    if (total == 0) return succeed(call, {}, "I00004", "No records found.");
    std::string members;
    json::Writer json{members};
    json.key("transactions").open('[');
    for (std::int64_t at = (page - 1) * limit; at < std::min(total, page * limit); ++at)
        write_summary(json, *oldest_first[static_cast<std::size_t>(is_newest_first ? total - 1 - at : at)]);
    json.close(']').field("totalNumInResultSet", total);
    return succeed(call, members);
}

std::string Gateway::get_unsettled(Call& call) {
    const bool is_held_only = text_at(call.request, {"status"}) == "pendingApproval";
    const std::vector<std::int64_t> ids{unsettled_.begin(), unsettled_.end()};
    std::vector<const Transaction*> shown;
    shown.reserve(ids.size());
    for (const std::int64_t id : ids) {
        const Transaction* transaction = find_transaction(call, id);
        // Time may have settled it just now.
        if (transaction == nullptr || transaction->batch != 0 || is_hidden(call, *transaction)) continue;
        if (is_held_only && transaction->status != Status::fds_pending_review) continue;
        shown.push_back(transaction);
    }
    return list(call, shown);
}

std::string Gateway::get_for_customer(Call& call) {
    const std::int64_t customer = id_at(call.request, {"customerProfileId"});
    const std::int64_t payment = id_at(call.request, {"customerPaymentProfileId"});
    std::vector<const Transaction*> shown;
    for (const auto& [id, transaction] : transactions_) {
        if (transaction.login != call.merchant.login || transaction.customer_profile != customer) continue;
        if ((payment != 0 && transaction.payment_profile != payment) || is_hidden(call, transaction)) continue;
        shown.push_back(&transaction);
    }
    return list(call, shown);
}

std::string Gateway::get_list(Call& call) {
    const Batch* batch = find_batch(call);
    if (batch == nullptr) return refuse(call, request_refused("E00040", "The record cannot be found."));
    std::vector<const Transaction*> shown;
    for (const std::int64_t id : listed_[batch->id]) {
        const Transaction& transaction = transactions_.at(id);
        if (!is_hidden(call, transaction)) shown.push_back(&transaction);
    }
    return list(call, shown);
}

std::string Gateway::get_merchant(Call& call) {
    // It takes every currency; a real account has one, or a few.
    std::set<std::string> currencies;
    for (const auto& [id, transaction] : transactions_) {
        if (transaction.login == call.merchant.login) currencies.insert(transaction.currency);
    }
    if (currencies.empty()) currencies.insert("USD");
    std::string members;
    json::Writer json{members};
    json.field("isTestMode", false)
        .key("processors")
        .open('[')
        .open('{')
        .field("name", "Sandbox")
        .close('}')
        .close(']');
    json.field("merchantName", "Sandbox").field("gatewayId", "100001");
    json.key("marketTypes").open('[').value("eCommerce").close(']');
    json.key("productCodes").open('[').value("CNP").close(']').key("paymentMethods").open('[');
    for (const std::string_view brand :
         {"AmericanExpress", "DinersClub", "Discover", "JCB", "Mastercard", "Visa", "Echeck"})
        json.value(brand);
    json.close(']').key("currencies").open('[');
    for (const std::string& currency : currencies) json.value(currency);
    json.close(']').field("publicClientKey", call.merchant.client_key);
    return succeed(call, members);
}

}  // namespace florin::sandbox::authorize_net
