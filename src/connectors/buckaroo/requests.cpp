#include "requests.hpp"

#include "florin/json/clean.hpp"
#include "florin/json/writer.hpp"

namespace florin::buckaroo {
namespace {

using payments::Charge;
using payments::FollowUp;

constexpr std::size_t longest_description = 255;
constexpr std::size_t longest_name = 70;  // As in a direct debit's own file format.

std::string clipped(std::string_view text, std::size_t most) {
    const std::string clean = json::clean_text(text);
    std::size_t characters = 0;
    for (std::size_t i = 0; i < clean.size(); ++i) {
        const bool is_first_byte = (static_cast<unsigned char>(clean[i]) & 0xC0U) != 0x80U;
        if (is_first_byte && ++characters > most) return clean.substr(0, i);
    }
    return clean;
}

void write_head(json::Writer& json, std::string_view amount_field, Money amount, std::string_view reference,
                std::string_view push_url) {
    json.open('{').field("Currency", amount.code()).raw_field(amount_field, to_major_text(amount));
    json.field("Invoice", reference);
    if (!push_url.empty()) json.field("PushURL", push_url).field("PushURLFailure", push_url);
}

void write_payer(json::Writer& json, const Charge& charge) {
    json.field("Description",
               clipped(charge.description.empty() ? charge.reference : charge.description, longest_description));
    if (!charge.client_ip.empty()) {
        const bool is_v6 = charge.client_ip.find(':') != std::string::npos;
        json.key("ClientIP").open('{').field("Type", is_v6 ? 1 : 0).field("Address", charge.client_ip).close('}');
    }
    // Whoever gives up or is refused comes back to the same place: there it is told what became of the payment.
    if (!charge.return_url.empty())
        for (const std::string_view name : {"ReturnURL", "ReturnURLCancel", "ReturnURLError", "ReturnURLReject"})
            json.field(name, charge.return_url);
    if (charge.makes_mandate) json.field("StartRecurrent", true);
}

void open_service(json::Writer& json, std::string_view name, std::string_view action, int version) {
    json.key("Services").open('{').key("ServiceList").open('[').open('{');
    json.field("Name", name).field("Action", action).field("Version", version);
}
void close_service(json::Writer& json) { json.close('}').close(']').close('}').close('}'); }

constexpr int ideal_version = 2, debit_version = 1;

}  // namespace

std::string_view service_of(payments::Method method) {
    return method == payments::Method::ideal        ? "ideal"
           : method == payments::Method::sepa_debit ? "SepaDirectDebit"
                                                    : std::string_view{};
}

std::string ideal_body(const Charge& charge, std::string_view push_url) {
    std::string body;
    json::Writer json{body};
    write_head(json, "AmountDebit", charge.amount, charge.reference, push_url);
    write_payer(json, charge);
    open_service(json, "ideal", "Pay", ideal_version);
    close_service(json);
    return body;
}

std::string recurrent_body(const Charge& charge, std::string_view push_url) {
    std::string body;
    json::Writer json{body};
    write_head(json, "AmountDebit", charge.amount, charge.reference, push_url);
    write_payer(json, charge);
    json.field("OriginalTransactionKey", charge.mandate_provider_id);
    open_service(json, "SepaDirectDebit", "PayRecurrent", debit_version);
    close_service(json);
    return body;
}

std::string debit_body(const Charge& charge, std::string_view iban, std::string_view holder,
                       std::string_view push_url) {
    std::string body;
    json::Writer json{body};
    write_head(json, "AmountDebit", charge.amount, charge.reference, push_url);
    write_payer(json, charge);
    open_service(json, "SepaDirectDebit", "Pay", debit_version);
    const auto parameter = [&json](std::string_view name, std::string_view value) {
        json.open('{').field("Name", name).field("Value", value).close('}');
    };
    json.key("Parameters").open('[');
    parameter("customeraccountname", clipped(holder, longest_name));
    parameter("CustomerIBAN", iban);
    json.close(']');
    close_service(json);
    return body;
}

std::string refund_body(const FollowUp& refund, std::string_view push_url) {
    std::string body;
    json::Writer json{body};
    write_head(json, "AmountCredit", refund.amount, refund.reference, push_url);
    json.field("OriginalTransactionKey", refund.parent_provider_id);
    const bool is_ideal = refund.method == payments::Method::ideal;
    open_service(json, service_of(refund.method), "Refund", is_ideal ? ideal_version : debit_version);
    close_service(json);
    return body;
}

}  // namespace florin::buckaroo
