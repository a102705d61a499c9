// What becomes of transactions: at once, by their payers, by the banks' clock.

#include <algorithm>

#include "amount.hpp"
#include "api.hpp"
#include "packing.hpp"

namespace florin::sandbox::buckaroo {
namespace {

struct Reason {
    std::string_view code, words;
};
constexpr Reason reasons[] = {
    {"AC01", "Account identifier incorrect"},
    {"AC04", "Account closed"},
    {"AC06", "Account blocked"},
    {"AC13", "Wrong debtor account type"},
    {"AG01", "Direct debit forbidden on this account"},
    {"AG02", "Wrong bank operation code"},
    {"AM04", "Insufficient funds"},
    {"AM05", "Duplicate collection"},
    {"BE05", "Creditor identifier incorrect"},
    {"CNOR", "Creditor bank is not registered"},
    {"DNOR", "Debtor bank is not registered"},
    {"FF01", "File format invalid"},
    {"MD01", "No mandate"},
    {"MD02", "Mandate data missing or incorrect"},
    {"MD06", "Debtor uses 8 weeks reversal right"},
    {"MD07", "Debtor deceased"},
    {"MS02", "Refusal by the debtor"},
    {"MS03", "Reason not specified"},
    {"RC01", "Bank identifier incorrect"},
    {"RR01", "Missing debtor account or identification"},
    {"RR02", "Missing debtor name or address"},
    {"RR03", "Missing creditor name or address"},
    {"RR04", "Regulatory reason"},
    {"SL01", "Specific service offered by the debtor bank"},
    {"TM01", "File received after cut-off time"},
};

/// Accounts whose number says what becomes of their debits.
constexpr std::string_view fails_at_once = "NL58TEST0000000490", is_rejected = "NL90TEST0000000690",
                           is_canceled = "NL25TEST0000000890", is_reversed_later = "NL85TEST0000000004";
constexpr std::string_view usual_payer = "NL44RABO0123456789";

std::string text_of(const json::Value& body, std::string_view name) {
    const json::Value* value = body.kind() == json::Kind::object ? body.find(name) : nullptr;
    return value != nullptr && value->kind() == json::Kind::string ? std::string{value->text()} : std::string{};
}
bool is_true(const json::Value& body, std::string_view name) {
    const json::Value* value = body.find(name);
    return value != nullptr && value->kind() == json::Kind::boolean && value->as_boolean();
}

/// By hand, digit for digit, as one learns it at school.
bool is_iban(std::string_view iban) {
    if (iban.size() < 15 || iban.size() > 34) return false;
    int rest = 0;
    for (std::size_t i = 0; i < iban.size(); ++i) {
        const char c = iban[(i + 4) % iban.size()];
        if (c >= '0' && c <= '9')
            rest = (rest * 10 + (c - '0')) % 97;
        else if (c >= 'A' && c <= 'Z')
            rest = (rest * 100 + (c - 'A' + 10)) % 97;
        else
            return false;
    }
    return rest == 1;
}

bool is_day(std::string_view text) {
    return text.size() == 10 && text[4] == '-' && text[7] == '-' && parse_instant(std::string{text} + "T00:00:00Z");
}
/// Collections run a little after midnight.
std::int64_t collection_ms(std::string_view day) { return parse_instant(std::string{day} + "T00:26:00Z")->ms; }

RequestError parameter_error(std::string_view name, std::string_view message) {
    return {"ParameterErrors", std::string{name}, "ParameterInvalid", std::string{message}};
}

}  // namespace

std::string_view words_of_reason(std::string_view reason_code) {
    const auto* found = std::ranges::find(reasons, reason_code, &Reason::code);
    return found == std::end(reasons) ? std::string_view{} : found->words;
}

bool is_same(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

Api::Request Api::Request::read(const json::Value& body) {
    Request read;
    Transaction& one = read.transaction;
    one.invoice = text_of(body, "Invoice");
    one.order = text_of(body, "Order");
    one.description = text_of(body, "Description");
    one.currency = text_of(body, "Currency");
    one.return_url = text_of(body, "ReturnURL");
    one.cancel_url = text_of(body, "ReturnURLCancel");
    one.error_url = text_of(body, "ReturnURLError");
    one.reject_url = text_of(body, "ReturnURLReject");
    one.push_url = text_of(body, "PushURL");
    one.failure_push_url = text_of(body, "PushURLFailure");
    read.original = text_of(body, "OriginalTransactionKey");
    if (body.kind() != json::Kind::object) return read;
    one.starts_recurrent = is_true(body, "StartRecurrent");
    const json::Value* services = body.find("Services");
    const json::Value* list = services != nullptr ? services->find("ServiceList") : nullptr;
    if (list == nullptr || list->items().size() != 1) {
        read.error = RequestError{"ServiceErrors", "ServiceList", "ServiceMissing", "Name one service."};
    } else {
        const json::Value& service = list->items().front();
        read.service = text_of(service, "Name");
        read.action = text_of(service, "Action");
        const json::Value* parameters = service.find("Parameters");
        if (parameters != nullptr)
            for (const json::Value& parameter : parameters->items()) {
                const std::string name = text_of(parameter, "Name"), value = text_of(parameter, "Value");
                if (is_same(name, "customeraccountname")) read.holder = value;
                if (is_same(name, "CustomerIBAN")) read.iban = value;
                if (is_same(name, "CollectDate")) read.collect_on = value;
                if (is_same(name, "MandateReference")) read.mandate = value;
            }
    }
    one.is_credit = is_same(read.action, "Refund");
    const json::Value* amount = body.find(one.is_credit ? "AmountCredit" : "AmountDebit");
    const auto cents = amount != nullptr && amount->kind() == json::Kind::number ? parse_amount(amount->text(), 2)
                                                                                 : std::unexpected{AmountError{}};
    if (cents && *cents > 0)
        one.amount = *cents;
    else
        read.error = parameter_error(one.is_credit ? "AmountCredit" : "AmountDebit", "An amount with two decimals.");
    if (one.currency != "EUR") read.error = parameter_error("Currency", "Only EUR is supported by this service.");
    if (one.invoice.empty() || one.invoice.size() > 255)
        read.error = parameter_error("Invoice", "An invoice number is required.");
    return read;
}

void Api::save(Transaction& one) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::buckaroo_transaction, one.id, Packer::pack(one));
}

void Api::set(Transaction& one, std::int64_t status, std::string_view sub_code, std::string_view text) {
    one.status = status;
    one.sub_code = sub_code;
    one.text = text;
    one.changed_ms = desk_.now.ms;
    save(one);
    // Who waits for the payer, or was refused, has just heard so.
    if (status != 790 && status != 491) pushes_.tell(one);
}

void Api::book(const Transaction& one, std::string_view type) {
    Movement movement;
    movement.provider = "buckaroo";
    movement.reference = one.invoice;
    movement.type = type;
    movement.amount_minor = one.amount;
    movement.currency = one.currency;
    movement.provider_id = one.id;
    movement.parent_id = one.is_credit ? one.original : std::string{};
    desk_.move(std::move(movement));
}

void Api::refuse(Transaction& one, RequestError error) {
    one.errors.push_back(std::move(error));
    set(one, 491, "S001", "Validation failure");
}

Transaction& Api::create(const Request& request, const Orders& orders) {
    Transaction asked = request.transaction;
    asked.id = pushes_.new_key();
    Transaction& one = transactions_.add(std::move(asked));
    one.payment_key = pushes_.new_key();
    one.created_ms = desk_.now.ms;
    const bool is_ideal = is_same(request.service, "ideal"), is_debit = is_same(request.service, "SepaDirectDebit");
    one.service = is_ideal ? "ideal" : is_debit ? "SepaDirectDebit" : request.service;
    if (!orders.partial_amount.empty()) one.amount = parse_amount(orders.partial_amount, 2).value_or(one.amount);
    if (request.error)
        refuse(one, *request.error);
    else if (!is_ideal && !is_debit)
        refuse(one, {"ServiceErrors", request.service, "ServiceUnknown", "There is no such service here."});
    else if (one.is_credit)
        start_refund(one, request);
    else if (is_ideal && is_same(request.action, "Pay"))
        start_ideal(one, orders);
    else if (is_debit && (is_same(request.action, "Pay") || is_same(request.action, "PayRecurrent")))
        start_debit(one, request, orders);
    else
        refuse(one, {"ActionErrors", request.action, "ActionUnknown", "There is no such action here."});
    return one;
}

void Api::start_ideal(Transaction& one, const Orders& orders) {
    one.type = "C021";
    for (int i = 0; i < 16; ++i) one.transaction_id += static_cast<char>('0' + desk_.world.random.below(10));
    if (orders.decline_code != 0) {
        set(one, 690, "S103", "The payment was declined.");
        return;
    }
    one.due_ms = desk_.now.ms + settings_.expire_ms;
    set(one, 790, "S002", "An additional action is required: RedirectToIdeal");
    plan(one);
}

void Api::start_debit(Transaction& one, const Request& request, const Orders& orders) {
    one.is_recurring = is_same(request.action, "PayRecurrent");
    one.type = one.is_recurring ? "C005" : "C004";
    one.mandate = request.mandate;
    if (one.is_recurring) {
        const Transaction* original = transactions_.find(request.original);
        if (original == nullptr || original->status != 190 || original->is_credit || !original->starts_recurrent) {
            refuse(one, {"ActionErrors", "OriginalTransactionKey", "OriginalTransactionInvalid",
                         "The original transaction cannot be used for recurring payments."});
            return;
        }
        one.iban = original->iban;
        one.holder = original->holder;
        one.mandate = "M" + original->id.substr(0, 20);
    } else {
        one.iban = request.iban;
        one.holder = request.holder;
        if (one.mandate.empty()) one.mandate = "M" + one.id.substr(0, 20);
        if (one.holder.empty()) {
            refuse(one, parameter_error("customeraccountname", "Parameter customeraccountname is required."));
            return;
        }
    }
    if (!is_iban(one.iban)) {
        one.iban.clear();
        refuse(one, parameter_error("CustomerIBAN", "The IBAN is not valid."));
        return;
    }
    if (!request.collect_on.empty() && !is_day(request.collect_on)) {
        refuse(one, parameter_error("CollectDate", "A date as YYYY-MM-DD."));
        return;
    }
    if (one.iban == fails_at_once) {
        set(one, 490, "F001", "The transaction failed.");
        return;
    }
    if (orders.decline_code != 0) {
        set(one, 690, "S103", "The payment was declined.");
        return;
    }
    one.due_ms = desk_.now.ms + settings_.collect_ms;
    if (!request.collect_on.empty()) one.due_ms = std::max(one.due_ms, collection_ms(request.collect_on));
    one.collect_on = moment_text(one.due_ms).substr(0, 10);
    set(one, 791, "C620", "Awaiting transfer to bank.");
    plan(one);
}

void Api::start_refund(Transaction& one, const Request& request) {
    one.type = one.service == "ideal" ? "C121" : "";
    one.relation = "refund";
    one.original = request.original;
    Transaction* original = transactions_.find(request.original);
    if (original == nullptr || original->is_credit || original->service != one.service) {
        refuse(one, {"ActionErrors", "OriginalTransactionKey", "OriginalTransactionInvalid",
                     "There is no such transaction of this service."});
        return;
    }
    one.iban = original->iban;
    one.holder = original->holder;
    const bool is_paid = original->status == 190 && !original->is_reversed;
    if (!is_paid || one.amount > original->amount - original->refunded) {
        set(one, 490, "F001", is_paid ? "More than was paid cannot be refunded." : "It has not been paid.");
        return;
    }
    original->refunded += one.amount;
    save(*original);
    book(one, "refund");
    set(one, 190, "S001", "Transaction successfully processed");
}

void Api::plan(const Transaction& one) {
    if (one.due_ms == 0) return;
    timetable_.plan(Instant{one.due_ms}, [this, id = one.id, due_ms = one.due_ms] {
        Transaction* found = transactions_.find(id);
        if (found != nullptr && found->due_ms == due_ms) come_due(*found);
    });
}

void Api::come_due(Transaction& one) {
    one.due_ms = 0;
    if (one.status == 790) {
        set(one, 490, "S205", "The transaction has expired.");
    } else if (one.status == 791) {
        collect(one);
    } else if (one.status == 190 && !one.is_reversed) {
        reverse(one, "AM04");
    }
}

void Api::collect(Transaction& one) {
    if (one.iban == is_rejected) {
        one.reason_code = "AC04";
        one.reason = words_of_reason(one.reason_code);
        set(one, 690, "S103", "The bank has rejected the transaction.");
        return;
    }
    if (one.iban == is_canceled) {
        set(one, 890, "S201", "The consumer has cancelled the transaction.");
        return;
    }
    if (one.iban == is_reversed_later) one.due_ms = desk_.now.ms + settings_.reversal_ms;
    book(one, "purchase");
    set(one, 190, "S001", "Transaction successfully processed");
    plan(one);
}

Transaction& Api::reverse(Transaction& original, std::string_view reason_code) {
    original.is_reversed = true;
    original.due_ms = 0;
    save(original);
    Transaction reversal;
    reversal.id = pushes_.new_key();
    reversal.payment_key = pushes_.new_key();
    reversal.invoice = original.invoice;
    reversal.order = original.order;
    reversal.description = "Reversal: " + original.description;
    reversal.currency = original.currency;
    reversal.service = original.service;
    reversal.type = "C501";
    reversal.amount = original.amount;
    reversal.is_credit = true;
    reversal.original = original.id;
    reversal.relation = "reversal";
    reversal.push_url = original.push_url;
    reversal.failure_push_url = original.failure_push_url;
    reversal.iban = original.iban;
    reversal.holder = original.holder;
    reversal.mandate = original.mandate;
    reversal.reason_code = reason_code;
    reversal.reason = words_of_reason(reason_code);
    reversal.created_ms = desk_.now.ms;
    Transaction& made = transactions_.add(std::move(reversal));
    book(made, "chargeback");
    set(made, 190, "S001", "Transaction successfully processed");
    return made;
}

void Api::pay(Transaction& one, std::int64_t status, std::string iban) {
    // A bank that works on it decides when it is told to, on the same page.
    one.due_ms = 0;
    if (status == 190) {
        one.iban = iban.empty() ? std::string{usual_payer} : std::move(iban);
        one.holder = "J. de Tester";
        book(one, "purchase");
        set(one, 190, "S001", "Transaction successfully processed");
    } else if (status == 490) {
        set(one, 490, "F001", "The transaction failed.");
    } else if (status == 690) {
        set(one, 690, "S103", "The bank has rejected the transaction.");
    } else if (status == 791) {
        set(one, 791, "S003", "The bank works on the transaction.");
    } else {
        set(one, 890, "S201", "The consumer has cancelled the transaction.");
    }
}

void Api::cancel(Transaction& one) {
    if (!one.is_pending()) return;
    one.due_ms = 0;
    set(one, 891, "S202", "The merchant has cancelled the transaction.");
}

}  // namespace florin::sandbox::buckaroo
