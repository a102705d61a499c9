#include "outlook.hpp"

#include <algorithm>

#include "payment_terms_impl.hpp"

namespace florin::payment_terms {
namespace {

using billing::Charge;
using billing::Purpose;

/// What customers still pay of what they were asked for, in the order in which it arrives.
std::vector<const Charge*> on_their_way(const std::vector<Charge>& charges) {
    std::vector<const Charge*> all;
    for (const Charge& charge : charges)
        if (billing::is_open(charge.status) && !charge.is_refund) all.push_back(&charge);
    // What has no day is tried already; nothing comes before all days.
    std::ranges::sort(all, {}, [](const Charge* one) { return std::pair{one->retry_on, one->id}; });
    return all;
}

/// The terms as they go on.
struct Walk {
    Plan plan;
    Account account;
    std::int64_t compensations;
    std::vector<ToCome> steps = {};

    void arrive(const Charge& charge) {
        account.paid_minor += charge.amount.minor();
        const auto movement = compensation(plan, account);
        if (!movement) return;
        book(account, *movement);
        compensations += 1;
        steps.push_back({.purpose = Purpose::compensation,
                         .number = compensations,
                         .is_refund = movement->is_refund,
                         .due_date = charge.retry_on.value_or(charge.due_date),
                         .amount_minor = movement->amount_minor,
                         .follows = charge.id});
    }
    void bill() {
        const std::int64_t number = account.billed_count + 1;
        const Movement one{.is_refund = false, .amount_minor = next_amount_minor(plan, account)};
        book(account, one);
        account.billed_count = number;
        steps.push_back({.number = number,
                         .due_date = due_on(plan, number),
                         .amount_minor = one.amount_minor,
                         .follows = std::nullopt});
    }
};

Walk walk_through(const Scheduled& scheduled) {
    const Terms& terms = scheduled.terms;
    Walk walk{.plan = terms.plan, .account = terms.account, .compensations = terms.compensations};
    if (terms.canceled_on) return walk;
    const auto arriving = on_their_way(scheduled.charges);
    auto next = arriving.begin();
    while (walk.account.billed_count < terms.plan.term_months) {
        // On one day an instalment is made before what is tried again has been answered.
        const calendar::Date date = due_on(terms.plan, walk.account.billed_count + 1);
        for (; next != arriving.end() && (!(*next)->retry_on || *(*next)->retry_on < date); ++next) walk.arrive(**next);
        walk.bill();
    }
    for (; next != arriving.end(); ++next) walk.arrive(**next);
    return walk;
}

}  // namespace

std::vector<ToCome> to_come(const Scheduled& scheduled) { return walk_through(scheduled).steps; }

Outlook outlook_of(const Scheduled& scheduled) {
    const Walk walk = walk_through(scheduled);
    Outlook outlook{
        .instalments = {}, .to_come_minor = 0, .credit_minor = payment_terms::credit_minor(walk.plan, walk.account)};
    for (const ToCome& one : walk.steps) {
        if (one.is_refund) {
            outlook.credit_minor += one.amount_minor;
        } else if (one.amount_minor > 0) {
            outlook.to_come_minor += one.amount_minor;
            outlook.instalments.push_back(one);
        }
    }
    return outlook;
}

}  // namespace florin::payment_terms
