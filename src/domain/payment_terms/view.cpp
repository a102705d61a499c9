#include "view.hpp"

#include <map>

#include "outlook.hpp"
#include "payment_terms_impl.hpp"
#include "terms_json.hpp"

namespace florin::payment_terms {
namespace {

SettlementView view_of(const Settlement& settlement, const Terms& terms) {
    const calendar::Period term = term_of(terms.plan);
    return {.canceled_on = calendar::to_text(terms.canceled_on.value_or(term.from)),
            .term_start = calendar::to_text(term.from),
            .term_end = calendar::to_text(term.until),
            .term_days = settlement.term_days,
            .elapsed_days = settlement.elapsed_days,
            .is_within_cooling_off = settlement.is_within_cooling_off,
            .earned_amount = settlement.earned_minor,
            .fee_amount = settlement.fee_minor,
            .paid_amount = settlement.paid_minor,
            .refund_amount = settlement.refund_minor,
            .final_charge_amount = settlement.final_charge_minor};
}

std::vector<InstalmentView> instalment_views_of(const Scheduled& scheduled) {
    std::vector<InstalmentView> views;
    for (const Instalment& one : instalments_of(scheduled))
        views.push_back(
            {.number = one.number,
             .due_date = calendar::to_text(one.due_date),
             .amount = one.amount_minor,
             .status = std::string{one.status},
             .taken_back_amount = one.taken_back_minor > 0 ? std::optional{one.taken_back_minor} : std::nullopt});
    return views;
}

}  // namespace

std::vector<Instalment> instalments_of(const Scheduled& scheduled) {
    const Terms& terms = scheduled.terms;
    std::map<std::int64_t, const billing::Charge*> charged;
    for (const billing::Charge& charge : scheduled.charges)
        if (charge.purpose == billing::Purpose::instalment) charged[charge.number] = &charge;
    std::map<std::int64_t, std::int64_t> expected;
    for (const ToCome& one : to_come(scheduled))
        if (one.purpose == billing::Purpose::instalment) expected[one.number] = one.amount_minor;
    std::vector<Instalment> all;
    for (std::int64_t number = 1; number <= terms.plan.term_months; ++number) {
        Instalment one{.number = number,
                       .due_date = due_on(terms.plan, number),
                       .amount_minor = 0,
                       .status = terms.canceled_on ? "canceled" : "scheduled"};
        if (const auto found = charged.find(number); found != charged.end()) {
            one.due_date = found->second->due_date;
            one.amount_minor = found->second->amount.minor();
            one.status = to_text(found->second->status);
            one.taken_back_minor = found->second->taken_back_minor;
        } else if (terms.canceled_on) {
            one.amount_minor = planned_minor(terms.plan, number);
        } else {
            one.amount_minor = expected.at(number);
        }
        all.push_back(one);
    }
    return all;
}

TermsView view_of(const Terms& terms) {
    const calendar::Period term = term_of(terms.plan);
    TermsView view{.payment_terms_id = terms.id,
                   .status = std::string{to_text(terms.status)},
                   .customer_id = terms.customer_id,
                   .total_amount = terms.plan.total_minor,
                   .currency = std::string{terms.currency.code()},
                   .start_date = calendar::to_text(term.from),
                   .end_date = calendar::to_text(term.until),
                   .term_duration = terms.plan.term_months,
                   .billing_day = terms.plan.billing_day,
                   .billed_instalments = terms.account.billed_count,
                   .paid_amount = terms.account.paid_minor - terms.account.taken_back_minor,
                   .refunded_amount = terms.account.refunded_minor,
                   .taken_back_amount = terms.account.taken_back_minor > 0
                                            ? std::optional{terms.account.taken_back_minor}
                                            : std::nullopt,
                   .next_due_date = std::nullopt,
                   .next_amount = std::nullopt,
                   .credit_amount = std::nullopt,
                   .cancellation_terms = body_of(terms.cancellation_terms),
                   .payment_terms = body_of(terms.options),
                   .cancellation = std::nullopt,
                   .version = terms.version,
                   .created_at = terms.created_at,
                   .updated_at = terms.updated_at};
    if (!terms.canceled_on && terms.account.billed_count < terms.plan.term_months) {
        view.next_due_date = calendar::to_text(due_on(terms.plan, terms.account.billed_count + 1));
        view.next_amount = next_amount_minor(terms.plan, terms.account);
    }
    if (const std::int64_t credit = credit_minor(terms.plan, terms.account); credit > 0 && !terms.canceled_on)
        view.credit_amount = credit;
    if (terms.settlement) view.cancellation = view_of(*terms.settlement, terms);
    return view;
}

ScheduleView schedule_view_of(const Scheduled& scheduled) {
    const Terms& terms = scheduled.terms;
    ScheduleView view{.payment_terms_id = terms.id,
                      .total_amount = terms.plan.total_minor,
                      .currency = std::string{terms.currency.code()},
                      .instalments = instalment_views_of(scheduled),
                      .settlements = {}};
    for (const billing::Charge& charge : scheduled.charges) {
        if (charge.purpose == billing::Purpose::instalment) continue;
        view.settlements.push_back({.purpose = std::string{to_text(charge.purpose)},
                                    .number = charge.number,
                                    .due_date = calendar::to_text(charge.due_date),
                                    .is_refund = charge.is_refund,
                                    .amount = charge.amount.minor(),
                                    .status = std::string{to_text(charge.status)}});
    }
    for (const ToCome& one : to_come(scheduled)) {
        if (one.purpose == billing::Purpose::instalment) continue;
        view.settlements.push_back({.purpose = std::string{to_text(one.purpose)},
                                    .number = one.number,
                                    .due_date = calendar::to_text(one.due_date),
                                    .is_refund = one.is_refund,
                                    .amount = one.amount_minor,
                                    .status = "scheduled"});
    }
    return view;
}

PreviewView view_of(const Previewed& previewed) {
    const Terms& terms = previewed.scheduled.terms;
    PreviewView view{.total_amount = terms.plan.total_minor,
                     .currency = std::string{terms.currency.code()},
                     .instalments = instalment_views_of(previewed.scheduled),
                     .compensation = std::nullopt,
                     .credit_amount = std::nullopt,
                     .cancellation = std::nullopt};
    if (previewed.compensation)
        view.compensation = {.is_refund = previewed.compensation->is_refund,
                             .amount = previewed.compensation->amount_minor};
    if (previewed.settlement) view.cancellation = view_of(*previewed.settlement, terms);
    if (const std::int64_t credit = credit_minor(terms.plan, terms.account); credit > 0 && !terms.canceled_on)
        view.credit_amount = credit;
    return view;
}

idempotency::Answer answer_of(const Terms& terms, bool is_new) {
    return {.status = is_new ? 201 : 200, .body = json::to_text(view_of(terms))};
}

}  // namespace florin::payment_terms
