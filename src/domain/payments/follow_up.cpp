#include "payments_impl.hpp"

namespace florin::payments {
namespace {

/// What a follow-up works on: its parent, and the payment of both.
struct Target {
    Transaction parent;
    Payment payment;
    Money amount;
    bool is_first_capture = true;
};

/// A refund may name the authorization: what is meant is the capture that has most left.
std::optional<Transaction> refundable_capture(store::Reader& reader, const Transaction& authorize) {
    std::optional<Transaction> best;
    for (Transaction& transaction : rows::transactions_of(reader, authorize.merchant, authorize.payment)) {
        if (transaction.type != TransactionType::capture || is_open(transaction.status)) continue;
        if (!best || transaction.approved_minor - transaction.used_minor > best->approved_minor - best->used_minor)
            best = std::move(transaction);
    }
    return best;
}

Result<Transaction> find_parent(store::Reader& reader, const FollowUpCommand& command) {
    auto parent = rows::find_transaction(reader, command.merchant, command.parent);
    if (!parent)
        return fail(ErrorKind::not_found, "transaction_not_found", "There is no such transaction.", "transaction_id");
    if (command.type == TransactionType::refund && parent->type == TransactionType::authorize)
        if (auto capture = refundable_capture(reader, *parent)) parent = std::move(capture);
    const bool is_right_type = command.type == TransactionType::refund ? parent->type == TransactionType::purchase ||
                                                                             parent->type == TransactionType::capture
                                                                       : parent->type == TransactionType::authorize;
    if (!is_right_type)
        return conflict("wrong_transaction_type",
                        command.type == TransactionType::refund ? "Only a purchase or a capture can be refunded."
                                                                : "Only an authorization can be captured or canceled.",
                        "transaction_id");
    if (is_open(parent->status))
        return conflict("transaction_in_progress", "The outcome of that transaction is not known yet.",
                        "transaction_id");
    if (command.type == TransactionType::capture && parent->status == TransactionStatus::quarantined)
        return conflict("transaction_quarantined",
                        "The provider approved another amount than was asked for: cancel it.", "transaction_id");
    if (parent->approved_minor == 0)
        return conflict("transaction_not_approved", "That transaction was not approved.", "transaction_id");
    return std::move(*parent);
}

Result<Money> amount_of(const FollowUpCommand& command, const Transaction& parent) {
    const Currency currency = parent.amount.currency();
    if (command.currency && *command.currency != currency.code())
        return fail(ErrorKind::invalid, "currency_mismatch", "The currency is not the payment's.", "currency");
    const std::int64_t left = parent.approved_minor - parent.used_minor;
    if (!command.amount) {
        if (left == 0) return conflict("nothing_left", "Nothing is left of that transaction.", "transaction_id");
        return Money::of(left, currency);
    }
    auto amount = parse_major(*command.amount, currency);
    if (!amount) return amount;
    if (!amount->is_positive())
        return fail(ErrorKind::invalid, "amount_not_positive", "The amount must be greater than zero.", "amount");
    if (amount->minor() > left)
        return conflict("amount_exceeds_remaining", "The amount is more than is left of that transaction.", "amount");
    return amount;
}

/// An expiry must not overtake anything, and while nobody knows what became of an authorization's first
/// capture, nobody knows how a later one would have to be sent.
bool is_awaited(const Transaction& sibling, const FollowUpCommand& command, bool is_expiry) {
    if (is_expiry) return is_open(sibling.status);
    const bool is_lost = sibling.status == TransactionStatus::unknown || sibling.status == TransactionStatus::pending;
    return is_lost && command.type == TransactionType::capture && sibling.type == TransactionType::capture &&
           sibling.is_first_capture;
}

Result<Target> find_target(store::Tx& tx, const FollowUpCommand& command, bool is_expiry) {
    auto parent = find_parent(tx, command);
    if (!parent) return fail(std::move(parent.error()));
    if (is_expiry || (command.type == TransactionType::capture && parent->used_minor > 0))
        for (const Transaction& sibling : rows::transactions_of(tx, command.merchant, parent->payment))
            if (is_awaited(sibling, command, is_expiry))
                return conflict("transaction_in_progress",
                                "Another operation on that authorization has no outcome yet.", "transaction_id");
    auto payment = rows::find_payment(tx, command.merchant, parent->payment);
    check(payment.has_value(), "a transaction has a payment");
    const bool is_authorization = command.type != TransactionType::refund;
    if (is_authorization && !is_expiry && parent->expires_at && *parent->expires_at <= tx.now())
        return conflict("authorization_expired", "The authorization has expired.", "transaction_id");
    auto amount = amount_of(command, *parent);
    if (!amount) return fail(std::move(amount.error()));
    if (command.type == TransactionType::cancel && !is_expiry) {
        if (parent->used_minor > 0)
            return conflict("already_captured", "Something was captured of it; refund that instead.", "transaction_id");
        if (amount->minor() != parent->approved_minor)
            return fail(ErrorKind::invalid, "cancel_is_whole", "An authorization is canceled as a whole.", "amount");
    }
    const bool is_first_capture = parent->used_minor == 0;
    return Target{.parent = std::move(*parent),
                  .payment = std::move(*payment),
                  .amount = *amount,
                  .is_first_capture = is_first_capture};
}

constexpr std::string_view changed_meanwhile_code = "payment_changed_meanwhile";
std::unexpected<Error> changed_by_others() {
    return conflict(changed_meanwhile_code, "Another operation on this payment came first. Read it again.",
                    "transaction_id");
}

/// What the intent's unit found and wrote.
struct FollowUpIntent {
    std::optional<Executed> repeat;
    Recording recording;
    Transaction parent;
    SealedToken token;
};

}  // namespace

Task<Result<Executed>> Payments::follow_up(FollowUpCommand command) {
    return impl_->follow_up(std::move(command), false);
}

Task<bool> Payments::Impl::is_provider_of_reachable(MerchantId merchant, const TransactionId& parent) {
    if (!breakers.is_any_open()) co_return true;
    auto read_connector = [&](store::Reader& reader) -> Result<std::string> {
        const auto transaction = rows::find_transaction(reader, merchant, parent);
        const auto payment = transaction ? rows::find_payment(reader, merchant, transaction->payment) : std::nullopt;
        return payment ? payment->connector : std::string{};
    };
    const auto name = co_await on.store.read(read_connector);
    Connector* connector = name ? on.connector(*name) : nullptr;
    // What is wrong with the request is said by the request itself.
    if (connector == nullptr) co_return true;
    co_return co_await is_reachable(*connector);
}

Task<Result<Executed>> Payments::Impl::follow_up(FollowUpCommand command, bool is_expiry) {
    const auto provider_away = [] {
        return fail(ErrorKind::unavailable, "provider_unavailable",
                    "The payment provider cannot be reached. Nothing was done; repeat the request later.");
    };
    if (!co_await is_provider_of_reachable(command.merchant, command.parent))
        co_return co_await refuse(command.merchant, command.guard, provider_away().error());
    const TransactionId id = on.world.new_id<TransactionTag>();
    const InFlight::Flight flight{in_flight, id};
    const std::int64_t intended_ns = on.world.clock.monotonic_ns();

    // Intent: what is asked for is reserved on the parent, so that others cannot ask for it too.
    auto write_intent = [&](store::Tx& tx) -> Result<FollowUpIntent> {
        if (!idempotency::take(tx, command.merchant, command.guard, id.value)) {
            auto repeat = repeat_of(tx, command.merchant, command.guard);
            if (!repeat) return fail(std::move(repeat.error()));
            Recording recording{repeat->payment, repeat->transaction};
            Transaction itself = repeat->transaction;
            return FollowUpIntent{std::move(*repeat), std::move(recording), std::move(itself), {}};
        }
        auto target = find_target(tx, command, is_expiry);
        if (!target) return fail(std::move(target.error()));
        const bool is_whole_cancel = command.type == TransactionType::cancel && !is_expiry;
        const bool is_bugged = (planted(Bug::refund_without_reservation) && command.type == TransactionType::refund) ||
                               (planted(Bug::capture_without_reservation) && command.type == TransactionType::capture);
        const bool is_first = command.type == TransactionType::capture && target->is_first_capture;
        const bool is_reserved = is_bugged         ? true
                                 : is_whole_cancel ? rows::reserve_whole(tx, target->parent)
                                 : is_first        ? rows::reserve_first(tx, target->parent, target->amount.minor())
                                                   : rows::reserve(tx, target->parent, target->amount.minor());
        if (!is_reserved) return changed_by_others();
        Transaction transaction{.merchant = command.merchant,
                                .id = id,
                                .payment = target->payment.id,
                                .type = command.type,
                                .amount = target->amount,
                                .parent = target->parent.id,
                                .reference_number = reference_of(id),
                                .customer_id = target->payment.customer_id,
                                .payment_method = target->payment.payment_method,
                                .idempotency_key = command.guard.key,
                                .metadata = command.metadata,
                                .is_expiry = is_expiry,
                                .is_first_capture = target->is_first_capture,
                                .origin = command.origin,
                                .next_check_at = tx.now() + on.orphaned_after,
                                .created_at = tx.now(),
                                .updated_at = tx.now()};
        rows::insert_transaction(tx, transaction, on.node);
        // From here on it counts as gone for whoever had the payment made: what they would give back themselves at the
        // same time would be given back twice (F95).
        const bool is_of_theirs =
            idempotency::is_internal(target->parent.idempotency_key) && !idempotency::is_internal(command.guard.key);
        if (command.type == TransactionType::refund && is_of_theirs) {
            auto told = tell_of_money_back(tx, {target->payment, transaction}, Telling::at_once);
            if (!told && told.error().kind == ErrorKind::conflict) return changed_by_others();
            if (!told) return fail(std::move(told.error()));
        }
        SealedToken token = sealed_token_of(tx, target->payment);
        return FollowUpIntent{std::nullopt,
                              {std::move(target->payment), std::move(transaction)},
                              std::move(target->parent),
                              std::move(token)};
    };
    auto intent = co_await on.store.write(write_intent);
    // Somebody else was quicker: what that leaves to ask for is read anew.
    constexpr int most_tries = 5;
    for (int attempt = 1; !intent && intent.error().code == changed_meanwhile_code && attempt < most_tries; ++attempt)
        intent = co_await on.store.write(write_intent);
    if (!intent) co_return fail(std::move(intent.error()));
    if (intent->repeat) co_return std::move(*intent->repeat);

    // Act.
    Answer answer{.outcome = Outcome::not_sent};
    auto token = open_token(intent->token, command.merchant);
    if (token && !is_too_late(intended_ns))
        answer = co_await send_follow_up(intent->recording, intent->parent, std::move(*token));

    // Record.
    const bool was_sent = answer.outcome != Outcome::not_sent;
    auto recorded = co_await record_outcome(intent->recording, std::move(answer));
    if (recorded && !token && recorded->transaction.status == TransactionStatus::failed)
        co_return fail(std::move(token.error()));
    if (recorded && !was_sent && recorded->transaction.status == TransactionStatus::failed) co_return provider_away();
    Recording& result = recorded ? *recorded : intent->recording;
    co_return Executed{.payment = std::move(result.payment), .transaction = std::move(result.transaction)};
}

Task<Answer> Payments::Impl::act(Connector& connector, TransactionType type, const FollowUp& follow_up) {
    switch (type) {
        case TransactionType::capture:
            return connector.capture(follow_up);
        case TransactionType::refund:
            return connector.refund(follow_up);
        case TransactionType::cancel:
            return connector.cancel(follow_up);
        case TransactionType::authorize:
        case TransactionType::purchase:
        case TransactionType::chargeback:
        case TransactionType::chargeback_reversal:
            break;
    }
    check(false, "only captures, refunds and cancels follow up");
    __builtin_unreachable();
}

Task<Answer> Payments::Impl::send(const Recording& intent, const Transaction& parent, std::string token,
                                  TransactionType as) {
    const Transaction& transaction = intent.transaction;
    Connector* connector = on.connector(intent.payment.connector);
    if (connector == nullptr) co_return Answer{.outcome = Outcome::not_sent};
    const FollowUp follow_up{.reference = transaction.reference_number,
                             .amount = transaction.amount,
                             .method = intent.payment.method,
                             .parent_provider_id = parent.provider_id,
                             .parent_reference = parent.reference_number,
                             .card_last4 = intent.payment.card.last4,
                             .token = std::move(token),
                             .is_first_capture = transaction.is_first_capture,
                             .traceparent = transaction.origin.traceparent};
    Answer answer = co_await act(*connector, as, follow_up);
    note(*connector, answer);
    co_return answer;
}

Task<Answer> Payments::Impl::send_follow_up(const Recording& intent, const Transaction& parent, std::string token,
                                            std::function<Task<bool>()> may_go_on) {
    const Transaction& transaction = intent.transaction;
    // The provider drops what an authorization has left by itself once something was captured of it;
    // voiding it then would take back the capture.
    if (transaction.is_expiry && !transaction.is_first_capture) co_return Answer{.outcome = Outcome::refused};
    Answer answer = co_await send(intent, parent, std::move(token), transaction.type);
    // Not settled yet: the whole of it can be voided instead (F22). A part has to wait for settlement.
    const bool is_whole = transaction.amount.minor() == parent.approved_minor;
    if (answer.outcome != Outcome::not_settled || !is_whole) co_return answer;
    if (may_go_on && !co_await may_go_on()) co_return answer;
    answer = co_await send(intent, parent, {}, TransactionType::cancel);
    // It settled between the two calls, or the void was refused for another reason: ask again later.
    if (answer.outcome == Outcome::refused) answer.outcome = Outcome::not_settled;
    co_return answer;
}

}  // namespace florin::payments
