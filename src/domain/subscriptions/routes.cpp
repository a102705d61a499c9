#include "florin/subscriptions/routes.hpp"

#include "florin/base/check.hpp"
#include "florin/http/listing.hpp"
#include "invalid.hpp"
#include "requests.hpp"
#include "view.hpp"

namespace florin::subscriptions {
namespace {

using http::Exchange;
using http::Response;

/// The choice of that name among the words. Nothing given: the first.
template <class Choice, std::size_t Count>
Result<Choice> choice_of(const std::optional<std::string>& word, std::string_view field,
                         const std::pair<std::string_view, Choice> (&words)[Count]) {
    if (!word) return words[0].second;
    std::string known;
    for (const auto& [text, choice] : words) {
        if (text == *word) return choice;
        known += (known.empty() ? "" : ", ") + std::string{text};
    }
    return invalid("invalid_choice", "Give one of " + known + ".", field);
}

Result<Refund> refund_of(const std::optional<std::string>& word) {
    constexpr std::pair<std::string_view, Refund> words[] = {{"none", Refund::none}, {"unused", Refund::unused}};
    return choice_of(word, "refund", words);
}

Result<std::optional<billing::Means>> means_of(const std::optional<std::string>& token,
                                               const std::optional<std::string>& original) {
    if (!token && !original) return std::optional<billing::Means>{};
    if (token && original)
        return invalid("means_given_twice", "Give a stored card or an earlier payment, not both.",
                       "original_transaction_id");
    billing::Means means;
    if (token) {
        constexpr std::string_view prefix = "pm_";
        if (token->starts_with(prefix))
            means.payment_method = payments::PaymentMethodId::parse(std::string_view{*token}.substr(prefix.size()));
        if (!means.payment_method)
            return fail(ErrorKind::not_found, "payment_method_not_found", "There is no such payment method.",
                        "payment_method_token");
    }
    if (original) {
        means.mandate_of = payments::TransactionId::parse(*original);
        if (!means.mandate_of)
            return fail(ErrorKind::not_found, "transaction_not_found", "There is no such transaction.",
                        "original_transaction_id");
    }
    return std::optional{means};
}

Response reply_with(Result<Done> done, int status, const Exchange& exchange) {
    if (!done) return http::problem(done.error(), exchange.correlation_id);
    if (done->stored) return answer(std::move(*done->stored), true);
    return answer(answer_of(done->subscription, status), false);
}

Result<NewSubscription> wish_of(CreateSubscriptionBody& body, std::optional<calendar::Cycle> cycle) {
    auto means = means_of(body.payment_method_token, body.original_transaction_id);
    if (!means) return fail(std::move(means.error()));
    NewSubscription wish{.customer_id = std::move(body.customer_id),
                         .plan_id = std::move(body.plan_id).value_or(""),
                         .amount = std::nullopt,
                         .currency = std::move(body.currency),
                         .cycle = cycle,
                         .name = std::move(body.name),
                         .quantity = body.quantity.value_or(1),
                         .trial_days = body.trial_days,
                         .trial_end_date = std::nullopt,
                         .means = means->value_or(billing::Means{}),
                         .retry_policy = std::move(body.retry_policy).value_or(""),
                         .metadata = std::move(body.metadata.text)};
    if (body.amount) wish.amount = std::move(body.amount->text);
    if (body.trial_end_date) {
        const auto date = date_of(*body.trial_end_date, "trial_end_date");
        if (!date) return fail(date.error());
        wish.trial_end_date = *date;
    }
    return wish;
}

Task<Response> create_subscription(const RouteSettings& settings, Exchange& exchange) {
    auto value = parse_body(exchange.request);
    if (!value) co_return http::problem(value.error(), exchange.correlation_id);
    auto guard = guard_of(settings, exchange, "create_subscription", {}, *value);
    if (!guard) co_return http::problem(guard.error(), exchange.correlation_id);
    const auto cycle = take_cycle(*value);
    if (!cycle) co_return http::problem(cycle.error(), exchange.correlation_id);
    auto body = json::read<CreateSubscriptionBody>(*value);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    auto wish = wish_of(*body, *cycle);
    if (!wish) co_return http::problem(wish.error(), exchange.correlation_id);
    auto made = co_await settings.subscriptions.create(asker_of(exchange), std::move(*guard), std::move(*wish));
    co_return reply_with(std::move(made), 201, exchange);
}

Task<Response> get_subscription(const RouteSettings& settings, Exchange& exchange) {
    const auto id = SubscriptionId::parse(exchange.path_value("id"));
    auto found = co_await settings.subscriptions.find(exchange.principal.merchant, id.value_or(SubscriptionId{}));
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    settings.note_read(exchange, "subscription", id->text());
    co_return http::reply(200, json::to_text(view_of(*found)));
}

Result<SubscriptionFilter> subscription_filter_of(const http::Request& request) {
    SubscriptionFilter filter;
    for (const auto& [name, value] : request.parameters()) {
        if (name == "status") {
            filter.status = parse_status(value);
            if (!filter.status)
                return http::invalid_parameter(name, "Give trialing, active, past_due, paused or canceled.");
        } else if (name == "customer_id") {
            filter.customer_id = value;
        } else if (name == "next_billing_from" || name == "next_billing_before") {
            const auto date = calendar::parse_date(value);
            if (!date) return http::invalid_parameter(name, date.error().message);
            (name == "next_billing_from" ? filter.next_billing_from : filter.next_billing_before) = *date;
        } else if (auto taken = http::take_page(filter, name, value); !taken) {
            return fail(std::move(taken.error()));
        }
    }
    return filter;
}

Task<Response> list_subscriptions(const RouteSettings& settings, Exchange& exchange) {
    auto filter = subscription_filter_of(exchange.request);
    if (!filter) co_return http::problem(filter.error(), exchange.correlation_id);
    const std::size_t limit = http::read_one_more(*filter);
    auto found = co_await settings.subscriptions.list(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    const auto show = [&](const Subscription& one) {
        settings.note_read(exchange, "subscription", one.id.text());
        return view_of(one);
    };
    co_return http::reply(200, http::page_of<SubscriptionListView>(*found, limit, show));
}

Result<Changes> changes_of(ChangeSubscriptionBody& body, std::optional<calendar::Cycle> cycle) {
    constexpr std::pair<std::string_view, Proration> prorations[] = {
        {"create", Proration::create}, {"none", Proration::none}, {"charge_now", Proration::charge_now}};
    constexpr std::pair<std::string_view, When> moments[] = {{"now", When::now}, {"period_end", When::period_end}};
    const auto proration = choice_of(body.proration, "proration", prorations);
    if (!proration) return fail(proration.error());
    const auto when = choice_of(body.when, "when", moments);
    if (!when) return fail(when.error());
    auto means = means_of(body.payment_method_token, body.original_transaction_id);
    if (!means) return fail(std::move(means.error()));
    Changes changes{.version = body.version,
                    .plan_id = std::move(body.plan_id),
                    .amount = std::nullopt,
                    .currency = std::move(body.currency),
                    .cycle = cycle,
                    .name = std::move(body.name),
                    .quantity = body.quantity,
                    .proration = *proration,
                    .when = *when,
                    .means = *means,
                    .retry_policy = std::move(body.retry_policy),
                    .metadata = std::nullopt,
                    .cancels_at_period_end = body.cancel_at_period_end};
    if (body.amount) changes.amount = std::move(body.amount->text);
    if (body.metadata) changes.metadata = std::move(body.metadata->text);
    return changes;
}

/// A request about one subscription, as far as they are all alike.
struct Asked {
    SubscriptionId id;
    json::Value body;
    idempotency::Guard guard;
};
Result<Asked> asked_of(const RouteSettings& settings, const Exchange& exchange, std::string_view operation) {
    const auto id = SubscriptionId::parse(exchange.path_value("id"));
    if (!id) return fail(ErrorKind::not_found, "subscription_not_found", "There is no such subscription.");
    auto body = parse_body(exchange.request);
    if (!body) return fail(std::move(body.error()));
    auto guard = guard_of(settings, exchange, operation, id->text(), *body);
    if (!guard) return fail(std::move(guard.error()));
    return Asked{*id, std::move(*body), std::move(*guard)};
}

Task<Response> change_subscription(const RouteSettings& settings, Exchange& exchange) {
    auto asked = asked_of(settings, exchange, "change_subscription");
    if (!asked) co_return http::problem(asked.error(), exchange.correlation_id);
    const auto cycle = take_cycle(asked->body);
    if (!cycle) co_return http::problem(cycle.error(), exchange.correlation_id);
    auto body = json::read<ChangeSubscriptionBody>(asked->body);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    auto changes = changes_of(*body, *cycle);
    if (!changes) co_return http::problem(changes.error(), exchange.correlation_id);
    auto done = co_await settings.subscriptions.change(asker_of(exchange), std::move(asked->guard), asked->id,
                                                       std::move(*changes));
    co_return reply_with(std::move(done), 200, exchange);
}

Task<Response> cancel_subscription(const RouteSettings& settings, Exchange& exchange) {
    auto asked = asked_of(settings, exchange, "cancel_subscription");
    if (!asked) co_return http::problem(asked.error(), exchange.correlation_id);
    auto body = json::read<CancelBody>(asked->body);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    for (const auto& [name, value] : exchange.request.parameters()) {
        if (name == "at_period_end") {
            const auto is_then = truth_of(name, value);
            if (!is_then) co_return http::problem(is_then.error(), exchange.correlation_id);
            body->at_period_end = *is_then;
        } else if (name == "refund") {
            body->refund = value;
        } else {
            co_return http::problem(http::unknown_parameter(name).error(), exchange.correlation_id);
        }
    }
    const auto refund = refund_of(body->refund);
    if (!refund) co_return http::problem(refund.error(), exchange.correlation_id);
    const bool is_then = body->at_period_end.value_or(false);
    if (is_then && *refund == Refund::unused) {
        const Error nothing{ErrorKind::invalid, "nothing_unused",
                            "At the end of the period nothing of it is left to be given back.", "refund"};
        co_return http::problem(nothing, exchange.correlation_id);
    }
    auto done = co_await settings.subscriptions.cancel(asker_of(exchange), std::move(asked->guard), asked->id,
                                                       is_then ? When::period_end : When::now, *refund);
    co_return reply_with(std::move(done), 200, exchange);
}

Task<Response> pause_subscription(const RouteSettings& settings, Exchange& exchange) {
    auto asked = asked_of(settings, exchange, "pause_subscription");
    if (!asked) co_return http::problem(asked.error(), exchange.correlation_id);
    const auto body = json::read<PauseBody>(asked->body);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    std::optional<calendar::Date> resume_on;
    if (body->resume_on) {
        const auto date = date_of(*body->resume_on, "resume_on");
        if (!date) co_return http::problem(date.error(), exchange.correlation_id);
        resume_on = *date;
    }
    const json::Value* const given = asked->body.find("resume_on");
    auto done = co_await settings.subscriptions.pause(asker_of(exchange), std::move(asked->guard), asked->id, resume_on,
                                                      given != nullptr && given->is_null());
    co_return reply_with(std::move(done), 200, exchange);
}

Task<Response> resume_subscription(const RouteSettings& settings, Exchange& exchange) {
    auto asked = asked_of(settings, exchange, "resume_subscription");
    if (!asked) co_return http::problem(asked.error(), exchange.correlation_id);
    const auto body = json::read<ResumeBody>(asked->body);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    auto done = co_await settings.subscriptions.resume(asker_of(exchange), std::move(asked->guard), asked->id);
    co_return reply_with(std::move(done), 200, exchange);
}

Task<Response> release_subscription(const RouteSettings& settings, Exchange& exchange) {
    auto asked = asked_of(settings, exchange, "release_subscription");
    if (!asked) co_return http::problem(asked.error(), exchange.correlation_id);
    const auto body = json::read<ReleaseBody>(asked->body);
    if (!body) co_return http::problem(body.error(), exchange.correlation_id);
    constexpr std::pair<std::string_view, Missed> words[] = {{"charge", Missed::charge}, {"skip", Missed::skip}};
    const auto missed = choice_of(body->missed, "missed", words);
    if (!missed) co_return http::problem(missed.error(), exchange.correlation_id);
    auto done =
        co_await settings.subscriptions.release(asker_of(exchange), std::move(asked->guard), asked->id, *missed);
    co_return reply_with(std::move(done), 200, exchange);
}

constexpr http::ParameterDoc subscription_id_parameter{.name = "id",
                                                       .in = "path",
                                                       .doc = "The subscription's id.",
                                                       .schema = R"({"type":"string","format":"uuid"})",
                                                       .is_required = true};

/// What is read from a word or an object is described as either.
void describe_cycle(std::vector<json::Schema>& all) {
    constexpr std::string_view word = R"("billing_cycle":{"type":"string")";
    constexpr std::string_view either =
        R"("billing_cycle":{"anyOf":[{"type":"string"},{"$ref":"#/components/schemas/BillingCycle"}])";
    for (json::Schema& schema : all)
        if (const std::size_t at = schema.json.find(word); schema.name.ends_with("Request") && at != std::string::npos)
            schema.json.replace(at, word.size(), either);
}

}  // namespace

std::vector<http::Route> routes(RouteSettings settings) {
    const auto bound = [&settings](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    const auto about = [&](std::string_view path, std::string_view operation, std::string_view summary, auto handler,
                           std::string_view body_schema) {
        return http::Route{.method = "POST",
                           .path = path,
                           .operation_id = operation,
                           .tag = "Subscriptions",
                           .summary = summary,
                           .scope = "subscriptions:write",
                           .handler = bound(handler),
                           .body_schema = body_schema,
                           .parameters = {subscription_id_parameter, idempotency_header},
                           .answers = {{200, "The subscription as it is now.", "Subscription"}}};
    };
    std::vector<http::Route> table{
        {.method = "POST",
         .path = "/api/v1/subscriptions",
         .operation_id = "createSubscription",
         .tag = "Subscriptions",
         .summary = "Charge a customer period by period",
         .scope = "subscriptions:write",
         .handler = bound(create_subscription),
         .body_schema = "CreateSubscriptionRequest",
         .parameters = {idempotency_header},
         .answers = {{201, "Made. Without a trial, the first period is being charged.", "Subscription"}}},
        {.method = "GET",
         .path = "/api/v1/subscriptions",
         .operation_id = "listSubscriptions",
         .tag = "Subscriptions",
         .summary = "List subscriptions, newest first",
         .scope = "subscriptions:read",
         .handler = bound(list_subscriptions),
         .parameters = {{"status", "query", "Only of this status.",
                         R"({"type":"string","enum":["trialing","active","past_due","paused","canceled"]})"},
                        {"customer_id", "query", "Only of the customer with this id of yours."},
                        {"next_billing_from", "query", "Next charged on or after this day.",
                         R"({"type":"string","format":"date"})"},
                        {"next_billing_before", "query", "Next charged before this day.",
                         R"({"type":"string","format":"date"})"},
                        limit_parameter,
                        cursor_parameter},
         .answers = {{200, "A page of subscriptions.", "SubscriptionList"}}},
        {.method = "GET",
         .path = "/api/v1/subscriptions/{id}",
         .operation_id = "getSubscription",
         .tag = "Subscriptions",
         .summary = "Read a subscription",
         .scope = "subscriptions:read",
         .handler = bound(get_subscription),
         .parameters = {subscription_id_parameter},
         .answers = {{200, "The subscription.", "Subscription"}}},
        {.method = "PUT",
         .path = "/api/v1/subscriptions/{id}",
         .operation_id = "changeSubscription",
         .tag = "Subscriptions",
         .summary = "Change what a subscription costs, how it is paid, or when it ends",
         .scope = "subscriptions:write",
         .handler = bound(change_subscription),
         .body_schema = "ChangeSubscriptionRequest",
         .parameters = {subscription_id_parameter, idempotency_header},
         .answers = {{200, "The subscription as it is now.", "Subscription"}}},
        {.method = "DELETE",
         .path = "/api/v1/subscriptions/{id}",
         .operation_id = "deleteSubscription",
         .tag = "Subscriptions",
         .summary = "Cancel a subscription; the same as its cancel",
         .scope = "subscriptions:write",
         .handler = bound(cancel_subscription),
         .parameters = {subscription_id_parameter,
                        idempotency_header,
                        {"at_period_end", "query", "Whether it goes on to the end of the period.",
                         R"({"type":"boolean","default":false})"},
                        {"refund", "query", "Whether the days that are left are given back.",
                         R"({"type":"string","enum":["none","unused"],"default":"none"})"}},
         .answers = {{200, "Canceled, now or earlier, or at the end of the period.", "Subscription"}}},
        about("/api/v1/subscriptions/{id}/cancel", "cancelSubscription", "Cancel a subscription", cancel_subscription,
              "CancelSubscriptionRequest"),
        about("/api/v1/subscriptions/{id}/pause", "pauseSubscription", "Charge no new periods for a while",
              pause_subscription, "PauseSubscriptionRequest"),
        about("/api/v1/subscriptions/{id}/resume", "resumeSubscription", "Go on with a paused subscription",
              resume_subscription, "ResumeSubscriptionRequest"),
        about("/api/v1/subscriptions/{id}/release", "releaseSubscription",
              "Say what becomes of periods that are held because too many are due at once", release_subscription,
              "ReleaseSubscriptionRequest"),
    };
    for (http::Route& route : plan_routes(settings)) table.push_back(std::move(route));
    return table;
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<CycleBody>(all);
    json::append_schemas<CreateSubscriptionBody>(all);
    json::append_schemas<ChangeSubscriptionBody>(all);
    json::append_schemas<CancelBody>(all);
    json::append_schemas<PauseBody>(all);
    json::append_schemas<ResumeBody>(all);
    json::append_schemas<ReleaseBody>(all);
    json::append_schemas<CreatePlanBody>(all);
    json::append_schemas<ChangePlanBody>(all);
    json::append_schemas<SubscriptionView>(all);
    json::append_schemas<SubscriptionListView>(all);
    json::append_schemas<PlanView>(all);
    json::append_schemas<PlanListView>(all);
    describe_cycle(all);
    return all;
}

}  // namespace florin::subscriptions
