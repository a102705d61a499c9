#include "amount.hpp"
#include "card_facts.hpp"
#include "list.hpp"
#include "packing.hpp"

namespace florin::sandbox::chargebee {
namespace {

constexpr std::size_t longest_id = 50;

std::string lower(std::string_view text) {
    std::string changed;
    for (const char c : text) {
        if (c >= 'A' && c <= 'Z' && !changed.empty()) changed.push_back('_');
        changed.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    // One word at Chargebee.
    return changed == "master_card" ? "mastercard" : changed;
}

}  // namespace

void Api::save(Customer& customer) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::chargebee_customer, customer.id, Packer::pack(customer));
}
void Api::save(PaymentSource& source) {
    if (desk_.records.is_kept())
        desk_.records.put(RecordKind::chargebee_payment_source, source.id, Packer::pack(source));
}

Customer& Api::add_customer(Customer customer, std::string_view event_source) {
    if (customer.id.empty()) customer.id = new_id("");
    customer.created_ms = now_ms();
    Customer& made = customers_.add(std::move(customer));
    touch(made);
    tell("customer_created", event_source, made.id, with_card(made));
    return made;
}

Reply Api::create_customer(const Call& call) {
    Customer customer;
    customer.id = text_of(call.params, "id");
    if (customer.id.size() > longest_id) return wrong("id", "id : maximum length is 50");
    if (customers_.find(customer.id) != nullptr) {
        const std::string message = "The value " + json::printable_name(customer.id) + " is already present";
        return refuse({.code = "duplicate_entry", .message = message, .param = "id"});
    }
    read_customer(call.params, {}, customer);
    if (const auto meta = json::parse(customer.meta_data);
        !customer.meta_data.empty() && (!meta || meta->kind() != json::Kind::object))
        return wrong("meta_data", "meta_data : should be a JSON object");
    Card card;
    const bool has_card = find(call.params, "card") != nullptr;
    if (has_card)
        if (auto refused = read_card(call.params, "card", card)) return *refused;
    Customer& made = add_customer(std::move(customer), "api");
    if (has_card) store_card(std::move(card), made, "api");
    return {with_card(made)};
}

Reply Api::show_customer(const Call& call) {
    const Customer* customer = find_in(customers_, call.id);
    if (customer == nullptr || is_hidden(call, customer->created_ms)) return no_such(call.id);
    return {with_card(*customer)};
}

Reply Api::update_customer(const Call& call) {
    Customer* customer = find_in(customers_, call.id);
    if (customer == nullptr) return no_such(call.id);
    read_customer(call.params, {}, *customer);
    touch(*customer);
    tell("customer_changed", "api", customer->id, with_card(*customer));
    return {with_card(*customer)};
}

Reply Api::delete_customer(const Call& call) {
    Customer* customer = find_in(customers_, call.id);
    if (customer == nullptr) return no_such(call.id);
    customer->is_deleted = true;
    touch(*customer);
    for (PaymentSource& source : sources_.all())
        if (source.customer_id == customer->id) {
            source.is_deleted = true;
            touch(source);
        }
    tell("customer_deleted", "api", customer->id, with_card(*customer));
    return {with_card(*customer)};
}

Reply Api::list_customers(const Call& call) {
    const auto member = [](const Customer& customer, std::string_view name) -> std::optional<std::string> {
        if (name == "id") return customer.id;
        if (name == "email") return customer.email;
        if (name == "created_at") return std::to_string(customer.created_ms / 1'000);
        if (name == "updated_at") return std::to_string(customer.updated_ms / 1'000);
        return "?";
    };
    return list(call, customers_.all(), "customer", member, [&](const Customer& customer) { return render(customer); });
}

std::optional<Reply> Api::read_card(const json::Value& params, std::string_view prefix, Card& into) const {
    const std::string before = std::string{prefix} + ".";
    const auto part = [&](std::string_view name) { return text_of(params, before + std::string{name}); };
    const std::string param = std::string{prefix} + "[number]";
    const json::Value* number = find(params, before + "number");
    if (number == nullptr || number->text().empty()) return missing(param);
    const std::string_view digits = number->text();
    if (brand_of(digits).empty() || !passes_luhn(digits)) return wrong(param, "card number : is invalid");
    const auto month = integer_of(params, before + "expiry_month"), year = integer_of(params, before + "expiry_year");
    if (!month || *month < 1 || *month > 12) return missing(std::string{prefix} + "[expiry_month]");
    if (!year || *year < 2000 || *year > 2100) return missing(std::string{prefix} + "[expiry_year]");
    const std::string expiry = std::to_string(*year) + (*month < 10 ? "-0" : "-") + std::to_string(*month);
    if (is_expired(expiry, desk_.now)) return wrong(std::string{prefix} + "[expiry_year]", "card : has expired");
    if (digits == "4119862760338320")
        return payment_failed("payment_method_verification_failed",
                              "Problem while adding the card. Error message : (3009) Do not honour.", param);

    const Account account = sandbox::read_card(desk_, digits, expiry);
    into.first_name = part("first_name"), into.last_name = part("last_name");
    into.brand = lower(account.type);
    into.iin = digits.substr(0, 6), into.last4 = account.last4, into.fingerprint = account.fingerprint;
    into.expiry_month = *month, into.expiry_year = *year;
    if (digits == "4005519200000004") into.scenario = Scenario::insufficient_funds;
    if (account.behaviour == Behaviour::declines) into.scenario = Scenario::do_not_honour;
    return std::nullopt;
}

PaymentSource& Api::store_card(Card card, Customer& customer, std::string_view event_source) {
    PaymentSource source;
    source.id = new_id("pm_");
    source.customer_id = customer.id;
    source.reference_id = "tok_" + desk_.letters(12);
    source.card = std::move(card);
    source.created_ms = now_ms();
    PaymentSource& made = sources_.add(std::move(source));
    touch(made);
    if (customer.primary_source.empty()) customer.primary_source = made.id;
    touch(customer);
    tell("payment_source_added", event_source, customer.id,
         R"({"customer":)" + render(customer) + R"(,"payment_source":)" + render(made) + "}");
    return made;
}

Reply Api::create_card(const Call& call) {
    const std::string customer_id = text_of(call.params, "customer_id");
    if (customer_id.empty()) return missing("customer_id");
    Customer* customer = find_in(customers_, customer_id);
    if (customer == nullptr) return no_such(customer_id);
    Card card;
    if (auto refused = read_card(call.params, "card", card)) return *refused;
    const bool replaces = text_of(call.params, "replace_primary_payment_source") == "true";
    PaymentSource& source = store_card(std::move(card), *customer, "api");
    if (replaces) {
        customer->primary_source = source.id;
        touch(*customer);
    }
    return {R"({"customer":)" + render(*customer) + R"(,"payment_source":)" + render(source) + "}"};
}

Reply Api::show_source(const Call& call) {
    const PaymentSource* source = find_in(sources_, call.id);
    if (source == nullptr || is_hidden(call, source->created_ms)) return no_such(call.id);
    return {R"({"payment_source":)" + render(*source) + "}"};
}

Reply Api::delete_source(const Call& call) {
    PaymentSource* source = find_in(sources_, call.id);
    if (source == nullptr) return no_such(call.id);
    source->is_deleted = true;
    touch(*source);
    Customer& customer = *customers_.find(source->customer_id);
    if (customer.primary_source == source->id) {
        customer.primary_source.clear();
        for (const PaymentSource& other : sources_.all())
            if (other.customer_id == customer.id && !other.is_deleted) customer.primary_source = other.id;
        touch(customer);
    }
    const std::string content = R"({"customer":)" + render(customer) + R"(,"payment_source":)" + render(*source) + "}";
    tell("payment_source_deleted", "api", customer.id, content);
    return {content};
}

Reply Api::list_sources(const Call& call) {
    const auto member = [](const PaymentSource& source, std::string_view name) -> std::optional<std::string> {
        if (name == "customer_id") return source.customer_id;
        if (name == "type") return "card";
        if (name == "status") return "valid";
        if (name == "created_at") return std::to_string(source.created_ms / 1'000);
        if (name == "updated_at") return std::to_string(source.updated_ms / 1'000);
        return "?";
    };
    return list(call, sources_.all(), "payment_source", member,
                [&](const PaymentSource& source) { return render(source); });
}

}  // namespace florin::sandbox::chargebee
