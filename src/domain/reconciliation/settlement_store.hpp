#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/ledger/ledger.hpp"
#include "florin/reconciliation/reconciliation.hpp"
#include "match.hpp"

/// Rows of settlements, of merchants' shares in them, of their lines, and of how far imports have come.
namespace florin::reconciliation::rows {

using store::Reader;
using store::Tx;

/// False: another import has written it meanwhile.
[[nodiscard]] bool insert_settlement(Tx& tx, const Settlement& settlement);
/// Moves it from the version before `after`'s. False: somebody else has.
[[nodiscard]] bool update_settlement(Tx& tx, const Settlement& after);
std::optional<Settlement> find_settlement(Reader& reader, MerchantId account_merchant, SettlementId id);
std::optional<Settlement> find_settlement(Reader& reader, std::string_view connector, std::string_view provider_id);
bool has_settlements(Reader& reader, std::string_view connector);
/// Whether one that was settled at that moment or later was paid, and its lines are read.
bool has_paid_since(Reader& reader, std::string_view connector, Instant at);
/// What has not been imported whole, the oldest first.
std::vector<Settlement> unfinished(Reader& reader, std::string_view connector);

/// Adds a page's lines of one merchant.
void add_to_share(Tx& tx, const Share& added);
/// Every merchant's: the settlement is paid at another moment than was told first.
void move_shares(Tx& tx, SettlementId settlement, Instant settled_at);
std::optional<Share> find_share(Reader& reader, MerchantId merchant, SettlementId settlement);
/// The latest first.
std::vector<Share> list_shares(Reader& reader, MerchantId merchant, const SettlementFilter& filter);
/// Of all merchants.
std::vector<Share> shares_of(Reader& reader, SettlementId settlement);

/// Whoever's it is.
bool is_line_known(Reader& reader, SettlementId settlement, std::string_view provider_id);
void insert_line(Tx& tx, const Line& line);
/// As it was judged anew; `before` says whose it was.
void update_line(Tx& tx, MerchantId before, const Line& line);
std::optional<Line> find_line(Reader& reader, MerchantId merchant, LineId id);
std::vector<Line> list_lines(Reader& reader, MerchantId merchant, SettlementId settlement, const LineFilter& filter);
/// `but`: the line that is being judged.
Settled settled_of(Reader& reader, MerchantId merchant, payments::PaymentId payment, LineId but = {});
bool is_settled(Reader& reader, MerchantId merchant, payments::PaymentId payment, payments::TransactionId transaction);

struct ImportRow {
    std::string connector;
    Instant listed_since, listed_until, begun_at;
    std::optional<Instant> succeeded_at, failed_at;
    std::string error_code, error;
};
/// Whoever writes about a connector's settlements does so first: on PostgreSQL the others wait until it has committed.
void take_turn(Tx& tx, std::string_view connector);
std::optional<ImportRow> find_import(Reader& reader, std::string_view connector);
void begin_import(Tx& tx, std::string_view connector, Instant since);
/// What settles before `until` is noted.
void list_to(Tx& tx, std::string_view connector, Instant until);
void end_import(Tx& tx, std::string_view connector);
void fail_import(Tx& tx, std::string_view connector, const Error& error);

ledger::MovementPlace swept_to(Reader& reader, MerchantId merchant, std::string_view connector, Currency currency);
void sweep_to(Tx& tx, MerchantId merchant, std::string_view connector, Currency currency,
              const ledger::MovementPlace& place);

}  // namespace florin::reconciliation::rows
