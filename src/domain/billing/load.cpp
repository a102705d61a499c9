// The loader and the transactions creator: turns that have come become charges.

#include <algorithm>

#include "agenda_store.hpp"
#include "billing_impl.hpp"
#include "florin/billing/planted.hpp"
#include "florin/telemetry/log.hpp"
#include "job_payloads.hpp"
#include "ordering_keys.hpp"

namespace florin::billing {
namespace {

constexpr Millis tick{1'000};
/// What is announced days ahead need not be so to the minute.
constexpr Millis look_pause = std::chrono::minutes{15};
/// So many turns share a unit: a commit costs more than one of them, and payments wait behind all of them.
constexpr std::size_t turns_at_once = 32;
/// Whose turns share a unit.
constexpr std::size_t merchants_at_once = 16;

}  // namespace

void Billing::Impl::leave_to_a_job(Tx& tx, MerchantId merchant, const rows::Due& due) const {
    const std::string payload =
        json::to_text(TurnPayload{.kind = due.turn.kind, .id = due.turn.id, .due_at = due.due_at});
    const std::string ordering = ordering_keys::turn(due.turn.kind, due.turn.id);
    jobs::enqueue(tx, {.merchant = merchant,
                       .id = on.world.new_id<jobs::JobOf>(),
                       .kind = turn_kind,
                       .payload = payload,
                       .ordering_key = ordering});
}

Result<void> Billing::Impl::take_turn(Tx& tx, MerchantId merchant, const Turn& turn, Instant due_at) const {
    const Owner* owner = find_owner(turn.kind);
    if (owner == nullptr) return fail(ErrorKind::invalid, "unknown_owner", "Nobody takes turns of this kind.");
    if (planted(Bug::turn_taken_twice))
        if (auto taken = owner->on_turn(tx, merchant, turn.id, due_at); !taken) return taken;
    return owner->on_turn(tx, merchant, turn.id, due_at);
}

Result<Billing::Impl::Loaded> Billing::Impl::load_some(Tx& tx, std::span<const MerchantId> merchants, Loaded after,
                                                       std::size_t batch, bool by_jobs) const {
    std::size_t room = turns_at_once;
    for (Loaded now = after;;) {
        if (now.merchant == merchants.size() || room == 0 || now.merchant - after.merchant == merchants_at_once)
            return now;
        const MerchantId merchant = merchants[now.merchant];
        const std::size_t most = std::min(room, batch - now.of_merchant);
        const auto turns = rows::take_turns(tx, merchant, on.merchants.now(tx, merchant), most);
        for (const rows::Due& due : turns) {
            if (by_jobs)
                leave_to_a_job(tx, merchant, due);
            else if (auto taken = take_turn(tx, merchant, due.turn, due.due_at); !taken)
                return fail(std::move(taken.error()));
        }
        room -= turns.size();
        now.all += turns.size();
        now.of_merchant += turns.size();
        if (turns.size() < most || now.of_merchant == batch) {
            ++now.merchant;
            now.of_merchant = 0;
        }
    }
}

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
    Impl::Loaded loaded;
    while (loaded.merchant < due->size()) {
        auto take = [&](Tx& tx) { return my.load_some(tx, *due, loaded, batch, false); };
        auto leave = [&](Tx& tx) { return my.load_some(tx, *due, loaded, batch, true); };
        Result<Impl::Loaded> now;
        try {
            now = co_await my.on.store.write(take);
        } catch (const std::exception&) {
            // One of them cannot be read, or meets what nobody foresaw: see `leave`.
            now = fail(ErrorKind::invalid, "turn_unreadable", {});
        }
        // One of them keeps the others back, so each gets a job of its own, which fails alone and is repeated (F105).
        if (!now) now = co_await my.on.store.write(leave);
        if (!now) co_return fail(std::move(now.error()));
        loaded = *now;
        my.on.wake();
    }
    std::size_t taken = loaded.all;
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
    auto take = [&](Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job)) return lease_lost();
        const Turn turn{.kind = payload->kind, .id = payload->id};
        if (auto done = my.take_turn(tx, job.merchant, turn, payload->due_at); !done)
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
