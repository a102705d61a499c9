#include "requests.hpp"

#include <algorithm>

namespace florin::chargebee {
namespace {

using payments::BillingAddress;
using payments::Card;
using payments::Charge;

bool is_plain(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_plain(c) || c == '.' || c == '~') {
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

void add_address(Form& form, const BillingAddress& billing) {
    form.add("billing_address[first_name]", billing.first_name, 150);
    form.add("billing_address[last_name]", billing.last_name, 150);
    form.add("billing_address[company]", billing.company).add("billing_address[line1]", billing.address, 150);
    form.add("billing_address[city]", billing.city, 50).add("billing_address[state]", billing.state, 50);
    form.add("billing_address[zip]", billing.zip, 20);
    // Chargebee takes countries by their two letters; names are left out.
    if (billing.country.size() == 2) form.add("billing_address[country]", billing.country);
}

void add_charge(Form& form, const Charge& charge) {
    form.add("currency_code", charge.amount.code()).add("charges[amount][0]", charge.amount.minor());
    form.add("charges[description][0]", charge.description.empty() ? charge.reference : charge.description);
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

bool is_id(std::string_view text) { return !text.empty() && text.size() <= 50 && std::ranges::all_of(text, is_plain); }

std::optional<StoredIds> parse_token(std::string_view token) {
    const auto slash = token.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto customer = token.substr(0, slash), source = token.substr(slash + 1);
    if (!is_id(customer) || !is_id(source)) return std::nullopt;
    return StoredIds{std::string{customer}, std::string{source}};
}

std::string to_token(const StoredIds& ids) { return ids.customer + "/" + ids.source; }

std::string customer_body(const Card& card, const BillingAddress& billing, std::string_view id) {
    Form form;
    form.add("id", id).add("first_name", billing.first_name, 150).add("last_name", billing.last_name, 150);
    form.add("company", billing.company);
    form.add("card[number]", card.number.expose()).add("card[expiry_month]", card.expiry_month);
    form.add("card[expiry_year]", card.expiry_year).add("card[cvv]", card.cvv.expose());
    // Of the name on a card all but the last word is a first name.
    const std::size_t space = card.name.rfind(' ');
    form.add("card[first_name]", space == std::string::npos ? std::string_view{} : card.name.substr(0, space), 50);
    form.add("card[last_name]", space == std::string::npos ? card.name : card.name.substr(space + 1), 50);
    form.add("card[billing_addr1]", billing.address, 150).add("card[billing_city]", billing.city, 50);
    form.add("card[billing_zip]", billing.zip, 20);
    add_address(form, billing);
    return form.finish();
}

std::string invoice_body(const Charge& charge, const StoredIds& ids) {
    Form form;
    form.add("customer_id", ids.customer).add("po_number", charge.reference);
    form.add("auto_collection", "on").add("payment_source_id", ids.source);
    form.add("payment_initiator", charge.is_merchant_initiated ? "merchant" : "customer");
    add_charge(form, charge);
    return form.finish();
}

std::string checkout_body(const Charge& charge) {
    Form form;
    form.add("customer[id]", charge.reference).add("customer[email]", charge.email, 70);
    form.add("customer[first_name]", charge.billing.first_name, 150);
    form.add("customer[last_name]", charge.billing.last_name, 150).add("customer[company]", charge.billing.company);
    add_address(form, charge.billing);
    form.add("invoice[po_number]", charge.reference).add("pass_thru_content", charge.reference);
    form.add("layout", "full_page").add("redirect_url", charge.return_url, 2'048);
    form.add("cancel_url", charge.return_url, 2'048);
    add_charge(form, charge);
    return form.finish();
}

std::string refund_body(std::string_view reference, std::int64_t amount) {
    Form form;
    form.add("refund_amount", amount).add("customer_notes", reference).add("comment", reference);
    form.add("credit_note[reason_code]", "other");
    return form.finish();
}

}  // namespace florin::chargebee
