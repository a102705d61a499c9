#include "agreement.hpp"

#include "florin/notifications/filling.hpp"
#include "payment_terms_impl.hpp"
#include "wording.hpp"

namespace florin::payment_terms {

std::vector<documents::Line> agreement_lines(const Terms& terms, const Outlook& outlook,
                                             const std::optional<Movement>& at_once, const locale::Locale& locale) {
    const std::int64_t charged_minor = at_once && !at_once->is_refund ? at_once->amount_minor : 0;
    const std::int64_t given_back_minor = at_once && at_once->is_refund ? at_once->amount_minor : 0;
    const Account& now = terms.account;
    const std::int64_t paid_minor = kept_minor(now) + given_back_minor;
    const std::int64_t unpaid_minor = now.billed_minor - charged_minor - now.paid_minor;
    const std::int64_t in_the_end_minor =
        paid_minor + unpaid_minor + charged_minor - given_back_minor + outlook.to_come_minor - outlook.credit_minor;
    const StandingWords words = standing_words(static_cast<std::int64_t>(outlook.instalments.size()), locale);
    std::vector<documents::Line> lines;
    const auto add = [&](const std::string& description, std::int64_t minor) {
        if (minor == 0) return;
        const Money zero = Money::zero(terms.currency);
        const Money amount = minor < 0 ? *minus(zero, terms.money(-minor)) : terms.money(minor);
        lines.push_back({.description = description, .quantity = 1, .amount = amount});
    };
    add(words.paid, paid_minor);
    add(words.unpaid, unpaid_minor);
    add(words.charged, charged_minor);
    add(words.given_back, -given_back_minor);
    add(words.to_come, outlook.to_come_minor);
    add(words.credit, -outlook.credit_minor);
    add(words.gone, terms.plan.total_minor - in_the_end_minor);
    return lines;
}

std::string letter_filling(const Terms& terms, const Outlook& outlook, const std::optional<Movement>& at_once) {
    notifications::Filling filling;
    // What is nothing is left out, so that the words can ask for it.
    const auto add = [&](std::string_view name, std::int64_t minor) {
        if (minor > 0) filling.amount(name, terms.money(minor));
    };
    filling.text("description", terms.options.description)
        .amount("total", terms.money(terms.plan.total_minor))
        .text("instalments", std::to_string(terms.plan.term_months));
    if (!terms.canceled_on) {
        if (at_once) add(at_once->is_refund ? "refund" : "charge", at_once->amount_minor);
        add("credit", outlook.credit_minor);
        if (!outlook.instalments.empty()) {
            const ToCome& next = outlook.instalments.front();
            filling.day("next_due_date", next.due_date).amount("next_amount", terms.money(next.amount_minor));
        }
    }
    if (terms.settlement) {
        filling.day("canceled_on", *terms.canceled_on)
            .amount("earned", terms.money(terms.settlement->earned_minor))
            .amount("paid", terms.money(terms.settlement->paid_minor));
        add("fee", terms.settlement->fee_minor);
        add("refund", terms.settlement->refund_minor);
        add("final_charge", terms.settlement->final_charge_minor);
        if (terms.settlement->refund_minor == 0 && terms.settlement->final_charge_minor == 0)
            filling.flag("is_even", true);
    }
    return filling.data();
}

}  // namespace florin::payment_terms
