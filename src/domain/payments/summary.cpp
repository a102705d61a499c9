#include "florin/payments/summary.hpp"

#include <algorithm>
#include <array>

#include "payments_impl.hpp"
#include "summary_view.hpp"

namespace florin::payments {
namespace {

constexpr Millis long_unknown = std::chrono::minutes{5};
constexpr Millis soon = std::chrono::hours{24};
constexpr Millis recently = std::chrono::hours{1};
constexpr std::int64_t fewest_charges = 20;

struct Rule {
    std::string_view code, severity, message;
    Tally Conditions::* tally;
};

/// The most pressing first.
constexpr std::array rules{
    Rule{"outcome_unknown", "critical",
         "The outcome of these operations has been unknown for more than five minutes. They settle by themselves "
         "when the provider answers; look whether it is reachable.",
         &Conditions::unknown_for_long},
    Rule{"quarantined", "critical",
         "The provider approved these otherwise than was asked. Refund or cancel them, or resolve them.",
         &Conditions::quarantined},
    Rule{"capture_failed", "critical", "These captures failed. What was held was not taken.",
         &Conditions::failed_captures},
    Rule{"refund_failed", "critical", "These refunds failed. The customer has not been given the money back.",
         &Conditions::failed_refunds},
    Rule{"cancel_failed", "warning", "These authorizations could not be canceled. The customer's money is still held.",
         &Conditions::failed_cancels},
    Rule{"declines_frequent", "warning",
         "More than half of the last hour's charges were declined. Look at the classes of the declines.",
         &Conditions::declined_often},
    Rule{"authorizations_expiring", "warning",
         "These authorizations expire within a day with something left to capture.", &Conditions::expiring_holds},
};

}  // namespace

std::vector<Alarm> alarms_of(const Conditions& conditions) {
    std::vector<Alarm> alarms;
    for (const Rule& rule : rules)
        if (const Tally& tally = conditions.*rule.tally; tally.count > 0)
            alarms.push_back({rule.code, rule.severity, rule.message, tally});
    return alarms;
}

Result<Period> fulfil(const PeriodWish& wish, Instant now) {
    const Instant before = wish.before.value_or(now);
    const Period period{.from = wish.from.value_or(before - std::chrono::hours{24}), .before = before};
    if (period.before <= period.from)
        return fail(ErrorKind::invalid, "invalid_period", "The period ends before it begins.", "created_before");
    if (period.before - period.from > longest_period)
        return fail(ErrorKind::invalid, "invalid_period", "A period has 31 days at most.", "created_from");
    return period;
}

Task<Result<Summary>> Payments::summarize(MerchantId merchant, PeriodWish wish) {
    const Instant now = impl_->on.world.clock.now();
    const auto fulfilled = fulfil(wish, now);
    if (!fulfilled) co_return fail(fulfilled.error());
    const Period period = *fulfilled;
    auto read = [&](store::Reader& reader) -> Result<Summary> {
        Summary summary{.period = period,
                        .payments = rows::sum_up_payments(reader, merchant, period),
                        .declines = rows::sum_up_declines(reader, merchant, period),
                        .unknown = rows::unknown(reader, merchant, now),
                        .alarms = {}};
        std::int64_t counted = 0;
        for (const Summary::Payments& group : summary.payments) counted += group.count;
        if (counted > most_summed_up)
            return fail(ErrorKind::invalid, "period_too_busy",
                        "There are more than 250,000 payments in that period. Ask for a shorter one.", "created_from");
        const rows::RecentCharges recent = rows::recent_charges(reader, merchant, now - recently);
        const bool is_declined_often = recent.count >= fewest_charges && recent.declined * 2 > recent.count;
        const rows::FailedFollowUps failed = rows::failed_follow_ups(reader, merchant, period);
        summary.alarms = alarms_of({.unknown_for_long = rows::unknown(reader, merchant, now - long_unknown),
                                    .quarantined = rows::undecided_quarantine(reader, merchant),
                                    .expiring_holds = rows::expiring_holds(reader, merchant, now + soon),
                                    .declined_often = {is_declined_often ? recent.declined : 0, std::nullopt},
                                    .failed_captures = failed.captures,
                                    .failed_refunds = failed.refunds,
                                    .failed_cancels = failed.cancels});
        return summary;
    };
    co_return co_await impl_->on.store.read(read);
}

SummaryView view_of(const Summary& summary) {
    SummaryView view{.created_from = summary.period.from,
                     .created_before = summary.period.before,
                     .payments = summary.payments,
                     .declines = summary.declines,
                     .unknown = {summary.unknown.count, summary.unknown.since},
                     .alarms = {}};
    for (const Alarm& alarm : summary.alarms)
        view.alarms.push_back({alarm.code, alarm.severity, alarm.message, alarm.tally.count, alarm.tally.since});
    return view;
}

}  // namespace florin::payments
