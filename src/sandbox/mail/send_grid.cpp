#include "send_grid.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "../packing.hpp"

namespace florin::sandbox::mail {
namespace {

constexpr std::size_t most_mails = 2'000;
constexpr std::size_t most_personalizations = 1'000;
constexpr json::Limits limits{.max_bytes = 30 * 1024 * 1024, .max_depth = 16, .max_nodes = 100'000};

std::string text_at(const json::Value* object, std::string_view name) {
    const json::Value* const found = object == nullptr ? nullptr : object->find(name);
    return found == nullptr ? std::string{} : std::string{found->text()};
}

Answer problem(int status, std::string_view message, std::string_view field = {}) {
    Answer answer{.status = status};
    json::Writer json{answer.body};
    json.open('{').key("errors").open('[').open('{').field("message", message).key("field");
    if (field.empty())
        json.null();
    else
        json.value(field);
    json.key("help").null().close('}').close(']').close('}');
    return answer;
}

bool is_email(std::string_view text) {
    const std::size_t at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find_first_of(" \r\n\t<>,;") == std::string_view::npos;
}

bool is_reserved(std::string_view header) {
    std::string folded{header};
    for (char& c : folded)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    static const std::set<std::string, std::less<>> reserved{
        "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding",
        "to",      "from",     "subject",  "reply-to",       "cc",           "bcc"};
    return reserved.contains(folded);
}

/// Names and values of an object of texts. Nothing: one of them is no text, or not one line.
std::optional<std::vector<Argument>> texts_of(const json::Value* object) {
    std::vector<Argument> all;
    if (object == nullptr) return all;
    for (const auto& [name, value] : object->members()) {
        const auto has_line_end = [](std::string_view text) { return text.find_first_of("\r\n") != std::string::npos; };
        if (value.kind() != json::Kind::string || has_line_end(value.text()) || has_line_end(name)) return std::nullopt;
        all.push_back({name, std::string{value.text()}});
    }
    return all;
}

/// What one recipient has goes over what all have.
void put_over(std::vector<Argument>& all, std::vector<Argument> own) {
    for (Argument& one : own) {
        std::erase_if(all, [&](const Argument& other) { return other.name == one.name; });
        all.push_back(std::move(one));
    }
}

/// `name="value"` or `unique_args['name']="value"`, in either quotes, in brackets or not.
struct Query {
    std::string name, argument, value;
};
std::optional<Query> parse_query(std::string_view text) {
    if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto trimmed = [](std::string_view part) {
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        return part;
    };
    const auto unquoted = [](std::string_view part) -> std::optional<std::string_view> {
        if (part.size() < 2 || part.front() != part.back() || (part.front() != '"' && part.front() != '\''))
            return std::nullopt;
        return part.substr(1, part.size() - 2);
    };
    std::string_view name = trimmed(text.substr(0, equals));
    const auto value = unquoted(trimmed(text.substr(equals + 1)));
    if (!value) return std::nullopt;
    Query query{.name = {}, .argument = {}, .value = std::string{*value}};
    constexpr std::string_view arguments = "unique_args[";
    if (name.starts_with(arguments) && name.ends_with(']')) {
        const auto argument = unquoted(name.substr(arguments.size(), name.size() - arguments.size() - 1));
        if (!argument) return std::nullopt;
        query.argument = *argument;
        name = "unique_args";
    }
    query.name = name;
    static const std::set<std::string, std::less<>> known{"unique_args", "to_email", "from_email",
                                                          "subject",     "msg_id",   "status"};
    return known.contains(query.name) ? std::optional{query} : std::nullopt;
}

bool does_match(const Mail& mail, const Query& query) {
    if (query.name == "to_email") return std::ranges::find(mail.to, query.value) != mail.to.end();
    if (query.name == "from_email") return mail.from_email == query.value;
    if (query.name == "subject") return mail.subject == query.value;
    if (query.name == "msg_id") return mail.id == query.value;
    if (query.name == "status") return query.value == "delivered";
    return std::ranges::any_of(
        mail.arguments, [&](const Argument& one) { return one.name == query.argument && one.value == query.value; });
}

}  // namespace

void SendGrid::load() {
    desk_.records.load(RecordKind::mail, [&](std::string_view, std::string_view body) {
        mails_.push_back(Unpacker::unpack<Mail>(body));
        last_ = std::max(last_, mails_.back().number);
    });
    std::ranges::sort(mails_, {}, &Mail::number);
}

CallFacts SendGrid::facts_of(const http::Request& request) {
    const bool is_lookup = request.method == "GET";
    return {.provider = "sendgrid",
            .method = request.method,
            .transaction_type = is_lookup ? "lookup" : "mail",
            .path = request.path,
            .reference = {},
            .is_lookup = is_lookup,
            .is_charge = !is_lookup};
}

Answer SendGrid::answer(const http::Request& request, const Orders& orders) {
    if (request.header("authorization") != "Bearer " + account_.api_key)
        return problem(401, "The provided authorization grant is invalid, expired, or revoked");
    if (request.path == "/v3/mail/send" && request.method == "POST") {
        if (orders.decline_code != 0)
            return problem(400, "The sandbox's fault script says so.", "personalizations.0.to");
        return send(request);
    }
    if (request.path == "/v3/messages" && request.method == "GET") return find(request, orders);
    return problem(404, "not found");
}

Answer SendGrid::send(const http::Request& request) {
    const auto value = json::parse(request.body, limits);
    if (!value || value->kind() != json::Kind::object) return problem(400, "Bad Request");
    Mail mail{.at = desk_.now.ms};
    const json::Value* const personalizations = value->find("personalizations");
    if (personalizations == nullptr || personalizations->items().empty() ||
        personalizations->items().size() > most_personalizations)
        return problem(400, "The personalizations field is required and must have at least one personalization.",
                       "personalizations");
    mail.subject = text_at(&*value, "subject");
    auto all_headers = texts_of(value->find("headers"));
    auto all_arguments = texts_of(value->find("custom_args"));
    if (!all_headers || std::ranges::any_of(*all_headers, [](const Argument& each) { return is_reserved(each.name); }))
        return problem(400, "The header is reserved, or not one line of text.", "headers");
    if (!all_arguments) return problem(400, "Custom args are texts.", "custom_args");
    mail.headers = std::move(*all_headers);
    mail.arguments = std::move(*all_arguments);
    for (std::size_t i = 0; i < personalizations->items().size(); ++i) {
        const json::Value& one = personalizations->items()[i];
        const std::string field = "personalizations." + std::to_string(i);
        const json::Value* const to = one.find("to");
        if (to == nullptr || to->items().empty())
            return problem(400,
                           "The to array is required for all personalization objects, and must have at least one email "
                           "object with a valid email address.",
                           field + ".to");
        for (const json::Value& person : to->items()) {
            std::string email = text_at(&person, "email");
            if (!is_email(email)) return problem(400, "Does not contain a valid address.", field + ".to.0.email");
            mail.to.push_back(std::move(email));
        }
        auto headers = texts_of(one.find("headers"));
        auto arguments = texts_of(one.find("custom_args"));
        if (!headers || std::ranges::any_of(*headers, [](const Argument& each) { return is_reserved(each.name); }))
            return problem(400, "The header is reserved, or not one line of text.", field + ".headers");
        if (!arguments) return problem(400, "Custom args are texts.", field + ".custom_args");
        put_over(mail.headers, std::move(*headers));
        put_over(mail.arguments, std::move(*arguments));
        if (const std::string subject = text_at(&one, "subject"); !subject.empty()) mail.subject = subject;
    }
    const json::Value* const from = value->find("from");
    mail.from_email = text_at(from, "email");
    mail.from_name = text_at(from, "name");
    if (!is_email(mail.from_email))
        return problem(400, "The from object must be provided for every email send.", "from");
    if (mail.subject.empty() || mail.subject.find_first_of("\r\n") != std::string::npos)
        return problem(400,
                       "The subject is required. You can get around this requirement if you use a template with a "
                       "subject defined.",
                       "subject");
    const json::Value* const content = value->find("content");
    if (content == nullptr || content->items().empty())
        return problem(400, "Unless a valid template_id is provided, the content parameter is required.", "content");
    bool has_html = false;
    for (const json::Value& part : content->items()) {
        const std::string type = text_at(&part, "type"), text = text_at(&part, "value");
        if (text.empty())
            return problem(400, "The content value must be a string at least one character in length.",
                           "content.0.value");
        if (type == "text/plain" && has_html)
            return problem(400, "If present, text/plain must be first, followed by text/html.", "content");
        has_html = has_html || type == "text/html";
        (type == "text/html" ? mail.html : mail.text) = text;
    }
    if (const json::Value* const files = value->find("attachments"))
        for (const json::Value& file : files->items()) {
            if (text_at(&file, "content").empty() || text_at(&file, "filename").empty())
                return problem(400, "The attachment content and filename are required.", "attachments.0.content");
            mail.attachments.push_back({text_at(&file, "filename"), text_at(&file, "type")});
        }
    // A trial by the sender's own wish: valid, and nothing is sent.
    const json::Value* const settings = value->find("mail_settings");
    const json::Value* const trial = settings == nullptr ? nullptr : settings->find("sandbox_mode");
    const json::Value* const is_trial = trial == nullptr ? nullptr : trial->find("enable");
    if (is_trial != nullptr && is_trial->as_boolean()) return Answer{.status = 200};

    mail.number = ++last_;
    mail.id = desk_.letters(22);
    Answer answer{.status = 202, .body = {}, .headers = {{"X-Message-Id", mail.id}}};
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::mail, std::to_string(mail.number), Packer::pack(mail));
    mails_.push_back(std::move(mail));
    if (mails_.size() > most_mails) {
        desk_.records.put(RecordKind::mail, std::to_string(mails_.front().number), {});
        mails_.pop_front();
    }
    return answer;
}

Answer SendGrid::find(const http::Request& request, const Orders& orders) const {
    const auto query = parse_query(request.parameter("query").value_or(""));
    if (!query) return problem(400, "invalid query", "query");
    const std::string text = request.parameter("limit").value_or("10");
    std::size_t limit = 10;
    std::from_chars(text.data(), text.data() + text.size(), limit);
    Answer answer;
    json::Writer json{answer.body};
    json.open('{').key("messages").open('[');
    std::size_t shown = 0;
    for (auto mail = mails_.rbegin(); mail != mails_.rend() && shown < limit; ++mail) {
        if (!does_match(*mail, *query)) continue;
        if (orders.lookup_lag > Millis{0} && desk_.now.ms - mail->at < orders.lookup_lag.count()) continue;
        ++shown;
        json.open('{').field("from_email", mail->from_email).field("msg_id", mail->id);
        json.field("subject", mail->subject).field("to_email", mail->to.front()).field("status", "delivered");
        json.field("opens_count", 0).field("clicks_count", 0).field("last_event_time", Instant{mail->at}).close('}');
    }
    json.close(']').close('}');
    return answer;
}

void SendGrid::write_mails(json::Writer& json, std::string_view to, std::int64_t limit) const {
    json.open('[');
    std::int64_t shown = 0;
    for (auto mail = mails_.rbegin(); mail != mails_.rend() && shown < limit; ++mail) {
        if (!to.empty() && std::ranges::find(mail->to, to) == mail->to.end()) continue;
        ++shown;
        json.open('{').field("number", mail->number).field("id", mail->id).field("at", Instant{mail->at});
        json.key("from").open('{').field("email", mail->from_email).field("name", mail->from_name).close('}');
        json.key("to").open('[');
        for (const std::string& email : mail->to) json.value(email);
        json.close(']').field("subject", mail->subject).field("text", mail->text).field("html", mail->html);
        json.key("headers").open('{');
        for (const Argument& header : mail->headers) json.field(header.name, header.value);
        json.close('}').key("custom_args").open('{');
        for (const Argument& argument : mail->arguments) json.field(argument.name, argument.value);
        json.close('}').key("attachments").open('[');
        for (const Argument& file : mail->attachments)
            json.open('{').field("filename", file.name).field("type", file.value).close('}');
        json.close(']').close('}');
    }
    json.close(']');
}

void SendGrid::clear() {
    for (const Mail& mail : mails_) desk_.records.put(RecordKind::mail, std::to_string(mail.number), {});
    mails_.clear();
}

}  // namespace florin::sandbox::mail
