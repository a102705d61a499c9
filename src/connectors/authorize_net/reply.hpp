#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/json/value.hpp"
#include "requests.hpp"

/// What Authorize.Net says, read tolerantly: unknown members are skipped, absent ones are empty,
/// numbers and strings are both taken as text, cleaned and cut. Nothing here judges.
namespace florin::authorize_net {

/// A body as JSON, without the byte order mark that leads it.
Result<json::Value> parse_reply(std::string_view body);

struct Reason {
    std::string code, text;
};

/// What every reply has: `messages{resultCode, message[]}`.
struct Envelope {
    std::string result_code;  ///< `Ok` or `Error`; empty when the reply is something else.
    Reason reason;            ///< The first message.
    bool is_ok() const { return result_code == "Ok"; }
};
Envelope read_envelope(const json::Value& reply);

struct TransactionReply {
    Envelope envelope;
    std::string reference;  ///< `refId`.
    std::string response_code, transaction_id, auth_code, avs, cvv;
    bool is_test = false;
    std::vector<Reason> errors, messages;
    std::string approved_amount;  ///< Of a prepaid card, major units; empty when not said.
    std::optional<ProfileIds> profile;
};
TransactionReply read_transaction(const json::Value& reply);

/// `getTransactionDetails`: what a transaction has become by now.
struct Details {
    Envelope envelope;
    std::string transaction_id, parent_id, status, response_code, auth_code, avs, cvv;
    Reason reason;
    std::string invoice_number, last4;
    std::string auth_amount, settle_amount;  ///< Major units as written.
    std::optional<ProfileIds> profile;
};
Details read_details(const json::Value& reply);

/// One page of a list of transactions.
struct Page {
    struct Entry {
        std::string transaction_id, invoice_number;
        std::optional<Instant> submitted_at;
        std::string status, settle_amount;  ///< Major units as written.
    };
    Envelope envelope;
    std::vector<Entry> entries;
};
Page read_page(const json::Value& reply);

/// What a batch comes to for one kind of account, in major units as written; empty: it does not say.
struct Statistic {
    std::string charges, refunds;
    std::string returned_items, returned_charges, returned_refunds;
    std::string chargebacks, chargebacks_of_charges, chargebacks_of_refunds;
};
struct Batches {
    struct Batch {
        std::string id, state;
        std::optional<Instant> settled_at;
        std::vector<Statistic> statistics;
    };
    Envelope envelope;
    std::vector<Batch> all;
};
Batches read_batches(const json::Value& reply);

/// `getMerchantDetails`: the currencies of the account.
struct Merchant {
    Envelope envelope;
    std::vector<std::string> currencies;
};
Merchant read_merchant(const json::Value& reply);

/// Replies of `createCustomerProfile` and `getCustomerProfile`.
struct ProfileReply {
    Envelope envelope;
    std::string customer_profile_id;  ///< Of a duplicate (E00039): also from the message's text.
    std::string merchant_customer_id;
    struct StoredCard {
        std::string payment_profile_id, last4;
    };
    std::vector<StoredCard> cards;
};
ProfileReply read_profile(const json::Value& reply);

/// Major units that may carry more zeros than the currency has decimals (`5.0000`); nothing when it
/// is not exactly an amount.
std::optional<Money> read_amount(std::string_view text, Currency currency);

}  // namespace florin::authorize_net
