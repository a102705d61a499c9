// Finds out what became of transactions whose answer was lost, and lets authorizations expire.

#include <algorithm>

#include "florin/runtime/each.hpp"
#include "florin/telemetry/log.hpp"
#include "payments_impl.hpp"

namespace florin::payments {
namespace {

/// How long a look-up may take before somebody else may make the next one. Also how long nobody looks when
/// whoever had it died, so with the look-ups that follow it stays below a minute.
constexpr Millis lookup_lease{45'000};
/// What the lease must still cover when something is sent again: the slowest connector's timeout.
constexpr Millis longest_call{30'000};
/// How many look-ups are under way at once.
constexpr std::size_t width = 16;

bool can_be_sent_again(const Transaction& transaction) { return transaction.parent.has_value(); }

/// Something to look up, as the lease found it.
struct Leased {
    Recording known;
    std::optional<Transaction> parent;
    SealedToken token;
};

/// What is asked again until an authorization is let go of: 1, 2, 4 … minutes, then every four hours.
Millis wait_before_expiry(std::size_t failures) {
    return std::min(Millis{60'000LL << std::min<std::size_t>(failures, 8)}, Millis{4LL * 3'600'000});
}

bool is_failed_expiry(const Transaction& transaction) {
    return transaction.is_expiry && !is_open(transaction.status) && transaction.status != TransactionStatus::approved;
}

Origin origin_of_system(const World& world, std::string actor) {
    return {.actor = std::move(actor),
            .ip_address = {},
            .user_agent = {},
            .correlation_id = florin::to_text(world.new_uuid()),
            .traceparent = {}};
}

}  // namespace

Task<bool> Payments::Impl::settle(rows::Due due) {
    if (in_flight.has(due.id)) co_return false;
    auto lease = [&](store::Tx& tx) -> Result<std::optional<Leased>> {
        auto transaction = rows::find_transaction(tx, due.merchant, TransactionId{due.id});
        if (!transaction || !transaction->next_check_at || *transaction->next_check_at > tx.now())
            return std::optional<Leased>{};
        if (!rows::lease_check(tx, *transaction, tx.now() + lookup_lease)) return std::optional<Leased>{};
        transaction->checks += 1;
        transaction->next_check_at = tx.now() + lookup_lease;
        auto payment = rows::find_payment(tx, due.merchant, transaction->payment);
        check(payment.has_value(), "a transaction has a payment");
        std::optional<Transaction> parent;
        if (transaction->parent) parent = rows::find_transaction(tx, due.merchant, *transaction->parent);
        SealedToken token = sealed_token_of(tx, *payment);
        return Leased{{std::move(*payment), std::move(*transaction)}, std::move(parent), std::move(token)};
    };
    auto found = co_await on.store.write(lease);
    if (!found || !*found) co_return false;
    Leased leased = std::move(**found);
    Transaction& transaction = leased.known.transaction;
    const std::int64_t leased_ns = on.world.clock.monotonic_ns();
    if (transaction.status == TransactionStatus::quarantined) {
        co_await reverse(leased.known);
        co_return true;
    }
    Connector* connector = on.connector(leased.known.payment.connector);
    if (connector == nullptr) {
        telemetry::error("payment.connector_missing",
                         {{"connector", leased.known.payment.connector}, {"transaction_id", transaction.id.text()}});
        co_return true;
    }

    Lookup lookup{.type = transaction.type,
                  .reference = transaction.reference_number,
                  .amount = transaction.amount,
                  .parent_provider_id = leased.parent ? leased.parent->provider_id : std::string{},
                  .card_last4 = leased.known.payment.card.last4,
                  .is_first_capture = transaction.is_first_capture,
                  .sent_at = transaction.created_at};
    // A refund that the provider refused because nothing had settled yet only has to be asked for again. But
    // the answer to having asked again may have been lost too, so it is looked up like any other.
    const bool waits_for_settlement =
        transaction.status == TransactionStatus::pending && transaction.provider_code == not_settled_code;
    // The provider lets go of what an authorization has left after a capture by itself.
    const bool is_local = transaction.is_expiry && !transaction.is_first_capture;
    Answer answer{.outcome = is_local ? Outcome::not_found : Outcome::no_answer};
    if (!is_local) {
        answer = co_await connector->lookup(lookup);
        note(*connector, answer);
        const bool may_be_a_void = transaction.type == TransactionType::refund && leased.parent &&
                                   transaction.amount.minor() == leased.parent->approved_minor;
        if (answer.outcome == Outcome::not_found && may_be_a_void) {
            lookup.type = TransactionType::cancel;
            answer = co_await connector->lookup(lookup);
        }
    }
    // A look-up that could not be sent says nothing about the operation.
    if (answer.outcome == Outcome::not_sent) answer.outcome = Outcome::no_answer;
    if (!is_open(transaction.status)) {
        co_await look_late(std::move(leased.known), std::move(answer));
        co_return true;
    }

    if (answer.outcome == Outcome::not_found) {
        Transaction with_this = transaction;
        with_this.not_found += 1;
        const bool is_absent =
            waits_for_settlement || is_local ||
            is_certainly_absent(with_this, on.world.clock.now(), connector->capabilities().settle_delay);
        // Nobody else may send it again while the lease is ours, and ours must not run out while we do.
        const bool is_lease_fresh =
            on.world.clock.monotonic_ns() - leased_ns < (lookup_lease - longest_call).count() * 1'000'000;
        if (is_absent && can_be_sent_again(transaction)) {
            if (!is_lease_fresh) co_return true;
            auto token = open_token(leased.token, due.merchant);
            answer = Answer{.outcome = Outcome::no_answer};
            if (token) {
                transaction.sent_again_at = on.world.clock.now();
                answer = co_await send_follow_up(leased.known, *leased.parent, std::move(*token));
            }
            if (answer.outcome == Outcome::not_sent) answer.outcome = Outcome::no_answer;
            // Whether it waits for settlement still is not known any more: from now on it was sent, and is
            // sent again only when it is certain that it did not arrive.
            if (token && answer.outcome == Outcome::no_answer) transaction.provider_code.clear();
        } else if (is_absent) {
            // The card is gone, so it cannot be sent again; and nothing was taken.
            answer = Answer{.outcome = Outcome::refused,
                            .decline = DeclineClass::technical,
                            .provider_code = std::string{never_reached_provider},
                            .message = "The request never reached the provider. Nothing was charged."};
        }
    }
    const Outcome outcome = answer.outcome;
    auto recorded = co_await record_outcome(leased.known, std::move(answer));
    if (recorded && !is_open(recorded->transaction.status))
        telemetry::info("payment.settled", {{"transaction_id", recorded->transaction.id.text()},
                                            {"outcome", std::string{to_text(outcome)}},
                                            {"correlation_id", recorded->transaction.origin.correlation_id}});
    co_return true;
}

Task<void> Payments::Impl::look_late(Recording known, Answer answer) {
    if (answer.outcome == Outcome::approved) {
        co_await record_outcome(std::move(known), std::move(answer));
        co_return;
    }
    const Transaction& transaction = known.transaction;
    const bool is_answered = was_answered(answer.outcome);
    auto put_off = [&](store::Tx& tx) -> Result<bool> {
        const auto next = is_answered ? next_late_look(transaction, tx.now()) : tx.now() + Millis{600'000};
        return rows::put_off_check(tx, transaction, next);
    };
    co_await on.store.write(put_off);
}

Task<void> Payments::Impl::reverse(const Recording& known) {
    const Transaction& transaction = known.transaction;
    const bool is_hold = transaction.type == TransactionType::authorize;
    FollowUpCommand command{.merchant = transaction.merchant,
                            .type = is_hold ? TransactionType::cancel : TransactionType::refund,
                            .guard = {},
                            .parent = transaction.id,
                            .amount = std::nullopt,
                            .currency = std::nullopt,
                            .origin = origin_of_system(on.world, "system:reversal")};
    auto reversed = co_await follow_up(std::move(command), false);
    // In progress is enough: from there on it settles like any other.
    const bool is_under_way = reversed && (is_open(reversed->transaction.status) ||
                                           reversed->transaction.status == TransactionStatus::approved);
    const bool is_done = is_under_way || (!reversed && reversed.error().kind == ErrorKind::conflict);
    telemetry::warning(
        is_under_way ? "payment.reversed" : "payment.not_reversed",
        {{"transaction_id", transaction.id.text()}, {"correlation_id", transaction.origin.correlation_id}});
    auto put_off = [&](store::Tx& tx) -> Result<bool> {
        return rows::put_off_check(tx, transaction, is_done ? std::nullopt : std::optional{tx.now() + Millis{600'000}});
    };
    co_await on.store.write(put_off);
}

Task<bool> Payments::Impl::expire(rows::Due due) {
    struct Plan {
        std::optional<TransactionId> authorize;
        std::size_t failures = 0;
        bool has_changed = true;
    };
    const Origin origin = origin_of_system(on.world, "system:expiry");
    auto plan_expiry = [&](store::Tx& tx) -> Result<Plan> {
        auto payment = rows::find_payment(tx, due.merchant, PaymentId{due.id});
        if (!payment || !payment->expires_at || *payment->expires_at > tx.now()) return Plan{.has_changed = false};
        if (payment->state != PaymentState::created) {
            const auto all = rows::transactions_of(tx, due.merchant, payment->id);
            const auto failures = static_cast<std::size_t>(std::ranges::count_if(all, is_failed_expiry));
            // A capture or cancel is under way: it decides first. And who cannot be reached is not asked.
            const bool is_busy = std::ranges::any_of(all, [](const Transaction& t) { return is_open(t.status); });
            if (!is_busy && !breakers.is_open(payment->connector)) return Plan{TransactionId{due.id}, failures};
            rows::put_off_expiry(tx, due.merchant, payment->id, tx.now() + wait_before_expiry(0));
            return Plan{};
        }
        Payment expired = *payment;
        expired.state = PaymentState::expired;
        expired.expires_at = std::nullopt;
        expired.version += 1;
        expired.updated_at = tx.now();
        // Somebody is paying it at this very moment: their start decides (F30).
        if (!rows::update_payment(tx, *payment, expired, {})) return Plan{};
        announce(tx, expired, "florin.payment.expired", origin);
        return Plan{};
    };
    auto plan = co_await on.store.write(plan_expiry);
    if (!plan) co_return false;
    if (!plan->authorize) co_return plan->has_changed;
    FollowUpCommand command{.merchant = due.merchant,
                            .type = TransactionType::cancel,
                            .guard = {},
                            .parent = *plan->authorize,
                            .amount = std::nullopt,
                            .currency = std::nullopt,
                            .origin = origin};
    auto released = co_await follow_up(std::move(command), true);
    if (released && !is_failed_expiry(released->transaction)) co_return true;
    // All of it was captured in several parts: it has nothing to expire.
    const bool has_nothing = !released && released.error().code == "nothing_left";
    auto put_off = [&](store::Tx& tx) -> Result<bool> {
        const auto next = has_nothing ? std::nullopt : std::optional{tx.now() + wait_before_expiry(plan->failures)};
        return rows::put_off_expiry(tx, due.merchant, PaymentId{due.id}, next);
    };
    co_await on.store.write(put_off);
    co_return true;
}

namespace {

using FindDue = std::vector<rows::Due> (*)(store::Reader&, Instant, MerchantId);
using WorkOn = Task<bool> (Payments::Impl::*)(rows::Due);

/// One pass over what is due. Returns how much of it there was something to do for.
Task<std::size_t> pass(Payments::Impl& my, FindDue find, std::atomic<std::int64_t>& last, WorkOn work_on) {
    auto read_due = [&](store::Reader& reader) -> Result<std::vector<rows::Due>> {
        return find(reader, my.on.world.clock.now(), MerchantId{last});
    };
    auto due = co_await my.on.store.read(read_due);
    if (!due || due->empty()) co_return 0;
    last = due->back().merchant.value;
    std::size_t done = 0;
    auto work = [&my, &done, work_on](rows::Due one) -> Task<void> {
        if (co_await (my.*work_on)(one)) ++done;
    };
    co_await for_each(std::move(*due), width, std::move(work));
    co_return done;
}

}  // namespace

Task<std::size_t> Payments::settle_due() {
    co_return co_await pass(*impl_, &rows::due_for_settling, impl_->settled_last, &Impl::settle);
}

Task<std::size_t> Payments::expire_due() {
    co_return co_await pass(*impl_, &rows::due_to_expire, impl_->expired_last, &Impl::expire);
}

Task<Result<std::size_t>> Payments::adopt_orphans() {
    Impl& my = *impl_;
    auto adopt = [&](store::Tx& tx) -> Result<std::size_t> {
        return static_cast<std::size_t>(rows::adopt_orphans(tx, my.on.node));
    };
    co_return co_await my.on.store.write(adopt);
}

Task<void> Payments::run_recovery(Signal& stop) {
    while (!stop.is_set()) {
        const std::size_t settled = co_await settle_due();
        const std::size_t expired = co_await expire_due();
        // What is due and could not be worked on is not asked about again at once.
        if (settled >= rows::most_due_of_one || expired >= rows::most_due_of_one) continue;
        co_await stop.wait_for(Millis{500});
    }
}

}  // namespace florin::payments
