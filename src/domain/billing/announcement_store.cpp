#include "announcement.hpp"
#include "dates_in_rows.hpp"

namespace florin::billing::rows {
namespace {

using store::Row;
using store::Sql;

Sql seen_sql{"billing.seen_until", "SELECT seen_until FROM billing_looks WHERE merchant_id = $1 AND days_before = $2"};
// Several nodes look. Who is slower may bring it back a little: then that much is looked at once more, and told once.
Sql set_seen_sql{"billing.set_seen_until", R"sql(
    INSERT INTO billing_looks (merchant_id, days_before, seen_until) VALUES ($1, $2, $3)
    ON CONFLICT (merchant_id, days_before) DO UPDATE SET seen_until = excluded.seen_until
)sql"};
Sql insert_announcement_sql{"billing.insert_announcement", R"sql(
    INSERT INTO billing_announcements (merchant_id, id, reason, subject, day, days_before, owner_kind, owner,
        customer_id, payment_method_id, card_last4, card_brand, due_on, amount_minor, currency, description, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    ON CONFLICT (merchant_id, reason, subject, day, days_before) DO NOTHING
)sql"};

#define FLORIN_ANNOUNCEMENTS                                                                               \
    "SELECT id, reason, day, days_before, owner_kind, owner, customer_id, payment_method_id, card_last4, " \
    "card_brand, due_on, amount_minor, currency, description, created_at FROM billing_announcements "      \
    "WHERE merchant_id = $1"
Sql find_announcement_sql{"billing.find_announcement", FLORIN_ANNOUNCEMENTS " AND id = $2"};
Sql list_announcements_sql{"billing.list_announcements", FLORIN_ANNOUNCEMENTS " AND id < $2 ORDER BY id DESC LIMIT $3"};
Sql list_announcements_by_customer_sql{"billing.list_announcements_by_customer", FLORIN_ANNOUNCEMENTS
                                       " AND customer_id = $4 AND id < $2 ORDER BY id DESC LIMIT $3"};

Announcement announcement_of(const Row& row, MerchantId merchant) {
    const auto currency = Currency::of(row.text(12));
    const auto amount = currency ? Money::of(row.integer(11), *currency) : fail(currency.error());
    if (!amount)
        throw store::Failure{store::Failure::Kind::fault,
                             "billing_announcements: " + row.id<AnnouncementId>(0).text() + " cannot be read"};
    Announcement announcement{.merchant = merchant,
                              .id = row.id<AnnouncementId>(0),
                              .reason = row.text(1) == to_text(Reason::card_expiring) ? Reason::card_expiring
                                                                                      : Reason::payment_method_missing,
                              .days_before = row.integer(3),
                              .owner_kind = row.string(4),
                              .owner = row.uuid(5),
                              .customer_id = row.string(6),
                              .payment_method = row.optional_id<payments::PaymentMethodId>(7),
                              .card = {.last4 = row.string(8), .brand = row.string(9)},
                              .due_date = date_of(row.integer(10)),
                              .amount = *amount,
                              .description = row.string(13),
                              .created_at = row.instant(14)};
    if (announcement.reason == Reason::card_expiring) {
        const calendar::Date last = calendar::plus_days(date_of(row.integer(2)), -1);
        announcement.card.expiry_year = static_cast<int>(last.year());
        announcement.card.expiry_month = static_cast<int>(static_cast<unsigned>(last.month()));
    }
    return announcement;
}

}  // namespace

std::optional<Instant> seen_until(Reader& reader, MerchantId merchant, std::int64_t days_before) {
    return reader.first(seen_sql, [](const Row& row) { return row.instant(0); }, merchant, days_before);
}

void set_seen_until(Tx& tx, MerchantId merchant, std::int64_t days_before, Instant until) {
    tx.later(set_seen_sql, merchant, days_before, until);
}

bool insert_announcement(Tx& tx, const Announcement& a) {
    const bool is_of_card = a.reason == Reason::card_expiring;
    const Uuid subject = is_of_card ? a.payment_method->value : a.owner;
    const calendar::Date day = is_of_card ? *expired_on(a.card) : a.due_date;
    return tx.claim(insert_announcement_sql, a.merchant, a.id, to_text(a.reason), subject, days_of(day), a.days_before,
                    a.owner_kind, a.owner, a.customer_id, a.payment_method, a.card.last4, a.card.brand,
                    days_of(a.due_date), a.amount.minor(), a.amount.code(), a.description, a.created_at);
}

std::optional<Announcement> find_announcement(Reader& reader, MerchantId merchant, const AnnouncementId& id) {
    return reader.first(
        find_announcement_sql, [&](const Row& row) { return announcement_of(row, merchant); }, merchant, id);
}

std::vector<Announcement> list_announcements(Reader& reader, MerchantId merchant, const AnnouncementFilter& filter) {
    Uuid last;
    last.fill(0xff);
    const Uuid before = filter.after ? filter.after->value : last;
    const auto of = [&](const Row& row) { return announcement_of(row, merchant); };
    if (filter.customer_id.empty()) return reader.all(list_announcements_sql, of, merchant, before, filter.limit);
    return reader.all(list_announcements_by_customer_sql, of, merchant, before, filter.limit, filter.customer_id);
}

}  // namespace florin::billing::rows
