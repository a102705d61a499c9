#pragma once

#include <gtest/gtest.h>

#include <map>

#include "florin/events/events.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"
#include "florin/subscriptions/subscriptions.hpp"
#include "subscription_store.hpp"

namespace florin::subscriptions::test {

constexpr MerchantId shop{1}, other_shop{2};

inline Currency eur() { return *Currency::of("EUR"); }
inline calendar::Date day(std::string_view text) { return *calendar::parse_date(text); }

/// Billing's part: remembers charges and turns, and lets a test say what became of a charge.
struct FakeBilling {
    struct Made {
        billing::Charge charge;
        std::vector<billing::Line> lines;
    };
    std::vector<Made> made;
    std::map<Uuid, Instant> turns;
    billing::Ending ending = billing::Ending::cancel;
    std::map<Uuid, Instant> released_until;
    std::vector<std::pair<Uuid, cases::Resolution>> ended_holds;
    Instant* now = nullptr;

    billing::Charge& find(const Uuid& owner, billing::Purpose purpose, std::int64_t number, bool is_refund = false) {
        for (Made& one : made)
            if (one.charge.owner == owner && one.charge.purpose == purpose && one.charge.number == number &&
                one.charge.is_refund == is_refund)
                return one.charge;
        ADD_FAILURE() << "there is no such charge";
        return made.at(0).charge;
    }

    Collector collector() {
        return {.create = [this](Tx&, const billing::NewCharge& wish) { return create(wish); },
                .cancel = [this](Tx&, MerchantId, billing::ChargeId id) { return cancel(id); },
                .charges_of =
                    [this](Reader&, MerchantId, const Uuid& owner) {
                        std::vector<billing::Charge> all;
                        for (const Made& one : made)
                            if (one.charge.owner == owner) all.push_back(one.charge);
                        return all;
                    },
                .pay_by = [](Tx&, MerchantId, const Uuid&, const billing::Means&) {},
                .put_turn =
                    [this](Tx&, MerchantId, const Uuid& owner, std::optional<Instant> due_at) {
                        if (due_at)
                            turns[owner] = *due_at;
                        else
                            turns.erase(owner);
                    },
                .may_bill =
                    [this](Tx&, MerchantId, const billing::Backlog& due) {
                        const auto released = released_until.find(due.turn.id);
                        if (due.periods <= 3 || *now - due.since <= std::chrono::days{35}) return true;
                        return released != released_until.end() && due.since <= released->second;
                    },
                .release = [this](Tx&, MerchantId, const billing::Backlog& due,
                                  std::string_view) { released_until[due.turn.id] = *now; },
                .end_hold = [this](Tx&, MerchantId, const Uuid& owner, cases::Resolution as,
                                   std::string_view) { ended_holds.emplace_back(owner, as); },
                .knows_policy = [](Reader&, MerchantId, std::string_view name) { return name == "standard_dunning"; },
                .check_currency = [](Reader&, MerchantId, const billing::Means&, std::string_view, Currency currency,
                                     std::string_view field) -> Result<void> {
                    if (currency.code() != "JPY") return {};
                    return fail(ErrorKind::invalid, "currency_not_supported", "No yen.", field);
                }};
    }

private:
    billing::ChargeId create(const billing::NewCharge& wish) {
        EXPECT_GE(wish.amount.minor(), 0) << "a charge is never negative (F94)";
        std::int64_t sum = 0;
        for (const billing::Line& line : wish.lines) sum += line.amount.minor();
        EXPECT_EQ(sum, wish.amount.minor()) << "the lines of a charge are the charge";
        for (const Made& one : made)
            EXPECT_FALSE(one.charge.owner == wish.owner && one.charge.purpose == wish.purpose &&
                         one.charge.number == wish.number)
                << "each is made once (F70)";
        billing::ChargeId id;
        id.value[15] = static_cast<std::uint8_t>(made.size() + 1);
        id.value[14] = static_cast<std::uint8_t>((made.size() + 1) >> 8);
        billing::Charge charge{
            .merchant = wish.merchant,
            .id = id,
            .owner_kind = wish.owner_kind,
            .owner = wish.owner,
            .purpose = wish.purpose,
            .number = wish.number,
            .is_refund = wish.is_refund,
            .status = wish.amount.is_zero() ? billing::ChargeStatus::succeeded : billing::ChargeStatus::pending,
            .amount = wish.amount,
            .due_date = wish.due_date,
            .customer_id = wish.customer_id};
        made.push_back({charge, wish.lines});
        return id;
    }
    bool cancel(billing::ChargeId id) {
        for (Made& one : made)
            if (one.charge.id == id && (one.charge.status == billing::ChargeStatus::pending ||
                                        one.charge.status == billing::ChargeStatus::retrying)) {
                one.charge.status = billing::ChargeStatus::canceled;
                return true;
            }
        return false;
    }
};

/// Subscriptions on a merchant's own clock, over a database in memory.
struct SubscriptionsWorld {
    SimClock clock;
    SimRandom random{24};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);
    audit::Log audit{{}};
    FakeBilling billing;
    Instant now = *parse_instant("2027-01-31T09:00:00Z");
    int billing_hour = 0;
    calendar::Zone zone = calendar::Zone::utc();
    std::vector<std::string> mails, invoices;
    std::string last_mail;  ///< What filled it.
    std::string language = "en";
    Subscriptions subscriptions{
        {.world = world,
         .store = *store,
         .audit = audit,
         .profile =
             [this](Reader&, MerchantId merchant) {
                 return merchants::Profile{.merchant = merchant,
                                           .name = "shop",
                                           .default_currency = eur(),
                                           .zone = zone,
                                           .billing_hour = billing_hour};
             },
         .now = [this](Reader&, MerchantId) { return now; },
         .collector = billing.collector(),
         .check_means = [](MerchantId, billing::Means, std::string) -> Task<Result<void>> { co_return Result<void>{}; },
         .locale_of = [this](Reader&, MerchantId, std::string_view) { return locale::Locale::of(language); },
         .issue =
             [this](Tx&, const documents::NewDocument& invoice) {
                 invoices.push_back(invoice.subject);
                 return "https://pay.example.com/" + std::to_string(invoices.size());
             },
         .addressee = [](Reader&, MerchantId, std::string_view) { return std::optional<std::string>{"Ada"}; },
         .notify =
             [this](Tx&, const notifications::NewNotification& mail) {
                 mails.emplace_back(mail.template_name);
                 last_mail = mail.data;
             },
         .wake = [] {}}};
    Plans plans{
        {.world = world,
         .store = *store,
         .audit = audit,
         .knows_policy = [](Reader&, MerchantId, std::string_view name) { return name == "standard_dunning"; }}};

    SubscriptionsWorld() { billing.now = &now; }

    static Asker asker(MerchantId merchant = shop) {
        return {.merchant = merchant,
                .actor = "key:1",
                .ip_address = "127.0.0.1",
                .user_agent = "test",
                .correlation_id = "c-1",
                .traceparent = {}};
    }
    static idempotency::Guard guard(std::string key = {}) {
        return {.key = std::move(key), .route = "x", .fingerprint = {}};
    }
    static NewSubscription wish(std::string amount = "10.00", std::string_view cycle = "monthly") {
        return {.customer_id = "customer-7",
                .plan_id = {},
                .amount = std::move(amount),
                .currency = "EUR",
                .cycle = *parse_cycle(cycle),
                .quantity = 1,
                .trial_days = std::nullopt,
                .trial_end_date = std::nullopt,
                .means = {},
                .retry_policy = {}};
    }
    static NewSubscription trial(std::int64_t days, std::string_view cycle = "monthly") {
        NewSubscription wished = wish("10.00", cycle);
        wished.trial_days = days;
        return wished;
    }

    Result<Done> create(NewSubscription wished, std::string key = {}, MerchantId merchant = shop) {
        return scheduler.await(subscriptions.create(asker(merchant), guard(std::move(key)), std::move(wished)));
    }
    Subscription made(NewSubscription wished) { return create(std::move(wished)).value().subscription; }
    Subscription found(const Subscription& one) {
        return scheduler.await(subscriptions.find(one.merchant, one.id)).value();
    }
    Result<Done> change(const Subscription& one, Changes changes) {
        return scheduler.await(subscriptions.change(asker(), guard(), one.id, std::move(changes)));
    }
    Result<Done> cancel(const Subscription& one, When when = When::now, Refund refund = Refund::none) {
        return scheduler.await(subscriptions.cancel(asker(), guard(), one.id, when, refund));
    }
    Result<Done> pause(const Subscription& one, std::optional<calendar::Date> resume_on = {},
                       bool takes_day_away = false) {
        return scheduler.await(subscriptions.pause(asker(), guard(), one.id, resume_on, takes_day_away));
    }
    Result<Done> resume(const Subscription& one) {
        return scheduler.await(subscriptions.resume(asker(), guard(), one.id));
    }
    Result<Done> release(const Subscription& one, Missed missed) {
        return scheduler.await(subscriptions.release(asker(), guard(), one.id, missed));
    }

    template <class F>
    void write(F work) {
        auto whole = [&](Tx& tx) -> Result<bool> {
            work(tx);
            return true;
        };
        const auto done = scheduler.await([](store::Store& to, auto& unit) -> Task<Result<bool>> {
            co_return co_await to.write(unit);
        }(*store, whole));
        EXPECT_TRUE(done);
    }
    template <class F>
    auto read(F view) {
        std::optional<std::invoke_result_t<F&, Reader&>> answer;
        auto whole = [&](Reader& reader) -> Result<bool> {
            answer.emplace(view(reader));
            return true;
        };
        const auto done = scheduler.await([](store::Store& from, auto& unit) -> Task<Result<bool>> {
            co_return co_await from.read(unit);
        }(*store, whole));
        EXPECT_TRUE(done);
        return std::move(*answer);
    }

    /// The merchant's clock moves on to the next turn, which is taken. False: none comes by then.
    bool take_turn(Instant until) {
        const auto next = std::ranges::min_element(billing.turns, {}, [](const auto& turn) { return turn.second; });
        if (next == billing.turns.end() || next->second > until) return false;
        const auto [id, due_at] = *next;
        now = std::max(now, due_at);
        billing.turns.erase(next);
        write([&](Tx& tx) { EXPECT_TRUE(subscriptions.owner().on_turn(tx, shop, id, due_at)); });
        return true;
    }
    /// As a test clock does: from turn to turn, every charge succeeding at once.
    void advance(std::string_view to, billing::ChargeStatus outcome = billing::ChargeStatus::succeeded) {
        const Instant until = *parse_instant(to);
        settle_all(outcome);
        while (take_turn(until)) settle_all(outcome);
        now = std::max(now, until);
    }
    void settle_all(billing::ChargeStatus outcome = billing::ChargeStatus::succeeded) {
        for (std::size_t i = 0; i < billing.made.size(); ++i)
            if (billing.made[i].charge.status == billing::ChargeStatus::pending)
                settle(billing.made[i].charge, outcome);
    }
    void settle(billing::Charge& charge, billing::ChargeStatus outcome) {
        // As billing does: what is not wanted any more is not tried once more.
        const auto wants = [&](Tx& tx) {
            if (outcome == billing::ChargeStatus::retrying && !subscriptions.owner().wants(tx, charge))
                outcome = billing::ChargeStatus::canceled;
        };
        write(wants);
        charge.status = outcome;
        if (outcome == billing::ChargeStatus::failed) charge.ending = billing.ending;
        const billing::Charge told = charge;
        write([&](Tx& tx) { subscriptions.owner().on_charge(tx, told, told); });
    }

    /// What is foretold of all that have a turn to come.
    std::vector<billing::Expected> forecast(std::string_view until) {
        return read([&](Reader& reader) {
            std::vector<billing::Expected> all;
            for (const auto& [id, due_at] : billing.turns)
                for (billing::Expected& one : subscriptions.owner().forecast(reader, shop, id, *parse_instant(until)))
                    all.push_back(std::move(one));
            return all;
        });
    }
    std::vector<std::string> due_dates() const {
        std::vector<std::string> all;
        for (const auto& one : billing.made) all.push_back(calendar::to_text(one.charge.due_date));
        return all;
    }
    std::vector<std::int64_t> amounts() const {
        std::vector<std::int64_t> all;
        for (const auto& one : billing.made)
            all.push_back(one.charge.is_refund ? -one.charge.amount.minor() : one.charge.amount.minor());
        return all;
    }
    std::vector<std::string> events() {
        std::vector<std::string> types;
        for (const auto& event : read([](Reader& reader) { return events::list(reader, shop, 0, 1'000); }))
            types.push_back(event.type.substr(std::string_view{"florin.subscription."}.size()));
        return types;
    }
};

}  // namespace florin::subscriptions::test
