#include "florin/gateway/routes.hpp"

#include "bodies.hpp"
#include "details_store.hpp"
#include "florin/json/writer.hpp"
#include "florin/payments/routes.hpp"
#include "render.hpp"

namespace florin::gateway {
namespace {

using http::Exchange;
using http::Response;
using payments::PaymentId;
using payments::PaymentState;

constexpr std::string_view scope_to_make = "payments:write";
constexpr std::string_view scope_to_read = "payments:read";

/// Refusals carry the document's own two fields beside the problem's.
Response refuse(const Error& error, std::string_view correlation_id) {
    Response response = http::problem(error, correlation_id);
    std::string extra;
    json::Writer json{extra};
    json.field("failCode", error.code).field("failReason", error.message);
    response.body.insert(response.body.size() - 1, "," + extra);
    return response;
}
Response refusal(const Error& error, const Exchange& exchange) { return refuse(error, exchange.correlation_id); }

std::unexpected<Error> no_payment() {
    return fail(ErrorKind::not_found, "payment_not_found", "There is no such payment, or it has expired.", "paymentId");
}

/// The merchant, if who asks may act for it: with a key only that key's own, without one only the sandbox's open one.
/// A foreign merchant is as absent as one that does not exist (C-IM-01, C-IM-02).
Task<Result<Merchant>> admit(const Settings& settings, Exchange& exchange, std::string_view name,
                             std::string_view scope) {
    const bool is_open = !settings.open_merchant.empty() && name == settings.open_merchant;
    const bool is_anonymous = exchange.principal.merchant == MerchantId{};
    if (is_anonymous && !is_open)
        co_return fail(ErrorKind::unauthenticated, "api_key_required", "Send an API key of that merchant.",
                       "Authorization");
    if (!is_anonymous && !exchange.principal.may(scope))
        co_return fail(ErrorKind::forbidden, "missing_scope",
                       "This API key lacks the scope " + std::string{scope} + ".");
    auto found = co_await settings.find_merchant(name);
    if (!found) co_return fail(std::move(found.error()));
    if (!*found || !(is_anonymous || (*found)->id == exchange.principal.merchant))
        co_return fail(ErrorKind::not_found, "merchant_not_found", "There is no such merchant.", "merchantId");
    if (is_anonymous && !settings.may_ask((*found)->id))
        co_return fail(ErrorKind::rate_limited, "too_many_requests", "Wait a moment before the next request.");
    // Whatever is noted of this call belongs to the merchant that it is about.
    exchange.principal.merchant = (*found)->id;
    co_return std::move(**found);
}

Task<Response> create_payment(const Settings& settings, Exchange& exchange) {
    auto body = http::read<CreatePaymentBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    auto merchant = co_await admit(settings, exchange, body->merchantId, scope_to_make);
    if (!merchant) co_return refusal(merchant.error(), exchange);
    const auto currency = Currency::of(merchant->default_currency);
    check(currency.has_value(), "a merchant's currency is a known one");
    auto payment =
        co_await settings.payments.create(merchant->id, *currency, merchant->connector,
                                          settings.clock.now() + settings.lifetime, payments::origin_of(exchange));
    if (!payment) co_return refusal(payment.error(), exchange);
    const CreatedView view{.paymentId = payment->id.text(),
                           .status = "Created",
                           .creationTimestampSeconds = payment->created_at.ms / 1000};
    co_return http::reply(200, json::to_text(view));
}

std::string context_of(MerchantId merchant, const PaymentId& payment) {
    return "gateway_details.sealed_details." + std::to_string(merchant.value) + "." + payment.text();
}

std::string details_text(const MakePaymentBody& body) {
    std::string text;
    json::Writer json{text};
    json.open('{').field("cardName", body.cardName).field("billingAddress", body.billingAddress).close('}');
    return text;
}

/// Everything of a make-payment request that has been checked.
struct Made {
    PaymentId payment;
    payments::ChargeCommand command;
};

Result<Made> command_of(const Settings& settings, const Exchange& exchange, MakePaymentBody& body,
                        const Merchant& merchant, const json::Value& value) {
    const auto id = PaymentId::parse(body.paymentId);
    if (!id) return no_payment();
    const auto currency = Currency::of(body.currency);
    if (!currency) return fail(currency.error());
    const auto amount = parse_major(body.amount.text, *currency);
    if (!amount) return fail(amount.error());
    std::string canonical = json::to_canonical_text(value);
    const auto fingerprint = idempotency::fingerprint_of(settings.fingerprint_secret, "makePayment", canonical);
    explicit_bzero(canonical.data(), canonical.size());
    payments::ChargeCommand command{
        .merchant = merchant.id,
        .type = payments::TransactionType::purchase,
        // The payment's id is what keeps it from being made twice (requirements C-AP-10, X-01). No key that a
        // caller may choose has a space in it, so none is taken for this one.
        .guard = {.key = "make-payment " + id->text(), .route = "makePayment", .fingerprint = fingerprint},
        .connector = merchant.connector,
        .amount = *amount,
        .card = payments::Card{.number = std::move(body.cardNumber),
                               .expiry_month = static_cast<int>(body.expiryMonth),
                               .expiry_year = static_cast<int>(body.expiryYear),
                               .cvv = std::move(body.cvv),
                               .name = body.cardName},
        .payment_method = std::nullopt,
        .billing = {},
        .customer_id = {},
        .origin = payments::origin_of(exchange),
        .created_payment = id};
    command.billing.address = body.billingAddress;
    const auto sealed = settings.keys.seal(details_text(body), context_of(merchant.id, *id));
    command.with_intent = [merchant = merchant.id, payment = *id, sealed](store::Tx& tx) -> Result<void> {
        rows::put_details(tx, merchant, payment, sealed);
        return {};
    };
    return Made{*id, std::move(command)};
}

/// Expired is as good as deleted to document C (X-04), also before the sweep has come by.
bool is_gone(const payments::Payment& payment, Instant now) {
    const bool is_overdue = payment.state == PaymentState::created && payment.expires_at && *payment.expires_at <= now;
    return payment.state == PaymentState::expired || is_overdue;
}

/// What is not open is either not there, or was made by other means: that the caller should know.
Task<Error> why_not_open(const Settings& settings, MerchantId merchant, PaymentId id) {
    auto found = co_await settings.payments.find(merchant, id);
    if (!found && found.error().kind != ErrorKind::not_found) co_return std::move(found.error());
    if (!found || is_gone(found->payment, settings.clock.now())) co_return no_payment().error();
    co_return Error{ErrorKind::conflict, "payment_not_open", "The payment was made already.", "paymentId"};
}

Task<Response> make_payment(const Settings& settings, Exchange& exchange) {
    auto value = json::parse(exchange.request.body);
    if (!value) co_return refusal(value.error(), exchange);
    auto body = json::read<MakePaymentBody>(*value);
    if (!body) co_return refusal(body.error(), exchange);
    auto merchant = co_await admit(settings, exchange, body->merchantId, scope_to_make);
    if (!merchant) co_return refusal(merchant.error(), exchange);
    auto made = command_of(settings, exchange, *body, *merchant, *value);
    if (!made) co_return refusal(made.error(), exchange);
    auto executed = co_await settings.payments.charge_created(std::move(made->command));
    if (!executed && executed.error().code == "payment_not_open") {
        const Error why = co_await why_not_open(settings, merchant->id, made->payment);
        co_return refusal(why, exchange);
    }
    if (!executed) co_return refusal(in_our_words(std::move(executed.error())), exchange);
    Response response = http::reply(200, made_text(executed->payment, executed->transaction));
    if (executed->is_repeat) response.headers.emplace_back("Idempotent-Replayed", "true");
    co_return response;
}

Task<Response> get_payment(const Settings& settings, Exchange& exchange) {
    const std::string name = exchange.request.parameter("merchantId").value_or("");
    const std::string id_text = exchange.request.parameter("paymentId").value_or("");
    for (const auto& [parameter, text] : {std::pair{"merchantId", &name}, std::pair{"paymentId", &id_text}})
        if (text->empty()) {
            const Error error{ErrorKind::invalid, "missing_field", "This parameter is required.", parameter};
            co_return refusal(error, exchange);
        }
    auto merchant = co_await admit(settings, exchange, name, scope_to_read);
    if (!merchant) co_return refusal(merchant.error(), exchange);
    const auto id = PaymentId::parse(id_text);
    if (!id) co_return refusal(no_payment().error(), exchange);
    auto found = co_await settings.payments.find(merchant->id, *id);
    if (!found && found.error().kind != ErrorKind::not_found) co_return refusal(found.error(), exchange);
    if (!found || is_gone(found->payment, settings.clock.now())) co_return refusal(no_payment().error(), exchange);
    auto read_details = [&](store::Reader& reader) -> Result<std::optional<std::vector<std::uint8_t>>> {
        return rows::find_details(reader, merchant->id, *id);
    };
    auto sealed = co_await settings.store.read(read_details);
    if (!sealed) co_return refusal(sealed.error(), exchange);
    std::string details;
    if (*sealed) {
        auto opened = settings.keys.open(**sealed, context_of(merchant->id, *id));
        if (!opened) co_return refusal(opened.error(), exchange);
        details = std::move(*opened);
    }
    settings.note_read(exchange, "payment", id->text());
    co_return http::reply(200, shown_text(*found, details));
}

}  // namespace

std::vector<http::Route> routes(Settings settings) {
    const auto bound = [&settings](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    std::vector<http::Route> all{
        {.method = "POST",
         .path = "/create-payment",
         .operation_id = "createGatewayPayment",
         .tag = "Gateway",
         .summary = "Make a payment id for a merchant",
         .scope = {},
         .handler = bound(create_payment),
         .body_schema = "CreatePaymentRequest",
         .answers = {{200, "Created.", "CreatedPayment"}}},
        {.method = "POST",
         .path = "/make-payment",
         .operation_id = "makeGatewayPayment",
         .tag = "Gateway",
         .summary = "Complete a payment with card details",
         .scope = {},
         .handler = bound(make_payment),
         .body_schema = "MakePaymentRequest",
         .answers = {{200, "What became of it.", "MadePayment"}}},
        {.method = "GET",
         .path = "/get-payment",
         .operation_id = "getGatewayPayment",
         .tag = "Gateway",
         .summary = "Read a payment",
         .scope = {},
         .handler = bound(get_payment),
         .parameters = {{"merchantId", "query", "The merchant's name.",
                         R"({"type":"string","examples":["test-merchant"]})", true},
                        {"paymentId", "query", "As create-payment gave it.",
                         R"({"type":"string","format":"uuid","examples":["0199c0de-2f4a-7cc1-9d3e-5a6b7c8d9e0f"]})",
                         true}},
         .answers = {{200, "The payment, its card masked.", shown_schema.name}}},
    };
    for (http::Route& route : all) route.refuse = refuse;
    return all;
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<CreatePaymentBody>(all);
    json::append_schemas<MakePaymentBody>(all);
    json::append_schemas<CreatedView>(all);
    json::append_schemas<MadeView>(all);
    all.push_back({std::string{shown_schema.name}, std::string{shown_schema.json}});
    return all;
}

}  // namespace florin::gateway
