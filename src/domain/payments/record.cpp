#include "florin/json/clean.hpp"
#include "florin/ledger/ledger.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"
#include "payments_impl.hpp"

namespace florin::payments {
namespace {

/// A direct debit can be taken back by the payer's bank long after it was paid: for eight weeks without a reason, for
/// 13 months where there was no mandate; a card payment can be disputed, mostly within 120 days, and that is asked
/// after where the provider can tell. Source: SEPA Core rulebook, NACHA, the card networks' dispute rules.
bool may_be_taken_back(const Payment& payment, const Transaction& transaction, const Connector* connector) {
    const bool is_debit = payment.method == Method::sepa_debit || payment.method == Method::ach_debit;
    const bool is_disputable =
        payment.method == Method::card && connector != nullptr && connector->capabilities().has_reversals;
    return (is_debit || is_disputable) && transaction.approved_minor > 0 &&
           (transaction.type == TransactionType::purchase || transaction.type == TransactionType::capture);
}

std::string_view approved_word(const Transaction& transaction) {
    switch (transaction.type) {
        case TransactionType::authorize:
            return "authorized";
        case TransactionType::purchase:
        case TransactionType::capture:
            return "captured";
        case TransactionType::refund:
            return "refunded";
        case TransactionType::cancel:
            return transaction.is_expiry ? "expired" : "canceled";
        case TransactionType::chargeback:
            return "charged_back";
        case TransactionType::chargeback_reversal:
            return "chargeback_reversed";
    }
    __builtin_unreachable();
}

/// A refund or follow-up has nothing to wait for but its settlement, a charge under review a person.
Millis wait_while_pending(std::int64_t checks) {
    return std::min(Millis{15'000LL << std::clamp<std::int64_t>(checks, 0, 6)}, Millis{600'000});
}

Millis wait_while_undecided(std::int64_t checks) {
    return std::min(Millis{60'000LL << std::clamp<std::int64_t>(checks, 0, 6)}, Millis{3'600'000});
}

/// `florin.payment.` and what became of it: of a charge `declined`, of anything else `refund_failed`.
std::string event_type(const Transaction& transaction, const Decision& decision) {
    const std::string_view outcome = [&]() -> std::string_view {
        switch (transaction.status) {
            case TransactionStatus::processing:
                break;
            case TransactionStatus::unknown:
                return "unknown";
            case TransactionStatus::pending:
                return decision.event == PaymentEvent::action_required ? "requires_action" : "pending";
            case TransactionStatus::quarantined:
                return "quarantined";
            case TransactionStatus::approved:
                return approved_word(transaction);
            case TransactionStatus::declined:
                return is_charge(transaction.type) ? "declined" : "failed";
            case TransactionStatus::failed:
                return decision.event == PaymentEvent::withdrawn ? "not_sent" : "failed";
        }
        check(false, "every outcome has an event");
        __builtin_unreachable();
    }();
    std::string type = "florin.payment.";
    const bool is_plain = is_charge(transaction.type) || transaction.status == TransactionStatus::approved ||
                          transaction.status == TransactionStatus::quarantined || outcome == "not_sent";
    if (!is_plain) type.append(to_text(transaction.type)).append("_");
    return type.append(outcome);
}

/// Nobody waits for anything: neither the provider nor a person has it.
bool is_final(TransactionStatus status) { return !is_open(status) && status != TransactionStatus::quarantined; }

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
        case TransactionType::chargeback:
            journal.kind = ledger::JournalKind::dispute;
            move(Account::disputes(), clearing);
            break;
        case TransactionType::chargeback_reversal:
            journal.kind = ledger::JournalKind::dispute;
            move(clearing, Account::disputes());
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
        case TransactionType::chargeback:
            payment.charged_back_minor += transaction.approved_minor;
            return;
        case TransactionType::chargeback_reversal:
            payment.charged_back_minor -= transaction.approved_minor;
            return;
    }
}

/// A provider's text as it may be stored and shown.
std::string tame(std::string_view text) { return json::clean_text(text, 400); }

/// Where a payer's browser may be sent: nothing that is not an address of the web.
std::string tame_url(std::string_view url) {
    constexpr std::size_t longest = 2048;
    const bool is_web = url.starts_with("https://") || url.starts_with("http://");
    return is_web && url.size() <= longest ? json::clean_text(url, longest) : std::string{};
}

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

Result<Recording> Payments::Impl::record(store::Tx& tx, const Recording& known, const Answer& answer,
                                         Telling telling) const {
    const Decision decision = decide(known.transaction, answer);
    Recording now{known.payment, known.transaction};
    Transaction& transaction = now.transaction;
    Payment& payment = now.payment;
    const auto next_state = decision.event ? next(known.payment.state, *decision.event) : std::nullopt;
    const bool stays_as_it_is =
        decision.status == known.transaction.status && next_state.value_or(payment.state) == payment.state;

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
        const bool is_approved = decision.status == TransactionStatus::approved;
        if (is_approved && may_be_taken_back(payment, transaction, on.connector(payment.connector)))
            transaction.next_check_at = next_look_for_reversals(payment.method, tx.now(), tx.now());
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
        if (next_state) {
            payment.state = *next_state;
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
    payment.action_url = payment.state == PaymentState::requires_action ? tame_url(answer.action_url) : std::string{};
    if (payment.card.last4.empty() && answer.payer_last4.size() == 4) payment.card.last4 = answer.payer_last4;
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
    const bool is_news = known.transaction.status != TransactionStatus::processing || is_recovered;
    if (on.on_late_outcome && is_news && !is_open(transaction.status)) on.on_late_outcome(tx, transaction);
    // That it began was told; now, how much of it has gone.
    if (transaction.type == TransactionType::refund && !is_open(transaction.status))
        if (auto told = tell_of_money_back(tx, now, telling); !told) return fail(std::move(told.error()));
    if (transaction.status == TransactionStatus::quarantined)
        telemetry::warning("payment.quarantined", {{"transaction_id", transaction.id.text()},
                                                   {"correlation_id", transaction.origin.correlation_id}});
    if (decision.frees_idempotency_key)
        idempotency::free(tx, transaction.merchant, transaction.idempotency_key);
    else if (!is_open(transaction.status) && is_open(known.transaction.status) && !planted(Bug::answer_not_kept) &&
             !idempotency::is_internal(transaction.idempotency_key))
        idempotency::finish(tx, transaction.merchant, transaction.idempotency_key, answer_of(payment, transaction));
    return now;
}

Result<bool> Payments::Impl::record_reversal(store::Tx& tx, const TransactionId& charge_id, MerchantId merchant,
                                             const Reversal& reversal, Telling telling) const {
    auto charge = rows::find_transaction(tx, merchant, charge_id);
    check(charge.has_value(), "what was asked about is in the database");
    auto payment = rows::find_payment(tx, merchant, charge->payment);
    check(payment.has_value(), "a transaction has a payment");
    const std::string provider_id = tame(reversal.provider_id);
    // Taken, come back, taken again: each follows the one before.
    std::optional<Transaction> last;
    for (auto told = rows::find_told(tx, *charge, provider_id); told; told = rows::find_told(tx, *last, provider_id))
        last = std::move(told);
    // A person looks at it, or has.
    if (last && last->status != TransactionStatus::approved) return false;
    const bool is_known = last.has_value();
    const bool is_won = reversal.state == Reversal::State::won;
    const bool is_gone = is_known && last->type == TransactionType::chargeback;
    if (is_known && is_gone != is_won) return false;
    // Never more than was taken, and nothing in another currency: that is no reversal of this charge.
    const std::int64_t not_charged_back = payment->captured_minor - payment->charged_back_minor;
    const bool fits = reversal.amount.currency() == charge->amount.currency() && reversal.amount.is_positive() &&
                      reversal.amount.minor() <= std::min(charge->approved_minor, not_charged_back);
    const auto changed_meanwhile = [] {
        return fail(ErrorKind::conflict, "recorded_meanwhile", "The payment was changed by somebody else.");
    };
    const auto write_told = [&](TransactionType type, const Transaction& parent, Money amount, std::int64_t kept,
                                TransactionStatus status) -> Result<void> {
        const Payment before = *payment;
        const TransactionId id = on.world.new_id<TransactionTag>();
        const bool is_booked = status == TransactionStatus::approved;
        Transaction told{.merchant = merchant,
                         .id = id,
                         .payment = payment->id,
                         .type = type,
                         .status = status,
                         .amount = amount,
                         .approved_minor = is_booked ? amount.minor() : 0,
                         .used_minor = kept,
                         .parent = parent.id,
                         .reference_number = reference_of(id),
                         .provider_id = provider_id,
                         .auth_code = {},
                         .decline = type == TransactionType::chargeback ? reversal.decline : DeclineClass::none,
                         .provider_code = tame(reversal.reason),
                         .message = tame(reversal.message),
                         .avs = {},
                         .cvv = {},
                         .customer_id = payment->customer_id,
                         .payment_method = payment->payment_method,
                         .idempotency_key = {},
                         .origin = {.actor = "provider:" + payment->connector,
                                    .ip_address = {},
                                    .user_agent = {},
                                    .correlation_id = charge->origin.correlation_id,
                                    .traceparent = charge->origin.traceparent},
                         .next_check_at = std::nullopt,
                         .created_at = tx.now(),
                         .updated_at = tx.now(),
                         .expires_at = std::nullopt};
        add_to(*payment, told);
        payment->version += 1;
        payment->updated_at = tx.now();
        rows::insert_told(tx, told, on.node);
        if (!rows::update_payment(tx, before, *payment, {})) return changed_meanwhile();
        if (is_booked) post(tx, *payment, told, told.amount);
        const std::string_view word = is_booked ? approved_word(told) : std::string_view{"quarantined"};
        announce(tx, {*payment, told}, std::string{"florin.payment."} + std::string{word});
        if (is_booked)
            if (auto heard = tell_of_money_back(tx, {*payment, told}, telling); !heard) return heard;
        telemetry::warning("payment.reversal", {{"transaction_id", told.id.text()},
                                                {"type", to_text(type)},
                                                {"status", to_text(status)},
                                                {"reason", told.provider_code},
                                                {"correlation_id", told.origin.correlation_id}});
        last = std::move(told);
        return {};
    };
    if (!is_gone && !fits) {
        // It cannot be booked, and must not be lost either: a person has to see what the provider means by it.
        telemetry::error("payment.reversal_does_not_fit", {{"transaction_id", charge->id.text()},
                                                           {"provider_id", provider_id},
                                                           {"correlation_id", charge->origin.correlation_id}});
        if (!reversal.amount.is_positive()) return false;
        const Transaction& parent = is_known ? *last : *charge;
        auto written =
            write_told(TransactionType::chargeback, parent, reversal.amount, 0, TransactionStatus::quarantined);
        if (!written) return fail(std::move(written.error()));
        return true;
    }
    if (!is_gone) {
        const std::int64_t kept = std::min(reversal.amount.minor(), charge->approved_minor - charge->used_minor);
        if (kept > 0 && !rows::keep_from_refunds(tx, *charge, kept)) return changed_meanwhile();
        charge->used_minor += kept;
        const Transaction parent = is_known ? *last : *charge;
        auto written =
            write_told(TransactionType::chargeback, parent, reversal.amount, kept, TransactionStatus::approved);
        if (!written) return fail(std::move(written.error()));
    }
    if (is_won) {
        const Transaction taken = *last;
        if (taken.used_minor > 0 && !rows::keep_from_refunds(tx, *charge, -taken.used_minor))
            return changed_meanwhile();
        auto written =
            write_told(TransactionType::chargeback_reversal, taken, taken.amount, 0, TransactionStatus::approved);
        if (!written) return fail(std::move(written.error()));
    }
    return true;
}

Task<bool> Payments::Impl::look_for_reversals(Connector& connector, const Payment& payment, const Transaction& charge,
                                              const std::string& noticed_id) {
    const Lookup lookup{.type = charge.type,
                        .reference = charge.reference_number,
                        .amount = charge.amount,
                        .method = payment.method,
                        .provider_id = charge.provider_id,
                        .noticed_provider_id = noticed_id,
                        .parent_provider_id = {},
                        .card_last4 = payment.card.last4,
                        .is_first_capture = charge.is_first_capture,
                        .sent_at = charge.created_at,
                        .traceparent = charge.origin.traceparent};
    const Reversals found = co_await connector.reversals(lookup);
    if (!found.is_answered) co_return false;
    for (const Reversal& reversal : found.all)
        if (!co_await record_reversal_alone(charge, reversal)) co_return false;
    co_return true;
}

Task<Result<Recording>> Payments::Impl::record_with(const Recording& known, const Answer& answer,
                                                    const WithOutcome& with, bool& is_told) {
    bool is_refused = false;
    auto write_both = [&](store::Tx& tx) -> Result<Recording> {
        is_told = false;
        auto recorded = record(tx, known, answer);
        if (!recorded || !is_final(recorded->transaction.status)) return recorded;
        is_refused = true;  // Unless it returns.
        if (auto more = with(tx, recorded->payment, recorded->transaction); !more) return fail(std::move(more.error()));
        is_refused = false;
        is_told = true;
        return recorded;
    };
    try {
        auto recorded = co_await on.store.write(write_both);
        is_told = is_told && recorded;
        if (!is_refused) co_return recorded;
    } catch (const std::exception& failure) {
        // Also what they left to a statement that nobody waited for.
        telemetry::error("payment.outcome_not_told", {{"transaction_id", known.transaction.id.text()},
                                                      {"reason", failure.what()},
                                                      {"correlation_id", known.transaction.origin.correlation_id}});
    }
    // Whoever else writes with it must not keep what is known of the money from being recorded.
    is_told = false;
    auto write_outcome = [&](store::Tx& tx) { return record(tx, known, answer); };
    co_return co_await on.store.write(write_outcome);
}

Task<Result<Recording>> Payments::Impl::record_outcome(Recording known, Answer answer) {
    const WithOutcome nobody;
    bool is_told = false;
    co_return co_await record_outcome(std::move(known), std::move(answer), nobody, is_told);
}

Task<Result<Recording>> Payments::Impl::record_outcome(Recording known, Answer answer, const WithOutcome& with,
                                                       bool& is_told) {
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
        auto recorded = attempt == 1 && with ? co_await record_with(known, answer, with, is_told)
                                             : co_await record_alone(known, answer);
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
        const bool is_late_approval = is_judged_absent(known.transaction) && answer.outcome == Outcome::approved;
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
