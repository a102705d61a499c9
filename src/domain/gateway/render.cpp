#include "render.hpp"

#include <optional>
#include <utility>

#include "bodies.hpp"
#include "florin/json/writer.hpp"

namespace florin::gateway {
namespace {

using payments::DeclineClass;
using payments::Payment;
using payments::PaymentState;
using payments::Transaction;
using payments::TransactionStatus;

struct Failure {
    std::optional<std::string> code, reason;
};
Failure failure_of(const Transaction& transaction) {
    if (transaction.status != TransactionStatus::declined && transaction.status != TransactionStatus::failed) return {};
    return {transaction.provider_code.empty() ? std::string{"declined"} : transaction.provider_code,
            transaction.message.empty() ? std::string{"The payment was not accepted."} : transaction.message};
}

/// `50` for fifty, `12.50` for twelve and a half: without decimals where they are all zero.
std::string number_of(Money amount) {
    std::string text = to_major_text(amount);
    if (const std::size_t point = text.find('.'); point != std::string::npos)
        if (text.find_first_not_of('0', point + 1) == std::string::npos) text.resize(point);
    return text;
}

}  // namespace

std::string_view status_word(PaymentState state, DeclineClass decline) {
    switch (state) {
        case PaymentState::created:
            return "Created";
        case PaymentState::processing:
        case PaymentState::unknown:
        case PaymentState::requires_action:
        case PaymentState::pending:
        case PaymentState::quarantined:
        case PaymentState::authorized:
            return "Pending";
        case PaymentState::captured:
            return "Accepted";
        case PaymentState::declined:
            return decline == DeclineClass::insufficient_funds ? "InsufficientFunds" : "Declined";
        case PaymentState::failed:
        case PaymentState::canceled:
        case PaymentState::expired:
            break;
    }
    return "Failed";
}

std::string made_text(const Payment& payment, const Transaction& transaction) {
    Failure failure = failure_of(transaction);
    const MadeView view{.status = status_word(payment.state, transaction.decline),
                        .failCode = std::move(failure.code),
                        .failReason = std::move(failure.reason)};
    return json::to_text(view);
}

std::string shown_text(const payments::PaymentDetails& found, std::string_view details) {
    const Payment& payment = found.payment;
    // An attempt that never left leaves its row, and the payment as if it had not been made.
    const bool is_made = payment.state != PaymentState::created && !found.transactions.empty();
    std::string text;
    json::Writer json{text};
    json.open('{');
    if (is_made) {
        json.field("cardNumber", "************" + payment.card.last4)
            .field("expiryYear", payment.card.expiry_year)
            .field("expiryMonth", payment.card.expiry_month)
            .field("currency", payment.amount.code())
            .raw_field("amount", number_of(payment.amount));
    }
    json.field("status", status_word(payment.state, is_made ? found.transactions.front().decline : DeclineClass::none));
    if (is_made && details.size() > 2) json.raw(details.substr(1, details.size() - 2));
    json.field("creationTimestampSeconds", payment.created_at.ms / 1000);
    if (is_made) {
        const Failure failure = failure_of(found.transactions.front());
        json.field("failCode", failure.code).field("failReason", failure.reason);
    }
    json.close('}');
    return text;
}

const ShownSchema shown_schema{"GatewayPayment", R"json({"type":"object",
"description":"A payment. Until it is made it has a status and a creation time only.","properties":{
"cardNumber":{"type":"string","description":"Twelve asterisks and the last four digits.","examples":["************1543"]},
"expiryYear":{"type":"integer","examples":[2030]},
"expiryMonth":{"type":"integer","minimum":1,"maximum":12,"examples":[12]},
"currency":{"type":"string","description":"ISO 4217.","examples":["GBP"]},
"amount":{"type":"number","description":"Major units.","examples":[50]},
"status":{"type":"string","enum":["Created","Pending","Accepted","Declined","InsufficientFunds","Failed"]},
"cardName":{"type":"string","examples":["OmarElmohandes"]},
"billingAddress":{"type":"string","examples":["77Merenda"]},
"creationTimestampSeconds":{"type":"integer","description":"Unix seconds.","examples":[1641845321]},
"failCode":{"type":"string","description":"Only when it was not accepted."},
"failReason":{"type":"string","description":"Only when it was not accepted."}},
"required":["status","creationTimestampSeconds"]})json"};

Error in_our_words(Error error) {
    constexpr std::pair<std::string_view, std::string_view> fields[] = {
        {"card.number", "cardNumber"}, {"card.expiry_month", "expiryMonth"}, {"card.expiry_year", "expiryYear"},
        {"card.cvv", "cvv"},           {"Idempotency-Key", "paymentId"},
    };
    for (const auto& [theirs, ours] : fields) {
        if (error.field != theirs) continue;
        error.field = ours;
        break;
    }
    // Whoever calls us sent no such key.
    if (error.code == "idempotency_key_reused")
        error.message = "This payment was made with other data. Make a new payment id for another payment.";
    if (error.code == "request_in_progress") {
        error.message = "This payment is being made right now. Repeat the request in a second.";
        error.field = "paymentId";
    }
    return error;
}

}  // namespace florin::gateway
