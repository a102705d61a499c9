#include "florin/payments/routes.hpp"

#include "bodies.hpp"
#include "florin/http/listing.hpp"
#include "florin/idempotency/guard.hpp"
#include "florin/locale/locale.hpp"
#include "payments_impl.hpp"
#include "summary_view.hpp"
#include "view.hpp"

namespace florin::payments {
namespace {

using http::Exchange;
using http::Response;

Card card_of(CardBody& body) {
    return {.number = std::move(body.number),
            .expiry_month = static_cast<int>(body.expiry_month),
            .expiry_year = static_cast<int>(body.expiry_year),
            .cvv = body.cvv ? std::move(*body.cvv) : security::Cvv{},
            .name = std::move(body.name).value_or("")};
}

Result<BillingAddress> address_of(std::optional<AddressBody>& body) {
    if (!body) return BillingAddress{};
    // Some providers take nothing else, and none of them less.
    if (const std::string country = body->country.value_or(""); !country.empty() && !locale::is_country(country))
        return fail(ErrorKind::invalid, "unknown_country",
                    "Give a country by the two capital letters of ISO 3166-1, such as DE.", "billing_address.country");
    return BillingAddress{.first_name = std::move(body->first_name).value_or(""),
                          .last_name = std::move(body->last_name).value_or(""),
                          .company = std::move(body->company).value_or(""),
                          .address = std::move(body->address).value_or(""),
                          .city = std::move(body->city).value_or(""),
                          .state = std::move(body->state).value_or(""),
                          .zip = std::move(body->zip).value_or(""),
                          .country = std::move(body->country).value_or("")};
}

Result<void> refuse_card_numbers(const std::optional<std::string>& customer_id, std::string_view metadata) {
    if (auto fit = security::refuse_card_number(customer_id.value_or(""), "customer_id"); !fit) return fit;
    return security::refuse_card_number(metadata, "metadata");
}

Response reply_to(const Executed& executed) {
    idempotency::Answer answer = executed.stored ? *executed.stored : answer_of(executed.payment, executed.transaction);
    Response response = http::reply(answer.status, std::move(answer.body));
    if (executed.is_repeat) response.headers.emplace_back("Idempotent-Replayed", "true");
    if (answer.status == 202)
        response.headers.emplace_back("Location", "/api/v1/transactions/" + executed.transaction.id.text());
    return response;
}

/// The parsed body and what makes this request one: its key and fingerprint.
template <class Body>
struct Guarded {
    Body body;
    idempotency::Guard guard;
};

template <class Body>
Result<Guarded<Body>> read_guarded(const RouteSettings& settings, const Exchange& exchange, std::string_view route) {
    auto value = json::parse(exchange.request.body);
    if (!value) return fail(std::move(value.error()));
    auto body = json::read<Body>(*value);
    if (!body) return fail(std::move(body.error()));
    const std::string_view header = exchange.request.header("idempotency-key");
    const std::optional<std::string>& field = body->idempotency_key;
    if (!header.empty() && field && *field != header)
        return fail(ErrorKind::invalid, "idempotency_keys_differ", "The header and the body give different keys.",
                    "idempotency_key");
    // One that is given and empty would protect nothing.
    if (field)
        if (auto valid = idempotency::validate_key(*field); !valid) return fail(std::move(valid.error()));
    const auto what = [&] {
        // The key is not part of what is asked for: given in the header it is the same request.
        value->remove("idempotency_key");
        return json::to_canonical_text(*value);
    };
    const std::string_view key = header.empty() && field ? std::string_view{*field} : header;
    auto guard = idempotency::guard_of(key, route, settings.fingerprint_secret, what);
    if (!guard) return fail(std::move(guard.error()));
    return Guarded<Body>{.body = std::move(*body), .guard = std::move(*guard)};
}

std::unexpected<Error> no_transaction(std::string_view field = {}) {
    return fail(ErrorKind::not_found, "transaction_not_found", "There is no such transaction.", field);
}

Result<ChargeCommand> command_of(Guarded<ChargeBody>& guarded, TransactionType type, const Exchange& exchange) {
    ChargeBody& body = guarded.body;
    const auto currency = Currency::of(body.currency);
    if (!currency) return fail(currency.error());
    const auto amount = parse_major(body.amount.text, *currency);
    if (!amount) return fail(amount.error());
    if (auto fit = refuse_card_numbers(body.customer_id, body.metadata.text); !fit) return fail(std::move(fit.error()));
    auto billing = address_of(body.billing_address);
    if (!billing) return fail(std::move(billing.error()));
    ChargeCommand command{.merchant = exchange.principal.merchant,
                          .type = type,
                          .guard = std::move(guarded.guard),
                          .connector = {},
                          .amount = *amount,
                          .card = std::nullopt,
                          .payment_method = std::nullopt,
                          .billing = std::move(*billing),
                          .customer_id = std::move(body.customer_id).value_or(""),
                          .metadata = std::move(body.metadata.text),
                          .origin = origin_of(exchange)};
    if (body.payment_method_type) {
        const auto method = parse_method(*body.payment_method_type);
        if (!method)
            return fail(ErrorKind::invalid, "invalid_payment_method_type",
                        "Give card, ideal, sepa_debit, ach_debit, wallet or hosted_page.", "payment_method_type");
        command.method = *method;
    }
    command.makes_mandate = body.makes_mandate.value_or(false);
    command.return_url = std::move(body.return_url).value_or("");
    command.email = std::move(body.email).value_or("");
    if (body.bank_account)
        command.bank_account = BankAccount{.holder_name = std::move(body.bank_account->holder_name),
                                           .iban = std::move(body.bank_account->iban).value_or(""),
                                           .routing_number = std::move(body.bank_account->routing_number).value_or(""),
                                           .account_number = std::move(body.bank_account->account_number).value_or("")};
    if (body.original_transaction_id) {
        command.mandate_of = TransactionId::parse(*body.original_transaction_id);
        if (!command.mandate_of) return no_transaction("original_transaction_id");
    }
    if (body.card) command.card = card_of(*body.card);
    if (body.payment_method_token) {
        command.payment_method = parse_token(*body.payment_method_token);
        if (!command.payment_method)
            return fail(ErrorKind::not_found, "payment_method_not_found", "There is no such payment method.",
                        "payment_method_token");
    }
    return command;
}

Task<Response> charge(const RouteSettings& settings, Exchange& exchange, TransactionType type) {
    auto guarded = read_guarded<ChargeBody>(settings, exchange, to_text(type));
    if (!guarded) co_return http::problem(guarded.error(), exchange.correlation_id);
    auto command = command_of(*guarded, type, exchange);
    if (!command) co_return http::problem(command.error(), exchange.correlation_id);
    auto connectors = co_await settings.connectors_of(command->merchant, command->method, command->amount.currency());
    if (!connectors) co_return http::problem(connectors.error(), exchange.correlation_id);
    command->connector = std::move(connectors->front());
    command->alternatives.assign(std::make_move_iterator(connectors->begin() + 1),
                                 std::make_move_iterator(connectors->end()));
    auto executed = co_await settings.payments.charge(std::move(*command));
    if (!executed) co_return http::problem(executed.error(), exchange.correlation_id);
    co_return reply_to(*executed);
}

Task<Response> follow_up(const RouteSettings& settings, Exchange& exchange, TransactionType type) {
    auto guarded = read_guarded<FollowUpBody>(settings, exchange, to_text(type));
    if (!guarded) co_return http::problem(guarded.error(), exchange.correlation_id);
    FollowUpBody& body = guarded->body;
    if (auto fit = refuse_card_numbers(std::nullopt, body.metadata.text); !fit)
        co_return http::problem(fit.error(), exchange.correlation_id);
    const auto parent = TransactionId::parse(body.transaction_id);
    if (!parent) co_return http::problem(no_transaction("transaction_id").error(), exchange.correlation_id);
    FollowUpCommand command{.merchant = exchange.principal.merchant,
                            .type = type,
                            .guard = std::move(guarded->guard),
                            .parent = *parent,
                            .amount = std::nullopt,
                            .currency = std::move(body.currency),
                            .metadata = std::move(body.metadata.text),
                            .origin = origin_of(exchange)};
    if (body.amount) command.amount = std::move(body.amount->text);
    auto executed = co_await settings.payments.follow_up(std::move(command));
    if (!executed) co_return http::problem(executed.error(), exchange.correlation_id);
    co_return reply_to(*executed);
}

std::unexpected<Error> no_payment() {
    return fail(ErrorKind::not_found, "payment_not_found", "There is no such payment.");
}

Task<Response> get_payment(const RouteSettings& settings, Exchange& exchange) {
    const auto id = PaymentId::parse(exchange.path_value("id"));
    if (!id) co_return http::problem(no_payment().error(), exchange.correlation_id);
    auto found = co_await settings.payments.find(exchange.principal.merchant, *id);
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    settings.note_read(exchange, "payment", id->text());
    PaymentDetailsView view{view_of(found->payment), {}};
    view.transactions.reserve(found->transactions.size());
    for (const Transaction& transaction : found->transactions)
        view.transactions.push_back(view_of(found->payment, transaction));
    co_return http::reply(200, json::to_text(view));
}

Task<Response> get_transaction(const RouteSettings& settings, Exchange& exchange) {
    const auto id = TransactionId::parse(exchange.path_value("id"));
    if (!id) co_return http::problem(no_transaction().error(), exchange.correlation_id);
    auto found = co_await settings.payments.find_transaction(exchange.principal.merchant, *id);
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    settings.note_read(exchange, "transaction", id->text());
    co_return http::reply(200, json::to_text(view_of(found->payment, found->transaction)));
}

Task<Response> resolve(const RouteSettings& settings, Exchange& exchange) {
    auto guarded = read_guarded<ResolveBody>(settings, exchange, "resolve " + std::string{exchange.path_value("id")});
    if (!guarded) co_return http::problem(guarded.error(), exchange.correlation_id);
    ResolveBody& body = guarded->body;
    if (auto fit = security::refuse_card_number(body.note, "note"); !fit)
        co_return http::problem(fit.error(), exchange.correlation_id);
    if (body.decision != "accept" && body.decision != "dismiss") {
        const Error error{ErrorKind::invalid, "invalid_decision", "Decide `accept` or `dismiss`.", "decision"};
        co_return http::problem(error, exchange.correlation_id);
    }
    const auto id = TransactionId::parse(exchange.path_value("id"));
    if (!id) co_return http::problem(no_transaction().error(), exchange.correlation_id);
    ResolveCommand command{.merchant = exchange.principal.merchant,
                           .transaction = *id,
                           .resolution = body.decision == "accept" ? Resolution::accept : Resolution::dismiss,
                           .note = std::move(body.note),
                           .guard = std::move(guarded->guard),
                           .origin = origin_of(exchange)};
    auto executed = co_await settings.payments.resolve(std::move(command));
    if (!executed) co_return http::problem(executed.error(), exchange.correlation_id);
    // What has been decided is done, whatever the transaction has become by it.
    Response response = reply_to(*executed);
    response.status = 200;
    co_return response;
}

Result<PaymentFilter> filter_of(const http::Request& request) {
    PaymentFilter filter{.state = std::nullopt};
    for (const auto& [name, value] : request.parameters()) {
        if (name == "state") {
            filter.state = parse_payment_state(value);
            if (!filter.state) return http::invalid_parameter(name, "There is no such state.");
        } else if (name == "customer_id") {
            filter.customer_id = value;
        } else if (name == "created_from" || name == "created_before") {
            const auto at = parse_instant(value);
            if (!at) return http::invalid_parameter(name, at.error().message);
            (name == "created_from" ? filter.created_from : filter.created_before) = *at;
        } else if (auto taken = http::take_page(filter, name, value); !taken) {
            return fail(std::move(taken.error()));
        }
    }
    return filter;
}

Task<Response> list_payments(const RouteSettings& settings, Exchange& exchange) {
    auto filter = filter_of(exchange.request);
    if (!filter) co_return http::problem(filter.error(), exchange.correlation_id);
    const std::size_t limit = http::read_one_more(*filter);
    auto found = co_await settings.payments.list(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    settings.note_read(exchange, "payment_list", exchange.request.query);
    co_return http::reply(200, http::page_of<PaymentListView>(*found, limit));
}

Result<PeriodWish> period_of(const http::Request& request) {
    PeriodWish period;
    for (const auto& [name, value] : request.parameters()) {
        if (name != "created_from" && name != "created_before") return http::unknown_parameter(name);
        const auto at = parse_instant(value);
        if (!at) return http::invalid_parameter(name, at.error().message);
        (name == "created_from" ? period.from : period.before) = *at;
    }
    return period;
}

Task<Response> get_summary(const RouteSettings& settings, Exchange& exchange) {
    const auto period = period_of(exchange.request);
    if (!period) co_return http::problem(period.error(), exchange.correlation_id);
    const auto summary = co_await settings.payments.summarize(exchange.principal.merchant, *period);
    if (!summary) co_return http::problem(summary.error(), exchange.correlation_id);
    settings.note_read(exchange, "payment_summary", exchange.request.query);
    co_return http::reply(200, json::to_text(view_of(*summary)));
}

Task<Response> store_card(const RouteSettings& settings, Exchange& exchange) {
    auto guarded = read_guarded<StoreCardBody>(settings, exchange, "store_card");
    if (!guarded) co_return http::problem(guarded.error(), exchange.correlation_id);
    StoreCardBody& body = guarded->body;
    if (auto fit = refuse_card_numbers(body.customer_id, {}); !fit)
        co_return http::problem(fit.error(), exchange.correlation_id);
    auto billing = address_of(body.billing_address);
    if (!billing) co_return http::problem(billing.error(), exchange.correlation_id);
    auto connectors = co_await settings.connectors_of(exchange.principal.merchant, Method::card, std::nullopt);
    if (!connectors) co_return http::problem(connectors.error(), exchange.correlation_id);
    StoreCardCommand command{.merchant = exchange.principal.merchant,
                             .guard = std::move(guarded->guard),
                             .connector = std::move(connectors->front()),
                             .card = card_of(body.card),
                             .billing = std::move(*billing),
                             .customer_id = std::move(body.customer_id).value_or(""),
                             .origin = origin_of(exchange)};
    auto stored = co_await settings.payments.store_card(std::move(command));
    if (!stored) co_return http::problem(stored.error(), exchange.correlation_id);
    const bool is_repeat = stored->stored.has_value();
    idempotency::Answer answer = is_repeat ? std::move(*stored->stored) : answer_of(stored->method);
    Response response = http::reply(answer.status, std::move(answer.body));
    if (is_repeat) response.headers.emplace_back("Idempotent-Replayed", "true");
    co_return response;
}

Task<Response> get_payment_method(const RouteSettings& settings, Exchange& exchange) {
    const auto id = parse_token(exchange.path_value("token"));
    if (!id) {
        const Error error{ErrorKind::not_found, "payment_method_not_found", "There is no such payment method.", {}};
        co_return http::problem(error, exchange.correlation_id);
    }
    auto found = co_await settings.payments.find_payment_method(exchange.principal.merchant, *id);
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    settings.note_read(exchange, "payment_method", to_token(*id));
    co_return http::reply(200, json::to_text(view_of(*found)));
}

constexpr http::ParameterDoc idempotency_header{
    .name = "Idempotency-Key",
    .in = "header",
    .doc = "Makes the request happen once: repeated with the same key and body it gets the first answer again.",
    .schema = R"({"type":"string","minLength":1,"maxLength":255})"};

http::Route charge_route(const RouteSettings& settings, TransactionType type, std::string_view path,
                         std::string_view id, std::string_view summary) {
    return {.method = "POST",
            .path = path,
            .operation_id = id,
            .tag = "Payments",
            .summary = summary,
            .scope = "payments:write",
            .handler = [settings, type](Exchange& exchange) { return charge(settings, exchange, type); },
            .body_schema = "ChargeRequest",
            .parameters = {idempotency_header},
            .answers = {{200, "Approved.", "Transaction"},
                        {202, "The outcome is not known yet; it settles by itself.", "Transaction"},
                        {402, "Declined, with class and code.", "Transaction"}}};
}

http::Route follow_up_route(const RouteSettings& settings, TransactionType type, std::string_view path,
                            std::string_view id, std::string_view summary) {
    return {.method = "POST",
            .path = path,
            .operation_id = id,
            .tag = "Payments",
            .summary = summary,
            .scope = "payments:write",
            .handler = [settings, type](Exchange& exchange) { return follow_up(settings, exchange, type); },
            .body_schema = "FollowUpRequest",
            .parameters = {idempotency_header},
            .answers = {{200, "Done.", "Transaction"},
                        {202, "The outcome is not known yet; it settles by itself.", "Transaction"},
                        {402, "Declined, with class and code.", "Transaction"},
                        {409, "Refused by the provider, with its code. Other conflicts are problems.", "Transaction"}}};
}

}  // namespace

Origin origin_of(const Exchange& exchange) {
    return {.actor = exchange.principal.actor,
            .ip_address = exchange.request.peer,
            .user_agent = exchange.user_agent,
            .correlation_id = exchange.correlation_id,
            .traceparent = exchange.traceparent};
}

std::vector<http::Route> routes(RouteSettings settings) {
    using T = TransactionType;
    const auto bound = [&settings](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    return {
        charge_route(settings, T::purchase, "/api/v1/payments/purchase", "purchase",
                     "Purchase: take a payment in one step"),
        charge_route(settings, T::authorize, "/api/v1/payments/authorize", "authorize",
                     "Authorize: hold an amount on a card"),
        follow_up_route(settings, T::capture, "/api/v1/payments/capture", "capture",
                        "Capture: take all or part of an authorization"),
        follow_up_route(settings, T::refund, "/api/v1/payments/refund", "refund",
                        "Refund: give back all or part of a purchase or capture"),
        follow_up_route(settings, T::cancel, "/api/v1/payments/cancel", "cancel", "Cancel: release an authorization"),
        {.method = "GET",
         .path = "/api/v1/payments",
         .operation_id = "listPayments",
         .tag = "Payments",
         .summary = "List payments, newest first",
         .scope = "payments:read",
         .handler = bound(list_payments),
         .parameters =
             {{"state", "query", "Only payments in this state, as in `Payment`."},
              {"customer_id", "query", "Only this customer's."},
              {"created_from", "query", "Made at or after this moment.", R"({"type":"string","format":"date-time"})"},
              {"created_before", "query", "Made before this moment.", R"({"type":"string","format":"date-time"})"},
              {"limit", "query", "How many at most.", R"({"type":"integer","minimum":1,"maximum":200,"default":50})"},
              {"cursor", "query", "`next_cursor` of the page before."}},
         .answers = {{200, "A page of payments.", "PaymentList"}}},
        {.method = "GET",
         .path = "/api/v1/payments/{id}",
         .operation_id = "getPayment",
         .tag = "Payments",
         .summary = "Read a payment with its transactions",
         .scope = "payments:read",
         .handler = bound(get_payment),
         .parameters = {{"id", "path", "The payment's id.", R"({"type":"string","format":"uuid"})", true}},
         .answers = {{200, "The payment.", "PaymentDetails"}}},
        {.method = "GET",
         .path = "/api/v1/transactions/{id}",
         .operation_id = "getTransaction",
         .tag = "Payments",
         .summary = "Read a transaction",
         .scope = "payments:read",
         .handler = bound(get_transaction),
         .parameters = {{"id", "path", "The transaction's id.", R"({"type":"string","format":"uuid"})", true}},
         .answers = {{200, "The transaction.", "Transaction"}}},
        {.method = "POST",
         .path = "/api/v1/transactions/{id}/resolve",
         .operation_id = "resolveTransaction",
         .tag = "Payments",
         .summary = "Resolve: decide about what the provider approved otherwise than asked",
         .scope = "payments:write",
         .handler = bound(resolve),
         .body_schema = "ResolveRequest",
         .parameters = {{"id", "path", "The transaction's id.", R"({"type":"string","format":"uuid"})", true},
                        idempotency_header},
         .answers = {{200, "Decided.", "Transaction"}}},
        {.method = "GET",
         .path = "/api/v1/summary",
         .operation_id = "getSummary",
         .tag = "Payments",
         .summary = "Summary and alarms: sum up a period, and tell what a person should look at",
         .scope = "payments:read",
         .handler = bound(get_summary),
         .parameters = {{"created_from", "query",
                         "Payments made at or after this moment. A day before the end unless given.",
                         R"({"type":"string","format":"date-time"})"},
                        {"created_before", "query",
                         "Payments made before this moment, 31 days later at most. Now unless given.",
                         R"({"type":"string","format":"date-time"})"}},
         .answers = {{200, "Counts, sums and alarms.", "Summary"}}},
        {.method = "POST",
         .path = "/api/v1/payment_methods",
         .operation_id = "createPaymentMethod",
         .tag = "Payment methods",
         .summary = "Store a card at the provider: card in, token out",
         .scope = "payments:write",
         .handler = bound(store_card),
         .body_schema = "StoreCardRequest",
         .parameters = {idempotency_header},
         .answers = {{201, "Stored.", "PaymentMethod"}}},
        {.method = "GET",
         .path = "/api/v1/payment_methods/{token}",
         .operation_id = "getPaymentMethod",
         .tag = "Payment methods",
         .summary = "Read what is known of a stored card",
         .scope = "payments:read",
         .handler = bound(get_payment_method),
         .parameters = {{"token", "path", "The payment method's token.", R"({"type":"string"})", true}},
         .answers = {{200, "The payment method.", "PaymentMethod"}}},
    };
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<ChargeBody>(all);
    json::append_schemas<FollowUpBody>(all);
    json::append_schemas<StoreCardBody>(all);
    json::append_schemas<ResolveBody>(all);
    json::append_schemas<TransactionView>(all);
    json::append_schemas<PaymentDetailsView>(all);
    json::append_schemas<PaymentListView>(all);
    json::append_schemas<PaymentMethodView>(all);
    json::append_schemas<SummaryView>(all);
    return all;
}

}  // namespace florin::payments
