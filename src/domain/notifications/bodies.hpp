#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/http/listing.hpp"
#include "florin/json/describe.hpp"
#include "florin/notifications/notifications.hpp"

/// The bodies of the notification routes, in and out.
namespace florin::notifications {

struct SendBody {
    std::string template_name;
    std::optional<std::string> email, name, language, cause;
    json::Object data;
};

struct QueuedView {
    NotificationId id;
    std::string_view state;
};

struct NotificationView {
    NotificationId id;
    std::string_view state;
    std::string template_name;
    std::optional<std::string> language;
    std::string cause;
    std::optional<std::string> customer_id;
    std::optional<std::string> email, name, subject, text, html;
    std::int64_t attempts = 0;
    std::optional<std::string> provider, provider_reference, error_code, error;
    Instant created_at, updated_at;
    std::optional<Instant> sent_at, unknown_since, erased_at;
};

using NotificationListView = http::Page<NotificationView>;

struct TemplateBody {
    std::string subject, text;
    std::optional<std::string> html;
};

struct TemplateView {
    std::string name, language;
    bool is_built_in = false;
    std::string subject, text;
    std::optional<std::string> html;
    std::int64_t version = 0;
    std::optional<Instant> created_at, updated_at;
};

struct TemplateListView {
    std::vector<TemplateView> data;
};

struct PreviewBody {
    std::optional<std::string> subject, text, html;
    json::Object data;
};

struct PreviewView {
    std::string subject, text;
    std::optional<std::string> html;
};

}  // namespace florin::notifications

namespace florin::json {

template <>
struct Described<notifications::SendBody> {
    using B = notifications::SendBody;
    static constexpr std::string_view name = "SendEmailRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "template",
              .member = &B::template_name,
              .doc = "Which template: yours, or Florin's own of that name.",
              .example = "\"order_confirmed\"",
              .min_length = 1,
              .max_length = 64},
        Field{.name = "email",
              .member = &B::email,
              .doc = "Where to; left out: the customer's own address.",
              .example = "\"ada@example.com\"",
              .min_length = 3,
              .max_length = 254},
        Field{.name = "name",
              .member = &B::name,
              .doc = "Whom to, beside `email`.",
              .example = "\"Ada Lovelace\"",
              .min_length = 1,
              .max_length = 200},
        Field{.name = "language",
              .member = &B::language,
              .doc = "In which language, if there is such a template. Left out: the customer's own locale, else yours.",
              .example = "\"de-AT\"",
              .min_length = 2,
              .max_length = 8},
        Field{.name = "cause",
              .member = &B::cause,
              .doc = "What they are told because of: once by this template. Left out: this request.",
              .example = "\"order-17-paid\"",
              .min_length = 1,
              .max_length = 255},
        Field{.name = "data",
              .member = &B::data,
              .doc = "What the template is filled with; up to 32 KiB. `{\"amount\":\"12.50\",\"currency\":\"EUR\"}` is "
                     "written as an amount, `{\"date\":\"2026-11-20\"}` as a day, in the reader's form.",
              .example = R"({"order":"A-17","amount":{"amount":"12.50","currency":"EUR"}})",
              .max_length = 32 * 1024},
    };
};

template <>
struct Described<notifications::QueuedView> {
    using V = notifications::QueuedView;
    static constexpr std::string_view name = "QueuedEmail";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The notification's id."},
        Field{"state", &V::state, "As `Notification` has it.", "\"queued\""},
    };
};

template <>
struct Described<notifications::NotificationView> {
    using V = notifications::NotificationView;
    static constexpr std::string_view name = "Notification";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The notification's id."},
        Field{"state", &V::state,
              "`queued`, `sending`, `sent` (the mail server has it), `unknown` (it may have been sent: the answer was "
              "lost), `failed` (somebody has to act) or `canceled` (its recipient was erased).",
              "\"sent\""},
        Field{"template", &V::template_name, "Which template.", "\"order_confirmed\""},
        Field{"language", &V::language, "In which language it was asked for, or made. Left out until then.", "\"en\""},
        Field{"cause", &V::cause, "What the recipient is told because of.", "\"order-17-paid\""},
        Field{"customer_id", &V::customer_id, "Whom it is for, as payments name them.", "\"customer-7\""},
        Field{"email", &V::email, "Where to. Not in lists, and not once erased.", "\"ada@example.com\""},
        Field{"name", &V::name, "Whom to. Not in lists.", "\"Ada Lovelace\""},
        Field{"subject", &V::subject, "As it was sent, or would be. Not in lists.", "\"Your order A-17 is confirmed\""},
        Field{"text", &V::text, "As `subject`."},
        Field{"html", &V::html, "As `subject`."},
        Field{"attempts", &V::attempts, "How often it was given to the mail server.", "1"},
        Field{"provider", &V::provider, "By which way it was sent: `smtp` or `sendgrid`.", "\"smtp\""},
        Field{"provider_reference", &V::provider_reference, "What the mail server calls it.", "\"4C1BE53E\""},
        Field{"error_code", &V::error_code, "Only while something is wrong.", "\"recipient_refused\""},
        Field{"error", &V::error, "The same for people.", "\"550 5.1.1 unknown\""},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
        Field{"sent_at", &V::sent_at, "Only once sent."},
        Field{"unknown_since", &V::unknown_since, "Only while unknown."},
        Field{"erased_at", &V::erased_at, "Only once erased: nothing personal is known of it since."},
    };
};

template <>
struct Described<notifications::TemplateBody> {
    using B = notifications::TemplateBody;
    static constexpr std::string_view name = "PutNotificationTemplateRequest";
    static constexpr std::string_view doc = "Mustache: `{{name}}`, sections, inverted sections, comments.";
    static constexpr auto fields = std::tuple{
        Field{.name = "subject",
              .member = &B::subject,
              .doc = "The mail's subject.",
              .example = "\"Your order {{order}} is confirmed\"",
              .min_length = 1,
              .max_length = 250},
        Field{.name = "text",
              .member = &B::text,
              .doc = "The mail as plain text, up to 64 KiB.",
              .example = R"("Thank you, {{name}}.")",
              .min_length = 1,
              .max_length = 64 * 1024},
        Field{.name = "html",
              .member = &B::html,
              .doc = "The mail as HTML, up to 64 KiB; what fills it is escaped. Left out: plain text alone.",
              .example = R"("<p>Thank you, {{name}}.</p>")",
              .max_length = 64 * 1024},
    };
};

template <>
struct Described<notifications::TemplateView> {
    using V = notifications::TemplateView;
    static constexpr std::string_view name = "NotificationTemplate";
    static constexpr auto fields = std::tuple{
        Field{"name", &V::name, "What it is called.", "\"order_confirmed\""},
        Field{"language", &V::language, "Its language.", "\"en\""},
        Field{"is_built_in", &V::is_built_in, "Whether it is Florin's own."},
        Field{"subject", &V::subject, "The mail's subject.", "\"Your order {{order}} is confirmed\""},
        Field{"text", &V::text, "The mail as plain text."},
        Field{"html", &V::html, "The mail as HTML, if it has such a part."},
        Field{"version", &V::version, "Counts changes; 0 for Florin's own.", "1"},
        Field{"created_at", &V::created_at, "RFC 3339, UTC. Not of Florin's own."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC. Not of Florin's own."},
    };
};

template <>
struct Described<notifications::TemplateListView> {
    using V = notifications::TemplateListView;
    static constexpr std::string_view name = "NotificationTemplateList";
    static constexpr auto fields =
        std::tuple{Field{"data", &V::data, "Yours, and Florin's own where you have none. By name and language."}};
};

template <>
struct Described<notifications::PreviewBody> {
    using B = notifications::PreviewBody;
    static constexpr std::string_view name = "PreviewNotificationTemplateRequest";
    static constexpr std::string_view doc = "What is left out is the template's own.";
    static constexpr auto fields = std::tuple{
        Field{.name = "subject", .member = &B::subject, .doc = "Another subject.", .max_length = 250},
        Field{.name = "text", .member = &B::text, .doc = "Another text.", .max_length = 64 * 1024},
        Field{.name = "html", .member = &B::html, .doc = "Another HTML.", .max_length = 64 * 1024},
        Field{.name = "data",
              .member = &B::data,
              .doc = "What it is filled with; up to 32 KiB.",
              .example = R"({"order":"A-17"})",
              .max_length = 32 * 1024},
    };
};

template <>
struct Described<notifications::PreviewView> {
    using V = notifications::PreviewView;
    static constexpr std::string_view name = "NotificationPreview";
    static constexpr auto fields = std::tuple{
        Field{"subject", &V::subject, "The mail's subject.", "\"Your order A-17 is confirmed\""},
        Field{"text", &V::text, "The mail as plain text."},
        Field{"html", &V::html, "The mail as HTML, if it has such a part."},
    };
};

}  // namespace florin::json

template <>
struct florin::http::ListOf<florin::notifications::NotificationView> {
    static constexpr std::string_view name = "NotificationList", data = "Newest first.";
};
