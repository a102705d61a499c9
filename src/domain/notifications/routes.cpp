#include "florin/notifications/routes.hpp"

#include "florin/http/listing.hpp"
#include "florin/idempotency/guard.hpp"
#include "notifications_impl.hpp"
#include "view.hpp"

namespace florin::notifications {
namespace {

using http::Exchange;
using http::Response;

constexpr std::size_t longest_customer_id = 64;

Asker asker_of(const Exchange& exchange) {
    return {.merchant = exchange.principal.merchant,
            .actor = exchange.principal.actor,
            .ip_address = exchange.request.peer,
            .user_agent = exchange.user_agent,
            .correlation_id = exchange.correlation_id,
            .traceparent = exchange.traceparent};
}

Response refusal(const Error& error, const Exchange& exchange) { return http::problem(error, exchange.correlation_id); }

/// The request's key and fingerprint; without a key, nothing that protects.
Result<idempotency::Guard> guard_of(const RouteSettings& settings, const Exchange& exchange, const json::Value& body) {
    const auto what = [&] { return std::string{exchange.path_value("userId")} + "\n" + json::to_canonical_text(body); };
    return idempotency::guard_of(exchange.request.header("idempotency-key"), "send_email", settings.fingerprint_secret,
                                 what);
}

Task<Response> send_email(const RouteSettings& settings, Exchange& exchange) {
    const std::string user{exchange.path_value("userId")};
    if (user.size() > longest_customer_id || user.contains('@') || !is_header_text(user)) {
        const auto unknown = fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
        co_return refusal(unknown.error(), exchange);
    }
    const auto value = json::parse(exchange.request.body);
    if (!value) co_return refusal(value.error(), exchange);
    auto body = json::read<SendBody>(*value);
    if (!body) co_return refusal(body.error(), exchange);
    auto guard = guard_of(settings, exchange, *value);
    if (!guard) co_return refusal(guard.error(), exchange);
    if (body->name && !body->email) {
        const auto alone =
            fail(ErrorKind::invalid, "invalid_email", "A name needs an e-mail address beside it.", "name");
        co_return refusal(alone.error(), exchange);
    }
    SendCommand command{.asker = asker_of(exchange),
                        .guard = std::move(*guard),
                        .cause = std::move(body->cause).value_or(""),
                        .template_name = std::move(body->template_name),
                        .recipient = {.customer_id = user,
                                      .email = std::move(body->email).value_or(""),
                                      .name = std::move(body->name).value_or("")},
                        .data = std::move(body->data.text),
                        .language = std::move(body->language).value_or("")};
    const auto queued = co_await settings.notifications.send(std::move(command));
    if (!queued) co_return refusal(queued.error(), exchange);
    const QueuedView view{.id = queued->notification.id, .state = to_text(queued->notification.state)};
    co_return http::reply(queued->is_new ? 202 : 200, view);
}

Result<NotificationFilter> filter_of(const http::Request& request) {
    NotificationFilter filter;
    for (const auto& [name, value] : request.parameters()) {
        if (name == "state") {
            filter.state = parse_state(value);
            if (!filter.state) return http::invalid_parameter(name, "There is no such state.");
        } else if (name == "customer_id") {
            filter.customer_id = value;
        } else if (name == "template") {
            filter.template_name = value;
        } else if (name == "cause") {
            filter.cause = value;
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

Task<Response> list_notifications(const RouteSettings& settings, Exchange& exchange) {
    auto filter = filter_of(exchange.request);
    if (!filter) co_return refusal(filter.error(), exchange);
    const std::size_t limit = http::read_one_more(*filter);
    auto found = co_await settings.notifications.list(exchange.principal.merchant, std::move(*filter));
    if (!found) co_return refusal(found.error(), exchange);
    co_return http::reply(200, http::page_of<NotificationListView>(*found, limit));
}

Task<Response> get_notification(const RouteSettings& settings, Exchange& exchange) {
    const auto id = NotificationId::parse(exchange.path_value("id"));
    if (!id) co_return refusal(no_notification().error(), exchange);
    const auto found = co_await settings.notifications.find(exchange.principal.merchant, *id);
    if (!found) co_return refusal(found.error(), exchange);
    settings.note_read(exchange, "notification", id->text());
    co_return http::reply(200, view_of(*found));
}

Task<Response> resend_notification(const RouteSettings& settings, Exchange& exchange) {
    const auto id = NotificationId::parse(exchange.path_value("id"));
    if (!id) co_return refusal(no_notification().error(), exchange);
    const auto released = co_await settings.notifications.resend(asker_of(exchange), *id);
    if (!released) co_return refusal(released.error(), exchange);
    const QueuedView view{.id = released->id, .state = to_text(released->state)};
    co_return http::reply(202, view);
}

Task<Response> list_templates(const RouteSettings& settings, Exchange& exchange) {
    const auto found = co_await settings.notifications.list_templates(exchange.principal.merchant);
    if (!found) co_return refusal(found.error(), exchange);
    TemplateListView view;
    for (const Template& one : *found) view.data.push_back(view_of(one));
    co_return http::reply(200, view);
}

Task<Response> get_template(const RouteSettings& settings, Exchange& exchange) {
    const auto found = co_await settings.notifications.find_template(exchange.principal.merchant,
                                                                     std::string{exchange.path_value("name")},
                                                                     std::string{exchange.path_value("language")});
    if (!found) co_return refusal(found.error(), exchange);
    co_return http::reply(200, view_of(*found));
}

Task<Response> put_template(const RouteSettings& settings, Exchange& exchange) {
    auto body = http::read<TemplateBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    TemplateText words{
        .subject = std::move(body->subject), .text = std::move(body->text), .html = std::move(body->html).value_or("")};
    const auto put =
        co_await settings.notifications.put_template(asker_of(exchange), std::string{exchange.path_value("name")},
                                                     std::string{exchange.path_value("language")}, std::move(words));
    if (!put) co_return refusal(put.error(), exchange);
    co_return http::reply(put->version == 1 ? 201 : 200, view_of(*put));
}

Task<Response> remove_template(const RouteSettings& settings, Exchange& exchange) {
    const auto removed = co_await settings.notifications.remove_template(
        asker_of(exchange), std::string{exchange.path_value("name")}, std::string{exchange.path_value("language")});
    if (!removed) co_return refusal(removed.error(), exchange);
    co_return http::reply(204, std::string{});
}

Task<Response> preview_template(const RouteSettings& settings, Exchange& exchange) {
    auto body = http::read<PreviewBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    const auto chosen = co_await settings.notifications.choose_template(exchange.principal.merchant,
                                                                        std::string{exchange.path_value("name")},
                                                                        std::string{exchange.path_value("language")});
    TemplateText words;
    if (chosen)
        words = chosen->words;
    else if (!body->subject || !body->text)
        co_return refusal(chosen.error(), exchange);
    if (body->subject) words.subject = std::move(*body->subject);
    if (body->text) words.text = std::move(*body->text);
    if (body->html) words.html = std::move(*body->html);
    auto rendered = render(words, body->data.text, exchange.path_value("language"));
    if (!rendered) co_return refusal(rendered.error(), exchange);
    co_return http::reply(200, view_of(std::move(*rendered)));
}

constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The notification's id.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};
constexpr http::ParameterDoc name_parameter{
    .name = "name", .in = "path", .doc = "The template's name.", .is_required = true};
constexpr http::ParameterDoc language_parameter{
    .name = "language", .in = "path", .doc = "The template's language, such as `de` or `de-at`.", .is_required = true};

}  // namespace

std::vector<http::Route> routes(RouteSettings settings) {
    const auto bound = [&settings](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    std::vector<http::Route> table{
        {.method = "POST",
         .path = "/api/internal/v1/users/{userId}/emails/send",
         .operation_id = "sendEmail",
         .summary = "Send a customer an e-mail",
         .scope = "internal:write",
         .handler = bound(send_email),
         .body_schema = "SendEmailRequest",
         .parameters = {{.name = "userId",
                         .in = "path",
                         .doc = "The customer's id, as payments name them (`customer_id`).",
                         .is_required = true},
                        {.name = "Idempotency-Key",
                         .in = "header",
                         .doc =
                             "Makes the request happen once: repeated with the same key and body it is the same mail.",
                         .schema = R"({"type":"string","minLength":1,"maxLength":255})"}},
         .answers = {{200, "They have been told of this before; or the request is a repeat.", "QueuedEmail"},
                     {202, "Queued.", "QueuedEmail"}}},
        {.method = "GET",
         .path = "/api/v1/notifications",
         .operation_id = "listNotifications",
         .summary = "List notifications, newest first",
         .scope = "notifications:read",
         .handler = bound(list_notifications),
         .parameters =
             {{"state", "query", "Only in this state.",
               R"({"type":"string","enum":["queued","sending","unknown","sent","failed","canceled"]})"},
              {"customer_id", "query", "Only to the customer with this id of yours."},
              {"template", "query", "Only of this template."},
              {"cause", "query", "Only because of this."},
              {"created_from", "query", "Made at or after this moment.", R"({"type":"string","format":"date-time"})"},
              {"created_before", "query", "Made before this moment.", R"({"type":"string","format":"date-time"})"},
              {"limit", "query", "How many at most.", R"({"type":"integer","minimum":1,"maximum":200,"default":50})"},
              {"cursor", "query", "`next_cursor` of the page before."}},
         .answers = {{200, "A page of notifications, without addresses and texts.", "NotificationList"}}},
        {.method = "GET",
         .path = "/api/v1/notifications/{id}",
         .operation_id = "getNotification",
         .summary = "Read a notification: to whom, and what it says",
         .scope = "notifications:read",
         .handler = bound(get_notification),
         .parameters = {id_parameter},
         .answers = {{200, "The notification.", "Notification"}}},
        {.method = "POST",
         .path = "/api/v1/notifications/{id}/resend",
         .operation_id = "resendNotification",
         .summary = "Send a mail again that failed, or of which nobody knows",
         .scope = "notifications:write",
         .handler = bound(resend_notification),
         .parameters = {id_parameter},
         .answers = {{202, "It will be sent, under the same `Message-ID`.", "QueuedEmail"}}},
        {.method = "GET",
         .path = "/api/v1/notification_templates",
         .operation_id = "listNotificationTemplates",
         .summary = "List templates of mails",
         .scope = "notifications:read",
         .handler = bound(list_templates),
         .answers = {{200, "All of them.", "NotificationTemplateList"}}},
        {.method = "GET",
         .path = "/api/v1/notification_templates/{name}/{language}",
         .operation_id = "getNotificationTemplate",
         .summary = "Read a template",
         .scope = "notifications:read",
         .handler = bound(get_template),
         .parameters = {name_parameter, language_parameter},
         .answers = {{200, "Yours, or Florin's own.", "NotificationTemplate"}}},
        {.method = "PUT",
         .path = "/api/v1/notification_templates/{name}/{language}",
         .operation_id = "putNotificationTemplate",
         .summary = "Have mails say it in your words",
         .scope = "notifications:write",
         .handler = bound(put_template),
         .body_schema = "PutNotificationTemplateRequest",
         .parameters = {name_parameter, language_parameter},
         .answers = {{200, "Changed.", "NotificationTemplate"}, {201, "Made.", "NotificationTemplate"}}},
        {.method = "DELETE",
         .path = "/api/v1/notification_templates/{name}/{language}",
         .operation_id = "deleteNotificationTemplate",
         .summary = "Go back to Florin's own words",
         .scope = "notifications:write",
         .handler = bound(remove_template),
         .parameters = {name_parameter, language_parameter},
         .answers = {{204, "Deleted."}}},
        {.method = "POST",
         .path = "/api/v1/notification_templates/{name}/{language}/preview",
         .operation_id = "previewNotificationTemplate",
         .summary = "See what a mail would say; nothing is sent or kept",
         .scope = "notifications:read",
         .handler = bound(preview_template),
         .body_schema = "PreviewNotificationTemplateRequest",
         .parameters = {name_parameter, language_parameter},
         .answers = {{200, "The mail.", "NotificationPreview"}}},
    };
    for (http::Route& route : table) route.tag = "Notifications";
    return table;
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<SendBody>(all);
    json::append_schemas<QueuedView>(all);
    json::append_schemas<NotificationView>(all);
    json::append_schemas<NotificationListView>(all);
    json::append_schemas<TemplateBody>(all);
    json::append_schemas<TemplateListView>(all);
    json::append_schemas<PreviewBody>(all);
    json::append_schemas<PreviewView>(all);
    return all;
}

}  // namespace florin::notifications
