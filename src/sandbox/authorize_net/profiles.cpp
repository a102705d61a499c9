#include "gateway.hpp"

namespace florin::sandbox::authorize_net {
namespace {

constexpr std::size_t max_payment_profiles = 10;
constexpr std::int64_t nonce_lifetime_ms = 15 * 60'000;

std::string already(std::int64_t id) { return "A duplicate record with ID " + std::to_string(id) + " already exists."; }

void write_ids(json::Writer& json, const CustomerProfile& customer) {
    json.field("customerProfileId", std::to_string(customer.id)).key("customerPaymentProfileIdList").open('[');
    for (const PaymentProfile& profile : customer.payment_profiles) json.value(std::to_string(profile.id));
    json.close(']').key("customerShippingAddressIdList").open('[');
    for (const StoredAddress& address : customer.addresses) json.value(std::to_string(address.id));
    json.close(']');
}

const PaymentProfile* find_same_account(const CustomerProfile& customer, const Account& account, std::int64_t except) {
    for (const PaymentProfile& profile : customer.payment_profiles) {
        if (profile.id != except && profile.account.fingerprint == account.fingerprint &&
            profile.account.expiry == account.expiry)
            return &profile;
    }
    return nullptr;
}

void write_account(json::Writer& json, const Account& account, bool is_unmasked) {
    json.key("payment").open('{');
    if (account.is_bank) {
        json.key("bankAccount").open('{').field("accountType", account.bank_type).field("routingNumber", "XXXX");
        json.field("accountNumber", account.masked()).field("nameOnAccount", account.holder);
        json.field("echeckType", "WEB").close('}');
    } else {
        json.key("creditCard").open('{').field("cardNumber", account.masked());
        json.field("expirationDate", is_unmasked ? std::string_view{account.expiry} : "XXXX");
        json.field("cardType", account.type).close('}');
    }
    json.close('}');
}

/// The comma-separated answer of the vendor's old interface; only its first fields are of use to anybody.
std::string direct_response(int code, const Account& account) {
    return std::to_string(code == 1 ? 1 : 2) + ",1," + std::to_string(code) + "," + std::string{reason_text(code)} +
           ",000000,P,0,none,Test transaction for ValidateCustomerPaymentProfile.,0.00,CC,auth_only,none," +
           account.masked() + "," + account.type;
}

/// What a validation finds: reason 1 when the account is good for `mode`.
int validate(const Account& account, std::string_view mode, Instant now) {
    if (mode != "liveMode" && mode != "testMode") return 1;
    if (!account.is_bank && is_expired(account.expiry, now)) return 8;
    if (mode == "testMode") return 1;
    switch (account.behaviour) {
        case Behaviour::ordinary:
            return 1;
        case Behaviour::declines:
            return 2;
        case Behaviour::expired:
            return 8;
        case Behaviour::wrong_code:
            return 44;
    }
    return 1;
}

}  // namespace

std::expected<PaymentProfile, Gateway::Refusal> Gateway::read_payment_profile(Call& call, const json::Value& from) {
    const json::Value* payment = value_at(from, {"payment"});
    if (payment == nullptr) return std::unexpected{request_refused("E00014", "A required field is missing: payment.")};
    const auto source = read_payment(call, *payment);
    if (!source && source.error().reason != 0)
        return std::unexpected{request_refused("E00013", "Credit Card Number or Bank Account Number is invalid.")};
    if (!source) return std::unexpected{source.error()};
    if (!source->account.is_bank && source->account.expiry.empty())
        return std::unexpected{request_refused("E00013", "Expiration Date is invalid.")};
    PaymentProfile profile;
    profile.customer_type = text_at(from, {"customerType"});
    profile.is_default = text_at(from, {"defaultPaymentProfile"}) == "true";
    profile.account = source->account;
    if (const json::Value* bill_to = value_at(from, {"billTo"})) profile.bill_to = json::to_text(*bill_to);
    if (source->nonce != nullptr) {
        source->nonce->is_used = true;
        save(source->nonce_key, *source->nonce);
    }
    return profile;
}

CustomerProfile* Gateway::find_customer(const Call& call, const json::Value& request) {
    const auto found = customers_.find(id_at(request, {"customerProfileId"}));
    if (found == customers_.end() || found->second.login != call.merchant.login) return nullptr;
    return &found->second;
}

std::string Gateway::create_customer(Call& call) {
    const json::Value& from = *value_at(call.request, {"profile"});
    CustomerProfile customer;
    customer.login = call.merchant.login;
    customer.merchant_customer_id = text_at(from, {"merchantCustomerId"});
    customer.description = text_at(from, {"description"});
    customer.email = text_at(from, {"email"});
    if (customer.merchant_customer_id.empty() && customer.description.empty() && customer.email.empty())
        return refuse(call, request_refused("E00041", "One or more fields in the profile must contain a value."));
    if (const CustomerProfile* twin = find_twin(customer))
        return refuse(call, request_refused("E00039", already(twin->id)));
    const std::string mode = text_at(call.request, {"validationMode"});

    std::vector<std::string> validations;
    for (const json::Value* item : items_at(from, {"paymentProfiles"})) {
        auto profile = read_payment_profile(call, *item);
        if (!profile) return refuse(call, profile.error());
        if (find_same_account(customer, profile->account, 0) != nullptr)
            return refuse(call, request_refused("E00039", "A duplicate customer payment profile already exists."));
        if (customer.payment_profiles.size() == max_payment_profiles)
            return refuse(call, request_refused("E00042", "You cannot add more than 10 payment profiles."));
        const int validation = validate(profile->account, mode, desk_.now);
        if (validation != 1) return refuse(call, request_refused("E00027", reason_text(validation)));
        if (!mode.empty() && mode != "none") validations.push_back(direct_response(1, profile->account));
        profile->id = ++last_profile_;
        customer.payment_profiles.push_back(std::move(*profile));
    }
    for (const json::Value* item : items_at(from, {"shipToList"}))
        customer.addresses.push_back({++last_profile_, json::to_text(*item)});
    customer.id = ++last_profile_;
    save(customer);
    tell("customer.created", customer);

    std::string members;
    json::Writer json{members};
    write_ids(json, customer);
    json.key("validationDirectResponseList").open('[');
    for (const std::string& validation : validations) json.value(validation);
    json.close(']');
    customers_.emplace(customer.id, std::move(customer));
    return succeed(call, members);
}

std::string Gateway::create_payment_profile(Call& call) {
    CustomerProfile* customer = find_customer(call, call.request);
    if (customer == nullptr) return refuse(call, request_refused("E00040", "The record cannot be found."));
    auto profile = read_payment_profile(call, *value_at(call.request, {"paymentProfile"}));
    if (!profile) return refuse(call, profile.error());
    std::string members;
    json::Writer json{members};
    json.field("customerProfileId", std::to_string(customer->id));
    if (const PaymentProfile* same = find_same_account(*customer, profile->account, 0)) {
        json.field("customerPaymentProfileId", std::to_string(same->id));
        Refusal refusal = request_refused("E00039", "A duplicate customer payment profile already exists.");
        refusal.members = members;
        return refuse(call, refusal);
    }
    if (customer->payment_profiles.size() == max_payment_profiles)
        return refuse(call, request_refused("E00042", "You cannot add more than 10 payment profiles."));
    const std::string mode = text_at(call.request, {"validationMode"});
    const int validation = validate(profile->account, mode, desk_.now);
    if (validation != 1) {
        json.field("validationDirectResponse", direct_response(validation, profile->account));
        Refusal refusal = request_refused("E00027", reason_text(validation));
        refusal.members = members;
        return refuse(call, refusal);
    }
    profile->id = ++last_profile_;
    json.field("customerPaymentProfileId", std::to_string(profile->id));
    if (!mode.empty() && mode != "none") json.field("validationDirectResponse", direct_response(1, profile->account));
    customer->payment_profiles.push_back(std::move(*profile));
    save(*customer);
    tell("customer.paymentProfile.created", *customer, customer->payment_profiles.back());
    return succeed(call, members);
}

std::string Gateway::create_from_transaction(Call& call) {
    const Transaction* transaction = find_transaction(call, id_at(call.request, {"transId"}));
    if (transaction == nullptr || transaction->response_code != 1)
        return refuse(call, request_refused("E00040", "The record cannot be found."));
    PaymentProfile profile;
    profile.account = transaction->account;
    profile.bill_to = transaction->bill_to;

    CustomerProfile* customer = nullptr;
    if (id_at(call.request, {"customerProfileId"}) != 0) {
        customer = find_customer(call, call.request);
        if (customer == nullptr) return refuse(call, request_refused("E00040", "The record cannot be found."));
        if (const PaymentProfile* same = find_same_account(*customer, profile.account, 0)) {
            Refusal refusal = request_refused("E00039", "A duplicate customer payment profile already exists.");
            json::Writer json{refusal.members};
            json.field("customerProfileId", std::to_string(customer->id));
            json.key("customerPaymentProfileIdList").open('[').value(std::to_string(same->id)).close(']');
            return refuse(call, refusal);
        }
    } else {
        CustomerProfile made;
        made.login = call.merchant.login;
        made.merchant_customer_id = text_at(call.request, {"customer", "merchantCustomerId"});
        made.description = text_at(call.request, {"customer", "description"});
        made.email = text_at(call.request, {"customer", "email"});
        if (made.merchant_customer_id.empty()) made.merchant_customer_id = transaction->customer_id;
        if (made.email.empty()) made.email = transaction->customer_email;
        if (made.merchant_customer_id.empty() && made.description.empty() && made.email.empty())
            return refuse(call, request_refused("E00041", "One or more fields in the profile must contain a value."));
        if (const CustomerProfile* twin = find_twin(made))
            return refuse(call, request_refused("E00039", already(twin->id)));
        made.id = ++last_profile_;
        customer = &customers_.emplace(made.id, made).first->second;
    }
    profile.id = ++last_profile_;
    customer->payment_profiles.push_back(profile);
    save(*customer);
    tell_of_new_account(*customer, id_at(call.request, {"customerProfileId"}) == 0);
    std::string members;
    json::Writer json{members};
    write_ids(json, *customer);
    json.key("validationDirectResponseList").open('[').close(']');
    return succeed(call, members);
}

std::string Gateway::create_profile_response(Call& call, const json::Value& request, const Source& source) {
    std::string out;
    json::Writer json{out};
    const auto answer = [&](std::string_view result, std::string_view code, std::string_view text) {
        json.open('{').key("messages").open('{').field("resultCode", result).key("message").open('[').open('{');
        json.field("code", code).field("text", text).close('}').close(']').close('}');
    };
    CustomerProfile* customer = nullptr;
    if (const json::Value* profile = value_at(request, {"profile"}); id_at(*profile, {"customerProfileId"}) != 0) {
        customer = find_customer(call, *profile);
        if (customer == nullptr) {
            answer("Error", "E00040", "The record cannot be found.");
            json.close('}');
            return out;
        }
        if (const PaymentProfile* same = find_same_account(*customer, source.account, 0)) {
            answer("Error", "E00039", "A duplicate customer payment profile already exists.");
            json.field("customerProfileId", std::to_string(customer->id)).key("customerPaymentProfileIdList");
            json.open('[').value(std::to_string(same->id)).close(']').close('}');
            return out;
        }
    } else {
        CustomerProfile made;
        made.login = call.merchant.login;
        made.merchant_customer_id = text_at(request, {"customer", "id"});
        made.email = text_at(request, {"customer", "email"});
        if (made.merchant_customer_id.empty() && made.email.empty()) {
            answer("Error", "E00102", "Customer Info is missing.");
            json.close('}');
            return out;
        }
        if (const CustomerProfile* twin = find_twin(made)) {
            answer("Error", "E00039", already(twin->id));
            json.field("customerProfileId", std::to_string(twin->id)).key("customerPaymentProfileIdList");
            json.open('[');
            if (const PaymentProfile* same = find_same_account(*twin, source.account, 0))
                json.value(std::to_string(same->id));
            json.close(']').close('}');
            return out;
        }
        made.id = ++last_profile_;
        customer = &customers_.emplace(made.id, made).first->second;
    }
    PaymentProfile profile;
    profile.id = ++last_profile_;
    profile.account = source.account;
    profile.bill_to = source.bill_to;
    const std::string id = std::to_string(profile.id);
    customer->payment_profiles.push_back(std::move(profile));
    save(*customer);
    tell_of_new_account(*customer, id_at(request, {"profile", "customerProfileId"}) == 0);
    answer("Ok", "I00001", "Successful.");
    json.field("customerProfileId", std::to_string(customer->id)).key("customerPaymentProfileIdList").open('[');
    json.value(id).close(']').key("customerShippingAddressIdList").open('[').close(']').close('}');
    return out;
}

void Gateway::write_payment_profile(json::Writer& json, const CustomerProfile& customer, const PaymentProfile& profile,
                                    bool is_alone, bool is_unmasked) const {
    json.open('{');
    if (is_alone) json.field("customerProfileId", std::to_string(customer.id));
    json.field("customerPaymentProfileId", std::to_string(profile.id));
    if (profile.is_default) json.field("defaultPaymentProfile", true);
    write_account(json, profile.account, is_unmasked);
    if (!profile.customer_type.empty()) json.field("customerType", profile.customer_type);
    if (!profile.bill_to.empty()) json.raw_field("billTo", profile.bill_to);
    json.close('}');
}

std::string Gateway::get_customer(Call& call) {
    const CustomerProfile* customer = find_customer(call, call.request);
    if (customer == nullptr && id_at(call.request, {"customerProfileId"}) == 0) {
        const std::string merchant_customer_id = text_at(call.request, {"merchantCustomerId"});
        const std::string email = text_at(call.request, {"email"});
        for (const auto& [id, known] : customers_) {
            if (known.login != call.merchant.login || (merchant_customer_id.empty() && email.empty())) continue;
            if (!merchant_customer_id.empty() && known.merchant_customer_id != merchant_customer_id) continue;
            if (!email.empty() && known.email != email) continue;
            customer = &known;
            break;
        }
    }
    if (customer == nullptr) return refuse(call, request_refused("E00040", "The record cannot be found."));
    const bool is_unmasked = text_at(call.request, {"unmaskExpirationDate"}) == "true";
    std::string members;
    json::Writer json{members};
    json.key("profile").open('{').key("paymentProfiles").open('[');
    for (const PaymentProfile& profile : customer->payment_profiles)
        write_payment_profile(json, *customer, profile, false, is_unmasked);
    json.close(']').key("shipToList").open('[');
    for (const StoredAddress& address : customer->addresses) {
        std::string with_id = "{\"customerAddressId\":\"" + std::to_string(address.id) + "\"";
        with_id += address.json.size() > 2 ? "," + address.json.substr(1) : "}";
        json.raw(with_id);
    }
    json.close(']').field("profileType", "regular").field("customerProfileId", std::to_string(customer->id));
    if (!customer->merchant_customer_id.empty()) json.field("merchantCustomerId", customer->merchant_customer_id);
    if (!customer->description.empty()) json.field("description", customer->description);
    if (!customer->email.empty()) json.field("email", customer->email);
    json.close('}');
    return succeed(call, members);
}

std::string Gateway::get_customer_ids(Call& call) {
    std::string members;
    json::Writer json{members};
    json.key("ids").open('[');
    for (const auto& [id, customer] : customers_) {
        if (customer.login == call.merchant.login) json.value(std::to_string(id));
    }
    json.close(']');
    return succeed(call, members);
}

std::string Gateway::get_payment_profile(Call& call) {
    CustomerProfile* customer = find_customer(call, call.request);
    const PaymentProfile* profile =
        customer == nullptr ? nullptr : customer->find(id_at(call.request, {"customerPaymentProfileId"}));
    if (profile == nullptr) return refuse(call, request_refused("E00040", "The record cannot be found."));
    std::string members;
    json::Writer json{members};
    json.key("paymentProfile");
    write_payment_profile(json, *customer, *profile, true, text_at(call.request, {"unmaskExpirationDate"}) == "true");
    return succeed(call, members);
}

std::string Gateway::delete_customer(Call& call) {
    const CustomerProfile* customer = find_customer(call, call.request);
    if (customer == nullptr) return refuse(call, request_refused("E00040", "The record cannot be found."));
    desk_.records.put(RecordKind::customer_profile, std::to_string(customer->id), {});
    tell("customer.deleted", *customer);
    customers_.erase(customer->id);
    return succeed(call, {});
}

std::string Gateway::delete_payment_profile(Call& call) {
    CustomerProfile* customer = find_customer(call, call.request);
    const std::int64_t id = id_at(call.request, {"customerPaymentProfileId"});
    if (customer == nullptr || customer->find(id) == nullptr)
        return refuse(call, request_refused("E00040", "The record cannot be found."));
    PaymentProfile removed = *customer->find(id);
    std::erase_if(customer->payment_profiles, [&](const PaymentProfile& profile) { return profile.id == id; });
    save(*customer);
    tell("customer.paymentProfile.deleted", *customer, removed);
    return succeed(call, {});
}

std::string Gateway::update_customer(Call& call) {
    const json::Value& from = *value_at(call.request, {"profile"});
    CustomerProfile* customer = find_customer(call, from);
    if (customer == nullptr) return refuse(call, request_refused("E00040", "The record cannot be found."));
    CustomerProfile changed = *customer;
    changed.merchant_customer_id = text_at(from, {"merchantCustomerId"});
    changed.description = text_at(from, {"description"});
    changed.email = text_at(from, {"email"});
    if (const CustomerProfile* twin = find_twin(changed); twin != nullptr && twin->id != customer->id)
        return refuse(call, request_refused("E00039", already(twin->id)));
    *customer = std::move(changed);
    save(*customer);
    tell("customer.updated", *customer);
    return succeed(call, {});
}

std::string Gateway::update_payment_profile(Call& call) {
    const json::Value& from = *value_at(call.request, {"paymentProfile"});
    CustomerProfile* customer = find_customer(call, call.request);
    PaymentProfile* profile = customer == nullptr ? nullptr : customer->find(id_at(from, {"customerPaymentProfileId"}));
    if (profile == nullptr) return refuse(call, request_refused("E00040", "The record cannot be found."));
    // A masked number means: keep the account, change what stands around it.
    const std::string number = text_at(from, {"payment", "creditCard", "cardNumber"});
    if (number.starts_with("XXXX")) {
        if (number != profile->account.masked())
            return refuse(call, request_refused("E00013", "Credit Card Number is invalid."));
        if (const std::string expiry = read_expiry(text_at(from, {"payment", "creditCard", "expirationDate"}));
            !expiry.empty())
            profile->account.expiry = expiry;
    } else {
        auto changed = read_payment_profile(call, from);
        if (!changed) return refuse(call, changed.error());
        if (find_same_account(*customer, changed->account, profile->id) != nullptr)
            return refuse(call, request_refused("E00039", "A duplicate customer payment profile already exists."));
        profile->account = changed->account;
    }
    if (const json::Value* bill_to = value_at(from, {"billTo"})) profile->bill_to = json::to_text(*bill_to);
    if (const std::string type = text_at(from, {"customerType"}); !type.empty()) profile->customer_type = type;
    profile->is_default = text_at(from, {"defaultPaymentProfile"}) == "true";
    save(*customer);
    tell("customer.paymentProfile.updated", *customer, *profile);
    return succeed(call, {});
}

std::string Gateway::validate_payment_profile(Call& call) {
    CustomerProfile* customer = find_customer(call, call.request);
    const PaymentProfile* profile =
        customer == nullptr ? nullptr : customer->find(id_at(call.request, {"customerPaymentProfileId"}));
    if (profile == nullptr) return refuse(call, request_refused("E00040", "The record cannot be found."));
    const int found = validate(profile->account, text_at(call.request, {"validationMode"}), desk_.now);
    std::string members;
    json::Writer json{members};
    json.field("directResponse", direct_response(found, profile->account));
    if (found == 1) return succeed(call, members);
    Refusal refusal = request_refused("E00027", reason_text(found));
    refusal.members = members;
    return refuse(call, refusal);
}

std::string Gateway::secure_container(Call& call) {
    const json::Value& token = *value_at(call.request, {"data", "token"});
    const std::string number = text_at(token, {"cardNumber"});
    Nonce nonce;
    nonce.login = call.merchant.login;
    nonce.account = read_card(desk_, number, text_at(token, {"expirationDate"}));
    nonce.card_code_behaviour = cvv_result_of(text_at(token, {"cardCode"}));
    nonce.is_number_valid = passes_luhn(number) && !nonce.account.type.empty();
    nonce.expires_at = desk_.now.ms + nonce_lifetime_ms;
    const std::string key = "eyJ" + desk_.letters(61);
    save(key, nonce);
    nonces_.emplace(key, std::move(nonce));
    std::string members;
    json::Writer json{members};
    json.key("opaqueData").open('{').field("dataDescriptor", "COMMON.ACCEPT.INAPP.PAYMENT");
    json.field("dataValue", key).close('}');
    return succeed(call, members);
}

}  // namespace florin::sandbox::authorize_net
