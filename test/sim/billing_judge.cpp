#include "billing_judge.hpp"

#include <algorithm>
#include <set>

#include "billing_books.hpp"
#include "florin/calendar/calendar.hpp"
#include "florin/json/value.hpp"
#include "taken_back_judge.hpp"

namespace florin::sim {
namespace {

using calendar::Date;
using store::Reader;
using store::Row;

const store::Sql list_terms{"sim.terms", R"sql(
    SELECT merchant_id, id, status, start_on, term_months, billing_day, total_minor, billed_count, billed_minor,
        returned_minor, paid_minor, refunded_minor, settlement
    FROM payment_terms
)sql"};
const store::Sql list_subscriptions{"sim.subscriptions", R"sql(
    SELECT merchant_id, id, status, is_held, period_number FROM subscriptions
)sql"};
const store::Sql list_turns{"sim.turns", "SELECT merchant_id, kind, id, due_at FROM agenda"};
const store::Sql list_documents{"sim.documents", R"sql(
    SELECT merchant_id, series, number, cause, kind, total_minor FROM documents ORDER BY merchant_id, series, number
)sql"};
const store::Sql list_notifications{"sim.told", R"sql(
    SELECT merchant_id, cause, template, state, id FROM notifications
)sql"};
const store::Sql find_zone{"sim.zone", R"sql(
    SELECT m.time_zone, COALESCE(p.billing_hour, 0) FROM merchants m
    LEFT JOIN merchant_profiles p ON p.merchant_id = m.id WHERE m.id = $1
)sql"};
const store::Sql list_unfinished{"sim.unfinished", R"sql(
    SELECT kind, state, claimable_at, attempts, COALESCE(last_error, '') FROM jobs WHERE finished_at IS NULL AND kind <> 'ledger.snapshot'
)sql"};
const store::Sql list_open_mails{"sim.open_mails", "SELECT due_at FROM notifications WHERE due_at IS NOT NULL"};
const store::Sql list_open_transactions{
    "sim.open_ones",
    "SELECT type, status, next_check_at FROM transactions WHERE status IN ('processing', 'unknown', 'pending')"};
const store::Sql first_turn{"sim.first_turn", "SELECT MIN(due_at) FROM agenda"};

class BillingHearing {
public:
    BillingHearing(Installation& at, bool was_set_back) : at_{at}, was_set_back_{was_set_back} {}

    std::vector<Objection> hear() {
        auto everything = [this](Reader& reader) -> Result<bool> {
            objections_.clear();
            books_ = read_books(reader);
            check_charges();
            check_retries(reader);
            check_owners();
            check_terms(reader);
            check_agenda(reader);
            check_documents(reader);
            check_told(reader);
            check_cases();
            return true;
        };
        at_.look(everything);
        check_crm();
        const Unfinished left = unfinished(at_);
        if (left.count != 0) object("nothing is stuck", left.what);
        return std::move(objections_);
    }

private:
    void object(std::string law, std::string what) { objections_.push_back({std::move(law), std::move(what)}); }

    const std::vector<Attempt>& attempts_of(const Charge& charge) const { return books_.attempts_of(charge); }

    /// Each charge is paid at the provider exactly if it says so, and once.
    void check_charges() {
        std::set<std::tuple<std::int64_t, Uuid, std::string, std::int64_t>> once;
        for (const Charge& charge : books_.charges) {
            if (!once.emplace(charge.merchant, charge.owner, charge.purpose, charge.number).second)
                object("one charge for each period", charge.name());  // F70
            if (charge.amount < 0) object("no charge is negative", charge.name());
            if (charge.status == "pending" || charge.status == "processing") object("nothing is stuck", charge.name());
            std::int64_t sum = 0;
            const auto lines = json::parse(charge.lines);
            check(lines.has_value(), "lines are JSON");
            for (const json::Value& line : lines->items()) sum += *line.find("amount_minor")->integer();
            // A refund that nobody holds all of becomes smaller; its lines say what was wanted.
            const bool is_clamped = charge.is_refund && books_.times(charge, "clamped") > 0;
            if (!lines->items().empty() && (is_clamped ? sum <= charge.amount : sum != charge.amount))
                object("the lines of a charge are the charge", charge.name() + ", lines " + std::to_string(sum));
            if (charge.is_refund) {
                check_refund(charge);
                continue;
            }
            std::set<Uuid> payments;
            std::int64_t successes = 0, paid_twice = 0;
            for (const Attempt& attempt : attempts_of(charge)) {
                if (attempt.payment && !payments.insert(*attempt.payment).second)
                    object("each attempt is a payment of its own", charge.name());
                const bool is_paid_by_it =
                    charge.status == "succeeded" && attempt.status == "succeeded" && attempt.payment == charge.payment;
                successes += is_paid_by_it ? 1 : 0;
                // What comes true too late is given back, what was returned has gone; and of what comes again after
                // that a person knows, each time.
                const bool is_right = is_paid_by_it
                                          ? attempt.captured == charge.amount
                                          : attempt.kept() == 0 || ++paid_twice <= books_.times_paid_twice(charge);
                if (!is_right)
                    object("a charge moves what it says", charge.name() + ", attempt " +
                                                              std::to_string(attempt.number) + " " + attempt.status +
                                                              " took " + std::to_string(attempt.captured) + ", kept " +
                                                              std::to_string(attempt.kept()));
            }
            // By a person's word it is paid without a provider.
            if (charge.status == "succeeded" && !charge.payment && charge.amount > 0 && charge.outside == charge.amount)
                ++successes;
            if (successes != (charge.status == "succeeded" ? 1 : 0))
                object("a charge is paid once", charge.name() + ", " + std::to_string(successes) + " times");
        }
    }

    void check_refund(const Charge& charge) {
        std::int64_t given = 0;
        for (const Attempt& part : attempts_of(charge)) {
            if (part.status != "succeeded") continue;
            given += part.amount;
            if (part.is_part && part.moved != part.amount)
                object("a refund moves what it says", charge.name() + ", a part of " + std::to_string(part.amount) +
                                                          " moved " + std::to_string(part.moved));
        }
        if (given + charge.outside != charge.done || (charge.status == "succeeded" && charge.done != charge.amount))
            object("a refund moves what it says",
                   charge.name() + ", parts " + std::to_string(given) + ", outside " + std::to_string(charge.outside));
    }

    /// F82, F83: by A's rule exactly one more attempt, on a later day; never two attempts at once.
    void check_retries(Reader& reader) {
        for (const Charge& charge : books_.charges) {
            if (charge.is_refund) continue;
            const calendar::Zone zone = zone_of(reader, charge.merchant).first;
            // Each on its day, however often its turn comes (F70).
            if (zone.date_of(charge.created_at + slack) < charge.due_on && !was_set_back_)
                object("nothing is charged before its day",
                       charge.name() + " due on " + calendar::to_text(charge.due_on));
            std::optional<Date> before;
            std::int64_t failures = 0;
            // A person has it tried at once, and once more.
            std::set<std::int64_t> reopened;
            for (const Told& told : books_.told_of(charge))
                if (told.word == "reopened") reopened.insert(told.attempts + 1);
            for (const Attempt& attempt : attempts_of(charge)) {
                const bool is_no = attempt.status == "failed" && attempt.code != "never_reached_provider";
                const Date day = zone.date_of(attempt.begun_at);
                if (before && day <= *before && !was_set_back_ && !reopened.contains(attempt.number))
                    object("a retry waits for another day", charge.name() + " on " + calendar::to_text(day));
                if (is_no) before = day;
                failures += is_no ? 1 : 0;
            }
            if (charge.retry_policy == "next_day_then_case" && failures > 2 + std::ssize(reopened))
                object("one retry", charge.name() + ", " + std::to_string(failures) + " times declined");
        }
    }
    /// What an owner's charges took and gave back.
    void check_owners() {
        std::map<std::pair<Owner, std::string>, std::pair<std::int64_t, std::int64_t>> numbers;
        std::map<Owner, std::int64_t> taken, given;
        std::map<std::pair<Owner, std::string>, std::pair<std::int64_t, Instant>> begun;
        for (const Charge& charge : books_.charges) {
            const Owner owner{charge.merchant, charge.owner};
            if (charge.purpose == "instalment" || charge.purpose == "period") {
                auto& [count, last] = numbers[{owner, charge.purpose}];
                ++count;
                last = std::max(last, charge.number);
                // F71: in their order, also after days of downtime. `Books::charges` goes by number.
                const auto& attempts = attempts_of(charge);
                if (!attempts.empty()) {
                    auto& [number, at] = begun[{owner, charge.purpose}];
                    if (attempts.front().begun_at + slack < at && !was_set_back_)
                        object("what is due is charged in its order",
                               charge.name() + " before " + std::to_string(number));
                    at = std::max(at, attempts.front().begun_at);
                    number = charge.number;
                }
            }
            if (charge.is_refund) {
                for (const Attempt& part : attempts_of(charge))
                    if (part.status == "succeeded") given[owner] += part.amount;
                continue;
            }
            for (const Attempt& attempt : attempts_of(charge))
                if (attempt.status == "succeeded") taken[owner] += attempt.captured;
        }
        for (const auto& [of, found] : numbers)
            if (found.first != found.second)
                object("no period is left out", of.second + " of " + florin::to_text(of.first.second) + ": " +
                                                    std::to_string(found.first) + " up to number " +
                                                    std::to_string(found.second));
        for (const auto& [owner, sum] : given)
            if (sum > taken[owner])
                object(
                    "no more is given back than was taken",
                    florin::to_text(owner.second) + " " + std::to_string(sum) + " of " + std::to_string(taken[owner]));
    }

    void check_terms(Reader& reader) {
        reader.each(list_terms, [&](const Row& row) {
            const Owner owner{row.integer(0), row.uuid(1)};
            const std::string status = row.string(2);
            const auto start = calendar::parse_date(row.string(3));
            check(start.has_value(), "a stored day is one");
            const std::int64_t months = row.integer(4), total = row.integer(6), billed_count = row.integer(7),
                               billed = row.integer(8), returned = row.integer(9), paid = row.integer(10),
                               back = row.integer(11);
            const auto day = static_cast<unsigned>(row.integer(5));
            std::int64_t sum_billed = 0, sum_returned = 0, sum_paid = 0, sum_back = 0, instalments = 0, failed = 0,
                         stuck = 0, taken_back = 0, let_go = 0, came_before = 0;
            bool has_gone = false;
            for (const Charge& charge : books_.charges) {
                if (Owner{charge.merchant, charge.owner} != owner) continue;
                (charge.is_refund ? sum_returned : sum_billed) += charge.amount;
                (charge.is_refund ? sum_back : sum_paid) += charge.settled();
                taken_back += charge.taken_back;
                has_gone = has_gone || was_money_back(books_, charge);
                if (books_.was_returned(charge) && charge.settled() == 0) came_before += charge.amount;
                // By a person: what then nobody pays, and nobody gives back.
                if (charge.status == "canceled")
                    let_go += charge.is_refund ? charge.done - charge.amount : charge.amount;
                // It is still tried, or with a person.
                if ((charge.status == "failed" || charge.is_open()) && !charge.is_refund) failed += charge.amount;
                // It is with a person, and counts as given back.
                if (charge.status == "failed" && charge.is_refund) stuck += charge.amount;
                if (charge.purpose != "instalment") continue;
                ++instalments;
                // F73
                if (charge.due_on != instalment_day(*start, day, charge.number))
                    object("each instalment has its day", charge.name() + " on " + calendar::to_text(charge.due_on));
            }
            const std::string name = florin::to_text(owner.second) + " " + status + " of " + std::to_string(total);
            if (sum_billed != billed || sum_returned != returned || sum_paid != paid || sum_back != back ||
                instalments != billed_count)
                object("sums equal their charges",
                       name + ": billed " + std::to_string(sum_billed) + " " + std::to_string(billed) + ", returned " +
                           std::to_string(sum_returned) + " " + std::to_string(returned) + ", paid " +
                           std::to_string(sum_paid) + " " + std::to_string(paid) + ", back " +
                           std::to_string(sum_back) + " " + std::to_string(back) + ", count " +
                           std::to_string(instalments) + " " + std::to_string(billed_count));
            // What a bank has returned may have been given back before.
            if (returned > paid + came_before) object("no more is given back than was received", name);
            const bool is_running = status == "active" || status == "completed";
            if (is_running && billed_count == months && billed - returned < total)
                object("sums equal totals", name + ": asked for " + std::to_string(billed - returned));
            // Of what is gone already a lower total gives nothing back.
            const std::int64_t above = paid - back - (total + stuck - let_go);
            if (is_running && billed_count == months && failed == 0 && (above < 0 || above > taken_back))
                object("sums equal totals", name + ": received " + std::to_string(paid - back));
            if (status == "pending_cancellation" && !has_failed_refund(owner))
                object("a cancellation comes to its end", name);
            if (status == "canceled") {
                const auto settlement = json::parse(row.string(12));
                check(settlement.has_value(), "a settlement is JSON");
                const auto of = [&](std::string_view member) {
                    const json::Value* found = settlement->find(member);
                    return found == nullptr ? 0 : found->integer().value_or(0);
                };
                const bool is_final_paid = std::ranges::none_of(books_.charges, [&](const Charge& charge) {
                    return Owner{charge.merchant, charge.owner} == owner && charge.purpose == "final_amount" &&
                           charge.status != "succeeded";
                });
                const std::int64_t settled = of("paid_minor") - of("refund_minor") + of("final_charge_minor") + stuck;
                // With what is gone and comes again it is `judge_taken_back` who counts.
                if (is_final_paid && !has_gone && paid - back != settled)
                    object("after a cancellation what was earned is kept",
                           name + ": " + std::to_string(paid - back) + " instead of " + std::to_string(settled));
            }
            if (status == "active" && billed_count < months) {
                should_come_.insert({owner.first, "payment_terms", owner.second});
                may_come_.insert({owner.first, "payment_terms", owner.second});
            }
        });
        reader.each(list_subscriptions, [&](const Row& row) {
            const std::string status = row.string(2);
            const std::tuple turn{row.integer(0), std::string{"subscription"}, row.uuid(1)};
            if (status != "canceled") may_come_.insert(turn);
            if (status != "canceled" && status != "paused" && row.integer(3) == 0) should_come_.insert(turn);
        });
    }
    bool has_failed_refund(const Owner& owner) const {
        return std::ranges::any_of(books_.charges, [&](const Charge& charge) {
            return Owner{charge.merchant, charge.owner} == owner && charge.is_refund && charge.status == "failed";
        });
    }

    /// What is to come has its turn, and nothing else has.
    void check_agenda(Reader& reader) {
        for (const Charge& charge : books_.charges) {
            if (charge.status != "retrying") continue;
            should_come_.insert({charge.merchant, "charge", charge.id});
            may_come_.insert({charge.merchant, "charge", charge.id});
        }
        std::set<std::tuple<std::int64_t, std::string, Uuid>> comes;
        reader.each(list_turns, [&](const Row& row) {
            const std::tuple turn{row.integer(0), row.string(1), row.uuid(2)};
            comes.insert(turn);
            if (Instant{row.integer(3)} + Millis{5'000} < at_.clock.now())
                object("a turn that has come is taken", std::get<1>(turn) + " " + florin::to_text(std::get<2>(turn)));
            if (!may_come_.contains(turn))
                object("the agenda has nothing that is over",
                       std::get<1>(turn) + " " + florin::to_text(std::get<2>(turn)));
        });
        for (const auto& turn : should_come_)
            if (!comes.contains(turn))
                object("what is to come is on the agenda",
                       std::get<1>(turn) + " " + florin::to_text(std::get<2>(turn)));
    }

    /// One receipt for each charge that was paid, one credit note for each refund, and their numbers without a gap.
    void check_documents(Reader& reader) {
        std::map<std::pair<std::int64_t, std::string>, std::int64_t> last;
        std::map<std::pair<std::int64_t, std::string>, std::int64_t> by_cause;
        reader.each(list_documents, [&](const Row& row) {
            std::int64_t& before = last[{row.integer(0), row.string(1)}];
            if (row.integer(2) != before + 1)
                object("documents are numbered without gaps", row.string(1) + " " + std::to_string(row.integer(2)));
            before = row.integer(2);
            if (!by_cause.emplace(std::pair{row.integer(0), row.string(3)}, row.integer(5)).second)
                object("one document for each cause", row.string(3));
        });
        std::int64_t expected = 0, found = 0;
        for (const auto& [cause, total] : by_cause)
            found += cause.second.starts_with("charge:") &&
                             (cause.second.ends_with(":receipt") || cause.second.ends_with(":credit_note"))
                         ? 1
                         : 0;
        for (const Charge& charge : books_.charges) {
            // Whatever has become of it since.
            const bool was_paid = books_.times(charge, "succeeded") + books_.times(charge, "paid_elsewhere") > 0;
            const std::int64_t amount = charge.is_refund ? charge.settled() : charge.amount;
            if ((!was_paid && charge.settled() == 0) || amount == 0) continue;
            ++expected;
            const auto document =
                by_cause.find({charge.merchant, "charge:" + florin::to_text(charge.id) +
                                                    (charge.is_refund ? ":credit_note" : ":receipt")});
            if (document == by_cause.end())
                object("what was paid has its document", charge.name());
            else if (document->second != (charge.is_refund ? -amount : amount))
                object("a document says what was paid", charge.name() + ", not " + std::to_string(document->second));
        }
        if (found != expected)
            object("nothing else has a receipt",
                   std::to_string(found) + " documents of " + std::to_string(expected) + " charges");
    }

    /// F82: each attempt that failed is told of once, and each payment; nobody is told of anything else.
    void check_told(Reader& reader) {
        std::map<std::pair<std::int64_t, std::string>, std::vector<std::string>> told;
        reader.each(list_notifications, [&](const Row& row) {
            told[{row.integer(0), row.string(1)}].push_back(row.string(2));
            if (row.string(3) != "sent") object("every mail is sent", row.string(2) + " is " + row.string(3));
        });
        for (const Charge& charge : books_.charges) {
            std::set<std::int64_t> paid;
            std::string before;
            for (const Told& event : books_.told_of(charge)) {
                const auto mails =
                    told.find({charge.merchant, florin::to_text(charge.id) + "." + std::to_string(event.sequence)});
                const std::size_t count = mails == told.end() ? 0 : mails->second.size();
                if (count != (is_news(charge, event, before, paid) ? 1u : 0u))
                    object("who is to be told is told once",
                           charge.name() + ": " + std::to_string(count) + " mails of " + event.word);
                before = event.status;
            }
        }
    }
    /// Whether a customer is told. `paid`: the attempts that were told to have succeeded so far.
    static bool is_news(const Charge& charge, const Told& event, std::string_view before,
                        std::set<std::int64_t>& paid) {
        if (charge.amount == 0) return false;
        // What was returned and has come back is what it was.
        if (event.word == "succeeded") return paid.insert(event.attempts).second;
        // What somebody paid instead of a dispute's loser has its receipt.
        if (event.word == "paid_elsewhere") return before != "succeeded";
        if (charge.is_refund) return event.word == "canceled" && charge.done > 0;
        return event.word == "retrying" || event.word == "failed" || event.word == "returned" ||
               event.word == "refunded";
    }

    void check_cases() {
        for (const Charge& charge : books_.charges)
            if (charge.status == "failed" && charge.ending == "case" &&
                !books_.has_case(charge.merchant, charge.cause()))
                object("what no machine can finish is a case", charge.name());
        for (const auto& [key, opened] : books_.cases) {
            const auto& [merchant, cause] = key;
            if (!cause.starts_with("charge:")) continue;
            const bool has_failed = std::ranges::any_of(books_.charges, [&](const Charge& charge) {
                return cause.starts_with("charge:" + florin::to_text(charge.id)) &&
                       books_.times(charge, "failed") + books_.times(charge, "returned") > 0;
            });
            if (!has_failed) object("a case is of what has failed", cause);
        }
    }

    /// F127: the CRM has each case once, and no others.
    void check_crm() {
        const auto ask = [&](http::Call call) {
            auto found = json::parse(at_.sandbox->serve(request_of(call)).response.body);
            check(found.has_value(), "the CRM answers JSON");
            return std::move(*found);
        };
        const sandbox::SalesforceOrg org;
        const json::Value session = ask({.method = "POST",
                                         .url = "http://crm.test/services/oauth2/token",
                                         .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                                         .body = "grant_type=client_credentials&client_id=" + org.client_id +
                                                 "&client_secret=" + org.client_secret});
        const json::Value* token = session.find("access_token");
        check(token != nullptr, "the CRM lets us in");
        const json::Value answer =
            ask({.method = "GET",
                 .url = "http://crm.test/services/data/v62.0/query?q=SELECT+FlorinCase__c+FROM+Case",
                 .headers = {{"authorization", "Bearer " + std::string{token->text()}}},
                 .body = {}});
        const json::Value* records = answer.find("records");
        check(records != nullptr, "the CRM shows its cases");
        std::multiset<std::string> there;
        for (const json::Value& record : records->items()) there.emplace(record.find("FlorinCase__c")->text());
        for (const auto& [cause, opened] : books_.cases)
            if (there.count(opened.id) != 1)
                object("one record in the CRM for each case",
                       cause.second + ": " + std::to_string(there.count(opened.id)));
        if (there.size() != books_.cases.size())
            object("one record in the CRM for each case",
                   std::to_string(there.size()) + " of " + std::to_string(books_.cases.size()));
    }

    std::pair<calendar::Zone, std::int64_t> zone_of(Reader& reader, std::int64_t merchant) {
        const auto found =
            reader.first(find_zone, [](const Row& row) { return std::pair{row.string(0), row.integer(1)}; }, merchant);
        check(found.has_value(), "a charge has a merchant");
        const auto zone = calendar::Zone::find(found->first);
        check(zone.has_value(), "a merchant has a zone");
        return {*zone, found->second};
    }

    /// Processes whose clocks differ a little take turns.
    static constexpr Millis slack{1'000};

    Installation& at_;
    bool was_set_back_;
    Books books_;
    std::set<std::tuple<std::int64_t, std::string, Uuid>> should_come_, may_come_;
    std::vector<Objection> objections_;
};

}  // namespace

std::vector<Objection> judge_billing(Installation& installation, bool was_set_back) {
    return BillingHearing{installation, was_set_back}.hear();
}

Unfinished unfinished(Installation& installation) {
    auto look = [](Reader& reader) -> Result<Unfinished> {
        Unfinished found;
        const auto note = [&](const std::string& what, std::optional<Instant> at) {
            ++found.count;
            found.what += what + "; ";
            if (at && (!found.next_at || *at < *found.next_at)) found.next_at = at;
            if (at && (!found.last_at || *at > *found.last_at)) found.last_at = at;
        };
        reader.each(list_unfinished, [&](const Row& row) {
            note(row.string(0) + " " + row.string(1) + " at " + florin::to_text(Instant{row.integer(2)}) + ", " +
                     std::to_string(row.integer(3)) + " attempts, " + row.string(4),
                 Instant{row.integer(2)});
        });
        reader.each(list_open_mails, [&](const Row& row) { note("a mail", Instant{row.integer(0)}); });
        reader.each(list_open_transactions, [&](const Row& row) {
            note(row.string(0) + " " + row.string(1) + " at " + florin::to_text(Instant{row.integer(2)}),
                 Instant{row.integer(2)});
        });
        return found;
    };
    return installation.look(look);
}

std::optional<Instant> next_turn(Installation& installation) {
    auto look = [](Reader& reader) -> Result<std::optional<Instant>> {
        return reader
            .first(
                first_turn,
                [](const Row& row) { return row.is_null(0) ? std::nullopt : std::optional{Instant{row.integer(0)}}; })
            .value_or(std::nullopt);
    };
    return installation.look(look);
}

std::map<Due, Charged> all_charged(Installation& installation) {
    auto look = [](Reader& reader) -> Result<std::map<Due, Charged>> {
        std::map<Due, Charged> all;
        for (const Charge& one : read_charges(reader))
            all[{one.merchant, one.owner, one.purpose, one.number}] = {
                .due = {.amount_minor = one.amount, .date = calendar::to_text(one.due_on), .is_refund = one.is_refund},
                .status = one.status,
                .failures = one.failures,
                .is_open = one.is_open(),
                .version = one.version,
                .comes_on = calendar::to_text(one.retry_on.value_or(one.due_on))};
        return all;
    };
    return installation.look(look);
}

}  // namespace florin::sim
