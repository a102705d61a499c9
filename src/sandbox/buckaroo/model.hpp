#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace florin::sandbox::buckaroo {

/// Why a request was refused: one entry of `RequestErrors`.
struct RequestError {
    std::string kind;  ///< `ParameterErrors`, `ServiceErrors` …
    std::string name, error, message;

    template <class Fields>
    void fields(Fields& f) {
        f("kind", kind), f("name", name), f("error", error), f("message", message);
    }
};

/// What Buckaroo keeps one key for: a payment, a refund, a reversal.
struct Transaction {
    std::int64_t seq = 0;
    std::string id;  ///< Its key.
    std::string payment_key, invoice, order, description, currency;
    std::string service;         ///< `ideal` or `SepaDirectDebit`.
    std::string type;            ///< `C021` …; empty for those whose type no document names.
    std::int64_t amount = 0;     ///< In cents.
    bool is_credit = false;      ///< A refund or a reversal.
    std::int64_t refunded = 0;   ///< Of a payment.
    bool is_reversed = false;    ///< Of a payment.
    std::int64_t status = 0;     ///< 190 …
    std::string sub_code, text;  ///< Of the status.
    bool starts_recurrent = false, is_recurring = false;
    std::string original, relation;  ///< The key of what this belongs to, and how: `refund`, `reversal`.
    std::string return_url, cancel_url, error_url, reject_url, push_url, failure_push_url;
    std::string transaction_id;  ///< The scheme's, of iDEAL.
    std::string iban, holder;    ///< The payer's, as far as known.
    std::string mandate, collect_on, reason_code, reason;
    std::vector<RequestError> errors;
    std::int64_t created_ms = 0, changed_ms = 0;
    std::int64_t due_ms = 0;  ///< When something becomes of it by itself; 0: nothing will.

    bool is_pending() const { return status >= 790 && status <= 794; }
    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("payment", payment_key), f("invoice", invoice), f("order", order);
        f("description", description), f("currency", currency), f("service", service), f("type", type);
        f("amount", amount), f("credit", is_credit), f("refunded", refunded), f("reversed", is_reversed);
        f("status", status), f("sub_code", sub_code), f("text", text), f("starts", starts_recurrent);
        f("recurring", is_recurring), f("original", original), f("relation", relation), f("return", return_url);
        f("cancel", cancel_url), f("error", error_url), f("reject", reject_url), f("push", push_url);
        f("failure", failure_push_url), f("transaction", transaction_id), f("iban", iban), f("holder", holder);
        f("mandate", mandate), f("collect", collect_on), f("reason_code", reason_code), f("reason", reason);
        f("errors", errors), f("at", created_ms), f("changed", changed_ms), f("due", due_ms);
    }
};

}  // namespace florin::sandbox::buckaroo
