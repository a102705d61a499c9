#include "endpoint_store.hpp"

#include <algorithm>

namespace florin::webhooks::rows {
namespace {

using store::Sql;

#define FLORIN_ENDPOINT_COLUMNS                                                                        \
    "merchant_id, id, url, description, event_types, status, disabled_reason, previous_secret_until, " \
    "failing_since, heard_position, version, created_at, updated_at, sealed_secret, sealed_previous_secret"

Sql insert_sql{"webhook_endpoints.insert", R"sql(
    INSERT INTO webhook_endpoints (merchant_id, id, url, description, event_types, status, disabled_reason, sealed_secret,
        heard_position, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9, $10, $10)
)sql"};
Sql update_sql{"webhook_endpoints.update", R"sql(
    UPDATE webhook_endpoints SET url = $4, description = $5, event_types = $6, status = $7, disabled_reason = $8,
        sealed_secret = $9, sealed_previous_secret = $10, previous_secret_until = $11, failing_since = $12, version = $13,
        updated_at = $14
    WHERE merchant_id = $1 AND id = $2 AND version = $3
)sql"};
Sql remove_sql{"webhook_endpoints.remove", "DELETE FROM webhook_endpoints WHERE merchant_id = $1 AND id = $2"};
Sql remove_attempts_sql{"webhook_attempts.remove",
                        "DELETE FROM webhook_attempts WHERE merchant_id = $1 AND endpoint_id = $2"};
Sql find_sql{"webhook_endpoints.find",
             "SELECT " FLORIN_ENDPOINT_COLUMNS " FROM webhook_endpoints WHERE merchant_id = $1 AND id = $2"};
Sql list_sql{"webhook_endpoints.list",
             "SELECT " FLORIN_ENDPOINT_COLUMNS " FROM webhook_endpoints WHERE merchant_id = $1 ORDER BY id"};
// Endpoints are few, and this is all of them that matter.
Sql active_sql{"webhook_endpoints.active", "SELECT " FLORIN_ENDPOINT_COLUMNS
                                           " FROM webhook_endpoints WHERE status = 'active' ORDER BY merchant_id, id"};
Sql advance_sql{"webhook_endpoints.advance", R"sql(
    UPDATE webhook_endpoints SET heard_position = $4
    WHERE merchant_id = $1 AND id = $2 AND heard_position = $3 AND status = 'active'
)sql"};
Sql note_failing_sql{"webhook_endpoints.note_failing", R"sql(
    UPDATE webhook_endpoints SET failing_since = $3 WHERE merchant_id = $1 AND id = $2 AND failing_since IS NULL
)sql"};
Sql note_healthy_sql{"webhook_endpoints.note_healthy", R"sql(
    UPDATE webhook_endpoints SET failing_since = NULL WHERE merchant_id = $1 AND id = $2 AND failing_since IS NOT NULL
)sql"};
Sql is_failing_sql{"webhook_endpoints.is_failing", R"sql(
    SELECT id FROM webhook_endpoints WHERE merchant_id = $1 AND id = $2 AND failing_since IS NOT NULL
)sql"};
Sql insert_attempt_sql{"webhook_attempts.insert", R"sql(
    INSERT INTO webhook_attempts (merchant_id, endpoint_id, id, event_id, number, at, duration_ms, status, error)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
)sql"};
Sql attempts_of_sql{
    "webhook_attempts.count",
    "SELECT COUNT(*) FROM webhook_attempts WHERE merchant_id = $1 AND endpoint_id = $2 AND event_id = $3"};
Sql attempts_sql{"webhook_attempts.list", R"sql(
    SELECT event_id, number, at, duration_ms, status, error FROM webhook_attempts
    WHERE merchant_id = $1 AND endpoint_id = $2 AND at < $3 ORDER BY id DESC LIMIT $4
)sql"};

// By endpoint, because that is how the index on events goes; a merchant has few.
Sql attempts_of_event_sql{"webhook_attempts.list_by_event", R"sql(
    SELECT event_id, number, at, duration_ms, status, error, endpoint_id FROM webhook_attempts
    WHERE merchant_id = $1 AND endpoint_id IN (SELECT id FROM webhook_endpoints WHERE merchant_id = $1)
        AND event_id = $2
    ORDER BY at, id
)sql"};

std::vector<std::uint8_t> octets_of(const store::Row& row, int column) {
    if (row.is_null(column)) return {};
    const auto bytes = row.bytes(column);
    std::vector<std::uint8_t> octets(bytes.size());
    std::ranges::transform(bytes, octets.begin(), [](std::byte one) { return std::to_integer<std::uint8_t>(one); });
    return octets;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        parts.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}
std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text.append(text.empty() ? "" : ",").append(part);
    return text;
}

Endpoint endpoint_of(const store::Row& row) {
    const auto status = parse_status(row.text(5));
    if (!status) throw store::Failure{store::Failure::Kind::fault, "a row holds a status that is not known"};
    return {.merchant = row.merchant(0),
            .id = row.id<EndpointId>(1),
            .url = row.string(2),
            .description = row.string(3),
            .event_types = split(row.text(4)),
            .status = *status,
            .disabled_reason = row.string(6),
            .failing_since = row.optional_instant(8),
            .previous_secret_until = row.optional_instant(7),
            .heard_position = row.integer(9),
            .version = row.integer(10),
            .created_at = row.instant(11),
            .updated_at = row.instant(12)};
}
Row row_of(const store::Row& row) { return {endpoint_of(row), octets_of(row, 13), octets_of(row, 14)}; }

std::optional<std::span<const std::uint8_t>> or_null(const std::vector<std::uint8_t>& octets) {
    return octets.empty() ? std::nullopt : std::optional{std::span{octets}};
}

}  // namespace

void insert(Tx& tx, const Row& row) {
    const Endpoint& e = row.endpoint;
    tx.later(insert_sql, e.merchant, e.id, e.url, e.description, join(e.event_types), to_text(e.status),
             std::span{row.secret}, e.heard_position, e.version, e.created_at);
}

bool update(Tx& tx, const Row& before, const Row& after) {
    const Endpoint& e = after.endpoint;
    return tx.claim(update_sql, e.merchant, e.id, before.endpoint.version, e.url, e.description, join(e.event_types),
                    to_text(e.status), e.disabled_reason, std::span{after.secret}, or_null(after.previous_secret),
                    e.previous_secret_until, e.failing_since, e.version, e.updated_at);
}

bool remove(Tx& tx, MerchantId merchant, const EndpointId& id) {
    tx.run(remove_attempts_sql, merchant, id);
    return tx.run(remove_sql, merchant, id) == 1;
}

std::optional<Row> find(Reader& reader, MerchantId merchant, const EndpointId& id) {
    return reader.first(find_sql, row_of, merchant, id);
}

std::vector<Row> list(Reader& reader, MerchantId merchant) { return reader.all(list_sql, row_of, merchant); }

std::vector<Endpoint> active(Reader& reader) { return reader.all(active_sql, endpoint_of); }

bool advance(Tx& tx, const Endpoint& e, std::int64_t position) {
    return tx.claim(advance_sql, e.merchant, e.id, e.heard_position, position);
}

void note_failing(Tx& tx, const Endpoint& e, Instant since) { tx.later(note_failing_sql, e.merchant, e.id, since); }

bool note_healthy(Tx& tx, const Endpoint& e) { return tx.run(note_healthy_sql, e.merchant, e.id) == 1; }

bool is_failing(Reader& reader, const Endpoint& e) {
    return reader.first(is_failing_sql, [](const store::Row&) { return true; }, e.merchant, e.id).has_value();
}

void insert_attempt(Tx& tx, const Endpoint& e, const AttemptId& id, const Attempt& a) {
    tx.later(insert_attempt_sql, e.merchant, e.id, id, a.event_id, a.number, a.at, a.duration_ms, a.status, a.error);
}

std::int64_t attempts_of(Reader& reader, const Endpoint& e, std::string_view event_id) {
    const auto count = [](const store::Row& row) { return row.integer(0); };
    return *reader.first(attempts_of_sql, count, e.merchant, e.id, event_id);
}

static Attempt attempt_of(const store::Row& row) {
    return {.event_id = row.string(0),
            .number = row.integer(1),
            .at = row.instant(2),
            .duration_ms = row.integer(3),
            .status = row.optional_integer(4),
            .is_delivered = row.text(5).empty(),
            .error = row.string(5)};
}

std::vector<Attempt> attempts(Reader& reader, MerchantId merchant, const EndpointId& id, Instant before,
                              std::size_t limit) {
    return reader.all(attempts_sql, attempt_of, merchant, id, before, limit);
}

std::vector<EndpointAttempt> attempts_of_event(Reader& reader, MerchantId merchant, std::string_view event_id) {
    const auto map = [](const store::Row& row) { return EndpointAttempt{row.id<EndpointId>(6), attempt_of(row)}; };
    return reader.all(attempts_of_event_sql, map, merchant, event_id);
}

}  // namespace florin::webhooks::rows
