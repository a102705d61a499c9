// Events and audit entries: what the rest of the platform, and later readers, learn of a change.

#include "florin/events/events.hpp"
#include "florin/json/writer.hpp"
#include "payments_impl.hpp"
#include "view.hpp"

namespace florin::payments {
namespace {

/// The audit's word for an event: `payment.captured` for `florin.payment.captured`.
std::string_view action_of(std::string_view event_type) {
    return event_type.substr(std::string_view{"florin."}.size());
}

void append_audit(store::Tx& tx, const audit::Log& log, MerchantId merchant, std::string_view action,
                  std::string_view entity_type, std::string_view entity_id, const Origin& origin,
                  std::string_view changes) {
    if (planted(Bug::skip_audit)) return;
    log.append(tx, {.merchant = merchant,
                    .correlation_id = origin.correlation_id,
                    .action = action,
                    .entity_type = entity_type,
                    .entity_id = entity_id,
                    .actor = origin.actor,
                    .changes = changes,
                    .ip_address = origin.ip_address,
                    .user_agent = origin.user_agent});
}

/// A payment's version counts its events: each change of it is told by one.
void append_event(store::Tx& tx, const Payment& payment, std::string_view type, const Origin& origin,
                  std::string_view data) {
    if (planted(Bug::skip_event)) return;
    events::append(tx, {.merchant = payment.merchant,
                        .type = type,
                        .subject_type = "payment",
                        .subject_id = payment.id.text(),
                        .sequence = payment.version,
                        .correlation_id = origin.correlation_id,
                        .traceparent = origin.traceparent,
                        .data = data});
}

}  // namespace

void Payments::Impl::announce(store::Tx& tx, const Recording& now, std::string_view type, const Origin& by,
                              std::string_view note) const {
    const Transaction& transaction = now.transaction;
    std::string data;
    data.reserve(1024);
    json::Writer json{data};
    json.open('{').key("payment");
    json::write(json, view_of(now.payment));
    json.key("transaction");
    json::write(json, view_of(now.payment, transaction));
    if (!note.empty()) json.field("note", note);
    json.close('}');
    append_event(tx, now.payment, type, by, data);

    std::string changes;
    changes.reserve(200);
    json::Writer change{changes};
    change.open('{')
        .field("transaction_id", transaction.id)
        .field("type", to_text(transaction.type))
        .field("status", to_text(transaction.status))
        .field("amount", to_major_text(transaction.amount))
        .field("currency", transaction.amount.code())
        .field("payment_state", to_text(now.payment.state));
    if (!note.empty()) change.field("note", note);
    change.close('}');
    append_audit(tx, on.audit, transaction.merchant, action_of(type), "payment", transaction.payment.text(), by,
                 changes);
}

void Payments::Impl::announce_rerouted(store::Tx& tx, const Recording& now, std::string_view from,
                                       std::string_view reason) const {
    constexpr std::string_view type = "florin.payment.rerouted";
    const Origin& origin = now.transaction.origin;
    std::string data;
    data.reserve(1024);
    json::Writer json{data};
    json.open('{').key("payment");
    json::write(json, view_of(now.payment));
    json.key("transaction");
    json::write(json, view_of(now.payment, now.transaction));
    json.key("rerouted").open('{').field("from", from).field("to", now.payment.connector).field("reason", reason);
    json.close('}').close('}');
    append_event(tx, now.payment, type, origin, data);
    std::string changes;
    json::Writer{changes}
        .open('{')
        .field("transaction_id", now.transaction.id)
        .field("from", from)
        .field("to", now.payment.connector)
        .field("reason", reason)
        .close('}');
    append_audit(tx, on.audit, now.payment.merchant, action_of(type), "payment", now.payment.id.text(), origin,
                 changes);
}

void Payments::Impl::announce(store::Tx& tx, const Payment& payment, std::string_view type,
                              const Origin& origin) const {
    std::string data;
    json::Writer json{data};
    json.open('{').key("payment");
    json::write(json, view_of(payment));
    json.close('}');
    append_event(tx, payment, type, origin, data);
    std::string changes;
    json::Writer{changes}.open('{').field("payment_state", to_text(payment.state)).close('}');
    append_audit(tx, on.audit, payment.merchant, action_of(type), "payment", payment.id.text(), origin, changes);
}

void Payments::Impl::announce(store::Tx& tx, const PaymentMethod& method, const Origin& origin) const {
    std::string changes;
    json::Writer{changes}
        .open('{')
        .field("status", method.status)
        .field("brand", method.card.brand)
        .field("last4", method.card.last4)
        .close('}');
    append_audit(tx, on.audit, method.merchant, "payment_method.stored", "payment_method", to_token(method.id), origin,
                 changes);
}

}  // namespace florin::payments
