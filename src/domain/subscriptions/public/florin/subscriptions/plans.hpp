#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/runtime/task.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"
#include "florin/subscriptions/subscription.hpp"

namespace florin::subscriptions {

/// Who asks, for the audit.
struct Asker {
    MerchantId merchant;
    std::string actor, ip_address, user_agent, correlation_id, traceparent;
};

/// What a merchant offers. Its prices are numbered and never change: a change of one makes the next, and subscriptions
/// keep theirs until they are changed themselves.
struct Plan {
    MerchantId merchant;
    std::string plan_id;  ///< The merchant's own, or a UUID. 1 to 64 characters.
    std::string name;
    Price price;  ///< The newest.
    std::int64_t trial_days = 0;
    std::string retry_policy;  ///< Empty: `standard_dunning`.
    bool is_active = true;     ///< False: no new subscriptions.
    std::int64_t version = 1;
    Instant created_at, updated_at;
};

inline constexpr std::int64_t most_trial_days = 730;

struct NewPlan {
    std::string plan_id;  ///< Empty: made here.
    std::string name;
    Money amount;
    calendar::Cycle cycle;
    std::int64_t trial_days = 0;
    std::string retry_policy;
    bool is_active = true;
};

/// What is to be different; nothing: stays as it is.
struct PlanChanges {
    std::optional<std::int64_t> version;  ///< That they were thought out for.
    std::optional<std::string> name;
    std::optional<std::string> amount;  ///< Major units, as written.
    std::optional<calendar::Cycle> cycle;
    std::optional<std::int64_t> trial_days;
    std::optional<std::string> retry_policy;
    std::optional<bool> is_active;
};

struct PlanFilter {
    std::optional<bool> is_active;
    std::string after;  ///< Cursor: the last one seen; the list goes by `plan_id`.
    std::size_t limit = 50;
};

/// A plan, and the answer that an earlier request with the same key was given.
struct PlanAnswer {
    Plan plan;
    std::optional<idempotency::Answer> stored;
};

/// What the module is given. All outlive it.
struct PlanSurroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    /// Whether there is a retry policy of that name.
    std::function<bool(store::Reader&, MerchantId, std::string_view)> knows_policy;
};

/// Any scheduler. Errors beside the store's own: `plan_not_found`; `plan_exists` (conflict); `plan_changed_meanwhile`
/// (conflict); `invalid` with the field.
class Plans {
public:
    explicit Plans(PlanSurroundings surroundings);
    ~Plans();
    Plans(const Plans&) = delete;

    Task<Result<PlanAnswer>> create(Asker asker, idempotency::Guard guard, NewPlan wish);
    Task<Result<Plan>> find(MerchantId merchant, std::string plan_id);
    Task<Result<std::vector<Plan>>> list(MerchantId merchant, PlanFilter filter);
    Task<Result<PlanAnswer>> change(Asker asker, idempotency::Guard guard, std::string plan_id, PlanChanges changes);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::subscriptions
