#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/billing/billing.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/locale/locale.hpp"
#include "florin/merchants/merchants.hpp"
#include "florin/payment_terms/cancellation.hpp"
#include "florin/payment_terms/plan.hpp"
#include "florin/runtime/task.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::payment_terms {

using store::Reader;
using store::Tx;
using PaymentTermsId = Id<struct PaymentTermsTag>;

/// What payment terms are called among the owners of charges.
inline constexpr std::string_view owner_kind = "payment_terms";

enum class Status {
    active,
    held,                  ///< More instalments came due at once than is believed without a person (F78).
    completed,             ///< All is paid, or was let go.
    pending_cancellation,  ///< Canceled; what is on its way is waited for, then the refund.
    canceled,
};
enum class Happening {
    held,
    released,
    settled,   ///< The last charge ended.
    reopened,  ///< What was paid has to be paid once more: a debit was returned.
    adjusted,  ///< Something is to be settled again.
    canceling,
    canceled,
};
struct Transition {
    Status from;
    Happening by;
    Status to;
};
/// Everything that can happen to payment terms. What is not here is refused.
inline constexpr std::array transitions{
    Transition{Status::active, Happening::held, Status::held},
    Transition{Status::active, Happening::settled, Status::completed},
    Transition{Status::active, Happening::adjusted, Status::active},
    Transition{Status::active, Happening::canceling, Status::pending_cancellation},
    Transition{Status::held, Happening::released, Status::active},
    Transition{Status::held, Happening::adjusted, Status::held},
    Transition{Status::held, Happening::canceling, Status::pending_cancellation},
    // The term may still run when its last instalment is paid.
    Transition{Status::completed, Happening::adjusted, Status::active},
    Transition{Status::completed, Happening::reopened, Status::active},
    Transition{Status::completed, Happening::canceling, Status::pending_cancellation},
    Transition{Status::pending_cancellation, Happening::canceled, Status::canceled},
};
constexpr std::optional<Status> next(Status from, Happening by) {
    for (const Transition& one : transitions)
        if (one.from == from && one.by == by) return one.to;
    return std::nullopt;
}
static_assert(!next(Status::canceled, Happening::adjusted), "what is canceled is adjusted no more");
static_assert(!next(Status::pending_cancellation, Happening::canceling), "canceled once");
static_assert(!next(Status::held, Happening::settled), "what is held is released first");

std::string_view to_text(Status status);
std::optional<Status> parse_status(std::string_view text);
std::string_view to_text(CancellationMethod method);
std::string_view to_text(Adjustment adjustment);

/// Document A's object `payment_terms`.
struct Options {
    Adjustment adjustment = Adjustment::catch_up;
    std::string retry_policy = "next_day_then_case";
    billing::Means means;
    std::string description;  ///< What is paid for; empty: not told.

    bool operator==(const Options& other) const {
        return adjustment == other.adjustment && retry_policy == other.retry_policy &&
               means.payment_method == other.means.payment_method && means.mandate_of == other.means.mandate_of &&
               description == other.description;
    }
};

struct Terms {
    MerchantId merchant;
    PaymentTermsId id;
    std::string customer_id;
    Status status = Status::active;
    Currency currency;
    Plan plan;
    Account account;
    CancellationTerms cancellation_terms;
    Options options;
    std::int64_t compensations = 0;  ///< How many adjustments and credits have been settled.
    std::optional<calendar::Date> canceled_on;
    std::optional<Settlement> settlement;  ///< Once nothing was on its way any more.
    std::string correlation_id;            ///< Of the request that made them.
    std::int64_t version = 1;              ///< Counts changes.
    Instant created_at, updated_at;

    /// Raises `store::Failure` for what is no amount: such terms cannot have been made.
    Money money(std::int64_t minor) const;
};

/// Terms and all their charges, in the order of creation.
struct Scheduled {
    Terms terms;
    std::vector<billing::Charge> charges;
};

/// What the module is given. All outlive it. Functions that take a Reader or Tx are plain and work in the caller's
/// unit.
struct Surroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    billing::Billing& billing;
    const merchants::Merchants& merchants;
    /// The customer is told of a change of the terms, with its document. `what` is `created`, `adjusted`, `canceled`;
    /// `at_once`: what an adjustment has settled at once, which the terms' account has by then. The terms come with
    /// their charges where what is to come depends on them, and of a cancellation.
    std::function<void(Tx&, const Scheduled&, std::string_view what, const std::optional<Movement>& at_once)>
        tell_customer = [](Tx&, const Scheduled&, std::string_view, const std::optional<Movement>&) {};
    /// In which words and forms a customer is written to: see `documents::Documents::locale_of`.
    std::function<locale::Locale(Reader&, MerchantId, std::string_view customer_id)> locale_of =
        [](Reader&, MerchantId, std::string_view) { return locale::Locale::of("en"); };
    /// Called after a commit that has left something to do.
    std::function<void()> wake = [] {};
};

/// Who asks, as it is kept with what they asked for.
struct Origin {
    std::string actor, ip_address, user_agent, correlation_id, traceparent;
};

/// When a term starts: a moment, whose day where the merchant is counts, or that day.
struct Start {
    std::optional<Instant> at;
    std::optional<calendar::Date> on;
};
/// RFC 3339, or `YYYY-MM-DD`. Error `invalid_start_date` (field `start_date`).
Result<Start> parse_start(std::string_view text);

struct NewTerms {
    std::string customer_id;
    std::int64_t total_minor = 0;
    std::optional<Currency> currency;  ///< Nothing: the merchant's.
    Start start;
    std::int64_t term_months = 12;
    unsigned billing_day = 1;
    CancellationTerms cancellation_terms;
    Options options;
};
struct CreateCommand {
    MerchantId merchant;
    idempotency::Guard guard;
    NewTerms terms;
    Origin origin;
};
struct AdjustCommand {
    MerchantId merchant;
    idempotency::Guard guard;
    PaymentTermsId id;
    std::optional<std::int64_t> total_minor;
    std::optional<billing::Means> means = {};  ///< Neither of both: the customer's default.
    std::optional<std::int64_t> version;       ///< That the change was thought out for.
    Origin origin;
};
struct CancelCommand {
    MerchantId merchant;
    PaymentTermsId id;
    Origin origin;
};

/// What a request came to.
struct Outcome {
    Terms terms;
    /// The answer that an earlier request with the same key was given; it is to be given again.
    std::optional<idempotency::Answer> stored;
};

struct TermsFilter {
    std::optional<std::string> customer_id;
    std::optional<Status> status;
    std::optional<PaymentTermsId> after;  ///< Cursor: the last one seen; the list goes from new to old.
    std::size_t limit = 50;
};

/// What would be. Nothing is changed.
struct Previewed {
    Scheduled scheduled;  ///< The terms as they would be.
    std::optional<Movement> compensation;
    std::optional<Settlement> settlement;
};

/// Financing: a total paid in monthly instalments, adjusted and canceled by terms that are data. Any scheduler.
///
/// Errors beside the store's own: `payment_terms_not_found`, also for another merchant's; `conflict`:
/// `payment_terms_canceled`, `payment_terms_ended` (all is paid and the term is over),
/// `payment_terms_changed_meanwhile`; `mismatch` for keys.
///
/// Source: document A; requirements A-FR-01..10, A-AP-01..05, A-AS-12..18, X-27..X-30, X-37.
class PaymentTerms {
public:
    explicit PaymentTerms(Surroundings surroundings);
    ~PaymentTerms();
    PaymentTerms(const PaymentTerms&) = delete;

    /// Errors (`invalid`): `start_date_out_of_range`, `unknown_retry_policy`, `payment_method_not_usable`,
    /// `currency_not_supported`, `amount_out_of_range` (the fee on top of the total, also of `adjust`).
    Task<Result<Outcome>> create(CreateCommand command);
    /// Another total, or other means for all that is still to be charged. The same total again changes nothing. Errors
    /// as those of `create` about these.
    Task<Result<Outcome>> adjust(AdjustCommand command);
    /// From the merchant's today on. Asked again, it is done (F86).
    Task<Result<Terms>> cancel(CancelCommand command);
    /// Lets held terms go on: what has come due by now is charged, in order. Error `payment_terms_not_held`.
    Task<Result<Terms>> release(CancelCommand command);

    Task<Result<Terms>> find(MerchantId merchant, PaymentTermsId id);
    Task<Result<Scheduled>> schedule(MerchantId merchant, PaymentTermsId id);
    Task<Result<std::vector<Terms>>> list(MerchantId merchant, TermsFilter filter);

    Task<Result<Previewed>> preview_create(MerchantId merchant, NewTerms terms);
    Task<Result<Previewed>> preview_adjust(MerchantId merchant, PaymentTermsId id, std::int64_t total_minor);
    Task<Result<Previewed>> preview_cancel(MerchantId merchant, PaymentTermsId id);

    /// Whether they were not canceled. False where there are none.
    bool are_in_force(Reader& reader, MerchantId merchant, PaymentTermsId id) const;
    /// Terms of that customer that may still charge, if there are any.
    std::optional<PaymentTermsId> find_running(Reader& reader, MerchantId merchant, std::string_view customer_id) const;

    /// What billing calls, in its units.
    billing::Owner owner();

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::payment_terms
