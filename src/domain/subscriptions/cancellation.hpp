#pragma once

#include <span>
#include <vector>

#include "florin/subscriptions/subscription.hpp"

/// The money of a subscription that ends, without a world: pure functions.
///
/// What its current period charged, plus the lines that wait, less the days that are left, is what the customer owes
/// for the days that were used. What was paid beyond it goes back; of what is short of it, only lines that wait are
/// charged: a charge that was not sent yet is prevented, and one that is under way pays what it is short of first.
namespace florin::subscriptions {

enum class Mode {
    with_period,  ///< Nothing goes back, and what was charged until then is still collected.
    keeping,      ///< At once; nothing goes back.
    giving_back,  ///< At once; days that are left and credits that wait go back.
};

/// What is known of a subscription's money: its charges and refunds, and what the lines that wait come to.
struct Account {
    std::span<const billing::Charge> charges;
    std::int64_t waiting_minor = 0;
};

struct Settlement {
    std::int64_t rest_minor = 0;             ///< To be charged, of lines that wait.
    std::optional<std::int64_t> kept_minor;  ///< See `Subscription::kept_minor`.
    std::int64_t back_minor = 0;             ///< To be given back now; then there is no rest.
    std::vector<billing::ChargeId> prevented;
};

/// What follows from its end on `today`, which belongs to what is unused; the subscription is as before.
///
/// Source: failures F85, F86, F95, F96.
Settlement settle_end(const Subscription& subscription, const Account& account, Mode mode, calendar::Date today);

/// What is still to be given back of one that has ended: what its last period's charges have taken beyond what is kept,
/// less what its end has given back; never more than all charges have taken and nobody has given back (F95). The same
/// however often it is asked, and whatever the order in which charges turn out to be paid.
std::int64_t owed_back_minor(const Subscription& subscription, std::span<const billing::Charge> charges);

/// Of refunds that its end has led to, what is not due any more because as much has gone another way since.
std::int64_t excess_back_minor(const Subscription& subscription, std::span<const billing::Charge> charges);

/// Whether it pays for days of the current period. Charges of earlier ones paid for days that were used.
bool is_of_period(const billing::Charge& charge, const Subscription& subscription);

/// Whether a charge goes on being collected although the subscription has ended: it ended with the period that the
/// charge belongs to, or the charge is what its end left to be paid.
bool outlives(const billing::Charge& charge, const Subscription& subscription);

/// Numbers of the charge and the refunds that an end leads to, which are all of one purpose.
std::int64_t final_number(const Subscription& subscription);
/// Of what is given back because `paid` turns out to be paid after the end.
std::int64_t late_refund_number(const Subscription& subscription, const billing::Charge& paid);
inline constexpr std::int64_t first_refund_number = 1;

}  // namespace florin::subscriptions
