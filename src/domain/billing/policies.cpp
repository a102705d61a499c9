// Retry policies as merchants keep them.

#include <algorithm>

#include "billing_impl.hpp"
#include "florin/json/writer.hpp"
#include "florin/notifications/notifications.hpp"
#include "policy_store.hpp"

namespace florin::billing {
namespace {

bool is_name(std::string_view name) {
    const auto is_allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_allowed);
}

std::unexpected<Error> not_found() {
    return fail(ErrorKind::not_found, "retry_policy_not_found", "There is no retry policy of that name.");
}

void audit_change(const Surroundings& on, Tx& tx, const Asker& asker, std::string_view action, std::string_view name,
                  std::string_view rules) {
    on.audit.append(tx, {.merchant = asker.merchant,
                         .correlation_id = asker.correlation_id,
                         .action = action,
                         .entity_type = "retry_policy",
                         .entity_id = name,
                         .actor = asker.actor,
                         .changes = rules,
                         .ip_address = asker.ip_address,
                         .user_agent = asker.user_agent});
}

std::unexpected<Error> is_preset() {
    return fail(ErrorKind::conflict, "retry_policy_is_preset",
                "That policy comes with the program. Give yours another name.", "name");
}

}  // namespace

Task<Result<rows::PolicyRow>> Billing::Impl::put_policy(Asker asker, std::string name, std::string rules) const {
    if (!is_name(name))
        co_return fail(ErrorKind::invalid, "invalid_policy_name", "A name is 1 to 64 of a–z, 0–9 and _.", "name");
    for (const RetryPolicy& preset : presets())
        if (preset.name == name) co_return is_preset();
    const auto policy = parse_rules(name, rules);
    if (!policy) co_return fail(policy.error());
    const auto version = version_of_rules(rules);
    if (on.notifications != nullptr)
        for (const auto& [field, words] : {std::pair{"messages.retry", &policy->retry_message},
                                           std::pair{"messages.final", &policy->final_message}}) {
            if (words->empty()) continue;
            auto known = co_await on.notifications->choose_template(asker.merchant, *words, {});
            if (!known && known.error().kind == ErrorKind::not_found)
                co_return fail(ErrorKind::invalid, "unknown_template",
                               "There is no template of that name in a language that would do.", field);
            if (!known) co_return fail(std::move(known.error()));
        }
    auto write = [&](Tx& tx) -> Result<rows::PolicyRow> {
        const auto before = rows::find_policy(tx, asker.merchant, name);
        const std::int64_t known = before ? before->version : 0;
        if ((version && *version != known) || !rows::put_policy(tx, asker.merchant, *policy, known))
            return fail(ErrorKind::conflict, "retry_policy_changed_meanwhile",
                        "The policy has another version by now. Read it, and think the change out again.", "version");
        audit_change(on, tx, asker, "retry_policy.put", name, rules_text(*policy));
        auto row = rows::find_policy(tx, asker.merchant, name);
        if (!row) return not_found();
        return std::move(*row);
    };
    co_return co_await on.store.write(write);
}

Task<Result<void>> Billing::Impl::remove_policy(Asker asker, std::string name) const {
    for (const RetryPolicy& preset : presets())
        if (preset.name == name) co_return is_preset();
    auto write = [&](Tx& tx) -> Result<bool> {
        if (!rows::remove_policy(tx, asker.merchant, name)) return not_found();
        audit_change(on, tx, asker, "retry_policy.removed", name, "{}");
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    co_return Result<void>{};
}

Task<Result<rows::PolicyRow>> Billing::Impl::find_policy(MerchantId merchant, std::string name) const {
    auto read = [&](Reader& reader) -> Result<rows::PolicyRow> {
        auto row = rows::find_policy(reader, merchant, name);
        if (!row) return not_found();
        return std::move(*row);
    };
    co_return co_await on.store.read(read);
}

Task<Result<std::vector<rows::PolicyRow>>> Billing::Impl::list_policies(MerchantId merchant) const {
    auto read = [&](Reader& reader) -> Result<std::vector<rows::PolicyRow>> {
        std::vector<rows::PolicyRow> all = rows::policies_of(reader, merchant);
        for (const RetryPolicy& preset : presets()) all.push_back({.policy = preset});
        return all;
    };
    co_return co_await on.store.read(read);
}

}  // namespace florin::billing
