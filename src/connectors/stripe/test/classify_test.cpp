#include "classify.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace florin::stripe {
namespace {

using namespace test;
using payments::Answer;
using payments::DeclineClass;
using payments::Outcome;
using payments::TransactionType;

Intent read(const Seen& seen) { return *read_intent(*parse_reply(intent(seen))); }

TEST(Refusals, are_ones_only_when_nothing_happened) {  // F6, F9
    struct Case {
        std::string_view why;
        int status;
        std::string body;
        Outcome outcome;
        std::string_view code;
    };
    using enum Outcome;
    const Case cases[] = {
        {"a parameter is wrong", 400, problem("invalid_request_error", "amount_too_small"), refused,
         "amount_too_small"},
        {"the key is wrong", 401, problem("invalid_request_error", "api_key_invalid"), refused, "api_key_invalid"},
        {"the key may not", 403, problem("invalid_request_error", "more_permissions_required"), refused,
         "more_permissions_required"},
        {"there is no such payment", 404, problem("invalid_request_error", "resource_missing"), refused,
         "resource_missing"},
        {"the state is another", 400, problem("invalid_request_error", "payment_intent_unexpected_state"), refused,
         "payment_intent_unexpected_state"},
        {"an earlier copy was other", 400, problem("idempotency_error", ""), no_answer, "idempotency_error"},
        {"an earlier copy is running", 409, problem("idempotency_error", "idempotency_key_in_use"), no_answer,
         "idempotency_key_in_use"},
        {"that, in its other status", 400, problem("invalid_request_error", "idempotency_key_in_use"), no_answer,
         "idempotency_key_in_use"},
        {"declined", 402, problem("card_error", "card_declined", "do_not_honor"), declined, "do_not_honor"},
        {"a wrong number, in either status", 400, problem("card_error", "incorrect_number"), declined,
         "incorrect_number"},
        {"402 without a card", 402, problem("api_error", "odd"), no_answer, "odd"},
        {"too many requests", 429, problem("rate_limit_error", "rate_limit"), not_sent, "rate_limit"},
        {"the object is held by another request", 429, problem("invalid_request_error", "lock_timeout"), not_sent,
         "lock_timeout"},
        {"that, in its other status", 400, problem("invalid_request_error", "lock_timeout"), not_sent, "lock_timeout"},
        {"a dependency failed", 424, problem("api_error", "x"), no_answer, "x"},
        {"an error inside", 500, problem("api_error", ""), no_answer, "api_error"},
        {"500, whatever it claims", 500, problem("invalid_request_error", "parameter_invalid"), no_answer,
         "parameter_invalid"},
        {"503, with a decline in it", 503, problem("card_error", "card_declined"), no_answer, "card_declined"},
        {"a proxy's no", 403, R"({"message":"Forbidden"})", no_answer, "http_403"},
        {"a proxy's limit", 429, R"({"error":"slow down"})", no_answer, "http_429"},
        {"redirected", 302, "{}", no_answer, "http_302"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        const Answer answer = classify_refusal({each.status, *parse_reply(each.body)});
        EXPECT_EQ(to_text(answer.outcome), to_text(each.outcome));
        EXPECT_EQ(answer.provider_code, each.code);
    }
}

TEST(Refusals, name_the_intent_that_a_decline_leaves_behind) {
    const std::string more = R"(,"payment_intent":)" + intent({.status = "requires_payment_method", .received = 0});
    const Answer answer =
        classify_refusal({402, *parse_reply(problem("card_error", "card_declined", "insufficient_funds", more))});
    EXPECT_EQ(answer.provider_id, "pi_17");
    EXPECT_EQ(answer.decline, DeclineClass::insufficient_funds);
    EXPECT_EQ(answer.message, "What it means.");
}

TEST(Declines, have_a_class_by_the_banks_code_then_by_stripes) {
    struct Case {
        std::string_view code, decline_code, advice;
        DeclineClass is;
    };
    using enum DeclineClass;
    const Case cases[] = {
        {"card_declined", "generic_decline", "", soft},
        {"card_declined", "do_not_honor", "", soft},
        {"card_declined", "do_not_honor", "do_not_try_again", hard},
        {"card_declined", "do_not_honor", "try_again_later", soft},
        {"card_declined", "insufficient_funds", "", insufficient_funds},
        {"card_declined", "insufficient_funds", "do_not_try_again", insufficient_funds},
        {"card_declined", "card_velocity_exceeded", "", insufficient_funds},
        {"card_declined", "withdrawal_count_limit_exceeded", "", insufficient_funds},
        {"card_declined", "lost_card", "", hard},
        {"card_declined", "stolen_card", "", hard},
        {"card_declined", "pickup_card", "", hard},
        {"card_declined", "restricted_card", "", hard},
        {"card_declined", "transaction_not_allowed", "", hard},
        {"card_declined", "revocation_of_authorization", "", hard},
        {"card_declined", "stop_payment_order", "", hard},
        {"card_declined", "fraudulent", "", fraud},
        {"card_declined", "merchant_blacklist", "", fraud},
        {"card_declined", "issuer_not_available", "", technical},
        {"processing_error", "", "", technical},
        {"expired_card", "", "", expired_card},
        {"expired_card", "expired_card", "", expired_card},
        {"incorrect_number", "", "", invalid_card},
        {"card_declined", "invalid_account", "", invalid_card},
        {"incorrect_cvc", "incorrect_cvc", "confirm_card_data", input},
        {"invalid_expiry_year", "", "", input},
        {"authentication_required", "authentication_required", "", soft},
        {"card_declined", "made_up_tomorrow", "", soft},
        {"", "", "", soft},
    };
    for (const Case& each : cases)
        EXPECT_EQ(to_text(decline_of({"card_error", std::string{each.code}, std::string{each.decline_code},
                                      std::string{each.advice}, ""})),
                  to_text(each.is))
            << each.code << "/" << each.decline_code << "/" << each.advice;
}

TEST(Charges, are_what_their_intent_says) {  // F25, F26
    struct Case {
        std::string_view why;
        Seen seen;
        TransactionType type;
        Outcome outcome;
        std::int64_t minor;
        std::string_view code;
    };
    using enum Outcome;
    constexpr auto purchase = TransactionType::purchase, authorize = TransactionType::authorize;
    constexpr std::string_view no_funds =
        R"({"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"No."})";
    const Case cases[] = {
        {"taken", {}, purchase, approved, 1'250, ""},
        {"taken in part", {.received = 700}, purchase, approved, 700, ""},
        {"held", {.status = "requires_capture", .capturable = 1'250, .received = 0}, authorize, approved, 1'250, ""},
        {"held, without its charge shown",
         {.status = "requires_capture", .capturable = 900, .received = 0, .has_charge = false},
         authorize,
         approved,
         900,
         ""},
        {"held and captured in part since", {.status = "succeeded", .received = 300}, authorize, approved, 1'250, ""},
        {"held, where it was to be taken",
         {.status = "requires_capture", .capturable = 1'250, .received = 0},
         purchase,
         no_answer,
         0,
         "unexpected_status"},
        {"taken, but nobody knows how much", {.received = 0}, purchase, no_answer, 0, "unreadable_amount"},
        {"taken in another unit", {.received = 5, .currency = "isk"}, purchase, no_answer, 0, "unreadable_amount"},
        {"somebody else's", {.reference = "P9"}, purchase, no_answer, 0, "foreign_reference"},
        {"not decided yet", {.status = "processing", .received = 0}, purchase, pending, 0, "processing"},
        {"declined",
         {.status = "requires_payment_method", .received = 0, .error = no_funds},
         purchase,
         declined,
         0,
         "insufficient_funds"},
        {"being tried",
         {.status = "requires_payment_method", .received = 0},
         purchase,
         no_answer,
         0,
         "requires_payment_method"},
        {"about to be tried",
         {.status = "requires_confirmation", .received = 0},
         purchase,
         no_answer,
         0,
         "requires_confirmation"},
        {"waits for the payer",
         {.status = "requires_action", .received = 0},
         purchase,
         no_answer,
         0,
         "requires_action"},
        {"ended", {.status = "canceled", .received = 0}, purchase, refused, 0, "canceled"},
        {"ended after a decline",
         {.status = "canceled", .received = 0, .error = no_funds},
         purchase,
         declined,
         0,
         "insufficient_funds"},
        {"something new", {.status = "requires_magic"}, purchase, no_answer, 0, "unexpected_status"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        const Answer answer = judge_charge(read(each.seen), each.type, reference);
        EXPECT_EQ(to_text(answer.outcome), to_text(each.outcome));
        EXPECT_EQ(answer.provider_code, each.code);
        EXPECT_EQ(answer.amount ? answer.amount->minor() : 0, each.minor);
    }
    const Answer answer = judge_charge(read({}), purchase, reference);
    EXPECT_EQ(answer.provider_id, "pi_17");
    EXPECT_EQ(answer.auth_code, "A1B2C3");
    EXPECT_EQ(answer.avs, "fail");
    EXPECT_EQ(answer.cvv, "pass");
    EXPECT_EQ(judge_charge(read({.currency = "usd"}), purchase, reference).amount, money(1'250, "USD"))
        << "the provider's currency is told, so that it can be held";
}

TEST(Charges, that_are_two_under_one_reference_are_for_a_person) {
    const Intent taken = read({}), held = read({.status = "requires_capture", .id = "pi_18", .capturable = 1'250});
    const Intent ended = read({.status = "canceled", .id = "pi_19", .received = 0});
    constexpr auto authorize = TransactionType::authorize;
    EXPECT_EQ(judge_charges({taken, held}, authorize, reference).provider_code, "several_transactions");
    EXPECT_TRUE(judge_charges({taken, held}, authorize, reference).is_undecided);
    EXPECT_EQ(judge_charges({ended, taken}, authorize, reference).provider_id, "pi_17");
    EXPECT_EQ(to_text(judge_charges({ended}, authorize, reference).outcome), "refused");
    EXPECT_EQ(to_text(judge_charges({}, authorize, reference).outcome), "not_found");
}

TEST(Captures, are_told_by_what_they_left_in_the_metadata_and_by_the_amounts) {  // F19
    struct Case {
        std::string_view why;
        Seen seen;
        Outcome outcome;
        std::int64_t minor;
        std::string_view code;
    };
    using enum Outcome;
    constexpr std::string_view ours = R"(,"capture_P0000000000000000017":"700")";
    constexpr std::string_view both = R"(,"capture_P0000000000000000017":"700","capture_OTHER":"500")";
    constexpr std::string_view other = R"(,"capture_OTHER":"500")";
    const Case cases[] = {
        {"captured", {.received = 700, .more_metadata = ours}, approved, 700, ""},
        {"captured after another", {.received = 1'200, .more_metadata = both}, approved, 700, ""},
        {"captured, and the rest is held",
         {.status = "requires_capture", .capturable = 550, .received = 700, .more_metadata = ours},
         approved,
         700,
         ""},
        {"held still",
         {.status = "requires_capture", .capturable = 1'250, .received = 0},
         not_found,
         0,
         "requires_capture"},
        {"only another was captured", {.received = 500, .more_metadata = other}, not_found, 0, "succeeded"},
        {"less was received than we know of",
         {.received = 600, .more_metadata = ours},
         no_answer,
         0,
         "amounts_disagree"},
        {"somebody captured it by hand", {.received = 1'250}, no_answer, 0, "captured_elsewhere"},
        {"let go of", {.status = "canceled", .received = 0}, refused, 0, "canceled"},
        {"never held", {.status = "requires_action", .received = 0}, no_answer, 0, "unexpected_status"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.why);
        const Answer answer = judge_capture(read(each.seen), reference);
        EXPECT_EQ(to_text(answer.outcome), to_text(each.outcome));
        EXPECT_EQ(answer.provider_code, each.code);
        EXPECT_EQ(answer.amount ? answer.amount->minor() : 0, each.minor);
    }
}

TEST(Refunds, are_what_they_say) {
    struct Case {
        std::string_view status, reference, intent;
        Outcome outcome;
    };
    using enum Outcome;
    const Case cases[] = {
        {"succeeded", reference, "pi_17", approved},      {"pending", reference, "pi_17", pending},
        {"requires_action", reference, "pi_17", pending}, {"failed", reference, "pi_17", declined},
        {"canceled", reference, "pi_17", refused},        {"melted", reference, "pi_17", no_answer},
        {"succeeded", "P9", "pi_17", no_answer},          {"succeeded", reference, "pi_9", no_answer},
    };
    for (const Case& each : cases) {
        std::string text = R"({"id":"re_1","object":"refund","amount":400,"currency":"eur","status":")";
        text.append(each.status).append(R"(","payment_intent":")").append(each.intent);
        text.append(R"(","metadata":{"reference":")").append(each.reference).append(R"("}})");
        const Answer answer = judge_refund(*read_refund(*parse_reply(text)), reference, "pi_17");
        EXPECT_EQ(to_text(answer.outcome), to_text(each.outcome)) << text;
        if (answer.outcome == approved) EXPECT_EQ(answer.amount, money(400));
    }
}

TEST(StripeDisputes, of_a_charge_that_was_captured_in_parts_fall_on_the_parts) {
    Intent intent;
    intent.captures = {{"C2", 500}, {"C1", 700}};
    const struct {
        std::int64_t disputed;
        std::vector<std::int64_t> on_first, on_second;
    } cases[] = {{1'200, {700}, {500}}, {900, {700}, {200}}, {700, {700}, {}}, {100, {100}, {}}};
    for (const auto& one : cases) {
        for (const auto& [reference, expected] : {std::pair{"C1", one.on_first}, std::pair{"C2", one.on_second}}) {
            std::vector<Dispute> disputes{{.id = "du_1",
                                           .status = "lost",
                                           .currency = "eur",
                                           .reason = "fraudulent",
                                           .intent = "pi_1",
                                           .amount = one.disputed}};
            ASSERT_TRUE(take_share(disputes, intent, reference));
            std::vector<std::int64_t> amounts;
            for (const Dispute& dispute : disputes) amounts.push_back(*dispute.amount);
            EXPECT_EQ(amounts, expected) << one.disputed << " on " << reference;
        }
    }
    std::vector<Dispute> disputes;
    EXPECT_FALSE(take_share(disputes, intent, "C3"));
}

TEST(StripeDisputes, are_judged_by_their_status) {
    const auto judged = [](std::string status, std::optional<std::int64_t> amount = 500) -> std::string {
        const auto reversal = judge_dispute({.id = "du_1",
                                             .status = std::move(status),
                                             .currency = "eur",
                                             .reason = "fraudulent",
                                             .intent = "pi_1",
                                             .amount = amount});
        if (!reversal) return "?";
        if (!*reversal) return "nothing";
        return (*reversal)->state == payments::Reversal::State::won ? "won" : "taken";
    };
    EXPECT_EQ(judged("needs_response"), "taken");
    EXPECT_EQ(judged("under_review"), "taken");
    EXPECT_EQ(judged("lost"), "taken");
    EXPECT_EQ(judged("won"), "won");
    EXPECT_EQ(judged("warning_needs_response"), "nothing");
    EXPECT_EQ(judged("warning_closed"), "nothing");
    EXPECT_EQ(judged("prevented"), "nothing");
    EXPECT_EQ(judged("something_new"), "?");
    EXPECT_EQ(judged("lost", std::nullopt), "?");
}

}  // namespace
}  // namespace florin::stripe
