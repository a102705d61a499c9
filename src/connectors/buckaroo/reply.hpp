#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/money.hpp"
#include "florin/json/value.hpp"

/// What Buckaroo says, read tolerantly: unknown members are skipped, absent ones are empty, texts are cleaned and cut.
/// Nothing here judges.
namespace florin::buckaroo {

/// A body as JSON.
Result<json::Value> parse_reply(std::string_view body);

/// A transaction, as a reply, a status and a push show it.
struct Transaction {
    std::string key, invoice, currency, type;
    int status = 0;                   ///< 0: none that can be read.
    std::string description;          ///< Of the status, of its sub-code where that says more.
    std::string changed_at;           ///< When it came to that status, as Buckaroo writes it.
    std::string debit, credit;        ///< Numbers as they were written, empty when absent.
    std::string redirect_url;         ///< Where the payer has to go.
    std::string request_error;        ///< Why the request itself was refused: the first reason given.
    std::string reason_code, reason;  ///< The bank's, of a direct debit that failed or came back.
    std::string payer_iban_last4;
    /// What it belongs to: `refund` or `reversal`, and the key of the original.
    struct Related {
        std::string relation, key;
    };
    std::vector<Related> related;

    /// The key of what it takes back; empty when it is no reversal.
    std::string reversed_key() const;
    /// Money taken back after it was paid. It is a transaction of its own, and its status is "success".
    bool is_reversal() const;
    bool is_refund_of(std::string_view key) const;
};
/// Nothing when it is no transaction: 32 upper-case hexadecimal digits are its key.
std::optional<Transaction> read_transaction(const json::Value& object);

/// A key as Buckaroo makes them.
bool is_key(std::string_view text);

/// `12.5`, `12.50`, `12`: exactly, in a currency. Nothing for what is none, not positive, or more precise.
std::optional<Money> read_amount(std::string_view number, std::string_view currency);

}  // namespace florin::buckaroo
