// Events, audit entries and mails: what the rest of the platform, later readers and customers learn of a change.

#include "florin/events/events.hpp"
#include "florin/json/writer.hpp"
#include "florin/notifications/filling.hpp"
#include "life.hpp"
#include "subscription_store.hpp"
#include "subscriptions_impl.hpp"
#include "view.hpp"

namespace florin::subscriptions {
namespace {

/// Which mail tells of it; empty: none. Of payments and refunds billing tells.
std::string_view template_of(std::string_view what) {
    if (what == "created") return "subscription_welcome";
    if (what == "trial_ending") return "subscription_trial_ending";
    if (what == "changed" || what == "cancellation_scheduled" || what == "paused" || what == "resumed")
        return "subscription_changed";
    if (what == "canceled") return "subscription_canceled";
    return {};
}

}  // namespace

void Subscriptions::Impl::announce(Tx& tx, const Subscription& subscription, std::string_view what,
                                   const Asker& asker) const {
    const std::string id = subscription.id.text();
    const std::string action = "subscription." + std::string{what};
    const std::string type = "florin." + action;
    // Events are kept for ever, so what a merchant wrote on it for itself stays out.
    SubscriptionView view = view_of(subscription);
    view.metadata.reset();
    std::string data;
    json::Writer json{data};
    json.open('{').key("subscription");
    json::write(json, view);
    json.close('}');
    // A subscription's version counts its events: each change of it is told by one.
    events::append(tx, {.merchant = subscription.merchant,
                        .type = type,
                        .subject_type = "subscription",
                        .subject_id = id,
                        .sequence = subscription.version,
                        .correlation_id = asker.correlation_id,
                        .traceparent = asker.traceparent,
                        .data = data});
    std::string changes;
    json::Writer{changes}
        .open('{')
        .field("customer_id", subscription.customer_id)
        .field("status", view.status)
        .field("amount", view.amount)
        .field("currency", view.currency)
        .field("quantity", view.quantity)
        .field("billing_cycle", view.billing_cycle)
        .field("version", subscription.version)
        .close('}');
    on.audit.append(tx, {.merchant = subscription.merchant,
                         .correlation_id = asker.correlation_id,
                         .action = action,
                         .entity_type = "subscription",
                         .entity_id = id,
                         .actor = asker.actor,
                         .changes = changes,
                         .ip_address = asker.ip_address,
                         .user_agent = asker.user_agent});
}

void Subscriptions::Impl::tell_customer(Tx& tx, const Subscription& subscription, std::string_view what,
                                        const Charges& charges, std::string_view invoice) const {
    const std::string_view words = template_of(what);
    if (words.empty() || !on.notify || !on.addressee) return;
    const auto name = on.addressee(tx, subscription.merchant, subscription.customer_id);
    if (!name) return;
    const Currency currency = subscription.price.amount.currency();
    const auto money = [&](std::int64_t minor) { return *Money::of(minor, currency); };
    notifications::Filling filling;
    filling.text("name", *name)
        .text("plan", subscription.name)
        .amount("amount", money(total_minor(subscription)))
        .text("status", to_text(subscription.status));
    if (subscription.status == Status::trialing && subscription.trial_end_date)
        filling.day("trial_end_date", *subscription.trial_end_date);
    if (subscription.cancels_at_period_end)
        filling.day("ends_on", subscription.period.until);
    else if (subscription.next_billing_date)
        filling.day("next_billing_date", *subscription.next_billing_date);
    if (subscription.status == Status::paused) filling.flag("is_paused", true);
    if (subscription.resume_on) filling.day("resume_on", *subscription.resume_on);
    if (subscription.scheduled)
        filling.amount("next_amount",
                       money(total_minor(subscription.scheduled->price, subscription.scheduled->quantity)));
    std::int64_t charged_minor = 0, given_back_minor = 0;
    for (const billing::NewCharge& charge : charges.made)
        (charge.is_refund ? given_back_minor : charged_minor) += charge.amount.minor();
    if (charged_minor > 0) filling.amount("charge", money(charged_minor));
    if (given_back_minor > 0) filling.amount("refund", money(given_back_minor));
    if (!invoice.empty()) filling.text("link", invoice);
    if (subscription.status != Status::canceled)
        if (const std::int64_t waiting = sum_of(rows::pending_lines(tx, subscription.merchant, subscription.id));
            waiting < 0)
            filling.amount("credit", money(-waiting));
    const std::string data = filling.data();
    const notifications::Recipient recipient{.customer_id = subscription.customer_id, .email = {}, .name = {}};
    const std::string cause = subscription.id.text() + "." + std::to_string(subscription.version);
    on.notify(tx, {.merchant = subscription.merchant,
                   .cause = cause,
                   .template_name = words,
                   .recipient = recipient,
                   .data = data,
                   .correlation_id = subscription.correlation_id});
}

}  // namespace florin::subscriptions
