// Events out: from the archive to the broker.

#include <algorithm>
#include <set>

#include "broker_impl.hpp"
#include "cloud_event.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/runtime/each.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::broker {
namespace {

/// Under this name stands how far each merchant's events have been sent; of merchant 0, that it has begun.
constexpr std::string_view listener = "broker";
constexpr MerchantId installation{0};
constexpr int batch_size = 256;
constexpr std::size_t merchants_at_once = 8;
constexpr Millis interval{100}, pause_after_refusal{1'000};
/// A broker that says nothing of what it was sent for so long is connected to anew.
constexpr Millis longest_silence{30'000};
constexpr Millis lease{15'000}, renewal{5'000};
/// When a message is tried again that the broker could not be asked about.
constexpr Millis while_away{5'000};

std::string order_of(std::string_view subject) { return "broker:" + std::string{subject} + ":"; }

telemetry::Counter& count_of(std::string_view result) {
    return telemetry::metrics().counter("florin_broker_events_total",
                                        "Events that the message broker was sent, by what it said.",
                                        {{"result", std::string{result}}});
}
void count(Fate fate) {
    static telemetry::Counter& accepted = count_of("accepted");
    static telemetry::Counter& rejected = count_of("rejected");
    static telemetry::Counter& not_taken = count_of("not_taken");
    (fate == Fate::accepted ? accepted : fate == Fate::rejected ? rejected : not_taken).add();
}

/// What is under way of one merchant. Outlives whoever waits for it, because the broker may answer late.
struct Flight {
    enum class Stage { waiting, sent, accepted, detour, held_up };

    std::vector<events::Event> events;
    std::vector<Stage> stages;
    /// Objects whose earlier events are jobs: theirs go the same way.
    std::set<std::string, std::less<>> detoured;
    std::size_t under_way = 0;
    bool is_held_up = false;
    Signal changed;

    void settle(std::size_t index, Fate fate) {
        count(fate);
        --under_way;
        switch (fate) {
            case Fate::accepted:
                stages[index] = Stage::accepted;
                break;
            case Fate::rejected:
                stages[index] = Stage::detour;
                detoured.insert(events[index].subject_id);
                break;
            case Fate::not_taken:
                stages[index] = Stage::held_up;
                is_held_up = true;
                break;
        }
        changed.set();
    }
};

/// Sends what may be sent: of each object the first that is not with the broker yet. F63
void send_next(Transport& transport, const std::shared_ptr<Flight>& flight) {
    std::set<std::string_view> busy;
    for (std::size_t i = 0; i < flight->events.size(); ++i) {
        const std::string& subject = flight->events[i].subject_id;
        Flight::Stage& stage = flight->stages[i];
        if (stage == Flight::Stage::waiting && flight->detoured.contains(subject)) stage = Flight::Stage::detour;
        if (stage == Flight::Stage::accepted || stage == Flight::Stage::detour) continue;
        if (!busy.insert(subject).second || stage != Flight::Stage::waiting || flight->is_held_up) continue;
        stage = Flight::Stage::sent;
        ++flight->under_way;
        Scheduler& home = Scheduler::current();
        transport.send(message_of(flight->events[i]), [flight, i, &home](Fate fate) {
            home.call_after(Millis{0}, [flight, i, fate] { flight->settle(i, fate); });
        });
    }
}

}  // namespace

Task<bool> Broker::Impl::begin() {
    auto begin_once = [&](store::Tx& tx) -> Result<bool> {
        if (events::select_cursor(tx, installation, listener) > 0) return true;
        if (!settings.is_from_beginning)
            for (const events::Behind& each : events::behind(tx, listener))
                events::advance_cursor(tx, each.merchant, listener, each.last);
        events::advance_cursor(tx, installation, listener, 1);
        return true;
    };
    const auto begun = co_await on.store.write(begin_once);
    co_return begun.has_value();
}

Task<bool> Broker::Impl::hold_lease() {
    const std::int64_t now_ns = on.world.clock.monotonic_ns();
    if (lease_ends_ns && now_ns < *lease_ends_ns - (lease - renewal).count() * 1'000'000) co_return true;
    auto hold = [&](store::Tx& tx) -> Result<bool> {
        return rows::hold_lease(tx, listener, on.node, tx.now() + lease);
    };
    const auto held = co_await on.store.write(hold);
    const bool is_held = held && *held;
    lease_ends_ns = is_held ? std::optional{now_ns + lease.count() * 1'000'000} : std::nullopt;
    co_return is_held;
}

Task<void> Broker::Impl::publish_of(MerchantId merchant, std::size_t& taken) {
    const auto flight = std::make_shared<Flight>();
    auto read_batch = [&](store::Reader& reader) -> Result<bool> {
        const std::int64_t heard = events::select_cursor(reader, merchant, listener);
        flight->events = events::list(reader, merchant, heard, batch_size);
        flight->detoured.clear();
        if (jobs::count_open(reader, merchant, "broker:") == 0) return true;
        for (const events::Event& event : flight->events)
            if (jobs::count_open(reader, merchant, order_of(event.subject_id)) > 0)
                flight->detoured.insert(event.subject_id);
        return true;
    };
    const auto read = co_await on.store.read(read_batch);
    if (!read) co_return;
    flight->stages.assign(flight->events.size(), Flight::Stage::waiting);

    std::int64_t said_at_ns = on.world.clock.monotonic_ns();
    std::size_t open_before = 0;
    for (;;) {
        send_next(*transport, flight);
        if (flight->under_way == 0 || is_stopping()) break;
        open_before = flight->under_way;
        flight->changed.reset();
        co_await flight->changed.wait_for(Millis{1'000});
        const std::int64_t now_ns = on.world.clock.monotonic_ns();
        if (flight->under_way < open_before) said_at_ns = now_ns;
        if (now_ns - said_at_ns < longest_silence.count() * 1'000'000) continue;
        transport->renew();
        said_at_ns = now_ns;
    }

    const auto is_done = [](Flight::Stage stage) {
        return stage == Flight::Stage::accepted || stage == Flight::Stage::detour;
    };
    const auto end = std::ranges::find_if_not(flight->stages, is_done);
    const auto done = static_cast<std::size_t>(end - flight->stages.begin());
    if (done == 0) co_return;
    auto note = [&](store::Tx& tx) -> Result<bool> {
        for (std::size_t i = 0; i < done; ++i) {
            if (flight->stages[i] != Flight::Stage::detour) continue;
            const events::Event& event = flight->events[i];
            std::string payload;
            json::Writer{payload}.open('{').field("event_id", event.id()).close('}');
            const std::string order = order_of(event.subject_id), unique = event.id();
            jobs::enqueue(tx, {.merchant = merchant,
                               .id = jobs::JobId{on.world.new_uuid()},
                               .kind = publish_kind,
                               .payload = payload,
                               .unique_key = unique,
                               .ordering_key = order,
                               .correlation_id = event.correlation_id,
                               .traceparent = event.traceparent});
        }
        events::advance_cursor(tx, merchant, listener, flight->events[done - 1].position);
        return true;
    };
    const auto noted = co_await on.store.write(note);
    if (!noted) co_return;
    taken += done;
    const auto detours = std::ranges::count(flight->stages.begin(), end, Flight::Stage::detour);
    if (detours == 0) co_return;
    log::warning("broker.event_rejected", {{"merchant", merchant}, {"count", static_cast<std::int64_t>(detours)}});
    on.wake();
}

Task<std::size_t> Broker::publish() {
    Impl& my = *impl_;
    if (!my.is_sending()) co_return 0;
    auto read_behind = [](store::Reader& reader) -> Result<std::vector<events::Behind>> {
        return events::behind(reader, listener);
    };
    auto news = co_await my.on.store.read(read_behind);
    if (!news) co_return 0;
    std::size_t taken = 0;
    auto publish_of = [&my, &taken](events::Behind each) -> Task<void> {
        co_await my.publish_of(each.merchant, taken);
    };
    co_await for_each(std::move(*news), merchants_at_once, publish_of);
    co_return taken;
}

Task<Result<void>> Broker::publish_one(const jobs::Job& job) {
    Impl& my = *impl_;
    const auto payload = json::parse(job.payload);
    const json::Value* id = payload ? payload->find("event_id") : nullptr;
    if (id == nullptr) co_return fail(ErrorKind::invalid, "job_unreadable", "The job does not name its event.");
    auto read_event = [&](store::Reader& reader) -> Result<std::optional<events::Event>> {
        return events::find(reader, job.merchant, id->text());
    };
    const auto event = co_await my.on.store.read(read_event);
    if (!event) co_return fail(event.error());
    if (!*event) co_return fail(ErrorKind::invalid, "event_not_found", "There is no such event.");

    struct Answer {
        std::optional<Fate> fate;
        Signal given;
    };
    const auto answer = std::make_shared<Answer>();
    if (my.is_sending()) {
        Scheduler& home = Scheduler::current();
        my.transport->send(message_of(**event), [answer, &home](Fate fate) {
            home.call_after(Millis{0}, [answer, fate] {
                count(fate);
                answer->fate = fate;
                answer->given.set();
            });
        });
        co_await answer->given.wait_for(longest_silence);
    }
    const Fate fate = answer->fate.value_or(Fate::not_taken);
    if (fate == Fate::accepted) co_return Result<void>{};
    if (fate == Fate::rejected)
        co_return fail(ErrorKind::unavailable, "broker_rejected", "The message broker does not take this message.");
    // An outage is no attempt: it says nothing about the message.
    auto put_off = [&](store::Tx& tx) -> Result<bool> { return jobs::postpone(tx, job, tx.now() + while_away); };
    const auto put = co_await my.on.store.write(put_off);
    if (!put) co_return fail(put.error());
    co_return Result<void>{};
}

Task<void> Broker::run(Signal& stop) {
    Impl& my = *impl_;
    if (!is_on()) co_return;
    my.stop = &stop;
    my.connect();
    bool has_begun = false;
    while (!stop.is_set()) {
        Millis pause = interval;
        // From when on there is something to send does not depend on the broker being there.
        if (!has_begun) has_begun = co_await my.begin();
        if (has_begun && my.is_sending() && co_await my.hold_lease()) {
            const std::size_t taken = co_await publish();
            if (taken > 0) pause = Millis{0};
            if (taken == 0 && !my.is_sending()) pause = pause_after_refusal;
        }
        if (pause.count() > 0) co_await stop.wait_for(pause);
    }
    my.transport->stop();
    if (!my.lease_ends_ns) co_return;
    auto release = [&](store::Tx& tx) -> Result<bool> {
        rows::release_lease(tx, listener, my.on.node);
        return true;
    };
    // What could not be given back runs out.
    const auto released = co_await my.on.store.write(release);
    static_cast<void>(released);
}

Lag lag(store::Reader& reader) {
    Lag found{.is_in_use = events::select_cursor(reader, installation, listener) > 0, .events = 0, .oldest_at = {}};
    if (!found.is_in_use) return found;
    for (const events::Behind& each : events::behind(reader, listener)) {
        found.events += each.last - each.heard;
        if (!found.oldest_at || each.oldest_at < *found.oldest_at) found.oldest_at = each.oldest_at;
    }
    return found;
}

}  // namespace florin::broker
