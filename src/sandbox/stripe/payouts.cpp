// What the account is paid: everything in its balance at once, each currency by itself.

#include <map>

#include "amount.hpp"
#include "api.hpp"
#include "florin/json/writer.hpp"
#include "packing.hpp"
#include "params.hpp"

namespace florin::sandbox::stripe {
namespace {

CallFacts facts_of_settlement(std::string_view what, bool is_whole) {
    CallFacts facts;
    facts.provider = "stripe";
    facts.transaction_type = what;
    facts.of = FactsOf::settlement;
    facts.is_whole_settlement = is_whole;
    return facts;
}

/// What fault rules call it.
std::string_view kind_of(const BalanceTransaction& of) {
    return of.category == "dispute"            ? "chargeback"
           : of.category == "dispute_reversal" ? "chargeback_reversal"
                                               : std::string_view{of.category};
}

/// In Stripe's smallest unit.
std::int64_t units_of(const std::string& major, const std::string& currency) {
    return parse_amount(major, *decimals_of(currency)).value_or(0);
}

}  // namespace

void Api::save(Payout& payout) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_payout, payout.id, Packer::pack(payout));
}

std::size_t Api::settle() { return pay_out(desk_.now, INT64_MAX); }

void Api::pay_out_by_itself() {
    const std::int64_t wait_ms = desk_.settings.settle_after.count();
    if (wait_ms == 0) return;
    const std::int64_t midnight = now_ms() / day_ms * day_ms;
    pay_out(Instant{midnight}, midnight - wait_ms);
}

std::size_t Api::pay_out(Instant at, std::int64_t until_ms) {
    std::map<std::string, std::vector<std::string>> by_currency;
    for (const std::string& id : unpaid_) {
        const BalanceTransaction& of = *balance_.find(id);
        if (of.created_ms <= until_ms) by_currency[of.currency].push_back(id);
    }
    std::size_t paid = 0;
    for (const auto& [currency, ids] : by_currency) paid += pay_out(currency, ids, at);
    std::erase_if(unpaid_, [this](const std::string& id) {
        const BalanceTransaction& of = *balance_.find(id);
        return !of.payout.empty() || of.is_left_out;
    });
    return paid;
}

std::size_t Api::pay_out(const std::string& currency, const std::vector<std::string>& ids, Instant at) {
    Payout payout;
    payout.id = new_id("po_");
    payout.currency = currency;
    payout.status = "in_transit";
    payout.created_ms = at.ms;
    payout.arrives_ms = at.ms + pace_.payout_ms;
    std::vector<std::string> included;
    std::vector<BalanceTransaction> more;
    for (const std::string& id : ids) {
        BalanceTransaction& of = *balance_.find(id);
        const auto fault = faults_.pick(facts_of_settlement(kind_of(of), false));
        if (fault && fault->kind == FaultKind::line_left_out) {
            of.is_left_out = true;
            save(of);
            continue;
        }
        if (fault && fault->kind == FaultKind::line_amount)
            of.amount = of.amount < 0 ? -units_of(fault->amount, currency) : units_of(fault->amount, currency);
        if (fault && fault->kind == FaultKind::line_twice) more.push_back(of);
        if (fault && fault->kind == FaultKind::line_unknown)
            more.push_back(stray(of, units_of(fault->amount, currency)));
        included.push_back(id);
    }
    for (BalanceTransaction& of : more) {
        of.seq = 0;
        of.created_ms = at.ms;
        of.payout = payout.id;
        included.push_back(enter(std::move(of)).id);
    }
    for (const std::string& id : included) payout.amount += balance_.find(id)->net();
    // Nothing to pay: it waits for the next one.
    if (payout.amount == 0 && more.empty()) return 0;
    const auto fault = faults_.pick(facts_of_settlement("payout", true));
    payout.fails = fault && fault->kind == FaultKind::settlement_failed;
    if (fault && fault->kind == FaultKind::settlement_total) payout.amount = units_of(fault->amount, currency);
    for (const std::string& id : included) {
        balance_.find(id)->payout = payout.id;
        save(*balance_.find(id));
    }
    BalanceTransaction out;
    out.type = out.category = "payout";
    out.source = payout.id;
    out.currency = currency;
    out.description = "STRIPE PAYOUT";
    out.amount = -payout.amount;
    out.payout = payout.id;
    out.created_ms = at.ms;
    payout.balance_transaction = enter(std::move(out)).id;
    Payout& made = payouts_.add(std::move(payout));
    save(made);
    tell("payout.created", made);
    if (made.arrives_ms <= now_ms())
        arrive(made);
    else
        plan_arrival(made);
    return included.size();
}

BalanceTransaction Api::stray(const BalanceTransaction& beside, std::int64_t amount) {
    // As another program on the same account would make it.
    PaymentIntent intent;
    intent.id = new_id("pi_");
    intent.secret = intent.id + "_secret_" + desk_.letters(25);
    intent.amount = intent.received = amount;
    intent.currency = beside.currency;
    intent.status = IntentStatus::succeeded;
    intent.created_ms = now_ms();
    Charge charge;
    charge.id = new_id("ch_");
    charge.amount = charge.captured = amount;
    charge.created_ms = now_ms();
    BalanceTransaction made;
    made.type = made.category = "charge";
    made.source = charge.id;
    made.currency = beside.currency;
    made.amount = amount;
    intent_by_charge_[charge.id] = intent.id;
    intent.charges.push_back(std::move(charge));
    save(intents_.add(std::move(intent)));
    return made;
}

void Api::plan_arrival(const Payout& payout) {
    if (payout.status != "in_transit") return;
    timetable_.plan(Instant{payout.arrives_ms}, [this, id = payout.id] { arrive(*payouts_.find(id)); });
}

void Api::arrive(Payout& payout) {
    if (payout.status != "in_transit") return;
    payout.status = payout.fails ? "failed" : "paid";
    if (payout.fails) {
        // The money is in the balance again, and in the next payout.
        BalanceTransaction back;
        back.type = "payout_failure";
        back.category = "payout_reversal";
        back.source = payout.id;
        back.currency = payout.currency;
        back.description = "STRIPE PAYOUT FAILED";
        back.amount = payout.amount;
        payout.failure_balance_transaction = enter(std::move(back)).id;
    }
    save(payout);
    tell(payout.fails ? "payout.failed" : "payout.paid", payout);
}

std::string Api::render(const Payout& payout, const json::Value& params, std::string_view prefix) {
    const bool has_failed = payout.status == "failed";
    std::string body;
    json::Writer json{body};
    json.open('{').field("id", payout.id).field("object", "payout").field("amount", payout.amount);
    json.key("application_fee").null().key("application_fee_amount").null();
    // The day alone is known.
    json.field("arrival_date", payout.arrives_ms / day_ms * day_ms / 1'000).field("automatic", !payout.by_hand);
    write_balance_transaction(json, "balance_transaction", payout.balance_transaction, params, prefix);
    json.field("created", payout.created_ms / 1'000).field("currency", payout.currency);
    json.field("description", "STRIPE PAYOUT").field("destination", "ba_sandbox");
    write_balance_transaction(json, "failure_balance_transaction", payout.failure_balance_transaction, params, prefix);
    if (has_failed)
        json.field("failure_code", "account_closed").field("failure_message", "The bank account has been closed.");
    else
        json.key("failure_code").null().key("failure_message").null();
    json.field("livemode", false).key("metadata").open('{').close('}').field("method", "standard");
    json.key("original_payout")
        .null()
        .field("reconciliation_status", payout.by_hand ? "not_applicable" : "completed")
        .key("reversed_by")
        .null();
    json.field("source_type", "card").key("statement_descriptor").null().field("status", payout.status);
    json.key("trace_id").null().field("type", "bank_account").close('}');
    return body;
}

Reply Api::create_payout(const Call& call) {
    pay_out_by_itself();
    const std::int64_t amount = integer_of(call.params, "amount").value_or(0);
    const std::string currency = text_of(call.params, "currency");
    if (amount < 1) return refuse({.code = "parameter_invalid_integer", .message = "Above zero.", .param = "amount"});
    std::int64_t balance = 0;
    for (const std::string& id : unpaid_)
        if (const BalanceTransaction& of = *balance_.find(id); of.currency == currency) balance += of.net();
    if (amount > balance)
        return refuse({.code = "balance_insufficient",
                       .message = "You have insufficient funds in your Stripe account for this transfer.",
                       .param = {}});
    Payout payout;
    payout.id = new_id("po_");
    payout.currency = currency;
    payout.status = "in_transit";
    payout.by_hand = true;
    payout.amount = amount;
    payout.created_ms = now_ms();
    payout.arrives_ms = now_ms() + pace_.payout_ms;
    const auto fault = faults_.pick(facts_of_settlement("payout", true));
    payout.fails = fault && fault->kind == FaultKind::settlement_failed;
    BalanceTransaction out;
    out.type = out.category = "payout";
    out.source = payout.id;
    out.currency = currency;
    out.description = "STRIPE PAYOUT";
    out.amount = -amount;
    payout.balance_transaction = enter(std::move(out)).id;
    Payout& made = payouts_.add(std::move(payout));
    save(made);
    tell("payout.created", made);
    if (made.arrives_ms <= now_ms())
        arrive(made);
    else
        plan_arrival(made);
    return {render(made, call.params)};
}

Reply Api::show_payout(const Call& call) {
    pay_out_by_itself();
    const Payout* payout = payouts_.find(call.ids[0]);
    if (payout == nullptr || is_hidden(call, payout->created_ms)) return no_such("payout", call.ids[0]);
    return {render(*payout, call.params)};
}

Reply Api::list_payouts(const Call& call) {
    pay_out_by_itself();
    const std::string status = text_of(call.params, "status");
    const std::int64_t at_least = integer_of(call.params, "arrival_date.gte").value_or(INT64_MIN);
    const std::int64_t above = integer_of(call.params, "arrival_date.gt").value_or(INT64_MIN);
    const std::int64_t at_most = integer_of(call.params, "arrival_date.lte").value_or(INT64_MAX);
    const std::int64_t below = integer_of(call.params, "arrival_date.lt").value_or(INT64_MAX);
    const auto matches = [&](const Payout& payout) {
        const std::int64_t arrival = payout.arrives_ms / day_ms * day_ms / 1'000;
        return (status.empty() || payout.status == status) && arrival >= at_least && arrival > above &&
               arrival <= at_most && arrival < below;
    };
    return list(call, payouts_.all(), matches,
                [&](const Payout& payout) { return render(payout, call.params, "data."); });
}

}  // namespace florin::sandbox::stripe
