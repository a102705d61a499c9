#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

#include "florin/billing/billing.hpp"
#include "florin/cases/cases.hpp"
#include "florin/events/events.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/payment_terms/payment_terms.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"
#include "view.hpp"

namespace florin::payment_terms::test {

/// A provider with books of its own, by reference: the judge of what really moved.
class Bank final : public payments::Connector {
public:
    std::string_view name() const override { return "bank"; }
    payments::Capabilities capabilities() const override {
        payments::Capabilities can;
        can.methods = {payments::Method::card, payments::Method::sepa_debit};
        can.has_reversals = true;
        can.currencies = {"EUR"};
        return can;
    }
    Task<payments::Answer> authorize(const payments::Charge& c) override { return decide(c.reference, 0); }
    Task<payments::Answer> purchase(const payments::Charge& c) override {
        return decide(c.reference, c.amount.minor());
    }
    Task<payments::Answer> capture(const payments::FollowUp& f) override { return decide(f.reference, 0); }
    Task<payments::Answer> refund(const payments::FollowUp& f) override {
        return decide(f.reference, -f.amount.minor());
    }
    Task<payments::Answer> cancel(const payments::FollowUp& f) override { return decide(f.reference, 0); }
    Task<payments::Answer> lookup(const payments::Lookup& operation) override {
        co_await sleep_for(Millis{10});
        const auto found = books.find(operation.reference);
        if (is_silent || found == books.end()) co_return payments::Answer{.outcome = payments::Outcome::no_answer};
        co_return found->second.answer;
    }
    Task<payments::Reversals> reversals(const payments::Lookup& operation) override {
        payments::Reversals told{.is_answered = true, .all = {}};
        if (const auto found = reversed.find(operation.reference); found != reversed.end())
            told.all.push_back(found->second);
        co_return told;
    }
    Task<payments::StoredCard> store_card(const payments::Card&, const payments::BillingAddress&, std::string_view,
                                          std::string_view reference) override {
        co_return payments::StoredCard{.outcome = payments::Outcome::approved,
                                       .token = "token-" + std::string{reference},
                                       .provider_code = {},
                                       .message = {}};
    }

    /// What moved, in order; refunds are negative.
    std::vector<std::int64_t> moved() const {
        std::vector<std::int64_t> all;
        for (const std::string& reference : order)
            if (const Entry& one = books.at(reference); one.answer.outcome == payments::Outcome::approved)
                all.push_back(one.amount);
        return all;
    }
    std::int64_t holds() const {
        std::int64_t sum = 0;
        for (const std::int64_t amount : moved()) sum += amount;
        return sum;
    }

    std::map<std::string, payments::Reversal> reversed;  ///< What it has taken back, by reference.
    int declines = 0;        ///< So many of the next charges are declined for want of funds.
    bool is_silent = false;  ///< It decides and tells nobody.
    int refuses = 0;         ///< So many of the next refunds.
    /// It decides what it was asked last, and nobody knows of yet.
    void decide_last(payments::Outcome outcome) { books.at(order.back()).answer.outcome = outcome; }

private:
    struct Entry {
        std::int64_t amount;
        payments::Answer answer;
    };
    Task<payments::Answer> decide(std::string reference, std::int64_t amount) {
        co_await sleep_for(Millis{10});
        if (!books.contains(reference)) {
            payments::Answer answer{.outcome = payments::Outcome::approved};
            if (declines > 0 && amount > 0) {
                --declines;
                answer = {.outcome = payments::Outcome::declined,
                          .decline = payments::DeclineClass::insufficient_funds,
                          .message = "no"};
            }
            if (refuses > 0 && amount < 0) {
                --refuses;
                answer = {.outcome = payments::Outcome::refused, .message = "no"};
            }
            answer.provider_id = "p" + std::to_string(books.size() + 1);
            books.emplace(reference, Entry{.amount = amount, .answer = std::move(answer)});
            order.push_back(reference);
        }
        if (is_silent) co_return payments::Answer{.outcome = payments::Outcome::no_answer};
        co_return books.at(reference).answer;
    }
    std::map<std::string, Entry> books;
    std::vector<std::string> order;
};

/// Payment terms over the real billing and payments, on virtual time, with a bank that is the test's.
struct TermsWorld {
    static constexpr Millis day = std::chrono::days{1};

    explicit TermsWorld(std::string_view start = "2027-01-01T00:00:00Z", std::string zone = "UTC") {
        clock.advance(*parse_instant(start) - clock.now());
        for (MerchantId* one : {&shop, &other_shop}) {
            const std::string name = one == &shop ? "shop" : "other";
            *one = write([&](Tx& tx) -> Result<MerchantId> {
                auto made = identity::create_merchant(tx, {.name = name, .connector = "bank", .time_zone = zone});
                if (!made) return fail(made.error());
                return made->id;
            });
        }
        billing.add(terms.owner());
        worker.handle("billing.turn", {}, [this](const jobs::Job& job) { return billing.take_turn(job); });
        worker.handle("billing.collect", {.concurrency = 3},
                      [this](const jobs::Job& job) { return billing.collect(job); });
        worker.handle("billing.await", {}, [this](const jobs::Job& job) { return billing.await_outcome(job); });
        for (const char* kind : {"billing.notice", "billing.case"})
            worker.handle(kind, {}, [this](const jobs::Job& job) { return billing.tell(job); });
        scheduler.spawn(worker.run(stop));
        scheduler.spawn(payments.run_recovery(stop));
        card = store_card("c-7");
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
    payments::PaymentMethodId store_card(std::string customer) {
        const auto stored = scheduler.await(payments.store_card(
            {.merchant = shop,
             .guard = {},
             .connector = "bank",
             .card = {.number = *security::Pan::from_json("4111111111111111"),
                      .expiry_month = 12,
                      .expiry_year = 2199,
                      .cvv = {},
                      .name = {}},
             .billing = {},
             .customer_id = std::move(customer),
             .origin = {.actor = "t", .ip_address = {}, .user_agent = {}, .correlation_id = "c", .traceparent = {}}}));
        EXPECT_TRUE(stored);
        return stored->method.id;
    }

    static Origin origin() {
        return {.actor = "key:1", .ip_address = {}, .user_agent = {}, .correlation_id = "c-1", .traceparent = {}};
    }
    NewTerms wanted(std::int64_t total = 120'000, std::int64_t months = 12, unsigned billing_day = 1,
                    std::string_view start = "2027-01-01") const {
        NewTerms made{.customer_id = "c-7",
                      .total_minor = total,
                      .currency = std::nullopt,
                      .start = *parse_start(start),
                      .term_months = months,
                      .billing_day = billing_day,
                      .cancellation_terms = {},
                      .options = {}};
        made.options.means.payment_method = card;
        return made;
    }
    Result<Outcome> create(NewTerms made, std::string key = {}) {
        return scheduler.await(terms.create({.merchant = shop,
                                             .guard = {.key = std::move(key), .route = "create", .fingerprint = {}},
                                             .terms = std::move(made),
                                             .origin = origin()}));
    }
    PaymentTermsId created(NewTerms made) {
        auto outcome = create(std::move(made));
        EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().code);
        return outcome->terms.id;
    }
    Result<Outcome> adjust(PaymentTermsId id, std::int64_t total, std::string key = {},
                           std::optional<std::int64_t> version = {}) {
        return scheduler.await(terms.adjust({.merchant = shop,
                                             .guard = {.key = std::move(key), .route = "adjust", .fingerprint = {}},
                                             .id = id,
                                             .total_minor = total,
                                             .means = std::nullopt,
                                             .version = version,
                                             .origin = origin()}));
    }
    Result<Terms> cancel(PaymentTermsId id) {
        return scheduler.await(terms.cancel({.merchant = shop, .id = id, .origin = origin()}));
    }
    Result<Terms> release(PaymentTermsId id) {
        return scheduler.await(terms.release({.merchant = shop, .id = id, .origin = origin()}));
    }
    std::vector<cases::Case> cases_of(PaymentTermsId id) {
        return *scheduler.await(cases.list(shop, {.owner = id.value}));
    }
    /// Resolves the one case of theirs that is open.
    Result<cases::Case> resolve(PaymentTermsId id, cases::Resolution resolution) {
        const auto open = scheduler.await(cases.list(shop, {.status = cases::Status::open, .owner = id.value}));
        EXPECT_EQ(open->size(), 1U);
        cases::Asker asker{
            .merchant = shop, .actor = "user:1", .ip_address = {}, .user_agent = {}, .correlation_id = "c-2"};
        cases::Decision decision{.resolution = resolution, .amount = {}, .note = {}};
        return scheduler.await(cases.resolve(std::move(asker), open->at(0).id, std::move(decision)));
    }
    payments::TransactionId give_mandate() {
        payments::ChargeCommand command{.merchant = shop,
                                        .guard = {},
                                        .connector = "bank",
                                        .amount = *Money::of(1, *Currency::of("EUR")),
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
        return scheduler.await(payments.charge(std::move(command)))->transaction.id;
    }
    /// The bank takes back what instalment `number` was paid by, or lets it come back, and tells.
    std::string take_back(PaymentTermsId id, std::int64_t number) {
        const auto paid = payment_of(id, number);
        const std::string reference = paid.transactions.front().reference_number;
        const payments::Reversal taken{.provider_id = "r-" + reference,
                                       .amount = paid.payment.amount,
                                       .state = payments::Reversal::State::taken,
                                       .reason = "AM04",
                                       .decline = payments::DeclineClass::insufficient_funds,
                                       .message = "taken back"};
        bank.reversed.insert_or_assign(reference, taken);
        look(reference);
        return reference;
    }
    void win(const std::string& reference) {
        bank.reversed.at(reference).state = payments::Reversal::State::won;
        look(reference);
    }
    void look(const std::string& reference) {
        EXPECT_TRUE(scheduler.await(payments.look(reference, {.may_be_reversal = true})));
    }
    payments::PaymentDetails payment_of(PaymentTermsId id, std::int64_t number) {
        const auto charges = schedule(id).charges;
        const auto paid = std::ranges::find_if(charges, [&](const billing::Charge& charge) {
            return charge.purpose == billing::Purpose::instalment && charge.number == number;
        });
        return *scheduler.await(payments.find(shop, *paid->payment));
    }
    /// Somebody gives back of what instalment `number` was paid by, by the payments API.
    Result<payments::Executed> refund_by_api(PaymentTermsId id, std::int64_t number, std::string amount) {
        payments::FollowUpCommand command{.merchant = shop,
                                          .type = payments::TransactionType::refund,
                                          .guard = {},
                                          .parent = payment_of(id, number).transactions.front().id,
                                          .amount = std::move(amount),
                                          .currency = std::nullopt,
                                          .origin = {}};
        return scheduler.await(payments.follow_up(std::move(command)));
    }
    Terms find(PaymentTermsId id) { return *scheduler.await(terms.find(shop, id)); }
    Scheduled schedule(PaymentTermsId id) { return *scheduler.await(terms.schedule(shop, id)); }
    std::vector<std::string_view> statuses(PaymentTermsId id) {
        std::vector<std::string_view> all;
        for (const Instalment& one : instalments_of(schedule(id))) all.push_back(one.status);
        return all;
    }

    void pass(Millis span) {
        scheduler.await([](Millis passing) -> Task<void> { co_await sleep_for(passing); }(span));
    }
    /// Lets everybody do what is to be done by now.
    void work() {
        for (int quiet = 0; quiet < 2;) {
            const auto taken = scheduler.await(billing.load());
            EXPECT_TRUE(taken);
            pass(Millis{5'000});
            quiet = *taken == 0 ? quiet + 1 : 0;
        }
    }
    /// Time passes until `until`, turn by turn.
    void live(std::string_view until) {
        const Instant end = *parse_instant(until);
        for (;;) {
            work();
            const auto next = read([&](Reader& reader) { return billing::next_turn_at(reader, shop); });
            if (!next || *next > end) break;
            if (*next > clock.now()) clock.advance(*next - clock.now());
        }
        if (clock.now() < end) clock.advance(end - clock.now());
        work();
    }
    std::vector<std::string> events_of(PaymentTermsId id) {
        std::vector<std::string> types;
        for (const events::Event& event : read([&](Reader& reader) {
                 return events::list(reader, shop, 0, 1'000, {.type = {}, .subject_id = id.text()});
             }))
            types.push_back(event.type.substr(std::string{"florin.payment_terms."}.size()));
        return types;
    }

    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    audit::Log audit{{}};
    Bank bank;
    payments::Payments payments{
        {.world = world,
         .store = *database,
         .keys = *keys,
         .audit = audit,
         .connector = [this](std::string_view) { return &bank; },
         .node = "here",
         .on_late_outcome = &billing::Billing::hear,
         .on_money_back = [this](Tx& tx, const payments::PaymentDetails& now,
                                 const payments::Transaction& by) { return billing.hear_of_money_back(tx, now, by); }}};
    merchants::Merchants merchants{*database, world};
    jobs::Worker worker{*database, world, jobs::Worker::Options{.name = "here", .poll = Millis{1'000}}};
    cases::Cases cases{{.world = world, .store = *database, .audit = audit, .wake = [this] { worker.wake(); }}};
    billing::Billing billing{{.world = world,
                              .store = *database,
                              .audit = audit,
                              .payments = payments,
                              .merchants = merchants,
                              .cases = &cases,
                              .wake = [this] { worker.wake(); }}};
    /// What customers were told.
    std::vector<std::string> told;
    /// The last that they were told of, and what it settled at once.
    std::optional<Scheduled> last_told;
    std::optional<Movement> at_once;
    PaymentTerms terms{
        {.world = world,
         .store = *database,
         .audit = audit,
         .billing = billing,
         .merchants = merchants,
         .tell_customer =
             [this](Tx&, const Scheduled& of, std::string_view what, const std::optional<Movement>& settled) {
                 told.emplace_back(what);
                 last_told = of;
                 at_once = settled;
             },
         .wake = [this] { worker.wake(); }}};
    Signal stop;
    MerchantId shop, other_shop;
    payments::PaymentMethodId card;
};

}  // namespace florin::payment_terms::test
