#include "match.hpp"

#include <algorithm>

#include "florin/payments/reading.hpp"

namespace florin::reconciliation {
namespace {

using payments::Transaction;
using payments::TransactionType;
using Kind = payments::SettlementLine::Kind;

bool is_of_kind(const Transaction& transaction, Kind kind) {
    switch (kind) {
        case Kind::charge:
            return transaction.type == TransactionType::purchase || transaction.type == TransactionType::capture;
        case Kind::refund:
            return transaction.type == TransactionType::refund;
        case Kind::chargeback:
            return transaction.type == TransactionType::chargeback;
        case Kind::chargeback_reversal:
            return transaction.type == TransactionType::chargeback_reversal;
        case Kind::fee:
        case Kind::adjustment:
        case Kind::payout:
            break;
    }
    return false;
}

class Candidates {
public:
    Candidates(const payments::SettlementLine& line, const payments::PaymentDetails& known, const Settled& settled)
        : line_{line}, known_{known}, settled_{settled} {}

    /// The transaction that the line is most likely of; nullptr: none can be.
    const Transaction* best() const {
        const Transaction* found = nullptr;
        for (const Transaction& each : known_.transactions)
            if (is_of_kind(each, line_.kind) && may_be(each) && (found == nullptr || rank(each) > rank(*found)))
                found = &each;
        if (found != nullptr || line_.kind != Kind::charge) return found;
        // An authorization that was settled without having been captured.
        for (const Transaction& each : known_.transactions)
            if (each.type == TransactionType::authorize && is_named(each)) return &each;
        return nullptr;
    }
    bool is_settled(const Transaction& one) const {
        return std::ranges::find(settled_.transactions, one.id) != settled_.transactions.end();
    }

private:
    bool is_named_by_reference(const Transaction& one) const {
        return !line_.reference.empty() && one.reference_number == line_.reference;
    }
    bool is_named(const Transaction& one) const {
        return is_named_by_reference(one) || (!line_.provider_id.empty() && one.provider_id == line_.provider_id);
    }
    bool has_amount(const Transaction& one) const {
        return payments::cleared_minor(one) == line_.gross.minor() && one.amount.currency() == line_.gross.currency();
    }
    /// A capture goes by its authorization's name at some providers; what was taken back is named by the provider's own
    /// id of it, or by the charge alone.
    bool may_be(const Transaction& one) const {
        if (is_named(one)) return true;
        if (line_.kind != Kind::charge) return line_.provider_id.empty() && !is_settled(one) && has_amount(one);
        const auto parent =
            std::ranges::find_if(known_.transactions, [&](const Transaction& other) { return one.parent == other.id; });
        return parent != known_.transactions.end() && is_named(*parent);
    }
    /// What is named comes first, then what has moved that amount and is not settled.
    int rank(const Transaction& one) const {
        const int named = is_named_by_reference(one) ? 10 : 0;
        if (is_settled(one)) return named + 2;
        if (payments::cleared_minor(one) != 0) return named + (has_amount(one) ? 5 : 4);
        return named + (is_open(one.status) ? 3 : 1);
    }

    const payments::SettlementLine& line_;
    const payments::PaymentDetails& known_;
    const Settled& settled_;
};

}  // namespace

Judgement judge(const payments::SettlementLine& line, const payments::PaymentDetails* known, const Settled& settled) {
    // It is paid of what is owed, whatever for: the operations come with lines of their own.
    if (line.kind == Kind::payout)
        return {.finding = Finding::matched, .transaction = {}, .expected_minor = line.gross.minor()};
    // What a provider keeps for itself is of no operation: there is nothing to compare.
    const bool has_no_operation = line.kind == Kind::fee || line.kind == Kind::adjustment;
    if (has_no_operation || known == nullptr)
        return {.finding = has_no_operation && line.gross.is_zero() ? Finding::matched : Finding::unknown_operation,
                .transaction = {}};
    const Candidates candidates{line, *known, settled};
    const Transaction* one = candidates.best();
    if (one == nullptr) return {.finding = Finding::unknown_operation, .transaction = {}};
    if (candidates.is_settled(*one)) return {.finding = Finding::settled_twice, .transaction = one->id};
    if (is_open(one->status)) return {.finding = Finding::open, .transaction = one->id};
    const std::int64_t expected = payments::cleared_minor(*one);
    if (expected == 0) return {.finding = Finding::not_approved, .transaction = one->id};
    if (settled.paid_elsewhere_minor != 0) return {.finding = Finding::settled_twice, .transaction = one->id};
    if (one->amount.currency() != line.gross.currency())
        return {.finding = Finding::currency_differs, .transaction = one->id};
    return {.finding = expected == line.gross.minor() ? Finding::matched : Finding::amount_differs,
            .transaction = one->id,
            .expected_minor = expected};
}

std::int64_t unsettled_minor(const payments::Payment& payment, const Settled& settled) {
    return payments::cleared_minor(payment) - settled.expected_minor - settled.waived_minor -
           settled.paid_elsewhere_minor;
}

}  // namespace florin::reconciliation
