#include "florin/events/feed.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>

#include "florin/events/events.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::events {
namespace {

struct Waiter {
    MerchantId merchant;
    std::int64_t position;
    Scheduler* scheduler;
    Signal signal;
};

telemetry::Gauge& waiting_gauge() {
    static telemetry::Gauge& gauge =
        telemetry::metrics().gauge("florin_event_polls_waiting", "Requests that wait for a merchant's next event.");
    return gauge;
}

}  // namespace

struct Feed::State {
    store::Store& store;
    std::function<bool()> is_ending;
    std::mutex mutex{};
    std::list<Waiter> waiters{};
    std::map<MerchantId, std::size_t> count_by_merchant{};
    bool is_looked_after = false;

    /// A waiter for as long as its coroutine lives, however that ends.
    class Place {
    public:
        Place(std::shared_ptr<State> state, MerchantId merchant, std::int64_t position) : state_{std::move(state)} {
            const std::lock_guard lock{state_->mutex};
            auto& count = state_->count_by_merchant[merchant];
            if (count >= most_waiting) return;
            ++count;
            waiter_ =
                state_->waiters.insert(state_->waiters.end(), {merchant, position, &Scheduler::current(), Signal{}});
            has_place_ = true;
            waiting_gauge().add(1);
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() {
            if (!has_place_) return;
            const std::lock_guard lock{state_->mutex};
            const auto count = state_->count_by_merchant.find(waiter_->merchant);
            if (--count->second == 0) state_->count_by_merchant.erase(count);
            state_->waiters.erase(waiter_);
            waiting_gauge().add(-1);
        }
        explicit operator bool() const { return has_place_; }
        Signal& signal() { return waiter_->signal; }

    private:
        std::shared_ptr<State> state_;
        std::list<Waiter>::iterator waiter_{};
        bool has_place_ = false;
    };

    /// True for one caller, who then looks for all.
    bool takes_over() {
        const std::lock_guard lock{mutex};
        return !std::exchange(is_looked_after, true);
    }
    /// Whose news somebody waits for. Empty: nobody waits, and the next who comes looks.
    std::vector<MerchantId> wanted() {
        const std::lock_guard lock{mutex};
        std::vector<MerchantId> merchants;
        for (const auto& [merchant, count] : count_by_merchant) merchants.push_back(merchant);
        if (merchants.empty()) is_looked_after = false;
        return merchants;
    }
    template <class IsWanted>
    void wake(IsWanted is_wanted) {
        const std::lock_guard lock{mutex};
        for (Waiter& waiter : waiters) {
            if (!is_wanted(waiter)) continue;
            // A signal belongs to its waiter's thread.
            waiter.scheduler->call_after(Millis{0}, [signal = waiter.signal]() mutable { signal.set(); });
        }
    }

    /// Whoever looks is abandoned with its scheduler in a crash: then the next who waits looks.
    struct Duty {
        State& state;
        bool is_left = false;
        ~Duty() {
            if (is_left) return;
            const std::lock_guard lock{state.mutex};
            state.is_looked_after = false;
        }
    };
    static Task<void> look(std::shared_ptr<State> self) {
        Duty duty{*self};
        for (;;) {
            const std::vector<MerchantId> merchants = self->wanted();
            if (merchants.empty()) {
                duty.is_left = true;
                co_return;
            }
            if (self->is_ending()) self->wake([](const Waiter&) { return true; });
            auto read_positions = [&](Reader& reader) -> Result<std::map<MerchantId, std::int64_t>> {
                std::map<MerchantId, std::int64_t> positions;
                for (const MerchantId merchant : merchants) positions[merchant] = last_position(reader, merchant);
                return positions;
            };
            const auto positions = co_await self->store.read(read_positions);
            if (positions)
                self->wake([&](const Waiter& waiter) {
                    const auto last = positions->find(waiter.merchant);
                    return last != positions->end() && last->second > waiter.position;
                });
            co_await sleep_for(interval);
        }
    }
};

Feed::Feed(store::Store& store, std::function<bool()> is_ending)
    : state_{new State{.store = store, .is_ending = std::move(is_ending)}} {
    waiting_gauge();
}
Feed::~Feed() = default;

bool Feed::is_ending() const { return state_->is_ending(); }

std::size_t Feed::waiting() const {
    const std::lock_guard lock{state_->mutex};
    return state_->waiters.size();
}

Task<Result<void>> Feed::wait(MerchantId merchant, std::int64_t position, Millis patience) {
    State::Place place{state_, merchant, position};
    if (!place)
        co_return fail(ErrorKind::rate_limited, "too_many_waiting",
                       "As many requests wait for this merchant's events as may. Let one of them be enough.", "wait");
    if (state_->takes_over()) Scheduler::current().spawn(State::look(state_));
    co_await place.signal().wait_for(patience);
    co_return Result<void>{};
}

}  // namespace florin::events
