// From events to jobs: what happened is queued for everybody who wants to hear of it.

#include <algorithm>

#include "florin/json/writer.hpp"
#include "florin/telemetry/log.hpp"
#include "webhooks_impl.hpp"

namespace florin::webhooks {
namespace {

constexpr int batch = 500;
/// How much waits for one endpoint as jobs, while it takes what it is sent and while it does not. The rest waits as
/// events, where it costs nothing.
constexpr std::int64_t most_queued = 1'024, most_queued_of_failing = 64;
constexpr Millis interval{200};
/// For the endpoint that it was made for alone.
constexpr std::string_view test_event = "florin.webhook.test";

}  // namespace

std::string key_prefix(const EndpointId& id) { return "webhook:" + id.text() + ":"; }

void Webhooks::Impl::queue(store::Tx& tx, const Endpoint& endpoint, const events::Event& event, bool again) const {
    std::string payload;
    json::Writer{payload}.open('{').field("endpoint", endpoint.id).field("event", event.id()).close('}');
    const std::string unique = endpoint.id.text() + "/" + event.id();
    const std::string order = key_prefix(endpoint.id) + event.subject_id;
    jobs::enqueue(tx, {.merchant = endpoint.merchant,
                       .id = jobs::JobId{on.world.new_uuid()},
                       .kind = job_kind,
                       .payload = payload,
                       .unique_key = again ? std::nullopt : std::optional<std::string_view>{unique},
                       .ordering_key = order,
                       .correlation_id = event.correlation_id,
                       .traceparent = event.traceparent});
}

Task<std::size_t> Webhooks::fan_out() {
    Impl& my = *impl_;
    struct Heard {
        Endpoint endpoint;
        std::vector<events::Event> events;
    };
    auto read_news = [](store::Reader& reader) -> Result<std::vector<Heard>> {
        std::vector<Heard> news;
        for (Endpoint& endpoint : rows::active(reader)) {
            const std::int64_t most = endpoint.failing_since ? most_queued_of_failing : most_queued;
            const std::int64_t room = most - jobs::count_open(reader, endpoint.merchant, key_prefix(endpoint.id));
            if (room <= 0) continue;
            const int limit = static_cast<int>(std::min<std::int64_t>(batch, room));
            auto events = events::list(reader, endpoint.merchant, endpoint.heard_position, limit);
            if (!events.empty()) news.push_back({std::move(endpoint), std::move(events)});
        }
        return news;
    };
    const auto news = co_await my.on.store.read(read_news);
    if (!news) co_return 0;
    std::size_t queued = 0;
    for (const Heard& heard : *news) {
        auto queue_all = [&](store::Tx& tx) -> Result<std::size_t> {
            // Another process may be at it too.
            if (!rows::advance(tx, heard.endpoint, heard.events.back().position))
                return fail(ErrorKind::conflict, "queued_meanwhile", "Somebody else has queued these events.");
            std::size_t wanted = 0;
            for (const events::Event& event : heard.events) {
                // It is not told of itself, but for what it is sent on purpose.
                if (event.subject_id == heard.endpoint.id.text() || event.type == test_event) continue;
                if (!wants(heard.endpoint, event.type)) continue;
                my.queue(tx, heard.endpoint, event, false);
                ++wanted;
            }
            return wanted;
        };
        const auto wanted = co_await my.on.store.write(queue_all);
        // What somebody else has queued is to be delivered too, and there may be more.
        if (wanted || wanted.error().code == "queued_meanwhile") queued += wanted.value_or(1);
    }
    if (queued > 0) my.on.wake();
    co_return queued;
}

Task<void> Webhooks::run(Signal& stop) {
    while (!stop.is_set()) {
        const std::size_t queued = co_await fan_out();
        if (queued == 0) co_await stop.wait_for(interval);
    }
}

Task<Result<std::string>> Webhooks::test(Asker asker, EndpointId id) {
    Impl& my = *impl_;
    auto append_test = [&](store::Tx& tx) -> Result<std::string> {
        const auto before = rows::find(tx, asker.merchant, id);
        if (!before) return no_endpoint();
        rows::Row after = *before;
        after.endpoint.version += 1;
        after.endpoint.updated_at = tx.now();
        if (!rows::update(tx, *before, after)) return changed_meanwhile();
        std::string event_id = my.announce(tx, after.endpoint, test_event, asker);
        const events::Event event{.merchant = asker.merchant,
                                  .subject_id = after.endpoint.id.text(),
                                  .sequence = after.endpoint.version,
                                  .correlation_id = asker.correlation_id};
        my.queue(tx, after.endpoint, event, false);
        return event_id;
    };
    auto event_id = co_await my.on.store.write(append_test);
    if (event_id) my.on.wake();
    co_return event_id;
}

Task<Result<void>> Webhooks::resend(Asker asker, EndpointId id, std::string event_id) {
    Impl& my = *impl_;
    auto queue_again = [&](store::Tx& tx) -> Result<bool> {
        const auto found = rows::find(tx, asker.merchant, id);
        if (!found) return no_endpoint();
        const auto event = events::find(tx, asker.merchant, event_id);
        if (!event) return fail(ErrorKind::not_found, "event_not_found", "There is no such event.", "event_id");
        my.queue(tx, found->endpoint, *event, true);
        return true;
    };
    const auto queued = co_await my.on.store.write(queue_again);
    if (!queued) co_return fail(queued.error());
    my.on.wake();
    co_return Result<void>{};
}

Task<Result<std::int64_t>> Webhooks::replay(Asker asker, EndpointId id, std::int64_t after, std::int64_t until) {
    Impl& my = *impl_;
    if (until < after || until - after > most_replayed)
        co_return fail(ErrorKind::invalid, "range_too_long",
                       "Replay 10,000 events at most, from the older to the newer.", "until");
    std::int64_t queued = 0;
    for (std::int64_t from = after; from < until; from += batch) {
        const std::int64_t to = std::min(from + batch, until);
        auto queue_part = [&](store::Tx& tx) -> Result<std::int64_t> {
            const auto found = rows::find(tx, asker.merchant, id);
            if (!found) return no_endpoint();
            std::int64_t wanted = 0;
            for (const events::Event& event : events::list(tx, asker.merchant, from, static_cast<int>(to - from))) {
                if (event.position > to || event.type == test_event || !wants(found->endpoint, event.type)) continue;
                my.queue(tx, found->endpoint, event, true);
                ++wanted;
            }
            return wanted;
        };
        const auto part = co_await my.on.store.write(queue_part);
        if (!part) co_return fail(part.error());
        queued += *part;
    }
    my.on.wake();
    co_return queued;
}

}  // namespace florin::webhooks
