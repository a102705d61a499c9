// Debits of bank accounts: begun at once, ended days later.

#include <algorithm>

#include "api.hpp"
#include "packing.hpp"
#include "params.hpp"
#include "test_accounts.hpp"

namespace florin::sandbox::stripe {
namespace {

constexpr std::string_view known_types[] = {"card", "sepa_debit", "us_bank_account"};

/// The only currency of a bank debit; empty for cards.
std::string_view currency_of(std::string_view type) {
    return type == "sepa_debit" ? "eur" : type == "us_bank_account" ? "usd" : "";
}

}  // namespace

void Api::save(Mandate& mandate) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_mandate, mandate.id, Packer::pack(mandate));
}

std::optional<Reply> Api::read_types(const json::Value& params, PaymentIntent& intent) {
    const json::Value* types = params.find("payment_method_types");
    if (types == nullptr) return std::nullopt;
    for (const json::Value& type : types->items()) {
        const std::string_view name = type.text();
        if (std::ranges::find(known_types, name) == std::end(known_types)) {
            const std::string message =
                "The payment method type \"" + json::printable_name(name) + "\" is not activated for this account.";
            return refuse(
                {.code = "payment_intent_invalid_parameter", .message = message, .param = "payment_method_types"});
        }
        if (!currency_of(name).empty() && currency_of(name) != intent.currency)
            return refuse({.code = "payment_intent_invalid_parameter",
                           .message = "The currency is invalid for one of the payment method types.",
                           .param = "currency"});
        intent.types.emplace_back(name);
    }
    return std::nullopt;
}

std::optional<Reply> Api::check_method(PaymentIntent& intent, const PaymentMethod& method, const Call& call) {
    if (!intent.types.empty() && std::ranges::find(intent.types, method.type) == intent.types.end())
        return refuse({.code = "payment_intent_incompatible_payment_method",
                       .message = "The payment method's type is none of the PaymentIntent's.",
                       .param = "payment_method"});
    if (method.is_card()) return std::nullopt;
    if (currency_of(method.type) != intent.currency)
        return refuse({.code = "payment_intent_invalid_parameter",
                       .message = "The currency is invalid for the payment method.",
                       .param = "currency"});
    if (intent.is_manual)
        return refuse({.code = "payment_intent_invalid_parameter",
                       .message = "Bank debits cannot be captured later.",
                       .param = "capture_method"});
    const std::string usage = text_of(call.params, "setup_future_usage");
    const bool is_multi_use = !intent.setup_future_usage.empty() || !usage.empty();
    if (auto refused = read_mandate(call.params, method, is_multi_use, intent.mandate)) return refused;
    if (!intent.mandate.empty()) return std::nullopt;
    const std::string given = text_of(call.params, "mandate");
    const Mandate* mandate = mandates_.find(given.empty() ? method.mandate : given);
    if (mandate == nullptr) return missing("mandate_data");
    if (mandate->is_inactive || mandate->payment_method != method.id || !mandate->is_multi_use)
        return refuse({.code = "payment_intent_mandate_invalid",
                       .message = "The mandate cannot be used with this payment method.",
                       .param = "mandate"});
    intent.mandate = mandate->id;
    return std::nullopt;
}

std::optional<Reply> Api::read_mandate(const json::Value& params, const PaymentMethod& method, bool is_multi_use,
                                       std::string& id) {
    if (params.find("mandate_data") == nullptr) return std::nullopt;
    Mandate mandate;
    mandate.acceptance = text_of(params, "mandate_data.customer_acceptance.type");
    mandate.ip_address = text_of(params, "mandate_data.customer_acceptance.online.ip_address");
    mandate.user_agent = text_of(params, "mandate_data.customer_acceptance.online.user_agent");
    if (mandate.acceptance != "online" && mandate.acceptance != "offline")
        return missing("mandate_data[customer_acceptance][type]");
    if (mandate.acceptance == "online" && mandate.ip_address.empty())
        return missing("mandate_data[customer_acceptance][online][ip_address]");
    if (mandate.acceptance == "online" && mandate.user_agent.empty())
        return missing("mandate_data[customer_acceptance][online][user_agent]");
    mandate.id = new_id("mandate_");
    mandate.payment_method = method.id;
    mandate.reference = desk_.letters(16);
    mandate.is_sepa = method.type == "sepa_debit";
    mandate.is_multi_use = is_multi_use;
    mandate.created_ms = now_ms();
    id = mandate.id;
    save(mandates_.add(std::move(mandate)));
    return std::nullopt;
}

Reply Api::debit(PaymentIntent& intent, const Call& call) {
    if (methods_.find(intent.payment_method)->wants_verification) return ask_payer(intent, Action::verify, call);
    return begin_debit(intent, call);
}

Reply Api::begin_debit(PaymentIntent& intent, const Call& call) {
    const PaymentMethod& method = *methods_.find(intent.payment_method);
    Charge charge = new_charge(intent, method);
    charge.mandate = intent.mandate;
    charge.is_pending = true;
    if (call.orders.decline_code != 0) {
        charge.bank.end = DebitEnd::fails;
        charge.bank.failure_code = "generic_could_not_process";
    }
    if (charge.bank.end != DebitEnd::never)
        charge.ends_ms = now_ms() + (charge.bank.is_slow ? pace_.slow_debit_ms : pace_.debit_ms);
    intent_by_charge_[charge.id] = intent.id;
    intent.charges.push_back(std::move(charge));
    intent.last_error = {};
    intent.action = Action::none;
    intent.status = IntentStatus::processing;
    save(intent);
    keep_for_later(intent, call);
    tell("payment_intent.processing", intent, call);
    tell("charge.pending", intent.charges.back(), intent, call);
    plan_end(intent);
    return {render(intent, call.params)};
}

void Api::plan_end(const PaymentIntent& intent) {
    if (intent.status != IntentStatus::processing || intent.charges.back().ends_ms == 0) return;
    const Charge& charge = intent.charges.back();
    timetable_.plan(Instant{charge.ends_ms}, [this, id = intent.id, attempt = charge.id] {
        PaymentIntent& slow = *intents_.find(id);
        if (slow.status == IntentStatus::processing && slow.charges.back().id == attempt)
            end_debit(slow, slow.charges.back().bank.failure_code);
    });
}

void Api::end_debit(PaymentIntent& intent, std::string failure_code) {
    const Call& call = of_itself();
    Charge& charge = intent.charges.back();
    charge.is_pending = false;
    if (failure_code.empty()) {
        charge.captured = intent.amount;
        intent.received = intent.amount;
        intent.status = IntentStatus::succeeded;
        move("purchase", intent.amount, intent.currency, intent.reference, intent.id);
        earn(charge, intent, intent.amount);
        save(intent);
        tell("charge.succeeded", charge, intent, call);
        tell("payment_intent.succeeded", intent, call);
        plan_dispute(intent);
        return;
    }
    charge.decline = {failure_code, {}, std::string{message_of_failure(failure_code)}, {}};
    intent.last_error = {"payment_intent_payment_attempt_failed", {}, charge.decline.message, {}};
    intent.status = IntentStatus::requires_payment_method;
    intent.payment_method.clear();
    save(intent);
    tell("charge.failed", charge, intent, call);
    tell("payment_intent.payment_failed", intent, call);
    const bool ends_mandate =
        failure_code == "account_closed" || failure_code == "no_account" || failure_code == "debit_not_authorized";
    Mandate* mandate = mandates_.find(charge.mandate);
    if (!ends_mandate || mandate == nullptr || mandate->is_inactive) return;
    mandate->is_inactive = true;
    save(*mandate);
    tell("mandate.updated", intent.id, render(*mandate), call);
}

std::optional<Reply> Api::check_deposits(const json::Value& params) {
    const json::Value* amounts = params.find("amounts");
    const std::string code = text_of(params, "descriptor_code");
    if (amounts == nullptr && code.empty())
        return refuse({.code = "parameter_missing", .message = "Give `amounts` or `descriptor_code`.", .param = {}});
    if (amounts != nullptr) {
        std::vector<std::string> given;
        for (const json::Value& amount : amounts->items()) given.emplace_back(amount.text());
        std::ranges::sort(given);
        if (given != std::vector<std::string>{"32", "45"})
            return refuse({.code = "payment_method_microdeposit_verification_amounts_mismatch",
                           .message = "The amounts do not match those that were sent to the account.",
                           .param = "amounts"});
    } else if (code != "SM11AA") {
        return refuse({.code = "payment_method_microdeposit_verification_descriptor_code_mismatch",
                       .message = "The code does not match the one that was sent to the account.",
                       .param = "descriptor_code"});
    }
    return std::nullopt;
}

Reply Api::verify_intent(const Call& call) {
    PaymentIntent* intent = intents_.find(call.ids[0]);
    if (intent == nullptr) return no_such("payment_intent", call.ids[0], "intent");
    if (intent->status != IntentStatus::requires_action || intent->action != Action::verify)
        return refuse({.code = "payment_intent_unexpected_state",
                       .message = "This PaymentIntent does not wait for a verification.",
                       .param = {},
                       .is_kept = true});
    if (auto refused = check_deposits(call.params)) return *refused;
    act(*intent, true, call);
    return {render(*intent, call.params)};
}

Reply Api::verify_setup(const Call& call) {
    SetupIntent* setup = setups_.find(call.ids[0]);
    if (setup == nullptr) return no_such("setupintent", call.ids[0], "intent");
    if (setup->status != "requires_action" || setup->action != Action::verify)
        return refuse({.code = "setup_intent_unexpected_state",
                       .message = "This SetupIntent does not wait for a verification.",
                       .param = {},
                       .is_kept = true});
    if (auto refused = check_deposits(call.params)) return *refused;
    act(*setup, true, call);
    return {render(*setup)};
}

Reply Api::show_mandate(const Call& call) {
    const Mandate* mandate = mandates_.find(call.ids[0]);
    if (mandate == nullptr || is_hidden(call, mandate->created_ms)) return no_such("mandate", call.ids[0]);
    return {render(*mandate)};
}

}  // namespace florin::sandbox::stripe
