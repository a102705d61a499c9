#include <algorithm>

#include "florin/base/money.hpp"
#include "gateway.hpp"

namespace florin::sandbox::authorize_net {
namespace {

/// `2026-11-20T10:15:30.123` with or without the `Z`; the sandbox's local time is UTC.
std::string moment(std::int64_t ms, bool is_utc) {
    std::string text = to_text(Instant{ms});
    if (!is_utc) text.pop_back();
    return text;
}

std::string major(std::int64_t minor, const Transaction& transaction) {
    return to_major_text(minor, *Currency::of(transaction.currency));
}

std::string_view shown_type(const Transaction& transaction) {
    if (transaction.type == "authOnlyTransaction")
        return transaction.captured_at != 0 ? "authCaptureTransaction" : "authOnlyTransaction";
    return transaction.type;
}

std::int64_t shown_amount(const Transaction& transaction) {
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
        json.field("settlementState", "settledSuccessfully").close('}');
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
    const std::int64_t batch = id_at(call.request, {"batchId"});
    const auto found = batches_.find(batch);
    if (found == batches_.end() || found->second.login != call.merchant.login)
        return refuse(call, request_refused("E00040", "The record cannot be found."));
    std::vector<const Transaction*> shown;
    for (const auto& [id, transaction] : transactions_) {
        if (transaction.batch == batch && !is_hidden(call, transaction)) shown.push_back(&transaction);
    }
    return list(call, shown);
}

std::string Gateway::get_batches(Call& call) {
    const auto bound = [&](std::string_view name, std::int64_t otherwise) {
        std::string text = text_at(call.request, {name});
        if (text.empty()) return otherwise;
        if (!text.ends_with('Z')) text += 'Z';
        const auto at = parse_instant(text);
        return at ? at->ms : otherwise;
    };
    const std::int64_t first = bound("firstSettlementDate", desk_.now.ms - 86'400'000);
    const std::int64_t last = bound("lastSettlementDate", desk_.now.ms);
    if (last - first > std::int64_t{31} * 86'400'000)
        return refuse(call, request_refused("E00013", "The date range is invalid: at most 31 days."));
    const bool with_statistics = text_at(call.request, {"includeStatistics"}) == "true";

    std::string members;
    json::Writer json{members};
    bool is_empty = true;
    for (const auto& [id, batch] : batches_) {
        if (batch.login != call.merchant.login || batch.settled_at < first || batch.settled_at > last) continue;
        if (is_empty) json.key("batchList").open('[');
        is_empty = false;
        json.open('{').field("batchId", std::to_string(id));
        json.field("settlementTimeUTC", moment(batch.settled_at, true));
        json.field("settlementTimeLocal", moment(batch.settled_at, false));
        json.field("settlementState", "settledSuccessfully").field("paymentMethod", "creditCard");
        if (with_statistics) {
            struct Sums {
                std::int64_t charged = 0, charges = 0, refunded = 0, refunds = 0, voids = 0, declines = 0;
                const Transaction* any = nullptr;
            };
            std::map<std::string, Sums> by_type;
            for (const auto& [transaction_id, transaction] : transactions_) {
                if (transaction.batch != id) continue;
                Sums& sums = by_type[transaction.account.type];
                sums.any = &transaction;
                if (transaction.status == Status::voided) ++sums.voids;
                if (transaction.status == Status::declined) ++sums.declines;
                if (transaction.status == Status::settled_successfully)
                    ++sums.charges, sums.charged += transaction.settle_minor;
                if (transaction.status == Status::refund_settled_successfully)
                    ++sums.refunds, sums.refunded += transaction.settle_minor;
            }
            json.key("statistics").open('[');
            for (const auto& [type, sums] : by_type) {
                json.open('{').field("accountType", type);
                json.raw_field("chargeAmount", major(sums.charged, *sums.any)).field("chargeCount", sums.charges);
                json.raw_field("refundAmount", major(sums.refunded, *sums.any)).field("refundCount", sums.refunds);
                json.field("voidCount", sums.voids).field("declineCount", sums.declines);
                json.field("errorCount", 0).close('}');
            }
            json.close(']');
        }
        json.close('}');
    }
    if (is_empty) return succeed(call, {}, "I00004", "No records found.");
    json.close(']');
    return succeed(call, members);
}

}  // namespace florin::sandbox::authorize_net
