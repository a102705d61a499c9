#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "classify.hpp"
#include "florin/json/clean.hpp"
#include "settlements.hpp"

/// Whatever the gateway, or somebody in its place, sends back: reading it never crashes, and nothing is
/// approved that does not say response code 1; every text is fit to be kept.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace florin;
    using namespace florin::authorize_net;
    using payments::Outcome;
    using payments::TransactionType;

    const std::string_view body{reinterpret_cast<const char*>(data), size};  // The fuzzer hands over bytes.
    const auto value = parse_reply(body);
    if (!value) return 0;
    const auto demand = [](bool ok) {
        if (!ok) std::abort();
    };
    static const Currency currency = *Currency::of("USD");

    const TransactionReply reply = read_transaction(*value);
    for (const Operation operation : {Operation::charge, Operation::capture, Operation::refund, Operation::cancel}) {
        const auto answer = classify(reply, operation, "P1", currency);
        if (answer.outcome == Outcome::approved) {
            demand(reply.response_code == "1" && reply.envelope.is_ok() && reply.errors.empty());
            demand(!answer.provider_id.empty());
            demand(reply.reference.empty() || reply.reference == "P1");
        } else {
            demand(answer.stored_token.empty());
        }
        demand(answer.stored_token.empty() || parse_token(answer.stored_token).has_value());
        // Only a look-up may say so.
        demand(answer.outcome != Outcome::not_found);
    }

    const auto demand_clean = [&](std::string_view text) { demand(json::clean_text(text) == text); };
    for (const std::string* text : {&reply.transaction_id, &reply.auth_code, &reply.avs, &reply.cvv})
        demand_clean(*text);
    for (const auto* reasons : {&reply.errors, &reply.messages})
        for (const Reason& reason : *reasons) {
            demand_clean(reason.code);
            demand_clean(reason.text);
        }

    const Details details = read_details(*value);
    demand_clean(details.status);
    demand_clean(details.reason.text);
    for (const TransactionType type : {TransactionType::authorize, TransactionType::purchase, TransactionType::capture,
                                       TransactionType::refund, TransactionType::cancel}) {
        const payments::Lookup operation{.type = type,
                                         .reference = "P1",
                                         .amount = *Money::of(1250, currency),
                                         .parent_provider_id = "40000000017",
                                         .card_last4 = "1111",
                                         .is_first_capture = true,
                                         .sent_at = Instant{}};
        const auto found = judge(details, operation);
        if (found.outcome == Outcome::approved)
            demand(details.invoice_number == "P1" && found.amount && found.amount->is_positive());
        const auto captured = judge_capture(details, operation);
        if (captured.outcome == Outcome::approved) demand(captured.amount && captured.amount->is_positive());
        const auto canceled = judge_cancel(details);
        if (canceled.outcome == Outcome::approved) demand(details.status == "voided");
    }

    const auto stored = classify_stored(read_profile(*value));
    demand((stored.outcome == Outcome::approved) == parse_token(stored.token).has_value());

    // What was settled has an id and a moment, and a line has what it is and an amount that was read.
    for (const Batches::Batch& batch : read_batches(*value).all) {
        const auto settlement = settlement_of(batch, currency);
        if (settlement && *settlement) demand(!(*settlement)->id.empty() && batch.settled_at.has_value());
    }
    if (const auto lines = lines_of(read_page(*value), "5501", currency)) {
        for (const payments::SettlementLine& line : *lines) {
            demand(!line.provider_id.empty() && !line.gross.is_zero() && line.fee.is_zero());
            demand_clean(line.reference);
            demand_clean(line.description);
        }
    }
    read_merchant(*value);
    return 0;
}
