#include "salesforce/model.hpp"

#include <array>

#include "florin/base/instant.hpp"

namespace florin::sandbox::salesforce {
namespace {

constexpr std::array all_facts{
    FieldFacts{"Id", FieldType::id, 0},
    FieldFacts{"CaseNumber", FieldType::text, 0},
    FieldFacts{"IsClosed", FieldType::boolean, 0},
    FieldFacts{"IsDeleted", FieldType::boolean, 0},
    FieldFacts{"ClosedDate", FieldType::moment, 0},
    FieldFacts{"CreatedDate", FieldType::moment, 0},
    FieldFacts{"LastModifiedDate", FieldType::moment, 0},
    FieldFacts{"SystemModstamp", FieldType::moment, 0},
    FieldFacts{"Subject", FieldType::text, 255},
    FieldFacts{"Description", FieldType::text, 32'000},
    FieldFacts{"Status", FieldType::pick_list, 255},
    FieldFacts{"Origin", FieldType::pick_list, 255},
    FieldFacts{"Priority", FieldType::pick_list, 255},
    FieldFacts{"Reason", FieldType::text, 255},
    FieldFacts{"Type", FieldType::text, 255},
    FieldFacts{"SuppliedEmail", FieldType::email, 80},
    FieldFacts{"SuppliedName", FieldType::text, 80},
    FieldFacts{"SuppliedPhone", FieldType::text, 40},
    FieldFacts{"SuppliedCompany", FieldType::text, 80},
    FieldFacts{"ContactId", FieldType::id, 18},
    FieldFacts{"AccountId", FieldType::id, 18},
    FieldFacts{"OwnerId", FieldType::id, 18},
    FieldFacts{"ParentId", FieldType::id, 18},
};

bool is_same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

}  // namespace

std::optional<FieldFacts> find_field(std::string_view name, const std::vector<std::string>& external_ids) {
    for (const FieldFacts& field : all_facts)
        if (is_same_name(field.name, name)) return field;
    for (const std::string& external : external_ids)
        if (is_same_name(external, name)) return FieldFacts{external, FieldType::text, 255};
    return std::nullopt;
}

Shown show(const Record& record, const FieldFacts& field) {
    const auto text = [](std::string value) {
        Shown shown;
        shown.is_null = value.empty();
        shown.text = std::move(value);
        return shown;
    };
    if (field.type == FieldType::boolean) {
        Shown shown;
        shown.is_boolean = true;
        shown.is_true = field.name == "IsClosed" && record.is_closed();
        shown.text = shown.is_true ? "true" : "false";
        return shown;
    }
    if (field.name == "Id") return text(record.id);
    if (field.name == "CaseNumber") {
        const std::string number = std::to_string(1'000 + record.seq);
        return text(std::string(8 - std::min<std::size_t>(8, number.size()), '0') + number);
    }
    if (field.name == "ClosedDate") return text(record.closed_at == 0 ? "" : moment_text(record.closed_at));
    if (field.name == "CreatedDate") return text(moment_text(record.created_at));
    if (field.type == FieldType::moment) return text(moment_text(record.modified_at));
    return text(std::string{record.value(field.name)});
}

std::string id_of(std::int64_t seq) {
    constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    constexpr std::string_view check_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    std::string id = "500Fl0000000000";
    for (std::size_t place = id.size(); seq > 0 && place > 5; seq /= 62)
        id[--place] = digits[static_cast<std::size_t>(seq % 62)];
    // Each of three groups says which of its letters are capitals.
    std::string suffix;
    for (std::size_t group = 0; group < 15; group += 5) {
        std::size_t capitals = 0;
        for (std::size_t i = 0; i < 5; ++i)
            if (id[group + i] >= 'A' && id[group + i] <= 'Z') capitals |= std::size_t{1} << i;
        suffix.push_back(check_digits[capitals]);
    }
    return id + suffix;
}

std::string moment_text(std::int64_t ms) { return to_text(Instant{ms}).substr(0, 23) + "+0000"; }

}  // namespace florin::sandbox::salesforce
