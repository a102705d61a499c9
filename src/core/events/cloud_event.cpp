#include "florin/events/events.hpp"
#include "florin/json/writer.hpp"

namespace florin::events {

std::string to_json(const Event& event) {
    std::string text;
    text.reserve(event.data.size() + 512);
    json::Writer json{text};
    json.open('{')
        .field("specversion", "1.0")
        .field("id", event.id())
        .field("source", "/florin/merchants/" + std::to_string(event.merchant.value))
        .field("type", event.type)
        .field("subject", event.subject_type + "/" + event.subject_id)
        .field("time", event.time)
        .field("datacontenttype", "application/json")
        // An extension of ours: where to read on, so none as long as the event has no place.
        .field("merchantposition", event.position > 0 ? std::optional{event.position} : std::nullopt)
        .field("sequence", std::to_string(event.sequence));
    if (!event.correlation_id.empty()) json.field("correlationid", event.correlation_id);
    if (!event.traceparent.empty()) json.field("traceparent", event.traceparent);
    json.raw_field("data", event.data).close('}');
    return text;
}

}  // namespace florin::events
