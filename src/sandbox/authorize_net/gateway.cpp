#include "gateway.hpp"

#include <charconv>

#include "packing.hpp"
#include "schema.hpp"

namespace florin::sandbox::authorize_net {
namespace {

std::int64_t number_of(std::string_view digits) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && end == digits.data() + digits.size() ? number : 0;
}

/// Two requests that would make the same customer profile have the same key.
std::string customer_key(const CustomerProfile& profile) {
    return profile.login + '\n' + profile.merchant_customer_id + '\n' + profile.description + '\n' + profile.email;
}

}  // namespace

const json::Value* value_at(const json::Value& value, std::initializer_list<std::string_view> path) {
    const json::Value* at = &value;
    for (const std::string_view name : path) {
        if (at->kind() == json::Kind::array && at->items().size() == 1) at = &at->items().front();
        if (at->kind() != json::Kind::object) return nullptr;
        at = at->find(name);
        if (at == nullptr || at->is_null()) return nullptr;
    }
    return at;
}

std::string text_at(const json::Value& value, std::initializer_list<std::string_view> path) {
    const json::Value* at = value_at(value, path);
    if (at == nullptr) return {};
    if (at->kind() == json::Kind::boolean) return at->as_boolean() ? "true" : "false";
    return std::string{at->text()};
}

std::int64_t id_at(const json::Value& value, std::initializer_list<std::string_view> path) {
    return number_of(text_at(value, path));
}

std::vector<const json::Value*> items_at(const json::Value& value, std::initializer_list<std::string_view> path) {
    const json::Value* at = value_at(value, path);
    if (at == nullptr) return {};
    if (at->kind() != json::Kind::array) return {at};
    std::vector<const json::Value*> items;
    for (const json::Value& item : at->items()) items.push_back(&item);
    return items;
}

std::optional<std::string> setting_at(const json::Value& request, std::string_view name) {
    for (const json::Value* setting : items_at(request, {"transactionSettings", "setting"})) {
        if (text_at(*setting, {"settingName"}) == name) return text_at(*setting, {"settingValue"});
    }
    return std::nullopt;
}

std::string_view status_text(Status status) {
    switch (status) {
        case Status::authorized_pending_capture:
            return "authorizedPendingCapture";
        case Status::captured_pending_settlement:
            return "capturedPendingSettlement";
        case Status::settled_successfully:
            return "settledSuccessfully";
        case Status::refund_pending_settlement:
            return "refundPendingSettlement";
        case Status::refund_settled_successfully:
            return "refundSettledSuccessfully";
        case Status::voided:
            return "voided";
        case Status::declined:
            return "declined";
        case Status::expired:
            return "expired";
        case Status::fds_pending_review:
            return "FDSPendingReview";
        case Status::settlement_error:
            return "settlementError";
    }
    return "generalError";
}

void Gateway::load() {
    desk_.records.load(RecordKind::transaction, [&](std::string_view, std::string_view body) {
        auto transaction = Unpacker::unpack<Transaction>(body);
        last_transaction_ = std::max(last_transaction_, transaction.id);
        if (!transaction.duplicate_key.empty()) {
            std::int64_t& last = last_by_duplicate_key_[transaction.duplicate_key];
            last = std::max(last, transaction.id);
        }
        if (transaction.batch == 0 || transaction.status == Status::settlement_error) unsettled_.insert(transaction.id);
        if (transaction.batch != 0 && !transaction.is_left_out) listed_[transaction.batch].insert(transaction.id);
        transactions_.emplace(transaction.id, std::move(transaction));
    });
    desk_.records.load(RecordKind::batch, [&](std::string_view, std::string_view body) {
        auto batch = Unpacker::unpack<Batch>(body);
        last_batch_ = std::max(last_batch_, batch.id);
        batches_.emplace(batch.id, std::move(batch));
    });
    desk_.records.load(RecordKind::customer_profile, [&](std::string_view, std::string_view body) {
        auto profile = Unpacker::unpack<CustomerProfile>(body);
        last_profile_ = std::max(last_profile_, profile.id);
        for (const PaymentProfile& payment : profile.payment_profiles)
            last_profile_ = std::max(last_profile_, payment.id);
        for (const StoredAddress& address : profile.addresses) last_profile_ = std::max(last_profile_, address.id);
        customer_by_key_[customer_key(profile)] = profile.id;
        customers_.emplace(profile.id, std::move(profile));
    });
    desk_.records.load(RecordKind::nonce, [&](std::string_view key, std::string_view body) {
        nonces_.emplace(key, Unpacker::unpack<Nonce>(body));
    });
}

Incoming Gateway::read(std::string_view body) const {
    if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
    Incoming incoming;
    incoming.facts.provider = "authorize_net";
    auto document = json::parse(body, {1024 * 1024, 24, 20'000});
    if (!document) return incoming;
    incoming.document.emplace(std::move(*document));
    if (incoming.document->kind() != json::Kind::object || incoming.document->members().size() != 1) return incoming;
    const auto& [name, request] = incoming.document->members().front();
    incoming.request = &request;
    CallFacts& facts = incoming.facts;
    facts.method = name;
    facts.transaction_type = text_at(request, {"transactionRequest", "transactionType"});
    facts.reference = text_at(request, {"transactionRequest", "order", "invoiceNumber"});
    if (facts.reference.empty()) facts.reference = text_at(request, {"refId"});
    facts.is_lookup = name.starts_with("getTransaction") || name.starts_with("getUnsettled");
    facts.is_charge = !facts.transaction_type.empty();
    return incoming;
}

Answer Gateway::answer(const Incoming& incoming, const Orders& orders) {
    if (incoming.request == nullptr)
        return {200, refusal("E00003", "The request is not one well-formed JSON object with a single member."), false,
                Millis{0}};
    const std::string& name = incoming.facts.method;
    const json::Value& request = *incoming.request;
    const std::string ref_id = text_at(request, {"refId"});
    const Schema* schema = schema_of(name);
    if (schema == nullptr)
        return {200, refusal("E00004", "The name of the requested API method is invalid.", ref_id), false, Millis{0}};
    if (request.kind() != json::Kind::object)
        return {200, refusal("E00003", "The element '" + name + "' cannot contain text."), false, Millis{0}};
    if (const auto violation = find_violation(request, *schema, name))
        return {200, refusal("E00003", *violation, ref_id), false, Millis{0}};

    const std::string login = text_at(request, {"merchantAuthentication", "name"});
    const std::string key = text_at(request, {"merchantAuthentication", "transactionKey"});
    const std::string client_key = text_at(request, {"merchantAuthentication", "clientKey"});
    const bool is_container = name == "securePaymentContainerRequest";
    const AuthorizeNetMerchant* merchant = nullptr;
    for (const AuthorizeNetMerchant& known : webhooks_.accounts()) {
        if (known.login != login) continue;
        if (known.transaction_key == key || (is_container && known.client_key == client_key)) merchant = &known;
    }
    if (merchant == nullptr)
        return {200, refusal("E00007", "User authentication failed due to invalid authentication values.", ref_id),
                false, Millis{0}};

    using Method = std::string (Gateway::*)(Call&);
    constexpr std::pair<std::string_view, Method> methods[] = {
        {"createTransactionRequest", &Gateway::create_transaction},
        {"getTransactionDetailsRequest", &Gateway::get_details},
        {"getUnsettledTransactionListRequest", &Gateway::get_unsettled},
        {"createCustomerProfileRequest", &Gateway::create_customer},
        {"createCustomerPaymentProfileRequest", &Gateway::create_payment_profile},
        {"createCustomerProfileFromTransactionRequest", &Gateway::create_from_transaction},
        {"getCustomerProfileRequest", &Gateway::get_customer},
        {"getCustomerProfileIdsRequest", &Gateway::get_customer_ids},
        {"getCustomerPaymentProfileRequest", &Gateway::get_payment_profile},
        {"deleteCustomerProfileRequest", &Gateway::delete_customer},
        {"deleteCustomerPaymentProfileRequest", &Gateway::delete_payment_profile},
        {"updateCustomerProfileRequest", &Gateway::update_customer},
        {"updateCustomerPaymentProfileRequest", &Gateway::update_payment_profile},
        {"validateCustomerPaymentProfileRequest", &Gateway::validate_payment_profile},
        {"getTransactionListForCustomerRequest", &Gateway::get_for_customer},
        {"getTransactionListRequest", &Gateway::get_list},
        {"getSettledBatchListRequest", &Gateway::get_batches},
        {"getBatchStatisticsRequest", &Gateway::get_statistics},
        {"getMerchantDetailsRequest", &Gateway::get_merchant},
        {"updateHeldTransactionRequest", &Gateway::update_held},
        {"securePaymentContainerRequest", &Gateway::secure_container},
    };
    Call call{request, *merchant, ref_id, orders, {}};
    for (const auto& [method_name, method] : methods) {
        if (method_name == name) {
            call.answer.body = (this->*method)(call);
            return call.answer;
        }
    }
    // authenticateTestRequest: that we came so far is the answer.
    call.answer.body = succeed(call, {});
    return call.answer;
}

Transaction* Gateway::find_transaction(const Call& call, std::int64_t id) {
    const auto found = transactions_.find(id);
    if (found == transactions_.end() || found->second.login != call.merchant.login) return nullptr;
    let_time_pass(found->second);
    return &found->second;
}

void Gateway::save(const Transaction& transaction) {
    if (!desk_.records.is_kept()) return;
    Transaction copy = transaction;
    desk_.records.put(RecordKind::transaction, std::to_string(copy.id), Packer::pack(copy));
}
void Gateway::save(const CustomerProfile& profile) {
    customer_by_key_[customer_key(profile)] = profile.id;
    if (!desk_.records.is_kept()) return;
    CustomerProfile copy = profile;
    desk_.records.put(RecordKind::customer_profile, std::to_string(copy.id), Packer::pack(copy));
}
void Gateway::save(const Batch& batch) {
    if (!desk_.records.is_kept()) return;
    Batch copy = batch;
    desk_.records.put(RecordKind::batch, std::to_string(copy.id), Packer::pack(copy));
}
void Gateway::save(const std::string& key, const Nonce& nonce) {
    if (!desk_.records.is_kept()) return;
    Nonce copy = nonce;
    desk_.records.put(RecordKind::nonce, key, Packer::pack(copy));
}

CustomerProfile* Gateway::find_twin(const CustomerProfile& profile) {
    const auto known = customer_by_key_.find(customer_key(profile));
    if (known == customer_by_key_.end()) return nullptr;
    const auto found = customers_.find(known->second);
    // Removed or changed since.
    if (found == customers_.end() || customer_key(found->second) != known->first) return nullptr;
    return &found->second;
}

}  // namespace florin::sandbox::authorize_net
