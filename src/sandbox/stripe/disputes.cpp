// What payers have their banks take back: chargebacks of cards, returns of debits that had succeeded.

#include "api.hpp"
#include "packing.hpp"
#include "params.hpp"

namespace florin::sandbox::stripe {
namespace {

constexpr std::int64_t time_to_answer_ms = 9LL * 24 * 3'600'000;

Reply closed_already() {
    return refuse({.code = {}, .message = "This dispute is already closed.", .param = {}, .is_kept = true});
}

}  // namespace

void Api::save(Dispute& dispute) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_dispute, dispute.id, Packer::pack(dispute));
}

void Api::plan_dispute(const PaymentIntent& intent) {
    if (intent.charges.empty() || intent.received == 0 || intent.status != IntentStatus::succeeded) return;
    const Charge& charge = intent.charges.back();
    const bool is_wanted = charge.card.scenario == Scenario::is_disputed ||
                           charge.card.scenario == Scenario::is_inquired || charge.bank.end == DebitEnd::is_disputed;
    if (!is_wanted || !charge.dispute.empty()) return;
    timetable_.plan(desk_.now + Millis{pace_.dispute_ms}, [this, id = intent.id] {
        PaymentIntent& disputed = *intents_.find(id);
        const Card& card = disputed.charges.back().card;
        open_dispute(disputed, disputed.charges.back().type == "card" ? card.code : "debit_not_authorized",
                     card.scenario == Scenario::is_inquired);
    });
}

void Api::open_dispute(PaymentIntent& intent, std::string_view reason, bool is_inquiry) {
    Charge& charge = intent.charges.back();
    // Of what was paid back already there is nothing to take.
    if (!charge.dispute.empty() || charge.captured == charge.refunded) return;
    const Call& call = of_itself();
    const bool is_debit = charge.type != "card";
    Dispute dispute;
    dispute.id = new_id("du_");
    dispute.charge = charge.id;
    dispute.payment_intent = intent.id;
    dispute.currency = intent.currency;
    dispute.reason = reason;
    dispute.amount = charge.captured - charge.refunded;
    // Nobody can contest the return of a debit.
    dispute.status = is_inquiry ? "warning_needs_response" : is_debit ? "lost" : "needs_response";
    dispute.is_withdrawn = !is_inquiry;
    dispute.created_ms = now_ms();
    dispute.due_ms = is_debit ? 0 : now_ms() + time_to_answer_ms;
    charge.dispute = dispute.id;
    save(intent);
    Dispute& made = disputes_.add(std::move(dispute));
    save(made);
    tell("charge.dispute.created", made, call);
    if (made.is_withdrawn) {
        move("chargeback", made.amount, made.currency, intent.reference, made.id, intent.id);
        take_back(made);
        tell("charge.dispute.funds_withdrawn", made, call);
    }
    if (is_debit) tell("charge.dispute.closed", made, call);
    plan_deadline(made);
}

void Api::plan_deadline(const Dispute& dispute) {
    if (!dispute.is_open() || dispute.due_ms == 0) return;
    timetable_.plan(Instant{dispute.due_ms}, [this, id = dispute.id] {
        // Who says nothing has lost; an inquiry is closed.
        Dispute& due = *disputes_.find(id);
        if (due.status == "needs_response" || due.status == "warning_needs_response") decide(due, due.is_inquiry());
    });
}

void Api::decide(Dispute& dispute, bool is_won) {
    const Call& call = of_itself();
    dispute.status = dispute.is_inquiry() ? (is_won ? "warning_closed" : "lost") : is_won ? "won" : "lost";
    const std::string reference = intents_.find(dispute.payment_intent)->reference;
    if (is_won && dispute.is_withdrawn) {
        dispute.is_reinstated = true;
        move("chargeback_reversal", dispute.amount, dispute.currency, reference, dispute.id, dispute.payment_intent);
        reinstate(dispute);
    } else if (!is_won && !dispute.is_withdrawn) {
        dispute.is_withdrawn = true;
        move("chargeback", dispute.amount, dispute.currency, reference, dispute.id, dispute.payment_intent);
        take_back(dispute);
        tell("charge.dispute.funds_withdrawn", dispute, call);
    }
    save(dispute);
    if (dispute.is_reinstated) tell("charge.dispute.funds_reinstated", dispute, call);
    tell("charge.dispute.closed", dispute, call);
}

Reply Api::show_dispute(const Call& call) {
    Dispute* dispute = disputes_.find(call.ids[0]);
    if (dispute == nullptr || is_hidden(call, dispute->created_ms)) return no_such("dispute", call.ids[0]);
    return {render(*dispute, call.params)};
}

Reply Api::list_disputes(const Call& call) {
    const std::string intent = text_of(call.params, "payment_intent");
    const std::string charge = text_of(call.params, "charge");
    const auto matches = [&](const Dispute& dispute) {
        return (intent.empty() || dispute.payment_intent == intent) && (charge.empty() || dispute.charge == charge);
    };
    return list(call, disputes_.all(), matches,
                [&](const Dispute& dispute) { return render(dispute, call.params, "data."); });
}

Reply Api::update_dispute(const Call& call) {
    Dispute* dispute = disputes_.find(call.ids[0]);
    if (dispute == nullptr) return no_such("dispute", call.ids[0]);
    if (!dispute->is_open()) return closed_already();
    read_metadata(call.params, dispute->metadata);
    const json::Value* evidence = call.params.find("evidence");
    if (evidence != nullptr && evidence->kind() == json::Kind::object) {
        for (const auto& [key, value] : evidence->members()) {
            std::erase_if(dispute->evidence, [&](const Pair& pair) { return pair.key == key; });
            if (!value.text().empty()) dispute->evidence.push_back({key, std::string{value.text()}});
        }
    }
    const bool is_submitted = evidence != nullptr && text_of(call.params, "submit") != "false";
    if (is_submitted) {
        ++dispute->submissions;
        dispute->status = dispute->is_inquiry() ? "warning_under_review" : "under_review";
    }
    save(*dispute);
    tell("charge.dispute.updated", *dispute, call);
    // Test mode's words, on which it decides at once.
    const std::string verdict = text_of(call.params, "evidence.uncategorized_text");
    if (is_submitted && (verdict == "winning_evidence" || verdict == "losing_evidence"))
        decide(*dispute, verdict == "winning_evidence");
    return {render(*dispute, call.params)};
}

Reply Api::close_dispute(const Call& call) {
    Dispute* dispute = disputes_.find(call.ids[0]);
    if (dispute == nullptr) return no_such("dispute", call.ids[0]);
    if (!dispute->is_open()) return closed_already();
    decide(*dispute, dispute->is_inquiry());
    return {render(*dispute, call.params)};
}

}  // namespace florin::sandbox::stripe
