// What a person decides about a charge that no machine could finish, and about what stands still.

#include "billing_impl.hpp"
#include "florin/cases/cases.hpp"
#include "florin/events/events.hpp"
#include "florin/json/writer.hpp"
#include "hold_store.hpp"

namespace florin::billing {
namespace {

/// Both have to be passed: a plan that is billed daily is not three days behind because of a long weekend, and one that
/// is billed monthly not because of a month (F78).
constexpr std::int64_t most_periods_behind = 3;
constexpr Millis most_time_behind = std::chrono::days{35};

}  // namespace

Result<Charge> Billing::decide(Tx& tx, MerchantId merchant, ChargeId id, Decision decision, std::string_view actor) {
    return impl_->decide(tx, merchant, id, decision, actor);
}

Result<Charge> Billing::Impl::decide(Tx& tx, MerchantId merchant, ChargeId id, Decision decision,
                                     std::string_view actor) const {
    auto charge = rows::find_charge(tx, merchant, id);
    if (!charge) return fail(ErrorKind::not_found, "charge_not_found", "There is no such charge.");
    const bool may_retry_now = decision == Decision::retry && charge->status == ChargeStatus::retrying;
    if (charge->status != ChargeStatus::failed && !may_retry_now)
        return fail(
            ErrorKind::conflict, "charge_not_failed",
            "A person decides only about a charge that failed, and lets one be tried earlier that waits for it.");
    const std::int64_t before = charge->version;
    charge->version += 1;
    charge->updated_at = tx.now();
    charge->ending = std::nullopt;
    charge->retry_on = std::nullopt;
    std::string_view word;
    switch (decision) {
        case Decision::retry:
            charge->status = ChargeStatus::pending;
            charge->settled_at = std::nullopt;
            word = "reopened";
            break;
        case Decision::paid_elsewhere:
            charge->status = ChargeStatus::succeeded;
            charge->settled_at = tx.now();
            charge->payment = std::nullopt;
            charge->decline = payments::DeclineClass::none;
            charge->message = "Paid elsewhere.";
            word = "paid_elsewhere";
            break;
        case Decision::waive:
            charge->status = ChargeStatus::canceled;
            charge->settled_at = tx.now();
            word = "canceled";
            break;
    }
    if (!rows::update_charge(tx, *charge, before))
        return fail(ErrorKind::conflict, "charge_changed_meanwhile", "Read the charge again.");
    remove_turn(tx, merchant, {.kind = "charge", .id = id.value});
    announce(tx, *charge, word, actor);
    if (decision == Decision::retry) enqueue_collect(tx, *charge);
    if (const Owner* owner = find_owner(charge->owner_kind); owner != nullptr && owner->on_charge)
        owner->on_charge(tx, *charge);
    return std::move(*charge);
}

void Billing::pay_by(Tx& tx, MerchantId merchant, std::string_view owner_kind, const Uuid& owner, const Means& means) {
    rows::set_means(tx, merchant, owner_kind, owner, means);
}

bool Billing::may_bill(Tx& tx, MerchantId merchant, const Turn& turn, Instant due_at, std::int64_t periods) {
    const Instant now = impl_->on.merchants.now(tx, merchant);
    if (periods <= most_periods_behind || now - due_at <= most_time_behind) return true;
    if (const auto hold = rows::find_hold(tx, merchant, turn)) {
        if (hold->released_until && due_at <= *hold->released_until) return true;
    }
    rows::put_hold(tx, merchant, turn, due_at, periods);
    remove_turn(tx, merchant, turn);
    impl_->announce_hold(tx, merchant, turn, "held", due_at, periods, "system");
    if (impl_->on.cases != nullptr) {
        const std::string cause =
            "hold:" + turn.kind + ":" + florin::to_text(turn.id) + ":" + std::to_string(due_at.ms);
        const std::string message = std::to_string(periods) + " periods are due at once: release it, or cancel it.";
        impl_->on.cases->open(tx, {.merchant = merchant,
                                   .cause = cause,
                                   .reason = "billing_held",
                                   .customer_id = {},
                                   .owner_kind = turn.kind,
                                   .owner = turn.id,
                                   .message = message});
    }
    return false;
}

Result<void> Billing::release(Tx& tx, MerchantId merchant, const Turn& turn, std::string_view actor) {
    return impl_->release(tx, merchant, turn, actor);
}

Result<void> Billing::Impl::release(Tx& tx, MerchantId merchant, const Turn& turn, std::string_view actor) const {
    const auto hold = rows::find_hold(tx, merchant, turn);
    if (!hold || hold->released_until)
        return fail(ErrorKind::conflict, "not_held", "It is not held: there is nothing to release.");
    if (!rows::release_hold(tx, merchant, turn, on.merchants.now(tx, merchant)))
        return fail(ErrorKind::conflict, "not_held", "It is not held: there is nothing to release.");
    put_turn(tx, merchant, turn, hold->due_at);
    announce_hold(tx, merchant, turn, "released", hold->due_at, hold->periods, actor);
    return {};
}

bool Billing::is_held(Reader& reader, MerchantId merchant, const Turn& turn) const {
    const auto hold = rows::find_hold(reader, merchant, turn);
    return hold && !hold->released_until;
}

void Billing::Impl::announce_hold(Tx& tx, MerchantId merchant, const Turn& turn, std::string_view word, Instant due_at,
                                  std::int64_t periods, std::string_view actor) const {
    const std::string id = florin::to_text(turn.id);
    const std::string action = "billing." + std::string{word};
    const std::string type = "florin." + action;
    const std::string subject = "hold-" + turn.kind + "-" + id;
    std::string data;
    json::Writer json{data};
    json.open('{')
        .field("owner_kind", turn.kind)
        .field("owner_id", turn.id)
        .field("due_at", due_at)
        .field("periods", periods)
        .close('}');
    events::append(
        tx, {.merchant = merchant, .type = type, .subject_type = "billing_hold", .subject_id = subject, .data = data});
    on.audit.append(tx, {.merchant = merchant,
                         .action = action,
                         .entity_type = turn.kind,
                         .entity_id = id,
                         .actor = actor,
                         .changes = data});
}

}  // namespace florin::billing
