#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "table.hpp"

namespace florin::sandbox::stripe {

/// One entry of an object's metadata.
struct Pair {
    std::string key, value;
    template <class Fields>
    void fields(Fields& f) {
        f("key", key), f("value", value);
    }
};
using Metadata = std::vector<Pair>;

/// What a test card does; fixed by its number.
enum class Scenario : int {
    ordinary = 0,
    declines,             ///< When it is attached, set up or charged.
    declines_on_charge,   ///< It can be attached.
    authenticates,        ///< On every charge.
    authenticates_first,  ///< Once, when it is set up.
    is_blocked,           ///< By Radar.
    is_elevated_risk,
    refunds_slowly,         ///< A refund is pending at first.
    authenticates_in_vain,  ///< On every charge, which is declined nevertheless.
    is_disputed,            ///< Some time after it was charged, for the reason in `code`.
    is_inquired,            ///< The same, and no money is taken back yet.
};

/// All that stays of a card.
struct Card {
    std::string brand, last4, fingerprint, funding, country;
    std::int64_t exp_month = 0, exp_year = 0;
    Scenario scenario = Scenario::ordinary;
    std::string code, decline_code;  ///< Of the scenarios that decline.
    bool has_code = false;           ///< A card verification value was given.

    template <class Fields>
    void fields(Fields& f) {
        f("brand", brand), f("last4", last4), f("fp", fingerprint), f("funding", funding), f("country", country);
        f("month", exp_month), f("year", exp_year), f("scenario", scenario), f("code", code);
        f("decline", decline_code), f("cvc", has_code);
    }
};

/// How a test bank account's debits end; fixed by its number.
enum class DebitEnd : int {
    succeeds = 0,
    fails,
    is_disputed,  ///< Some time after it succeeded, and for good.
    never,        ///< It stays under way.
};

/// All that stays of a bank account.
struct BankAccount {
    std::string last4, fingerprint, country, bank_code;     ///< The last two of SEPA accounts.
    std::string routing_number, holder_type, account_type;  ///< Of accounts in the United States.
    DebitEnd end = DebitEnd::succeeds;
    std::string failure_code;  ///< Of those that fail.
    bool is_slow = false;

    template <class Fields>
    void fields(Fields& f) {
        f("last4", last4), f("fp", fingerprint), f("country", country), f("bank", bank_code);
        f("routing", routing_number), f("holder", holder_type), f("type", account_type), f("end", end);
        f("failure", failure_code), f("slow", is_slow);
    }
};

struct Billing {
    std::string name, email, phone, line1, line2, city, state, postal_code, country;
    template <class Fields>
    void fields(Fields& f) {
        f("name", name), f("email", email), f("phone", phone), f("line1", line1), f("line2", line2), f("city", city);
        f("state", state), f("postal_code", postal_code), f("country", country);
    }
};

struct PaymentMethod {
    std::int64_t seq = 0;
    std::string id;
    std::string type = "card";  ///< `card`, `sepa_debit` or `us_bank_account`.
    Card card;
    BankAccount bank;
    Billing billing;
    std::string customer;
    Metadata metadata;
    bool is_set_up = false;           ///< A card: authenticated once, for later use.
    bool wants_verification = false;  ///< A bank account whose owner has not yet said what arrived there.
    std::string mandate;              ///< Of later debits.
    std::int64_t created_ms = 0;

    bool is_card() const { return type == "card"; }

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("type", type), f("card", card), f("account", bank), f("billing", billing);
        f("customer", customer), f("metadata", metadata), f("set_up", is_set_up), f("mandate", mandate);
        f("unverified", wants_verification), f("at", created_ms);
    }
};

/// Why an attempt failed.
struct Decline {
    std::string code, decline_code, message, advice_code;
    bool has_happened() const { return !code.empty(); }
    template <class Fields>
    void fields(Fields& f) {
        f("code", code), f("decline", decline_code), f("message", message), f("advice", advice_code);
    }
};

struct Charge {
    std::string id;
    std::string payment_method;
    std::string type = "card";  ///< As its payment method's.
    Card card;
    BankAccount bank;
    Billing billing;
    std::int64_t amount = 0, captured = 0, refunded = 0;
    std::string auth_code;
    bool has_multicapture = false;
    std::string mandate;       ///< Of a debit.
    bool is_pending = false;   ///< A debit that has not ended.
    std::int64_t ends_ms = 0;  ///< When it does by itself; 0: never.
    std::string dispute;
    Decline decline;
    std::int64_t created_ms = 0;

    bool is_failed() const { return decline.has_happened(); }
    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("pm", payment_method), f("card", card), f("billing", billing), f("amount", amount);
        f("captured", captured), f("refunded", refunded), f("auth", auth_code), f("multi", has_multicapture);
        f("type", type), f("account", bank), f("mandate", mandate), f("pending", is_pending), f("ends", ends_ms);
        f("dispute", dispute), f("error", decline), f("at", created_ms);
    }
};

enum class IntentStatus : int {
    requires_payment_method = 1,
    requires_confirmation,
    requires_action,
    requires_capture,
    succeeded,
    canceled,
    processing,
};

/// What the payer has to do.
enum class Action : int {
    none = 0,
    authenticate,  ///< To confirm at their bank.
    verify,        ///< To say what arrived in their account.
};

struct PaymentIntent {
    std::int64_t seq = 0;
    std::string id, secret;
    std::int64_t amount = 0, capturable = 0, received = 0;  ///< In Stripe's smallest unit.
    std::string currency;                                   ///< Lower case.
    bool is_manual = false;
    bool wants_multicapture = false;
    bool has_automatic_methods = false, allows_redirects = true;
    std::string customer, description, payment_method, receipt_email, return_url, setup_future_usage;
    std::string statement_descriptor, statement_descriptor_suffix, transfer_group;
    std::vector<std::string> types;  ///< Payment methods that it takes; empty: all.
    IntentStatus status = IntentStatus::requires_payment_method;
    Action action = Action::none;
    std::string origin;     ///< Where its pages are: the address that the API was called at.
    std::string mandate;    ///< Of the debit.
    std::string reference;  ///< Of the call that confirmed it, for the book.
    Decline last_error;
    std::vector<Charge> charges;  ///< Attempts, the newest last.
    Metadata metadata;
    std::string cancellation_reason;
    std::int64_t created_ms = 0, canceled_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("secret", secret), f("amount", amount), f("capturable", capturable);
        f("received", received), f("currency", currency), f("manual", is_manual), f("multi", wants_multicapture);
        f("automatic", has_automatic_methods), f("redirects", allows_redirects), f("customer", customer);
        f("description", description), f("pm", payment_method), f("email", receipt_email), f("url", return_url);
        f("usage", setup_future_usage), f("descriptor", statement_descriptor);
        f("suffix", statement_descriptor_suffix), f("group", transfer_group), f("status", status);
        f("types", types), f("action", action), f("origin", origin), f("mandate", mandate), f("reference", reference);
        f("error", last_error), f("charges", charges), f("metadata", metadata), f("reason", cancellation_reason);
        f("at", created_ms), f("canceled", canceled_ms);
    }
};

struct Refund {
    std::int64_t seq = 0;
    std::string id, payment_intent, charge, currency, reason, status;
    std::string reference;  ///< The call's, for the book.
    std::int64_t amount = 0;
    Metadata metadata;
    std::int64_t created_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("pi", payment_intent), f("ch", charge), f("currency", currency);
        f("reason", reason), f("status", status), f("reference", reference), f("amount", amount);
        f("metadata", metadata), f("at", created_ms);
    }
};

struct Customer {
    std::int64_t seq = 0;
    std::string id, name, email, phone, description, default_method;
    Metadata metadata;
    bool is_deleted = false;
    std::int64_t created_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("name", name), f("email", email), f("phone", phone);
        f("description", description), f("pm", default_method), f("metadata", metadata), f("deleted", is_deleted);
        f("at", created_ms);
    }
};

struct SetupIntent {
    std::int64_t seq = 0;
    std::string id, secret, customer, payment_method, usage, status, cancellation_reason;
    std::string return_url, origin, mandate;
    Action action = Action::none;
    Decline last_error;
    Metadata metadata;
    std::int64_t created_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("secret", secret), f("customer", customer), f("pm", payment_method);
        f("usage", usage), f("status", status), f("reason", cancellation_reason), f("error", last_error);
        f("url", return_url), f("origin", origin), f("mandate", mandate), f("action", action);
        f("metadata", metadata), f("at", created_ms);
    }
};

/// A payer's leave to debit their account.
struct Mandate {
    std::int64_t seq = 0;
    std::string id, payment_method, reference, acceptance;  ///< `acceptance`: `online` or `offline`.
    std::string ip_address, user_agent;                     ///< Of one that was given online.
    bool is_sepa = false;
    bool is_multi_use = false;
    bool is_inactive = false;
    std::int64_t created_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("pm", payment_method), f("reference", reference), f("acceptance", acceptance);
        f("ip", ip_address), f("agent", user_agent), f("multi", is_multi_use), f("inactive", is_inactive),
            f("sepa", is_sepa);
        f("at", created_ms);
    }
};

/// What a payer has their bank take back.
struct Dispute {
    std::int64_t seq = 0;
    std::string id, charge, payment_intent, currency, reason, status;
    std::int64_t amount = 0;
    bool is_withdrawn = false;   ///< The money was taken back …
    bool is_reinstated = false;  ///< … and has come back.
    Metadata evidence, metadata;
    std::int64_t submissions = 0;
    std::int64_t created_ms = 0, due_ms = 0;

    bool is_inquiry() const { return status.starts_with("warning_"); }
    bool is_open() const {
        return status == "needs_response" || status == "under_review" || status == "warning_needs_response" ||
               status == "warning_under_review";
    }
    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("ch", charge), f("pi", payment_intent), f("currency", currency);
        f("reason", reason), f("status", status), f("amount", amount), f("withdrawn", is_withdrawn);
        f("reinstated", is_reinstated), f("evidence", evidence), f("metadata", metadata);
        f("submissions", submissions), f("at", created_ms), f("due", due_ms);
    }
};

/// Money that came into the account's balance, or left it.
struct BalanceTransaction {
    std::int64_t seq = 0;
    std::string id, type, category;  ///< `category` is its `reporting_category`.
    std::string source;              ///< The id of what moved it.
    std::string currency, description, fee_description;
    std::int64_t amount = 0, fee = 0;  ///< In Stripe's smallest unit; the fee is taken off the amount.
    std::string payout;                ///< That paid it out; empty: none yet.
    bool is_left_out = false;          ///< None ever will, by a fault.
    std::int64_t created_ms = 0;

    std::int64_t net() const { return amount - fee; }

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("type", type), f("category", category), f("source", source);
        f("currency", currency), f("description", description), f("fee_description", fee_description);
        f("amount", amount), f("fee", fee), f("payout", payout), f("left_out", is_left_out), f("at", created_ms);
    }
};

/// What the account is paid at once; below zero: what it has to pay.
struct Payout {
    std::int64_t seq = 0;
    std::string id, currency;
    std::string status;  ///< `in_transit`, `paid` or `failed`.
    std::int64_t amount = 0;
    std::string balance_transaction, failure_balance_transaction;
    bool fails = false;    ///< When it arrives, by a fault.
    bool by_hand = false;  ///< Nobody says what it is of; the next automatic one is smaller by it.
    std::int64_t created_ms = 0, arrives_ms = 0;

    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("currency", currency), f("status", status), f("amount", amount);
        f("txn", balance_transaction), f("failure_txn", failure_balance_transaction), f("fails", fails);
        f("by_hand", by_hand), f("at", created_ms), f("arrives", arrives_ms);
    }
};

/// How long things take at this Stripe.
struct Pace {
    std::int64_t debit_ms = 0;       ///< Until a debit ends.
    std::int64_t slow_debit_ms = 0;  ///< Of the accounts that take three minutes at least.
    std::int64_t dispute_ms = 0;     ///< Until a payer disputes.
    std::int64_t payout_ms = 0;      ///< Until a payout is at the bank.

    template <class Fields>
    void fields(Fields& f) {
        f("debit_ms", debit_ms), f("slow_debit_ms", slow_debit_ms), f("dispute_ms", dispute_ms);
        f("payout_ms", payout_ms);
    }
};

/// What this Stripe keeps, in the smallest unit of each currency.
struct Fees {
    std::int64_t rate_bp = 290;  ///< Of a payment, in hundredths of a percent.
    std::int64_t fixed = 30;     ///< Of a payment, besides.
    std::int64_t dispute = 1'500;

    template <class Fields>
    void fields(Fields& f) {
        f("fee_rate_bp", rate_bp), f("fee_fixed", fixed), f("dispute_fee", dispute);
    }
};

/// What was answered under an idempotency key.
struct KeptReply {
    std::string fingerprint;  ///< Of method, path and parameters.
    std::string body;
    std::int64_t status = 0;
    std::int64_t created_ms = 0;
    std::int64_t busy_until_ms = 0;  ///< Until then the first request is still running. Not stored.

    template <class Fields>
    void fields(Fields& f) {
        f("fp", fingerprint), f("body", body), f("status", status), f("at", created_ms);
    }
};

}  // namespace florin::sandbox::stripe
