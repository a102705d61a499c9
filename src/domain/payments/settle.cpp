// Finds out what became of transactions whose answer was lost, and lets authorizations expire.

#include <algorithm>

#include "florin/telemetry/log.hpp"
#include "payments_impl.hpp"

namespace florin::payments {
namespace {

/// How long a look-up may take before somebody else may make the next one. Also how long nobody looks when
/// whoever had it died, so with the look-ups that follow it stays below a minute.
constexpr Millis lookup_lease{45'000};
/// What the lease must still cover when something is sent again: the slowest connector's timeout.
constexpr Millis longest_call{30'000};
constexpr std::size_t batch = 100;

bool can_be_sent_again(const Transaction& transaction) { return transaction.parent.has_value(); }

struct Open {
    Recording known;
    std::optional<Transaction> parent;
    std::vector<std::uint8_t> sealed_token;
};

}  // namespace

Task<void> Payments::Impl::settle(rows::Due due) {
    auto lease = [&](store::Tx& tx) -> Result<std::optional<Open>> {
        auto transaction = rows::find_transaction(tx, due.merchant, TransactionId{due.id});
        if (!transaction || !is_open(transaction->status) || transaction->next_check_at > tx.now()) return std::optional<Open>{};
        if (!rows::lease_check(tx, *transaction, tx.now() + lookup_lease)) return std::optional<Open>{};
        transaction->checks += 1;
        transaction->next_check_at = tx.now() + lookup_lease;
        auto payment = rows::find_payment(tx, due.merchant, transaction->payment);
        check(payment.has_value(), "a transaction has a payment");
        std::optional<Transaction> parent;
        if (transaction->parent) parent = rows::find_transaction(tx, due.merchant, *transaction->parent);
        auto token = rows::stored_token(tx, due.merchant, transaction->payment);
        return Open{{std::move(*payment), std::move(*transaction)}, std::move(parent), std::move(token)};
    };
    auto leased = co_await on.store.write(lease);
    if (!leased || !*leased) co_return;
    Open open = std::move(**leased);
    const Transaction& transaction = open.known.transaction;
    const std::int64_t leased_ns = on.world.clock.monotonic_ns();
    Connector* connector = on.connector(open.known.payment.connector);
    if (connector == nullptr) {
        telemetry::error("payment.connector_missing", {{"connector", open.known.payment.connector},
                                                       {"transaction_id", transaction.id.text()}});
        co_return;
    }

    Lookup lookup{.type = transaction.type,
                  .reference = transaction.reference_number,
                  .amount = transaction.amount,
                  .parent_provider_id = open.parent ? open.parent->provider_id : std::string{},
                  .card_last4 = open.known.payment.card.last4,
                  .is_first_capture = transaction.is_first_capture,
                  .sent_at = transaction.created_at};
    // A refund that the provider refused because nothing had settled yet only has to be asked for again. But
    // the answer to having asked again may have been lost too, so it is looked up like any other.
    const bool waits_for_settlement = transaction.status == TransactionStatus::pending && transaction.provider_code == "not_settled";
    // The provider lets go of what an authorization has left after a capture by itself.
    const bool is_local = transaction.is_expiry && !transaction.is_first_capture;
    Answer answer{.outcome = is_local ? Outcome::not_found : Outcome::no_answer};
    if (answer.outcome == Outcome::no_answer) {
        answer = co_await connector->lookup(lookup);
        breakers.note(open.known.payment.connector, answer.outcome != Outcome::no_answer && answer.outcome != Outcome::not_sent);
        const bool may_be_a_void = transaction.type == TransactionType::refund && open.parent &&
                                   transaction.amount.minor() == open.parent->approved_minor;
        if (answer.outcome == Outcome::not_found && may_be_a_void) {
            lookup.type = TransactionType::cancel;
            answer = co_await connector->lookup(lookup);
        }
    }
    // A look-up that could not be sent says nothing about the operation.
    if (answer.outcome == Outcome::not_sent) answer.outcome = Outcome::no_answer;

    if (answer.outcome == Outcome::not_found) {
        Transaction with_this = transaction;
        with_this.not_found += 1;
        const bool is_absent = waits_for_settlement || is_local ||
                               is_certainly_absent(with_this, on.world.clock.now(), connector->capabilities().settle_delay);
        // Nobody else may send it again while the lease is ours, and ours must not run out while we do.
        const bool is_lease_fresh = on.world.clock.monotonic_ns() - leased_ns < (lookup_lease - longest_call).count() * 1'000'000;
        if (is_absent && can_be_sent_again(transaction)) {
            if (!is_lease_fresh) co_return;
            auto token = open_token(open.sealed_token, "payments.stored_token", due.merchant, open.known.payment.id.value);
            answer = co_await send_follow_up(open.known, *open.parent, token ? std::move(*token) : std::string{});
            if (answer.outcome == Outcome::not_sent) answer.outcome = Outcome::no_answer;
        } else if (is_absent) {
            // The card is gone, so it cannot be sent again; and nothing was taken.
            answer = Answer{.outcome = Outcome::refused,
                            .decline = DeclineClass::technical,
                            .provider_code = std::string{never_reached_provider},
                            .message = "The request never reached the provider. Nothing was charged."};
        }
    }
    const Outcome outcome = answer.outcome;
    auto recorded = co_await record_outcome(open.known, std::move(answer));
    if (recorded && !is_open(recorded->transaction.status))
        telemetry::info("payment.settled", {{"transaction_id", transaction.id.text()},
                                            {"outcome", std::string{to_text(outcome)}},
                                            {"correlation_id", transaction.origin.correlation_id}});
}

Task<void> Payments::Impl::expire(rows::Due due) {
    struct Plan {
        std::optional<TransactionId> authorize;
    };
    const Origin origin{.actor = "system:expiry",
                        .ip_address = {},
                        .user_agent = {},
                        .correlation_id = florin::to_text(on.world.new_uuid()),
                        .traceparent = {}};
    auto plan_expiry = [&](store::Tx& tx) -> Result<Plan> {
        auto payment = rows::find_payment(tx, due.merchant, PaymentId{due.id});
        if (!payment || !payment->expires_at || *payment->expires_at > tx.now()) return Plan{};
        if (payment->state != PaymentState::created) {
            // A capture or cancel is under way: it decides first.
            const auto all = rows::transactions_of(tx, due.merchant, payment->id);
            const bool is_busy = std::ranges::any_of(all, [](const Transaction& t) { return is_open(t.status); });
            if (!is_busy) return Plan{TransactionId{due.id}};
            rows::put_off_expiry(tx, due.merchant, payment->id, tx.now() + Millis{60'000});
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
    if (!plan || !plan->authorize) co_return;
    FollowUpCommand command{.merchant = due.merchant,
                            .type = TransactionType::cancel,
                            .guard = {},
                            .parent = *plan->authorize,
                            .amount = std::nullopt,
                            .currency = std::nullopt,
                            .origin = origin};
    auto released = co_await follow_up(std::move(command), true);
    if (released || released.error().kind == ErrorKind::unavailable) co_return;
    // Nothing was left to release (all of it was captured in several parts): it has nothing to expire.
    auto let_be = [&](store::Tx& tx) -> Result<bool> { return rows::put_off_expiry(tx, due.merchant, PaymentId{due.id}, {}); };
    co_await on.store.write(let_be);
}

Task<std::size_t> Payments::settle_due() {
    Impl& my = *impl_;
    auto find_due = [&](store::Reader& reader) -> Result<std::vector<rows::Due>> {
        return rows::due_for_settling(reader, my.on.world.clock.now(), batch);
    };
    auto due = co_await my.on.store.read(find_due);
    if (!due) co_return 0;
    for (const rows::Due& one : *due) co_await my.settle(one);
    co_return due->size();
}

Task<std::size_t> Payments::expire_due() {
    Impl& my = *impl_;
    auto find_due = [&](store::Reader& reader) -> Result<std::vector<rows::Due>> {
        return rows::due_to_expire(reader, my.on.world.clock.now(), batch);
    };
    auto due = co_await my.on.store.read(find_due);
    if (!due) co_return 0;
    for (const rows::Due& one : *due) co_await my.expire(one);
    co_return due->size();
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
        if (settled + expired >= batch) continue;
        co_await stop.wait_for(Millis{500});
    }
}

}  // namespace florin::payments
