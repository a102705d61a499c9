#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "classify.hpp"
#include "florin/chargebee/webhook.hpp"
#include "florin/json/clean.hpp"

/// Whatever Chargebee, or somebody in its place, sends back or delivers: reading it never crashes, nothing is approved
/// that does not say so under our reference, every text is fit to be kept, and nobody is taken for Chargebee.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace florin;
    using namespace florin::chargebee;
    using payments::Outcome;

    const std::string_view text{reinterpret_cast<const char*>(data), size};  // The fuzzer hands over bytes.
    const auto demand = [](bool ok) {
        if (!ok) std::abort();
    };
    demand(!is_from_site(text, "florin", "nobody could guess 7c2f0e91d4"));
    read_notice(text);

    auto value = parse_reply(text);
    if (!value) return 0;
    const auto demand_clean = [&](std::string_view of) { demand(json::clean_text(of) == of); };
    if (const auto problem = read_problem(*value))
        for (const std::string* of : {&problem->type, &problem->code, &problem->message}) demand_clean(*of);
    if (const auto invoice = read_invoice_in(*value)) {
        for (const std::string* of : {&invoice->id, &invoice->status, &invoice->currency, &invoice->po_number})
            demand_clean(*of);
        const auto answer = judge_charge(*invoice, "P1");
        if (answer.outcome == Outcome::approved)
            demand(invoice->po_number == "P1" && answer.amount && answer.amount->is_positive());
        demand(answer.outcome != Outcome::declined && answer.outcome != Outcome::refused);
    }
    if (const auto transaction = read_transaction_in(*value)) {
        demand_clean(transaction->error_text);
        demand(judge_voided({*transaction}).outcome != Outcome::approved);
    }
    if (const auto note = read_credit_note_in(*value)) {
        const auto answer = judge_refund(*note);
        if (answer.outcome == Outcome::approved)
            demand(note->refunds.size() == 1 && note->refunds[0].status == "success" && answer.amount.has_value());
    }
    if (const auto page = read_hosted_page_in(*value)) demand_clean(page->url);
    read_page(*value);
    read_source_id_in(*value);
    for (const int status : {400, 409, 422, 429, 500}) {
        const Reply reply{status, std::move(*value)};
        const auto answer = classify_refusal(reply);
        demand(answer.outcome != Outcome::approved && answer.outcome != Outcome::not_found);
        if (status >= 500 || status == 422) demand(answer.outcome == Outcome::no_answer);
        *value = *parse_reply(text);
    }
    return 0;
}
