#include "pushes.hpp"

#include <array>
#include <chrono>

#include "florin/json/writer.hpp"
#include "signing.hpp"

namespace florin::sandbox::buckaroo {
namespace {

/// Pushes that name no address go to the one that the website has when they are sent.
constexpr std::string_view the_websites = "website";

void parameter(json::Writer& json, std::string_view name, const std::string& value) {
    if (!value.empty()) json.open('{').field("Name", name).field("Value", value).close('}');
}

void write_service(json::Writer& json, const Transaction& one) {
    json.key("Services").open('[').open('{').field("Name", one.service).key("Action").null();
    json.key("Parameters").open('[');
    if (one.service == "ideal") {
        parameter(json, "transactionId", one.transaction_id);
        if (!one.iban.empty()) {
            parameter(json, "consumerIssuer", "Sandbox bank");
            parameter(json, "consumerIBAN", one.iban);
            parameter(json, "consumerBIC", "TESTNL2A");
            parameter(json, "consumerName", one.holder);
        }
    } else {
        parameter(json, "CollectDate", one.collect_on);
        parameter(json, "CustomerIBAN", one.iban);
        if (!one.is_credit) parameter(json, "DirectDebitType", one.is_recurring ? "Recurring" : "OneOff");
        parameter(json, "MandateReference", one.mandate);
        parameter(json, "reasoncode", one.reason_code);
        parameter(json, "reasonexplanation", one.reason);
    }
    json.close(']').close('}').close(']');
}

void text_or_null(json::Writer& json, std::string_view name, const std::string& text) {
    json.key(name);
    if (text.empty())
        json.null();
    else
        json.value(text);
}

}  // namespace

std::string moment_text(std::int64_t ms) { return to_text(Instant{ms}).substr(0, 19); }

std::string amount_text(std::int64_t cents) {
    const std::string digits = std::to_string(cents);
    const std::string padded = std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
    return padded.substr(0, padded.size() - 2) + "." + padded.substr(padded.size() - 2);
}

std::string status_description(std::int64_t status) {
    switch (status) {
        case 190:
            return "Success";
        case 490:
            return "Failed";
        case 491:
            return "Validation failure";
        case 690:
            return "Rejected";
        case 790:
            return "Pending input";
        case 791:
            return "Pending processing";
        case 890:
            return "Cancelled by consumer";
        case 891:
            return "Cancelled by merchant";
        default:
            return "Unknown";
    }
}

std::string render(const Transaction& one, const std::string& page_url) {
    std::string body;
    json::Writer json{body};
    json.open('{').field("Key", one.id).key("Status").open('{');
    json.key("Code")
        .open('{')
        .field("Code", one.status)
        .field("Description", status_description(one.status))
        .close('}');
    json.key("SubCode").open('{').field("Code", one.sub_code).field("Description", one.text).close('}');
    json.field("DateTime", moment_text(one.changed_ms)).close('}');
    json.key("RequiredAction");
    if (one.status == 790 && !page_url.empty()) {
        json.open('{').field("RedirectURL", page_url).key("RequestedInformation").null();
        json.key("PayRemainderDetails").null().field("Name", "Redirect").field("TypeDeprecated", 0).close('}');
    } else {
        json.null();
    }
    write_service(json, one);
    json.key("CustomParameters").null().key("AdditionalParameters").null().key("RequestErrors");
    if (one.errors.empty()) {
        json.null();
    } else {
        json.open('{');
        for (const std::string_view kind :
             {"ChannelErrors", "ServiceErrors", "ActionErrors", "ParameterErrors", "CustomParameterErrors"}) {
            json.key(kind).open('[');
            for (const RequestError& error : one.errors)
                if (error.kind == kind)
                    json.open('{')
                        .field("Service", one.service)
                        .field("Action", "")
                        .field("Name", error.name)
                        .field("Error", error.error)
                        .field("ErrorMessage", error.message)
                        .close('}');
            json.close(']');
        }
        json.close('}');
    }
    json.field("Invoice", one.invoice).field("ServiceCode", one.service).field("IsTest", true);
    json.field("Currency", one.currency);
    json.raw_field(one.is_credit ? "AmountCredit" : "AmountDebit", amount_text(one.amount));
    text_or_null(json, "TransactionType", one.type);
    json.field("MutationType", 1).key("RelatedTransactions");
    if (one.relation.empty())
        json.null();
    else
        json.open('[')
            .open('{')
            .field("RelationType", one.relation)
            .field("RelatedTransactionKey", one.original)
            .close('}')
            .close(']');
    json.key("ConsumerMessage").null();
    text_or_null(json, "Order", one.order);
    json.key("IssuingCountry").null().field("StartRecurrent", one.starts_recurrent);
    json.field("Recurring", one.is_recurring);
    text_or_null(json, "CustomerName", one.holder);
    json.key("PayerHash").null().field("PaymentKey", one.payment_key).close('}');
    return body;
}

namespace {

std::string render_form(const Transaction& one, const BuckarooWebsite& website) {
    Fields fields;
    const auto add = [&fields](const std::string& name, const std::string& value) {
        if (!value.empty()) fields[name] = value;
    };
    add(one.is_credit ? "brq_amount_credit" : "brq_amount", amount_text(one.amount));
    add("brq_currency", one.currency);
    add("brq_customer_name", one.holder);
    add("brq_description", one.description);
    add("brq_invoicenumber", one.invoice);
    add("brq_ordernumber", one.order);
    add("brq_mutationtype", one.status == 190 ? "Collecting" : "Processing");
    add("brq_payment", one.payment_key);
    add("brq_transaction_method", one.service);
    if (one.is_recurring) add("brq_recurring", "True");
    add("brq_statuscode", std::to_string(one.status));
    add("brq_statuscode_detail", one.sub_code);
    add("brq_statusmessage", one.text);
    add("brq_test", "true");
    add("brq_timestamp", moment_text(one.changed_ms).replace(10, 1, " "));
    add("brq_transaction_type", one.type);
    add("brq_transactions", one.id);
    add("brq_websitekey", website.website_key);
    if (!one.relation.empty()) add("brq_relatedtransaction_" + one.relation, one.original);
    const std::string service =
        "brq_SERVICE_" + std::string{one.service == "ideal" ? "ideal" : "sepadirectdebit"} + "_";
    if (one.service == "ideal") {
        add(service + "consumerIBAN", one.iban);
        add(service + "transactionId", one.transaction_id);
    } else {
        add(service + "CollectDate", one.collect_on);
        add(service + "CustomerIBAN", one.iban);
        add(service + "MandateReference", one.mandate);
        add(service + "reasoncode", one.reason_code);
        add(service + "reasonexplanation", one.reason);
    }
    fields["brq_signature"] = form_signature(fields, website.secret_key);
    return encode_form(fields);
}

}  // namespace

Pushes::Pushes(Desk& desk, WebhookSender& sender, BuckarooWebsite website, const WebsiteSettings& settings)
    : desk_{desk}, website_{std::move(website)}, settings_{settings}, sender_{sender} {
    sender_.add(*this);
}

void Pushes::tell(const Transaction& one) {
    const bool has_failed = !one.is_pending() && one.status != 190;
    const std::string& own = has_failed && !one.failure_push_url.empty() ? one.failure_push_url : one.push_url;
    if (own.empty() && settings_.webhook_url.empty()) return;
    Webhook webhook;
    webhook.provider = provider();
    webhook.account = website_.website_key;
    webhook.endpoint = own.empty() ? std::string{the_websites} : own;
    webhook.event_id = one.id + "-" + std::to_string(one.status) + "-" + moment_text(one.changed_ms);
    webhook.type = (one.type.empty() ? one.relation : one.type) + " " + std::to_string(one.status);
    webhook.object = one.id;
    webhook.body = settings_.is_form ? render_form(one, website_) : "{\"Transaction\":" + render(one, {}) + "}";
    sender_.send(std::move(webhook));
}

std::optional<Envelope> Pushes::address(const Webhook& webhook, std::string_view signed_text, bool is_forged) {
    Envelope envelope;
    envelope.url = webhook.endpoint == the_websites ? settings_.webhook_url : webhook.endpoint;
    if (envelope.url.empty()) return std::nullopt;
    if (!signed_text.starts_with('{')) {
        envelope.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        return envelope;
    }
    // Each attempt is signed anew, with its own moment.
    const std::string time = std::to_string(desk_.world.clock.now().ms / 1'000);
    const std::string address = envelope.url.substr(envelope.url.find("://") + 3);
    envelope.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    envelope.headers.emplace_back(
        "Authorization", authorization(website_.website_key, website_.secret_key + (is_forged ? " forged" : ""), "POST",
                                       address, new_key(), time, signed_text));
    return envelope;
}

/// Fourteen tries over a day.
std::vector<Millis> Pushes::ladder() const {
    std::vector<Millis> ladder;
    for (const int minutes : {1, 2, 5, 10, 15, 30, 60, 120, 120, 180, 240, 240, 360})
        ladder.emplace_back(std::chrono::minutes{minutes});
    return ladder;
}

Webhook Pushes::forge(const Webhook& webhook) {
    Webhook forged = webhook;
    const std::string key = new_key();
    forged.event_id.replace(0, key.size(), key);
    // In a form the signature covers the key, so that it does not fit any more.
    if (const std::size_t at = forged.body.find(webhook.object); at != std::string::npos)
        forged.body.replace(at, webhook.object.size(), key);
    return forged;
}

std::string Pushes::new_key() {
    std::array<std::byte, 16> random{};
    desk_.world.random.fill(random);
    std::string key;
    for (const std::byte byte : random) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        key += digits[std::to_integer<std::size_t>(byte) >> 4];
        key += digits[std::to_integer<std::size_t>(byte) & 15];
    }
    return key;
}

}  // namespace florin::sandbox::buckaroo
