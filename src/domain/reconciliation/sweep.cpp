#include <algorithm>
#include <array>

#include "florin/base/check.hpp"
#include "florin/payments/reading.hpp"
#include "reconciliation_impl.hpp"

namespace florin::reconciliation {
namespace {

constexpr std::int64_t movements_at_once = 200;
/// Providers tell moments in whole seconds, of a clock that is not quite ours.
constexpr Millis moment_slack{60'000};

/// One account's movements.
struct Walk {
    MerchantId merchant;
    Currency currency;
};
std::vector<Walk> walks_of(Reader& reader, std::string_view connector) {
    std::vector<Walk> walks;
    const auto account = ledger::Account::provider_clearing(connector);
    for (const MerchantId merchant : ledger::merchants(reader))
        for (const Currency currency : ledger::currencies_of(reader, merchant, account))
            walks.push_back({merchant, currency});
    return walks;
}

/// Journals of operations: what reconciliation posts to a clearing account itself settles them.
bool is_operation(std::string_view journal_kind) {
    constexpr std::array<std::string_view, 4> kinds{"purchase", "capture", "refund", "dispute"};
    return std::ranges::find(kinds, journal_kind) != kinds.end();
}

}  // namespace

Task<Result<void>> Reconciliation::Impl::sweep(std::string_view connector, const jobs::Job& job) {
    Instant since;
    auto read = [&](Reader& reader) -> Result<std::vector<Walk>> {
        if (on.settings.waits_for_first_settlement && !rows::has_settlements(reader, connector))
            return std::vector<Walk>{};
        since = known_since(reader, connector);
        return walks_of(reader, connector);
    };
    const auto walks = co_await on.store.read(read);
    if (!walks) co_return fail(walks.error());
    for (const Walk& each : *walks) {
        for (bool has_more = true; has_more;) {
            if (*job.is_lost) co_return imported_meanwhile();
            auto look = [&](Tx& tx) -> Result<bool> {
                return sweep_some(tx, each.merchant, connector, each.currency, since);
            };
            const auto looked = co_await on.store.write(look);
            if (!looked) co_return fail(looked.error());
            has_more = *looked;
        }
    }
    co_return Result<void>{};
}

Instant Reconciliation::Impl::known_since(Reader& reader, std::string_view connector) const {
    const auto known = rows::find_import(reader, connector);
    check(known.has_value(), "an import that has begun has a row");
    return known->listed_since;
}

Result<bool> Reconciliation::Impl::sweep_some(Tx& tx, MerchantId merchant, std::string_view connector,
                                              Currency currency, Instant since) const {
    rows::take_turn(tx, connector);
    const auto after = rows::swept_to(tx, merchant, connector, currency);
    const Instant before = tx.now() - std::max(on.settings.grace_of(connector), ledger::snapshot_age);
    const auto movements = ledger::movements(tx, merchant, ledger::Account::provider_clearing(connector), currency,
                                             after, before, movements_at_once);
    if (movements.empty()) return false;
    for (const ledger::Movement& each : movements) {
        // What was paid before settlements were first read cannot be found in them.
        if (!is_operation(each.kind) || each.posted_at < since) continue;
        const payments::TransactionId id{each.journal.value};
        const auto known = payments::find_details_by_transaction(tx, merchant, id);
        if (!known || rows::is_settled(tx, merchant, known->payment.id, id)) continue;
        report_unsettled(tx, *known,
                         unsettled_minor(known->payment, rows::settled_of(tx, merchant, known->payment.id)));
    }
    const ledger::Movement& last = movements.back();
    rows::sweep_to(tx, merchant, connector, currency, {last.posted_at, last.amount_minor, last.journal});
    return std::ssize(movements) == movements_at_once;
}

void Reconciliation::Impl::report_left_out(Tx& tx, const Identified& found, const Line& line) const {
    const payments::PaymentDetails& known = *found.known;
    Settled settled = found.settled;
    settled.expected_minor += line.expected_minor;
    settled.waived_minor = 0;  // It was taken back with the line.
    const std::int64_t unsettled = unsettled_minor(known.payment, settled);
    if (unsettled == 0) return;
    settled.transactions.push_back(*line.transaction);
    const std::string_view connector = known.payment.connector;
    const Instant since = known_since(tx, connector), before = tx.now() - on.settings.grace_of(connector);
    const auto is_left_out = [&](const payments::Transaction& one) {
        return payments::cleared_minor(one) != 0 && one.created_at >= since && one.created_at < before &&
               std::ranges::find(settled.transactions, one.id) == settled.transactions.end();
    };
    if (std::ranges::any_of(known.transactions, is_left_out)) report_unsettled(tx, known, unsettled);
}

Task<Result<bool>> Reconciliation::Impl::has_come_since(const Difference& difference) {
    Instant since, until;
    auto read = [&](Reader& reader) -> Result<std::vector<Walk>> {
        const auto failed = rows::find_settlement(reader, difference.merchant, *difference.settlement);
        if (!failed || failed->state != SettlementState::failed || !failed->is_imported || failed->lines != 0 ||
            !rows::has_paid_since(reader, difference.connector, failed->settled_at))
            return std::vector<Walk>{};
        since = known_since(reader, difference.connector);
        until = failed->settled_at + moment_slack;
        return walks_of(reader, difference.connector);
    };
    const auto walks = co_await on.store.read(read);
    if (!walks) co_return fail(walks.error());
    const auto account = ledger::Account::provider_clearing(difference.connector);
    for (const Walk& each : *walks) {
        std::optional<ledger::MovementPlace> place;
        bool has_more = true;
        auto look = [&](Reader& reader) -> Result<bool> {
            // The sweep has judged what is before.
            if (!place) place = rows::swept_to(reader, each.merchant, difference.connector, each.currency);
            const auto movements =
                ledger::movements(reader, each.merchant, account, each.currency, *place, until, movements_at_once);
            for (const ledger::Movement& movement : movements) {
                if (!is_operation(movement.kind) || movement.posted_at < since) continue;
                const payments::TransactionId id{movement.journal.value};
                const auto known = payments::find_details_by_transaction(reader, each.merchant, id);
                if (!known || rows::is_settled(reader, each.merchant, known->payment.id, id)) continue;
                const Settled settled = rows::settled_of(reader, each.merchant, known->payment.id);
                if (unsettled_minor(known->payment, settled) != 0) return false;
            }
            has_more = std::ssize(movements) == movements_at_once;
            if (has_more) place = {movements.back().posted_at, movements.back().amount_minor, movements.back().journal};
            return true;
        };
        while (has_more) {
            const auto all_settled = co_await on.store.read(look);
            if (!all_settled) co_return fail(all_settled.error());
            if (!*all_settled) co_return false;
        }
    }
    co_return !walks->empty();
}

void Reconciliation::Impl::report_unsettled(Tx& tx, const payments::PaymentDetails& known,
                                            std::int64_t unsettled) const {
    const payments::Payment& payment = known.payment;
    if (unsettled == 0) return;
    Difference one;
    one.merchant = payment.merchant;
    one.kind = Finding::not_settled;
    one.connector = payment.connector;
    one.payment = payment.id;
    one.currency = payment.amount.currency();
    one.missing_minor = unsettled;
    insert(tx, one);
}

}  // namespace florin::reconciliation
