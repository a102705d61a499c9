#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace florin::sandbox::salesforce {

struct Value {
    std::string name, text;
    template <class Fields>
    void fields(Fields& f) {
        f("name", name), f("text", text);
    }
};

/// A Case as the organisation has it.
struct Record {
    std::int64_t seq = 0;
    std::string id;  ///< 18 characters.
    std::int64_t created_at = 0, modified_at = 0, closed_at = 0;
    std::vector<Value> values;  ///< What was written; what is not there is null.
    template <class Fields>
    void fields(Fields& f) {
        f("seq", seq), f("id", id), f("created_at", created_at), f("modified_at", modified_at);
        f("closed_at", closed_at), f("values", values);
    }
    std::string_view value(std::string_view name) const {
        for (const Value& each : values)
            if (each.name == name) return each.text;
        return {};
    }
    void set(std::string_view name, std::string text) {
        std::erase_if(values, [&](const Value& each) { return each.name == name; });
        if (!text.empty()) values.push_back({std::string{name}, std::move(text)});
    }
    bool is_closed() const { return value("Status") == "Closed"; }
};

enum class FieldType { text, email, pick_list, id, boolean, moment };

/// A field of Case.
struct FieldFacts {
    std::string_view name;
    FieldType type = FieldType::text;
    std::size_t longest = 0;  ///< In characters; 0: it cannot be written.
};

constexpr char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Nothing: Case has no field of that name. Names are compared without their case, as Salesforce does.
std::optional<FieldFacts> find_field(std::string_view name, const std::vector<std::string>& external_ids);

/// A field's value as queries and answers have it: JSON kinds are told apart.
struct Shown {
    bool is_null = false, is_boolean = false, is_true = false;
    std::string text;
};
Shown show(const Record& record, const FieldFacts& field);

/// The 18 characters of a record's number: 15, and three that make it safe where case is folded.
std::string id_of(std::int64_t seq);
/// `2026-11-20T12:00:00.000+0000`
std::string moment_text(std::int64_t ms);

}  // namespace florin::sandbox::salesforce
