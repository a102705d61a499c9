#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desk.hpp"
#include "florin/base/result.hpp"
#include "florin/json/value.hpp"

namespace florin::sandbox {

enum class FaultKind {
    error_before,
    error_after,
    drop_before,
    drop_after,
    reset,
    latency,
    late,
    timeout,
    garbage,
    strange_text,
    decline,
    partial_approval,
    lookup_lag,
    // Of webhooks. `late` is of both.
    duplicate,
    delay,
    reorder,
    lose,
    forge,
    corrupt_body,
    odd_amount,
    // Of what a provider pays out: of one line, then of a whole batch or payout.
    line_left_out,
    line_amount,
    line_twice,
    line_unknown,
    settlement_failed,
    settlement_total,
};
/// As a script says it.
std::string_view fault_name(FaultKind kind);

struct FaultAction {
    FaultKind kind;
    Millis delay{0};
    int status = 503;
    int code = 2;
    std::string amount;
    int copies = 2;              ///< Of a duplicate: how many arrive in all.
    bool is_for_object = false;  ///< Of a webhook held back: behind the next one of the same object.
    std::uint64_t draw = 0;      ///< From the rule's own dice, for what a fault spoils at random.
};

/// The fault script: rules that match calls, webhooks or settlements, each counting and throwing dice for itself. The
/// same script, the same calls, the same faults.
class FaultScript {
public:
    /// Replaces all rules. Errors (`invalid`): `malformed_json`, `unknown_field`, `invalid_fault`; then nothing
    /// changes.
    Result<void> set(std::string_view json);
    void clear() {
        rules_.clear();
        text_ = R"({"rules":[]})";
    }
    /// As it was set.
    const std::string& text() const { return text_; }

    /// What befalls this call, webhook or settlement: that of the first rule which matches it and fires.
    std::optional<FaultAction> pick(const CallFacts& call);

private:
    struct Rule {
        std::string provider, method, transaction_type, path;  ///< Empty: any.
        FaultAction action;
        FactsOf of = FactsOf::call;
        std::int64_t skip = 0;
        std::optional<std::int64_t> left;
        std::uint64_t chance_of_million = 1'000'000;
        std::uint64_t random_state = 0;
    };
    static Result<Rule> read_rule(const json::Value& from);

    std::vector<Rule> rules_;
    std::string text_ = R"({"rules":[]})";
};

}  // namespace florin::sandbox
