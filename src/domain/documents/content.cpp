#include "content.hpp"

#include "florin/base/check.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"

namespace florin::documents {
namespace {

constexpr json::Limits own_limits{.max_bytes = 8 * 1024 * 1024, .max_depth = 6, .max_nodes = 500'000};

json::Value parsed(std::string_view text) {
    auto value = json::parse(text, own_limits);
    check(value && value->kind() == json::Kind::object, "what was kept of a document can be read");
    return std::move(*value);
}

std::string text_at(const json::Value& object, std::string_view name) {
    const json::Value* const found = object.find(name);
    return found == nullptr ? std::string{} : std::string{found->text()};
}

std::int64_t integer_at(const json::Value& object, std::string_view name) {
    const json::Value* const found = object.find(name);
    const auto number = found == nullptr ? std::nullopt : found->integer();
    check(number.has_value(), "a number that was kept of a document is there");
    return *number;
}

const std::vector<json::Value>& items_at(const json::Value& object, std::string_view name) {
    static const std::vector<json::Value> none;
    const json::Value* const found = object.find(name);
    return found == nullptr ? none : found->items();
}

std::vector<std::string> texts_at(const json::Value& object, std::string_view name) {
    std::vector<std::string> texts;
    for (const json::Value& item : items_at(object, name)) texts.emplace_back(item.text());
    return texts;
}

void write_texts(json::Writer& json, std::string_view name, const std::vector<std::string>& texts) {
    json.key(name).open('[');
    for (const std::string& text : texts) json.value(text);
    json.close(']');
}

Money money_at(const json::Value& object, Currency currency) {
    const auto amount = Money::of(integer_at(object, "amount_minor"), currency);
    check(amount.has_value(), "an amount that was kept is one");
    return *amount;
}

}  // namespace

std::string to_json(const Content& content) {
    std::string text;
    json::Writer json{text};
    json.open('{').field("subject", content.subject);
    json.key("lines").open('[');
    for (const Line& line : content.lines)
        json.open('{')
            .field("description", line.description)
            .field("quantity", line.quantity)
            .field("amount_minor", line.amount.minor())
            .close('}');
    json.close(']').key("schedule").open('[');
    for (const ScheduleRow& row : content.schedule) {
        json.open('{')
            .field("number", row.number)
            .field("due_date", calendar::to_text(row.due_date))
            .field("amount_minor", row.amount.minor());
        if (!row.description.empty()) json.field("description", row.description);
        json.close('}');
    }
    json.close(']');
    write_texts(json, "paragraphs", content.paragraphs);
    json.close('}');
    return text;
}

Content read_content(std::string_view json, Currency currency) {
    const json::Value value = parsed(json);
    Content content{
        .subject = text_at(value, "subject"), .lines = {}, .schedule = {}, .paragraphs = texts_at(value, "paragraphs")};
    for (const json::Value& line : items_at(value, "lines"))
        content.lines.push_back({.description = text_at(line, "description"),
                                 .quantity = integer_at(line, "quantity"),
                                 .amount = money_at(line, currency)});
    for (const json::Value& row : items_at(value, "schedule")) {
        const auto due_date = calendar::parse_date(text_at(row, "due_date"));
        check(due_date.has_value(), "a day that was kept is one");
        content.schedule.push_back({.number = integer_at(row, "number"),
                                    .due_date = *due_date,
                                    .amount = money_at(row, currency),
                                    .description = text_at(row, "description")});
    }
    return content;
}

std::string to_json(const Letterhead& letterhead) {
    std::string text;
    json::Writer json{text};
    json.open('{').field("name", letterhead.name);
    write_texts(json, "address_lines", letterhead.address_lines);
    json.field("tax_line", letterhead.tax_line).field("support_email", letterhead.support_email).close('}');
    return text;
}

Letterhead read_letterhead(std::string_view json) {
    const json::Value value = parsed(json);
    return {.name = text_at(value, "name"),
            .address_lines = texts_at(value, "address_lines"),
            .tax_line = text_at(value, "tax_line"),
            .support_email = text_at(value, "support_email")};
}

std::string to_json(const Personal& personal) {
    std::string text;
    json::Writer json{text};
    json.open('{').field("name", personal.name);
    write_texts(json, "address_lines", personal.address_lines);
    json.field("payment_words", personal.payment_words).close('}');
    return text;
}

Personal read_personal(std::string_view json) {
    const json::Value value = parsed(json);
    return {.name = text_at(value, "name"),
            .address_lines = texts_at(value, "address_lines"),
            .payment_words = text_at(value, "payment_words")};
}

std::string evidence_json(const Acceptance& acceptance) {
    std::string text;
    json::Writer json{text};
    json.open('{')
        .field("name", acceptance.name)
        .field("ip_address", acceptance.ip_address)
        .field("user_agent", acceptance.user_agent)
        .close('}');
    return text;
}

void read_evidence(std::string_view json, Acceptance& acceptance) {
    const json::Value value = parsed(json);
    acceptance.name = text_at(value, "name");
    acceptance.ip_address = text_at(value, "ip_address");
    acceptance.user_agent = text_at(value, "user_agent");
}

}  // namespace florin::documents
