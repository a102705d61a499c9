#include "salesforce/org.hpp"

#include <algorithm>
#include <array>

#include "packing.hpp"
#include "salesforce/soql.hpp"

namespace florin::sandbox::salesforce {
namespace {

constexpr std::string_view token_path = "/services/oauth2/token", data_path = "/services/data";
constexpr std::string_view case_path = "sobjects/Case";
constexpr int oldest_version = 31, newest_version = 68;
constexpr std::int64_t calls_a_day = 15'000;
constexpr std::size_t most_rows = 2'000;

/// What pick lists hold; they are restricted, so that a wrong word shows.
constexpr std::array statuses{"New", "Working", "Escalated", "Closed"};
constexpr std::array origins{"Phone", "Email", "Web"};
constexpr std::array priorities{"High", "Medium", "Low"};

bool is_picked(std::string_view name, std::string_view value) {
    const auto holds = [&](const auto& list) { return std::ranges::find(list, value) != list.end(); };
    if (name == "Status") return holds(statuses);
    if (name == "Origin") return holds(origins);
    return name != "Priority" || holds(priorities);
}

/// Characters, as far as UTF-8 says.
std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_email(std::string_view text) {
    const std::size_t at = text.find('@');
    return at != std::string_view::npos && at > 0 && text.find('.', at) != std::string_view::npos &&
           text.find_first_of(" ,;<>") == std::string_view::npos && text.back() != '.';
}

Answer not_there() { return refusal(404, "NOT_FOUND", "The requested resource does not exist"); }

Answer method_not_allowed() { return refusal(405, "METHOD_NOT_ALLOWED", "HTTP method not allowed for this resource."); }

Answer written(int status, const Record& record, std::optional<bool> is_created = {}) {
    Answer answer{.status = status, .body = {}};
    json::Writer json{answer.body};
    json.open('{').field("id", record.id).field("success", true).key("errors").open('[').close(']');
    json.field("created", is_created).close('}');
    return answer;
}

void write_record(json::Writer& json, const Record& record, const std::vector<FieldFacts>& fields,
                  std::string_view version) {
    json.open('{').key("attributes").open('{').field("type", "Case");
    json.field("url", "/services/data/" + std::string{version} + "/sobjects/Case/" + record.id).close('}');
    for (const FieldFacts& field : fields) {
        const Shown value = show(record, field);
        json.key(field.name);
        if (value.is_boolean)
            json.value(value.is_true);
        else if (value.is_null)
            json.null();
        else
            json.value(value.text);
    }
    json.close('}');
}

std::vector<FieldFacts> every_field(const std::vector<std::string>& external_ids) {
    std::vector<FieldFacts> all;
    for (const char* const name :
         {"Id",           "CaseNumber",       "Subject",         "Description", "Status",
          "Origin",       "Priority",         "Reason",          "Type",        "SuppliedEmail",
          "SuppliedName", "SuppliedPhone",    "SuppliedCompany", "ContactId",   "AccountId",
          "OwnerId",      "ParentId",         "IsClosed",        "IsDeleted",   "ClosedDate",
          "CreatedDate",  "LastModifiedDate", "SystemModstamp"})
        all.push_back(*find_field(name, external_ids));
    for (const std::string& external : external_ids) all.push_back(*find_field(external, external_ids));
    return all;
}

/// `v62.0`; the rest of the path follows it.
std::optional<std::string_view> version_of(std::string_view rest) {
    const std::string_view version = rest.substr(0, rest.find('/'));
    if (version.size() != 5 || version[0] != 'v' || !version.ends_with(".0")) return std::nullopt;
    const int number = (version[1] - '0') * 10 + (version[2] - '0');
    return number >= oldest_version && number <= newest_version ? std::optional{version} : std::nullopt;
}

std::string_view type_of(FieldType type) {
    switch (type) {
        case FieldType::text:
            return "string";
        case FieldType::email:
            return "email";
        case FieldType::pick_list:
            return "picklist";
        case FieldType::id:
            return "reference";
        case FieldType::boolean:
            return "boolean";
        case FieldType::moment:
            return "datetime";
    }
    return "string";
}

}  // namespace

Answer refusal(int status, std::string_view code, std::string_view message, std::string_view field) {
    Answer answer{.status = status, .body = {}};
    json::Writer json{answer.body};
    json.open('[').open('{').field("message", message).field("errorCode", code).key("fields").open('[');
    if (!field.empty()) json.value(field);
    json.close(']').close('}').close(']');
    return answer;
}

void Org::load() {
    desk_.records.load(RecordKind::salesforce_settings, [&](std::string_view, std::string_view body) {
        settings_ = Unpacker::unpack<OrgSettings>(body);
    });
    desk_.records.load(RecordKind::salesforce_case,
                       [&](std::string_view, std::string_view body) { records_.add(Unpacker::unpack<Record>(body)); });
    records_.sort();
}

void Org::save(Record& record) {
    if (desk_.records.is_kept()) desk_.records.put(RecordKind::salesforce_case, record.id, Packer::pack(record));
}

CallFacts Org::facts_of(const http::Request& request) {
    CallFacts facts{.provider = "salesforce",
                    .method = request.method,
                    .transaction_type = "other",
                    .path = request.path,
                    .reference = {}};
    const std::size_t at = request.path.find(case_path);
    const bool is_get = request.method == "GET";
    if (request.path == token_path) {
        facts.transaction_type = "login";
    } else if (request.path.ends_with("/query")) {
        facts.transaction_type = "query";
    } else if (at != std::string::npos) {
        const std::string_view rest = std::string_view{request.path}.substr(at + case_path.size());
        const std::size_t slashes = static_cast<std::size_t>(std::ranges::count(rest, '/'));
        facts.transaction_type = is_get                       ? "lookup"
                                 : slashes == 0               ? "create"
                                 : slashes == 2               ? "upsert"
                                 : request.method == "DELETE" ? "delete"
                                                              : "update";
        if (slashes == 2) facts.reference = rest.substr(rest.rfind('/') + 1).substr(0, 64);
    }
    facts.is_lookup = is_get;
    facts.is_charge = facts.transaction_type == "create" || facts.transaction_type == "upsert";
    return facts;
}

std::vector<http::Header> Org::headers() const {
    return {{"Sforce-Limit-Info", "api-usage=" + std::to_string(calls_) + "/" + std::to_string(calls_a_day)}};
}

std::optional<Answer> Org::why_not_in(const http::Request& request) {
    std::string_view token = request.header("authorization");
    for (const std::string_view scheme : {"Bearer ", "OAuth "})
        if (token.starts_with(scheme)) token.remove_prefix(scheme.size());
    const auto session = sessions_.find(token);
    if (session == sessions_.end() || desk_.now.ms - session->second >= settings_.session_ms) {
        if (session != sessions_.end()) sessions_.erase(session);
        return refusal(401, "INVALID_SESSION_ID", "Session expired or invalid");
    }
    session->second = desk_.now.ms;
    return std::nullopt;
}

Answer Org::answer(const http::Request& request, const Orders& orders) {
    if (request.path == token_path) return log_in(request);
    std::string_view path = request.path;
    if (!path.starts_with(data_path)) return not_there();
    path.remove_prefix(data_path.size());
    while (path.starts_with('/')) path.remove_prefix(1);
    if (path.empty()) {
        Answer answer;
        json::Writer json{answer.body};
        json.open('[');
        for (int version = oldest_version; version <= newest_version; ++version) {
            const std::string number = std::to_string(version) + ".0";
            json.open('{').field("label", "Version " + number).field("url", "/services/data/v" + number);
            json.field("version", number).close('}');
        }
        json.close(']');
        return answer;
    }
    if (auto refused = why_not_in(request)) return std::move(*refused);
    ++calls_;
    Answer answer = serve(request, orders, path);
    std::ranges::move(headers(), std::back_inserter(answer.headers));
    return answer;
}

Answer Org::serve(const http::Request& request, const Orders& orders, std::string_view path) {
    const auto version = version_of(path);
    if (!version) return not_there();
    path.remove_prefix(version->size());
    while (path.starts_with('/')) path.remove_prefix(1);
    const bool is_get = request.method == "GET";
    if (path == "query") return is_get ? query(request, *version) : method_not_allowed();
    if (path == "limits" && is_get) {
        Answer answer;
        json::Writer json{answer.body};
        json.open('{').key("DailyApiRequests").open('{').field("Max", calls_a_day);
        json.field("Remaining", calls_a_day - calls_).close('}').close('}');
        return answer;
    }
    if (!path.starts_with(case_path)) return not_there();
    path.remove_prefix(case_path.size());
    if (path.empty() || path == "/") {
        if (request.method != "POST") return method_not_allowed();
        const auto body = json::parse(request.body);
        if (!body || body->kind() != json::Kind::object)
            return refusal(400, "JSON_PARSER_ERROR", "The body is not a JSON object.");
        if (orders.decline_code != 0)
            return refusal(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "The sandbox's fault script says so.");
        return create(*body);
    }
    if (path == "/describe" && is_get) return described();
    path.remove_prefix(1);
    return serve_record(request, orders, path, *version);
}

Answer Org::serve_record(const http::Request& request, const Orders& orders, std::string_view path,
                         std::string_view version) {
    const std::size_t slash = path.find('/');
    if (slash != std::string_view::npos) {
        const auto field = find_field(path.substr(0, slash), org_.external_ids);
        const bool is_external = field && std::ranges::find(org_.external_ids, field->name) != org_.external_ids.end();
        if (!is_external)
            return refusal(404, "NOT_FOUND",
                           "Provided external ID field does not exist or is not accessible: " +
                               std::string{path.substr(0, slash)});
        return serve_external(request, orders, *field, path.substr(slash + 1), version);
    }
    Record* const record = find_by_id(path);
    if (record == nullptr) return not_there();
    if (request.method == "GET") return shown(*record, request, version);
    if (request.method == "DELETE") {
        record->modified_at = 0;
        save(*record);
        return {.status = 204, .body = {}};
    }
    if (request.method != "PATCH") return method_not_allowed();
    const auto body = json::parse(request.body);
    if (!body || body->kind() != json::Kind::object)
        return refusal(400, "JSON_PARSER_ERROR", "The body is not a JSON object.");
    if (auto refused = put(*record, *body, nullptr)) return std::move(*refused);
    return {.status = 204, .body = {}};
}

Answer Org::serve_external(const http::Request& request, const Orders& orders, const FieldFacts& field,
                           std::string_view value, std::string_view version) {
    if (value.empty() || value.find('/') != std::string_view::npos) return not_there();
    Record* const record = find_by_value(field.name, value);
    if (request.method == "GET") {
        const bool is_visible = record != nullptr && (orders.lookup_lag == Millis{0} ||
                                                      desk_.now.ms - record->created_at >= orders.lookup_lag.count());
        return is_visible ? shown(*record, request, version) : not_there();
    }
    if (request.method != "PATCH") return method_not_allowed();
    const auto body = json::parse(request.body);
    if (!body || body->kind() != json::Kind::object)
        return refusal(400, "JSON_PARSER_ERROR", "The body is not a JSON object.");
    if (orders.decline_code != 0)
        return refusal(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "The sandbox's fault script says so.");
    if (record != nullptr) {
        if (auto refused = put(*record, *body, &field)) return std::move(*refused);
        return written(200, *record, false);
    }
    if (request.parameter("updateOnly").value_or("") == "true") return not_there();
    // Tried on a record of nobody's first, so that a refusal leaves none.
    Record draft;
    draft.set(field.name, std::string{value});
    if (auto refused = put(draft, *body, &field)) return std::move(*refused);
    Record& made = make(field.name, value);
    (void)put(made, *body, &field);
    return written(201, made, true);
}

Answer Org::create(const json::Value& body) {
    Record draft;
    if (auto refused = put(draft, body, nullptr)) return std::move(*refused);
    Record& made = make({}, {});
    (void)put(made, body, nullptr);
    return written(201, made);
}

Record& Org::make(std::string_view key, std::string_view value) {
    const auto seq = static_cast<std::int64_t>(records_.all().size()) + 1;
    Record& made = records_.add({.seq = seq,
                                 .id = id_of(seq),
                                 .created_at = desk_.now.ms,
                                 .modified_at = desk_.now.ms,
                                 .values = {{"Status", "New"}, {"OwnerId", "005000000000001AAA"}}});
    if (!key.empty()) made.set(key, std::string{value});
    return made;
}

std::optional<Answer> Org::put(Record& record, const json::Value& body, const FieldFacts* key) {
    for (const auto& [name, value] : body.members()) {
        if (name == "attributes") continue;
        const auto field = find_field(name, org_.external_ids);
        if (!field)
            return refusal(400, "INVALID_FIELD",
                           "No such column '" + json::printable_name(name) + "' on sobject of type Case");
        if (field->longest == 0 || (key != nullptr && key->name == field->name))
            return refusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE",
                           "Unable to create/update fields: " + std::string{field->name} +
                               ". Please check the security settings of this field and verify that it is read/write "
                               "for your profile or permission set.",
                           field->name);
        const bool is_text = value.kind() == json::Kind::string || value.is_null();
        if (!is_text)
            return refusal(400, "JSON_PARSER_ERROR", "Cannot deserialize " + std::string{field->name}, field->name);
        const std::string_view text = value.text();
        if (length_of(text) > field->longest)
            return refusal(400, "STRING_TOO_LONG",
                           std::string{field->name} + ": data value too large: " + std::string{text.substr(0, 40)} +
                               " (max length=" + std::to_string(field->longest) + ")",
                           field->name);
        if (!text.empty() && field->type == FieldType::email && !is_email(text))
            return refusal(400, "INVALID_EMAIL_ADDRESS",
                           std::string{field->name} + ": invalid email address: " + std::string{text}, field->name);
        if (!text.empty() && field->type == FieldType::pick_list && !is_picked(field->name, text))
            return refusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                           std::string{field->name} + ": bad value for restricted picklist field: " + std::string{text},
                           field->name);
        const bool is_external = std::ranges::find(org_.external_ids, field->name) != org_.external_ids.end();
        const Record* const other = is_external && !text.empty() ? find_by_value(field->name, text) : nullptr;
        if (other != nullptr && other->id != record.id)
            return refusal(400, "DUPLICATE_VALUE",
                           "duplicate value found: " + std::string{field->name} +
                               " duplicates value on record with id: " + other->id.substr(0, 15));
    }
    for (const auto& [name, value] : body.members())
        if (name != "attributes") record.set(find_field(name, org_.external_ids)->name, std::string{value.text()});
    record.modified_at = desk_.now.ms;
    record.closed_at = !record.is_closed() ? 0 : record.closed_at == 0 ? desk_.now.ms : record.closed_at;
    if (record.seq != 0) save(record);
    return std::nullopt;
}

Record* Org::find_by_id(std::string_view id) {
    if (id.size() != 15 && id.size() != 18) return nullptr;
    for (Record& record : records_.all())
        if (is_there(record) && std::string_view{record.id}.substr(0, id.size()) == id) return &record;
    return nullptr;
}

Record* Org::find_by_value(std::string_view name, std::string_view value) {
    for (Record& record : records_.all())
        if (is_there(record) && record.value(name) == value) return &record;
    return nullptr;
}

Answer Org::shown(const Record& record, const http::Request& request, std::string_view version) const {
    std::vector<FieldFacts> fields;
    std::string names = request.parameter("fields").value_or("");
    while (!names.empty()) {
        const std::string name = names.substr(0, names.find(','));
        names.erase(0, std::min(names.size(), name.size() + 1));
        const auto field = find_field(name, org_.external_ids);
        if (!field)
            return refusal(400, "INVALID_FIELD", "No such column '" + name.substr(0, 60) + "' on entity 'Case'.");
        fields.push_back(*field);
    }
    if (fields.empty()) fields = every_field(org_.external_ids);
    Answer answer;
    json::Writer json{answer.body};
    write_record(json, record, fields, version);
    return answer;
}

Answer Org::query(const http::Request& request, std::string_view version) const {
    const ParsedQuery parsed = parse_query(request.parameter("q").value_or(""), org_.external_ids);
    if (!parsed.query) return refusal(400, parsed.error.code, parsed.error.message);
    const Query& asked = *parsed.query;
    std::vector<const Record*> found;
    for (const Record& record : records_.all())
        if (is_there(record) && asked.matches(record)) found.push_back(&record);
    std::ranges::sort(found, [&](const Record* a, const Record* b) {
        for (const Query::Order& by : asked.order) {
            const Shown of_a = show(*a, by.field), of_b = show(*b, by.field);
            if (of_a.text != of_b.text) return (of_a.text < of_b.text) != by.is_descending;
        }
        return a->seq < b->seq;
    });
    const std::size_t total = found.size();
    found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(std::min(asked.offset, found.size())));
    found.resize(std::min({found.size(), asked.limit.value_or(most_rows), most_rows}));
    Answer answer;
    json::Writer json{answer.body};
    json.open('{').field("totalSize", static_cast<std::int64_t>(asked.is_count ? total : found.size()));
    json.field("done", true).key("records").open('[');
    if (!asked.is_count)
        for (const Record* record : found) write_record(json, *record, asked.fields, version);
    json.close(']').close('}');
    return answer;
}

Answer Org::described() const {
    Answer answer;
    json::Writer json{answer.body};
    json.open('{').field("name", "Case").field("label", "Case").field("keyPrefix", "500").field("createable", true);
    json.field("updateable", true).field("queryable", true).key("fields").open('[');
    for (const FieldFacts& field : every_field(org_.external_ids)) {
        const bool is_external = std::ranges::find(org_.external_ids, field.name) != org_.external_ids.end();
        json.open('{').field("name", field.name).field("type", type_of(field.type));
        json.field("length", static_cast<std::int64_t>(field.longest)).field("createable", field.longest != 0);
        json.field("updateable", field.longest != 0).field("externalId", is_external);
        json.field("unique", is_external).close('}');
    }
    json.close(']').close('}');
    return answer;
}

}  // namespace florin::sandbox::salesforce
