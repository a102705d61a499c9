#include "florin/ledger/ledger.hpp"

#include <algorithm>
#include <unordered_map>

#include "digest.hpp"
#include "florin/base/check.hpp"
#include "florin/store/store.hpp"
#include "ledger_store.hpp"

namespace florin::ledger {
namespace {

constexpr std::string_view provider_clearing_prefix = "provider_clearing:";
constexpr std::string_view customer_receivable_name = "customer_receivable";

std::string joined(std::string_view a, std::string_view b) { return std::string{a}.append(b); }

Money negated(Money amount) {
    const auto negative = minus(Money::zero(amount.currency()), amount);
    florin::check(negative.has_value(), "what may be added may be taken away");
    return *negative;
}

std::int64_t balance_of(Reader& reader, MerchantId merchant, const AccountKey& account) {
    const auto snapshot = select_snapshot(reader, merchant, account);
    if (!snapshot) return fold(reader, merchant, account, beginning, end_of_time);
    return snapshot->balance_minor + fold(reader, merchant, account, snapshot->up_to, end_of_time);
}

}  // namespace

Account Account::provider_clearing(std::string_view connector) {
    florin::check(!connector.empty(), "a provider's clearing account names the provider");
    return Account{joined(provider_clearing_prefix, connector)};
}

Account Account::customer_receivable(std::string_view customer) {
    if (customer.empty()) return Account{std::string{customer_receivable_name}};
    return Account{joined(customer_receivable_name, ":").append(customer)};
}

std::optional<Account> Account::parse(std::string_view text) {
    for (const Account& plain : {revenue(), refunds(), holds(), holds_contra(), fees(), disputes(), bank(), suspense(),
                                 write_offs(), customer_receivable()})
        if (text == plain.text()) return plain;
    for (const std::string_view prefix : {provider_clearing_prefix, std::string_view{"customer_receivable:"}})
        if (text.starts_with(prefix) && text.size() > prefix.size()) return Account{std::string{text}};
    return std::nullopt;
}

Entry debit(Account account, Money amount) {
    florin::check(amount.is_positive(), "what is debited is positive");
    return {std::move(account), amount};
}

Entry credit(Account account, Money amount) {
    florin::check(amount.is_positive(), "what is credited is positive");
    return {std::move(account), negated(amount)};
}

std::string_view to_text(JournalKind kind) {
    switch (kind) {
        case JournalKind::authorize:
            return "authorize";
        case JournalKind::release:
            return "release";
        case JournalKind::capture:
            return "capture";
        case JournalKind::purchase:
            return "purchase";
        case JournalKind::refund:
            return "refund";
        case JournalKind::settlement:
            return "settlement";
        case JournalKind::fee:
            return "fee";
        case JournalKind::dispute:
            return "dispute";
        case JournalKind::correction:
            return "correction";
    }
    florin::check(false, "a journal is of a known kind");
    return {};
}

namespace {

/// When a writing connection last made sure that no snapshot reaches beyond what it posts.
struct Ensured {
    std::unordered_map<std::int64_t, Instant> at;
};
constexpr Millis ensured_for{60'000};

/// A snapshot that reaches beyond an entry does not know of it: so it is when the clock has been set back further than
/// snapshots are old (F77). Asked for at a connection's first posting, now and then, and when its clock has gone back.
void ensure_no_snapshot_is_ahead(Tx& tx, MerchantId merchant) {
    auto& ensured = tx.memory().get<Ensured>().at;
    const auto known = ensured.find(merchant.value);
    if (known != ensured.end() && tx.now() >= known->second && tx.now() < known->second + ensured_for) return;
    drop_snapshots(tx, merchant, tx.now());
    ensured.insert_or_assign(merchant.value, tx.now());
}

}  // namespace

void post(Tx& tx, const Journal& journal) {
    florin::check(journal.entries.size() >= 2, "what leaves one account enters another");
    const Currency currency = journal.entries.front().amount.currency();
    __int128 sum = 0;
    std::vector<StoredEntry> stored;
    stored.reserve(journal.entries.size());
    for (const Entry& entry : journal.entries) {
        florin::check(entry.amount.currency() == currency, "a journal is in one currency");
        florin::check(!entry.amount.is_zero(), "an entry moves something");
        sum += entry.amount.minor();
        StoredEntry& row = stored.emplace_back();
        row.merchant = journal.merchant;
        row.journal = journal.id;
        row.leg = static_cast<std::int64_t>(stored.size()) - 1;
        row.legs = static_cast<std::int64_t>(journal.entries.size());
        row.kind = to_text(journal.kind);
        row.account = entry.account.text();
        row.currency = currency.code();
        row.amount_minor = entry.amount.minor();
        row.posted_at = tx.now();
        const Digest digest = digest_of(row);
        row.digest.assign(digest.begin(), digest.end());
    }
    florin::check(sum == 0, "what leaves one account enters another");
    ensure_no_snapshot_is_ahead(tx, journal.merchant);
    if (stored.size() == 2) {
        insert_pair(tx, stored[0], stored[1]);
    } else {
        for (const StoredEntry& entry : stored) insert_entry(tx, entry);
    }
}

bool is_posted(Reader& reader, MerchantId merchant, JournalId journal) {
    return !select_journal(reader, merchant, journal).empty();
}

std::vector<PostedEntry> entries_of(Reader& reader, MerchantId merchant, JournalId journal) {
    std::vector<PostedEntry> posted;
    for (StoredEntry& entry : select_journal(reader, merchant, journal)) {
        const auto currency = Currency::of(entry.currency);
        const auto amount = currency ? Money::of(entry.amount_minor, *currency) : fail(currency.error());
        // `florin ledger check` names it; who asks for it must not bring everybody else down (F105).
        if (!amount) throw store::Failure{store::Failure::Kind::fault, "a ledger entry cannot be read"};
        posted.push_back({entry.leg, std::move(entry.kind), std::move(entry.account), *amount, entry.posted_at});
    }
    return posted;
}

std::int64_t balance(Reader& reader, MerchantId merchant, const Account& account, Currency currency) {
    return balance_of(reader, merchant, {account.text(), std::string{currency.code()}});
}

std::vector<Balance> trial_balance(Reader& reader, MerchantId merchant) {
    std::vector<Balance> balances;
    for (auto key = next_account(reader, merchant, {}); key; key = next_account(reader, merchant, *key))
        balances.push_back({key->account, key->currency, balance_of(reader, merchant, *key)});
    return balances;
}

std::optional<AccountKey> snapshot(Tx& tx, MerchantId merchant, const AccountKey& from, int max_accounts) {
    const Instant horizon = tx.now() - snapshot_age;
    AccountKey at = from;
    for (int done = 0; done < max_accounts; ++done) {
        const auto key = next_account(tx, merchant, at);
        if (!key) return std::nullopt;
        at = *key;
        const auto before = select_snapshot(tx, merchant, at);
        // Taken while the clock was ahead: what was posted since it was set right lies before the snapshot,
        // which does not know of it.
        const bool is_from_ahead = before && before->up_to > tx.now();
        const bool is_good = before && !is_from_ahead;
        const Instant since = is_good ? before->up_to : beginning;
        if (since >= horizon) continue;
        const auto last = last_posted(tx, merchant, at, since, horizon);
        if (!last && !is_from_ahead) continue;
        // No further than there are entries, so that a clock which is set back leaves none behind (F77, F78).
        const Instant up_to = last ? *last + Millis{1} : horizon;
        const std::int64_t moved = fold(tx, merchant, at, since, up_to);
        upsert_snapshot(tx, {merchant, at, up_to, (is_good ? before->balance_minor : 0) + moved});
    }
    return at;
}

std::vector<Movement> movements(Reader& reader, MerchantId merchant, const Account& account, Currency currency,
                                const MovementPlace& after, Instant before, std::int64_t limit) {
    return select_movements(reader, merchant, {account.text(), std::string{currency.code()}}, after, before, limit);
}

std::vector<Currency> currencies_of(Reader& reader, MerchantId merchant, const Account& account) {
    std::vector<Currency> found;
    AccountKey at{.account = account.text(), .currency = {}};
    for (auto key = next_account(reader, merchant, at); key && key->account == account.text();
         key = next_account(reader, merchant, at)) {
        at = *key;
        if (const auto currency = Currency::of(key->currency)) found.push_back(*currency);
    }
    return found;
}

std::vector<MerchantId> merchants(Reader& reader) {
    std::vector<MerchantId> found;
    for (auto next = next_merchant(reader, {INT64_MIN}); next; next = next_merchant(reader, *next))
        found.push_back(*next);
    return found;
}

}  // namespace florin::ledger
