#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "classify.hpp"
#include "florin/json/clean.hpp"
#include "florin/stripe/webhook.hpp"
#include "settlements.hpp"

/// Whatever Stripe, or somebody in its place, sends back or delivers: reading it never crashes, nothing is approved
/// that does not say so under our reference, every text is fit to be kept, and nothing is taken for signed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace florin;
    using namespace florin::stripe;
    using payments::Outcome;
    using payments::TransactionType;

    const std::string_view text{reinterpret_cast<const char*>(data), size};  // The fuzzer hands over bytes.
    const auto demand = [](bool ok) {
        if (!ok) std::abort();
    };
    const std::size_t line = text.find('\n');
    const std::string_view body = line == std::string_view::npos ? std::string_view{} : text.substr(line + 1);
    demand(!is_signed(body, text.substr(0, line), "whsec_nobody_could_guess_7c2f0e91d4", Instant{}));
    read_notice(text);

    auto value = parse_reply(text);
    if (!value) return 0;
    const auto demand_clean = [&](std::string_view of) { demand(json::clean_text(of) == of); };
    if (const auto problem = read_problem(*value))
        for (const std::string* of : {&problem->type, &problem->code, &problem->decline_code, &problem->message})
            demand_clean(*of);

    if (const auto intent = read_intent(*value)) {
        for (const std::string* of : {&intent->id, &intent->status, &intent->currency, &intent->reference})
            demand_clean(*of);
        for (const TransactionType type : {TransactionType::authorize, TransactionType::purchase}) {
            const auto answer = judge_charge(*intent, type, "P1");
            if (answer.outcome != Outcome::approved) continue;
            demand(intent->reference == "P1" && answer.amount && answer.amount->is_positive());
            demand(intent->status == "succeeded" ||
                   (intent->status == "requires_capture" && type == TransactionType::authorize));
        }
        const auto captured = judge_capture(*intent, "P1");
        if (captured.outcome == Outcome::approved)
            demand(captured.amount && captured.amount->is_positive() && intent->received.value_or(0) > 0);
        if (judge_cancel(*intent).outcome == Outcome::approved) demand(intent->status == "canceled");
    }
    if (const auto refund = read_refund(*value)) {
        const auto answer = judge_refund(*refund, "P1", "pi_1");
        if (answer.outcome == Outcome::approved)
            demand(refund->reference == "P1" && refund->status == "succeeded" && answer.amount.has_value());
    }
    if (const auto payout = read_payout(*value)) {
        demand_clean(payout->status);
        const auto settlement = settlement_of(*payout);
        if (settlement && settlement->state == payments::Settlement::State::paid) demand(payout->status == "paid");
    }
    if (const auto of = read_balance_transaction(*value)) {
        const auto settled = line_of(*of, "po_1");
        if (settled && *settled) {
            for (const std::string* text_of : {&(*settled)->reference, &(*settled)->description})
                demand_clean(*text_of);
            demand(!(*settled)->id.empty() && !((*settled)->gross.is_zero() && (*settled)->fee.is_zero()));
            demand((*settled)->gross.currency() == (*settled)->fee.currency());
        }
    }
    read_page(*value);
    read_id(*value, "payment_method");
    for (const int status : {400, 402, 409, 429, 500}) {
        const Reply reply{status, std::move(*value)};
        const auto answer = classify_refusal(reply);
        demand(answer.outcome != Outcome::approved && answer.outcome != Outcome::not_found);
        if (status >= 500 || status == 409) demand(answer.outcome == Outcome::no_answer);
        *value = *parse_reply(text);
    }
    return 0;
}
