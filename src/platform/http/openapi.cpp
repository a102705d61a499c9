#include <algorithm>
#include <map>

#include "florin/http/router.hpp"
#include "problem.hpp"
#include "route_table.hpp"

namespace florin::http {
namespace {

std::string lower_case(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

void write_schema_reference(json::Writer& json, std::string_view name) {
    json.key("schema").open('{').field("$ref", "#/components/schemas/" + std::string{name}).close('}');
}

void write_parameter(json::Writer& json, const ParameterDoc& parameter) {
    json.open('{').field("name", parameter.name).field("in", parameter.in);
    if (!parameter.doc.empty()) json.field("description", parameter.doc);
    // OpenAPI knows no path without its values.
    json.field("required", parameter.is_required || parameter.in == "path");
    json.raw_field("schema", parameter.schema).close('}');
}

void write_parameters(json::Writer& json, const Route& route) {
    std::vector<ParameterDoc> parameters;
    for (const std::string_view name : value_names(route.path)) {
        const auto is_it = [&](const ParameterDoc& known) { return known.in == "path" && known.name == name; };
        if (std::ranges::none_of(route.parameters, is_it))
            parameters.push_back({.name = name, .in = "path", .doc = {}, .is_required = true});
    }
    parameters.insert(parameters.end(), route.parameters.begin(), route.parameters.end());
    if (parameters.empty()) return;
    json.key("parameters").open('[');
    for (const ParameterDoc& parameter : parameters) write_parameter(json, parameter);
    json.close(']');
}

void write_answer(json::Writer& json, const AnswerDoc& answer) {
    json.key(std::to_string(answer.status)).open('{').field("description", answer.doc);
    const bool is_problem = answer.status >= 400 && answer.schema_name.empty();
    const std::string_view schema = is_problem ? "Problem" : answer.schema_name;
    if (!schema.empty()) {
        const bool has_problem_type = schema == "Problem";
        json.key("content").open('{').key(has_problem_type ? "application/problem+json" : "application/json").open('{');
        write_schema_reference(json, schema);
        json.close('}').close('}');
    }
    json.close('}');
}

void write_answers(json::Writer& json, const Route& route) {
    json.key("responses").open('{');
    const bool has_success =
        std::ranges::any_of(route.answers, [](const AnswerDoc& answer) { return answer.status < 400; });
    if (!has_success) write_answer(json, {.status = 200, .doc = "Done."});
    for (const AnswerDoc& answer : route.answers) write_answer(json, answer);
    for (const std::string_view other : {"4XX", "5XX"})
        json.key(other).open('{').field("$ref", "#/components/responses/Problem").close('}');
    json.close('}');
}

void write_operation(json::Writer& json, const Route& route) {
    json.key(lower_case(route.method)).open('{').field("operationId", route.operation_id);
    json.key("tags").open('[').value(route.tag).close(']');
    json.field("summary", route.summary);
    json.key("security").open('[');
    if (!route.scope.empty()) {
        json.open('{').key("bearerAuth").open('[').close(']').close('}');
    }
    json.close(']');
    if (!route.scope.empty()) json.field("x-required-scope", route.scope);
    write_parameters(json, route);
    if (!route.body_schema.empty()) {
        json.key("requestBody").open('{').field("required", true).key("content").open('{');
        json.key("application/json").open('{');
        write_schema_reference(json, route.body_schema);
        json.close('}').close('}').close('}');
    }
    write_answers(json, route);
    json.close('}');
}

void write_tags(json::Writer& json, const Router& router) {
    std::vector<std::string_view> tags;
    for (const Route& route : router.routes())
        if (std::ranges::find(tags, route.tag) == tags.end()) tags.push_back(route.tag);
    json.key("tags").open('[');
    for (const std::string_view tag : tags) {
        const std::string_view doc = router.tag_doc(tag);
        json.open('{').field("name", tag).field("description", doc.empty() ? tag : doc).close('}');
    }
    json.close(']');
}

void write_paths(json::Writer& json, const Router& router) {
    std::vector<std::string_view> paths;
    std::map<std::string_view, std::vector<const Route*>> by_path;
    for (const Route& route : router.routes()) {
        auto& of_path = by_path[route.path];
        if (of_path.empty()) paths.push_back(route.path);
        of_path.push_back(&route);
    }
    json.key("paths").open('{');
    for (const std::string_view path : paths) {
        json.key(path).open('{');
        for (const Route* route : by_path[path]) write_operation(json, *route);
        json.close('}');
    }
    json.close('}');
}

void write_components(json::Writer& json, const Router& router) {
    std::vector<json::Schema> schemas = router.schemas();
    json::append_schemas<ProblemBody>(schemas);
    json.key("components").open('{').key("schemas").open('{');
    for (const json::Schema& schema : schemas) json.raw_field(schema.name, schema.json);
    json.close('}');
    json.key("responses").open('{').key("Problem").open('{');
    json.field("description", "A problem document (RFC 9457); its `code` says what to do.");
    json.key("content").open('{').key("application/problem+json").open('{');
    write_schema_reference(json, "Problem");
    json.close('}').close('}').close('}').close('}');
    json.key("securitySchemes").open('{').key("bearerAuth").open('{');
    json.field("type", "http").field("scheme", "bearer").field("description", "An API key of the merchant.");
    json.close('}').close('}').close('}');
}

}  // namespace

std::string openapi(const Router& router, std::string_view server_url) {
    std::string out;
    json::Writer json{out};
    json.open('{').field("openapi", "3.1.0");
    json.key("info").open('{').field("title", "Florin").field("version", "1");
    json.field(
        "description",
        "Send `Authorization: Bearer KEY`: a sandbox's key is in the file `sandbox-api-key` of its data "
        "directory, `florin admin api-key create` makes others. Amounts are major units: `12.50` is twelve and a "
        "half. Every error is a problem document whose `code` is stable; every answer carries "
        "`X-Correlation-Id`.");
    // SPDX's word for saying nothing about it.
    json.key("license").open('{').field("name", "Not stated").field("identifier", "NOASSERTION").close('}');
    json.close('}');
    json.key("servers").open('[').open('{').field("url", server_url).close('}').close(']');
    write_tags(json, router);
    write_paths(json, router);
    write_components(json, router);
    json.close('}');
    return out;
}

}  // namespace florin::http
