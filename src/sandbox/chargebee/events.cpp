#include "list.hpp"

namespace florin::sandbox::chargebee {

void Api::tell(std::string_view type, std::string_view source, const std::string& about, std::string content) {
    webhooks_.tell(type, source, about, std::move(content));
}

void Api::tell_of_payment(std::string_view type, std::string_view source, const Transaction& transaction,
                          const Invoice& invoice) {
    std::string content = R"({"transaction":)" + render(transaction) + R"(,"invoice":)" + render(invoice);
    if (const CreditNote* note = notes_.find(transaction.credit_note_id); note != nullptr)
        content += R"(,"credit_note":)" + render(*note);
    if (const Customer* customer = customers_.find(invoice.customer_id); customer != nullptr)
        content += R"(,"customer":)" + render(*customer);
    if (const PaymentSource* source_used = sources_.find(transaction.source_id); source_used != nullptr)
        content += R"(,"card":)" + render_card(*source_used);
    tell(type, source, invoice.id, content + "}");
}

Reply Api::show_event(const Call& call) {
    for (const Event& event : webhooks_.events())
        if (event.id == call.id) return {R"({"event":)" + webhooks_.render(event) + "}"};
    return no_such(call.id);
}

Reply Api::list_events(const Call& call) {
    const auto member = [](const Event& event, std::string_view name) -> std::optional<std::string> {
        if (name == "id") return event.id;
        if (name == "event_type") return event.type;
        if (name == "source") return event.source;
        if (name == "occurred_at") return std::to_string(event.created_ms / 1'000);
        return "?";
    };
    return list(call, webhooks_.events(), "event", member, [&](const Event& event) { return webhooks_.render(event); });
}

}  // namespace florin::sandbox::chargebee
