#include "florin/customers/routes.hpp"

#include "customers_impl.hpp"
#include "florin/http/listing.hpp"
#include "florin/idempotency/guard.hpp"
#include "view.hpp"

namespace florin::customers {
namespace {

using http::Exchange;
using http::Response;

Origin origin_of(const Exchange& exchange) {
    return {.actor = exchange.principal.actor,
            .ip_address = exchange.request.peer,
            .user_agent = exchange.user_agent,
            .correlation_id = exchange.correlation_id,
            .traceparent = exchange.traceparent};
}

/// The request's key and fingerprint; without a key, nothing that protects.
Result<idempotency::Guard> guard_of(const RouteSettings& settings, const Exchange& exchange, const json::Value& body) {
    const auto what = [&] { return json::to_canonical_text(body); };
    return idempotency::guard_of(exchange.request.header("idempotency-key"), "create_customer",
                                 settings.fingerprint_secret, what);
}

Task<Response> create_customer(const RouteSettings& settings, Exchange& exchange) {
    const auto value = json::parse(exchange.request.body);
    if (!value) co_return http::problem(value.error(), exchange.correlation_id);
    auto body = json::read<CreateBody>(*value);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    auto guard = guard_of(settings, exchange, *value);
    if (!guard) co_return http::problem(guard.error(), exchange.correlation_id);
    CreateCommand command{.merchant = exchange.principal.merchant,
                          .guard = std::move(*guard),
                          .customer_id = std::move(body->customer_id).value_or(""),
                          .profile = profile_of(*body),
                          .origin = origin_of(exchange)};
    auto created = co_await settings.customers.create(std::move(command));
    if (!created) co_return http::problem(created.error(), exchange.correlation_id);
    if (!created->is_new) settings.note_read(exchange, "customer", created->customer.id.text());
    const bool is_repeat = created->stored.has_value();
    idempotency::Answer answer =
        is_repeat ? std::move(*created->stored) : answer_of(created->customer, created->is_new);
    Response response = http::reply(answer.status, std::move(answer.body));
    if (is_repeat) response.headers.emplace_back("Idempotent-Replayed", "true");
    co_return response;
}

std::unexpected<Error> no_customer() {
    return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
}

Task<Response> get_customer(const RouteSettings& settings, Exchange& exchange) {
    const auto id = CustomerId::parse(exchange.path_value("id"));
    if (!id) co_return http::problem(no_customer().error(), exchange.correlation_id);
    const auto found = co_await settings.customers.find(exchange.principal.merchant, *id);
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    settings.note_read(exchange, "customer", id->text());
    co_return http::reply(200, json::to_text(view_of(*found)));
}

Result<CustomerFilter> filter_of(const http::Request& request) {
    CustomerFilter filter;
    for (const auto& [name, value] : request.parameters()) {
        if (name == "customer_id") {
            filter.customer_id = value;
        } else if (name == "email") {
            filter.email = value;
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

Task<Response> list_customers(const RouteSettings& settings, Exchange& exchange) {
    auto filter = filter_of(exchange.request);
    if (!filter) co_return http::problem(filter.error(), exchange.correlation_id);
    const std::size_t limit = http::read_one_more(*filter);
    auto found = co_await settings.customers.list(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    const auto show = [&](const Customer& one) {
        // One note for each person: who asks later who has seen their data finds it (D-PC-09).
        settings.note_read(exchange, "customer", one.id.text());
        return view_of(one);
    };
    co_return http::reply(200, http::page_of<CustomerListView>(*found, limit, show));
}

/// What a body asks to be different: `null` takes away.
Changes changes_of(ChangeBody& body, const json::Value& value) {
    const auto is_null = [&](std::string_view name) {
        const json::Value* const member = value.find(name);
        return member != nullptr && member->is_null();
    };
    Changes changes{.name = std::move(body.name),
                    .email = std::move(body.email),
                    .phone = std::move(body.phone),
                    .billing_address = std::nullopt,
                    .metadata = std::nullopt,
                    .locale = std::nullopt};
    if (body.locale) changes.locale = written_locale(std::move(*body.locale));
    if (body.billing_address) changes.billing_address = address_of(std::move(*body.billing_address));
    if (body.metadata) changes.metadata = std::move(body.metadata->text);
    if (is_null("name")) changes.name = "";
    if (is_null("email")) changes.email = "";
    if (is_null("phone")) changes.phone = "";
    if (is_null("locale")) changes.locale = "";
    if (is_null("billing_address")) changes.billing_address = Address{};
    if (is_null("metadata")) changes.metadata = "{}";
    return changes;
}

Task<Response> change_customer(const RouteSettings& settings, Exchange& exchange) {
    const auto id = CustomerId::parse(exchange.path_value("id"));
    if (!id) co_return http::problem(no_customer().error(), exchange.correlation_id);
    const auto value = json::parse(exchange.request.body);
    if (!value) co_return http::problem(value.error(), exchange.correlation_id);
    auto body = json::read<ChangeBody>(*value);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    UpdateCommand command{.merchant = exchange.principal.merchant,
                          .id = *id,
                          .version = body->version,
                          .changes = changes_of(*body, *value),
                          .origin = origin_of(exchange)};
    const auto updated = co_await settings.customers.update(std::move(command));
    if (!updated) co_return http::problem(updated.error(), exchange.correlation_id);
    // The answer shows all that is known, also what was not touched.
    settings.note_read(exchange, "customer", id->text());
    co_return http::reply(200, json::to_text(view_of(*updated)));
}

Task<Response> erase_customer(const RouteSettings& settings, Exchange& exchange) {
    const auto id = CustomerId::parse(exchange.path_value("id"));
    if (!id) co_return http::problem(no_customer().error(), exchange.correlation_id);
    const auto erased = co_await settings.customers.erase(exchange.principal.merchant, *id, origin_of(exchange));
    if (!erased) co_return http::problem(erased.error(), exchange.correlation_id);
    co_return http::reply(200, json::to_text(view_of(*erased)));
}

constexpr http::ParameterDoc idempotency_header{
    .name = "Idempotency-Key",
    .in = "header",
    .doc = "Makes the request happen once: repeated with the same key and body it gets the first answer again.",
    .schema = R"({"type":"string","minLength":1,"maxLength":255})"};
constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The customer's id.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};

}  // namespace

std::vector<http::Route> routes(RouteSettings settings) {
    const auto bound = [&settings](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    return {
        {.method = "POST",
         .path = "/api/v1/customers",
         .operation_id = "createCustomer",
         .tag = "Customers",
         .summary = "Make a customer known",
         .scope = "customers:write",
         .handler = bound(create_customer),
         .body_schema = "CreateCustomerRequest",
         .parameters = {idempotency_header},
         .answers = {{200, "There was this very customer already.", "Customer"}, {201, "Made.", "Customer"}}},
        {.method = "GET",
         .path = "/api/v1/customers",
         .operation_id = "listCustomers",
         .tag = "Customers",
         .summary = "List customers, newest first",
         .scope = "customers:read",
         .handler = bound(list_customers),
         .parameters =
             {{"customer_id", "query", "Only the customer with this id of yours."},
              {"email", "query", "Only with this e-mail address, in whatever case."},
              {"created_from", "query", "Made at or after this moment.", R"({"type":"string","format":"date-time"})"},
              {"created_before", "query", "Made before this moment.", R"({"type":"string","format":"date-time"})"},
              {"limit", "query", "How many at most.", R"({"type":"integer","minimum":1,"maximum":200,"default":50})"},
              {"cursor", "query", "`next_cursor` of the page before."}},
         .answers = {{200, "A page of customers.", "CustomerList"}}},
        {.method = "GET",
         .path = "/api/v1/customers/{id}",
         .operation_id = "getCustomer",
         .tag = "Customers",
         .summary = "Read a customer",
         .scope = "customers:read",
         .handler = bound(get_customer),
         .parameters = {id_parameter},
         .answers = {{200, "The customer; once erased, without all that was known.", "Customer"}}},
        {.method = "PATCH",
         .path = "/api/v1/customers/{id}",
         .operation_id = "changeCustomer",
         .tag = "Customers",
         .summary = "Change what is known of a customer",
         .scope = "customers:write",
         .handler = bound(change_customer),
         .body_schema = "ChangeCustomerRequest",
         .parameters = {id_parameter},
         .answers = {{200, "The customer as it is now.", "Customer"}}},
        {.method = "DELETE",
         .path = "/api/v1/customers/{id}",
         .operation_id = "eraseCustomer",
         .tag = "Customers",
         .summary = "Erase all that is known of a customer, for ever",
         .scope = "customers:write",
         .handler = bound(erase_customer),
         .parameters = {id_parameter},
         .answers = {{200, "Erased, now or earlier. Payments stay as they are.", "Customer"}}},
    };
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<CreateBody>(all);
    json::append_schemas<ChangeBody>(all);
    json::append_schemas<CustomerView>(all);
    json::append_schemas<CustomerListView>(all);
    return all;
}

}  // namespace florin::customers
