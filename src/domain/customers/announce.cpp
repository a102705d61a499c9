// Events and audit entries: what the rest of the platform, and later readers, learn of a change. They are kept for
// ever, so they tell which fields changed and never what was in them.

#include "customers_impl.hpp"
#include "florin/events/events.hpp"
#include "florin/json/writer.hpp"

namespace florin::customers {
namespace {

void write_names(json::Writer& json, const std::vector<std::string_view>& names) {
    json.key("changed").open('[');
    for (const std::string_view name : names) json.value(name);
    json.close(']');
}

}  // namespace

void Customers::Impl::announce(store::Tx& tx, const Customer& customer, std::string_view type, const Origin& origin,
                               const std::vector<std::string_view>& changed) const {
    std::string data;
    json::Writer event{data};
    event.open('{').key("customer").open('{');
    event.field("id", customer.id)
        .field("customer_id", customer.customer_id)
        .field("version", customer.version)
        .field("created_at", customer.created_at)
        .field("updated_at", customer.updated_at)
        .field("erased_at", customer.erased_at)
        .close('}');
    write_names(event, changed);
    event.close('}');
    // A customer's version counts its events: each change of it is told by one.
    events::append(tx, {.merchant = customer.merchant,
                        .type = type,
                        .subject_type = "customer",
                        .subject_id = customer.id.text(),
                        .sequence = customer.version,
                        .correlation_id = origin.correlation_id,
                        .traceparent = origin.traceparent,
                        .data = data});

    std::string changes;
    json::Writer audited{changes};
    audited.open('{').field("customer_id", customer.customer_id).field("version", customer.version);
    write_names(audited, changed);
    audited.close('}');
    on.audit.append(tx, {.merchant = customer.merchant,
                         .correlation_id = origin.correlation_id,
                         .action = type.substr(std::string_view{"florin."}.size()),
                         .entity_type = "customer",
                         .entity_id = customer.id.text(),
                         .actor = origin.actor,
                         .changes = changes,
                         .ip_address = origin.ip_address,
                         .user_agent = origin.user_agent});
}

}  // namespace florin::customers
