// The loader and the transactions creator: turns that have come become jobs, and jobs become charges.

#include <algorithm>

#include "agenda_store.hpp"
#include "billing_impl.hpp"
#include "florin/telemetry/log.hpp"
#include "job_payloads.hpp"
#include "ordering_keys.hpp"

namespace florin::billing {
namespace {

constexpr Millis tick{1'000};
/// What is announced days ahead need not be so to the minute.
constexpr Millis look_pause = std::chrono::minutes{15};
/// Whose turns share a unit.
constexpr std::size_t merchants_at_once = 16;

}  // namespace

Task<Result<std::size_t>> Billing::load(std::optional<MerchantId> only, std::size_t batch) {
    Impl& my = *impl_;
    auto find = [&](Reader& reader) -> Result<std::vector<MerchantId>> {
        if (only) return std::vector{*only};
        auto all = rows::merchants_due(reader, my.on.world.clock.now());
        std::erase_if(all, [&](MerchantId merchant) { return my.on.merchants.has_test_clock(reader, merchant); });
        return all;
    };
    auto due = co_await my.on.store.read(find);
    if (!due) co_return fail(std::move(due.error()));
    std::size_t taken = 0;
    for (std::size_t first = 0; first < due->size(); first += merchants_at_once) {
        const std::size_t end = std::min(first + merchants_at_once, due->size());
        auto take = [&](Tx& tx) -> Result<std::size_t> {
            std::size_t count = 0;
            for (std::size_t i = first; i < end; ++i) {
                const MerchantId merchant = (*due)[i];
                for (const rows::Due& one : rows::take_turns(tx, merchant, my.on.merchants.now(tx, merchant), batch)) {
                    const std::string payload =
                        json::to_text(TurnPayload{.kind = one.turn.kind, .id = one.turn.id, .due_at = one.due_at});
                    const std::string ordering = ordering_keys::turn(one.turn.kind, one.turn.id);
                    jobs::enqueue(tx, {.merchant = merchant,
                                       .id = my.on.world.new_id<jobs::JobOf>(),
                                       .kind = turn_kind,
                                       .payload = payload,
                                       .ordering_key = ordering});
                    ++count;
                }
            }
            return count;
        };
        auto count = co_await my.on.store.write(take);
        if (!count) co_return fail(std::move(count.error()));
        taken += *count;
    }
    if (taken > 0) my.on.wake();
    if (only) {
        const auto looked = co_await look_ahead(*only);
        if (!looked) co_return fail(looked.error());
        taken += *looked;
    }
    co_return taken;
}

Task<void> Billing::run(Signal& stop) {
    while (!stop.is_set()) {
        const auto taken = co_await load();
        if (!taken) telemetry::warning("billing.load_failed", {{"reason", taken.error().code}});
        // There may be more than one batch: those are not left for the next second.
        if (taken && *taken > 0)
            co_await others_first();
        else
            co_await stop.wait_for(tick);
    }
}

Task<void> Billing::run_looks(Signal& stop) {
    Impl& my = *impl_;
    auto find = [&](Reader& reader) -> Result<std::vector<MerchantId>> {
        auto all = rows::merchants_with_agenda(reader);
        std::erase_if(all, [&](MerchantId merchant) { return my.on.merchants.has_test_clock(reader, merchant); });
        return all;
    };
    while (!stop.is_set()) {
        const auto all = co_await my.on.store.read(find);
        for (const MerchantId merchant : all ? *all : std::vector<MerchantId>{}) {
            if (stop.is_set()) co_return;
            const auto looked = co_await look_ahead(merchant);
            if (!looked)
                telemetry::warning("billing.look_ahead_failed",
                                   {{"merchant", merchant}, {"reason", looked.error().code}});
            co_await others_first();
        }
        co_await stop.wait_for(look_pause);
    }
}

Task<Result<void>> Billing::take_turn(const jobs::Job& job) {
    Impl& my = *impl_;
    const auto payload = read_payload<TurnPayload>(job);
    if (!payload) co_return fail(payload.error());
    const Owner* owner = my.find_owner(payload->kind);
    if (owner == nullptr) co_return fail(ErrorKind::invalid, "unknown_owner", "Nobody takes turns of this kind.");
    auto take = [&](Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job)) return lease_lost();
        if (auto done = owner->on_turn(tx, job.merchant, payload->id, payload->due_at); !done)
            return fail(std::move(done.error()));
        return true;
    };
    try {
        auto taken = co_await my.on.store.write(take);
        if (!taken) co_return fail(std::move(taken.error()));
    } catch (const store::Failure& damaged) {
        // Its row, named in the failure, cannot be read: repeated it would not be either. It is a dead letter at once,
        // of which the team is told, and the others go on (F105).
        co_return fail(ErrorKind::invalid, "turn_unreadable", damaged.what());
    }
    my.on.wake();
    co_return Result<void>{};
}

}  // namespace florin::billing
