#include "classify.hpp"

#include <algorithm>

namespace florin::buckaroo {
namespace {

using payments::Answer;
using payments::DeclineClass;
using payments::Outcome;

struct Rule {
    std::string_view code;
    DeclineClass decline;
};
constexpr Rule reason_rules[] = {
    {"AM04", DeclineClass::insufficient_funds},
    // The bank does not say why; in Germany mostly for want of funds. One cautious retry.
    {"MS03", DeclineClass::soft},
    {"AC01", DeclineClass::input},
    {"MD02", DeclineClass::input},
    {"RC01", DeclineClass::input},
    // Ours to mend, or the moment's: the account is not at fault.
    {"AG02", DeclineClass::technical},
    {"BE05", DeclineClass::technical},
    {"FF01", DeclineClass::technical},
    {"TM01", DeclineClass::technical},
    {"AC04", DeclineClass::hard},
    {"AC06", DeclineClass::hard},
    {"AC13", DeclineClass::hard},
    {"AG01", DeclineClass::hard},
    {"AM05", DeclineClass::hard},
    {"CNOR", DeclineClass::hard},
    {"DNOR", DeclineClass::hard},
    {"MD01", DeclineClass::hard},
    {"MD06", DeclineClass::hard},
    {"MD07", DeclineClass::hard},
    {"MS02", DeclineClass::hard},
    {"RR01", DeclineClass::hard},
    {"RR02", DeclineClass::hard},
    {"RR03", DeclineClass::hard},
    {"RR04", DeclineClass::hard},
    {"SL01", DeclineClass::hard},
};

constexpr int success = 190, failed = 490, invalid = 491, technical_error = 492, rejected = 690;
constexpr int canceled_by_payer = 890, canceled_by_merchant = 891;

bool is_on_its_way(int status) { return status >= 790 && status <= 794; }

Answer undecided(Answer answer, std::string_view code, std::string_view message) {
    answer.outcome = Outcome::no_answer;
    answer.is_undecided = true;
    answer.provider_code = code;
    answer.message = message;
    return answer;
}

Answer answer_of(const Transaction& transaction) {
    Answer answer;
    answer.provider_id = transaction.key;
    answer.provider_code =
        transaction.reason_code.empty() ? std::to_string(transaction.status) : transaction.reason_code;
    answer.message = transaction.reason.empty() ? transaction.description : transaction.reason;
    answer.payer_last4 = transaction.payer_iban_last4;
    return answer;
}

Answer approved(Answer answer, std::string_view amount, std::string_view currency) {
    answer.amount = read_amount(amount, currency);
    if (!answer.amount) return undecided(std::move(answer), "unreadable_amount", "The provider does not say how much.");
    answer.outcome = Outcome::approved;
    answer.provider_code.clear();
    answer.message.clear();
    return answer;
}

Answer declined(Answer answer, DeclineClass decline) {
    answer.outcome = Outcome::declined;
    answer.decline = decline;
    return answer;
}

Answer as_refused(Answer answer) {
    answer.outcome = Outcome::refused;
    return answer;
}

Answer foreign(Answer answer) {
    return undecided(std::move(answer), "foreign_transaction", "The transaction is another one.");
}

Answer unexpected_status(Answer answer, int status) {
    return undecided(std::move(answer), "unexpected_status",
                     "The status at the provider is " + std::to_string(status) + ".");
}

}  // namespace

Answer no_answer(std::string_view code, std::string_view message) {
    Answer answer;
    answer.provider_code = code;
    answer.message = message;
    return answer;
}

Answer refused(std::string_view code, std::string_view message) {
    Answer answer;
    answer.outcome = Outcome::refused;
    answer.provider_code = code;
    answer.message = message;
    return answer;
}

DeclineClass decline_of_reason(std::string_view reason_code) {
    const auto* rule = std::ranges::find(reason_rules, reason_code, &Rule::code);
    return rule == std::end(reason_rules) ? DeclineClass::soft : rule->decline;
}

Answer judge_charge(const Transaction& transaction, std::string_view reference) {
    Answer answer = answer_of(transaction);
    // A reversal succeeds too, carries the same invoice, and is the opposite of a payment.
    if (transaction.invoice != reference || transaction.is_reversal() || !transaction.credit.empty())
        return foreign(std::move(answer));
    const int status = transaction.status;
    if (status == success) return approved(std::move(answer), transaction.debit, transaction.currency);
    // After a technical error nobody knows yet; asked by its key it will be known.
    if (is_on_its_way(status) || status == technical_error) {
        answer.outcome = Outcome::pending;
        answer.action_url = status == 790 ? transaction.redirect_url : std::string{};
        return answer;
    }
    if (status == invalid) {
        if (!transaction.request_error.empty()) answer.message = transaction.request_error;
        return as_refused(std::move(answer));
    }
    const bool has_reason = !transaction.reason_code.empty();
    if (status == failed || status == rejected)
        return declined(std::move(answer), has_reason           ? decline_of_reason(transaction.reason_code)
                                           : status == rejected ? DeclineClass::hard
                                                                : DeclineClass::soft);
    if (status == canceled_by_payer) return declined(std::move(answer), DeclineClass::soft);
    if (status == canceled_by_merchant) return as_refused(std::move(answer));
    return unexpected_status(std::move(answer), status);
}

Answer judge_refund(const Transaction& transaction, std::string_view reference, std::string_view original) {
    Answer answer = answer_of(transaction);
    const bool is_another = !transaction.related.empty() && !transaction.is_refund_of(original);
    if (transaction.invoice != reference || transaction.is_reversal() || !transaction.debit.empty() || is_another)
        return foreign(std::move(answer));
    const int status = transaction.status;
    if (status == success) return approved(std::move(answer), transaction.credit, transaction.currency);
    if (is_on_its_way(status) || status == technical_error) {
        answer.outcome = Outcome::pending;
        return answer;
    }
    if (status == invalid && !transaction.request_error.empty()) answer.message = transaction.request_error;
    if (status == invalid || status == failed || status == rejected || status == canceled_by_payer ||
        status == canceled_by_merchant)
        return as_refused(std::move(answer));
    return unexpected_status(std::move(answer), status);
}

Answer judge_cancel(const Transaction& transaction) {
    Answer answer = answer_of(transaction);
    const int status = transaction.status;
    if (status == canceled_by_payer || status == canceled_by_merchant) {
        answer.outcome = Outcome::approved;
        answer.provider_code.clear();
        answer.message.clear();
        return answer;
    }
    if (is_on_its_way(status)) {
        answer.outcome = Outcome::not_found;
        return answer;
    }
    if (status == success || status == failed || status == invalid || status == rejected)
        return as_refused(std::move(answer));
    if (status == technical_error) return no_answer("492", "The provider does not know what became of it.");
    return unexpected_status(std::move(answer), status);
}

std::optional<payments::Reversal> judge_reversal(const Transaction& transaction, std::string_view original) {
    if (!transaction.is_reversal() || transaction.reversed_key() != original || transaction.status != success)
        return std::nullopt;
    const auto amount = read_amount(transaction.credit, transaction.currency);
    if (!amount) return std::nullopt;
    return payments::Reversal{.provider_id = transaction.key,
                              .amount = *amount,
                              .state = payments::Reversal::State::taken,
                              .reason = transaction.reason_code,
                              .decline = decline_of_reason(transaction.reason_code),
                              .message = transaction.reason};
}

}  // namespace florin::buckaroo
