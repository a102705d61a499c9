#include "reply.hpp"

#include "florin/json/clean.hpp"

namespace florin::chargebee {
namespace {

using json::Kind;
using json::Value;

/// A page of 100 invoices is about 400 KB.
constexpr json::Limits limits{.max_bytes = 2 * 1024 * 1024, .max_depth = 24, .max_nodes = 200'000};

/// Longer is none of Chargebee's texts that matter here, and none of its ids.
constexpr std::size_t longest_text = 255;
constexpr std::size_t longest_address = 2'048;

const Value absent;

const Value& member(const Value& object, std::string_view name) {
    const Value* found = object.kind() == Kind::object ? object.find(name) : nullptr;
    return found != nullptr ? *found : absent;
}

std::string text(const Value& object, std::string_view name, std::size_t longest = longest_text) {
    const Value& found = member(object, name);
    return found.kind() == Kind::string ? json::clean_text(found.text(), longest) : std::string{};
}

std::optional<std::int64_t> integer(const Value& object, std::string_view name) {
    const Value& found = member(object, name);
    return found.kind() == Kind::number ? found.integer() : std::nullopt;
}

std::vector<LinkedTransaction> linked(const Value& list) {
    std::vector<LinkedTransaction> all;
    for (const Value& item : list.items())
        all.push_back({text(item, "txn_id"), text(item, "txn_status"), integer(item, "txn_amount")});
    return all;
}

/// The member of that name, when it says that it is one; a null value otherwise.
const Value& object_in(const Value& from, std::string_view kind) {
    const Value& found = member(from, kind);
    return member(found, "object").text() == kind ? found : absent;
}

}  // namespace

Result<Value> parse_reply(std::string_view body) {
    auto reply = json::parse(body, limits);
    // An answer that a gateway's text made unreadable would stay unreadable however often it is looked up.
    if (!reply && reply.error().code == "malformed_json") reply = json::parse(json::clean_text(body), limits);
    return reply;
}

std::optional<Problem> read_problem(const Value& reply) {
    Problem problem{.type = text(reply, "type"),
                    .code = text(reply, "api_error_code"),
                    .message = text(reply, "message"),
                    .param = text(reply, "param")};
    if (problem.code.empty()) return std::nullopt;
    return problem;
}

std::optional<Invoice> read_invoice_in(const Value& from) {
    const Value& object = object_in(from, "invoice");
    if (object.is_null()) return std::nullopt;
    return Invoice{.id = text(object, "id"),
                   .customer_id = text(object, "customer_id"),
                   .po_number = text(object, "po_number"),
                   .status = text(object, "status"),
                   .currency = text(object, "currency_code"),
                   .date_s = integer(object, "date").value_or(0),
                   .payments = linked(member(object, "linked_payments"))};
}

std::optional<Transaction> read_transaction_in(const Value& from) {
    const Value& object = object_in(from, "transaction");
    if (object.is_null()) return std::nullopt;
    Transaction transaction{.id = text(object, "id"),
                            .type = text(object, "type"),
                            .status = text(object, "status"),
                            .currency = text(object, "currency_code"),
                            .source_id = text(object, "payment_source_id"),
                            .customer_id = text(object, "customer_id"),
                            .invoice_id = {},
                            .last4 = text(object, "last4"),
                            .error_code = text(object, "error_code"),
                            .error_text = text(object, "error_text"),
                            .amount = integer(object, "amount")};
    if (const auto& invoices = member(object, "linked_invoices").items(); invoices.size() == 1)
        transaction.invoice_id = text(invoices[0], "invoice_id");
    return transaction;
}

std::optional<CreditNote> read_credit_note_in(const Value& from) {
    const Value& object = object_in(from, "credit_note");
    if (object.is_null()) return std::nullopt;
    CreditNote note{.id = text(object, "id"),
                    .invoice_id = text(object, "reference_invoice_id"),
                    .currency = text(object, "currency_code"),
                    .notes = {},
                    .refunds = linked(member(object, "linked_refunds")),
                    .total = integer(object, "total"),
                    .date_s = integer(object, "date").value_or(0)};
    for (const Value& each : member(object, "notes").items())
        note.notes.push_back(each.kind() == Kind::string ? json::clean_text(each.text(), longest_text)
                                                         : text(each, "note"));
    if (std::string own = text(object, "customer_notes"); !own.empty()) note.notes.push_back(std::move(own));
    return note;
}

std::optional<HostedPage> read_hosted_page_in(const Value& from) {
    const Value& object = object_in(from, "hosted_page");
    if (object.is_null()) return std::nullopt;
    const Value& content = member(object, "content");
    const Value& card = member(content, "card");
    return HostedPage{.id = text(object, "id"),
                      .url = text(object, "url", longest_address),
                      .state = text(object, "state"),
                      .pass_thru_content = text(object, "pass_thru_content"),
                      .created_s = integer(object, "created_at").value_or(0),
                      .expires_s = integer(object, "expires_at").value_or(0),
                      .invoice = read_invoice_in(content),
                      .customer_id = text(member(content, "customer"), "id"),
                      .source_id = text(card, "payment_source_id"),
                      .last4 = text(card, "last4")};
}

std::string read_source_id_in(const Value& from) {
    if (std::string id = text(member(from, "card"), "payment_source_id"); !id.empty()) return id;
    return text(object_in(from, "payment_source"), "id");
}

std::optional<Page> read_page(const Value& reply) {
    const Value& list = member(reply, "list");
    if (list.kind() != Kind::array) return std::nullopt;
    Page page{.items = {}, .next_offset = text(reply, "next_offset")};
    for (const Value& item : list.items()) page.items.push_back(&item);
    return page;
}

std::string read_text(const Value& object, std::string_view name) { return text(object, name); }

}  // namespace florin::chargebee
