#pragma once

#include "florin/payments/settlement.hpp"
#include "reporting.hpp"

/// What the gateway has settled. A batch is one settlement; its reports name neither currency nor fees.
namespace florin::authorize_net {

/// What a batch says of itself. Nothing: it has not been settled and has no moment yet. Error `outcome_unknown` when it
/// cannot be understood.
Result<std::optional<payments::Settlement>> settlement_of(const Batches::Batch& batch, Currency currency);

/// What of a page of a batch's transactions moved money, in its order. A status that we do not know is an adjustment
/// that names it. Error `outcome_unknown` when an amount cannot be read: what a line comes to is never guessed.
Result<std::vector<payments::SettlementLine>> lines_of(const Page& page, std::string_view batch_id, Currency currency);

class Settlements {
public:
    Settlements(Line& line, Clock& clock) : line_{line}, clock_{clock} {}

    /// Every error is `outcome_unknown`.
    Task<Result<std::vector<payments::Settlement>>> between(Instant since, Instant until);
    /// The cursor is a page's number, and how long pages are since one was not answered in time. What is not paid has
    /// no lines: those of a batch in error come in a later one.
    Task<Result<payments::SettlementPage>> lines(const payments::Settlement& settlement, std::string cursor);

private:
    Task<Result<Currency>> account_currency();
    Line& line_;
    Clock& clock_;
};

}  // namespace florin::authorize_net
