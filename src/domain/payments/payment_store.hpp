#pragma once

#include <optional>
#include <vector>

#include "decision.hpp"
#include "florin/payments/payments.hpp"
#include "florin/store/tx.hpp"

/// Rows and SQL of payments, transactions and payment methods; nothing else.
namespace florin::payments::rows {

using store::Reader;
using store::Tx;

/// What the index `payments_expiring` holds; statements that are to use it repeat it word for word.
#define FLORIN_EXPIRING "expires_at IS NOT NULL AND state IN ('created', 'authorized', 'captured', 'quarantined')"

/// How far an id's moment and its row's may be apart.
inline constexpr Millis clock_slack{60'000};
/// The least id that was made then or later (RFC 9562, 5.7).
Uuid first_id_at(Instant at);

void insert_payment(Tx& tx, const Payment& payment);
void insert_transaction(Tx& tx, const Transaction& transaction, std::string_view node);
/// The payer of a payment in the making agrees to later debits by it.
void mark_mandate(Tx& tx, MerchantId merchant, const PaymentId& id);
/// Begins a charge anew that was never sent. False: its row is not there, or not failed.
[[nodiscard]] bool renew_transaction(Tx& tx, const Transaction& transaction, std::string_view node);

std::optional<Payment> find_payment(Reader& reader, MerchantId merchant, const PaymentId& id);
std::optional<Transaction> find_transaction(Reader& reader, MerchantId merchant, const TransactionId& id);
struct Place {
    MerchantId merchant;
    PaymentId payment;
};
/// Of which payment an operation is, of whatever merchant, made at `at` or at most 400 days before. Reads little
/// for what was made within a day; a reference nobody has given out costs the most.
std::optional<Place> find_by_reference(Reader& reader, std::string_view reference, Instant at);
/// Of which payments the follow-ups are, and what was taken back, that a provider calls so.
std::vector<Place> find_by_provider_id(Reader& reader, std::string_view provider_id);
/// The first one first.
std::vector<Transaction> transactions_of(Reader& reader, MerchantId merchant, const PaymentId& id);
std::optional<PaymentDetails> find_details(Reader& reader, MerchantId merchant, const PaymentId& id);
std::vector<Payment> list(Reader& reader, MerchantId merchant, const PaymentFilter& filter);

/// The provider's token of the payment's card, sealed; empty when there is none.
std::vector<std::uint8_t> stored_token(Reader& reader, MerchantId merchant, const PaymentId& id);

/// As `reserve`, of a parent of which nothing is used yet. False also when somebody else was first.
[[nodiscard]] bool reserve_first(Tx& tx, const Transaction& parent, std::int64_t amount_minor);
/// Reserves `amount_minor` of what an approved parent has left. False: too little is left, or it is
/// not approved (any more).
[[nodiscard]] bool reserve(Tx& tx, const Transaction& parent, std::int64_t amount_minor);
/// Reserves the whole of an authorize of which nothing has been used: a cancel excludes captures.
[[nodiscard]] bool reserve_whole(Tx& tx, const Transaction& parent);
[[nodiscard]] bool release(Tx& tx, MerchantId merchant, const TransactionId& parent, std::int64_t amount_minor);

/// Moves a transaction out of the status and look-up count it was read with. False: somebody else has
/// recorded meanwhile.
[[nodiscard]] bool update_outcome(Tx& tx, const Transaction& before, const Transaction& after);
/// Version- and state-checked. `sealed_token` empty: keeps what there is.
[[nodiscard]] bool update_payment(Tx& tx, const Payment& before, const Payment& after,
                                  std::span<const std::uint8_t> sealed_token);
/// The `created` payment of document C takes its card and amount, and becomes `processing`.
[[nodiscard]] bool submit_created(Tx& tx, const Payment& before, const Payment& after);

/// Hands a payment that is being sent to another connector, and puts off the first look at its charge. False: since
/// they were read somebody else has looked at the charge or changed the payment.
[[nodiscard]] bool reroute(Tx& tx, const Payment& before, const Payment& after, const Transaction& charge,
                           Instant next_check_at);

struct Due {
    MerchantId merchant;
    Uuid id;
    std::string connector;
};
/// How many of one merchant are looked at in one pass.
inline constexpr std::size_t most_due_of_one = 50;
/// Transactions whose next look is due, oldest first within a merchant. The walk starts behind the merchant
/// `after`, so that none waits for another's queue.
std::vector<Due> due_for_settling(Reader& reader, Instant now, MerchantId after);
/// Payments past their expiry.
std::vector<Due> due_to_expire(Reader& reader, Instant now, MerchantId after);
/// Looks at an expired payment again at `until`; nothing: never. False: its expiry is not as it was read.
[[nodiscard]] bool put_off_expiry(Tx& tx, const Payment& payment, std::optional<Instant> until);
/// What has no outcome yet is looked at no later than `at`. Who has a lease that is longer loses it, so nobody may
/// be sending anything by then.
void hasten(Tx& tx, Instant at);
/// When to look again at what is not open any more; nothing: never. False: somebody else has looked.
[[nodiscard]] bool put_off_check(Tx& tx, const Transaction& transaction, std::optional<Instant> until);
/// Keeps so much of a charge from being refunded, none of it or a part at a time; a negative amount lets go of it.
/// False: what is used of it is not as it was read.
[[nodiscard]] bool keep_from_refunds(Tx& tx, const Transaction& charge, std::int64_t amount_minor);
/// Something that the provider told us of: approved from the beginning, or quarantined. One that is known already
/// breaks a key.
void insert_told(Tx& tx, const Transaction& transaction, std::string_view node);
std::optional<Transaction> find_told(Reader& reader, const Transaction& parent, std::string_view provider_id);
/// Puts off the next look, if nobody else has. False: somebody has.
[[nodiscard]] bool lease_check(Tx& tx, const Transaction& transaction, Instant until);
std::int64_t adopt_orphans(Tx& tx, std::string_view node);

/// Everything that was approved, in the order of merchants.
std::vector<Due> approved(Reader& reader);

void insert_payment_method(Tx& tx, const PaymentMethod& method);
/// False: since `begun_at` somebody else has taken it over.
[[nodiscard]] bool finish_payment_method(Tx& tx, const PaymentMethod& method, Instant begun_at,
                                         std::span<const std::uint8_t> sealed_token);
struct MethodRow {
    PaymentMethod method;
    std::vector<std::uint8_t> sealed_token;
    Instant updated_at;
};
/// Takes over a card whose storing was not finished. False: somebody else has.
[[nodiscard]] bool resume_payment_method(Tx& tx, const MethodRow& row);
std::optional<MethodRow> find_payment_method(Reader& reader, MerchantId merchant, const PaymentMethodId& id);

}  // namespace florin::payments::rows
