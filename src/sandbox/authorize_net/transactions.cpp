#include <charconv>

#include "amount.hpp"
#include "florin/base/money.hpp"
#include "gateway.hpp"

namespace florin::sandbox::authorize_net {
namespace {

constexpr std::int64_t longest_duplicate_window_s = 28'800;

struct ZipResult {
    std::string_view zip;
    std::string_view avs;
};
// Source: the vendor's testing guide.
constexpr ZipResult avs_by_zip[] = {{"46206", "P"}, {"46203", "E"}, {"46207", "R"}, {"46204", "G"},
                                    {"46209", "U"}, {"46208", "S"}, {"46205", "N"}, {"46201", "A"},
                                    {"46217", "Z"}, {"46211", "W"}, {"46214", "X"}};

std::string avs_of(const Source& source) {
    if (source.account.is_bank) return "P";
    for (const auto& [zip, avs] : avs_by_zip) {
        if (source.zip == zip) return std::string{avs};
    }
    return source.zip.empty() && source.bill_to.empty() ? "B" : "Y";
}

bool is_aba_number(std::string_view digits) {
    if (digits.size() != 9 || digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
    constexpr int weights[] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
    int sum = 0;
    for (std::size_t i = 0; i < 9; ++i) sum += (digits[i] - '0') * weights[i];
    return sum % 10 == 0;
}

std::string reference_of(const json::Value& request, const std::string& ref_id) {
    const std::string invoice = text_at(request, {"order", "invoiceNumber"});
    return invoice.empty() ? ref_id : invoice;
}

std::string last4_of(std::string_view number) {
    return std::string{number.size() > 4 ? number.substr(number.size() - 4) : number};
}

std::string prepaid_card(std::int64_t requested, std::int64_t approved, std::string_view balance, Currency currency) {
    std::string out;
    json::Writer json{out};
    json.open('{').field("requestedAmount", to_major_text(requested, currency));
    json.field("approvedAmount", to_major_text(approved, currency)).field("balanceOnCard", balance).close('}');
    return out;
}

std::string echo_user_fields(const json::Value& request) {
    const auto fields = items_at(request, {"userFields", "userField"});
    if (fields.empty()) return {};
    std::string out;
    json::Writer json{out};
    json.open('[');
    for (const json::Value* field : fields) {
        json.open('{').field("name", text_at(*field, {"name"})).field("value", text_at(*field, {"value"})).close('}');
    }
    json.close(']');
    return out;
}

std::string_view created_event(std::string_view transaction_type) {
    if (transaction_type == "authOnlyTransaction") return "payment.authorization.created";
    if (transaction_type == "captureOnlyTransaction") return "payment.capture.created";
    return "payment.authcapture.created";
}

}  // namespace

std::string cvv_result_of(std::string_view code) {
    if (code == "900") return "M";
    if (code == "901") return "N";
    if (code == "902") return "S";
    if (code == "903") return "U";
    return "P";
}

void Gateway::book(const Transaction& transaction, std::string_view type, std::int64_t amount_minor,
                   std::string_view reference, std::string_view parent, std::string_view cancels) {
    Movement movement;
    movement.provider = "authorize_net";
    movement.reference = reference;
    movement.type = type;
    movement.amount_minor = amount_minor;
    movement.currency = transaction.currency;
    movement.provider_id = std::to_string(transaction.id);
    movement.parent_id = parent;
    movement.cancels = cancels;
    desk_.move(std::move(movement));
}

std::string Gateway::create_transaction(Call& call) {
    const json::Value& request = *value_at(call.request, {"transactionRequest"});
    const std::string type = text_at(request, {"transactionType"});
    Outcome outcome;
    if (type == "authCaptureTransaction" || type == "authOnlyTransaction" || type == "captureOnlyTransaction") {
        const auto source = find_source(call, request);
        if (!source && source.error().reason == 0) return refuse(call, source.error());
        outcome = charge(call, request, source);
    } else if (type == "priorAuthCaptureTransaction") {
        outcome = capture_prior(call, request);
    } else if (type == "refundTransaction") {
        outcome = refund(call, request);
    } else if (type == "voidTransaction") {
        outcome = cancel(call, request);
    } else {
        return refuse(call, request_refused("E00003",
                                            "The 'AnetApi/xml/v1/schema/AnetApiSchema.xsd:transactionType' element is "
                                            "invalid - The value is invalid according to its datatype 'String' - The "
                                            "Enumeration constraint failed."));
    }
    outcome.user_fields = echo_user_fields(request);
    return render(call, outcome);
}

std::expected<Source, Gateway::Refusal> Gateway::read_payment(Call& call, const json::Value& payment) {
    Source source;
    const auto refuse_account = [&](int reason) {
        return Refusal{{}, {}, reason, source.account.masked(), source.account.type, {}};
    };
    if (const json::Value* card = value_at(payment, {"creditCard"})) {
        const std::string number = text_at(*card, {"cardNumber"});
        source.account = read_card(desk_, number, text_at(*card, {"expirationDate"}));
        source.cvv_result = cvv_result_of(text_at(*card, {"cardCode"}));
        if (!passes_luhn(number) || source.account.type.empty()) return std::unexpected{refuse_account(6)};
        return source;
    }
    if (const json::Value* bank = value_at(payment, {"bankAccount"})) {
        const std::string number = text_at(*bank, {"accountNumber"});
        const std::string routing = text_at(*bank, {"routingNumber"});
        source.account.is_bank = true;
        source.account.type = "eCheck";
        source.account.last4 = last4_of(number);
        source.account.bank_type = text_at(*bank, {"accountType"});
        source.account.holder = text_at(*bank, {"nameOnAccount"});
        source.account.fingerprint = desk_.fingerprint(routing + "/" + number);
        if (!is_aba_number(routing)) return std::unexpected{refuse_account(9)};
        if (number.find_first_not_of("0123456789") != std::string::npos) return std::unexpected{refuse_account(10)};
        return source;
    }
    if (const json::Value* opaque = value_at(payment, {"opaqueData"})) {
        const std::string key = text_at(*opaque, {"dataValue"});
        const auto found = nonces_.find(key);
        if (text_at(*opaque, {"dataDescriptor"}) != "COMMON.ACCEPT.INAPP.PAYMENT" || found == nonces_.end())
            return std::unexpected{request_refused("E00114", "Invalid OTS Token.")};
        Nonce& nonce = found->second;
        if (nonce.login != call.merchant.login)
            return std::unexpected{request_refused("E00116", "OTS Token Access Violation.")};
        if (nonce.is_used) return std::unexpected{request_refused("E00114", "Invalid OTS Token.")};
        if (nonce.expires_at < desk_.now.ms) return std::unexpected{request_refused("E00115", "OTS Token expired.")};
        source.account = nonce.account;
        source.cvv_result = nonce.card_code_behaviour;
        source.nonce = &nonce;
        source.nonce_key = key;
        if (!nonce.is_number_valid) return std::unexpected{refuse_account(6)};
        return source;
    }
    return std::unexpected{Refusal{{}, "Credit card number is required.", 33, {}, {}, {}}};
}

std::expected<Source, Gateway::Refusal> Gateway::find_source(Call& call, const json::Value& request) {
    const json::Value* payment = value_at(request, {"payment"});
    const std::int64_t profile_id = id_at(request, {"profile", "paymentProfile", "paymentProfileId"});
    Source source;
    if (profile_id != 0) {
        if (payment != nullptr)
            return std::unexpected{request_refused("E00090", "PaymentProfile cannot be sent with payment data.")};
        if (value_at(request, {"billTo"}) != nullptr)
            return std::unexpected{request_refused("E00093", "PaymentProfile cannot be sent with billing data.")};
        const auto customer = customers_.find(id_at(request, {"profile", "customerProfileId"}));
        PaymentProfile* profile = nullptr;
        if (customer != customers_.end() && customer->second.login == call.merchant.login)
            profile = customer->second.find(profile_id);
        if (profile == nullptr)
            return std::unexpected{
                request_refused("E00040", "Customer Profile ID or Customer Payment Profile ID not found.")};
        source.account = profile->account;
        source.bill_to = profile->bill_to;
        source.is_stored = true;
        source.customer_profile = customer->first;
        source.payment_profile = profile_id;
        source.cvv_result = cvv_result_of(text_at(request, {"profile", "paymentProfile", "cardCode"}));
    } else {
        if (payment == nullptr) return std::unexpected{Refusal{{}, "Credit card number is required.", 33, {}, {}, {}}};
        auto read = read_payment(call, *payment);
        if (!read) return read;
        source = std::move(*read);
        if (const json::Value* bill_to = value_at(request, {"billTo"})) source.bill_to = json::to_text(*bill_to);
    }
    if (!source.bill_to.empty()) {
        const auto address = json::parse(source.bill_to);
        if (address) {
            source.zip = text_at(*address, {"zip"});
            source.first_name = text_at(*address, {"firstName"});
            source.last_name = text_at(*address, {"lastName"});
        }
    }
    return source;
}

std::string Gateway::duplicate_key(const Call& call, const json::Value& request, const Source& source) const {
    std::string compared = call.merchant.login;
    const auto add = [&](std::string_view text) {
        compared.push_back('\n');
        compared.append(text);
    };
    add(source.account.fingerprint);
    add(source.account.expiry);
    const auto amount = parse_amount(text_at(request, {"amount"}), 3);
    add(std::to_string(amount.value_or(0)));
    for (const std::string_view name : {"transactionType", "poNumber", "refTransId"}) add(text_at(request, {name}));
    add(text_at(request, {"order", "invoiceNumber"}));
    add(text_at(request, {"customer", "id"}));
    for (const std::string_view name :
         {"firstName", "lastName", "company", "address", "city", "state", "zip", "country"})
        add(text_at(request, {"billTo", name}));
    return desk_.fingerprint(compared);
}

const Transaction* Gateway::find_duplicate(const json::Value& request, const std::string& key) const {
    std::int64_t window_s = 120;
    if (const auto asked = setting_at(request, "duplicateWindow")) {
        std::int64_t seconds = 0;
        std::from_chars(asked->data(), asked->data() + asked->size(), seconds);
        window_s = std::clamp<std::int64_t>(seconds, 0, longest_duplicate_window_s);
    }
    const auto last = last_by_duplicate_key_.find(key);
    if (window_s == 0 || last == last_by_duplicate_key_.end()) return nullptr;
    const Transaction& earlier = transactions_.at(last->second);
    return desk_.now.ms - earlier.submitted_at < window_s * 1000 ? &earlier : nullptr;
}

Transaction& Gateway::add_transaction(Call& call, const json::Value& request, const Source& source) {
    Transaction transaction;
    transaction.id = ++last_transaction_;
    transaction.login = call.merchant.login;
    transaction.type = text_at(request, {"transactionType"});
    transaction.ref_id = call.ref_id;
    transaction.reference = reference_of(request, call.ref_id);
    transaction.invoice = text_at(request, {"order", "invoiceNumber"});
    transaction.description = text_at(request, {"order", "description"});
    transaction.customer_id = text_at(request, {"customer", "id"});
    transaction.customer_email = text_at(request, {"customer", "email"});
    transaction.first_name = source.first_name;
    transaction.last_name = source.last_name;
    transaction.bill_to = source.bill_to;
    transaction.account = source.account;
    transaction.customer_profile = source.customer_profile;
    transaction.payment_profile = source.payment_profile;
    transaction.duplicate_key = duplicate_key(call, request, source);
    transaction.is_recurring = setting_at(request, "recurringBilling").value_or("") == "true";
    transaction.submitted_at = desk_.now.ms;
    last_by_duplicate_key_[transaction.duplicate_key] = transaction.id;
    unsettled_.insert(transaction.id);
    return transactions_.emplace(transaction.id, std::move(transaction)).first->second;
}

Gateway::Outcome Gateway::charge(Call& call, const json::Value& request, const std::expected<Source, Refusal>& source) {
    Outcome outcome;
    if (!source) {
        outcome.reason_code = source.error().reason;
        outcome.text = source.error().text;
        outcome.account_number = source.error().account_number;
        outcome.account_type = source.error().account_type;
        return outcome;
    }
    outcome.account_number = source->account.masked();
    outcome.account_type = source->account.type;
    const auto refused = [&](int reason) {
        outcome.reason_code = reason;
        return outcome;
    };
    const std::string type = text_at(request, {"transactionType"});
    const bool is_sale = type != "authOnlyTransaction";

    const std::string currency_code = text_at(request, {"currencyCode"});
    const auto currency = Currency::of(currency_code.empty() ? "USD" : currency_code);
    if (!currency) return refused(39);
    const auto requested = parse_amount(text_at(request, {"amount"}), currency->exponent());
    if (!requested || *requested <= 0) return refused(5);
    if (!source->account.is_bank) {
        if (source->account.expiry.empty()) return refused(7);
        if (source->account.behaviour == Behaviour::expired || is_expired(source->account.expiry, desk_.now))
            return refused(8);
    }
    if (type == "captureOnlyTransaction" && text_at(request, {"authCode"}).empty()) {
        outcome.text = "Authorization code is required.";
        return refused(33);
    }
    if (setting_at(request, "testRequest").value_or("") == "true") {
        outcome.is_test = true;
        outcome.response_code = 1;
        return refused(1);
    }
    if (find_duplicate(request, duplicate_key(call, request, *source)) != nullptr) return refused(11);
    if (source->zip == "46992") return refused(19);
    if (source->nonce != nullptr) {
        source->nonce->is_used = true;
        save(source->nonce_key, *source->nonce);
    }

    Transaction& made = add_transaction(call, request, *source);
    made.currency = currency->code();
    made.requested_minor = *requested;
    made.avs = avs_of(*source);
    made.cvv = source->account.is_bank ? "" : source->cvv_result;
    made.response_code = 1;
    made.reason_code = 1;
    outcome.transaction = &made;

    const auto hundred = *parse_amount("100", currency->exponent());
    if (call.orders.decline_code != 0)
        made.reason_code = call.orders.decline_code;
    else if (source->account.behaviour == Behaviour::declines || source->zip == "46282")
        made.reason_code = 2;
    else if (source->account.is_bank && *requested > hundred)
        made.reason_code = 2;
    else if (source->account.behaviour == Behaviour::wrong_code)
        made.reason_code = 44, made.cvv = "N";
    else if (source->zip == "46993")
        made.reason_code = 252;

    std::int64_t approved = *requested;
    if (made.reason_code == 1) {
        const std::string limit = !call.orders.partial_amount.empty() ? call.orders.partial_amount
                                  : source->zip == "46225"            ? "1.23"
                                                                      : "";
        const auto partial = parse_amount(limit, currency->exponent());
        if (partial && *partial > 0 && *partial < *requested) {
            approved = *partial;
            made.reason_code = 295;
            outcome.partial_tender = std::to_string(100'000 + made.id % 900'000);
            outcome.prepaid = prepaid_card(*requested, approved, "0.00", *currency);
        }
        if (source->zip == "46226") outcome.prepaid = prepaid_card(*requested, approved, "1.23", *currency);
        if (source->zip == "46227") outcome.prepaid = prepaid_card(*requested, approved, "-1.23", *currency);
        if (source->zip == "46228") outcome.prepaid = prepaid_card(*requested, approved, "0.00", *currency);
    }

    if (made.reason_code == 252) {
        // Not sent to the bank yet: nothing is authorized, nothing moves until somebody approves.
        made.response_code = 4;
        made.status = Status::fds_pending_review;
    } else if (made.reason_code == 1 || made.reason_code == 295) {
        made.response_code = made.reason_code == 295 ? 4 : 1;
        made.auth_code = type == "captureOnlyTransaction" ? text_at(request, {"authCode"}) : desk_.letters(6);
        made.network_id = source->account.is_bank ? "" : desk_.letters(23);
        made.authorized_minor = approved;
        made.settle_minor = is_sale ? approved : 0;
        made.captured_at = is_sale ? desk_.now.ms : 0;
        made.status = is_sale ? Status::captured_pending_settlement : Status::authorized_pending_capture;
        book(made,
             type == "captureOnlyTransaction" ? "capture"
             : is_sale                        ? "purchase"
                                              : "authorize",
             approved, made.reference);
        if (text_at(request, {"profile", "createProfile"}) == "true")
            outcome.profile_response = create_profile_response(call, request, *source);
    } else {
        made.response_code = 2;
        made.status = Status::declined;
    }
    save(made);
    // Of an ordinary decline nobody is told.
    if (made.status == Status::fds_pending_review)
        tell("payment.fraud.held", made, made.requested_minor, call.ref_id);
    else if (made.status != Status::declined)
        tell(created_event(type), made, made.authorized_minor, call.ref_id);

    outcome.response_code = made.response_code;
    outcome.reason_code = made.reason_code;
    if (source->zip == "46990") call.answer.drop = true;
    if (source->zip == "46991") call.answer.delay = desk_.settings.late_reply;
    return outcome;
}

Gateway::Outcome Gateway::capture_prior(Call& call, const json::Value& request) {
    Outcome outcome;
    const auto refused = [&](int reason) {
        outcome.reason_code = reason;
        return outcome;
    };
    outcome.referenced = id_at(request, {"refTransId"});
    if (outcome.referenced == 0) return refused(15);
    Transaction* original = find_transaction(call, outcome.referenced);
    if (original == nullptr || (original->type != "authOnlyTransaction" && original->captured_at == 0))
        return refused(16);
    outcome.account_number = original->account.masked();
    outcome.account_type = original->account.type;
    if (original->captured_at != 0 && original->status != Status::voided) {
        outcome.transaction = original;
        outcome.response_code = 1;
        return refused(311);
    }
    if (original->status != Status::authorized_pending_capture) return refused(16);

    const std::string currency_code = text_at(request, {"currencyCode"});
    if (!currency_code.empty() && currency_code != original->currency) return refused(39);
    std::int64_t amount = original->authorized_minor;
    if (const std::string asked = text_at(request, {"amount"}); !asked.empty()) {
        const auto read = parse_amount(asked, Currency::of(original->currency)->exponent());
        if (!read || *read <= 0) return refused(5);
        amount = *read;
    }
    if (amount > original->authorized_minor) return refused(47);
    if (call.orders.decline_code != 0) return refused(call.orders.decline_code);

    // What is not captured now is gone: an authorization is captured once.
    original->settle_minor = amount;
    original->captured_at = desk_.now.ms;
    original->status = Status::captured_pending_settlement;
    book(*original, "capture", amount, reference_of(request, call.ref_id), std::to_string(original->id));
    save(*original);
    tell("payment.priorAuthCapture.created", *original, amount, call.ref_id);
    outcome.transaction = original;
    outcome.response_code = 1;
    outcome.reason_code = 1;
    return outcome;
}

Gateway::Outcome Gateway::refund(Call& call, const json::Value& request) {
    Outcome outcome;
    const auto refused = [&](int reason) {
        outcome.reason_code = reason;
        return outcome;
    };
    outcome.referenced = id_at(request, {"refTransId"});
    Transaction* original = find_transaction(call, outcome.referenced);
    if (original == nullptr) return refused(54);
    const auto amount = parse_amount(text_at(request, {"amount"}), Currency::of(original->currency)->exponent());
    if (!amount || *amount <= 0) return refused(5);

    Source source;
    source.account = original->account;
    source.bill_to = original->bill_to;
    source.first_name = original->first_name;
    source.last_name = original->last_name;
    const bool is_bank = original->account.is_bank;
    const std::string number = is_bank ? text_at(request, {"payment", "bankAccount", "accountNumber"})
                                       : text_at(request, {"payment", "creditCard", "cardNumber"});
    const std::int64_t profile = id_at(request, {"profile", "paymentProfile", "paymentProfileId"});
    if (number.empty() && profile == 0) {
        outcome.text = "Credit card number is required.";
        return refused(33);
    }
    outcome.account_number = original->account.masked();
    outcome.account_type = original->account.type;
    const bool is_same_account =
        number.empty() ? profile == original->payment_profile : last4_of(number) == original->account.last4;
    if (!is_same_account) return refused(54);
    const std::string currency_code = text_at(request, {"currencyCode"});
    if (!currency_code.empty() && currency_code != original->currency) return refused(39);

    if (original->status == Status::captured_pending_settlement && desk_.settings.settle_after == Millis{0})
        settle_one(*original);
    if (original->status != Status::settled_successfully || original->type == "refundTransaction") return refused(54);
    if (desk_.now.ms - original->captured_at > 180 * day_ms) return refused(54);
    if (find_duplicate(request, duplicate_key(call, request, source)) != nullptr) return refused(11);
    if (*amount > original->settle_minor - original->refunded_minor) return refused(55);

    Transaction& made = add_transaction(call, request, source);
    made.currency = original->currency;
    made.requested_minor = *amount;
    made.referenced = original->id;
    made.customer_profile = original->customer_profile;
    made.payment_profile = original->payment_profile;
    made.avs = "P";
    outcome.transaction = &made;
    if (call.orders.decline_code != 0) {
        made.response_code = 2;
        made.reason_code = call.orders.decline_code;
        made.status = Status::declined;
    } else {
        made.response_code = 1;
        made.reason_code = 1;
        made.settle_minor = *amount;
        made.captured_at = desk_.now.ms;
        made.status = Status::refund_pending_settlement;
        original->refunded_minor += *amount;
        save(*original);
        book(made, "refund", *amount, made.reference, std::to_string(original->id));
    }
    save(made);
    if (made.status != Status::declined) tell("payment.refund.created", made, *amount, call.ref_id);
    outcome.response_code = made.response_code;
    outcome.reason_code = made.reason_code;
    return outcome;
}

Gateway::Outcome Gateway::cancel(Call& call, const json::Value& request) {
    Outcome outcome;
    const auto refused = [&](int reason) {
        outcome.reason_code = reason;
        return outcome;
    };
    outcome.referenced = id_at(request, {"refTransId"});
    if (outcome.referenced == 0) return refused(15);
    Transaction* original = find_transaction(call, outcome.referenced);
    if (original == nullptr) return refused(16);
    outcome.account_number = original->account.masked();
    outcome.account_type = original->account.type;
    if (original->status == Status::voided) {
        outcome.transaction = original;
        outcome.response_code = 1;
        return refused(310);
    }
    const std::string id = std::to_string(original->id);
    const std::string reference = reference_of(request, call.ref_id);
    if (call.orders.decline_code != 0) return refused(call.orders.decline_code);
    switch (original->status) {
        case Status::authorized_pending_capture:
            book(*original, "cancel", original->authorized_minor, reference, id, "authorize");
            break;
        case Status::captured_pending_settlement:
            book(*original, "cancel", original->settle_minor, reference, id,
                 original->type == "authCaptureTransaction" ? "purchase" : "capture");
            break;
        case Status::refund_pending_settlement: {
            Transaction& refunded = transactions_.at(original->referenced);
            refunded.refunded_minor -= original->settle_minor;
            save(refunded);
            book(*original, "cancel", original->settle_minor, reference, id, "refund");
            break;
        }
        case Status::fds_pending_review:
            break;
        case Status::voided:
        case Status::declined:
        case Status::expired:
        case Status::settled_successfully:
        case Status::refund_settled_successfully:
        case Status::settlement_error:
            return refused(16);
    }
    const bool was_captured = original->settle_minor != 0;
    const bool was_held = original->status == Status::fds_pending_review;
    original->status = Status::voided;
    save(*original);
    tell("payment.void.created", *original,
         was_held       ? original->requested_minor
         : was_captured ? original->settle_minor
                        : original->authorized_minor,
         call.ref_id);
    outcome.transaction = original;
    outcome.response_code = 1;
    outcome.reason_code = 1;
    return outcome;
}

std::string Gateway::update_held(Call& call) {
    const std::string action = text_at(call.request, {"heldTransactionRequest", "action"});
    Transaction* held = find_transaction(call, id_at(call.request, {"heldTransactionRequest", "refTransId"}));
    if (action != "approve" && action != "decline")
        return refuse(call, request_refused("E00003", "The value given to the 'action' element is invalid."));
    Outcome outcome;
    outcome.referenced = id_at(call.request, {"heldTransactionRequest", "refTransId"});
    if (held == nullptr || held->status != Status::fds_pending_review) {
        outcome.reason_code = 16;
        return render(call, outcome);
    }
    if (action == "approve") {
        const bool is_sale = held->type != "authOnlyTransaction";
        held->response_code = 1;
        held->reason_code = 1;
        held->auth_code = desk_.letters(6);
        held->network_id = desk_.letters(23);
        held->authorized_minor = held->requested_minor;
        held->settle_minor = is_sale ? held->requested_minor : 0;
        held->captured_at = is_sale ? desk_.now.ms : 0;
        held->status = is_sale ? Status::captured_pending_settlement : Status::authorized_pending_capture;
        // The payment's own reference: approving makes the held operation happen, it is none of its own.
        book(*held, is_sale ? "purchase" : "authorize", held->requested_minor, held->reference);
    } else {
        held->response_code = 2;
        held->reason_code = 254;
        held->status = Status::declined;
    }
    save(*held);
    // Under the payment's own reference, as when a person decides in the vendor's console.
    tell(action == "approve" ? "payment.fraud.approved" : "payment.fraud.declined", *held, held->requested_minor,
         held->ref_id);
    outcome.transaction = held;
    outcome.response_code = held->response_code;
    outcome.reason_code = held->reason_code;
    return render(call, outcome);
}

}  // namespace florin::sandbox::authorize_net
