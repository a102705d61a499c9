#include "florin/notifications/filling.hpp"

#include "florin/calendar/calendar.hpp"
#include "florin/json/writer.hpp"

namespace florin::notifications {

void Filling::key(std::string_view name) {
    if (!members_.empty()) members_ += ",";
    json::Writer{members_}.value(name);
    members_ += ":";
}

Filling& Filling::text(std::string_view name, std::string_view value) {
    key(name);
    json::Writer{members_}.value(value);
    return *this;
}

Filling& Filling::amount(std::string_view name, Money value) {
    key(name);
    json::Writer{members_}.open('{').field("amount", to_major_text(value)).field("currency", value.code()).close('}');
    return *this;
}

Filling& Filling::day(std::string_view name, std::chrono::year_month_day value) {
    key(name);
    json::Writer{members_}.open('{').field("date", calendar::to_text(value)).close('}');
    return *this;
}

Filling& Filling::flag(std::string_view name, bool value) {
    key(name);
    members_ += value ? "true" : "false";
    return *this;
}

}  // namespace florin::notifications
