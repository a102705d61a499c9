#include "florin/ledger/ledger.hpp"

#include <gtest/gtest.h>

#include "florin/ledger/check.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::ledger {
namespace {

using store::Sql;

const Sql set_text{"test.ledger.set_text", "UPDATE ledger_entries SET account = $1 WHERE journal_id = $2 AND leg = $3"};
const Sql set_currency{"test.ledger.set_currency",
                       "UPDATE ledger_entries SET currency = $1 WHERE journal_id = $2 AND leg = $3"};
const Sql set_kind{"test.ledger.set_kind", "UPDATE ledger_entries SET kind = $1 WHERE journal_id = $2 AND leg = $3"};
const Sql set_amount{"test.ledger.set_amount",
                     "UPDATE ledger_entries SET amount_minor = $1 WHERE journal_id = $2 AND leg = $3"};
const Sql set_posted{"test.ledger.set_posted",
                     "UPDATE ledger_entries SET posted_at = $1 WHERE journal_id = $2 AND leg = $3"};
const Sql set_merchant{"test.ledger.set_merchant",
                       "UPDATE ledger_entries SET merchant_id = $1 WHERE journal_id = $2 AND leg = $3"};
const Sql set_journal{"test.ledger.set_journal",
                      "UPDATE ledger_entries SET journal_id = $1 WHERE journal_id = $2 AND leg = $3"};
const Sql set_leg{"test.ledger.set_leg", "UPDATE ledger_entries SET leg = $1 WHERE journal_id = $2 AND leg = $3"};
const Sql set_legs{"test.ledger.set_legs", "UPDATE ledger_entries SET legs = $1 WHERE journal_id = $2 AND leg = $3"};
const Sql set_digest{"test.ledger.set_digest",
                     "UPDATE ledger_entries SET digest = $1 WHERE journal_id = $2 AND leg = $3"};
const Sql delete_leg{"test.ledger.delete_leg", "DELETE FROM ledger_entries WHERE journal_id = $1 AND leg = $2"};
const Sql set_balance{"test.ledger.set_balance", "UPDATE ledger_balances SET balance_minor = balance_minor + 1"};
const Sql move_snapshots{"test.ledger.move_snapshots", "UPDATE ledger_balances SET merchant_id = $1"};

const Currency eur = *Currency::of("EUR");
const Currency usd = *Currency::of("USD");
constexpr MerchantId merchant{7};
const Account clearing = Account::provider_clearing("sandbox");

class Ledger : public testing::Test {
protected:
    SimClock clock;
    SimRandom random{1};
    World world{clock, random};
    SimScheduler scheduler{clock};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);

    template <class F>
    auto write(F unit) {
        return *scheduler.await([](store::Store& on, F run) -> Task<std::invoke_result_t<F&, Tx&>> {
            co_return co_await on.write(run);
        }(*store, std::move(unit)));
    }
    template <class F>
    auto read(F view) {
        auto wrapped = [&](Reader& reader) -> Result<std::invoke_result_t<F&, Reader&>> { return view(reader); };
        return *scheduler.await(
            [](store::Store& on, decltype(wrapped) run) -> Task<std::invoke_result_t<decltype(wrapped)&, Reader&>> {
                co_return co_await on.read(run);
            }(*store, wrapped));
    }
    void change(const std::function<void(Tx&)>& statements) {
        write([&](Tx& tx) -> Result<int> {
            statements(tx);
            return 0;
        });
    }

    JournalId post_purchase(std::int64_t minor, Currency currency = eur) {
        Journal journal{merchant, world.new_id<JournalOf>(), JournalKind::purchase, {}};
        const Money amount = *Money::of(minor, currency);
        journal.entries.push_back(debit(clearing, amount));
        journal.entries.push_back(credit(Account::revenue(), amount));
        change([&](Tx& tx) { post(tx, journal); });
        return journal.id;
    }
    std::int64_t balance_of(const Account& account, Currency currency = eur) {
        return read([&](Reader& reader) { return balance(reader, merchant, account, currency); });
    }
    Checked examined() {
        return read([&](Reader& reader) { return check(reader); });
    }
    void take_snapshots() {
        change([&](Tx& tx) {
            AccountKey from;
            while (const auto next = snapshot(tx, merchant, from, 1)) from = *next;
        });
    }
};

TEST_F(Ledger, a_journal_is_read_back_leg_by_leg) {
    const JournalId id = post_purchase(1050);
    const auto entries = read([&](Reader& reader) { return entries_of(reader, merchant, id); });
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].account, "provider_clearing:sandbox");
    EXPECT_EQ(entries[0].amount, *Money::of(1050, eur));
    EXPECT_EQ(entries[1].account, "revenue");
    EXPECT_EQ(entries[1].amount, *Money::of(-1050, eur));
    EXPECT_EQ(entries[1].kind, "purchase");
    EXPECT_TRUE(read([&](Reader& reader) { return entries_of(reader, {8}, id); }).empty());
}

TEST_F(Ledger, more_than_two_legs_are_posted_too) {
    Journal journal{merchant, world.new_id<JournalOf>(), JournalKind::capture, {}};
    journal.entries.push_back(debit(clearing, *Money::of(97, eur)));
    journal.entries.push_back(debit(Account::fees(), *Money::of(3, eur)));
    journal.entries.push_back(credit(Account::revenue(), *Money::of(100, eur)));
    change([&](Tx& tx) { post(tx, journal); });
    EXPECT_EQ(balance_of(Account::fees()), 3);
    EXPECT_EQ(balance_of(Account::revenue()), -100);
    EXPECT_TRUE(examined().findings.empty());
}

using LedgerDeathTest = Ledger;

TEST_F(LedgerDeathTest, what_does_not_balance_or_mixes_currencies_stops_the_process) {  // F97
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto post_entries = [&](std::vector<Entry> entries) {
        const Journal journal{merchant, world.new_id<JournalOf>(), JournalKind::purchase, std::move(entries)};
        change([&](Tx& tx) { post(tx, journal); });
    };
    const Entry in = debit(clearing, *Money::of(100, eur));
    EXPECT_DEATH(post_entries({in, credit(Account::revenue(), *Money::of(99, eur))}), "leaves one account");
    EXPECT_DEATH(post_entries({in, credit(Account::revenue(), *Money::of(100, usd))}), "one currency");
    EXPECT_DEATH(post_entries({in}), "leaves one account");
}

TEST_F(LedgerDeathTest, a_transaction_is_posted_once) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const JournalId id = post_purchase(100);
    const Money amount = *Money::of(100, eur);
    const Journal again{
        merchant, id, JournalKind::purchase, {debit(clearing, amount), credit(Account::revenue(), amount)}};
    EXPECT_DEATH(change([&](Tx& tx) { post(tx, again); }), "");
    EXPECT_EQ(balance_of(clearing), 100);
}

TEST_F(Ledger, a_balance_is_the_same_with_and_without_snapshots) {
    for (int i = 1; i <= 10; ++i) post_purchase(i * 100);
    EXPECT_EQ(balance_of(clearing), 5500);
    take_snapshots();  // Too young: nothing is taken yet.
    EXPECT_EQ(balance_of(clearing), 5500);
    clock.advance(2 * snapshot_age);
    take_snapshots();
    EXPECT_EQ(balance_of(clearing), 5500);
    post_purchase(1);
    post_purchase(7, usd);
    EXPECT_EQ(balance_of(clearing), 5501);
    clock.advance(2 * snapshot_age);
    take_snapshots();
    take_snapshots();
    EXPECT_EQ(balance_of(clearing), 5501);
    EXPECT_EQ(balance_of(clearing, usd), 7);
    EXPECT_TRUE(examined().findings.empty());

    std::map<std::string, std::int64_t> sums;
    const auto balances = read([&](Reader& reader) { return trial_balance(reader, merchant); });
    EXPECT_EQ(balances.size(), 4u);
    for (const Balance& each : balances) sums[each.currency] += each.balance_minor;
    for (const auto& [currency, sum] : sums) EXPECT_EQ(sum, 0) << currency;
}

TEST_F(Ledger, a_clock_that_was_ahead_when_snapshots_were_taken_leaves_no_entry_behind) {  // F77, F78
    constexpr Millis year{365LL * 24 * 3'600'000};
    post_purchase(100);
    clock.jump(year);
    take_snapshots();
    clock.jump(-year + Millis{1'000});
    post_purchase(1);
    EXPECT_EQ(balance_of(clearing), 101);
    EXPECT_TRUE(examined().findings.empty());

    // Something was posted meanwhile, and became old enough to be in a snapshot: the next one mends it.
    clock.jump(year);
    post_purchase(10);
    clock.jump(2 * snapshot_age);
    take_snapshots();
    clock.jump(-year - 2 * snapshot_age + Millis{1'000});
    post_purchase(2);
    clock.advance(2 * snapshot_age);
    take_snapshots();
    EXPECT_EQ(balance_of(clearing), 113);
    EXPECT_TRUE(examined().findings.empty());
}

TEST_F(Ledger, what_a_clock_posts_that_was_set_back_behind_a_snapshot_is_counted_for_good) {  // F77
    post_purchase(100);
    clock.advance(2 * snapshot_age);
    take_snapshots();
    clock.jump(-3 * snapshot_age);
    post_purchase(1);
    EXPECT_EQ(balance_of(clearing), 101);
    clock.advance(6 * snapshot_age);
    post_purchase(10);
    clock.advance(2 * snapshot_age);
    take_snapshots();
    EXPECT_EQ(balance_of(clearing), 111);
    EXPECT_TRUE(examined().findings.empty());
}

TEST_F(Ledger, check_names_an_entry_of_which_any_field_was_altered) {  // F105
    struct Case {
        const char* field;
        std::function<void(Tx&, const JournalId&)> damage;
    };
    const JournalId other = world.new_id<JournalOf>();
    const std::vector<std::uint8_t> digest(16, 0);
    const Case cases[] = {
        {"account", [](Tx& tx, const JournalId& id) { tx.run(set_text, "revenuf", id, 1); }},
        {"currency", [](Tx& tx, const JournalId& id) { tx.run(set_currency, "EUS", id, 1); }},
        {"kind", [](Tx& tx, const JournalId& id) { tx.run(set_kind, "qurchase", id, 1); }},
        {"amount", [](Tx& tx, const JournalId& id) { tx.run(set_amount, -1051, id, 1); }},
        {"posted_at", [](Tx& tx, const JournalId& id) { tx.run(set_posted, 1, id, 1); }},
        {"merchant", [](Tx& tx, const JournalId& id) { tx.run(set_merchant, 6, id, 1); }},
        {"journal", [&](Tx& tx, const JournalId& id) { tx.run(set_journal, other, id, 1); }},
        {"legs", [](Tx& tx, const JournalId& id) { tx.run(set_legs, 3, id, 1); }},
        {"digest", [&](Tx& tx, const JournalId& id) { tx.run(set_digest, digest, id, 1); }},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.field);
        store = store::SimStore::open(scheduler, world);
        post_purchase(300);
        const JournalId id = post_purchase(1050);
        post_purchase(20);
        EXPECT_TRUE(examined().findings.empty());
        change([&](Tx& tx) { each.damage(tx, id); });
        const Checked checked = examined();
        ASSERT_FALSE(checked.findings.empty());
        const bool is_named = std::ranges::any_of(checked.findings, [&](const Finding& finding) {
            return finding.fault == Fault::entry_altered && finding.leg == 1 &&
                   (finding.journal == id || finding.journal == other);
        });
        EXPECT_TRUE(is_named) << to_text(checked.findings.front());
    }
}

TEST_F(Ledger, check_finds_an_entry_that_was_taken_out) {
    const JournalId id = post_purchase(1050);
    change([&](Tx& tx) { tx.run(delete_leg, id, 1); });
    const Checked checked = examined();
    ASSERT_EQ(checked.findings.size(), 2u);
    EXPECT_EQ(checked.findings[0].fault, Fault::leg_missing);
    EXPECT_EQ(checked.findings[0].journal, id);
    EXPECT_EQ(checked.findings[1].fault, Fault::journal_unbalanced);
}

TEST_F(Ledger, check_finds_a_journal_taken_out_from_under_a_snapshot_and_a_false_snapshot) {
    const JournalId id = post_purchase(1050);
    post_purchase(1);
    clock.advance(2 * snapshot_age);
    take_snapshots();
    EXPECT_TRUE(examined().findings.empty());
    change([&](Tx& tx) {
        tx.run(delete_leg, id, 0);
        tx.run(delete_leg, id, 1);
    });
    Checked checked = examined();
    ASSERT_EQ(checked.findings.size(), 2u);
    EXPECT_EQ(to_text(checked.findings[0]),
              "snapshot_differs merchant=7 account=provider_clearing:sandbox currency=EUR");
    change([&](Tx& tx) { tx.run(set_balance); });
    EXPECT_EQ(examined().findings.size(), 2u);
}

TEST_F(Ledger, check_finds_a_snapshot_that_is_laid_at_another_merchants_door) {  // F105
    post_purchase(1050);
    clock.advance(2 * snapshot_age);
    take_snapshots();
    EXPECT_TRUE(examined().findings.empty());
    change([&](Tx& tx) { tx.run(move_snapshots, 8); });
    const Checked checked = examined();
    ASSERT_EQ(checked.findings.size(), 2u);
    EXPECT_EQ(to_text(checked.findings[0]),
              "snapshot_differs merchant=8 account=provider_clearing:sandbox currency=EUR");
}

TEST_F(Ledger, a_refused_unit_posts_nothing) {
    Journal journal{merchant, world.new_id<JournalOf>(), JournalKind::purchase, {}};
    const Money amount = *Money::of(5, eur);
    journal.entries = {debit(clearing, amount), credit(Account::revenue(), amount)};
    auto unit = [&](Tx& tx) -> Result<int> {
        post(tx, journal);
        return fail(ErrorKind::conflict, "refused", "No.");
    };
    scheduler.await([](store::Store& on, decltype(unit)& run) -> Task<void> {
        const auto refused = co_await on.write(run);
        EXPECT_FALSE(refused);
    }(*store, unit));
    EXPECT_EQ(balance_of(clearing), 0);
}

TEST(Accounts, their_texts_are_read_back_and_others_are_refused) {
    for (const Account& account : {Account::provider_clearing("x"), Account::customer_receivable(),
                                   Account::customer_receivable("c1"), Account::revenue(), Account::refunds(),
                                   Account::holds(), Account::holds_contra(), Account::fees(), Account::disputes()})
        EXPECT_EQ(Account::parse(account.text()), account);
    for (const char* text : {"", "cash", "revenue:", "provider_clearing", "provider_clearing:", "customer_receivable:"})
        EXPECT_EQ(Account::parse(text), std::nullopt) << text;
}

}  // namespace
}  // namespace florin::ledger
