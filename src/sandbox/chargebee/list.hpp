#pragma once

#include <vector>

#include "params.hpp"

namespace florin::sandbox::chargebee {

/// `member` gives the text of a member to filter by, or nothing where it has none; a name that it does not know is
/// `"?"`. The cursor is the place behind the last one shown.
template <class All, class Member, class Render>
Reply Api::list(const Call& call, All& all, std::string_view name, const Member& member, const Render& render) {
    const std::int64_t limit = integer_of(call.params, "limit").value_or(10);
    if (limit < 1 || limit > 100) return wrong("limit", "limit : should be between 1 and 100");
    std::int64_t skip = 0;
    if (const std::string offset = text_of(call.params, "offset"); !offset.empty()) {
        const auto cursor = json::parse(offset);
        const auto place = cursor && cursor->kind() == json::Kind::array && cursor->items().size() == 1
                               ? json::parse(cursor->items()[0].text())
                               : Result<json::Value>{json::Value{}};
        if (!place || !place->integer()) return wrong("offset", "offset : invalid value");
        skip = *place->integer();
    }
    const bool is_oldest_first = find(call.params, "sort_by.asc") != nullptr;

    std::vector<typename All::value_type*> found;
    for (auto& each : all) {
        if (each.is_deleted || is_hidden(call, each.created_ms)) continue;
        bool fits = true;
        for (const auto& [parameter, filter] : call.params.members()) {
            if (parameter == "limit" || parameter == "offset" || parameter == "sort_by" ||
                parameter == "include_deleted")
                continue;
            const std::optional<std::string> have = member(each, parameter);
            if (have == "?" || filter.kind() != json::Kind::object)
                return wrong(json::printable_name(parameter), "unknown filter");
            for (const auto& [op, wanted] : filter.members()) {
                const auto one = matches(op, wanted.text(), have);
                if (!one) return wrong(json::printable_name(parameter), "invalid filter");
                fits = fits && *one;
            }
        }
        if (fits) found.push_back(&each);
    }
    if (!is_oldest_first) std::ranges::reverse(found);

    Reply reply;
    reply.body = R"({"list":[)";
    const auto begin = std::min<std::size_t>(static_cast<std::size_t>(skip), found.size());
    const auto end = std::min<std::size_t>(begin + static_cast<std::size_t>(limit), found.size());
    for (std::size_t i = begin; i < end; ++i) {
        if (i > begin) reply.body += ',';
        reply.body += "{\"" + std::string{name} + "\":" + render(*found[i]) + "}";
    }
    reply.body += "]";
    if (end < found.size()) reply.body += R"(,"next_offset":"[\")" + std::to_string(end) + R"(\"]")";
    reply.body += "}";
    return reply;
}

}  // namespace florin::sandbox::chargebee
