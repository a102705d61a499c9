// What is announced before it is charged: that a card will have expired by then, or that nothing is known to charge.
//
// A merchant's look walks through the agenda, so many days ahead of its clock as its notices are. It reads; only what
// is to be told is written, with how far the look has come. Each look begins where a later notice's ends, so that who
// comes late is told once.

#include <algorithm>

#include "announcement.hpp"
#include "billing_impl.hpp"
#include "bodies.hpp"
#include "florin/events/events.hpp"
#include "florin/notifications/filling.hpp"
#include "florin/notifications/notifications.hpp"
#include "florin/payments/stored_means.hpp"
#include "job_payloads.hpp"

namespace florin::billing {
namespace {

constexpr std::size_t turns_on_a_page = 200;
/// How far a look may lag behind the clock where nothing is due: so that it is written once a day, not each time.
constexpr Millis longest_lag = std::chrono::days{1};
/// So many days after a turn its charge comes at the latest: the turn of a trial's end is days before it.
constexpr std::int64_t longest_detour_days = 31;
constexpr std::string_view subject_type = "billing_announcement";

/// The same time of the day so many days later, where the merchant is.
Instant shifted(const calendar::Zone& zone, Instant at, std::int64_t days) {
    return zone.at(calendar::plus_days(zone.date_of(at), days), zone.time_of_day(at));
}

/// How far a look that reaches to `to` by now has come before; nothing: it has not begun, or the clock was put back
/// since, as another test clock's may be.
std::optional<Instant> seen_before(Reader& reader, MerchantId merchant, std::int64_t days, Instant to) {
    const auto seen = rows::seen_until(reader, merchant, days);
    return seen && *seen <= to + longest_lag ? seen : std::nullopt;
}

std::optional<payments::StoredMeans> means_of(Reader& reader, MerchantId merchant, const Payer& payer) {
    if (payer.means.payment_method) return payments::find_stored_means(reader, merchant, *payer.means.payment_method);
    if (payer.means.mandate_of) return payments::find_stored_means(reader, merchant, *payer.means.mandate_of);
    return payments::default_means(reader, merchant, payer.customer_id);
}

/// `07/2027`, as it stands on the card.
std::string expiry_words(const payments::CardFacts& card) {
    const std::string month = std::to_string(card.expiry_month);
    return (month.size() == 1 ? "0" : "") + month + "/" + std::to_string(card.expiry_year);
}

}  // namespace

std::string_view to_text(Reason reason) {
    switch (reason) {
        case Reason::card_expiring:
            return "card_expiring";
        case Reason::payment_method_missing:
            return "payment_method_missing";
    }
    __builtin_unreachable();
}

std::optional<calendar::Date> expired_on(const payments::CardFacts& card) {
    if (card.expiry_year < 1970 || card.expiry_month < 1 || card.expiry_month > 12) return std::nullopt;
    const auto month = std::chrono::year{card.expiry_year} / card.expiry_month;
    return calendar::Date{std::chrono::sys_days{(month + std::chrono::months{1}) / 1}};
}

std::optional<Reason> trouble_with(const std::optional<payments::StoredMeans>& means, calendar::Date day) {
    if (!means) return Reason::payment_method_missing;
    const auto expired = means->payment_method ? expired_on(means->card) : std::nullopt;
    if (expired && day >= *expired) return Reason::card_expiring;
    return std::nullopt;
}

std::optional<Instant> Billing::next_moment(Reader& reader, MerchantId merchant) const {
    auto next = next_turn_at(reader, merchant);
    if (!next) return next;
    const merchants::Profile profile = impl_->on.merchants.profile(reader, merchant);
    const Instant now = impl_->on.merchants.now(reader, merchant);
    for (const std::int64_t days : profile.notice_days) {
        const auto seen = seen_before(reader, merchant, days, shifted(profile.zone, now, days));
        if (!seen) return std::min(*next, now);
        if (const auto turn = rows::first_turn_after(reader, merchant, *seen))
            next = std::min(*next, shifted(profile.zone, *turn, -days));
    }
    return next;
}

std::vector<Look> Billing::Impl::looks_due(Reader& reader, const merchants::Profile& profile) const {
    const MerchantId merchant = profile.merchant;
    const Instant now = on.merchants.now(reader, merchant);
    std::vector<Look> looks;
    Instant nearer = now;
    for (auto days = profile.notice_days.rbegin(); days != profile.notice_days.rend(); ++days) {
        const Instant to = shifted(profile.zone, now, *days);
        const auto seen = seen_before(reader, merchant, *days, to);
        // The first look finds nothing: what falls due sooner is told of by the next notice.
        if (!seen) {
            looks.push_back({.days_before = *days, .from = to, .to = to});
        } else if (const auto turn = rows::first_turn_after(reader, merchant, *seen);
                   turn && shifted(profile.zone, *turn, -*days) <= now) {
            looks.push_back({.days_before = *days, .from = std::max(*seen, nearer), .to = std::max(to, *turn)});
        } else if (to - *seen >= longest_lag) {
            looks.push_back({.days_before = *days, .from = to, .to = to});
        }
        nearer = to;
    }
    return looks;
}

std::optional<Announcement> Billing::Impl::verdict(Reader& reader, const merchants::Profile& profile,
                                                   const rows::Listed& turn, const Look& look) const {
    const MerchantId merchant = profile.merchant;
    const Owner* owner = find_owner(turn.turn.kind);
    if (owner == nullptr || !owner->payer || !owner->forecast) return std::nullopt;
    const auto payer = owner->payer(reader, merchant, turn.turn.id);
    if (!payer) return std::nullopt;
    const auto means = means_of(reader, merchant, *payer);
    const calendar::Date latest = calendar::plus_days(profile.zone.date_of(turn.due_at), longest_detour_days);
    // What is well then is well before.
    if (!trouble_with(means, latest)) return std::nullopt;
    for (const Expected& expected :
         owner->forecast(reader, merchant, turn.turn.id, on.merchants.due_at(profile, latest))) {
        if (expected.is_refund || expected.amount.is_zero()) continue;
        const auto reason = trouble_with(means, expected.due_date);
        if (!reason) return std::nullopt;
        Announcement announcement{.merchant = merchant,
                                  .id = {},
                                  .reason = *reason,
                                  .days_before = look.days_before,
                                  .owner_kind = expected.owner_kind,
                                  .owner = expected.owner,
                                  .customer_id = payer->customer_id,
                                  .due_date = expected.due_date,
                                  .amount = expected.amount,
                                  .description = expected.description,
                                  .created_at = {}};
        if (*reason == Reason::card_expiring) {
            announcement.payment_method = means->payment_method;
            announcement.card = means->card;
        }
        return announcement;
    }
    return std::nullopt;
}

std::vector<Announcement> Billing::Impl::look_at(Reader& reader, const merchants::Profile& profile, const Look& look,
                                                 std::optional<rows::AgendaPlace>& place) const {
    const auto turns = rows::page_of_agenda(reader, profile.merchant, *place, look.to, turns_on_a_page);
    place.reset();
    if (turns.size() == turns_on_a_page)
        place = rows::AgendaPlace{.due_at = turns.back().due_at, .key = turns.back().key};
    std::vector<Announcement> all;
    for (const rows::Listed& turn : turns)
        if (auto announcement = verdict(reader, profile, turn, look)) all.push_back(std::move(*announcement));
    return all;
}

Task<Result<std::size_t>> Billing::look_ahead(MerchantId merchant) {
    const Impl& my = *impl_;
    std::optional<merchants::Profile> profile;
    auto find = [&](Reader& reader) -> Result<std::vector<Look>> {
        profile = my.on.merchants.profile(reader, merchant);
        return my.looks_due(reader, *profile);
    };
    const auto looks = co_await my.on.store.read(find);
    if (!looks) co_return fail(looks.error());
    std::size_t told = 0;
    for (const Look& look : *looks) {
        // The first of the moment after.
        std::optional<rows::AgendaPlace> place = rows::AgendaPlace{.due_at = look.from + Millis{1}};
        do {
            std::optional<rows::AgendaPlace> reached;
            auto read = [&](Reader& reader) -> Result<std::vector<Announcement>> {
                reached = place;
                return my.look_at(reader, *profile, look, reached);
            };
            const auto found = co_await my.on.store.read(read);
            if (!found) co_return fail(found.error());
            place = reached;
            if (place && found->empty()) continue;
            auto write = [&](Tx& tx) -> Result<std::size_t> {
                std::size_t count = 0;
                for (const Announcement& one : *found) count += my.announce(tx, one) ? 1 : 0;
                if (!place) rows::set_seen_until(tx, merchant, look.days_before, look.to);
                return count;
            };
            const auto count = co_await my.on.store.write(write);
            if (!count) co_return fail(count.error());
            told += *count;
        } while (place);
    }
    if (told > 0) my.on.wake();
    co_return looks->size();
}

Task<Result<void>> Billing::Impl::look_beyond(const Charge& charge) const {
    auto read = [&](Reader& reader) -> Result<std::optional<Announcement>> {
        const Turn turn{.kind = charge.owner_kind, .id = charge.owner};
        const auto due_at = rows::turn_at(reader, charge.merchant, turn);
        const merchants::Profile profile = on.merchants.profile(reader, charge.merchant);
        if (!due_at || profile.notice_days.empty()) return std::optional<Announcement>{};
        const std::int64_t days = profile.notice_days.back();
        const Instant now = on.merchants.now(reader, charge.merchant);
        // What comes later is looked at in its time.
        if (*due_at > shifted(profile.zone, now, days)) return std::optional<Announcement>{};
        const rows::Listed next{.turn = turn, .due_at = *due_at, .key = {}};
        return verdict(reader, profile, next, {.days_before = days, .from = now, .to = *due_at});
    };
    const auto found = co_await on.store.read(read);
    if (!found) co_return fail(found.error());
    if (!*found) co_return Result<void>{};
    auto write = [&](Tx& tx) -> Result<bool> { return announce(tx, **found); };
    const auto written = co_await on.store.write(write);
    if (!written) co_return fail(written.error());
    co_return Result<void>{};
}

bool Billing::Impl::announce(Tx& tx, Announcement announcement) const {
    announcement.id = on.world.new_id<AnnouncementTag>();
    announcement.created_at = tx.now();
    if (!rows::insert_announcement(tx, announcement)) return false;
    const std::string id = announcement.id.text();
    const std::string action = "billing." + std::string{to_text(announcement.reason)};
    const std::string type = "florin." + action;
    std::string data = R"({"announcement":)";
    data.append(json::to_text(view_of(announcement))).append("}");
    events::append(tx, {.merchant = announcement.merchant,
                        .type = type,
                        .subject_type = subject_type,
                        .subject_id = id,
                        .sequence = 1,
                        .data = data});
    on.audit.append(tx, {.merchant = announcement.merchant,
                         .action = action,
                         .entity_type = subject_type,
                         .entity_id = id,
                         .actor = "system",
                         .changes = data});
    const std::string event = id + ".1";
    const std::string payload = json::to_text(EventPayload{.event = event});
    jobs::enqueue(tx, {.merchant = announcement.merchant,
                       .id = on.world.new_id<jobs::JobOf>(),
                       .kind = ahead_kind,
                       .payload = payload,
                       .unique_key = event});
    return true;
}

bool Billing::Impl::is_open(Reader& reader, const Announcement& announcement) const {
    const Owner* owner = find_owner(announcement.owner_kind);
    if (owner == nullptr || !owner->payer || announcement.due_date < on.merchants.today(reader, announcement.merchant))
        return false;
    const auto payer = owner->payer(reader, announcement.merchant, announcement.owner);
    return payer && trouble_with(means_of(reader, announcement.merchant, *payer), announcement.due_date).has_value();
}

Task<Result<void>> Billing::Impl::mail_ahead(const jobs::Job& job, std::string event_id) const {
    struct Read {
        Announcement announcement;
        bool is_open = false;
    };
    auto read = [&](Reader& reader) -> Result<Read> {
        const auto event = events::find(reader, job.merchant, event_id);
        const auto id = event ? AnnouncementId::parse(event->subject_id) : std::nullopt;
        auto found = id ? rows::find_announcement(reader, job.merchant, *id) : std::nullopt;
        if (!found) return fail(ErrorKind::invalid, "event_not_found", "There is no such announcement.");
        const bool still = is_open(reader, *found);
        return Read{.announcement = std::move(*found), .is_open = still};
    };
    const auto told = co_await on.store.read(read);
    if (!told) co_return fail(told.error());
    const Announcement& announcement = told->announcement;
    // Meanwhile there is another card (F61).
    if (!told->is_open || on.notifications == nullptr) co_return Result<void>{};
    const auto name = co_await on.addressee(job.merchant, announcement.customer_id);
    if (!name) co_return fail(name.error());
    if (!*name) co_return Result<void>{};

    notifications::Filling filling;
    filling.text("name", **name)
        .amount("amount", announcement.amount)
        .text("description", announcement.description)
        .day("due_on", announcement.due_date);
    if (announcement.reason == Reason::card_expiring)
        filling.text("card", announcement.card.last4).text("expires", expiry_words(announcement.card));
    const std::string filled = filling.data();
    const notifications::Recipient recipient{.customer_id = announcement.customer_id, .email = {}, .name = {}};
    auto write = [&](Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job)) return lease_lost();
        on.notifications->enqueue(tx, {.merchant = job.merchant,
                                       .cause = event_id,
                                       .template_name = to_text(announcement.reason),
                                       .recipient = recipient,
                                       .data = filled,
                                       .traceparent = job.traceparent});
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    on.wake();
    co_return Result<void>{};
}

}  // namespace florin::billing
