#include "life.hpp"

#include <algorithm>
#include <charconv>

#include "florin/base/check.hpp"
#include "florin/security/card.hpp"

namespace florin::subscriptions {
namespace {

struct Word {
    std::string_view word;
    calendar::Unit unit;
};
constexpr Word cycle_words[] = {{"daily", calendar::Unit::day},
                                {"weekly", calendar::Unit::week},
                                {"monthly", calendar::Unit::month},
                                {"quarterly", calendar::Unit::quarter},
                                {"yearly", calendar::Unit::year}};

/// How many make three years at most.
std::int64_t most_of(calendar::Unit unit) {
    switch (unit) {
        case calendar::Unit::day:
            return 366;
        case calendar::Unit::week:
            return 156;
        case calendar::Unit::month:
            return 36;
        case calendar::Unit::quarter:
            return 12;
        case calendar::Unit::year:
            return 3;
    }
    __builtin_unreachable();
}

std::unexpected<Error> invalid_cycle() {
    return fail(ErrorKind::invalid, "invalid_billing_cycle",
                "A cycle is daily, weekly, monthly, quarterly, yearly, every_N_days (weeks, months, quarters, years), "
                "or an object with unit and count; it lasts three years at most.",
                "billing_cycle");
}

bool has_anchor(calendar::Unit unit) { return unit != calendar::Unit::day && unit != calendar::Unit::week; }

}  // namespace

Result<void> validate_name(std::string_view name) {
    if (name.find_first_not_of(' ') == std::string_view::npos || name.size() > longest_name)
        return fail(ErrorKind::invalid, "invalid_name", "A name has 1 to 100 characters, not all of them spaces.",
                    "name");
    if (name.find_first_of("\r\n\t") != std::string_view::npos)
        return fail(ErrorKind::invalid, "invalid_text", "Line breaks and tabs are not allowed.", "name");
    return security::refuse_card_number(name, "name");
}

std::string_view to_text(Status status) {
    switch (status) {
        case Status::trialing:
            return "trialing";
        case Status::active:
            return "active";
        case Status::past_due:
            return "past_due";
        case Status::paused:
            return "paused";
        case Status::canceled:
            return "canceled";
    }
    __builtin_unreachable();
}

std::optional<Status> parse_status(std::string_view text) {
    for (const Status status : {Status::trialing, Status::active, Status::past_due, Status::paused, Status::canceled})
        if (to_text(status) == text) return status;
    return std::nullopt;
}

std::string to_word(const calendar::Cycle& cycle) {
    if (cycle.count != 1)
        return "every_" + std::to_string(cycle.count) + "_" + std::string{calendar::to_text(cycle.unit)} + "s";
    for (const Word& one : cycle_words)
        if (one.unit == cycle.unit) return std::string{one.word};
    __builtin_unreachable();
}

Result<void> validate(const calendar::Cycle& cycle) {
    if (cycle.count < 1 || cycle.count > most_of(cycle.unit)) return invalid_cycle();
    return {};
}

Result<calendar::Cycle> parse_cycle(std::string_view word) {
    for (const Word& one : cycle_words)
        if (one.word == word) return calendar::Cycle{.unit = one.unit, .count = 1};
    constexpr std::string_view every = "every_";
    if (!word.starts_with(every) || !word.ends_with('s')) return invalid_cycle();
    const std::size_t gap = word.find('_', every.size());
    if (gap == std::string_view::npos) return invalid_cycle();
    const std::string_view number = word.substr(every.size(), gap - every.size());
    calendar::Cycle cycle;
    const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), cycle.count);
    const auto unit = calendar::parse_unit(word.substr(gap + 1, word.size() - gap - 2));
    if (failure != std::errc{} || end != number.data() + number.size() || number.starts_with('0') || !unit)
        return invalid_cycle();
    cycle.unit = *unit;
    if (auto valid = validate(cycle); !valid) return fail(std::move(valid.error()));
    return cycle;
}

std::int64_t total_minor(const Price& price, std::int64_t quantity) {
    std::int64_t total = 0;
    const bool overflows = __builtin_mul_overflow(price.amount.minor(), quantity, &total);
    check(!overflows && total >= 0 && total <= most_for_a_period, "what a period costs was bounded when it was agreed");
    return total;
}

bool is_affordable(const Price& price, std::int64_t quantity) {
    std::int64_t total = 0;
    return quantity >= 1 && quantity <= most_quantity &&
           !__builtin_mul_overflow(price.amount.minor(), quantity, &total) && total <= most_for_a_period;
}

std::unexpected<Error> too_dear() {
    return fail(ErrorKind::invalid, "amount_out_of_range",
                "Amount times quantity is too much for one period, or the quantity is not 1 to 1,000,000.", "amount");
}

void count_from(Subscription& subscription, calendar::Date first) {
    subscription.first_date = first;
    subscription.anchor_day = static_cast<unsigned>(first.day());
    subscription.next_index = 0;
    subscription.next_billing_date = first;
}

void change_cycle(Subscription& subscription, const calendar::Cycle& cycle, calendar::Date first) {
    const bool keeps_day = has_anchor(subscription.price.cycle.unit) && has_anchor(cycle.unit);
    const unsigned anchor = subscription.anchor_day;
    count_from(subscription, first);
    if (keeps_day) subscription.anchor_day = anchor;
    subscription.price.cycle = cycle;
}

void take_scheduled(Subscription& subscription) {
    if (!subscription.scheduled) return;
    const Subscription::Scheduled next = *std::exchange(subscription.scheduled, std::nullopt);
    check(subscription.next_billing_date.has_value(), "what is billed on knows when");
    if (!(next.price.cycle == subscription.price.cycle))
        change_cycle(subscription, next.price.cycle, *subscription.next_billing_date);
    subscription.price = next.price;
    subscription.quantity = next.quantity;
    subscription.name = next.name;
}

void begin_period(Subscription& subscription) {
    take_scheduled(subscription);
    subscription.period = calendar::period(subscription.first_date, subscription.price.cycle, subscription.next_index,
                                           subscription.anchor_day);
    subscription.next_index += 1;
    subscription.period_number += 1;
    subscription.next_billing_date = subscription.period.until;
    subscription.prorated_numerator = 0;
    subscription.is_period_unpaid = false;
}

std::int64_t days_left(const Subscription& subscription, calendar::Date today) {
    const calendar::Period& period = subscription.period;
    return std::clamp(calendar::days_between(today, period.until), std::int64_t{0},
                      calendar::days_between(period.from, period.until));
}

std::int64_t periods_due(const Subscription& subscription, calendar::Date today) {
    constexpr std::int64_t most = 1'000;
    if (!subscription.next_billing_date || *subscription.next_billing_date > today) return 0;
    std::int64_t periods = 1;
    while (periods < most && calendar::nth(subscription.first_date, subscription.price.cycle,
                                           subscription.next_index + periods, subscription.anchor_day) <= today)
        ++periods;
    return periods;
}

std::int64_t sum_of(std::span<const PendingLine> lines) {
    std::int64_t sum = 0;
    for (const PendingLine& line : lines) sum += line.amount_minor;
    return sum;
}

Settled settle(std::int64_t sum_minor) {
    return {.charged_minor = std::max(sum_minor, std::int64_t{0}),
            .carried_minor = std::min(sum_minor, std::int64_t{0})};
}

std::optional<Upcoming> take_next(Subscription& subscription, std::int64_t& pending_minor) {
    if (!subscription.next_billing_date || subscription.cancels_at_period_end || subscription.is_held)
        return std::nullopt;
    const calendar::Date due = *subscription.next_billing_date;
    begin_period(subscription);
    const Settled settled = settle(total_minor(subscription) + pending_minor);
    pending_minor = settled.carried_minor;
    return Upcoming{.due_date = due, .number = subscription.period_number, .amount_minor = settled.charged_minor};
}

}  // namespace florin::subscriptions
