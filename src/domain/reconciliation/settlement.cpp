#include "florin/reconciliation/settlement.hpp"

#include "florin/base/check.hpp"

namespace florin::reconciliation {

std::string_view to_text(Finding finding) {
    switch (finding) {
        case Finding::matched:
            return "matched";
        case Finding::amount_differs:
            return "amount_differs";
        case Finding::currency_differs:
            return "currency_differs";
        case Finding::not_approved:
            return "not_approved";
        case Finding::open:
            return "open";
        case Finding::unknown_operation:
            return "unknown_operation";
        case Finding::settled_twice:
            return "settled_twice";
        case Finding::total_differs:
            return "total_differs";
        case Finding::failed:
            return "failed";
        case Finding::not_settled:
            return "not_settled";
    }
    check(false, "a finding is of a known kind");
    return {};
}

std::optional<Finding> parse_finding(std::string_view text) {
    for (int i = 0; i < finding_count; ++i)
        if (to_text(static_cast<Finding>(i)) == text) return static_cast<Finding>(i);
    return std::nullopt;
}

std::string_view to_text(SettlementState state) {
    switch (state) {
        case SettlementState::open:
            return "open";
        case SettlementState::paid:
            return "paid";
        case SettlementState::failed:
            return "failed";
    }
    check(false, "a settlement is in a known state");
    return {};
}

std::optional<SettlementState> parse_settlement_state(std::string_view text) {
    for (const SettlementState state : {SettlementState::open, SettlementState::paid, SettlementState::failed})
        if (to_text(state) == text) return state;
    return std::nullopt;
}

std::string_view to_text(LineKind kind) {
    switch (kind) {
        case LineKind::charge:
            return "charge";
        case LineKind::refund:
            return "refund";
        case LineKind::chargeback:
            return "chargeback";
        case LineKind::chargeback_reversal:
            return "chargeback_reversal";
        case LineKind::fee:
            return "fee";
        case LineKind::payout:
            return "payout";
        case LineKind::adjustment:
            return "adjustment";
    }
    check(false, "a line is of a known kind");
    return {};
}

std::string_view to_text(Difference::Resolution resolution) {
    switch (resolution) {
        case Difference::Resolution::matched:
            return "matched";
        case Difference::Resolution::waived:
            return "waived";
        case Difference::Resolution::paid_elsewhere:
            return "paid_elsewhere";
        case Difference::Resolution::undone:
            return "undone";
    }
    check(false, "a difference ends in a known way");
    return {};
}

}  // namespace florin::reconciliation
