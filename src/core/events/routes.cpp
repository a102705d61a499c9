#include "florin/events/routes.hpp"

#include <algorithm>
#include <charconv>

#include "florin/events/events.hpp"
#include "florin/http/listing.hpp"
#include "florin/json/writer.hpp"

namespace florin::events {
namespace {

constexpr std::int64_t default_limit = 50;
constexpr std::int64_t max_limit = http::longest_page;
/// A long poll ends well before the idle timeouts of proxies, 60 s as a rule.
constexpr std::int64_t max_wait_s = 30;

/// The query parameter as a whole number between `low` and `high`.
Result<std::int64_t> number(const http::Request& request, std::string_view name, std::int64_t otherwise,
                            std::int64_t low, std::int64_t high) {
    const auto text = request.parameter(name);
    if (!text) return otherwise;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < low || value > high)
        return http::invalid_parameter(name, high == INT64_MAX ? "Give a whole number, 0 or more."
                                                               : "Give a whole number from " + std::to_string(low) +
                                                                     " to " + std::to_string(high) + ".");
    return value;
}

std::string page_of(const std::vector<Event>& events, std::int64_t limit, std::int64_t after) {
    std::string text;
    json::Writer json{text};
    json.open('{').key("data").open('[');
    for (const Event& event : events) json.raw(to_json(event));
    json.close(']');
    json.field("next_after", std::to_string(events.empty() ? after : events.back().position));
    json.field("has_more", std::ssize(events) == limit).close('}');
    return text;
}

/// What one look has found.
struct Page {
    std::vector<Event> events;
    std::int64_t seen = 0;  ///< Up to this position there is nothing else.
};

Task<http::Response> list_events(EventRoutes on, http::Exchange& exchange) {
    const auto after = number(exchange.request, "after", 0, 0, INT64_MAX);
    if (!after) co_return http::problem(after.error(), exchange.correlation_id);
    const auto limit = number(exchange.request, "limit", default_limit, 1, max_limit);
    if (!limit) co_return http::problem(limit.error(), exchange.correlation_id);
    const auto wait_s = number(exchange.request, "wait", 0, 0, max_wait_s);
    if (!wait_s) co_return http::problem(wait_s.error(), exchange.correlation_id);
    const Filter filter{exchange.request.parameter("type").value_or(""),
                        exchange.request.parameter("subject").value_or("")};
    const MerchantId merchant = exchange.principal.merchant;
    std::int64_t from = *after;
    auto read_page = [&](Reader& reader) -> Result<Page> {
        // First how far there is anything: what is committed in between is seen by the next look.
        const std::int64_t last = last_position(reader, merchant);
        Page page{.events = list(reader, merchant, from, static_cast<int>(*limit), filter)};
        page.seen = page.events.empty() ? std::max(from, last) : page.events.back().position;
        return page;
    };
    const std::int64_t begun_ns = on.clock.monotonic_ns();
    const std::int64_t end_ns = begun_ns + *wait_s * 1'000'000'000;
    for (;;) {
        const auto page = co_await on.store.read(read_page);
        if (!page) co_return http::problem(page.error(), exchange.correlation_id);
        const std::int64_t now_ns = on.clock.monotonic_ns();
        if (!page->events.empty() || now_ns >= end_ns || on.feed.is_ending())
            co_return http::reply(200, page_of(page->events, *limit, page->seen));
        // What a filter has passed over need not be looked at again.
        from = page->seen;
        const Millis patience{(end_ns - now_ns) / 1'000'000 + 1};
        const auto waited = co_await on.feed.wait(merchant, from, patience);
        exchange.idle_ns += on.clock.monotonic_ns() - now_ns;
        if (!waited) co_return http::problem(waited.error(), exchange.correlation_id);
    }
}

Task<http::Response> get_event(store::Store& store, http::Exchange& exchange) {
    auto read_event = [&](Reader& reader) -> Result<Event> {
        auto event = find(reader, exchange.principal.merchant, exchange.path_value("id"));
        if (!event) return fail(ErrorKind::not_found, "event_not_found", "There is no such event.");
        return std::move(*event);
    };
    const auto event = co_await store.read(read_event);
    if (!event) co_return http::problem(event.error(), exchange.correlation_id);
    co_return http::reply(200, to_json(*event));
}

}  // namespace

std::vector<http::Route> routes(EventRoutes on) {
    std::vector<http::Route> table;
    table.push_back(
        {.method = "GET",
         .path = "/api/v1/events",
         .operation_id = "listEvents",
         .tag = "Events",
         .summary = "List events: what happened after a position, in order; or wait for it",
         .scope = "events:read",
         .handler = [on](http::Exchange& exchange) { return list_events(on, exchange); },
         .parameters =
             {{"after", "query", "Position of the last event that you have.", R"({"type":"integer"})"},
              {"limit", "query", "How many events at most.",
               R"({"type":"integer","minimum":1,"maximum":200,"default":50})"},
              {"wait", "query",
               "How many seconds to wait for an event if there is none. It is answered as soon as there is one.",
               R"({"type":"integer","minimum":0,"maximum":30,"default":0})"},
              {"type", "query", "Only events of this type, such as `florin.payment.captured`."},
              {"subject", "query", "Only events of the object with this id."}},
         .answers = {{200, "CloudEvents 1.0; read on with `after` = `next_after`."},
                     {422, "A parameter is out of its bounds."},
                     {429, "Too many requests of the merchant wait for events."}}});
    table.push_back({.method = "GET",
                     .path = "/api/v1/events/{id}",
                     .operation_id = "getEvent",
                     .tag = "Events",
                     .summary = "Read an event",
                     .scope = "events:read",
                     .handler = [on](http::Exchange& exchange) { return get_event(on.store, exchange); },
                     .parameters = {{"id", "path", "The event's id.", R"({"type":"string"})", true}},
                     .answers = {{200, "A CloudEvent."}, {404, "There is no such event."}}});
    return table;
}

}  // namespace florin::events
