#include "florin/json/clean.hpp"
#include "florin/ledger/ledger.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"
#include "payments_impl.hpp"

namespace florin::payments {
namespace {

bool is_charge(TransactionType type) { return type == TransactionType::purchase || type == TransactionType::authorize; }

/// A refund or follow-up has nothing to wait for but its settlement, a charge under review a person.
Millis wait_while_pending(std::int64_t checks) {
    return std::min(Millis{15'000LL << std::clamp<std::int64_t>(checks, 0, 6)}, Millis{600'000});
}

Millis wait_while_undecided(std::int64_t checks) {
    return std::min(Millis{60'000LL << std::clamp<std::int64_t>(checks, 0, 6)}, Millis{3'600'000});
}

std::string_view event_type(const Transaction& transaction, const Decision& decision) {
    switch (transaction.status) {
        case TransactionStatus::processing:
            break;
        case TransactionStatus::unknown:
            switch (transaction.type) {
                case TransactionType::authorize:
                case TransactionType::purchase:
                    return "florin.payment.unknown";
                case TransactionType::capture:
                    return "florin.payment.capture_unknown";
                case TransactionType::refund:
                    return "florin.payment.refund_unknown";
                case TransactionType::cancel:
                    return "florin.payment.cancel_unknown";
            }
            break;
        case TransactionStatus::pending:
            switch (transaction.type) {
                case TransactionType::authorize:
                case TransactionType::purchase:
                    return "florin.payment.pending";
                case TransactionType::capture:
                    return "florin.payment.capture_pending";
                case TransactionType::refund:
                    return "florin.payment.refund_pending";
                case TransactionType::cancel:
                    return "florin.payment.cancel_pending";
            }
            break;
        case TransactionStatus::quarantined:
            return "florin.payment.quarantined";
        case TransactionStatus::approved:
            switch (transaction.type) {
                case TransactionType::authorize:
                    return "florin.payment.authorized";
                case TransactionType::purchase:
                case TransactionType::capture:
                    return "florin.payment.captured";
                case TransactionType::refund:
                    return "florin.payment.refunded";
                case TransactionType::cancel:
                    return transaction.is_expiry ? "florin.payment.expired" : "florin.payment.canceled";
            }
            break;
        case TransactionStatus::declined:
            if (is_charge(transaction.type)) return "florin.payment.declined";
            [[fallthrough]];
        case TransactionStatus::failed:
            if (decision.event == PaymentEvent::withdrawn) return "florin.payment.not_sent";
            switch (transaction.type) {
                case TransactionType::authorize:
                case TransactionType::purchase:
                    return "florin.payment.failed";
                case TransactionType::capture:
                    return "florin.payment.capture_failed";
                case TransactionType::refund:
                    return "florin.payment.refund_failed";
                case TransactionType::cancel:
                    return "florin.payment.cancel_failed";
            }
            break;
    }
    check(false, "every outcome has an event");
    __builtin_unreachable();
}

/// Balanced entries for what moved. Holds are contingent: they say what may still be captured.
void post(store::Tx& tx, const Payment& payment, const Transaction& transaction, Money moved) {
    using ledger::Account;
    if (!moved.is_positive()) return;
    const Account clearing = Account::provider_clearing(payment.connector);
    ledger::Journal journal{.merchant = payment.merchant,
                            .id = ledger::journal_of(transaction.id),
                            .kind = ledger::JournalKind::purchase,
                            .entries = {}};
    const auto move = [&](const Account& to, const Account& from) {
        journal.entries.push_back(ledger::debit(to, moved));
        journal.entries.push_back(ledger::credit(from, moved));
    };
    switch (transaction.type) {
        case TransactionType::authorize:
            journal.kind = ledger::JournalKind::authorize;
            move(Account::holds(), Account::holds_contra());
            break;
        case TransactionType::purchase:
            move(clearing, Account::revenue());
            break;
        case TransactionType::capture:
            journal.kind = ledger::JournalKind::capture;
            move(clearing, Account::revenue());
            move(Account::holds_contra(), Account::holds());
            break;
        case TransactionType::refund:
            journal.kind = ledger::JournalKind::refund;
            move(Account::refunds(), clearing);
            break;
        case TransactionType::cancel:
            journal.kind = ledger::JournalKind::release;
            move(Account::holds_contra(), Account::holds());
            break;
    }
    ledger::post(tx, journal);
}

/// What the payment's amounts become by an approved transaction.
void add_to(Payment& payment, const Transaction& transaction) {
    switch (transaction.type) {
        case TransactionType::authorize:
            payment.authorized_minor += transaction.approved_minor;
            return;
        case TransactionType::purchase:
        case TransactionType::capture:
            payment.captured_minor += transaction.approved_minor;
            return;
        case TransactionType::refund:
            payment.refunded_minor += transaction.approved_minor;
            return;
        case TransactionType::cancel:
            return;
    }
}

/// A provider's text as it may be stored and shown.
std::string tame(std::string_view text) { return json::clean_text(text, 400); }

void take_over(Transaction& transaction, const Answer& answer) {
    if (!answer.provider_id.empty()) transaction.provider_id = tame(answer.provider_id);
    if (!answer.auth_code.empty()) transaction.auth_code = tame(answer.auth_code);
    transaction.decline = answer.decline;
    transaction.provider_code = answer.outcome == Outcome::not_settled ? not_settled_code : tame(answer.provider_code);
    transaction.message = tame(answer.message);
    transaction.avs = tame(answer.avs);
    transaction.cvv = tame(answer.cvv);
}

/// What of a reservation on the parent nothing will come of any more.
std::int64_t unused_minor(const Transaction& transaction, const Decision& decision) {
    if (planted(Bug::release_while_unknown) && decision.status == TransactionStatus::unknown)
        return transaction.amount.minor();
    if (decision.releases_reservation)
        return planted(Bug::keep_reservation_on_decline) ? 0 : transaction.amount.minor();
    // Less was approved than asked for. Of an amount that cannot be booked at all nobody knows what moved.
    if (is_open(transaction.status) || transaction.approved_minor == 0) return 0;
    return transaction.amount.minor() - transaction.approved_minor;
}

}  // namespace

Result<Recording> Payments::Impl::record(store::Tx& tx, const Recording& known, const Answer& answer) const {
    const Decision decision = decide(known.transaction, answer);
    Recording now{known.payment, known.transaction};
    Transaction& transaction = now.transaction;
    Payment& payment = now.payment;
    const bool stays_as_it_is = decision.status == known.transaction.status;

    transaction.status = decision.status;
    transaction.updated_at = tx.now();
    transaction.not_found = answer.outcome == Outcome::not_found ? known.transaction.not_found + 1 : 0;
    if (is_open(decision.status)) {
        Millis wait = decision.status == TransactionStatus::pending ? wait_while_pending(transaction.checks)
                                                                    : wait_before_check(transaction.checks);
        // The provider answers again: the second look that is needed need not wait as long as an outage does.
        if (answer.outcome == Outcome::not_found) wait = std::min(wait, Millis{5'000});
        // It will hardly mean something else in a minute: a person has to look.
        if (answer.is_undecided) wait = std::max(wait, wait_while_undecided(transaction.checks));
        transaction.next_check_at = tx.now() + wait;
    } else {
        transaction.next_check_at = std::nullopt;
        transaction.approved_minor = decision.approved_minor;
    }
    if (answer.outcome != Outcome::not_found && answer.outcome != Outcome::no_answer) take_over(transaction, answer);
    if (answer.is_undecided) {
        transaction.provider_code = tame(answer.provider_code);
        transaction.message = tame(answer.message);
    }
    const bool is_late = known.transaction.status == TransactionStatus::failed;
    if (is_late)
        transaction.next_check_at = tx.now();
    else if (decision.status == TransactionStatus::failed && transaction.provider_code == never_reached_provider)
        transaction.next_check_at = next_late_look(tx.now(), tx.now());

    if (decision.event) {
        const auto state = next(known.payment.state, *decision.event);
        if (state) {
            payment.state = *state;
        } else if (!is_open(decision.status)) {
            // Money moved in a way that nobody thought of. It is booked, and a person looks at it.
            transaction.status = TransactionStatus::quarantined;
            telemetry::error("payment.undeclared_transition", {{"transaction_id", transaction.id.text()},
                                                               {"payment_state", to_text(known.payment.state)},
                                                               {"correlation_id", transaction.origin.correlation_id}});
        }
    }
    const bool is_charged =
        is_charge(transaction.type) && !is_open(transaction.status) && payment.state != PaymentState::created;
    // When it was to be paid by; what it holds now has an end of its own.
    if (is_charged) payment.expires_at = std::nullopt;
    const bool holds = transaction.type == TransactionType::authorize && transaction.approved_minor > 0;
    if (is_charged && holds) {
        const Connector* connector = on.connector(payment.connector);
        const Millis lifetime = connector != nullptr ? connector->capabilities().authorization_lifetime
                                                     : Capabilities{}.authorization_lifetime;
        transaction.expires_at = transaction.created_at + lifetime;
        payment.expires_at = transaction.expires_at;
    }
    const auto recorded_meanwhile = [] {
        return fail(ErrorKind::conflict, "recorded_meanwhile", "The outcome was recorded by somebody else.");
    };
    if (!rows::update_outcome(tx, known.transaction, transaction)) return recorded_meanwhile();
    // Nothing new to tell: only the next look was put off.
    if (stays_as_it_is) return now;

    // Of an authorization nothing is left to expire once it is canceled, expired or wholly captured.
    const bool ends_hold =
        transaction.type == TransactionType::cancel && transaction.status == TransactionStatus::approved;
    if (transaction.status == TransactionStatus::approved || transaction.status == TransactionStatus::quarantined)
        add_to(payment, transaction);
    // All that was taken otherwise than asked has been given back: nothing is left to decide.
    const bool is_given_back = payment.captured_minor > 0 && payment.refunded_minor == payment.captured_minor;
    if (payment.state == PaymentState::quarantined && is_given_back) payment.state = PaymentState::canceled;
    if (ends_hold ||
        (transaction.type == TransactionType::capture && payment.captured_minor >= payment.authorized_minor))
        payment.expires_at = std::nullopt;
    payment.version = known.payment.version + 1;
    payment.updated_at = tx.now();
    std::vector<std::uint8_t> token;
    if (!answer.stored_token.empty())
        token = seal_token(answer.stored_token, "payments.stored_token", payment.merchant, payment.id.value);
    if (!rows::update_payment(tx, known.payment, payment, token)) return recorded_meanwhile();

    const bool never_reserved = planted(Bug::refund_without_reservation) || planted(Bug::capture_without_reservation);
    const std::int64_t unused = unused_minor(transaction, decision);
    if (unused > 0 && transaction.parent && !never_reserved) {
        const bool is_released = rows::release(tx, transaction.merchant, *transaction.parent, unused);
        check(is_released, "what is released was reserved");
    }
    const auto moved = Money::of(transaction.approved_minor, transaction.amount.currency());
    const bool is_recovered = transaction.checks > 0;
    if (!is_open(transaction.status) && !(is_recovered && planted(Bug::no_ledger_on_recovery)))
        post(tx, payment, transaction, *moved);
    if (!is_open(transaction.status) && is_recovered && planted(Bug::double_ledger_on_recovery)) {
        Transaction again = transaction;
        again.id = on.world.new_id<TransactionTag>();
        post(tx, payment, again, *moved);
    }
    announce(tx, now, event_type(transaction, decision));
    if (transaction.status == TransactionStatus::quarantined)
        telemetry::warning("payment.quarantined", {{"transaction_id", transaction.id.text()},
                                                   {"correlation_id", transaction.origin.correlation_id}});
    if (decision.frees_idempotency_key)
        idempotency::free(tx, transaction.merchant, transaction.idempotency_key);
    else if (!is_open(transaction.status) && is_open(known.transaction.status) && !planted(Bug::answer_not_kept))
        idempotency::finish(tx, transaction.merchant, transaction.idempotency_key, answer_of(payment, transaction));
    return now;
}

Task<Result<Recording>> Payments::Impl::record_outcome(Recording known, Answer answer) {
    telemetry::metrics()
        .counter("florin_provider_answers_total", "What providers answered, or did not.",
                 {{"connector", known.payment.connector},
                  {"operation", std::string{to_text(known.transaction.type)}},
                  {"outcome", std::string{to_text(answer.outcome)}}})
        .add();
    // Each clash means that another operation on the payment was recorded, so there is an end to them; but
    // it must not come before ours, or an outcome that we know would have to be looked up.
    constexpr int most_tries = 100;
    for (int attempt = 1;; ++attempt) {
        auto write_outcome = [&](store::Tx& tx) { return record(tx, known, answer); };
        auto recorded = co_await on.store.write(write_outcome);
        if (recorded || recorded.error().code != "recorded_meanwhile" || attempt == most_tries) co_return recorded;

        // Another transaction of the payment, or a look-up of this one, came in between.
        auto read_again = [&](store::Reader& reader) -> Result<Recording> {
            auto transaction = rows::find_transaction(reader, known.transaction.merchant, known.transaction.id);
            auto payment = rows::find_payment(reader, known.payment.merchant, known.payment.id);
            check(transaction && payment, "what was intended is in the database");
            return Recording{std::move(*payment), std::move(*transaction)};
        };
        auto current = co_await on.store.read(read_again);
        if (!current) co_return fail(std::move(current.error()));
        const bool is_overtaken = current->transaction.checks != known.transaction.checks ||
                                  current->transaction.status != known.transaction.status;
        known = std::move(*current);
        // Recovery has found or sent what we only know not to have sent ourselves (F56).
        if (is_overtaken && answer.outcome == Outcome::not_sent) co_return known;
        if (is_open(known.transaction.status)) continue;
        // Whoever came first wins. But an approval of what was judged never to have reached the provider is
        // money that the books do not show yet.
        const bool is_late_approval = known.transaction.status == TransactionStatus::failed &&
                                      known.transaction.provider_code == never_reached_provider &&
                                      answer.outcome == Outcome::approved;
        if (!is_late_approval) co_return known;
        telemetry::warning("payment.approved_late", {{"transaction_id", known.transaction.id.text()},
                                                     {"correlation_id", known.transaction.origin.correlation_id}});
    }
}

Result<std::string> Payments::Impl::open_token(const SealedToken& sealed, MerchantId merchant) const {
    if (sealed.octets.empty()) return std::string{};
    const std::string place =
        std::string{sealed.column} + "." + std::to_string(merchant.value) + "." + florin::to_text(sealed.row);
    auto opened = on.keys.open(sealed.octets, place);
    if (opened) return opened;
    telemetry::error("payment.token_not_opened", {{"column", sealed.column}, {"reason", opened.error().code}});
    return fail(ErrorKind::unavailable, "stored_card_unreadable",
                "The stored card's key is not here. Nothing was done; repeat the request later.");
}

std::vector<std::uint8_t> Payments::Impl::seal_token(std::string_view token, std::string_view column,
                                                     MerchantId merchant, const Uuid& row) const {
    return on.keys.seal(token, std::string{column} + "." + std::to_string(merchant.value) + "." + florin::to_text(row));
}

}  // namespace florin::payments
