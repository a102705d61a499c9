#include "lives.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "announcement_judge.hpp"
#include "billing_judge.hpp"
#include "disasters.hpp"
#include "florin/calendar/calendar.hpp"
#include "merchant.hpp"
#include "money_back.hpp"
#include "taken_back_judge.hpp"

namespace florin::sim {
namespace {

constexpr Millis one_hour{3'600'000};
constexpr Millis one_day = 24 * one_hour;

constexpr std::string_view good_card = "4111111111111111";
/// Accounts whose debits stay, and are returned.
constexpr std::string_view good_account = "DE89370400440532013000", returning_account = "DE35370400440532013002";
/// Cards that are stored and have no money: Authorize.Net's and Stripe's.
constexpr std::string_view empty_card = "4000000000009995", empty_card_of_stripe = "4000000000000341";
constexpr std::array<std::string_view, 8> zones{
    "UTC",        "Europe/Berlin", "America/New_York",  "Asia/Kolkata",
    "Asia/Tokyo", "Pacific/Apia",  "America/Sao_Paulo", "Australia/Lord_Howe"};

const store::Sql list_held{"sim.held", R"sql(
    SELECT merchant_id, id FROM cases WHERE status = 'open' AND cause LIKE 'hold:%' AND (
        owner_id IN (SELECT id FROM payment_terms WHERE status = 'held')
        OR owner_id IN (SELECT id FROM subscriptions WHERE is_held = 1))
)sql"};
const store::Sql count_taken_back{
    "sim.taken_back", "SELECT count(*) FROM transactions WHERE type IN ('chargeback', 'chargeback_reversal')"};
const store::Sql list_dead{"sim.dead",
                           "SELECT kind, COALESCE(last_error, '') FROM jobs WHERE state = 'dead' AND merchant_id <> 0"};

std::string major(std::int64_t minor) {
    std::string cents = std::to_string(minor % 100);
    if (cents.size() < 2) cents.insert(0, 1, '0');
    return std::to_string(minor / 100) + "." + cents;
}

/// Of a decimal with at most two places.
std::int64_t minor_of(std::string_view text) {
    const std::size_t dot = text.find('.');
    std::string digits{text.substr(0, dot)};
    std::string cents{dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1)};
    cents.resize(2, '0');
    return std::stoll(digits + cents);
}

/// What a customer has agreed to.
struct Agreement {
    Merchant* merchant = nullptr;
    bool is_terms = false;
    std::string id, customer;
    bool has_money = true, is_debit = false;
    std::string kind() const { return is_terms ? "payment_terms" : "subscription"; }
    std::string path() const { return (is_terms ? "/payment_terms/" : "/api/v1/subscriptions/") + id; }
};

class Lives {
public:
    Lives(std::uint64_t seed, const store::Sql* fault) : at_{seed, 1 + seed % 2} {
        if (fault != nullptr) at_.change(*fault);
    }

    Lived run() {
        const std::size_t errors_before = Installation::errors().size();
        set_up_the_providers();
        open_shops();
        // What else is approved waits for a person. What nobody tells of, cards' disputes are asked about after weeks.
        disasters_.begin({"partial_approval", "lose"});
        const bool has_leap = happens(150);
        has_setbacks_ = happens(300);
        const std::uint64_t steps = 8 + at_.random.below(8);
        for (std::uint64_t step = 0; step < steps; ++step) {
            for (std::uint64_t acts = at_.random.below(3); acts > 0; --acts) at_.outside.spawn(act());
            if (is_told_ && happens(250)) money_back_.take_something();
            if (is_told_ && happens(200)) money_back_.decide_something();
            if (happens(300)) at_.outside.spawn(foresee_what_is_open(merchants_[one_of(merchants_.size())]));
            if (happens(150)) at_.outside.spawn(money_back_.resolve(merchants_[one_of(merchants_.size())]));
            if (has_leap && step == steps / 2)
                at_.clock.jump(365 * one_day);  // F78
            else
                let_time_pass();
            run_for(Millis{1'000} + soon(12'000));
        }
        disasters_.end();
        if (!at_.run_clients(Millis{3'600'000})) object("every client gets a final answer", "");
        hear_of_all();
        release_what_is_held();
        foresee();
        if (happens(500)) {
            end_everything();
            foresee();
        }
        look_ahead();
        const Memory nobody;
        for (Objection& objection : judge(at_, nobody)) lived_.objections.push_back(std::move(objection));
        for (Objection& objection : judge_billing(at_, has_setbacks_))
            lived_.objections.push_back(std::move(objection));
        for (Objection& objection : judge_taken_back(at_, has_setbacks_))
            lived_.objections.push_back(std::move(objection));
        for (Objection& objection : judge_announcements(at_, has_setbacks_))
            lived_.objections.push_back(std::move(objection));
        for (std::size_t i = errors_before; i < Installation::errors().size(); ++i)
            object("no error is logged", Installation::errors()[i]);
        lived_.agreements = agreements_.size();
        lived_.charges = all_charged(at_).size();
        lived_.movements = at_.sandbox->movements().size();
        lived_.deaths = at_.deaths();
        return std::move(lived_);
    }

private:
    void object(std::string law, std::string what) { lived_.objections.push_back({std::move(law), std::move(what)}); }
    bool happens(std::uint64_t of_thousand) { return disasters_.happens(of_thousand); }
    Millis soon(std::uint64_t most_ms) { return disasters_.soon(most_ms); }
    std::uint64_t one_of(std::uint64_t count) { return at_.random.below(count); }
    std::int64_t some_amount() { return 100 + static_cast<std::int64_t>(at_.random.below(50'000)); }
    void run_for(Millis span) {
        at_.timeline.run_until([] { return false; }, span);
    }
    calendar::Date today() { return calendar::Zone::utc().date_of(at_.clock.now()); }
    std::string in_days(std::uint64_t days) {
        return calendar::to_text(calendar::plus_days(today(), static_cast<std::int64_t>(days)));
    }

    void set_up_the_providers() {
        // F44: in every fourth world no webhook ever comes; then nobody disputes what is not asked about soon.
        is_told_ = happens(750);
        if (is_told_) at_.listen_to_webhooks();
        at_.set_sandbox(R"({"webhook_retry_ms":[700,3000,10000,20000,40000],"stripe":{"debit_ms":)" +
                        std::to_string(one_of(40'000)) + R"(,"dispute_ms":)" + std::to_string(one_of(60'000)) + "}}");
    }
    void open_shops() {
        for (const Shop* shop : {&at_.authorize_net_shop, &at_.bank_shop, &at_.stripe_shop})
            merchants_.emplace_back(at_, *shop);
        for (Merchant& merchant : merchants_) at_.outside.spawn(open(merchant));
        check(at_.run_clients(Millis{900'000}), "the shops open");
    }

    Task<void> open(Merchant& merchant) {
        std::string profile = R"({"time_zone":")" + std::string{zones[one_of(zones.size())]} + R"(","billing_hour":)" +
                              std::to_string(one_of(24)) + R"(,"locale":"en"})";
        const Answer set = co_await merchant.ask("PUT", "/api/v1/merchant", std::move(profile));
        check(set.status == 200, "a merchant has a profile");
        const std::uint64_t count = 1 + one_of(2);
        for (std::uint64_t i = 0; i < count; ++i) co_await agree(merchant);
    }

    Task<void> agree(Merchant& merchant) {
        Agreement made{.merchant = &merchant,
                       .is_terms = happens(600),
                       .id = {},
                       .customer = merchant.shop().name + "-c" + std::to_string(++customers_),
                       .has_money = merchant.shop().connector == "bank_simulator" || happens(850),
                       .is_debit = merchant.shop().connector == "stripe" && happens(500)};
        const Answer known =
            co_await merchant.ask("POST", "/api/v1/customers",
                                  R"({"customer_id":")" + made.customer + R"(","name":"Ada","email":")" +
                                      made.customer + R"(@example.com"})");
        check(known.status == 201, "a customer is known");
        const std::string_view card = made.has_money                          ? good_card
                                      : merchant.shop().connector == "stripe" ? empty_card_of_stripe
                                                                              : empty_card;
        std::string means;
        if (made.is_debit) {
            const std::string_view account = made.has_money ? good_account : returning_account;
            means =
                R"("original_transaction_id":")" + co_await merchant.make_mandate(made.customer, std::string{account});
        } else if (!happens(60)) {
            auto until = std::chrono::year{2040} / std::chrono::December;
            if (happens(100)) {
                const std::chrono::year_month_day now{today()};
                until = now.year() / now.month() + std::chrono::months{static_cast<int>(one_of(4))};
            }
            means =
                R"("payment_method_token":")" + co_await merchant.store_card(made.customer, std::string{card}, until);
        }
        // Who has nothing to pay by, or a card that ends soon, is told ahead.
        if (!means.empty()) means = "," + means + "\"";
        std::string body =
            R"({"customer_id":")" + made.customer + R"(","currency":")" + (made.is_debit ? "EUR" : "USD") + "\",";
        if (made.is_terms) {
            constexpr std::array<std::string_view, 4> methods{"pro_rata", "short_rate", "flat", "none"};
            const std::string_view method = methods[one_of(methods.size())];
            body += R"("total_amount":)" + std::to_string(some_amount()) + R"(,"start_date":")" + in_days(one_of(20)) +
                    R"(","term_duration":)" + std::to_string(1 + one_of(5)) + R"(,"billing_day":)" +
                    std::to_string(1 + one_of(31)) + R"(,"cancellation_terms":{"method":")" + std::string{method} +
                    (method == "short_rate" ? R"(","penalty_percent":10})" : R"("})") +
                    R"(,"payment_terms":{"adjustment":")" + (happens(500) ? "catch_up" : "spread") + "\"" + means +
                    "}}";
        } else {
            constexpr std::array<std::string_view, 4> cycles{"weekly", "every_2_weeks", "monthly", "quarterly"};
            body += R"("amount":)" + major(some_amount()) + R"(,"billing_cycle":")" +
                    std::string{cycles[one_of(cycles.size())]} + R"(","quantity":)" + std::to_string(1 + one_of(3)) +
                    (happens(400) ? R"(,"trial_days":)" + std::to_string(1 + one_of(20)) : std::string{}) + means + "}";
        }
        const Answer agreed =
            co_await merchant.ask("POST", made.is_terms ? "/payment_terms" : "/api/v1/subscriptions", std::move(body));
        check(agreed.status == 201, "an agreement is made");
        made.id = agreed.text(made.is_terms ? "payment_terms_id" : "id");
        agreements_.push_back(std::move(made));
    }

    /// Somebody changes something, perhaps at the very moment at which something is charged (F84, F85).
    Task<void> act() {
        const Agreement one = agreements_[one_of(agreements_.size())];
        co_await sleep_for(soon(6'000));
        // Beside billing, and perhaps while a settlement is computed.
        if (happens(250)) {
            at_.outside.spawn(money_back_.give_back(*one.merchant, one.kind(), one.id));
            co_await sleep_for(soon(2'000));
        }
        if (one.is_terms) {
            if (happens(750)) {
                std::string wish = R"({"total_amount":)" + std::to_string(some_amount()) + "}";
                co_await one.merchant->ask("PATCH", one.path(), std::move(wish));
            } else {
                co_await one.merchant->ask("DELETE", one.path());
            }
            co_return;
        }
        switch (one_of(6)) {
            case 0:
            case 1:
            case 2: {
                constexpr std::array<std::string_view, 3> ways{"create", "charge_now", "none"};
                std::string wish = R"({"amount":)" + major(some_amount()) + R"(,"quantity":)" +
                                   std::to_string(1 + one_of(4)) + R"(,"proration":")" +
                                   std::string{ways[one_of(ways.size())]} + "\"}";
                co_await one.merchant->ask("PUT", one.path(), std::move(wish));
                break;
            }
            case 3: {
                std::string wish = happens(500) ? R"({"resume_on":")" + in_days(3 + one_of(40)) + "\"}" : "{}";
                co_await one.merchant->ask("POST", one.path() + "/pause", std::move(wish));
                break;
            }
            case 4:
                co_await one.merchant->ask("POST", one.path() + "/resume", "{}");
                break;
            default:
                co_await cancel(one);
        }
    }

    Task<void> cancel(Agreement one, Millis later = Millis{0}) {
        co_await sleep_for(later);
        if (one.is_terms) {
            co_await one.merchant->ask("DELETE", one.path());
            co_return;
        }
        std::string wish = happens(300) ? R"({"at_period_end":true})" : happens(500) ? R"({"refund":"unused"})" : "{}";
        co_await one.merchant->ask("POST", one.path() + "/cancel", std::move(wish));
    }

    void let_time_pass() {
        switch (one_of(8)) {
            case 0:  // F71: nobody is there for days.
                at_.die();
                run_for(Millis{1});
                at_.clock.jump(one_day + soon(20ULL * 86'400'000));
                break;
            case 1:  // F77
                if (has_setbacks_) at_.clock.jump(-soon(2ULL * 86'400'000));
                break;
            case 2:
                at_.clock.jump(one_hour + soon(4ULL * 86'400'000));
                break;
            case 3:
                break;
            default:
                jump_to_next_turn(40 * one_day);
        }
    }

    /// False: there is none by then.
    bool jump_to_next_turn(Millis at_most) {
        const auto next = next_turn(at_);
        if (!next || *next > at_.clock.now() + at_most) return false;
        if (*next > at_.clock.now()) at_.clock.jump(*next - at_.clock.now());
        return true;
    }

    /// Until nothing is under way any more. What three deaths fell upon is retried by a person.
    void come_to_rest() {
        for (int look = 0; look < 400; ++look) {
            run_for(Millis{2'000});
            const Unfinished left = unfinished(at_);
            const auto turn = next_turn(at_);
            const bool is_turn = turn && *turn <= at_.clock.now();
            if (left.count == 0 && !is_turn && at_.is_up()) {
                if (!retry_dead_letters()) return;
                continue;
            }
            const Instant soon_enough = at_.clock.now() + Millis{3'000};
            // What was put off by a clock that was ahead has to wait until that time comes.
            const auto& next = look % 20 == 19 ? left.last_at : left.next_at;
            if (look >= 100 && !is_turn)
                at_.clock.jump(one_hour);  // A refund may wait for days for a settlement that never comes.
            else if (next && *next > soon_enough && !is_turn)
                at_.clock.jump(*next - at_.clock.now());
        }
        const auto turn = next_turn(at_);
        std::string what = unfinished(at_).what;
        for (const std::string& job : dead_letters()) what += "dead " + job + "; ";
        if (turn && *turn <= at_.clock.now()) what += "a turn of " + florin::to_text(*turn) + "; ";
        object("all comes to rest",
               florin::to_text(at_.clock.now()) + ": " + what + (at_.is_up() ? "" : "a process is not up"));
    }

    /// Until the platform has heard of all that was taken back, too: by webhook, or days later by asking.
    void hear_of_all() {
        for (int look = 0; look < 40; ++look) {
            come_to_rest();
            // Whoever is called does first what is due there.
            check(at_.sandbox
                          ->serve(request_of({.method = "GET",
                                              .url = "http://" + std::string{Installation::stripe_host} + "/v1/balance",
                                              .headers = {},
                                              .body = {}}))
                          .response.status != 0,
                  "Stripe answers");
            const auto movements = at_.sandbox->movements();
            const auto taken_back = std::ranges::count_if(
                movements, [](const sandbox::Movement& movement) { return movement.type.starts_with("chargeback"); });
            auto heard = [](store::Reader& reader) -> Result<std::int64_t> {
                return reader.first(count_taken_back, [](const store::Row& row) { return row.integer(0); }).value_or(0);
            };
            if (at_.look(heard) == taken_back && unfinished(at_).count == 0) return;
            if (look < 3)
                run_for(Millis{90'000});
            else
                at_.clock.jump(one_day);
        }
        object("what is taken back is heard of", "");
    }

    /// Until the platform has looked at what is soon to be charged.
    void look_ahead() {
        const auto next = next_turn(at_);
        if (next && *next > at_.clock.now() + one_day)
            at_.clock.jump(*next - at_.clock.now() - one_day + soon(12ULL * 3'600'000));
        run_for(Millis{16LL * 60'000});
        hear_of_all();
    }

    std::vector<std::string> dead_letters() {
        auto dead = [](store::Reader& reader) -> Result<std::vector<std::string>> {
            return reader.all(list_dead, [](const store::Row& row) { return row.string(0) + " " + row.string(1); });
        };
        return at_.look(dead);
    }
    bool retry_dead_letters() {
        if (dead_letters().empty()) return false;
        for (Merchant& merchant : merchants_)
            at_.outside.spawn([](Merchant& by) -> Task<void> {
                co_await by.ask("POST", "/api/v1/dead_letters/retry", R"({"all":true,"reason":"All is well again"})");
            }(merchant));
        at_.run_clients(Millis{60'000});
        return true;
    }

    /// F78: too much came due at once; a person lets it go on.
    void release_what_is_held() {
        for (int round = 0; round < 10; ++round) {
            auto held = [](store::Reader& reader) -> Result<std::vector<std::pair<std::int64_t, Uuid>>> {
                return reader.all(list_held,
                                  [](const store::Row& row) { return std::pair{row.integer(0), row.uuid(1)}; });
            };
            const auto cases = at_.look(held);
            if (cases.empty()) return;
            for (const auto& [shop, id] : cases)
                for (Merchant& merchant : merchants_)
                    if (merchant.shop().id.value == shop) at_.outside.spawn(release(merchant, id));
            at_.run_clients(Millis{60'000});
            come_to_rest();
        }
        object("what is released goes on", "");
    }
    Task<void> release(Merchant& merchant, Uuid id) {
        const Answer released = co_await merchant.ask("POST", "/api/v1/cases/" + florin::to_text(id) + "/resolve",
                                                      R"({"resolution":"retry"})");
        if (released.status != 200) object("a person can release what is held", std::to_string(released.status));
    }

    void end_everything() {
        at_.network->weather.latency = Millis{300};
        for (const Agreement& one : agreements_) {
            if (happens(300)) at_.outside.spawn(money_back_.give_back(*one.merchant, one.kind(), one.id));
            at_.outside.spawn(cancel(one, soon(2'000)));
        }
        if (!at_.run_clients(Millis{60'000})) object("every client gets a final answer", "at the end");
        hear_of_all();
        // What is decided about disputes then is settled late.
        if (is_told_)
            for (int i = 0; i < 3; ++i) money_back_.decide_something();
        hear_of_all();
        release_what_is_held();
    }

    /// What is foreseen is what then happens when nothing changes meanwhile.
    void foresee() {
        const std::uint64_t days = one_of(60);
        const std::map<Due, Charged> before = all_charged(at_);
        foreseen_.clear();
        has_forecast_ = true;
        for (Merchant& merchant : merchants_) at_.outside.spawn(ask_forecast(merchant, days));
        if (!at_.run_clients(Millis{60'000})) object("every client gets a final answer", "the forecast");
        const Instant end = at_.clock.now() + static_cast<std::int64_t>(days) * one_day;
        // Until the last of those days is over everywhere.
        const Instant over = end + 2 * one_day;
        while (jump_to_next_turn(over - at_.clock.now())) come_to_rest();
        if (at_.clock.now() < over) at_.clock.jump(over - at_.clock.now());
        come_to_rest();
        const std::map<Due, Charged> after = all_charged(at_);
        // Where a card has no money, its policy changes what comes.
        std::set<Uuid> unsteady;
        for (const auto& [due, charged] : after)
            if (charged.failures > 0) unsteady.insert(std::get<1>(due));
        const auto name = [](const Due& due, const DueAmount& amount) {
            return florin::to_text(std::get<1>(due)) + " " + std::get<2>(due) + " " + std::to_string(std::get<3>(due)) +
                   " of " + std::to_string(amount.amount_minor) + " on " + amount.date;
        };
        for (const auto& [due, amount] : foreseen_) {
            if (unsteady.contains(std::get<1>(due))) continue;
            const auto found = after.find(due);
            if (found == after.end())
                object("what is foreseen happens", name(due, amount));
            else if (found->second.due != amount)
                object("what is foreseen happens", name(due, amount) + " was " + name(due, found->second.due));
        }
        // A card that has no money is tried again on its day, which is foreseen.
        for (const auto& [due, charged] : before)
            if (charged.is_open && !charged.due.is_refund && charged.comes_on <= last_foreseen_ && has_forecast_ &&
                !foreseen_.contains(due))
                object("what is open is foreseen", name(due, charged.due));
        for (const auto& [due, charged] : after)
            if (!before.contains(due) && !foreseen_.contains(due) && !unsteady.contains(std::get<1>(due)) &&
                charged.due.date <= last_foreseen_)
                object("what happens was foreseen", name(due, charged.due));
    }
    /// What is open all the while is in the forecast, whatever goes wrong meanwhile.
    Task<void> foresee_what_is_open(Merchant& merchant) {
        const auto open = [&] {
            std::set<std::pair<Due, std::int64_t>> found;
            for (const auto& [due, charged] : all_charged(at_))
                if (std::get<0>(due) == merchant.shop().id.value && charged.is_open)
                    found.emplace(due, charged.version);
            return found;
        };
        const auto before = open();
        if (before.empty()) co_return;
        const Answer forecast = co_await merchant.ask("GET", "/api/v1/forecast?limit=200&until=" + in_days(90));
        if (forecast.status != 200) co_return;
        std::set<Due> foreseen;
        for (const json::Value& item : forecast.at("data").items()) foreseen.insert(due_of(merchant, item));
        for (const auto& [due, version] : open())
            if (before.contains({due, version}) && !foreseen.contains(due))
                object("what is open is foreseen", florin::to_text(std::get<1>(due)) + " " + std::get<2>(due) + " " +
                                                       std::to_string(std::get<3>(due)));
    }
    static Due due_of(const Merchant& merchant, const json::Value& item) {
        const auto owner = parse_uuid(item.find("owner_id")->text());
        check(owner.has_value(), "an owner has an id");
        return {merchant.shop().id.value, *owner, std::string{item.find("purpose")->text()},
                std::stoll(std::string{item.find("number")->text()})};
    }
    Task<void> ask_forecast(Merchant& merchant, std::uint64_t days) {
        last_foreseen_ = in_days(days);
        const Answer forecast = co_await merchant.ask("GET", "/api/v1/forecast?until=" + last_foreseen_);
        // The merchant's yesterday may be ours today.
        has_forecast_ = has_forecast_ && forecast.status == 200;
        if (forecast.status != 200) co_return;
        for (const json::Value& item : forecast.at("data").items()) {
            const auto text = [&](std::string_view of) { return std::string{item.find(of)->text()}; };
            foreseen_[due_of(merchant, item)] = {.amount_minor = minor_of(text("amount")),
                                                 .date = text("date"),
                                                 .is_refund = item.find("is_refund")->as_boolean()};
        }
    }

    Installation at_;
    Disasters disasters_{at_};
    MoneyBack money_back_{at_, disasters_};
    /// The providers' webhooks come.
    bool is_told_ = false;
    std::deque<Merchant> merchants_;
    std::deque<Agreement> agreements_;
    std::uint64_t customers_ = 0;
    bool has_setbacks_ = false;
    std::map<Due, DueAmount> foreseen_;
    std::string last_foreseen_;
    bool has_forecast_ = false;  ///< Of every merchant.
    Lived lived_;
};

}  // namespace

Lived live_through(std::uint64_t seed, const store::Sql* fault) { return Lives{seed, fault}.run(); }

}  // namespace florin::sim
