#include "timeline.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "florin/audit/audit.hpp"
#include "florin/events/events.hpp"
#include "florin/http/listing.hpp"
#include "florin/intake/intake.hpp"
#include "florin/json/writer.hpp"
#include "florin/webhooks/webhooks.hpp"

namespace florin::app {
namespace {

using http::Exchange;
using http::Response;

constexpr std::size_t default_limit = 100;

/// The kinds in the order in which they follow from each other within one moment. Audit records stand last: they
/// are the only ones without a bound, and are read page by page.
enum class Kind { webhook_received, transaction_begun, transaction_outcome, event, webhook_sent, audit };
std::string_view kind_text(Kind kind) {
    switch (kind) {
        case Kind::webhook_received:
            return "webhook_received";
        case Kind::transaction_begun:
            return "transaction_begun";
        case Kind::transaction_outcome:
            return "transaction_outcome";
        case Kind::event:
            return "event";
        case Kind::webhook_sent:
            return "webhook_sent";
        case Kind::audit:
            return "audit";
    }
    __builtin_unreachable();
}

/// Where an entry stands. Of an audit record `name` is its lane, else `number` tells entries of one name apart.
struct Place {
    Instant at{INT64_MIN};
    Kind kind = Kind::webhook_received;
    std::string name;
    std::int64_t number = 0;

    bool operator<(const Place& other) const {
        return std::tie(at.ms, kind, name, number) < std::tie(other.at.ms, other.kind, other.name, other.number);
    }
};

struct Entry {
    Place place;
    std::string correlation_id;
    std::string details;  ///< A JSON object.
};

/// `<moment in ms>.<kind>.<number>.<name>`.
std::string cursor_of(const Place& place) {
    return std::to_string(place.at.ms) + "." + std::to_string(static_cast<int>(place.kind)) + "." +
           std::to_string(place.number) + "." + place.name;
}

std::optional<Place> parse_cursor(std::string_view text) {
    std::int64_t numbers[3];
    for (std::int64_t& number : numbers) {
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (failure != std::errc{} || end == text.data() + text.size() || *end != '.') return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    }
    if (numbers[1] < 0 || numbers[1] > static_cast<int>(Kind::audit)) return std::nullopt;
    return Place{.at = Instant{numbers[0]},
                 .kind = static_cast<Kind>(numbers[1]),
                 .name = std::string{text},
                 .number = numbers[2]};
}

std::optional<std::string_view> or_nothing(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

void add(std::vector<Entry>& entries, const payments::Transaction& transaction) {
    const std::string id = transaction.id.text();
    Entry begun{.place = {transaction.created_at, Kind::transaction_begun, id, 0},
                .correlation_id = transaction.origin.correlation_id,
                .details = {}};
    json::Writer{begun.details}
        .open('{')
        .field("transaction_id", transaction.id)
        .field("type", to_text(transaction.type))
        .field("amount", to_major_text(transaction.amount))
        .field("currency", transaction.amount.code())
        .field("reference_number", transaction.reference_number)
        .field("actor", transaction.origin.actor)
        .close('}');
    entries.push_back(std::move(begun));
    // Of what is still open this is how it stands; what has ended changes no more but by a person or a look-up.
    Entry outcome{.place = {transaction.updated_at, Kind::transaction_outcome, id, 0},
                  .correlation_id = transaction.origin.correlation_id,
                  .details = {}};
    const bool has_approval = transaction.approved_minor > 0;
    json::Writer{outcome.details}
        .open('{')
        .field("transaction_id", transaction.id)
        .field("type", to_text(transaction.type))
        .field("status", to_text(transaction.status))
        .field("is_open", is_open(transaction.status))
        .field("amount_approved",
               has_approval
                   ? std::optional{to_major_text(*Money::of(transaction.approved_minor, transaction.amount.currency()))}
                   : std::nullopt)
        .field("provider_transaction_id", or_nothing(transaction.provider_id))
        .field("provider_code", or_nothing(transaction.provider_code))
        .field("message", or_nothing(transaction.message))
        .field("lookups", transaction.checks)
        .field("lookups_not_found", transaction.not_found)
        .field("next_lookup_at", transaction.next_check_at)
        .close('}');
    entries.push_back(std::move(outcome));
}

void add(std::vector<Entry>& entries, const events::Event& event) {
    Entry entry{.place = {event.time, Kind::event, event.subject_id, event.sequence},
                .correlation_id = event.correlation_id,
                .details = {}};
    json::Writer{entry.details}.open('{').field("event_id", event.id()).field("type", event.type).close('}');
    entries.push_back(std::move(entry));
}

void add(std::vector<Entry>& entries, const intake::Received& webhook) {
    Entry entry{.place = {webhook.received_at, Kind::webhook_received, webhook.connector + "/" + webhook.event_id, 0},
                .correlation_id = webhook.correlation_id,
                .details = {}};
    json::Writer{entry.details}
        .open('{')
        .field("connector", webhook.connector)
        .field("provider_event_id", webhook.event_id)
        .field("type", webhook.event_type)
        .field("status", webhook.status)
        .field("processed_at", webhook.processed_at)
        .close('}');
    entries.push_back(std::move(entry));
}

void add(std::vector<Entry>& entries, const events::Event& event, const webhooks::EndpointAttempt& sent) {
    Entry entry{
        .place = {sent.attempt.at, Kind::webhook_sent, event.id() + "/" + sent.endpoint.text(), sent.attempt.number},
        .correlation_id = event.correlation_id,
        .details = {}};
    json::Writer{entry.details}
        .open('{')
        .field("event_id", sent.attempt.event_id)
        .field("endpoint_id", sent.endpoint)
        .field("attempt", sent.attempt.number)
        .field("is_delivered", sent.attempt.is_delivered)
        .field("status", sent.attempt.status)
        .field("duration_ms", sent.attempt.duration_ms)
        .field("error", or_nothing(sent.attempt.error))
        .close('}');
    entries.push_back(std::move(entry));
}

void add(std::vector<Entry>& entries, const audit::Record& record) {
    Entry entry{.place = {record.created_at, Kind::audit, record.lane, record.sequence},
                .correlation_id = record.correlation_id,
                .details = {}};
    json::Writer{entry.details}
        .open('{')
        .field("audit_id", record.id())
        .field("action", record.action)
        .field("entity_type", record.entity_type)
        .field("entity_id", record.entity_id)
        .field("actor", record.user_id)
        .raw_field("changes", record.changes)
        .close('}');
    entries.push_back(std::move(entry));
}

/// What a key may see beside the transactions.
struct Sight {
    bool events, webhooks, audit;
};

/// All events of a payment: it has few.
std::vector<events::Event> events_of(store::Reader& reader, MerchantId merchant, const std::string& subject) {
    constexpr int batch = 200;
    std::vector<events::Event> all;
    for (;;) {
        const std::int64_t from = all.empty() ? 0 : all.back().position;
        auto more = events::list(reader, merchant, from, batch, {.type = {}, .subject_id = subject});
        const bool is_last = std::ssize(more) < batch;
        std::ranges::move(more, std::back_inserter(all));
        if (is_last) return all;
    }
}

/// At least the `limit` first entries behind `after`, as far as there are so many; unsorted.
std::vector<Entry> gather(store::Reader& reader, const payments::PaymentDetails& details, const Sight& sight,
                          const Place& after, int limit) {
    const MerchantId merchant = details.payment.merchant;
    std::vector<Entry> entries;
    for (const payments::Transaction& transaction : details.transactions) {
        add(entries, transaction);
        for (const intake::Received& webhook : intake::received_of(reader, transaction.reference_number))
            add(entries, webhook);
    }
    if (sight.events || sight.webhooks) {
        for (const events::Event& event : events_of(reader, merchant, details.payment.id.text())) {
            if (sight.events) add(entries, event);
            if (!sight.webhooks) continue;
            for (const auto& sent : webhooks::attempts_of_event(reader, merchant, event.id()))
                add(entries, event, sent);
        }
    }
    std::erase_if(entries, [&](const Entry& entry) { return !(after < entry.place); });
    if (!sight.audit) return entries;
    // The record that the cursor names, or the first of its moment.
    audit::Moment moment{.at = after.at, .lane = {}, .sequence = 0};
    if (after.kind == Kind::audit) {
        moment.lane = after.name;
        moment.sequence = after.number;
    }
    const auto add_audit = [&](std::string_view type, const std::string& id) {
        for (const audit::Record& record : audit::of_entity_after(reader, merchant, type, id, moment, limit))
            add(entries, record);
    };
    add_audit("payment", details.payment.id.text());
    for (const payments::Transaction& transaction : details.transactions)
        add_audit("transaction", transaction.id.text());
    return entries;
}

std::string page_of(std::vector<Entry>& entries, std::size_t limit, const payments::Payment& payment,
                    const Sight& sight) {
    std::ranges::sort(entries, [](const Entry& a, const Entry& b) { return a.place < b.place; });
    const bool has_more = entries.size() > limit;
    if (has_more) entries.resize(limit);
    std::string text;
    json::Writer json{text};
    json.open('{').field("payment_id", payment.id).field("state", to_text(payment.state)).key("data").open('[');
    for (const Entry& entry : entries)
        json.open('{')
            .field("at", entry.place.at)
            .field("kind", kind_text(entry.place.kind))
            .field("correlation_id", entry.correlation_id)
            .raw_field("details", entry.details)
            .close('}');
    json.close(']').key("left_out").open('[');
    if (!sight.events) json.value("event");
    if (!sight.webhooks) json.value("webhook_sent");
    if (!sight.audit) json.value("audit");
    json.close(']').field("has_more", has_more);
    if (has_more) json.field("next_cursor", cursor_of(entries.back().place));
    json.close('}');
    return text;
}

struct Wish {
    Place after;
    std::size_t limit = default_limit;
};

Result<Wish> wish_of(const http::Request& request) {
    Wish wish;
    for (const auto& [name, value] : request.parameters()) {
        if (name == "cursor") {
            auto place = parse_cursor(value);
            if (!place)
                return fail(ErrorKind::invalid, "invalid_parameter", "This is no cursor that was given out.", name);
            wish.after = std::move(*place);
        } else if (name == "limit") {
            const auto limit = http::parse_limit(value);
            if (!limit) return fail(limit.error());
            wish.limit = *limit;
        } else {
            return http::unknown_parameter(name);
        }
    }
    return wish;
}

Task<Response> timeline(TimelineSettings on, Exchange& exchange) {
    const auto wish = wish_of(exchange.request);
    if (!wish) co_return http::problem(wish.error(), exchange.correlation_id);
    const auto id = payments::PaymentId::parse(exchange.path_value("id"));
    if (!id) {
        const Error error{ErrorKind::not_found, "payment_not_found", "There is no such payment.", {}};
        co_return http::problem(error, exchange.correlation_id);
    }
    on.note_read(exchange, "payment", id->text());
    const auto details = co_await on.payments.find(exchange.principal.merchant, *id);
    if (!details) co_return http::problem(details.error(), exchange.correlation_id);
    const Sight sight{.events = exchange.principal.may("events:read"),
                      .webhooks = exchange.principal.may("webhooks:read"),
                      .audit = exchange.principal.may("audit:read")};
    // One more than is shown tells whether there is another page.
    auto read_entries = [&](store::Reader& reader) -> Result<std::vector<Entry>> {
        return gather(reader, *details, sight, wish->after, static_cast<int>(wish->limit) + 1);
    };
    auto entries = co_await on.store.read(read_entries);
    if (!entries) co_return http::problem(entries.error(), exchange.correlation_id);
    co_return http::reply(200, page_of(*entries, wish->limit, details->payment, sight));
}

}  // namespace

http::Route timeline_route(TimelineSettings settings) {
    return {.method = "GET",
            .path = "/api/v1/payments/{id}/timeline",
            .operation_id = "getPaymentTimeline",
            .tag = "Payments",
            .summary = "Read all that happened to a payment, in order",
            .scope = "payments:read",
            .handler = [settings](Exchange& exchange) { return timeline(settings, exchange); },
            .parameters = {{"id", "path", "The payment's id.", R"({"type":"string","format":"uuid"})", true},
                           {"cursor", "query", "`next_cursor` of the page before."},
                           {"limit", "query", "How many entries at most.",
                            R"({"type":"integer","minimum":1,"maximum":200,"default":100})"}},
            .answers = {{200,
                         "The oldest first: its transactions and their look-ups, events, webhooks that came and went, "
                         "and the audit records. `left_out` names the kinds that the key has no scope for."},
                        {404, "There is no such payment."}}};
}

}  // namespace florin::app
