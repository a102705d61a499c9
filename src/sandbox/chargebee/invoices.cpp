#include "amount.hpp"
#include "florin/base/money.hpp"
#include "list.hpp"
#include "packing.hpp"

namespace florin::sandbox::chargebee {
namespace {

/// After so many attempts of its own Chargebee takes an invoice for not paid.
constexpr std::size_t most_dunning_attempts = 4;
constexpr std::int64_t largest_amount = 999'999'999'999;

constexpr std::string_view reason_codes[] = {
    "product_unsatisfactory", "service_unsatisfactory", "order_change", "order_cancellation", "waiver", "other"};

}  // namespace

void Api::save(Invoice& invoice) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::chargebee_invoice, invoice.id, Packer::pack(invoice));
}
void Api::save(Transaction& transaction) {
    if (desk_.records.is_kept())
        desk_.records.put(RecordKind::chargebee_transaction, transaction.id, Packer::pack(transaction));
}

std::optional<Reply> Api::read_lines(const json::Value& params, std::vector<LineItem>& into) const {
    const auto items = [&](std::string_view name) -> std::size_t {
        const json::Value* list = find(params, name);
        return list == nullptr ? 0 : list->items().size();
    };
    const auto add = [&](LineItem line) {
        line.id = "li_" + std::to_string(into.size() + 1);
        into.push_back(std::move(line));
    };
    for (std::size_t i = 0; i < items("charges.amount"); ++i) {
        const std::string at = "." + std::to_string(i);
        const auto amount = integer_of(params, "charges.amount" + at);
        const std::string description = text_of(params, "charges.description" + at);
        const std::string place = "[" + std::to_string(i) + "]";
        if (!amount || *amount < 1 || *amount > largest_amount)
            return wrong("charges[amount]" + place, "amount : should be a number above zero");
        if (description.empty()) return missing("charges[description]" + place);
        add({.id = {},
             .description = description,
             .entity_type = "adhoc",
             .entity_id = {},
             .unit_amount = *amount,
             .quantity = 1,
             .amount = *amount});
    }
    for (std::size_t i = 0; i < items("item_prices.item_price_id"); ++i) {
        const std::string at = "." + std::to_string(i);
        const std::string id = text_of(params, "item_prices.item_price_id" + at);
        const auto price = integer_of(params, "item_prices.unit_price" + at);
        const std::int64_t quantity = integer_of(params, "item_prices.quantity" + at).value_or(1);
        const std::string place = "[" + std::to_string(i) + "]";
        // There is no catalogue here: the price comes with the item.
        if (!price || *price < 1 || *price > largest_amount)
            return wrong("item_prices[unit_price]" + place, "unit_price : should be a number above zero");
        if (quantity < 1 || quantity > 1'000) return wrong("item_prices[quantity]" + place, "quantity : 1 to 1000");
        add({.id = {},
             .description = id,
             .entity_type = "charge_item_price",
             .entity_id = id,
             .unit_amount = *price,
             .quantity = quantity,
             .amount = *price * quantity});
    }
    if (into.size() > 50) return wrong("charges", "too many lines");
    return std::nullopt;
}

std::optional<Api::Decline> Api::judge(const Card& card, const Orders& orders) {
    if (card.scenario == Scenario::insufficient_funds) return Decline{"3001", "(3001) Insufficient funds."};
    if (card.scenario == Scenario::do_not_honour || orders.decline_code != 0)
        return Decline{"3009", "(3009) Do not honour."};
    return std::nullopt;
}

Invoice& Api::add_invoice(Customer& customer, std::string currency, std::string po_number,
                          std::vector<LineItem> lines) {
    Invoice invoice;
    // Chargebee numbers them.
    invoice.id = std::to_string(invoices_.all().size() + 1);
    invoice.customer_id = customer.id;
    invoice.currency = std::move(currency);
    invoice.po_number = std::move(po_number);
    invoice.billing = customer.billing;
    invoice.status = "payment_due";
    for (const LineItem& line : lines) invoice.total += line.amount;
    invoice.lines = std::move(lines);
    invoice.date_ms = invoice.created_ms = now_ms();
    return invoices_.add(std::move(invoice));
}

Transaction& Api::charge(Invoice& invoice, const PaymentSource& source, std::int64_t amount, const Orders& orders,
                         bool is_by_merchant, const std::string& reference) {
    const auto decline = judge(source.card, orders);
    const auto currency = Currency::of(invoice.currency);
    if (currency && !decline)
        if (const auto part = parse_amount(orders.partial_amount, currency->exponent());
            part && *part > 0 && *part < amount)
            amount = *part;
    Transaction made;
    made.id = new_id("txn_");
    made.type = "payment";
    made.status = decline ? "failure" : "success";
    made.currency = invoice.currency;
    made.customer_id = invoice.customer_id;
    made.source_id = source.id;
    made.gateway_id = "cb_" + desk_.letters(12);
    made.invoice_id = invoice.id;
    made.last4 = source.card.last4;
    made.iin = source.card.iin;
    made.amount = amount;
    made.is_by_merchant = is_by_merchant;
    made.created_ms = now_ms();
    if (decline) made.error_code = decline->code, made.error_text = decline->text;
    Transaction& transaction = transactions_.add(std::move(made));
    touch(transaction);
    invoice.payments.push_back(transaction.id);
    if (!decline) {
        invoice.paid += amount;
        move("purchase", amount, invoice.currency, reference, transaction.id);
    }
    if (invoice.due() == 0) {
        invoice.status = "paid";
        invoice.paid_ms = now_ms();
        invoice.next_retry_ms = 0;
        if (invoice.dunning_status == "in_progress") invoice.dunning_status = "stopped";
    }
    touch(invoice);
    return transaction;
}

void Api::begin_dunning(Invoice& invoice, const Transaction& failed) {
    invoice.dunned.push_back(failed.id);
    const bool is_last = invoice.dunned.size() >= most_dunning_attempts;
    if (is_last) invoice.status = "not_paid";
    invoice.dunning_status = is_last ? "exhausted" : "in_progress";
    invoice.next_retry_ms = is_last ? 0 : now_ms() + day_ms;
    if (std::ranges::find(dunned_, invoice.id) == dunned_.end()) dunned_.push_back(invoice.id);
    touch(invoice);
}

void Api::run_dunning() {
    std::erase_if(dunned_, [&](const std::string& id) { return invoices_.find(id)->next_retry_ms == 0; });
    const std::vector<std::string> waiting = dunned_;
    for (const std::string& id : waiting) {
        Invoice& invoice = *invoices_.find(id);
        if (invoice.next_retry_ms > now_ms()) continue;
        const std::string& primary = customers_.find(invoice.customer_id)->primary_source;
        const PaymentSource* source = find_in(sources_, invoice.source_id.empty() ? primary : invoice.source_id);
        if (source == nullptr) {
            invoice.next_retry_ms = now_ms() + day_ms;
            continue;
        }
        const Transaction& tried = charge(invoice, *source, invoice.due(), {}, true, invoice.po_number);
        if (tried.status == "success") {
            invoice.dunning_status = "success";
            touch(invoice);
        } else {
            begin_dunning(invoice, tried);
        }
        tell_of_payment(tried.status == "success" ? "payment_succeeded" : "payment_failed", "scheduled_job", tried,
                        invoice);
    }
}

Reply Api::create_invoice(const Call& call) {
    const std::string customer_id = text_of(call.params, "customer_id");
    if (customer_id.empty()) return missing("customer_id");
    Customer* customer = find_in(customers_, customer_id);
    if (customer == nullptr) return no_such(customer_id);
    std::string currency = text_of(call.params, "currency_code");
    if (currency.empty()) currency = "EUR";
    if (!Currency::of(currency)) return wrong("currency_code", "currency_code : is not enabled");
    std::vector<LineItem> lines;
    if (auto refused = read_lines(call.params, lines)) return *refused;
    if (lines.empty())
        return refuse({.code = "invalid_request", .message = "There is nothing to invoice.", .param = "charges"});
    std::string po_number = text_of(call.params, "po_number");
    if (po_number.size() > 100) return wrong("po_number", "po_number : maximum length is 100");
    std::string collection = text_of(call.params, "auto_collection");
    if (collection.empty()) collection = customer->auto_collection;
    if (collection != "on" && collection != "off") return wrong("auto_collection", "auto_collection : on or off");
    const std::string wanted = text_of(call.params, "payment_source_id");
    const PaymentSource* source = find_in(sources_, wanted.empty() ? customer->primary_source : wanted);
    if (!wanted.empty() && (source == nullptr || source->customer_id != customer->id)) return no_such(wanted);
    if (collection == "on" && source == nullptr)
        return payment_failed("payment_method_not_present", "There is no payment method for the customer.");

    const std::string reference = po_number.empty() ? call.key : po_number;
    Invoice& invoice = add_invoice(*customer, std::move(currency), std::move(po_number), std::move(lines));
    invoice.note = text_of(call.params, "invoice_note");
    invoice.collects_itself = collection == "on";
    invoice.source_id = wanted;
    touch(invoice);
    if (!invoice.collects_itself) {
        tell("invoice_generated", "api", invoice.id, R"({"invoice":)" + render(invoice) + "}");
        return {R"({"invoice":)" + render(invoice) + "}"};
    }
    const bool is_by_merchant = text_of(call.params, "payment_initiator") == "merchant";
    const Transaction& tried = charge(invoice, *source, invoice.due(), call.orders, is_by_merchant, reference);
    if (tried.status == "failure") begin_dunning(invoice, tried);
    tell("invoice_generated", "api", invoice.id, R"({"invoice":)" + render(invoice) + "}");
    tell_of_payment(tried.status == "success" ? "payment_succeeded" : "payment_failed", "api", tried, invoice);
    return {R"({"invoice":)" + render(invoice) + "}"};
}

Reply Api::show_invoice(const Call& call) {
    const Invoice* invoice = find_in(invoices_, call.id);
    if (invoice == nullptr || is_hidden(call, invoice->created_ms)) return no_such(call.id);
    return {R"({"invoice":)" + render(*invoice) + "}"};
}

Reply Api::list_invoices(const Call& call) {
    const auto member = [](const Invoice& invoice, std::string_view name) -> std::optional<std::string> {
        const auto moment = [](std::int64_t ms) {
            return ms == 0 ? std::optional<std::string>{} : std::to_string(ms / 1'000);
        };
        if (name == "id") return invoice.id;
        if (name == "customer_id") return invoice.customer_id;
        if (name == "status") return invoice.status;
        if (name == "recurring") return "false";
        if (name == "date") return moment(invoice.date_ms);
        if (name == "paid_at") return moment(invoice.paid_ms);
        if (name == "voided_at") return moment(invoice.voided_ms);
        if (name == "updated_at") return moment(invoice.updated_ms);
        if (name == "total") return std::to_string(invoice.total);
        if (name == "amount_paid") return std::to_string(invoice.paid);
        if (name == "amount_due") return std::to_string(invoice.due());
        if (name == "dunning_status")
            return invoice.dunning_status.empty() ? std::optional<std::string>{} : invoice.dunning_status;
        return "?";
    };
    return list(call, invoices_.all(), "invoice", member, [&](const Invoice& invoice) { return render(invoice); });
}

Reply Api::list_payments(const Call& call) {
    const Invoice* invoice = find_in(invoices_, call.id);
    if (invoice == nullptr || is_hidden(call, invoice->created_ms)) return no_such(call.id);
    std::vector<Transaction> payments;
    for (const std::string& id : invoice->payments) payments.push_back(*transactions_.find(id));
    const auto member = [](const Transaction&, std::string_view) -> std::optional<std::string> { return "?"; };
    return list(call, payments, "transaction", member, [&](const Transaction& payment) { return render(payment); });
}

Reply Api::collect_payment(const Call& call) {
    Invoice* invoice = find_in(invoices_, call.id);
    if (invoice == nullptr) return no_such(call.id);
    if (invoice->due() == 0 || (invoice->status != "payment_due" && invoice->status != "not_paid"))
        return wrong_state("Payment cannot be collected, as there is nothing due.");
    const auto amount =
        find(call.params, "amount") == nullptr ? std::optional{invoice->due()} : integer_of(call.params, "amount");
    if (!amount || *amount < 1 || *amount > invoice->due())
        return wrong("amount", "amount : should be at most what is due");
    const std::string wanted = text_of(call.params, "payment_source_id");
    const PaymentSource* source =
        find_in(sources_, wanted.empty() ? customers_.find(invoice->customer_id)->primary_source : wanted);
    if (!wanted.empty() && (source == nullptr || source->customer_id != invoice->customer_id)) return no_such(wanted);
    if (source == nullptr)
        return payment_failed("payment_method_not_present", "There is no payment method for the customer.");
    const std::string reference = call.key.empty() ? invoice->po_number : call.key;
    const bool is_by_merchant = text_of(call.params, "payment_initiator") == "merchant";
    const Transaction& tried = charge(*invoice, *source, *amount, call.orders, is_by_merchant, reference);
    tell_of_payment(tried.status == "success" ? "payment_succeeded" : "payment_failed", "api", tried, *invoice);
    if (tried.status == "failure")
        return payment_failed("payment_processing_failed", "Payment collection failed. Reason: " + tried.error_text);
    return {R"({"invoice":)" + render(*invoice) + R"(,"transaction":)" + render(tried) + "}"};
}

Reply Api::void_invoice(const Call& call) {
    Invoice* invoice = find_in(invoices_, call.id);
    if (invoice == nullptr) return no_such(call.id);
    if (invoice->status == "voided") return wrong_state("The invoice has already been voided.");
    if (invoice->paid > 0) return wrong_state("The invoice cannot be voided, as payments are linked to it.");
    invoice->status = "voided";
    invoice->voided_ms = now_ms();
    invoice->next_retry_ms = 0;
    if (invoice->dunning_status == "in_progress") invoice->dunning_status = "stopped";
    touch(*invoice);
    tell("invoice_updated", "api", invoice->id, R"({"invoice":)" + render(*invoice) + "}");
    return {R"({"invoice":)" + render(*invoice) + "}"};
}

Reply Api::stop_dunning(const Call& call) {
    Invoice* invoice = find_in(invoices_, call.id);
    if (invoice == nullptr) return no_such(call.id);
    if (invoice->dunning_status != "in_progress") return wrong_state("Dunning is not in progress for the invoice.");
    invoice->dunning_status = "stopped";
    invoice->next_retry_ms = 0;
    touch(*invoice);
    tell("dunning_updated", "api", invoice->id, R"({"invoice":)" + render(*invoice) + "}");
    return {R"({"invoice":)" + render(*invoice) + "}"};
}

Reply Api::refund_invoice(const Call& call) {
    Invoice* invoice = find_in(invoices_, call.id);
    if (invoice == nullptr) return no_such(call.id);
    // The payment with the most left; a refund is of one payment.
    Transaction* payment = nullptr;
    for (const std::string& id : invoice->payments) {
        Transaction& each = *transactions_.find(id);
        if (each.status == "success" &&
            (payment == nullptr || each.amount - each.refunded > payment->amount - payment->refunded))
            payment = &each;
    }
    if (payment == nullptr) return wrong_state("There is no payment for the invoice to refund.");
    const std::int64_t left = payment->amount - payment->refunded;
    if (left == 0) return wrong_state("The payments of the invoice have already been refunded.");
    const auto amount =
        find(call.params, "refund_amount") == nullptr ? std::optional{left} : integer_of(call.params, "refund_amount");
    if (!amount || *amount < 1) return wrong("refund_amount", "refund_amount : should be a number above zero");
    if (*amount > left)
        return wrong("refund_amount", "refund_amount : should not exceed the refundable amount of the invoice");
    std::string reason = text_of(call.params, "credit_note.reason_code");
    if (reason.empty()) reason = "other";
    if (std::ranges::find(reason_codes, reason) == std::end(reason_codes))
        return wrong("credit_note[reason_code]", "reason_code : invalid value");

    Transaction made;
    made.id = new_id("txn_");
    made.type = "refund";
    made.status = "success";
    made.currency = invoice->currency;
    made.customer_id = invoice->customer_id;
    made.source_id = payment->source_id;
    made.gateway_id = "cb_" + desk_.letters(12);
    made.invoice_id = invoice->id;
    made.refunds = payment->id;
    made.last4 = payment->last4, made.iin = payment->iin;
    made.amount = *amount;
    made.created_ms = now_ms();
    payment->refunded += *amount;
    touch(*payment);
    const std::string payment_id = payment->id;
    Transaction& refund = transactions_.add(std::move(made));

    CreditNote note;
    note.id = "CN-" + std::to_string(notes_.all().size() + 1);
    note.customer_id = invoice->customer_id;
    note.invoice_id = invoice->id;
    note.reason_code = std::move(reason);
    note.currency = invoice->currency;
    note.transaction_id = refund.id;
    note.customer_notes = text_of(call.params, "customer_notes").substr(0, 2'000);
    note.total = *amount;
    note.created_ms = now_ms();
    CreditNote& kept = notes_.add(std::move(note));
    touch(kept);
    refund.credit_note_id = kept.id;
    touch(refund);
    invoice->credit_notes.push_back(kept.id);
    touch(*invoice);
    move("refund", *amount, invoice->currency, call.key.empty() ? kept.customer_notes : call.key, refund.id,
         payment_id);
    tell("credit_note_created", "api", invoice->id, R"({"credit_note":)" + render(kept) + "}");
    tell_of_payment("payment_refunded", "api", refund, *invoice);
    return {R"({"invoice":)" + render(*invoice) + R"(,"transaction":)" + render(refund) + R"(,"credit_note":)" +
            render(kept) + "}"};
}

}  // namespace florin::sandbox::chargebee
