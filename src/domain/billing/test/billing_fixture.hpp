#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "billing_impl.hpp"
#include "florin/billing/billing.hpp"
#include "florin/cases/cases.hpp"
#include "florin/documents/documents.hpp"
#include "florin/events/events.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/jobs/dead_letters.hpp"
#include "florin/notifications/notifications.hpp"
#include "florin/payments/stored_means.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::billing::test {

/// A provider that keeps books by reference: what it was asked twice it does once, and it tells afterwards what became
/// of it. It decides as the test wants, else it approves.
class Bank final : public payments::Connector {
public:
    struct Entry {
        std::string what;
        Money amount;
        payments::Answer answer;
    };

    std::string_view name() const override { return "fake"; }
    payments::Capabilities capabilities() const override {
        payments::Capabilities can;
        can.methods = {payments::Method::card, payments::Method::sepa_debit};
        can.has_reversals = true;
        can.currencies = {"EUR", "USD"};
        // As a real provider's.
        can.refuses_currency = [](payments::Method method, Currency currency) {
            return method == payments::Method::card && currency.code() == "USD";
        };
        return can;
    }
    Task<payments::Answer> authorize(const payments::Charge& c) override {
        return decide("authorize", c.reference, c.amount);
    }
    Task<payments::Answer> purchase(const payments::Charge& c) override {
        return decide("purchase", c.reference, c.amount);
    }
    Task<payments::Answer> capture(const payments::FollowUp& f) override {
        return decide("capture", f.reference, f.amount);
    }
    Task<payments::Answer> refund(const payments::FollowUp& f) override {
        return decide("refund", f.reference, f.amount);
    }
    Task<payments::Answer> cancel(const payments::FollowUp& f) override {
        return decide("cancel", f.reference, f.amount);
    }
    Task<payments::Answer> lookup(const payments::Lookup& operation) override {
        co_await sleep_for(takes);
        const auto found = books.find(operation.reference);
        if (found == books.end()) co_return payments::Answer{.outcome = payments::Outcome::not_found};
        co_return found->second.answer;
    }
    Task<payments::Reversals> reversals(const payments::Lookup& operation) override {
        co_await sleep_for(takes);
        payments::Reversals told{.is_answered = true, .all = {}};
        if (const auto found = reversed.find(operation.reference); found != reversed.end())
            told.all.push_back(found->second);
        co_return told;
    }
    Task<payments::StoredCard> store_card(const payments::Card&, const payments::BillingAddress&, std::string_view,
                                          std::string_view reference) override {
        co_await sleep_for(takes);
        co_return payments::StoredCard{.outcome = payments::Outcome::approved,
                                       .token = "token-" + std::string{reference},
                                       .provider_code = {},
                                       .message = {}};
    }

    /// What became of everything of that kind, in the order of asking.
    std::vector<std::int64_t> amounts(std::string_view what, payments::Outcome outcome) const {
        std::vector<std::int64_t> all;
        for (const std::string& reference : order)
            if (const Entry& entry = books.at(reference); entry.what == what && entry.answer.outcome == outcome)
                all.push_back(entry.amount.minor());
        return all;
    }
    /// All that it holds of the merchant's customers' money.
    std::int64_t holds() const {
        std::int64_t sum = 0;
        for (const std::int64_t taken : amounts("purchase", payments::Outcome::approved)) sum += taken;
        for (const std::int64_t given : amounts("refund", payments::Outcome::approved)) sum -= given;
        return sum;
    }

    std::map<std::string, Entry> books;
    std::vector<std::string> order;
    std::deque<payments::Answer> next;                   ///< Decisions on what it has not seen yet.
    std::map<std::string, payments::Reversal> reversed;  ///< What it has taken back, by reference.
    int never_arrive = 0;                                ///< So many requests are lost on the way.
    int lose_answers = 0;                                ///< So many decisions are made, and not told.
    bool is_away = false;
    Millis takes{10};

private:
    Task<payments::Answer> decide(std::string what, std::string reference, Money amount) {
        if (is_away) co_return payments::Answer{.outcome = payments::Outcome::not_sent};
        co_await sleep_for(takes);
        if (never_arrive > 0) {
            --never_arrive;
            co_return payments::Answer{.outcome = payments::Outcome::no_answer};
        }
        if (!books.contains(reference)) {
            payments::Answer answer{.outcome = payments::Outcome::approved};
            if (!next.empty()) {
                answer = next.front();
                next.pop_front();
            }
            answer.provider_id = "p" + std::to_string(books.size() + 1);
            books.emplace(reference, Entry{std::move(what), amount, std::move(answer)});
            order.push_back(reference);
        }
        co_await sleep_for(takes);
        if (lose_answers > 0) {
            --lose_answers;
            co_return payments::Answer{.outcome = payments::Outcome::no_answer};
        }
        co_return books.at(reference).answer;
    }
};

/// A mail server that takes everything.
class Mailbox final : public notifications::Transport {
public:
    std::string_view name() const override { return "mailbox"; }
    Task<notifications::Delivery> send(const notifications::Letter& letter) override {
        subjects.push_back(letter.content.subject);
        texts.push_back(letter.content.text);
        attachments.push_back(letter.attachments.size());
        taken.push_back(letter.id);
        co_return notifications::Delivery{.outcome = notifications::Outcome::accepted, .reference = "r"};
    }
    Task<notifications::Trace> trace(const notifications::Letter& letter) override {
        const bool is_here = std::ranges::find(taken, letter.id) != taken.end();
        co_return is_here ? notifications::Trace::found : notifications::Trace::not_found;
    }
    Millis trace_delay() const override { return Millis{1}; }
    std::vector<std::string> taken;  ///< Letters' ids.
    std::vector<std::string> subjects, texts;
    std::vector<std::size_t> attachments;
};

inline payments::Answer declined(payments::DeclineClass decline) {
    return {.outcome = payments::Outcome::declined, .decline = decline, .message = "no"};
}
inline payments::Answer said(payments::Outcome outcome) { return {.outcome = outcome}; }

inline constexpr std::int64_t price = 4'990;
/// What the fake owner charges for, every thirty days.
struct Plan {
    Instant first;
    std::int64_t term = 12, amount = price;
    std::string customer = "c-7", policy = {};
    Means means = {};
    std::int64_t billed = 0;  ///< How many charges have been made.
};

/// The module over a simulated store, with payments, notifications and a fake owner whose plans charge every thirty
/// days.
class BillingTest : public testing::Test {
protected:
    static constexpr Millis day = std::chrono::days{1};
    Millis period = 30 * day;  ///< Of the plans of the fake owner.

    BillingTest() {
        shop = write([](Tx& tx) -> Result<MerchantId> {
            auto made = identity::create_merchant(tx, {.name = "shop", .connector = "fake", .time_zone = "UTC"});
            if (!made) return fail(made.error());
            return made->id;
        });
        start();
    }

    /// A process begins.
    void start() {
        stop.emplace();
        cases.emplace(cases::Surroundings{.world = world, .store = *database, .audit = audit, .wake = [this] {
                                              if (worker) worker->wake();
                                          }});
        billing.emplace(
            Surroundings{.world = world,
                         .store = *database,
                         .audit = audit,
                         .payments = payments,
                         .merchants = merchants,
                         .notifications = &notifications,
                         .documents = &documents,
                         .cases = &*cases,
                         .addressee = [this](MerchantId, std::string id) { return find_name(id); },
                         .may_be_told = [](Reader&, MerchantId, std::string_view id) { return id != "nobody"; },
                         .wake =
                             [this] {
                                 if (worker) worker->wake();
                             }});
        billing->add(
            {.kind = "plan",
             .on_turn = [this](Tx& tx, MerchantId merchant, const Uuid& id, Instant due_at) -> Result<void> {
                 if (refuses_turns) return fail(ErrorKind::conflict, "refused", "As the test wants it.");
                 return bill(tx, merchant, id, due_at);
             },
             .on_charge =
                 [this](Tx&, const Charge& before, const Charge& after) {
                     if (is_broken) throw std::runtime_error{"as the test wants it"};
                     heard.push_back(after);
                     excess[after.owner] -= before.amount.minor() - after.amount.minor();
                 },
             .forecast = [this](Reader&, MerchantId, const Uuid& id, Instant until) { return expect(id, until); },
             .payer = [this](Reader&, MerchantId, const Uuid& id) -> std::optional<Payer> {
                 const Plan& plan = plans.at(id);
                 return Payer{.customer_id = plan.customer, .means = plan.means};
             },
             .wants = [this](Tx&, const Charge& charge) { return !unwanted.contains(charge.owner); },
             .excess_minor = [this](Tx&, const Charge& refund) { return excess[refund.owner]; }});
        worker = std::make_unique<jobs::Worker>(*database, world,
                                                jobs::Worker::Options{.name = "here", .poll = Millis{5'000}});
        worker->handle("billing.turn", {}, [this](const jobs::Job& job) { return billing->take_turn(job); });
        worker->handle("billing.collect", {.concurrency = 3},
                       [this](const jobs::Job& job) { return billing->collect(job); });
        worker->handle("billing.await", {}, [this](const jobs::Job& job) { return billing->await_outcome(job); });
        for (const char* kind : {"billing.ahead", "billing.notice", "billing.receipt", "billing.case"})
            worker->handle(kind, {}, [this](const jobs::Job& job) { return tell(job); });
        worker->handle(std::string{payments::Payments::money_back_kind}, {},
                       [this](const jobs::Job& job) { return payments.tell_money_back(job); });
        worker->handle(std::string{notifications::Notifications::job_kind}, notifications::Notifications::policy(),
                       [this](const jobs::Job& job) { return notifications.deliver(job); });
        scheduler.spawn(worker->run(*stop));
        scheduler.spawn(payments.run_recovery(*stop));
    }
    Task<Result<void>> tell(const jobs::Job& job) {
        if (telling_waits.count() > 0) co_await sleep_for(telling_waits);
        co_return co_await billing->tell(job);
    }
    /// As a process that dies, and another one that begins.
    void die() {
        scheduler.crash();
        database->crash();
        start();
        EXPECT_TRUE(scheduler.await(payments.adopt_orphans()));
    }
    Task<Result<std::optional<std::string>>> find_name(std::string id) {
        co_return id == "nobody" ? std::optional<std::string>{} : std::optional<std::string>{"Ada"};
    }

    template <class F>
    auto write(F unit) -> typename std::invoke_result_t<F&, Tx&>::value_type {
        auto drive = [](store::Store& to, F& with) -> Task<std::invoke_result_t<F&, Tx&>> {
            co_return co_await to.write(with);
        };
        auto written = scheduler.await(drive(*database, unit));
        EXPECT_TRUE(written) << (written ? "" : written.error().code);
        return std::move(*written);
    }
    template <class F>
    auto read(F view) {
        auto unit = [&](Reader& reader) -> Result<std::invoke_result_t<F&, Reader&>> { return view(reader); };
        auto drive = [](store::Store& from, decltype(unit)& with) -> Task<Result<std::invoke_result_t<F&, Reader&>>> {
            co_return co_await from.read(with);
        };
        return *scheduler.await(drive(*database, unit));
    }

    /// The fake owner: a charge for each turn, and the next turn thirty days on.
    Result<void> bill(Tx& tx, MerchantId merchant, const Uuid& id, Instant due_at) {
        Plan& plan = plans.at(id);
        const std::int64_t number = 1 + (due_at - plan.first) / period;
        const std::int64_t periods = 1 + (clock.now() - due_at) / period;
        const Backlog due{.turn = {.kind = "plan", .id = id}, .since = due_at, .periods = periods};
        held.erase(id);
        if (!billing->may_bill(tx, merchant, due)) {
            held.emplace(id, due);
            return {};
        }
        billing->create(tx, {.merchant = merchant,
                             .owner_kind = "plan",
                             .owner = id,
                             .number = number,
                             .amount = euros(plan.amount),
                             .due_date = calendar::Zone::utc().date_of(due_at),
                             .customer_id = plan.customer,
                             .means = plan.means,
                             .retry_policy = plan.policy,
                             .lines = {},
                             .description = "Instalment " + std::to_string(number),
                             .correlation_id = "c"});
        plan.billed = std::max(plan.billed, number);
        if (number < plan.term) put_turn(tx, merchant, {.kind = "plan", .id = id}, due_at + period);
        return {};
    }
    /// As owners do when a person lets them go on.
    void release(const Uuid& id) {
        const Backlog due = held.at(id);
        write([&](Tx& tx) -> Result<bool> {
            billing->release(tx, shop, due, "user:1");
            put_turn(tx, shop, due.turn, due.since);
            return true;
        });
    }
    std::vector<Expected> expect(const Uuid& id, Instant until) {
        std::vector<Expected> all;
        const Plan& plan = plans.at(id);
        for (std::int64_t number = 1 + plan.billed; number <= plan.term; ++number) {
            const Instant due_at = plan.first + (number - 1) * period;
            if (due_at >= until) break;
            all.push_back({.owner_kind = "plan",
                           .owner = id,
                           .number = number,
                           .customer_id = plan.customer,
                           .due_date = calendar::Zone::utc().date_of(due_at),
                           .amount = euros(plan.amount),
                           .description = "Instalment " + std::to_string(number)});
        }
        return all;
    }
    static Money euros(std::int64_t minor) { return *Money::of(minor, *Currency::of("EUR")); }

    /// A plan whose first charge is due now.
    Uuid add_plan(Plan plan = {}) {
        plan.first = clock.now();
        const Uuid id = world.new_uuid();
        plans[id] = plan;
        write([&](Tx& tx) -> Result<bool> {
            put_turn(tx, shop, {.kind = "plan", .id = id}, plan.first);
            return true;
        });
        return id;
    }
    payments::PaymentMethodId store_card(std::string customer = "c-7", int year = 2099, int month = 12) {
        const auto stored = scheduler.await(payments.store_card(
            {.merchant = shop,
             .guard = {},
             .connector = "fake",
             .card = {.number = *security::Pan::from_json("4111111111111111"),
                      .expiry_month = month,
                      .expiry_year = year,
                      .cvv = {},
                      .name = {}},
             .billing = {},
             .customer_id = std::move(customer),
             .origin = {.actor = "t", .ip_address = {}, .user_agent = {}, .correlation_id = "c", .traceparent = {}}}));
        return stored->method.id;
    }

    /// A payment whose payer agrees to be debited again.
    payments::TransactionId give_mandate() {
        payments::ChargeCommand command{.merchant = shop,
                                        .guard = {},
                                        .connector = "fake",
                                        .amount = euros(1),
                                        .card = std::nullopt,
                                        .payment_method = std::nullopt,
                                        .method = payments::Method::sepa_debit,
                                        .makes_mandate = true,
                                        .billing = {},
                                        .customer_id = "c-7",
                                        .origin = {},
                                        .created_payment = std::nullopt,
                                        .with_intent = {}};
        command.bank_account = payments::BankAccount{
            .holder_name = "Ada", .iban = "NL91ABNA0417164300", .routing_number = {}, .account_number = {}};
        auto paid = scheduler.await(payments.charge(std::move(command)));
        EXPECT_TRUE(paid) << (paid ? "" : paid.error().code + " " + paid.error().field);
        return paid->transaction.id;
    }
    /// A charge that is due now.
    ChargeId charge_now(const Uuid& plan, std::int64_t number, Means means = {}) {
        return write([&](Tx& tx) -> Result<ChargeId> { return create_charge(tx, plan, number, means); });
    }
    ChargeId create_charge(Tx& tx, const Uuid& plan, std::int64_t number, const Means& means = {}) {
        return billing->create(tx, {.merchant = shop,
                                    .owner_kind = "plan",
                                    .owner = plan,
                                    .number = number,
                                    .amount = euros(price),
                                    .due_date = calendar::Zone::utc().date_of(clock.now()),
                                    .customer_id = "c-7",
                                    .means = means,
                                    .retry_policy = {},
                                    .lines = {},
                                    .description = "Instalment " + std::to_string(number),
                                    .correlation_id = "c"});
    }
    ChargeId give_back(const Uuid& plan, std::int64_t minor, std::int64_t number = 1) {
        return write([&](Tx& tx) -> Result<ChargeId> {
            return billing->create(tx, {.merchant = shop,
                                        .owner_kind = "plan",
                                        .owner = plan,
                                        .purpose = Purpose::final_amount,
                                        .number = number,
                                        .is_refund = true,
                                        .amount = euros(minor),
                                        .due_date = calendar::Zone::utc().date_of(clock.now()),
                                        .customer_id = "c-7",
                                        .means = {},
                                        .retry_policy = {},
                                        .lines = {},
                                        .description = "Refund",
                                        .correlation_id = "c"});
        });
    }
    payments::PaymentDetails payment_of(const ChargeId& id) {
        return *scheduler.await(payments.find(shop, *charge(id).payment));
    }
    payments::FollowUpCommand refund_command(const ChargeId& id, std::string amount) {
        return {.merchant = shop,
                .type = payments::TransactionType::refund,
                .guard = {},
                .parent = payment_of(id).transactions.front().id,
                .amount = std::move(amount),
                .currency = std::nullopt,
                .origin = {}};
    }
    /// Somebody gives back by the payments API.
    Result<payments::Executed> refund_by_api(const ChargeId& id, std::string amount) {
        return scheduler.await(payments.follow_up(refund_command(id, std::move(amount))));
    }
    Charge charge(const ChargeId& id) {
        return *read([&](Reader& reader) { return billing->find(reader, shop, id); });
    }
    Result<cases::Case> resolve(const cases::CaseId& id, cases::Resolution resolution,
                                std::optional<std::string> amount = {}) {
        cases::Asker asker{
            .merchant = shop, .actor = "user:1", .ip_address = {}, .user_agent = {}, .correlation_id = "c"};
        cases::Decision decision{.resolution = resolution, .amount = std::move(amount), .note = {}};
        return scheduler.await(cases->resolve(std::move(asker), id, std::move(decision)));
    }
    std::vector<cases::Case> cases_of(std::string_view reason) {
        return *scheduler.await(cases->list(shop, {.reason = std::string{reason}}));
    }

    /// Lets everybody do what is to be done for so long.
    void work(Millis span = Millis{10'000}) {
        EXPECT_TRUE(scheduler.await(billing->load()));
        scheduler.await([](Millis passing) -> Task<void> { co_await sleep_for(passing); }(span));
    }
    /// Works until the process dies at the `step`-th commit from now, before it or after it, and another begins. False:
    /// there was less to do.
    bool crash_at(std::uint64_t step, bool before) {
        const std::uint64_t last = database->commits() + step;
        bool has_crashed = false;
        database->crash_here = [&](bool is_before, std::uint64_t commit) {
            if (has_crashed || is_before != before || commit != last) return false;
            return has_crashed = true;
        };
        database->on_crash = [this] { scheduler.abandon(); };
        scheduler.spawn([](Billing& with) -> Task<void> { co_await with.load(); }(*billing));
        scheduler.run(Millis{2'000});
        database->crash_here = {};
        if (has_crashed) die();
        return has_crashed;
    }
    /// Days go by, and each is worked on.
    void live(int days) {
        for (int i = 0; i < days; ++i) {
            clock.advance(day);
            work();
        }
    }
    std::vector<Charge> charges(const Uuid& plan) {
        return read([&](Reader& reader) { return billing->charges_of(reader, shop, "plan", plan); });
    }
    Charge only(const Uuid& plan) {
        const auto all = charges(plan);
        EXPECT_EQ(all.size(), 1U);
        return all.at(0);
    }
    std::vector<std::string> events_of(const ChargeId& id) {
        std::vector<std::string> types;
        for (const events::Event& event : read([&](Reader& reader) {
                 return events::list(reader, shop, 0, 1'000, {.type = {}, .subject_id = id.text()});
             }))
            types.push_back(event.type.substr(std::string{"florin.billing.charge."}.size()));
        return types;
    }
    /// The case of a charge; `of_return`: that of its attempt whose money has gone again, `:1`.
    std::optional<cases::Case> case_of(const ChargeId& id, std::string_view of_return = {}) {
        const std::string cause = "charge:" + id.text() + std::string{of_return};
        return read([&](Reader& reader) { return cases->find_by_cause(reader, shop, cause); });
    }
    std::vector<documents::Document> issued(documents::Kind kind) {
        return read([&](Reader& reader) { return documents.list(reader, shop, {.kind = kind}); });
    }
    std::size_t dead_letters() {
        return read([&](Reader& reader) { return jobs::dead_letters(reader, shop).size(); });
    }

    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    audit::Log audit{{}};
    Bank bank;
    Mailbox mailbox;
    payments::Payments payments{
        {.world = world,
         .store = *database,
         .keys = *keys,
         .audit = audit,
         .connector = [this](std::string_view name) { return name == bank.name() ? &bank : nullptr; },
         .node = "here",
         .on_late_outcome = &Billing::hear,
         .on_money_back = [this](
                              Tx& tx, const payments::PaymentDetails& now,
                              const payments::Transaction& by) { return billing->hear_of_money_back(tx, now, by); }}};
    merchants::Merchants merchants{*database, world};
    notifications::Notifications notifications{
        {.world = world,
         .store = *database,
         .keys = *keys,
         .audit = audit,
         .transport = mailbox,
         .find_contact = [](MerchantId, std::string) -> Task<Result<std::optional<notifications::Contact>>> {
             co_return notifications::Contact{.email = "ada@example.com", .name = "Ada"};
         },
         .from_email = "shop@example.com",
         .from_name = "Shop",
         .wake =
             [this] {
                 if (worker) worker->wake();
             }}};
    documents::Documents documents{
        {.world = world,
         .store = *database,
         .keys = *keys,
         .audit = audit,
         .profile = [this](Reader& reader, MerchantId id) { return merchants.profile(reader, id); },
         .find_party = [](Reader&, MerchantId, std::string_view) -> std::optional<documents::Party> {
             return std::nullopt;
         },
         .public_url = [] { return std::string{"https://pay.example.com"}; }}};
    std::optional<cases::Cases> cases;
    std::optional<Billing> billing;
    std::unique_ptr<jobs::Worker> worker;
    std::optional<Signal> stop;
    MerchantId shop;
    std::map<Uuid, Plan> plans;
    std::map<Uuid, Backlog> held;
    std::vector<Charge> heard;
    std::set<Uuid> unwanted;              ///< Plans whose charges are not to be collected any more.
    std::map<Uuid, std::int64_t> excess;  ///< What is not due any more of plans' refunds.
    bool refuses_turns = false;
    bool is_broken = false;   ///< The owner throws at what it is told.
    Millis telling_waits{0};  ///< So long jobs that tell stand still.
};

}  // namespace florin::billing::test
