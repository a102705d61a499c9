#include "ledger_snapshots.hpp"

#include "florin/ledger/ledger.hpp"

namespace florin::app {

Task<Result<void>> take_ledger_snapshots(store::Store& store) {
    auto read = [](store::Reader& reader) -> Result<std::vector<MerchantId>> { return ledger::merchants(reader); };
    auto all = co_await store.read(read);
    if (!all) co_return fail(std::move(all.error()));
    for (const MerchantId merchant : *all) {
        std::optional<ledger::AccountKey> next = ledger::AccountKey{};
        while (next) {
            auto take = [&](store::Tx& tx) -> Result<std::optional<ledger::AccountKey>> {
                return ledger::snapshot(tx, merchant, *next);
            };
            auto taken = co_await store.write(take);
            if (!taken) co_return fail(std::move(taken.error()));
            next = std::move(*taken);
        }
    }
    co_return Result<void>{};
}

}  // namespace florin::app
