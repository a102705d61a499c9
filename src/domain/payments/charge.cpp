#include "means_checks.hpp"
#include "payments_impl.hpp"

namespace florin::payments {

namespace {

std::unexpected<Error> provider_away() {
    return fail(ErrorKind::unavailable, "provider_unavailable",
                "The payment provider cannot be reached. Nothing was charged; repeat the request later.");
}

/// What the intent's unit found.
struct ChargeIntent {
    std::optional<Executed> repeat;
    Recording recording;
};

}  // namespace

Result<Executed> repeat_of(store::Reader& reader, MerchantId merchant, const idempotency::Guard& guard) {
    auto earlier = idempotency::earlier(reader, merchant, guard);
    if (!earlier) return fail(std::move(earlier.error()));
    auto transaction = rows::find_transaction(reader, merchant, TransactionId{earlier->transaction});
    if (!transaction)
        return fail(ErrorKind::unavailable, "repeat_request", "A request with this key failed just now. Repeat yours.");
    auto payment = rows::find_payment(reader, merchant, transaction->payment);
    check(payment.has_value(), "a transaction has a payment");
    if (!earlier->answer && transaction->status == TransactionStatus::processing)
        return fail(ErrorKind::rate_limited, "request_in_progress",
                    "A request with this idempotency key is still running. Repeat it in a second.");
    return Executed{.payment = std::move(*payment),
                    .transaction = std::move(*transaction),
                    .stored = std::move(earlier->answer),
                    .is_repeat = true};
}

namespace {

Charge charge_of(const ChargeCommand& command, const Transaction& transaction, std::string token,
                 std::string mandate = {}) {
    return {.reference = transaction.reference_number,
            .amount = command.amount,
            .method = command.method,
            .card = command.card ? &*command.card : nullptr,
            .bank_account = command.bank_account ? &*command.bank_account : nullptr,
            .token = std::move(token),
            .mandate_provider_id = std::move(mandate),
            .makes_mandate = command.makes_mandate,
            .return_url = command.return_url,
            .email = command.email,
            .billing = command.billing,
            .customer_id = command.customer_id,
            .client_ip = command.origin.ip_address,
            .description = {},
            .is_merchant_initiated = command.is_merchant_initiated,
            .traceparent = transaction.origin.traceparent};
}

}  // namespace

Task<Result<Executed>> Payments::Impl::refuse(MerchantId merchant, const idempotency::Guard& guard, Error refusal) {
    if (guard.key.empty()) co_return fail(std::move(refusal));
    auto read_repeat = [&](store::Reader& reader) -> Result<std::optional<Executed>> {
        if (!idempotency::is_taken(reader, merchant, guard)) return std::optional<Executed>{};
        auto repeat = repeat_of(reader, merchant, guard);
        if (!repeat) return fail(std::move(repeat.error()));
        return std::optional{std::move(*repeat)};
    };
    auto repeat = co_await on.store.read(read_repeat);
    if (!repeat) co_return fail(std::move(repeat.error()));
    if (*repeat) co_return std::move(**repeat);
    co_return fail(std::move(refusal));
}

bool was_answered(Outcome outcome) { return outcome != Outcome::no_answer && outcome != Outcome::not_sent; }

void Payments::Impl::note(const Connector& connector, const Answer& answer) {
    breakers.note(connector.name(), was_answered(answer.outcome) || answer.is_undecided);
}

Task<bool> Payments::Impl::is_reachable(Connector& connector) {
    switch (breakers.ask(connector.name())) {
        case Breakers::Verdict::go:
            co_return true;
        case Breakers::Verdict::wait:
            co_return false;
        case Breakers::Verdict::probe:
            break;
    }
    // Of an operation that never was: any answer says that somebody is there.
    const Lookup nothing{.type = TransactionType::purchase,
                         .reference = reference_of(on.world.new_id<TransactionTag>()),
                         .amount = *Money::of(1, *Currency::of("USD")),
                         .parent_provider_id = {},
                         .card_last4 = {},
                         .sent_at = on.world.clock.now()};
    const Answer answer = co_await connector.lookup(nothing);
    note(connector, answer);
    co_return was_answered(answer.outcome);
}

Task<Result<Executed>> Payments::charge(ChargeCommand command) { co_return co_await impl_->charge(command); }

Task<Result<Executed>> Payments::charge_created(ChargeCommand command) {
    Impl& my = *impl_;
    check(command.created_payment && command.card, "a created payment is charged with a card");
    auto executed = co_await my.charge(command);
    const bool is_pending_repeat =
        executed && executed->is_repeat && executed->transaction.status == TransactionStatus::pending;
    if (!is_pending_repeat) co_return executed;
    Connector* connector = my.on.connector(executed->payment.connector);
    if (connector == nullptr || !connector->capabilities().continues_when_repeated) co_return executed;
    if (!co_await my.is_reachable(*connector)) co_return executed;
    const InFlight::Flight flight{my.in_flight, executed->transaction.id};
    const Charge charge = charge_of(command, executed->transaction, {});
    Answer answer = co_await connector->purchase(charge);
    my.note(*connector, answer);
    // It is pending at the provider, whatever became of this question.
    if (!was_answered(answer.outcome)) co_return executed;
    const Recording known{executed->payment, executed->transaction};
    auto recorded = co_await my.record_outcome(known, std::move(answer));
    if (!recorded) co_return executed;
    co_return Executed{.payment = std::move(recorded->payment), .transaction = std::move(recorded->transaction)};
}

Task<Result<Executed>> Payments::Impl::charge(ChargeCommand& command) {
    auto bond = co_await bind(command);
    if (!bond) co_return fail(std::move(bond.error()));
    Connector* connector = on.connector(command.connector);
    // Whatever speaks against the request now, one that was answered before gets its answer again (F37).
    if (connector == nullptr) {
        Error missing{
            ErrorKind::unavailable, "connector_missing", "The merchant's payment provider is not configured.", {}};
        co_return co_await refuse(command.merchant, command.guard, std::move(missing));
    }
    const Capabilities can = connector->capabilities();
    if (auto valid = validate_charge(command, can, on.world.clock.now()); !valid)
        co_return co_await refuse(command.merchant, command.guard, std::move(valid.error()));

    const std::optional<rows::MethodRow>& method = bond->method;
    std::string token;
    if (command.payment_method) {
        if (!method || method->method.status != "active" || method->method.connector != command.connector) {
            Error no_method{ErrorKind::not_found, "payment_method_not_found", "There is no such payment method.",
                            "payment_method_token"};
            co_return co_await refuse(command.merchant, command.guard, std::move(no_method));
        }
        const std::string& owner = method->method.customer_id;
        if (command.customer_id.empty()) command.customer_id = owner;
        if (!owner.empty() && command.customer_id != owner) {
            Error another{ErrorKind::invalid, "payment_method_of_another_customer",
                          "That stored card belongs to another customer.", "customer_id"};
            co_return co_await refuse(command.merchant, command.guard, std::move(another));
        }
        const SealedToken sealed{method->sealed_token, "payment_methods.sealed_token", method->method.id.value};
        auto opened = open_token(sealed, command.merchant);
        if (!opened) co_return co_await refuse(command.merchant, command.guard, std::move(opened.error()));
        token = std::move(*opened);
    }
    std::string mandate;
    if (command.mandate_of) {
        auto found = mandate_of(command, bond->original);
        if (!found) co_return co_await refuse(command.merchant, command.guard, std::move(found.error()));
        mandate = std::move(*found);
    }
    // Before anything is promised: an open breaker means that nothing was even tried (F35).
    const std::vector<Connector*> candidates = candidates_for(command, *connector);
    std::size_t at = co_await first_reachable(candidates, 0);
    if (at == candidates.size()) co_return co_await refuse(command.merchant, command.guard, provider_away().error());
    connector = candidates[at];
    command.connector = connector->name();

    const TransactionId id =
        command.created_payment ? TransactionId{command.created_payment->value} : on.world.new_id<TransactionTag>();
    const InFlight::Flight flight{in_flight, id};
    std::int64_t intended_ns = on.world.clock.monotonic_ns();

    std::optional<Answer> early;
    if (planted(Bug::call_before_intent) && command.card) {
        const Charge charge{.reference = reference_of(id), .amount = command.amount, .card = &*command.card};
        early = command.type == TransactionType::purchase ? co_await connector->purchase(charge)
                                                          : co_await connector->authorize(charge);
    }

    // Intent. From here on a crash leaves a row that says what may have been sent.
    auto write_intent = [&](store::Tx& tx) -> Result<ChargeIntent> {
        if (!planted(Bug::key_not_taken) && !idempotency::take(tx, command.merchant, command.guard, id.value)) {
            auto repeat = repeat_of(tx, command.merchant, command.guard);
            if (!repeat) return fail(std::move(repeat.error()));
            Recording recording{repeat->payment, repeat->transaction};
            return ChargeIntent{std::move(*repeat), std::move(recording)};
        }
        Payment payment{.merchant = command.merchant,
                        .id = PaymentId{id.value},
                        .amount = command.amount,
                        .method = command.method,
                        .customer_id = command.customer_id,
                        .connector = command.connector,
                        .payment_method = command.payment_method,
                        .card = method ? method->method.card : facts_of(command),
                        .metadata = command.metadata,
                        .created_at = tx.now(),
                        .updated_at = tx.now()};
        Transaction transaction{.merchant = command.merchant,
                                .id = id,
                                .payment = payment.id,
                                .type = command.type,
                                .amount = command.amount,
                                .reference_number = reference_of(id),
                                .customer_id = command.customer_id,
                                .payment_method = command.payment_method,
                                .idempotency_key = command.guard.key,
                                .metadata = command.metadata,
                                .is_of_created = command.created_payment.has_value(),
                                .origin = command.origin,
                                .next_check_at = tx.now() + on.orphaned_after,
                                .created_at = tx.now(),
                                .updated_at = tx.now()};
        if (command.created_payment) {
            const auto created = rows::find_payment(tx, command.merchant, payment.id);
            if (!created || created->state != PaymentState::created || created->expires_at <= tx.now())
                return fail(ErrorKind::conflict, "payment_not_open", "The payment was paid, or has expired.");
            payment.created_at = created->created_at;
            payment.version = created->version;
            payment.expires_at = created->expires_at;
            if (!rows::submit_created(tx, *created, payment))
                return fail(ErrorKind::conflict, "payment_changed_meanwhile", "Read the payment again.");
            // An attempt that was never sent left its row; the next one goes under the same reference.
            if (const auto before = rows::find_transaction(tx, command.merchant, id)) {
                transaction.created_at = before->created_at;
                if (!rows::renew_transaction(tx, transaction, on.node))
                    return fail(ErrorKind::conflict, "payment_changed_meanwhile", "Read the payment again.");
            } else {
                rows::insert_transaction(tx, transaction, on.node);
            }
        } else {
            rows::insert_payment(tx, payment);
            rows::insert_transaction(tx, transaction, on.node);
        }
        if (command.makes_mandate) rows::mark_mandate(tx, command.merchant, PaymentId{id.value});
        if (command.with_intent)
            if (auto allowed = command.with_intent(tx); !allowed) return fail(std::move(allowed.error()));
        return ChargeIntent{std::nullopt, {std::move(payment), std::move(transaction)}};
    };
    auto intent = co_await on.store.write(write_intent);
    if (!intent) co_return fail(std::move(intent.error()));
    if (intent->repeat) co_return std::move(*intent->repeat);

    // Act. No transaction is open, so a slow provider holds up nobody else.
    Answer answer{.outcome = Outcome::not_sent};
    if (early) {
        answer = std::move(*early);
    } else {
        Charge charge = charge_of(command, intent->recording.transaction, std::move(token), std::move(mandate));
        if (planted(Bug::reference_per_attempt)) charge.reference = reference_of(on.world.new_id<TransactionTag>());
        while (!is_too_late(intended_ns)) {
            answer = command.type == TransactionType::purchase ? co_await connector->purchase(charge)
                                                               : co_await connector->authorize(charge);
            note(*connector, answer);
            // Only what certainly did nothing goes on elsewhere: never what was declined, and never what may have
            // happened (F36).
            const bool did_nothing = answer.outcome == Outcome::not_sent ||
                                     (planted(Bug::reroute_while_unknown) && answer.outcome == Outcome::no_answer);
            if (!did_nothing) break;
            at = co_await first_reachable(candidates, at + 1);
            if (at == candidates.size()) break;
            // Others may look at it so long after that unit, not after its commit, however long that takes.
            const std::int64_t rerouted_ns = on.world.clock.monotonic_ns();
            auto rerouted = co_await reroute(intent->recording, *candidates[at], "not_sent");
            // Whoever was asked did nothing, whether or not that commit is there.
            if (!rerouted) break;
            intent->recording = std::move(*rerouted);
            connector = candidates[at];
            intended_ns = rerouted_ns;
            answer = Answer{.outcome = Outcome::not_sent};
        }
        if (planted(Bug::send_again_while_unknown) && answer.outcome == Outcome::no_answer) {
            charge.reference = reference_of(on.world.new_id<TransactionTag>());
            answer = co_await connector->purchase(charge);
        }
        if (planted(Bug::timeout_is_decline) && answer.outcome == Outcome::no_answer)
            answer.outcome = Outcome::declined;
    }
    // Record. The outcome and all that follows from it become true in one commit.
    const bool was_sent = answer.outcome != Outcome::not_sent;
    if (planted(Bug::acknowledge_before_commit) && answer.outcome == Outcome::approved) {
        intent->recording.transaction.status = TransactionStatus::approved;
        co_return Executed{.payment = intent->recording.payment, .transaction = intent->recording.transaction};
    }
    const WithOutcome with = was_sent ? command.with_outcome : nullptr;
    bool is_told = false;
    auto recorded = co_await record_outcome(intent->recording, std::move(answer), with, is_told);
    // Unless recovery was quicker than a process that stood still, and has sent or found it.
    if (recorded && !was_sent && recorded->transaction.status == TransactionStatus::failed) co_return provider_away();
    // A commit that failed says nothing about the money: the answer is still "processing", and
    // settling will find out (F3).
    Recording& result = recorded ? *recorded : intent->recording;
    co_return Executed{
        .payment = std::move(result.payment), .transaction = std::move(result.transaction), .is_told = is_told};
}

}  // namespace florin::payments
