#include "classify.hpp"

#include <algorithm>

namespace florin::chargebee {
namespace {

using payments::Answer;
using payments::DeclineClass;
using payments::Outcome;

struct Rule {
    std::string_view words;
    DeclineClass decline;
};

/// Codes of Chargebee's own test gateway. Others have codes of theirs, so what they have in common decides: words.
constexpr Rule code_rules[] = {{"3001", DeclineClass::insufficient_funds}, {"3009", DeclineClass::soft}};
constexpr Rule text_rules[] = {
    {"insufficient", DeclineClass::insufficient_funds},
    {"not sufficient", DeclineClass::insufficient_funds},
    {"exceeds", DeclineClass::insufficient_funds},
    {"fraud", DeclineClass::fraud},
    {"suspected", DeclineClass::fraud},
    {"stolen", DeclineClass::hard},
    {"lost card", DeclineClass::hard},
    {"pick up", DeclineClass::hard},
    {"pickup", DeclineClass::hard},
    {"restricted", DeclineClass::hard},
    {"not permitted", DeclineClass::hard},
    {"not allowed", DeclineClass::hard},
    {"closed", DeclineClass::hard},
    {"expired", DeclineClass::expired_card},
    {"cvv", DeclineClass::input},
    {"cvc", DeclineClass::input},
    {"security code", DeclineClass::input},
    {"invalid card", DeclineClass::invalid_card},
    {"card number", DeclineClass::invalid_card},
    {"no such issuer", DeclineClass::invalid_card},
    {"processing error", DeclineClass::technical},
    {"timed out", DeclineClass::technical},
};

std::string lower(std::string_view text) {
    std::string changed{text};
    for (char& c : changed)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return changed;
}

/// The gateway's code in a message such as `Reason: (3001) Insufficient funds.`
std::string code_in(std::string_view message) {
    const std::size_t open = message.find('(');
    const std::size_t close = message.find(')', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    const std::string_view code = message.substr(open + 1, close - open - 1);
    const bool is_number =
        !code.empty() && code.size() <= 8 && std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; });
    return is_number ? std::string{code} : std::string{};
}

Answer declined(Answer answer, std::string code, std::string message) {
    answer.outcome = Outcome::declined;
    answer.decline = decline_of(code, message);
    answer.provider_code = std::move(code);
    answer.message = std::move(message);
    return answer;
}

/// Approved for exactly what the provider says, in the currency that it says.
Answer approved(Answer answer, std::optional<std::int64_t> amount, std::string_view currency) {
    if (const auto known = Currency::of(currency); known && amount)
        if (const auto money = Money::of(*amount, *known)) answer.amount = *money;
    if (!answer.amount || !answer.amount->is_positive()) {
        answer.is_undecided = true;
        answer.provider_code = "unreadable_amount";
        answer.message = "The provider does not say how much.";
        return answer;
    }
    answer.outcome = Outcome::approved;
    return answer;
}

bool has_failed(std::string_view status) {
    return status == "failure" || status == "voided" || status == "late_failure";
}

/// Whether a payment may still turn out either way, and what to say then.
std::optional<Answer> judge_open(const LinkedTransaction& one) {
    Answer answer;
    answer.provider_id = one.id;
    answer.provider_code = one.status;
    if (one.status == "in_progress") {
        answer.outcome = Outcome::pending;
        return answer;
    }
    if (one.status == "success" || has_failed(one.status)) return std::nullopt;
    // Chargebee itself does not know: of a time-out it learns more, of the rest a person has to.
    answer.is_undecided = one.status != "timeout";
    answer.message = "The status at the provider is " + one.status + ".";
    return answer;
}

}  // namespace

payments::Answer no_answer(std::string_view code, std::string_view message) {
    Answer answer;
    answer.provider_code = code;
    answer.message = message;
    return answer;
}

payments::Answer undecided(std::string_view code, std::string_view message) {
    Answer answer = no_answer(code, message);
    answer.is_undecided = true;
    return answer;
}

payments::Answer refused(std::string_view code, std::string_view message) {
    Answer answer = no_answer(code, message);
    answer.outcome = Outcome::refused;
    return answer;
}

DeclineClass decline_of(std::string_view code, std::string_view text) {
    if (const auto* rule = std::ranges::find(code_rules, code, &Rule::words); rule != std::end(code_rules))
        return rule->decline;
    const std::string words = lower(text);
    const auto* rule =
        std::ranges::find_if(text_rules, [&](const Rule& each) { return words.find(each.words) != std::string::npos; });
    return rule == std::end(text_rules) ? DeclineClass::soft : rule->decline;
}

Answer classify_refusal(const Reply& reply) {
    const auto problem = read_problem(reply.body);
    if (!problem) return no_answer("http_" + std::to_string(reply.status), "The provider's answer was not understood.");
    Answer answer = no_answer(problem->code, problem->message);
    switch (reply.status) {
        case 400:
            if (problem->type == "payment") {
                const std::string code = code_in(problem->message);
                return declined(std::move(answer), code.empty() ? problem->code : code, problem->message);
            }
            [[fallthrough]];
        case 401:
        case 403:
        case 404:
        case 405:
        case 409:
            answer.outcome = Outcome::refused;
            break;
        case 429:
            // A resource in use may be in use by another copy of this very request.
            if (problem->code == "api_request_limit_exceeded") answer.outcome = Outcome::not_sent;
            break;
        default:
            break;
    }
    return answer;
}

Answer judge_charge(const Invoice& invoice, std::string_view reference) {
    if (invoice.po_number != reference) return undecided("foreign_reference", "The invoice carries another reference.");
    Answer answer;
    const LinkedTransaction* paid = nullptr;
    for (const LinkedTransaction& each : invoice.payments) {
        if (each.status != "success") continue;
        if (paid != nullptr)
            return undecided("several_transactions", "More than one payment was taken for this reference.");
        paid = &each;
    }
    for (const LinkedTransaction& each : invoice.payments)
        if (auto open = judge_open(each)) return std::move(*open);
    if (paid != nullptr) {
        answer.provider_id = paid->id;
        return approved(std::move(answer), paid->amount, invoice.currency);
    }
    answer.outcome = Outcome::not_found;
    return answer;
}

Answer judge_voided(const std::vector<Transaction>& payments) {
    const Transaction* failed = nullptr;
    for (const Transaction& each : payments)
        if (has_failed(each.status)) failed = &each;
    if (failed == nullptr) return refused("never_collected", "The provider never tried the card.");
    Answer answer;
    answer.provider_id = failed->id;
    answer.payer_last4 = failed->last4;
    return declined(std::move(answer), failed->error_code.empty() ? failed->status : failed->error_code,
                    failed->error_text);
}

bool names(const CreditNote& note, std::string_view reference) {
    return std::ranges::find(note.notes, reference) != note.notes.end();
}

Answer judge_refund(const CreditNote& note) {
    if (note.refunds.size() != 1)
        return undecided("unexpected_refund", "The provider shows no single refund for the credit note.");
    const LinkedTransaction& refund = note.refunds.front();
    if (auto open = judge_open(refund)) return std::move(*open);
    Answer answer;
    answer.provider_id = refund.id;
    if (refund.status == "success") return approved(std::move(answer), refund.amount, note.currency);
    answer.outcome = Outcome::declined;
    answer.decline = DeclineClass::technical;
    answer.provider_code = refund.status;
    answer.message = "The refund failed at the provider.";
    return answer;
}

}  // namespace florin::chargebee
