// What a person decides about a quarantined transaction.

#include "payments_impl.hpp"

namespace florin::payments {
namespace {

Result<void> validate(const Transaction& transaction, Resolution resolution) {
    if (is_undecided(transaction)) {
        if (resolution == Resolution::dismiss) return {};
        return conflict(
            "nothing_to_accept",
            "Nothing is known of it. If it happened, have the provider tell of it again; if not, dismiss it.");
    }
    if (transaction.status != TransactionStatus::quarantined)
        return conflict("transaction_not_quarantined", "Nothing is to be decided about that transaction.");
    if (transaction.next_check_at)
        return conflict("transaction_in_progress", "It came true too late, and is being given back.");
    if (transaction.approved_minor > 0 && transaction.used_minor == transaction.approved_minor)
        return conflict("nothing_left", "All of that transaction has been given back.");
    if (resolution == Resolution::accept && transaction.approved_minor == 0)
        return conflict("nothing_to_accept",
                        "What the provider approved cannot be booked. Undo it at the provider, then dismiss it.");
    if (resolution == Resolution::dismiss && transaction.approved_minor > 0)
        return conflict("money_moved", "What the provider approved is booked. Refund or cancel it.");
    return {};
}

PaymentEvent event_of(const Transaction& transaction, Resolution resolution) {
    if (resolution == Resolution::dismiss) return PaymentEvent::failed;
    return transaction.type == TransactionType::authorize ? PaymentEvent::authorized : PaymentEvent::captured;
}

}  // namespace

Task<Result<Executed>> Payments::resolve(ResolveCommand command) {
    Impl& my = *impl_;
    const MerchantId merchant = command.merchant;
    auto decide = [&](store::Tx& tx) -> Result<Executed> {
        if (!idempotency::take(tx, merchant, command.guard, command.transaction.value))
            return repeat_of(tx, merchant, command.guard);
        auto transaction = rows::find_transaction(tx, merchant, command.transaction);
        if (!transaction) return fail(ErrorKind::not_found, "transaction_not_found", "There is no such transaction.");
        if (auto valid = validate(*transaction, command.resolution); !valid) return fail(std::move(valid.error()));
        auto payment = rows::find_payment(tx, merchant, transaction->payment);
        check(payment.has_value(), "a transaction has a payment");

        const Recording known{*payment, *transaction};
        const bool is_dismissed = command.resolution == Resolution::dismiss;
        transaction->status = is_dismissed ? TransactionStatus::failed : TransactionStatus::approved;
        if (is_dismissed) transaction->provider_code = dismissed_code;
        if (is_undecided(known.transaction)) {
            transaction->provider_code = declared_absent;
            transaction->message = "A person found that it never happened.";
            transaction->next_check_at = next_late_look(tx.now(), tx.now());
            const auto failed = next(payment->state, PaymentEvent::failed);
            check(failed.has_value(), "what is not known may have failed");
            payment->state = *failed;
            payment->expires_at = std::nullopt;
            payment->action_url.clear();
        }
        transaction->updated_at = tx.now();
        if (is_charge(transaction->type) && payment->state == PaymentState::quarantined)
            payment->state = *next(payment->state, event_of(*transaction, command.resolution));
        payment->version += 1;
        payment->updated_at = tx.now();
        // Of an amount that could not be booked all was still reserved on the parent; what the provider did, reserved
        // nothing.
        const bool is_released = !is_dismissed || !transaction->parent || is_told(transaction->type) ||
                                 rows::release(tx, merchant, *transaction->parent, transaction->amount.minor());
        if (!is_released || !rows::update_outcome(tx, known.transaction, *transaction) ||
            !rows::update_payment(tx, known.payment, *payment, {}))
            return conflict("payment_changed_meanwhile",
                            "Another operation on this payment came first. Read it again.");

        // Of a refund that never was, nothing has gone. Nobody who is told of that keeps a person from deciding it.
        if (is_dismissed && transaction->type == TransactionType::refund)
            if (auto told = my.tell_of_money_back(tx, {*payment, *transaction}, Telling::by_job); !told)
                return fail(std::move(told.error()));
        Executed executed{.payment = std::move(*payment), .transaction = std::move(*transaction)};
        my.announce(tx, {executed.payment, executed.transaction}, "florin.payment.resolved", command.origin,
                    command.note);
        if (my.on.on_late_outcome) my.on.on_late_outcome(tx, executed.transaction);
        if (is_undecided(known.transaction))
            idempotency::finish(tx, merchant, known.transaction.idempotency_key,
                                answer_of(executed.payment, executed.transaction));
        idempotency::finish(tx, merchant, command.guard.key, answer_of(executed.payment, executed.transaction));
        return executed;
    };
    co_return co_await my.on.store.write(decide);
}

}  // namespace florin::payments
