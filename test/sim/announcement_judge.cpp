#include "announcement_judge.hpp"

#include <map>
#include <set>

#include "billing_books.hpp"
#include "billing_judge.hpp"

namespace florin::sim {
namespace {

using calendar::Date;
using store::Reader;
using store::Row;

const store::Sql list_announced{"sim.announced", R"sql(
    SELECT merchant_id, id, reason, subject, day, days_before, owner, due_on FROM billing_announcements
)sql"};
const store::Sql list_mails{"sim.announcement_mails", R"sql(
    SELECT merchant_id, cause FROM notifications WHERE template IN ('card_expiring', 'payment_method_missing')
)sql"};
/// Terms that go on, with what they are paid by. Where the total was another, the next instalment may be nothing.
const store::Sql list_running{"sim.running", R"sql(
    SELECT t.merchant_id, t.id, t.start_on, t.billing_day, t.billed_count, t.term_months, t.created_at,
        t.payment_method_id, t.mandate_of, m.card_expiry, o.time_zone
    FROM payment_terms t
    JOIN merchants o ON o.id = t.merchant_id
    LEFT JOIN payment_methods m ON m.merchant_id = t.merchant_id AND m.id = t.payment_method_id
    WHERE t.status = 'active' AND t.billed_count < t.term_months AND t.compensations = 0
)sql"};

/// What merchants have unless they say otherwise.
constexpr std::int64_t first_notice_days = 14;

class AnnouncementHearing {
public:
    explicit AnnouncementHearing(Installation& at, bool was_set_back) : at_{at}, was_set_back_{was_set_back} {}

    std::vector<Objection> hear() {
        auto everything = [this](Reader& reader) -> Result<bool> {
            objections_.clear();
            announced_.clear();
            by_owner_.clear();
            check_announced(reader);
            check_running(reader);
            return true;
        };
        at_.look(everything);
        return std::move(objections_);
    }

private:
    void object(std::string law, std::string what) { objections_.push_back({std::move(law), std::move(what)}); }

    void check_announced(Reader& reader) {
        std::map<std::pair<std::int64_t, std::string>, int> mails;
        reader.each(list_mails, [&](const Row& row) { ++mails[{row.integer(0), row.string(1)}]; });
        std::set<std::tuple<std::int64_t, std::string, Uuid, std::int64_t, std::int64_t>> once;
        reader.each(list_announced, [&](const Row& row) {
            const std::string id = florin::to_text(row.uuid(1)), name = row.string(2) + " " + id;
            if (!once.emplace(row.integer(0), row.string(2), row.uuid(3), row.integer(4), row.integer(5)).second)
                object("what will not be payable is announced once", name);
            const auto mail = mails.find({row.integer(0), id + ".1"});
            const int count = mail == mails.end() ? 0 : mail->second;
            if (count > 1) object("what will not be payable is announced once", name + ": " + std::to_string(count));
            announced_[{row.integer(0), row.uuid(3)}] += count;
            by_owner_[{row.integer(0), row.uuid(6), row.integer(7)}] += count;
            if (mail != mails.end()) mails.erase(mail);
        });
        for (const auto& [mail, count] : mails)
            object("a mail of what will not be payable has its reason", mail.second);
    }

    void check_running(Reader& reader) {
        if (was_set_back_) return;
        reader.each(list_running, [&](const Row& row) {
            const auto zone = calendar::Zone::find(row.string(10));
            const auto start = calendar::parse_date(row.string(2));
            check(zone && start, "what is stored is a zone, and a day");
            const Date next = instalment_day(*start, static_cast<unsigned>(row.integer(3)), row.integer(4) + 1);
            const Date today = zone->date_of(at_.clock.now());
            const bool is_soon = next > today && calendar::days_between(today, next) < first_notice_days;
            // What was made later than the first notice is told of by the next one, or not at all.
            const bool is_old = calendar::days_between(zone->date_of(Instant{row.integer(6)}), next) > 35;
            if (!is_soon || !is_old) return;
            const std::string name = "terms " + florin::to_text(row.uuid(1)) + " due on " + calendar::to_text(next);
            if (row.is_null(7) && row.is_null(8)) {
                if (by_owner_[{row.integer(0), row.uuid(1), std::chrono::sys_days{next}.time_since_epoch().count()}] ==
                    0)
                    object("what will not be payable is announced", name);
            } else if (!row.is_null(9)) {
                const auto month = std::chrono::year{static_cast<int>(row.integer(9) / 100)} /
                                   std::chrono::month{static_cast<unsigned>(row.integer(9) % 100)};
                const Date last = Date{std::chrono::sys_days{month / std::chrono::last}};
                if (next > last && announced_[{row.integer(0), row.uuid(7)}] == 0)
                    object("what will not be payable is announced",
                           name + ", a card of until " + calendar::to_text(last));
            }
        });
    }

    Installation& at_;
    bool was_set_back_;
    /// Mails by card or owner; and by owner and due day.
    std::map<std::pair<std::int64_t, Uuid>, int> announced_;
    std::map<std::tuple<std::int64_t, Uuid, std::int64_t>, int> by_owner_;
    std::vector<Objection> objections_;
};

}  // namespace

std::vector<Objection> judge_announcements(Installation& installation, bool was_set_back) {
    return AnnouncementHearing{installation, was_set_back}.hear();
}

}  // namespace florin::sim
