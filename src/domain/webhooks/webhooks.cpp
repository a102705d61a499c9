// What merchants do with their endpoints.

#include "florin/webhooks/webhooks.hpp"

#include <algorithm>

#include "florin/json/writer.hpp"
#include "florin/webhooks/signature.hpp"
#include "webhooks_impl.hpp"

namespace florin::webhooks {
namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t most_event_types = 20;
constexpr Millis longest_overlap = std::chrono::days{7};

std::string context_of(const Endpoint& endpoint) {
    return "webhook_endpoints.sealed_secret." + std::to_string(endpoint.merchant.value) + "." + endpoint.id.text();
}

/// Words of lower-case letters, digits and underscores with points between; the last may be a star.
bool is_event_type(std::string_view text) {
    if (text.ends_with(".*")) text.remove_suffix(2);
    if (text.empty() || text.size() > 100 || text.front() == '.' || text.back() == '.' || text.contains(".."))
        return false;
    return std::ranges::all_of(
        text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; });
}

void fulfil(Endpoint& endpoint, Wishes wishes) {
    if (wishes.url) endpoint.url = std::move(*wishes.url);
    if (wishes.description) endpoint.description = std::move(*wishes.description);
    if (wishes.event_types) endpoint.event_types = std::move(*wishes.event_types);
    if (!wishes.status) return;
    if (endpoint.status == Status::disabled) endpoint.failing_since = std::nullopt;
    endpoint.status = *wishes.status;
    endpoint.disabled_reason.clear();
}

}  // namespace

std::string_view to_text(Status status) {
    switch (status) {
        case Status::active:
            return "active";
        case Status::paused:
            return "paused";
        case Status::disabled:
            return "disabled";
    }
    __builtin_unreachable();
}

std::optional<Status> parse_status(std::string_view text) {
    for (const Status status : {Status::active, Status::paused, Status::disabled})
        if (to_text(status) == text) return status;
    return std::nullopt;
}

bool wants(const Endpoint& endpoint, std::string_view event_type) {
    if (endpoint.event_types.empty()) return true;
    return std::ranges::any_of(endpoint.event_types, [&](std::string_view wanted) {
        if (!wanted.ends_with('*')) return wanted == event_type;
        return event_type.starts_with(wanted.substr(0, wanted.size() - 1));
    });
}

Result<void> validate(const Endpoint& endpoint, bool allows_plain_http) {
    const auto is_tls = http::uses_tls(endpoint.url);
    if (!is_tls || endpoint.url.size() > 2'000)
        return fail(ErrorKind::invalid, "invalid_url",
                    "Give an address such as https://shop.example/webhooks, without a user name.", "url");
    if (!*is_tls && !allows_plain_http)
        return fail(ErrorKind::invalid, "invalid_url", "Webhooks are sent by https alone.", "url");
    if (endpoint.event_types.size() > most_event_types)
        return fail(ErrorKind::invalid, "invalid_event_type", "Name at most 20 types of events.", "event_types");
    for (std::size_t i = 0; i < endpoint.event_types.size(); ++i)
        if (!is_event_type(endpoint.event_types[i]))
            return fail(ErrorKind::invalid, "invalid_event_type",
                        "Give a type such as florin.payment.captured or florin.payment.*.",
                        "event_types." + std::to_string(i));
    return {};
}

std::vector<std::uint8_t> Webhooks::Impl::new_secret() const {
    std::vector<std::uint8_t> secret(secret_bytes);
    on.world.random.fill(std::as_writable_bytes(std::span{secret}));
    return secret;
}

std::vector<std::uint8_t> Webhooks::Impl::seal(const std::vector<std::uint8_t>& secret,
                                               const Endpoint& endpoint) const {
    return on.keys.seal(secret, context_of(endpoint));
}

Result<std::string> Webhooks::Impl::open(const std::vector<std::uint8_t>& sealed, const Endpoint& endpoint) const {
    return on.keys.open(sealed, context_of(endpoint));
}

std::string Webhooks::Impl::announce(store::Tx& tx, const Endpoint& endpoint, std::string_view type,
                                     const Asker& asker) const {
    std::string data;
    json::Writer json{data};
    json.open('{').key("webhook_endpoint").open('{');
    json.field("id", endpoint.id)
        .field("url", endpoint.url)
        .field("status", to_text(endpoint.status))
        .field("version", endpoint.version);
    if (!endpoint.disabled_reason.empty()) json.field("disabled_reason", endpoint.disabled_reason);
    json.close('}').close('}');
    events::append(tx, {.merchant = endpoint.merchant,
                        .type = type,
                        .subject_type = "webhook_endpoint",
                        .subject_id = endpoint.id.text(),
                        .sequence = endpoint.version,
                        .correlation_id = asker.correlation_id,
                        .data = data});
    on.audit.append(tx, {.merchant = endpoint.merchant,
                         .correlation_id = asker.correlation_id,
                         .action = type.substr(std::string_view{"florin."}.size()),
                         .entity_type = "webhook_endpoint",
                         .entity_id = endpoint.id.text(),
                         .actor = asker.actor,
                         .changes = data,
                         .ip_address = asker.ip_address,
                         .user_agent = asker.user_agent});
    return endpoint.id.text() + "." + std::to_string(endpoint.version);
}

Task<Result<rows::Row>> Webhooks::Impl::edit(Asker asker, EndpointId id, std::string_view event_type,
                                             std::function<Result<void>(rows::Row&, Instant)> change) {
    auto write_change = [&](store::Tx& tx) -> Result<rows::Row> {
        const auto before = rows::find(tx, asker.merchant, id);
        if (!before) return no_endpoint();
        rows::Row after = *before;
        if (auto changed = change(after, tx.now()); !changed) return fail(std::move(changed.error()));
        after.endpoint.version += 1;
        after.endpoint.updated_at = tx.now();
        if (!rows::update(tx, *before, after)) return changed_meanwhile();
        announce(tx, after.endpoint, event_type, asker);
        // What was queued while it was not active waits an hour.
        if (after.endpoint.status == Status::active) jobs::hasten(tx, asker.merchant, key_prefix(id));
        return after;
    };
    auto written = co_await on.store.write(write_change);
    if (written) on.wake();
    co_return written;
}

Webhooks::Webhooks(Surroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {}
Webhooks::~Webhooks() = default;

Task<Result<WithSecret>> Webhooks::create(Asker asker, Wishes wishes) {
    Impl& my = *impl_;
    Endpoint endpoint{.merchant = asker.merchant, .id = my.on.world.new_id<EndpointTag>()};
    fulfil(endpoint, std::move(wishes));
    if (auto valid = validate(endpoint, my.on.allows_plain_http); !valid) co_return fail(std::move(valid.error()));
    const std::vector<std::uint8_t> secret = my.new_secret();
    const std::vector<std::uint8_t> sealed = my.seal(secret, endpoint);
    auto insert = [&](store::Tx& tx) -> Result<Endpoint> {
        if (rows::list(tx, asker.merchant).size() >= most_endpoints)
            return fail(ErrorKind::conflict, "too_many_endpoints", "A merchant has 50 webhook endpoints at most.");
        Endpoint made = endpoint;
        made.created_at = made.updated_at = tx.now();
        made.heard_position = events::last_position(tx, asker.merchant);
        rows::insert(tx, {made, sealed, {}});
        my.announce(tx, made, "florin.webhook_endpoint.created", asker);
        return made;
    };
    auto made = co_await my.on.store.write(insert);
    if (!made) co_return fail(std::move(made.error()));
    co_return WithSecret{std::move(*made), to_secret_text(secret)};
}

Task<Result<Endpoint>> Webhooks::change(Asker asker, EndpointId id, Wishes wishes) {
    auto fulfil_all = [&](rows::Row& row, Instant) -> Result<void> {
        fulfil(row.endpoint, wishes);
        return validate(row.endpoint, impl_->on.allows_plain_http);
    };
    auto changed = co_await impl_->edit(std::move(asker), id, "florin.webhook_endpoint.changed", fulfil_all);
    if (!changed) co_return fail(std::move(changed.error()));
    co_return std::move(changed->endpoint);
}

Task<Result<void>> Webhooks::remove(Asker asker, EndpointId id) {
    Impl& my = *impl_;
    auto remove_row = [&](store::Tx& tx) -> Result<bool> {
        auto found = rows::find(tx, asker.merchant, id);
        if (!found || !rows::remove(tx, asker.merchant, id)) return no_endpoint();
        jobs::cancel(tx, asker.merchant, key_prefix(id));
        found->endpoint.version += 1;
        my.announce(tx, found->endpoint, "florin.webhook_endpoint.removed", asker);
        return true;
    };
    const auto removed = co_await my.on.store.write(remove_row);
    if (!removed) co_return fail(removed.error());
    co_return Result<void>{};
}

Task<Result<Endpoint>> Webhooks::find(MerchantId merchant, EndpointId id) {
    auto read = [&](store::Reader& reader) -> Result<Endpoint> {
        auto found = rows::find(reader, merchant, id);
        if (!found) return no_endpoint();
        return std::move(found->endpoint);
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<std::vector<Endpoint>>> Webhooks::list(MerchantId merchant) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<Endpoint>> {
        std::vector<Endpoint> endpoints;
        for (rows::Row& row : rows::list(reader, merchant)) endpoints.push_back(std::move(row.endpoint));
        return endpoints;
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<WithSecret>> Webhooks::rotate_secret(Asker asker, EndpointId id, Millis overlap) {
    const std::vector<std::uint8_t> secret = impl_->new_secret();
    auto rotate = [&](rows::Row& row, Instant now) -> Result<void> {
        if (overlap < Millis{0} || overlap > longest_overlap)
            return fail(ErrorKind::invalid, "out_of_range", "Give 0 to 168 hours.", "overlap_hours");
        row.previous_secret = overlap > Millis{0} ? std::move(row.secret) : std::vector<std::uint8_t>{};
        row.endpoint.previous_secret_until = overlap > Millis{0} ? std::optional{now + overlap} : std::nullopt;
        row.secret = impl_->seal(secret, row.endpoint);
        return {};
    };
    auto rotated = co_await impl_->edit(std::move(asker), id, "florin.webhook_endpoint.secret_rotated", rotate);
    if (!rotated) co_return fail(std::move(rotated.error()));
    co_return WithSecret{std::move(rotated->endpoint), to_secret_text(secret)};
}

Task<Result<std::vector<Attempt>>> Webhooks::attempts(MerchantId merchant, EndpointId id, Instant before,
                                                      std::size_t limit) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<Attempt>> {
        if (!rows::find(reader, merchant, id)) return no_endpoint();
        return rows::attempts(reader, merchant, id, before, limit);
    };
    co_return co_await impl_->on.store.read(read);
}

std::vector<EndpointAttempt> attempts_of_event(store::Reader& reader, MerchantId merchant, std::string_view event_id) {
    return rows::attempts_of_event(reader, merchant, event_id);
}

}  // namespace florin::webhooks
