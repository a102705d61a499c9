#include "bodies.hpp"

namespace florin::billing {

ChargeView view_of(const Charge& c) {
    ChargeView view{.id = c.id,
                    .owner_kind = c.owner_kind,
                    .owner_id = c.owner,
                    .purpose = std::string{to_text(c.purpose)},
                    .number = c.number,
                    .is_refund = c.is_refund,
                    .status = std::string{to_text(c.status)},
                    .amount = {to_major_text(c.amount)},
                    .currency = std::string{c.amount.code()},
                    .due_date = calendar::to_text(c.due_date),
                    .customer_id = or_nothing(c.customer_id),
                    .description = or_nothing(c.description),
                    .attempts = c.attempts,
                    .message = or_nothing(c.message),
                    .payment_id = c.payment,
                    .version = c.version,
                    .created_at = c.created_at,
                    .updated_at = c.updated_at,
                    .settled_at = c.settled_at};
    if (c.is_refund) view.amount_refunded = json::Decimal{to_major_text(c.done_minor, c.amount.currency())};
    const Currency currency = c.amount.currency();
    if (c.taken_back_minor > 0) view.amount_taken_back = json::Decimal{to_major_text(c.taken_back_minor, currency)};
    if (c.outside_minor > 0) view.amount_outside = json::Decimal{to_major_text(c.outside_minor, currency)};
    if (c.decline != payments::DeclineClass::none) view.decline_class = payments::to_text(c.decline);
    if (c.retry_on) view.retry_on = calendar::to_text(*c.retry_on);
    if (c.ending) view.ending = to_text(*c.ending);
    return view;
}

AnnouncementView view_of(const Announcement& a) {
    AnnouncementView view{.id = a.id,
                          .reason = std::string{to_text(a.reason)},
                          .days_before = a.days_before,
                          .owner_kind = a.owner_kind,
                          .owner_id = a.owner,
                          .customer_id = or_nothing(a.customer_id),
                          .card_last4 = or_nothing(a.card.last4),
                          .card_brand = or_nothing(a.card.brand),
                          .due_date = calendar::to_text(a.due_date),
                          .amount = {to_major_text(a.amount)},
                          .currency = std::string{a.amount.code()},
                          .description = or_nothing(a.description),
                          .created_at = a.created_at};
    if (a.payment_method) view.payment_method_token = "pm_" + a.payment_method->text();
    if (const auto expired = expired_on(a.card))
        view.card_expires = calendar::to_text(calendar::plus_days(*expired, -1)).substr(0, 7);
    return view;
}

}  // namespace florin::billing
