#include "list.hpp"
#include "packing.hpp"

namespace florin::sandbox::chargebee {

void Api::save(CreditNote& note) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::chargebee_credit_note, note.id, Packer::pack(note));
}

Reply Api::show_transaction(const Call& call) {
    const Transaction* transaction = find_in(transactions_, call.id);
    if (transaction == nullptr || is_hidden(call, transaction->created_ms)) return no_such(call.id);
    return {R"({"transaction":)" + render(*transaction) + "}"};
}

Reply Api::list_transactions(const Call& call) {
    const auto member = [](const Transaction& transaction, std::string_view name) -> std::optional<std::string> {
        if (name == "id") return transaction.id;
        if (name == "customer_id") return transaction.customer_id;
        if (name == "payment_source_id") return transaction.source_id;
        if (name == "payment_method") return "card";
        if (name == "type") return transaction.type;
        if (name == "status") return transaction.status;
        if (name == "reference_number") return transaction.reference_number;
        if (name == "id_at_gateway") return transaction.gateway_id;
        if (name == "amount") return std::to_string(transaction.amount);
        if (name == "date") return std::to_string(transaction.created_ms / 1'000);
        if (name == "updated_at") return std::to_string(transaction.updated_ms / 1'000);
        return "?";
    };
    return list(call, transactions_.all(), "transaction", member,
                [&](const Transaction& transaction) { return render(transaction); });
}

Reply Api::show_credit_note(const Call& call) {
    const CreditNote* note = find_in(notes_, call.id);
    if (note == nullptr || is_hidden(call, note->created_ms)) return no_such(call.id);
    return {R"({"credit_note":)" + render(*note) + "}"};
}

Reply Api::list_credit_notes(const Call& call) {
    const auto member = [](const CreditNote& note, std::string_view name) -> std::optional<std::string> {
        if (name == "id") return note.id;
        if (name == "customer_id") return note.customer_id;
        if (name == "reference_invoice_id") return note.invoice_id;
        if (name == "type") return "refundable";
        if (name == "status") return "refunded";
        if (name == "reason_code") return note.reason_code;
        if (name == "total") return std::to_string(note.total);
        if (name == "date") return std::to_string(note.created_ms / 1'000);
        if (name == "updated_at") return std::to_string(note.updated_ms / 1'000);
        return "?";
    };
    return list(call, notes_.all(), "credit_note", member, [&](const CreditNote& note) { return render(note); });
}

}  // namespace florin::sandbox::chargebee
