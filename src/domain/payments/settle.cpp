// Finds out what became of transactions whose answer was lost, and lets authorizations expire.

#include <algorithm>

#include "florin/runtime/each.hpp"
#include "florin/telemetry/log.hpp"
#include "payments_impl.hpp"

namespace florin::payments {
namespace {

/// How long a look-up, or a call that sends something again, may take before somebody else may make the next one:
/// longer than any connector's. Also how long nobody looks when whoever had it died, so with the look-ups that
/// follow it stays below a minute.
constexpr Millis lookup_lease{45'000};
/// How many look-ups are under way at once, and how many of them at one connector: most of them while it
/// answers, one while it does not, so that a silent provider costs the others nothing.
constexpr std::size_t width = 48;
constexpr int width_of_one = 32, width_of_silent = 1;
/// A refund that has not settled after this long never will: the original is too old, or was not taken at all.
constexpr Millis longest_settlement{7LL * 24 * 3'600'000};

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

bool is_charged(const Transaction& transaction) {
    return transaction.status == TransactionStatus::approved &&
           (transaction.type == TransactionType::purchase || transaction.type == TransactionType::capture);
}
std::unexpected<Error> reversals_not_read() {
    return fail(ErrorKind::unavailable, "reversals_not_read", "The provider did not tell what it took back.");
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

Task<bool> Payments::Impl::settle(const rows::Due& due) {
    if (in_flight.has(due.id)) co_return false;
    const InFlight::Flight flight{in_flight, TransactionId{due.id}};
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

    if (transaction.status == TransactionStatus::approved) {
        co_await look_for_reversals_again(*connector, leased.known);
        co_return true;
    }

    // A refund that the provider refused because nothing had settled yet only has to be asked for again. But
    // the answer to having asked again may have been lost too, so it is looked up like any other.
    const bool waits_for_settlement =
        transaction.status == TransactionStatus::pending && transaction.provider_code == not_settled_code;
    // The provider lets go of what an authorization has left after a capture by itself.
    const bool is_local = transaction.is_expiry && !transaction.is_first_capture;
    Answer answer{.outcome = Outcome::not_found};
    if (!is_local) answer = co_await ask(*connector, leased.known, leased.parent);
    if (!is_open(transaction.status)) {
        co_await look_late(std::move(leased.known), std::move(answer));
        co_return true;
    }

    if (answer.outcome == Outcome::not_found) {
        const Millis absent_for = absences.note(due.id, transaction.not_found == 0);
        Transaction with_this = transaction;
        with_this.not_found += 1;
        // What the provider has acknowledged and cannot find any more did not vanish: it is asked on and on.
        const bool is_acknowledged =
            transaction.status == TransactionStatus::pending && !transaction.provider_id.empty();
        const bool is_absent =
            waits_for_settlement || is_local ||
            (!is_acknowledged && is_certainly_absent(with_this, absent_for, connector->capabilities().settle_delay));
        if (is_absent && can_be_sent_again(transaction)) {
            answer = co_await send_again(leased.known, *leased.parent, leased.token);
            const bool is_too_old = on.world.clock.now() - transaction.created_at > longest_settlement;
            if (answer.outcome == Outcome::not_settled && is_too_old) answer.outcome = Outcome::refused;
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
    if (recorded) co_await acknowledge(*connector, leased.known, *recorded);
    co_return true;
}

Task<void> Payments::Impl::look_for_reversals_again(Connector& connector, const Recording& known) {
    const Transaction& charge = known.transaction;
    const bool is_done = co_await look_for_reversals(connector, known.payment, charge, {});
    auto put_off = [&](store::Tx& tx) -> Result<bool> {
        const auto next = is_done ? next_look_for_reversals(known.payment.method, charge.created_at, tx.now())
                                  : std::optional{tx.now() + Millis{3'600'000}};
        return rows::put_off_check(tx, charge, next);
    };
    co_await on.store.write(put_off);
}

Lookup Payments::Impl::lookup_of(const Recording& known, const std::optional<Transaction>& parent) {
    const Transaction& transaction = known.transaction;
    return {.type = transaction.type,
            .reference = transaction.reference_number,
            .amount = transaction.amount,
            .method = known.payment.method,
            .provider_id = transaction.provider_id,
            .parent_provider_id = parent ? parent->provider_id : std::string{},
            .card_last4 = known.payment.card.last4,
            .is_first_capture = transaction.is_first_capture,
            .sent_at = transaction.created_at,
            .traceparent = transaction.origin.traceparent};
}

Task<void> Payments::Impl::acknowledge(Connector& connector, const Recording& known, const Recording& recorded) {
    const Transaction& charge = recorded.transaction;
    if (!is_charge(charge.type) || charge.status != TransactionStatus::approved) co_return;
    const Lookup lookup = lookup_of(known, std::nullopt);
    co_await connector.acknowledge(lookup);
}

Task<Answer> Payments::Impl::ask(Connector& connector, const Recording& known,
                                 const std::optional<Transaction>& parent) {
    const Transaction& transaction = known.transaction;
    Lookup lookup = lookup_of(known, parent);
    Answer answer = co_await connector.lookup(lookup);
    note(connector, answer);
    const bool may_be_a_void =
        transaction.type == TransactionType::refund && parent && transaction.amount.minor() == parent->approved_minor;
    if (answer.outcome == Outcome::not_found && may_be_a_void) {
        lookup.type = TransactionType::cancel;
        answer = co_await connector.lookup(lookup);
    }
    // A look-up that could not be sent says nothing about the operation.
    if (answer.outcome == Outcome::not_sent) answer.outcome = Outcome::no_answer;
    co_return answer;
}

Task<Answer> Payments::Impl::send_again(Recording& known, const Transaction& parent, const SealedToken& sealed) {
    Transaction& transaction = known.transaction;
    auto lease_anew = [&](store::Tx& tx) -> Result<Instant> {
        const Instant until = tx.now() + lookup_lease;
        if (!rows::lease_check(tx, transaction, until))
            return fail(ErrorKind::conflict, "recorded_meanwhile", "The outcome was recorded by somebody else.");
        return until;
    };
    // Nobody else may send it while we do, so each call begins with a fresh lease.
    auto renew = [&]() -> Task<bool> {
        const auto until = co_await on.store.write(lease_anew);
        if (!until) co_return false;
        transaction.checks += 1;
        transaction.next_check_at = *until;
        co_return true;
    };
    const Answer lost{.outcome = Outcome::no_answer};
    auto token = open_token(sealed, transaction.merchant);
    if (!token || !co_await renew()) co_return lost;
    Answer answer = co_await send_follow_up(known, parent, std::move(*token), renew);
    if (was_answered(answer.outcome)) co_return answer;
    // Whether it waits for settlement still is not known any more: it was sent, and is sent again only when it is
    // certain that it did not arrive.
    transaction.provider_code.clear();
    transaction.provider_id.clear();
    co_return lost;
}

Task<void> Payments::Impl::look_late(Recording known, Answer answer) {
    if (answer.outcome == Outcome::approved) {
        co_await record_outcome(std::move(known), std::move(answer));
        co_return;
    }
    const Transaction& transaction = known.transaction;
    // What is pending there after all will be decided there.
    const bool is_over = (was_answered(answer.outcome) && answer.outcome != Outcome::pending) || answer.is_undecided;
    auto put_off = [&](store::Tx& tx) -> Result<bool> {
        const auto next = is_over ? next_late_look(transaction.updated_at, tx.now()) : tx.now() + Millis{600'000};
        return rows::put_off_check(tx, transaction, next);
    };
    co_await on.store.write(put_off);
}

Task<void> Payments::Impl::reverse(const Recording& known) {
    const Transaction& transaction = known.transaction;
    struct Children {
        bool has_open = false;
        std::size_t failures = 0;
    };
    auto read_children = [&](store::Reader& reader) -> Result<Children> {
        Children children;
        for (const Transaction& one : rows::transactions_of(reader, transaction.merchant, transaction.payment)) {
            if (one.parent != transaction.id) continue;
            if (is_open(one.status)) children.has_open = true;
            if (one.status == TransactionStatus::failed || one.status == TransactionStatus::declined)
                ++children.failures;
        }
        return children;
    };
    const auto children = co_await on.store.read(read_children);
    if (!children) co_return;
    bool is_done = transaction.used_minor == transaction.approved_minor && !children->has_open;
    if (!is_done && !children->has_open) {
        const bool is_hold = transaction.type == TransactionType::authorize;
        FollowUpCommand command{.merchant = transaction.merchant,
                                .type = is_hold ? TransactionType::cancel : TransactionType::refund,
                                .guard = {},
                                .parent = transaction.id,
                                .amount = std::nullopt,
                                .currency = std::nullopt,
                                .origin = origin_of_system(on.world, "system:reversal")};
        auto reversed = co_await follow_up(std::move(command), false);
        is_done = reversed && reversed->transaction.status == TransactionStatus::approved;
        telemetry::log_event(is_done ? telemetry::Level::warning : telemetry::Level::error,
                             is_done ? "payment.reversed" : "payment.not_reversed_yet",
                             {{"transaction_id", transaction.id.text()},
                              {"failures", std::to_string(children->failures)},
                              {"correlation_id", transaction.origin.correlation_id}});
    }
    auto put_off = [&](store::Tx& tx) -> Result<bool> {
        const auto again = tx.now() + wait_before_expiry(children->failures);
        return rows::put_off_check(tx, transaction, is_done ? std::nullopt : std::optional{again});
    };
    co_await on.store.write(put_off);
}

Task<bool> Payments::Impl::expire(const rows::Due& due) {
    struct Plan {
        std::optional<TransactionId> authorize;
        std::optional<Payment> payment;
        std::size_t failures = 0;
        bool has_changed = true;
    };
    const Origin origin = origin_of_system(on.world, "system:expiry");
    auto plan_expiry = [&](store::Tx& tx) -> Result<Plan> {
        auto payment = rows::find_payment(tx, due.merchant, PaymentId{due.id});
        if (!payment || !payment->expires_at || *payment->expires_at > tx.now())
            return Plan{.payment = std::nullopt, .has_changed = false};
        if (payment->state != PaymentState::created) {
            const auto all = rows::transactions_of(tx, due.merchant, payment->id);
            const auto failures = static_cast<std::size_t>(std::ranges::count_if(all, is_failed_expiry));
            // A capture or cancel is under way: it decides first. And who cannot be reached is not asked.
            const bool is_busy = std::ranges::any_of(all, [](const Transaction& t) { return is_open(t.status); });
            if (!is_busy && !breakers.is_open(payment->connector))
                return Plan{TransactionId{due.id}, std::move(payment), failures};
            const bool is_put_off = rows::put_off_expiry(tx, *payment, tx.now() + wait_before_expiry(0));
            return Plan{.payment = std::nullopt, .has_changed = is_put_off};
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
        return rows::put_off_expiry(tx, *plan->payment, next);
    };
    co_await on.store.write(put_off);
    co_return true;
}

Task<void> Payments::Impl::watch_clock() {
    const std::int64_t offset_ms = on.world.clock.now().ms - on.world.clock.monotonic_ns() / 1'000'000;
    const std::int64_t before_ms = std::exchange(clock_offset_ms, offset_ms).value_or(offset_ms);
    // A clock that is only being corrected moves less than this from one pass to the next.
    if (before_ms - offset_ms < 1'000) co_return;
    telemetry::warning("clock.went_back", {{"ms", std::to_string(before_ms - offset_ms)}});
    auto hasten_all = [&](store::Tx& tx) -> Result<bool> {
        // Until then every call that was under way when the clock moved has ended.
        rows::hasten(tx, tx.now() + lookup_lease);
        return true;
    };
    // The next pass tries again what the database could not do now.
    if (!co_await on.store.write(hasten_all)) clock_offset_ms = before_ms;
}

namespace {

using FindDue = std::vector<rows::Due> (*)(store::Reader&, Instant, MerchantId);
using WorkOn = Task<bool> (Payments::Impl::*)(const rows::Due&);

Task<std::vector<rows::Due>> find_due(Payments::Impl& my, FindDue find, std::atomic<std::int64_t>& last) {
    auto read_due = [&](store::Reader& reader) -> Result<std::vector<rows::Due>> {
        return find(reader, my.on.world.clock.now(), MerchantId{last});
    };
    auto due = co_await my.on.store.read(read_due);
    if (!due || due->empty()) co_return std::vector<rows::Due>{};
    last = due->front().merchant.value;
    co_return std::move(*due);
}

/// True when something was done. What cannot be worked on is named and left: it must not stop the others (F59).
Task<bool> work_on_one(Payments::Impl& my, rows::Due due, WorkOn work_on) {
    int& looking = my.looking[due.connector];
    if (looking >= (my.breakers.is_open(due.connector) ? width_of_silent : width_of_one)) co_return false;
    ++looking;
    bool is_done = false;
    try {
        is_done = co_await (my.*work_on)(due);
    } catch (const std::exception& failure) {
        telemetry::error("payment.recovery_failed", {{"id", florin::to_text(due.id)},
                                                     {"merchant_id", std::to_string(due.merchant.value)},
                                                     {"reason", std::string_view{failure.what()}}});
    }
    --looking;
    co_return is_done;
}

/// One pass over what is due, to its end. Returns how much of it there was something to do for.
Task<std::size_t> pass(Payments::Impl& my, FindDue find, std::atomic<std::int64_t>& last, WorkOn work_on) {
    auto due = co_await find_due(my, find, last);
    std::size_t done = 0;
    auto work = [&my, &done, work_on](rows::Due one) -> Task<void> {
        if (co_await work_on_one(my, std::move(one), work_on)) ++done;
    };
    co_await for_each(std::move(due), width, std::move(work));
    co_return done;
}

Task<void> work_aside(Payments::Impl& my, rows::Due due, WorkOn work_on, std::size_t& running) {
    co_await work_on_one(my, std::move(due), work_on);
    --running;
}

/// A pass whose end nobody waits for: `running` counts what is still under way.
Task<void> begin_pass(Payments::Impl& my, FindDue find, std::atomic<std::int64_t>& last, WorkOn work_on,
                      std::size_t& running) {
    if (running >= width) co_return;
    const auto due = co_await find_due(my, find, last);
    for (const rows::Due& one : due) {
        if (running >= width) co_return;
        ++running;
        Scheduler::current().spawn(work_aside(my, one, work_on, running));
    }
}

}  // namespace

Task<std::size_t> Payments::settle_due() {
    co_await impl_->watch_clock();
    co_return co_await pass(*impl_, &rows::due_for_settling, impl_->settled_last, &Impl::settle);
}

Task<std::size_t> Payments::expire_due() {
    co_return co_await pass(*impl_, &rows::due_to_expire, impl_->expired_last, &Impl::expire);
}

Task<Result<Hinted>> Payments::look(std::string_view reference, const Hint& hint) {
    Impl& my = *impl_;
    auto read_payment = [&](store::Reader& reader) -> Result<std::optional<PaymentDetails>> {
        const Instant now = my.on.world.clock.now();
        auto place = rows::find_by_reference(reader, reference, now);
        // It goes back 400 days. A debit is returned within 13 months, and months later the bank may have erred.
        if (!place && hint.may_be_reversal)
            place = rows::find_by_reference(reader, reference, now - std::chrono::days{400});
        if (!place) return std::optional<PaymentDetails>{};
        auto payment = rows::find_payment(reader, place->merchant, place->payment);
        check(payment.has_value(), "a transaction has a payment");
        return PaymentDetails{std::move(*payment), rows::transactions_of(reader, place->merchant, place->payment)};
    };
    const auto found = co_await my.on.store.read(read_payment);
    if (!found) co_return fail(found.error());
    if (!*found) co_return Hinted::unknown_reference;
    const auto& [payment, transactions] = **found;
    if (!hint.connector.empty() && hint.connector != payment.connector) {
        // It says of a payment that another provider has, that it knows it. If it was asked first, it was not certain
        // that it had done nothing, and a person has to look (F36).
        telemetry::error(
            "payment.told_by_another_provider",
            {{"payment_id", payment.id.text()}, {"connector", payment.connector}, {"told_by", hint.connector}});
        co_return Hinted::unknown_reference;
    }
    Connector* connector = my.on.connector(payment.connector);
    if (connector == nullptr)
        co_return fail(ErrorKind::unavailable, "connector_missing", "The payment's provider is not configured.");
    const bool may_be_reversed = hint.may_be_reversal && connector->capabilities().has_reversals;
    Hinted hinted = Hinted::nothing_open;
    for (const Transaction& transaction : transactions) {
        if (is_charged(transaction) && may_be_reversed) {
            if (!co_await my.look_for_reversals(*connector, payment, transaction, hint.provider_id))
                co_return reversals_not_read();
            hinted = std::max(hinted, Hinted::looked);
            continue;
        }
        // What was judged never to have happened may be told of after all, however late.
        const bool is_over = !transaction.next_check_at && !is_judged_absent(transaction);
        if (is_over || transaction.status == TransactionStatus::quarantined ||
            transaction.status == TransactionStatus::approved)
            continue;
        hinted = std::max(hinted, Hinted::looked);
        // Whoever sends it is told the outcome first, and more of it than a look-up can tell.
        if (transaction.status == TransactionStatus::processing) {
            hinted = Hinted::still_open;
            continue;
        }
        const auto parent = std::ranges::find_if(
            transactions, [&](const Transaction& other) { return transaction.parent == other.id; });
        Recording known{payment, transaction};
        const bool is_named = transaction.reference_number == reference && !hint.may_be_reversal;
        if (is_named && transaction.provider_id.empty()) known.transaction.provider_id = hint.provider_id;
        Answer answer = co_await my.ask(
            *connector, known, parent == transactions.end() ? std::nullopt : std::optional<Transaction>{*parent});
        // Only what is certain: what it means that nothing is found, and whether to send it again, recovery decides
        // under its lease.
        const bool is_certain = answer.outcome == Outcome::approved || answer.outcome == Outcome::declined ||
                                (answer.outcome == Outcome::refused && is_open(transaction.status));
        // That the payer has something to do, or has done it, is news too, and not the end.
        const bool is_news = answer.outcome == Outcome::pending && is_charge(transaction.type);
        if (!is_certain && is_open(transaction.status)) hinted = Hinted::still_open;
        if (!is_certain && !is_news) continue;
        const auto recorded = co_await my.record_outcome(known, std::move(answer));
        if (!recorded) co_return fail(recorded.error());
        co_await my.acknowledge(*connector, known, *recorded);
        // It was taken back before its own success was heard of.
        if (is_charged(recorded->transaction) && may_be_reversed &&
            !co_await my.look_for_reversals(*connector, recorded->payment, recorded->transaction, hint.provider_id))
            co_return reversals_not_read();
    }
    co_return hinted;
}

Task<Result<std::size_t>> Payments::adopt_orphans() {
    Impl& my = *impl_;
    auto adopt = [&](store::Tx& tx) -> Result<std::size_t> {
        // Leases that a dead process left, and moments that lie far ahead because a clock did. An embedded database
        // has no other process that could be sending something under a lease.
        const bool is_alone = my.on.store.engine() == store::Engine::sqlite;
        rows::hasten(tx, tx.now() + (is_alone ? Millis{0} : lookup_lease));
        return static_cast<std::size_t>(rows::adopt_orphans(tx, my.on.node));
    };
    co_return co_await my.on.store.write(adopt);
}

Task<void> Payments::run_recovery(Signal& stop) {
    Impl& my = *impl_;
    // Authorizations that will expire some day are many, so they are looked through less often.
    constexpr int turns_per_expiry = 4;
    for (int turn = 0; !stop.is_set(); ++turn) {
        co_await my.watch_clock();
        co_await begin_pass(my, &rows::due_for_settling, my.settled_last, &Impl::settle, my.settling);
        if (turn % turns_per_expiry == 0)
            co_await begin_pass(my, &rows::due_to_expire, my.expired_last, &Impl::expire, my.expiring);
        co_await stop.wait_for(Millis{500});
    }
}

}  // namespace florin::payments
