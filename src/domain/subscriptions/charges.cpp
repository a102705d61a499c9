// What a subscription charges: the lines of a period, and what waits for it.

#include <algorithm>

#include "cancellation.hpp"
#include "florin/base/check.hpp"
#include "life.hpp"
#include "subscription_store.hpp"
#include "subscriptions_impl.hpp"

namespace florin::subscriptions {
namespace {

Money money(std::int64_t minor, Currency currency) {
    const auto amount = Money::of(minor, currency);
    check(amount.has_value(), "what periods cost is so bounded that lines can be added up");
    return *amount;
}

void append(std::vector<billing::Line>& lines, const std::vector<PendingLine>& pending, Currency currency) {
    for (const PendingLine& line : pending)
        lines.push_back(
            {.description = line.description, .quantity = line.quantity, .amount = money(line.amount_minor, currency)});
}

}  // namespace

billing::NewCharge Subscriptions::Impl::charge_of(const Subscription& subscription, billing::Purpose purpose,
                                                  std::int64_t number, std::int64_t amount_minor,
                                                  calendar::Date due_date) const {
    return {.merchant = subscription.merchant,
            .owner_kind = std::string{owner_kind},
            .owner = subscription.id.value,
            .purpose = purpose,
            .number = number,
            .is_refund = false,
            .amount = money(amount_minor, subscription.price.amount.currency()),
            .due_date = due_date,
            .customer_id = subscription.customer_id,
            .means = subscription.means,
            .retry_policy = subscription.retry_policy,
            .lines = {},
            .description = subscription.name,
            .correlation_id = subscription.correlation_id};
}

Wording Subscriptions::Impl::wording_for(Reader& reader, const Subscription& subscription) const {
    return Wording{on.locale_of(reader, subscription.merchant, subscription.customer_id)};
}

void Subscriptions::Impl::add_line(Tx& tx, Subscription& subscription, const std::string& description,
                                   std::int64_t quantity, std::int64_t amount_minor, calendar::Date on_day) const {
    // What costs nothing needs no line; the exact sum remembers it.
    if (amount_minor == 0) return;
    subscription.line_count += 1;
    const PendingLine line{.number = subscription.line_count,
                           .description = description,
                           .quantity = quantity,
                           .amount_minor = amount_minor};
    rows::insert_line(tx, subscription, line, on_day);
}

void Subscriptions::Impl::charge_period(Tx& tx, Subscription& subscription, Charges& charges) const {
    const auto pending = rows::pending_lines(tx, subscription.merchant, subscription.id);
    begin_period(subscription);
    const Wording wording = wording_for(tx, subscription);
    const Currency currency = subscription.price.amount.currency();
    const std::string what = subscription.name + ", " + wording.days(subscription.period);
    const std::int64_t total = total_minor(subscription);
    const Settled settled = settle(total + sum_of(pending));

    billing::NewCharge charge = charge_of(subscription, billing::Purpose::period, subscription.period_number,
                                          settled.charged_minor, subscription.period.from);
    charge.description = what;
    charge.lines.push_back({.description = what, .quantity = subscription.quantity, .amount = money(total, currency)});
    append(charge.lines, pending, currency);
    if (!pending.empty())
        rows::take_lines(tx, subscription, pending.back().number, "period", subscription.period_number);
    if (settled.carried_minor != 0) {
        charge.lines.push_back({.description = wording.credit_carried_forward(),
                                .quantity = 1,
                                .amount = money(-settled.carried_minor, currency)});
        add_line(tx, subscription, wording.credit_from_before(), 1, settled.carried_minor, subscription.period.from);
    }
    charges.made.push_back(std::move(charge));
}

void Subscriptions::Impl::charge_pending(Tx& tx, Subscription& subscription, const Today& today,
                                         Charges& charges) const {
    const auto pending = rows::pending_lines(tx, subscription.merchant, subscription.id);
    const std::int64_t sum = sum_of(pending);
    if (sum <= 0) return;
    billing::NewCharge charge =
        charge_of(subscription, billing::Purpose::proration, subscription.change_count, sum, today.date);
    charge.description = wording_for(tx, subscription).change(subscription.name, today.date);
    append(charge.lines, pending, subscription.price.amount.currency());
    rows::take_lines(tx, subscription, pending.back().number, "proration", subscription.change_count);
    charges.made.push_back(std::move(charge));
}

void Subscriptions::Impl::charge_rest(Tx& tx, Subscription& subscription, const std::vector<PendingLine>& pending,
                                      std::int64_t amount_minor, const Today& today, Charges& charges) const {
    const std::int64_t number = final_number(subscription);
    billing::NewCharge charge =
        charge_of(subscription, billing::Purpose::final_amount, number, amount_minor, today.date);
    const Wording wording = wording_for(tx, subscription);
    charge.description = wording.last_changes(subscription.name);
    const Currency currency = subscription.price.amount.currency();
    append(charge.lines, pending, currency);
    if (const std::int64_t unused = sum_of(pending) - amount_minor; unused != 0)
        charge.lines.push_back(
            {.description = wording.unused(subscription.name), .quantity = 1, .amount = money(-unused, currency)});
    rows::take_lines(tx, subscription, pending.back().number, "final_amount", number);
    charges.made.push_back(std::move(charge));
}

billing::NewCharge Subscriptions::Impl::refund_of(Reader& reader, const Subscription& subscription, std::int64_t number,
                                                  std::int64_t amount_minor, const Today& today) const {
    billing::NewCharge refund =
        charge_of(subscription, billing::Purpose::final_amount, number, amount_minor, today.date);
    refund.is_refund = true;
    refund.description = wording_for(reader, subscription).unused(subscription.name);
    refund.lines.push_back({.description = refund.description, .quantity = 1, .amount = refund.amount});
    return refund;
}

std::string Subscriptions::Impl::make(Tx& tx, const Subscription& subscription, const Charges& charges,
                                      const Today& today) const {
    std::string link;
    for (const billing::ChargeId& id : charges.prevented)
        // What is under way by now tells what came of it (F85).
        static_cast<void>(on.collector.cancel(tx, subscription.merchant, id));
    for (const billing::NewCharge& charge : charges.made) {
        const billing::ChargeId id = on.collector.create(tx, charge);
        const bool says_something =
            std::ranges::any_of(charge.lines, [](const billing::Line& line) { return !line.amount.is_zero(); });
        if (charge.is_refund || !says_something || !on.issue) continue;
        const std::string cause = "charge:" + id.text() + ":invoice";
        documents::NewDocument invoice{.merchant = subscription.merchant,
                                       .kind = documents::Kind::invoice,
                                       .cause = cause,
                                       .customer_id = subscription.customer_id,
                                       .issued_on = today.date,
                                       .total = charge.amount,
                                       .subject = charge.description,
                                       .owner_kind = std::string{owner_kind},
                                       .owner = subscription.id.value,
                                       .correlation_id = subscription.correlation_id};
        for (const billing::Line& line : charge.lines)
            invoice.lines.push_back(
                {.description = line.description, .quantity = line.quantity, .amount = line.amount});
        link = on.issue(tx, invoice);
    }
    return link;
}

Subscriptions::Impl::PeriodMoney Subscriptions::Impl::money_of_period(Reader& reader,
                                                                      const Subscription& subscription) const {
    PeriodMoney money = PeriodMoney::kept;
    for (const billing::Charge& charge :
         on.collector.charges_of(reader, subscription.merchant, subscription.id.value)) {
        if (!is_of_period(charge, subscription)) continue;
        if (billing::is_open(charge.status)) return PeriodMoney::open;
        if (billing::kept_minor(charge) < charge.amount.minor()) money = PeriodMoney::missing;
    }
    return money;
}

bool Subscriptions::Impl::owes(Reader& reader, const Subscription& subscription) const {
    return std::ranges::any_of(on.collector.charges_of(reader, subscription.merchant, subscription.id.value),
                               [](const billing::Charge& charge) {
                                   return !charge.is_refund && (charge.status == billing::ChargeStatus::retrying ||
                                                                charge.status == billing::ChargeStatus::failed);
                               });
}

}  // namespace florin::subscriptions
