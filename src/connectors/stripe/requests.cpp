#include "requests.hpp"

#include <algorithm>

#include "amount.hpp"

namespace florin::stripe {
namespace {

using payments::BillingAddress;
using payments::Card;

bool is_plain(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '~';
}

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_plain(c)) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(digits[byte >> 4]);
            out.push_back(digits[byte & 15]);
        }
    }
}

/// At most `max` characters, never half of one.
std::string_view clip(std::string_view text, std::size_t max) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_first_byte = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
        if (is_first_byte && ++characters > max) return text.substr(0, i);
    }
    return text;
}

std::string name_of(const Card& card, const BillingAddress& billing) {
    if (!card.name.empty()) return card.name;
    return billing.first_name + (billing.first_name.empty() || billing.last_name.empty() ? "" : " ") +
           billing.last_name;
}

}  // namespace

Form& Form::add(std::string_view name, std::string_view value, std::size_t max) {
    value = clip(value, max);
    if (value.empty()) return *this;
    if (!text_.empty()) text_.push_back('&');
    text_.append(name);
    text_.push_back('=');
    append_encoded(text_, value);
    return *this;
}

std::string encoded(std::string_view text) {
    std::string out;
    append_encoded(out, text);
    return out;
}

bool is_id(std::string_view text, std::string_view prefix) {
    return text.starts_with(prefix) && text.size() > prefix.size() && text.size() <= 255 &&
           std::ranges::all_of(text, [](char c) { return is_plain(c) && c != '-' && c != '.' && c != '~'; });
}

std::optional<StoredIds> parse_token(std::string_view token) {
    const auto slash = token.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto customer = token.substr(0, slash), method = token.substr(slash + 1);
    if (!is_id(customer, "cus_") || !is_id(method, "pm_")) return std::nullopt;
    return StoredIds{std::string{customer}, std::string{method}};
}

std::string to_token(const StoredIds& ids) { return ids.customer + "/" + ids.method; }

std::string capture_key(std::string_view reference) { return "capture_" + std::string{reference}; }

std::string method_body(const Card& card, const BillingAddress& billing) {
    Form form;
    form.add("type", "card").add("card[number]", card.number.expose());
    form.add("card[exp_month]", card.expiry_month).add("card[exp_year]", card.expiry_year);
    form.add("card[cvc]", card.cvv.expose());
    form.add("billing_details[name]", name_of(card, billing));
    form.add("billing_details[address][line1]", billing.address);
    form.add("billing_details[address][city]", billing.city);
    form.add("billing_details[address][state]", billing.state);
    form.add("billing_details[address][postal_code]", billing.zip);
    // Stripe takes countries by their two letters; names are left out.
    if (billing.country.size() == 2) form.add("billing_details[address][country]", billing.country);
    return form.finish();
}

std::string_view type_of(payments::Method method) {
    switch (method) {
        case payments::Method::card:
            return "card";
        case payments::Method::sepa_debit:
            return "sepa_debit";
        case payments::Method::ach_debit:
            return "us_bank_account";
        case payments::Method::ideal:
        case payments::Method::wallet:
        case payments::Method::hosted_page:
            break;
    }
    return {};
}

std::string bank_body(const payments::Charge& charge) {
    const payments::BankAccount& account = *charge.bank_account;
    Form form;
    form.add("type", type_of(charge.method));
    form.add("billing_details[name]", account.holder_name).add("billing_details[email]", charge.email);
    if (charge.method == payments::Method::sepa_debit) return form.add("sepa_debit[iban]", account.iban).finish();
    form.add("us_bank_account[routing_number]", account.routing_number);
    form.add("us_bank_account[account_number]", account.account_number);
    // What an API takes for granted of an account that says nothing else: a person's, for payments.
    form.add("us_bank_account[account_holder_type]", charge.billing.company.empty() ? "individual" : "company");
    form.add("us_bank_account[account_type]", "checking");
    return form.finish();
}

std::string charge_body(const payments::Charge& charge, std::int64_t amount, const Source& source, bool is_captured) {
    const bool is_card = charge.method == payments::Method::card;
    Form form;
    form.add("amount", amount).add("currency", to_lower(charge.amount.code()));
    form.add("confirm", "true").add("capture_method", is_captured ? "automatic" : "manual");
    form.add("payment_method_types[0]", type_of(charge.method));
    form.add("customer", source.ids.customer).add("payment_method", source.ids.method);
    if (is_card && charge.is_merchant_initiated)
        form.add("off_session", "true");
    else if (is_card && charge.return_url.empty())
        form.add("error_on_requires_action", "true");
    else if (is_card)
        form.add("return_url", charge.return_url, 2'048);
    else if (!source.mandate.empty())
        form.add("off_session", "true").add("mandate", source.mandate);
    else
        // Whoever took the mandate knows how the payer agreed; of their browser we know nothing.
        form.add("mandate_data[customer_acceptance][type]", "offline");
    if (!is_card && charge.makes_mandate) form.add("setup_future_usage", "off_session");
    if (!is_captured) form.add("payment_method_options[card][request_multicapture]", "if_available");
    form.add("description", charge.description);
    form.add("metadata[reference]", charge.reference).add("metadata[customer_id]", charge.customer_id);
    form.add("expand[0]", "latest_charge");
    return form.finish();
}

std::string capture_body(std::string_view reference, std::int64_t amount, bool is_final, bool says_so) {
    Form form;
    form.add("amount_to_capture", amount);
    if (says_so) form.add("final_capture", is_final ? "true" : "false");
    form.add("metadata[" + capture_key(reference) + "]", amount).add("expand[0]", "latest_charge");
    return form.finish();
}

std::string refund_body(std::string_view reference, std::string_view intent, std::int64_t amount) {
    Form form;
    form.add("payment_intent", intent).add("amount", amount).add("metadata[reference]", reference);
    return form.finish();
}

std::string customer_body(std::string_view name, std::string_view email, std::string_view customer_id,
                          std::string_view reference) {
    Form form;
    form.add("name", name, 256).add("email", email, 512);
    form.add("metadata[reference]", reference).add("metadata[customer_id]", customer_id);
    return form.finish();
}

std::string setup_body(const StoredIds& ids, std::string_view reference) {
    Form form;
    form.add("customer", ids.customer).add("payment_method", ids.method).add("payment_method_types[0]", "card");
    form.add("usage", "off_session").add("confirm", "true").add("metadata[reference]", reference);
    return form.finish();
}

}  // namespace florin::stripe
