#include "bank.hpp"

#include <charconv>

#include "amount.hpp"
#include "florin/base/money.hpp"
#include "florin/json/writer.hpp"
#include "packing.hpp"

namespace florin::sandbox::bank {
namespace {

constexpr std::string_view root = "/bank/v1";

std::string text_of(const json::Value& body, std::string_view name) {
    const json::Value* value = body.kind() == json::Kind::object ? body.find(name) : nullptr;
    if (value == nullptr || value->is_null()) return {};
    if (value->kind() == json::Kind::boolean) return value->as_boolean() ? "true" : "false";
    return std::string{value->text()};
}

Answer refuse(int status, std::string_view code, std::string_view reason, std::string_view field = {}) {
    Answer answer;
    answer.status = status;
    json::Writer json{answer.body};
    json.open('{').field("code", code).field("reason", reason).field("field", field).close('}');
    return answer;
}

Answer unknown(std::string_view code) { return refuse(404, code, "There is none."); }
Answer reused() { return refuse(409, "reference_reused", "The reference was used for something else.", "reference"); }

std::string_view status_text(Status status) {
    switch (status) {
        case Status::accepted:
            return "Accepted";
        case Status::declined:
            return "Declined";
        case Status::insufficient_funds:
            return "InsufficientFunds";
        case Status::pending:
            return "Pending";
    }
    return "Declined";
}
std::string_view code_of(Status status) {
    switch (status) {
        case Status::accepted:
            return "00";
        case Status::declined:
            return "05";
        case Status::insufficient_funds:
            return "51";
        case Status::pending:
            return "09";
    }
    return "05";
}
std::string_view reason_of(Status status) {
    switch (status) {
        case Status::accepted:
            return "Approved.";
        case Status::declined:
            return "Do not honour.";
        case Status::insufficient_funds:
            return "Insufficient funds.";
        case Status::pending:
            return "Request in progress.";
    }
    return "Do not honour.";
}

std::string numbered(std::string_view prefix, std::int64_t number) {
    std::string digits = std::to_string(number);
    digits.insert(0, digits.size() < 12 ? 12 - digits.size() : 0, '0');
    return std::string{prefix} + digits;
}
std::int64_t number_of(std::string_view id) {
    std::int64_t number = 0;
    const std::size_t at = id.find('_') + 1;
    std::from_chars(id.data() + at, id.data() + id.size(), number);
    return number;
}

bool is_reference(std::string_view reference) { return !reference.empty() && reference.size() <= 64; }

/// Format only: C's own sample card is expired and fails the Luhn check.
std::optional<Answer> find_fault(const json::Value& card) {
    const std::string number = text_of(card, "number");
    if (number.size() < 12 || number.size() > 19 || number.find_first_not_of("0123456789") != std::string::npos)
        return refuse(422, "invalid_card_number", "12 to 19 digits.", "card.number");
    std::int64_t month = 0;
    const std::string month_text = text_of(card, "expiry_month");
    std::from_chars(month_text.data(), month_text.data() + month_text.size(), month);
    if (month < 1 || month > 12) return refuse(422, "invalid_expiry", "1 to 12.", "card.expiry_month");
    if (text_of(card, "expiry_year").size() != 4)
        return refuse(422, "invalid_expiry", "Four digits.", "card.expiry_year");
    return std::nullopt;
}

Account account_of(const Desk& desk, const json::Value& card) {
    const std::string month = text_of(card, "expiry_month");
    Account account = read_card(desk, text_of(card, "number"),
                                text_of(card, "expiry_year") + "-" + (month.size() == 1 ? "0" : "") + month);
    account.holder = text_of(card, "name");
    return account;
}

}  // namespace

void Bank::load() {
    desk_.records.load(RecordKind::bank_payment, [&](std::string_view, std::string_view body) {
        auto payment = Unpacker::unpack<Payment>(body);
        last_payment_ = std::max(last_payment_, number_of(payment.id));
        payment_by_reference_[payment.reference] = payment.id;
        payments_.emplace(payment.id, std::move(payment));
    });
    desk_.records.load(RecordKind::bank_operation, [&](std::string_view, std::string_view body) {
        auto operation = Unpacker::unpack<Operation>(body);
        last_operation_ = std::max(last_operation_, number_of(operation.id));
        operations_.emplace(operation.reference, std::move(operation));
    });
    desk_.records.load(RecordKind::bank_card, [&](std::string_view, std::string_view body) {
        auto card = Unpacker::unpack<Card>(body);
        card_by_reference_[card.reference] = card.token;
        cards_.emplace(card.token, std::move(card));
    });
}

CallFacts Bank::facts_of(const http::Request& request) {
    CallFacts facts;
    facts.provider = "bank_simulator";
    facts.method = request.method;
    facts.path = request.path;
    const std::string_view path = std::string_view{request.path}.substr(root.size());
    // Callers write it first; the body is read properly when the call is answered.
    constexpr std::string_view name = "\"reference\":\"";
    if (const std::size_t at = request.body.find(name); at != std::string::npos) {
        const std::size_t begin = at + name.size();
        facts.reference = request.body.substr(begin, std::min(request.body.find('"', begin) - begin, std::size_t{64}));
    }
    if (request.method == "GET") {
        facts.transaction_type = "lookup";
        facts.is_lookup = true;
        facts.reference = request.path.substr(request.path.rfind('/') + 1);
    } else if (path == "/payments") {
        facts.transaction_type = "payment";
        facts.is_charge = true;
    } else if (path.starts_with("/cards")) {
        facts.transaction_type = "card";
    } else if (path.ends_with("/captures")) {
        facts.transaction_type = "capture";
    } else if (path.ends_with("/refunds")) {
        facts.transaction_type = "refund";
    } else if (path.ends_with("/voids")) {
        facts.transaction_type = "void";
    } else if (path.ends_with("/confirm")) {
        facts.transaction_type = "confirm";
    }
    return facts;
}

Answer Bank::answer(const http::Request& request, const Orders& orders) {
    std::vector<std::string> parts;
    const std::string_view path = std::string_view{request.path}.substr(root.size());
    for (std::size_t at = 1; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        parts.emplace_back(path.substr(at, end - at));
        at = end + 1;
    }
    const auto is_hidden = [&](std::int64_t created_at) {
        return orders.lookup_lag.count() > 0 && desk_.now.ms - created_at < orders.lookup_lag.count();
    };
    const bool is_get = request.method == "GET";
    if (is_get && parts.size() == 3 && parts[1] == "by-reference") {
        if (parts[0] == "payments") {
            const auto known = payment_by_reference_.find(parts[2]);
            if (known == payment_by_reference_.end() || is_hidden(payments_.at(known->second).created_at))
                return unknown("unknown_payment");
            return show(payments_.at(known->second), 200);
        }
        if (parts[0] == "operations") {
            const auto known = operations_.find(parts[2]);
            if (known == operations_.end() || is_hidden(known->second.created_at)) return unknown("unknown_operation");
            return show(known->second, 200);
        }
        if (parts[0] == "cards") {
            const auto known = card_by_reference_.find(parts[2]);
            return known == card_by_reference_.end() ? unknown("unknown_card") : show(cards_.at(known->second), 200);
        }
    }
    if (request.method == "DELETE" && parts.size() == 2 && parts[0] == "cards") {
        const auto known = cards_.find(parts[1]);
        if (known == cards_.end()) return unknown("unknown_card");
        desk_.records.put(RecordKind::bank_card, parts[1], {});
        card_by_reference_.erase(known->second.reference);
        cards_.erase(known);
        Answer removed;
        removed.status = 204;
        return removed;
    }
    if (parts.size() >= 2 && parts[0] == "payments") {
        const auto known = payments_.find(parts[1]);
        if (known == payments_.end()) return unknown("unknown_payment");
        if (is_get && parts.size() == 2)
            return is_hidden(known->second.created_at) ? unknown("unknown_payment") : show(known->second, 200);
        if (request.method == "POST" && parts.size() == 3 && parts[2] == "confirm") return confirm(known->second);
    }
    if (request.method != "POST") return refuse(405, "method_not_allowed", "See the sandbox's README.");

    const auto body = json::parse(request.body);
    if (!body || body->kind() != json::Kind::object)
        return refuse(422, "malformed_json", "The body is not a JSON object.");
    if (parts.size() == 1 && parts[0] == "payments") return pay(*body, orders);
    if (parts.size() == 1 && parts[0] == "cards") return keep_card(*body);
    if (parts.size() == 3 && parts[0] == "payments") {
        Payment& payment = payments_.at(parts[1]);
        if (parts[2] == "captures") return operate(payment, "capture", *body);
        if (parts[2] == "refunds") return operate(payment, "refund", *body);
        if (parts[2] == "voids") return operate(payment, "void", *body);
    }
    return refuse(404, "unknown_route", "See the sandbox's README.");
}

Answer Bank::pay(const json::Value& body, const Orders& orders) {
    const std::string reference = text_of(body, "reference");
    if (!is_reference(reference)) return refuse(422, "invalid_reference", "1 to 64 characters.", "reference");
    const std::string content = desk_.fingerprint(json::to_canonical_text(body));
    if (const auto known = payment_by_reference_.find(reference); known != payment_by_reference_.end()) {
        Payment& payment = payments_.at(known->second);
        if (payment.content != content) return reused();
        // Asked again, what was pending is accepted. C-SI-04
        if (payment.status == Status::pending) accept(payment);
        return show(payment, 200);
    }

    const auto currency = Currency::of(text_of(body, "currency"));
    if (!currency) return refuse(422, "unknown_currency", "Not an ISO 4217 currency.", "currency");
    const auto amount = parse_amount(text_of(body, "amount"), currency->exponent());
    if (!amount) return refuse(422, "invalid_amount", "Not a decimal amount of this currency.", "amount");
    if (*amount <= 0) return refuse(422, "amount_not_positive", "Above zero.", "amount");

    Payment payment;
    const json::Value* card = body.find("card");
    if (card != nullptr && card->kind() == json::Kind::object) {
        if (auto fault = find_fault(*card)) return *fault;
        payment.account = account_of(desk_, *card);
    } else if (const auto kept = cards_.find(text_of(body, "token")); kept != cards_.end()) {
        payment.account = kept->second.account;
    } else {
        return refuse(422, card == nullptr && body.find("token") != nullptr ? "unknown_token" : "missing_card",
                      "A card or a known token is needed.", card == nullptr ? "token" : "card");
    }
    payment.id = numbered("bank_", ++last_payment_);
    payment.reference = reference;
    payment.content = content;
    payment.currency = currency->code();
    payment.amount_minor = *amount;
    payment.is_capturing = text_of(body, "capture") != "false";
    payment.created_at = desk_.now.ms;

    // Approved for a part: all that follows is of that part.
    if (const auto part = parse_amount(orders.partial_amount, currency->exponent());
        part && *part > 0 && *part < *amount)
        payment.amount_minor = *part;

    const auto is_whole = [&](std::string_view whole) { return *amount == *parse_amount(whole, currency->exponent()); };
    Payment& made = payments_.emplace(payment.id, std::move(payment)).first->second;
    payment_by_reference_[reference] = made.id;
    if (orders.decline_code != 0 || is_whole("1")) {
        made.status = Status::declined;  // C-SI-02
        save(made);
    } else if (is_whole("2")) {
        made.status = Status::insufficient_funds;  // C-SI-03
        save(made);
    } else if (is_whole("24")) {
        made.status = Status::pending;  // C-SI-04
        save(made);
    } else {
        accept(made);  // C-SI-05
    }
    return show(made, 201);
}

void Bank::accept(Payment& payment) {
    payment.status = Status::accepted;
    payment.auth_code = desk_.letters(6);
    if (payment.is_capturing) payment.captured_minor = payment.amount_minor;
    Movement movement;
    movement.provider = "bank_simulator";
    movement.reference = payment.reference;
    movement.type = payment.is_capturing ? "purchase" : "authorize";
    movement.amount_minor = payment.amount_minor;
    movement.currency = payment.currency;
    movement.provider_id = payment.id;
    desk_.move(std::move(movement));
    save(payment);
}

Answer Bank::confirm(Payment& payment) {
    if (payment.status == Status::pending) accept(payment);
    return show(payment, 200);
}

Answer Bank::operate(Payment& payment, std::string_view type, const json::Value& body) {
    const std::string reference = text_of(body, "reference");
    if (!is_reference(reference)) return refuse(422, "invalid_reference", "1 to 64 characters.", "reference");
    const std::string content =
        desk_.fingerprint(payment.id + "/" + std::string{type} + "/" + json::to_canonical_text(body));
    if (const auto known = operations_.find(reference); known != operations_.end())
        return known->second.content == content ? show(known->second, 200) : reused();
    if (payment.status != Status::accepted) return refuse(409, "not_accepted", "The payment was not accepted.");

    const std::int64_t uncaptured = payment.amount_minor - payment.captured_minor - payment.voided_minor;
    const bool is_refund = type == "refund";
    const bool is_void = type == "void";
    const std::int64_t left = is_refund ? payment.captured_minor - payment.refunded_minor : uncaptured;
    if (!is_refund && payment.voided_minor > 0) return refuse(409, "already_voided", "The payment was voided.");
    const std::string asked = text_of(body, "amount");
    std::int64_t amount = left;
    if (!asked.empty() && !is_void) {
        const auto read = parse_amount(asked, Currency::of(payment.currency)->exponent());
        if (!read) return refuse(422, "invalid_amount", "Not a decimal amount of this currency.", "amount");
        if (*read <= 0) return refuse(422, "amount_not_positive", "Above zero.", "amount");
        amount = *read;
    }
    if (amount > left) {
        return refuse(422, is_refund ? "amount_exceeds_captured" : "amount_exceeds_authorized",
                      "More than what is left.", "amount");
    }
    if (left == 0) {
        return refuse(409,
                      is_refund ? "nothing_to_refund"
                      : is_void ? "nothing_to_void"
                                : "nothing_to_capture",
                      "Nothing is left.");
    }
    if (is_refund)
        payment.refunded_minor += amount;
    else if (is_void)
        payment.voided_minor += amount;
    else
        payment.captured_minor += amount;

    Operation operation;
    operation.id = numbered("bop_", ++last_operation_);
    operation.payment = payment.id;
    operation.type = type;
    operation.reference = reference;
    operation.content = content;
    operation.currency = payment.currency;
    operation.amount_minor = amount;
    operation.created_at = desk_.now.ms;

    Movement movement;
    movement.provider = "bank_simulator";
    movement.reference = reference;
    movement.type = is_void ? "cancel" : operation.type;
    movement.amount_minor = amount;
    movement.currency = payment.currency;
    movement.provider_id = operation.id;
    movement.parent_id = payment.id;
    movement.cancels = is_void ? "authorize" : "";
    desk_.move(std::move(movement));
    save(payment);
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::bank_operation, operation.id, Packer::pack(operation));
    return show(operations_.emplace(reference, std::move(operation)).first->second, 201);
}

Answer Bank::keep_card(const json::Value& body) {
    const std::string reference = text_of(body, "reference");
    if (!is_reference(reference)) return refuse(422, "invalid_reference", "1 to 64 characters.", "reference");
    const std::string content = desk_.fingerprint(json::to_canonical_text(body));
    if (const auto known = card_by_reference_.find(reference); known != card_by_reference_.end()) {
        const Card& card = cards_.at(known->second);
        return card.content == content ? show(card, 200) : reused();
    }
    if (auto fault = find_fault(body)) return *fault;
    Card card{"tok_" + desk_.letters(20), reference, content, account_of(desk_, body)};
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::bank_card, card.token, Packer::pack(card));
    card_by_reference_[reference] = card.token;
    return show(cards_.emplace(card.token, card).first->second, 201);
}

Answer Bank::show(const Payment& payment, int status) const {
    const Currency currency = *Currency::of(payment.currency);
    Answer answer;
    answer.status = status;
    json::Writer json{answer.body};
    json.open('{').field("id", payment.id).field("reference", payment.reference);
    json.field("status", status_text(payment.status)).field("auth_code", payment.auth_code);
    json.field("amount", to_major_text(payment.amount_minor, currency)).field("currency", payment.currency);
    json.field("captured_amount", to_major_text(payment.captured_minor, currency));
    json.field("refunded_amount", to_major_text(payment.refunded_minor, currency));
    json.field("voided_amount", to_major_text(payment.voided_minor, currency));
    json.field("code", code_of(payment.status)).field("reason", reason_of(payment.status));
    json.field("last4", payment.account.last4).field("brand", payment.account.type);
    json.field("created_at", Instant{payment.created_at}).close('}');
    return answer;
}

Answer Bank::show(const Operation& operation, int status) const {
    Answer answer;
    answer.status = status;
    json::Writer json{answer.body};
    json.open('{').field("id", operation.id).field("payment_id", operation.payment).field("type", operation.type);
    json.field("reference", operation.reference).field("status", "Accepted");
    json.field("amount", to_major_text(operation.amount_minor, *Currency::of(operation.currency)));
    json.field("currency", operation.currency).field("code", "00").field("reason", "Approved.");
    json.field("created_at", Instant{operation.created_at}).close('}');
    return answer;
}

Answer Bank::show(const Card& card, int status) const {
    Answer answer;
    answer.status = status;
    json::Writer json{answer.body};
    json.open('{').field("token", card.token).field("reference", card.reference).field("last4", card.account.last4);
    json.field("brand", card.account.type);
    if (card.account.expiry.size() == 7) {
        json.field("expiry_month", static_cast<int>(number_of("_" + card.account.expiry.substr(5))));
        json.field("expiry_year", static_cast<int>(number_of("_" + card.account.expiry.substr(0, 4))));
    }
    json.close('}');
    return answer;
}

void Bank::save(Payment& payment) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::bank_payment, payment.id, Packer::pack(payment));
}

}  // namespace florin::sandbox::bank
