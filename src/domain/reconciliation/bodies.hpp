#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/http/listing.hpp"
#include "florin/json/describe.hpp"
#include "florin/reconciliation/reconciliation.hpp"

/// The bodies of the module's routes, in and out. Amounts are major units with their sign.
namespace florin::reconciliation {

struct RunBody {
    std::optional<std::string> connector;
};
struct RunView {
    std::vector<std::string> connectors;
    std::string_view look_at;
};

struct DifferenceView {
    DifferenceId id;
    std::string_view kind, status;
    std::string connector;
    std::optional<SettlementId> settlement_id;
    std::optional<LineId> line_id;
    std::optional<payments::PaymentId> payment_id;
    std::string missing;
    std::optional<std::string> currency;
    std::optional<std::string_view> resolution;
    std::optional<Uuid> case_id, opening_journal_id, closing_journal_id;
    Instant created_at, updated_at;
    std::optional<Instant> resolved_at;
};
using DifferenceListView = http::Page<DifferenceView>;

struct ShareView {
    std::int64_t merchant_id = 0;
    std::int64_t lines = 0;
    std::string gross, fees, net;
};
struct SettlementView {
    SettlementId id;
    std::string connector, provider_settlement_id;
    std::string_view state;
    Instant settled_at;
    std::optional<std::string> currency;
    bool is_imported = false;
    std::int64_t lines = 0;
    std::optional<std::string> gross, fees, net, total, beside_lines;
    std::optional<std::vector<ShareView>> merchants;
    std::optional<std::vector<DifferenceView>> differences;
    std::optional<Instant> imported_at;
    Instant created_at, updated_at;
};
using SettlementListView = http::Page<SettlementView>;

struct LineView {
    LineId id;
    std::string provider_line_id;
    std::string_view kind, status;
    std::string gross, fee, net, expected, currency;
    std::optional<payments::PaymentId> payment_id;
    std::optional<payments::TransactionId> transaction_id;
    std::optional<std::string> reference_number, provider_transaction_id, description;
    std::optional<DifferenceView> difference;
    Instant created_at;
};
using LineListView = http::Page<LineView>;

struct StandingView {
    std::string connector, currency, clearing, in_transit, not_settled, suspense;
    std::int64_t open_differences = 0;
};
struct ImportView {
    std::string connector;
    std::optional<Instant> begun_at, succeeded_at, failed_at;
    std::optional<std::string> error_code, error;
};
struct OverviewView {
    std::vector<StandingView> standings;
    std::vector<ImportView> imports;
};

DifferenceView view_of(const Difference& one);
SettlementView view_of(const Shown& shown, bool is_whole);
LineView view_of(const ShownLine& shown);
OverviewView view_of(const Overview& overview);

}  // namespace florin::reconciliation

namespace florin::json {

template <>
struct Described<reconciliation::RunBody> {
    using B = reconciliation::RunBody;
    static constexpr std::string_view name = "ReconciliationRunRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "connector",
              .member = &B::connector,
              .doc = "Only of this connector; left out: of all.",
              .example = "\"stripe\"",
              .min_length = 1,
              .max_length = 64},
    };
};

template <>
struct Described<reconciliation::RunView> {
    using V = reconciliation::RunView;
    static constexpr std::string_view name = "ReconciliationRun";
    static constexpr auto fields = std::tuple{
        Field{"connectors", &V::connectors, "Whose settlements are read now."},
        Field{"look_at", &V::look_at, "Where to see how it went: `imports` there.", "\"/api/v1/reconciliation\""},
    };
};

template <>
struct Described<reconciliation::DifferenceView> {
    using V = reconciliation::DifferenceView;
    static constexpr std::string_view name = "SettlementDifference";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The difference's id: the `owner` of its case."},
        Field{"kind", &V::kind,
              "Of a line `amount_differs`, `currency_differs`, `not_approved`, `open`, `unknown_operation` or "
              "`settled_twice`; of a settlement `total_differs` or `failed`; of a payment `not_settled`.",
              "\"amount_differs\""},
        Field{"status", &V::status, "`open` or `resolved`.", "\"open\""},
        Field{"connector", &V::connector, "Whose settlement it is about.", "\"stripe\""},
        Field{"settlement_id", &V::settlement_id, "Left out: of a payment that is in none."},
        Field{"line_id", &V::line_id, "Left out: of a settlement or a payment as a whole."},
        Field{"payment_id", &V::payment_id, "Left out: no payment is known."},
        Field{"missing", &V::missing,
              "What our books expect beyond what was paid; negative: what was paid beyond that. While it is open it "
              "lies in "
              "`suspense`, of `not_settled` in the clearing account.",
              "\"2.00\""},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"resolution", &V::resolution,
              "`matched` (it agrees by now), `waived` (written off), `paid_elsewhere` or `undone` (written off, and "
              "settled "
              "after all).",
              "\"waived\""},
        Field{"case_id", &V::case_id, "The case on the desk; left out: there is none."},
        Field{"opening_journal_id", &V::opening_journal_id,
              "The ledger's journal that put it in `suspense`; left out: the line's own did, or nothing was booked."},
        Field{"closing_journal_id", &V::closing_journal_id, "The journal that ended it."},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
        Field{"resolved_at", &V::resolved_at, "RFC 3339, UTC."},
    };
};

template <>
struct Described<reconciliation::ShareView> {
    using V = reconciliation::ShareView;
    static constexpr std::string_view name = "SettlementShare";
    static constexpr auto fields = std::tuple{
        Field{"merchant_id", &V::merchant_id, "Whose lines these are.", "1"},
        Field{"lines", &V::lines, "How many.", "12"},
        Field{"gross", &V::gross, "What they add up to before fees.", "\"120.00\""},
        Field{"fees", &V::fees, "What the provider keeps of it.", "\"3.40\""},
        Field{"net", &V::net, "Gross less fees: what is in that merchant's `bank`.", "\"116.60\""},
    };
};

template <>
struct Described<reconciliation::SettlementView> {
    using V = reconciliation::SettlementView;
    static constexpr std::string_view name = "Settlement";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The settlement's id."},
        Field{"connector", &V::connector, "Who pays it.", "\"stripe\""},
        Field{"provider_settlement_id", &V::provider_settlement_id, "The provider's id of it: a batch, a payout.",
              "\"po_1Ab\""},
        Field{"state", &V::state, "`open` (announced), `paid` or `failed`.", "\"paid\""},
        Field{"settled_at", &V::settled_at, "When it is, or was, paid. RFC 3339, UTC."},
        Field{"currency", &V::currency, "ISO 4217; left out: not known yet.", "\"EUR\""},
        Field{"is_imported", &V::is_imported, "Whether all its lines were read and booked."},
        Field{"lines", &V::lines, "How many of its lines are yours.", "12"},
        Field{"gross", &V::gross, "What they add up to before fees.", "\"120.00\""},
        Field{"fees", &V::fees, "What the provider keeps of it.", "\"3.40\""},
        Field{"net", &V::net, "Gross less fees.", "\"116.60\""},
        Field{"total", &V::total,
              "What was paid to the bank, as the provider says. Only for the merchant whose account it is, as the next "
              "three; "
              "left out: it does not say.",
              "\"116.60\""},
        Field{"beside_lines", &V::beside_lines,
              "Booked to the bank beside the lines, because the total is another: a difference says why.", "\"0.00\""},
        Field{"merchants", &V::merchants,
              "What the lines of each merchant come to: their net and `beside_lines` are what was paid. Not in lists."},
        Field{"differences", &V::differences,
              "Yours, of the settlement as a whole and of its lines, open and resolved: the newest 200; all of them "
              "are in "
              "`/api/v1/reconciliation/differences?settlement_id=`. Not in lists."},
        Field{"imported_at", &V::imported_at, "RFC 3339, UTC."},
        Field{"created_at", &V::created_at, "When it was first told of. RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
    };
};

template <>
struct Described<reconciliation::LineView> {
    using V = reconciliation::LineView;
    static constexpr std::string_view name = "SettlementLine";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id,
              "The line's id: its journal is `/api/v1/ledger/transactions/{id}`, unless nothing was moved by it."},
        Field{"provider_line_id", &V::provider_line_id, "The provider's id of it.", "\"txn_1Ab\""},
        Field{"kind", &V::kind,
              "`charge`, `refund`, `chargeback`, `chargeback_reversal`, `fee`, `adjustment` (what is no operation) or "
              "`payout` (made by hand: paid ahead, or negative where it is taken off).",
              "\"charge\""},
        Field{"status", &V::status,
              "`matched`, or how it differs: `amount_differs`, `currency_differs`, `not_approved`, `open`, "
              "`unknown_operation`, `settled_twice`.",
              "\"matched\""},
        Field{"gross", &V::gross, "Positive: to you.", "\"12.50\""},
        Field{"fee", &V::fee, "What the provider keeps; negative: what it gives back.", "\"0.30\""},
        Field{"net", &V::net, "Gross less fee: what it adds to `bank`.", "\"12.20\""},
        Field{"expected", &V::expected, "What it settles in our books: it left the clearing account.", "\"12.50\""},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"payment_id", &V::payment_id, "Left out: no payment is known."},
        Field{"transaction_id", &V::transaction_id, "Left out: no operation of it is known."},
        Field{"reference_number", &V::reference_number, "What the provider says is our reference."},
        Field{"provider_transaction_id", &V::provider_transaction_id, "The provider's id of the operation."},
        Field{"description", &V::description, "In the provider's words."},
        Field{"difference", &V::difference, "Left out: there never was one."},
        Field{"created_at", &V::created_at, "When it was booked. RFC 3339, UTC."},
    };
};

template <>
struct Described<reconciliation::StandingView> {
    using V = reconciliation::StandingView;
    static constexpr std::string_view name = "ReconciliationStanding";
    static constexpr auto fields = std::tuple{
        Field{"connector", &V::connector, "The provider.", "\"stripe\""},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"clearing", &V::clearing,
              "What the provider owes you by our books: in transit, and what was not settled.", "\"40.00\""},
        Field{"in_transit", &V::in_transit, "Of it: on its way, as it should be.", "\"30.00\""},
        Field{"not_settled", &V::not_settled, "Of it: what should have been settled by now.", "\"10.00\""},
        Field{"suspense", &V::suspense,
              "What nobody can explain yet, as the account `suspense` of the balances and `missing` of differences "
              "have it: "
              "positive is missing, negative was paid beyond what our books expect.",
              "\"2.00\""},
        Field{"open_differences", &V::open_differences, "How many wait for a person, or for the next import.", "2"},
    };
};

template <>
struct Described<reconciliation::ImportView> {
    using V = reconciliation::ImportView;
    static constexpr std::string_view name = "SettlementImport";
    static constexpr auto fields = std::tuple{
        Field{"connector", &V::connector, "The provider.", "\"stripe\""},
        Field{"begun_at", &V::begun_at, "When its settlements were last asked for; left out: never yet."},
        Field{"succeeded_at", &V::succeeded_at, "When that last went well to its end."},
        Field{"failed_at", &V::failed_at, "When it last did not."},
        Field{"error_code", &V::error_code, "Why the last one did not go well; left out: it did.",
              "\"settlement_unreadable\""},
        Field{"error", &V::error, "The same for people."},
    };
};

template <>
struct Described<reconciliation::OverviewView> {
    using V = reconciliation::OverviewView;
    static constexpr std::string_view name = "Reconciliation";
    static constexpr auto fields = std::tuple{
        Field{"standings", &V::standings, "Where your money stands, by provider and currency."},
        Field{"imports", &V::imports, "How reading the settlements of each provider last went."},
    };
};

}  // namespace florin::json

template <>
struct florin::http::ListOf<florin::reconciliation::DifferenceView> {
    static constexpr std::string_view name = "SettlementDifferenceList", data = "Newest first.";
};

template <>
struct florin::http::ListOf<florin::reconciliation::SettlementView> {
    static constexpr std::string_view name = "SettlementList", data = "The latest first.";
};

template <>
struct florin::http::ListOf<florin::reconciliation::LineView> {
    static constexpr std::string_view name = "SettlementLineList", data = "As they were read.";
};
