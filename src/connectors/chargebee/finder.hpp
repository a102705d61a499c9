#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "line.hpp"
#include "reply.hpp"

namespace florin::chargebee {

/// How far Chargebee's clock may be from ours.
inline constexpr Millis clock_margin{5 * 60'000};

/// Finds invoices, payments, refunds and pages again. Every error but `not_found` is `outcome_unknown`: what was not
/// read to its end says nothing.
class Finder {
public:
    Finder(Line& line, Clock& clock) : line_{line}, clock_{clock} {}

    /// The invoice whose `po_number` is our reference. Those of the customer of that name are all shown; others are
    /// looked for among those of about the time of sending and among the latest. Error `not_found`.
    Task<Result<Invoice>> invoice(std::string reference, Instant sent_at);
    /// As `invoice`, where only the customer of that name can have it: what a hosted page made.
    Task<Result<Invoice>> invoice_of_page(std::string reference);
    /// Every payment that was tried for an invoice, the oldest first.
    Task<Result<std::vector<Transaction>>> payments(std::string invoice);
    Task<Result<Transaction>> transaction(std::string id);
    Task<Result<std::vector<CreditNote>>> credit_notes(std::string invoice);
    Task<Result<HostedPage>> page(std::string id);
    /// The page whose `pass_thru_content` is our reference. Error `not_found`.
    Task<Result<HostedPage>> page_of(std::string reference, Instant sent_at);
    /// The id of the card that is stored for a customer. Error `not_found`.
    Task<Result<std::string>> source_of(std::string customer);

private:
    /// The reply of a query that Chargebee answered; every error of it is `outcome_unknown`, or `not_found`.
    Task<Result<json::Value>> read(std::string path);
    /// Shows each item of a list to `sink` until that says that it is enough. Whether the list was read to its end, or
    /// `sink` had enough.
    using Sink = std::function<bool(const json::Value& item)>;
    Task<Result<bool>> each(std::string path, int max_pages, const Sink& sink);

    Line& line_;
    Clock& clock_;
};

}  // namespace florin::chargebee
