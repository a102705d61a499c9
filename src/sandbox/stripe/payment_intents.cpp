#include <charconv>

#include "amount.hpp"
#include "api.hpp"
#include "florin/base/money.hpp"
#include "packing.hpp"
#include "params.hpp"
#include "search.hpp"
#include "test_cards.hpp"

namespace florin::sandbox::stripe {
namespace {

/// Holds that nobody captures are let go of.
constexpr std::int64_t hold_lifetime_ms = 7LL * 24 * 3'600'000;
constexpr std::int64_t largest_amount = 99'999'999;

Reply unexpected_state(std::string_view message) {
    return refuse({.code = "payment_intent_unexpected_state", .message = message, .param = {}, .is_kept = true});
}

/// The smallest charge, in the currency's unit.
std::int64_t smallest_amount(std::string_view currency) { return currency == "usd" || currency == "eur" ? 50 : 1; }

std::optional<Reply> find_fault(std::string_view currency, std::int64_t amount) {
    const auto decimals = decimals_of(currency);
    if (!decimals || currency != [&] {
            std::string lower{currency};
            for (char& c : lower)
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
            return lower;
        }())
        return refuse({.code = "parameter_invalid", .message = "Invalid currency.", .param = "currency"});
    if (amount < smallest_amount(currency))
        return refuse({.code = "amount_too_small", .message = "Amount must be at least 50 cents.", .param = "amount"});
    if (amount > largest_amount)
        return refuse(
            {.code = "amount_too_large", .message = "Amount must be no more than 999,999.99.", .param = "amount"});
    if (*decimals == 3 && amount % 10 != 0)
        return refuse({.code = "parameter_invalid_integer",
                       .message = "The last digit of an amount with three decimals is 0.",
                       .param = "amount"});
    if (currency == "isk" && amount % 100 != 0)
        return refuse({.code = "invalid_charge_amount_no_decimal_compatible",
                       .message = "Invalid amount. It must be evenly divisible by 100.",
                       .param = "amount"});
    return std::nullopt;
}

}  // namespace

void Api::save(PaymentIntent& intent) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_payment_intent, intent.id, Packer::pack(intent));
}

void Api::refresh(PaymentIntent& intent) {
    if (intent.status != IntentStatus::requires_capture || intent.created_ms + hold_lifetime_ms > now_ms()) return;
    intent.status = intent.received > 0 ? IntentStatus::succeeded : IntentStatus::canceled;
    intent.cancellation_reason = intent.received > 0 ? "" : "automatic";
    intent.canceled_ms = intent.received > 0 ? 0 : intent.created_ms + hold_lifetime_ms;
    intent.capturable = 0;
    save(intent);
}

Reply Api::create_intent(const Call& call) {
    const json::Value& params = call.params;
    const auto amount = integer_of(params, "amount");
    if (!amount)
        return find(params, "amount") == nullptr
                   ? missing("amount")
                   : refuse({.code = "parameter_invalid_integer", .message = "Invalid integer.", .param = "amount"});
    const std::string currency = text_of(params, "currency");
    if (currency.empty()) return missing("currency");
    if (auto fault = find_fault(currency, *amount)) return *fault;
    const std::string method = text_of(params, "capture_method");
    if (!method.empty() && method != "automatic" && method != "automatic_async" && method != "manual")
        return refuse({.code = "parameter_invalid", .message = "Invalid capture_method.", .param = "capture_method"});
    const bool confirms = is_true(params, "confirm");
    if (is_true(params, "error_on_requires_action") && !confirms)
        return refuse({.code = "parameter_invalid",
                       .message = "error_on_requires_action can only be used with confirm=true.",
                       .param = "error_on_requires_action"});

    PaymentIntent intent;
    intent.amount = *amount;
    intent.currency = currency;
    intent.is_manual = method == "manual";
    if (auto refused = read_types(params, intent)) return *refused;
    intent.wants_multicapture = text_of(params, "payment_method_options.card.request_multicapture") == "if_available";
    intent.has_automatic_methods =
        params.find("payment_method_types") == nullptr || is_true(params, "automatic_payment_methods.enabled");
    intent.allows_redirects = text_of(params, "automatic_payment_methods.allow_redirects") != "never";
    intent.customer = text_of(params, "customer");
    intent.description = text_of(params, "description");
    intent.receipt_email = text_of(params, "receipt_email");
    intent.return_url = text_of(params, "return_url");
    intent.setup_future_usage = text_of(params, "setup_future_usage");
    intent.statement_descriptor = text_of(params, "statement_descriptor");
    intent.statement_descriptor_suffix = text_of(params, "statement_descriptor_suffix");
    intent.transfer_group = text_of(params, "transfer_group");
    if (!intent.customer.empty()) {
        const Customer* customer = customers_.find(intent.customer);
        if (customer == nullptr || customer->is_deleted) return no_such("customer", intent.customer, "customer");
    }
    PaymentMethod* used = nullptr;
    if (auto refused = find_method_for(intent, call, used)) return *refused;
    if (confirms && used == nullptr)
        return refuse({.code = "parameter_missing",
                       .message = "You cannot confirm this PaymentIntent because it's missing a payment method.",
                       .param = "payment_method"});
    if (confirms && intent.has_automatic_methods && intent.allows_redirects && intent.return_url.empty())
        return refuse({.code = "parameter_missing",
                       .message = "Some payment methods redirect your customer: give a `return_url`, or set "
                                  "`automatic_payment_methods[allow_redirects]` to `never`.",
                       .param = "return_url"});
    if (confirms)
        if (auto refused = check_method(intent, *used, call)) return *refused;
    read_metadata(params, intent.metadata);
    intent.id = new_id("pi_");
    intent.secret = intent.id + "_secret_" + desk_.letters(25);
    intent.created_ms = now_ms();
    intent.status = used == nullptr ? IntentStatus::requires_payment_method : IntentStatus::requires_confirmation;
    PaymentIntent& made = intents_.add(std::move(intent));
    tell("payment_intent.created", made, call);
    if (confirms) return confirm(made, call);
    save(made);
    return {render(made, params)};
}

std::optional<Reply> Api::find_method_for(PaymentIntent& intent, const Call& call, PaymentMethod*& method) {
    if (call.params.find("payment_method_data") != nullptr) {
        PaymentMethod made;
        if (auto refused = read_method(call.params, "payment_method_data.", made)) return refused;
        method = &methods_.add(std::move(made));
        save(*method);
    } else if (const std::string id = text_of(call.params, "payment_method"); !id.empty()) {
        method = find_method(id);
        if (method == nullptr) return no_such("PaymentMethod", id, "payment_method");
    } else {
        method = find_method(intent.payment_method);
    }
    if (method == nullptr) return std::nullopt;
    if (!method->customer.empty() && method->customer != intent.customer)
        return refuse({.code = "payment_method_unexpected_state",
                       .message = "The provided PaymentMethod belongs to a Customer. Give that customer.",
                       .param = "payment_method"});
    intent.payment_method = method->id;
    return std::nullopt;
}

Reply Api::update_intent(const Call& call) {
    PaymentIntent* intent = intents_.find(call.ids[0]);
    if (intent == nullptr) return no_such("payment_intent", call.ids[0], "intent");
    refresh(*intent);
    const auto amount = integer_of(call.params, "amount");
    if (amount && intent->status != IntentStatus::requires_payment_method &&
        intent->status != IntentStatus::requires_confirmation)
        return unexpected_state("The amount of this PaymentIntent cannot be changed any more.");
    if (amount) {
        if (auto fault = find_fault(intent->currency, *amount)) return *fault;
        intent->amount = *amount;
    }
    PaymentMethod* used = nullptr;
    if (auto refused = find_method_for(*intent, call, used)) return *refused;
    if (used != nullptr && intent->status == IntentStatus::requires_payment_method)
        intent->status = IntentStatus::requires_confirmation;
    if (find(call.params, "description") != nullptr) intent->description = text_of(call.params, "description");
    read_metadata(call.params, intent->metadata);
    save(*intent);
    return {render(*intent, call.params)};
}

Reply Api::confirm_intent(const Call& call) {
    PaymentIntent* intent = intents_.find(call.ids[0]);
    if (intent == nullptr) return no_such("payment_intent", call.ids[0], "intent");
    refresh(*intent);
    if (intent->status != IntentStatus::requires_payment_method &&
        intent->status != IntentStatus::requires_confirmation && intent->status != IntentStatus::requires_action)
        return unexpected_state("You cannot confirm this PaymentIntent because it has already succeeded or ended.");
    PaymentMethod* used = nullptr;
    if (auto refused = find_method_for(*intent, call, used)) return *refused;
    if (used == nullptr)
        return unexpected_state("You cannot confirm this PaymentIntent because it's missing a payment method.");
    if (const std::string url = text_of(call.params, "return_url"); !url.empty()) intent->return_url = url;
    if (intent->has_automatic_methods && intent->allows_redirects && intent->return_url.empty())
        return refuse({.code = "parameter_missing", .message = "Give a `return_url`.", .param = "return_url"});
    if (const std::string method = text_of(call.params, "capture_method"); !method.empty())
        intent->is_manual = method == "manual";
    if (auto refused = check_method(*intent, *used, call)) return *refused;
    return confirm(*intent, call);
}

Reply Api::confirm(PaymentIntent& intent, const Call& call) {
    intent.reference = call.key;
    intent.origin = call.origin;
    intent.action = Action::none;
    return methods_.find(intent.payment_method)->is_card() ? charge_card(intent, call, false) : debit(intent, call);
}

Charge Api::new_charge(const PaymentIntent& intent, const PaymentMethod& method) {
    Charge charge;
    // Bank debits have another prefix.
    charge.id = new_id(method.is_card() ? "ch_" : "py_");
    charge.payment_method = method.id;
    charge.type = method.type;
    charge.card = method.card;
    charge.bank = method.bank;
    charge.billing = method.billing;
    charge.amount = intent.amount;
    charge.created_ms = now_ms();
    return charge;
}

Reply Api::ask_payer(PaymentIntent& intent, Action action, const Call& call) {
    intent.status = IntentStatus::requires_action;
    intent.action = action;
    save(intent);
    tell("payment_intent.requires_action", intent, call);
    return {render(intent, call.params)};
}

Reply Api::charge_card(PaymentIntent& intent, const Call& call, bool is_authenticated) {
    PaymentMethod& method = *methods_.find(intent.payment_method);
    const Card& card = method.card;
    Charge charge = new_charge(intent, method);
    const auto declined = [&](std::string code, std::string decline_code) {
        Decline why{std::move(code), std::move(decline_code), {}, {}};
        why.message = message_of(why.code, why.decline_code);
        why.advice_code = advice_of(why.decline_code);
        return decline(intent, std::move(charge), std::move(why), call);
    };
    if (call.orders.decline_code != 0) return declined("card_declined", "generic_decline");
    if (card.scenario == Scenario::declines || card.scenario == Scenario::declines_on_charge ||
        card.scenario == Scenario::is_blocked)
        return declined(card.code, card.decline_code);
    const bool wants_customer = card.scenario == Scenario::authenticates ||
                                card.scenario == Scenario::authenticates_in_vain ||
                                (card.scenario == Scenario::authenticates_first && !method.is_set_up);
    if (wants_customer && !is_authenticated) {
        const bool is_away = is_true(call.params, "off_session") || is_true(call.params, "error_on_requires_action");
        if (is_away) return declined("authentication_required", "authentication_required");
        return ask_payer(intent, Action::authenticate, call);
    }
    if (card.scenario == Scenario::authenticates_in_vain) return declined(card.code, card.decline_code);

    std::int64_t approved = intent.amount;
    // A rule of the fault script says how much, in major units.
    const int decimals = *decimals_of(intent.currency);
    if (const auto part = parse_amount(call.orders.partial_amount, decimals); part && *part > 0 && *part < approved)
        approved = *part;
    charge.amount = approved;
    charge.auth_code = desk_.letters(6);
    charge.has_multicapture = intent.is_manual && intent.wants_multicapture;
    intent.last_error = {};
    if (intent.is_manual) {
        intent.status = IntentStatus::requires_capture;
        intent.capturable = approved;
    } else {
        intent.status = IntentStatus::succeeded;
        intent.received = approved;
        charge.captured = approved;
    }
    move(intent.is_manual ? "authorize" : "purchase", approved, intent.currency, intent.reference, intent.id);
    intent_by_charge_[charge.id] = intent.id;
    intent.charges.push_back(std::move(charge));
    if (!intent.is_manual) earn(intent.charges.back(), intent, approved);
    save(intent);
    keep_for_later(intent, call);
    tell("charge.succeeded", intent.charges.back(), intent, call);
    tell(intent.is_manual ? "payment_intent.amount_capturable_updated" : "payment_intent.succeeded", intent, call);
    plan_dispute(intent);
    return {render(intent, call.params)};
}

void Api::keep_for_later(PaymentIntent& intent, const Call& call) {
    PaymentMethod& method = *methods_.find(intent.payment_method);
    if (intent.setup_future_usage.empty()) return;
    method.is_set_up = true;
    method.mandate = intent.mandate;
    save(method);
    if (!intent.customer.empty() && method.customer.empty()) attach(method, intent.customer, call);
}

Reply Api::decline(PaymentIntent& intent, Charge charge, Decline why, const Call& call) {
    const std::string id = charge.id;
    charge.decline = why;
    intent_by_charge_[id] = intent.id;
    intent.charges.push_back(std::move(charge));
    intent.last_error = why;
    intent.status = IntentStatus::requires_payment_method;
    intent.payment_method.clear();
    save(intent);
    tell("charge.failed", intent.charges.back(), intent, call);
    tell("payment_intent.payment_failed", intent, call);
    return render_decline(why, id, "payment_intent", render(intent, call.params));
}

Reply Api::capture_intent(const Call& call) {
    PaymentIntent* intent = intents_.find(call.ids[0]);
    if (intent == nullptr) return no_such("payment_intent", call.ids[0], "intent");
    refresh(*intent);
    if (intent->status != IntentStatus::requires_capture)
        return unexpected_state("This PaymentIntent could not be captured because it is not in requires_capture.");
    Charge& charge = intent->charges.back();
    const bool is_final = text_of(call.params, "final_capture") != "false";
    if (!is_final && !charge.has_multicapture)
        return refuse({.code = "parameter_invalid",
                       .message = "final_capture=false needs multicapture, which is not available here.",
                       .param = "final_capture"});
    const std::int64_t amount = integer_of(call.params, "amount_to_capture").value_or(intent->capturable);
    if (amount < 1)
        return refuse({.code = "parameter_invalid_integer", .message = "Above zero.", .param = "amount_to_capture"});
    if (amount > intent->capturable)
        return refuse({.code = "amount_too_large",
                       .message = "The amount to capture is greater than what can be captured.",
                       .param = "amount_to_capture"});
    read_metadata(call.params, intent->metadata);
    charge.captured += amount;
    intent->received += amount;
    intent->capturable = is_final ? 0 : intent->capturable - amount;
    if (intent->capturable == 0) intent->status = IntentStatus::succeeded;
    move("capture", amount, intent->currency, call.key, charge.id, intent->id);
    earn(charge, *intent, amount);
    save(*intent);
    tell("charge.captured", charge, *intent, call);
    if (intent->status == IntentStatus::succeeded) tell("payment_intent.succeeded", *intent, call);
    plan_dispute(*intent);
    return {render(*intent, call.params)};
}

Reply Api::cancel_intent(const Call& call) {
    PaymentIntent* intent = intents_.find(call.ids[0]);
    if (intent == nullptr) return no_such("payment_intent", call.ids[0], "intent");
    refresh(*intent);
    if (intent->status == IntentStatus::succeeded || intent->status == IntentStatus::canceled ||
        intent->status == IntentStatus::processing)
        return unexpected_state("You cannot cancel this PaymentIntent because it has already succeeded or ended.");
    const std::string reason = text_of(call.params, "cancellation_reason");
    if (!reason.empty() && reason != "duplicate" && reason != "fraudulent" && reason != "requested_by_customer" &&
        reason != "abandoned")
        return refuse({.code = "parameter_invalid", .message = "Invalid reason.", .param = "cancellation_reason"});
    if (intent->capturable > 0)
        move("cancel", intent->capturable, intent->currency, call.key, intent->id, intent->id, "authorize");
    // What was captured of it in parts stays captured.
    intent->status = intent->received > 0 ? IntentStatus::succeeded : IntentStatus::canceled;
    intent->capturable = 0;
    intent->action = Action::none;
    intent->cancellation_reason = reason;
    intent->canceled_ms = now_ms();
    save(*intent);
    tell(intent->status == IntentStatus::canceled ? "payment_intent.canceled" : "payment_intent.succeeded", *intent,
         call);
    return {render(*intent, call.params)};
}

Reply Api::show_intent(const Call& call) {
    PaymentIntent* intent = intents_.find(call.ids[0]);
    if (intent == nullptr || is_hidden(call, intent->created_ms))
        return no_such("payment_intent", call.ids[0], "intent");
    refresh(*intent);
    return {render(*intent, call.params)};
}

Reply Api::list_intents(const Call& call) {
    const std::string customer = text_of(call.params, "customer");
    const auto matches = [&](PaymentIntent& intent) {
        refresh(intent);
        return customer.empty() || intent.customer == customer;
    };
    return list(call, intents_.all(), matches,
                [&](const PaymentIntent& intent) { return render(intent, call.params, "data."); });
}

Reply Api::search_intents(const Call& call) {
    const auto query = Query::parse(text_of(call.params, "query"));
    if (!query) return refuse({.code = {}, .message = "We were unable to parse your search query.", .param = "query"});
    const std::int64_t limit = integer_of(call.params, "limit").value_or(10);
    std::int64_t skip = integer_of(call.params, "page").value_or(0);
    if (limit < 1 || limit > 100)
        return refuse({.code = "parameter_invalid_integer", .message = "1 to 100.", .param = "limit"});
    std::int64_t shown = 0;
    bool has_more = false;
    const std::int64_t page = skip;
    std::string data;
    for (auto intent = intents_.all().rbegin(); intent != intents_.all().rend(); ++intent) {
        // The index is behind what was written.
        if (intent->created_ms + desk_.settings.search_lag.count() > now_ms() || is_hidden(call, intent->created_ms))
            continue;
        refresh(*intent);
        if (!query->matches(*intent)) continue;
        if (skip > 0) {
            --skip;
            continue;
        }
        if (shown == limit) {
            has_more = true;
            break;
        }
        if (shown++ > 0) data += ',';
        data += render(*intent, call.params, "data.");
    }
    Reply reply;
    reply.body = R"({"object":"search_result","url":"/v1/payment_intents/search","has_more":)";
    reply.body += has_more ? "true" : "false";
    reply.body += ",\"next_page\":" + (has_more ? "\"" + std::to_string(page + limit) + "\"" : std::string{"null"});
    reply.body += ",\"data\":[" + data + "]}";
    return reply;
}

Reply Api::show_charge(const Call& call) {
    const auto known = intent_by_charge_.find(call.ids[0]);
    if (known == intent_by_charge_.end()) return no_such("charge", call.ids[0]);
    const PaymentIntent& intent = *intents_.find(known->second);
    for (const Charge& charge : intent.charges)
        if (charge.id == call.ids[0] && !is_hidden(call, charge.created_ms))
            return {render(charge, intent, call.params)};
    return no_such("charge", call.ids[0]);
}

Reply Api::list_charges(const Call& call) {
    const std::string wanted = text_of(call.params, "payment_intent");
    struct Attempt {
        std::string id;
        std::int64_t created_ms;
        const Charge* charge;
        const PaymentIntent* intent;
    };
    std::vector<Attempt> attempts;
    for (const PaymentIntent& intent : intents_.all())
        if (wanted.empty() || intent.id == wanted)
            for (const Charge& charge : intent.charges)
                attempts.push_back({charge.id, charge.created_ms, &charge, &intent});
    return list(
        call, attempts, [](const Attempt&) { return true; },
        [&](const Attempt& attempt) { return render(*attempt.charge, *attempt.intent, call.params, "data."); });
}

}  // namespace florin::sandbox::stripe
