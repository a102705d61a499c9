#include "classify.hpp"

#include <algorithm>

#include "amount.hpp"

namespace florin::stripe {
namespace {

using payments::Answer;
using payments::DeclineClass;
using payments::Outcome;

struct DeclineRule {
    std::string_view code;
    DeclineClass decline;
};

/// By `decline_code` and, for those that have none of their own, by `code`. A decline that is not here is soft: it is a
/// definite no all the same.
///
/// Source: Stripe's tables of decline codes and of error codes.
constexpr DeclineRule decline_rules[] = {
    {"insufficient_funds", DeclineClass::insufficient_funds},
    {"withdrawal_count_limit_exceeded", DeclineClass::insufficient_funds},
    {"card_velocity_exceeded", DeclineClass::insufficient_funds},
    {"generic_decline", DeclineClass::soft},
    {"do_not_honor", DeclineClass::soft},
    {"call_issuer", DeclineClass::soft},
    {"no_action_taken", DeclineClass::soft},
    {"approve_with_id", DeclineClass::soft},
    {"try_again_later", DeclineClass::soft},
    {"reenter_transaction", DeclineClass::soft},
    {"duplicate_transaction", DeclineClass::soft},
    {"invalid_amount", DeclineClass::soft},
    // The payer's bank wants to ask the payer.
    {"authentication_required", DeclineClass::soft},
    {"authentication_not_handled", DeclineClass::soft},
    {"payment_intent_authentication_failure", DeclineClass::soft},
    {"issuer_not_available", DeclineClass::technical},
    {"processing_error", DeclineClass::technical},
    {"lost_card", DeclineClass::hard},
    {"stolen_card", DeclineClass::hard},
    {"pickup_card", DeclineClass::hard},
    {"restricted_card", DeclineClass::hard},
    {"transaction_not_allowed", DeclineClass::hard},
    {"not_permitted", DeclineClass::hard},
    {"service_not_allowed", DeclineClass::hard},
    {"card_not_supported", DeclineClass::hard},
    {"currency_not_supported", DeclineClass::hard},
    {"revocation_of_authorization", DeclineClass::hard},
    {"revocation_of_all_authorizations", DeclineClass::hard},
    {"stop_payment_order", DeclineClass::hard},
    {"security_violation", DeclineClass::hard},
    {"pin_try_exceeded", DeclineClass::hard},
    {"fraudulent", DeclineClass::fraud},
    {"merchant_blacklist", DeclineClass::fraud},
    {"expired_card", DeclineClass::expired_card},
    {"incorrect_number", DeclineClass::invalid_card},
    {"invalid_number", DeclineClass::invalid_card},
    {"invalid_account", DeclineClass::invalid_card},
    {"new_account_information_available", DeclineClass::invalid_card},
    {"testmode_decline", DeclineClass::invalid_card},
    {"incorrect_cvc", DeclineClass::input},
    {"invalid_cvc", DeclineClass::input},
    {"incorrect_zip", DeclineClass::input},
    {"incorrect_address", DeclineClass::input},
    {"incorrect_pin", DeclineClass::input},
    {"invalid_pin", DeclineClass::input},
    {"invalid_expiry_month", DeclineClass::input},
    {"invalid_expiry_year", DeclineClass::input},
    // Of bank debits.
    {"account_closed", DeclineClass::hard},
    {"no_account", DeclineClass::hard},
    {"debit_not_authorized", DeclineClass::hard},
    {"bank_account_restricted", DeclineClass::hard},
    {"bank_ownership_changed", DeclineClass::hard},
    {"recipient_deceased", DeclineClass::hard},
    {"invalid_account_number", DeclineClass::input},
    {"incorrect_account_holder_name", DeclineClass::input},
    {"invalid_currency", DeclineClass::hard},
    {"charge_exceeds_source_limit", DeclineClass::soft},
    {"charge_exceeds_weekly_limit", DeclineClass::soft},
    {"charge_exceeds_transaction_limit", DeclineClass::soft},
    {"generic_could_not_process", DeclineClass::soft},
    {"payment_method_microdeposit_verification_attempts_exceeded", DeclineClass::input},
    {"payment_method_microdeposit_verification_timeout", DeclineClass::soft},
    {"payment_method_microdeposit_failed", DeclineClass::input},
    // Of disputes.
    {"bank_cannot_process", DeclineClass::technical},
    {"check_returned", DeclineClass::soft},
    {"general", DeclineClass::soft},
};

const DeclineRule* rule_of(std::string_view code) {
    const auto* found = std::ranges::find(decline_rules, code, &DeclineRule::code);
    return found == std::end(decline_rules) ? nullptr : found;
}

std::string_view code_of(const Problem& problem) {
    return !problem.decline_code.empty() ? problem.decline_code : !problem.code.empty() ? problem.code : problem.type;
}

Answer declined(Answer answer, const Problem& problem) {
    answer.outcome = Outcome::declined;
    answer.decline = decline_of(problem);
    answer.provider_code = code_of(problem);
    answer.message = problem.message;
    return answer;
}

Answer answer_of(const Intent& intent) {
    Answer answer;
    answer.provider_id = intent.id;
    answer.provider_code = intent.status;
    if (intent.charge) {
        answer.auth_code = intent.charge->auth_code;
        answer.avs = intent.charge->postal_code_check;
        answer.cvv = intent.charge->cvc_check;
        answer.payer_last4 = intent.charge->bank_last4;
    }
    return answer;
}

Answer undecided(Answer answer, std::string_view code, std::string_view message) {
    answer.outcome = Outcome::no_answer;
    answer.is_undecided = true;
    answer.provider_code = code;
    answer.message = message;
    return answer;
}

Answer unexpected_status(Answer answer, std::string_view status) {
    return undecided(std::move(answer), "unexpected_status",
                     "The status at the provider is " + std::string{status} + ".");
}

std::optional<Money> amount_of(std::optional<std::int64_t> amount, std::string_view currency) {
    std::string code{currency};
    std::ranges::transform(code, code.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    const auto known = Currency::of(code);
    const auto money = known && amount ? from_wire(*amount, *known) : std::nullopt;
    return money && money->is_positive() ? money : std::nullopt;
}

/// Approved for exactly what the provider says, in the currency that it says.
Answer approved(Answer answer, std::optional<std::int64_t> amount, std::string_view currency) {
    answer.amount = amount_of(amount, currency);
    if (!answer.amount) return undecided(std::move(answer), "unreadable_amount", "The provider does not say how much.");
    answer.outcome = Outcome::approved;
    answer.provider_code.clear();
    return answer;
}

Answer ended(Answer answer) {
    answer.outcome = Outcome::refused;
    answer.provider_code = "canceled";
    answer.message = "The payment has been canceled at the provider.";
    return answer;
}

}  // namespace

payments::Answer no_answer(std::string_view code, std::string_view message) {
    Answer answer;
    answer.provider_code = code;
    answer.message = message;
    return answer;
}

payments::Answer refused(std::string_view code, std::string_view message) {
    Answer answer;
    answer.outcome = Outcome::refused;
    answer.provider_code = code;
    answer.message = message;
    return answer;
}

DeclineClass decline_of(const Problem& problem) {
    const DeclineRule* rule = rule_of(problem.decline_code);
    if (rule == nullptr) rule = rule_of(problem.code);
    const DeclineClass decline = rule == nullptr ? DeclineClass::soft : rule->decline;
    // The network's own advice: the same card will not do.
    if (decline == DeclineClass::soft && problem.advice_code == "do_not_try_again") return DeclineClass::hard;
    return decline;
}

Answer classify_refusal(const Reply& reply) {
    Answer answer;
    const auto problem = read_problem(reply.body);
    if (!problem) {
        answer.provider_code = "http_" + std::to_string(reply.status);
        answer.message = "The provider's answer was not understood.";
        return answer;
    }
    answer.provider_code = code_of(*problem);
    answer.message = problem->message;
    // A declined charge leaves its intent behind.
    if (const auto intent = read_intent_of_problem(reply.body)) answer.provider_id = intent->id;
    const bool is_of_request = problem->type == "invalid_request_error" || problem->type == "authentication_error";
    switch (reply.status) {
        case 402:
            if (problem->type == "card_error") return declined(std::move(answer), *problem);
            break;
        case 400:
        case 401:
        case 403:
        case 404:
            if (problem->type == "card_error") return declined(std::move(answer), *problem);
            if (problem->code == "lock_timeout")
                answer.outcome = Outcome::not_sent;
            else if (is_of_request && problem->code != "idempotency_key_in_use")
                answer.outcome = Outcome::refused;
            break;
        case 429:
            // Neither begun nor remembered.
            answer.outcome = Outcome::not_sent;
            break;
        default:
            break;
    }
    return answer;
}

bool is_left_open(const Intent& intent) {
    return intent.status == "requires_action" || intent.status == "requires_confirmation" ||
           (intent.status == "requires_payment_method" && !intent.last_error);
}

Answer judge_charge(const Intent& intent, payments::TransactionType type, std::string_view reference) {
    Answer answer = answer_of(intent);
    if (intent.reference != reference)
        return undecided(std::move(answer), "foreign_reference", "The payment carries another reference.");
    const bool is_authorize = type == payments::TransactionType::authorize;
    if (intent.status == "succeeded" && !is_authorize)
        return approved(std::move(answer), intent.received, intent.currency);
    // Captured since: what was held is what the charge was made for.
    if (intent.status == "succeeded")
        return approved(std::move(answer), intent.charge ? intent.charge->amount : intent.amount, intent.currency);
    // A purchase that is only held is not what we asked for.
    if (intent.status == "requires_capture" && is_authorize)
        return approved(std::move(answer), intent.charge ? intent.charge->amount : intent.capturable, intent.currency);
    if (intent.status == "processing") {
        answer.outcome = Outcome::pending;
        return answer;
    }
    if (intent.status == "requires_action" && !intent.action_url.empty()) {
        answer.outcome = Outcome::pending;
        answer.action_url = intent.action_url;
        return answer;
    }
    // Its first confirmation is still running, or will never come: not ours to say.
    if (is_left_open(intent)) return answer;
    if (intent.last_error && (intent.status == "requires_payment_method" || intent.status == "canceled")) {
        Problem why = *intent.last_error;
        // A debit that failed later says why in its charge alone.
        if (why.decline_code.empty() && intent.charge && !intent.charge->failure_code.empty()) {
            why.decline_code = intent.charge->failure_code;
            if (!intent.charge->failure_message.empty()) why.message = intent.charge->failure_message;
        }
        return declined(std::move(answer), why);
    }
    if (intent.status == "canceled") return ended(std::move(answer));
    return unexpected_status(std::move(answer), intent.status);
}

Answer judge_charges(const std::vector<Intent>& found, payments::TransactionType type, std::string_view reference) {
    std::optional<Answer> live, dead;
    for (const Intent& intent : found) {
        Answer answer = judge_charge(intent, type, reference);
        if (answer.outcome == Outcome::declined || answer.outcome == Outcome::refused) {
            if (!dead) dead = std::move(answer);
        } else {
            if (live)
                return undecided(std::move(*live), "several_transactions",
                                 "More than one payment carries this reference.");
            live = std::move(answer);
        }
    }
    if (live) return std::move(*live);
    if (dead) return std::move(*dead);
    Answer nothing;
    nothing.outcome = Outcome::not_found;
    return nothing;
}

Answer judge_capture(const Intent& intent, std::string_view reference) {
    Answer answer = answer_of(intent);
    std::int64_t ours = 0;
    const Intent::Capture* found = nullptr;
    for (const Intent::Capture& capture : intent.captures) {
        // Each is at most what was received in the end, so far below what overflows.
        ours += std::min<std::int64_t>(capture.amount, Money::max_minor);
        if (capture.reference == reference) found = &capture;
    }
    const std::int64_t received = intent.received.value_or(0);
    if (found != nullptr) {
        if (ours > received)
            return undecided(std::move(answer), "amounts_disagree", "Less was received than was captured.");
        return approved(std::move(answer), found->amount, intent.currency);
    }
    if (intent.status == "requires_capture" || (intent.status == "succeeded" && received == ours)) {
        answer.outcome = Outcome::not_found;
        return answer;
    }
    if (intent.status == "canceled") return ended(std::move(answer));
    if (intent.status == "succeeded")
        return undecided(std::move(answer), "captured_elsewhere", "Somebody else captured it at the provider.");
    return unexpected_status(std::move(answer), intent.status);
}

Answer judge_cancel(const Intent& intent) {
    Answer answer = answer_of(intent);
    constexpr std::string_view others[] = {"requires_capture",      "succeeded",       "requires_payment_method",
                                           "requires_confirmation", "requires_action", "processing"};
    if (intent.status == "canceled") {
        answer.outcome = Outcome::approved;
        answer.provider_code.clear();
        return answer;
    }
    if (std::ranges::find(others, intent.status) == std::end(others))
        return unexpected_status(std::move(answer), intent.status);
    answer.outcome = Outcome::not_found;
    return answer;
}

Answer judge_refund(const Refund& refund, std::string_view reference, std::string_view intent) {
    Answer answer;
    answer.provider_id = refund.id;
    answer.provider_code = refund.status;
    if (refund.reference != reference || (!intent.empty() && refund.intent != intent))
        return undecided(std::move(answer), "foreign_reference", "The refund is another one.");
    if (refund.status == "succeeded") return approved(std::move(answer), refund.amount, refund.currency);
    if (refund.status == "pending" || refund.status == "requires_action") {
        answer.outcome = Outcome::pending;
        return answer;
    }
    if (refund.status == "failed") {
        answer.outcome = Outcome::declined;
        answer.decline = DeclineClass::technical;
        if (!refund.failure_reason.empty()) answer.provider_code = refund.failure_reason;
        answer.message = "The refund failed at the provider.";
        return answer;
    }
    if (refund.status == "canceled") return ended(std::move(answer));
    return unexpected_status(std::move(answer), refund.status);
}

bool take_share(std::vector<Dispute>& disputes, const Intent& intent, std::string_view reference) {
    auto captures = intent.captures;
    std::ranges::sort(captures, {}, &Intent::Capture::reference);
    std::int64_t before = 0;
    const auto ours = std::ranges::find_if(captures, [&](const Intent::Capture& capture) {
        const bool is_ours = capture.reference == reference;
        if (!is_ours) before += std::min<std::int64_t>(capture.amount, Money::max_minor);
        return is_ours;
    });
    if (ours == captures.end()) return false;
    std::erase_if(disputes, [&](const Dispute& dispute) { return dispute.amount && *dispute.amount <= before; });
    for (Dispute& dispute : disputes)
        if (dispute.amount) dispute.amount = std::min(*dispute.amount - before, ours->amount);
    return true;
}

Result<std::optional<payments::Reversal>> judge_dispute(const Dispute& dispute) {
    const std::string_view status = dispute.status;
    if (status.starts_with("warning_") || status == "prevented") return std::nullopt;
    const bool is_taken =
        status == "needs_response" || status == "under_review" || status == "lost" || status.starts_with("appeal_");
    const auto amount = amount_of(dispute.amount, dispute.currency);
    if ((!is_taken && status != "won") || !amount || dispute.id.empty())
        return fail(ErrorKind::outcome_unknown, "foreign_reply", "The provider's dispute was not understood.");
    const DeclineRule* rule = rule_of(dispute.reason);
    return payments::Reversal{.provider_id = dispute.id,
                              .amount = *amount,
                              .state = is_taken ? payments::Reversal::State::taken : payments::Reversal::State::won,
                              .reason = dispute.reason,
                              // Who disputes does not want to be asked again.
                              .decline = rule == nullptr ? DeclineClass::hard : rule->decline,
                              .message = "The payer had it taken back: " + dispute.reason + "."};
}

}  // namespace florin::stripe
