#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/store/tx.hpp"

namespace florin::ledger {

using store::Reader;
using store::Tx;

/// An account of one merchant, in every currency that it is used in. The vocabulary is closed: what
/// is not named here cannot be posted to.
class Account {
public:
    static Account provider_clearing(std::string_view connector);
    /// Of the merchant's customers together, or of one.
    static Account customer_receivable(std::string_view customer = {});
    static Account revenue() { return Account{"revenue"}; }
    static Account refunds() { return Account{"refunds"}; }
    static Account holds() { return Account{"holds"}; }
    static Account holds_contra() { return Account{"holds_contra"}; }
    static Account fees() { return Account{"fees"}; }
    static Account disputes() { return Account{"disputes"}; }
    /// What providers have paid out.
    static Account bank() { return Account{"bank"}; }
    /// What was paid out, or not, and nobody can explain yet.
    static Account suspense() { return Account{"suspense"}; }
    static Account write_offs() { return Account{"write_offs"}; }
    /// Reads what `text` writes; nothing for what is not in the vocabulary.
    static std::optional<Account> parse(std::string_view text);

    const std::string& text() const { return text_; }
    auto operator<=>(const Account&) const = default;

private:
    explicit Account(std::string text) : text_{std::move(text)} {}
    std::string text_;
};

/// One leg of a journal: positive amounts are debits, negative ones credits.
struct Entry {
    Account account;
    Money amount;
};
/// `amount` is positive.
Entry debit(Account account, Money amount);
Entry credit(Account account, Money amount);

enum class JournalKind { authorize, release, capture, purchase, refund, settlement, fee, dispute, correction };
std::string_view to_text(JournalKind kind);

/// The id of a journal is the id of the transaction that it belongs to: there is one for each.
using JournalId = Id<struct JournalOf>;
template <class Of>
JournalId journal_of(Id<Of> transaction) {
    return {transaction.value};
}

struct Journal {
    MerchantId merchant;
    JournalId id;
    JournalKind kind;
    std::vector<Entry> entries;
};

/// Writes a journal as of `tx.now()`. Stops the process when its entries do not add up to zero, mix
/// currencies (F97) or are fewer than two; a journal of that id that is already posted fails the unit.
void post(Tx& tx, const Journal& journal);

struct PostedEntry {
    std::int64_t leg;
    std::string kind;
    std::string account;
    Money amount;
    Instant posted_at;
};
/// In the order in which they were posted; empty when there is no such journal.
std::vector<PostedEntry> entries_of(Reader& reader, MerchantId merchant, JournalId journal);
/// True when the journal has entries, be they as they were posted or damaged since.
bool is_posted(Reader& reader, MerchantId merchant, JournalId journal);

/// Minor units: debits less credits of all that is committed.
std::int64_t balance(Reader& reader, MerchantId merchant, const Account& account, Currency currency);

struct Balance {
    std::string account;
    std::string currency;
    std::int64_t balance_minor;
};
/// Every account that was ever posted to. The balances of one currency add up to zero.
std::vector<Balance> trial_balance(Reader& reader, MerchantId merchant);

/// One entry of an account, and the place where a walk along the account goes on.
struct Movement {
    JournalId journal;
    std::string kind;
    std::int64_t amount_minor = 0;
    Instant posted_at;
};
struct MovementPlace {
    Instant posted_at{INT64_MIN};
    std::int64_t amount_minor = 0;
    JournalId journal{};
};
/// An account's entries after `after` that were posted before `before`, the oldest first; at most `limit`. What is
/// younger than `snapshot_age` may still be joined by older ones.
std::vector<Movement> movements(Reader& reader, MerchantId merchant, const Account& account, Currency currency,
                                const MovementPlace& after, Instant before, std::int64_t limit);
/// In which currencies an account was ever posted to.
std::vector<Currency> currencies_of(Reader& reader, MerchantId merchant, const Account& account);

/// Entries are posted as of the moment their unit began, so none appears later before this age.
inline constexpr Millis snapshot_age{3'600'000};

/// Where `snapshot` goes on.
struct AccountKey {
    std::string account;
    std::string currency;
};
/// Takes snapshots of at most `max_accounts` of the merchant's accounts after `from`, up to the last entry that
/// is older than `snapshot_age`. Answers where to go on, nothing at the end. May run anywhere, also twice.
std::optional<AccountKey> snapshot(Tx& tx, MerchantId merchant, const AccountKey& from = {}, int max_accounts = 100);

/// Merchants that have entries, in rising order.
std::vector<MerchantId> merchants(Reader& reader);

}  // namespace florin::ledger
