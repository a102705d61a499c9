#include "classify.hpp"

#include <algorithm>
#include <charconv>

namespace florin::authorize_net {
namespace {

using payments::Answer;
using payments::DeclineClass;
using payments::Outcome;
using payments::StoredCard;

struct Rule {
    int first, last;  ///< A range of reason codes.
    Outcome outcome;
    DeclineClass decline = DeclineClass::none;
};

/// Reason codes that come with response codes 2 and 3. What is not here is `no_answer`.
///
/// Source: the provider's response code list.
constexpr Rule reason_rules[] = {
    // The bank's no. Insufficient funds has no code of its own.
    {2, 3, Outcome::declined, DeclineClass::soft},
    {4, 4, Outcome::declined, DeclineClass::hard},
    {6, 7, Outcome::declined, DeclineClass::invalid_card},
    {37, 37, Outcome::declined, DeclineClass::invalid_card},
    {315, 316, Outcome::declined, DeclineClass::invalid_card},
    {8, 8, Outcome::declined, DeclineClass::expired_card},
    {317, 317, Outcome::declined, DeclineClass::expired_card},
    {9, 10, Outcome::declined, DeclineClass::input},
    // Address or card code do not match: the payer can correct them. 127 is not here: there the gateway's own void
    // failed, so something may still be held.
    {27, 27, Outcome::declined, DeclineClass::input},
    {44, 45, Outcome::declined, DeclineClass::input},
    {65, 65, Outcome::declined, DeclineClass::input},
    {165, 165, Outcome::declined, DeclineClass::input},
    {41, 41, Outcome::declined, DeclineClass::fraud},
    {250, 251, Outcome::declined, DeclineClass::fraud},
    {254, 254, Outcome::declined, DeclineClass::fraud},
    // Authorized, but the gateway could not be told and will not settle it.
    {52, 52, Outcome::declined, DeclineClass::technical},
    {152, 152, Outcome::declined, DeclineClass::technical},
    // What we asked is wrong: amount, a blank field, the currency, the account's settings.
    {5, 5, Outcome::refused},
    {13, 13, Outcome::refused},
    {17, 17, Outcome::refused},
    {28, 28, Outcome::refused},
    {33, 33, Outcome::refused},
    {39, 39, Outcome::refused},
    {49, 49, Outcome::refused},
    // The original is in another state: unknown, captured to less, credited already.
    {15, 16, Outcome::refused},
    {319, 319, Outcome::refused},
    {47, 47, Outcome::refused},
    {50, 50, Outcome::not_settled},
    {54, 54, Outcome::not_settled},
    {51, 51, Outcome::refused},
    {55, 55, Outcome::refused},
    {327, 327, Outcome::refused},
    {901, 901, Outcome::not_sent},
    // 11 and 318, a duplicate, mean that an earlier copy of this request got there: the look-up
    // says what became of it (F9). 19–23, 25, 26, 57–63, 120–122, 180, 181, 261 mean "processing
    // error", before or after the bank: the same.
};

const Rule* rule_of(std::string_view code) {
    int number = 0;
    const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), number);
    if (error != std::errc{} || end != code.data() + code.size()) return nullptr;
    const auto* found = std::ranges::find_if(
        reason_rules, [number](const Rule& rule) { return rule.first <= number && number <= rule.last; });
    return found == std::end(reason_rules) ? nullptr : found;
}

/// Errors of the request as a whole: it was refused before anything was done.
constexpr std::string_view refused_requests[] = {
    "E00002", "E00003", "E00004", "E00013", "E00014", "E00015", "E00016",  // Input.
    "E00005", "E00006", "E00007", "E00008", "E00009", "E00010", "E00011",  // Credentials and permissions.
    "E00040", "E00042", "E00090", "E00091", "E00093",                      // The stored card.
    "E00105", "E00106", "E00113", "E00114", "E00115", "E00116",            // Profile in use, browser tokens.
};
constexpr std::string_view busy_requests[] = {"E00053", "E00104"};

Outcome outcome_of_request(std::string_view code) {
    if (std::ranges::find(refused_requests, code) != std::end(refused_requests)) return Outcome::refused;
    if (std::ranges::find(busy_requests, code) != std::end(busy_requests)) return Outcome::not_sent;
    return Outcome::no_answer;
}

bool is_transaction_id(std::string_view id) {
    return id.find_first_not_of("0") != std::string_view::npos &&
           std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; });
}

Answer without_verdict(Answer answer, std::string_view code, std::string_view message) {
    answer.outcome = Outcome::no_answer;
    answer.provider_code = code;
    answer.message = message;
    return answer;
}

/// Response code 1.
Answer classify_approval(Answer answer, const TransactionReply& reply, Operation operation, Currency currency) {
    if (reply.is_test) {
        answer.outcome = Outcome::refused;
        answer.provider_code = "test_mode";
        answer.message = "The provider's account is in test mode: the transaction was not made.";
        return answer;
    }
    if (!reply.envelope.is_ok() || !reply.errors.empty() || !is_transaction_id(reply.transaction_id))
        return without_verdict(std::move(answer), "contradictory_reply", "The provider's answer contradicts itself.");
    const auto has_message = [&](std::string_view code) {
        return std::ranges::any_of(reply.messages, [&](const Reason& reason) { return reason.code == code; });
    };
    // Voided already: what this one wanted is so. Captured already may have been for another amount.
    if (has_message("310") && operation != Operation::cancel)
        return without_verdict(std::move(answer), "310", "The transaction has already been voided.");
    if (has_message("311"))
        return without_verdict(std::move(answer), "311", "The transaction has already been captured.");
    if (has_message("295") && reply.approved_amount.empty())
        return without_verdict(std::move(answer), "295", "Approved for a part that the answer does not name.");
    if (!reply.approved_amount.empty()) {
        answer.amount = read_amount(reply.approved_amount, currency);
        if (!answer.amount)
            return without_verdict(std::move(answer), "unreadable_amount", "The approved amount is unreadable.");
    }
    answer.outcome = Outcome::approved;
    if (reply.profile) answer.stored_token = to_token(*reply.profile);
    return answer;
}

}  // namespace

Answer classify(const TransactionReply& reply, Operation operation, std::string_view reference, Currency currency) {
    Answer answer;
    if (is_transaction_id(reply.transaction_id)) answer.provider_id = reply.transaction_id;
    answer.auth_code = reply.auth_code;
    answer.avs = reply.avs;
    answer.cvv = reply.cvv;
    const Reason& reason = !reply.errors.empty()     ? reply.errors[0]
                           : !reply.messages.empty() ? reply.messages[0]
                                                     : reply.envelope.reason;
    answer.provider_code = reason.code;
    answer.message = reason.text;

    if (!reply.reference.empty() && reply.reference != reference)
        return without_verdict(std::move(answer), "foreign_reply", "The provider answered another request.");
    // A part may come as held, because the rest is to be paid with another card. We take no other card for it.
    const bool is_named_part = reason.code == "295" && !reply.approved_amount.empty();
    if (reply.response_code == "1" || (reply.response_code == "4" && is_named_part))
        return classify_approval(std::move(answer), reply, operation, currency);
    if (reply.response_code == "4") {
        answer.outcome = Outcome::pending;
        return answer;
    }
    if (reply.response_code == "2" || reply.response_code == "3") {
        if (const Rule* rule = rule_of(reason.code)) {
            answer.outcome = rule->outcome;
            answer.decline = rule->decline;
        }
        // Only a refund waits for settlement, and what has an id was not left undone.
        if (answer.outcome == Outcome::not_settled && operation != Operation::refund) answer.outcome = Outcome::refused;
        if (answer.outcome == Outcome::not_sent && !answer.provider_id.empty()) answer.outcome = Outcome::no_answer;
        return answer;
    }
    // No transaction in it: the request as a whole was refused, or this is no answer at all.
    if (reply.response_code.empty() && answer.provider_id.empty() && reply.envelope.result_code == "Error") {
        answer.provider_code = reply.envelope.reason.code;
        answer.message = reply.envelope.reason.text;
        answer.outcome = outcome_of_request(answer.provider_code);
    }
    return answer;
}

DeclineClass decline_of(std::string_view reason_code) {
    const Rule* rule = rule_of(reason_code);
    return rule == nullptr ? DeclineClass::none : rule->decline;
}

StoredCard classify_stored(const ProfileReply& reply) {
    StoredCard stored;
    stored.provider_code = reply.envelope.reason.code;
    stored.message = reply.envelope.reason.text;
    if (reply.envelope.is_ok()) {
        if (reply.cards.size() != 1) return stored;
        const ProfileIds ids{reply.customer_profile_id, reply.cards[0].payment_profile_id};
        if (!parse_token(to_token(ids))) return stored;
        stored.outcome = Outcome::approved;
        stored.token = to_token(ids);
    } else if (reply.envelope.result_code == "Error") {
        // E00027: the card was tried and is not good.
        stored.outcome =
            stored.provider_code == "E00027" ? Outcome::declined : outcome_of_request(stored.provider_code);
    }
    return stored;
}

}  // namespace florin::authorize_net
