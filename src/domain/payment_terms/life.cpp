// What happens to payment terms after they were made: turns come, charges end, people adjust and cancel. Each function
// works in a unit that has locked the terms; it changes them, writes them, tells of it, and then lets billing act, so
// what billing calls back finds them written.

#include <algorithm>

#include "florin/base/check.hpp"
#include "florin/billing/planted.hpp"
#include "florin/cases/cases.hpp"
#include "outlook.hpp"
#include "payment_terms_impl.hpp"
#include "terms_store.hpp"
#include "wording.hpp"

namespace florin::payment_terms {
namespace {

using billing::Charge;
using billing::ChargeStatus;
using billing::Purpose;

Origin own_origin(const Terms& terms, std::string_view correlation_id) {
    return {.actor = "system",
            .ip_address = {},
            .user_agent = {},
            .correlation_id = correlation_id.empty() ? terms.correlation_id : std::string{correlation_id},
            .traceparent = {}};
}

void become(Terms& terms, Happening happening) {
    const auto status = next(terms.status, happening);
    check(status.has_value(), "this can happen to terms of that status");
    terms.status = *status;
}

billing::Turn turn_of(const Terms& terms) { return {.kind = std::string{owner_kind}, .id = terms.id.value}; }

bool is_all_billed(const Terms& terms) { return terms.account.billed_count == terms.plan.term_months; }

bool has_ended(const Terms& terms, calendar::Date today) {
    return terms.status == Status::completed && today >= term_of(terms.plan).until;
}
std::unexpected<Error> ended() {
    return fail(ErrorKind::conflict, "payment_terms_ended", "All is paid, and the term is over.");
}

}  // namespace

void book(Account& account, const Movement& movement) {
    (movement.is_refund ? account.returned_minor : account.billed_minor) += movement.amount_minor;
}

void take_over(Account& account, const Charge& before, const Charge& after) {
    const std::int64_t moved = billing::paid_minor(after) - billing::paid_minor(before);
    (after.is_refund ? account.refunded_minor : account.paid_minor) += moved;
    account.taken_back_minor += after.taken_back_minor - before.taken_back_minor;
    // A refund that nobody holds all of has become smaller.
    if (after.is_refund) account.returned_minor += after.amount.minor() - before.amount.minor();
}

Result<std::optional<Movement>> adjusted_terms(Terms& terms, std::int64_t total_minor, calendar::Date today) {
    const auto status = next(terms.status, Happening::adjusted);
    if (!status) return fail(ErrorKind::conflict, "payment_terms_canceled", "These payment terms are canceled.");
    if (has_ended(terms, today)) return ended();
    if (auto fit = check_most_due(total_minor, terms.cancellation_terms, "total_amount"); !fit)
        return fail(std::move(fit.error()));
    terms.plan = adjusted(terms.plan, terms.account, total_minor, terms.options.adjustment);
    const auto movement = compensation(terms.plan, terms.account);
    if (!movement) return movement;
    terms.status = *status;
    terms.compensations += 1;
    book(terms.account, *movement);
    return movement;
}

Result<void> may_cancel(const Terms& terms, calendar::Date today) {
    if (has_ended(terms, today)) return ended();
    check(next(terms.status, Happening::canceling).has_value(), "what is not canceled can be");
    return {};
}

void PaymentTerms::Impl::write(Tx& tx, Terms& terms) const {
    terms.version += 1;
    terms.updated_at = tx.now();
    rows::update(tx, terms);
}

void PaymentTerms::Impl::put_next_turn(Tx& tx, const Terms& terms) const {
    if (terms.status == Status::active && !is_all_billed(terms))
        put_next_turn(tx, terms, on.merchants.profile(tx, terms.merchant));
}

void PaymentTerms::Impl::put_next_turn(Tx& tx, const Terms& terms, const merchants::Profile& profile) const {
    if (terms.status != Status::active || is_all_billed(terms)) return;
    const calendar::Date date = due_on(terms.plan, terms.account.billed_count + 1);
    billing::put_turn(tx, terms.merchant, turn_of(terms), on.merchants.due_at(profile, date));
}

billing::Backlog PaymentTerms::Impl::backlog(const merchants::Profile& profile, const Terms& terms, Instant now) const {
    const auto due_at = [&](std::int64_t number) { return on.merchants.due_at(profile, due_on(terms.plan, number)); };
    const std::int64_t first = terms.account.billed_count + 1;
    std::int64_t periods = 1;
    while (first + periods <= terms.plan.term_months && due_at(first + periods) <= now) ++periods;
    return {.turn = turn_of(terms), .since = due_at(first), .periods = periods};
}

void PaymentTerms::Impl::begin(Tx& tx, const Terms& terms) const {
    put_next_turn(tx, terms);
    on.tell_customer(tx, {.terms = terms, .charges = {}}, "created", std::nullopt);
}

void PaymentTerms::Impl::charge(Tx& tx, const Terms& terms, Purpose purpose, std::int64_t number,
                                const Movement& movement, calendar::Date due_date) const {
    const Money amount = terms.money(movement.amount_minor);
    const std::string words =
        charge_words(terms, purpose, number, movement.is_refund, on.locale_of(tx, terms.merchant, terms.customer_id));
    const billing::NewCharge wanted{.merchant = terms.merchant,
                                    .owner_kind = std::string{owner_kind},
                                    .owner = terms.id.value,
                                    .purpose = purpose,
                                    .number = number,
                                    .is_refund = movement.is_refund,
                                    .amount = amount,
                                    .due_date = due_date,
                                    .customer_id = terms.customer_id,
                                    .means = terms.options.means,
                                    .retry_policy = terms.options.retry_policy,
                                    .lines = {{.description = words, .quantity = 1, .amount = amount}},
                                    .description = words,
                                    .correlation_id = terms.correlation_id};
    on.billing.create(tx, wanted);
}

bool PaymentTerms::Impl::wants(Tx& tx, const Charge& charge) const {
    const auto terms = rows::lock(tx, charge.merchant, PaymentTermsId{charge.owner});
    check(terms.has_value(), "a charge belongs to terms");
    return !terms->canceled_on || charge.purpose == Purpose::final_amount;
}

std::int64_t PaymentTerms::Impl::excess_minor(Tx& tx, const Charge& refund) const {
    const auto terms = rows::lock(tx, refund.merchant, PaymentTermsId{refund.owner});
    check(terms.has_value(), "a charge belongs to terms");
    const bool is_final = refund.purpose == Purpose::final_amount;
    if (terms->settlement) return is_final ? deficit_minor(*terms->settlement, terms->account) : 0;
    return is_final ? 0 : overdrawn_minor(terms->plan, terms->account);
}

std::vector<Charge> PaymentTerms::Impl::charges_of(Tx& tx, const Terms& terms, const Charge* heard) const {
    std::vector<Charge> charges = on.billing.charges_of(tx, terms.merchant, owner_kind, terms.id.value);
    if (heard)
        for (Charge& charge : charges)
            if (charge.id == heard->id) charge = *heard;
    return charges;
}

Result<void> PaymentTerms::Impl::take_turn(Tx& tx, MerchantId merchant, PaymentTermsId id) const {
    auto found = rows::lock(tx, merchant, id);
    // A turn may have been on its way when the terms were canceled.
    if (!found || found->status != Status::active || is_all_billed(*found)) return {};
    Terms& terms = *found;
    const Instant now = on.merchants.now(tx, merchant);
    const merchants::Profile profile = on.merchants.profile(tx, merchant);
    const std::int64_t number = terms.account.billed_count + 1;
    const calendar::Date date = due_on(terms.plan, number);
    // The clock went back, or the zone is another one than when the turn was put: its time is still to come (F76, F77).
    if (on.merchants.due_at(profile, date) > now && !billing::planted(billing::Bug::turn_taken_twice)) {
        put_next_turn(tx, terms, profile);
        return {};
    }
    if (!on.billing.may_bill(tx, merchant, backlog(profile, terms, now))) {
        become(terms, Happening::held);
        write(tx, terms);
        announce(tx, terms, "florin.payment_terms.held", own_origin(terms, {}));
        return {};
    }
    const Movement instalment{.is_refund = false, .amount_minor = next_amount_minor(terms.plan, terms.account)};
    book(terms.account, instalment);
    terms.account.billed_count = number;
    write(tx, terms);
    charge(tx, terms, Purpose::instalment, number, instalment, date);
    put_next_turn(tx, terms, profile);
    return {};
}

void PaymentTerms::Impl::hear(Tx& tx, const Charge& before, const Charge& charge) const {
    const bool is_unpaid_again = billing::paid_minor(charge) < billing::paid_minor(before);
    const bool is_clamped = charge.amount != before.amount;
    if (billing::is_open(charge.status) && !is_unpaid_again && !is_clamped) return;
    auto found = rows::lock(tx, charge.merchant, PaymentTermsId{charge.owner});
    check(found.has_value(), "a charge belongs to terms");
    Terms& terms = *found;
    const Origin origin = own_origin(terms, charge.correlation_id);
    take_over(terms.account, before, charge);
    const bool is_reopened = is_unpaid_again && terms.status == Status::completed;
    if (is_reopened) become(terms, Happening::reopened);
    // Nothing has ended: it is to be paid once more, or what of it is kept is not what it was.
    const bool is_only_money = billing::is_open(charge.status) || charge.status == before.status;
    if (is_only_money || is_reopened) {
        write(tx, terms);
        if (is_reopened) announce(tx, terms, "florin.payment_terms.reopened", origin);
        const std::int64_t restored = billing::kept_minor(charge) - billing::kept_minor(before);
        const bool gives_back = terms.cancellation_terms.method != CancellationMethod::none ||
                                (terms.settlement && terms.settlement->is_within_cooling_off);
        if (is_only_money && terms.settlement && restored > 0 && gives_back) give_back_late(tx, terms, restored);
        // What has come back to terms that run may be a credit that waited for it.
        if (is_only_money && (restored <= 0 || terms.canceled_on)) return;
    }
    if (charge.purpose == Purpose::final_amount) return hear_of_final_amount(tx, terms, charge, origin);
    if (!is_only_money && !is_reopened) write(tx, terms);
    if (terms.settlement && charge.status == ChargeStatus::succeeded && !charge.is_refund)
        return give_back_late(tx, terms, charge.amount.minor());
    if (terms.settlement) return;
    if (terms.status == Status::pending_cancellation) return settle_cancellation(tx, terms, &charge, origin);
    const bool ends_them = charge.status == ChargeStatus::failed && charge.ending == billing::Ending::cancel;
    if (ends_them && next(terms.status, Happening::canceling)) {
        const auto canceled = cancel(tx, terms, origin);
        check(canceled.has_value(), "what is still charged is not over");
        return;
    }
    // What could not be given back before, because it was still on its way, can be now (F84).
    const auto movement = compensation(terms.plan, terms.account);
    if (movement && next(terms.status, Happening::adjusted)) {
        terms.compensations += 1;
        book(terms.account, *movement);
        write(tx, terms);
        this->charge(tx, terms, Purpose::compensation, terms.compensations, *movement,
                     on.merchants.today(tx, terms.merchant));
        return;
    }
    complete_if_settled(tx, terms, charge, origin);
}

void PaymentTerms::Impl::hear_of_final_amount(Tx& tx, Terms& terms, const Charge& charge, const Origin& origin) const {
    // A refund that failed waits for a person. What the customer owes goes its own way.
    const bool is_over = charge.status != ChargeStatus::failed || !charge.is_refund;
    const bool ends_them = is_over && terms.status == Status::pending_cancellation;
    if (ends_them) become(terms, Happening::canceled);
    write(tx, terms);
    if (ends_them) announce(tx, terms, "florin.payment_terms.canceled", origin);
    // Something else may have come back while it was on its way.
    if (charge.status == ChargeStatus::succeeded && !charge.is_refund) give_back_late(tx, terms, charge.amount.minor());
}

void PaymentTerms::Impl::give_back_late(Tx& tx, Terms& terms, std::int64_t minor) const {
    Movement late{.is_refund = true, .amount_minor = std::min(minor, surplus_minor(*terms.settlement, terms.account))};
    const auto charges = charges_of(tx, terms, nullptr);
    std::int64_t number = 1, given_minor = 0;
    for (const Charge& one : charges) {
        if (one.purpose != Purpose::final_amount) continue;
        ++number;
        if (one.is_refund)
            given_minor += one.status == ChargeStatus::canceled ? billing::paid_minor(one) : one.amount.minor();
    }
    // What a refund is capped at, it is however late it comes.
    const bool is_capped = !terms.settlement->is_within_cooling_off && terms.cancellation_terms.refund_cap_minor;
    if (is_capped)
        late.amount_minor =
            std::clamp<std::int64_t>(*terms.cancellation_terms.refund_cap_minor - given_minor, 0, late.amount_minor);
    if (late.amount_minor == 0) return;
    book(terms.account, late);
    write(tx, terms);
    this->charge(tx, terms, Purpose::final_amount, number, late, on.merchants.today(tx, terms.merchant));
}

void PaymentTerms::Impl::complete_if_settled(Tx& tx, Terms& terms, const Charge& charge, const Origin& origin) const {
    if (terms.status != Status::active || !is_all_billed(terms)) return;
    const auto charges = charges_of(tx, terms, &charge);
    const auto is_settled = [](const Charge& one) {
        return one.status == ChargeStatus::succeeded || one.status == ChargeStatus::canceled;
    };
    if (!std::ranges::all_of(charges, is_settled)) return;
    become(terms, Happening::settled);
    write(tx, terms);
    announce(tx, terms, "florin.payment_terms.completed", origin);
}

Result<void> PaymentTerms::Impl::adjust(Tx& tx, Terms& terms, std::int64_t total_minor, const Origin& origin) const {
    const bool is_same = terms.plan.total_minor == total_minor;
    const calendar::Date day = on.merchants.today(tx, terms.merchant);
    const Terms before = terms;
    auto movement = adjusted_terms(terms, total_minor, day);
    if (!movement) return fail(std::move(movement.error()));
    if (is_same) {
        terms = before;
        return {};
    }
    write(tx, terms);
    announce(tx, terms, "florin.payment_terms.adjusted", origin);
    if (*movement) charge(tx, terms, Purpose::compensation, terms.compensations, **movement, day);
    on.tell_customer(tx, expecting(tx, terms), "adjusted", *movement);
    return {};
}

void PaymentTerms::Impl::pay_by(Tx& tx, Terms& terms, const billing::Means& means, const Origin& origin) const {
    terms.options.means = means;
    rows::set_means(tx, terms);
    write(tx, terms);
    announce(tx, terms, "florin.payment_terms.updated", origin);
    on.billing.pay_by(tx, terms.merchant, owner_kind, terms.id.value, means);
}

Result<void> PaymentTerms::Impl::cancel(Tx& tx, Terms& terms, const Origin& origin) const {
    const calendar::Date day = on.merchants.today(tx, terms.merchant);
    if (auto may = may_cancel(terms, day); !may) return may;
    if (terms.status == Status::held)
        on.billing.end_hold(tx, terms.merchant, turn_of(terms), cases::Resolution::canceled,
                            "The terms were canceled.");
    become(terms, Happening::canceling);
    terms.canceled_on = day;
    write(tx, terms);
    announce(tx, terms, "florin.payment_terms.canceling", origin);
    billing::remove_turn(tx, terms.merchant, turn_of(terms));
    // What was not sent is not charged any more; the rest is waited for (F85). Refunds go on.
    for (const Charge& charge : on.billing.charges_of(tx, terms.merchant, owner_kind, terms.id.value)) {
        const bool may_still_charge =
            charge.status != ChargeStatus::succeeded && charge.status != ChargeStatus::canceled;
        if (may_still_charge && !charge.is_refund)
            static_cast<void>(on.billing.cancel(tx, terms.merchant, charge.id));  // False is found below: it is open.
    }
    settle_cancellation(tx, terms, nullptr, origin);
    return {};
}

void PaymentTerms::Impl::settle_cancellation(Tx& tx, Terms& terms, const Charge* heard, const Origin& origin) const {
    if (terms.settlement) return;
    const auto charges = charges_of(tx, terms, heard);
    const auto is_on_its_way = [](const Charge& one) { return billing::is_open(one.status); };
    if (std::ranges::any_of(charges, is_on_its_way)) return;
    // A refund that failed is with a person: it counts as given back, so that nothing is twice (F95).
    terms.settlement = settle(terms.cancellation_terms, terms.plan, *terms.canceled_on, terms.account.paid_minor,
                              terms.account.returned_minor, terms.account.taken_back_minor);
    const bool is_refund = terms.settlement->refund_minor > 0;
    const Movement last{
        .is_refund = is_refund,
        .amount_minor = is_refund ? terms.settlement->refund_minor : terms.settlement->final_charge_minor};
    const bool is_even = last.amount_minor == 0;
    if (is_even) become(terms, Happening::canceled);
    book(terms.account, last);
    write(tx, terms);
    if (is_even) announce(tx, terms, "florin.payment_terms.canceled", origin);
    if (!is_even) charge(tx, terms, Purpose::final_amount, 1, last, on.merchants.today(tx, terms.merchant));
    on.tell_customer(tx, {.terms = terms, .charges = charges}, "canceled", std::nullopt);
}

Result<void> PaymentTerms::Impl::release(Tx& tx, Terms& terms, const Origin& origin) const {
    if (terms.status != Status::held)
        return fail(ErrorKind::conflict, "payment_terms_not_held", "These payment terms are not held.");
    become(terms, Happening::released);
    write(tx, terms);
    announce(tx, terms, "florin.payment_terms.released", origin);
    const auto due = backlog(on.merchants.profile(tx, terms.merchant), terms, on.merchants.now(tx, terms.merchant));
    on.billing.release(tx, terms.merchant, due, origin.actor);
    put_next_turn(tx, terms);
    return {};
}

Result<void> PaymentTerms::Impl::act_on_case(Tx& tx, const cases::Case& resolved) const {
    auto terms = rows::lock(tx, resolved.merchant, PaymentTermsId{resolved.owner});
    check(terms.has_value(), "a case belongs to terms");
    Origin origin = own_origin(*terms, resolved.correlation_id);
    origin.actor = resolved.resolved_by;
    if (resolved.resolution == cases::Resolution::canceled) {
        const bool is_over = terms->canceled_on || has_ended(*terms, on.merchants.today(tx, terms->merchant));
        return is_over ? Result<void>{} : cancel(tx, *terms, origin);
    }
    const bool is_of_hold = resolved.cause.starts_with("hold:");
    if (is_of_hold && resolved.resolution == cases::Resolution::retry && terms->status == Status::held)
        return release(tx, *terms, origin);
    return {};
}

Scheduled PaymentTerms::Impl::expecting(Reader& reader, Terms terms) const {
    Scheduled scheduled{.terms = std::move(terms), .charges = {}};
    const Terms& of = scheduled.terms;
    if (credit_minor(of.plan, of.account) > 0)
        scheduled.charges = on.billing.charges_of(reader, of.merchant, owner_kind, of.id.value);
    return scheduled;
}

namespace {
billing::Expected expected_of(const Terms& terms, const ToCome& one, const locale::Locale& locale) {
    return {.owner_kind = std::string{owner_kind},
            .owner = terms.id.value,
            .purpose = one.purpose,
            .number = one.number,
            .is_refund = one.is_refund,
            .customer_id = terms.customer_id,
            .due_date = one.due_date,
            .amount = terms.money(one.amount_minor),
            .description = charge_words(terms, one.purpose, one.number, one.is_refund, locale)};
}
}  // namespace

std::vector<billing::Expected> PaymentTerms::Impl::forecast(Reader& reader, MerchantId merchant, PaymentTermsId id,
                                                            Instant until) const {
    auto found = rows::find_readable(reader, merchant, id);
    if (!found || found->status != Status::active) return {};
    const merchants::Profile profile = on.merchants.profile(reader, merchant);
    const Scheduled scheduled = expecting(reader, std::move(*found));
    const locale::Locale locale = on.locale_of(reader, merchant, scheduled.terms.customer_id);
    std::vector<billing::Expected> expected;
    for (const ToCome& one : to_come(scheduled)) {
        if (one.follows) continue;
        if (on.merchants.due_at(profile, one.due_date) >= until) break;
        expected.push_back(expected_of(scheduled.terms, one, locale));
    }
    return expected;
}

std::vector<billing::Expected> PaymentTerms::Impl::follow_ups(Reader& reader, const Charge& charge) const {
    auto found = rows::find_readable(reader, charge.merchant, PaymentTermsId{charge.owner});
    if (!found) return {};
    const Scheduled scheduled = expecting(reader, std::move(*found));
    if (scheduled.charges.empty()) return {};
    const calendar::Date today = on.merchants.today(reader, charge.merchant);
    const locale::Locale locale = on.locale_of(reader, charge.merchant, charge.customer_id);
    std::vector<billing::Expected> expected;
    for (ToCome one : to_come(scheduled)) {
        if (one.follows != charge.id) continue;
        one.due_date = std::max(one.due_date, today);
        expected.push_back(expected_of(scheduled.terms, one, locale));
    }
    return expected;
}

}  // namespace florin::payment_terms
