#include <algorithm>

#include "classify.hpp"

namespace florin::authorize_net {
namespace {

using payments::Answer;
using payments::DeclineClass;
using payments::Lookup;
using payments::Outcome;
using payments::TransactionType;

/// What a transaction's status means.
enum class Status {
    unknown,          ///< Not one that we know, or one that only a person can judge.
    authorized,       ///< Held, not captured.
    captured,         ///< Captured or settled; what was paid back or disputed later was captured first.
    approved_review,  ///< Released by a person after review.
    in_review,
    refunded,
    declined,
    failed,  ///< It ended in an error at the gateway and will never settle.
    voided,
    expired,
};

struct StatusRule {
    std::string_view text;
    Status status;
};

/// `couldNotVoid` and `settlementError` are not here: what has moved, a person must find out.
constexpr StatusRule status_rules[] = {
    {"authorizedPendingCapture", Status::authorized},
    {"capturedPendingSettlement", Status::captured},
    {"pendingFinalSettlement", Status::captured},
    {"pendingSettlement", Status::captured},
    {"updatingSettlement", Status::captured},
    {"settledSuccessfully", Status::captured},
    {"returnedItem", Status::captured},
    {"chargeback", Status::captured},
    {"chargebackReversal", Status::captured},
    {"approvedReview", Status::approved_review},
    {"underReview", Status::in_review},
    {"FDSPendingReview", Status::in_review},
    {"FDSAuthorizedPendingReview", Status::in_review},
    {"authorizedPendingRelease", Status::in_review},
    {"refundPendingSettlement", Status::refunded},
    {"refundSettledSuccessfully", Status::refunded},
    {"declined", Status::declined},
    {"failedReview", Status::declined},
    {"communicationError", Status::failed},
    {"generalError", Status::failed},
    {"voided", Status::voided},
    {"expired", Status::expired},
};

Status status_of(std::string_view text) {
    const auto* found = std::ranges::find(status_rules, text, &StatusRule::text);
    return found == std::end(status_rules) ? Status::unknown : found->status;
}

Answer answer_of(const Details& details) {
    Answer answer;
    answer.provider_id = details.transaction_id;
    answer.auth_code = details.auth_code;
    answer.avs = details.avs;
    answer.cvv = details.cvv;
    answer.provider_code = details.reason.code.empty() ? details.status : details.reason.code;
    answer.message = details.reason.text;
    if (details.profile) answer.stored_token = to_token(*details.profile);
    return answer;
}

Answer undecided(Answer answer, std::string_view code, std::string_view message) {
    answer.outcome = Outcome::no_answer;
    answer.is_undecided = true;
    answer.provider_code = code;
    answer.message = message;
    return answer;
}

/// Approved for exactly what the provider says; an approval without a readable amount is none.
Answer approved(Answer answer, std::string_view amount, Currency currency) {
    answer.amount = read_amount(amount, currency);
    if (!answer.amount || !answer.amount->is_positive())
        return undecided(std::move(answer), "unreadable_amount", "The provider does not say how much.");
    answer.outcome = Outcome::approved;
    return answer;
}

Answer ended(Answer answer, const Details& details, Status status) {
    answer.stored_token.clear();
    if (status == Status::voided || status == Status::expired) {
        answer.outcome = Outcome::refused;
        answer.provider_code = details.status;
        answer.message = "The transaction has ended at the provider: " + details.status + ".";
        return answer;
    }
    answer.outcome = Outcome::declined;
    answer.decline = DeclineClass::technical;
    if (status == Status::failed) return answer;
    // A reason that is no decline's says nothing about the class.
    const DeclineClass known = decline_of(details.reason.code);
    if (known != DeclineClass::none)
        answer.decline = known;
    else
        answer.decline = details.status == "failedReview" ? DeclineClass::fraud : DeclineClass::soft;
    return answer;
}

Answer judge_charge(const Details& details, const Lookup& operation) {
    Answer answer = answer_of(details);
    const Currency currency = operation.amount.currency();
    const bool is_authorize = operation.type == TransactionType::authorize;
    switch (const Status status = status_of(details.status)) {
        case Status::authorized:
            // A purchase that is only held is not what we asked for.
            if (!is_authorize) break;
            return approved(std::move(answer), details.auth_amount, currency);
        case Status::captured:
        case Status::approved_review:
            if (is_authorize) return approved(std::move(answer), details.auth_amount, currency);
            return approved(std::move(answer), details.settle_amount, currency);
        case Status::in_review:
            answer.outcome = Outcome::pending;
            return answer;
        case Status::declined:
        case Status::failed:
        case Status::voided:
        case Status::expired:
            return ended(std::move(answer), details, status);
        case Status::refunded:
        case Status::unknown:
            break;
    }
    return undecided(std::move(answer), "unexpected_status", "The transaction's status is " + details.status + ".");
}

Answer judge_refund(const Details& details, const Lookup& operation) {
    Answer answer = answer_of(details);
    if (!operation.parent_provider_id.empty() && !details.parent_id.empty() &&
        details.parent_id != operation.parent_provider_id)
        return undecided(std::move(answer), "foreign_parent", "The refund is of another transaction.");
    switch (const Status status = status_of(details.status)) {
        case Status::refunded:
            return approved(std::move(answer), details.settle_amount, operation.amount.currency());
        case Status::in_review:
            answer.outcome = Outcome::pending;
            return answer;
        case Status::declined:
        case Status::failed:
        case Status::voided:
            return ended(std::move(answer), details, status);
        case Status::authorized:
        case Status::captured:
        case Status::approved_review:
        case Status::expired:
        case Status::unknown:
            break;
    }
    return undecided(std::move(answer), "unexpected_status", "The transaction's status is " + details.status + ".");
}

}  // namespace

Answer judge(const Details& details, const Lookup& operation) {
    if (details.invoice_number != operation.reference)
        return undecided(answer_of(details), "foreign_reference", "The transaction carries another reference.");
    if (!operation.card_last4.empty() && !details.last4.empty() && details.last4 != operation.card_last4)
        return undecided(answer_of(details), "foreign_card", "The transaction is of another card.");
    return operation.type == TransactionType::refund ? judge_refund(details, operation)
                                                     : judge_charge(details, operation);
}

Answer judge_all(const std::vector<Details>& found, const Lookup& operation) {
    std::optional<Answer> live, dead;
    for (const Details& details : found) {
        Answer answer = judge(details, operation);
        if (answer.outcome == Outcome::declined || answer.outcome == Outcome::refused) {
            if (!dead) dead = std::move(answer);
        } else {
            if (live)
                return undecided(std::move(*live), "several_transactions",
                                 "More than one transaction carries this reference.");
            live = std::move(answer);
        }
    }
    if (live) return std::move(*live);
    if (dead) return std::move(*dead);
    Answer nothing;
    nothing.outcome = Outcome::not_found;
    return nothing;
}

Answer judge_capture(const Details& parent, const Lookup& operation) {
    Answer answer = answer_of(parent);
    answer.stored_token.clear();
    switch (const Status status = status_of(parent.status)) {
        case Status::authorized:
            answer.outcome = Outcome::not_found;
            return answer;
        case Status::captured:
            return approved(std::move(answer), parent.settle_amount, operation.amount.currency());
        case Status::declined:
        case Status::failed:
        case Status::voided:
        case Status::expired:
            // The parent's end, not the payer's no: a capture is refused for it.
            answer = ended(std::move(answer), parent, status);
            answer.outcome = Outcome::refused;
            answer.decline = DeclineClass::none;
            answer.provider_code = parent.status;
            return answer;
        case Status::approved_review:
        case Status::in_review:
        case Status::refunded:
        case Status::unknown:
            break;
    }
    return undecided(std::move(answer), "unexpected_status", "The transaction's status is " + parent.status + ".");
}

Answer judge_cancel(const Details& parent) {
    Answer answer = answer_of(parent);
    answer.stored_token.clear();
    switch (status_of(parent.status)) {
        case Status::voided:
            answer.outcome = Outcome::approved;
            return answer;
        case Status::unknown:
            return undecided(std::move(answer), "unexpected_status",
                             "The transaction's status is " + parent.status + ".");
        case Status::authorized:
        case Status::captured:
        case Status::approved_review:
        case Status::in_review:
        case Status::refunded:
        case Status::declined:
        case Status::failed:
        case Status::expired:
            answer.outcome = Outcome::not_found;
            return answer;
    }
    return answer;
}

}  // namespace florin::authorize_net
