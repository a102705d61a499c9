#pragma once

#include "finder.hpp"
#include "florin/payments/settlement.hpp"

/// What Stripe has paid out. A payout is one settlement, the balance transactions in it are its lines.
namespace florin::stripe {

/// Error `outcome_unknown` when it cannot be understood.
Result<payments::Settlement> settlement_of(const Payout& payout);

/// Of a balance transaction in that payout; nothing for the payout's own and for what comes to nothing. A type that we
/// do not know is an adjustment with its description. Error `outcome_unknown` when an amount or a currency cannot be
/// read: what a line comes to is never guessed.
Result<std::optional<payments::SettlementLine>> line_of(const BalanceTransaction& of, std::string_view payout);

class Settlements {
public:
    explicit Settlements(Finder& finder) : finder_{finder} {}

    /// By the day on which they reach the bank. Every error is `outcome_unknown`.
    Task<Result<std::vector<payments::Settlement>>> between(Instant since, Instant until);
    /// The cursor is the last balance transaction of the page before, and how long pages are since one was not answered
    /// in time. Stripe does not say what a payout that somebody made by hand is of: it is one line of kind `payout`.
    Task<Result<payments::SettlementPage>> lines(const payments::Settlement& settlement, std::string cursor);

private:
    Finder& finder_;
};

}  // namespace florin::stripe
