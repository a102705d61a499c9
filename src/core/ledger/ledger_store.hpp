#pragma once

#include <array>
#include <string>
#include <vector>

#include "florin/ledger/ledger.hpp"

namespace florin::ledger {

using Digest = std::array<std::uint8_t, 16>;

/// An entry as it is stored.
struct StoredEntry {
    MerchantId merchant;
    JournalId journal;
    std::int64_t leg = -1;
    std::int64_t legs = 0;
    std::string kind;
    std::string account;
    std::string currency;
    std::int64_t amount_minor = 0;
    Instant posted_at;
    std::vector<std::uint8_t> digest;
};

struct Snapshot {
    MerchantId merchant;
    AccountKey account;
    Instant up_to;
    std::int64_t balance_minor;
};

inline constexpr Instant beginning{INT64_MIN};
inline constexpr Instant end_of_time{INT64_MAX};

void insert_entry(Tx& tx, const StoredEntry& entry);
/// Two entries of one journal in one statement.
void insert_pair(Tx& tx, const StoredEntry& first, const StoredEntry& second);
std::vector<StoredEntry> select_journal(Reader& reader, MerchantId merchant, JournalId journal);
/// The entries after `after` in the order of the primary key, at most `limit`.
std::vector<StoredEntry> select_page(Reader& reader, const StoredEntry& after, std::int64_t limit);
/// What the entries with `from <= posted_at < before` add up to.
std::int64_t fold(Reader& reader, MerchantId merchant, const AccountKey& account, Instant from, Instant before);
std::vector<Movement> select_movements(Reader& reader, MerchantId merchant, const AccountKey& account,
                                       const MovementPlace& after, Instant before, std::int64_t limit);
/// Of the index that balances are read from: one account's entries added up. An account comes several times
/// where the index is out of order.
struct IndexSums {
    AccountKey account;
    std::int64_t amount_minor = 0;
    std::int64_t moments = 0;  ///< Of `moment_digit`.
};
std::vector<IndexSums> sum_index(Reader& reader, MerchantId merchant);
/// Short enough to be added up over every entry of an account; changes with any bit of `posted_at`.
inline std::int64_t moment_digit(Instant posted_at) { return posted_at.ms % 1'000'000'007; }
/// When the last of the entries with `from <= posted_at < before` was posted.
std::optional<Instant> last_posted(Reader& reader, MerchantId merchant, const AccountKey& account, Instant from,
                                   Instant before);
std::optional<AccountKey> next_account(Reader& reader, MerchantId merchant, const AccountKey& after);
std::optional<MerchantId> next_merchant(Reader& reader, MerchantId after);
std::optional<Snapshot> select_snapshot(Reader& reader, MerchantId merchant, const AccountKey& account);
std::vector<Snapshot> select_snapshots(Reader& reader, MerchantId merchant);
/// Snapshots of merchants that have no entry at all.
std::vector<Snapshot> select_strays(Reader& reader);
void upsert_snapshot(Tx& tx, const Snapshot& snapshot);
/// Those that reach beyond `after`.
void drop_snapshots(Tx& tx, MerchantId merchant, Instant after);

}  // namespace florin::ledger
