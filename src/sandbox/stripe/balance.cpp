// What is in the account's balance: every movement of money, what Stripe keeps of it, and which payout it went into.

#include <map>

#include "api.hpp"
#include "florin/json/writer.hpp"
#include "packing.hpp"
#include "params.hpp"

namespace florin::sandbox::stripe {

void Api::save(BalanceTransaction& of) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_balance_transaction, of.id, Packer::pack(of));
}

BalanceTransaction& Api::enter(BalanceTransaction made) {
    made.id = new_id("txn_");
    if (made.created_ms == 0) made.created_ms = now_ms();
    balance_by_source_[made.source].push_back(made.id);
    if (made.payout.empty() && !made.is_left_out) unpaid_.push_back(made.id);
    BalanceTransaction& entered = balance_.add(std::move(made));
    save(entered);
    return entered;
}

void Api::earn(const Charge& charge, const PaymentIntent& intent, std::int64_t amount) {
    BalanceTransaction made;
    made.type = charge.type == "card" ? "charge" : "payment";
    made.category = "charge";
    made.source = charge.id;
    made.currency = intent.currency;
    made.description = intent.description;
    made.fee_description = "Stripe processing fees";
    made.amount = amount;
    // Half a unit is rounded up; of krónur there are only whole ones, in hundredths.
    made.fee = (amount * fees_.rate_bp + 5'000) / 10'000 + fees_.fixed;
    if (made.currency == "isk") made.fee = (made.fee + 99) / 100 * 100;
    enter(std::move(made));
}

void Api::give_back(const Refund& refund) {
    BalanceTransaction made;
    // The fee of what is given back is kept.
    made.type = refund.charge.starts_with("py_") ? "payment_refund" : "refund";
    made.category = "refund";
    made.source = refund.id;
    made.currency = refund.currency;
    made.description = "REFUND FOR CHARGE";
    made.amount = -refund.amount;
    enter(std::move(made));
}

void Api::take_back(const Dispute& dispute) {
    BalanceTransaction made;
    made.type = "adjustment";
    made.category = "dispute";
    made.source = dispute.id;
    made.currency = dispute.currency;
    made.description = "Chargeback withdrawal for " + dispute.charge;
    made.fee_description = "Dispute fee";
    made.amount = -dispute.amount;
    made.fee = fees_.dispute;
    enter(std::move(made));
}

void Api::reinstate(const Dispute& dispute) {
    BalanceTransaction made;
    made.type = "adjustment";
    made.category = "dispute_reversal";
    made.source = dispute.id;
    made.currency = dispute.currency;
    made.description = "Chargeback reversal for " + dispute.charge;
    made.fee_description = "Dispute fee refund";
    made.amount = dispute.amount;
    // Who has won gets the fee of the dispute back.
    for (const std::string& id : balance_by_source_[dispute.id])
        if (balance_.find(id)->category == "dispute") made.fee = -balance_.find(id)->fee;
    enter(std::move(made));
}

std::string Api::first_of(const std::string& source) const {
    const auto known = balance_by_source_.find(source);
    return known == balance_by_source_.end() ? std::string{} : known->second.front();
}

void Api::write_balance_transaction(json::Writer& json, std::string_view name, std::string_view id,
                                    const json::Value& params, std::string_view prefix) {
    const std::string at = std::string{prefix} + std::string{name};
    json.key(name);
    if (id.empty())
        json.null();
    else if (expands(params, at))
        json.raw(render(*balance_.find(id), params, at + "."));
    else
        json.value(id);
}

std::string Api::render(const BalanceTransaction& of, const json::Value& params, std::string_view prefix) {
    const std::string at{prefix};
    std::string body;
    json::Writer json{body};
    json.open('{').field("id", of.id).field("object", "balance_transaction").field("amount", of.amount);
    json.field("available_on", of.created_ms / 1'000 + desk_.settings.settle_after.count() / 1'000);
    json.field("balance_type", "payments").field("created", of.created_ms / 1'000).field("currency", of.currency);
    if (of.description.empty())
        json.key("description").null();
    else
        json.field("description", of.description);
    json.key("exchange_rate").null().field("fee", of.fee).key("fee_details").open('[');
    if (of.fee != 0) {
        json.open('{').field("amount", of.fee).key("application").null().field("currency", of.currency);
        json.field("description", of.fee_description).field("type", "stripe_fee").close('}');
    }
    json.close(']').field("net", of.net()).field("reporting_category", of.category);
    // Whatever it is that moved it.
    const bool is_expanded = expands(params, at + "source");
    const auto intent = intent_by_charge_.find(of.source);
    if (is_expanded && intent != intent_by_charge_.end()) {
        const PaymentIntent& paid = *intents_.find(intent->second);
        for (const Charge& charge : paid.charges)
            if (charge.id == of.source) json.raw_field("source", render(charge, paid, params, at + "source."));
    } else if (const Refund* refund = is_expanded ? refunds_.find(of.source) : nullptr) {
        json.raw_field("source", render(*refund, params, at + "source."));
    } else if (const Dispute* dispute = is_expanded ? disputes_.find(of.source) : nullptr) {
        json.raw_field("source", render(*dispute, params, at + "source."));
    } else if (const Payout* payout = is_expanded ? payouts_.find(of.source) : nullptr) {
        json.raw_field("source", render(*payout, params, at + "source."));
    } else {
        json.field("source", of.source);
    }
    const bool is_pending = of.created_ms + desk_.settings.settle_after.count() > now_ms();
    json.field("status", is_pending ? "pending" : "available").field("type", of.type).close('}');
    return body;
}

Reply Api::show_balance(const Call&) {
    pay_out_by_itself();
    std::map<std::string, std::int64_t> available, pending;
    for (const std::string& id : unpaid_) {
        const BalanceTransaction& of = *balance_.find(id);
        const bool is_pending = of.created_ms + desk_.settings.settle_after.count() > now_ms();
        (is_pending ? pending : available)[of.currency] += of.net();
        (is_pending ? available : pending)[of.currency] += 0;
    }
    Reply reply;
    json::Writer json{reply.body};
    json.open('{').field("object", "balance");
    for (const auto& [name, sums] : {std::pair{"available", &available}, std::pair{"pending", &pending}}) {
        json.key(name).open('[');
        for (const auto& [currency, amount] : *sums) {
            json.open('{').field("amount", amount).field("currency", currency);
            json.key("source_types").open('{').field("card", amount).close('}').close('}');
        }
        json.close(']');
    }
    json.field("livemode", false).close('}');
    return reply;
}

Reply Api::show_balance_transaction(const Call& call) {
    pay_out_by_itself();
    const BalanceTransaction* of = balance_.find(call.ids[0]);
    if (of == nullptr || is_hidden(call, of->created_ms)) return no_such("balance transaction", call.ids[0]);
    return {render(*of, call.params)};
}

Reply Api::list_balance_transactions(const Call& call) {
    pay_out_by_itself();
    const std::string payout = text_of(call.params, "payout"), source = text_of(call.params, "source");
    const std::string type = text_of(call.params, "type"), currency = text_of(call.params, "currency");
    const Payout* const of_payout = payout.empty() ? nullptr : payouts_.find(payout);
    if (!payout.empty() && of_payout == nullptr) return no_such("payout", payout, "payout");
    if (of_payout != nullptr && of_payout->by_hand)
        return refuse(
            {.code = {},
             .message = "Balance transaction history can only be filtered on automatic transfers, not manual.",
             .param = "payout"});
    const auto matches = [&](const BalanceTransaction& of) {
        return (payout.empty() || of.payout == payout) && (source.empty() || of.source == source) &&
               (type.empty() || of.type == type) && (currency.empty() || of.currency == currency);
    };
    return list(call, balance_.all(), matches,
                [&](const BalanceTransaction& of) { return render(of, call.params, "data."); });
}

}  // namespace florin::sandbox::stripe
