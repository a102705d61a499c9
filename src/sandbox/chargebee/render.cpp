#include "api.hpp"
#include "florin/json/writer.hpp"

namespace florin::sandbox::chargebee {
namespace {

using json::Writer;

void text(Writer& json, std::string_view name, std::string_view value) {
    if (!value.empty()) json.field(name, value);
}

void moment(Writer& json, std::string_view name, std::int64_t at_ms) {
    if (at_ms != 0) json.field(name, at_ms / 1'000);
}

void address(Writer& json, const Address& of) {
    if (of.is_empty()) return;
    json.key("billing_address").open('{');
    text(json, "first_name", of.first_name), text(json, "last_name", of.last_name), text(json, "email", of.email);
    text(json, "company", of.company), text(json, "phone", of.phone), text(json, "line1", of.line1);
    text(json, "line2", of.line2), text(json, "line3", of.line3), text(json, "city", of.city);
    text(json, "state_code", of.state_code), text(json, "state", of.state), text(json, "zip", of.zip);
    text(json, "country", of.country);
    json.field("validation_status", "not_validated").field("object", "billing_address").close('}');
}

void end(Writer& json, const Resource& of, std::string_view object) {
    json.field("updated_at", of.updated_ms / 1'000).field("resource_version", of.version);
    json.field("deleted", of.is_deleted).field("object", object).close('}');
}

void card_members(Writer& json, const Card& card) {
    text(json, "first_name", card.first_name), text(json, "last_name", card.last_name);
    json.field("iin", card.iin).field("last4", card.last4).field("brand", card.brand);
    json.field("funding_type", "credit").field("expiry_month", card.expiry_month);
    json.field("expiry_year", card.expiry_year).field("masked_number", card.masked());
}

}  // namespace

std::string Api::render(const Customer& customer) const {
    std::string body;
    Writer json{body};
    json.open('{').field("id", customer.id);
    text(json, "first_name", customer.first_name), text(json, "last_name", customer.last_name);
    text(json, "email", customer.email), text(json, "company", customer.company), text(json, "phone", customer.phone);
    text(json, "locale", customer.locale), text(json, "vat_number", customer.vat_number);
    json.field("auto_collection", customer.auto_collection)
        .field("net_term_days", 0)
        .field("allow_direct_debit", false);
    json.field("created_at", customer.created_ms / 1'000).field("taxability", "taxable");
    json.field("pii_cleared", "active")
        .field("channel", "web")
        .field("card_status", customer.primary_source.empty() ? "no_card" : "valid");
    address(json, customer.billing);
    text(json, "primary_payment_source_id", customer.primary_source);
    if (!customer.meta_data.empty()) json.raw_field("meta_data", customer.meta_data);
    json.field("promotional_credits", 0).field("refundable_credits", 0).field("excess_payments", 0);
    json.field("unbilled_charges", 0).field("preferred_currency_code", "EUR");
    end(json, customer, "customer");
    return body;
}

std::string Api::render_card(const PaymentSource& source) const {
    std::string body;
    Writer json{body};
    json.open('{').field("payment_source_id", source.id).field("customer_id", source.customer_id);
    json.field("status", "valid").field("gateway", "chargebee").field("gateway_account_id", "gw_sandbox");
    card_members(json, source.card);
    json.field("card_type", source.card.brand).field("created_at", source.created_ms / 1'000);
    end(json, source, "card");
    return body;
}

std::string Api::render(const PaymentSource& source) const {
    std::string body;
    Writer json{body};
    json.open('{').field("id", source.id).field("customer_id", source.customer_id).field("type", "card");
    json.field("reference_id", source.reference_id).field("status", "valid").field("gateway", "chargebee");
    json.field("gateway_account_id", "gw_sandbox").field("created_at", source.created_ms / 1'000);
    json.key("card").open('{');
    card_members(json, source.card);
    json.field("object", "card").close('}');
    end(json, source, "payment_source");
    return body;
}

std::string Api::render(const Transaction& of) {
    std::string body;
    Writer json{body};
    json.open('{').field("id", of.id).field("customer_id", of.customer_id);
    text(json, "payment_source_id", of.source_id);
    json.field("payment_method", "card").field("gateway", "chargebee").field("gateway_account_id", "gw_sandbox");
    text(json, "reference_number", of.reference_number);
    json.field("type", of.type).field("date", of.created_ms / 1'000).field("currency_code", of.currency);
    json.field("amount", of.amount).field("id_at_gateway", of.gateway_id).field("status", of.status);
    json.field("initiator_type", of.is_by_merchant ? "merchant" : "customer").field("exchange_rate", 1);
    if (of.type == "payment") json.field("fraud_flag", "safe").field("amount_unused", 0);
    text(json, "error_code", of.error_code), text(json, "error_text", of.error_text);
    if (!of.error_code.empty())
        json.key("error_detail")
            .open('{')
            .field("error_code", of.error_code)
            .field("error_message", of.error_text)
            .field("processor_error_code", of.error_code)
            .close('}');
    text(json, "refunded_txn_id", of.refunds), text(json, "reference_transaction_id", of.refunds);
    if (!of.last4.empty())
        json.field("masked_card_number", "************" + of.last4).field("iin", of.iin).field("last4", of.last4);
    if (const Invoice* invoice = invoices_.find(of.invoice_id); invoice != nullptr && of.type == "payment") {
        json.key("linked_invoices").open('[').open('{').field("invoice_id", invoice->id);
        json.field("applied_amount", of.status == "success" ? of.amount : 0).field("applied_at", of.created_ms / 1'000);
        json.field("invoice_date", invoice->date_ms / 1'000).field("invoice_total", invoice->total);
        json.field("invoice_status", invoice->status).close('}').close(']');
        json.key("linked_refunds").open('[');
        for (const std::string& id : invoice->credit_notes) {
            const CreditNote& note = *notes_.find(id);
            const Transaction& refund = *transactions_.find(note.transaction_id);
            if (refund.refunds != of.id) continue;
            json.open('{').field("txn_id", refund.id).field("txn_status", refund.status);
            json.field("txn_date", refund.created_ms / 1'000).field("txn_amount", refund.amount).close('}');
        }
        json.close(']');
    }
    if (const CreditNote* note = notes_.find(of.credit_note_id); note != nullptr) {
        json.key("linked_credit_notes").open('[').open('{').field("cn_id", note->id);
        json.field("applied_amount", of.amount).field("applied_at", of.created_ms / 1'000);
        json.field("cn_reason_code", note->reason_code).field("cn_date", note->created_ms / 1'000);
        json.field("cn_total", note->total).field("cn_status", "refunded");
        json.field("cn_reference_invoice_id", note->invoice_id).close('}').close(']');
    }
    end(json, of, "transaction");
    return body;
}

std::string Api::render(const Invoice& of) {
    std::string body;
    Writer json{body};
    json.open('{').field("id", of.id);
    text(json, "po_number", of.po_number);
    json.field("customer_id", of.customer_id).field("recurring", false).field("status", of.status);
    json.field("price_type", "tax_exclusive").field("date", of.date_ms / 1'000).field("due_date", of.date_ms / 1'000);
    json.field("net_term_days", 0).field("exchange_rate", 1).field("currency_code", of.currency);
    json.field("total", of.total).field("amount_paid", of.paid).field("amount_adjusted", 0);
    json.field("write_off_amount", of.written_off).field("credits_applied", 0).field("amount_due", of.due());
    moment(json, "paid_at", of.paid_ms), moment(json, "voided_at", of.voided_ms);
    text(json, "dunning_status", of.dunning_status), moment(json, "next_retry_at", of.next_retry_ms);
    json.field("base_currency_code", "EUR").field("first_invoice", true).field("term_finalized", true);
    json.field("is_gifted", false).field("generated_at", of.created_ms / 1'000).field("tax", 0);
    json.field("sub_total", of.total).field("amount_to_collect", of.due()).field("has_advance_charges", false);
    json.key("line_items").open('[');
    for (const LineItem& line : of.lines) {
        json.open('{').field("id", line.id).field("date_from", of.date_ms / 1'000);
        json.field("date_to", of.date_ms / 1'000).field("unit_amount", line.unit_amount);
        json.field("quantity", line.quantity).field("amount", line.amount).field("pricing_model", "flat_fee");
        json.field("is_taxed", false).field("tax_amount", 0).field("description", line.description);
        json.field("entity_type", line.entity_type);
        text(json, "entity_id", line.entity_id);
        json.field("object", "line_item").close('}');
    }
    json.close(']').key("linked_payments").open('[');
    for (const std::string& id : of.payments) {
        const Transaction& payment = *transactions_.find(id);
        json.open('{').field("txn_id", payment.id);
        json.field("applied_amount", payment.status == "success" ? payment.amount : 0);
        json.field("applied_at", payment.created_ms / 1'000).field("txn_status", payment.status);
        json.field("txn_date", payment.created_ms / 1'000).field("txn_amount", payment.amount).close('}');
    }
    json.close(']').key("dunning_attempts").open('[');
    std::int64_t attempt = 0;
    for (const std::string& id : of.dunned) {
        const Transaction& payment = *transactions_.find(id);
        json.open('{').field("attempt", attempt++).field("transaction_id", payment.id);
        json.field("dunning_type", "auto_collect").field("created_at", payment.created_ms / 1'000);
        json.field("txn_status", payment.status).field("txn_amount", payment.amount).close('}');
    }
    json.close(']').key("issued_credit_notes").open('[');
    for (const std::string& id : of.credit_notes) {
        const CreditNote& note = *notes_.find(id);
        json.open('{').field("cn_id", note.id).field("cn_reason_code", note.reason_code);
        json.field("cn_date", note.created_ms / 1'000).field("cn_total", note.total).field("cn_status", "refunded");
        json.close('}');
    }
    json.close(']').key("adjustment_credit_notes").open('[').close(']').key("applied_credits").open('[').close(']');
    json.key("notes").open('[');
    if (!of.note.empty()) json.open('{').field("entity_type", "invoice").field("note", of.note).close('}');
    json.close(']');
    address(json, of.billing);
    end(json, of, "invoice");
    return body;
}

std::string Api::render(const CreditNote& of) {
    std::string body;
    Writer json{body};
    json.open('{').field("id", of.id).field("customer_id", of.customer_id);
    json.field("reference_invoice_id", of.invoice_id).field("type", "refundable");
    json.field("reason_code", of.reason_code).field("status", "refunded").field("date", of.created_ms / 1'000);
    json.field("price_type", "tax_exclusive").field("currency_code", of.currency).field("total", of.total);
    json.field("sub_total", of.total).field("amount_allocated", 0).field("amount_refunded", of.total);
    json.field("amount_available", 0).field("refunded_at", of.created_ms / 1'000);
    text(json, "customer_notes", of.customer_notes);
    json.key("notes").open('[');
    if (!of.customer_notes.empty()) json.value(of.customer_notes);
    json.close(']');
    if (const Transaction* refund = transactions_.find(of.transaction_id); refund != nullptr) {
        json.key("linked_refunds").open('[').open('{').field("txn_id", refund->id);
        json.field("applied_amount", refund->amount).field("applied_at", refund->created_ms / 1'000);
        json.field("txn_status", refund->status).field("txn_date", refund->created_ms / 1'000);
        json.field("txn_amount", refund->amount).close('}').close(']');
    }
    end(json, of, "credit_note");
    return body;
}

std::string Api::render(const HostedPage& of) {
    std::string body;
    Writer json{body};
    json.open('{').field("id", of.id).field("type", of.type).field("url", of.url).field("state", of.state);
    text(json, "failure_reason", of.failure_reason), text(json, "pass_thru_content", of.pass_thru_content);
    json.field("embed", false).field("created_at", of.created_ms / 1'000).field("expires_at", of.expires_ms / 1'000);
    text(json, "layout", of.layout);
    json.key("content").open('{');
    if (const Invoice* invoice = invoices_.find(of.invoice_id); invoice != nullptr) {
        json.raw_field("customer", render(*customers_.find(of.customer_id)));
        if (const PaymentSource* source = sources_.find(of.source_id); source != nullptr)
            json.raw_field("card", render_card(*source));
        json.raw_field("invoice", render(*invoice));
    }
    json.close('}').field("updated_at", of.updated_ms / 1'000).field("resource_version", of.version);
    json.field("object", "hosted_page").close('}');
    return body;
}

std::string Api::with_card(const Customer& customer) {
    std::string body = R"({"customer":)" + render(customer);
    if (const PaymentSource* source = sources_.find(customer.primary_source); source != nullptr)
        body += R"(,"card":)" + render_card(*source);
    return body + "}";
}

}  // namespace florin::sandbox::chargebee
