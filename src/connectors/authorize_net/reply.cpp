#include "reply.hpp"

#include <algorithm>

#include "florin/json/clean.hpp"

namespace florin::authorize_net {
namespace {

using json::Kind;
using json::Value;

/// A page of 500 transactions is about 300 KB.
constexpr json::Limits limits{.max_bytes = 2 * 1024 * 1024, .max_depth = 16, .max_nodes = 200'000};

/// Longer is none of the gateway's texts.
constexpr std::size_t longest_text = 255;

const Value absent;

const Value& member(const Value& object, std::string_view name) {
    const Value* found = object.kind() == Kind::object ? object.find(name) : nullptr;
    return found != nullptr ? *found : absent;
}

std::string text(const Value& object, std::string_view name) {
    const Value& found = member(object, name);
    if (found.kind() != Kind::string && found.kind() != Kind::number) return {};
    return json::clean_text(found.text(), longest_text);
}

/// A list, with or without the wrapper that it has in XML (`errors: [..]`, `errors: {error: [..]}`); one
/// element may stand alone.
std::vector<const Value*> list(const Value& object, std::string_view name, std::string_view wrapped = {}) {
    const Value& found = member(object, name);
    const Value& inner = wrapped.empty() ? absent : member(found, wrapped);
    const Value& elements = inner.is_null() ? found : inner;
    std::vector<const Value*> all;
    if (elements.kind() == Kind::array) {
        for (const Value& each : elements.items()) all.push_back(&each);
    } else if (!elements.is_null()) {
        all.push_back(&elements);
    }
    return all;
}

std::vector<Reason> reasons(const Value& object, std::string_view name, std::string_view wrapped, std::string_view code,
                            std::string_view words) {
    std::vector<Reason> all;
    for (const Value* each : list(object, name, wrapped)) all.push_back({text(*each, code), text(*each, words)});
    return all;
}

/// The last four of `XXXX1111`.
std::string last4_of(const Value& owner) {
    const std::string masked = text(member(member(owner, "payment"), "creditCard"), "cardNumber");
    return masked.size() >= 4 ? masked.substr(masked.size() - 4) : std::string{};
}

std::optional<ProfileIds> profile_of(std::string customer, std::string payment) {
    ProfileIds ids{std::move(customer), std::move(payment)};
    // What could not be read back from our own token is no token.
    return parse_token(to_token(ids)) ? std::optional{std::move(ids)} : std::nullopt;
}

/// Some lists leave the zone out of what is UTC by name.
std::optional<Instant> moment(const Value& object, std::string_view name) {
    const std::string written = text(object, name);
    auto at = parse_instant(written);
    if (!at) at = parse_instant(written + "Z");
    return at ? std::optional{*at} : std::nullopt;
}

std::string first_text(const Value& object, std::string_view name) {
    const auto all = list(object, name, "numericString");
    if (all.empty() || (all[0]->kind() != Kind::string && all[0]->kind() != Kind::number)) return {};
    return json::clean_text(all[0]->text(), longest_text);
}

}  // namespace

Result<Value> parse_reply(std::string_view body) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
    auto reply = json::parse(body, limits);
    // An answer that a bank's text made unreadable would stay unreadable however often it is looked up.
    if (!reply && reply.error().code == "malformed_json") reply = json::parse(json::clean_text(body), limits);
    return reply;
}

Envelope read_envelope(const Value& reply) {
    Envelope envelope;
    const Value& messages = member(reply, "messages");
    envelope.result_code = text(messages, "resultCode");
    auto all = reasons(messages, "message", {}, "code", "text");
    if (!all.empty()) envelope.reason = std::move(all[0]);
    return envelope;
}

TransactionReply read_transaction(const Value& reply) {
    TransactionReply read;
    read.envelope = read_envelope(reply);
    read.reference = text(reply, "refId");
    const Value& response = member(reply, "transactionResponse");
    read.response_code = text(response, "responseCode");
    read.transaction_id = text(response, "transId");
    read.auth_code = text(response, "authCode");
    read.avs = text(response, "avsResultCode");
    read.cvv = text(response, "cvvResultCode");
    read.is_test = text(response, "testRequest") == "1";
    read.errors = reasons(response, "errors", "error", "errorCode", "errorText");
    read.messages = reasons(response, "messages", "message", "code", "description");
    read.approved_amount = text(member(response, "prePaidCard"), "approvedAmount");
    const Value& profile = member(reply, "profileResponse");
    read.profile = profile_of(text(profile, "customerProfileId"), first_text(profile, "customerPaymentProfileIdList"));
    return read;
}

Details read_details(const Value& reply) {
    Details read;
    read.envelope = read_envelope(reply);
    const Value& transaction = member(reply, "transaction");
    read.transaction_id = text(transaction, "transId");
    read.parent_id = text(transaction, "refTransId");
    if (read.parent_id.empty()) read.parent_id = text(transaction, "refTransID");
    read.status = text(transaction, "transactionStatus");
    read.response_code = text(transaction, "responseCode");
    read.reason = {text(transaction, "responseReasonCode"), text(transaction, "responseReasonDescription")};
    read.auth_code = text(transaction, "authCode");
    read.avs = text(transaction, "AVSResponse");
    read.cvv = text(transaction, "cardCodeResponse");
    read.invoice_number = text(member(transaction, "order"), "invoiceNumber");
    read.last4 = last4_of(transaction);
    read.auth_amount = text(transaction, "authAmount");
    read.settle_amount = text(transaction, "settleAmount");
    const Value& profile = member(transaction, "profile");
    read.profile = profile_of(text(profile, "customerProfileId"), text(profile, "customerPaymentProfileId"));
    return read;
}

Page read_page(const Value& reply) {
    Page page;
    page.envelope = read_envelope(reply);
    for (const Value* each : list(reply, "transactions", "transaction")) {
        page.entries.push_back({text(*each, "transId"), text(*each, "invoiceNumber"), moment(*each, "submitTimeUTC"),
                                text(*each, "transactionStatus"), text(*each, "settleAmount")});
    }
    return page;
}

Batches read_batches(const Value& reply) {
    Batches batches;
    batches.envelope = read_envelope(reply);
    for (const Value* each : list(reply, "batchList", "batch")) {
        Batches::Batch batch{
            text(*each, "batchId"), text(*each, "settlementState"), moment(*each, "settlementTimeUTC"), {}};
        for (const Value* of : list(*each, "statistics", "statistic"))
            batch.statistics.push_back({text(*of, "chargeAmount"), text(*of, "refundAmount"),
                                        text(*of, "returnedItemAmount"), text(*of, "chargeReturnedItemsAmount"),
                                        text(*of, "refundReturnedItemsAmount"), text(*of, "chargebackAmount"),
                                        text(*of, "chargeChargeBackAmount"), text(*of, "refundChargeBackAmount")});
        batches.all.push_back(std::move(batch));
    }
    return batches;
}

Merchant read_merchant(const Value& reply) {
    Merchant merchant;
    merchant.envelope = read_envelope(reply);
    for (const Value* each : list(reply, "currencies", "currency")) {
        if (each->kind() == Kind::string) merchant.currencies.push_back(json::clean_text(each->text(), longest_text));
    }
    return merchant;
}

ProfileReply read_profile(const Value& reply) {
    ProfileReply read;
    read.envelope = read_envelope(reply);
    const Value& profile = member(reply, "profile");
    read.customer_profile_id = text(reply, "customerProfileId");
    if (read.customer_profile_id.empty()) read.customer_profile_id = text(profile, "customerProfileId");
    read.merchant_customer_id = text(profile, "merchantCustomerId");
    if (const std::string created = first_text(reply, "customerPaymentProfileIdList"); !created.empty())
        read.cards.push_back({created, {}});
    for (const Value* each : list(profile, "paymentProfiles"))
        read.cards.push_back({text(*each, "customerPaymentProfileId"), last4_of(*each)});
    // "A duplicate record with ID 35959426 already exists."
    if (read.envelope.reason.code == "E00039" && read.customer_profile_id.empty()) {
        const std::string_view words = read.envelope.reason.text;
        const auto begin = std::ranges::find_if(words, [](char c) { return c >= '0' && c <= '9'; });
        const auto end = std::find_if(begin, words.end(), [](char c) { return c < '0' || c > '9'; });
        read.customer_profile_id.assign(begin, end);
    }
    return read;
}

std::optional<Money> read_amount(std::string_view text, Currency currency) {
    if (const auto point = text.find('.'); point != std::string_view::npos) {
        const std::size_t shortest = point + 1 + static_cast<std::size_t>(currency.exponent());
        while (text.size() > shortest && text.back() == '0') text.remove_suffix(1);
    }
    const auto amount = parse_major(text, currency);
    return amount ? std::optional{*amount} : std::nullopt;
}

}  // namespace florin::authorize_net
