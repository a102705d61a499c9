#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/json/value.hpp"

/// What Chargebee says, read tolerantly: unknown members are skipped, absent ones are empty, texts are cleaned and cut.
/// Nothing here judges.
namespace florin::chargebee {

/// A body as JSON.
Result<json::Value> parse_reply(std::string_view body);

/// A refusal. Its code is never empty.
struct Problem {
    std::string type, code, message, param;
};
std::optional<Problem> read_problem(const json::Value& reply);

/// A payment or a refund as what it belongs to links it.
struct LinkedTransaction {
    std::string id, status;
    std::optional<std::int64_t> amount;
};

struct Invoice {
    std::string id, customer_id, po_number, status, currency;
    std::int64_t date_s = 0;
    std::vector<LinkedTransaction> payments;
};

struct Transaction {
    std::string id, type, status, currency, source_id, customer_id, invoice_id, last4, error_code, error_text;
    std::optional<std::int64_t> amount;
};

struct CreditNote {
    std::string id, invoice_id, currency;
    std::vector<std::string> notes;
    std::vector<LinkedTransaction> refunds;
    std::optional<std::int64_t> total;
    std::int64_t date_s = 0;
};

struct HostedPage {
    std::string id, url, state, pass_thru_content;
    std::int64_t created_s = 0, expires_s = 0;
    std::optional<Invoice> invoice;  ///< Of a succeeded one, with the card that paid.
    std::string customer_id, source_id, last4;
};

/// The object that stands in `from` under its kind's own name: of a reply, of an item of a list, of an event's content.
std::optional<Invoice> read_invoice_in(const json::Value& from);
std::optional<Transaction> read_transaction_in(const json::Value& from);
std::optional<CreditNote> read_credit_note_in(const json::Value& from);
std::optional<HostedPage> read_hosted_page_in(const json::Value& from);
/// Of a reply with a customer and the card that was stored for them; of an item of a list of payment sources.
std::string read_source_id_in(const json::Value& from);

/// A page of a list.
struct Page {
    std::vector<const json::Value*> items;  ///< Of the reply, which outlives the page.
    std::string next_offset;                ///< Empty: there is no more.
};
std::optional<Page> read_page(const json::Value& reply);

/// A member's text, empty when it is none.
std::string read_text(const json::Value& object, std::string_view name);

}  // namespace florin::chargebee
