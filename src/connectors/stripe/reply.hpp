#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/json/value.hpp"

/// What Stripe says, read tolerantly: unknown members are skipped, absent ones are empty, texts are cleaned and cut.
/// Nothing here judges.
namespace florin::stripe {

/// A body as JSON.
Result<json::Value> parse_reply(std::string_view body);

/// Why an attempt or a request failed: `error` of a reply, `last_payment_error` of an intent.
struct Problem {
    std::string type, code, decline_code, advice_code, message;
};

/// A charge as an intent shows it when asked to.
struct Charge {
    std::optional<std::int64_t> amount;
    std::string auth_code, postal_code_check, cvc_check;
    std::string failure_code, failure_message;  ///< Of one that failed.
    std::string bank_last4, mandate;            ///< Of a debit.
    bool has_multicapture = false;
};

struct Intent {
    std::string id, status, currency, reference, cancellation_reason, customer, method;
    /// Where the payer has to go, with `requires_action`; `is_verification` when that is to say what arrived in their
    /// account, days later.
    std::string action_url;
    bool is_verification = false;
    std::optional<std::int64_t> amount, capturable, received;
    std::int64_t created_s = 0;
    std::optional<Problem> last_error;
    std::optional<Charge> charge;
    struct Capture {
        std::string reference;
        std::int64_t amount = 0;
    };
    std::vector<Capture> captures;  ///< Those of ours, by what they left in the metadata.
};
/// Nothing when it is no payment intent.
std::optional<Intent> read_intent(const json::Value& object);

struct Refund {
    std::string id, status, currency, reference, intent, failure_reason;
    std::optional<std::int64_t> amount;
};
std::optional<Refund> read_refund(const json::Value& object);

/// What a payer had their bank take back.
struct Dispute {
    std::string id, status, currency, reason, intent;
    std::optional<std::int64_t> amount;
};
std::optional<Dispute> read_dispute(const json::Value& object);

/// What is paid to the bank at once.
struct Payout {
    std::string id, status, currency;
    std::string reconciliation;  ///< `reconciliation_status`: `completed`, `in_progress`, `not_applicable`.
    std::optional<std::int64_t> amount, arrival_s;
    bool is_automatic = true;
};
std::optional<Payout> read_payout(const json::Value& object);

/// What came into the balance or left it, with its source where that was asked for.
struct BalanceTransaction {
    std::string id, type, category, currency, description;
    std::optional<std::int64_t> amount, fee;
    std::string source, source_object;  ///< What moved it: its id, and its kind when it is shown.
    /// The id that operations go by: of a charge its intent's, else the source's own.
    std::string operation;
    std::string reference;  ///< In the metadata of a refund, else of the intent.
    std::vector<Intent::Capture> captures;
    bool is_of_payout_by_hand = false;
};
std::optional<BalanceTransaction> read_balance_transaction(const json::Value& object);

/// `error`, when the reply has one; and the payment intent in it.
std::optional<Problem> read_problem(const json::Value& reply);
std::optional<Intent> read_intent_of_problem(const json::Value& reply);

/// A page of a list or of a search.
struct Page {
    bool has_more = false;
    std::vector<const json::Value*> items;  ///< Of the reply, which outlives the page.
};
std::optional<Page> read_page(const json::Value& reply);

/// The id of a reply that is an `object` of that kind; empty otherwise.
std::string read_id(const json::Value& reply, std::string_view object);
/// A member's text, empty when it is none.
std::string read_text(const json::Value& reply, std::string_view name);

}  // namespace florin::stripe
