#pragma once

#include <string>
#include <string_view>

#include "florin/base/result.hpp"
#include "florin/broker/transport.hpp"
#include "florin/events/events.hpp"
#include "florin/json/value.hpp"

/// CloudEvents 1.0 over AMQP. Source: CloudEvents AMQP protocol binding 1.0.2, sections 3.1 and 3.2.
namespace florin::broker {

/// Binary mode: the attributes are application properties `cloudEvents_…`, the body is the data.
Message message_of(const events::Event& event);

/// What a message says as a CloudEvent. The attributes of binary mode may be written `cloudEvents_` or `cloudEvents:`.
struct CloudEvent {
    std::string id, type, source, subject;
    std::string merchant;  ///< An extension of ours: whom it is for, by name.
    std::string correlation_id, traceparent;
    json::Value data;
};
/// Binary or structured mode, by the content type. Errors (`invalid`): `no_cloud_event`, those of JSON.
Result<CloudEvent> cloud_event_of(const Message& message);

/// A message as it is kept, and back. Error `message_unreadable`.
std::string to_text(const Message& message);
Result<Message> parse_message(std::string_view text);

}  // namespace florin::broker
