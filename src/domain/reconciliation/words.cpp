#include "florin/payments/reading.hpp"
#include "reconciliation_impl.hpp"

namespace florin::reconciliation {
namespace {

std::string amount_of(std::int64_t minor, Currency currency) {
    return to_major_text(minor, currency).append(" ").append(currency.code());
}

std::string day_of(Instant at) { return to_text(at).substr(0, 10); }

/// `2.00 EUR is missing`, `2.00 EUR was paid beyond that`.
std::string missing_of(const Difference& one) {
    if (!one.currency || one.missing_minor == 0) return "Nothing was booked for it.";
    if (one.missing_minor > 0) return amount_of(one.missing_minor, *one.currency) + " is missing.";
    return amount_of(-one.missing_minor, *one.currency) + " was paid beyond what our books expect.";
}

std::string name_of(const Settlement& settlement) {
    return "settlement " + settlement.provider_id + " of " + day_of(settlement.settled_at);
}

std::string operation_of(const Line& line, const payments::Transaction* transaction) {
    std::string name{transaction != nullptr ? to_text(transaction->type) : to_text(line.kind)};
    if (transaction != nullptr) return name + " " + transaction->reference_number;
    if (!line.reference.empty()) name += " with our reference " + line.reference;
    if (!line.operation_id.empty()) name += " with its id " + line.operation_id;
    if (!line.description.empty()) name += " (" + line.description + ")";
    return name;
}

std::string message_of_line(Reader& reader, const Difference& one, const Settlement& settlement) {
    const auto line = rows::find_line(reader, one.merchant, *one.line);
    if (!line) return {};
    const auto known = line->payment ? payments::find_details(reader, line->merchant, *line->payment)
                                     : std::optional<payments::PaymentDetails>{};
    const payments::Transaction* transaction = nullptr;
    if (known)
        for (const payments::Transaction& each : known->transactions)
            if (line->transaction == each.id) transaction = &each;
    const Currency currency = line->gross.currency();
    std::string text = one.connector + " settled " + amount_of(line->gross.minor(), currency) + " for the " +
                       operation_of(*line, transaction) + " in " + name_of(settlement) + ". ";
    if (transaction == nullptr) {
        text += known ? "Our books know the payment, and no such operation of it. " : "Our books know nothing of it. ";
        return text + missing_of(one);
    }
    const std::string ours = amount_of(payments::cleared_minor(*transaction), transaction->amount.currency());
    switch (one.kind) {
        case Finding::amount_differs:
            text += "Our books say " + ours + ". ";
            break;
        case Finding::currency_differs:
            text += "Our books say " + ours + ", another currency: what that is worth, a person has to say. ";
            break;
        case Finding::not_approved:
            text += "Our books say that this operation is " + std::string{to_text(transaction->status)};
            if (transaction->type == payments::TransactionType::authorize) text += " and was never captured";
            text += ": no money should have moved. ";
            break;
        case Finding::open:
            text += "Our books do not know its outcome yet; the provider is asked again. ";
            break;
        case Finding::settled_twice:
            text += "It was settled before, or was found to have been paid elsewhere. ";
            break;
        case Finding::matched:
        case Finding::unknown_operation:
        case Finding::total_differs:
        case Finding::failed:
        case Finding::not_settled:
            break;
    }
    return text + missing_of(one);
}

std::string message_of_payment(Reader& reader, const Difference& one) {
    const auto known = payments::find_details(reader, one.merchant, *one.payment);
    if (!known) return {};
    const payments::Payment& payment = known->payment;
    const Currency currency = payment.amount.currency();
    const Settled settled = rows::settled_of(reader, one.merchant, *one.payment);
    std::string text = "Of payment " + payment.id.text() + " of " + day_of(payment.created_at) + " " +
                       amount_of(payment.captured_minor, currency) + " was captured";
    if (payment.refunded_minor != 0) text += ", " + amount_of(payment.refunded_minor, currency) + " refunded";
    if (payment.charged_back_minor != 0)
        text += ", " + amount_of(payment.charged_back_minor, currency) + " charged back";
    text += "; " + one.connector + " has settled " + amount_of(settled.expected_minor, currency) + " of that so far. ";
    if (one.missing_minor > 0)
        return text + amount_of(one.missing_minor, currency) + " should have been paid out by now.";
    return text + amount_of(-one.missing_minor, currency) + " should have been taken off a payout by now.";
}

}  // namespace

std::string message_of(Reader& reader, const Difference& one) {
    if (one.kind == Finding::not_settled) return message_of_payment(reader, one);
    std::optional<Settlement> settlement;
    if (one.line) {
        const auto share = rows::find_share(reader, one.merchant, *one.settlement);
        if (share) settlement = rows::find_settlement(reader, share->account_merchant, *one.settlement);
    } else {
        settlement = rows::find_settlement(reader, one.merchant, *one.settlement);
    }
    if (!settlement) return {};
    if (one.line) return message_of_line(reader, one, *settlement);
    const std::int64_t of_lines = settlement->gross_minor - settlement->fee_minor;
    const std::string lines =
        settlement->lines == 1 ? "its line comes to " : "its " + std::to_string(settlement->lines) + " lines come to ";
    if (one.kind == Finding::total_differs)
        return one.connector + " paid " + amount_of(settlement->total_minor.value_or(of_lines), *settlement->currency) +
               " in " + name_of(*settlement) + ", and " + lines + amount_of(of_lines, *settlement->currency) + ". " +
               missing_of(one);
    std::string text = one.connector + " could not pay " + name_of(*settlement);
    if (settlement->total_minor) text += " of " + amount_of(*settlement->total_minor, *settlement->currency);
    text += settlement->lines == 0 ? ". What it is for counts as not settled. "
                                   : ". Its payments count as settled, and the money for them has not come. ";
    return text + missing_of(one);
}

}  // namespace florin::reconciliation
