#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/payments/payment.hpp"
#include "florin/payments/settlement.hpp"

namespace florin::reconciliation {

using SettlementId = Id<struct SettlementTag>;
using LineId = Id<struct SettlementLineTag>;
using DifferenceId = Id<struct SettlementDifferenceTag>;
using SettlementState = payments::Settlement::State;
using LineKind = payments::SettlementLine::Kind;

/// How something that a provider says stands to our books. All but `matched` is a difference.
enum class Finding {
    matched,
    // Of a line:
    amount_differs,     ///< Settled for another amount than was taken or given.
    currency_differs,   ///< Settled in another currency.
    not_approved,       ///< Settled, and our books say that it did not happen.
    open,               ///< Settled, and our books do not know the outcome yet.
    unknown_operation,  ///< Nothing in our books is of that name.
    settled_twice,      ///< Another line has settled it before, or it was found to have been paid elsewhere.
    // Of a settlement:
    total_differs,  ///< What was paid is not what its lines add up to.
    failed,         ///< The provider could not pay it.
    // Of a payment:
    not_settled,  ///< It should have been settled by now.
};
inline constexpr int finding_count = 10;
std::string_view to_text(Finding finding);
std::optional<Finding> parse_finding(std::string_view text);
constexpr bool is_of_line(Finding finding) { return finding <= Finding::settled_twice; }

std::string_view to_text(SettlementState state);
std::optional<SettlementState> parse_settlement_state(std::string_view text);
std::string_view to_text(LineKind kind);

/// A settlement as it stands here. `merchant`: whose the provider's account is.
struct Settlement {
    MerchantId merchant;
    SettlementId id;
    std::string connector, provider_id;
    SettlementState state = SettlementState::open;
    Instant settled_at;
    std::optional<Currency> currency;         ///< Nothing: neither total nor lines have told it yet.
    std::optional<std::int64_t> total_minor;  ///< What was paid, as the provider says.
    bool is_imported = false;                 ///< All its lines were read.
    std::string cursor;
    std::int64_t lines = 0;
    std::int64_t gross_minor = 0, fee_minor = 0;  ///< Of the lines.
    std::int64_t bank_minor = 0;                  ///< Booked beside the lines, so that the bank has what was paid.
    std::int64_t version = 1;
    std::optional<Instant> imported_at;
    Instant created_at, updated_at;
};

/// What a settlement's lines of one merchant add up to.
struct Share {
    MerchantId merchant, account_merchant;
    SettlementId settlement;
    std::string connector;
    Instant settled_at;
    std::int64_t lines = 0, gross_minor = 0, fee_minor = 0;
};

struct Line {
    MerchantId merchant;
    LineId id;  ///< Its journal's too.
    SettlementId settlement;
    std::string provider_id;
    LineKind kind = LineKind::charge;
    Finding status = Finding::matched;
    Money gross, fee;
    std::int64_t expected_minor = 0;  ///< What it settles of the operation in our books.
    std::string reference, operation_id, description;
    std::optional<payments::PaymentId> payment;
    std::optional<payments::TransactionId> transaction;
    Instant created_at;
};

/// Something that does not agree, on somebody's desk until it does or was decided.
struct Difference {
    MerchantId merchant;
    DifferenceId id;
    Finding kind = Finding::not_settled;
    std::string connector;
    std::optional<SettlementId> settlement;  ///< Nothing: of a payment.
    std::optional<LineId> line;
    std::optional<payments::PaymentId> payment;
    std::optional<Currency> currency;
    /// What our books expect beyond what was paid; negative: less. It lies in `suspense`, of a payment in the clearing
    /// account.
    std::int64_t missing_minor = 0;
    enum class Resolution { matched, waived, paid_elsewhere, undone };
    std::optional<Resolution> resolution;  ///< Nothing: it is open.
    std::optional<Uuid> case_id;
    std::optional<Uuid> opening_journal, closing_journal;
    std::int64_t version = 1;
    Instant created_at, updated_at;
    std::optional<Instant> resolved_at;
};
std::string_view to_text(Difference::Resolution resolution);

}  // namespace florin::reconciliation
