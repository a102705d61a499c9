// Events and audit entries: what the rest of the platform, and later readers, learn of a change.

#include "florin/events/events.hpp"
#include "florin/json/writer.hpp"
#include "payment_terms_impl.hpp"
#include "view.hpp"

namespace florin::payment_terms {

void PaymentTerms::Impl::announce(Tx& tx, const Terms& terms, std::string_view type, const Origin& origin) const {
    const std::string id = terms.id.text();
    std::string data;
    json::Writer event{data};
    event.open('{').raw_field("payment_terms", json::to_text(view_of(terms))).close('}');
    // Not every version is told of (charges are told of by billing), so the event takes the next number. The row is
    // locked by now.
    events::append(tx, {.merchant = terms.merchant,
                        .type = type,
                        .subject_type = "payment_terms",
                        .subject_id = id,
                        .sequence = 0,
                        .correlation_id = origin.correlation_id,
                        .traceparent = origin.traceparent,
                        .data = data});

    std::string changes;
    json::Writer audited{changes};
    audited.open('{')
        .field("status", to_text(terms.status))
        .field("customer_id", terms.customer_id)
        .field("total_amount", terms.plan.total_minor)
        .field("currency", terms.currency.code())
        .field("version", terms.version);
    if (terms.settlement)
        audited.field("earned_amount", terms.settlement->earned_minor)
            .field("refund_amount", terms.settlement->refund_minor)
            .field("final_charge_amount", terms.settlement->final_charge_minor);
    audited.close('}');
    on.audit.append(tx, {.merchant = terms.merchant,
                         .correlation_id = origin.correlation_id,
                         .action = type.substr(std::string_view{"florin."}.size()),
                         .entity_type = "payment_terms",
                         .entity_id = id,
                         .actor = origin.actor,
                         .changes = changes,
                         .ip_address = origin.ip_address,
                         .user_agent = origin.user_agent});
}

}  // namespace florin::payment_terms
