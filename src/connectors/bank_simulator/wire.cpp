#include "wire.hpp"

#include <algorithm>

#include "florin/json/clean.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"

namespace florin::bank_simulator {
namespace {

using json::Kind;
using json::Value;
using payments::Answer;
using payments::BillingAddress;
using payments::Card;
using payments::DeclineClass;
using payments::Outcome;
using payments::StoredCard;

/// Longer is none of the bank's texts.
constexpr std::size_t longest_text = 255;

std::string text(const Value& object, std::string_view name) {
    const Value* found = object.kind() == Kind::object ? object.find(name) : nullptr;
    if (found == nullptr || (found->kind() != Kind::string && found->kind() != Kind::number)) return {};
    return json::clean_text(found->text(), longest_text);
}

/// A text that is none would make the answer unreadable however often it is looked up.
Result<Value> parse_reply(std::string_view body) {
    auto reply = json::parse(body);
    if (!reply && reply.error().code == "malformed_json") reply = json::parse(json::clean_text(body));
    return reply;
}

void write_card(json::Writer& json, const Card& card) {
    json.field("number", card.number.expose());
    json.field("expiry_month", card.expiry_month).field("expiry_year", card.expiry_year);
    if (!card.cvv.is_empty()) json.field("cvv", card.cvv.expose());
    if (!card.name.empty()) json.field("name", card.name);
}

/// Document C has one line for the whole address.
std::string one_line(const BillingAddress& billing) {
    std::string line;
    for (const std::string* part : {&billing.first_name, &billing.last_name, &billing.company, &billing.address,
                                    &billing.city, &billing.state, &billing.zip, &billing.country}) {
        if (part->empty()) continue;
        if (!line.empty()) line.append(", ");
        line.append(*part);
    }
    return line;
}

/// What a reply other than the wanted object says: 4xx with a code is a definite no, 404 is "not there", everything
/// else says nothing.
void read_refusal(int status, const Value& reply, Outcome& outcome, std::string& code, std::string& message) {
    code = text(reply, "code");
    message = text(reply, "reason");
    if (status == 404 && code.starts_with("unknown_")) outcome = Outcome::not_found;
    if ((status == 409 || status == 422) && !code.empty()) outcome = Outcome::refused;
}

Answer unreadable(std::string_view code) {
    Answer answer;
    answer.provider_code = code;
    answer.message = "The bank's answer was not understood.";
    return answer;
}

std::string http_code(int status) { return "http_" + std::to_string(status); }

}  // namespace

std::string payment_body(const payments::Charge& charge, bool is_captured) {
    std::string body;
    body.reserve(body_capacity);
    json::Writer json{body};
    json.open('{').field("reference", charge.reference).field("amount", to_major_text(charge.amount));
    json.field("currency", charge.amount.currency().code()).field("capture", is_captured);
    if (charge.card != nullptr) {
        json.key("card").open('{');
        write_card(json, *charge.card);
        json.close('}');
    } else {
        json.field("token", charge.token);
    }
    if (const std::string address = one_line(charge.billing); !address.empty()) json.field("billing_address", address);
    json.close('}');
    return body;
}

std::string operation_body(std::string_view reference, std::optional<Money> amount) {
    std::string body;
    json::Writer json{body};
    json.open('{').field("reference", reference);
    if (amount) json.field("amount", to_major_text(*amount));
    json.close('}');
    return body;
}

std::string card_body(const Card& card, std::string_view reference) {
    std::string body;
    body.reserve(body_capacity);
    json::Writer json{body};
    json.open('{').field("reference", reference);
    write_card(json, card);
    json.close('}');
    return body;
}

Answer read_payment(int status, std::string_view body, std::string_view reference, Currency currency) {
    const auto reply = parse_reply(body);
    if (!reply) return unreadable("unreadable_reply");
    Answer answer;
    if (status != 200 && status != 201) {
        answer.provider_code = http_code(status);
        read_refusal(status, *reply, answer.outcome, answer.provider_code, answer.message);
        return answer;
    }
    answer.provider_id = text(*reply, "id");
    answer.auth_code = text(*reply, "auth_code");
    answer.provider_code = text(*reply, "code");
    answer.message = text(*reply, "reason");
    if (text(*reply, "reference") != reference || answer.provider_id.empty()) return unreadable("foreign_reply");
    const std::string bank_status = text(*reply, "status");
    if (bank_status == "Accepted") {
        const auto amount = parse_major(text(*reply, "amount"), currency);
        if (!amount || text(*reply, "currency") != currency.code()) return unreadable("unreadable_amount");
        answer.outcome = Outcome::approved;
        answer.amount = *amount;
    } else if (bank_status == "Pending") {
        answer.outcome = Outcome::pending;
    } else if (bank_status == "Declined" || bank_status == "InsufficientFunds") {
        answer.outcome = Outcome::declined;
        answer.decline = bank_status == "Declined" ? DeclineClass::soft : DeclineClass::insufficient_funds;
    }
    return answer;
}

Answer read_operation(int status, std::string_view body, std::string_view reference, std::string_view type,
                      Currency currency) {
    const auto reply = parse_reply(body);
    if (!reply) return unreadable("unreadable_reply");
    Answer answer;
    if (status != 200 && status != 201) {
        answer.provider_code = http_code(status);
        read_refusal(status, *reply, answer.outcome, answer.provider_code, answer.message);
        return answer;
    }
    // What a later refund of this capture refers to: the bank refunds payments, not captures.
    answer.provider_id = text(*reply, "payment_id");
    answer.provider_code = text(*reply, "code");
    answer.message = text(*reply, "reason");
    if (text(*reply, "reference") != reference || text(*reply, "type") != type || answer.provider_id.empty())
        return unreadable("foreign_reply");
    if (text(*reply, "status") != "Accepted") return answer;
    const auto amount = parse_major(text(*reply, "amount"), currency);
    if (!amount || text(*reply, "currency") != currency.code()) return unreadable("unreadable_amount");
    answer.outcome = Outcome::approved;
    answer.amount = *amount;
    return answer;
}

StoredCard read_card(int status, std::string_view body, std::string_view reference) {
    StoredCard stored;
    stored.provider_code = "unreadable_reply";
    const auto reply = parse_reply(body);
    if (!reply) return stored;
    if (status != 200 && status != 201) {
        stored.provider_code = http_code(status);
        read_refusal(status, *reply, stored.outcome, stored.provider_code, stored.message);
        return stored;
    }
    stored.token = text(*reply, "token");
    if (stored.token.empty() || text(*reply, "reference") != reference) {
        stored.token.clear();
        return stored;
    }
    stored.outcome = Outcome::approved;
    stored.provider_code.clear();
    return stored;
}

}  // namespace florin::bank_simulator
