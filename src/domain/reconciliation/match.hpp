#pragma once

#include <optional>
#include <vector>

#include "florin/payments/payments.hpp"
#include "florin/reconciliation/settlement.hpp"

/// What a line of a settlement is of: decided without a world.
namespace florin::reconciliation {

/// What is settled already of a payment, but for the line that is being judged.
struct Settled {
    std::vector<payments::TransactionId> transactions;
    std::int64_t expected_minor = 0;  ///< Of the lines that settled them.
    /// What was given up of it after the grace, and what came another way: in the books both have left the clearing
    /// account.
    std::int64_t waived_minor = 0, paid_elsewhere_minor = 0;
};

struct Judgement {
    Finding finding = Finding::unknown_operation;
    std::optional<payments::TransactionId> transaction;
    std::int64_t expected_minor = 0;
};

/// `known`: the payment that the line names, through the connector that settles it; nullptr: there is none.
Judgement judge(const payments::SettlementLine& line, const payments::PaymentDetails* known, const Settled& settled);

/// What of a payment has neither been settled nor been decided otherwise, in minor units of what the provider owes.
std::int64_t unsettled_minor(const payments::Payment& payment, const Settled& settled);

}  // namespace florin::reconciliation
