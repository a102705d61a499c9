#pragma once

#include <atomic>
#include <map>

#include "absences.hpp"
#include "breaker.hpp"
#include "florin/jobs/jobs.hpp"
#include "florin/payments/payments.hpp"
#include "in_flight.hpp"
#include "payment_store.hpp"
#include "planted.hpp"
#include "summary_store.hpp"

namespace florin::payments {

/// An answer and what it is an answer to, as they are in the database before it is recorded.
struct Recording {
    Payment payment;
    Transaction transaction;
};

/// The sealed token of the payment's card and where it is kept.
struct SealedToken {
    std::vector<std::uint8_t> octets;
    std::string_view column = "payments.stored_token";
    Uuid row{};
};

/// When others are told of money that goes back: in the unit that books it, or by a job which that leaves.
enum class Telling { at_once, by_job };

struct Payments::Impl {
    Surroundings on;
    Breakers breakers;
    InFlight in_flight;
    Absences absences;
    /// Behind which merchants the next passes begin.
    std::atomic<std::int64_t> settled_last = -1, expired_last = -1;
    /// Look-ups under way, by connector; wall less monotonic time. Of the one scheduler that recovery runs on.
    std::map<std::string, int, std::less<>> looking;
    std::size_t settling = 0, expiring = 0;
    std::optional<std::int64_t> clock_offset_ms;

    explicit Impl(Surroundings surroundings)
        : on{std::move(surroundings)}, breakers{on.world.clock}, absences{on.world.clock} {}

    /// The unit that makes an outcome true: transaction, payment, reservations, ledger, event, audit
    /// and the stored answer of the idempotency key. Error `conflict`/`recorded_meanwhile` when what is
    /// in the database is no longer `known`.
    Result<Recording> record(store::Tx& tx, const Recording& known, const Answer& answer,
                             Telling telling = Telling::at_once) const;
    /// `record` in a unit of its own, which whoever is told of money that goes back cannot prevent.
    Task<Result<Recording>> record_alone(const Recording& known, const Answer& answer);

    /// Books what the provider took back of a charge, and what has come back of that, each once. False: nothing new.
    /// Error `conflict`/`recorded_meanwhile`: the payment was changed since it was read.
    Result<bool> record_reversal(store::Tx& tx, const TransactionId& charge, MerchantId merchant,
                                 const Reversal& reversal, Telling telling) const;
    /// The same in a unit of its own, as `record_alone`. False: it could not be recorded.
    Task<bool> record_reversal_alone(const Transaction& charge, const Reversal& reversal);
    /// Asks the provider for reversals of a charge, and records them. False: it could not be asked, or not all be
    /// recorded.
    /// `noticed_id`: which one a webhook named, if one did.
    Task<bool> look_for_reversals(Connector& connector, const Payment& payment, const Transaction& charge,
                                  const std::string& noticed_id);

    /// As `Surroundings::on_money_back`; by a job also while another one waits to tell of that payment. Errors:
    /// `conflict`/`recorded_meanwhile`, it is to be tried again; `money_back_not_told`, it was refused.
    Result<void> tell_of_money_back(store::Tx& tx, const Recording& now, Telling telling) const;

    /// The event and the audit entry of what a unit has just written.
    void announce(store::Tx& tx, const Recording& now, std::string_view type) const {
        announce(tx, now, type, now.transaction.origin, {});
    }
    /// `note`: why, in the words of whoever it was.
    void announce(store::Tx& tx, const Recording& now, std::string_view type, const Origin& by,
                  std::string_view note) const;
    void announce(store::Tx& tx, const Payment& payment, std::string_view type, const Origin& origin) const;
    /// That a payment goes on with another connector than `from`, which did nothing.
    void announce_rerouted(store::Tx& tx, const Recording& now, std::string_view from, std::string_view reason) const;
    void announce(store::Tx& tx, const PaymentMethod& method, const Origin& origin) const;

    /// `record` in a unit of its own, reading again and repeating when somebody else came in between
    /// (F32). Who comes first wins; the others are given what was recorded.
    Task<Result<Recording>> record_outcome(Recording known, Answer answer);
    /// The same, with what another module writes with it. `is_told`: whether it has.
    using WithOutcome = std::function<Result<void>(store::Tx&, const Payment&, const Transaction&)>;
    Task<Result<Recording>> record_outcome(Recording known, Answer answer, const WithOutcome& with, bool& is_told);
    Task<Result<Recording>> record_with(const Recording& known, const Answer& answer, const WithOutcome& with,
                                        bool& is_told);

    /// `refusal`, unless the guard's key has been taken before: then what its request made.
    Task<Result<Executed>> refuse(MerchantId merchant, const idempotency::Guard& guard, Error refusal);

    /// Whether something new may be started at `connector`; looks something up there first when its breaker
    /// wants to know.
    Task<bool> is_reachable(Connector& connector);
    /// Whether follow-ups of `parent` may be started. Costs nothing while all is well.
    Task<bool> is_provider_of_reachable(MerchantId merchant, const TransactionId& parent);
    void note(const Connector& connector, const Answer& answer);

    /// Sends a follow-up whose intent is committed; a whole refund of what has not settled as a void, for which
    /// `may_go_on` is asked if there is one.
    Task<Answer> send_follow_up(const Recording& intent, const Transaction& parent, std::string token,
                                std::function<Task<bool>()> may_go_on = {});
    Task<Answer> send(const Recording& intent, const Transaction& parent, std::string token, TransactionType as);
    Task<Answer> act(Connector& connector, TransactionType type, const FollowUp& follow_up);

    /// What a charge is bound to its connector by.
    struct Bond {
        std::optional<rows::MethodRow> method;
        std::optional<Recording> original;  ///< The payment whose payer agreed to more.
    };
    /// A stored card and a mandate stay with their provider: it becomes the command's. What is not found binds nothing.
    Task<Result<Bond>> bind(ChargeCommand& command);
    /// The provider's id of the payment that `mandate_of` names; whose it is becomes whose this is. Errors of the
    /// fields `original_transaction_id` and `customer_id`.
    static Result<std::string> mandate_of(ChargeCommand& command, const std::optional<Recording>& original);
    /// Those that can take the charge, in the order of preference; the first is the command's own.
    std::vector<Connector*> candidates_for(ChargeCommand& command, Connector& first) const;
    /// Of the candidates from `at` on the first whose breaker lets it through; their number: none.
    Task<std::size_t> first_reachable(const std::vector<Connector*>& candidates, std::size_t at);
    /// Commits that a charge which certainly did nothing at its connector goes on at `next`. Error
    /// `conflict`/`recorded_meanwhile`: somebody else has looked at it, or finished it.
    Task<Result<Recording>> reroute(const Recording& known, const Connector& next, std::string_view reason);
    /// The card in `command` stays until its owner lets go of it.
    Task<Result<Executed>> charge(ChargeCommand& command);
    /// One look at one transaction. False: there was nothing to do.
    Task<bool> settle(const rows::Due& due);
    Task<bool> expire(const rows::Due& due);
    static Lookup lookup_of(const Recording& known, const std::optional<Transaction>& parent);
    /// Tells the provider that what a look-up of `known` found approved is recorded.
    Task<void> acknowledge(Connector& connector, const Recording& known, const Recording& recorded);
    /// Asks the provider what became of it; `no_answer` when it cannot be asked.
    Task<Answer> ask(Connector& connector, const Recording& known, const std::optional<Transaction>& parent);
    /// `known` becomes what is recorded as sent again.
    Task<Answer> send_again(Recording& known, const Transaction& parent, const SealedToken& sealed);
    /// Of a direct debit that was paid, and that no webhook has told to be taken back.
    Task<void> look_for_reversals_again(Connector& connector, const Recording& known);
    /// Looks again at what was judged never to have reached the provider.
    Task<void> look_late(Recording known, Answer answer);
    /// Gives back what came true after its client had been told that nothing happened (F5), until nothing of it
    /// is left.
    Task<void> reverse(const Recording& known);
    /// Makes due again what a clock that went back has put off (F77).
    Task<void> watch_clock();
    Task<Result<Executed>> follow_up(FollowUpCommand command, bool is_expiry);

    /// Empty when there is none. Error `unavailable` when its key is missing.
    Result<std::string> open_token(const SealedToken& sealed, MerchantId merchant) const;
    std::vector<std::uint8_t> seal_token(std::string_view token, std::string_view column, MerchantId merchant,
                                         const Uuid& row) const;

    /// Too late to send: another may have judged meanwhile that it never was.
    bool is_too_late(std::int64_t intended_ns) const {
        return on.world.clock.monotonic_ns() - intended_ns > on.send_within.count() * 1'000'000;
    }
};

/// The token of the card that the payment was made with, as it may be charged again by.
SealedToken sealed_token_of(store::Reader& reader, const Payment& payment);

bool was_answered(Outcome outcome);

/// What is asked for does not fit what the payment has come to.
inline std::unexpected<Error> conflict(std::string_view code, std::string_view message, std::string_view field = {}) {
    return fail(ErrorKind::conflict, code, message, field);
}

/// Of a unit that failed because whoever is told of money that goes back refused.
inline constexpr std::string_view money_back_not_told = "money_back_not_told";
/// Somebody has to see why: a job goes on trying.
void note_not_told(const Transaction& by, std::string_view reason);

/// Of a guard whose key is taken: what the earlier request made, or the refusal.
Result<Executed> repeat_of(store::Reader& reader, MerchantId merchant, const idempotency::Guard& guard);

/// The answer that the API gives for a transaction, and what a repeated request is given again.
idempotency::Answer answer_of(const Payment& payment, const Transaction& transaction);
idempotency::Answer answer_of(const PaymentMethod& method);

}  // namespace florin::payments
