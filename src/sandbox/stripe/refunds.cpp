#include "api.hpp"
#include "packing.hpp"
#include "params.hpp"

namespace florin::sandbox::stripe {
namespace {
/// How long a slow refund is pending.
constexpr std::int64_t slow_refund_ms = 5'000;
}  // namespace

void Api::save(Refund& refund) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_refund, refund.id, Packer::pack(refund));
}

void Api::book(const Refund& refund) {
    move("refund", refund.amount, refund.currency, refund.reference, refund.id, refund.payment_intent);
    give_back(refund);
}

void Api::plan_end(const Refund& refund) {
    if (refund.status != "pending") return;
    timetable_.plan(Instant{refund.created_ms + slow_refund_ms}, [this, id = refund.id] {
        Refund& slow = *refunds_.find(id);
        slow.status = "succeeded";
        book(slow);
        save(slow);
        tell("refund.updated", slow, of_itself());
    });
}

Reply Api::create_refund(const Call& call) {
    const json::Value& params = call.params;
    std::string id = text_of(params, "payment_intent");
    const std::string charge_id = text_of(params, "charge");
    if (id.empty() && charge_id.empty())
        return refuse({.code = "parameter_missing",
                       .message = "One of the following params should be provided: payment_intent or charge.",
                       .param = {}});
    if (id.empty()) {
        const auto known = intent_by_charge_.find(charge_id);
        if (known == intent_by_charge_.end()) return no_such("charge", charge_id, "charge");
        id = known->second;
    }
    PaymentIntent* intent = intents_.find(id);
    if (intent == nullptr) return no_such("payment_intent", id, "payment_intent");
    refresh(*intent);
    Charge* charge = intent->charges.empty() ? nullptr : &intent->charges.back();
    if (charge == nullptr || charge->captured == 0 || (!charge_id.empty() && charge->id != charge_id))
        return refuse({.code = {},
                       .message = "This PaymentIntent does not have a successful charge to refund.",
                       .param = "payment_intent",
                       .is_kept = true});
    if (const Dispute* dispute = disputes_.find(charge->dispute);
        dispute != nullptr && dispute->is_withdrawn && !dispute->is_reinstated)
        return refuse({.code = "charge_disputed",
                       .message = "The charge has been charged back: it cannot be refunded.",
                       .param = {},
                       .is_kept = true});
    const std::int64_t left = charge->captured - charge->refunded;
    if (left == 0)
        return refuse({.code = "charge_already_refunded",
                       .message = "The charge has already been refunded.",
                       .param = {},
                       .is_kept = true});
    const json::Value* given = params.find("amount");
    const auto amount = given == nullptr ? std::optional{left} : integer_of(params, "amount");
    if (!amount || *amount < 1)
        return refuse({.code = "parameter_invalid_integer", .message = "Above zero.", .param = "amount"});
    if (*amount > left)
        return refuse({.code = {},
                       .message = "Refund amount is greater than unrefunded amount on charge.",
                       .param = "amount",
                       .is_kept = true});
    const std::string reason = text_of(params, "reason");
    if (!reason.empty() && reason != "duplicate" && reason != "fraudulent" && reason != "requested_by_customer")
        return refuse({.code = "parameter_invalid", .message = "Invalid reason.", .param = "reason"});

    Refund refund;
    refund.id = new_id("re_");
    refund.payment_intent = intent->id;
    refund.charge = charge->id;
    refund.currency = intent->currency;
    refund.reason = reason;
    refund.reference = call.key;
    refund.amount = *amount;
    refund.created_ms = now_ms();
    read_metadata(params, refund.metadata);
    charge->refunded += *amount;
    save(*intent);
    refund.status = charge->card.scenario == Scenario::refunds_slowly ? "pending" : "succeeded";
    if (refund.status == "succeeded") book(refund);
    Refund& made = refunds_.add(std::move(refund));
    save(made);
    tell("refund.created", made, call);
    tell("charge.refunded", *charge, *intent, call);
    plan_end(made);
    return {render(made, params)};
}

Reply Api::show_refund(const Call& call) {
    Refund* refund = refunds_.find(call.ids[0]);
    if (refund == nullptr || is_hidden(call, refund->created_ms)) return no_such("refund", call.ids[0]);
    return {render(*refund, call.params)};
}

Reply Api::list_refunds(const Call& call) {
    const std::string intent = text_of(call.params, "payment_intent");
    const std::string charge = text_of(call.params, "charge");
    const auto matches = [&](const Refund& refund) {
        return (intent.empty() || refund.payment_intent == intent) && (charge.empty() || refund.charge == charge);
    };
    return list(call, refunds_.all(), matches,
                [&](const Refund& refund) { return render(refund, call.params, "data."); });
}

}  // namespace florin::sandbox::stripe
