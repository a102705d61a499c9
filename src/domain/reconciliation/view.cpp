#include "bodies.hpp"

namespace florin::reconciliation {
namespace {

std::optional<std::string> or_nothing(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

DifferenceView view_of(const Difference& one) {
    return {.id = one.id,
            .kind = to_text(one.kind),
            .status = one.resolution ? "resolved" : "open",
            .connector = one.connector,
            .settlement_id = one.settlement,
            .line_id = one.line,
            .payment_id = one.payment,
            .missing = one.currency ? to_major_text(one.missing_minor, *one.currency) : "0",
            .currency = one.currency ? std::optional{std::string{one.currency->code()}} : std::nullopt,
            .resolution = one.resolution ? std::optional{to_text(*one.resolution)} : std::nullopt,
            .case_id = one.case_id,
            .opening_journal_id = one.opening_journal,
            .closing_journal_id = one.closing_journal,
            .created_at = one.created_at,
            .updated_at = one.updated_at,
            .resolved_at = one.resolved_at};
}

SettlementView view_of(const Shown& shown, bool is_whole) {
    const Settlement& one = shown.settlement;
    const auto amount = [&](std::int64_t minor) {
        return one.currency ? std::optional{to_major_text(minor, *one.currency)} : std::nullopt;
    };
    const bool is_mine = shown.is_account_mine;
    SettlementView view{.id = one.id,
                        .connector = one.connector,
                        .provider_settlement_id = one.provider_id,
                        .state = to_text(one.state),
                        .settled_at = one.settled_at,
                        .currency = one.currency ? std::optional{std::string{one.currency->code()}} : std::nullopt,
                        .is_imported = one.is_imported,
                        .lines = shown.mine.lines,
                        .gross = amount(shown.mine.gross_minor),
                        .fees = amount(shown.mine.fee_minor),
                        .net = amount(shown.mine.gross_minor - shown.mine.fee_minor),
                        .total = is_mine && one.total_minor ? amount(*one.total_minor) : std::nullopt,
                        .beside_lines = is_mine ? amount(one.bank_minor) : std::nullopt,
                        .merchants = {},
                        .differences = {},
                        .imported_at = one.imported_at,
                        .created_at = one.created_at,
                        .updated_at = one.updated_at};
    if (!is_whole) return view;
    view.differences.emplace();
    for (const Difference& difference : shown.differences) view.differences->push_back(view_of(difference));
    if (!is_mine) return view;
    view.merchants.emplace();
    for (const Share& share : shown.shares)
        view.merchants->push_back({.merchant_id = share.merchant.value,
                                   .lines = share.lines,
                                   .gross = amount(share.gross_minor).value_or("0"),
                                   .fees = amount(share.fee_minor).value_or("0"),
                                   .net = amount(share.gross_minor - share.fee_minor).value_or("0")});
    return view;
}

LineView view_of(const ShownLine& shown) {
    const Line& one = shown.line;
    const Currency currency = one.gross.currency();
    return {.id = one.id,
            .provider_line_id = one.provider_id,
            .kind = to_text(one.kind),
            .status = to_text(one.status),
            .gross = to_major_text(one.gross),
            .fee = to_major_text(one.fee),
            .net = to_major_text(one.gross.minor() - one.fee.minor(), currency),
            .expected = to_major_text(one.expected_minor, currency),
            .currency = std::string{one.gross.code()},
            .payment_id = one.payment,
            .transaction_id = one.transaction,
            .reference_number = or_nothing(one.reference),
            .provider_transaction_id = or_nothing(one.operation_id),
            .description = or_nothing(one.description),
            .difference = shown.difference ? std::optional{view_of(*shown.difference)} : std::nullopt,
            .created_at = one.created_at};
}

OverviewView view_of(const Overview& overview) {
    OverviewView view;
    for (const Standing& one : overview.standings) {
        const auto amount = [&](std::int64_t minor) { return to_major_text(minor, one.currency); };
        view.standings.push_back({.connector = one.connector,
                                  .currency = std::string{one.currency.code()},
                                  .clearing = amount(one.clearing_minor),
                                  .in_transit = amount(one.clearing_minor - one.not_settled_minor),
                                  .not_settled = amount(one.not_settled_minor),
                                  .suspense = amount(one.suspense_minor),
                                  .open_differences = one.open_differences});
    }
    for (const ImportState& one : overview.imports)
        view.imports.push_back({.connector = one.connector,
                                .begun_at = one.begun_at,
                                .succeeded_at = one.succeeded_at,
                                .failed_at = one.failed_at,
                                .error_code = or_nothing(one.error_code),
                                .error = or_nothing(one.error)});
    return view;
}

}  // namespace florin::reconciliation
