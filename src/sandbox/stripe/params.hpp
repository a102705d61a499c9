#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api.hpp"
#include "florin/json/value.hpp"

/// Reading parameters and refusing them, for the endpoints.
namespace florin::sandbox::stripe {

/// The parameter of that name, nested with dots (`created.gte`); null when there is none.
const json::Value* find(const json::Value& params, std::string_view name);
/// As text, empty when there is none.
std::string text_of(const json::Value& params, std::string_view name);
bool is_true(const json::Value& params, std::string_view name);
/// Nothing when it is absent or no whole number.
std::optional<std::int64_t> integer_of(const json::Value& params, std::string_view name);
/// Whether `expand` asks for that member, or for one of its own.
bool expands(const json::Value& params, std::string_view member);
/// Merges `metadata` into `into`: an empty value takes its key away.
void read_metadata(const json::Value& params, Metadata& into);

struct Refusal {
    std::string_view code, message, param;
    int status = 400;
    std::string_view type = "invalid_request_error";
    bool is_kept = false;
};
Reply refuse(const Refusal& refusal);
Reply missing(std::string_view param);
/// 404 `resource_missing`.
Reply no_such(std::string_view what, std::string_view id, std::string_view param = "id");

/// What the amounts of a currency are worth: how many decimals Stripe's unit has. Nothing for currencies that it
/// does not take.
std::optional<int> decimals_of(std::string_view currency);
/// In the minor units of ISO 4217.
std::int64_t minor_of(std::int64_t amount, std::string_view currency);

/// `a_b` is `A_B`.
std::string upper(std::string_view text);

template <class All, class Matches, class Render>
Reply Api::list(const Call& call, All& all, const Matches& matches, const Render& render) {
    const std::int64_t limit = integer_of(call.params, "limit").value_or(10);
    if (limit < 1 || limit > 100)
        return refuse({.code = "parameter_invalid_integer", .message = "1 to 100.", .param = "limit"});
    const std::int64_t at_least = integer_of(call.params, "created.gte").value_or(INT64_MIN);
    const std::int64_t above = integer_of(call.params, "created.gt").value_or(INT64_MIN);
    const std::int64_t at_most = integer_of(call.params, "created.lte").value_or(INT64_MAX);
    const std::int64_t below = integer_of(call.params, "created.lt").value_or(INT64_MAX);
    const std::string after = text_of(call.params, "starting_after");
    const std::string before = text_of(call.params, "ending_before");

    // From the newest; `ending_before` wants those that come just before it in this order.
    std::vector<typename All::value_type*> shown;
    bool has_more = false;
    bool is_past_cursor = after.empty();
    for (auto each = all.rbegin(); each != all.rend(); ++each) {
        if (!before.empty() && each->id == before) break;
        if (!is_past_cursor) {
            is_past_cursor = each->id == after;
            continue;
        }
        const std::int64_t created = each->created_ms / 1'000;
        // From here on all is older, but for a clock that was put right.
        if (at_least > 600 && created < at_least - 600) break;
        if (created < at_least || created <= above || created > at_most || created >= below) continue;
        if (is_hidden(call, each->created_ms) || !matches(*each)) continue;
        if (static_cast<std::int64_t>(shown.size()) == limit) {
            has_more = true;
            if (before.empty()) break;
            shown.erase(shown.begin());
        }
        shown.push_back(&*each);
    }
    if (!is_past_cursor) return no_such("object", after, "starting_after");
    Reply reply;
    reply.body = R"({"object":"list","url":"/v1/)" + call.path + R"(","has_more":)" + (has_more ? "true" : "false") +
                 R"(,"data":[)";
    for (auto* each : shown) {
        if (reply.body.back() != '[') reply.body += ',';
        reply.body += render(*each);
    }
    reply.body += "]}";
    return reply;
}

}  // namespace florin::sandbox::stripe
