#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/payments/payment.hpp"
#include "florin/payments/summary.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/task.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::jobs {
struct Job;
}

namespace florin::payments {

struct PaymentDetails;
struct StoredMeans;

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    security::KeyRing& keys;
    const audit::Log& audit;
    /// The connector of that name, nullptr when there is none.
    std::function<Connector*(std::string_view name)> connector;
    /// This process' own name among those that share the database; the same after a restart.
    std::string node;
    /// How long an intent may wait to be sent. Past it, it is not: a process that was paused must
    /// not act on what recovery has meanwhile judged (F56).
    Millis send_within{5'000};
    /// After this long without an outcome a transaction is looked up. Longer than `send_within` and
    /// the connectors' own timeout together.
    Millis orphaned_after{40'000};
    /// Told, in the commit that records it, of an outcome that was not there yet when `charge` or `follow_up`
    /// answered: found by a look-up, told by a webhook, decided by a person.
    std::function<void(store::Tx&, const Transaction&)> on_late_outcome = {};
    /// Told of a payment that another module has asked for, in the commit that books it, that its money goes back or
    /// comes from there again: `by` a refund, when it begins and when its outcome is known, a chargeback or the
    /// reversal of one. `now`: the payment as that leaves it. Error `conflict`: the commit is tried again. What else it
    /// refuses, or throws, costs no record: then it is told by a job (`money_back_kind`), and a refund does not begin.
    std::function<Result<void>(store::Tx&, const PaymentDetails& now, const Transaction& by)> on_money_back = {};
};

/// A purchase or an authorize.
struct ChargeCommand {
    MerchantId merchant;
    TransactionType type = TransactionType::purchase;
    idempotency::Guard guard;
    std::string connector;
    /// Where it goes instead, in this order, when the connector before certainly did nothing (F36). Of no use to what
    /// is bound to its connector: a stored card, a mandate, a created payment.
    std::vector<std::string> alternatives = {};
    Money amount;
    std::optional<Card> card;                       ///< Either this …
    std::optional<PaymentMethodId> payment_method;  ///< … or this.
    Method method = Method::card;
    std::optional<BankAccount> bank_account = {};  ///< Of a direct debit: either this …
    std::optional<TransactionId> mandate_of = {};  ///< … or the purchase whose payer agreed to more.
    bool makes_mandate = false;
    std::string return_url = {}, email = {};
    std::string payer_last4 = {};  ///< Filled in from the mandate.
    BillingAddress billing;
    std::string customer_id;
    std::string metadata = "{}";
    bool is_merchant_initiated = false;
    Origin origin;
    /// Set for a payment that was made before its card was known (document C): it must be in state
    /// `created`, and its own id is what keeps the charge from happening twice.
    std::optional<PaymentId> created_payment;
    /// What another module writes with the intent, in the same commit. May run twice. Its refusal is the charge's:
    /// then nothing has happened.
    std::function<Result<void>(store::Tx&)> with_intent;
    /// What another module writes with the outcome, in the same commit: when the provider's answer says at once that
    /// it was approved, declined or refused. May run twice. Refuses it, or fails, the outcome is recorded without it.
    std::function<Result<void>(store::Tx&, const Payment&, const Transaction&)> with_outcome = {};
};

/// A capture, refund or cancel.
struct FollowUpCommand {
    MerchantId merchant;
    TransactionType type = TransactionType::capture;
    idempotency::Guard guard;
    TransactionId parent;
    std::optional<std::string> amount;    ///< Major units as written; nothing: all that is left.
    std::optional<std::string> currency;  ///< Must be the payment's when given.
    std::string metadata = "{}";
    Origin origin;
};

/// What a person decides about a quarantined transaction.
enum class Resolution {
    accept,   ///< The amount that the provider approved is taken for what was asked.
    dismiss,  ///< Nothing moved, or it was undone at the provider. Only where nothing could be booked.
};

struct ResolveCommand {
    MerchantId merchant;
    TransactionId transaction;
    Resolution resolution = Resolution::accept;
    std::string note;  ///< Why; kept in the event and the audit.
    idempotency::Guard guard;
    Origin origin;
};

/// What became of a command.
struct Executed {
    Payment payment;
    Transaction transaction;
    /// The answer that an earlier request with the same key was given; it is to be given again.
    std::optional<idempotency::Answer> stored;
    bool is_repeat = false;
    bool is_told = false;  ///< What the command's `with_outcome` wrote is committed with it.
};

struct PaymentMethod {
    MerchantId merchant;
    PaymentMethodId id;
    std::string customer_id, connector, status;
    CardFacts card;
    Instant created_at;
};

struct StoreCardCommand {
    MerchantId merchant;
    idempotency::Guard guard;
    std::string connector;
    Card card;
    BillingAddress billing;
    std::string customer_id;
    Origin origin;
};

struct StoredMethod {
    PaymentMethod method;
    /// As in `Executed`.
    std::optional<idempotency::Answer> stored;
};

struct PaymentFilter {
    std::optional<PaymentState> state;
    std::optional<std::string> customer_id;
    std::optional<Instant> created_from, created_before;
    std::optional<PaymentId> after;  ///< Cursor: the last one seen; the list goes from new to old.
    std::size_t limit = 50;
};

/// What a webhook says beside the reference, as in `Notice`. Believed as little: it says where to look.
struct Hint {
    std::string provider_id = {};
    bool may_be_reversal = false;
    std::string connector = {};  ///< Whose webhook it is. Empty: nobody's.
};

/// What came of a hint that something has happened to a payment.
enum class Hinted {
    unknown_reference,  ///< Nobody here made it.
    nothing_open,       ///< All of it has its outcome already.
    looked,             ///< Now it has.
    still_open,         ///< The provider does not know yet, or the answer is still on its way: ask again.
};

/// A payment with its transactions, the first one first.
struct PaymentDetails {
    Payment payment;
    std::vector<Transaction> transactions;
};

/// Transactions that moved money, or held it, without a journal in the ledger: there is none, unless
/// entries were cut out. Reads everything.
std::vector<TransactionId> without_journal(store::Reader& reader);

/// Whether new charges through a connector are refused, in this process.
struct BreakerState {
    bool is_open = false;
    std::optional<Instant> since;  ///< Nothing: it has been closed since the start.
};

/// Takes, captures, refunds and releases money, each as intent, act, record. From any scheduler.
class Payments {
public:
    explicit Payments(Surroundings surroundings);
    ~Payments();
    Payments(const Payments&) = delete;

    /// Errors before anything happened: `invalid` (field named), `not_found` for an unknown payment
    /// method, `mismatch` and `rate_limited` for idempotency keys, `unavailable` (store, provider's
    /// breaker, provider unreachable). Otherwise what came of it, a decline too, is a value.
    Task<Result<Executed>> charge(ChargeCommand command);
    Task<Result<Executed>> follow_up(FollowUpCommand command);
    /// `charge` of a created payment. Repeated while the provider has it pending, the provider is asked
    /// again under the same reference: document C's amount 24.
    Task<Result<Executed>> charge_created(ChargeCommand command);
    /// Errors: `not_found`; `conflict` when there is nothing to decide, or not in that way.
    Task<Result<Executed>> resolve(ResolveCommand command);
    /// Errors: those of `charge`, and `declined` (`card_refused`). Repeated with its key after the provider gave
    /// no answer, it finds the card that the first request may have stored.
    Task<Result<StoredMethod>> store_card(StoreCardCommand command);

    /// A payment without a card or amount yet, which expires at `expires_at` (document C).
    Task<Result<Payment>> create(MerchantId merchant, Currency currency, std::string connector, Instant expires_at,
                                 Origin origin);

    Task<Result<PaymentDetails>> find(MerchantId merchant, PaymentId id);
    Task<Result<Executed>> find_transaction(MerchantId merchant, TransactionId id);
    Task<Result<std::vector<Payment>>> list(MerchantId merchant, PaymentFilter filter);
    /// Errors: `invalid` (`fulfil`; or there are more than `most_summed_up` in that period).
    Task<Result<Summary>> summarize(MerchantId merchant, PeriodWish period);
    Task<Result<PaymentMethod>> find_payment_method(MerchantId merchant, PaymentMethodId id);

    BreakerState breaker(std::string_view connector);
    /// Whether the provider behind stored means takes that currency; one that is not configured is not asked.
    bool takes(const StoredMeans& means, Currency currency) const;

    /// What a webhook brings about: of the payment that `reference` belongs to, the provider is asked what became of
    /// whatever is open and, where it may be one, about reversals; what it says for certain is recorded.
    Task<Result<Hinted>> look(std::string_view reference, const Hint& hint = {});
    /// Looks up what became of transactions whose answer was lost, and lets expired payments
    /// expire: one pass over what is due now. Returns how many it worked on.
    Task<std::size_t> settle_due();
    Task<std::size_t> expire_due();
    /// What this node had in flight when it died is due to be looked up at once. Before the first request is
    /// let in.
    Task<Result<std::size_t>> adopt_orphans();
    /// Tells `Surroundings::on_money_back` what could not be told in the commit that booked it: works on one job of
    /// that kind. May be called again for the same one.
    static constexpr std::string_view money_back_kind = "payments.money_back";
    Task<Result<void>> tell_money_back(const jobs::Job& job);
    /// Runs the passes above every half second until `stop`.
    Task<void> run_recovery(Signal& stop);

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::payments
