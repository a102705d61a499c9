#include "wire.hpp"

#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/encoding.hpp"

namespace florin::sendgrid {
namespace {

using notifications::Delivery;
using notifications::Letter;
using notifications::Outcome;
using notifications::Trace;

constexpr std::string_view argument = "florin_notification";

void write_person(json::Writer& json, std::string_view email, const std::string& name) {
    json.open('{').field("email", email);
    if (!name.empty()) json.field("name", name);
    json.close('}');
}

void write_part(json::Writer& json, std::string_view type, const std::string& text) {
    json.open('{').field("type", type).field("value", text).close('}');
}

/// The first of the messages that an error answer has.
std::string reason_of(const http::Reply& reply) {
    const auto value = json::parse(reply.body);
    const json::Value* const errors = value ? value->find("errors") : nullptr;
    std::string reason = std::to_string(reply.status);
    if (errors == nullptr || errors->items().empty()) return reason;
    const json::Value& first = errors->items().front();
    if (const json::Value* const message = first.find("message")) reason += " " + std::string{message->text()};
    if (const json::Value* const field = first.find("field"))
        if (!field->text().empty()) reason += " (" + std::string{field->text()} + ")";
    return reason;
}

}  // namespace

std::string mail_of(const Letter& letter) {
    std::string body;
    body.reserve(4'096 + 2 * (letter.content.text.size() + letter.content.html.size()));
    json::Writer json{body};
    json.open('{').key("personalizations").open('[').open('{').key("to").open('[');
    write_person(json, letter.content.to_email, letter.content.to_name);
    json.close(']').key("headers").open('{').field("Message-ID", letter.message_id);
    json.field("Auto-Submitted", "auto-generated").field("X-Florin-Attempt", std::to_string(letter.attempt)).close('}');
    json.key("custom_args").open('{').field(argument, letter.id);
    json.close('}').close('}').close(']').key("from");
    write_person(json, letter.from_email, letter.from_name);
    json.field("subject", letter.content.subject).key("content").open('[');
    write_part(json, "text/plain", letter.content.text);
    if (!letter.content.html.empty()) write_part(json, "text/html", letter.content.html);
    json.close(']');
    if (!letter.attachments.empty()) {
        json.key("attachments").open('[');
        for (const notifications::Attachment& file : letter.attachments)
            json.open('{')
                .field("content", security::to_base64(file.content))
                .field("type", file.content_type)
                .field("filename", file.name)
                .field("disposition", "attachment")
                .close('}');
        json.close(']');
    }
    // Receipts are not watched: no pictures and no links of SendGrid's are put in.
    json.key("tracking_settings").open('{');
    json.key("click_tracking").open('{').field("enable", false).close('}');
    json.key("open_tracking").open('{').field("enable", false).close('}').close('}').close('}');
    return body;
}

Delivery delivery_of(const Result<http::Reply>& reply) {
    if (!reply) {
        const bool has_left = reply.error().kind == ErrorKind::outcome_unknown;
        return {.outcome = has_left ? Outcome::unknown : Outcome::deferred,
                .code = has_left ? "mail_answer_lost" : "mail_server_unreachable",
                .reason = reply.error().message};
    }
    switch (reply->status) {
        case 200:
        case 202:
            return {.outcome = Outcome::accepted, .reference = std::string{reply->header("x-message-id")}};
        case 429:
        case 503:
            return {.outcome = Outcome::deferred, .code = "mail_deferred", .reason = reason_of(*reply)};
        case 401:
        case 403:
            return {.outcome = Outcome::refused, .code = "mail_login_refused", .reason = reason_of(*reply)};
        case 400:
        case 404:
        case 405:
        case 413:
        case 415:
        case 422:
            return {.outcome = Outcome::refused, .code = "mail_refused", .reason = reason_of(*reply)};
        default:
            return {.outcome = Outcome::unknown, .code = "mail_answer_strange", .reason = reason_of(*reply)};
    }
}

std::string query_of(const Letter& letter) {
    // (unique_args['florin_notification']="<id>"), percent-encoded; an id needs none.
    return "(unique_args%5B'" + std::string{argument} + "'%5D%3D%22" + letter.id + "%22)";
}

Trace trace_of(const Result<http::Reply>& reply) {
    if (!reply) return Trace::no_answer;
    if (reply->status == 401 || reply->status == 403 || reply->status == 404) return Trace::impossible;
    if (reply->status != 200) return Trace::no_answer;
    const auto value = json::parse(reply->body);
    const json::Value* const messages = value ? value->find("messages") : nullptr;
    if (messages == nullptr || messages->kind() != json::Kind::array) return Trace::no_answer;
    return messages->items().empty() ? Trace::not_found : Trace::found;
}

}  // namespace florin::sendgrid
