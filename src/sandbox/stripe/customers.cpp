#include <algorithm>

#include "card_facts.hpp"
#include "florin/base/iban.hpp"
#include "packing.hpp"
#include "params.hpp"
#include "test_accounts.hpp"
#include "test_cards.hpp"

namespace florin::sandbox::stripe {
namespace {

Billing read_billing(const json::Value& params, const std::string& prefix) {
    const auto text = [&](std::string_view name) {
        return text_of(params, prefix + "billing_details." + std::string{name});
    };
    return {text("name"),           text("email"),        text("phone"),         text("address.line1"),
            text("address.line2"),  text("address.city"), text("address.state"), text("address.postal_code"),
            text("address.country")};
}

Reply card_error(std::string_view code, std::string_view message, std::string_view param) {
    return refuse({.code = code, .message = message, .param = param, .status = 402, .type = "card_error"});
}

}  // namespace

void Api::save(PaymentMethod& method) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_payment_method, method.id, Packer::pack(method));
}
void Api::save(Customer& customer) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_customer, customer.id, Packer::pack(customer));
}
void Api::save(SetupIntent& setup) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::stripe_setup_intent, setup.id, Packer::pack(setup));
}

PaymentMethod* Api::find_method(std::string_view id) {
    if (PaymentMethod* known = methods_.find(id)) return known;
    PaymentMethod method;
    if (auto card = card_named(desk_, id))
        method.card = std::move(*card);
    else if (auto account = account_named(desk_, id))
        method = std::move(*account);
    else
        return nullptr;
    method.id = new_id("pm_");
    method.created_ms = now_ms();
    PaymentMethod& made = methods_.add(std::move(method));
    save(made);
    return &made;
}

std::optional<Reply> Api::read_method(const json::Value& params, std::string_view prefix, PaymentMethod& into) {
    const std::string at{prefix};
    const std::string type = text_of(params, at + "type");
    if (type.empty()) return missing(at + "type");
    into.type = type;
    into.billing = read_billing(params, at);
    auto refused = type == "card" ? read_card(params, at, into) : read_bank(params, at, into);
    if (refused) return refused;
    into.id = new_id("pm_");
    into.created_ms = now_ms();
    return std::nullopt;
}

std::optional<Reply> Api::read_card(const json::Value& params, const std::string& at, PaymentMethod& into) {
    if (const std::string token = text_of(params, at + "card.token"); !token.empty()) {
        // `tok_visa` is the card of `pm_card_visa`.
        auto card = token.starts_with("tok_") ? card_named(desk_, "pm_card_" + token.substr(4)) : std::nullopt;
        if (!card) return no_such("token", token, "card[token]");
        into.card = std::move(*card);
    } else {
        const json::Value* number = find(params, at + "card.number");
        if (number == nullptr) return missing("card[number]");
        const std::string_view digits = number->text();
        const auto month = integer_of(params, at + "card.exp_month");
        auto year = integer_of(params, at + "card.exp_year");
        if (!month) return missing("card[exp_month]");
        if (!year) return missing("card[exp_year]");
        if (*year < 100) *year += 2'000;
        if (*month < 1 || *month > 12)
            return card_error("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
        const std::string expiry = std::to_string(*year) + (*month < 10 ? "-0" : "-") + std::to_string(*month);
        if (expiry.size() != 7 || is_expired(expiry, desk_.now))
            return card_error("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year");
        if (digits.size() < 12 || digits.size() > 19 || !passes_luhn(digits))
            return card_error("incorrect_number", message_of("incorrect_number", {}), "number");
        into.card = card_numbered(desk_, digits);
        into.card.exp_month = *month;
        into.card.exp_year = *year;
        into.card.has_code = find(params, at + "card.cvc") != nullptr;
    }
    return std::nullopt;
}

std::optional<Reply> Api::read_bank(const json::Value& params, const std::string& at, PaymentMethod& into) {
    if (into.type != "sepa_debit" && into.type != "us_bank_account")
        return refuse({.code = "parameter_invalid",
                       .message = "This account takes card, sepa_debit and us_bank_account.",
                       .param = "type"});
    if (into.billing.name.empty()) return missing("billing_details[name]");
    if (into.type == "sepa_debit") {
        if (into.billing.email.empty()) return missing("billing_details[email]");
        const std::string given = text_of(params, at + "sepa_debit.iban");
        if (given.empty()) return missing("sepa_debit[iban]");
        const auto iban = parse_iban(given);
        if (!iban)
            return refuse({.code = "invalid_bank_account_iban",
                           .message = "The IBAN you provided is invalid.",
                           .param = "sepa_debit[iban]"});
        if (const std::string_view code = refusal_of_iban(*iban); !code.empty())
            return refuse({.code = code,
                           .message = "This bank, or this account, does not take part in SEPA direct debit.",
                           .param = "sepa_debit[iban]"});
        into.bank = account_of_iban(desk_, *iban);
        return std::nullopt;
    }
    const std::string routing = text_of(params, at + "us_bank_account.routing_number");
    const std::string number = text_of(params, at + "us_bank_account.account_number");
    const std::string holder = text_of(params, at + "us_bank_account.account_holder_type");
    const std::string account = text_of(params, at + "us_bank_account.account_type");
    if (routing.empty()) return missing("us_bank_account[routing_number]");
    if (number.empty()) return missing("us_bank_account[account_number]");
    if (holder != "individual" && holder != "company") return missing("us_bank_account[account_holder_type]");
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    // The ABA's check digit: 3, 7 and 1 times, over and over.
    int sum = 0;
    for (std::size_t i = 0; i < routing.size(); ++i) sum += (routing[i] - '0') * (i % 3 == 0 ? 3 : i % 3 == 1 ? 7 : 1);
    if (routing.size() != 9 || !std::ranges::all_of(routing, is_digit) || sum % 10 != 0)
        return refuse({.code = "routing_number_invalid",
                       .message = "Invalid routing number.",
                       .param = "us_bank_account[routing_number]"});
    if (number.size() < 4 || number.size() > 17 || !std::ranges::all_of(number, is_digit))
        return refuse({.code = "account_number_invalid",
                       .message = "Invalid account number.",
                       .param = "us_bank_account[account_number]"});
    into.bank = account_of_number(desk_, routing, number);
    into.bank.holder_type = holder;
    into.bank.account_type = account.empty() ? "checking" : account;
    into.wants_verification = true;
    return std::nullopt;
}

Reply Api::create_method(const Call& call) {
    PaymentMethod method;
    if (auto refused = read_method(call.params, {}, method)) return *refused;
    read_metadata(call.params, method.metadata);
    PaymentMethod& made = methods_.add(std::move(method));
    save(made);
    return {render(made)};
}

Reply Api::show_method(const Call& call) {
    PaymentMethod* method = find_method(call.ids[0]);
    if (method == nullptr || is_hidden(call, method->created_ms)) return no_such("PaymentMethod", call.ids[0]);
    return {render(*method)};
}

std::optional<Reply> Api::attach(PaymentMethod& method, const std::string& customer, const Call& call) {
    const Customer* owner = customers_.find(customer);
    if (owner == nullptr || owner->is_deleted) return no_such("customer", customer, "customer");
    if (!method.customer.empty() && method.customer != customer)
        return refuse({.code = "payment_method_unexpected_state",
                       .message = "The payment method you provided has already been attached to a customer.",
                       .param = {},
                       .is_kept = true});
    if (method.card.scenario == Scenario::declines) {
        const Decline why{method.card.code, method.card.decline_code,
                          std::string{message_of(method.card.code, method.card.decline_code)},
                          std::string{advice_of(method.card.decline_code)}};
        return render_decline(why, {}, "payment_method", render(method));
    }
    if (method.customer == customer) return std::nullopt;
    method.customer = customer;
    save(method);
    tell("payment_method.attached", customer, render(method), call);
    return std::nullopt;
}

Reply Api::attach_method(const Call& call) {
    PaymentMethod* method = find_method(call.ids[0]);
    if (method == nullptr) return no_such("PaymentMethod", call.ids[0], "payment_method");
    const std::string customer = text_of(call.params, "customer");
    if (customer.empty()) return missing("customer");
    if (auto refused = attach(*method, customer, call)) return *refused;
    return {render(*method)};
}

Reply Api::detach_method(const Call& call) {
    PaymentMethod* method = methods_.find(call.ids[0]);
    if (method == nullptr) return no_such("PaymentMethod", call.ids[0], "payment_method");
    if (method->customer.empty())
        return refuse({.code = "payment_method_unexpected_state",
                       .message = "The payment method you provided is not attached to a customer.",
                       .param = {},
                       .is_kept = true});
    const std::string customer = std::exchange(method->customer, {});
    save(*method);
    tell("payment_method.detached", customer, render(*method), call);
    return {render(*method)};
}

Reply Api::create_customer(const Call& call) {
    Customer customer;
    customer.id = "cus_" + desk_.letters(14);
    customer.name = text_of(call.params, "name");
    customer.email = text_of(call.params, "email");
    customer.phone = text_of(call.params, "phone");
    customer.description = text_of(call.params, "description");
    customer.created_ms = now_ms();
    read_metadata(call.params, customer.metadata);
    const std::string method_id = text_of(call.params, "payment_method");
    PaymentMethod* method = method_id.empty() ? nullptr : find_method(method_id);
    if (!method_id.empty() && method == nullptr) return no_such("PaymentMethod", method_id, "payment_method");
    Customer& made = customers_.add(std::move(customer));
    if (method != nullptr)
        if (auto refused = attach(*method, made.id, call)) {
            made.is_deleted = true;
            return *refused;
        }
    made.default_method = text_of(call.params, "invoice_settings.default_payment_method");
    save(made);
    tell("customer.created", made.id, render(made), call);
    return {render(made)};
}

Reply Api::show_customer(const Call& call) {
    Customer* customer = customers_.find(call.ids[0]);
    if (customer == nullptr || is_hidden(call, customer->created_ms)) return no_such("customer", call.ids[0]);
    if (customer->is_deleted) return {R"({"id":")" + customer->id + R"(","object":"customer","deleted":true})"};
    return {render(*customer)};
}

Reply Api::delete_customer(const Call& call) {
    Customer* customer = customers_.find(call.ids[0]);
    if (customer == nullptr || customer->is_deleted) return no_such("customer", call.ids[0]);
    customer->is_deleted = true;
    for (PaymentMethod& method : methods_.all())
        if (method.customer == customer->id) {
            method.customer.clear();
            save(method);
        }
    save(*customer);
    tell("customer.deleted", customer->id, render(*customer), call);
    return {R"({"id":")" + customer->id + R"(","object":"customer","deleted":true})"};
}

Reply Api::list_customers(const Call& call) {
    const std::string email = text_of(call.params, "email");
    const auto matches = [&](const Customer& customer) {
        return !customer.is_deleted && (email.empty() || customer.email == email);
    };
    return list(call, customers_.all(), matches, [&](const Customer& customer) { return render(customer); });
}

Reply Api::list_methods(const Call& call) {
    const Customer* customer = customers_.find(call.ids[0]);
    if (customer == nullptr || customer->is_deleted) return no_such("customer", call.ids[0], "customer");
    const std::string type = text_of(call.params, "type");
    const auto matches = [&](const PaymentMethod& method) {
        return method.customer == customer->id && (type.empty() || type == method.type);
    };
    return list(call, methods_.all(), matches, [&](const PaymentMethod& method) { return render(method); });
}

Reply Api::create_setup(const Call& call) {
    SetupIntent setup;
    setup.customer = text_of(call.params, "customer");
    if (!setup.customer.empty()) {
        const Customer* customer = customers_.find(setup.customer);
        if (customer == nullptr || customer->is_deleted) return no_such("customer", setup.customer, "customer");
    }
    const std::string method_id = text_of(call.params, "payment_method");
    PaymentMethod* method = method_id.empty() ? nullptr : find_method(method_id);
    if (!method_id.empty() && method == nullptr) return no_such("PaymentMethod", method_id, "payment_method");
    if (method != nullptr) setup.payment_method = method->id;
    const bool confirms = is_true(call.params, "confirm");
    if (confirms && method == nullptr) return missing("payment_method");
    setup.return_url = text_of(call.params, "return_url");
    setup.usage = text_of(call.params, "usage");
    if (setup.usage.empty()) setup.usage = "off_session";
    read_metadata(call.params, setup.metadata);
    setup.id = new_id("seti_");
    setup.secret = setup.id + "_secret_" + desk_.letters(25);
    setup.created_ms = now_ms();
    setup.status = method == nullptr ? "requires_payment_method" : "requires_confirmation";
    SetupIntent& made = setups_.add(std::move(setup));
    tell("setup_intent.created", made.id, render(made), call);
    if (confirms) return confirm(made, call);
    save(made);
    return {render(made)};
}

Reply Api::show_setup(const Call& call) {
    SetupIntent* setup = setups_.find(call.ids[0]);
    if (setup == nullptr || is_hidden(call, setup->created_ms)) return no_such("setupintent", call.ids[0], "intent");
    return {render(*setup)};
}

Reply Api::confirm_setup(const Call& call) {
    SetupIntent* setup = setups_.find(call.ids[0]);
    if (setup == nullptr) return no_such("setupintent", call.ids[0], "intent");
    if (setup->status == "succeeded" || setup->status == "canceled")
        return refuse({.code = "setup_intent_unexpected_state",
                       .message = "You cannot confirm this SetupIntent because it has already ended.",
                       .param = {},
                       .is_kept = true});
    if (const std::string id = text_of(call.params, "payment_method"); !id.empty()) {
        const PaymentMethod* method = find_method(id);
        if (method == nullptr) return no_such("PaymentMethod", id, "payment_method");
        setup->payment_method = method->id;
    }
    if (setup->payment_method.empty()) return missing("payment_method");
    if (const std::string url = text_of(call.params, "return_url"); !url.empty()) setup->return_url = url;
    return confirm(*setup, call);
}

Reply Api::confirm(SetupIntent& setup, const Call& call) {
    PaymentMethod& method = *methods_.find(setup.payment_method);
    if (method.card.scenario == Scenario::declines || method.card.scenario == Scenario::is_blocked) {
        setup.last_error = {method.card.code, method.card.decline_code,
                            std::string{message_of(method.card.code, method.card.decline_code)},
                            std::string{advice_of(method.card.decline_code)}};
        setup.status = "requires_payment_method";
        setup.payment_method.clear();
        save(setup);
        tell("setup_intent.setup_failed", setup.id, render(setup), call);
        return render_decline(setup.last_error, {}, "setup_intent", render(setup));
    }
    if (!method.is_card()) {
        if (auto refused = read_mandate(call.params, method, true, setup.mandate)) return *refused;
        if (setup.mandate.empty()) return missing("mandate_data");
    }
    const bool wants_customer = method.card.scenario == Scenario::authenticates ||
                                method.card.scenario == Scenario::authenticates_in_vain ||
                                method.card.scenario == Scenario::authenticates_first;
    if ((wants_customer && !method.is_set_up) || method.wants_verification) {
        setup.status = "requires_action";
        setup.action = method.wants_verification ? Action::verify : Action::authenticate;
        setup.origin = call.origin;
        save(setup);
        tell("setup_intent.requires_action", setup.id, render(setup), call);
        return {render(setup)};
    }
    return finish(setup, call);
}

Reply Api::finish(SetupIntent& setup, const Call& call) {
    PaymentMethod& method = *methods_.find(setup.payment_method);
    method.is_set_up = true;
    method.mandate = setup.mandate;
    save(method);
    if (!setup.customer.empty())
        if (auto refused = attach(method, setup.customer, call)) return *refused;
    setup.status = "succeeded";
    save(setup);
    tell("setup_intent.succeeded", setup.id, render(setup), call);
    return {render(setup)};
}

Reply Api::cancel_setup(const Call& call) {
    SetupIntent* setup = setups_.find(call.ids[0]);
    if (setup == nullptr) return no_such("setupintent", call.ids[0], "intent");
    if (setup->status == "succeeded" || setup->status == "canceled")
        return refuse({.code = "setup_intent_unexpected_state",
                       .message = "You cannot cancel this SetupIntent because it has already ended.",
                       .param = {},
                       .is_kept = true});
    setup->status = "canceled";
    setup->action = Action::none;
    setup->cancellation_reason = text_of(call.params, "cancellation_reason");
    save(*setup);
    tell("setup_intent.canceled", setup->id, render(*setup), call);
    return {render(*setup)};
}

}  // namespace florin::sandbox::stripe
