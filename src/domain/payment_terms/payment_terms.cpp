// The use cases: each is one unit of work, for money moves only later, in billing.

#include "florin/payment_terms/payment_terms.hpp"

#include "florin/base/check.hpp"
#include "florin/payments/stored_means.hpp"
#include "payment_terms_impl.hpp"
#include "terms_store.hpp"

namespace florin::payment_terms {
namespace {

constexpr std::array<std::string_view, 5> status_names{"active", "held", "completed", "pending_cancellation",
                                                       "canceled"};

std::unexpected<Error> not_found() {
    return fail(ErrorKind::not_found, "payment_terms_not_found", "There are no such payment terms.");
}

/// What an earlier request with the same key was answered.
Result<Outcome> repeat_of(Reader& reader, MerchantId merchant, const idempotency::Guard& guard) {
    auto earlier = idempotency::earlier(reader, merchant, guard);
    if (!earlier) return fail(std::move(earlier.error()));
    auto terms = rows::find(reader, merchant, PaymentTermsId{earlier->transaction});
    check(terms && earlier->answer, "terms, their change and the answer about it are one commit");
    return Outcome{.terms = std::move(*terms), .stored = std::move(earlier->answer)};
}

}  // namespace

Money Terms::money(std::int64_t minor) const {
    const auto money = Money::of(minor, currency);
    if (!money) throw store::Failure{store::Failure::Kind::fault, "payment terms come to more than an amount can be"};
    return *money;
}

Result<void> check_most_due(std::int64_t total_minor, const CancellationTerms& terms, std::string_view field) {
    // Both are amounts, so the sum cannot overflow before it is judged.
    if (total_minor + terms.fee_minor <= Money::max_minor) return {};
    return fail(ErrorKind::invalid, "amount_out_of_range",
                "The total and the fee of a cancellation together are more than an amount can be.", field);
}

std::string_view to_text(Status status) { return status_names[static_cast<std::size_t>(status)]; }
std::optional<Status> parse_status(std::string_view text) {
    for (std::size_t i = 0; i < status_names.size(); ++i)
        if (status_names[i] == text) return static_cast<Status>(i);
    return std::nullopt;
}

Result<Start> parse_start(std::string_view text) {
    if (const auto day = calendar::parse_date(text)) return Start{.at = std::nullopt, .on = *day};
    if (const auto at = parse_instant(text)) return Start{.at = *at, .on = std::nullopt};
    const std::string_view date = text.substr(0, 10);
    if (const auto day = calendar::parse_date(date); !day && calendar::is_written_as_date(date))
        return fail(ErrorKind::invalid, "invalid_start_date", day.error().message, "start_date");
    return fail(ErrorKind::invalid, "invalid_start_date",
                "Give a moment such as 2027-01-31T00:00:00Z, or a day such as 2027-01-31.", "start_date");
}

PaymentTerms::PaymentTerms(Surroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {}
PaymentTerms::~PaymentTerms() = default;

Result<void> PaymentTerms::Impl::check_options(Reader& reader, MerchantId merchant, const NewTerms& wanted) const {
    const Options& options = wanted.options;
    if (!on.billing.has_retry_policy(reader, merchant, options.retry_policy))
        return fail(ErrorKind::invalid, "unknown_retry_policy", "There is no retry policy of that name.",
                    "payment_terms.retry_policy");
    return check_means(reader, merchant, wanted.customer_id, options.means);
}

Result<void> PaymentTerms::Impl::check_means(Reader& reader, MerchantId merchant, const std::string& customer_id,
                                             const billing::Means& means) const {
    const auto not_usable = [](std::string_view field) {
        return fail(ErrorKind::invalid, "payment_method_not_usable",
                    "This customer cannot be charged by it: it is another one's, or there is none.", field);
    };
    const auto is_theirs = [&](const std::optional<payments::StoredMeans>& stored) {
        return stored && (stored->customer_id.empty() || stored->customer_id == customer_id);
    };
    if (means.payment_method && !is_theirs(payments::find_stored_means(reader, merchant, *means.payment_method)))
        return not_usable("payment_terms.payment_method_token");
    if (means.mandate_of && !is_theirs(payments::find_stored_means(reader, merchant, *means.mandate_of)))
        return not_usable("payment_terms.original_transaction_id");
    return {};
}

Result<Terms> PaymentTerms::Impl::made_of(Reader& reader, MerchantId merchant, const NewTerms& wanted,
                                          PaymentTermsId id) const {
    if (auto good = check_options(reader, merchant, wanted); !good) return fail(std::move(good.error()));
    if (auto fit = check_most_due(wanted.total_minor, wanted.cancellation_terms, "cancellation_terms.fee"); !fit)
        return fail(std::move(fit.error()));
    const merchants::Profile profile = on.merchants.profile(reader, merchant);
    const calendar::Date start_on = wanted.start.on ? *wanted.start.on : profile.zone.date_of(*wanted.start.at);
    // Until 2200 the calendar is tested for every day, and no term may begin before money was.
    const auto year = static_cast<int>(start_on.year());
    if (year < 2000 || year > 2150)
        return fail(ErrorKind::invalid, "start_date_out_of_range", "A term starts between 2000 and 2150.",
                    "start_date");
    const Plan plan = new_plan(start_on, wanted.term_months, wanted.billing_day, wanted.total_minor);
    if (term_of(plan).until <= on.merchants.today(reader, merchant))
        return fail(ErrorKind::invalid, "start_date_out_of_range",
                    "Counted from that day, the term is over already. Give a later start, or a longer term.",
                    "start_date");
    const Currency currency = wanted.currency.value_or(profile.default_currency);
    auto taken =
        on.billing.check_currency(reader, merchant, wanted.options.means, wanted.customer_id, currency, "currency");
    if (!taken) return fail(std::move(taken.error()));
    return Terms{.merchant = merchant,
                 .id = id,
                 .customer_id = wanted.customer_id,
                 .status = Status::active,
                 .currency = currency,
                 .plan = plan,
                 .account = {},
                 .cancellation_terms = wanted.cancellation_terms,
                 .options = wanted.options,
                 .compensations = 0,
                 .canceled_on = std::nullopt,
                 .settlement = std::nullopt,
                 .correlation_id = {},
                 .version = 1,
                 .created_at = {},
                 .updated_at = {}};
}

Task<Result<Outcome>> PaymentTerms::create(CreateCommand command) {
    Impl& my = *impl_;
    const NewTerms& wanted = command.terms;
    const auto id = my.on.world.new_id<PaymentTermsTag>();
    auto insert = [&](Tx& tx) -> Result<Outcome> {
        if (!idempotency::take(tx, command.merchant, command.guard, id.value))
            return repeat_of(tx, command.merchant, command.guard);
        auto made = my.made_of(tx, command.merchant, wanted, id);
        if (!made) return fail(std::move(made.error()));
        Terms& terms = *made;
        terms.correlation_id = command.origin.correlation_id;
        terms.created_at = terms.updated_at = tx.now();
        rows::insert(tx, terms);
        my.announce(tx, terms, "florin.payment_terms.created", command.origin);
        idempotency::finish(tx, command.merchant, command.guard.key, answer_of(terms, true));
        my.begin(tx, terms);
        return Outcome{.terms = std::move(terms), .stored = std::nullopt};
    };
    auto outcome = co_await my.on.store.write(insert);
    if (outcome) my.on.wake();
    co_return outcome;
}

Task<Result<Outcome>> PaymentTerms::adjust(AdjustCommand command) {
    Impl& my = *impl_;
    auto change = [&](Tx& tx) -> Result<Outcome> {
        auto terms = rows::lock(tx, command.merchant, command.id);
        if (!terms) return not_found();
        if (!idempotency::take(tx, command.merchant, command.guard, command.id.value))
            return repeat_of(tx, command.merchant, command.guard);
        if (command.version && *command.version != terms->version)
            return fail(ErrorKind::conflict, "payment_terms_changed_meanwhile",
                        "The payment terms have another version by now. Read them, and think the change out again.",
                        "version");
        if (command.means) {
            if (auto good = my.check_means(tx, command.merchant, terms->customer_id, *command.means); !good)
                return fail(std::move(good.error()));
            auto taken = my.on.billing.check_currency(tx, command.merchant, *command.means, terms->customer_id,
                                                      terms->currency, "payment_terms");
            if (!taken) return fail(std::move(taken.error()));
            my.pay_by(tx, *terms, *command.means, command.origin);
        }
        if (command.total_minor) {
            auto adjusted = my.adjust(tx, *terms, *command.total_minor, command.origin);
            if (!adjusted) return fail(std::move(adjusted.error()));
        }
        idempotency::finish(tx, command.merchant, command.guard.key, answer_of(*terms, false));
        return Outcome{.terms = std::move(*terms), .stored = std::nullopt};
    };
    auto outcome = co_await my.on.store.write(change);
    if (outcome) my.on.wake();
    co_return outcome;
}

Task<Result<Terms>> PaymentTerms::cancel(CancelCommand command) {
    Impl& my = *impl_;
    auto end = [&](Tx& tx) -> Result<Terms> {
        auto terms = rows::lock(tx, command.merchant, command.id);
        if (!terms) return not_found();
        if (terms->canceled_on) return std::move(*terms);
        auto canceled = my.cancel(tx, *terms, command.origin);
        if (!canceled) return fail(std::move(canceled.error()));
        return std::move(*terms);
    };
    auto outcome = co_await my.on.store.write(end);
    if (outcome) my.on.wake();
    co_return outcome;
}

Task<Result<Terms>> PaymentTerms::release(CancelCommand command) {
    Impl& my = *impl_;
    auto let_go = [&](Tx& tx) -> Result<Terms> {
        auto terms = rows::lock(tx, command.merchant, command.id);
        if (!terms) return not_found();
        auto released = my.release(tx, *terms, command.origin);
        if (!released) return fail(std::move(released.error()));
        return std::move(*terms);
    };
    auto outcome = co_await my.on.store.write(let_go);
    if (outcome) my.on.wake();
    co_return outcome;
}

Task<Result<Terms>> PaymentTerms::find(MerchantId merchant, PaymentTermsId id) {
    auto read = [&](Reader& reader) -> Result<Terms> {
        auto terms = rows::find(reader, merchant, id);
        if (!terms) return not_found();
        return std::move(*terms);
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Scheduled>> PaymentTerms::schedule(MerchantId merchant, PaymentTermsId id) {
    auto read = [&](Reader& reader) -> Result<Scheduled> {
        auto terms = rows::find(reader, merchant, id);
        if (!terms) return not_found();
        auto charges = impl_->on.billing.charges_of(reader, merchant, owner_kind, id.value);
        return Scheduled{.terms = std::move(*terms), .charges = std::move(charges)};
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<std::vector<Terms>>> PaymentTerms::list(MerchantId merchant, TermsFilter filter) {
    auto read = [&](Reader& reader) -> Result<std::vector<Terms>> { return rows::list(reader, merchant, filter); };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Previewed>> PaymentTerms::preview_create(MerchantId merchant, NewTerms wanted) {
    auto read = [&](Reader& reader) -> Result<Previewed> {
        auto terms = impl_->made_of(reader, merchant, wanted, PaymentTermsId{});
        if (!terms) return fail(std::move(terms.error()));
        return Previewed{.scheduled = {.terms = std::move(*terms), .charges = {}},
                         .compensation = std::nullopt,
                         .settlement = std::nullopt};
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Previewed>> PaymentTerms::preview_adjust(MerchantId merchant, PaymentTermsId id, std::int64_t total_minor) {
    auto read = [&](Reader& reader) -> Result<Previewed> {
        auto terms = rows::find(reader, merchant, id);
        if (!terms) return not_found();
        auto movement = adjusted_terms(*terms, total_minor, impl_->on.merchants.today(reader, merchant));
        if (!movement) return fail(std::move(movement.error()));
        auto charges = impl_->on.billing.charges_of(reader, merchant, owner_kind, id.value);
        return Previewed{.scheduled = {.terms = std::move(*terms), .charges = std::move(charges)},
                         .compensation = *movement,
                         .settlement = std::nullopt};
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Previewed>> PaymentTerms::preview_cancel(MerchantId merchant, PaymentTermsId id) {
    auto read = [&](Reader& reader) -> Result<Previewed> {
        auto terms = rows::find(reader, merchant, id);
        if (!terms) return not_found();
        auto charges = impl_->on.billing.charges_of(reader, merchant, owner_kind, id.value);
        if (!terms->canceled_on) {
            const calendar::Date today = impl_->on.merchants.today(reader, merchant);
            if (auto may = may_cancel(*terms, today); !may) return fail(std::move(may.error()));
            terms->canceled_on = today;
        }
        // What is on its way is taken to arrive.
        std::int64_t arriving_minor = 0;
        for (const billing::Charge& charge : charges)
            if (charge.status == billing::ChargeStatus::processing && !charge.is_refund)
                arriving_minor += charge.amount.minor();
        if (!terms->settlement)
            terms->settlement = settle(terms->cancellation_terms, terms->plan, *terms->canceled_on,
                                       terms->account.paid_minor + arriving_minor, terms->account.returned_minor,
                                       terms->account.taken_back_minor);
        terms->status = Status::pending_cancellation;
        const std::optional<Settlement> settlement = terms->settlement;
        return Previewed{.scheduled = {.terms = std::move(*terms), .charges = std::move(charges)},
                         .compensation = std::nullopt,
                         .settlement = settlement};
    };
    co_return co_await impl_->on.store.read(read);
}

bool PaymentTerms::are_in_force(Reader& reader, MerchantId merchant, PaymentTermsId id) const {
    const auto terms = rows::find_readable(reader, merchant, id);
    return terms && !terms->canceled_on;
}

std::optional<PaymentTermsId> PaymentTerms::find_running(Reader& reader, MerchantId merchant,
                                                         std::string_view customer_id) const {
    for (const Status status : {Status::active, Status::held, Status::pending_cancellation}) {
        const auto found =
            rows::list(reader, merchant, {.customer_id = std::string{customer_id}, .status = status, .limit = 1});
        if (!found.empty()) return found.front().id;
    }
    return std::nullopt;
}

billing::Owner PaymentTerms::owner() {
    Impl& my = *impl_;
    return {
        .kind = std::string{owner_kind},
        .on_turn = [&my](Tx& tx, MerchantId merchant, const Uuid& id,
                         Instant) { return my.take_turn(tx, merchant, PaymentTermsId{id}); },
        .on_charge = [&my](Tx& tx, const billing::Charge& before,
                           const billing::Charge& after) { my.hear(tx, before, after); },
        .forecast = [&my](Reader& reader, MerchantId merchant, const Uuid& id,
                          Instant until) { return my.forecast(reader, merchant, PaymentTermsId{id}, until); },
        .follow_ups = [&my](Reader& reader, const billing::Charge& charge) { return my.follow_ups(reader, charge); },
        .payer = [](Reader& reader, MerchantId merchant,
                    const Uuid& id) { return rows::payer_of(reader, merchant, PaymentTermsId{id}); },
        .on_case = [&my](Tx& tx, const cases::Case& one) { return my.act_on_case(tx, one); },
        .wants = [&my](Tx& tx, const billing::Charge& charge) { return my.wants(tx, charge); },
        .excess_minor = [&my](Tx& tx, const billing::Charge& refund) { return my.excess_minor(tx, refund); }};
}

}  // namespace florin::payment_terms
