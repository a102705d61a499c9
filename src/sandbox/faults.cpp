#include "faults.hpp"

#include <algorithm>

#include "amount.hpp"

namespace florin::sandbox {
namespace {

enum class Of { calls, webhooks, both, lines, settlements };

struct Named {
    std::string_view name;
    FaultKind kind;
    std::int64_t usual_ms;
    Of of = Of::calls;
};
constexpr Named kinds[] = {
    {"error_before", FaultKind::error_before, 0},
    {"error_after", FaultKind::error_after, 0},
    {"drop_before", FaultKind::drop_before, 0},
    {"drop_after", FaultKind::drop_after, 0},
    {"reset", FaultKind::reset, 0},
    {"latency", FaultKind::latency, 1'000},
    {"late", FaultKind::late, 1'000, Of::both},
    {"timeout", FaultKind::timeout, 60'000},
    {"garbage", FaultKind::garbage, 0},
    {"strange_text", FaultKind::strange_text, 0},
    {"decline", FaultKind::decline, 0},
    {"partial_approval", FaultKind::partial_approval, 0},
    {"lookup_lag", FaultKind::lookup_lag, 5'000},
    {"duplicate", FaultKind::duplicate, 0, Of::webhooks},
    {"delay", FaultKind::delay, 1'000, Of::webhooks},
    {"reorder", FaultKind::reorder, 60'000, Of::webhooks},
    {"lose", FaultKind::lose, 0, Of::webhooks},
    {"forge", FaultKind::forge, 0, Of::webhooks},
    {"corrupt_body", FaultKind::corrupt_body, 0, Of::webhooks},
    {"odd_amount", FaultKind::odd_amount, 0, Of::webhooks},
    {"line_left_out", FaultKind::line_left_out, 0, Of::lines},
    {"line_amount", FaultKind::line_amount, 0, Of::lines},
    {"line_twice", FaultKind::line_twice, 0, Of::lines},
    {"line_unknown", FaultKind::line_unknown, 0, Of::lines},
    {"settlement_failed", FaultKind::settlement_failed, 0, Of::settlements},
    {"settlement_total", FaultKind::settlement_total, 0, Of::settlements},
};

std::unexpected<Error> invalid_fault(std::string_view message, std::string_view field) {
    return fail(ErrorKind::invalid, "invalid_fault", message, field);
}

/// Refuses names that are not in `known`: a rule with a misspelt name would match everything.
Result<void> only(const json::Value& object, std::initializer_list<std::string_view> known) {
    if (object.kind() != json::Kind::object) return invalid_fault("An object is needed.", {});
    for (const auto& [name, value] : object.members()) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            return fail(ErrorKind::invalid, "unknown_field", "No such member.", name);
    }
    return {};
}

std::string text_of(const json::Value* object, std::string_view name) {
    const json::Value* value = object == nullptr ? nullptr : object->find(name);
    return value == nullptr ? std::string{} : std::string{value->text()};
}

std::int64_t integer_of(const json::Value& object, std::string_view name, std::int64_t otherwise) {
    const json::Value* value = object.find(name);
    return value == nullptr ? otherwise : value->integer().value_or(otherwise);
}

bool does_match(const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; }

bool has_amount(FaultKind kind) {
    return kind == FaultKind::partial_approval || kind == FaultKind::line_amount || kind == FaultKind::line_unknown ||
           kind == FaultKind::settlement_total;
}

bool concerns(FaultKind kind, const CallFacts& call) {
    if (call.of == FactsOf::settlement)
        return call.is_whole_settlement ==
               (kind == FaultKind::settlement_failed || kind == FaultKind::settlement_total);
    if (kind == FaultKind::lookup_lag) return call.is_lookup;
    if (kind == FaultKind::decline || kind == FaultKind::partial_approval) return call.is_charge;
    return true;
}

/// splitmix64.
std::uint64_t next(std::uint64_t& state) {
    state += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

}  // namespace

std::string_view fault_name(FaultKind kind) { return std::ranges::find(kinds, kind, &Named::kind)->name; }

Result<FaultScript::Rule> FaultScript::read_rule(const json::Value& from) {
    if (auto known = only(from, {"match", "action", "count", "probability", "seed", "after"}); !known)
        return fail(std::move(known.error()));
    Rule rule;
    if (const json::Value* match = from.find("match")) {
        if (auto known = only(*match, {"provider", "method", "transactionType", "path"}); !known)
            return fail(std::move(known.error()));
        rule.provider = text_of(match, "provider");
        rule.method = text_of(match, "method");
        rule.transaction_type = text_of(match, "transactionType");
        rule.path = text_of(match, "path");
    }
    const json::Value* action = from.find("action");
    if (action == nullptr) return invalid_fault("A rule needs an action.", "action");
    if (auto known = only(*action, {"kind", "ms", "status", "code", "amount", "copies", "of"}); !known)
        return fail(std::move(known.error()));
    const std::string kind = text_of(action, "kind");
    const Named* named = nullptr;
    for (const Named& candidate : kinds) {
        if (candidate.name == kind) named = &candidate;
    }
    if (named == nullptr) return invalid_fault("No such kind of fault.", "action.kind");
    rule.action.kind = named->kind;
    const bool is_for_settlements = named->of == Of::lines || named->of == Of::settlements;
    const bool is_for_webhooks = named->of == Of::webhooks || rule.method == "webhook";
    if (is_for_webhooks && (named->of == Of::calls || is_for_settlements))
        return invalid_fault("Webhooks have no such fault.", "action.kind");
    if (is_for_webhooks && !rule.method.empty() && rule.method != "webhook")
        return invalid_fault("Calls have no such fault.", "action.kind");
    if (is_for_webhooks && !rule.path.empty()) return invalid_fault("Webhooks are not matched by path.", "match.path");
    if (is_for_settlements && !(rule.method.empty() && rule.path.empty()))
        return invalid_fault("Settlements are matched by provider and transactionType alone.", "match");
    rule.of = is_for_settlements ? FactsOf::settlement : is_for_webhooks ? FactsOf::webhook : FactsOf::call;
    // A webhook that is late is late by days.
    const bool is_late_webhook = is_for_webhooks && named->kind == FaultKind::late;
    const std::int64_t ms = integer_of(*action, "ms", is_late_webhook ? 3 * day_ms : named->usual_ms);
    const std::int64_t most_ms = is_for_webhooks ? 30 * day_ms : day_ms;
    if (ms < 0 || ms > most_ms) return invalid_fault("0 to " + std::to_string(most_ms) + ".", "action.ms");
    rule.action.delay = Millis{ms};
    const std::int64_t status = integer_of(*action, "status", 503);
    if (status < 200 || status > 599) return invalid_fault("200 to 599.", "action.status");
    rule.action.status = static_cast<int>(status);
    rule.action.code = static_cast<int>(std::clamp<std::int64_t>(integer_of(*action, "code", 2), 1, 9999));
    rule.action.amount = text_of(action, "amount");
    if (has_amount(named->kind) && !parse_amount(rule.action.amount, 3))
        return invalid_fault("An amount is needed, in major units.", "action.amount");

    const std::int64_t copies = integer_of(*action, "copies", 2);
    if (copies < 2 || copies > 1'000) return invalid_fault("2 to 1000.", "action.copies");
    rule.action.copies = static_cast<int>(copies);
    const std::string of = text_of(action, "of");
    if (!of.empty() && of != "endpoint" && of != "object") return invalid_fault("`endpoint` or `object`.", "action.of");
    rule.action.is_for_object = of == "object";

    rule.skip = integer_of(from, "after", 0);
    if (const json::Value* count = from.find("count"); count != nullptr && !count->is_null())
        rule.left = count->integer().value_or(0);
    if (const json::Value* probability = from.find("probability")) {
        const auto million = parse_amount(probability->text(), 6);
        if (!million || *million < 0 || *million > 1'000'000) return invalid_fault("0 to 1.", "probability");
        rule.chance_of_million = static_cast<std::uint64_t>(*million);
    }
    rule.random_state = static_cast<std::uint64_t>(integer_of(from, "seed", 0));
    return rule;
}

Result<void> FaultScript::set(std::string_view json) {
    const auto document = json::parse(json);
    if (!document) return fail(document.error());
    if (auto known = only(*document, {"rules"}); !known) return known;
    std::vector<Rule> rules;
    if (const json::Value* list = document->find("rules")) {
        for (const json::Value& item : list->items()) {
            auto rule = read_rule(item);
            if (!rule) return fail(std::move(rule.error()));
            rules.push_back(std::move(*rule));
        }
    }
    rules_ = std::move(rules);
    text_ = json::to_text(*document);
    return {};
}

std::optional<FaultAction> FaultScript::pick(const CallFacts& call) {
    for (Rule& rule : rules_) {
        if (rule.of != call.of || !does_match(rule.provider, call.provider) || !does_match(rule.method, call.method) ||
            !does_match(rule.transaction_type, call.transaction_type) || !call.path.starts_with(rule.path) ||
            !concerns(rule.action.kind, call))
            continue;
        if (rule.left && *rule.left <= 0) continue;
        if (rule.skip > 0) {
            --rule.skip;
            continue;
        }
        if (rule.chance_of_million < 1'000'000 && next(rule.random_state) % 1'000'000 >= rule.chance_of_million)
            continue;
        if (rule.left) --*rule.left;
        if (rule.action.kind == FaultKind::corrupt_body) rule.action.draw = next(rule.random_state);
        return rule.action;
    }
    return std::nullopt;
}

}  // namespace florin::sandbox
