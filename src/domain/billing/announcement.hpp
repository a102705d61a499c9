#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agenda_store.hpp"
#include "florin/billing/billing.hpp"
#include "florin/payments/stored_means.hpp"

/// What customers are told before a charge that cannot be made as things are.
namespace florin::billing {

using AnnouncementId = Id<struct AnnouncementTag>;

enum class Reason {
    card_expiring,           ///< The card will have expired by the due day.
    payment_method_missing,  ///< There is nothing that could be charged.
};
std::string_view to_text(Reason reason);

struct Announcement {
    MerchantId merchant;
    AnnouncementId id;
    Reason reason = Reason::card_expiring;
    std::int64_t days_before = 1;
    std::string owner_kind;
    Uuid owner{};
    std::string customer_id;
    std::optional<payments::PaymentMethodId> payment_method = {};  ///< The card that expires.
    payments::CardFacts card = {};
    calendar::Date due_date;  ///< Of the first charge that it concerns.
    Money amount;
    std::string description;
    Instant created_at;
};

/// Turns that come after `from` and by `to` are looked at so many days before.
struct Look {
    std::int64_t days_before = 1;
    Instant from, to;
};

/// The first day on which a card cannot be charged any more: it is good through the last day of its month. Nothing: its
/// expiry is not known.
std::optional<calendar::Date> expired_on(const payments::CardFacts& card);
/// What is wrong with paying by `means` on that day; nothing: all is well.
std::optional<Reason> trouble_with(const std::optional<payments::StoredMeans>& means, calendar::Date day);

namespace rows {

/// How far a look has come; nothing: there was none yet.
std::optional<Instant> seen_until(Reader& reader, MerchantId merchant, std::int64_t days_before);
void set_seen_until(Tx& tx, MerchantId merchant, std::int64_t days_before, Instant until);
/// False: the card, or the due day of the owner, was announced so many days before already.
[[nodiscard]] bool insert_announcement(Tx& tx, const Announcement& announcement);
std::optional<Announcement> find_announcement(Reader& reader, MerchantId merchant, const AnnouncementId& id);

struct AnnouncementFilter {
    std::string customer_id;              ///< Empty: of all.
    std::optional<AnnouncementId> after;  ///< Cursor: the last one seen; the list goes from new to old.
    std::size_t limit = 50;
};
std::vector<Announcement> list_announcements(Reader& reader, MerchantId merchant, const AnnouncementFilter& filter);

}  // namespace rows
}  // namespace florin::billing
