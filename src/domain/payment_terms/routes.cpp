#include "florin/payment_terms/routes.hpp"

#include "florin/http/listing.hpp"
#include "florin/idempotency/guard.hpp"
#include "florin/security/card.hpp"
#include "payment_terms_impl.hpp"
#include "terms_json.hpp"
#include "view.hpp"

namespace florin::payment_terms {
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

Response problem(const Exchange& exchange, const Error& error) { return http::problem(error, exchange.correlation_id); }

std::unexpected<Error> no_terms() {
    return fail(ErrorKind::not_found, "payment_terms_not_found", "There are no such payment terms.");
}

template <class Body>
struct Guarded {
    Body body;
    idempotency::Guard guard;
};

/// The body, and what makes this request one: its key and fingerprint.
template <class Body>
Result<Guarded<Body>> read_guarded(const RouteSettings& settings, const Exchange& exchange, std::string_view route) {
    const auto value = json::parse(exchange.request.body);
    if (!value) return fail(value.error());
    auto body = json::read<Body>(*value);
    if (!body) return fail(std::move(body.error()));
    const auto what = [&] { return std::string{exchange.path_value("id")} + json::to_canonical_text(*value); };
    auto guard =
        idempotency::guard_of(exchange.request.header("idempotency-key"), route, settings.fingerprint_secret, what);
    if (!guard) return fail(std::move(guard.error()));
    return Guarded<Body>{.body = std::move(*body), .guard = std::move(*guard)};
}

Result<NewTerms> terms_of(const CreateBody& body) {
    NewTerms terms{.customer_id = body.customer_id,
                   .total_minor = body.total_amount,
                   .currency = std::nullopt,
                   .start = {},
                   .term_months = body.term_duration,
                   .billing_day = static_cast<unsigned>(body.billing_day),
                   .cancellation_terms = {},
                   .options = {}};
    if (auto fit = security::refuse_card_number(body.customer_id, "customer_id"); !fit)
        return fail(std::move(fit.error()));
    if (body.currency) {
        const auto currency = Currency::of(*body.currency);
        if (!currency) return fail(ErrorKind::invalid, currency.error().code, currency.error().message, "currency");
        terms.currency = *currency;
    }
    const auto start = parse_start(body.start_date);
    if (!start) return fail(start.error());
    terms.start = *start;
    if (body.cancellation_terms) {
        auto given = cancellation_terms_of(*body.cancellation_terms);
        if (!given) return fail(std::move(given.error()));
        terms.cancellation_terms = *given;
    }
    if (body.payment_terms) {
        auto given = options_of(*body.payment_terms);
        if (!given) return fail(std::move(given.error()));
        terms.options = std::move(*given);
    }
    return terms;
}

Response reply_to(Outcome outcome, bool is_new) {
    const bool is_repeat = outcome.stored.has_value();
    idempotency::Answer answer = is_repeat ? std::move(*outcome.stored) : answer_of(outcome.terms, is_new);
    Response response = http::reply(answer.status, std::move(answer.body));
    if (is_repeat) response.headers.emplace_back("Idempotent-Replayed", "true");
    if (is_new) response.headers.emplace_back("Location", "/payment_terms/" + outcome.terms.id.text());
    return response;
}

Task<Response> create_terms(const RouteSettings& settings, Exchange& exchange) {
    auto guarded = read_guarded<CreateBody>(settings, exchange, "create_payment_terms");
    if (!guarded) co_return problem(exchange, guarded.error());
    auto terms = terms_of(guarded->body);
    if (!terms) co_return problem(exchange, terms.error());
    CreateCommand command{.merchant = exchange.principal.merchant,
                          .guard = std::move(guarded->guard),
                          .terms = std::move(*terms),
                          .origin = origin_of(exchange)};
    auto created = co_await settings.payment_terms.create(std::move(command));
    if (!created) co_return problem(exchange, created.error());
    co_return reply_to(std::move(*created), true);
}

Task<Response> adjust_terms(const RouteSettings& settings, Exchange& exchange) {
    const auto id = PaymentTermsId::parse(exchange.path_value("id"));
    if (!id) co_return problem(exchange, no_terms().error());
    auto guarded = read_guarded<AdjustBody>(settings, exchange, "adjust_payment_terms");
    if (!guarded) co_return problem(exchange, guarded.error());
    const AdjustBody& wish = guarded->body;
    if (!wish.total_amount && !wish.payment_terms) {
        const auto nothing =
            fail(ErrorKind::invalid, "missing_field", "Give a total, another card, or both.", "total_amount");
        co_return problem(exchange, nothing.error());
    }
    std::optional<billing::Means> means;
    if (wish.payment_terms) {
        const auto given =
            means_of(wish.payment_terms->payment_method_token, wish.payment_terms->original_transaction_id);
        if (!given) co_return problem(exchange, given.error());
        means = *given;
    }
    AdjustCommand command{.merchant = exchange.principal.merchant,
                          .guard = std::move(guarded->guard),
                          .id = *id,
                          .total_minor = wish.total_amount,
                          .means = means,
                          .version = guarded->body.version,
                          .origin = origin_of(exchange)};
    auto adjusted = co_await settings.payment_terms.adjust(std::move(command));
    if (!adjusted) co_return problem(exchange, adjusted.error());
    co_return reply_to(std::move(*adjusted), false);
}

using Ending = Task<Result<Terms>> (PaymentTerms::*)(CancelCommand);

Task<Response> change_without_body(const RouteSettings& settings, Exchange& exchange, Ending change) {
    const auto id = PaymentTermsId::parse(exchange.path_value("id"));
    if (!id) co_return problem(exchange, no_terms().error());
    CancelCommand command{.merchant = exchange.principal.merchant, .id = *id, .origin = origin_of(exchange)};
    const auto changed = co_await (settings.payment_terms.*change)(std::move(command));
    if (!changed) co_return problem(exchange, changed.error());
    co_return http::reply(200, view_of(*changed));
}
Task<Response> cancel_terms(const RouteSettings& settings, Exchange& exchange) {
    return change_without_body(settings, exchange, &PaymentTerms::cancel);
}
Task<Response> release_terms(const RouteSettings& settings, Exchange& exchange) {
    return change_without_body(settings, exchange, &PaymentTerms::release);
}

Task<Response> get_terms(const RouteSettings& settings, Exchange& exchange) {
    const auto id = PaymentTermsId::parse(exchange.path_value("id"));
    if (!id) co_return problem(exchange, no_terms().error());
    const auto found = co_await settings.payment_terms.find(exchange.principal.merchant, *id);
    if (!found) co_return problem(exchange, found.error());
    settings.note_read(exchange, "payment_terms", id->text());
    co_return http::reply(200, view_of(*found));
}

Task<Response> get_schedule(const RouteSettings& settings, Exchange& exchange) {
    const auto id = PaymentTermsId::parse(exchange.path_value("id"));
    if (!id) co_return problem(exchange, no_terms().error());
    const auto found = co_await settings.payment_terms.schedule(exchange.principal.merchant, *id);
    if (!found) co_return problem(exchange, found.error());
    settings.note_read(exchange, "payment_terms", id->text());
    co_return http::reply(200, schedule_view_of(*found));
}

Result<TermsFilter> filter_of(const http::Request& request) {
    TermsFilter filter;
    for (const auto& [name, value] : request.parameters()) {
        if (name == "customer_id") {
            filter.customer_id = value;
        } else if (name == "status") {
            filter.status = parse_status(value);
            if (!filter.status) return http::invalid_parameter(name, "There is no such status.");
        } else if (auto taken = http::take_page(filter, name, value); !taken) {
            return fail(std::move(taken.error()));
        }
    }
    return filter;
}

Task<Response> list_terms(const RouteSettings& settings, Exchange& exchange) {
    auto filter = filter_of(exchange.request);
    if (!filter) co_return problem(exchange, filter.error());
    const std::size_t limit = http::read_one_more(*filter);
    auto found = co_await settings.payment_terms.list(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return problem(exchange, found.error());
    const auto show = [&](const Terms& one) {
        settings.note_read(exchange, "payment_terms", one.id.text());
        return view_of(one);
    };
    co_return http::reply(200, http::page_of<TermsListView>(*found, limit, show));
}

Task<Response> preview(const RouteSettings& settings, Exchange& exchange) {
    const auto body = http::read<PreviewBody>(exchange.request);
    if (!body) co_return problem(exchange, body.error());
    const int wishes = (body->create ? 1 : 0) + (body->adjust ? 1 : 0) + (body->cancel ? 1 : 0);
    if (wishes != 1) {
        const auto wrong =
            fail(ErrorKind::invalid, "ambiguous_preview", "Give exactly one of create, adjust and cancel.");
        co_return problem(exchange, wrong.error());
    }
    const MerchantId merchant = exchange.principal.merchant;
    PaymentTerms& terms = settings.payment_terms;
    const auto answer = [&](std::string_view wish, Result<Previewed> previewed) {
        if (previewed) return http::reply(200, view_of(*previewed));
        // Wherever it was found: fields are named as the body has them.
        if (!previewed.error().field.empty()) previewed.error().field.insert(0, std::string{wish} + ".");
        return problem(exchange, previewed.error());
    };
    if (body->create) {
        auto wanted = terms_of(*body->create);
        if (!wanted) co_return answer("create", fail(std::move(wanted.error())));
        auto previewed = co_await terms.preview_create(merchant, std::move(*wanted));
        co_return answer("create", std::move(previewed));
    }
    if (body->adjust) {
        auto previewed =
            co_await terms.preview_adjust(merchant, body->adjust->payment_terms_id, body->adjust->total_amount);
        if (previewed) settings.note_read(exchange, "payment_terms", body->adjust->payment_terms_id.text());
        co_return answer("adjust", std::move(previewed));
    }
    auto previewed = co_await terms.preview_cancel(merchant, body->cancel->payment_terms_id);
    if (previewed) settings.note_read(exchange, "payment_terms", body->cancel->payment_terms_id.text());
    co_return answer("cancel", std::move(previewed));
}

constexpr http::ParameterDoc idempotency_header{
    .name = "Idempotency-Key",
    .in = "header",
    .doc = "Makes the request happen once: repeated with the same key and body it gets the first answer again.",
    .schema = R"({"type":"string","minLength":1,"maxLength":255})"};
constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The payment terms' id.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};

}  // namespace

std::vector<http::Route> routes(RouteSettings settings) {
    const auto bound = [&settings](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    return {
        {.method = "POST",
         .path = "/payment_terms",
         .operation_id = "createPaymentTerms",
         .tag = "Payment terms",
         .summary = "Have a total paid in monthly instalments",
         .scope = "payment_terms:write",
         .handler = bound(create_terms),
         .body_schema = "CreatePaymentTermsRequest",
         .parameters = {idempotency_header},
         .answers = {{201, "Made; instalments are charged by themselves from now on.", "PaymentTerms"}}},
        {.method = "GET",
         .path = "/payment_terms",
         .operation_id = "listPaymentTerms",
         .tag = "Payment terms",
         .summary = "List payment terms, newest first",
         .scope = "payment_terms:read",
         .handler = bound(list_terms),
         .parameters = {{"customer_id", "query", "Only of this customer."},
                        {"status", "query", "Only in this status.",
                         R"({"type":"string","enum":["active","held","completed","pending_cancellation","canceled"]})"},
                        {"limit", "query", "How many at most.",
                         R"({"type":"integer","minimum":1,"maximum":200,"default":50})"},
                        {"cursor", "query", "`next_cursor` of the page before."}},
         .answers = {{200, "A page of payment terms.", "PaymentTermsList"}}},
        {.method = "POST",
         .path = "/payment_terms/preview",
         .operation_id = "previewPaymentTerms",
         .tag = "Payment terms",
         .summary =
             "See what terms would cost, what another total would change, or what a cancellation would give back",
         .scope = "payment_terms:read",
         .handler = bound(preview),
         .body_schema = "PreviewPaymentTermsRequest",
         .answers = {{200, "What would be. Nothing is changed.", "PaymentTermsPreview"}}},
        {.method = "GET",
         .path = "/payment_terms/{id}",
         .operation_id = "getPaymentTerms",
         .tag = "Payment terms",
         .summary = "Read payment terms",
         .scope = "payment_terms:read",
         .handler = bound(get_terms),
         .parameters = {id_parameter},
         .answers = {{200, "The terms.", "PaymentTerms"}}},
        {.method = "GET",
         .path = "/payment_terms/{id}/schedule",
         .operation_id = "getPaymentTermsSchedule",
         .tag = "Payment terms",
         .summary = "Read all instalments, charged and to come",
         .scope = "payment_terms:read",
         .handler = bound(get_schedule),
         .parameters = {id_parameter},
         .answers = {{200, "The schedule.", "PaymentTermsSchedule"}}},
        {.method = "PATCH",
         .path = "/payment_terms/{id}",
         .operation_id = "adjustPaymentTerms",
         .tag = "Payment terms",
         .summary = "Change the total, or the card that pays",
         .scope = "payment_terms:write",
         .handler = bound(adjust_terms),
         .body_schema = "AdjustPaymentTermsRequest",
         .parameters = {idempotency_header, id_parameter},
         .answers = {{200, "The terms as they are now.", "PaymentTerms"}}},
        {.method = "DELETE",
         .path = "/payment_terms/{id}",
         .operation_id = "cancelPaymentTerms",
         .tag = "Payment terms",
         .summary = "Cancel from today on",
         .scope = "payment_terms:write",
         .handler = bound(cancel_terms),
         .parameters = {id_parameter},
         .answers = {{200, "Canceled, now or earlier, or about to be.", "PaymentTerms"}}},
        {.method = "POST",
         .path = "/payment_terms/{id}/release",
         .operation_id = "releasePaymentTerms",
         .tag = "Payment terms",
         .summary = "Let terms go on that are held because too many instalments came due at once",
         .scope = "payment_terms:write",
         .handler = bound(release_terms),
         .parameters = {id_parameter},
         .answers = {{200, "The terms, active again.", "PaymentTerms"}}},
        http::asset_route("/schemas/payment_terms.json", "getPaymentTermsSchema",
                          "The JSON Schema of a request to create payment terms.", published_schema(),
                          "application/schema+json"),
    };
}

}  // namespace florin::payment_terms
