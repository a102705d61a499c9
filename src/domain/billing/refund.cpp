// The collector of refunds: what an owner's charges have taken is given back, the newest first, in as many parts as it
// takes and never more than is left of each (F95).

#include <algorithm>
#include <ranges>

#include "billing_impl.hpp"
#include "florin/base/check.hpp"

namespace florin::billing {
namespace {

using rows::Attempt;
using rows::AttemptStatus;

/// How many steps a job makes before it lets others have their turn.
constexpr int most_steps = 50;

/// Somebody else has given back meanwhile: what is left is looked for anew.
bool is_overtaken(std::string_view code) {
    return code == "amount_exceeds_remaining" || code == "nothing_left" || code == "payment_changed_meanwhile";
}

/// What of a payment can be given back.
struct Left {
    payments::PaymentId payment;
    payments::TransactionId parent;
    std::int64_t minor = 0;
};

std::int64_t sum(const std::vector<Attempt>& attempts, AttemptStatus status) {
    std::int64_t minor = 0;
    for (const Attempt& one : attempts)
        if (one.status == status) minor += one.amount_minor;
    return minor;
}

/// What of a charge's payment this refund gives back already, or is about to.
std::int64_t given_of(const std::vector<Attempt>& attempts, const payments::PaymentId& payment) {
    std::int64_t minor = 0;
    for (const Attempt& one : attempts)
        if (one.payment == payment && one.status == AttemptStatus::succeeded) minor += one.amount_minor;
    return minor;
}

}  // namespace

std::int64_t outside_minor(const Charge& refund, const std::vector<Charge>& siblings) {
    std::int64_t minor = 0;
    for (const Charge& one : siblings) {
        if (one.id == refund.id || one.status != ChargeStatus::succeeded) continue;
        minor += one.is_refund ? -one.outside_minor : one.outside_minor;
    }
    return std::clamp<std::int64_t>(minor, 0, refund.amount.minor() - refund.done_minor);
}

Task<Result<void>> Billing::Impl::refund_now(const jobs::Job& job, Work work) {
    const MerchantId merchant = job.merchant;
    const ChargeId id = work.charge.id;
    for (int step = 0; step < most_steps; ++step) {
        auto read = [&](Reader& reader) -> Result<Refund> {
            auto charge = rows::find_charge(reader, merchant, id);
            check(charge.has_value(), "a charge is never taken away");
            auto siblings = rows::charges_of(reader, merchant, charge->owner_kind, charge->owner);
            return Refund{.charge = std::move(*charge),
                          .attempts = rows::attempts_of(reader, merchant, id),
                          .siblings = std::move(siblings)};
        };
        auto known = co_await on.store.read(read);
        if (!known) co_return fail(std::move(known.error()));
        const Charge& charge = known->charge;
        if (charge.status != ChargeStatus::pending && charge.status != ChargeStatus::processing)
            co_return Result<void>{};

        // What has been begun comes first: it may have been sent.
        std::optional<payments::Transaction> waits_for;
        bool has_news = false;
        for (const Attempt& part : known->attempts) {
            if (part.status != AttemptStatus::processing) continue;
            auto answer = co_await give_back(charge, part);
            if (!answer && is_repeatable(answer.error())) co_return co_await wait(job, std::move(work), nullptr, false);
            Ended ended;
            if (answer) {
                const bool is_undecided =
                    payments::is_open(answer->status) || answer->status == payments::TransactionStatus::quarantined;
                if (is_undecided) {
                    if (!part.transaction) {
                        if (auto noted = co_await note_part(part, *answer); !noted) co_return noted;
                    }
                    waits_for = std::move(*answer);
                    continue;
                }
                ended = ended_as(*answer);
            } else {
                ended = {.code = answer.error().code, .message = answer.error().message};
            }
            if (auto recorded = co_await end_part(job, part, ended); !recorded) co_return recorded;
            has_news = true;
        }
        if (has_news) continue;

        const std::int64_t given = sum(known->attempts, AttemptStatus::succeeded);
        const std::int64_t under_way = sum(known->attempts, AttemptStatus::processing);
        const std::int64_t missing = charge.amount.minor() - given - under_way;
        const Attempt* last = known->attempts.empty() ? nullptr : &known->attempts.back();
        const bool is_refused = charge.status == ChargeStatus::processing && last != nullptr &&
                                last->status == AttemptStatus::failed && !is_overtaken(last->code) &&
                                last->code != payments::never_reached_provider;
        if (missing > 0 && !is_refused) {
            auto begun = co_await begin_part(*known, missing);
            if (!begun && begun.error().kind == ErrorKind::conflict) continue;
            if (!begun) co_return fail(std::move(begun.error()));
            if (*begun) continue;
        }
        if (waits_for) {
            const bool is_slow = waits_for->status == payments::TransactionStatus::pending ||
                                 waits_for->status == payments::TransactionStatus::quarantined;
            work.charge = charge;
            co_return co_await wait(job, std::move(work), is_slow ? &*waits_for : nullptr, is_slow);
        }
        if (missing == 0) {
            Ended done{.is_success = true};
            for (const Attempt& part : known->attempts)
                if (part.status == AttemptStatus::succeeded) done.payment = part.payment;
            if (charge.status == ChargeStatus::processing)
                co_return co_await record_and_finish(job, id, charge.attempts, std::move(done));
            work.charge = charge;
            work.number = charge.attempts + 1;
            co_return co_await refuse(job, std::move(work), std::move(done));
        }
        // What providers do not hold is given back by a person where it was paid without them; and what others have
        // taken or given back already, by nobody.
        const std::int64_t outside = outside_minor(charge, known->siblings);
        std::int64_t taken_back = 0;
        for (const Charge& one : known->siblings) taken_back += one.taken_back_minor;
        const std::int64_t gone = std::min(missing - outside, taken_back);
        if (!is_refused && gone > 0) {
            auto make_smaller = [&](Tx& tx) -> Result<bool> {
                if (auto clamped = clamp(tx, charge, gone); !clamped) return fail(std::move(clamped.error()));
                return true;
            };
            auto written = co_await on.store.write(make_smaller);
            if (!written) co_return fail(std::move(written.error()));
            continue;
        }
        const bool is_outside = !is_refused && missing == outside;
        Ended short_of_it{.decline = is_refused ? last->decline : payments::DeclineClass::none,
                          .code = is_refused   ? last->code
                                  : is_outside ? "refund_outside"
                                               : "nothing_left_to_refund",
                          .message = is_refused ? last->message
                                     : is_outside
                                         ? "This part was paid without a provider: give it back the way it came."
                                         : "What was charged does not leave enough to give all of it back."};
        if (charge.status == ChargeStatus::processing)
            co_return co_await record_and_finish(job, id, charge.attempts, std::move(short_of_it));
        work.charge = charge;
        work.number = charge.attempts + 1;
        co_return co_await refuse(job, std::move(work), std::move(short_of_it));
    }
    // Others have their turn, and then it goes on.
    auto go_on = [&](Tx& tx) -> Result<bool> {
        if (!jobs::postpone(tx, job, tx.now())) return lease_lost();
        return true;
    };
    auto written = co_await on.store.write(go_on);
    if (!written) co_return fail(std::move(written.error()));
    on.wake();
    co_return Result<void>{};
}

Result<void> Billing::Impl::clamp(Tx& tx, const Charge& refund, std::int64_t minor) const {
    Charge charge = refund;
    charge.amount = *Money::of(charge.amount.minor() - minor, charge.amount.currency());
    charge.version += 1;
    charge.updated_at = tx.now();
    if (!rows::update_charge(tx, charge, refund.version)) return changed_meanwhile();
    announce(tx, charge, "clamped", "system");
    tell_owner(tx, refund, charge);
    return {};
}

Task<Result<payments::Transaction>> Billing::Impl::give_back(const Charge& charge, const Attempt& part) {
    if (part.transaction) {
        auto found = co_await on.payments.find_transaction(charge.merchant, *part.transaction);
        if (!found) co_return fail(std::move(found.error()));
        co_return std::move(found->transaction);
    }
    payments::FollowUpCommand command{.merchant = charge.merchant,
                                      .type = payments::TransactionType::refund,
                                      .guard = guard_of(charge, part.number),
                                      .parent = *part.parent,
                                      .amount = to_major_text(part.amount_minor, charge.amount.currency()),
                                      .currency = std::string{charge.amount.code()},
                                      .metadata = metadata_of(charge),
                                      .origin = {.actor = "system",
                                                 .ip_address = {},
                                                 .user_agent = {},
                                                 .correlation_id = charge.correlation_id,
                                                 .traceparent = {}}};
    auto executed = co_await on.payments.follow_up(std::move(command));
    if (!executed) co_return fail(std::move(executed.error()));
    co_return std::move(executed->transaction);
}

Task<Result<bool>> Billing::Impl::begin_part(const Refund& refund, std::int64_t missing) {
    const Charge& charge = refund.charge;
    std::optional<Left> from;
    for (const Charge& taken : std::views::reverse(refund.siblings)) {
        if (taken.is_refund || taken.status != ChargeStatus::succeeded || !taken.payment || taken.amount.is_zero())
            continue;
        if (given_of(refund.attempts, *taken.payment) >= taken.amount.minor()) continue;
        auto details = co_await on.payments.find(charge.merchant, *taken.payment);
        if (!details) co_return fail(std::move(details.error()));
        for (const payments::Transaction& one : details->transactions)
            if (payments::is_charge(one.type) && one.approved_minor > one.used_minor)
                from = Left{*taken.payment, one.id, one.approved_minor - one.used_minor};
        if (from) break;
    }
    if (!from) co_return false;
    const std::int64_t number = charge.attempts + 1;
    const Owner* owner = find_owner(charge.owner_kind);
    auto write = [&](Tx& tx) -> Result<bool> {
        const std::int64_t excess = owner != nullptr && owner->excess_minor ? owner->excess_minor(tx, charge) : 0;
        if (excess > 0) {
            if (auto clamped = clamp(tx, charge, std::min(excess, missing)); !clamped)
                return fail(std::move(clamped.error()));
            return true;
        }
        if (!rows::begin_part(tx, charge, number, tx.now())) return changed_meanwhile();
        rows::insert_attempt(tx, {.merchant = charge.merchant,
                                  .charge = charge.id,
                                  .number = number,
                                  .amount_minor = std::min(from->minor, missing),
                                  .parent = from->parent,
                                  .begun_at = tx.now()});
        return true;
    };
    co_return co_await on.store.write(write);
}

Task<Result<void>> Billing::Impl::note_part(const Attempt& part, const payments::Transaction& transaction) const {
    auto write = [&](Tx& tx) -> Result<bool> {
        Attempt known = part;
        known.payment = transaction.payment;
        known.transaction = transaction.id;
        rows::update_attempt(tx, known);
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    co_return Result<void>{};
}

Task<Result<void>> Billing::Impl::end_part(const jobs::Job& job, const Attempt& part, const Ended& ended) const {
    auto write = [&](Tx& tx) -> Result<bool> {
        auto charge = rows::find_charge(tx, job.merchant, part.charge);
        const auto now = rows::find_attempt(tx, job.merchant, part.charge, part.number);
        check(charge && now, "a part belongs to a charge");
        if (now->status != AttemptStatus::processing) return true;
        end_attempt(tx, *charge, part.number, ended);
        if (!ended.is_success) return true;
        charge->done_minor += part.amount_minor;
        charge->updated_at = tx.now();
        if (!rows::update_charge(tx, *charge, charge->version)) return lease_lost();
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    co_return Result<void>{};
}

}  // namespace florin::billing
