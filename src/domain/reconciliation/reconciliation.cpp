#include "florin/reconciliation/reconciliation.hpp"

#include <algorithm>
#include <map>

#include "florin/base/check.hpp"
#include "reconciliation_impl.hpp"

namespace florin::reconciliation {
namespace {

std::unexpected<Error> no_settlement() {
    return fail(ErrorKind::not_found, "settlement_not_found", "There is no such settlement.");
}

std::optional<Shown> shown_of(Reader& reader, const Share& mine) {
    auto settlement = rows::find_settlement(reader, mine.account_merchant, mine.settlement);
    if (!settlement) return std::nullopt;
    const bool is_mine = mine.account_merchant == mine.merchant;
    return Shown{.settlement = std::move(*settlement),
                 .mine = mine,
                 .is_account_mine = is_mine,
                 .shares = {},
                 .differences = {}};
}

}  // namespace

Millis Settings::grace_of(std::string_view connector) const {
    const auto own = graces.find(connector);
    return own == graces.end() ? grace : own->second;
}

jobs::Policy Reconciliation::policy() {
    return {
        .concurrency = 2,
        .retry = {.strategy = jobs::RetryStrategy::exponential, .first = Millis{15'000}, .longest = Millis{900'000}}};
}

Reconciliation::Reconciliation(Surroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {
    impl_->on.cases.on_resolved(std::string{difference_kind}, [my = impl_.get()](Tx& tx, const cases::Case& resolved) {
        return my->decide(tx, resolved);
    });
}
Reconciliation::~Reconciliation() = default;

std::vector<std::string> Reconciliation::connectors() const {
    std::vector<std::string> telling;
    for (const std::string& name : impl_->on.connectors) {
        const payments::Connector* connector = impl_->on.connector(name);
        if (connector != nullptr && connector->capabilities().has_settlements) telling.push_back(name);
    }
    return telling;
}

Task<Result<std::vector<std::string>>> Reconciliation::ask(const cases::Asker& asker, idempotency::Guard guard,
                                                           std::string connector) {
    Impl& my = *impl_;
    std::vector<std::string> asked = connectors();
    if (!connector.empty()) {
        if (std::ranges::find(asked, connector) == asked.end())
            co_return fail(ErrorKind::invalid, "unknown_connector",
                           "No connector of that name tells what it has paid out.", "connector");
        asked = {connector};
    }
    const auto run = my.on.world.new_id<struct RunTag>();
    auto enqueue = [&](Tx& tx) -> Result<bool> {
        if (!guard.key.empty() && idempotency::is_taken(tx, asker.merchant, guard)) {
            const auto earlier = idempotency::earlier(tx, asker.merchant, guard);
            if (!earlier) return fail(earlier.error());
            return false;
        }
        if (!idempotency::take(tx, asker.merchant, guard, run.value))
            return fail(ErrorKind::unavailable, "repeat_request",
                        "A request with this key was taken just now. Repeat yours.");
        for (const std::string& each : asked) my.enqueue_import(tx, each);
        my.on.audit.append(tx, {.merchant = asker.merchant,
                                .correlation_id = asker.correlation_id,
                                .action = "reconciliation.asked",
                                .entity_type = "reconciliation",
                                .entity_id = run.text(),
                                .actor = asker.actor,
                                .changes = "{}",
                                .ip_address = asker.ip_address,
                                .user_agent = asker.user_agent});
        return true;
    };
    const auto enqueued = co_await my.on.store.write(enqueue);
    if (!enqueued) co_return fail(enqueued.error());
    if (my.on.wake) my.on.wake();
    co_return asked;
}

Task<Result<std::vector<Shown>>> Reconciliation::list(MerchantId merchant, SettlementFilter filter) {
    auto read = [&](Reader& reader) -> Result<std::vector<Shown>> {
        std::vector<Shown> all;
        for (const Share& share : rows::list_shares(reader, merchant, filter))
            if (auto shown = shown_of(reader, share)) all.push_back(std::move(*shown));
        return all;
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Shown>> Reconciliation::show(MerchantId merchant, SettlementId id) {
    auto read = [&](Reader& reader) -> Result<Shown> {
        const auto share = rows::find_share(reader, merchant, id);
        auto shown = share ? shown_of(reader, *share) : std::nullopt;
        if (!shown) return no_settlement();
        if (shown->is_account_mine) shown->shares = rows::shares_of(reader, id);
        const DifferenceFilter all{
            .is_open = {}, .kind = {}, .connector = {}, .settlement = id, .after = {}, .limit = Shown::most_shown};
        shown->differences = rows::list_differences(reader, merchant, all);
        return std::move(*shown);
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<std::vector<ShownLine>>> Reconciliation::lines(MerchantId merchant, SettlementId id, LineFilter filter) {
    auto read = [&](Reader& reader) -> Result<std::vector<ShownLine>> {
        if (!rows::find_share(reader, merchant, id)) return no_settlement();
        std::vector<ShownLine> all;
        for (Line& line : rows::list_lines(reader, merchant, id, filter)) {
            auto difference = rows::difference_of(reader, merchant, line.id);
            all.push_back({std::move(line), std::move(difference)});
        }
        return all;
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<std::vector<Difference>>> Reconciliation::differences(MerchantId merchant, DifferenceFilter filter) {
    auto read = [&](Reader& reader) -> Result<std::vector<Difference>> {
        return rows::list_differences(reader, merchant, filter);
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Overview>> Reconciliation::overview(MerchantId merchant) {
    const std::vector<std::string> telling = connectors();
    auto read = [&](Reader& reader) -> Result<Overview> {
        std::map<std::pair<std::string, std::string>, Standing> standings;
        const auto standing = [&](const std::string& connector, Currency currency) -> Standing& {
            const auto [at, is_new] = standings.try_emplace({connector, std::string{currency.code()}},
                                                            Standing{.connector = connector, .currency = currency});
            return at->second;
        };
        for (const std::string& connector : telling) {
            const auto clearing = ledger::Account::provider_clearing(connector);
            for (const Currency currency : ledger::currencies_of(reader, merchant, clearing))
                standing(connector, currency).clearing_minor = ledger::balance(reader, merchant, clearing, currency);
        }
        for (const rows::OpenSum& sum : rows::sum_open(reader, merchant)) {
            const auto currency = Currency::of(sum.currency);
            if (!currency) continue;  // A settlement that failed and never said its currency: nothing is booked.
            Standing& one = standing(sum.connector, *currency);
            one.open_differences += sum.count;
            if (sum.is_in_clearing)
                one.not_settled_minor += sum.missing_minor;
            else
                one.suspense_minor += sum.missing_minor;
        }
        Overview overview;
        for (auto& [key, one] : standings) overview.standings.push_back(std::move(one));
        for (const std::string& connector : telling) {
            ImportState state{.connector = connector,
                              .begun_at = {},
                              .succeeded_at = {},
                              .failed_at = {},
                              .error_code = {},
                              .error = {}};
            if (auto known = rows::find_import(reader, connector))
                state = {.connector = connector,
                         .begun_at = known->begun_at,
                         .succeeded_at = known->succeeded_at,
                         .failed_at = known->failed_at,
                         .error_code = std::move(known->error_code),
                         .error = std::move(known->error)};
            overview.imports.push_back(std::move(state));
        }
        return overview;
    };
    co_return co_await impl_->on.store.read(read);
}

}  // namespace florin::reconciliation
