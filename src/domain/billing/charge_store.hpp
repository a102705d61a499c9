#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/billing/billing.hpp"

/// Rows and SQL of charges and their attempts; nothing else.
namespace florin::billing::rows {

/// False: there is one of that owner, purpose and number already.
[[nodiscard]] bool insert_charge(Tx& tx, const Charge& charge, std::string_view lines);
std::optional<Charge> find_charge(Reader& reader, MerchantId merchant, const ChargeId& id);
std::optional<ChargeId> find_same(Reader& reader, const NewCharge& charge);
/// In the order of creation.
std::vector<Charge> charges_of(Reader& reader, MerchantId merchant, std::string_view owner_kind, const Uuid& owner);
/// JSON, as it was inserted.
std::string lines_of(Reader& reader, MerchantId merchant, const ChargeId& id);

/// What a person or a program asks to see. Empty fields do not narrow.
struct ChargeFilter {
    std::string owner_kind;
    std::optional<Uuid> owner;
    std::optional<ChargeStatus> status;
    std::string customer_id;
    std::optional<calendar::Date> due_from, due_before;
    std::optional<ChargeId> after;  ///< Cursor: the last one seen.
    std::size_t limit = 50;
};
/// From new to old; narrowed by due days and by no owner or customer, from the latest due day to the earliest.
std::vector<Charge> list_charges(Reader& reader, MerchantId merchant, const ChargeFilter& filter);
/// Those with that status after `after`, the oldest first, at most `most`.
std::vector<Charge> open_charges(Reader& reader, MerchantId merchant, ChargeStatus status, const ChargeId& after,
                                 std::size_t most);

/// Attempt `number` begins, unless the charge was canceled or has come further. True also when it has begun already.
[[nodiscard]] bool begin_attempt(Tx& tx, const Charge& charge, std::int64_t number, Instant now);
/// A part of a refund begins; of several at once, each has its number.
[[nodiscard]] bool begin_part(Tx& tx, const Charge& charge, std::int64_t number, Instant now);
/// Nothing was sent: as if attempt `number`, which was the last, had not begun.
[[nodiscard]] bool withdraw_attempt(Tx& tx, const Charge& charge, std::int64_t number);
/// False: it is under way by now, or done.
[[nodiscard]] bool cancel_charge(Tx& tx, const Charge& after, std::int64_t version_before);
/// Writes all that may change. False: its version is not `before` any more, or another attempt has begun.
[[nodiscard]] bool update_charge(Tx& tx, const Charge& after, std::int64_t version_before);

enum class AttemptStatus { processing, succeeded, failed };
std::string_view to_text(AttemptStatus status);

struct Attempt {
    MerchantId merchant;
    ChargeId charge;
    std::int64_t number = 1;
    AttemptStatus status = AttemptStatus::processing;
    std::int64_t amount_minor = 0;
    std::optional<payments::TransactionId> parent = {};  ///< Of a part of a refund: what it gives back from.
    std::optional<payments::PaymentId> payment = {};
    std::optional<payments::TransactionId> transaction = {};
    payments::DeclineClass decline = payments::DeclineClass::none;
    std::string code = {}, message = {};
    Instant begun_at;
    std::optional<Instant> ended_at = {};
};
/// Of what is due of an owner and not under way.
void set_means(Tx& tx, MerchantId merchant, std::string_view owner_kind, const Uuid& owner, const Means& means);
/// Does nothing when it is there already.
void insert_attempt(Tx& tx, const Attempt& attempt);
/// What is known of one that is under way: its payment and transaction, and how it ended.
void update_attempt(Tx& tx, const Attempt& attempt);
/// One that has ended has ended otherwise after all: what it took was returned, or has come back.
void turn_attempt(Tx& tx, const Attempt& attempt);
std::optional<Attempt> find_attempt(Reader& reader, MerchantId merchant, const ChargeId& charge, std::int64_t number);
/// The first one first.
std::vector<Attempt> attempts_of(Reader& reader, MerchantId merchant, const ChargeId& charge);

/// How many charges there are of each status, at most 10,000 each, over all merchants.
std::int64_t count_charges(Reader& reader, ChargeStatus status);

}  // namespace florin::billing::rows
