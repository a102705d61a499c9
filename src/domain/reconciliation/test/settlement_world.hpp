#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "florin/cases/cases.hpp"
#include "florin/events/events.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/ledger/check.hpp"
#include "florin/ledger/ledger.hpp"
#include "florin/payments/payments.hpp"
#include "florin/payments/reading.hpp"
#include "florin/reconciliation/reconciliation.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::reconciliation::test {

using payments::Answer;
using payments::Outcome;
using payments::Transaction;
using payments::TransactionType;
using Kind = payments::SettlementLine::Kind;

inline Money money(std::int64_t minor, std::string_view code = "EUR") { return *Money::of(minor, *Currency::of(code)); }

/// A provider that approves what nobody has prepared otherwise, and settles what the test says.
class FakeProvider final : public payments::Connector {
public:
    std::string_view name() const override { return called; }
    payments::Capabilities capabilities() const override {
        payments::Capabilities can;
        can.has_settlements = true;
        can.has_reversals = true;
        return can;
    }
    Task<Answer> authorize(const payments::Charge&) override { return say(); }
    Task<Answer> purchase(const payments::Charge&) override { return say(); }
    Task<Answer> capture(const payments::FollowUp&) override { return say(); }
    Task<Answer> refund(const payments::FollowUp&) override { return say(); }
    Task<Answer> cancel(const payments::FollowUp&) override { return say(); }
    Task<Answer> lookup(const payments::Lookup&) override {
        Answer answer = found;
        co_return answer;
    }
    Task<payments::Reversals> reversals(const payments::Lookup& charge) override {
        payments::Reversals answer = taken_back[charge.reference];
        answer.is_answered = true;
        co_return answer;
    }
    Task<payments::StoredCard> store_card(const payments::Card&, const payments::BillingAddress&, std::string_view,
                                          std::string_view) override {
        co_return payments::StoredCard{};
    }
    Task<Result<std::string>> reference_of(std::string provider_id) override {
        const auto known = references.find(provider_id);
        co_return known == references.end() ? std::string{} : known->second;
    }
    Task<Result<std::vector<payments::Settlement>>> settlements(Instant since, Instant until) override {
        ++listed;
        spans.push_back({since, until});
        if (spans_until_silence-- == 0)
            co_return fail(ErrorKind::outcome_unknown, "provider_silent", "Nobody answers.");
        std::vector<payments::Settlement> some;
        for (const payments::Settlement& one : told)
            if (one.settled_at >= since && one.settled_at < until) some.push_back(one);
        co_return some;
    }
    Task<Result<payments::SettlementPage>> settlement_lines(const payments::Settlement& settlement,
                                                            std::string cursor) override {
        ++pages_read;
        asked_totals.push_back(settlement.total);
        if (pages_until_silence-- == 0)
            co_return fail(ErrorKind::outcome_unknown, "provider_silent", "Nobody answers.");
        const auto& all = lines[settlement.id];
        const std::size_t from = cursor.empty() ? 0 : std::stoul(cursor), to = std::min(all.size(), from + page_size);
        payments::SettlementPage page;
        page.lines.assign(all.begin() + static_cast<std::ptrdiff_t>(from),
                          all.begin() + static_cast<std::ptrdiff_t>(to));
        if (to < all.size()) page.next = std::to_string(to);
        co_return page;
    }

    /// What the next settlement is about to have.
    payments::SettlementLine& add(std::string settlement, Kind kind, std::string reference, Money gross, Money fee) {
        return lines[settlement].emplace_back(payments::SettlementLine{.id = "line-" + std::to_string(++lines_made),
                                                                       .kind = kind,
                                                                       .reference = std::move(reference),
                                                                       .provider_id = {},
                                                                       .gross = gross,
                                                                       .fee = fee,
                                                                       .description = {}});
    }
    payments::Settlement& pay(std::string id, Instant at, std::optional<Money> total = {}) {
        return told.emplace_back(payments::Settlement{
            .id = std::move(id), .state = payments::Settlement::State::paid, .settled_at = at, .total = total});
    }
    payments::Settlement& settlement(std::string_view id) {
        for (payments::Settlement& one : told)
            if (one.id == id) return one;
        throw std::logic_error{"no such settlement"};
    }

    std::string called = "fake";
    std::deque<Answer> next;
    Answer found;
    std::map<std::string, payments::Reversals> taken_back;
    std::map<std::string, std::string> references;
    std::vector<payments::Settlement> told;
    std::map<std::string, std::vector<payments::SettlementLine>> lines;
    std::size_t page_size = 3;
    int pages_until_silence = -1;
    int spans_until_silence = -1;
    std::vector<std::pair<Instant, Instant>> spans;
    std::vector<std::optional<Money>> asked_totals;
    int listed = 0, pages_read = 0, lines_made = 0;

private:
    Task<Answer> say() {
        Answer answer{.outcome = Outcome::approved, .provider_id = "p" + std::to_string(++asked)};
        if (!next.empty()) {
            answer = std::move(next.front());
            next.pop_front();
        }
        co_return answer;
    }
    int asked = 0;
};

/// The modules that reconciliation works with, over whatever store.
struct Modules {
    Modules(World w, store::Store& s, FakeProvider& p, Settings settings = {})
        : world{w},
          store{s},
          keys{security::KeyRing::in_memory(w)},
          payments{{.world = w,
                    .store = s,
                    .keys = *keys,
                    .audit = audit,
                    .connector = [&p](std::string_view) { return &p; },
                    .node = "here"}},
          cases{{.world = w, .store = s, .audit = audit, .wake = [] {}}},
          reconciliation{{.world = w,
                          .store = s,
                          .audit = audit,
                          .payments = payments,
                          .cases = cases,
                          .connector = [&p](std::string_view) { return &p; },
                          .connectors = {p.called},
                          .settings = std::move(settings),
                          .wake = [] {}}} {}

    payments::ChargeCommand charge_command(MerchantId merchant, TransactionType type, Money amount) const {
        return {.merchant = merchant,
                .type = type,
                .guard = {},
                .connector = "fake",
                .amount = amount,
                .card = payments::Card{.number = *security::Pan::from_json("4111111111111111"),
                                       .expiry_month = 12,
                                       .expiry_year = 2099,
                                       .cvv = {},
                                       .name = {}},
                .payment_method = std::nullopt,
                .billing = {},
                .customer_id = {},
                .origin = origin()};
    }
    static payments::Origin origin() {
        return {.actor = "test", .ip_address = {}, .user_agent = {}, .correlation_id = "c", .traceparent = {}};
    }
    static jobs::Job import_job() {
        jobs::Job job;
        job.kind = Reconciliation::import_kind;
        job.payload = R"({"connector":"fake"})";
        return job;
    }
    /// Two merchants: the first has the provider's account.
    Task<Result<bool>> make_merchants() {
        auto make = [](store::Tx& tx) -> Result<bool> {
            for (const std::string_view name : {"house", "other"})
                if (auto made = identity::create_merchant(tx, {.name = std::string{name}, .connector = "fake"}); !made)
                    return fail(made.error());
            return true;
        };
        co_return co_await store.write(make);
    }

    World world;
    store::Store& store;
    audit::Log audit{{}};
    std::unique_ptr<security::KeyRing> keys;
    payments::Payments payments;
    cases::Cases cases;
    Reconciliation reconciliation;
};

/// All of it in one thread, on virtual time.
class ReconciliationTest : public testing::Test {
protected:
    static constexpr MerchantId house{1}, other{2};
    static constexpr Millis day{24LL * 3'600'000};

    ReconciliationTest() {
        EXPECT_TRUE(scheduler.await(modules->make_merchants()));
        clock.advance(100 * day);
    }

    template <class F>
    auto view(F& read) {
        auto run = [](store::Store& on, F& inner) -> Task<std::invoke_result_t<F&, store::Reader&>> {
            co_return co_await on.read(inner);
        };
        return scheduler.await(run(*database, read));
    }

    Transaction purchase(std::int64_t minor, MerchantId merchant = house, std::string_view code = "EUR") {
        return charge(TransactionType::purchase, minor, merchant, code);
    }
    Transaction charge(TransactionType type, std::int64_t minor, MerchantId merchant = house,
                       std::string_view code = "EUR") {
        const auto done =
            scheduler.await(modules->payments.charge(modules->charge_command(merchant, type, money(minor, code))));
        EXPECT_TRUE(done) << done.error().code;
        return done->transaction;
    }
    Transaction follow_up(TransactionType type, const Transaction& parent, std::int64_t minor) {
        const auto done =
            scheduler.await(modules->payments.follow_up({.merchant = parent.merchant,
                                                         .type = type,
                                                         .guard = {},
                                                         .parent = parent.id,
                                                         .amount = to_major_text(minor, parent.amount.currency()),
                                                         .currency = std::nullopt,
                                                         .origin = Modules::origin()}));
        EXPECT_TRUE(done) << done.error().code;
        return done->transaction;
    }
    Transaction refund(const Transaction& parent, std::int64_t minor) {
        return follow_up(TransactionType::refund, parent, minor);
    }
    /// What a webhook would bring about.
    void look(const Transaction& transaction, bool may_be_reversal) {
        const payments::Hint hint{.provider_id = {}, .may_be_reversal = may_be_reversal, .connector = "fake"};
        EXPECT_TRUE(scheduler.await(modules->payments.look(transaction.reference_number, hint)));
    }
    payments::SettlementLine& line_of(std::string settlement, Kind kind, const Transaction& of, std::int64_t gross,
                                      std::int64_t fee = 0) {
        const std::string_view code = of.amount.code();
        return provider.add(std::move(settlement), kind, of.reference_number, money(gross, code), money(fee, code));
    }
    void pay(std::string id, std::optional<std::int64_t> total = {}) {
        provider.pay(std::move(id), clock.now(), total ? std::optional{money(*total)} : std::nullopt);
    }
    Result<void> import() { return scheduler.await(modules->reconciliation.import(Modules::import_job())); }

    std::int64_t balance(const ledger::Account& account, MerchantId merchant = house, std::string_view code = "EUR") {
        auto read = [&](store::Reader& reader) -> Result<std::int64_t> {
            return ledger::balance(reader, merchant, account, *Currency::of(code));
        };
        return *view(read);
    }
    std::int64_t clearing(MerchantId merchant = house, std::string_view code = "EUR") {
        return balance(ledger::Account::provider_clearing("fake"), merchant, code);
    }
    std::int64_t bank(MerchantId merchant = house, std::string_view code = "EUR") {
        return balance(ledger::Account::bank(), merchant, code);
    }
    std::int64_t suspense(MerchantId merchant = house) { return balance(ledger::Account::suspense(), merchant); }
    std::vector<std::string> ledger_findings() {
        auto read = [](store::Reader& reader) -> Result<std::vector<std::string>> {
            std::vector<std::string> found;
            for (const auto& finding : ledger::check(reader).findings) found.push_back(ledger::to_text(finding));
            return found;
        };
        return *view(read);
    }
    std::vector<cases::Case> desk(MerchantId merchant = house, bool is_open = true) {
        cases::CaseFilter filter{.status = is_open ? cases::Status::open : cases::Status::resolved, .limit = 200};
        return *scheduler.await(modules->cases.list(merchant, std::move(filter)));
    }
    /// The one case that is open.
    cases::Case only_case(MerchantId merchant = house) {
        const auto all = desk(merchant);
        EXPECT_EQ(all.size(), 1u);
        return all.empty() ? cases::Case{} : all.front();
    }
    Result<cases::Case> resolve(const cases::Case& one, cases::Resolution resolution,
                                std::optional<std::string> amount = {}) {
        return scheduler.await(modules->cases.resolve(
            {.merchant = one.merchant, .actor = "key:me", .ip_address = {}, .user_agent = {}, .correlation_id = "r"},
            one.id, {.resolution = resolution, .amount = std::move(amount), .note = {}}));
    }
    std::vector<Difference> differences(bool is_open, MerchantId merchant = house) {
        DifferenceFilter filter{
            .is_open = is_open, .kind = {}, .connector = {}, .settlement = {}, .after = {}, .limit = 200};
        return *scheduler.await(modules->reconciliation.differences(merchant, std::move(filter)));
    }
    std::vector<Shown> settlements(MerchantId merchant = house) {
        return *scheduler.await(modules->reconciliation.list(merchant, {}));
    }
    std::vector<ShownLine> lines(std::string_view provider_id, MerchantId merchant = house) {
        for (const Shown& shown : settlements(merchant))
            if (shown.settlement.provider_id == provider_id)
                return *scheduler.await(modules->reconciliation.lines(merchant, shown.settlement.id, {}));
        return {};
    }
    std::vector<std::string> statuses(std::string_view provider_id, MerchantId merchant = house) {
        std::vector<std::string> all;
        for (const ShownLine& shown : lines(provider_id, merchant)) all.emplace_back(to_text(shown.line.status));
        return all;
    }
    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    FakeProvider provider;
    std::unique_ptr<Modules> modules = std::make_unique<Modules>(world, *database, provider);
};

}  // namespace florin::reconciliation::test
