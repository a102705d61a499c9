#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"

/// What a provider says it has paid out, and for what: the other side of the books that reconciliation compares.
namespace florin::payments {

/// What a provider has paid to the merchant's bank at once, or taken from there: a batch of Authorize.Net, a payout of
/// Stripe. One currency.
struct Settlement {
    std::string id;  ///< The provider's own, unique there for good.
    enum class State {
        open,    ///< Announced, and not paid yet: it is asked for again.
        paid,    ///< On its way to the bank, or there.
        failed,  ///< The provider could not pay it, or could not settle the batch.
    } state = State::open;
    Instant settled_at;
    /// What the provider says it comes to, fees deducted; nothing: it does not say. Negative: taken from the bank.
    std::optional<Money> total;
};

/// One operation's part of a settlement.
struct SettlementLine {
    enum class Kind {
        charge,
        refund,
        chargeback,
        chargeback_reversal,
        fee,
        adjustment,
        payout,  ///< Paid to the bank ahead, of no operation: positive where it was, negative where it is taken off
                 ///< again.
    };
    std::string id;  ///< The provider's own, unique there for good.
    Kind kind = Kind::charge;
    std::string reference;    ///< Ours of the operation (`Charge::reference`); empty: the line names none.
    std::string provider_id;  ///< The provider's own id of the operation, as in `Answer::provider_id`; empty: none.
    Money gross;              ///< Positive: to the merchant. Of a fee by itself zero.
    Money fee;                ///< What the provider keeps of it, positive; negative: what it gives back of a fee.
    std::string description;  ///< In the provider's words, for what is not an operation of ours. Empty: none.
};

struct SettlementPage {
    std::vector<SettlementLine> lines;
    std::string next;  ///< The cursor of the next page; empty at the end.
};

}  // namespace florin::payments
