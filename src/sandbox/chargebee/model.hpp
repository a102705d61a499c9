#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "table.hpp"

namespace florin::sandbox::chargebee {

struct Address {
    std::string first_name, last_name, email, company, phone, line1, line2, line3, city, state_code, state, zip,
        country;

    bool is_empty() const {
        return first_name.empty() && last_name.empty() && company.empty() && line1.empty() && city.empty() &&
               zip.empty() && country.empty();
    }
    template <class Fields>
    void fields(Fields& f) {
        f("first_name", first_name), f("last_name", last_name), f("email", email), f("company", company);
        f("phone", phone), f("line1", line1), f("line2", line2), f("line3", line3), f("city", city);
        f("state_code", state_code), f("state", state), f("zip", zip), f("country", country);
    }
};

/// What every object has. `version` is Chargebee's `resource_version`: milliseconds, rising with each change.
struct Resource {
    std::int64_t seq = 0;
    std::string id;
    std::int64_t created_ms = 0, updated_ms = 0, version = 0;
    bool is_deleted = false;

    template <class Fields>
    void resource_fields(Fields& f) {
        f("seq", seq), f("id", id), f("at", created_ms), f("updated", updated_ms), f("version", version);
        f("deleted", is_deleted);
    }
};

struct Customer : Resource {
    std::string first_name, last_name, email, company, phone, locale, vat_number;
    std::string auto_collection = "on";
    std::string meta_data;  ///< JSON text of an object, or empty.
    std::string primary_source;
    Address billing;

    template <class Fields>
    void fields(Fields& f) {
        resource_fields(f);
        f("first_name", first_name), f("last_name", last_name), f("email", email), f("company", company);
        f("phone", phone), f("locale", locale), f("vat", vat_number), f("collection", auto_collection);
        f("meta", meta_data), f("source", primary_source), f("billing", billing);
    }
};

/// What a charge of a card comes to; fixed by its number.
enum class Scenario : int { ordinary = 0, insufficient_funds, do_not_honour };

/// All that stays of a card.
struct Card {
    std::string first_name, last_name, brand, iin, last4, fingerprint;
    std::int64_t expiry_month = 0, expiry_year = 0;
    Scenario scenario = Scenario::ordinary;
    Address billing;

    std::string masked() const { return "************" + last4; }
    template <class Fields>
    void fields(Fields& f) {
        f("first_name", first_name), f("last_name", last_name), f("brand", brand), f("iin", iin), f("last4", last4);
        f("fp", fingerprint), f("month", expiry_month), f("year", expiry_year), f("scenario", scenario);
        f("billing", billing);
    }
};

struct PaymentSource : Resource {
    std::string customer_id, reference_id;
    Card card;

    template <class Fields>
    void fields(Fields& f) {
        resource_fields(f);
        f("customer", customer_id), f("reference", reference_id), f("card", card);
    }
};

/// `payment` or `refund`.
struct Transaction : Resource {
    std::string type, status, currency, customer_id, source_id, gateway_id;
    std::string invoice_id, credit_note_id, refunds;  ///< `refunds`: the payment that a refund is of.
    std::string last4, iin, error_code, error_text, reference_number;
    std::int64_t amount = 0, refunded = 0;
    bool is_by_merchant = false;

    template <class Fields>
    void fields(Fields& f) {
        resource_fields(f);
        f("type", type), f("status", status), f("currency", currency), f("customer", customer_id);
        f("source", source_id), f("gateway_id", gateway_id), f("invoice", invoice_id), f("note", credit_note_id);
        f("refunds", refunds), f("last4", last4), f("iin", iin), f("error", error_code), f("text", error_text);
        f("number", reference_number), f("amount", amount), f("refunded", refunded), f("merchant", is_by_merchant);
    }
};

struct LineItem {
    std::string id, description, entity_type, entity_id;
    std::int64_t unit_amount = 0, quantity = 1, amount = 0;
    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("description", description), f("type", entity_type), f("entity", entity_id);
        f("unit", unit_amount), f("quantity", quantity), f("amount", amount);
    }
};

struct Invoice : Resource {
    std::string customer_id, po_number, currency, status, dunning_status, source_id, note;
    std::int64_t total = 0, paid = 0, written_off = 0;
    std::int64_t date_ms = 0, paid_ms = 0, voided_ms = 0, next_retry_ms = 0;
    bool collects_itself = true;  ///< `auto_collection` is on.
    std::vector<LineItem> lines;
    std::vector<std::string> payments;  ///< Ids of transactions, the oldest first.
    std::vector<std::string> dunned;    ///< Those of them that dunning counts as its own.
    std::vector<std::string> credit_notes;
    Address billing;

    std::int64_t due() const { return status == "voided" ? 0 : total - paid - written_off; }
    template <class Fields>
    void fields(Fields& f) {
        resource_fields(f);
        f("customer", customer_id), f("po", po_number), f("currency", currency), f("status", status);
        f("dunning", dunning_status), f("source", source_id), f("note", note), f("total", total), f("paid", paid);
        f("written_off", written_off), f("date", date_ms), f("paid_at", paid_ms), f("voided_at", voided_ms);
        f("retry_at", next_retry_ms), f("collects", collects_itself), f("lines", lines), f("payments", payments);
        f("dunned", dunned), f("notes", credit_notes), f("billing", billing);
    }
};

struct CreditNote : Resource {
    std::string customer_id, invoice_id, reason_code, currency, transaction_id, customer_notes;
    std::int64_t total = 0;

    template <class Fields>
    void fields(Fields& f) {
        resource_fields(f);
        f("customer", customer_id), f("invoice", invoice_id), f("reason", reason_code), f("currency", currency);
        f("transaction", transaction_id), f("notes", customer_notes), f("total", total);
    }
};

struct HostedPage : Resource {
    std::string type, state, failure_reason, url, pass_thru_content, redirect_url, cancel_url, layout;
    std::string currency, po_number;
    Customer customer;  ///< As it will be made, or is known by its id.
    std::vector<LineItem> lines;
    std::int64_t total = 0, expires_ms = 0;
    std::string customer_id, invoice_id, source_id;  ///< Of a succeeded one.

    template <class Fields>
    void fields(Fields& f) {
        resource_fields(f);
        f("type", type), f("state", state), f("failure", failure_reason), f("url", url),
            f("content", pass_thru_content);
        f("redirect", redirect_url), f("cancel", cancel_url), f("layout", layout), f("currency", currency);
        f("po", po_number), f("customer", customer), f("lines", lines), f("total", total), f("expires", expires_ms);
        f("customer_id", customer_id), f("invoice_id", invoice_id), f("source_id", source_id);
    }
};

/// What was answered under an idempotency key.
struct KeptReply {
    std::string fingerprint;  ///< Of path and body.
    std::string body;
    std::int64_t status = 0;
    std::int64_t created_ms = 0;
    std::int64_t busy_until_ms = 0;  ///< Until then the first request is still running. Not stored.

    template <class Fields>
    void fields(Fields& f) {
        f("fp", fingerprint), f("body", body), f("status", status), f("at", created_ms);
    }
};

}  // namespace florin::sandbox::chargebee
