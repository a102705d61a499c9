#include "forecast.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "billing_impl.hpp"
#include "florin/billing/planted.hpp"
#include "florin/jobs/open_jobs.hpp"
#include "ordering_keys.hpp"

namespace florin::billing {
namespace {

using Part = ForecastPlace::Part;

constexpr std::array part_names{"pending", "processing", "retrying", "turns", "agenda"};
/// The agenda may still be that of another billing hour or zone: turns of so much later are asked too.
constexpr Millis leeway = std::chrono::hours{26};
/// What is looked through for one page, for each that may stand on it.
constexpr std::size_t looked_at_for_one = 4;

Expected expected_of(const Charge& charge) {
    return {.owner_kind = charge.owner_kind,
            .owner = charge.owner,
            .purpose = charge.purpose,
            .number = charge.number,
            .is_refund = charge.is_refund,
            .customer_id = charge.customer_id,
            .due_date = charge.due_date,
            .amount = charge.amount,
            .description = charge.description};
}

void add_to(std::vector<Total>& totals, const Expected& what) {
    const Currency currency = what.amount.currency();
    auto at = std::ranges::lower_bound(totals, currency, {}, &Total::currency);
    if (at == totals.end() || at->currency != currency) at = totals.insert(at, Total{.currency = currency});
    (what.is_refund ? at->refunds_minor : at->charges_minor) += what.amount.minor();
}

/// One page as it grows.
struct Page {
    const Billing::Impl& billing;
    Reader& reader;
    MerchantId merchant;
    const ForecastWish& wish;
    Instant end;  ///< All of the last day is part of it.
    std::vector<Foreseen> items = {};
    std::set<Uuid> owners = {};  ///< Whose turn is being taken.
    std::size_t looked_at = 0;

    bool is_full() const { return items.size() >= wish.limit || looked_at >= wish.limit * looked_at_for_one; }

    void add(Expected what) {
        const calendar::Date date = what.due_date;
        items.push_back({.date = date, .what = std::move(what), .charge = std::nullopt});
    }
    void add(Charge charge) {
        const calendar::Date date = charge.retry_on.value_or(charge.due_date);
        if (date > wish.until || planted(Bug::forecast_without_open)) return;
        Expected what = expected_of(charge);
        const Owner* owner = charge.is_refund ? nullptr : billing.find_owner(charge.owner_kind);
        if (owner != nullptr && owner->follow_ups)
            for (Expected& next : owner->follow_ups(reader, charge))
                if (next.due_date <= wish.until) add(std::move(next));
        items.push_back({.date = date, .what = std::move(what), .charge = std::move(charge)});
    }
    void add(const Turn& turn) {
        // A retry's turn is off the agenda while its charge still waits to be collected: the charge itself says more.
        const Owner* owner = turn.kind == "charge" ? nullptr : billing.find_owner(turn.kind);
        if (owner != nullptr && owner->forecast)
            for (Expected& what : owner->forecast(reader, merchant, turn.id, end)) add(std::move(what));
    }

    // Each goes on from its place; false: the page is full.
    bool add_charges(ChargeStatus status, ForecastPlace& place) {
        for (;;) {
            auto charges = rows::open_charges(reader, merchant, status, place.charge, wish.limit);
            const bool is_last = charges.size() < wish.limit;
            for (Charge& charge : charges) {
                if (is_full()) return false;
                ++looked_at;
                place.charge = charge.id;
                add(std::move(charge));
            }
            if (is_last) return true;
        }
    }
    bool add_turns(ForecastPlace& place) {
        for (;;) {
            const auto keys = jobs::open_ordering_keys(reader, merchant, ordering_keys::turns, place.turn, wish.limit);
            for (const std::string& key : keys) {
                if (is_full()) return false;
                ++looked_at;
                place.turn = key;
                const auto turn = ordering_keys::parse_turn(key);
                if (turn && owners.insert(turn->id).second) add(*turn);
            }
            if (keys.size() < wish.limit) return true;
        }
    }
    bool add_agenda(ForecastPlace& place) {
        for (;;) {
            const auto listed = rows::page_of_agenda(reader, merchant, place.agenda, end + leeway, wish.limit);
            for (const rows::Listed& one : listed) {
                if (is_full()) return false;
                ++looked_at;
                place.agenda = {.due_at = one.due_at, .key = one.key};
                if (!owners.contains(one.turn.id)) add(one.turn);
            }
            if (listed.size() < wish.limit) return true;
        }
    }
};

}  // namespace

std::string ForecastPlace::text() const {
    std::string text = part_names[static_cast<std::size_t>(part)];
    text.append("~");
    switch (part) {
        case Part::pending:
        case Part::processing:
        case Part::retrying:
            return text.append(charge.text());
        case Part::turns:
            return text.append(turn);
        case Part::agenda:
            return text.append(std::to_string(agenda.due_at.ms)).append("~").append(agenda.key);
    }
    __builtin_unreachable();
}

std::optional<ForecastPlace> ForecastPlace::parse(std::string_view text) {
    const std::size_t end = text.find('~');
    const auto named = std::ranges::find(part_names, text.substr(0, end));
    if (end == std::string_view::npos || named == part_names.end()) return std::nullopt;
    ForecastPlace place{.part = static_cast<Part>(named - part_names.begin())};
    text.remove_prefix(end + 1);
    switch (place.part) {
        case Part::pending:
        case Part::processing:
        case Part::retrying: {
            const auto id = ChargeId::parse(text);
            if (!id) return std::nullopt;
            place.charge = *id;
            return place;
        }
        case Part::turns:
            if (!text.empty() && !ordering_keys::parse_turn(text)) return std::nullopt;
            place.turn = text;
            return place;
        case Part::agenda: {
            const auto [behind, failure] =
                std::from_chars(text.data(), text.data() + text.size(), place.agenda.due_at.ms);
            if (failure != std::errc{} || behind == text.data() + text.size() || *behind != '~') return std::nullopt;
            place.agenda.key = text.substr(static_cast<std::size_t>(behind - text.data()) + 1);
            return place;
        }
    }
    __builtin_unreachable();
}

Result<Forecast> Billing::Impl::foresee(Reader& reader, MerchantId merchant, const ForecastWish& wish) const {
    const merchants::Profile profile = on.merchants.profile(reader, merchant);
    const calendar::Date today = on.merchants.today(reader, merchant);
    if (wish.until < today || calendar::days_between(today, wish.until) > longest_forecast_days)
        return fail(ErrorKind::invalid, "invalid_forecast_period", "Give a day from today to three years from now.",
                    "until");
    Page page{.billing = *this,
              .reader = reader,
              .merchant = merchant,
              .wish = wish,
              .end = on.merchants.due_at(profile, calendar::plus_days(wish.until, 1))};
    ForecastPlace place = wish.after;
    bool is_whole = true;
    // From part to part, each from its beginning but the one in which the page before has ended.
    const auto go_on = [&](Part part, auto add) {
        if (!is_whole || place.part > part) return;
        if (place.part < part) place = {.part = part};
        is_whole = add();
    };
    go_on(Part::pending, [&] { return page.add_charges(ChargeStatus::pending, place); });
    go_on(Part::processing, [&] { return page.add_charges(ChargeStatus::processing, place); });
    go_on(Part::retrying, [&] { return page.add_charges(ChargeStatus::retrying, place); });
    go_on(Part::turns, [&] { return page.add_turns(place); });
    go_on(Part::agenda, [&] { return page.add_agenda(place); });
    Forecast forecast{.from = today, .until = wish.until, .items = std::move(page.items), .totals = {}, .next = {}};
    if (!is_whole) forecast.next = std::move(place);
    std::ranges::sort(forecast.items, {}, [](const Foreseen& item) {
        return std::tuple{item.date, item.what.owner_kind, item.what.owner, item.what.purpose, item.what.number};
    });
    for (const Foreseen& item : forecast.items) add_to(forecast.totals, item.what);
    return forecast;
}

}  // namespace florin::billing
