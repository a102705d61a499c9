// The updater: what became of an attempt becomes true in one commit, with all that follows from it.

#include "billing_impl.hpp"
#include "bodies.hpp"
#include "florin/base/check.hpp"
#include "florin/documents/documents.hpp"
#include "florin/events/events.hpp"
#include "florin/json/writer.hpp"
#include "florin/payments/absence.hpp"
#include "florin/telemetry/metrics.hpp"
#include "job_payloads.hpp"

namespace florin::billing {
namespace {

void count_attempt(bool is_success, payments::DeclineClass decline) {
    const std::string result = is_success                                ? "succeeded"
                               : decline == payments::DeclineClass::none ? "refused"
                                                                         : std::string{payments::to_text(decline)};
    telemetry::metrics()
        .counter("florin_billing_attempts_total", "Attempts to collect what is due, by what came of them.",
                 {{"result", result}})
        .add();
}

}  // namespace

Billing::Impl::Ended Billing::Impl::ended_as(const payments::Transaction& transaction) {
    const bool is_success = transaction.status == payments::TransactionStatus::approved;
    Ended ended{.is_success = is_success,
                .decline = is_success ? payments::DeclineClass::none : transaction.decline,
                .code = is_success ? std::string{} : transaction.provider_code,
                .message = is_success ? std::string{} : transaction.message,
                .payment = transaction.payment,
                .transaction = transaction.id};
    ended.is_never_sent = payments::is_judged_absent(transaction);
    return ended;
}

std::string Billing::Impl::announce(Tx& tx, const Charge& charge, std::string_view word, std::string_view actor) const {
    const std::string id = charge.id.text();
    const std::string action = "billing.charge." + std::string{word};
    const std::string type = "florin." + action;
    std::string data = R"({"charge":)";
    data.append(json::to_text(view_of(charge))).append("}");
    events::append(tx, {.merchant = charge.merchant,
                        .type = type,
                        .subject_type = "billing_charge",
                        .subject_id = id,
                        .sequence = charge.version,
                        .correlation_id = charge.correlation_id,
                        .data = data});
    std::string changes;
    json::Writer json{changes};
    json.open('{')
        .field("status", to_text(charge.status))
        .field("owner_kind", charge.owner_kind)
        .field("owner_id", charge.owner)
        .field("amount_minor", charge.amount.minor())
        .field("currency", charge.amount.code())
        .field("attempts", charge.attempts)
        .field("payment_id", charge.payment)
        .close('}');
    on.audit.append(tx, {.merchant = charge.merchant,
                         .correlation_id = charge.correlation_id,
                         .action = action,
                         .entity_type = "billing_charge",
                         .entity_id = id,
                         .actor = actor,
                         .changes = changes});
    return id + "." + std::to_string(charge.version);
}

void Billing::Impl::enqueue_telling(Tx& tx, const Charge& charge, std::string_view kind, const std::string& event_id,
                                    std::optional<calendar::Date> happened_on,
                                    std::optional<payments::TransactionId> refund,
                                    std::optional<std::string> document) const {
    EventPayload told{.event = event_id, .happened_on = {}, .refund = refund, .document = std::move(document)};
    if (happened_on) told.happened_on = calendar::to_text(*happened_on);
    const std::string payload = json::to_text(told);
    jobs::enqueue(tx, {.merchant = charge.merchant,
                       .id = on.world.new_id<jobs::JobOf>(),
                       .kind = kind,
                       .payload = payload,
                       .unique_key = event_id,
                       .correlation_id = charge.correlation_id});
}

void Billing::Impl::end_attempt(Tx& tx, const Charge& charge, std::int64_t number, const Ended& ended) const {
    rows::update_attempt(tx, {.merchant = charge.merchant,
                              .charge = charge.id,
                              .number = number,
                              .status = ended.is_success ? rows::AttemptStatus::succeeded : rows::AttemptStatus::failed,
                              .payment = ended.payment,
                              .transaction = ended.transaction,
                              .decline = ended.decline,
                              .code = ended.code,
                              .message = ended.message,
                              .begun_at = {},
                              .ended_at = tx.now()});
}

Result<void> Billing::Impl::record(Tx& tx, const ChargeId& id, MerchantId merchant, std::int64_t number,
                                   const Ended& ended, const payments::Payment* paid) const {
    const auto before = rows::find_charge(tx, merchant, id);
    check(before.has_value(), "an attempt belongs to a charge");
    if (before->status != ChargeStatus::processing || before->attempts != number) return {};
    Charge charge = *before;
    charge.updated_at = tx.now();
    charge.payment = ended.payment;
    if (ended.is_never_sent) {
        // The provider never heard of it, so nobody has said no: another attempt takes its place, and no customer is
        // told. Should it come true after all, payments gives it back (F5).
        charge.status = ChargeStatus::pending;
        if (!rows::update_charge(tx, charge, before->version)) return changed_meanwhile();
        end_attempt(tx, charge, number, ended);
        if (is_wanted(tx, charge))
            enqueue_collect(tx, charge);
        else
            let_go(tx, charge);
        return {};
    }
    charge.version += 1;
    charge.decline = ended.decline;
    charge.message = ended.message;
    std::string_view word = "succeeded";
    if (ended.is_success) {
        charge.status = ChargeStatus::succeeded;
        charge.settled_at = tx.now();
        charge.returned_attempt = std::nullopt;
        if (charge.is_refund) charge.done_minor = charge.amount.minor();
    } else {
        word = fail_attempt(tx, charge);
    }
    if (!rows::update_charge(tx, charge, before->version)) return changed_meanwhile();
    end_attempt(tx, charge, number, ended);
    const std::string event_id = announce(tx, charge, word, "system");
    if (charge.status == ChargeStatus::canceled) credit_invoice(tx, charge);
    tell_owner(tx, *before, charge);
    if (ended.is_success && !charge.amount.is_zero() && on.documents != nullptr) {
        const calendar::Date today = on.merchants.today(tx, merchant);
        // On PostgreSQL whoever has taken a number keeps the others who need one waiting until all that share the
        // commit have run: there the job takes it, which does little else.
        const bool is_issued = paid != nullptr && tx.engine() == store::Engine::sqlite;
        const auto further = further_receipt(*before, charge);
        if (is_issued) issue_receipt(tx, charge, paid, today, {}, further);
        if (!is_issued || on.may_be_told(tx, merchant, charge.customer_id))
            enqueue_telling(tx, charge, receipt_kind, event_id, today, {}, further);
    }
    if (!ended.is_success) enqueue_failure(tx, charge, event_id);
    return {};
}

std::string_view Billing::Impl::fail_attempt(Tx& tx, Charge& charge) const {
    const calendar::Date today = on.merchants.today(tx, charge.merchant);
    charge.failures += 1;
    if (!charge.first_failed_on) charge.first_failed_on = today;
    const RetryPolicy policy = policy_of(tx, charge);
    charge.retry_on = next_try(policy, charge, today);
    charge.settled_at = tx.now();
    if (!is_wanted(tx, charge)) {
        charge.retry_on = std::nullopt;
        charge.status = ChargeStatus::canceled;
    } else if (charge.retry_on) {
        const merchants::Profile profile = on.merchants.profile(tx, charge.merchant);
        charge.status = ChargeStatus::retrying;
        charge.settled_at = std::nullopt;
        put_turn(tx, charge.merchant, {.kind = "charge", .id = charge.id.value},
                 on.merchants.due_at(profile, *charge.retry_on));
    } else {
        // Not declined, but refused: what speaks against the request, its currency say, is not the customer's doing,
        // and a person looks at it.
        const bool is_refused = charge.decline == payments::DeclineClass::none;
        // Nor can what has ended already end for it.
        const bool is_left_over = (charge.returned_attempt && !owner_wants(tx, charge)) ||
                                  (charge.purpose == Purpose::final_amount && policy.ending == Ending::cancel);
        const bool is_for_a_person = charge.is_refund || is_refused || is_left_over;
        charge.status = ChargeStatus::failed;
        charge.ending = is_for_a_person ? Ending::open_case : policy.ending;
    }
    return to_text(charge.status);
}

bool Billing::Impl::is_wanted(Tx& tx, const Charge& charge) const {
    return charge.is_refund || charge.returned_attempt || owner_wants(tx, charge);
}

bool Billing::Impl::owner_wants(Tx& tx, const Charge& charge) const {
    const Owner* owner = find_owner(charge.owner_kind);
    return owner == nullptr || !owner->wants || owner->wants(tx, charge);
}

void Billing::Impl::enqueue_failure(Tx& tx, const Charge& charge, const std::string& event_id) const {
    if (charge.status == ChargeStatus::canceled) return;
    if (!charge.is_refund) enqueue_telling(tx, charge, notice_kind, event_id);
    if (charge.ending == Ending::open_case && on.cases != nullptr) enqueue_telling(tx, charge, case_kind, event_id);
}

void Billing::Impl::tell_owner(Tx& tx, const Charge& before, const Charge& after) const {
    end_cases(tx, before, after);
    if (const Owner* owner = find_owner(after.owner_kind); owner != nullptr && owner->on_charge)
        owner->on_charge(tx, before, after);
}

Task<Result<void>> Billing::Impl::record_and_finish(const jobs::Job& job, ChargeId id, std::int64_t number,
                                                    Ended ended) const {
    auto write = [&](Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job)) return lease_lost();
        if (auto recorded = record(tx, id, job.merchant, number, ended); !recorded)
            return fail(std::move(recorded.error()));
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    note_recorded(ended);
    co_return Result<void>{};
}

void Billing::Impl::note_recorded(const Ended& ended) const {
    count_attempt(ended.is_success, ended.decline);
    on.wake();
}

}  // namespace florin::billing
