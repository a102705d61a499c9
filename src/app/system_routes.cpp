#include "system_routes.hpp"

#include "figures.hpp"
#include "florin/audit/audit.hpp"
#include "florin/base/check.hpp"
#include "florin/base/money.hpp"
#include "florin/json/writer.hpp"
#include "florin/ledger/ledger.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::app {
namespace {

using http::Exchange;
using http::Response;

Response health(bool is_live, bool is_ready, bool is_storage_up) {
    std::string body;
    json::Writer json{body};
    json.open('{')
        .field("status", is_live && is_ready ? "ok" : "unavailable")
        .field("live", is_live)
        .field("ready", is_ready)
        .field("storage", is_storage_up ? "ok" : "unavailable")
        .close('}');
    return http::reply(is_live && is_ready ? 200 : 503, std::move(body));
}

Task<Response> trial_balance(store::Store& store, Exchange& exchange) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<ledger::Balance>> {
        return ledger::trial_balance(reader, exchange.principal.merchant);
    };
    auto balances = co_await store.read(read);
    if (!balances) co_return http::problem(balances.error(), exchange.correlation_id);
    std::string body;
    json::Writer json{body};
    json.open('{').key("balances").open('[');
    for (const ledger::Balance& balance : *balances) {
        const auto currency = Currency::of(balance.currency);
        if (!currency) throw store::Failure{store::Failure::Kind::fault, "a ledger entry cannot be read"};
        json.open('{')
            .field("account", balance.account)
            .field("currency", balance.currency)
            .field("balance", to_major_text(balance.balance_minor, *currency))
            .field("balance_minor", balance.balance_minor)
            .close('}');
    }
    json.close(']').close('}');
    co_return http::reply(200, std::move(body));
}

Task<Response> ledger_entries(store::Store& store, Exchange& exchange) {
    const auto journal = ledger::JournalId::parse(exchange.path_value("transaction_id"));
    std::vector<ledger::PostedEntry> entries;
    if (journal) {
        auto read = [&](store::Reader& reader) -> Result<std::vector<ledger::PostedEntry>> {
            return ledger::entries_of(reader, exchange.principal.merchant, *journal);
        };
        auto found = co_await store.read(read);
        if (!found) co_return http::problem(found.error(), exchange.correlation_id);
        entries = std::move(*found);
    }
    if (entries.empty()) {
        const Error error{ErrorKind::not_found, "journal_not_found", "Nothing was posted for that transaction.", {}};
        co_return http::problem(error, exchange.correlation_id);
    }
    std::string body;
    json::Writer json{body};
    json.open('{').field("transaction_id", *journal).key("entries").open('[');
    for (const ledger::PostedEntry& entry : entries)
        json.open('{')
            .field("account", entry.account)
            .field("amount", to_major_text(entry.amount))
            .field("currency", entry.amount.code())
            .field("kind", entry.kind)
            .field("posted_at", entry.posted_at)
            .close('}');
    json.close(']').close('}');
    co_return http::reply(200, std::move(body));
}

void write_record(json::Writer& json, const audit::Record& record) {
    json.open('{')
        .field("id", record.id())
        .field("created_at", record.created_at)
        .field("correlation_id", record.correlation_id)
        .field("action", record.action)
        .field("entity_type", record.entity_type)
        .field("entity_id", record.entity_id)
        .field("user_id", record.user_id)
        .raw_field("changes", record.changes)
        .field("ip_address", record.ip_address)
        .field("user_agent", record.user_agent)
        .close('}');
}

Task<Response> audit_records(store::Store& store, Exchange& exchange) {
    constexpr int limit = 200;
    const auto correlation = exchange.request.parameter("correlation_id");
    const auto type = exchange.request.parameter("entity_type");
    const auto id = exchange.request.parameter("entity_id");
    const auto before_text = exchange.request.parameter("before");
    Instant before{INT64_MAX};
    if (before_text) {
        const auto parsed = parse_instant(*before_text);
        if (!parsed) {
            const Error error{ErrorKind::invalid, "invalid_parameter", parsed.error().message, "before"};
            co_return http::problem(error, exchange.correlation_id);
        }
        before = *parsed;
    }
    if (type.has_value() != id.has_value()) {
        const Error error{ErrorKind::invalid, "invalid_parameter", "Give entity_type and entity_id together.",
                          "entity_id"};
        co_return http::problem(error, exchange.correlation_id);
    }
    auto read = [&](store::Reader& reader) -> Result<std::vector<audit::Record>> {
        const MerchantId merchant = exchange.principal.merchant;
        if (correlation) return audit::of_correlation(reader, merchant, *correlation, limit);
        if (type) return audit::of_entity(reader, merchant, *type, *id, limit);
        return audit::before(reader, merchant, before, limit);
    };
    auto records = co_await store.read(read);
    if (!records) co_return http::problem(records.error(), exchange.correlation_id);
    std::string body;
    json::Writer json{body};
    json.open('{').key("data").open('[');
    for (const audit::Record& record : *records) write_record(json, record);
    json.close(']').close('}');
    co_return http::reply(200, std::move(body));
}

}  // namespace

std::vector<http::Route> system_routes(store::Store& store, Clock& clock, std::function<bool()> is_accepting) {
    const auto sampled = std::make_shared<Figures>(store, clock);
    const auto route = [&](std::string_view path, std::string_view id, std::string_view summary,
                           http::RouteHandler handler, std::vector<http::AnswerDoc> answers) {
        return http::Route{.method = "GET",
                           .path = path,
                           .operation_id = id,
                           .tag = "System",
                           .summary = summary,
                           .scope = {},
                           .handler = std::move(handler),
                           .answers = std::move(answers),
                           .counts_against_limits = false};
    };
    const auto ready = [&store, is_accepting](Exchange&) -> Task<Response> {
        co_return health(true, is_accepting() && store.is_healthy(), store.is_healthy());
    };
    const auto live = [&store](Exchange&) -> Task<Response> { co_return health(true, true, store.is_healthy()); };
    const auto figures = [sampled](Exchange&) -> Task<Response> {
        co_await sampled->refresh();
        co_return Response{
            .status = 200, .body = telemetry::metrics().render(), .content_type = "text/plain; version=0.0.4"};
    };
    const std::vector<http::AnswerDoc> healthy{{200, "All is well."}, {503, "Not ready for requests."}};
    return {
        route("/api/v1/health", "getHealth", "Health: whether requests are taken", ready, healthy),
        route("/api/v1/health/live", "getLiveness", "Liveness: whether the process runs", live, healthy),
        route("/api/v1/health/ready", "getReadiness", "Readiness: whether requests are taken", ready, healthy),
        route("/api/v1/metrics", "getMetrics", "Metrics in Prometheus' text format", figures, {{200, "The figures."}})};
}

std::vector<http::Route> money_trail_routes(
    store::Store& store,
    std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)> note_read) {
    return {
        {.method = "GET",
         .path = "/api/v1/ledger/balances",
         .operation_id = "getTrialBalance",
         .tag = "Ledger",
         .summary = "Read the balance of every account",
         .scope = "ledger:read",
         .handler =
             [&store, note_read](Exchange& exchange) {
                 note_read(exchange, "ledger", "balances");
                 return trial_balance(store, exchange);
             },
         .answers = {{200, "The balances; those of one currency add up to zero."}}},
        {.method = "GET",
         .path = "/api/v1/ledger/transactions/{transaction_id}",
         .operation_id = "getLedgerEntries",
         .tag = "Ledger",
         .summary = "Read what a transaction posted",
         .scope = "ledger:read",
         .handler =
             [&store, note_read](Exchange& exchange) {
                 note_read(exchange, "ledger", std::string{exchange.path_value("transaction_id")});
                 return ledger_entries(store, exchange);
             },
         .answers = {{200, "The entries: positive amounts are debits."}}},
        {.method = "GET",
         .path = "/api/v1/audit",
         .operation_id = "listAudit",
         .tag = "Audit",
         .summary = "Read the audit trail, newest first",
         .scope = "audit:read",
         .handler =
             [&store, note_read](Exchange& exchange) {
                 note_read(exchange, "audit", "list");
                 return audit_records(store, exchange);
             },
         .parameters = {{"correlation_id", "query", "All that one request did."},
                        {"entity_type", "query", "With entity_id: all that happened to it."},
                        {"entity_id", "query", "With entity_type."},
                        {"before", "query", "Older than this moment.", R"({"type":"string","format":"date-time"})"}},
         .answers = {{200, "At most 200 records."}}},
    };
}

}  // namespace florin::app
