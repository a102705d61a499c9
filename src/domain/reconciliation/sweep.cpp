#include <algorithm>
#include <array>

#include "florin/base/check.hpp"
#include "florin/payments/reading.hpp"
#include "reconciliation_impl.hpp"

namespace florin::reconciliation {
namespace {

constexpr std::int64_t movements_at_once = 200;

/// Journals of operations: what reconciliation posts to a clearing account itself settles them.
bool is_operation(std::string_view journal_kind) {
    constexpr std::array<std::string_view, 4> kinds{"purchase", "capture", "refund", "dispute"};
    return std::ranges::find(kinds, journal_kind) != kinds.end();
}

}  // namespace

Task<Result<void>> Reconciliation::Impl::sweep(std::string_view connector, const jobs::Job& job) {
    struct Walk {
        MerchantId merchant;
        Currency currency;
    };
    Instant since;
    auto read = [&](Reader& reader) -> Result<std::vector<Walk>> {
        std::vector<Walk> walks;
        if (on.settings.waits_for_first_settlement && !rows::has_settlements(reader, connector)) return walks;
        since = known_since(reader, connector);
        const auto account = ledger::Account::provider_clearing(connector);
        for (const MerchantId merchant : ledger::merchants(reader))
            for (const Currency currency : ledger::currencies_of(reader, merchant, account))
                walks.push_back({merchant, currency});
        return walks;
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
        report_unsettled(tx, *known);
    }
    const ledger::Movement& last = movements.back();
    rows::sweep_to(tx, merchant, connector, currency, {last.posted_at, last.amount_minor, last.journal});
    return std::ssize(movements) == movements_at_once;
}

void Reconciliation::Impl::report_unsettled(Tx& tx, const payments::PaymentDetails& known) const {
    const payments::Payment& payment = known.payment;
    const std::int64_t unsettled = unsettled_minor(payment, rows::settled_of(tx, payment.merchant, payment.id));
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
