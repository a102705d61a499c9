#include "cloud_event.hpp"

#include "florin/json/writer.hpp"
#include "florin/security/encoding.hpp"

namespace florin::broker {
namespace {

constexpr std::string_view structured = "application/cloudevents+json";

/// An attribute of binary mode, however its prefix is written.
std::string attribute(const Message& message, std::string_view name) {
    for (const std::string_view prefix : {"cloudEvents_", "cloudEvents:"})
        if (const auto value = message.property(std::string{prefix}.append(name)); !value.empty())
            return std::string{value};
    return {};
}

/// A member that is a text; empty for anything else.
std::string text_member(const json::Value& object, std::string_view name) {
    const json::Value* member = object.find(name);
    return member != nullptr && member->kind() == json::Kind::string ? std::string{member->text()} : std::string{};
}

std::unexpected<Error> no_cloud_event() {
    return fail(ErrorKind::invalid, "no_cloud_event",
                "The message is no CloudEvent 1.0: it lacks specversion, id, source or type.");
}

bool has_all(const CloudEvent& event, std::string_view specversion) {
    return specversion == "1.0" && !event.id.empty() && !event.type.empty() && !event.source.empty();
}

}  // namespace

Message message_of(const events::Event& event) {
    Message message{.id = event.id(),
                    .subject = event.type,
                    .group = event.subject_id,
                    .content_type = "application/json",
                    .body = event.data,
                    .properties = {{"cloudEvents_specversion", "1.0"},
                                   {"cloudEvents_id", event.id()},
                                   {"cloudEvents_source", "/florin/merchants/" + std::to_string(event.merchant.value)},
                                   {"cloudEvents_type", event.type},
                                   {"cloudEvents_subject", event.subject_type + "/" + event.subject_id},
                                   {"cloudEvents_time", to_text(event.time)},
                                   {"cloudEvents_merchantposition", std::to_string(event.position)},
                                   {"cloudEvents_sequence", std::to_string(event.sequence)}}};
    if (!event.correlation_id.empty())
        message.properties.emplace_back("cloudEvents_correlationid", event.correlation_id);
    if (!event.traceparent.empty()) message.properties.emplace_back("cloudEvents_traceparent", event.traceparent);
    return message;
}

Result<CloudEvent> cloud_event_of(const Message& message) {
    if (!message.content_type.starts_with(structured)) {
        CloudEvent event{.id = attribute(message, "id"),
                         .type = attribute(message, "type"),
                         .source = attribute(message, "source"),
                         .subject = attribute(message, "subject"),
                         .merchant = attribute(message, "merchant"),
                         .correlation_id = attribute(message, "correlationid"),
                         .traceparent = attribute(message, "traceparent"),
                         .data = {}};
        if (!has_all(event, attribute(message, "specversion"))) return no_cloud_event();
        if (!message.body.empty()) {
            auto data = json::parse(message.body);
            if (!data) return fail(std::move(data.error()));
            event.data = std::move(*data);
        }
        return event;
    }
    auto envelope = json::parse(message.body);
    if (!envelope) return fail(std::move(envelope.error()));
    CloudEvent event{.id = text_member(*envelope, "id"),
                     .type = text_member(*envelope, "type"),
                     .source = text_member(*envelope, "source"),
                     .subject = text_member(*envelope, "subject"),
                     .merchant = text_member(*envelope, "merchant"),
                     .correlation_id = text_member(*envelope, "correlationid"),
                     .traceparent = text_member(*envelope, "traceparent"),
                     .data = {}};
    if (!has_all(event, text_member(*envelope, "specversion"))) return no_cloud_event();
    if (const json::Value* data = envelope->find("data")) {
        auto copied = json::parse(json::to_text(*data));
        if (!copied) return fail(std::move(copied.error()));
        event.data = std::move(*copied);
    }
    return event;
}

std::string to_text(const Message& message) {
    std::string text;
    json::Writer json{text};
    json.open('{')
        .field("id", message.id)
        .field("subject", message.subject)
        .field("group", message.group)
        .field("content_type", message.content_type)
        .field("body", security::to_base64(message.body))
        .key("properties")
        .open('[');
    for (const auto& [name, value] : message.properties) json.open('[').value(name).value(value).close(']');
    json.close(']').close('}');
    return text;
}

Result<Message> parse_message(std::string_view text) {
    const auto unreadable = [] {
        return fail(ErrorKind::invalid, "message_unreadable", "What was kept of the message cannot be read.");
    };
    const auto value = json::parse(text, {.max_bytes = 8 * 1024 * 1024});
    if (!value) return unreadable();
    const auto body = security::from_base64(text_member(*value, "body"));
    const json::Value* properties = value->find("properties");
    if (!body || properties == nullptr) return unreadable();
    Message message{.id = text_member(*value, "id"),
                    .subject = text_member(*value, "subject"),
                    .group = text_member(*value, "group"),
                    .content_type = text_member(*value, "content_type"),
                    .body = std::string{body->begin(), body->end()},
                    .properties = {}};
    for (const json::Value& property : properties->items()) {
        if (property.items().size() != 2) return unreadable();
        message.properties.emplace_back(property.items()[0].text(), property.items()[1].text());
    }
    return message;
}

}  // namespace florin::broker
