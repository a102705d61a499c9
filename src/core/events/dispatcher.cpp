#include "florin/events/dispatcher.hpp"

#include <algorithm>

#include "event_store.hpp"
#include "florin/base/check.hpp"

namespace florin::events {
namespace {

constexpr Millis interval{200};
constexpr int batch = 100;
/// A refused event is tried again after 1, 2, 4 … rounds: at most once in a minute.
constexpr int most_rounds = 300;

}  // namespace

void Dispatcher::subscribe(std::string name, Replay replay, Handler handler) {
    check(std::ranges::find(subscriptions_, name, &Subscription::name) == subscriptions_.end(),
          "a subscription has a name of its own");
    subscriptions_.push_back({std::move(name), replay, std::move(handler)});
}

Task<int> Dispatcher::deliver(const Subscription& subscription, MerchantId merchant) {
    auto refused = refused_.find({subscription.name, merchant});
    if (refused != refused_.end() && refused->second.rounds_left-- > 0) co_return 0;

    std::int64_t heard = 0;
    auto read_events = [&](Reader& reader) -> Result<std::vector<Event>> {
        heard = select_cursor(reader, merchant, subscription.name);
        return list(reader, merchant, heard, batch);
    };
    const auto events = co_await store_.read(read_events);
    if (!events || events->empty()) co_return 0;
    const std::int64_t before = heard;
    bool is_refused = false;
    int delivered = 0;
    for (const Event& event : *events) {
        Result<void> outcome;
        try {
            outcome = co_await subscription.handler(event);
        } catch (const std::exception& failure) {
            outcome = fail(ErrorKind::unavailable, "exception", failure.what());
        }
        if (!outcome) {
            is_refused = true;
            break;
        }
        heard = event.position;
        ++delivered;
    }
    if (is_refused) {
        Refused& again = refused_[{subscription.name, merchant}];
        again.times = delivered > 0 ? 1 : again.times + 1;
        again.rounds_left = std::min(1 << std::min(again.times - 1, 20), most_rounds);
    } else {
        refused_.erase({subscription.name, merchant});
    }
    if (heard == before) co_return 0;
    auto remember = [&](Tx& tx) -> Result<void> {
        advance_cursor(tx, merchant, subscription.name, heard);
        return {};
    };
    const auto remembered = co_await store_.write(remember);
    // What could not be remembered is heard again.
    static_cast<void>(remembered);
    co_return delivered;
}

Task<int> Dispatcher::round() {
    int delivered = 0;
    MerchantId merchant{INT64_MIN};
    for (;;) {
        auto read_next = [&](Reader& reader) -> Result<std::optional<MerchantId>> {
            return next_merchant(reader, merchant);
        };
        const auto next = co_await store_.read(read_next);
        if (!next || !*next) co_return delivered;
        merchant = **next;
        for (const Subscription& subscription : subscriptions_) delivered += co_await deliver(subscription, merchant);
    }
}

Task<void> Dispatcher::run(Signal& stop) {
    auto number = [](Tx& tx) -> Result<std::optional<std::int64_t>> { return assign_positions(tx); };
    for (;;) {
        if (store_.engine() == store::Engine::postgres) {
            // What could not be numbered now will be in the next round.
            const auto numbered = co_await store_.write(number);
            static_cast<void>(numbered);
        }
        const int delivered = co_await round();
        if (stop.is_set()) co_return;
        if (delivered == 0 && co_await stop.wait_for(interval)) co_return;
    }
}

bool Dispatcher::replay(Tx& tx, MerchantId merchant, std::string_view name, std::int64_t position) const {
    const auto found = std::ranges::find(subscriptions_, name, &Subscription::name);
    if (found == subscriptions_.end() || found->replay == Replay::refused) return false;
    return rewind_cursor(tx, merchant, name, position);
}

}  // namespace florin::events
