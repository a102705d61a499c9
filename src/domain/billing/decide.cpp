// What a person decides about a charge that no machine could finish, and about what stands still.

#include <algorithm>

#include "billing_impl.hpp"
#include "florin/cases/cases.hpp"
#include "florin/events/events.hpp"
#include "florin/json/writer.hpp"
#include "florin/payments/reading.hpp"
#include "release_store.hpp"

namespace florin::billing {
namespace {

/// Both have to be passed: a plan that is billed daily is not three days behind because of a long weekend, and one that
/// is billed monthly not because of a month (F78).
constexpr std::int64_t most_periods_behind = 3;
constexpr Millis most_time_behind = std::chrono::days{35};

/// What counts as gone may turn out to be there.
bool is_being_refunded(Reader& reader, const Charge& charge) {
    const auto paid = charge.payment ? payments::find_details(reader, charge.merchant, *charge.payment) : std::nullopt;
    if (!paid) return false;
    return std::ranges::any_of(paid->transactions, [](const payments::Transaction& one) {
        return one.type == payments::TransactionType::refund && payments::is_open(one.status);
    });
}

}  // namespace

Result<Charge> Billing::decide(Tx& tx, MerchantId merchant, ChargeId id, Decision decision, std::string_view actor) {
    return impl_->decide(tx, merchant, id, decision, actor);
}

Result<Charge> Billing::Impl::decide(Tx& tx, MerchantId merchant, ChargeId id, Decision decision,
                                     std::string_view actor) const {
    auto charge = rows::find_charge(tx, merchant, id);
    if (!charge) return fail(ErrorKind::not_found, "charge_not_found", "There is no such charge.");
    // What was disputed as a whole may be collected once more, when a person says so.
    const bool is_gone = charge->taken_back_minor > 0 && kept_minor(*charge) == 0;
    const bool may_retry_now = decision == Decision::retry && (charge->status == ChargeStatus::retrying || is_gone);
    if (may_retry_now && is_gone && is_being_refunded(tx, *charge))
        return fail(ErrorKind::conflict, "refund_in_progress",
                    "What becomes of a refund of this charge is not known yet: it may still be paid.");
    if (charge->status != ChargeStatus::failed && !may_retry_now)
        return fail(
            ErrorKind::conflict, "charge_not_failed",
            "A person decides only about a charge that failed, and lets one be tried earlier that waits for it.");
    const Charge before = *charge;
    charge->version += 1;
    charge->updated_at = tx.now();
    charge->ending = std::nullopt;
    charge->retry_on = std::nullopt;
    std::string_view word;
    switch (decision) {
        case Decision::retry:
            charge->status = ChargeStatus::pending;
            charge->settled_at = std::nullopt;
            if (is_gone) charge->returned_attempt = charge->attempts;
            charge->taken_back_minor = 0;
            word = "reopened";
            break;
        case Decision::paid_elsewhere:
            charge->status = ChargeStatus::succeeded;
            charge->settled_at = tx.now();
            charge->returned_attempt = std::nullopt;
            charge->outside_minor = charge->amount.minor() - charge->done_minor;
            charge->decline = payments::DeclineClass::none;
            charge->message = charge->is_refund ? "Given back elsewhere." : "Paid elsewhere.";
            if (charge->is_refund)
                charge->done_minor = charge->amount.minor();
            else
                charge->payment = std::nullopt;
            word = "paid_elsewhere";
            break;
        case Decision::waive:
            charge->status = ChargeStatus::canceled;
            charge->settled_at = tx.now();
            word = "canceled";
            break;
    }
    if (!rows::update_charge(tx, *charge, before.version))
        return fail(ErrorKind::conflict, "charge_changed_meanwhile", "Read the charge again.");
    remove_turn(tx, merchant, {.kind = "charge", .id = id.value});
    const std::string event_id = announce(tx, *charge, word, actor);
    if (decision == Decision::retry) enqueue_collect(tx, *charge);
    if (decision == Decision::waive && !charge->is_refund) credit_invoice(tx, *charge);
    // What was paid elsewhere has its receipt; what was given back, also when the rest of it is let go, its credit
    // note.
    if (decision != Decision::retry && paid_minor(*charge) > 0 && on.documents != nullptr)
        enqueue_telling(tx, *charge, receipt_kind, event_id, on.merchants.today(tx, merchant), {},
                        further_receipt(before, *charge));
    tell_owner(tx, before, *charge);
    return std::move(*charge);
}

void Billing::pay_by(Tx& tx, MerchantId merchant, std::string_view owner_kind, const Uuid& owner, const Means& means) {
    rows::set_means(tx, merchant, owner_kind, owner, means);
}

bool Billing::may_bill(Tx& tx, MerchantId merchant, const Backlog& due) {
    if (due.periods <= most_periods_behind) return true;
    if (impl_->on.merchants.now(tx, merchant) - due.since <= most_time_behind) return true;
    const auto released_until = rows::find_released_until(tx, merchant, due.turn);
    if (released_until && due.since <= *released_until) return true;
    impl_->announce_hold(tx, merchant, due, "held", "system");
    if (impl_->on.cases != nullptr) {
        const std::string cause =
            "hold:" + due.turn.kind + ":" + florin::to_text(due.turn.id) + ":" + std::to_string(due.since.ms);
        const std::string message = std::to_string(due.periods) + " periods are due at once: release it, or cancel it.";
        impl_->on.cases->open(tx, {.merchant = merchant,
                                   .cause = cause,
                                   .reason = "billing_held",
                                   .customer_id = {},
                                   .owner_kind = due.turn.kind,
                                   .owner = due.turn.id,
                                   .message = message});
    }
    return false;
}

void Billing::release(Tx& tx, MerchantId merchant, const Backlog& due, std::string_view actor) {
    rows::put_released_until(tx, merchant, due.turn, impl_->on.merchants.now(tx, merchant));
    impl_->announce_hold(tx, merchant, due, "released", actor);
    end_hold(tx, merchant, due.turn, cases::Resolution::retry, "It was released without the case.");
}

void Billing::Impl::announce_hold(Tx& tx, MerchantId merchant, const Backlog& due, std::string_view word,
                                  std::string_view actor) const {
    const std::string id = florin::to_text(due.turn.id);
    const std::string action = "billing." + std::string{word};
    const std::string type = "florin." + action;
    const std::string subject = "hold-" + due.turn.kind + "-" + id;
    std::string data;
    json::Writer json{data};
    json.open('{')
        .field("owner_kind", due.turn.kind)
        .field("owner_id", due.turn.id)
        .field("due_at", due.since)
        .field("periods", due.periods)
        .close('}');
    events::append(
        tx, {.merchant = merchant, .type = type, .subject_type = "billing_hold", .subject_id = subject, .data = data});
    on.audit.append(tx, {.merchant = merchant,
                         .action = action,
                         .entity_type = due.turn.kind,
                         .entity_id = id,
                         .actor = actor,
                         .changes = data});
}

}  // namespace florin::billing
