#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "classify.hpp"
#include "florin/buckaroo/webhook.hpp"
#include "florin/json/clean.hpp"

/// Whatever Buckaroo, or somebody in its place, sends back or pushes: reading it never crashes, nothing is approved
/// that does not say so under our reference, no reversal is a payment, every text is fit to be kept, and nobody is
/// taken for Buckaroo.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace florin;
    using namespace florin::buckaroo;
    using payments::Outcome;

    const std::string_view text{reinterpret_cast<const char*>(data), size};  // The fuzzer hands over bytes.
    const auto demand = [](bool ok) {
        if (!ok) std::abort();
    };
    Settings settings;
    settings.website_key = "SITE";
    settings.secret_key.assign("nobody could guess 7c2f0e91d4");
    http::Request push;
    push.method = "POST";
    push.body = text;
    push.headers = {{"content-type", "application/x-www-form-urlencoded"}};
    demand(!read_push(push, settings, Instant{1'763'640'000'000}));
    push.headers = {{"host", "florin.test"}, {"authorization", std::string{text.substr(0, 200)}}};
    demand(!read_push(push, settings, Instant{1'763'640'000'000}));

    const auto value = parse_reply(text);
    if (!value) return 0;
    const auto transaction = read_transaction(*value);
    if (!transaction) return 0;
    for (const std::string* of : {&transaction->invoice, &transaction->currency, &transaction->type,
                                  &transaction->description, &transaction->reason, &transaction->request_error})
        demand(json::clean_text(*of) == *of);
    const auto charged = judge_charge(*transaction, "P1");
    demand(charged.outcome != Outcome::not_found);
    if (charged.outcome == Outcome::approved)
        demand(transaction->invoice == "P1" && transaction->status == 190 && !transaction->is_reversal() &&
               charged.amount && charged.amount->is_positive());
    const auto refunded = judge_refund(*transaction, "P1", "0F1E2D3C4B5A69788796A5B4C3D2E1F0");
    if (refunded.outcome == Outcome::approved) demand(refunded.amount && charged.outcome != Outcome::approved);
    if (judge_reversal(*transaction, "0F1E2D3C4B5A69788796A5B4C3D2E1F0"))
        demand(charged.outcome == Outcome::no_answer && refunded.outcome == Outcome::no_answer);
    judge_cancel(*transaction);
    return 0;
}
