#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "florin/events/events.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/store/store.hpp"

namespace florin::events {

/// Hears one event. Called again for the same event after an error, a crash or a replay.
using Handler = std::function<Task<Result<void>>(const Event&)>;

/// What a subscription may be told twice on purpose.
enum class Replay {
    allowed,  ///< It builds a projection.
    refused,  ///< It has effects outside, which a replay must not repeat (F62).
};

/// Delivers events to this process's subscriptions: each merchant's in the order of positions, at least
/// once. An event that a handler refuses is delivered again, ever more slowly, before any later one of
/// that merchant to that subscription; others are not held up. Where each subscription has come to is
/// durable. Run by one process at a time; should there be two, handlers hear events twice.
class Dispatcher {
public:
    explicit Dispatcher(store::Store& store) : store_{store} {}

    /// Before `run`. A new name hears everything from the beginning of the archive.
    void subscribe(std::string name, Replay replay, Handler handler);
    /// Numbers and delivers until `stop` is set.
    Task<void> run(Signal& stop);
    /// Delivers what there is, one batch for each merchant and subscription; answers how many events.
    Task<int> round();
    /// Lets a subscription hear everything after `position` again. False when it has not come so far or
    /// a replay is refused for it. In a unit of its own.
    [[nodiscard]] bool replay(Tx& tx, MerchantId merchant, std::string_view name, std::int64_t position) const;

private:
    struct Subscription {
        std::string name;
        Replay replay;
        Handler handler;
    };
    struct Refused {
        int times = 0;
        int rounds_left = 0;  ///< Rounds to leave out before trying again.
    };
    Task<int> deliver(const Subscription& subscription, MerchantId merchant);

    store::Store& store_;
    std::vector<Subscription> subscriptions_;
    std::map<std::pair<std::string, MerchantId>, Refused> refused_;
};

}  // namespace florin::events
